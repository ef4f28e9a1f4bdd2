//! The two inner HTTP clients: one that never follows a redirect, one that stays at the origin.

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use super::base_url::BaseUrl;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;

const MOST_REDIRECTS: usize = 10;

/// For logins and signed requests: no redirect, no decompression, so that what was sent and answered is what counts.
pub(crate) fn direct(base: &BaseUrl, options: &Options) -> Result<Client> {
    build(builder(base, options).redirect(Policy::none()).no_gzip().no_brotli().no_zstd().no_deflate())
}

/// For the user's own requests: redirects are followed only within the base URL's origin.
pub(crate) fn following(base: &BaseUrl, options: &Options) -> Result<Client> {
    let origin = base.clone();
    let policy = Policy::custom(move |attempt| {
        if !origin.same_origin(attempt.url()) {
            attempt.stop()
        } else if attempt.previous().len() > MOST_REDIRECTS {
            attempt.error("more than 10 redirects")
        } else {
            attempt.follow()
        }
    });
    build(builder(base, options).redirect(policy))
}

fn builder(base: &BaseUrl, options: &Options) -> ClientBuilder {
    let builder = tls(Client::builder().user_agent(concat!("auth-core/", env!("CARGO_PKG_VERSION"))));
    let builder = if base.is_loopback() { local(builder, base) } else { builder };
    // Verbose, it would log every byte that is sent.
    let builder = options.apply(builder).connection_verbose(false);
    builder.timeout(options.timeout).connect_timeout(options.connect_timeout).referer(false)
}

/// Named, because another crate in the build may have switched on the other backend.
fn tls(builder: ClientBuilder) -> ClientBuilder {
    #[cfg(feature = "rustls")]
    let builder = builder.tls_backend_rustls();
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    let builder = builder.tls_backend_native();
    builder
}

/// Nothing for this machine goes through a proxy, and plain `http` needs none of the system's certificates, which
/// take milliseconds to parse.
fn local(builder: ClientBuilder, base: &BaseUrl) -> ClientBuilder {
    let builder = builder.no_proxy();
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    if base.as_url().scheme() == "http" {
        return builder.tls_certs_only([]);
    }
    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    let _ = base;
    builder
}

fn build(builder: ClientBuilder) -> Result<Client> {
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, "the HTTP client cannot be built; look at Options::configure").with_source(error)
    })
}
