//! Errors of a failed exchange: the host, the reason and the remedy.

use std::error::Error as StdError;

use tokio::runtime::{Handle, TryCurrentError};

use crate::error::{Error, ErrorKind, Result};
use crate::redact;

/// The maximum length of a cause in an error, in characters.
const MAX_CAUSE: usize = 300;

impl From<reqwest::Error> for Error {
    /// Converts the error of a failed exchange. The URL is removed, because its query may contain anything.
    fn from(error: reqwest::Error) -> Self {
        let host = error.url().map_or("the provider".to_owned(), |url| match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => "the provider".to_owned(),
        });
        let error = error.without_url();
        let why = causes(&error);
        let kind = if error.is_builder() { ErrorKind::InvalidRequest } else { ErrorKind::Unavailable };
        let message = if error.is_builder() {
            format!("the request could not be built: {why}")
        } else if error.is_connect() && error.is_timeout() {
            format!("no connection to {host} in time; see Options::connect_timeout")
        } else if error.is_timeout() {
            late(&host)
        } else if error.is_connect() {
            format!("no connection to {host}: {why}; {}", remedy(&error, &why))
        } else if error.is_body() || error.is_decode() {
            format!("the answer of {host} broke off or could not be read: {why}")
        } else if is_no_http(&error) {
            format!("{host} sent a response that is not HTTP: {why}")
        } else {
            format!(
                "the connection to {host} broke off before the answer; what was sent may have been processed: {why}"
            )
        };
        Self::new(kind, message).with_source(error)
    }
}

/// Returns the message of a time-out, which says what it covers and which option sets it.
pub(crate) fn late(host: &str) -> String {
    format!(
        "{host} did not answer in time; the time covers connecting, the body that is sent and the whole answer: set \
         Options::timeout or Request::timeout, and for logins Options::login_timeout"
    )
}

/// Returns an error outside a runtime, where reqwest would panic. Disabled time and I/O cannot be detected.
pub(crate) fn needs_runtime() -> Result<()> {
    Handle::try_current().map(drop).map_err(no_runtime)
}

pub(super) fn no_runtime(_none: TryCurrentError) -> Error {
    let message = "a request needs a Tokio runtime: call from within one, with time and I/O enabled";
    Error::new(ErrorKind::Config, message)
}

/// Returns true if the connection ended before the head of the response: reset, closed, abandoned by an HTTP/2 server,
/// or dropped with the runtime that created it.
///
/// The server may have processed the request, so only idempotent requests are sent again.
pub(crate) fn broke_off(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout() && !is_no_http(error)
}

/// Returns true if the server does not speak HTTP, or the head of its response is too large.
fn is_no_http(error: &reqwest::Error) -> bool {
    layers(error).any(|layer| layer.contains(" parsed") || layer.starts_with(HEAD_TOO_LARGE))
}

const HEAD_TOO_LARGE: &str = "message head is too large";

fn remedy(error: &reqwest::Error, why: &str) -> &'static str {
    if why.contains("tunnel") || why.contains("proxy") || why.contains("socks") {
        "check the proxy"
    } else if error.is_dns() {
        "check the host's name and the DNS"
    } else if why.contains("InvalidContentType") {
        "there is no TLS at this port; check the base URL's port"
    } else if why.contains("certificate") {
        "check the host's name and this machine's clock; Options::configure takes a private authority"
    } else {
        "check the address, the proxy, and the provider's list of allowed IPs"
    }
}

/// Returns the causes of an error in one line, without layers that add no information.
pub(crate) fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut causes: Vec<String> = Vec::new();
    for layer in layers(error) {
        let empty = ["error sending request", "client error (", "request or response body error", "builder error"];
        let empty = empty.iter().any(|text| layer.starts_with(text)) || layer == "error decoding response body";
        if !empty && !causes.last().is_some_and(|outer| outer.contains(&layer)) {
            causes.push(layer);
        }
    }
    let mut text = causes.join(": ");
    if text.starts_with(HEAD_TOO_LARGE) {
        text.push_str(" (more than 100 headers, or some 400 KiB); Options::configure takes http1_max_headers");
    }
    redact::cut(&text, MAX_CAUSE)
}

/// Returns the messages of an error and of each of its causes.
fn layers<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = String> + 'a {
    std::iter::successors(Some(error), |&layer| layer.source()).map(ToString::to_string)
}
