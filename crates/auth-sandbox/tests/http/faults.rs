//! Tests of faults.

use std::time::{Duration, Instant};

use crate::common::{all, answer, logged_in, login, protected, secret, status, with};
use auth_sandbox::{Fault, On, Sandbox};
use serde_json::{Value, json};

fn status_fault(status: u16, times: u32) -> Fault {
    Fault::Status { status, times }
}

#[tokio::test]
async fn a_status_fault_ends_after_its_number_of_requests() {
    let sandbox = Sandbox::start().await.unwrap();
    let shapes = ["/error", "/message", "/0/description", "/0/description", "/error/message", "/messages/0"];
    for (provider, shape) in all(&sandbox).iter().zip(shapes) {
        provider.fault(On::Login, status_fault(503, 2));
        for _ in 0..2 {
            let (code, body) = answer(login(provider, secret(provider))).await;
            assert_eq!(code, 503, "{}", provider.name());
            assert!(body.pointer(shape).is_some(), "{}: {body}", provider.name());
        }
        logged_in(provider).await;
        assert_eq!((provider.logins(), provider.requests()), (3, 0), "{}", provider.name());
    }
}

#[tokio::test]
async fn faults_queue_for_their_kind_of_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    econpay.fault(On::Resource, status_fault(500, 1));
    econpay.fault(On::Resource, status_fault(502, 0));
    econpay.fault(On::Resource, status_fault(504, 1));
    let token = logged_in(econpay).await;
    assert_eq!(status(econpay, &token).await, 500);
    assert_eq!(status(econpay, &token).await, 504);
    assert_eq!(status(econpay, &token).await, 200);
}

#[tokio::test]
async fn cleared_faults_are_gone() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    econpay.fault(On::Login, status_fault(500, u32::MAX));
    econpay.fault(On::Resource, status_fault(500, u32::MAX));
    econpay.clear_faults();
    let token = logged_in(econpay).await;
    assert_eq!(status(econpay, &token).await, 200);
}

#[tokio::test]
async fn too_many_requests_carries_retry_after_verbatim() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        for value in [Some("7"), Some("Sat, 21 Nov 2026 22:00:00 GMT"), Some("soon"), None] {
            provider.fault(On::Resource, Fault::TooManyRequests { retry_after: value.map(Into::into), times: 1 });
            let response = protected(provider).send().await.unwrap();
            assert_eq!(response.status(), 429);
            let found = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(found.as_deref(), value, "{}", provider.name());
            response.json::<Value>().await.unwrap();
        }
    }
}

#[tokio::test]
async fn pontotel_gives_the_time_to_wait_in_three_places_or_in_none() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    for (value, told) in [(Some("90"), true), (None, false), (Some("tomorrow"), false)] {
        pontotel.fault(On::Login, Fault::TooManyRequests { retry_after: value.map(Into::into), times: 1 });
        let response = login(pontotel, "x").send().await.unwrap();
        assert_eq!(response.headers().contains_key("x-ratelimit-reset"), told);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], "rate_limit_exceeded");
        assert_eq!(body["retry_after"], if told { json!(90) } else { Value::Null });
        assert_eq!(body["reset_at"].is_string(), told);
    }
}

#[tokio::test]
async fn unauthorized_leaves_the_token_alive() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
        assert_eq!(status(provider, &token).await, 401, "{}", provider.name());
        assert_eq!(status(provider, &token).await, 200, "{}", provider.name());
    }
}

#[tokio::test]
async fn a_delayed_request_is_served_after_the_delay() {
    let sandbox = Sandbox::start().await.unwrap();
    let api4com = sandbox.api4com();
    let delay = Duration::from_millis(80);
    api4com.fault(On::Login, Fault::Delay { delay, times: 1 });
    #[expect(clippy::disallowed_methods, reason = "the test measures real time")]
    let start = Instant::now();
    let token = logged_in(api4com).await;
    assert!(start.elapsed() >= delay);
    assert_eq!(status(api4com, &token).await, 200);
}

#[tokio::test]
async fn a_truncated_answer_is_shorter_than_its_content_length() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        provider.fault(On::Resource, Fault::Truncated { times: 1 });
        let request = with(provider, &token, protected(provider));
        let mut response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", provider.name());
        let told = response.content_length().unwrap();
        let mut came = 0;
        let error = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => came += chunk.len(),
                Ok(None) => panic!("{}: the answer is whole", provider.name()),
                Err(error) => break error,
            }
        };
        assert!(came > 0 && came as u64 * 2 <= told, "{}: {came} of {told}: {error}", provider.name());
    }
}

#[tokio::test]
async fn a_foreign_body_is_sent_as_it_is() {
    let sandbox = Sandbox::start().await.unwrap();
    let page = b"<html>\xff</html>".to_vec();
    let fault = Fault::Body { status: 200, content_type: "text/html".into(), body: page.clone(), times: 1 };
    sandbox.pontotel().fault(On::Login, fault);
    let response = login(sandbox.pontotel(), "x").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"text/html".parse().unwrap()));
    assert_eq!(response.bytes().await.unwrap(), page);
}

#[tokio::test]
async fn a_foreign_body_waits_for_a_request_with_a_live_token() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        let fault = |times| Fault::Body { status: 418, content_type: "text/plain".into(), body: b"tea".into(), times };
        provider.fault(On::Resource, fault(1));
        for token in ["", "wrong"] {
            assert_eq!(status(provider, token).await, 401, "{}", provider.name());
        }
        assert_eq!(protected(provider).send().await.unwrap().status(), 401, "{}", provider.name());
        assert_eq!(status(provider, &token).await, 418, "{}", provider.name());
        assert_eq!(status(provider, &token).await, 200, "{}", provider.name());
    }
}

#[tokio::test]
async fn a_closed_connection_gives_no_answer_and_the_next_request_is_served() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        provider.fault(On::Login, Fault::Close { times: 1 });
        let error = login(provider, secret(provider)).send().await.unwrap_err();
        assert!(error.is_request() && error.status().is_none(), "{}: {error:?}", provider.name());
        assert_eq!(provider.logins(), 1);
        logged_in(provider).await;
    }
}
