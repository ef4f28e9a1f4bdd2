//! Requests with a signed body, and the list of profiles.

use std::time::Duration;

use auth_core::http::{HeaderValue, Method};
use auth_core::reqwest::Response;
use auth_core::{Error, ErrorKind, Request, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::account::Account;
use crate::client::Client;
use crate::session::SIGNATURE;
use crate::signing::{SignError, SignedBody};
use crate::wire;

/// The default limit of a body in Express, the most common Node.js server.
const USUAL_LIMIT: usize = 100 * 1024;
const JSON: &str = "application/json";

impl Client {
    /// Sends a request with a signed body. The bytes that are sent are the bytes that were signed.
    ///
    /// Pass the value itself, so that the client can check it: [`SignedBody`] says which bodies are refused. After a
    /// 401 the client signs the same bytes again with the new credential's key. It follows no redirect, which would
    /// carry the signature elsewhere. Every status is a response: [`error_for_status`](auth_core::error_for_status)
    /// turns a failure into an error, and [`signed`](Self::signed) with [`fetch`](SignedRequest::fetch) also reads the
    /// response.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::{Method, auth_core::error_for_status};
    ///
    /// let profile = serde_json::json!({"email": "ana@casa.example", "description": "Casa da Ana", "profileType": "demo"});
    /// error_for_status(client.send_signed(Method::POST, "v1/profile", &profile).await?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) for a `GET` or `HEAD`, which have no body to sign, and
    /// for a body that cannot be signed exactly. Its message has the place, the reason and the remedy, and its source
    /// is the [`SignError`]. In both cases nothing is sent, not even a login. Otherwise as for
    /// [`Request::send`](auth_core::Request::send).
    pub async fn send_signed(&self, method: Method, path: &str, body: impl Into<SignedBody>) -> Result<Response> {
        self.signed(method, path, body).send().await
    }

    /// Creates a signed request, to which you can add headers, a query or another time-out.
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
    /// If the body cannot be signed, [`send`](SignedRequest::send) returns the error of
    /// [`send_signed`](Self::send_signed).
    pub fn signed(&self, method: Method, path: &str, body: impl Into<SignedBody>) -> SignedRequest {
        let body = body.into();
        let unsigned = (method == Method::GET || method == Method::HEAD)
            .then(|| format!("a {method} has no body to sign; send it without a signature"));
        let request = self.request(method, path).no_redirect();
        SignedRequest(match (unsigned, body.bytes()) {
            (Some(message), _) => request.fail(Error::new(ErrorKind::InvalidRequest, message)),
            (None, Err(error)) => request.fail(unsignable(error)),
            (None, Ok(bytes)) => {
                if bytes.len() > USUAL_LIMIT {
                    tracing::warn!(
                        account = self.label(),
                        bytes = bytes.len(),
                        "a signed body of more than 100 kB: servers like this one refuse it by default"
                    );
                }
                request
                    .header("content-type", JSON)
                    .body(bytes)
                    .headers_from(move |session, headers| session.sign(&body, headers))
            }
        })
    }

    /// Returns the profiles as the provider sends them: `GET v1/profile`.
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

/// A request with a signed body, from [`Client::signed`]. It has the methods of [`auth_core::Request`] except those
/// that could replace the signed body.
///
/// ```compile_fail
/// # fn run(client: signed_api_auth::Client) {
/// use signed_api_auth::{Method, SignedBody};
///
/// // The signature would be that of {}.
/// client.signed(Method::POST, "v1/profile", SignedBody::empty()).json(&[1]);
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent by its send, fetch or error_for_status"]
pub struct SignedRequest(Request<Account>);

impl SignedRequest {
    /// Sets a header and replaces those with the same name. The client itself sets `x-signed-request`, `Content-Type`
    /// and `Content-Encoding`. Sending a request with one of these set is an
    /// [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest).
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
    pub fn header(self, name: &str, value: impl TryInto<HeaderValue>) -> Self {
        const OWN: [&str; 3] = [SIGNATURE, "content-type", "content-encoding"];
        if OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            let message = format!("a signed request has its own {name:?}, or none; leave the header out");
            return Self(self.0.fail(Error::new(ErrorKind::InvalidRequest, message)));
        }
        Self(self.0.header(name, value))
    }

    /// Adds a query from pairs or from a value that serializes to pairs. The signature does not cover it.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::{Method, SignedBody};
    ///
    /// let request = client.signed(Method::DELETE, "v1/webhook/7", SignedBody::empty());
    /// let response = request.query(&[("force", true)]).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        Self(self.0.query(query))
    }

    /// Sets the maximum time of one sending: see [`Request::timeout`](auth_core::Request::timeout).
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::{Method, SignedBody};
    /// use std::time::Duration;
    ///
    /// let request = client.signed(Method::DELETE, "v1/webhook/7", SignedBody::empty());
    /// let response = request.timeout(Duration::from_secs(5)).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Sends the request at most once. The caller receives a 401, and the credential stays.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::Method;
    ///
    /// let game = serde_json::json!({"userToken": "user_token_value", "gameId": "507f191e810c19729de860ea"});
    /// let response = client.signed(Method::POST, "v1/game/session", &game).once().send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn once(self) -> Self {
        Self(self.0.once())
    }

    /// Sends the request, authenticated and signed. Every status is a response, also a second 401.
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::{Method, SignedBody};
    ///
    /// let response = client.signed(Method::DELETE, "v1/webhook/7", SignedBody::empty()).send().await?;
    /// println!("{}", response.status());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Client::send_signed`].
    ///
    /// # Cancellation
    ///
    /// As for [`Request::send`](auth_core::Request::send).
    pub async fn send(self) -> Result<Response> {
        self.0.send().await
    }

    /// Sends the request and reads the response as JSON: see [`Request::fetch`](auth_core::Request::fetch).
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::Method;
    ///
    /// let profile = serde_json::json!({"email": "ana@casa.example", "profileType": "demo"});
    /// let created: serde_json::Value = client.signed(Method::POST, "v1/profile", &profile).fetch().await?;
    /// println!("{}", created["data"]["profileId"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Client::send_signed`] and [`Request::fetch`](auth_core::Request::fetch).
    pub async fn fetch<T: DeserializeOwned>(self) -> Result<T> {
        self.0.fetch().await
    }

    /// Sends the request and returns an error unless the status is 2xx: see
    /// [`Request::error_for_status`](auth_core::Request::error_for_status).
    ///
    /// ```no_run
    /// # async fn run(client: signed_api_auth::Client) -> signed_api_auth::auth_core::Result<()> {
    /// use signed_api_auth::{Method, SignedBody};
    ///
    /// client.signed(Method::DELETE, "v1/webhook/7", SignedBody::empty()).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Client::send_signed`] and [`Request::error_for_status`](auth_core::Request::error_for_status).
    pub async fn error_for_status(self) -> Result<Response> {
        self.0.error_for_status().await
    }
}

fn unsignable(error: SignError) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("the body cannot be signed: {error}")).with_source(error)
}
