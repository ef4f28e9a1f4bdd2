//! The meaning of each order of layers, as the README's table states it.

use std::time::Duration;

use auth_tower::auth_core::ErrorKind;
use auth_tower::{AuthLayer, BoxError};
use futures_util::future::{join_all, poll_immediate, ready};
use http::{Request, Response, StatusCode};
use tower::buffer::BufferLayer;
use tower::limit::{ConcurrencyLimitLayer, RateLimitLayer};
use tower::retry::{Policy, RetryLayer};
use tower::timeout::{TimeoutLayer, error::Elapsed};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::follow_redirect::FollowRedirectLayer;

use crate::account::{Account, Api, core_error, get};

const SECOND: Duration = Duration::from_secs(1);

/// Retries a 503 while it has attempts left.
#[derive(Clone, Debug)]
struct Retries(u32);

impl Policy<Request<String>, Response<String>, BoxError> for Retries {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _request: &mut Request<String>,
        result: &mut Result<Response<String>, BoxError>,
    ) -> Option<Self::Future> {
        let is_down = result.as_ref().is_ok_and(|response| response.status() == StatusCode::SERVICE_UNAVAILABLE);
        self.0 = self.0.checked_sub(1).filter(|_| is_down)?;
        Some(std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<String>) -> Option<Request<String>> {
        Some(request.clone())
    }
}

#[tokio::test(start_paused = true)]
async fn retry_over_auth_takes_the_current_credential_for_each_retry() {
    let (client, api) = (Account::client(), Api::default());
    let stack = ServiceBuilder::new().layer(RetryLayer::new(Retries(2))).layer(AuthLayer::new(&client));
    let service = stack.service(api.clone());
    client.credential().await.unwrap();
    api.fail_next(2);
    api.accept_from(2);
    // 503, 503, then a 401 that is replayed.
    assert_eq!(service.oneshot(get()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(api.tokens(), [1, 1, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn retry_over_auth_leaves_a_failed_login_alone() {
    let (client, api) = (Account::refused_after(0), Api::default());
    let stack = ServiceBuilder::new().layer(RetryLayer::new(Retries(2))).layer(AuthLayer::new(&client));
    let error = stack.service(api.clone()).oneshot(get()).await.unwrap_err();
    assert!(!core_error(&error).is_cooling_down(), "the first error, not that of a retry");
    assert_eq!(client.stats().logins, 1);
}

#[tokio::test(start_paused = true)]
async fn auth_over_retry_retries_with_one_credential_and_counts_anew_for_a_replay() {
    let (client, api) = (Account::client(), Api::default());
    let stack = ServiceBuilder::new().layer(AuthLayer::new(&client)).layer(RetryLayer::new(Retries(1)));
    let service = stack.service(api.clone());
    api.accept_from(2);
    api.fail_next(1);
    // 503, 401, and the replay has a retry of its own.
    assert_eq!(service.clone().oneshot(get()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(api.tokens(), [1, 1, 2]);
    api.fail_next(1);
    assert_eq!(service.oneshot(get()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(api.tokens(), [1, 1, 2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn timeout_over_auth_limits_the_login_too_and_the_login_goes_on() {
    let (client, api) = (Account::slow(), Api::default());
    let stack = ServiceBuilder::new().layer(TimeoutLayer::new(SECOND / 2)).layer(AuthLayer::new(&client));
    let service = stack.service(api.clone());
    let error = service.clone().oneshot(get()).await.unwrap_err();
    assert!(error.is::<Elapsed>() && api.tokens().is_empty());
    tokio::time::sleep(SECOND).await;
    assert_eq!(service.oneshot(get()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(client.stats().logins, 1);
}

#[tokio::test(start_paused = true)]
async fn auth_over_timeout_limits_each_sending_alone() {
    let (client, api) = (Account::slow(), Api::default());
    let stack = ServiceBuilder::new().layer(AuthLayer::new(&client)).layer(TimeoutLayer::new(SECOND / 2));
    let service = stack.service(api.clone());
    api.accept_from(2);
    api.delay(SECOND / 3);
    // A login of a second, a 401, another login, and the replay.
    assert_eq!(service.clone().oneshot(get()).await.unwrap().status(), StatusCode::OK);
    api.delay(SECOND);
    assert!(service.oneshot(get()).await.unwrap_err().is::<Elapsed>());
}

#[tokio::test(start_paused = true)]
async fn limit_over_auth_counts_a_call_with_its_login_and_its_replay_once() {
    let (client, api) = (Account::slow(), Api::default());
    let stack = ServiceBuilder::new().layer(ConcurrencyLimitLayer::new(1)).layer(AuthLayer::new(&client));
    let service = stack.service(api.clone());
    api.accept_from(2);
    let mut first = Box::pin(service.clone().oneshot(get()));
    assert!(poll_immediate(&mut first).await.is_none());
    let mut second = service;
    assert!(poll_immediate(second.ready()).await.is_none(), "the first call logs in");
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
    second.ready().await.unwrap().call(get()).await.unwrap();
    assert_eq!((api.tokens(), api.most_running()), (vec![1, 2, 2], 1));
}

/// The first request's permit has to be free before its replay asks for one.
#[tokio::test(start_paused = true)]
async fn auth_over_limit_gives_the_permit_back_before_the_replay_takes_another() {
    let (client, api) = (Account::slow(), Api::default());
    let stack = ServiceBuilder::new().layer(AuthLayer::new(&client)).layer(ConcurrencyLimitLayer::new(1));
    let service = stack.service(api.clone());
    api.accept_from(2);
    api.delay(SECOND);
    let calls = join_all((0..3).map(|_| service.clone().oneshot(get())));
    let answers = tokio::time::timeout(60 * SECOND, calls).await.expect("no call waits for ever");
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status() == StatusCode::OK));
    assert_eq!(api.most_running(), 1);
}

#[tokio::test(start_paused = true)]
async fn rate_limit_over_auth_counts_a_replayed_request_once() {
    let (client, api) = (Account::client(), Api::default());
    let stack = ServiceBuilder::new().layer(RateLimitLayer::new(2, 60 * SECOND)).layer(AuthLayer::new(&client));
    let mut service = stack.service(api.clone());
    api.accept_from(2);
    service.ready().await.unwrap().call(get()).await.unwrap();
    service.ready().await.unwrap().call(get()).await.unwrap();
    assert_eq!(api.tokens(), [1, 2, 2]);
    assert!(poll_immediate(service.ready()).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn auth_over_rate_limit_counts_a_replay_as_a_request() {
    let (client, api) = (Account::client(), Api::default());
    let stack = ServiceBuilder::new()
        .layer(AuthLayer::new(&client))
        .layer(BufferLayer::new(1))
        .layer(RateLimitLayer::new(2, 60 * SECOND));
    let service = stack.service(api.clone());
    api.accept_from(2);
    service.clone().oneshot(get()).await.unwrap();
    assert!(tokio::time::timeout(SECOND, service.oneshot(get())).await.is_err());
    assert_eq!(api.tokens(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn buffer_over_auth_survives_failed_logins_and_waits_for_none() {
    let (client, api) = (Account::refused_after(0), Api::default());
    let stack = ServiceBuilder::new().layer(BufferLayer::new(1)).layer(AuthLayer::new(&client));
    let service = stack.service(api.clone());
    for cooling_down in [false, true, true] {
        let error = service.clone().oneshot(get()).await.unwrap_err();
        let error = core_error(&error);
        assert_eq!((error.kind(), error.is_cooling_down()), (ErrorKind::LoginRefused, cooling_down));
    }
    // Three calls log in together, although the buffer has place for one.
    let (client, api) = (Account::slow(), Api::default());
    let stack = ServiceBuilder::new().layer(BufferLayer::new(1)).layer(AuthLayer::new(&client));
    let service = stack.service(api.clone());
    let calls = join_all((0..3).map(|_| service.clone().oneshot(get())));
    let answers = tokio::time::timeout(SECOND + SECOND / 2, calls).await.expect("the login takes a second");
    assert!(answers.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn auth_over_buffer_heals_over_a_service_that_cannot_be_cloned() {
    struct Unclonable(Api);
    impl Service<Request<String>> for Unclonable {
        type Response = Response<String>;
        type Error = BoxError;
        type Future = <Api as Service<Request<String>>>::Future;

        fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), BoxError>> {
            self.0.poll_ready(cx)
        }

        fn call(&mut self, request: Request<String>) -> Self::Future {
            self.0.call(request)
        }
    }
    let (client, api) = (Account::client(), Api::default());
    let stack = ServiceBuilder::new().layer(AuthLayer::new(&client)).layer(BufferLayer::new(1));
    api.accept_from(2);
    let response = stack.service(Unclonable(api.clone())).oneshot(get()).await.unwrap();
    assert_eq!((response.status(), api.tokens()), (StatusCode::OK, vec![1, 2]));
}

/// Redirects to the given address, and returns the origins that got a request with the credential.
fn redirecting(
    to: &'static str,
) -> (impl Service<Request<String>, Response = Response<String>, Error = BoxError, Future: Send> + Clone, Seen) {
    let seen = Seen::default();
    let log = seen.clone();
    let service = service_fn(move |request: Request<String>| {
        let has_credential = request.headers().contains_key("authorization");
        log.lock().unwrap().push((request.uri().to_string(), has_credential));
        let is_first = request.uri() == crate::account::URL;
        let response =
            if is_first { Response::builder().status(307).header("location", to) } else { Response::builder() };
        ready(response.body(String::new()).map_err(BoxError::from))
    });
    (service, seen)
}

type Seen = std::sync::Arc<std::sync::Mutex<Vec<(String, bool)>>>;

#[tokio::test(start_paused = true)]
async fn follow_redirect_over_auth_authorizes_each_hop_and_refuses_other_origins() {
    let client = Account::client();
    let follow = || ServiceBuilder::new().layer(FollowRedirectLayer::new()).layer(AuthLayer::new(&client));
    let (inner, seen) = redirecting("https://api.test/v1/people");
    follow().service(inner).oneshot(get()).await.unwrap();
    let expected = [(crate::account::URL.to_owned(), true), ("https://api.test/v1/people".to_owned(), true)];
    assert_eq!(*seen.lock().unwrap(), expected);
    let (inner, seen) = redirecting("https://evil.test/");
    let error = follow().service(inner).oneshot(get()).await.unwrap_err();
    assert_eq!(core_error(&error).kind(), ErrorKind::InvalidRequest);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn auth_over_follow_redirect_leaves_the_credential_to_the_follower() {
    let client = Account::client();
    let stack = ServiceBuilder::new().layer(AuthLayer::new(&client)).layer(FollowRedirectLayer::new());
    let (inner, seen) = redirecting("https://evil.test/");
    stack.service(inner).oneshot(get()).await.unwrap();
    let (target, _) = seen.lock().unwrap().last().cloned().unwrap();
    assert_eq!(target, "https://evil.test/", "the layer does not see the hop");
}
