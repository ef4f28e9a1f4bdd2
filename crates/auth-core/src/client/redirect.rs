//! The client's rules for redirects.

use http::header::LOCATION;
use http::{Method, StatusCode};
use reqwest::Response;
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::redact::{self, Secrets};
use crate::transport::{BaseUrl, cut, shown_path};

/// The maximum number of redirects that are followed in a row.
pub(super) const MAX_REDIRECTS: u32 = 10;

/// Returns the URL to request next, `None` if the response goes to the caller, or an error.
///
/// | status | `GET`, `HEAD` | other methods |
/// | --- | --- | --- |
/// | 301, 302, 303 | followed below the base URL, otherwise returned | an error: it would become a `GET` |
/// | 307, 308 | followed below the base URL, otherwise returned | followed below the base URL, otherwise an error |
/// | others | returned | returned |
///
/// A 307 or 308 is followed with the request's body.
pub(super) fn redirect(base: &BaseUrl, method: &Method, answer: &Response, secrets: &Secrets) -> Result<Option<Url>> {
    let (from, status) = (answer.url(), answer.status());
    let keeps_method = match status.as_u16() {
        301..=303 => false,
        307 | 308 => true,
        _ => return Ok(None),
    };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let location = answer.headers().get(LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let location = location.filter(|location| !location.is_empty());
    let target = location.and_then(|location| base.redirected(from, location));
    if reads || (keeps_method && target.is_some()) {
        return Ok(target);
    }
    let remedy = match &target {
        Some(target) if target.path().strip_suffix('/') == Some(from.path()) => {
            "the path lacks its slash at the end".to_owned()
        }
        Some(_) => {
            "following it would make a GET of it; send it to that path, or take the answer by no_redirect".to_owned()
        }
        None => format!("that is not below the base URL {}; correct the path or the base URL", base.as_url()),
    };
    let target = match target.or_else(|| location.and_then(|location| from.join(location).ok())) {
        Some(target) => told(&target, from, secrets),
        None => "an unreadable location".to_owned(),
    };
    Err(not_followed(method, from, status, &format!("redirected to {target} and not followed; {remedy}")))
}

/// Returns the error for a request that was redirected for the eleventh time.
pub(super) fn too_many(method: &Method, from: &Url, status: StatusCode) -> Error {
    not_followed(method, from, status, &format!("redirected more than {MAX_REDIRECTS} times, in a circle"))
}

/// Returns the error for a redirected request whose body was a stream and cannot be sent again.
pub(super) fn with_stream(method: &Method, answer: &Response, target: &Url, secrets: &Secrets) -> Error {
    let target = told(target, answer.url(), secrets);
    let fate = format!("redirected to {target}; its body is a stream and cannot be sent again: send it there");
    not_followed(method, answer.url(), answer.status(), &fate)
}

fn not_followed(method: &Method, from: &Url, status: StatusCode, fate: &str) -> Error {
    let message = format!("the {method} of {} was {fate}", shown_path(from));
    Error::new(ErrorKind::Status, message).with_answer(status.as_u16(), None, None)
}

/// Returns the target of a redirect without its query and without any secret that was sent, because the server may have
/// put either there.
fn told(target: &Url, from: &Url, secrets: &Secrets) -> String {
    let segment = |segment: &str| {
        let is_ours = from.path().split('/').any(|own| own == segment);
        if is_ours { segment.to_owned() } else { redact::bounded(segment, secrets) }
    };
    let path = target.path().split('/').map(segment).collect::<Vec<_>>().join("/");
    let origin = match target.origin() {
        origin if origin == from.origin() => String::new(),
        origin if origin.is_tuple() => origin.ascii_serialization(),
        _ => format!("{}:", target.scheme()),
    };
    cut(&format!("{origin}{path}{}", if target.query().is_some() { "?…" } else { "" }))
}
