//! `azure_core`'s `BearerTokenAuthorizationPolicy`, with its default settings and a last policy that ends the pipeline,
//! because it authorizes only what it also sends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{AUTHORIZATION, Headers};
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{AsyncRawResponse, Context, Method, Request, StatusCode, Url};
use azure_core::time::OffsetDateTime;

use crate::peer::{Authorize, Carrier, Peer, Unserved, Window};
use crate::provider::Provider;
use crate::resource::Resource;

/// Azure's policy.
#[derive(Clone, Debug)]
pub struct Azure(BearerTokenAuthorizationPolicy);

/// A request, with everything else that Azure's pipelines carry.
#[derive(Debug)]
pub struct Executor {
    request: Request,
    context: Context<'static>,
    end: [Arc<dyn Policy>; 1],
}

impl Carrier for Executor {
    fn with_room() -> Self {
        let url = Url::parse("https://resource.test/").expect("a URL");
        Self { request: Request::new(url, Method::Get), context: Context::new(), end: [Arc::new(End(None))] }
    }

    fn clear(&mut self) {
        // Nothing to clear: it replaces its header.
    }

    fn authorization(&self) -> Option<&str> {
        self.request.headers().get_optional_str(&AUTHORIZATION)
    }
}

/// The end of the pipeline: asks the resource, which takes this long, or answers 200 at once.
#[derive(Debug)]
struct End(Option<Duration>);

#[async_trait]
impl Policy for End {
    async fn send(&self, _: &Context, request: &mut Request, _: &[Arc<dyn Policy>]) -> PolicyResult {
        let status = match self.0 {
            None => StatusCode::Ok,
            Some(takes) => {
                let authorization = request.headers().get_optional_str(&AUTHORIZATION);
                Resource.answer(authorization, takes).await.as_u16().into()
            }
        };
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), Vec::new()))
    }
}

#[derive(Debug)]
struct Account(Arc<Provider>);

#[async_trait]
impl TokenCredential for Account {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let token = self.0.login().await.map_err(|failure| Error::new(ErrorKind::Credential, failure))?;
        Ok(AccessToken::new(token.text, OffsetDateTime::now_utc() + token.lifetime))
    }
}

impl Authorize for Azure {
    type Request = Executor;

    async fn authorize(&self, request: &mut Executor) -> Result<(), Unserved> {
        let Executor { request, context, end } = request;
        self.0.send(context, request, end).await?;
        Ok(())
    }
}

impl Peer for Azure {
    const NAME: &'static str = "azure_core";
    /// It renews 5 minutes before the expiry.
    const WINDOW: Option<Window> = Some(Window { lifetime: Duration::from_mins(4), after: Duration::ZERO });
    const HEARS_401: bool = true;

    fn new(provider: &Arc<Provider>) -> Self {
        Self(BearerTokenAuthorizationPolicy::new(Arc::new(Account(Arc::clone(provider))), ["scope"]))
    }

    async fn send(&self, takes: Duration) -> Result<http::StatusCode, Unserved> {
        let Executor { mut request, context, .. } = Executor::with_room();
        let end: [Arc<dyn Policy>; 1] = [Arc::new(End(Some(takes)))];
        let response = self.0.send(&context, &mut request, &end).await?;
        Ok(http::StatusCode::from_u16(response.status().into())?)
    }
}
