// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! Tests of each example of the contract against a mock server: its result, and that no secret is shown.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use mockito::{Matcher, Mock, Server, ServerGuard};
use signed_api_auth::Client;
use signed_api_auth::auth_core::http::Method;
use signed_api_auth::auth_core::serde_json::{self, Value};
use signed_api_auth::auth_core::{self, Authorize, Credential, ErrorKind, Expiry, Login, Result, Secret, reqwest};
#[cfg(feature = "store")]
use signed_api_auth::{
    Builder, Session,
    auth_core::http::HeaderMap,
    auth_core::secrecy::ExposeSecret,
    auth_core::store::{FileStore, KeyRing, Persist, SharedStore},
};

/// An example with its name, its request and its answer.
struct Case {
    name: &'static str,
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

const SECRETS: [&str; 1] = ["a-chave-secreta-do-integrador"];

const LOGINS: [Case; 6] = [
    Case {
        name: "login, 200, documented",
        verb: "POST",
        path: "/v1/auth/login",
        sent: Some(r#"{"apiKey":"a-chave-secreta-do-integrador"}"#),
        status: 200,
        headers: &[("content-type", "application/json"), ("date", "Tue, 17 Feb 2026 10:25:20 GMT")],
        body: r#"{"status":"success","data":{"accessToken":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhcGktY2xpZW50LTEiLCJpYXQiOjE3NzEzMjM5MjAsImV4cCI6MTc3MTMzMTEyMH0.c8vlv77jAF61PaQ5qojcgw-Ksi3bRhRgen8DJuHGn4k","signatureToken":"a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6","expireAt":"2026-02-17T12:25:20.611Z"}}"#,
        outcome: Ok(
            "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhcGktY2xpZW50LTEiLCJpYXQiOjE3NzEzMjM5MjAsImV4cCI6MTc3MTMzMTEyMH0.c8vlv77jAF61PaQ5qojcgw-Ksi3bRhRgen8DJuHGn4k",
        ),
    },
    // Assumed: The documentation shows successes only. A `status` in the body would say nothing if it were always
    // `success`.
    Case {
        name: "login, 200, refused",
        verb: "POST",
        path: "/v1/auth/login",
        sent: Some(r#"{"apiKey":"a-chave-secreta-do-integrador"}"#),
        status: 200,
        headers: &[("content-type", "application/json"), ("date", "Tue, 17 Feb 2026 10:25:20 GMT")],
        body: r#"{"status":"error","messages":["Account disabled"]}"#,
        outcome: Err(ErrorKind::LoginRefused),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "login, 400, missing",
        verb: "POST",
        path: "/v1/auth/login",
        sent: Some(r#"{"apiKey":"a-chave-secreta-do-integrador"}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["apiKey is required"]}"#,
        outcome: Err(ErrorKind::LoginRefused),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "login, 401, refused",
        verb: "POST",
        path: "/v1/auth/login",
        sent: Some(r#"{"apiKey":"a-chave-secreta-do-integrador"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid API key"]}"#,
        outcome: Err(ErrorKind::LoginRefused),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "login, 429, limited",
        verb: "POST",
        path: "/v1/auth/login",
        sent: Some(r#"{"apiKey":"a-chave-secreta-do-integrador"}"#),
        status: 429,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Too many requests"]}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "login, 500, internal",
        verb: "POST",
        path: "/v1/auth/login",
        sent: Some(r#"{"apiKey":"a-chave-secreta-do-integrador"}"#),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
];

static REQUESTS: [Case; 63] = [
    Case {
        name: "changePassword, 200, documented",
        verb: "POST",
        path: "/v1/auth/change-password",
        sent: Some(r#"{"currentPassword":"segredo-da-maria","newPassword":"outro-segredo-da-maria"}"#),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","messages":["Password updated successfully"]}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "changePassword, 400, wrong",
        verb: "POST",
        path: "/v1/auth/change-password",
        sent: Some(r#"{"currentPassword":"segredo-da-maria","newPassword":"outro-segredo-da-maria"}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "changePassword, 401, token",
        verb: "POST",
        path: "/v1/auth/change-password",
        sent: Some(r#"{"currentPassword":"segredo-da-maria","newPassword":"outro-segredo-da-maria"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong password has, nor shows the body of an error.
    Case {
        name: "changePassword, 401, password",
        verb: "POST",
        path: "/v1/auth/change-password",
        sent: Some(r#"{"currentPassword":"segredo-da-maria","newPassword":"outro-segredo-da-maria"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Current password is incorrect"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "changePassword, 429, limited",
        verb: "POST",
        path: "/v1/auth/change-password",
        sent: Some(r#"{"currentPassword":"segredo-da-maria","newPassword":"outro-segredo-da-maria"}"#),
        status: 429,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Too many requests"]}"#,
        outcome: Err(ErrorKind::RateLimited),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "changePassword, 500, internal",
        verb: "POST",
        path: "/v1/auth/change-password",
        sent: Some(r#"{"currentPassword":"segredo-da-maria","newPassword":"outro-segredo-da-maria"}"#),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "profiles, 200, documented",
        verb: "GET",
        path: "/v1/profile",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":[{"id":"507f1f77bcf86cd799439011","email":"casino@example.com","description":"My Casino","avatarUrl":"https://cdn.example.com/logo.png","profileType":"cassino","createdAt":"2025-01-01T10:00:00.000Z"}],"pagination":{"pageIndex":1,"pageSize":20,"totalCount":1}}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "profiles, 400, wrong",
        verb: "GET",
        path: "/v1/profile",
        sent: None,
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "profiles, 401, token",
        verb: "GET",
        path: "/v1/profile",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "profiles, 401, signature",
        verb: "GET",
        path: "/v1/profile",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "profiles, 500, internal",
        verb: "GET",
        path: "/v1/profile",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "createProfile, 201, documented",
        verb: "POST",
        path: "/v1/profile",
        sent: Some(r#"{"description":"My Casino","email":"casino@example.com","profileType":"demo"}"#),
        status: 201,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":{"profileId":"507f1f77bcf86cd799439011"}}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createProfile, 400, wrong",
        verb: "POST",
        path: "/v1/profile",
        sent: Some(r#"{"description":"My Casino","email":"casino@example.com","profileType":"demo"}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createProfile, 401, token",
        verb: "POST",
        path: "/v1/profile",
        sent: Some(r#"{"description":"My Casino","email":"casino@example.com","profileType":"demo"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "createProfile, 401, signature",
        verb: "POST",
        path: "/v1/profile",
        sent: Some(r#"{"description":"My Casino","email":"casino@example.com","profileType":"demo"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createProfile, 403, forbidden",
        verb: "POST",
        path: "/v1/profile",
        sent: Some(r#"{"description":"My Casino","email":"casino@example.com","profileType":"demo"}"#),
        status: 403,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Forbidden"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createProfile, 500, internal",
        verb: "POST",
        path: "/v1/profile",
        sent: Some(r#"{"description":"My Casino","email":"casino@example.com","profileType":"demo"}"#),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "updateProfile, 200, documented",
        verb: "PUT",
        path: "/v1/profile/507f1f77bcf86cd799439011",
        sent: Some(r#"{"description":"My Other Casino"}"#),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success"}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "updateProfile, 400, wrong",
        verb: "PUT",
        path: "/v1/profile/507f1f77bcf86cd799439011",
        sent: Some(r#"{"description":"My Other Casino"}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "updateProfile, 401, token",
        verb: "PUT",
        path: "/v1/profile/507f1f77bcf86cd799439011",
        sent: Some(r#"{"description":"My Other Casino"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "updateProfile, 401, signature",
        verb: "PUT",
        path: "/v1/profile/507f1f77bcf86cd799439011",
        sent: Some(r#"{"description":"My Other Casino"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "updateProfile, 403, forbidden",
        verb: "PUT",
        path: "/v1/profile/507f1f77bcf86cd799439011",
        sent: Some(r#"{"description":"My Other Casino"}"#),
        status: 403,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Forbidden"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "updateProfile, 404, unknown",
        verb: "PUT",
        path: "/v1/profile/507f1f77bcf86cd799439011",
        sent: Some(r#"{"description":"My Other Casino"}"#),
        status: 404,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Not found"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "updateProfile, 500, internal",
        verb: "PUT",
        path: "/v1/profile/507f1f77bcf86cd799439011",
        sent: Some(r#"{"description":"My Other Casino"}"#),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "users, 200, documented",
        verb: "GET",
        path: "/v1/user",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":[{"id":"507f1f77bcf86cd799439022","credential":"player@example.com","credentialType":"email","balance":1250.5,"profileId":"507f1f77bcf86cd799439011","createdAt":"2025-01-02T11:00:00.000Z"}],"pagination":{"pageIndex":1,"pageSize":20,"totalCount":1,"totalPages":1}}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "users, 400, wrong",
        verb: "GET",
        path: "/v1/user",
        sent: None,
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "users, 401, token",
        verb: "GET",
        path: "/v1/user",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "users, 401, signature",
        verb: "GET",
        path: "/v1/user",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "users, 500, internal",
        verb: "GET",
        path: "/v1/user",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "authenticateUser, 200, documented",
        verb: "POST",
        path: "/v1/user/auth",
        sent: Some(
            r#"{"credential":"player@example.com","credentialType":"email","profileId":"507f1f77bcf86cd799439011"}"#,
        ),
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":{"userToken":"user_token_value","userId":"507f1f77bcf86cd799439022"}}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "authenticateUser, 400, wrong",
        verb: "POST",
        path: "/v1/user/auth",
        sent: Some(
            r#"{"credential":"player@example.com","credentialType":"email","profileId":"507f1f77bcf86cd799439011"}"#,
        ),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "authenticateUser, 401, token",
        verb: "POST",
        path: "/v1/user/auth",
        sent: Some(
            r#"{"credential":"player@example.com","credentialType":"email","profileId":"507f1f77bcf86cd799439011"}"#,
        ),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "authenticateUser, 401, signature",
        verb: "POST",
        path: "/v1/user/auth",
        sent: Some(
            r#"{"credential":"player@example.com","credentialType":"email","profileId":"507f1f77bcf86cd799439011"}"#,
        ),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "authenticateUser, 403, forbidden",
        verb: "POST",
        path: "/v1/user/auth",
        sent: Some(
            r#"{"credential":"player@example.com","credentialType":"email","profileId":"507f1f77bcf86cd799439011"}"#,
        ),
        status: 403,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Forbidden"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "authenticateUser, 500, internal",
        verb: "POST",
        path: "/v1/user/auth",
        sent: Some(
            r#"{"credential":"player@example.com","credentialType":"email","profileId":"507f1f77bcf86cd799439011"}"#,
        ),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "gameSessions, 200, documented",
        verb: "GET",
        path: "/v1/game/session",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":[{"sessionId":"507f1f77bcf86cd799439099","gameId":"507f191e810c19729de860ea","userId":"507f1f77bcf86cd799439022","betWins":0,"totalBets":0,"createdAt":"2025-01-02T11:30:00.000Z","expiresAt":"2025-01-02T13:30:00.000Z"}]}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "gameSessions, 400, wrong",
        verb: "GET",
        path: "/v1/game/session",
        sent: None,
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "gameSessions, 401, token",
        verb: "GET",
        path: "/v1/game/session",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "gameSessions, 401, signature",
        verb: "GET",
        path: "/v1/game/session",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "gameSessions, 500, internal",
        verb: "GET",
        path: "/v1/game/session",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "createGameSession, 201, documented",
        verb: "POST",
        path: "/v1/game/session",
        sent: Some(r#"{"balance":100,"gameId":"507f191e810c19729de860ea","userToken":"user_token_value"}"#),
        status: 201,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":{"sessionId":"507f1f77bcf86cd799439099","gameUrl":"https://scratch.play.xigsapi.com?ssid=507f1f77bcf86cd799439099","expiresAt":"2025-01-02T13:30:00.000Z"}}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createGameSession, 400, wrong",
        verb: "POST",
        path: "/v1/game/session",
        sent: Some(r#"{"balance":100,"gameId":"507f191e810c19729de860ea","userToken":"user_token_value"}"#),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createGameSession, 401, token",
        verb: "POST",
        path: "/v1/game/session",
        sent: Some(r#"{"balance":100,"gameId":"507f191e810c19729de860ea","userToken":"user_token_value"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "createGameSession, 401, signature",
        verb: "POST",
        path: "/v1/game/session",
        sent: Some(r#"{"balance":100,"gameId":"507f191e810c19729de860ea","userToken":"user_token_value"}"#),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createGameSession, 403, forbidden",
        verb: "POST",
        path: "/v1/game/session",
        sent: Some(r#"{"balance":100,"gameId":"507f191e810c19729de860ea","userToken":"user_token_value"}"#),
        status: 403,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Forbidden"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createGameSession, 404, unknown",
        verb: "POST",
        path: "/v1/game/session",
        sent: Some(r#"{"balance":100,"gameId":"507f191e810c19729de860ea","userToken":"user_token_value"}"#),
        status: 404,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Not found"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createGameSession, 500, internal",
        verb: "POST",
        path: "/v1/game/session",
        sent: Some(r#"{"balance":100,"gameId":"507f191e810c19729de860ea","userToken":"user_token_value"}"#),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "webhooks, 200, documented",
        verb: "GET",
        path: "/v1/webhook",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":[{"id":"507f1f77bcf86cd799439077","url":"https://hooks.example.com/igaming","eventTriggers":["open-round","close-round"],"signatureToken":"9f1e2d3c-4b5a-6789-0123-456789abcdef","status":"active","createdAt":"2025-01-02T10:00:00.000Z","lastTriggered":null,"failureCount":0,"successCount":0}]}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "webhooks, 401, token",
        verb: "GET",
        path: "/v1/webhook",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "webhooks, 401, signature",
        verb: "GET",
        path: "/v1/webhook",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "webhooks, 500, internal",
        verb: "GET",
        path: "/v1/webhook",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "createWebhook, 201, documented",
        verb: "POST",
        path: "/v1/webhook",
        sent: Some(
            r#"{"eventTriggers":["open-round","close-round"],"signatureToken":"9f1e2d3c-4b5a-6789-0123-456789abcdef","url":"https://hooks.example.com/igaming"}"#,
        ),
        status: 201,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":{"webhookId":"507f1f77bcf86cd799439077"}}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createWebhook, 400, wrong",
        verb: "POST",
        path: "/v1/webhook",
        sent: Some(
            r#"{"eventTriggers":["open-round","close-round"],"signatureToken":"9f1e2d3c-4b5a-6789-0123-456789abcdef","url":"https://hooks.example.com/igaming"}"#,
        ),
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createWebhook, 401, token",
        verb: "POST",
        path: "/v1/webhook",
        sent: Some(
            r#"{"eventTriggers":["open-round","close-round"],"signatureToken":"9f1e2d3c-4b5a-6789-0123-456789abcdef","url":"https://hooks.example.com/igaming"}"#,
        ),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "createWebhook, 401, signature",
        verb: "POST",
        path: "/v1/webhook",
        sent: Some(
            r#"{"eventTriggers":["open-round","close-round"],"signatureToken":"9f1e2d3c-4b5a-6789-0123-456789abcdef","url":"https://hooks.example.com/igaming"}"#,
        ),
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createWebhook, 409, conflict",
        verb: "POST",
        path: "/v1/webhook",
        sent: Some(
            r#"{"eventTriggers":["open-round","close-round"],"signatureToken":"9f1e2d3c-4b5a-6789-0123-456789abcdef","url":"https://hooks.example.com/igaming"}"#,
        ),
        status: 409,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Webhook already exists"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "createWebhook, 500, internal",
        verb: "POST",
        path: "/v1/webhook",
        sent: Some(
            r#"{"eventTriggers":["open-round","close-round"],"signatureToken":"9f1e2d3c-4b5a-6789-0123-456789abcdef","url":"https://hooks.example.com/igaming"}"#,
        ),
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
    Case {
        name: "webhookLogs, 200, documented",
        verb: "GET",
        path: "/v1/webhook/507f1f77bcf86cd799439077",
        sent: None,
        status: 200,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"success","data":[{"id":"log_001","webhookId":"507f1f77bcf86cd799439077","eventType":"open-round","payload":{"example":"payload"},"responseCode":200,"responseBody":"OK","success":true,"duration":120,"timestamp":"2025-01-02T12:00:00.000Z","retryCount":0,"errorMessage":null}],"pagination":{"pageIndex":1,"pageSize":20,"totalCount":1,"successCount":1,"failureCount":0}}"#,
        outcome: Ok(""),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "webhookLogs, 400, wrong",
        verb: "GET",
        path: "/v1/webhook/507f1f77bcf86cd799439077",
        sent: None,
        status: 400,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Bad request"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "webhookLogs, 401, token",
        verb: "GET",
        path: "/v1/webhook/507f1f77bcf86cd799439077",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Unauthorized"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page says which status a wrong signature has, nor shows the body of an error.
    Case {
        name: "webhookLogs, 401, signature",
        verb: "GET",
        path: "/v1/webhook/507f1f77bcf86cd799439077",
        sent: None,
        status: 401,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Invalid signature"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "webhookLogs, 404, unknown",
        verb: "GET",
        path: "/v1/webhook/507f1f77bcf86cd799439077",
        sent: None,
        status: 404,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Not found"]}"#,
        outcome: Err(ErrorKind::Status),
    },
    // Assumed: No page shows the body of an error; this one is made like those of successes that carry a message.
    Case {
        name: "webhookLogs, 500, internal",
        verb: "GET",
        path: "/v1/webhook/507f1f77bcf86cd799439077",
        sent: None,
        status: 500,
        headers: &[("content-type", "application/json")],
        body: r#"{"status":"error","messages":["Internal server error"]}"#,
        outcome: Err(ErrorKind::Unavailable),
    },
];

fn mock(server: &mut ServerGuard, case: &Case) -> Mock {
    let mock = server.mock(case.verb, case.path).with_status(case.status);
    let mock = case.headers.iter().fold(mock, |mock, (name, value)| mock.with_header(*name, value));
    mock.with_body(case.body)
}

fn client(server: &ServerGuard) -> Client {
    let builder = Client::builder()
        .api_key("a-chave-secreta-do-integrador")
        .base_url("https://api.provider.example")
        .base_url(server.url());
    builder.options(|options| options.login_attempts(1)).build().expect("it is whole")
}

async fn request(client: &Client, case: &Case) -> Result<()> {
    other(client, case).await
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

#[tokio::test]
async fn one_login_of_the_account_serves_every_request_until_its_token_is_refused() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let header = case.outcome.unwrap_or_default();
    let login = mock(&mut server, case)
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::JsonString(r#"{"apiKey": "a-chave-secreta-do-integrador"}"#.to_owned()));
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
async fn a_secret_that_has_changed_is_sent_with_the_next_login() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let old = mock(&mut server, case)
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::JsonString(r#"{"apiKey": "a-chave-secreta-do-integrador"}"#.to_owned()))
        .expect(1)
        .create_async()
        .await;
    let new = mock(&mut server, case)
        .match_header("authorization", Matcher::Missing)
        .match_body(Matcher::JsonString(r#"{"apiKey": "changed"}"#.to_owned()))
        .expect(1)
        .create_async()
        .await;
    let readings = AtomicU32::new(0);
    let is_first = move || readings.fetch_add(1, Relaxed) == 0;
    let secret = Secret::from_fn(move || {
        ready(Result::<&str>::Ok(if is_first() { "a-chave-secreta-do-integrador" } else { "changed" }))
    });
    let builder = Client::builder()
        .api_key("a-chave-secreta-do-integrador")
        .base_url("https://api.provider.example")
        .api_key(secret)
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
                assert!(!shown.contains(header.trim_start_matches("Bearer ")), "{}: {shown}", case.name);
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
    let builder = || {
        Client::builder()
            .api_key("a-chave-secreta-do-integrador")
            .base_url("https://api.provider.example")
            .base_url(server.url())
    };
    let process = async |builder: Builder| {
        let keys = KeyRing::new("9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=").expect("32 bytes");
        let store = SharedStore::new(FileStore::at(folder.path()).expect("an absolute path"), keys);
        let client = builder.shared_store(store).build().expect("it is whole");
        client.headers().await.expect("a credential");
        (client.stats().logins, client.stats().adopted)
    };
    assert_eq!(process(builder()).await, (1, 0));
    assert_eq!(process(builder()).await, (0, 1));
    assert_eq!(process(builder().api_key("changed")).await, (1, 0));
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
    let builder = Client::builder().api_key("a-chave-secreta-do-integrador").base_url("https://api.provider.example");
    let shown = format!("{builder:?}");
    let client = builder.build().expect("it is whole");
    shared(&client);
    let shown = format!("{shown} {client:?} {:?} {:?}", client.account(), client.get("x"));
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

/// Two accounts differ if and only if one of these settings differs.
#[test]
fn accounts_are_equal_if_they_log_in_at_the_same_place_with_the_same_secrets() {
    let builder =
        || Client::builder().api_key("a-chave-secreta-do-integrador").base_url("https://api.provider.example");
    let account = builder().account().expect("an account");
    assert_eq!(account, builder().account().expect("an account"));
    let changed = [builder().base_url("https://elsewhere.example"), builder().api_key("changed")];
    for changed in changed {
        assert_ne!(account, changed.account().expect("an account"));
    }
}
