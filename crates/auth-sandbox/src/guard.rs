//! The requests that the server accepts: their host, and for the control path their origin, peer and token.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, header};
use url::{Host, Url};

use crate::{control, reply::Reply};

#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    /// The host names that are accepted in addition to `localhost` and IP addresses.
    pub(crate) hosts: Vec<String>,
    pub(crate) control: Access,
}

/// The peers that may use the control path.
#[derive(Clone, Default)]
pub(crate) enum Access {
    Nobody,
    #[default]
    Loopback,
    /// Every peer with this token.
    Token(String),
}

/// Does not show the token.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Loopback => "Loopback",
            Self::Token(_) => "Token",
        })
    }
}

impl Guard {
    /// Refuses a request for a host name that is not this server's.
    ///
    /// A page in a browser can let its own name resolve to this machine. It cannot do that with an IP address.
    pub(crate) fn host(&self, headers: &HeaderMap) -> Option<Reply> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Some(control::error(400, "the request has no header Host, or more than one: send one"));
        };
        let host = host.to_str().ok().filter(|host| !host.contains(['@', '/', '\\', '?', '#']));
        let url = host.and_then(|host| Url::parse(&format!("http://{host}/")).ok());
        let is_known = url.as_ref().and_then(Url::host).is_some_and(|host| match host {
            Host::Ipv4(_) | Host::Ipv6(_) => true,
            Host::Domain(name) => name == "localhost" || self.hosts.iter().any(|host| host == name),
        });
        let message = "the host name of the request is not this server's: use localhost or an IP address, or start \
                       with --allow-host NAME";
        if is_known { None } else { Some(control::error(421, message)) }
    }

    /// Refuses a request for the control path from another origin, from another machine, or without the token.
    pub(crate) fn control(&self, peer: SocketAddr, headers: &HeaderMap) -> Option<Reply> {
        if !is_same_origin(headers) {
            return Some(control::error(403, "the request comes from a page of another origin: send no Origin header"));
        }
        match &self.control {
            Access::Nobody => Some(control::error(404, "the control path is off: start without --no-control")),
            Access::Loopback if is_loopback(peer.ip()) => None,
            Access::Loopback => {
                let message = "the control path answers this machine only: start with --control-token-file FILE";
                Some(control::error(403, message))
            }
            Access::Token(token) if carries(headers, token) => None,
            Access::Token(_) => {
                let message = "the control token is missing or wrong: send Authorization: Bearer TOKEN";
                Some(control::error(401, message).header("www-authenticate", "Bearer"))
            }
        }
    }
}

/// Returns true unless the request names an origin other than its own host.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map_or(&b""[..], |host| host.as_bytes());
    headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.as_bytes();
        let origin = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
        origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
    })
}

fn is_loopback(peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback()
}

/// Compares the whole token, so that the time does not depend on its beginning.
fn carries(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, given) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(given.trim())
    });
    let is_comparable = |given: &&str| !given.is_empty() && given.len() == token.len();
    let Some(given) = given.filter(is_comparable) else { return false };
    given.bytes().zip(token.bytes()).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
    }

    #[test]
    fn localhost_addresses_and_allowed_names_are_the_only_hosts() {
        let guard = Guard { hosts: vec!["sandbox".into()], ..Guard::default() };
        for host in ["localhost", "LOCALHOST:1", "127.0.0.1:4000", "[::1]:4000", "192.168.0.7", "Sandbox:4000"] {
            assert!(guard.host(&headers(&[("host", host)])).is_none(), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example:4000",
            "sandbox.evil.example",
            "",
            "a b",
            "evil@localhost",
            "localhost/x",
        ] {
            assert!(guard.host(&headers(&[("host", host)])).is_some(), "{host}");
        }
    }

    #[test]
    fn a_request_names_one_host() {
        assert!(Guard::default().host(&HeaderMap::new()).is_some());
        let mut both = headers(&[("host", "localhost")]);
        both.append("host", "localhost".parse().expect("a value"));
        assert!(Guard::default().host(&both).is_some());
    }

    #[test]
    fn an_origin_must_be_the_host_of_the_request() {
        let same = |origin: &str| is_same_origin(&headers(&[("host", "localhost:4000"), ("origin", origin)]));
        assert!(same("http://localhost:4000") && same("https://LOCALHOST:4000"));
        let mut both = headers(&[("host", "localhost:4000"), ("origin", "http://localhost:4000")]);
        both.append("origin", "http://evil.example".parse().expect("a value"));
        assert!(is_same_origin(&headers(&[("host", "localhost:4000")])) && !is_same_origin(&both));
        for origin in ["null", "http://localhost:3000", "http://localhost", "http://evil.example", ""] {
            assert!(!same(origin), "{origin}");
        }
    }

    #[test]
    fn only_peers_on_loopback_need_no_token() {
        let refused = |peer: &str| Guard::default().control(peer.parse().expect("a peer"), &HeaderMap::new()).is_some();
        assert!(!refused("127.0.0.1:9") && !refused("[::1]:9") && !refused("[::ffff:127.0.0.1]:9"));
        assert!(refused("192.168.0.7:9") && refused("[fd00::1]:9"));
    }

    #[test]
    fn an_empty_token_lets_nobody_in() {
        let empty = Guard { control: Access::Token(String::new()), ..Guard::default() };
        let peer = "127.0.0.1:9".parse().expect("a peer");
        assert!(empty.control(peer, &headers(&[("authorization", "Bearer ")])).is_some());
    }

    #[test]
    fn every_peer_needs_the_token_if_there_is_one() {
        let guard = Guard { control: Access::Token("segredo".into()), ..Guard::default() };
        let refused = |peer: &str, value: &str| {
            guard.control(peer.parse().expect("a peer"), &headers(&[("authorization", value)])).is_some()
        };
        for peer in ["127.0.0.1:9", "192.168.0.7:9"] {
            assert!(!refused(peer, "Bearer segredo") && !refused(peer, "bearer segredo"), "{peer}");
            for value in ["", "Bearer", "Bearer segred", "Bearer segredo7", "Bearer Segredo", "segredo"] {
                assert!(refused(peer, value), "{peer} {value}");
            }
        }
    }
}
