//! Tower's contract: readiness, errors, cancellation and cooldowns.

use std::task::Poll;
use std::time::Duration;

use auth_tower::auth_core::ErrorKind;
use auth_tower::{AuthLayer, Never};
use futures_util::future::{join_all, poll_immediate};
use http::StatusCode;
use tower::{Layer, Service, ServiceExt};

use crate::account::{Account, Api, core_error, get};

#[tokio::test(start_paused = true)]
async fn a_call_takes_the_service_that_is_ready_and_not_its_clone() {
    let (client, api) = (Account::client(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    for _ in 0..3 {
        let response = service.ready().await.unwrap().call(get()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
    }
    assert_eq!(api.tokens(), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn the_inner_services_readiness_is_the_layers_readiness() {
    let (client, api) = (Account::client(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    api.not_ready_for(2);
    assert!(poll_immediate(service.ready()).await.is_none());
    service.ready().await.unwrap();
    api.break_down();
    let error = service.ready().await.unwrap_err();
    assert_eq!(error.to_string(), "the connection is gone");
    assert_eq!(client.stats().logins, 0, "readiness needs no login");
}

#[tokio::test(start_paused = true)]
async fn a_replay_waits_until_the_inner_service_is_ready_again() {
    let (client, api) = (Account::client(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    api.accept_from(2);
    let call = service.ready().await.unwrap().call(get());
    api.not_ready_for(3);
    assert_eq!(call.await.unwrap().status(), StatusCode::OK);
    assert_eq!(api.tokens(), [1, 2]);
}

/// A rate limit may take longer than a credential lives.
#[tokio::test(start_paused = true)]
async fn a_replay_that_waited_for_hours_is_sent_with_a_credential_that_lives() {
    let (client, api) = (Account::client(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    api.accept_from(2);
    let call = service.ready().await.unwrap().call(get());
    api.not_ready_before(Duration::from_secs(2 * 3600));
    assert_eq!(call.await.unwrap().status(), StatusCode::OK);
    assert_eq!(api.tokens(), [1, 3], "the second one expired while the service was not ready");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_readiness_before_a_replay_is_the_error_of_the_call() {
    let (client, api) = (Account::client(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    api.accept_from(2);
    let call = service.ready().await.unwrap().call(get());
    api.break_down();
    assert_eq!(call.await.unwrap_err().to_string(), "the connection is gone");
    assert_eq!(api.tokens(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_never_polled_starts_no_login() {
    let (client, api) = (Account::client(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    drop(service.ready().await.unwrap().call(get()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((client.stats().logins, api.tokens().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_during_the_login_sends_nothing_and_the_login_goes_on() {
    let (client, api) = (Account::slow(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    let dropped = service.ready().await.unwrap().call(get());
    assert!(poll_immediate(dropped).await.is_none());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(api.tokens().is_empty());
    service.ready().await.unwrap().call(get()).await.unwrap();
    assert_eq!((client.stats().logins, api.tokens()), (1, vec![1]));
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_during_its_replay_leaves_the_new_credential_to_others() {
    let (client, api) = (Account::slow(), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    service.ready().await.unwrap().call(get()).await.unwrap();
    api.accept_from(2);
    let call = service.ready().await.unwrap().call(get());
    assert!(tokio::time::timeout(Duration::from_millis(500), call).await.is_err());
    let response = service.ready().await.unwrap().call(get()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!((client.stats().logins, api.tokens()), (2, vec![1, 1, 2]));
}

#[tokio::test(start_paused = true)]
async fn during_a_cooldown_a_call_fails_at_once_without_a_call_inside() {
    let (client, api) = (Account::refused_after(0), Api::default());
    let mut service = AuthLayer::new(&client).layer(api.clone());
    let error = service.ready().await.unwrap().call(get()).await.unwrap_err();
    assert!(!core_error(&error).is_cooling_down());
    let pause = core_error(&error).retry_after().unwrap();
    tokio::time::sleep(Duration::from_secs(20)).await;
    let call = service.ready().await.expect("a cooldown does not break the service").call(get());
    let Some(Err(error)) = poll_immediate(call).await else { panic!("the call waits") };
    let error = core_error(&error);
    assert_eq!((error.kind(), error.is_cooling_down()), (ErrorKind::LoginRefused, true));
    assert_eq!(error.retry_after(), pause.checked_sub(Duration::from_secs(20)));
    assert_eq!((client.stats().cooldown_errors, api.tokens().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_error_is_cloneable_and_says_what_to_do() {
    let (client, api) = (Account::refused_after(0), Api::default());
    let service = AuthLayer::new(&client).layer(api);
    let error = service.oneshot(get()).await.unwrap_err();
    let copy = core_error(&error).clone();
    assert!(copy.to_string().starts_with("wrong password"), "{copy}");
}

#[tokio::test(start_paused = true)]
async fn the_inner_services_error_is_passed_on_as_it_is() {
    let client = Account::client();
    let inner = tower::service_fn(|_request: http::Request<String>| async {
        Err::<http::Response<String>, _>(std::io::Error::other("broken pipe"))
    });
    let error = AuthLayer::new(&client).layer(inner).oneshot(get()).await.unwrap_err();
    assert_eq!(error.downcast_ref::<std::io::Error>().unwrap().to_string(), "broken pipe");
}

#[tokio::test(start_paused = true)]
async fn cloned_services_share_one_login() {
    let (client, api) = (Account::slow(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    let answers = join_all((0..50).map(|_| service.clone().oneshot(get()))).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status() == StatusCode::OK));
    assert_eq!((client.stats().logins, api.tokens().len()), (1, 50));
}

/// A provider's own client is a smart pointer to the core's.
#[tokio::test(start_paused = true)]
async fn a_layer_takes_what_derefs_to_a_client_and_shows_no_secret() {
    let client = std::sync::Arc::new(Account::client());
    let layer = AuthLayer::new(&client).replay(Never);
    let service = layer.clone().layer(Api::default());
    service.clone().oneshot(get()).await.unwrap();
    let shown = format!("{layer:?} {service:?} {:?}", service.clone().call(get()));
    assert!(shown.contains("https://api.test/v1/") && shown.contains("Never"), "{shown}");
    assert!(!shown.contains("token-"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_finished_future_that_is_polled_again_stays_pending() {
    let service = AuthLayer::new(&Account::client()).layer(Api::default());
    let other = http::Request::get("https://evil.test/").body(String::new()).unwrap();
    let mut call = std::pin::pin!(service.clone().call(other));
    assert!(futures_util::future::poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await.is_ready());
    assert!(poll_immediate(call.as_mut()).await.is_none());
}
