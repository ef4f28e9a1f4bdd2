//! The one origin that gets the credential.

use auth_core::url::Url;
use auth_core::{Error, ErrorKind};
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};

/// Rejects a request to another origin than the base URL's, before any login. A `Host` header counts, because a server
/// or proxy with several sites chooses by it.
pub(crate) fn check(base: &Url, uri: &Uri, headers: &HeaderMap) -> Result<(), Error> {
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(refused(base, "the request's URI has no scheme and host", "give the URI in full"));
    };
    if scheme != base.scheme() || !is_of(base, authority) {
        let target = format!("the request goes to {scheme}://{}", shown(authority));
        return Err(refused(base, &target, "credentials are never sent there"));
    }
    for host in headers.get_all(HOST) {
        if !Authority::try_from(host.as_bytes()).is_ok_and(|host| is_of(base, &host)) {
            return Err(refused(base, "the request has another `host` header", "leave the header out"));
        }
    }
    Ok(())
}

fn is_of(base: &Url, authority: &Authority) -> bool {
    let default = base.port_or_known_default().filter(|_| base.port().is_none());
    let port = match authority.port() {
        Some(port) => Some(port.as_u16()),
        None => default,
    };
    // A user name is no part of an origin, but no request needs one.
    !authority.as_str().contains('@')
        && base.host_str().is_some_and(|host| host.eq_ignore_ascii_case(authority.host()))
        && port == base.port_or_known_default()
}

/// Returns an authority without user name and password.
fn shown(authority: &Authority) -> &str {
    authority.as_str().rsplit('@').next().unwrap_or_default()
}

fn refused(base: &Url, fact: &str, remedy: &str) -> Error {
    let base = base.origin().ascii_serialization();
    Error::new(ErrorKind::InvalidRequest, format!("{fact}, and the base URL's origin is {base}; {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(base: &str, uri: &str, host: Option<&str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, host.parse().unwrap());
        }
        let base = Url::parse(base).unwrap();
        check(&base, &uri.parse().unwrap(), &headers).err().map(|error| error.to_string())
    }

    const BASE: &str = "https://api.test/v1/";

    #[test]
    fn the_same_origin_in_any_spelling_is_accepted() {
        for uri in ["https://api.test/v1/a?b", "https://API.test:443/x", "HTTPS://api.test/", "https://api.test"] {
            assert_eq!(refusal(BASE, uri, None), None, "{uri}");
        }
        for (base, uri) in [
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/a"),
            ("http://[::1]:8080/", "http://[::1]:8080/a"),
            ("http://localhost/", "http://localhost:80/a"),
            ("https://api.test:8443/", "https://api.test:8443/"),
        ] {
            assert_eq!(refusal(base, uri, None), None, "{uri}");
        }
        for host in ["api.test", "API.TEST", "api.test:443"] {
            assert_eq!(refusal(BASE, "https://api.test/", Some(host)), None, "{host}");
        }
    }

    #[test]
    fn each_other_origin_is_refused_with_its_name_and_nothing_else_of_the_uri() {
        for uri in [
            "http://api.test/",
            "https://api.test:8443/",
            "https://api.test.evil.test/",
            "https://evil.test/",
            "https://api.test@evil.test/?key=secret",
            "https://maria:secret@api.test/",
            "https://api.test./",
            "ftp://api.test/",
        ] {
            let message = refusal(BASE, uri, None).expect(uri);
            assert!(message.starts_with("the request goes to "), "{message}");
            assert!(message.contains("the base URL's origin is https://api.test;"), "{message}");
            assert!(!message.contains("secret") && !message.contains("maria"), "{message}");
        }
        assert!(refusal("https://api.test:8443/", "https://api.test/", None).is_some());
    }

    #[test]
    fn a_uri_without_an_origin_is_refused() {
        for uri in ["/v1/users", "*", "api.test:443"] {
            let message = refusal(BASE, uri, None).expect(uri);
            assert!(message.starts_with("the request's URI has no scheme and host"), "{message}");
        }
    }

    #[test]
    fn a_host_header_of_another_site_is_refused() {
        for host in ["evil.test", "api.test:8443", "", "api.test, evil.test", "maria@api.test"] {
            let message = refusal(BASE, "https://api.test/", Some(host)).expect(host);
            assert!(message.starts_with("the request has another `host` header"), "{message}");
        }
    }
}
