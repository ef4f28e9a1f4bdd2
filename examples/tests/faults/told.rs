//! The outcome of a login or a request, in a form that is the same in every run.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use api4com_auth::auth_core::{Error, ErrorKind, Expiry};

use crate::case::Outcome;

pub(crate) fn logged_in(expiry: Expiry) -> Outcome {
    const MAX_LIFETIME: Duration = Duration::from_secs(400 * 86_400);
    let lifetime = match expiry {
        Expiry::Never => return Outcome::LoggedIn(None),
        Expiry::In(lifetime) => lifetime,
        _ => Duration::ZERO,
    };
    // The rest of a second, and the rounding of the server's clock, do not matter.
    Outcome::LoggedIn(Some((lifetime.min(MAX_LIFETIME).as_secs() + 2) / 60))
}

pub(crate) fn failed(error: &Error) -> Outcome {
    let seconds = error.retry_after().map(|pause| pause.as_secs());
    let seconds = match error.kind() {
        // Up to a tenth is added by jitter.
        ErrorKind::LoginRefused | ErrorKind::Config => {
            seconds.map(|seconds| if (60..=66).contains(&seconds) { 60 } else { seconds })
        }
        _ => seconds,
    };
    Outcome::Failed(error.kind(), seconds)
}

/// Returns the error's own words, without the provider's and without the parts that differ from run to run: times, and
/// the system's words about DNS.
pub(crate) fn advice(error: &Error) -> String {
    let text = error.to_string();
    let ends =
        [" (HTTP ", "; next try in ", " at line ", ": it has no ", ": verification time", ": error resolving DNS"];
    let end = ends.iter().filter_map(|end| text.find(end)).min();
    // The exchange, the read and the attempt have the same timeout, and any of them may fire first.
    without_ports(&text[..end.unwrap_or(text.len())])
        .replace("127.0.0.1 did not answer in time", "the provider did not answer in time")
}

/// Removes ports, which differ from run to run: a colon and four or five digits.
fn without_ports(text: &str) -> String {
    let mut parts = text.split(':');
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let _ = if part.len() - rest.len() < 4 { write!(shown, ":{part}") } else { write!(shown, "{rest}") };
    }
    shown
}

pub(crate) fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {:?} {:?}", error.provider_code(), error.provider_message());
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, " {cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    text
}
