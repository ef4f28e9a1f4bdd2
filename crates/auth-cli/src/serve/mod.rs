//! The sidecar: a listener for each profile, which forwards requests to the provider, authenticated.

mod address;
mod body;
mod gateway;
mod gateways;
mod guard;
mod headers;
mod links;
mod listener;
mod local_token;
mod metrics;
mod operations;
mod problem;
mod sidecar;
mod signals;
mod size;
mod upstream;

use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime;
use tracing_subscriber::filter::Targets;

use self::address::Address;
use self::sidecar::Sidecar;
use self::signals::{Signal, Signals};
use self::size::Size;
use crate::exit::{Failure, Result};
use crate::profile::Profiles;

/// Forward plain HTTP on this machine to the provider, authenticated.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The profiles to serve; all that have a `listen` if none is given.
    profiles: Vec<String>,

    /// The address of the only profile, instead of its own: an IP address and a port, or unix:PATH.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<Address>,

    /// The address of /livez, /readyz and /metrics.
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<Address>,

    /// Allow addresses that other machines can reach. Whoever reaches them uses the account.
    #[arg(long)]
    listen_on_any_address: bool,

    /// Another name of this machine that callers may use, such as that of a container. Can be repeated.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,

    /// Make a token at the start, write it to this file (0600), and demand it: Authorization: Bearer TOKEN.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// The longest silence of a caller or of the provider, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,

    /// The longest body that is kept, to be sent again after a 401. A longer one is streamed, and sent once.
    #[arg(long, value_name = "SIZE", default_value = "1M")]
    keep_body: Size,

    /// The longest body of a request.
    #[arg(long, value_name = "SIZE", default_value = "1G")]
    max_body: Size,

    /// The longest head of a request: at least 8K.
    #[arg(long, value_name = "SIZE", default_value = "64K")]
    max_head: Size,

    /// The greatest number of connections of each listener. Further ones wait.
    #[arg(long, value_name = "NUMBER", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,

    /// The time for running requests at the end, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    drain: u32,

    /// The number of threads. One forwards thousands of requests a second.
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,

    /// What is logged on stderr, as JSON: a level, or levels of parts, such as warn,authctl=debug.
    #[arg(long, value_name = "LEVELS", default_value = "info")]
    log: Targets,
}

const EXAMPLES: &str = "\
Examples:
  authctl serve pontotel-loja --listen 127.0.0.1:8700
  curl http://127.0.0.1:8700/usuarios/

  authctl serve pontotel-loja --listen unix:/run/authctl/loja.sock
  curl --unix-socket /run/authctl/loja.sock http://localhost/usuarios/

SIGHUP reads the profiles again, as does a change of their file. SIGTERM and SIGINT end when all requests have.";

/// Serves until it is told to stop.
pub(crate) fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    log(&options.log);
    let mut runtime = match options.threads {
        1 => runtime::Builder::new_current_thread(),
        threads => {
            let mut runtime = runtime::Builder::new_multi_thread();
            runtime.worker_threads(threads.into());
            runtime
        }
    };
    runtime.enable_all().build()?.block_on(serve(options, profiles))
}

async fn serve(options: &Options, profiles: &Profiles) -> Result<()> {
    let mut signals = Signals::new(profiles.path())?;
    let mut sidecar = Sidecar::start(options, profiles).await?;
    while let Signal::Reload = signals.next().await {
        let reloaded = match Profiles::load() {
            Ok(profiles) => sidecar.apply(&profiles).await,
            Err(failure) => Err(failure),
        };
        match reloaded {
            Ok(()) => tracing::info!("reloaded"),
            Err(failure) => tracing::error!(%failure, "not reloaded; what ran before goes on"),
        }
    }
    tracing::info!("ending");
    tokio::select! {
        () = sidecar.end() => {}
        () = signals.end() => tracing::warn!("ended at once"),
    }
    Ok(())
}

impl Options {
    /// Returns the profiles to serve, and their addresses.
    fn addresses(&self, profiles: &Profiles) -> Result<Vec<(String, Address)>> {
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

    fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.into())
    }

    fn drain(&self) -> Duration {
        Duration::from_secs(self.drain.into())
    }
}

fn log(levels: &Targets) {
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;

    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    // Fails only if there is a subscriber already.
    let _ = tracing_subscriber::registry().with(levels.clone()).with(lines).try_init();
}
