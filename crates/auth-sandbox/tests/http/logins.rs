//! Tests of logins, accepted and refused.

use crate::common::{all, answer, claims, client, login, post, secret, status, token};
use auth_sandbox::Sandbox;
use serde_json::json;

#[tokio::test]
async fn the_right_secret_gives_a_token_that_opens_the_protected_resource() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let (code, body) = answer(login(provider, secret(provider))).await;
        assert_eq!(code.as_u16(), if provider.name() == "econpay" { 201 } else { 200 }, "{}", provider.name());
        let token = token(provider, &body).unwrap();
        assert_eq!(status(provider, &token).await, 200, "{}", provider.name());
        assert_eq!(status(provider, &token.to_uppercase()).await, 401, "{}", provider.name());
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_the_providers_own_way() {
    let sandbox = Sandbox::start().await.unwrap();
    let falhou = json!({
        "authenticated": false, "created": null, "expiration": null, "accessToken": null, "message": "Falha ao autenticar",
    });
    let expected = [
        (401, json!({ "error": "authentication_failed", "message": "Usuário ou senha inválidos." })),
        (401, json!({ "statusCode": 401, "message": "Email ou senha inválidos" })),
        (200, falhou.clone()),
        (200, falhou),
        (
            401,
            json!({ "error": { "statusCode": 401, "name": "Error", "message": "login failed", "code": "LOGIN_FAILED" } }),
        ),
        (401, json!({ "status": "error", "messages": ["Invalid API key"] })),
    ];
    for (provider, (code, body)) in all(&sandbox).iter().zip(expected) {
        let found = answer(login(provider, "errada")).await;
        assert_eq!((found.0.as_u16(), found.1), (code, body), "{}", provider.name());
    }
}

#[tokio::test]
async fn a_missing_member_or_bad_json_is_400_in_the_providers_shape() {
    let sandbox = Sandbox::start().await.unwrap();
    let shapes = ["/details", "/message", "/0/description", "/0/description", "/error/message", "/messages/0"];
    for (provider, shape) in all(&sandbox).iter().zip(shapes) {
        let path = login(provider, "").build().unwrap().url().clone();
        for body in ["{", "{}"] {
            let request = client().post(path.clone()).header("content-type", "application/json").body(body);
            let (code, answer) = answer(request).await;
            assert_eq!(code, 400, "{} {body}", provider.name());
            assert!(answer.pointer(shape).is_some(), "{} {body}: {answer}", provider.name());
        }
        assert_eq!(provider.logins(), 2);
    }
}

#[tokio::test]
async fn pontotel_returns_the_lifetime_twice_and_the_user() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let (_, body) = answer(login(pontotel, pontotel.password())).await;
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(body["user"]["username"], pontotel.username());
    let claims = claims(body["access_token"].as_str().unwrap());
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
}

#[tokio::test]
async fn pontotel_redirects_a_login_without_the_slash_and_counts_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let response = post(pontotel, "login?a=b", &json!({})).send().await.unwrap();
    assert_eq!(response.status(), 301);
    assert_eq!(response.headers()["location"], "/pontotel/api/v4/login/?a=b");
    assert_eq!(pontotel.logins(), 1);
}

#[tokio::test]
async fn sopague_writes_local_times_without_a_zone() {
    let sandbox = Sandbox::start().await.unwrap();
    let (_, body) = answer(login(sandbox.sopague(), sandbox.sopague().password())).await;
    let created = body["created"].as_str().unwrap();
    assert_eq!(created.as_bytes()[10], b'T');
    assert!(!created.ends_with(['Z', '0']) || created.len() == 19, "{created}");
    assert_ne!(body["created"], body["expiration"]);
    assert_eq!(body["authenticated"], true);
}

#[tokio::test]
async fn sopague_limits_the_length_of_username_and_password() {
    let sandbox = Sandbox::start().await.unwrap();
    for (name, password, field) in [("n".repeat(31), "p".into(), "userName"), ("n".into(), "p".repeat(257), "password")]
    {
        let body = json!({ "userName": name, "password": password });
        let (code, body) = answer(post(sandbox.sopague(), "api/authentication/login", &body)).await;
        assert_eq!((code.as_u16(), &body[0]["tag"]), (400, &json!(field)));
    }
}

#[tokio::test]
async fn a_token_of_one_sopague_api_is_unknown_to_the_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = crate::common::logged_in(sandbox.sopague()).await;
    assert_eq!(status(sandbox.sopague_gateway(), &token).await, 401);
    assert_eq!(sandbox.sopague().password(), sandbox.sopague_gateway().password());
}
