//! Replays after a 401: the caller does not see the first one, and every other status reaches it.

use std::sync::Arc;
use std::time::Duration;

use auth_core::reqwest::{Body, Client as Bare};
use auth_core::{Authorize, CachedCredential, ErrorKind, Options, RetryPolicy};
use auth_sandbox::{Fault, On, Sandbox};
use tokio::task::JoinSet;

use super::GRANTED;
use super::account::Account;
use super::redirects::Once;

#[tokio::test]
async fn p13_fifty_401s_at_once_make_one_new_login_and_fifty_replays() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    client.credential().await.unwrap();
    provider.revoke_all();
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        callers.spawn(async move { client.get("usuarios/").send().await.unwrap().status().as_u16() });
    }
    // Requests that begin after the new login never use the old credential.
    assert!(callers.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(provider.logins(), 2);
    let stats = client.stats();
    assert_eq!(provider.requests(), 50 + stats.replays);
    assert_eq!((stats.logins, stats.invalidated), (2, 1));
    assert!(stats.replays > 1, "{stats:?}");
}

#[tokio::test]
async fn a_replay_is_the_same_request_with_its_query_headers_and_timeout() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    for body in ["", "{}"] {
        let client = Account::of(provider).client();
        let request = || {
            let request = client.get("usuarios/").query(&[("page", "2")]).header("x-request-id", "42");
            if body.is_empty() { request } else { request.body(body) }
        };
        provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
        assert_eq!(request().send().await.unwrap().status(), 200);
        assert_eq!(client.stats().replays, 1);
        let sent = provider.last_request().unwrap();
        assert_eq!((sent.header("x-request-id"), sent.body.as_slice()), (Some("42"), body.as_bytes()));
        assert!(sent.path.ends_with("page=2"), "{}", sent.path);
    }
    let client = Account::of(provider).client();
    provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
    provider.fault(On::Resource, Fault::Delay { delay: Duration::from_secs(2), times: 1 });
    let error = client.get("usuarios/").timeout(Duration::from_millis(300)).send().await.unwrap_err();
    assert_eq!((error.kind(), client.stats().replays), (ErrorKind::Unavailable, 1));
}

#[tokio::test]
async fn f09_a_second_401_reaches_the_caller_and_keeps_the_new_credential() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    provider.fault(On::Resource, Fault::Unauthorized { times: 2 });
    let response = client.get("usuarios/").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!((provider.logins(), provider.requests()), (2, 2));
    let kept = client.cached().expect("the new credential stays cached");
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 200);
    assert!(CachedCredential::ptr_eq(&kept, &client.cached().unwrap()));
    assert_eq!(provider.logins(), 2);
}

#[tokio::test]
async fn a_401_right_after_a_forced_login_reaches_the_caller_without_a_replay() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    client.credential().await.unwrap();
    for (status, requests) in [(200, 2), (401, 3)] {
        provider.revoke_all();
        assert_eq!(client.get("usuarios/").send().await.unwrap().status().as_u16(), status);
        assert_eq!((provider.requests(), provider.logins()), (requests, 2));
    }
}

#[tokio::test]
async fn p15_a_reusable_body_is_sent_twice_and_a_stream_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    for (body, requests, status) in [(Body::from("{}"), 2, 404), (Body::wrap(Once::of("{}")), 3, 401)] {
        provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
        let response = client.post("nowhere/").body(body).send().await.unwrap();
        assert_eq!((response.status().as_u16(), provider.requests()), (status, requests));
        provider.clear_faults();
    }
}

#[tokio::test]
async fn f10_a_403_reaches_the_caller_and_never_logs_in() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    provider.fault(On::Resource, Fault::Status { status: 403, times: 1 });
    let error = client.get("usuarios/").error_for_status().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(403)));
    assert_eq!(error.provider_code(), Some("permission_denied"));
    assert_eq!((provider.logins(), provider.requests()), (1, 1));
}

#[tokio::test]
async fn a_429_reaches_the_caller_unchanged_and_starts_no_cooldown() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    provider.fault(On::Resource, Fault::TooManyRequests { retry_after: Some("3600".to_owned()), times: 1 });
    let response = client.get("usuarios/").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "3600"));
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 200);
    assert_eq!(provider.logins(), 1);
}

#[tokio::test]
async fn one_401_reveals_a_changed_password_and_then_a_cooldown_runs() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    client.credential().await.unwrap();
    provider.set_password("changed");
    provider.revoke_all();
    let error = client.get("usuarios/").send().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::LoginRefused, Some(401)));
    assert_eq!(client.get("usuarios/").send().await.unwrap_err().kind(), ErrorKind::LoginRefused);
    assert_eq!((provider.logins(), provider.requests()), (2, 1));
}

#[tokio::test]
async fn a_request_sent_once_only_leaves_the_credential_unchanged() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
    assert_eq!(client.get("usuarios/").once().send().await.unwrap().status(), 401);
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 200);
    assert_eq!((provider.logins(), provider.requests()), (1, 2));
}

#[tokio::test]
async fn a_request_with_its_own_credential_is_not_replayed() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    let old = client.credential().await.unwrap();
    provider.revoke_all();
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 200);
    assert_eq!(client.get("usuarios/").using(old.clone()).send().await.unwrap().status(), 401);
    let sent = provider.last_request().unwrap();
    assert_eq!(sent.header("authorization").unwrap(), old.token.header().to_str().unwrap());
    assert_eq!(provider.logins(), 2);
}

#[tokio::test]
async fn a_request_that_was_built_elsewhere_is_replayed_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    let dynamic: Arc<dyn Authorize> = Arc::new(client.clone());
    let url = format!("{}/usuarios/", provider.base_url());
    for _ in 0..2 {
        let request = Bare::new().get(&url).timeout(Duration::from_secs(5));
        assert_eq!(dynamic.send(request).await.unwrap().status(), 200);
        provider.revoke_all();
    }
    assert_eq!(provider.logins(), 2);
    let elsewhere = dynamic.send(Bare::new().get("https://evil.test/")).await.unwrap_err();
    assert_eq!(elsewhere.kind(), ErrorKind::InvalidRequest);
    assert!(dynamic.headers().await.unwrap()["authorization"].is_sensitive());
}

#[tokio::test]
async fn a_connection_that_the_server_closes_is_an_error_without_a_retry() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    client.credential().await.unwrap();
    provider.fault(On::Resource, Fault::Truncated { times: 1 });
    let error = client.get("usuarios/").fetch::<serde_json::Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("the answer of 127.0.0.1"), "{error}");
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn a_request_is_replayed_once_however_often_it_is_retried() {
    let mut server = mockito::Server::new_async().await;
    server.mock("POST", "/login/").with_body(GRANTED).create_async().await;
    let refused = server.mock("GET", "/x").with_status(401).expect(2).create_async().await;
    let client = Account::at(&server.url()).client_with(Options::default().retry(RetryPolicy::idempotent(3)));
    assert_eq!(client.get("x").send().await.unwrap().status(), 401);
    refused.assert_async().await;
    refused.remove_async().await;

    // A 401 is replayed and answered by a 503, whose retry is answered by a 401. That 401 reaches the caller.
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client_with(Options::default().retry(RetryPolicy::idempotent(3)));
    provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
    provider.fault(On::Resource, Fault::Status { status: 503, times: 1 });
    provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
    // The limit on forced logins is not the cause: it is cleared all the time.
    let forgetful = client.clone();
    let forgetting = tokio::spawn(async move {
        loop {
            forgetful.clear_cooldown();
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(client.get("usuarios/").send().await.unwrap().status(), 401);
    assert_eq!((provider.requests(), client.stats().replays), (3, 1));
    forgetting.abort();
}

#[tokio::test]
async fn headers_derived_from_the_credential_are_derived_again_for_a_replay() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = sandbox.pontotel();
    let client = Account::of(provider).client();
    let first = client.credential().await.unwrap();
    provider.revoke_all();
    let request = client.get("usuarios/").headers_from(|session, headers| {
        headers.insert("x-copy", session.token.header().clone());
    });
    assert_eq!(request.send().await.unwrap().status(), 200);
    let sent = provider.last_request().unwrap();
    assert_eq!(sent.header("x-copy"), sent.header("authorization"));
    assert_ne!(sent.header("x-copy"), first.token.header().to_str().ok());
}
