//! Parts that the targets share: a response written as text, and the checks of its result.
//!
//! An input is the status, then headers, then an empty line and the body:
//!
//! ```text
//! 429
//! retry-after: 30
//!
//! {"message": "devagar"}
//! ```

use std::error::Error as _;
use std::time::Duration;

use auth_core::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::AUTHORIZATION};
use auth_core::{Credential, Error, Expiry, Http, Login};

/// A secret in every account, which no error may show.
pub const SECRET: &str = "s3nha-muito-secreta";

/// Logs in to a provider that returns this response.
pub fn login<L: Login>(account: &L, input: &[u8]) {
    let Some((status, headers, body)) = answer(input) else { return };
    let http = Http::answering(account.base_url(), status, headers, body).expect("the address is valid");
    match futures_executor::block_on(account.login(&http)) {
        Ok(credential) => check_credential(&credential),
        Err(error) => check_error(&error),
    }
}

/// Reads the error of a request with this response.
pub fn request_error(input: &[u8]) {
    let Some((status, headers, body)) = answer(input) else { return };
    let sent = format!(r#"{{"password":"{SECRET}"}}"#);
    check_error(&auth_core::fuzzing::request_error(status, &headers, &body, sent.as_bytes()));
}

fn answer(input: &[u8]) -> Option<(StatusCode, HeaderMap, Vec<u8>)> {
    let head_ends = input.windows(2).position(|pair| pair == b"\n\n")?;
    let mut lines = input[..head_ends].split(|byte| *byte == b'\n');
    let status = StatusCode::from_bytes(lines.next()?).ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        headers.append(name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?);
    }
    Some((status, headers, input[head_ends + 2..].to_vec()))
}

fn check_credential(credential: &impl Credential) {
    let mut headers = HeaderMap::new();
    credential.authorize(&mut headers);
    let header = &headers[AUTHORIZATION];
    assert!(header.is_sensitive());
    let token = header.to_str().expect("visible ASCII");
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    assert!(!token.is_empty() && !token.contains(char::is_whitespace));
    // A short token may occur in any word.
    if token.len() >= 16 {
        assert!(!format!("{credential:?}").contains(token), "Debug shows the token");
    }
    // A lifetime of zero is allowed: such a credential has already expired, and the core treats it as a failed login.
    if let Expiry::In(lifetime) = credential.expiry() {
        assert!(lifetime < Duration::from_secs(10_000 * 366 * 86_400), "no date is that far away");
    }
}

fn check_error(error: &Error) {
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown.push_str(&cause.to_string());
        source = cause.source();
    }
    assert!(!shown.contains(SECRET), "an error shows a secret: {shown}");
    assert!(shown.len() < 16 * 1024, "an error of {} bytes", shown.len());
    assert!(!error.to_string().is_empty());
    assert!(error.retry_after().is_none_or(|pause| pause <= Duration::from_secs(24 * 3600)));
}
