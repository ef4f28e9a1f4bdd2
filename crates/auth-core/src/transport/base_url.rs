//! The address below which everything is: checked once, then joined by text.

use std::net::IpAddr;

use url::{Host, Url};

use crate::error::{Error, ErrorKind, Result};

/// A base URL with a slash at its end. It may have a path, such as `/pontotel/api/v4/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl(Url);

/// Reads a base URL that a user wrote.
///
/// ```
/// assert!(auth_core::base_url("https://apis.pontotel.com.br/pontotel/api/v4").is_ok());
/// assert!(auth_core::base_url("apis.pontotel.com.br").is_err());
/// ```
///
/// # Errors
///
/// [`Config`](ErrorKind::Config) if it is no URL.
pub fn base_url(text: &str) -> Result<Url> {
    let message = "the base URL cannot be read; write https://host/path";
    Url::parse(text).map_err(|error| Error::new(ErrorKind::Config, message).with_source(error))
}

/// What is wrong with a path, and what to do.
type BadPath = &'static str;

impl BaseUrl {
    pub(crate) fn new(url: &Url, plain_http: bool) -> Result<Self> {
        let config = |what: String| Err(Error::new(ErrorKind::Config, what));
        let Some(host) = url.host() else {
            return config("the base URL has no host; write https://host/path".to_owned());
        };
        match url.scheme() {
            "https" => {}
            "http" if plain_http || is_loopback(&host) => {}
            "http" => {
                return config(format!(
                    "the base URL http://{host} would send secrets in the clear; write https, or allow it with \
                     Options::dangerous_plain_http"
                ));
            }
            scheme => return config(format!("the base URL has the scheme {scheme}; write https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return config("the base URL has a user name or password in it; give them to the account".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return config("the base URL has a query or a fragment; give the path alone".to_owned());
        }
        let mut base = url.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(base))
    }

    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// Whether it is this one, with or without a slash at its end.
    pub(crate) fn is(&self, url: &Url) -> bool {
        let (base, url) = (self.0.as_str(), url.as_str());
        base == url || base.strip_suffix('/') == Some(url)
    }

    pub(crate) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether the host is this machine, so that nothing crosses a network.
    pub(crate) fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }

    pub(crate) fn same_origin(&self, url: &Url) -> bool {
        // What Url::origin is of http and https, without its allocations.
        let base = &self.0;
        url.scheme() == base.scheme()
            && url.host() == base.host()
            && url.port_or_known_default() == base.port_or_known_default()
    }

    /// The URL of a path relative to the base, or of an absolute URL below it.
    pub(crate) fn join(&self, path: &str) -> Result<Url> {
        let absolute = is_absolute(path);
        self.resolve(path, absolute).map_err(|bad| {
            // No query, and nothing of another place: either may hold a secret.
            let shown = match path.split(['?', '#']).next() {
                Some(path) if !absolute => format!("{path:?}"),
                _ => "of this absolute URL".to_owned(),
            };
            Error::new(ErrorKind::InvalidRequest, format!("the path {shown} cannot be used: {bad}"))
        })
    }

    /// Not `Url::join`: it would take "a:b" for a scheme, and drop the base's own path before "/a".
    fn below(&self, path: &str) -> Url {
        let path = path.strip_prefix('/').unwrap_or(path);
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.0.clone();
        url.set_path(&[self.0.path(), path].concat());
        if query.is_some() {
            url.set_query(query);
        }
        url
    }

    fn resolve(&self, path: &str, absolute: bool) -> Result<Url, BadPath> {
        check(if absolute { path.split_once("://").map_or(path, |(_scheme, rest)| rest) } else { path })?;
        let url = if absolute { Url::parse(path) } else { Ok(self.below(path)) };
        let url = url.map_err(|_invalid| "it is not a valid path")?;
        let below = self.same_origin(&url)
            && url.path().starts_with(self.0.path())
            && url.username().is_empty()
            && url.password().is_none();
        if below { Ok(url) } else { Err("it is an absolute URL that is not below the base URL") }
    }
}

fn is_absolute(path: &str) -> bool {
    let begins = |scheme: &str| path.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

/// Refuses what servers, proxies and URL parsers read in different ways.
fn check(path: &str) -> Result<(), BadPath> {
    if path.contains('#') {
        return Err("it has a '#'; encode it as %23");
    }
    if path.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err("it has a blank or a control character; encode it");
    }
    let path = path.split('?').next().unwrap_or_default();
    if path.contains('\\') {
        return Err("it has a backslash; write slashes");
    }
    if path.contains("//") {
        return Err("it has an empty segment ('//'); write single slashes");
    }
    if !path.contains(['.', '%']) {
        return Ok(());
    }
    // As a server may read it that decodes slashes, or cuts parameters from a segment.
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    let dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    if decoded.split('/').any(dots) {
        return Err("it has a '.' or '..' segment; write the path that is meant");
    }
    Ok(())
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => IpAddr::from(*ip).is_loopback(),
        Host::Ipv6(ip) => IpAddr::from(*ip).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str) -> BaseUrl {
        BaseUrl::new(&Url::parse(url).unwrap(), false).unwrap()
    }

    #[test]
    fn a_path_is_relative_to_the_base_whatever_slashes_either_has() {
        for root in ["https://host.test/sopague/api", "https://host.test/sopague/api/"] {
            for path in ["v1/payments", "/v1/payments"] {
                assert_eq!(base(root).join(path).unwrap().as_str(), "https://host.test/sopague/api/v1/payments");
            }
            assert_eq!(base(root).join("").unwrap().as_str(), "https://host.test/sopague/api/");
            assert_eq!(
                base(root).join("a:b?next=https://x//..").unwrap().as_str(),
                "https://host.test/sopague/api/a:b?next=https://x//.."
            );
        }
    }

    #[test]
    fn an_absolute_url_is_accepted_only_below_the_base() {
        let base = base("https://host.test/api/v4");
        let next = "https://host.test/api/v4/usuarios/?page=2";
        assert_eq!(base.join(next).unwrap().as_str(), next);
        for elsewhere in [
            "https://evil.test/api/v4/",
            "https://host.test/api/v40/",
            "https://host.test/other/",
            "http://host.test/api/v4/",
            "http://host.test:443/api/v4/",
            "HTTPS://host.test:444/api/v4/",
            "https://me@host.test/api/v4/",
            "https://:secret@host.test/api/v4/",
            "https://host.test.evil.test/api/v4/",
        ] {
            let error = base.join(elsewhere).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{elsewhere}");
            assert!(error.to_string().contains("not below the base URL"), "{error}");
        }
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused_with_what_is_wrong() {
        for (path, reason) in [
            ("//evil.test/", "empty segment"),
            ("a//b", "empty segment"),
            ("../login", "'..' segment"),
            ("a/%2e%2E/b", "'..' segment"),
            ("a/./b", "'.' or '..'"),
            ("a/../b:/c", "'..' segment"),
            ("a//b://c", "empty segment"),
            ("a/..%2fb", "'..' segment"),
            ("a/..;x=1/b", "'..' segment"),
            (r"\\evil.test", "backslash"),
            ("a\tb", "control"),
            ("a b", "blank"),
            ("a\n", "control"),
            ("a\u{1}b", "control"),
            ("a#b", "%23"),
        ] {
            let error = base("https://host.test/api/").join(path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path}");
            assert!(error.to_string().contains(reason), "{path}: {error}");
        }
    }

    #[test]
    fn the_error_repeats_a_path_and_nothing_of_an_absolute_url() {
        let begins = |path, what| base("https://host.test/").join(path).unwrap_err().to_string().starts_with(what);
        assert!(begins("a//b", r#"the path "a//b" cannot be used: "#));
        assert!(begins("https://evil.test/a", "the path of this absolute URL cannot be used: "));
    }

    #[test]
    fn a_query_is_not_repeated_in_the_error() {
        let error = base("https://host.test/").join("a//b?token=secret").unwrap_err();
        assert!(!error.to_string().contains("secret"));
        let error = base("https://host.test/").join("https://maria:secret@host.test/a").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn https_is_required_except_on_loopback() {
        let new = |url: &str, plain| BaseUrl::new(&Url::parse(url).unwrap(), plain);
        for url in [
            "https://host.test",
            "http://127.0.0.1:9",
            "http://localhost/",
            "http://api.localhost",
            "http://[::1]:80/x",
        ] {
            assert!(new(url, false).is_ok(), "{url}");
        }
        for url in [
            "http://host.test",
            "http://10.0.0.1",
            "ftp://localhost",
            "https://u:p@host.test",
            "https://:p@host.test",
            "https://host.test#a",
            "https://host.test?a",
            "data:x",
            "http://localhost.evil.test",
        ] {
            assert_eq!(new(url, false).unwrap_err().kind(), ErrorKind::Config, "{url}");
        }
        assert!(new("http://envoy:8080/", true).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn a_path_is_joined_as_if_it_were_written_behind_the_base(path in r"/?[!-~áç😀]{0,40}(\?[!-~ç]{0,20})?") {
            for base in ["https://host.test/a/b", "https://host.test"] {
                let base = base_url(base).and_then(|url| BaseUrl::new(&url, false)).unwrap();
                if let Ok(joined) = base.join(&path) && !is_absolute(&path) {
                    let written = format!("{}{}", base.0, path.strip_prefix('/').unwrap_or(&path));
                    assert_eq!(joined, Url::parse(&written).unwrap());
                }
            }
        }
    }
}
