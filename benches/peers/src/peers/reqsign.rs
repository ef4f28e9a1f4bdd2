//! `reqsign`'s `Signer` with its signer for Google's bearer tokens, with default settings. It authorizes requests only.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::request::Parts;
use reqsign::google::{Credential, RequestSigner, Token};
use reqsign::time::Timestamp;
use reqsign::{Context, Error, ProvideCredential, Signer};

use crate::peer::{Authorize, Carrier, Peer, Unserved, Window};
use crate::provider::Provider;

/// The signer of OpenDAL.
#[derive(Clone, Debug)]
pub struct Reqsign(Signer<Credential>);

#[derive(Debug)]
struct Account(Arc<Provider>);

impl ProvideCredential for Account {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> reqsign::Result<Option<Credential>> {
        let token = self.0.login().await.map_err(|failure| Error::unexpected(failure.to_string()))?;
        let expires_at = Some(Timestamp::now() + token.lifetime);
        Ok(Some(Credential::with_token(Token { access_token: token.text, expires_at })))
    }
}

impl Carrier for Parts {
    fn with_room() -> Self {
        let (mut parts, ()) = http::Request::get("https://resource.test/").body(()).expect("a request").into_parts();
        parts.headers = HeaderMap::with_room();
        parts
    }

    fn clear(&mut self) {
        self.headers.clear();
    }

    fn authorization(&self) -> Option<&str> {
        self.headers.authorization()
    }
}

impl Authorize for Reqsign {
    type Request = Parts;

    async fn authorize(&self, request: &mut Parts) -> Result<(), Unserved> {
        Ok(self.0.sign(request, None).await?)
    }
}

impl Peer for Reqsign {
    const NAME: &'static str = "reqsign";
    /// It renews 2 minutes before the expiry.
    const WINDOW: Option<Window> = Some(Window { lifetime: Duration::from_mins(1), after: Duration::ZERO });

    fn new(provider: &Arc<Provider>) -> Self {
        Self(Signer::new(Context::new(), Account(Arc::clone(provider)), RequestSigner::new("storage")))
    }
}
