//! Requests with a signed body, and the profiles.

use auth_core::http::Method;
use auth_core::reqwest::Response;
use auth_core::{Error, ErrorKind, Request, Result};
use serde_json::Value;

use crate::account::Account;
use crate::client::Client;
use crate::signing::{SignError, SignedBody};
use crate::wire;

/// What Express, the usual Node.js server, reads of a body unless it is told otherwise.
const USUAL_LIMIT: usize = 100 * 1024;

impl Client {
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
    /// let profile = serde_json::json!({"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"});
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
        self.get(wire::PROFILES).fetch().await
    }
}

fn unsignable(error: SignError) -> Error {
    Error::new(ErrorKind::InvalidRequest, "the body cannot be signed, so nothing was sent").with_source(error)
}
