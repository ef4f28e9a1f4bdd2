//! The layer and its service.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use auth_core::{Client, Login};
use http::{Extensions, HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::BoxError;
use crate::attempt::{Attempt, Shared};
use crate::future::ResponseFuture;
use crate::replay::{Cloned, Replay};

/// A layer that authenticates the requests of an HTTP client with the credential of an [`auth_core::Client`].
///
/// ```no_run
/// # async fn run(client: &auth_core::Client<impl auth_core::Login>) -> Result<(), auth_tower::BoxError> {
/// use auth_tower::AuthLayer;
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use tower::{Service, ServiceBuilder, ServiceExt};
///
/// let http = Client::builder(TokioExecutor::new()).build_http();
/// let mut service = ServiceBuilder::new().layer(AuthLayer::new(client)).service(http);
/// let request = http::Request::get("http://localhost:8080/users").body(Full::<Bytes>::default())?;
/// let response = service.ready().await?.call(request).await?;
/// # Ok(())
/// # }
/// ```
///
/// - The credential's header replaces any `Authorization` of the caller, and is marked as sensitive.
/// - A request to another origin than the client's base URL, by its URI or its `Host` header, fails with
///   [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) before any login.
/// - A 401 invalidates exactly the credential that was sent. The request is replayed once with the next one, if its
///   body can be sent again: see [`replay`](Self::replay). A second 401 reaches the caller.
/// - A failed login is the error of the call. While a cooldown runs, each call fails at once with that error and the
///   remaining time, without a call of the inner service.
/// - Redirects are responses like any other. Let the inner client follow none, because it could carry the credential
///   elsewhere.
///
/// # Readiness and cancellation
///
/// `poll_ready` is that of the inner service, and the service that is ready is the one that is called. A login is part
/// of the call: an error of `poll_ready` would mean that the service can never be used again. A call that waits for a
/// login keeps its place in the inner service, for example the permit of a concurrency limit. For a replay, the inner
/// service is asked for its readiness again.
///
/// A call that is dropped sends nothing more. Its login continues for other callers.
pub struct AuthLayer<L: Login, R = Cloned> {
    pub(crate) shared: Arc<Shared<L, R>>,
}

impl<L: Login> AuthLayer<L> {
    /// Creates a layer that shares the credential of a client. The client of a provider's crate works as well.
    ///
    /// ```
    /// # fn layer(client: &auth_core::Client<impl auth_core::Login>) {
    /// let layer = auth_tower::AuthLayer::new(client);
    /// # }
    /// ```
    #[must_use]
    pub fn new(client: &Client<L>) -> Self {
        Self { shared: Arc::new(Shared { client: client.clone(), policy: Cloned, headers_from: None }) }
    }
}

impl<L: Login, R> AuthLayer<L, R> {
    /// Sets the policy by which a body is sent again: [`Cloned`] (the default), [`Recorded`](crate::Recorded), or
    /// [`Never`](crate::Never).
    ///
    /// ```
    /// # fn layer(client: &auth_core::Client<impl auth_core::Login>) {
    /// use auth_tower::{AuthLayer, Recorded};
    ///
    /// let layer = AuthLayer::new(client).replay(Recorded::up_to(64 * 1024));
    /// # }
    /// ```
    #[must_use]
    pub fn replay<P>(self, policy: P) -> AuthLayer<L, P> {
        let (client, headers_from) = (self.shared.client.clone(), self.shared.headers_from.clone());
        AuthLayer { shared: Arc::new(Shared { client, policy, headers_from }) }
    }

    /// Adds headers that are computed from the credential and the request's extensions each time the request is sent,
    /// such as a signature of its body.
    ///
    /// ```
    /// # use auth_core::{Client, Login};
    /// # trait Sign { fn sign(&self, _: &str, _: &mut http::HeaderMap) {} }
    /// # impl<T> Sign for T {}
    /// #[derive(Clone)]
    /// struct Signed(String);
    ///
    /// fn layer(client: &Client<impl Login>) {
    ///     auth_tower::AuthLayer::new(client).headers_from(|session, extensions, headers| {
    ///         if let Some(Signed(text)) = extensions.get() {
    ///             session.sign(text, headers);
    ///         }
    ///     });
    /// }
    /// ```
    #[must_use]
    pub fn headers_from(
        self,
        headers: impl Fn(&L::Credential, &Extensions, &mut HeaderMap) + Send + Sync + 'static,
    ) -> Self
    where
        R: Clone,
    {
        let (client, policy) = (self.shared.client.clone(), self.shared.policy.clone());
        Self { shared: Arc::new(Shared { client, policy, headers_from: Some(Arc::new(headers)) }) }
    }
}

impl<S, L: Login, R> Layer<S> for AuthLayer<L, R> {
    type Service = AuthService<S, L, R>;

    fn layer(&self, inner: S) -> Self::Service {
        AuthService { inner, shared: Arc::clone(&self.shared) }
    }
}

/// The service that [`AuthLayer`] makes of an inner service.
///
/// ```
/// # use auth_core::{Client, Login};
/// use auth_tower::{AuthLayer, AuthService};
/// use tower::Layer;
///
/// fn authenticated<S, L: Login>(client: &Client<L>, inner: S) -> AuthService<S, L> {
///     AuthLayer::new(client).layer(inner)
/// }
/// ```
pub struct AuthService<S, L: Login, R = Cloned> {
    inner: S,
    shared: Arc<Shared<L, R>>,
}

impl<S, L, R, B, T> Service<Request<B>> for AuthService<S, L, R>
where
    L: Login,
    R: Replay<B> + Send + Sync + 'static,
    R::Body: Send,
    R::Kept: Send + 'static,
    B: Send + 'static,
    S: Service<Request<R::Body>, Response = Response<T>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    T: Send + 'static,
{
    type Response = Response<T>;
    type Error = BoxError;
    type Future = ResponseFuture<S, L, R, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The clone may not be ready, so the call takes the service that is.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        ResponseFuture::new(Attempt { inner, shared: Arc::clone(&self.shared), request })
    }
}

impl<L: Login, R> Clone for AuthLayer<L, R> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: Clone, L: Login, R> Clone for AuthService<S, L, R> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), shared: Arc::clone(&self.shared) }
    }
}

impl<L: Login, R: fmt::Debug> fmt::Debug for AuthLayer<L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { client, policy, .. } = &*self.shared;
        f.debug_struct("AuthLayer").field("client", client).field("policy", policy).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, L: Login, R: fmt::Debug> fmt::Debug for AuthService<S, L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { client, policy, .. } = &*self.shared;
        let mut shown = f.debug_struct("AuthService");
        shown.field("inner", &self.inner).field("client", client).field("policy", policy).finish_non_exhaustive()
    }
}
