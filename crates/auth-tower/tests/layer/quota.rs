//! Requests of the layer under a quota.

use std::time::Duration;

use auth_tower::AuthLayer;
use auth_tower::auth_core::{ErrorKind, Priority};
use http::StatusCode;
use tower::{Layer, ServiceExt};

use crate::account::{Account, Api, core_error, get};

#[tokio::test(start_paused = true)]
async fn each_request_of_a_service_and_its_replay_need_a_permit() {
    let (client, api) = (Account::with_quota("https://api.test/v1/", 6), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    service.clone().oneshot(get()).await.unwrap();
    api.accept_from(2);
    assert_eq!(service.clone().oneshot(get()).await.unwrap().status(), StatusCode::OK);
    assert_eq!((api.tokens(), client.stats().quota_left), (vec![1, 1, 2], 1));
    let error = service.clone().oneshot(get()).await.unwrap_err();
    assert_eq!(core_error(&error).kind(), ErrorKind::RateLimited);
    assert_eq!(api.tokens().len(), 3, "nothing is sent without a permit");
    tokio::time::advance(Duration::from_secs(63)).await;
    assert_eq!(service.oneshot(get()).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn the_priority_of_a_request_is_among_its_extensions() {
    let (client, api) = (Account::with_quota("https://api.test/v1/", 10), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    let background = || {
        let mut request = get();
        request.extensions_mut().insert(Priority::Background);
        request
    };
    while service.clone().oneshot(background()).await.is_ok() {}
    assert_eq!(api.tokens().len(), 7, "four fifths, less the login");
    assert!(service.oneshot(get()).await.is_ok());
}
