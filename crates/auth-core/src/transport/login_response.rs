//! The response to a login, read completely.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use http::header::{HeaderMap, SET_COOKIE};
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::error_body::ErrorBody;
use super::json::parse;
use super::{read, retry_after, secret_body};
use crate::error::{Error, ErrorKind, Result};
use crate::redact::{self, Secrets};
use crate::token::AccessToken;

/// The response to a request of [`Http`](crate::Http) or to [`Request::answer`](crate::Request::answer): status,
/// headers, and a body of at most 1 MiB that is wiped from memory when it is dropped.
///
/// The response knows what was sent, and its errors never repeat any of it.
///
/// ```
/// # async fn login(http: &auth_core::Http) -> auth_core::Result<()> {
/// #[derive(serde::Deserialize)]
/// struct Body { authenticated: bool }
///
/// let answer = http.post_json("api/login", &serde_json::json!({})).await?.error_for_status()?;
/// let body: Body = answer.json()?;
/// if !body.authenticated {
///     return Err(answer.login_refused());
/// }
/// # Ok(())
/// # }
/// ```
pub struct LoginResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
    pub(super) secrets: Secrets,
}

impl LoginResponse {
    /// Creates a response from one that another HTTP client read. The body is wiped from memory when it is dropped.
    ///
    /// ```
    /// use auth_core::http::{HeaderMap, StatusCode};
    /// use auth_core::{ErrorKind, LoginResponse};
    ///
    /// let body = r#"{"error": "invalid_client", "error_description": "unknown client"}"#;
    /// let answer = LoginResponse::new(StatusCode::BAD_REQUEST, HeaderMap::new(), body);
    /// let error = answer.error_for_status().unwrap_err();
    /// assert_eq!((error.kind(), error.provider_code()), (ErrorKind::LoginRefused, Some("invalid_client")));
    /// ```
    ///
    /// Name the secrets that were sent with [`redacting`](Self::redacting), because an error may quote the body.
    #[must_use]
    pub fn new(status: StatusCode, headers: HeaderMap, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers, body: Zeroizing::new(body.into()), secrets: Secrets::default() }
    }

    /// Adds a secret that was sent. No error of this response repeats it.
    ///
    /// ```
    /// use auth_core::LoginResponse;
    /// use auth_core::http::{HeaderMap, StatusCode};
    ///
    /// let body = r#"{"message": "wrong password: segredo-da-maria"}"#;
    /// let answer = LoginResponse::new(StatusCode::OK, HeaderMap::new(), body).redacting("segredo-da-maria");
    /// assert_eq!(answer.login_refused().provider_message(), Some("wrong password: [redacted]"));
    /// ```
    #[must_use]
    pub fn redacting(mut self, secret: &str) -> Self {
        self.secrets.add(secret);
        self
    }

    /// Reads a whole response, or the beginning of one that is not a 2xx. Its errors repeat none of `secrets`.
    pub(crate) async fn read(response: Response, secrets: Secrets) -> Result<Self> {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = if status.is_success() {
            read::whole(response, read::LOGIN).await?
        } else {
            read::beginning(response).await
        };
        Ok(Self { status, headers, body, secrets })
    }

    /// Returns the HTTP status.
    ///
    /// ```
    /// # fn read(answer: auth_core::LoginResponse) -> auth_core::Result<()> {
    /// if answer.status() == auth_core::http::StatusCode::ACCEPTED {
    ///     println!("the second factor is still to come");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    ///
    /// ```
    /// # fn read(answer: auth_core::LoginResponse) -> Option<()> {
    /// let request_id = answer.headers().get("x-request-id")?.to_str().ok()?;
    /// # Some(())
    /// # }
    /// ```
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the bytes of the body.
    ///
    /// ```
    /// # fn read(answer: auth_core::LoginResponse) -> auth_core::Result<()> {
    /// if answer.body().is_empty() {
    ///     return Err(answer.malformed("it has no body"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the value of a header, for a token that is in one, or `None` if it is missing or not visible ASCII.
    ///
    /// ```
    /// # fn read(answer: auth_core::LoginResponse) -> auth_core::Result<()> {
    /// let token = answer.header("x-session").ok_or_else(|| answer.malformed("it has no header x-session"))?;
    /// let token = answer.raw(&token)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<SecretString> {
        Some(self.headers.get(name)?.to_str().ok()?.into())
    }

    /// Returns the value of a cookie that the response sets, and its lifetime: its `Max-Age`, or else the time from the
    /// response's `Date` to its `Expires`. A cookie without either is valid until the provider ends its session.
    ///
    /// ```
    /// use auth_core::http::{HeaderMap, HeaderValue, StatusCode, header::SET_COOKIE};
    /// use auth_core::{Expiry, LoginResponse};
    ///
    /// let cookie = HeaderValue::from_static("JSESSIONID=abc123; Path=/; HttpOnly; Max-Age=1800");
    /// let answer = LoginResponse::new(StatusCode::OK, HeaderMap::from_iter([(SET_COOKIE, cookie)]), "");
    /// let (value, lifetime) = answer.cookie("JSESSIONID").ok_or_else(|| answer.malformed("it sets no JSESSIONID"))?;
    /// let token = answer.raw(&value)?.in_cookie("JSESSIONID")?;
    /// let expiry = lifetime.map_or(Expiry::Never, Expiry::In);
    /// # assert_eq!(expiry, Expiry::In(std::time::Duration::from_secs(1800)));
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// Of several cookies with this name, the last one counts. One that the response deletes is `None`.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<(SecretString, Option<Duration>)> {
        let cookies = self.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let pairs = cookies.filter_map(|cookie| cookie.split(';').next()?.split_once('=').map(|pair| (cookie, pair)));
        let (cookie, (_, value)) = pairs.rev().find(|(_, (own, _))| own.trim() == name)?;
        let attribute = |name: &str| {
            let mut attributes = cookie.split(';').skip(1).filter_map(|attribute| attribute.split_once('='));
            attributes.find(|(own, _)| own.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let max_age = attribute("max-age").and_then(|age| age.parse::<i64>().ok());
        let lifetime = match max_age {
            Some(seconds) => Some(u64::try_from(seconds).map(Duration::from_secs).unwrap_or_default()),
            None => attribute("expires").and_then(|at| retry_after::until_date(at, &self.headers)),
        };
        let value = value.trim().trim_matches('"');
        (!value.is_empty() && lifetime != Some(Duration::ZERO)).then(|| (value.into(), lifetime))
    }

    /// Returns the provider's clock at the time of the response, to compare its absolute times with. It is the `Date`,
    /// plus the `Age` of a response from a cache.
    ///
    /// ```
    /// # use auth_core::{LoginResponse, Expiry, time::OffsetDateTime};
    /// fn expiry(answer: &LoginResponse, valid_until: OffsetDateTime) -> Expiry {
    ///     match answer.date().map(|now| (valid_until - now).try_into()) {
    ///         Some(Ok(lifetime)) => Expiry::In(lifetime),
    ///         _ => Expiry::At(valid_until),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn date(&self) -> Option<OffsetDateTime> {
        let age = self.headers.get(http::header::AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok());
        retry_after::date(&self.headers)?.checked_add(time::Duration::seconds(age.map_or(0, u32::into)))
    }

    /// Returns the response if its status is a 2xx.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> auth_core::Result<()> {
    /// # let mut server = mockito::Server::new_async().await;
    /// # server.mock("POST", "/login/").with_status(403).create_async().await;
    /// # let http = auth_core::Http::new(&auth_core::base_url(&server.url())?, &auth_core::Options::default())?;
    /// # let account = serde_json::json!({"username": "maria", "password": "errada"});
    /// let forbidden = http.post_json("login/", &account).await?.error_for_status().unwrap_err();
    /// assert_eq!(forbidden.kind(), auth_core::ErrorKind::LoginRefused);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`LoginRefused`](ErrorKind::LoginRefused) for 400, 401, 403, 422 and 423.
    /// - [`RateLimited`](ErrorKind::RateLimited) for 429, and for 503 with a `Retry-After`.
    /// - [`Unavailable`](ErrorKind::Unavailable) for 408, 425 and other 5xx.
    /// - [`Config`](ErrorKind::Config) for all others (3xx, 404, 405 …), which mean a wrong address.
    pub fn error_for_status(self) -> Result<Self> {
        if self.status.is_success() { Ok(self) } else { Err(self.problem().of_login()) }
    }

    /// Returns the response if its status is a 2xx, for a post that is not a login.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let email = serde_json::json!({"email": "maria@example.com"});
    /// client.http().post_json("v1/auth/forgot-password", &email).await?.error_for_request_status()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](crate::Request::fetch).
    pub fn error_for_request_status(self) -> Result<Self> {
        if self.status.is_success() { Ok(self) } else { Err(self.problem().of_request()) }
    }

    /// Deserializes the body from JSON. A byte order mark is ignored.
    ///
    /// ```
    /// # fn read(answer: auth_core::LoginResponse) -> auth_core::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Body { token: auth_core::secrecy::SecretString, expires_in: u64 }
    ///
    /// let Body { token, expires_in } = answer.json()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the body is not JSON or lacks a field. The error contains its length,
    /// its type and serde's reason, but none of its text.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let plain = secret_body::without_escapes(&self.body);
        parse(plain.as_ref().unwrap_or(&self.body), &self.headers, ErrorKind::Unavailable)
    }

    /// Returns the body as a text, for a token that is the whole body: the text of a string in JSON, or else the body
    /// itself. Returns `None` if it is empty, an object or a list in JSON, a page in HTML, or not UTF-8.
    ///
    /// ```
    /// use auth_core::LoginResponse;
    /// use auth_core::http::{HeaderMap, StatusCode};
    /// use auth_core::secrecy::ExposeSecret;
    ///
    /// for body in ["\"eyJhbGciOi\"", "eyJhbGciOi\r\n"] {
    ///     let answer = LoginResponse::new(StatusCode::OK, HeaderMap::new(), body);
    ///     let token = answer.text().ok_or_else(|| answer.malformed("it has no token"))?;
    ///     assert_eq!(token.expose_secret(), "eyJhbGciOi");
    /// }
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn text(&self) -> Option<SecretString> {
        let text = std::str::from_utf8(&self.body).ok()?.trim_start_matches('\u{feff}').trim();
        match text.as_bytes().first()? {
            b'"' => self.json().ok(),
            b'{' | b'[' | b'<' => None,
            _ => Some(text.into()).filter(|_| text != "null"),
        }
    }

    /// Creates a bearer token from a field of this response.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> auth_core::Result<()> {
    /// # let mut server = mockito::Server::new_async().await;
    /// # server.mock("POST", "/login").with_body(r#""Usuário bloqueado""#).create_async().await;
    /// # let http = auth_core::Http::new(&auth_core::base_url(&server.url())?, &auth_core::Options::default())?;
    /// # let account = serde_json::json!({"username": "maria", "password": "segredo"});
    /// let answer = http.post_json("login", &account).await?.error_for_status()?;
    /// let error = answer.bearer(&answer.json()?).unwrap_err();
    /// assert_eq!(error.provider_message(), Some("Usuário bloqueado"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`AccessToken::bearer`]. If the field contains a refusal instead of a token, the error quotes it.
    pub fn bearer(&self, token: &SecretString) -> Result<AccessToken> {
        AccessToken::bearer(token).map_err(|error| self.refused(error, token))
    }

    /// Creates a token from a field of this response that is sent without a scheme.
    ///
    /// ```
    /// # use auth_core::{AccessToken, LoginResponse, Result, secrecy::SecretString};
    /// fn token(answer: &LoginResponse) -> Result<AccessToken> {
    ///     let id: SecretString = answer.json()?;
    ///     answer.raw(&id)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`bearer`](Self::bearer).
    pub fn raw(&self, token: &SecretString) -> Result<AccessToken> {
        AccessToken::raw(token).map_err(|error| self.refused(error, token))
    }

    fn refused(&self, error: Error, token: &SecretString) -> Error {
        let refusal = error.kind() == ErrorKind::LoginRefused;
        let message = refusal.then(|| redact::in_place_of_a_token(token.expose_secret(), &self.secrets));
        error.with_answer(self.status.as_u16(), None, message)
    }

    /// Returns the error for a response that refuses the secrets although its status is a 2xx, with the provider's
    /// message.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> auth_core::Result<()> {
    /// # let mut server = mockito::Server::new_async().await;
    /// # let body = r#"{"authenticated": false, "message": "senha errada"}"#;
    /// # server.mock("POST", "/api/login").with_body(body).create_async().await;
    /// # let http = auth_core::Http::new(&auth_core::base_url(&server.url())?, &auth_core::Options::default())?;
    /// let answer = http.post_json("api/login", &serde_json::json!({"username": "maria"})).await?.error_for_status()?;
    /// assert_eq!(answer.login_refused().kind(), auth_core::ErrorKind::LoginRefused);
    /// assert_eq!(answer.login_refused().provider_message(), Some("senha errada"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn login_refused(&self) -> Error {
        let message = "the provider refused the login; check the secrets and the environment";
        self.problem().into_error(ErrorKind::LoginRefused, message)
    }

    /// Returns the error for a response that reports a failure although its status is a 2xx, with the provider's
    /// message.
    ///
    /// ```
    /// # fn read(answer: auth_core::LoginResponse) -> auth_core::Result<()> {
    /// let body: serde_json::Value = answer.json()?;
    /// if body["success"] != true {
    ///     return Err(answer.failed());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn failed(&self) -> Error {
        self.problem().into_error(ErrorKind::Status, "the provider did not do what was asked")
    }

    /// Returns the error for an unexpected response. `what` says what is wrong with it, and must not contain a secret.
    ///
    /// ```
    /// # fn read(answer: auth_core::LoginResponse, token: Option<String>) -> auth_core::Result<()> {
    /// let token = token.ok_or_else(|| answer.malformed("it has no access_token"))?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn malformed(&self, what: &str) -> Error {
        let message = format!("unexpected login response: {what}");
        Error::new(ErrorKind::Unavailable, message).with_answer(self.status.as_u16(), None, None)
    }

    fn problem(&self) -> ErrorBody {
        ErrorBody::read(self.status, &self.headers, &self.body, &self.secrets)
    }
}

impl fmt::Debug for LoginResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginResponse")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &str)], body: &str) -> LoginResponse {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(*name, value.parse().unwrap());
        }
        LoginResponse::new(StatusCode::OK, all, body)
    }

    #[test]
    fn a_response_of_ones_own_is_read_like_a_received_one() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        let answer = answer(&[date, ("x-session", "abc")], r#"{"message": "wrong: s3gredo, s3gredo2"}"#);
        assert_eq!(answer.date().unwrap().unix_timestamp(), 784_111_777);
        assert_eq!(answer.header("x-session").unwrap().expose_secret(), "abc");
        assert!(answer.header("x-other").is_none());
        let error = answer.redacting("s3gredo").redacting("s3gredo2").failed();
        assert_eq!(error.provider_message(), Some("wrong: [redacted] [redacted]"));
        let limited = LoginResponse::new(StatusCode::TOO_MANY_REQUESTS, HeaderMap::new(), "");
        assert_eq!(limited.error_for_status().unwrap_err().kind(), ErrorKind::RateLimited);
    }

    #[test]
    fn a_cookie_has_its_value_and_the_lifetime_that_its_attributes_state() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        for (cookie, value, seconds) in [
            ("sid=abc", Some("abc"), None),
            ("sid=abc; Path=/; HttpOnly; SameSite=Lax", Some("abc"), None),
            ("sid=abc; max-age=1800; Secure", Some("abc"), Some(1800)),
            ("sid=\"abc\" ;Max-Age = 60", Some("abc"), Some(60)),
            ("sid=a=b; Expires=Sun, 06 Nov 1994 08:50:37 GMT", Some("a=b"), Some(60)),
            ("sid=abc; Expires=Sun, 06-Nov-1994 08:50:37 GMT; Max-Age=5", Some("abc"), Some(5)),
            ("sid=abc; Expires=tomorrow", Some("abc"), None),
            ("sid=abc; Max-Age=soon", Some("abc"), None),
            ("sid=abc; Max-Age=0", None, None),
            ("sid=abc; Max-Age=-1", None, None),
            ("sid=abc; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None, None),
            ("sid=", None, None),
            ("sid2=abc", None, None),
            ("SID=abc", None, None),
            ("; sid=abc", None, None),
        ] {
            let found = answer(&[date, ("set-cookie", cookie)], "").cookie("sid");
            let found =
                found.map(|(value, lifetime)| (value.expose_secret().to_owned(), lifetime.map(|all| all.as_secs())));
            assert_eq!(found, value.map(|value| (value.to_owned(), seconds)), "{cookie}");
        }
        let several = [("set-cookie", "sid=one"), ("set-cookie", "x=y"), ("set-cookie", "sid=two; Path=/")];
        assert_eq!(answer(&several, "").cookie("sid").unwrap().0.expose_secret(), "two");
    }
}
