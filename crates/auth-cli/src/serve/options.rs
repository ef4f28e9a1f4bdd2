//! The options of the sidecar, and the addresses that they and the profiles state.

use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::filter::Targets;

use super::address::Address;
use super::size::Size;
use crate::exit::{Failure, Result};
use crate::profile::Profiles;

/// Forward plain HTTP on this machine to the provider, authenticated.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The profiles to serve; all that have a `listen` if none is given.
    pub(super) profiles: Vec<String>,

    /// The address of the only profile, instead of its own: an IP address and a port, or unix:PATH.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<Address>,

    /// The address of /livez, /readyz and /metrics.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) admin_listen: Option<Address>,

    /// Allow addresses that other machines can reach. All who reach them, and web pages in browsers on their
    /// network, can use the account, unless --token-file requires a token.
    #[arg(long)]
    pub(super) listen_on_any_address: bool,

    /// Another name of this machine that callers may use, such as that of a container. Can be repeated.
    #[arg(long, value_name = "NAME")]
    pub(super) allow_host: Vec<String>,

    /// Create a token at start-up, write it to this file (0600), and require it: Authorization: Bearer TOKEN.
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,

    /// The longest silence of a caller or of the provider, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) timeout: u32,

    /// The longest body that is kept, to be sent again after a 401. A longer one is streamed, and sent once.
    #[arg(long, value_name = "SIZE", default_value = "1M")]
    pub(super) keep_body: Size,

    /// The longest body of a request.
    #[arg(long, value_name = "SIZE", default_value = "1G")]
    pub(super) max_body: Size,

    /// The longest head of a request: at least 8K.
    #[arg(long, value_name = "SIZE", default_value = "64K", value_parser = head)]
    pub(super) max_head: Size,

    /// The greatest number of connections of each listener. Further ones wait.
    #[arg(long, value_name = "NUMBER", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_connections: u32,

    /// The time that running requests have at shutdown, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(super) drain: u32,

    /// The number of threads. One forwards thousands of requests a second.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) threads: u16,

    /// The levels of the log on stderr, which is JSON: one level, or those of parts, such as warn,authctl=debug.
    #[arg(long, value_name = "LEVELS", default_value = "info")]
    pub(super) log: Targets,
}

const EXAMPLES: &str = "\
Examples:
  authctl serve pontotel-loja --listen 127.0.0.1:8700
  curl http://127.0.0.1:8700/usuarios/

  authctl serve pontotel-loja --listen unix:/run/authctl/loja.sock
  curl --unix-socket /run/authctl/loja.sock http://localhost/usuarios/

SIGHUP and a change of the profiles' file reload the profiles. SIGTERM and SIGINT wait for running requests.";

impl Options {
    /// Returns the profiles to serve, and their addresses.
    pub(super) fn addresses(&self, profiles: &Profiles) -> Result<Vec<(String, Address)>> {
        let named: Vec<String> = match &self.profiles[..] {
            [] => profiles
                .all()
                .into_iter()
                .filter(|profile| profile.listen.is_some())
                .map(|profile| profile.name)
                .collect(),
            named => named.to_vec(),
        };
        if named.is_empty() {
            return Err(Failure::usage("no profile has a `listen`: name a profile, with --listen 127.0.0.1:8700"));
        }
        if self.listen.is_some() && named.len() > 1 {
            return Err(Failure::usage("--listen is for one profile: give each profile its own `listen` in the file"));
        }
        let address = |name: String| {
            let profile = profiles.get(&name)?;
            let address = match (&self.listen, &profile.listen) {
                (Some(address), _) => address.clone(),
                (None, Some(address)) => {
                    address.parse().map_err(|error| Failure::usage(format!("profile `{name}`: `listen`: {error}")))?
                }
                (None, None) => {
                    let message = format!("profile `{name}` has no `listen`: add it, or give --listen 127.0.0.1:8700");
                    return Err(Failure::usage(message));
                }
            };
            Ok((name, address))
        };
        named.into_iter().map(address).collect()
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }

    pub(super) fn drain(&self) -> Duration {
        Duration::from_secs(self.drain.into())
    }
}

/// Reads the limit of a head, which the HTTP library keeps in a buffer of at least 8 KiB.
fn head(text: &str) -> std::result::Result<Size, String> {
    let size: Size = text.parse()?;
    if size.0 < 8 << 10 { Err("a head needs a limit of at least 8K".to_owned()) } else { Ok(size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_a_limit_of_at_least_8_kib() {
        for (text, is_accepted) in [("0", false), ("8191", false), ("8192", true), ("8K", true), ("lots", false)] {
            assert_eq!(head(text).is_ok(), is_accepted, "{text}");
        }
    }
}
