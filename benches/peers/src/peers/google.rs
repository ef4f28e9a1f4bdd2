//! `google-cloud-auth`'s `Credentials`, with its default settings. It makes its own login only, so the provider is
//! behind loopback HTTP. A fresh credential sends nothing there.

use std::sync::Arc;
use std::time::Duration;

use google_cloud_auth::credentials::{CacheableResource, Credentials, user_account};
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap, HeaderValue};

use crate::endpoint::Endpoint;
use crate::peer::{Authorize, Peer, Unserved, Value, Window};
use crate::provider::Provider;

/// Google's credentials of a user.
#[derive(Clone, Debug)]
pub struct Google {
    credentials: Credentials,
    _endpoint: Arc<Endpoint>,
}

impl Google {
    /// Returns the headers without an entity tag, as Google's own clients ask for them.
    async fn headers(&self) -> Result<HeaderMap, Unserved> {
        match self.credentials.headers(Extensions::new()).await? {
            CacheableResource::New { data, .. } => Ok(data),
            CacheableResource::NotModified => Err(Unserved),
        }
    }
}

impl Authorize for Google {
    type Request = HeaderMap;

    async fn authorize(&self, request: &mut HeaderMap) -> Result<(), Unserved> {
        request.extend(self.headers().await?);
        Ok(())
    }
}

impl Value for Google {
    async fn value(&self) -> Result<HeaderValue, Unserved> {
        self.headers().await?.remove(AUTHORIZATION).ok_or(Unserved)
    }
}

impl Peer for Google {
    const NAME: &'static str = "google-cloud-auth";
    /// Its task logs in before the first call. If its renewals fail until the expiry, or the machine sleeps past it,
    /// callers wait for the task, which polls every 10 s.
    const EXPIRES: bool = false;
    /// It renews 4 minutes before the expiry, or every 10 s.
    const WINDOW: Option<Window> =
        Some(Window { lifetime: Duration::from_mins(1), after: Duration::from_millis(10_300) });

    fn new(provider: &Arc<Provider>) -> Self {
        let endpoint = Arc::new(Endpoint::start(Arc::clone(provider)));
        let user = serde_json::json!({
            "type": "authorized_user", "client_id": "id", "client_secret": "secret", "refresh_token": "refresh"
        });
        let credentials = user_account::Builder::new(user).with_token_uri(endpoint.url()).build().expect("a user");
        Self { credentials, _endpoint: endpoint }
    }
}
