//! Tests of the signed API's signatures.

use crate::common::{answer, client, logged_in, login, post, sign, status, url, with};
use auth_sandbox::{Provider, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

/// The path of a write that accepts any object.
const PROFILE: &str = "v1/profile/507f1f77bcf86cd799439011";

struct Session {
    token: String,
    signature_token: String,
}

async fn session(api: &Provider) -> Session {
    let (_, body) = answer(login(api, api.api_key())).await;
    let text = |name: &str| body["data"][name].as_str().unwrap().to_owned();
    Session { token: text("accessToken"), signature_token: text("signatureToken") }
}

/// Sends a write of `body` with the signature of `signed`, and returns the answer.
async fn write(api: &Provider, session: &Session, body: &str, signed: &str) -> (u16, Value) {
    let signature = sign(session.signature_token.as_bytes(), signed);
    send(api, &session.token, Method::PUT, PROFILE, body, &signature).await
}

async fn send(api: &Provider, token: &str, method: Method, path: &str, body: &str, signature: &str) -> (u16, Value) {
    let request = client()
        .request(method, url(api, path))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("x-signed-request", signature)
        .body(body.to_owned());
    let (status, body) = answer(request).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn each_signed_write_takes_the_right_signature_and_counts_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let session = session(api).await;
    for (method, path, body, code, made) in [
        (
            Method::POST,
            "v1/profile",
            r#"{"description":"Casa","email":"c@x.example","profileType":"demo"}"#,
            201,
            "/data/profileId",
        ),
        (Method::PUT, PROFILE, r#"{"description":"Casa"}"#, 200, "/status"),
        (
            Method::POST,
            "v1/user/auth",
            r#"{"credential":"ana","credentialType":"username","profileId":"p"}"#,
            200,
            "/data/userToken",
        ),
        (Method::POST, "v1/game/session", r#"{"balance":10,"gameId":"g","userToken":"t"}"#, 201, "/data/gameUrl"),
        (
            Method::POST,
            "v1/webhook",
            r#"{"eventTriggers":["open-round"],"signatureToken":"s","url":"https://x.example"}"#,
            201,
            "/data/webhookId",
        ),
    ] {
        let signature = sign(session.signature_token.as_bytes(), body);
        let (status, answer) = send(api, &session.token, method, path, body, &signature).await;
        assert_eq!((status, &answer["status"]), (code, &json!("success")), "{path}");
        assert!(answer.pointer(made).is_some_and(Value::is_string), "{path}: {answer}");
    }
    assert_eq!(api.verified_signatures(), 5);
}

#[tokio::test]
async fn a_write_without_a_required_member_is_400_if_its_signature_is_valid() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let session = session(api).await;
    let body = r#"{"eventTriggers":["open-round","soon"],"url":1}"#;
    let (signature, wrong) = (sign(session.signature_token.as_bytes(), body), sign(b"another key", body));
    assert_eq!(send(api, &session.token, Method::POST, "v1/webhook", body, &wrong).await.0, 401);
    let answer = send(api, &session.token, Method::POST, "v1/webhook", body, &signature).await;
    let expected = json!([
        "url is invalid",
        "eventTriggers.1 must be one of open-round, close-round",
        "signatureToken is required",
    ]);
    assert_eq!(answer, (400, json!({ "status": "error", "messages": expected })));
    let signature = sign(session.signature_token.as_bytes(), "{}");
    let unknown = send(api, &session.token, Method::PUT, "v1/profile/p7", "{}", &signature);
    assert_eq!(unknown.await.0, 404);
}

#[tokio::test]
async fn the_signature_covers_the_body_as_node_writes_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let session = session(api).await;
    for (body, signed) in [
        (
            r#" { "b" : 1 , "a" : { "d" : [ { "z" : 1 , "y" : 2 } ] , "c" : 2 } } "#,
            r#"{"a":{"c":2,"d":[{"y":2,"z":1}]},"b":1}"#,
        ),
        (r#"{"10":1,"9":2,"a":3,"!":4}"#, r#"{"9":2,"10":1,"!":4,"a":3}"#),
        (r#"{"n":[1.0,1E2,-0,1e21,0.000001,1e-7]}"#, r#"{"n":[1,100,0,1e+21,0.000001,1e-7]}"#),
        (r#"{"id":9007199254740993}"#, r#"{"id":9007199254740992}"#),
        (r#"{"nome":"Jos\u00e9"}"#, r#"{"nome":"José"}"#),
        ("", "{}"),
    ] {
        let (status, answer) = write(api, &session, body, signed).await;
        let expected = if body.is_empty() { 400 } else { 200 };
        assert_eq!(status, expected, "{body}: {answer}");
    }
}

#[tokio::test]
async fn any_other_signature_is_refused_and_not_counted() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let (first, second) = (session(api).await, session(api).await);
    let right = sign(first.signature_token.as_bytes(), "{}");
    let of_another_login = sign(second.signature_token.as_bytes(), "{}");
    let decoded: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&first.signature_token[at..at + 2], 16).unwrap()).collect();
    let of_decoded_key = sign(&decoded, "{}");
    for signature in [of_another_login, of_decoded_key, right.to_uppercase(), right[1..].to_owned(), String::new()] {
        let (status, body) = send(api, &first.token, Method::PUT, PROFILE, "{}", &signature).await;
        assert_eq!((status, body), (401, json!({ "status": "error", "messages": ["Invalid signature"] })));
    }
    assert_eq!(write(api, &first, r#"{"a":2}"#, r#"{"a":1}"#).await.0, 401);
    assert_eq!(api.verified_signatures(), 0);
    assert_eq!(send(api, &first.token, Method::PUT, PROFILE, "{}", &right).await.0, 200);
}

#[tokio::test]
async fn a_write_without_signature_or_session_is_refused_and_a_read_needs_no_signature() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let token = logged_in(api).await;
    let (code, body) = answer(with(api, &token, post(api, "v1/webhook", &json!({})))).await;
    assert_eq!((code.as_u16(), &body["messages"][0]), (401, &json!("Missing signature")));
    assert_eq!(answer(post(api, "v1/webhook", &json!({}))).await.1["messages"][0], "Unauthorized");
    assert_eq!(status(api, &token).await, 200);
}

/// Node parses lone surrogates and numbers that are too large.
#[tokio::test]
async fn a_body_that_node_parses_is_served() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    for (value, text) in
        [(r#""\ud800""#, r#""\ud800""#), (r#""a\udc00\u00e9""#, "\"a\\udc00\u{e9}\""), ("1e400", "null")]
    {
        let (_, login) = answer(login(api, api.api_key())).await;
        let (token, key) = (&login["data"]["accessToken"], &login["data"]["signatureToken"]);
        let signature = sign(key.as_str().unwrap().as_bytes(), &format!(r#"{{"description":"x","extra":{text}}}"#));
        let body = format!(r#"{{"description":"x","extra":{value}}}"#);
        let request = client().put(url(api, "v1/profile/507f1f77bcf86cd799439011"));
        let request = request.header("content-type", "application/json").header("x-signed-request", signature);
        let (status, answer) = answer(request.bearer_auth(token.as_str().unwrap()).body(body)).await;
        assert_eq!(status, 200, "{value}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_400_with_any_signature() {
    let sandbox = Sandbox::start().await.unwrap();
    let api = sandbox.signed_api();
    let session = session(api).await;
    for body in ["{", "1", "[1,]"] {
        assert_eq!(write(api, &session, body, body).await.0, 400, "{body}");
    }
    let signature = sign(session.signature_token.as_bytes(), "{}");
    let request =
        client().post(url(api, "v1/profile")).bearer_auth(&session.token).header("x-signed-request", signature);
    assert_eq!(answer(request.header("content-type", "text/plain").body("{}")).await.0, 400);
}

#[tokio::test]
async fn the_expiry_is_in_utc_with_milliseconds() {
    let sandbox = Sandbox::start().await.unwrap();
    let (_, body) = answer(login(sandbox.signed_api(), sandbox.signed_api().api_key())).await;
    let end = body["data"]["expireAt"].as_str().unwrap();
    assert!(end.len() == 24 && end.ends_with('Z') && &end[19..20] == ".", "{end}");
}
