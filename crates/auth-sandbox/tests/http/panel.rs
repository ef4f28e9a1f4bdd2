//! Tests of the signed API's web panel: logins, captchas, passwords.

use crate::common::{answer, get, logged_in, post, status, with};
use auth_sandbox::{Provider, Sandbox};
use serde_json::json;

fn panel(api: &Provider, password: &str, captcha: &str) -> reqwest::RequestBuilder {
    let body = json!({ "email": api.username(), "password": password, "captcha": captcha });
    post(api, "v1/auth/panel-login", &body)
}

#[tokio::test]
async fn the_panel_needs_a_valid_captcha_and_counts_as_a_login() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    assert_eq!(answer(panel(api, api.password(), "")).await.0, 400);
    assert_eq!(answer(panel(api, api.password(), "invalid")).await.0, 400);
    assert_eq!(answer(panel(api, "errada", "ok")).await.0, 401);
    let (_, body) = answer(panel(api, api.password(), "ok")).await;
    assert_eq!(status(api, body["data"]["accessToken"].as_str().unwrap()).await, 200);
    assert_eq!((api.logins(), api.requests()), (4, 1));
}

#[tokio::test]
async fn a_forgotten_password_is_answered_in_the_requested_language() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    for (lang, header, start) in [(None, "en", "If the"), (None, "pt", "Se o"), (Some("es"), "pt", "Si el")] {
        let mut body = json!({ "email": "nobody@x.example", "captcha": "ok" });
        if let Some(lang) = lang {
            body["lang"] = json!(lang);
        }
        let request = post(api, "v1/auth/forgot-password", &body).header("x-user-language", header);
        let (code, body) = answer(request).await;
        assert_eq!(code, 200);
        assert!(body["messages"][0].as_str().unwrap().starts_with(start), "{body}");
    }
}

#[tokio::test]
async fn a_reset_needs_the_recovery_token_and_ends_sessions() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let token = logged_in(api).await;
    let reset =
        |token: &str, new: &str| post(api, "v1/auth/reset-password", &json!({ "token": token, "newPassword": new }));
    assert_eq!(answer(reset("wrong", "long enough")).await.0, 400);
    assert_eq!(answer(reset(api.recovery_token(), "1234567")).await.0, 400);
    assert_eq!(status(api, &token).await, 200);
    assert_eq!(answer(reset(api.recovery_token(), "12345678")).await.0, 200);
    assert_eq!(status(api, &token).await, 401);
    assert_eq!(answer(panel(api, "12345678", "ok")).await.0, 200);
}

#[tokio::test]
async fn a_change_of_password_needs_a_session_and_the_current_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let token = logged_in(api).await;
    let change = |current: &str, new: &str| {
        post(api, "v1/auth/change-password", &json!({ "currentPassword": current, "newPassword": new }))
    };
    assert_eq!(answer(change(api.password(), "12345678")).await.0, 401);
    assert_eq!(answer(with(api, &token, change("errada", "12345678"))).await.0, 401);
    assert_eq!(answer(with(api, &token, change(api.password(), "1234567"))).await.0, 400);
    assert_eq!(answer(with(api, &token, change(api.password(), "12345678"))).await.0, 200);
    assert_eq!(answer(with(api, &token, get(api, "v1/profile"))).await.0, 200);
    assert_eq!(answer(panel(api, api.password(), "ok")).await.0, 401);
}
