//! The questions that every peer is asked.

use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::provider::Provider;
use crate::resource::Resource;

/// No credential was served. The reason is not compared.
#[derive(Clone, Copy, Debug)]
pub struct Unserved;

/// The peer's own error is ignored.
impl<E: std::error::Error> From<E> for Unserved {
    fn from(_: E) -> Self {
        Self
    }
}

/// A request, as far as credentials are concerned, in the type that the peer writes to.
pub trait Carrier: Send + 'static {
    /// Returns a request with room for a few headers, and none in it.
    fn with_room() -> Self;

    /// Removes the headers and keeps the room.
    fn clear(&mut self);

    /// Returns the value of `Authorization`.
    fn authorization(&self) -> Option<&str>;
}

impl Carrier for HeaderMap {
    fn with_room() -> Self {
        Self::with_capacity(8)
    }

    fn clear(&mut self) {
        Self::clear(self);
    }

    fn authorization(&self) -> Option<&str> {
        self.get(AUTHORIZATION)?.to_str().ok()
    }
}

/// A client that puts a credential into a request.
pub trait Authorize: Send + Sync + 'static {
    /// The type of the request.
    type Request: Carrier;

    /// Puts a credential into the request. Logs in if it holds no credential.
    fn authorize(&self, request: &mut Self::Request) -> impl Future<Output = Result<(), Unserved>> + Send;
}

/// A client that returns the header value without a request.
pub trait Value: Authorize {
    /// Returns the value. Logs in if it holds no credential.
    fn value(&self) -> impl Future<Output = Result<HeaderValue, Unserved>> + Send;
}

/// The setup that produces a live credential inside the peer's renewal window.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The lifetime of the credential.
    pub lifetime: Duration,
    /// The time after its login when the peer wants to renew it.
    pub after: Duration,
}

/// A cache of one account's credential, with a login behind it.
pub trait Peer: Authorize + Clone {
    /// The name in the tables.
    const NAME: &'static str;
    /// True if its callers can find an expired credential, and not only an empty cache.
    const EXPIRES: bool = true;
    /// The renewal window, or `None` if nothing is renewed before its expiry.
    const WINDOW: Option<Window> = None;
    /// True if it can be told that a credential was answered with 401.
    const HEARS_401: bool = false;

    /// Returns an empty cache. Called on a runtime.
    fn new(provider: &Arc<Provider>) -> Self;

    /// Sends one authorized request that the resource answers after `takes`, and reports a 401 to the cache if it
    /// accepts one.
    fn send(&self, takes: Duration) -> impl Future<Output = Result<StatusCode, Unserved>> + Send {
        async move {
            let mut request = Self::Request::with_room();
            self.authorize(&mut request).await?;
            let status = Resource.answer(request.authorization(), takes).await;
            if status == StatusCode::UNAUTHORIZED {
                self.unauthorized().await;
            }
            Ok(status)
        }
    }

    /// Discards the credential.
    fn unauthorized(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}
