//! What a login or an error tells, brought into a form that is the same in every run.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use api4com_auth::auth_core::{Error, ErrorKind, Expiry};

use crate::case::Outcome;

pub(crate) fn logged_in(expiry: Expiry) -> Outcome {
    const MOST: Duration = Duration::from_secs(400 * 86_400);
    let lifetime = match expiry {
        Expiry::Never => return Outcome::LoggedIn(None),
        Expiry::In(lifetime) => lifetime,
        _ => Duration::ZERO,
    };
    // What is left of a second, and what the server's clock rounds, is no matter.
    Outcome::LoggedIn(Some((lifetime.min(MOST).as_secs() + 2) / 60))
}

pub(crate) fn failed(error: &Error) -> Outcome {
    let seconds = error.retry_after().map(|pause| pause.as_secs());
    let seconds = match error.kind() {
        // A tenth on top is left to chance.
        ErrorKind::Rejected | ErrorKind::Config => {
            seconds.map(|seconds| if (60..=66).contains(&seconds) { 60 } else { seconds })
        }
        _ => seconds,
    };
    Outcome::Failed(error.kind(), seconds)
}

/// The error's own words, without the provider's, and without what differs from run to run.
pub(crate) fn advice(error: &Error) -> String {
    let text = error.to_string();
    let ends = [" (HTTP ", "; next try in ", " at line ", ": it has no "];
    let end = ends.iter().filter_map(|end| text.find(end)).min();
    // The exchange and the attempt have the same time, and either may notice first.
    text[..end.unwrap_or(text.len())]
        .replace("the login was not answered in time", "the provider did not answer in time")
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
