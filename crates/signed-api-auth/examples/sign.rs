//! Prints the signature or the canonical text of a body, to find out why a server refuses it.
//!
//! Reads one JSON text from each line of standard input. For each, prints a line with the signature or `error: …`, or
//! with `--canonical` the canonical text. Exits with 1 if it refused a line.
//!
//! ```sh
//! echo '{"b":1.0,"a":[]}' | cargo run -q -p signed-api-auth --example sign -- --key KEY
//! echo '{"b":1.0,"a":[]}' | cargo run -q -p signed-api-auth --example sign -- --canonical
//! ```
//!
//! With `--from value` each text is first read into a `serde_json::Value`, with `--from raw` into a `RawValue`, like in
//! a program. A `Value` keeps the last of equal keys, and 64 bits of a number.

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

use serde_json::Value;
use serde_json::value::RawValue;
use signed_api_auth::signing::{SignedBody, SigningKey};

const USAGE: &str = "usage: sign (--key KEY | --canonical) [--from text | value | raw]";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (key, read) = read_arguments(std::env::args().skip(1))?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut code = ExitCode::SUCCESS;
    for line in io::stdin().lock().split(b'\n') {
        match answer(&line?, read, key.as_ref()) {
            Ok(answer) => writeln!(out, "{answer}")?,
            Err(error) => {
                writeln!(out, "error: {error}")?;
                code = ExitCode::FAILURE;
            }
        }
    }
    out.flush()?;
    Ok(code)
}

type Read = fn(&[u8]) -> serde_json::Result<SignedBody>;

/// Returns the signature, or without a key the canonical text.
fn answer(line: &[u8], read: Read, key: Option<&SigningKey>) -> Result<String, Box<dyn Error>> {
    let body = read(line)?;
    match key {
        Some(key) => Ok(key.sign(&body)?.to_string()),
        None => Ok(body.canonical()?.to_owned()),
    }
}

fn read_arguments(mut arguments: impl Iterator<Item = String>) -> Result<(Option<SigningKey>, Read), &'static str> {
    let (mut key, mut canonical) = (None, false);
    let mut read: Read = |line| Ok(SignedBody::json_bytes(line));
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--key" => key = Some(arguments.next().ok_or(USAGE)?),
            "--canonical" => canonical = true,
            "--from" => match arguments.next().as_deref() {
                Some("text") => {}
                Some("value") => read = |line| serde_json::from_slice::<Value>(line).map(SignedBody::from),
                Some("raw") => read = |line| serde_json::from_slice::<&RawValue>(line).map(SignedBody::from),
                _ => return Err(USAGE),
            },
            _ => return Err(USAGE),
        }
    }
    match key {
        _ if canonical => Ok((None, read)),
        Some(key) => Ok((Some(SigningKey::new(&key)), read)),
        None => Err(USAGE),
    }
}
