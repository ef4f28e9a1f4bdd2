//! The future of a response, which allocates only to wait for a login or to replay a request.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use auth_core::Login;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::BoxError;
use crate::attempt::{Attempt, Sent};
use crate::replay::Replay;

type BoxFuture<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

pin_project! {
    /// The future of a response. It allocates only to wait for a login, or to replay a request.
    ///
    /// ```
    /// use auth_core::Login;
    /// use auth_tower::{AuthService, BoxError, Cloned, ResponseFuture};
    /// use http::{Request, Response};
    /// use tower::Service;
    ///
    /// fn call<S, L>(service: &mut AuthService<S, L>, body: String) -> ResponseFuture<S, L, Cloned, String>
    /// where
    ///     L: Login,
    ///     S: Service<Request<String>, Response = Response<String>, Error = BoxError, Future: Send>,
    ///     S: Clone + Send + 'static,
    /// {
    ///     service.call(Request::new(body))
    /// }
    /// ```
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ResponseFuture<S, L, R, B>
    where
        L: Login,
        R: Replay<B>,
        S: Service<Request<R::Body>>,
    {
        #[pin]
        state: State<S, L, R, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, L, R, B>
    where
        L: Login,
        R: Replay<B>,
        S: Service<Request<R::Body>>,
    {
        /// Nothing has been sent. A call that is never polled starts no login.
        New { attempt: Option<Attempt<S, L, R, B>> },
        /// The request was sent with a credential that was available at once.
        Sending {
            #[pin]
            future: S::Future,
            sent: Option<Sent<S, L, R, R::Kept>>,
        },
        /// The rest of a request that waits for a login or a permit, or that met a 401.
        Waiting { future: BoxFuture<S::Response> },
    }
}

impl<S, L, R, B> ResponseFuture<S, L, R, B>
where
    L: Login,
    R: Replay<B>,
    S: Service<Request<R::Body>>,
{
    pub(crate) fn new(attempt: Attempt<S, L, R, B>) -> Self {
        Self { state: State::New { attempt: Some(attempt) } }
    }
}

impl<S, L, R, B, T> Future for ResponseFuture<S, L, R, B>
where
    L: Login,
    R: Replay<B> + Send + Sync + 'static,
    R::Body: Send,
    R::Kept: Send + 'static,
    B: Send + 'static,
    S: Service<Request<R::Body>, Response = Response<T>> + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    T: Send + 'static,
{
    type Output = Result<Response<T>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::New { attempt } => {
                    let Some(attempt) = attempt.take() else { return Poll::Pending };
                    attempt.check()?;
                    if attempt.shared.client.has_quota() {
                        state.set(State::Waiting { future: Box::pin(send_after_login(attempt)) });
                        continue;
                    }
                    let credential = pin!(attempt.shared.client.credential()).poll(cx);
                    match credential? {
                        Poll::Ready(credential) => {
                            let (future, sent) = attempt.send(credential)?;
                            State::Sending { future, sent: Some(sent) }
                        }
                        // The login has begun, and the boxed future joins it.
                        Poll::Pending => State::Waiting { future: Box::pin(send_after_login(attempt)) },
                    }
                }
                StateProjection::Sending { future, sent } => {
                    let response = ready!(future.poll(cx)).map_err(Into::into)?;
                    let Some(sent) = sent.take() else { return Poll::Pending };
                    if sent.is_final(&response) {
                        return Poll::Ready(Ok(response));
                    }
                    State::Waiting { future: Box::pin(sent.replay(response)) }
                }
                StateProjection::Waiting { future } => return future.as_mut().poll(cx),
            };
            // This drops the inner service's future, with a permit that the replay may need.
            state.set(next);
        }
    }
}

async fn send_after_login<S, L, R, B, T>(attempt: Attempt<S, L, R, B>) -> Result<Response<T>, BoxError>
where
    L: Login,
    R: Replay<B>,
    S: Service<Request<R::Body>, Response = Response<T>, Error: Into<BoxError>>,
{
    let shared = Arc::clone(&attempt.shared);
    let credential = shared.permitted(attempt.request.extensions()).await?;
    let (future, sent) = attempt.send(credential)?;
    let response = future.await.map_err(Into::into)?;
    shared.client.observe_limit(response.status(), response.headers()).await;
    if sent.is_final(&response) { Ok(response) } else { sent.replay(response).await }
}

impl<S, L, R, B> fmt::Debug for ResponseFuture<S, L, R, B>
where
    L: Login,
    R: Replay<B>,
    S: Service<Request<R::Body>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
