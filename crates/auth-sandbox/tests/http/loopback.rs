//! Tests of `Api4Com`, which behaves as `LoopBack` 3 does.

use std::time::Duration;

use crate::common::{answer, client, get, logged_in, login, post, status, url};
use auth_sandbox::{Provider, Sandbox};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// Returns the status and the `error.code` of `GET users/me` with this header.
async fn me(api4com: &Provider, authorization: &str) -> (u16, Value) {
    let (status, body) = answer(get(api4com, "users/me").header("authorization", authorization)).await;
    (status.as_u16(), body["error"]["code"].clone())
}

async fn login_for(api4com: &Provider, ttl: Value) -> Value {
    let body = json!({ "email": api4com.username(), "password": api4com.password(), "ttl": ttl });
    answer(post(api4com, "users/login", &body)).await.1
}

#[tokio::test]
async fn a_token_is_64_letters_and_digits_with_its_lifetime_as_text() {
    let sandbox = Sandbox::start().await.unwrap();
    let (_, body) = answer(login(sandbox.api4com(), sandbox.api4com().password())).await;
    let id = body["id"].as_str().unwrap();
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!((&body["ttl"], &body["userId"]), (&json!("1209600"), &json!(1)));
    assert!(body["created"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn the_requested_lifetime_is_clamped_and_zero_means_the_default() {
    let sandbox = Sandbox::start().await.unwrap();
    for (asked, told) in [
        (json!(60), json!("60")),
        (json!("60"), json!("60")),
        (json!(1.5), json!("1.5")),
        (json!(0), json!("1209600")),
        (json!(null), json!("1209600")),
        (json!(40_000_000), json!("31556926")),
        (json!(-1), json!(-1)),
        (json!("-1"), json!(-1)),
    ] {
        let body = login_for(sandbox.api4com(), asked.clone()).await;
        assert_eq!(body["ttl"], told, "{asked}");
        assert_eq!(status(sandbox.api4com(), body["id"].as_str().unwrap()).await, 200, "{asked}");
    }
}

#[tokio::test]
async fn a_lifetime_below_minus_one_or_no_number_makes_a_token_that_breaks_the_server() {
    let sandbox = Sandbox::start().await.unwrap();
    for ttl in [json!(-2), json!("soon")] {
        let body = login_for(sandbox.api4com(), ttl).await;
        for _ in 0..2 {
            let request = get(sandbox.api4com(), "users/me").header("authorization", body["id"].as_str().unwrap());
            let expected = json!({ "error": { "statusCode": 500, "message": "Internal Server Error" } });
            assert_eq!(answer(request).await, (500.try_into().unwrap(), expected));
        }
    }
}

#[tokio::test]
async fn an_expired_token_is_invalid_once_and_then_unknown() {
    let sandbox = Sandbox::builder().lifetime(Duration::ZERO).start().await.unwrap();
    let token = logged_in(sandbox.api4com()).await;
    assert_eq!(me(sandbox.api4com(), &token).await, (401, json!("INVALID_TOKEN")));
    assert_eq!(me(sandbox.api4com(), &token).await, (401, json!("AUTHORIZATION_REQUIRED")));
}

#[tokio::test]
async fn an_eternal_token_outlives_the_default_lifetime_but_not_a_new_password() {
    let sandbox = Sandbox::builder().lifetime(Duration::ZERO).start().await.unwrap();
    let body = login_for(sandbox.api4com(), json!(-1)).await;
    let token = body["id"].as_str().unwrap();
    assert_eq!(status(sandbox.api4com(), token).await, 200);
    sandbox.api4com().set_password("nova-senha");
    assert_eq!(status(sandbox.api4com(), token).await, 401);
}

#[tokio::test]
async fn a_login_that_carries_an_expired_token_is_refused() {
    let sandbox = Sandbox::builder().lifetime(Duration::ZERO).start().await.unwrap();
    let api4com = sandbox.api4com();
    let token = logged_in(api4com).await;
    let (status, body) = answer(login(api4com, api4com.password()).header("authorization", &token)).await;
    assert_eq!((status.as_u16(), &body["error"]["code"]), (401, &json!("INVALID_TOKEN")));
    let (status, _) = answer(login(api4com, api4com.password()).header("authorization", &token)).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn bearer_means_base64_so_a_raw_token_after_it_is_unknown() {
    let sandbox = Sandbox::start().await.unwrap();
    let api4com = sandbox.api4com();
    let token = logged_in(api4com).await;
    assert_eq!(me(api4com, &format!("Bearer {token}")).await.0, 401);
    assert_eq!(me(api4com, &format!("bearer {token}")).await.0, 401);
    assert_eq!(me(api4com, &format!("Bearer {}", BASE64_STANDARD.encode(&token))).await.0, 200);
    assert_eq!(me(api4com, &token).await.0, 200);
}

#[tokio::test]
async fn a_token_in_the_query_or_x_access_token_beats_the_header() {
    let sandbox = Sandbox::start().await.unwrap();
    let api4com = sandbox.api4com();
    let token = logged_in(api4com).await;
    let request = get(api4com, &format!("users/me?access_token={token}")).header("authorization", "wrong");
    assert_eq!(answer(request).await.0, 200);
    let request = get(api4com, "users/me").header("x-access-token", "wrong").header("authorization", &token);
    assert_eq!(answer(request).await.0, 401);
}

#[tokio::test]
async fn a_session_makes_more_tokens_and_each_ends_by_its_own_logout() {
    let sandbox = Sandbox::start().await.unwrap();
    let api4com = sandbox.api4com();
    let session = logged_in(api4com).await;
    let request = post(api4com, "users/accessTokens", &json!({ "ttl": 2_592_000 }));
    let (status_code, made) = answer(request.header("authorization", &session)).await;
    assert_eq!((status_code.as_u16(), &made["ttl"]), (200, &json!("2592000")));
    let token = made["id"].as_str().unwrap();

    let logout = || client().post(url(api4com, "users/logout")).header("authorization", token);
    let response = logout().send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    assert!(response.bytes().await.unwrap().is_empty());
    let (again, body) = answer(logout()).await;
    assert_eq!(again, 401);
    let expected = json!({ "statusCode": 401, "name": "Error", "message": "accessToken is required to logout" });
    assert_eq!(body["error"], expected);
    assert_eq!(status(api4com, &session).await, 200);
    assert_eq!(answer(post(api4com, "users/accessTokens", &json!({}))).await.0, 401);
}

#[tokio::test]
async fn a_live_token_without_permission_gets_401_and_lives() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = logged_in(sandbox.api4com()).await;
    let (status_code, body) = answer(get(sandbox.api4com(), "integrations").header("authorization", &token)).await;
    assert_eq!((status_code.as_u16(), &body["error"]["code"]), (401, &json!("AUTHORIZATION_REQUIRED")));
    assert_eq!(status(sandbox.api4com(), &token).await, 200);
}

#[tokio::test]
async fn a_login_needs_a_name_of_the_right_type_and_takes_a_user_name_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let api4com = sandbox.api4com();
    for (body, code) in [
        (json!({ "password": "x" }), "USERNAME_EMAIL_REQUIRED"),
        (json!({ "email": "" }), "USERNAME_EMAIL_REQUIRED"),
        (json!({ "email": 1 }), "INVALID_EMAIL"),
    ] {
        let (status, answer) = answer(post(api4com, "users/login", &body)).await;
        assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!(code)), "{body}");
    }
    let short = api4com.username().split('@').next().unwrap();
    let body = json!({ "username": short, "password": api4com.password() });
    assert_eq!(answer(post(api4com, "users/login", &body)).await.0, 200);
}

#[tokio::test]
async fn a_browser_gets_an_error_page() {
    let sandbox = Sandbox::start().await.unwrap();
    let response = get(sandbox.api4com(), "users/me").header("accept", "text/html,*/*").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn an_answer_states_its_length() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in crate::common::all(&sandbox) {
        let answer = crate::common::protected(provider).send().await.unwrap();
        let length = answer.headers()["content-length"].to_str().unwrap().to_owned();
        assert_eq!(answer.bytes().await.unwrap().len().to_string(), length);
    }
}
