//! The table: every fault, and its stated outcome.

mod bodies;
mod echoes;
mod lifetimes;
mod network;
mod pauses;
mod statuses;
mod times;
mod tokens;

pub(crate) use self::bodies::edited;

use api4com_auth::auth_core::ErrorKind::{self, Config, LoginRefused, RateLimited, Status, Unavailable};

use crate::case::{Case, Outcome};

/// The lifetime of a token here, in minutes, in the JWT and in every other place where the sandbox states it.
const AS_ISSUED: Outcome = Outcome::LoggedIn(Some(40));
const OK: Outcome = Outcome::Answer(200);
const READ: Outcome = Outcome::Read;
/// A request whose response does not arrive or cannot be used. It states no next try.
const NO_ANSWER: Outcome = Outcome::Failed(Unavailable, None);
/// The parties whose requests are signed. They follow no redirect.
const SIGNED: &[&str] = &["signed-api, signed"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = network::cases();
    cases.extend(bodies::cases());
    cases.extend(statuses::cases());
    cases.extend(echoes::cases());
    cases.extend(pauses::cases());
    cases.extend(tokens::cases());
    cases.extend(lifetimes::cases());
    cases
}

/// A login that fails. The kind decides the time of the next try.
fn fails(kind: ErrorKind) -> Outcome {
    Outcome::Failed(kind, if matches!(kind, LoginRefused | Config) { Some(60) } else { Some(1) })
}

/// A login that is limited for `seconds`.
fn limited(seconds: u64) -> Outcome {
    Outcome::Failed(RateLimited, Some(seconds))
}

/// A request that is answered with an error.
fn refused(kind: ErrorKind) -> Outcome {
    Outcome::Failed(kind, None)
}

/// Returns the kind of error that `fetch` makes of a status.
fn kind_of(status: u16) -> ErrorKind {
    match status {
        429 => RateLimited,
        408 | 425 | 500.. => Unavailable,
        _ => Status,
    }
}
