//! `Retry-After` in all its forms.

use api4com_auth::auth_core::ErrorKind::{RateLimited, Unavailable};
use auth_sandbox::Fault;

use super::bodies::edited;
use super::{NO_ANSWER, fails, limited};
use crate::case::{Case, Outcome, Strike};

/// The server's clock, which need not be right.
const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

pub(crate) fn cases() -> Vec<Case> {
    // A login's cooldown is between a second and an hour. A request's pause is reported unchanged.
    let pause = |case: Case, login: u64, request: Option<u64>| {
        let told = Outcome::Failed(RateLimited, request);
        case.login(limited(login), 1).request(Outcome::Answer(429), told, (1, 1))
    };
    vec![
        pause(said("429 with Retry-After: 7", "7"), 7, Some(7)),
        pause(said("429 with Retry-After: 3600", "3600"), 3600, Some(3600)),
        pause(said("429 with Retry-After: 86400", "86400"), 3600, Some(86_400)),
        pause(dated("429 with Retry-After: a date in 90 s", &["Sun, 06 Nov 1994 08:51:07 GMT"]), 90, Some(90)),
        pause(dated("429 with Retry-After: a date in the past", &["Sat, 05 Nov 1994 08:49:37 GMT"]), 1, Some(0)),
        pause(said("429 with Retry-After: nonsense", "soon"), 5, None),
        pause(dated("429 with Retry-After twice: 7 and 120", &["7", "120"]), 7, Some(7)),
        pause(dated("429 with Retry-After twice: nonsense and 7", &["soon", "7"]), 7, Some(7)),
        with_status("503 with Retry-After: 7", "7").login(limited(7), 1).request(
            Outcome::Answer(503),
            Outcome::Failed(RateLimited, Some(7)),
            (1, 1),
        ),
        with_status("503 with Retry-After: nonsense", "soon").login(fails(Unavailable), 1).request(
            Outcome::Answer(503),
            NO_ANSWER,
            (1, 1),
        ),
    ]
}

/// The provider's own limit response with this `Retry-After`.
fn said(fault: &str, value: &str) -> Case {
    Case::new(fault, Strike::Sandbox(Fault::TooManyRequests { retry_after: Some(value.to_owned()), times: 1 }))
}

fn dated(fault: &str, values: &'static [&'static str]) -> Case {
    edited(fault, move |answer| {
        "429 Too Many Requests".clone_into(&mut answer.status);
        answer.body = b"{}".to_vec();
        answer.headers.retain(|(name, _)| !name.contains("ratelimit"));
        answer.set("date", NOW);
        for value in values {
            answer.add("retry-after", value);
        }
    })
}

fn with_status(fault: &str, value: &'static str) -> Case {
    edited(fault, move |answer| {
        "503 Service Unavailable".clone_into(&mut answer.status);
        answer.set("retry-after", value);
    })
}
