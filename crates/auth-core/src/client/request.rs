//! A request before it is sent.

use std::fmt;
use std::time::Duration;

use http::Method;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Body, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Client;
use super::execute::{RequestOptions, execute};
use super::pages::Pages;
use super::paging::Paging;
use super::status::error_for_status;
use crate::cache::CachedCredential;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::quota::Priority;
use crate::redact::Secrets;
use crate::transport::{LoginResponse, own, parse, read, secret_body};

/// A request that is always sent authenticated. Builder errors are kept and returned by [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
/// use std::time::Duration;
///
/// let response = client
///     .post("empregados/")
///     .header("x-request-id", "42")
///     .json(&serde_json::json!({"nome": "Maria"}))
///     .timeout(Duration::from_secs(5))
///     .send()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent by its send or fetch"]
pub struct Request<L: Login> {
    client: Client<L>,
    builder: Result<RequestBuilder>,
    options: RequestOptions<L::Credential>,
    accept_json: bool,
}

impl<L: Login> Request<L> {
    pub(super) fn new(client: Client<L>, method: Method, path: &str) -> Self {
        let pool = client.http().pool();
        let builder = pool.base.join(path).map(|url| pool.request(method, url));
        Self { client, builder, options: RequestOptions::default(), accept_json: false }
    }

    /// Sets a header, and replaces those with the same name. Only the client sets `Authorization`, `Host`,
    /// `Content-Length` and the headers of a connection (`Connection`, `Transfer-Encoding`, `TE`, `Upgrade` …). Setting
    /// one of them makes [`send`](Self::send) fail.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let response = client.get("usuarios/").header("accept-language", "pt-BR").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(self, name: &str, value: impl TryInto<HeaderValue>) -> Self {
        match own::header(name, value) {
            Ok((name, _)) if own::is_own(&name) => self.fail(own::refused(&name)),
            Ok(header) => self.map(|builder| builder.headers(HeaderMap::from_iter([header]))),
            Err(error) => self.fail(error),
        }
    }

    /// Adds a query, from pairs or from any type that serializes to pairs.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// #[derive(serde::Serialize)]
    /// struct Filter<'a> { page: u32, nome: Option<&'a str> }
    ///
    /// let filter = Filter { page: 2, nome: Some("Maria") };
    /// let found: serde_json::Value = client.get("empregados/").query(&filter).fetch().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|builder| builder.query(query))
    }

    /// Sets a JSON body.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let call = serde_json::json!({"extension": "1001", "phone": "+5548999990000"});
    /// client.post("dialer").json(&call).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.map(|builder| builder.json(body))
    }

    /// Sets a JSON body that is wiped from memory when it is dropped, for passwords.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// #[derive(serde::Serialize)]
    /// struct NewPassword<'a> { password: &'a str }
    ///
    /// client.put("me/password").secret_json(&NewPassword { password: "nova-senha" }).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn secret_json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        match secret_body::json(body) {
            Ok(bytes) => self.header(CONTENT_TYPE.as_str(), "application/json").body(bytes),
            Err(error) => self.fail(error),
        }
    }

    /// Sets a body. Bytes and texts can be replayed after a 401. Streams cannot, and their 401 reaches the caller.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let csv = "nome;cpf\nMaria;000.000.000-00\n";
    /// client.post("empregados/importar/").header("content-type", "text/csv").body(csv).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.map(|builder| builder.body(body))
    }

    /// Sets the time-out of one attempt, instead of [`Options::timeout`](crate::Options::timeout). It runs from
    /// connecting to the last byte of the response's body, and includes the request's body and redirects.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use std::time::Duration;
    ///
    /// let report = client.get("relatorios/espelho/").timeout(Duration::from_secs(120)).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|builder| builder.timeout(timeout))
    }

    /// Adjusts the request with reqwest's own builder and the enabled features of reqwest.
    ///
    /// This crate enables `http2`, `json`, `query` and `system-proxy`. For `form` or `multipart`, depend on the same
    /// reqwest with that feature, because Cargo unifies features:
    /// `reqwest = { version = "0.13", default-features = false, features = ["multipart"] }`. A multipart body is a
    /// stream, so a request with one is not replayed after a 401.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use auth_core::http::Version;
    ///
    /// let response = client.get("usuarios/").map(|request| request.version(Version::HTTP_11)).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn map(mut self, adjust: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.builder = self.builder.map(adjust);
        self
    }

    /// Adds headers that are computed from the credential of each attempt, such as a signature, after the credential's
    /// own headers. `headers` is called again with the next credential when the request is replayed.
    ///
    /// ```
    /// use auth_core::http::HeaderValue;
    /// use auth_core::{Client, Login, Request};
    ///
    /// fn signed<L: Login>(client: &Client<L>, sign: fn(&L::Credential) -> HeaderValue) -> Request<L> {
    ///     client.get("v1/balance").headers_from(move |session, headers| {
    ///         headers.insert("x-signed-request", sign(session));
    ///     })
    /// }
    /// ```
    pub fn headers_from(mut self, headers: impl Fn(&L::Credential, &mut HeaderMap) + Send + Sync + 'static) -> Self {
        self.options.headers_from = Some(Box::new(headers));
        self
    }

    /// Sends the request with this credential instead of the client's own. Use it for requests about a credential, such
    /// as a logout. It never logs in, and every answer reaches the caller.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let session = client.credential().await?;
    /// client.post("users/logout").using(session).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn using(mut self, credential: impl Into<CachedCredential<L::Credential>>) -> Self {
        self.options.using = Some(credential.into());
        self
    }

    /// Sends the request at most once. A 401 reaches the caller and does not invalidate the credential.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let payment = serde_json::json!({"amount": 1990, "code": "12345"});
    /// let response = client.post("api/transaction").json(&payment).once().send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn once(mut self) -> Self {
        self.options.once = true;
        self
    }

    /// Sets the priority of the request under a [`Quota`](crate::Quota). Without a quota it has no effect.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use auth_core::Priority;
    ///
    /// let report = client.get("relatorios/7/").priority(Priority::Background).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options.priority = priority;
        self
    }

    /// Sets how long the request waits for a permit, instead of [`Quota::wait`](crate::Quota::wait). Without a quota it
    /// has no effect.
    ///
    /// The time is that of all permits which the request needs before its first attempt; each replay, retry or redirect
    /// may wait for as long again.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use std::time::Duration;
    ///
    /// let report = client.get("relatorios/7/").max_wait(Duration::from_secs(600)).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.options.max_wait = Some(max_wait);
        self
    }

    /// Follows no redirects, as for logins: each 3xx reaches the caller. For the default, see [`send`](Self::send).
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let response = client.get("relatorios/7/arquivo/").no_redirect().send().await?;
    /// let stored_at = response.headers().get("location");
    /// # Ok(())
    /// # }
    /// ```
    pub fn no_redirect(mut self) -> Self {
        self.options.no_redirect = true;
        self
    }

    /// Makes [`send`](Self::send) return this error, unless the request already has one. Use it in operations that
    /// check their arguments.
    ///
    /// ```
    /// use auth_core::{Client, Error, ErrorKind, Login, Request};
    ///
    /// fn page<L: Login>(client: &Client<L>, number: u32) -> Request<L> {
    ///     let request = client.get("usuarios/").query(&[("page", number)]);
    ///     match number {
    ///         0 => request.fail(Error::new(ErrorKind::InvalidRequest, "pages begin at 1")),
    ///         _ => request,
    ///     }
    /// }
    /// ```
    pub fn fail(mut self, error: Error) -> Self {
        self.builder = self.builder.and(Err(error));
        self
    }

    /// Sends the request, authenticated. Any status is returned as a response, including a second 401, a 403 and a 429,
    /// except for redirects.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let response = client.get("usuarios/123/").send().await?;
    /// match response.status().as_u16() {
    ///     404 => println!("no such user"),
    ///     _ => println!("{}", response.text().await?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A redirect of a `GET` or `HEAD` is followed below the base URL, at most ten times. One that leads elsewhere is
    /// returned. Any other method is sent again with its body after a 307 or 308 below the base URL. A 301, 302 or 303
    /// would make it a `GET`, so it is an error that names the path and the redirect's target.
    ///
    /// # Errors
    ///
    /// - [`InvalidRequest`](crate::ErrorKind::InvalidRequest) for an invalid request. Nothing was sent, unless its body
    ///   is a stream that failed.
    /// - [`Unavailable`](crate::ErrorKind::Unavailable) if there is no answer in time.
    /// - [`Status`](crate::ErrorKind::Status) for a redirect that is not followed.
    /// - [`RateLimited`](crate::ErrorKind::RateLimited) with the time until the next attempt, if a
    ///   [`Quota`](crate::Quota) has no permit in time. Nothing was sent.
    /// - [`Config`](crate::ErrorKind::Config) outside a Tokio runtime.
    /// - The error of the login, if it failed.
    ///
    /// # Cancellation
    ///
    /// Dropping the future cancels the request. A login that it waited for continues for other callers.
    pub async fn send(self) -> Result<Response> {
        let (client, options, request) = self.build();
        execute(&client.cache, &options, Ok(request?)).await
    }

    fn build(self) -> (Client<L>, RequestOptions<L::Credential>, Result<reqwest::Request>) {
        let mut request = self.builder.and_then(|builder| Ok(builder.build()?));
        if let Ok(request) = &mut request {
            if self.accept_json {
                request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static("application/json"));
            }
            if self.options.no_redirect {
                // As for logins: the response must not be compressed.
                request.headers_mut().entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
            }
        }
        (self.client, self.options, request)
    }

    /// Sends the request and deserializes its response of at most 16 MiB from JSON.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct User { username: String }
    ///
    /// let user: User = client.get("usuarios/123/").fetch().await?;
    /// println!("{}", user.username);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send). In addition:
    ///
    /// - [`Status`](crate::ErrorKind::Status), [`RateLimited`](crate::ErrorKind::RateLimited) or
    ///   [`Unavailable`](crate::ErrorKind::Unavailable) for a status other than a 2xx, with the provider's message.
    /// - [`Unavailable`](crate::ErrorKind::Unavailable) for a body that is not JSON.
    /// - [`Status`](crate::ErrorKind::Status) with the reason for an empty body, or JSON that is not a `T`, because a
    ///   retry would get the same. For a 204 use [`error_for_status`](Self::error_for_status).
    pub async fn fetch<T: DeserializeOwned>(mut self) -> Result<T> {
        self.accept_json = true;
        let response = self.error_for_status().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read::whole(response, read::FETCH).await?;
        parse(&body, &headers, ErrorKind::Status).map_err(|error| error.with_answer(status.as_u16(), None, None))
    }

    /// Returns the pages of a list, whose first page this request reads. Each page is deserialized from at most 16 MiB
    /// of JSON, and requested when it is polled for.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use auth_core::Paging;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct User { username: String }
    ///
    /// let paging = Paging::next_url("/next").items("/results");
    /// let mut users = client.get("usuarios/").query(&[("page_size", 100)]).pages::<User>(paging).items();
    /// while let Some(user) = users.next().await {
    ///     println!("{}", user?.username);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages<T: DeserializeOwned + Send + 'static>(mut self, paging: Paging) -> Pages<L, T> {
        self.accept_json = true;
        let (client, options, request) = self.build();
        Pages::new(client.cache, options, request, paging)
    }

    /// Sends the request and returns its response if that is a 2xx.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let picture = client.get("empregados/123/foto/").error_for_status().await?.bytes().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`fetch`](Self::fetch), except for those of reading the body.
    pub async fn error_for_status(self) -> Result<Response> {
        error_for_status(self.send().await?).await
    }

    /// Sends the request and reads a response of any status whole. Use it for operations whose 2xx may be a failure:
    /// [`LoginResponse::failed`] removes what was sent from the provider's message.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let body = serde_json::json!({"password": "nova-senha"});
    /// let answer = client.put("me/password").secret_json(&body).answer().await?.error_for_request_status()?;
    /// if answer.json::<serde_json::Value>()?["status"] == "error" {
    ///     return Err(answer.failed());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send); [`Unavailable`](crate::ErrorKind::Unavailable) for a 2xx of more than 1 MiB.
    pub async fn answer(mut self) -> Result<LoginResponse> {
        self.accept_json = true;
        self.options.keeps_secrets = true;
        let mut response = self.send().await?;
        let secrets = response.extensions_mut().remove::<Secrets>().unwrap_or_default();
        LoginResponse::read(response, secrets).await
    }
}

impl<L: Login> fmt::Debug for Request<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("client", &self.client).finish_non_exhaustive()
    }
}
