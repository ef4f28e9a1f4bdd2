//! The user's own requests are sent again only where the user asked for it.

use std::time::Duration;

use auth_core::{ErrorKind, Options, RetryPolicy};
use auth_sandbox::{Fault, On, Sandbox};

use crate::GRANTED;
use crate::account::Account;

#[tokio::test]
async fn without_a_policy_a_failure_reaches_the_caller_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    provider.fault(On::Resource, Fault::Status { status: 503, times: 1 });
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 503);
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn with_a_policy_what_is_idempotent_is_sent_again_and_a_post_is_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(Options::default().retry(RetryPolicy::idempotent(2)));
    provider.fault(On::Resource, Fault::Status { status: 502, times: 2 });
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 200);
    assert_eq!((provider.requests(), client.stats().retries), (3, 2));
    provider.fault(On::Resource, Fault::Status { status: 502, times: 3 });
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 502, "the budget is spent");
    provider.fault(On::Resource, Fault::Status { status: 502, times: 1 });
    assert_eq!(client.post("usuarios/").json(&()).send().await.unwrap().status(), 502);
    assert_eq!(provider.requests(), 7);
}

#[tokio::test]
async fn a_429_and_a_long_pause_reach_the_caller_whatever_the_policy() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(Options::default().retry(RetryPolicy::idempotent(2)));
    provider.fault(On::Resource, Fault::TooManyRequests { retry_after: Some("1".to_owned()), times: 1 });
    let error = client.get("usuarios/").succeed().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(1))));
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn a_server_that_asks_for_a_longer_pause_than_two_seconds_is_handed_over() {
    let mut server = mockito::Server::new_async().await;
    server.mock("POST", "/login/").with_body(GRANTED).create_async().await;
    let mock = server.mock("GET", "/x").with_status(503).with_header("retry-after", "3").expect(1).create_async().await;
    let client = Account::at(&server.url()).client_with(Options::default().retry(RetryPolicy::idempotent(2)));
    let error = client.get("x").succeed().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(3))));
    mock.assert_async().await;
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_an_error_in_the_time_that_was_set() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    provider.fault(On::Resource, Fault::Delay { delay: Duration::from_secs(30), times: 2 });
    let client = Account::of(provider).client();
    client.credential().await.unwrap();
    let error = client.get("usuarios/").timeout(Duration::from_millis(50)).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let short = Account::of(provider).client_with(Options::default().timeout(Duration::from_millis(300)));
    short.credential().await.unwrap();
    assert_eq!(short.get("usuarios/").send().await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn each_status_of_a_server_in_trouble_is_tried_again_and_no_other() {
    for (status, requests) in [(500, 2), (502, 2), (503, 2), (504, 2), (501, 1), (404, 1), (429, 1)] {
        let sandbox = Sandbox::start().await.unwrap();
        let provider = sandbox.pontotel();
        let client = Account::of(provider).client_with(Options::default().retry(RetryPolicy::idempotent(1)));
        provider.fault(On::Resource, Fault::Status { status, times: 1 });
        client.get("usuarios/").send().await.unwrap();
        assert_eq!(provider.requests(), requests, "{status}");
    }
}

#[tokio::test]
async fn a_time_out_is_tried_again_unless_the_request_may_be_sent_but_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(Options::default().retry(RetryPolicy::idempotent(1)));
    client.credential().await.unwrap();
    let slow = || provider.fault(On::Resource, Fault::Delay { delay: Duration::from_secs(30), times: 1 });
    slow();
    let request = client.get("usuarios/").timeout(Duration::from_millis(500));
    assert_eq!(request.send().await.unwrap().status(), 200);
    slow();
    client.get("usuarios/").timeout(Duration::from_millis(100)).once().send().await.unwrap_err();
    assert_eq!(provider.requests(), 3);
}

#[tokio::test]
async fn a_stated_pause_is_kept_before_the_next_try() {
    let mut server = mockito::Server::new_async().await;
    server.mock("POST", "/login/").with_body(GRANTED).create_async().await;
    let mock = server.mock("GET", "/x").with_status(503).with_header("retry-after", "2").expect(1).create_async().await;
    let client = Account::at(&server.url()).client_with(Options::default().retry(RetryPolicy::idempotent(1)));
    client.credential().await.unwrap();
    tokio::time::timeout(Duration::from_secs(1), client.get("x").send()).await.unwrap_err();
    mock.assert_async().await;
}

#[tokio::test]
async fn a_login_that_fails_is_not_tried_again_as_a_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let options = Options::default().retry(RetryPolicy::idempotent(3)).login_attempts(1);
    provider.fault(On::Login, Fault::Status { status: 500, times: 1 });
    Account::of(provider).client_with(options).get("usuarios/").send().await.unwrap_err();
    assert_eq!((provider.logins(), provider.requests()), (1, 0));

    let options = Options::default().retry(RetryPolicy::idempotent(3)).login_attempts(1);
    let nowhere = Account::at("http://127.0.0.1:1/").client_with(options);
    nowhere.get("x").send().await.unwrap_err();
    assert_eq!(nowhere.stats().retries, 0, "the login's error has a pause of its own");
}
