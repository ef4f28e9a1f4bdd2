//! Tests of limits on requests, and of the clock.

use std::time::UNIX_EPOCH;

use crate::common::control::{delete, read, send};
use crate::common::{all, answer, get, logged_in, login, protected, secret, status};
use auth_sandbox::{Fault, Limits, Method, On, Provider, Sandbox};
use serde_json::json;

/// Shifts the clock to the tenth second of an hour, so that no hour or minute ends within a test.
fn at_the_start_of_an_hour(sandbox: &Sandbox) {
    let second = sandbox.now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 3600;
    sandbox.set_clock_shift(sandbox.clock_shift() + 3610 - i64::try_from(second).unwrap());
}

fn header(response: &reqwest::Response, name: &str) -> u64 {
    response.headers()[name].to_str().unwrap().parse().unwrap()
}

fn seconds(sandbox: &Sandbox) -> u64 {
    sandbox.now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn asked(provider: &Provider) -> u16 {
    protected(provider).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn pontotel_refuses_the_51st_request_of_a_minute_until_the_next() {
    let sandbox = Sandbox::start().await.unwrap();
    at_the_start_of_an_hour(&sandbox);
    let pontotel = sandbox.pontotel();
    pontotel.set_limits(Limits::PONTOTEL);
    let token = logged_in(pontotel).await;
    for _ in 1..50 {
        assert_eq!(status(pontotel, &token).await, 200);
    }
    let refused = login(pontotel, pontotel.password()).send().await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait = header(&refused, "retry-after");
    assert!((45..=50).contains(&wait), "{wait}");
    assert_eq!((header(&refused, "x-ratelimit-limit"), header(&refused, "x-ratelimit-remaining")), (50, 0));
    let reset = header(&refused, "x-ratelimit-reset");
    assert_eq!((reset % 60, reset - seconds(&sandbox) <= 50), (0, true));
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_eq!((&body["error"], &body["retry_after"]), (&json!("rate_limit_exceeded"), &json!(wait)));

    sandbox.set_clock_shift(sandbox.clock_shift() + i64::try_from(wait).unwrap());
    assert_eq!(status(pontotel, &token).await, 200);
}

#[tokio::test]
async fn pontotel_refuses_the_501st_request_of_an_hour_until_the_next() {
    let sandbox = Sandbox::start().await.unwrap();
    at_the_start_of_an_hour(&sandbox);
    let pontotel = sandbox.pontotel();
    pontotel.set_limits(Limits { per_minute: None, ..Limits::PONTOTEL });
    for left in (0..500).rev() {
        let response = get(pontotel, "usuarios/").send().await.unwrap();
        assert_eq!((response.status().as_u16(), header(&response, "x-ratelimit-remaining")), (401, left));
    }
    let refused = get(pontotel, "usuarios/").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "x-ratelimit-limit")), (429, 500));
    assert_eq!(header(&refused, "x-ratelimit-reset") % 3600, 0);
    let wait = header(&refused, "retry-after");
    assert!((3500..3600).contains(&wait), "{wait}");
    sandbox.set_clock_shift(sandbox.clock_shift() + i64::try_from(wait).unwrap());
    let response = get(pontotel, "usuarios/").send().await.unwrap();
    assert_eq!((response.status().as_u16(), header(&response, "x-ratelimit-remaining")), (401, 499));
}

#[tokio::test]
async fn pontotel_tells_the_state_of_its_limit_with_errors_and_faults_too() {
    let sandbox = Sandbox::start().await.unwrap();
    at_the_start_of_an_hour(&sandbox);
    let pontotel = sandbox.pontotel();
    pontotel.fault(On::Resource, Fault::Status { status: 500, times: 1 });
    for (code, left) in [(500, 499), (401, 498)] {
        let response = get(pontotel, "usuarios/").send().await.unwrap();
        assert_eq!((response.status().as_u16(), header(&response, "x-ratelimit-remaining")), (code, left));
        assert_eq!(header(&response, "x-ratelimit-reset"), (seconds(&sandbox) / 3600 + 1) * 3600);
    }
}

#[tokio::test]
async fn every_provider_can_have_limits_and_refuses_in_its_own_words() {
    let sandbox = Sandbox::start().await.unwrap();
    at_the_start_of_an_hour(&sandbox);
    let shapes = ["/error", "/message", "/0/description", "/0/description", "/error/message", "/messages/0"];
    for (provider, shape) in all(&sandbox).iter().zip(shapes) {
        let limits = format!("providers/{}/limits", provider.name());
        let (code, set) = send(&sandbox, Method::PUT, &limits, json!({ "per_minute": 2 })).await;
        assert_eq!((code, &set["per_minute"], &set["per_hour"]), (200, &json!(2), &json!(null)));
        login(provider, secret(provider)).send().await.unwrap();
        assert_eq!(asked(provider).await, 401, "{}", provider.name());
        let (code, body) = answer(protected(provider)).await;
        assert_eq!(code, 429, "{}", provider.name());
        assert!(body.pointer(shape).is_some(), "{}: {body}", provider.name());
        assert_eq!(read(&sandbox, &limits).await["used_this_minute"], 2);
        assert_eq!(delete(&sandbox, &limits).await, 204);
        assert_eq!(asked(provider).await, 401, "{}", provider.name());
    }
}

#[tokio::test]
async fn without_limits_nothing_is_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    for _ in 0..60 {
        assert_eq!(asked(sandbox.pontotel()).await, 401);
    }
}

#[tokio::test]
async fn a_refused_request_does_not_use_up_a_fault() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    econpay.set_limits(Limits { per_hour: Some(0), per_minute: None });
    econpay.fault(On::Resource, Fault::Status { status: 503, times: 1 });
    assert_eq!(asked(econpay).await, 429);
    econpay.set_limits(Limits::NONE);
    assert_eq!(asked(econpay).await, 503);
}

#[tokio::test]
async fn a_shifted_clock_ends_tokens_and_issues_new_ones_in_its_own_time() {
    let sandbox = Sandbox::start().await.unwrap();
    let real = seconds(&sandbox);
    for provider in all(&sandbox) {
        sandbox.set_clock_shift(0);
        let (token, lifetime) = (logged_in(provider).await, provider.lifetime().as_secs());
        send(&sandbox, Method::PUT, "clock", json!({ "shift_seconds": lifetime - 10 })).await;
        assert_eq!(status(provider, &token).await, 200, "{}", provider.name());
        send(&sandbox, Method::PUT, "clock", json!({ "shift_seconds": lifetime })).await;
        assert_eq!(status(provider, &token).await, 401, "{}", provider.name());
        let token = logged_in(provider).await;
        assert_eq!(status(provider, &token).await, 200, "{}", provider.name());
    }
    sandbox.set_clock_shift(3600);
    let claims = crate::common::claims(&logged_in(sandbox.econpay()).await);
    assert!(claims["iat"].as_u64().unwrap() >= real + 3600, "{claims}");
}

#[tokio::test]
async fn the_date_header_follows_the_shifted_clock() {
    let sandbox = Sandbox::start().await.unwrap();
    let (code, clock) = send(&sandbox, Method::PUT, "clock", json!({ "shift_seconds": -3_000_000_000_i64 })).await;
    assert_eq!((code, &clock["shift_seconds"]), (200, &json!(-3_000_000_000_i64)));
    // The second may change between the two.
    let response = get(sandbox.econpay(), "auth").send().await.unwrap();
    let (date, now) = (response.headers()["date"].to_str().unwrap(), clock["now"].as_str().unwrap());
    assert_eq!(&date[12..16], &now[..4], "{date} {now}");
    assert!(date.ends_with(" GMT") && !date.contains("20"), "{date}");
}
