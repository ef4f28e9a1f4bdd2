//! A `tokio::sync::OnceCell` that keeps the first token for ever.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use tokio::sync::OnceCell;

use crate::peer::{Authorize, Peer, Unserved};
use crate::provider::Provider;

/// A cell that logs in once.
#[derive(Clone, Debug)]
pub struct Once {
    cell: Arc<OnceCell<HeaderValue>>,
    provider: Arc<Provider>,
}

impl Authorize for Once {
    type Request = HeaderMap;

    async fn authorize(&self, request: &mut HeaderMap) -> Result<(), Unserved> {
        let login = async || {
            let token = self.provider.login().await?;
            Ok::<_, Unserved>(HeaderValue::try_from(format!("Bearer {}", token.text))?)
        };
        request.insert(AUTHORIZATION, self.cell.get_or_try_init(login).await?.clone());
        Ok(())
    }
}

impl Peer for Once {
    const NAME: &'static str = "tokio OnceCell";
    const EXPIRES: bool = false;

    fn new(provider: &Arc<Provider>) -> Self {
        Self { cell: Arc::default(), provider: Arc::clone(provider) }
    }
}
