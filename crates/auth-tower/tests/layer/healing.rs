//! Recovery from a 401.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_tower::auth_core::ErrorKind;
use auth_tower::{AuthLayer, Never, Replay};
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use tower::{Layer, ServiceExt, service_fn};

use crate::account::{Account, Api, Session, URL, core_error, get};

/// Returns the status of one call.
async fn status(
    service: &(impl tower::Service<Request<String>, Response = Response<String>, Error: std::fmt::Debug> + Clone),
) -> StatusCode {
    service.clone().oneshot(get()).await.unwrap().status()
}

#[tokio::test(start_paused = true)]
async fn a_401_invalidates_the_credential_and_the_request_is_replayed_once() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    status(&service).await;
    api.accept_from(2);
    assert_eq!(status(&service).await, StatusCode::OK);
    assert_eq!(api.tokens(), [1, 1, 2]);
    let stats = client.stats();
    assert_eq!((stats.logins, stats.invalidated, stats.replays), (2, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_second_401_reaches_the_caller_and_the_new_credential_stays() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    api.accept_from(9);
    assert_eq!(status(&service).await, StatusCode::UNAUTHORIZED);
    assert_eq!(api.tokens(), [1, 2]);
    assert_eq!(client.cached().unwrap().number, 2);
}

/// The renewal was sent before the provider revoked all credentials, so it is revoked too.
#[tokio::test(start_paused = true)]
async fn p34_a_second_401_to_a_login_sent_before_the_first_is_healed_once() {
    for (valid, last) in [(3, StatusCode::OK), (9, StatusCode::UNAUTHORIZED)] {
        let (client, api) = (Account::slow(), Api::default());
        let service = AuthLayer::new(&client).layer(api.clone());
        status(&service).await;
        // It is stale now.
        tokio::time::sleep(Duration::from_secs(3_155)).await;
        api.accept_from(valid);
        api.delay(Duration::from_millis(100));
        assert_eq!(status(&service).await, last);
        assert_eq!(api.tokens(), [1, 1, 2, 3]);
        assert_eq!((client.stats().logins, client.stats().replays), (3, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_401_right_after_a_forced_login_reaches_the_caller_at_once() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    api.accept_from(2);
    status(&service).await;
    api.accept_from(3);
    assert_eq!(status(&service).await, StatusCode::UNAUTHORIZED);
    assert_eq!(api.tokens(), [1, 2, 2], "no login may be sent, so nothing is replayed");
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(status(&service).await, StatusCode::OK);
    assert_eq!(client.stats().logins, 3);
}

/// The pause between forced logins would double otherwise.
#[tokio::test(start_paused = true)]
async fn a_credential_that_was_answered_counts_as_one_that_served() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    for number in 2..6 {
        api.accept_from(number);
        assert_eq!(status(&service).await, StatusCode::OK, "{number}");
        tokio::time::sleep(Duration::from_millis(10_100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn fifty_401s_at_once_heal_with_one_login() {
    let (client, api) = (Account::slow(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    status(&service).await;
    api.accept_from(2);
    api.delay(Duration::from_millis(100));
    let answers = join_all((0..50).map(|_| status(&service))).await;
    assert!(answers.iter().all(|status| *status == StatusCode::OK), "{answers:?}");
    assert_eq!((client.stats().logins, client.stats().replays, api.tokens().len()), (2, 50, 101));
}

#[tokio::test(start_paused = true)]
async fn a_failed_login_after_a_401_is_the_error_of_the_call() {
    let (client, api) = (Account::refused_after(1), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    api.accept_from(2);
    let error = service.oneshot(get()).await.unwrap_err();
    assert_eq!(core_error(&error).kind(), ErrorKind::LoginRefused);
    assert_eq!(api.tokens(), [1]);
}

/// Its body may never end, and occupies a connection.
#[tokio::test(start_paused = true)]
async fn a_401_is_dropped_before_the_login_that_it_causes() {
    let body = Arc::new(());
    let watched = Arc::downgrade(&body);
    let client = Account::scripted(move |number| {
        assert!(number == 1 || watched.upgrade().is_none(), "the body is still there");
        std::future::ready(Ok(()))
    });
    let body = Arc::new(Mutex::new(Some(body)));
    let inner = service_fn(move |_request: Request<String>| {
        let body = body.lock().unwrap().take();
        let status = if body.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        std::future::ready(Response::builder().status(status).body(body))
    });
    let response = AuthLayer::new(&client).layer(inner).oneshot(get()).await.unwrap();
    assert_eq!((response.status(), client.stats().logins), (StatusCode::OK, 2));
}

#[tokio::test(start_paused = true)]
async fn a_replay_is_the_same_request_with_the_next_credential() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    api.accept_from(2);
    let mut request = Request::builder().method(Method::PUT).uri(format!("{URL}?page=2")).version(Version::HTTP_2);
    for tag in ["one", "two"] {
        request = request.header("x-tag", tag);
    }
    for number in 0..10 {
        request = request.header(format!("x-{number}"), number);
    }
    let request = request.header("expect", "100-continue").header("authorization", "Basic bWFyaWE=");
    service.oneshot(request.extension(7_u8).body("nome=Maria".to_owned()).unwrap()).await.unwrap();
    let requests = api.requests();
    let [first, again] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((first.method(), first.uri(), first.version()), (again.method(), again.uri(), again.version()));
    assert_eq!((first.body(), first.extensions().get::<u8>()), (again.body(), again.extensions().get()));
    let others = |request: &Request<String>| {
        let mut headers = request.headers().clone();
        headers.remove("authorization");
        headers
    };
    assert_eq!(others(first), others(again));
    assert_eq!((first.method(), first.version(), first.headers().len()), (&Method::PUT, Version::HTTP_2, 14));
    assert_eq!((first.body().as_str(), first.extensions().get()), ("nome=Maria", Some(&7_u8)));
}

#[tokio::test(start_paused = true)]
async fn headers_from_the_credential_are_computed_again_for_a_replay() {
    let (client, api) = (Account::client(), Api::default());
    let layer = AuthLayer::new(&client).headers_from(|session: &Session, extensions, headers: &mut HeaderMap| {
        let text: &&str = extensions.get().unwrap();
        let signature = format!("{text} by {}", session.number);
        headers.insert("x-signature", HeaderValue::try_from(signature).unwrap());
    });
    api.accept_from(2);
    let mut request = get();
    request.extensions_mut().insert("nome=Maria");
    layer.layer(api.clone()).oneshot(request).await.unwrap();
    let signatures: Vec<_> =
        api.requests().iter().map(|request| request.headers()["x-signature"].to_str().unwrap().to_owned()).collect();
    assert_eq!(signatures, ["nome=Maria by 1", "nome=Maria by 2"]);
}

#[tokio::test(start_paused = true)]
async fn without_replay_the_401_reaches_the_caller_and_the_next_call_logs_in() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).replay(Never).layer(api.clone());
    status(&service).await;
    api.accept_from(2);
    assert_eq!(status(&service).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&service).await, StatusCode::OK);
    assert_eq!((api.tokens(), client.stats().replays), (vec![1, 1, 2], 0));
}

/// Keeps every body, but returns none to send again.
#[derive(Clone, Debug)]
struct Forgetful;

impl Replay<String> for Forgetful {
    type Body = String;
    type Kept = ();

    fn keep(&self, body: String) -> (String, Option<()>) {
        (body, Some(()))
    }

    fn again((): &()) -> Option<String> {
        None
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_cannot_be_sent_again_after_all_invalidates_the_credential() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).replay(Forgetful).layer(api.clone());
    api.accept_from(2);
    assert_eq!(status(&service).await, StatusCode::UNAUTHORIZED);
    assert_eq!((client.stats().invalidated, client.stats().replays), (1, 0));
    assert_eq!(status(&service).await, StatusCode::OK);
}
