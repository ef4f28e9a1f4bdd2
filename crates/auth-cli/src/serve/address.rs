//! The address of a listener.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on: `127.0.0.1:8700`, `localhost:8700`, `[::1]:8700`, or `unix:/run/authctl/pontotel.sock`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl Address {
    /// Returns true if only programs on this machine can reach the address.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return match path.file_name() {
                Some(_) if path.is_absolute() => Ok(Self::Unix(path)),
                _ => Err(format!("{text:?} has no absolute path; write unix:/run/authctl/NAME.sock")),
            };
        }
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        numeric.as_deref().unwrap_or(text).parse().map(Self::Tcp).map_err(|_invalid| {
            format!("{text:?} is not an address; write an IP address and a port, such as 127.0.0.1:8700, or unix:/PATH")
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_prints_as_it_is_written() {
        for text in ["127.0.0.1:8700", "[::1]:8700", "0.0.0.0:80", "unix:/run/a.sock"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("localhost:8700".parse::<Address>().unwrap().to_string(), "127.0.0.1:8700");
    }

    #[test]
    fn an_address_without_a_port_or_an_absolute_path_is_an_error() {
        for text in ["", "8700", "127.0.0.1", "example.com:80", "unix:", "unix:a.sock", "unix:/", "http://127.0.0.1:1"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_loopback_and_sockets_are_local() {
        let is_local = |text: &str| text.parse::<Address>().unwrap().is_local();
        for text in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "unix:/run/a.sock"] {
            assert!(is_local(text), "{text}");
        }
        for text in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1"] {
            assert!(!is_local(text), "{text}");
        }
    }
}
