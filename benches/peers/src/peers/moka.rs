//! A `moka` cache of one entry: `try_get_with_by_ref` logs in, and the entry expires 60 s before its token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use moka::Expiry;
use moka::future::Cache;

use super::MARGIN;
use crate::peer::{Authorize, Peer, Unserved, Value, Window};
use crate::provider::Provider;

/// A general cache in front of the login.
#[derive(Clone, Debug)]
pub struct Moka {
    cache: Cache<(), Ready>,
    provider: Arc<Provider>,
}

/// The entry of the cache.
#[derive(Clone, Debug)]
pub struct Ready {
    value: HeaderValue,
    lifetime: Duration,
}

#[derive(Debug)]
struct ByToken;

impl Expiry<(), Ready> for ByToken {
    fn expire_after_create(&self, (): &(), ready: &Ready, _: Instant) -> Option<Duration> {
        Some(ready.lifetime.saturating_sub(MARGIN))
    }
}

impl Ready {
    /// Logs in.
    pub(crate) async fn login(provider: &Provider) -> Result<Self, Failed> {
        let token = provider.login().await.or(Err(Failed))?;
        let mut value = HeaderValue::try_from(format!("Bearer {}", token.text)).or(Err(Failed))?;
        value.set_sensitive(true);
        Ok(Self { value, lifetime: token.lifetime })
    }
}

/// The error that concurrent callers share.
#[derive(Debug)]
pub(crate) struct Failed;

impl Authorize for Moka {
    type Request = HeaderMap;

    async fn authorize(&self, request: &mut HeaderMap) -> Result<(), Unserved> {
        request.insert(AUTHORIZATION, self.value().await?);
        Ok(())
    }
}

impl Value for Moka {
    async fn value(&self) -> Result<HeaderValue, Unserved> {
        let ready = self.cache.try_get_with_by_ref(&(), Ready::login(&self.provider)).await.or(Err(Unserved))?;
        Ok(ready.value)
    }
}

impl Peer for Moka {
    const NAME: &'static str = "moka";
    const WINDOW: Option<Window> = Some(Window { lifetime: Duration::from_secs(50), after: Duration::ZERO });
    const HEARS_401: bool = true;

    fn new(provider: &Arc<Provider>) -> Self {
        let cache = Cache::builder().max_capacity(1).expire_after(ByToken).build();
        Self { cache, provider: Arc::clone(provider) }
    }

    async fn unauthorized(&self) {
        self.cache.invalidate(&()).await;
    }
}
