//! The command line.

use std::{
    fmt::Display,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use auth_sandbox::{Charset, Quirks};

pub(crate) const HELP: &str = "\
A server that behaves like Pontotel, EconPay, Sopague, Api4Com and xigsapi.

Usage: auth-sandbox [OPTIONS]

Prints base URLs and credentials when it is ready, and serves until stopped.

Options:
      --json              Print them as one line of JSON
      --host <ADDRESS>    Listen on this address [default: 127.0.0.1]; 0.0.0.0 for containers and other machines
      --allow-host <NAME> Accept requests for this host name; localhost and IP addresses always are. Can be repeated
      --port <N>          Listen on this port [default: the system chooses]
      --lifetime <SECONDS>  Lifetime of the tokens, a number above 0 [default: 3600]
      --limits            Enforce Pontotel's limits: 500 requests an hour and 50 a minute, logins included
      --tls               Serve HTTPS, and print the path of the authority's certificate; needs the feature `tls`
      --unkind            Behave like real servers: connections end after 5 s or 10 requests and are 100 at most,
                          tokens end on whole seconds, logins take 250 ms, 60 more headers; the flags below change each
      --keep-alive-ms <N> Close connections that are idle for so long
      --connections <N>   Accept so many connections at a time; others wait
      --requests-per-connection <N>  End a connection after so many requests, with GOAWAY in HTTP/2
      --whole-seconds     End tokens on whole seconds
      --login-ms <N>      Take so long for a login
      --charset <NAME>    Write JSON in utf-8, iso-8859-1 or utf-16
      --headers <N>       Add so many headers to each answer
      --control-token-file <FILE>  Require the token in this file, as Authorization: Bearer, on /_sandbox/; other
                          machines can then use it too
      --no-control        Switch /_sandbox/ off
  -h, --help              Print this
";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Help,
    Serve(Options),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) json: bool,
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    pub(crate) lifetime: Duration,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) limits: bool,
    pub(crate) quirks: Quirks,
    pub(crate) tls: bool,
    pub(crate) control: Control,
}

/// The access to the control path.
#[derive(Debug, PartialEq)]
pub(crate) enum Control {
    Off,
    Loopback,
    /// The token is in this file.
    TokenFile(PathBuf),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            json: false,
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            lifetime: Duration::from_secs(3600),
            allowed_hosts: Vec::new(),
            limits: false,
            quirks: Quirks::NONE,
            tls: false,
            control: Control::Loopback,
        }
    }
}

/// Reads the arguments after the program's name. `--port=1` is `--port 1`.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let (name, given) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let has_value = given.is_some();
        let mut value = || given.clone().or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value"));
        match name {
            "-h" | "--help" if !has_value => return Ok(Command::Help),
            "--json" if !has_value => options.json = true,
            "--host" => options.host = host(&value()?)?,
            "--port" => options.port = port(&value()?)?,
            "--allow-host" => options.allowed_hosts.push(value()?),
            "--limits" if !has_value => options.limits = true,
            "--tls" if !has_value && cfg!(feature = "tls") => options.tls = true,
            "--tls" if !has_value => return Err("--tls: this program has no TLS: build it with --features tls".into()),
            "--unkind" if !has_value => options.quirks = Quirks::UNKIND,
            "--keep-alive-ms" => options.quirks.keep_alive = Some(Duration::from_millis(number(name, 1, &value()?)?)),
            "--connections" => options.quirks.connections = Some(number(name, 1, &value()?)?),
            "--requests-per-connection" => options.quirks.requests_per_connection = Some(number(name, 1, &value()?)?),
            "--whole-seconds" if !has_value => options.quirks.whole_seconds = true,
            "--login-ms" => options.quirks.login_time = Duration::from_millis(number(name, 0, &value()?)?),
            "--charset" => options.quirks.charset = charset(&value()?)?,
            "--headers" => options.quirks.headers = number(name, 0, &value()?)?,
            "--no-control" if !has_value => options.control = Control::Off,
            "--control-token-file" => options.control = Control::TokenFile(value()?.into()),
            "--lifetime" => options.lifetime = self::lifetime(&value()?)?,
            _ => return Err(format!("`{argument}` is unknown; --help lists what is known")),
        }
    }
    Ok(Command::Serve(options))
}

fn host(value: &str) -> Result<IpAddr, String> {
    if value == "localhost" {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    value.parse().map_err(|_not_an_address| format!("--host: `{value}` is no IP address, such as 0.0.0.0"))
}

fn port(value: &str) -> Result<u16, String> {
    value.parse().map_err(|_not_a_port| format!("--port: `{value}` is no port"))
}

fn number<T: Copy + FromStr + PartialOrd + Display>(name: &str, least: T, value: &str) -> Result<T, String> {
    let number = value.parse().ok().filter(|number| *number >= least);
    number.ok_or_else(|| format!("{name}: `{value}` is no number from {least}"))
}

fn charset(value: &str) -> Result<Charset, String> {
    match value.to_ascii_lowercase().as_str() {
        "utf-8" => Ok(Charset::Utf8),
        "iso-8859-1" => Ok(Charset::Latin1),
        "utf-16" => Ok(Charset::Utf16),
        _ => Err(format!("--charset: `{value}` is unknown: give utf-8, iso-8859-1 or utf-16")),
    }
}

fn lifetime(value: &str) -> Result<Duration, String> {
    let seconds = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|seconds| !seconds.is_zero())
        .ok_or_else(|| format!("--lifetime: `{value}` is no number of seconds above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn values_follow_their_flag_or_an_equals_sign() {
        let host = Ipv4Addr::UNSPECIFIED.into();
        let lifetime = Duration::from_millis(1500);
        let expected = Options { json: true, host, port: 8080, lifetime, ..Options::default() };
        assert_eq!(read("--json --host 0.0.0.0 --port 8080 --lifetime=1.5"), Ok(Command::Serve(expected)));
    }

    #[test]
    fn without_arguments_the_system_chooses_and_tokens_live_an_hour() {
        assert_eq!(read(""), Ok(Command::Serve(Options::default())));
        assert_eq!(read("--host localhost"), read("--host=127.0.0.1"));
    }

    #[test]
    fn hosts_add_up_and_the_last_word_on_the_control_path_counts() {
        let expected = Options {
            allowed_hosts: vec!["sandbox".into(), "ci".into()],
            limits: true,
            control: Control::TokenFile("token".into()),
            ..Options::default()
        };
        let line = "--allow-host sandbox --allow-host=ci --limits --no-control --control-token-file token";
        assert_eq!(read(line), Ok(Command::Serve(expected)));
    }

    #[test]
    fn the_flags_of_quirks_change_those_of_unkind() {
        let quirks = Quirks { headers: 7, charset: Charset::Latin1, connections: Some(2), ..Quirks::UNKIND };
        let expected = Options { quirks, ..Options::default() };
        let line = "--unkind --headers 7 --charset ISO-8859-1 --connections=2";
        assert_eq!(read(line), Ok(Command::Serve(expected)));
        let line = "--whole-seconds --keep-alive-ms 5 --login-ms 9";
        let (keep_alive, login_time) = (Some(Duration::from_millis(5)), Duration::from_millis(9));
        let quirks = Quirks { whole_seconds: true, keep_alive, login_time, ..Quirks::NONE };
        assert_eq!(read(line), Ok(Command::Serve(Options { quirks, ..Options::default() })));
    }

    #[test]
    fn an_error_names_the_wrong_argument() {
        for (line, named) in [
            ("--port", "--port needs a value"),
            ("--port 65536", "`65536`"),
            ("--host sandbox", "`sandbox` is no IP address"),
            ("--connections 0", "--connections: `0` is no number from 1"),
            ("--login-ms soon", "`soon`"),
            ("--charset latin2", "`latin2` is unknown"),
            ("--lifetime 0", "`0`"),
            ("--lifetime -1", "`-1`"),
            ("--lifetime soon", "`soon`"),
            ("--jsn", "`--jsn`"),
            ("--json=yes", "`--json=yes`"),
        ] {
            let error = read(line).expect_err(line);
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
