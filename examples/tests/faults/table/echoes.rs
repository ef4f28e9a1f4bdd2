//! A server that repeats what it was sent, where errors might repeat it too.

use api4com_auth::auth_core::ErrorKind::{Config, Rejected, Status, Unavailable};
use serde_json::json;

use super::bodies::edited;
use super::{NO_ANSWER, OK, fails, refused};
use crate::case::{Case, Outcome};
use crate::wire::answer::Answer;

pub(crate) fn cases() -> [Case; 5] {
    let status =
        |case: Case, status, login| case.login(login, 1).request(Outcome::Answer(status), refused(Status), (1, 1));
    [
        status(
            edited("403 that repeats what was sent", |answer| repeat(answer, "403 Forbidden")),
            403,
            fails(Rejected),
        ),
        status(edited("409 that repeats what was sent", |answer| repeat(answer, "409 Conflict")), 409, fails(Config)),
        status(
            edited("403 with a code that repeats what was sent", |answer| {
                let words: Vec<_> =
                    answer.sent.split(['"', ' ', ':', ',', '{', '}']).filter(|word| word.len() > 15).collect();
                let code = words.last().copied().unwrap_or_default();
                answer.body = json!({ "code": code, "error": code }).to_string().into_bytes();
                "403 Forbidden".clone_into(&mut answer.status);
            }),
            403,
            fails(Rejected),
        ),
        edited("200 that is but what was sent", |answer| answer.body = format!("<p>{}</p>", answer.sent).into_bytes())
            .login(fails(Unavailable), 1)
            .request(OK, NO_ANSWER, (1, 1)),
        edited("HTML with what was sent in its content type", |answer| {
            let sent = answer.sent.replace('"', "'");
            answer.set("content-type", &format!("text/html; of={sent}"));
            answer.body = b"<html></html>".to_vec();
        })
        // The answer to a request is the caller's, with its headers.
        .login(fails(Unavailable), 1),
    ]
}

fn repeat(answer: &mut Answer, status: &str) {
    status.clone_into(&mut answer.status);
    let said = format!("I was sent {}", answer.sent);
    answer.body = json!({ "message": said, "messages": [said], "error": said }).to_string().into_bytes();
}
