//! Retries of the caller's own requests, which are made only if the caller asks for them.

use std::sync::Barrier;
use std::time::Duration;

use auth_core::http::Method;
use auth_core::{Client, ErrorKind, Options, RetryPolicy};
use auth_sandbox::{Fault, On, Sandbox};

use super::GRANTED;
use super::account::Account;
use super::wire::{Act, End, Wire, answer};

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
async fn a_policy_retries_idempotent_requests_and_no_post() {
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
    let error = client.get("usuarios/").error_for_status().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(1))));
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn a_retry_after_longer_than_two_seconds_is_returned_to_the_caller() {
    let mut server = mockito::Server::new_async().await;
    server.mock("POST", "/login/").with_body(GRANTED).create_async().await;
    let mock = server.mock("GET", "/x").with_status(503).with_header("retry-after", "3").expect(1).create_async().await;
    let client = Account::at(&server.url()).client_with(Options::default().retry(RetryPolicy::idempotent(2)));
    let error = client.get("x").error_for_status().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(3))));
    mock.assert_async().await;
}

#[tokio::test]
async fn a_request_that_exceeds_its_timeout_is_an_error_at_that_time() {
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
async fn each_status_of_a_server_in_trouble_is_retried_and_no_other() {
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
async fn a_timeout_is_retried_unless_the_request_is_sent_once_only() {
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
async fn a_retry_waits_for_the_retry_after() {
    let mut server = mockito::Server::new_async().await;
    server.mock("POST", "/login/").with_body(GRANTED).create_async().await;
    let mock = server.mock("GET", "/x").with_status(503).with_header("retry-after", "2").expect(1).create_async().await;
    let client = Account::at(&server.url()).client_with(Options::default().retry(RetryPolicy::idempotent(1)));
    client.credential().await.unwrap();
    tokio::time::timeout(Duration::from_secs(1), client.get("x").send()).await.unwrap_err();
    mock.assert_async().await;
}

#[tokio::test]
async fn a_login_that_fails_is_not_retried_as_a_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let options = Options::default().retry(RetryPolicy::idempotent(3)).login_attempts(1);
    provider.fault(On::Login, Fault::Status { status: 500, times: 1 });
    Account::of(provider).client_with(options).get("usuarios/").send().await.unwrap_err();
    assert_eq!((provider.logins(), provider.requests()), (1, 0));

    let options = Options::default().retry(RetryPolicy::idempotent(3)).login_attempts(1);
    let nowhere = Account::at("http://127.0.0.1:1/").client_with(options);
    nowhere.get("x").send().await.unwrap_err();
    assert_eq!(nowhere.stats().retries, 0, "the login's error has a cooldown of its own");
}

/// A reused connection that the server has closed is the most frequent failure.
#[tokio::test]
async fn an_idempotent_request_is_retried_if_no_response_head_arrived() {
    const CUT: &str = "HTTP/1.1 200 OK\r\ncontent-le";
    for (sent, end) in [("", End::Close), ("", End::Reset), (CUT, End::Close), (CUT, End::Reset)] {
        for (method, repeated) in [
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::OPTIONS, true),
            (Method::PUT, true),
            (Method::DELETE, true),
            (Method::POST, false),
            (Method::PATCH, false),
        ] {
            // The login is the first request on its connection, so the next one is the second.
            let wire = Wire::start(move |asked| match asked.connection {
                0 => Act(sent.to_owned(), end),
                _ => answer(200, "", "7"),
            })
            .await;
            let client = wire.client_with(Options::default().retry(RetryPolicy::idempotent(2)));
            let result = client.request(method.clone(), "x").body("{}").send().await;
            let (retries, arrived) = (client.stats().retries, wire.asked().len());
            if repeated {
                assert_eq!(result.unwrap().status(), 200, "{method}");
                assert_eq!((retries, arrived), (1, 2), "{method}");
            } else {
                let error = result.unwrap_err();
                assert_eq!((error.kind(), retries, arrived), (ErrorKind::Unavailable, 0, 1), "{method}");
                assert!(error.to_string().contains("may have been processed"), "{error}");
            }
        }
    }
}

/// Without a policy, or for a request that is sent once only, a broken connection is an error.
#[tokio::test]
async fn a_broken_connection_is_an_error_if_the_request_may_not_be_retried() {
    let wire = Wire::start(|_| Act(String::new(), End::Reset)).await;
    wire.client().get("x").send().await.unwrap_err();
    assert_eq!(wire.asked().len(), 1);
    let client = wire.client_with(Options::default().retry(RetryPolicy::idempotent(2)));
    client.get("x").once().send().await.unwrap_err();
    assert_eq!(wire.asked().len(), 1);
    client.get("x").send().await.unwrap_err();
    assert_eq!((wire.asked().len(), client.stats().retries), (3, 2), "the budget is spent");
}

/// A failure within the body, or a response that is not HTTP, is not retried.
#[tokio::test]
async fn a_response_cut_off_in_its_body_or_not_http_is_not_retried() {
    for (text, named) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[1", "broke off"),
        ("220 smtp.test ready\r\n\r\n", "is not HTTP"),
        ("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "is not HTTP"),
    ] {
        let wire = Wire::start(move |_| Act(text.to_owned(), End::Close)).await;
        let client = wire.client_with(Options::default().retry(RetryPolicy::idempotent(2)));
        let error = client.get("x").fetch::<Vec<u8>>().await.unwrap_err();
        assert!(error.is_transient() && error.to_string().contains(named), "{error}");
        assert_eq!((wire.asked().len(), client.stats().retries), (1, 0));
    }
}

/// A static client in a test suite, where each test has its own runtime.
#[test]
fn a_client_that_outlives_its_runtimes_loses_no_request() {
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let wire = server.block_on(Wire::start(|_| answer(200, "", "7")));
    let client: Client<Account> = wire.client();
    let together = Barrier::new(4);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                together.wait();
                for _ in 0..100 {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    assert_eq!(runtime.block_on(client.get("x").fetch::<u8>()).unwrap(), 7);
                }
            });
        }
    });
}

#[test]
fn a_request_waits_for_no_runtime_that_stands_still_with_a_kept_connection() {
    let server = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let wire = server.block_on(Wire::start(|_| answer(200, "", "7")));
    let client = wire.client_with(Options::default().timeout(Duration::from_secs(2)));
    let [one, other] = [(); 2].map(|()| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
    for runtime in [&one, &other, &one, &other] {
        assert_eq!(runtime.block_on(client.get("x").fetch::<u8>()).unwrap(), 7);
    }
    assert_eq!(wire.connections(), 2, "each runtime keeps its own");
}

/// The server's pause is reported unchanged, and only if it states a limit.
#[tokio::test]
async fn the_retry_after_of_a_request_is_reported_for_limits_only_up_to_a_day() {
    for (status, asked, told) in [
        (429, "3600", Some(3600)),
        (429, "7200", Some(7200)),
        (429, "86400", Some(86_400)),
        (429, "864000", Some(86_400)),
        (429, "99999999999999999999999", Some(86_400)),
        (503, "7200", Some(7200)),
        (500, "7200", None),
        (502, "5", None),
        (404, "5", None),
        (401, "5", None),
        (302, "5", None),
    ] {
        let header = format!("retry-after: {asked}\r\n");
        let wire = Wire::start(move |_| answer(status, &header, "")).await;
        let error = wire.client().get("x").error_for_status().await.unwrap_err();
        assert_eq!(error.retry_after().map(|pause| pause.as_secs()), told, "{status}, {asked}");
    }
}
