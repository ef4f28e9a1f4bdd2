//! The base URL: validated once, then joined to paths as text.

use url::{Host, Url, form_urlencoded};

use crate::error::{Error, ErrorKind, Result};
use crate::redact;

/// The only name that means this machine. URLs contain it in lower case.
pub(super) const LOCALHOST: &str = "localhost";

/// A base URL with a trailing slash. It may have a path, such as `/pontotel/api/v4/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl(Url);

/// Parses a base URL from a user's text.
///
/// ```
/// assert!(auth_core::base_url("https://apis.pontotel.com.br/pontotel/api/v4").is_ok());
/// assert!(auth_core::base_url("apis.pontotel.com.br").is_err());
/// ```
///
/// # Errors
///
/// [`Config`](ErrorKind::Config) if the text is not a URL.
pub fn base_url(text: &str) -> Result<Url> {
    Url::parse(text).map_err(|error| {
        let message = format!("the base URL {} cannot be read ({error}); write https://host/path", given(text));
        Error::new(ErrorKind::Config, message)
    })
}

impl BaseUrl {
    pub(crate) fn new(url: &Url, plain_http: bool) -> Result<Self> {
        Self::checked(url, plain_http, cfg!(any(feature = "rustls-no-provider", feature = "native-tls")))
    }

    fn checked(url: &Url, plain_http: bool, has_tls: bool) -> Result<Self> {
        let config = |message: String| Err(Error::new(ErrorKind::Config, message));
        let Some(host) = url.host() else {
            return config(format!("the base URL {} has no host; write https://host/path", given(url.as_str())));
        };
        let has_secrets = !url.username().is_empty() || url.password().is_some();
        let has_more_than_a_path = url.query().is_some() || url.fragment().is_some();
        let fault = match url.scheme() {
            "https" if !has_tls => "needs TLS; enable the feature `rustls` or `native-tls`",
            "http" if !plain_http && !is_loopback(&host) => {
                "would send secrets in the clear; write https, or allow it with Options::dangerous_plain_http"
            }
            "http" | "https" if has_secrets => "has a user name or password in it; give them to the account",
            "http" | "https" if has_more_than_a_path => "has a query or a fragment; give the path alone",
            "http" | "https" => {
                let mut base = url.clone();
                if !base.path().ends_with('/') {
                    base.set_path(&format!("{}/", url.path()));
                }
                return Ok(Self(base));
            }
            scheme => &format!("has the scheme {scheme}; write https"),
        };
        config(format!("the base URL {} {fault}", shown(url)))
    }

    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// Returns true if both are the same, with or without a trailing slash.
    pub(crate) fn is(&self, url: &Url) -> bool {
        let (base, url) = (self.0.as_str(), url.as_str());
        base == url || base.strip_suffix('/') == Some(url)
    }

    pub(crate) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns true if the host is this machine, so that nothing is sent over a network.
    pub(crate) fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }

    pub(crate) fn same_origin(&self, url: &Url) -> bool {
        let base = &self.0;
        // Most URLs were joined to this one, and begin as it does, with the slash that ends it.
        if url.as_str().starts_with(base.as_str()) {
            return true;
        }
        // The same as `Url::origin` for http and https, without its allocations.
        url.scheme() == base.scheme()
            && url.host() == base.host()
            && url.port_or_known_default() == base.port_or_known_default()
    }

    /// Returns the URL of a path relative to the base, or of an absolute URL below it.
    pub(crate) fn join(&self, path: &str) -> Result<Url> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidRequest, message);
        if !is_absolute(path) {
            return match check(path) {
                Ok(()) => Ok(self.append(path)),
                Err(bad) => Err(invalid(format!("the path {} cannot be used: {bad}", given(path)))),
            };
        }
        let url =
            Url::parse(path).map_err(|error| invalid(format!("the URL {} cannot be read: {error}", given(path))))?;
        check(path.split_once("://").map_or(path, |(_scheme, rest)| rest))
            .map_err(|bad| invalid(format!("the URL {} cannot be used: {bad}", shown(&url))))?;
        let elsewhere = format!("the URL {} is not below the base URL {}", shown(&url), self.0);
        self.below(url).ok_or_else(|| invalid(elsewhere))
    }

    /// Returns the target of a redirect from `from`, by the rules of [`join`](Self::join), or `None` if it is not below
    /// the base.
    pub(crate) fn redirected(&self, from: &Url, location: &str) -> Option<Url> {
        let mut url = from.join(location).ok()?;
        url.set_fragment(None);
        check(url.path()).ok()?;
        self.below(url)
    }

    /// Returns the absolute URL if it is below the base. If it differs only in having `http` instead of `https`, it
    /// becomes `https`: a provider behind a proxy that terminates TLS may write such links to itself.
    fn below(&self, mut url: Url) -> Option<Url> {
        if (url.scheme(), self.0.scheme()) == ("http", "https") && url.port() == self.0.port() {
            url.set_scheme("https").ok()?;
        }
        let below = self.same_origin(&url)
            && url.path().starts_with(self.0.path())
            && url.username().is_empty()
            && url.password().is_none();
        below.then_some(url)
    }

    /// `Url::join` is not used: it would parse "a:b" as a scheme, and drop the base's own path before "/a".
    fn append(&self, path: &str) -> Url {
        let path = path.strip_prefix('/').unwrap_or(path);
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.0.clone();
        url.set_path(&[self.0.path(), path].concat());
        if query.is_some() {
            url.set_query(query);
        }
        url
    }
}

/// Sets a parameter of a query, in place of those with the same name. The others stay as they are written.
pub(crate) fn set_parameter(url: &mut Url, name: &str, value: &str) {
    let is_other = |pair: &&str| form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(own, _)| own != name);
    let others: Vec<&str> = url.query().unwrap_or_default().split('&').filter(is_other).collect();
    let query = form_urlencoded::Serializer::new(others.join("&")).append_pair(name, value).finish();
    url.set_query(Some(&query));
}

/// The maximum length of a URL or path in an error, in characters.
const MAX_SHOWN: usize = 200;

/// Formats a URL for an error without its user name, password, query and fragment, any of which may be a secret.
pub(crate) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    cut(&format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()))
}

/// Formats the path of a URL, with a mark if there is a query.
pub(crate) fn shown_path(url: &Url) -> String {
    let path = cut(url.path());
    if url.query().is_some() { format!("{path}?…") } else { path }
}

/// Formats a text that may not be a URL in the same way.
fn given(text: &str) -> String {
    if text.contains('@') || text.contains("%40") {
        return "(not repeated here, as there may be a password before its '@')".to_owned();
    }
    format!("{:?}", cut(text.split(['?', '#']).next().unwrap_or_default()))
}

/// Cuts a text for an error to a length that fits into a line of a log.
pub(crate) fn cut(text: &str) -> String {
    redact::cut(text, MAX_SHOWN)
}

fn is_absolute(path: &str) -> bool {
    let begins = |scheme: &str| path.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

/// Rejects paths that servers, proxies and URL parsers may interpret in different ways.
fn check(path: &str) -> Result<(), &'static str> {
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
    // The path as a server may read it that decodes slashes, or cuts parameters from a segment.
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    let dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    if decoded.split('/').any(dots) {
        return Err("it has a '.' or '..' segment; write the path that is meant");
    }
    Ok(())
}

/// Returns true for an address of this machine, and for `localhost`, which our HTTP client resolves to one. Names below
/// `localhost` are left to the resolver, which may send them anywhere.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == LOCALHOST,
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
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
            "http://host.test:443/api/v4/",
            "http://host.test:8080/api/v4/",
            "http://host.test/other/",
            "http://evil.test/api/v4/",
            "http://me@host.test/api/v4/",
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

    /// A provider behind a proxy that terminates TLS writes links to itself with `http`.
    #[test]
    fn a_link_below_the_base_with_http_is_sent_by_https() {
        for (root, link, sent) in [
            ("https://host.test/api", "http://host.test/api/x?page=2", "https://host.test/api/x?page=2"),
            ("https://host.test/api", "HTTP://HOST.test/api/x", "https://host.test/api/x"),
            ("https://host.test:8443/api", "http://host.test:8443/api/x", "https://host.test:8443/api/x"),
        ] {
            assert_eq!(base(root).join(link).unwrap().as_str(), sent);
            let from = base(root).join("old").unwrap();
            assert_eq!(base(root).redirected(&from, link).unwrap().as_str(), sent);
        }
        let local = base("http://127.0.0.1:9/api");
        assert!(local.join("https://127.0.0.1:9/api/x").is_err(), "the other way round it is another address");
        let error = base("https://host.test:8443/api").join("http://host.test/api/x").unwrap_err().to_string();
        assert_eq!(error, "the URL http://host.test/api/x is not below the base URL https://host.test:8443/api/");
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
            ("a/..%5Cb", "'..' segment"),
            (r"a/%2e%2e\b", "backslash"),
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

    /// The error shows the given text without a password or a query.
    #[test]
    fn the_error_repeats_what_was_given_without_what_may_be_secret() {
        let root = "https://host.test/api";
        for (given, shown) in [
            ("a//b?token=s3cret", r#"the path "a//b" cannot be used: "#),
            (
                "https://evil.test/a?t=s3cret",
                "the URL https://evil.test/a is not below the base URL https://host.test/api/",
            ),
            ("https://evil.test:444/a#s3cret", "the URL https://evil.test:444/a cannot be used: it has a '#'"),
            ("https://maria:s3cret@host.test/api/a", "the URL https://host.test/api/a is not below"),
            ("https://s3cret@host.test:x/api", "the URL (not repeated here"),
            (
                "https://host.test:99999/a?t=s3cret",
                r#"the URL "https://host.test:99999/a" cannot be read: invalid port"#,
            ),
        ] {
            let error = base(root).join(given).unwrap_err().to_string();
            assert!(error.starts_with(shown) && !error.contains("s3cret"), "{error}");
        }
        let long = base(root).join(&format!("a//{}", "b".repeat(10_000))).unwrap_err().to_string();
        assert!(long.len() < 400, "{long}");
    }

    /// Errors of the base URL itself do the same.
    #[test]
    fn the_error_of_a_base_url_shows_it_without_what_may_be_secret() {
        let new = |text: &str| base_url(text).and_then(|url| BaseUrl::new(&url, false)).unwrap_err();
        for (given, shown) in [
            ("apis.host.test/v4", r#""apis.host.test/v4" cannot be read (relative URL without a base)"#),
            ("host.test:8080/v4", r#""host.test:8080/v4" has no host"#),
            ("", r#""" cannot be read"#),
            ("https://host.test:99999", r#""https://host.test:99999" cannot be read (invalid port number)"#),
            ("https//host.test?key=s3cret", r#""https//host.test" cannot be read"#),
            ("maria:s3cret@host.test", "(not repeated here"),
            ("https://maria:s3/cret@host.test", "(not repeated here"),
            ("https:/maria:s3cret%40host.test", "(not repeated here"),
            ("http://host.test:8080/v4?k=s3cret", "http://host.test:8080/v4 would send secrets in the clear"),
            ("ftp://maria:s3cret@host.test/v4", "ftp://host.test/v4 has the scheme ftp"),
            ("https://maria:s3cret@host.test/v4", "https://host.test/v4 has a user name or password"),
            ("https://s3cret@host.test/v4", "https://host.test/v4 has a user name or password"),
            ("https://host.test/v4?k=s3cret", "https://host.test/v4 has a query or a fragment"),
            ("https://host.test/v4#s3cret", "https://host.test/v4 has a query or a fragment"),
        ] {
            let error = new(given);
            assert_eq!(error.kind(), ErrorKind::Config, "{given}");
            assert!(error.to_string().contains(shown), "{given}: {error}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }

    /// Only an address of this machine and `localhost` itself, whatever a resolver returns for other names.
    #[test]
    fn https_is_required_except_on_loopback() {
        let new = |url: &str, plain| BaseUrl::new(&Url::parse(url).unwrap(), plain);
        for url in [
            "https://host.test",
            "http://127.0.0.1:9",
            "http://127.1",
            "http://0x7f.0.0.1",
            "http://127.255.255.254",
            "http://localhost/",
            "http://LOCALHOST:8080/",
            "http://%6cocalhost/",
            "http://[::1]:80/x",
            "https://api.localhost",
        ] {
            assert!(new(url, false).is_ok(), "{url}");
        }
        for url in [
            "http://host.test",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://api.localhost",
            "http://localhost.",
            "http://localhost.localdomain",
            "http://localhost.evil.test",
            "http://127.0.0.1.evil.test",
            "http://[::ffff:127.0.0.1]",
            "http://[::]",
            "ftp://localhost",
            "https://u:p@host.test",
            "https://:p@host.test",
            "https://host.test#a",
            "https://host.test?a",
            "data:x",
        ] {
            assert_eq!(new(url, false).unwrap_err().kind(), ErrorKind::Config, "{url}");
        }
        assert!(new("http://envoy:8080/", true).is_ok());
    }

    /// A build without TLS reports this and names the features that add it, before anything is sent.
    #[test]
    fn https_without_a_tls_feature_is_refused_with_the_names_of_the_features() {
        let url = Url::parse("https://host.test/api").unwrap();
        let error = BaseUrl::checked(&url, true, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("the feature `rustls` or `native-tls`"), "{error}");
        assert!(BaseUrl::checked(&Url::parse("http://127.0.0.1/").unwrap(), false, false).is_ok());
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

    #[test]
    fn a_parameter_replaces_those_with_its_name_and_leaves_the_rest_as_written() {
        for (query, all) in [
            ("", "k%C3%A9y=a%26b"),
            ("?", "k%C3%A9y=a%26b"),
            ("?q=a%20b+c&k=1", "q=a%20b+c&k=1&k%C3%A9y=a%26b"),
            ("?k%C3%A9y=1&x&kéy=2", "x&k%C3%A9y=a%26b"),
        ] {
            let mut url = Url::parse(&format!("https://a.test/b{query}")).unwrap();
            set_parameter(&mut url, "kéy", "a&b");
            assert_eq!(url.query(), Some(all), "{query}");
        }
    }
}
