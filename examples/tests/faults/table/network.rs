//! Connections that fail, or end too soon.

use std::time::Duration;

use super::{AS_ISSUED, NO_ANSWER, OK, READ, fails};
use crate::case::{Case, Place, Pooled, Strike};
use crate::wire::answer::{Answer, Step};
use crate::wire::tls::Flaw;
use api4com_auth::auth_core::ErrorKind::Unavailable;
use auth_sandbox::Fault;

/// Time for the client to read what was written before the connection is reset.
const A_MOMENT: Duration = Duration::from_millis(200);

/// The page shows the host that each error names, and the reason why the connection failed.
pub(crate) fn cases() -> Vec<Case> {
    let place = |fault: &str, place| {
        Case::new(fault, Strike::Place(place)).login(fails(Unavailable), 0).request(NO_ANSWER, NO_ANSWER, (1, 0))
    };
    // The exchange has begun, so the request may have been processed.
    let broken = |case: Case| case.login(fails(Unavailable), 1).request(NO_ANSWER, NO_ANSWER, (1, 1));
    // The head arrived whole, so `send` returns it before the body fails.
    let headed = |case: Case| case.login(fails(Unavailable), 1).request(OK, NO_ANSWER, (1, 1));
    vec![
        place("connection refused", Place::Refused),
        place("DNS failure: no such name", Place::Unresolved),
        place("connect time-out: the server accepts nothing", Place::Stalled),
        place("TLS: a certificate for another host", Place::Tls(Flaw::WrongHost)),
        place("TLS: an expired certificate", Place::Tls(Flaw::Expired)),
        place("TLS: a certificate of an unknown authority", Place::Tls(Flaw::UnknownAuthority)),
        broken(Case::wire("no answer at all", |_| vec![Step::Hold])).waits(),
        broken(Case::new("closed without an answer", Strike::Sandbox(Fault::Close { times: 1 }))),
        broken(Case::wire("reset before the head", |_| vec![Step::Reset])),
        broken(Case::wire("reset in the head", |answer| {
            let head = answer.head_with_length();
            vec![Step::Write(head[..head.len() / 2].to_vec()), Step::Pause(A_MOMENT), Step::Reset]
        })),
        headed(Case::wire("reset after the head", |answer| {
            vec![Step::Write(answer.head_with_length()), Step::Pause(A_MOMENT), Step::Reset]
        })),
        headed(Case::wire("reset in the body", |answer| {
            vec![Step::Write(half_of(&answer)), Step::Pause(A_MOMENT), Step::Reset]
        })),
        headed(Case::new("closed in the body", Strike::Sandbox(Fault::Truncated { times: 1 }))),
        headed(Case::wire("a slow body", |answer| {
            let head = format!("{}content-length: 1000000\r\n\r\n", answer.head()).into_bytes();
            vec![Step::Write(head), Step::Repeat(b" ".to_vec(), Duration::from_millis(20))]
        }))
        .waits(),
        headed(Case::wire("an endless body", |answer| {
            let head = format!("{}\r\n", answer.head()).into_bytes();
            vec![Step::Write(head), Step::Repeat(vec![b' '; 64 * 1024], Duration::ZERO)]
        })),
        broken(Case::wire("an endless head", |answer| {
            let lines = "x-filler: 0123456789\r\n".repeat(1000).into_bytes();
            vec![Step::Write(answer.head().into_bytes()), Step::Repeat(lines, Duration::ZERO)]
        })),
        broken(Case::wire("no HTTP", |_| vec![Step::Write(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec())])),
        Case::new("a pooled connection that was closed", Strike::Pooled(Pooled::Closed)).login(AS_ISSUED, 1).request(
            OK,
            READ,
            (1, 1),
        ),
        broken(Case::new("a pooled connection that is reset at its next use", Strike::Pooled(Pooled::Reset))),
        repeated("closed without an answer", Strike::Sandbox(Fault::Close { times: 1 })),
        repeated("a pooled connection that is reset at its next use", Strike::Pooled(Pooled::Reset)),
    ]
}

/// A connection that breaks while `RetryPolicy::idempotent(1)` is set. Sopague's request is a POST, which is never
/// retried.
fn repeated(fault: &str, strike: Strike) -> Case {
    let case = Case::new(format!("{fault}, with `RetryPolicy::idempotent(1)`"), strike).repeats();
    case.request(OK, READ, (1, 2)).request_but(&["sopague"], NO_ANSWER, NO_ANSWER, (1, 1))
}

fn half_of(answer: &Answer) -> Vec<u8> {
    let mut bytes = answer.head_with_length();
    bytes.extend_from_slice(&answer.body[..answer.body.len() / 2]);
    bytes
}
