//! `aws-smithy-runtime`'s `IdentityCache::lazy`, with its default settings. The header is made from the identity as the
//! SDK's signer for bearer tokens does it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime_api::client::identity::http::Token;
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveCachedIdentity, ResolveIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::peer::{Authorize, Peer, Unserved, Value, Window};
use crate::provider::Provider;

/// The cache of AWS's SDKs.
#[derive(Clone, Debug)]
pub struct Aws {
    cache: SharedIdentityCache,
    resolver: SharedIdentityResolver,
    components: RuntimeComponents,
    config: Arc<ConfigBag>,
}

#[derive(Debug)]
struct Account(Arc<Provider>);

impl ResolveIdentity for Account {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::new(async {
            let token = self.0.login().await?;
            let end = Some(SystemTime::now() + token.lifetime);
            Ok(Identity::new(Token::new(token.text, end), end))
        })
    }
}

impl Aws {
    /// Returns another account in the same cache.
    pub(crate) fn another(&self, provider: &Arc<Provider>) -> Self {
        Self { resolver: SharedIdentityResolver::new(Account(Arc::clone(provider))), ..self.clone() }
    }
}

impl Authorize for Aws {
    type Request = HeaderMap;

    async fn authorize(&self, request: &mut HeaderMap) -> Result<(), Unserved> {
        request.insert(AUTHORIZATION, self.value().await?);
        Ok(())
    }
}

impl Value for Aws {
    async fn value(&self) -> Result<HeaderValue, Unserved> {
        let resolved = self.cache.resolve_cached_identity(self.resolver.clone(), &self.components, &self.config);
        let identity = resolved.await.or(Err(Unserved))?;
        let token = identity.data::<Token>().ok_or(Unserved)?;
        Ok(HeaderValue::from_str(&format!("Bearer {}", token.token()))?)
    }
}

impl Peer for Aws {
    const NAME: &'static str = "aws-smithy-runtime";
    /// It renews 5 to 10 s before the expiry.
    const WINDOW: Option<Window> = Some(Window { lifetime: Duration::from_secs(5), after: Duration::ZERO });

    fn new(provider: &Arc<Provider>) -> Self {
        let components = RuntimeComponentsBuilder::for_tests()
            .with_time_source(Some(SystemTimeSource::new()))
            .with_sleep_impl(Some(TokioSleep::new()))
            .build()
            .expect("all components");
        Self {
            cache: IdentityCache::lazy().build(),
            resolver: SharedIdentityResolver::new(Account(Arc::clone(provider))),
            components,
            config: Arc::new(ConfigBag::base()),
        }
    }
}
