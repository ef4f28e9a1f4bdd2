//! The layer as a middleware of the crate `reqwest-middleware`.

use async_trait::async_trait;
use auth_core::reqwest::{Request, Response};
use auth_core::{ErrorKind, Login};
use http::{Extensions, StatusCode, Uri};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::layer::AuthLayer;
use crate::origin;

/// Authenticates the requests of a `reqwest_middleware::ClientWithMiddleware`, like those of a service.
///
/// The request is replayed if reqwest can clone it: a body that is a stream is not sent again. An error of the layer
/// is `reqwest_middleware::Error::Middleware` and can be downcast to [`auth_core::Error`].
/// [`headers_from`](AuthLayer::headers_from) gets the extensions of the request, from
/// `RequestBuilder::with_extension`.
#[async_trait]
impl<L: Login> Middleware for AuthLayer<L> {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let (shared, client) = (&self.shared, &self.shared.client);
        let uri = Uri::try_from(request.url().as_str()).map_err(unreadable)?;
        origin::check(client.base_url(), &uri, request.headers()).map_err(Error::middleware)?;
        let again = request.try_clone();
        let first = shared.permitted(extensions).await.map_err(Error::middleware)?;
        shared.authorize(&first, extensions, request.headers_mut()).map_err(Error::middleware)?;
        let response = next.clone().run(request, extensions).await?;
        client.observe_limit(response.status(), response.headers()).await;
        if response.status() != StatusCode::UNAUTHORIZED {
            client.served(&first);
            return Ok(response);
        }
        let Some(mut request) = again else {
            client.invalidate(&first);
            return Ok(response);
        };
        if !client.should_replay(&first).await {
            return Ok(response);
        }
        // Its body may never end, and occupies a connection.
        drop(response);
        let mut may_replay = true;
        loop {
            let again = if std::mem::take(&mut may_replay) { request.try_clone() } else { None };
            let second = shared.permitted(extensions).await.map_err(Error::middleware)?;
            shared.authorize(&second, extensions, request.headers_mut()).map_err(Error::middleware)?;
            let response = next.clone().run(request, extensions).await?;
            client.observe_limit(response.status(), response.headers()).await;
            if response.status() != StatusCode::UNAUTHORIZED {
                client.served(&second);
                return Ok(response);
            }
            let Some(again) = again else { return Ok(response) };
            if !client.should_replay_again(&first, &second).await {
                return Ok(response);
            }
            request = again;
        }
    }
}

/// Returns an error without the URL, whose query may be secret.
fn unreadable(cause: http::uri::InvalidUri) -> Error {
    let message = "the request's URL has invalid characters; encode them";
    Error::middleware(auth_core::Error::new(ErrorKind::InvalidRequest, message).with_source(cause))
}
