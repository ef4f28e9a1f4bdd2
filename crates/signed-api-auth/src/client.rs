//! The client that users hold.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use auth_core::http::{HeaderMap, Method};
use auth_core::reqwest::{RequestBuilder, Response};
use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::{Authorize, Error, ErrorKind, Request, Result, vars};
use serde::Serialize;
use serde_json::Value;

use crate::account::Account;
use crate::builder::Builder;
use crate::password;
use crate::signing::{SignError, SignedBody};
use crate::status::Outcome;

/// Requests that stay authenticated, signed where they have to be. Clones are cheap and share one login.
///
/// It has all that [`auth_core::Client`] has, and [`send_signed`](Self::send_signed).
///
/// ```no_run
/// # async fn run() -> signed_api_auth::auth_core::Result<()> {
/// use signed_api_auth::{Client, Method};
///
/// let client = Client::from_env()?;
/// let webhook = serde_json::json!({"url": "https://example.com/hook"});
/// let response = client.send_signed(Method::POST, "v1/webhook", &webhook).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client(pub(crate) auth_core::Client<Account>);

/// What Express, the usual Node.js server, reads of a body unless it is told otherwise.
const USUAL_LIMIT: usize = 100 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangePassword<'a> {
    current_password: &'a str,
    new_password: &'a str,
}

impl Client {
    /// Begins to set up a client.
    ///
    /// ```
    /// let client = signed_api_auth::Client::builder().api_key("segredo").base_url("https://api.example.com").build()?;
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A client from the environment: `SIGNED_API_KEY`, `SIGNED_API_BASE_URL`, and optionally `SIGNED_API_ENVIRONMENT`
    /// (`production` or `sandbox`, which has a base URL of its own).
    ///
    /// ```no_run
    /// # async fn run() -> signed_api_auth::auth_core::Result<()> {
    /// let client = signed_api_auth::Client::from_env()?;
    /// println!("{}", client.profile().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config), with the name of the variable that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        Self::from_vars(vars::environment)
    }

    /// A client from variables that come from elsewhere than the environment, with the same names.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([("SIGNED_API_KEY", "segredo"), ("SIGNED_API_ENVIRONMENT", "sandbox")]);
    /// let client = signed_api_auth::Client::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// assert_eq!(client.base_url().as_str(), "https://sandbox.api.xigsapi.com/");
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Builder::from_vars(read)?.build()
    }

    /// Sends a request whose body is signed: the bytes that are sent are the bytes that were signed.
    ///
    /// Give the value itself, so that it can be checked: see [`SignedBody`] for what is refused and why. After a 401 the
    /// same bytes are signed again, with the new credential's key. No redirect is followed: it would carry the signature
    /// elsewhere. Any status is an answer; [`success`](auth_core::success) makes an error of the wrong ones, and
    /// [`signed`](Self::signed) with [`fetch`](auth_core::Request::fetch) reads the answer as well.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::{Method, auth_core::success};
    ///
    /// let profile = serde_json::json!({"name": "Ana", "profileType": "demo"});
    /// success(client.send_signed(Method::POST, "v1/profile", &profile).await?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) for a `GET` or `HEAD`, which have no body to sign, and for a
    /// body that cannot be signed exactly, whose source is the [`SignError`]: nothing was sent then, not even a login.
    /// Otherwise as for [`Request::send`](auth_core::Request::send).
    pub async fn send_signed(&self, method: Method, path: &str, body: impl Into<SignedBody>) -> Result<Response> {
        self.signed(method, path, body).send().await
    }

    /// Begins a signed request, for those that need more headers, a query or another time-out. Leave its body alone.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::{Method, SignedBody};
    ///
    /// let request = client.signed(Method::DELETE, "v1/webhook/7", SignedBody::empty());
    /// let response = request.header("x-request-id", "42").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What is wrong with it is the error of its [`send`](auth_core::Request::send), as for
    /// [`send_signed`](Self::send_signed).
    pub fn signed(&self, method: Method, path: &str, body: impl Into<SignedBody>) -> Request<Account> {
        let body = body.into();
        let unsigned = (method == Method::GET || method == Method::HEAD)
            .then(|| format!("a {method} has no body to sign; send it without a signature"));
        let request = self.request(method, path).no_redirect();
        match (unsigned, body.bytes()) {
            (Some(message), _) => request.fail(Error::new(ErrorKind::InvalidRequest, message)),
            (None, Err(error)) => request.fail(unsignable(error)),
            (None, Ok(bytes)) => {
                if bytes.len() > USUAL_LIMIT {
                    tracing::warn!(
                        bytes = bytes.len(),
                        "a signed body of more than 100 kB: servers like this one refuse it by default"
                    );
                }
                request
                    .header("content-type", "application/json")
                    .body(bytes)
                    .headers_from(move |session, headers| session.sign(&body, headers))
            }
        }
    }

    /// The profiles: `GET v1/profile`, as it is answered.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// let profiles = client.profile().await?;
    /// println!("{}", profiles["data"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](auth_core::Request::fetch).
    pub async fn profile(&self) -> Result<Value> {
        self.get("v1/profile").fetch().await
    }

    /// Changes the panel's password. It is sent once, because a 401 may mean that the current password is wrong.
    ///
    /// On success the credential is thrown away, as the provider may have ended it: the next request logs in again, and a
    /// client that [`Panel::login`](crate::Panel::login) made has to be replaced by another.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// client.change_password("a senha de hoje", "a senha de amanhã").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) if the new password has fewer than 8 characters, and nothing was sent.
    /// [`Status`](auth_core::ErrorKind::Status) with 401 if the current password is wrong or the credential was refused: the
    /// credential stays as it is. Otherwise as for [`Request::fetch`](auth_core::Request::fetch).
    pub async fn change_password(
        &self,
        current_password: impl Into<SecretString>,
        new_password: impl Into<SecretString>,
    ) -> Result<()> {
        let (current_password, new_password) = (current_password.into(), new_password.into());
        password::check(&new_password)?;
        let body = ChangePassword {
            current_password: current_password.expose_secret(),
            new_password: new_password.expose_secret(),
        };
        // Sent with one known credential: that makes one sending of it, and none but that one is thrown away.
        let session = self.credential().await?;
        let request = self.post("v1/auth/change-password").secret_json(&body).no_redirect();
        request.using(Arc::clone(&session)).fetch::<Outcome>().await?.ok()?;
        self.discard(&session);
        Ok(())
    }
}

fn unsignable(error: SignError) -> Error {
    Error::new(ErrorKind::InvalidRequest, "the body cannot be signed, so nothing was sent").with_source(error)
}

/// A client that came from a set of [`Accounts`](crate::Accounts), with this crate's operations.
impl From<auth_core::Client<Account>> for Client {
    fn from(client: auth_core::Client<Account>) -> Self {
        Self(client)
    }
}

impl Deref for Client {
    type Target = auth_core::Client<Account>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[async_trait]
impl Authorize for Client {
    async fn headers(&self) -> Result<HeaderMap> {
        self.0.headers().await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        self.0.send(request).await
    }
}
