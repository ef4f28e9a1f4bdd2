//! Prints what a body is signed as, to find out why a server refuses it.
//!
//! Reads one JSON text a line from standard input and prints, a line each, the signature or
//! `error: …`; with `--canonical`, the canonical text.
//!
//! ```sh
//! echo '{"b":1.0,"a":[]}' | cargo run -q -p signed-api-auth --example sign -- --key KEY
//! echo '{"b":1.0,"a":[]}' | cargo run -q -p signed-api-auth --example sign -- --canonical
//! ```

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};

use signed_api_auth::signing::{SignError, SignedBody, SigningKey};

const USAGE: &str = "usage: sign --key KEY | sign --canonical";

fn main() -> Result<(), Box<dyn Error>> {
    let key = read_arguments(std::env::args().skip(1))?;
    let mut out = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        match answer(&line?, key.as_ref()) {
            Ok(answer) => writeln!(out, "{answer}")?,
            Err(error) => writeln!(out, "error: {error}")?,
        }
    }
    Ok(out.flush()?)
}

/// The signature, or without a key the canonical text.
fn answer(line: &[u8], key: Option<&SigningKey>) -> Result<String, SignError> {
    let body = SignedBody::json_bytes(line);
    match key {
        Some(key) => Ok(key.sign(&body)?.to_string()),
        None => Ok(body.canonical()?.to_owned()),
    }
}

fn read_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Option<SigningKey>, &'static str> {
    let (mut key, mut canonical) = (None, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--key" => key = Some(arguments.next().ok_or(USAGE)?),
            "--canonical" => canonical = true,
            _ => return Err(USAGE),
        }
    }
    match key {
        _ if canonical => Ok(None),
        Some(key) => Ok(Some(SigningKey::new(&key))),
        None => Err(USAGE),
    }
}
