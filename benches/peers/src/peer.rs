//! The questions that every peer is asked.

use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::provider::Provider;
use crate::resource::Resource;

/// No credential was handed out. Why is not compared.
#[derive(Clone, Copy, Debug)]
pub struct Unserved;

/// Whatever the peer says is passed over.
impl<E: std::error::Error> From<E> for Unserved {
    fn from(_: E) -> Self {
        Self
    }
}

/// A request, as far as credentials are concerned, in the type that the peer writes to.
pub trait Carrier: Send + 'static {
    /// One with room for a few headers, and none in it.
    fn with_room() -> Self;

    /// Takes the headers out and keeps the room.
    fn clear(&mut self);

    /// The value of `Authorization`.
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

/// Puts a credential into a request.
pub trait Authorize: Send + Sync + 'static {
    /// What it is put into.
    type Request: Carrier;

    /// Puts it there, after a login if there is none.
    fn authorize(&self, request: &mut Self::Request) -> impl Future<Output = Result<(), Unserved>> + Send;
}

/// Hands out the header's value without a request to put it into.
pub trait Value: Authorize {
    /// The value, after a login if there is none.
    fn value(&self) -> impl Future<Output = Result<HeaderValue, Unserved>> + Send;
}

/// How to come by a live credential that the peer wants to renew.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The lifetime of the credential.
    pub lifetime: Duration,
    /// The time after its login when the peer wants to renew it.
    pub after: Duration,
}

/// A cache of one account's credential, with a login behind it.
pub trait Peer: Authorize + Clone {
    /// As the tables call it.
    const NAME: &'static str;
    /// Whether its callers meet a credential that has ended, rather than none at all.
    const EXPIRES: bool = true;
    /// `None` where nothing is renewed before its end.
    const WINDOW: Option<Window> = None;
    /// Whether it can be told that a credential was answered with 401.
    const HEARS_401: bool = false;

    /// A cache with nothing in it yet. Called on a runtime.
    fn new(provider: &Arc<Provider>) -> Self;

    /// One authorized request that the resource answers after `takes`; a 401 is told to the cache where that can be.
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

    /// Throws the credential away.
    fn unauthorized(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}
