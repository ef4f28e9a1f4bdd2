//! The command line.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use clap::{CommandFactory, FromArgMatches, Parser, value_parser};

use crate::quirks::{Charset, Quirks};

/// A server that behaves like Pontotel, EconPay, Sopague, Api4Com and xigsapi.
///
/// Prints base URLs and credentials when it is ready, and serves until stopped.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 120)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Options {
    /// Print them as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Listen on this address; 0.0.0.0 for containers and other machines
    #[arg(long, value_name = "ADDRESS", value_parser = host, default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// Accept requests for this host name; localhost and IP addresses are always accepted. Can be repeated
    #[arg(long = "allow-host", value_name = "NAME", value_parser = name)]
    pub(crate) allowed_hosts: Vec<String>,
    /// Listen on this port; with 0, the system chooses one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    /// Lifetime of the tokens, a number above 0; without it, as the providers document: 14 days for Api4Com, two hours for
    /// xigsapi, one hour for the others
    #[arg(long, value_name = "SECONDS", value_parser = lifetime, allow_negative_numbers = true)]
    pub(crate) lifetime: Option<Duration>,
    /// Enforce Pontotel's limits: 500 requests an hour and 50 a minute, logins included
    #[arg(long)]
    pub(crate) limits: bool,
    /// Serve HTTPS, and print the path of the authority's certificate; needs the feature `tls`
    #[arg(long)]
    pub(crate) tls: bool,
    /// Behave like real servers: connections end after 5 s or 10 requests and are 100 at most, tokens end on whole
    /// seconds, logins take 250 ms, 60 more headers; the flags below change each
    #[arg(long)]
    unkind: bool,
    /// Close connections that are idle for this number of milliseconds
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    keep_alive_ms: Option<u64>,
    /// Accept this number of connections at a time; others wait
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    connections: Option<u16>,
    /// End a connection after this number of requests, with GOAWAY in HTTP/2
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    requests_per_connection: Option<u32>,
    /// End tokens on whole seconds
    #[arg(long)]
    whole_seconds: bool,
    /// Take this number of milliseconds for a login
    #[arg(long, value_name = "N")]
    login_ms: Option<u64>,
    /// Write JSON in utf-8, iso-8859-1 or utf-16
    #[arg(long, value_name = "NAME", value_parser = charset)]
    charset: Option<Charset>,
    /// Add this number of headers to each answer
    #[arg(long, value_name = "N")]
    headers: Option<u16>,
    /// Require the token in this file, as Authorization: Bearer, on /_sandbox/; other machines can then use it too
    #[arg(long, value_name = "FILE")]
    pub(crate) control_token_file: Option<PathBuf>,
    /// Switch /_sandbox/ off
    #[arg(long, conflicts_with = "control_token_file")]
    pub(crate) no_control: bool,
}

impl Options {
    /// Reads the arguments of the program, whose help calls it by this name.
    pub(crate) fn read(name: &str, arguments: impl IntoIterator<Item = String>) -> Result<Self, clap::Error> {
        let example = format!("Example:\n  {name} --json --port 4000");
        let command = Self::command().bin_name(name).after_help(example);
        let arguments = std::iter::once(name.to_owned()).chain(arguments);
        Self::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    /// Returns the quirks of `--unkind`, or none, with the changes of the other flags.
    pub(crate) fn quirks(&self) -> Quirks {
        let base = if self.unkind { Quirks::UNKIND } else { Quirks::NONE };
        let millis = Duration::from_millis;
        Quirks {
            keep_alive: self.keep_alive_ms.map(millis).or(base.keep_alive),
            connections: self.connections.map(usize::from).or(base.connections),
            requests_per_connection: self.requests_per_connection.or(base.requests_per_connection),
            whole_seconds: self.whole_seconds || base.whole_seconds,
            login_time: self.login_ms.map_or(base.login_time, millis),
            charset: self.charset.unwrap_or(base.charset),
            headers: self.headers.unwrap_or(base.headers),
        }
    }
}

fn host(value: &str) -> Result<IpAddr, &'static str> {
    if value == "localhost" {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    value.parse().map_err(|_not_an_address| "give an IP address, such as 0.0.0.0")
}

fn name(value: &str) -> Result<String, &'static str> {
    match url::Host::parse(value) {
        Ok(url::Host::Domain(name)) => Ok(name),
        Ok(_) => Err("IP addresses are always allowed: leave it out"),
        Err(_) => Err("give a host name alone, such as sandbox"),
    }
}

fn charset(value: &str) -> Result<Charset, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "utf-8" => Ok(Charset::Utf8),
        "iso-8859-1" => Ok(Charset::Latin1),
        "utf-16" => Ok(Charset::Utf16),
        _ => Err("give utf-8, iso-8859-1 or utf-16"),
    }
}

fn lifetime(value: &str) -> Result<Duration, &'static str> {
    let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or("give a number of seconds above 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        let arguments = line.split_whitespace().map(str::to_owned);
        Options::read("auth-sandbox", arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn values_follow_their_flag_or_an_equals_sign() {
        let options = read("--json --host 0.0.0.0 --port 8080 --lifetime=1.5").expect("options");
        assert_eq!((options.json, options.host, options.port), (true, Ipv4Addr::UNSPECIFIED.into(), 8080));
        assert_eq!(options.lifetime, Some(Duration::from_millis(1500)));
    }

    #[test]
    fn without_arguments_the_system_chooses_and_tokens_live_an_hour() {
        let options = read("").expect("options");
        assert_eq!((options.host, options.port), (Ipv4Addr::LOCALHOST.into(), 0));
        assert_eq!((options.lifetime, options.quirks()), (None, Quirks::NONE));
        assert_eq!(read("--host localhost").expect("options").host, options.host);
    }

    #[test]
    fn hosts_add_up_and_are_written_as_in_a_url() {
        let options = read("--allow-host Sandbox --allow-host=são.example").expect("options");
        assert_eq!(options.allowed_hosts, ["sandbox", "xn--so-sia.example"]);
    }

    #[test]
    fn the_flags_of_quirks_change_those_of_unkind() {
        let quirks = |line| read(line).expect("options").quirks();
        let expected = Quirks { headers: 7, charset: Charset::Latin1, connections: Some(2), ..Quirks::UNKIND };
        assert_eq!(quirks("--unkind --headers 7 --charset ISO-8859-1 --connections=2"), expected);
        let (keep_alive, login_time) = (Some(Duration::from_millis(5)), Duration::from_millis(9));
        let expected =
            Quirks { whole_seconds: true, keep_alive, login_time, requests_per_connection: Some(3), ..Quirks::NONE };
        let line = "--whole-seconds --keep-alive-ms 5 --login-ms 9 --requests-per-connection 3";
        assert_eq!(quirks(line), expected);
    }

    #[test]
    fn an_error_names_the_wrong_argument_and_the_remedy() {
        for (line, named) in [
            ("--port", "'--port <N>'"),
            ("--port 65536", "65536 is not in 0..=65535"),
            ("--host sandbox", "give an IP address"),
            ("--allow-host sandbox:4000", "'sandbox:4000' for '--allow-host <NAME>': give a host name alone"),
            ("--allow-host 10.0.0.7", "leave it out"),
            ("--connections 0", "0 is not in 1..=65535"),
            ("--login-ms soon", "'soon'"),
            ("--charset latin2", "give utf-8, iso-8859-1 or utf-16"),
            ("--lifetime 0", "'0'"),
            ("--lifetime -1", "give a number of seconds above 0"),
            ("--lifetime soon", "'soon'"),
            ("--jsn", "'--json'"),
            ("--json=yes", "'yes'"),
            ("--no-control --control-token-file token", "cannot be used with"),
        ] {
            let error = read(line).expect_err(line);
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
