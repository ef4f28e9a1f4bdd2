//! A request without a credential, such as a login, before it is sent.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Body, RequestBuilder};
use serde::Serialize;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::connections::Pool;
use super::failure::needs_runtime;
use super::login_response::LoginResponse;
use super::{own, secret_body};
use crate::error::{Error, Result};
use crate::quota::Observed;
use crate::redact::Secrets;
use crate::token::basic;

/// A request of [`Http`](crate::Http), which carries no credential. Builder errors are kept and returned by
/// [`send`](Self::send).
///
/// Bodies and headers of secrets are wiped from memory when the request has been sent.
///
/// ```no_run
/// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
/// use auth_core::serde_json::json;
///
/// let grant = json!({"grant_type": "client_credentials", "scope": "boletos"});
/// let answer = http.post("oauth/token").oauth2_basic_auth("loja-17", "segredo").form(&grant).send().await?;
/// println!("HTTP {}", answer.status());
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent by its send"]
pub struct LoginRequest<'a> {
    pool: &'a Pool,
    builder: Result<RequestBuilder>,
    secrets: Secrets,
    heard: Option<&'a Mutex<Option<Observed>>>,
}

impl<'a> LoginRequest<'a> {
    pub(super) fn new(pool: &'a Pool, heard: Option<&'a Mutex<Option<Observed>>>, method: Method, path: &str) -> Self {
        let builder = pool.base.join(path).map(|url| pool.request(method, url));
        Self { pool, builder, secrets: Secrets::default(), heard }
    }

    /// Sets a JSON body.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let account = auth_core::serde_json::json!({"username": "maria", "password": "segredo"});
    /// let answer = http.post("login/").json(&account).send().await?.error_for_status()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn json<B: Serialize + ?Sized>(self, body: &B) -> Self {
        self.body("application/json", secret_body::json(body))
    }

    /// Sets a body of the type `application/x-www-form-urlencoded`, from pairs or from any type that serializes to
    /// pairs. A field that is `None` is left out.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// #[derive(serde::Serialize)]
    /// struct Form<'a> { usuario: &'a str, senha: &'a str, unidade: Option<u32> }
    ///
    /// let form = Form { usuario: "maria", senha: "segredo", unidade: None };
    /// let answer = http.post("login").form(&form).send().await?.error_for_status()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn form<B: Serialize + ?Sized>(self, body: &B) -> Self {
        self.body("application/x-www-form-urlencoded", secret_body::form(body))
    }

    fn body(self, content_type: &'static str, body: Result<Bytes>) -> Self {
        match body {
            Ok(bytes) => self.map(|builder| builder.header(CONTENT_TYPE, content_type).body(bytes)),
            Err(error) => self.fail(error),
        }
    }

    /// Adds a query, from pairs or from any type that serializes to pairs.
    ///
    /// Servers and proxies log queries. Send a secret in a query only if the provider accepts it nowhere else.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let answer = http.get("captcha").query(&[("lang", "pt")]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn query<Q: Serialize + ?Sized>(self, query: &Q) -> Self {
        self.map(|builder| builder.query(query))
    }

    /// Sets a header, and replaces those with the same name. Only the client sets `Host`, `Content-Length` and the
    /// headers of a connection.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let code = auth_core::serde_json::json!({"code": "123456"});
    /// let answer = http.post("v1/auth/2fa").header("accept-language", "pt-BR").json(&code).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(self, name: &str, value: impl TryInto<HeaderValue>) -> Self {
        match own::header(name, value) {
            Ok(header) => self.map(|builder| builder.headers(HeaderMap::from_iter([header]))),
            Err(error) => self.fail(error),
        }
    }

    /// Sets `Authorization` to HTTP Basic (RFC 7617), in UTF-8. It is marked as sensitive.
    ///
    /// OAuth2 first encodes the user name and the password: see [`oauth2_basic_auth`](Self::oauth2_basic_auth).
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let answer = http.post("sessions").basic_auth("maria", "segredo").send().await?.error_for_status()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A user name with a colon, or a control character in either, is an error of [`send`](Self::send).
    pub fn basic_auth(self, user: &str, password: &str) -> Self {
        match basic(user, password) {
            Ok(value) => self.header(AUTHORIZATION.as_str(), value),
            Err(error) => self.fail(error),
        }
    }

    /// Sets `Authorization` to the HTTP Basic of an OAuth2 client, whose parts are first encoded as in a form (RFC
    /// 6749, section 2.3.1). This differs from [`basic_auth`](Self::basic_auth) only for characters other than letters,
    /// digits and `*-._`.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let grant = [("grant_type", "client_credentials")];
    /// let answer = http.post("oauth/token").oauth2_basic_auth("loja:17", "segredo").form(&grant).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn oauth2_basic_auth(mut self, client_id: &str, client_secret: &str) -> Self {
        // The header has them encoded, but an error may repeat them unencoded.
        self.secrets.add(client_id);
        self.secrets.add(client_secret);
        self.basic_auth(&form_encoded(client_id), &form_encoded(client_secret))
    }

    fn map(self, adjust: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { builder: self.builder.map(adjust), ..self }
    }

    fn fail(self, error: Error) -> Self {
        Self { builder: self.builder.and(Err(error)), ..self }
    }

    /// Sends the request once, and reads its whole response.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let answer = http.get("v1/status").send().await?;
    /// println!("HTTP {}", answer.status());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::ErrorKind::Unavailable) if there is no response, or one of more than 1 MiB;
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if a part of the request cannot be sent;
    /// [`Config`](crate::ErrorKind::Config) outside a Tokio runtime. Any status is returned as a response: see
    /// [`LoginResponse::error_for_status`].
    ///
    /// # Cancellation
    ///
    /// Dropping the future cancels the request. The provider may have processed it.
    pub async fn send(self) -> Result<LoginResponse> {
        let Self { pool, builder, mut secrets, heard } = self;
        let mut request = builder?.build()?;
        own::refuse(request.headers(), &[AUTHORIZATION])?;
        needs_runtime()?;
        secrets.add_body(request.body().and_then(Body::as_bytes).unwrap_or_default());
        secrets.add_headers(request.headers());
        secrets.add_url(request.url());
        #[cfg(fuzzing)]
        if let Some((status, headers, body)) = pool.canned.clone() {
            return Ok(LoginResponse { status, headers, body: body.into(), secrets });
        }
        own::state_length(&mut request);
        // Set even if the build can decompress, so that the body is read exactly as it was sent.
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
        *request.timeout_mut() = Some(pool.options.login_timeout);
        let response = LoginResponse::read(pool.http()?.execute(request).await?, secrets).await?;
        pool.options.inspect.call(&response);
        if let (Some(heard), Some(quota)) = (heard, &pool.options.quota)
            && let Some(observed) = quota.observed(response.headers())
        {
            *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(observed);
        }
        Ok(response)
    }
}

impl fmt::Debug for LoginRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginRequest").field("base_url", &self.pool.base.as_url().as_str()).finish_non_exhaustive()
    }
}

/// Encodes a text as the value of a form, in one buffer that is wiped.
fn form_encoded(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    encoded.extend(byte_serialize(text.as_bytes()));
    encoded
}
