//! One request: authorized, sent, and replayed after a 401.

use std::future::poll_fn;
use std::sync::Arc;

use auth_core::{CachedCredential, Client, Credential, Error, ErrorKind, Login};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use smallvec::SmallVec;
use tower_service::Service;

use crate::replay::Replay;
use crate::{BoxError, origin};

/// The number of a request's headers that are kept for its replay without an allocation.
const INLINE_HEADERS: usize = 8;

/// Adds headers that are computed from the credential of a request.
pub(crate) type HeadersFrom<C> = dyn Fn(&C, &Extensions, &mut HeaderMap) + Send + Sync;

/// The settings of a layer, which all its services share.
pub(crate) struct Shared<L: Login, R> {
    pub(crate) client: Client<L>,
    pub(crate) policy: R,
    pub(crate) headers_from: Option<Arc<HeadersFrom<L::Credential>>>,
}

impl<L: Login, R> Shared<L, R> {
    /// Adds the headers of a credential. A credential that belongs into the query is an error.
    pub(crate) fn authorize(
        &self,
        credential: &L::Credential,
        extensions: &Extensions,
        headers: &mut HeaderMap,
    ) -> Result<(), Error> {
        if credential.query_parameter().is_some() {
            let message = "the provider takes this credential in the query, which the layer does not change; send the \
                           request with the client";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        credential.authorize(headers);
        if let Some(headers_from) = &self.headers_from {
            headers_from(credential, extensions, headers);
        }
        Ok(())
    }

    /// Returns a credential for a request that is sent at once, after a permit of the quota if the client has one.
    pub(crate) async fn permitted(&self, extensions: &Extensions) -> Result<CachedCredential<L::Credential>, Error> {
        let client = &self.client;
        if client.has_quota() {
            // A login may take longer than a permit lives.
            client.credential().await?;
            client.permit(extensions.get().copied().unwrap_or_default(), None).await?;
        }
        client.credential().await
    }

    fn authorized<B>(&self, credential: &L::Credential, mut parts: Parts, body: B) -> Result<Request<B>, Error> {
        self.authorize(credential, &parts.extensions, &mut parts.headers)?;
        Ok(Request::from_parts(parts, body))
    }
}

/// A request that has not been sent, with the service that is ready for it.
pub(crate) struct Attempt<S, L: Login, R, B> {
    pub(crate) inner: S,
    pub(crate) shared: Arc<Shared<L, R>>,
    pub(crate) request: Request<B>,
}

impl<S, L: Login, R, B> Attempt<S, L, R, B> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        origin::check(self.shared.client.base_url(), self.request.uri(), self.request.headers())
    }
}

impl<S, L, R, B> Attempt<S, L, R, B>
where
    L: Login,
    R: Replay<B>,
    S: Service<Request<R::Body>>,
{
    /// Sends the request with a credential.
    pub(crate) fn send(self, credential: CachedCredential<L::Credential>) -> Result<Sending<S, L, R, B>, Error> {
        let Self { mut inner, shared, request } = self;
        let (parts, body) = request.into_parts();
        let (body, kept) = shared.policy.keep(body);
        let recipe = kept.map(|body| Recipe::of(&parts, body));
        let future = inner.call(shared.authorized(&credential, parts, body)?);
        Ok((future, Sent { inner, shared, credential, recipe }))
    }
}

/// The inner service's future, and the request that it answers.
type Sending<S, L, R, B> =
    (<S as Service<Request<<R as Replay<B>>::Body>>>::Future, Sent<S, L, R, <R as Replay<B>>::Kept>);

/// A request that was sent.
pub(crate) struct Sent<S, L: Login, R, K> {
    inner: S,
    shared: Arc<Shared<L, R>>,
    credential: CachedCredential<L::Credential>,
    recipe: Option<Recipe<K>>,
}

impl<S, L: Login, R, K> Sent<S, L, R, K> {
    /// Returns true if the response goes to the caller, and reports its status to the client.
    pub(crate) fn is_final<T>(&self, response: &Response<T>) -> bool {
        if response.status() != StatusCode::UNAUTHORIZED {
            self.shared.client.served(&self.credential);
            return true;
        }
        if self.recipe.is_none() {
            self.shared.client.invalidate(&self.credential);
        }
        self.recipe.is_none()
    }

    /// Replays a request that met a 401, or returns the 401 if it cannot be replayed.
    pub(crate) async fn replay<B, T>(self, refusal: Response<T>) -> Result<Response<T>, BoxError>
    where
        R: Replay<B, Kept = K>,
        S: Service<Request<R::Body>, Response = Response<T>>,
        S::Error: Into<BoxError>,
    {
        let Self { mut inner, shared, credential: first, recipe } = self;
        let client = &shared.client;
        let Some((recipe, mut request)) =
            recipe.and_then(|recipe| recipe.request(R::again).map(|request| (recipe, request)))
        else {
            client.invalidate(&first);
            return Ok(refusal);
        };
        if !client.should_replay(&first).await {
            return Ok(refusal);
        }
        // Its body may never end, and occupies a connection.
        drop(refusal);
        let mut may_replay = true;
        loop {
            // The login comes before the wait for the inner service, so that it does not occupy a place there.
            client.credential().await?;
            poll_fn(|cx| inner.poll_ready(cx)).await.map_err(Into::into)?;
            let second = shared.permitted(&request.0.extensions).await?;
            let (parts, body) = request;
            let response = inner.call(shared.authorized(&second, parts, body)?).await.map_err(Into::into)?;
            client.observe_limit(response.status(), response.headers()).await;
            if response.status() != StatusCode::UNAUTHORIZED {
                client.served(&second);
                return Ok(response);
            }
            let again = if std::mem::take(&mut may_replay) { recipe.request(R::again) } else { None };
            let Some(again) = again else { return Ok(response) };
            if !client.should_replay_again(&first, &second).await {
                return Ok(response);
            }
            request = again;
        }
    }
}

/// The parts from which a request is built again, without its credential.
struct Recipe<K> {
    method: Method,
    uri: Uri,
    version: Version,
    headers: SmallVec<[(HeaderName, HeaderValue); INLINE_HEADERS]>,
    extensions: Extensions,
    body: K,
}

impl<K> Recipe<K> {
    fn of(parts: &Parts, body: K) -> Self {
        Self {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            version: parts.version,
            headers: parts.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            extensions: parts.extensions.clone(),
            body,
        }
    }

    fn request<B>(&self, again: impl FnOnce(&K) -> Option<B>) -> Option<(Parts, B)> {
        let (mut parts, body) = Request::new(again(&self.body)?).into_parts();
        (parts.method, parts.uri, parts.version) = (self.method.clone(), self.uri.clone(), self.version);
        for (name, value) in &self.headers {
            parts.headers.append(name, value.clone());
        }
        parts.extensions = self.extensions.clone();
        Some((parts, body))
    }
}
