//! The connections, options and clock that all accounts at one base URL share.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use http::Method;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use url::Url;

use super::base_url::{BaseUrl, LOCALHOST};
use super::runtimes::Runtimes;
use crate::accounts::common::Common;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;

pub(crate) struct Pool {
    pub(crate) base: BaseUrl,
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    /// The parts that a set of accounts shares, for a client in a set.
    pub(crate) common: Option<Arc<Common>>,
    /// The clients for both logins and requests, so that a request reuses the connection of its login.
    runtimes: Runtimes,
    /// A fuzzer's answer to each login.
    #[cfg(fuzzing)]
    pub(super) canned: Option<(http::StatusCode, http::HeaderMap, Vec<u8>)>,
}

impl Pool {
    pub(crate) fn new(base_url: &Url, options: Options, common: Option<Arc<Common>>) -> Result<Self> {
        let base = BaseUrl::new(base_url, options.plain_http)?;
        Ok(Self {
            runtimes: Runtimes::new(build(&base, &options)?),
            base,
            options,
            clock: Clock::new(),
            common,
            #[cfg(fuzzing)]
            canned: None,
        })
    }

    /// Begins a request.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.runtimes.any().request(method, url)
    }

    /// Returns the client that sends requests in the current runtime.
    pub(crate) fn http(&self) -> Result<Client> {
        self.runtimes.current(|| build(&self.base, &self.options))
    }
}

/// Builds the HTTP client for logins and requests. It follows no redirects: `client/redirect.rs` decides on those.
fn build(base: &BaseUrl, options: &Options) -> Result<Client> {
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
    has_cryptography()?;
    let builder = tls(Client::builder().user_agent(concat!("auth-core/", env!("CARGO_PKG_VERSION"))));
    let builder = if base.is_loopback() { local(builder, base) } else { builder };
    // With verbose connections, it would log every byte that is sent.
    let builder = options.configure.apply(builder).connection_verbose(false);
    let builder = if base.host() == LOCALHOST { resolve_here(builder) } else { builder };
    let builder = builder.timeout(options.timeout).connect_timeout(options.connect_timeout).redirect(Policy::none());
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, "the HTTP client cannot be built; look at Options::configure").with_source(error)
    })
}

/// The backend is named, because another crate in the build may have enabled the other one.
fn tls(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(feature = "rustls-no-provider")]
    let builder = builder.tls_backend_rustls();
    #[cfg(all(feature = "native-tls", not(feature = "rustls-no-provider")))]
    let builder = builder.tls_backend_native();
    builder
}

/// Returns an error instead of the panic of reqwest, which needs cryptography whatever the address is.
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
fn has_cryptography() -> Result<()> {
    let message = "no cryptography is installed for TLS, which the feature `rustls-no-provider` leaves to the program: \
                   call rustls::crypto::ring::default_provider().install_default() first, or enable the feature `rustls`";
    let installed = rustls::crypto::CryptoProvider::get_default().map(drop);
    installed.ok_or_else(|| Error::new(ErrorKind::Config, message))
}

/// Configures a client for this machine: nothing goes through a proxy, and plain `http` does not load the system's
/// certificates, which take milliseconds to parse.
fn local(builder: ClientBuilder, base: &BaseUrl) -> ClientBuilder {
    let builder = builder.no_proxy();
    #[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
    if base.as_url().scheme() == "http" {
        return builder.tls_certs_only([]);
    }
    #[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
    let _ = base;
    builder
}

/// Resolves `localhost` to this machine. A resolver could send it elsewhere, and `http` is allowed for it. The port is
/// taken from the URL.
fn resolve_here(builder: ClientBuilder) -> ClientBuilder {
    builder.resolve_to_addrs(LOCALHOST, &[(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()])
}
