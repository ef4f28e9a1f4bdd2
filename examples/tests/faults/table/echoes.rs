//! Servers that repeat what they were sent, in places that errors might repeat.

use api4com_auth::auth_core::ErrorKind::{Config, LoginRefused, Status, Unavailable};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::bodies::edited;
use super::{NO_ANSWER, OK, fails, refused};
use crate::case::{Case, Outcome};
use crate::wire::answer::Answer;

type Spelling = (&'static str, fn(&str) -> String);

/// The spellings in which a server may repeat what it was sent.
const SPELLINGS: [Spelling; 13] = [
    ("as JSON in JSON", |sent| json!(json!(sent).to_string()).to_string()),
    ("escaped as ASCII", |sent| each(sent, |unit| format!("\\u{unit:04x}"))),
    ("encoded for URLs", |sent| bytes(sent, |byte| format!("%{byte:02X}"))),
    ("encoded for URLs twice", |sent| bytes(sent, |byte| format!("%25{byte:02x}"))),
    ("quoted-printable", |sent| bytes(sent, |byte| format!("={byte:02X}"))),
    ("escaped for HTML", |sent| each(sent, |unit| format!("&#{unit};"))),
    ("in base64", |sent| words(sent, |word| BASE64_STANDARD.encode(word))),
    ("in base64 for URLs with more before it", |sent| {
        words(sent, |word| BASE64_URL_SAFE_NO_PAD.encode(format!("x{word}")))
    }),
    ("in hexadecimal", |sent| bytes(sent, |byte| format!("{byte:02x}"))),
    ("as a list of bytes", |sent| format!("{:?}", sent.as_bytes())),
    ("in capitals", str::to_uppercase),
    ("cut in half", |sent| words(sent, |word| word.chars().take(word.chars().count() / 2).chain(['…']).collect())),
    ("with hyphens", |sent| words(sent, |word| word.chars().flat_map(|c| [c, '-']).collect())),
];

fn each(sent: &str, write: impl Fn(u16) -> String) -> String {
    words(sent, |word| word.encode_utf16().map(&write).collect())
}

fn bytes(sent: &str, write: impl Fn(u8) -> String) -> String {
    words(sent, |word| word.bytes().map(&write).collect())
}

/// Returns the words of a request that may be secret, the last first, because an error shows the beginning of a text.
fn words(sent: &str, write: impl Fn(&str) -> String) -> String {
    let words = sent.split(['"', ' ', ':', ',', '{', '}', '\r', '\n']).filter(|word| word.len() > 5).rev();
    words.map(write).collect::<Vec<_>>().join(" ")
}

pub(crate) fn cases() -> Vec<Case> {
    let status =
        |case: Case, status, login| case.login(login, 1).request(Outcome::Answer(status), refused(Status), (1, 1));
    let mut cases = vec![
        status(
            edited("403 that repeats what was sent", |answer| repeat(answer, "403 Forbidden")),
            403,
            fails(LoginRefused),
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
            fails(LoginRefused),
        ),
        edited("200 that is but what was sent", |answer| answer.body = format!("<p>{}</p>", answer.sent).into_bytes())
            .login(fails(Unavailable), 1)
            .request(OK, NO_ANSWER, (1, 1)),
        edited("HTML with what was sent in its content type", |answer| {
            let sent = answer.sent.replace('"', "'");
            answer.set("content-type", &format!("text/html; of={sent}"));
            answer.body = b"<html></html>".to_vec();
        })
        // The response to a request is returned to the caller with its headers.
        .login(fails(Unavailable), 1),
    ];
    for (name, write) in SPELLINGS {
        let edit = move |answer: &mut Answer| {
            answer.sent = write(&answer.sent);
            repeat(answer, "403 Forbidden");
        };
        cases.push(status(edited(&format!("403 that repeats what was sent {name}"), edit), 403, fails(LoginRefused)));
    }
    cases
}

fn repeat(answer: &mut Answer, status: &str) {
    status.clone_into(&mut answer.status);
    let said = format!("I was sent {}", answer.sent);
    answer.body = json!({ "message": said, "messages": [said], "error": said }).to_string().into_bytes();
}
