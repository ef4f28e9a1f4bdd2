//! Responses with a good status and a faulty body.

use std::time::Duration;

use api4com_auth::auth_core::ErrorKind::{Status, Unavailable};
use serde_json::json;

use super::{AS_ISSUED, NO_ANSWER, OK, READ, fails, refused};
use crate::case::Case;
use crate::wire::answer::{Answer, Step};

pub(crate) fn cases() -> Vec<Case> {
    // It is a response for neither `fetch` nor a login.
    let unreadable = |case: Case| case.login(fails(Unavailable), 1).request(OK, NO_ANSWER, (1, 1));
    let broken = |case: Case| case.login(fails(Unavailable), 1).request(NO_ANSWER, NO_ANSWER, (1, 1));
    let harmless = |case: Case| case.login(AS_ISSUED, 1).request(OK, READ, (1, 1));
    vec![
        unreadable(edited("truncated JSON", |answer| answer.body.truncate(answer.body.len() / 2))),
        unreadable(edited("HTML with 200", |answer| {
            answer.set("content-type", "text/html; charset=utf-8");
            answer.body = "<html><title>Manutenção</title></html>".into();
        })),
        edited("an empty body with 200", |answer| answer.body.clear()).login(fails(Unavailable), 1).request(
            OK,
            refused(Status),
            (1, 1),
        ),
        harmless(edited("a wrong content type", |answer| answer.set("content-type", "text/plain"))),
        harmless(edited("no content type", |answer| answer.remove("content-type"))),
        harmless(edited("a byte-order mark", |answer| {
            answer.body.splice(..0, *b"\xef\xbb\xbf");
        })),
        invalid_utf8(),
        unreadable(edited("a gzip bomb: 64 MiB in 413 KiB", |answer| {
            answer.set("content-encoding", "gzip");
            answer.body = bomb();
        })),
        harmless(edited("duplicate headers", |answer| {
            answer.headers.insert(0, ("content-type".to_owned(), "text/html".to_owned()));
            answer.add("date", "Sun, 06 Nov 1994 08:49:37 GMT");
            answer.add("authorization", "Bearer of-the-servers");
            answer.add("authorization", "Bearer again");
        })),
        broken(Case::wire("two lengths", |answer| {
            let length = answer.body.len();
            let head = format!("{}content-length: {length}\r\ncontent-length: {}\r\n\r\n", answer.head(), length - 1);
            vec![Step::Write(head.into_bytes()), Step::Write(answer.body)]
        })),
        Case::wire("an endless body with 500", |mut answer| {
            "500 Internal Server Error".clone_into(&mut answer.status);
            let head = format!("{}\r\n", answer.head()).into_bytes();
            vec![Step::Write(head), Step::Repeat(vec![b' '; 64 * 1024], Duration::ZERO)]
        })
        .login(fails(Unavailable), 1)
        .request(crate::case::Outcome::Answer(500), NO_ANSWER, (1, 1)),
    ]
}

/// Changes a response, and its length with it.
pub(crate) fn edited(fault: &str, edit: impl Fn(&mut Answer) + Send + Sync + 'static) -> Case {
    Case::wire(fault, move |mut answer| {
        edit(&mut answer);
        answer.whole()
    })
}

/// Puts invalid UTF-8 into a string that is read: the token, or any string of another response.
fn invalid_utf8() -> Case {
    edited("invalid UTF-8", |answer| {
        let token = answer.token;
        if answer.json().pointer(token).is_some() {
            answer.put(token, Some(json!("QQQQ")));
        } else {
            answer.body = br#"{"name":"QQQQ"}"#.to_vec();
        }
        for byte in answer.body.iter_mut().filter(|byte| **byte == b'Q') {
            *byte = 0xff;
        }
    })
    .login(fails(Unavailable), 1)
    .request(OK, NO_ANSWER, (1, 1))
}

/// Returns 64 MiB of zeros. In deflate's fixed code they are one zero, then "258 bytes from one back" again and again.
fn bomb() -> Vec<u8> {
    const COPIES: usize = (64 << 20) / 258;
    let mut bits = Bits::default();
    bits.push(0b1, 1); // The last block,
    bits.push(0b01, 2); // of the fixed code.
    bits.code(0b0011_0000, 8); // The byte 0.
    for _ in 0..COPIES {
        bits.code(0b1100_0101, 8); // Length 258,
        bits.code(0, 5); // distance 1.
    }
    bits.code(0, 7); // The end.
    bits.push(0, 7);
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    gzip.extend_from_slice(&bits.bytes);
    gzip
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    open: u32,
    count: u32,
}

impl Bits {
    /// Appends a Huffman code, the highest bit first.
    fn code(&mut self, code: u32, length: u32) {
        self.push(code.reverse_bits() >> (32 - length), length);
    }

    fn push(&mut self, bits: u32, length: u32) {
        self.open |= bits << self.count;
        self.count += length;
        while self.count >= 8 {
            self.bytes.push((self.open & 0xff) as u8);
            self.open >>= 8;
            self.count -= 8;
        }
    }
}
