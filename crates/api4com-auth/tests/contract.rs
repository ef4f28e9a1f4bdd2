// Written by `cargo xtask codegen` from crates/api4com-auth/openapi.json: change that, and run it again.
//! Tests of each example of the contract against a mock server: its result, and that no secret is shown.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use api4com_auth::Client;
use api4com_auth::auth_core::http::Method;
use api4com_auth::auth_core::serde_json::{self, Value};
use api4com_auth::auth_core::{self, Authorize, Credential, ErrorKind, Expiry, Login, Result, Secret, reqwest};
#[cfg(feature = "store")]
use api4com_auth::{
    Builder, Session,
    auth_core::http::HeaderMap,
    auth_core::secrecy::ExposeSecret,
    auth_core::store::{FileStore, KeyRing, Persist, SharedStore},
};
use mockito::{Matcher, Mock, Server, ServerGuard};

/// An example with its name, its request and its answer.
struct Case {
    name: &'static str,
    operation: &'static str,
    verb: &'static str,
    path: &'static str,
    /// The body of the request, if it has one.
    sent: Option<&'static str>,
    status: usize,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// The `Authorization` header after a successful login, or the kind of the error.
    outcome: std::result::Result<&'static str, ErrorKind>,
}

const SECRETS: [&str; 1] = ["segredo-da-maria"];

const LOGINS: [Case; 9] = [
    // Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html).
    Case {
        name: "login, 200, documented",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"id":"rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y","ttl":"1209600","created":"2025-01-01T00:00:00.000Z"}"#,
        outcome: Ok("rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y"),
    },
    // Source: [Api4Com, reference of the login](https://developers.api4com.com/operations/Users.loginUser.html).
    Case {
        name: "login, 200, reference",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"id":"YggyHfrLEHAWmKiUFbXsT93Tkw2xjwHUbwJ6mgw4Vz5YGubReFGw34HmhrhZDUBM","ttl":0,"created":"2025-01-01T00:00:00Z"}"#,
        outcome: Ok("YggyHfrLEHAWmKiUFbXsT93Tkw2xjwHUbwJ6mgw4Vz5YGubReFGw34HmhrhZDUBM"),
    },
    // Assumed: Measured on an unchanged LoopBack 3, which Api4Com's own code says its service is.
    Case {
        name: "login, 200, withUser",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"id":"rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y","ttl":1209600,"created":"2026-11-21T19:52:24.719Z","userId":1}"#,
        outcome: Ok("rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y"),
    },
    Case {
        name: "login, 400, missing",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":400,"name":"Error","message":"username or email is required","code":"USERNAME_EMAIL_REQUIRED"}}"#,
        outcome: Err(ErrorKind::LoginRefused),
    },
    Case {
        name: "login, 400, noText",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":400,"name":"Error","message":"Invalid email","code":"INVALID_EMAIL"}}"#,
        outcome: Err(ErrorKind::LoginRefused),
    },
    // Assumed: Api4Com's own code reads the code; status and text are those of an unchanged LoopBack 3.
    Case {
        name: "login, 401, refused",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"login failed","code":"LOGIN_FAILED"}}"#,
        outcome: Err(ErrorKind::LoginRefused),
    },
    // Assumed: Api4Com's own code reads the code; status, text and details are those of an unchanged LoopBack 3.
    Case {
        name: "login, 401, notConfirmed",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"login failed as the email has not been verified","code":"LOGIN_FAILED_EMAIL_NOT_VERIFIED","details":{"userId":1}}}"#,
        outcome: Err(ErrorKind::LoginRefused),
    },
    Case {
        name: "login, 429, limited",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 429,
        headers: &[
            ("content-type", "application/json"),
            ("retry-after", "60"),
            ("ratelimit-limit", "100"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "60"),
        ],
        body: r#"{"error":{"statusCode":429,"name":"TooManyRequests","message":"Too many requests, please try again later."}}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    Case {
        name: "login, 500, internal",
        operation: "login",
        verb: "POST",
        path: "/users/login",
        sent: Some(r#"{"email":"maria@example.com","password":"segredo-da-maria"}"#),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":500,"message":"Internal Server Error"}}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
];

static REQUESTS: [Case; 26] = [
    // Source: [Api4Com, Authentication](https://developers.api4com.com/authentication.html).
    Case {
        name: "createToken, 200, documented",
        operation: "createToken",
        verb: "POST",
        path: "/users/accessTokens",
        sent: Some(r#"{"ttl":2592000}"#),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"id":"rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y","ttl":"2592000","created":"2025-01-01T00:00:00.000Z"}"#,
        outcome: Ok(""),
    },
    // Assumed: The page's example breaks off within its date, which is completed here.
    Case {
        name: "createToken, 200, eternal",
        operation: "createToken",
        verb: "POST",
        path: "/users/accessTokens",
        sent: Some(r#"{"ttl":2592000}"#),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"id":"YggyHfrLEHAWmKiUFbXsT93Tkw2xjwHUbwJ6mgw4Vz5YGubReFGw34HmhrhZDUBM","ttl":-1,"created":"2025-01-01T00:00:00.000Z"}"#,
        outcome: Ok(""),
    },
    Case {
        name: "createToken, 400, syntax",
        operation: "createToken",
        verb: "POST",
        path: "/users/accessTokens",
        sent: Some(r#"{"ttl":2592000}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":400,"name":"SyntaxError","message":"Unexpected token in JSON at position 0"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "createToken, 401, unknown",
        operation: "createToken",
        verb: "POST",
        path: "/users/accessTokens",
        sent: Some(r#"{"ttl":2592000}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Authorization Required","code":"AUTHORIZATION_REQUIRED"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "createToken, 401, expired",
        operation: "createToken",
        verb: "POST",
        path: "/users/accessTokens",
        sent: Some(r#"{"ttl":2592000}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Invalid Access Token","code":"INVALID_TOKEN"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "createToken, 429, limited",
        operation: "createToken",
        verb: "POST",
        path: "/users/accessTokens",
        sent: Some(r#"{"ttl":2592000}"#),
        status: 429,
        headers: &[
            ("content-type", "application/json"),
            ("retry-after", "60"),
            ("ratelimit-limit", "100"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "60"),
        ],
        body: r#"{"error":{"statusCode":429,"name":"TooManyRequests","message":"Too many requests, please try again later."}}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    Case {
        name: "createToken, 500, internal",
        operation: "createToken",
        verb: "POST",
        path: "/users/accessTokens",
        sent: Some(r#"{"ttl":2592000}"#),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":500,"message":"Internal Server Error"}}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "logout, 401, gone",
        operation: "logout",
        verb: "POST",
        path: "/users/logout",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"accessToken is required to logout"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "logout, 401, expired",
        operation: "logout",
        verb: "POST",
        path: "/users/logout",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Invalid Access Token","code":"INVALID_TOKEN"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "logout, 429, limited",
        operation: "logout",
        verb: "POST",
        path: "/users/logout",
        sent: None,
        status: 429,
        headers: &[
            ("content-type", "application/json"),
            ("retry-after", "60"),
            ("ratelimit-limit", "100"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "60"),
        ],
        body: r#"{"error":{"statusCode":429,"name":"TooManyRequests","message":"Too many requests, please try again later."}}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    Case {
        name: "logout, 500, internal",
        operation: "logout",
        verb: "POST",
        path: "/users/logout",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":500,"message":"Internal Server Error"}}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "me, 200, documented",
        operation: "me",
        verb: "GET",
        path: "/users/me",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"uuid":"356b20ce-143f-4847-8cf1-a79959f4b390","name":"User Name","email":"user@domain.com","phone":"4833328530","role":"ADMIN","emailVerified":true,"createdAt":"2025-01-01T00:00:00.000Z","updatedAt":"2025-01-01T00:00:00.000Z","lastLoginAt":"2025-01-01T00:00:00.000Z"}"#,
        outcome: Ok(""),
    },
    Case {
        name: "me, 401, unknown",
        operation: "me",
        verb: "GET",
        path: "/users/me",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Authorization Required","code":"AUTHORIZATION_REQUIRED"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "me, 401, expired",
        operation: "me",
        verb: "GET",
        path: "/users/me",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Invalid Access Token","code":"INVALID_TOKEN"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "me, 429, limited",
        operation: "me",
        verb: "GET",
        path: "/users/me",
        sent: None,
        status: 429,
        headers: &[
            ("content-type", "application/json"),
            ("retry-after", "60"),
            ("ratelimit-limit", "100"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "60"),
        ],
        body: r#"{"error":{"statusCode":429,"name":"TooManyRequests","message":"Too many requests, please try again later."}}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    Case {
        name: "me, 500, internal",
        operation: "me",
        verb: "GET",
        path: "/users/me",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":500,"message":"Internal Server Error"}}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    // Assumed: The pages name the members; that those of the page are in `meta` is assumed.
    Case {
        name: "calls, 200, one",
        operation: "calls",
        verb: "GET",
        path: "/calls",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"data":[{"id":"3b46c0c6-5acc-4dfb-9ceb-14e37f1d3040","domain":"user.api4com.com","call_type":"outbound","started_at":"2025-01-01T00:00:00.000Z","ended_at":"2025-01-01T00:01:00.000Z","from":"1000","to":"4833328530","duration":60}],"meta":{"totalItemCount":1,"totalPageCount":1,"itemsPerPage":100,"currentPage":1}}"#,
        outcome: Ok(""),
    },
    Case {
        name: "calls, 401, unknown",
        operation: "calls",
        verb: "GET",
        path: "/calls",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Authorization Required","code":"AUTHORIZATION_REQUIRED"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "calls, 401, expired",
        operation: "calls",
        verb: "GET",
        path: "/calls",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Invalid Access Token","code":"INVALID_TOKEN"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "calls, 429, limited",
        operation: "calls",
        verb: "GET",
        path: "/calls",
        sent: None,
        status: 429,
        headers: &[
            ("content-type", "application/json"),
            ("retry-after", "60"),
            ("ratelimit-limit", "100"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "60"),
        ],
        body: r#"{"error":{"statusCode":429,"name":"TooManyRequests","message":"Too many requests, please try again later."}}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    Case {
        name: "calls, 500, internal",
        operation: "calls",
        verb: "GET",
        path: "/calls",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":500,"message":"Internal Server Error"}}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "users, 200, documented",
        operation: "users",
        verb: "GET",
        path: "/users",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"[{"uuid":"616f411f-61e2-4f25-b3f6-75c872771818","name":"Api4Com API de Voz","email":"suporte@api4com.com","phone":"4833328530","role":"ADMIN","emailVerified":true,"createdAt":"2021-01-01T00:00:00Z","updatedAt":"2021-01-01T00:00:00Z","lastLoginAt":"2021-01-01T00:00:00Z"}]"#,
        outcome: Ok(""),
    },
    Case {
        name: "users, 401, unknown",
        operation: "users",
        verb: "GET",
        path: "/users",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Authorization Required","code":"AUTHORIZATION_REQUIRED"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "users, 401, expired",
        operation: "users",
        verb: "GET",
        path: "/users",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":401,"name":"Error","message":"Invalid Access Token","code":"INVALID_TOKEN"}}"#,
        outcome: Err(ErrorKind::Status),
    },
    Case {
        name: "users, 429, limited",
        operation: "users",
        verb: "GET",
        path: "/users",
        sent: None,
        status: 429,
        headers: &[
            ("content-type", "application/json"),
            ("retry-after", "60"),
            ("ratelimit-limit", "100"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "60"),
        ],
        body: r#"{"error":{"statusCode":429,"name":"TooManyRequests","message":"Too many requests, please try again later."}}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    Case {
        name: "users, 500, internal",
        operation: "users",
        verb: "GET",
        path: "/users",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"error":{"statusCode":500,"message":"Internal Server Error"}}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
];

fn mock(server: &mut ServerGuard, case: &Case) -> Mock {
    let mock = server.mock(case.verb, case.path).with_status(case.status);
    let mock = case.headers.iter().fold(mock, |mock, (name, value)| mock.with_header(*name, value));
    mock.with_body(case.body).match_query(Matcher::Any)
}

fn client(server: &ServerGuard) -> Client {
    let builder = Client::builder().email("maria@example.com").password("segredo-da-maria").base_url(server.url());
    builder.options(|options| options.login_attempts(1)).build().expect("it is whole")
}

async fn request(client: &Client, case: &Case) -> Result<()> {
    match case.operation {
        "me" => client.me().await.map(drop),
        "calls" => {
            client.calls(&api4com_auth::CallsQuery::default()).next().await.map_or(Ok(()), |item| item.map(drop))
        }
        _ => other(client, case).await,
    }
}

async fn other(client: &Client, case: &Case) -> Result<()> {
    let method = Method::from_bytes(case.verb.as_bytes()).expect("it is one");
    let request = client.request(method, case.path.trim_start_matches('/'));
    let request = match case.sent {
        Some(sent) => request.json(&serde_json::from_str::<Value>(sent).expect("it is JSON")),
        None => request,
    };
    request.fetch::<Value>().await.map(drop)
}

#[test]
fn a_field_that_is_missing_from_an_answer_is_none() {
    let me: api4com_auth::Me = serde_json::from_str("{}").expect("it is an object");
    assert_eq!(me.uuid, None);
    assert_eq!(me.name, None);
    assert_eq!(me.email, None);
    assert_eq!(me.phone, None);
    assert_eq!(me.role, None);
    assert_eq!(me.email_verified, None);
    assert_eq!(me.created_at, None);
    assert_eq!(me.updated_at, None);
    assert_eq!(me.last_login_at, None);
    let call: api4com_auth::Call = serde_json::from_str("{}").expect("it is an object");
    assert_eq!(call.id, None);
    assert_eq!(call.domain, None);
    assert_eq!(call.call_type, None);
    assert_eq!(call.started_at, None);
    assert_eq!(call.ended_at, None);
    assert_eq!(call.from, None);
    assert_eq!(call.to, None);
    assert_eq!(call.duration, None);
    assert_eq!(call.hangup_cause, None);
    assert_eq!(call.record_url, None);
    assert_eq!(call.email, None);
    assert_eq!(call.first_name, None);
    assert_eq!(call.last_name, None);
    assert_eq!(call.bina, None);
    assert_eq!(call.minute_price, None);
    assert_eq!(call.call_price, None);
    assert_eq!(call.metadata, serde_json::Value::Null);
}

#[tokio::test]
async fn one_login_of_the_account_serves_every_request_until_its_token_is_refused() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let header = case.outcome.unwrap_or_default();
    let login = mock(&mut server, case).match_header("authorization", Matcher::Missing).match_body(
        Matcher::JsonString(r#"{"email": "maria@example.com", "password": "segredo-da-maria"}"#.to_owned()),
    );
    let login = login.expect(2).create_async().await;
    let good = server.mock("GET", "/good").match_header("authorization", header).expect(2).create_async().await;
    let refused = server.mock("GET", "/refused").match_header("authorization", header).with_status(401);
    let refused = refused.expect(2).create_async().await;
    let client = client(&server);
    for _ in 0..2 {
        client.get("good").error_for_status().await.expect("it is answered with 200");
    }
    assert_eq!(client.stats().logins, 1);
    assert_eq!(client.get("refused").send().await.expect("the second 401 is an answer").status(), 401);
    for mock in [login, good, refused] {
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn a_refused_login_is_an_error_for_all_callers_and_is_not_repeated() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let refused = mock(&mut server, case).with_status(401).with_body("{}").expect(1).create_async().await;
    let client = client(&server);
    for _ in 0..2 {
        let error = client.headers().await.expect_err("the secrets are wrong");
        assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    }
    refused.assert_async().await;
}

/// An answer to a login, and the lifetime of its token in seconds, or `None` if it never expires.
struct Lifetime {
    says: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    seconds: Option<u64>,
}

const LIFETIMES: [Lifetime; 3] = [
    Lifetime {
        says: "`ttl` since `created`, where `-1` means for ever",
        headers: &[("content-type", "application/json"), ("date", "Tue, 17 Feb 2026 10:25:20 GMT")],
        body: r#"{"created":"2026-02-17T10:25:19Z","id":"t0k3n","ttl":2}"#,
        seconds: Some(1),
    },
    Lifetime {
        says: "`ttl` since `created`, where `-1` means for ever",
        headers: &[("content-type", "application/json"), ("date", "Tue, 17 Feb 2026 10:25:20 GMT")],
        body: r#"{"id":"t0k3n","ttl":-1}"#,
        seconds: None,
    },
    Lifetime {
        says: "14 days",
        headers: &[("content-type", "application/json"), ("date", "Tue, 17 Feb 2026 10:25:20 GMT")],
        body: r#"{"id":"t0k3n"}"#,
        seconds: Some(1_209_600),
    },
];

#[tokio::test]
async fn each_form_of_a_lifetime_is_read_and_an_expired_token_replaced_by_a_login() {
    // At once, because some wait for an expiry.
    let mut forms = tokio::task::JoinSet::new();
    for it in LIFETIMES {
        forms.spawn(async move {
            let mut server = Server::new_async().await;
            let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
            let logins = if it.seconds == Some(1) { 2 } else { 1 };
            let login = mock(&mut server, &Case { headers: it.headers, body: it.body, ..*case });
            let login = login.expect(logins).create_async().await;
            let client = client(&server);
            let lives = client.credential().await.expect("it is a login").lifetime().map(|lifetime| lifetime.as_secs());
            assert_eq!(lives, it.seconds, "{}", it.says);
            if logins == 2 {
                // A token that lives a second is used for half of it.
                tokio::time::sleep(std::time::Duration::from_millis(600)).await;
                client.headers().await.expect("it is another login");
            }
            login.assert_async().await;
        });
    }
    forms.join_all().await;
}

#[tokio::test]
async fn an_answer_to_a_login_without_a_token_is_an_error() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let tokenless = Case { body: "{}", ..*case };
    mock(&mut server, &tokenless).create_async().await;
    let error = client(&server).headers().await.expect_err("it has no token");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn a_secret_that_has_changed_is_sent_with_the_next_login() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let old = mock(&mut server, case)
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::JsonString(r#"{"email": "maria@example.com", "password": "segredo-da-maria"}"#.to_owned()))
        .expect(1)
        .create_async()
        .await;
    let new = mock(&mut server, case)
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::JsonString(r#"{"email": "maria@example.com", "password": "changed"}"#.to_owned()))
        .expect(1)
        .create_async()
        .await;
    let readings = AtomicU32::new(0);
    let is_first = move || readings.fetch_add(1, Relaxed) == 0;
    let secret =
        Secret::from_fn(move || ready(Result::<&str>::Ok(if is_first() { "segredo-da-maria" } else { "changed" })));
    let builder = Client::builder()
        .email("maria@example.com")
        .password("segredo-da-maria")
        .password(secret)
        .base_url(server.url());
    let client = builder.build().expect("it is whole");
    for _ in 0..2 {
        let session = client.credential().await.expect("it is a login");
        client.forget(&session);
    }
    for mock in [old, new] {
        mock.assert_async().await;
    }
}

/// Code for several providers needs no adapter.
#[tokio::test]
async fn code_for_any_provider_gets_the_token_and_its_lifetime() {
    async fn seen<L: Login>(client: auth_core::Client<L>) -> (Option<String>, bool) {
        let session = client.credential().await.expect("it is a login");
        (session.token().map(|token| token.expose_secret().to_owned()), session.expiry() == Expiry::Never)
    }
    for case in LOGINS.iter().filter(|case| case.outcome.is_ok()) {
        let mut server = Server::new_async().await;
        mock(&mut server, case).create_async().await;
        let header = case.outcome.unwrap_or_default();
        let good = server.mock("GET", "/good").match_header("authorization", header).expect(1).create_async().await;
        let client = client(&server);
        let session = client.credential().await.expect("it is a login");
        let own = (Some(session.token().expose_secret().to_owned()), session.lifetime().is_none());
        let any: Arc<dyn Authorize> = Arc::new(client.clone());
        let headers = client.headers().await.expect("a credential");
        assert_eq!(any.headers().await.expect("a credential"), headers, "{}", case.name);
        any.send(reqwest::Client::new().get(server.url() + "/good")).await.expect("it is answered");
        good.assert_async().await;
        assert_eq!(seen(client.into()).await, own, "{}", case.name);
    }
}

#[tokio::test]
async fn each_answer_to_a_login_is_a_credential_or_the_error_that_the_contract_states() {
    for case in &LOGINS {
        let mut server = Server::new_async().await;
        let login = mock(&mut server, case).expect(1).create_async().await;
        let client = client(&server);
        let headers = client.headers().await;
        login.assert_async().await;
        let shown = format!("{client:?} {headers:?} {:?}", client.cached());
        match (case.outcome, headers) {
            (Ok(header), Ok(headers)) => {
                assert_eq!(headers["authorization"], header, "{}", case.name);
                assert!(!shown.contains(header), "{}: {shown}", case.name);
            }
            (Err(kind), Err(error)) => assert_eq!(error.kind(), kind, "{}: {error}", case.name),
            (outcome, headers) => panic!("{}: {headers:?} instead of {outcome:?}", case.name),
        }
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", case.name);
    }
}

#[cfg(feature = "store")]
#[tokio::test]
async fn a_session_that_another_process_restores_is_the_same() {
    for case in LOGINS.iter().filter(|case| case.outcome.is_ok()) {
        let mut server = Server::new_async().await;
        mock(&mut server, case).create_async().await;
        let client = client(&server);
        let made = client.credential().await.expect("it is a login");
        let saved = made.save().expect("it can be saved");
        let restored = Session::restore(saved.expose_secret()).expect("it can be restored");
        let mut headers = HeaderMap::new();
        restored.authorize(&mut headers);
        assert_eq!(headers["authorization"], case.outcome.unwrap_or_default(), "{}", case.name);
        assert_eq!(format!("{restored:?}"), format!("{:?}", *made), "{}", case.name);
    }
}

#[cfg(feature = "store")]
#[tokio::test]
async fn a_second_process_adopts_the_login_of_its_account_and_of_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    mock(&mut server, case).create_async().await;
    let builder = || Client::builder().email("maria@example.com").password("segredo-da-maria").base_url(server.url());
    let process = async |builder: Builder| {
        let keys = KeyRing::new("9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=").expect("32 bytes");
        let store = SharedStore::new(FileStore::at(folder.path()).expect("an absolute path"), keys);
        let client = builder.shared_store(store).build().expect("it is whole");
        client.headers().await.expect("a credential");
        (client.stats().logins, client.stats().adopted)
    };
    assert_eq!(process(builder()).await, (1, 0));
    assert_eq!(process(builder()).await, (0, 1));
    assert_eq!(process(builder().email("changed")).await, (1, 0));
    assert_eq!(process(builder().password("changed")).await, (1, 0));
}

#[tokio::test]
async fn each_answer_to_a_request_is_read_or_is_the_error_that_the_contract_states() {
    for case in &REQUESTS {
        let mut server = Server::new_async().await;
        let good = |login: &&Case| login.outcome.is_ok();
        let login = LOGINS.iter().find(good).expect("a login that succeeds");
        mock(&mut server, login).create_async().await;
        let mock = mock(&mut server, case);
        let mock = match case.sent {
            Some(sent) => mock.match_body(Matcher::JsonString(sent.to_owned())),
            None => mock,
        };
        mock.create_async().await;
        let client = client(&server);
        let outcome = request(&client, case).await;
        let shown = format!("{outcome:?}");
        assert_eq!(outcome.map_err(|error| error.kind()).err(), case.outcome.err(), "{}: {shown}", case.name);
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", case.name);
    }
}

#[test]
fn a_client_is_built_outside_a_runtime_is_shared_by_threads_and_shows_no_secret() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let builder = Client::builder().email("maria@example.com").password("segredo-da-maria");
    let shown = format!("{builder:?}");
    let client = builder.build().expect("it is whole");
    shared(&client);
    let shown = format!("{shown} {client:?} {:?} {:?}", client.account(), client.get("x"));
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

/// Two accounts differ if and only if one of these settings differs.
#[test]
fn accounts_are_equal_if_they_log_in_at_the_same_place_with_the_same_secrets() {
    let builder = || Client::builder().email("maria@example.com").password("segredo-da-maria");
    let account = builder().account().expect("an account");
    assert_eq!(account, builder().account().expect("an account"));
    let changed =
        [builder().base_url("https://elsewhere.example"), builder().email("changed"), builder().password("changed")];
    for changed in changed {
        assert_ne!(account, changed.account().expect("an account"));
    }
}

/// A JWT that expires in 2100, and one that expired in 1970.
const JWTS: [&str; 2] = ["e30.eyJleHAiOjQxMDI0NDQ4MDB9.x", "e30.eyJpYXQiOjEwMDAsImV4cCI6MTA2MH0.x"];

/// An existing token needs no login, and its 401 reaches the caller.
#[tokio::test]
async fn a_given_token_serves_until_it_is_refused_and_nothing_logs_in() {
    let mut server = Server::new_async().await;
    let header = "t0k3n-dado";
    let good = server.mock("GET", "/good").match_header("authorization", header).expect(2).create_async().await;
    let refused = server.mock("GET", "/refused").match_header("authorization", header).with_status(401);
    let refused = refused.expect(1).create_async().await;
    let login = server.mock("POST", Matcher::Any).expect(0).create_async().await;
    let builder = Client::builder().token("t0k3n-dado\n").base_url(server.url());
    let shown = format!("{builder:?}");
    let client = builder.build().expect("a line's end is no part of a token");
    for _ in 0..2 {
        client.get("good").error_for_status().await.expect("it is answered with 200");
    }
    assert_eq!(client.get("refused").send().await.expect("a 401 is an answer").status(), 401);
    for mock in [good, refused, login] {
        mock.assert_async().await;
    }
    assert!(client.account().is_none() && client.stats().logins == 0);
    let shown = format!("{shown} {client:?} {:?}", client.cached());
    assert!(!shown.contains("t0k3n"), "{shown}");
}

/// A JWT states its own expiry.
#[tokio::test]
async fn a_given_jwt_is_used_until_it_expires() {
    let [lives, over] = JWTS.map(|token| Client::builder().token(token).build().expect("it is a token"));
    assert!(matches!(lives.credential().await.expect("it is not over").expiry(), Expiry::In(_)));
    let error = over.get("good").send().await.expect_err("it is over");
    assert_eq!(error.kind(), ErrorKind::LoginRequired, "{error}");
    let opaque = Client::builder().token("t0k3n-dado").build().expect("it is a token");
    assert_eq!(opaque.credential().await.expect("nothing says that it ends").expiry(), Expiry::Never);
}

/// The error shows no part of the token.
#[test]
fn a_given_token_that_no_header_can_carry_is_refused() {
    for token in ["", " ", "Bearer t0k3n", "t0k3n dado", "t0k3n\ndado", "t0k3n\0", "t0k3n-dádo", " t0k3n"] {
        let error = Client::builder().token(token).build().expect_err("no header can carry it");
        assert_eq!(error.kind(), ErrorKind::Config, "{token:?}");
        assert!(!format!("{error} {error:?}").contains("t0k3n"), "{error:?}");
    }
}

/// A token or an account, never parts of both.
#[test]
fn a_builder_and_the_variables_have_either_a_token_or_an_account() {
    let parts = [Client::builder().email("maria@example.com"), Client::builder().password("segredo-da-maria")];
    for beside in parts.map(|part| part.token("t0k3n")) {
        for error in [beside.clone().account().map(drop), beside.build().map(drop)].map(Result::unwrap_err) {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().starts_with("the builder has a token"), "{error}");
        }
    }
    let account = [("API4COM_EMAIL", "maria@example.com"), ("API4COM_PASSWORD", "segredo-da-maria")];
    let token = [("API4COM_TOKEN", "t0k3n"), ("API4COM_BASE_URL", "https://proxy.example/x")];
    let from = |pairs: &[(&str, &str)]| {
        let read = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Client::from_vars(read).map_err(|error| error.to_string())
    };
    let client = from(&token).expect("a token is enough");
    assert_eq!(client.http().base_url().as_str(), "https://proxy.example/x/");
    assert!(client.account().is_none());
    assert_eq!(client.cached().map(|session| session.token().expose_secret().to_owned()).as_deref(), Some("t0k3n"));
    let whole = from(&account).expect("an account is enough");
    assert!(whole.account().is_some());
    let either = "set either API4COM_TOKEN, or API4COM_EMAIL and API4COM_PASSWORD";
    for pairs in [&[][..], &[token.as_slice(), account.as_slice()].concat()] {
        assert_eq!(from(pairs).expect_err("neither, or both"), either);
    }
}
