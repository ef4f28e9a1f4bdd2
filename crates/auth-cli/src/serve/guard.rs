//! The rules for using a listener: open to programs, closed to web pages.

use std::net::IpAddr;

use auth_core::http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue, ORIGIN};
use auth_core::http::uri::Authority;
use auth_core::http::{StatusCode, Uri};

use super::local_token::LocalToken;
use super::problem::Problem;

/// Decides whether a request may use a listener.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// Other names of this machine, which callers may write into `Host`.
    pub(super) hosts: Vec<String>,
    pub(super) token: Option<LocalToken>,
    /// Accepts any `Host`, because a page cannot reach a unix socket.
    pub(super) any_host: bool,
}

impl Guard {
    /// Refuses a request that a page in a browser may have sent, or that lacks the local token.
    ///
    /// A page sends `Origin` or `Sec-Fetch-Site`, except to the name that it was loaded from. That name may point here
    /// meanwhile, so the name in `Host` must be known. An IP address cannot point elsewhere and is accepted, except the
    /// unspecified ones: browsers reach loopback through 0.0.0.0, and send no `Sec-Fetch-Site` to it.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let from_page = headers.get("sec-fetch-site").is_some_and(|site| site != "none");
        if from_page || headers.contains_key(ORIGIN) {
            return Err(Problem::forbidden("it comes from a page in a browser, which may not use the account"));
        }
        let mut hosts = headers.get_all(HOST).iter();
        // RFC 9110, section 7.2: a host has no user.
        let read =
            |host: &HeaderValue| host.to_str().ok().filter(|host| !host.contains('@'))?.parse::<Authority>().ok();
        let host = hosts.next().map(read);
        let host = match host {
            Some(None) => return Err(Problem::bad_request("its Host cannot be read")),
            _ if hosts.next().is_some() => return Err(Problem::bad_request("it has more than one Host")),
            Some(host) => host,
            None => None,
        };
        // RFC 9112, section 3.2.2: the host of a target in absolute form replaces the header's.
        if let Some(host) = uri.authority().or(host.as_ref()).map(Authority::host)
            && !self.any_host
            && !self.knows(host)
        {
            let detail = format!("its Host {host:?} is not this machine; see --allow-host");
            return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "host", "The host is not this machine", detail));
        }
        match &self.token {
            Some(token) if !headers.get(AUTHORIZATION).is_some_and(|given| token.is(given)) => {
                let detail = "the local token is missing or wrong; send Authorization: Bearer TOKEN, from --token-file";
                let title = "The sidecar's own token is needed";
                let problem = Problem::new(StatusCode::UNAUTHORIZED, "local-token", title, detail);
                Err(problem.with_header("www-authenticate", "Bearer realm=\"authctl\""))
            }
            _ => Ok(()),
        }
    }

    fn knows(&self, host: &str) -> bool {
        let name = host.strip_suffix('.').unwrap_or(host);
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        bare.parse::<IpAddr>().is_ok_and(|address| !address.to_canonical().is_unspecified())
            || name.eq_ignore_ascii_case("localhost")
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl Problem {
    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", "The request cannot be sent", detail)
    }
}

#[cfg(test)]
mod tests {
    use auth_core::http::HeaderName;

    use super::*;

    fn check(target: &str, headers: &str) -> Result<(), StatusCode> {
        let guard = Guard { hosts: vec!["authctl".into()], token: None, any_host: false };
        let headers = headers.lines().map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        });
        guard.check(&target.parse().unwrap(), &headers.collect()).map_err(|problem| problem.status())
    }

    #[test]
    fn this_machines_names_and_addresses_are_accepted_as_host() {
        for host in
            ["localhost", "LOCALHOST:8700", "127.0.0.1:8700", "[::1]:8700", "10.0.0.7", "authctl:8700", "localhost."]
        {
            assert_eq!(check("/", &format!("host: {host}")), Ok(()), "{host}");
        }
        assert_eq!(check("/", ""), Ok(()), "an HTTP/1.0 client has none");
    }

    #[test]
    fn a_name_that_could_be_made_to_point_here_is_refused() {
        for host in ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "authctl.evil.test:80", "xlocalhost"] {
            assert_eq!(check("/", &format!("host: {host}")), Err(StatusCode::MISDIRECTED_REQUEST), "{host}");
            assert_eq!(check(&format!("http://{host}/"), "host: localhost"), Err(StatusCode::MISDIRECTED_REQUEST));
        }
        assert_eq!(check("/", "host: localhost\nhost: localhost"), Err(StatusCode::BAD_REQUEST));
        assert_eq!(check("/", "host: evil.test@localhost"), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn an_unspecified_address_is_refused_as_host() {
        for host in ["0.0.0.0:8700", "0.0.0.0", "0.0.0.0.", "[::]:8700", "[::0.0.0.0]", "[::ffff:0.0.0.0]:8700"] {
            assert_eq!(check("/", &format!("host: {host}")), Err(StatusCode::MISDIRECTED_REQUEST), "{host}");
        }
    }

    #[test]
    fn a_request_of_a_page_is_refused() {
        for header in ["origin: http://localhost:8700", "origin: null", "sec-fetch-site: cross-site"] {
            assert_eq!(check("/", &format!("host: localhost\n{header}")), Err(StatusCode::FORBIDDEN), "{header}");
        }
        assert_eq!(check("/", "host: localhost\nsec-fetch-mode: cors"), Ok(()), "Node sends this");
        assert_eq!(check("/", "host: localhost\nsec-fetch-site: none"), Ok(()), "a person typed the address");
    }
}
