//! The error bodies of providers, in the known shapes.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::retry_after;
use crate::error::{Error, ErrorKind};
use crate::redact::{self, Secrets};

const REFUSED: &str = "the provider refused the login; check the secrets and the environment";
const PROXY: &str = "a proxy asks for its own user name and password; give them with Options::configure";

/// The codes of OAuth2 that refuse a client or its grant (RFC 6749, section 5.2), whatever the status.
const REFUSALS: [&str; 6] = [
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    "access_denied",
];
/// The codes of OAuth2 for an outage (RFC 6749, section 4.1.2.1), and for a pause (RFC 8628, section 3.5).
const OUTAGES: [&str; 2] = ["server_error", "temporarily_unavailable"];
const PAUSE: &str = "slow_down";

/// A response with an error status, or with an error in a 2xx.
#[derive(Debug, Default)]
pub(crate) struct ErrorBody {
    status: u16,
    code: Option<String>,
    message: Option<String>,
    retry_after: Option<Duration>,
}

impl ErrorBody {
    /// Parses a response, and removes what was sent from its code and message.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], secrets: &Secrets) -> Self {
        let body: Option<Value> = serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok();
        let (code, message) = body.as_ref().map(describe).unwrap_or_default();
        Self {
            status: status.as_u16(),
            code: code.map(|code| redact::code(&code, secrets)),
            message: message.map(|message| redact::bounded(&message, secrets)).filter(|message| !message.is_empty()),
            retry_after: match status {
                StatusCode::TOO_MANY_REQUESTS => retry_after::of_limit(headers, body.as_ref()),
                _ => retry_after::header(headers),
            },
        }
    }

    /// Returns the error of a login with this response.
    pub(crate) fn of_login(self) -> Error {
        let is_one_of = |codes: &[&str]| self.code.as_deref().is_some_and(|code| codes.contains(&code));
        let (kind, message) = match self.status {
            400..429 if is_one_of(&[PAUSE]) => (ErrorKind::RateLimited, "the provider limits the logins"),
            400..429 if is_one_of(&OUTAGES) => (ErrorKind::Unavailable, "the provider could not process the login"),
            404..422 if is_one_of(&REFUSALS) => (ErrorKind::LoginRefused, REFUSED),
            403 => (
                ErrorKind::LoginRefused,
                "the provider forbids the login; check the secrets, the environment and its list of allowed IPs",
            ),
            400 | 401 | 422 | 423 => (ErrorKind::LoginRefused, REFUSED),
            429 => (ErrorKind::RateLimited, "the provider limits the logins"),
            503 if self.retry_after.is_some() => (ErrorKind::RateLimited, "the provider is not available for a while"),
            408 | 425 | 500.. => (ErrorKind::Unavailable, "the provider could not process the login"),
            300..400 => (ErrorKind::Config, "the login was redirected, which is never followed; check the base URL"),
            407 => (ErrorKind::Config, PROXY),
            404 | 405 => (ErrorKind::Config, "there is no login at this address; check the base URL"),
            _ => (ErrorKind::Config, "the provider does not understand the login; check the base URL"),
        };
        self.into_error(kind, message)
    }

    /// Returns the error of a request with this response.
    pub(crate) fn of_request(self) -> Error {
        let (kind, message) = match self.status {
            429 => (ErrorKind::RateLimited, "the provider limits the requests"),
            503 if self.retry_after.is_some() => (ErrorKind::RateLimited, "the provider is not available for a while"),
            408 | 425 | 500.. => (ErrorKind::Unavailable, "the provider could not process the request"),
            401 => (
                ErrorKind::Status,
                "the provider answered 401: the account lacks permission, or something it sent was refused",
            ),
            403 => (ErrorKind::Status, "the provider forbids this request"),
            407 => (ErrorKind::Status, PROXY),
            300..=399 => (
                ErrorKind::Status,
                "the provider redirects this request, which was not followed; check the path and the base URL",
            ),
            _ => (ErrorKind::Status, "the provider refused the request"),
        };
        self.into_error(kind, message)
    }

    pub(crate) fn into_error(self, kind: ErrorKind, message: &str) -> Error {
        let retry_after = self.retry_after.filter(|_| kind == ErrorKind::RateLimited);
        let error = Error::new(kind, message).with_answer(self.status, self.code, self.message);
        match retry_after {
            Some(pause) => error.with_retry_after(pause),
            None => error,
        }
    }
}

/// Returns the code and the message of the known shapes: `{error: {code, message}}`, `{error, message, details}`,
/// OAuth2's `{error, error_description}`, `{statusCode, message}`, `{success, message, error}`,
/// `[{tag, description}]`, `{status, messages}`, `{detail}`, `{title, detail}`, and plain text.
fn describe(body: &Value) -> (Option<String>, Option<String>) {
    match body {
        Value::String(message) => (None, Some(message.clone())),
        Value::Array(problems) => (None, texts(problems)),
        Value::Object(fields) => {
            if let Some(nested @ Value::Object(_)) = fields.get("error") {
                return describe(nested);
            }
            let error = fields.get("error").and_then(Value::as_str);
            let message = ["message", "messages", "error_description", "detail", "title", "description", "Message"]
                .iter()
                .find_map(|name| fields.get(*name).and_then(text))
                .or_else(|| error.map(str::to_owned));
            let code = fields.get("code").and_then(Value::as_str).or(error).filter(|code| is_code(code));
            (code.map(str::to_owned), message)
        }
        _ => (None, None),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Array(values) => texts(values),
        _ => None,
    }
}

fn texts(values: &[Value]) -> Option<String> {
    let texts: Vec<_> = values.iter().filter_map(|value| describe(value).1).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(status: u16, body: &str) -> ErrorBody {
        let status = StatusCode::from_u16(status).expect("a status");
        let mut secrets = Secrets::default();
        secrets.add_body(br#"{"password":"s3cret-word"}"#);
        ErrorBody::read(status, &HeaderMap::new(), body.as_bytes(), &secrets)
    }

    #[test]
    fn every_known_error_body_gives_its_code_and_message() {
        for (body, code, message) in [
            (
                r#"{"error":"authentication_failed","message":"Token inválido"}"#,
                Some("authentication_failed"),
                Some("Token inválido"),
            ),
            (
                r#"{"error":{"statusCode":401,"name":"Error","message":"login failed","code":"LOGIN_FAILED"}}"#,
                Some("LOGIN_FAILED"),
                Some("login failed"),
            ),
            (r#"{"statusCode":401,"message":"Email ou senha inválidos"}"#, None, Some("Email ou senha inválidos")),
            (r#"{"statusCode":400,"message":["a","b"],"error":"Bad Request"}"#, None, Some("a; b")),
            (r#"{"success":false,"message":"m","error":"CODE"}"#, Some("CODE"), Some("m")),
            (r#"[{"tag":"basic","description":"Campo basic é obrigatório"}]"#, None, Some("Campo basic é obrigatório")),
            (r#"{"status":"error","messages":["Invalid signature"]}"#, None, Some("Invalid signature")),
            (
                r#"{"error":"invalid_client","error_description":"Cliente inválido"}"#,
                Some("invalid_client"),
                Some("Cliente inválido"),
            ),
            (
                r#"{"error":"temporarily_unavailable"}"#,
                Some("temporarily_unavailable"),
                Some("temporarily_unavailable"),
            ),
            (r#"{"detail":"No active account"}"#, None, Some("No active account")),
            (r#"{"title":"Bad","detail":"Worse"}"#, None, Some("Worse")),
            (r#"{"message":"","detail":"Worse"}"#, None, Some("Worse")),
            (r#"{"error":"Algo deu errado"}"#, None, Some("Algo deu errado")),
            (r#""texto""#, None, Some("texto")),
            ("\u{feff}{\"message\":\"m\"}", None, Some("m")),
            ("<html>502</html>", None, None),
            ("", None, None),
            ("{}", None, None),
            (r#"{"message":" \n "}"#, None, None),
        ] {
            let problem = problem(400, body);
            assert_eq!((problem.code.as_deref(), problem.message.as_deref()), (code, message), "{body}");
        }
    }

    #[test]
    fn a_message_that_repeats_the_password_is_redacted() {
        let error = problem(401, r#"{"message":"s3cret-word is wrong"}"#).of_login();
        assert_eq!(error.provider_message(), Some("[redacted] is wrong"));
    }

    #[test]
    fn each_status_of_a_login_says_what_the_caller_can_do() {
        for (kind, statuses) in [
            (ErrorKind::LoginRefused, &[400, 401, 403, 422, 423][..]),
            (ErrorKind::RateLimited, &[429]),
            (ErrorKind::Unavailable, &[408, 425, 500, 502, 503, 504, 599]),
            (ErrorKind::Config, &[301, 302, 307, 308, 404, 405, 409, 410, 415, 418]),
        ] {
            for status in statuses {
                assert_eq!(problem(*status, "").of_login().kind(), kind, "{status}");
            }
        }
    }

    #[test]
    fn the_code_of_an_oauth2_error_counts_and_not_its_status() {
        for (kind, codes, statuses) in [
            (
                ErrorKind::LoginRefused,
                &["invalid_client", "invalid_grant", "access_denied"][..],
                &[400, 401, 404, 409][..],
            ),
            (ErrorKind::Unavailable, &["temporarily_unavailable", "server_error"], &[400, 401, 403, 503]),
            (ErrorKind::RateLimited, &["slow_down"], &[400, 401, 429]),
            (ErrorKind::LoginRefused, &["invalid_request", "unsupported_grant_type"], &[400, 401]),
            (ErrorKind::Unavailable, &["invalid_grant"], &[500, 503]),
            (ErrorKind::RateLimited, &["invalid_grant"], &[429]),
        ] {
            for (code, status) in codes.iter().flat_map(|code| statuses.iter().map(move |status| (code, *status))) {
                let error = problem(status, &format!(r#"{{"error":"{code}"}}"#)).of_login();
                assert_eq!((error.kind(), error.provider_code()), (kind, Some(*code)), "{status}");
            }
        }
    }

    #[test]
    fn a_code_that_repeats_the_password_is_redacted_too() {
        let error = problem(401, r#"{"code":"s3cret-word","message":"m"}"#).of_login();
        assert_eq!(error.provider_code(), Some("[redacted]"));
    }

    #[test]
    fn each_status_of_a_request_says_what_the_caller_can_do() {
        for (kind, statuses) in [
            (ErrorKind::Status, &[301, 400, 401, 403, 404, 409, 422][..]),
            (ErrorKind::RateLimited, &[429]),
            (ErrorKind::Unavailable, &[408, 425, 500, 502, 503, 504]),
        ] {
            for status in statuses {
                assert_eq!(problem(*status, "").of_request().kind(), kind, "{status}");
            }
        }
    }

    #[test]
    fn what_a_status_means_is_said_in_words() {
        for (status, of_login, of_request) in [
            (302, "the login was redirected", "redirects this request"),
            (401, "refused the login; check the secrets", "answered 401"),
            (403, "list of allowed IPs", "forbids this request"),
            (404, "no login at this address", "refused the request"),
            (405, "no login at this address", "refused the request"),
            (407, "a proxy asks", "a proxy asks"),
            (409, "does not understand the login", "refused the request"),
            (500, "could not process the login", "could not process the request"),
        ] {
            for (error, words) in
                [(problem(status, "").of_login(), of_login), (problem(status, "").of_request(), of_request)]
            {
                assert!(error.to_string().contains(words), "{error}");
            }
        }
    }

    #[test]
    fn the_headers_of_a_limit_count_for_a_429_alone() {
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit-reset", "120".parse().expect("a header value"));
        let error = |status| ErrorBody::read(status, &headers, b"", &Secrets::default()).of_login();
        assert_eq!(error(StatusCode::TOO_MANY_REQUESTS).retry_after(), Some(Duration::from_secs(120)));
        let down = error(StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((down.kind(), down.retry_after()), (ErrorKind::Unavailable, None));
    }

    #[test]
    fn a_503_with_a_time_is_a_limit_and_keeps_the_time() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "120".parse().expect("a header value"));
        let error = ErrorBody::read(StatusCode::SERVICE_UNAVAILABLE, &headers, b"", &Secrets::default()).of_login();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(120)));
    }
}
