//! The common hand-written cache: a token behind a `tokio::sync::RwLock`, checked again under the write lock, and
//! `format!`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use tokio::sync::RwLock;

use super::MARGIN;
use crate::peer::{Authorize, Peer, Unserved, Value, Window};
use crate::provider::{Provider, Token};

/// A token behind a lock.
#[derive(Clone, Debug)]
pub struct Locked {
    token: Arc<RwLock<Option<Held>>>,
    provider: Arc<Provider>,
}

#[derive(Debug)]
struct Held {
    text: String,
    ends: Instant,
}

impl Held {
    fn live(&self) -> Option<&str> {
        (self.ends > Instant::now() + MARGIN).then_some(&*self.text)
    }
}

fn header(text: &str) -> Result<HeaderValue, Unserved> {
    Ok(HeaderValue::try_from(format!("Bearer {text}"))?)
}

impl Authorize for Locked {
    type Request = HeaderMap;

    async fn authorize(&self, request: &mut HeaderMap) -> Result<(), Unserved> {
        request.insert(AUTHORIZATION, self.value().await?);
        Ok(())
    }
}

impl Value for Locked {
    async fn value(&self) -> Result<HeaderValue, Unserved> {
        if let Some(text) = self.token.read().await.as_ref().and_then(Held::live) {
            return header(text);
        }
        let mut held = self.token.write().await;
        if let Some(text) = held.as_ref().and_then(Held::live) {
            return header(text);
        }
        let Token { text, lifetime } = self.provider.login().await?;
        let value = header(&text);
        *held = Some(Held { text, ends: Instant::now() + lifetime });
        value
    }
}

impl Peer for Locked {
    const NAME: &'static str = "RwLock + format!";
    const WINDOW: Option<Window> = Some(Window { lifetime: Duration::from_secs(50), after: Duration::ZERO });
    const HEARS_401: bool = true;

    fn new(provider: &Arc<Provider>) -> Self {
        Self { token: Arc::default(), provider: Arc::clone(provider) }
    }

    async fn unauthorized(&self) {
        *self.token.write().await = None;
    }
}
