//! The exact request of a logout, and the meaning of its responses.
//!
//! Rules P, F and S: docs/semantics.md.

use api4com_auth::auth_core::ErrorKind;
use api4com_auth::{Client, Ttl};
use mockito::{Matcher, Mock, Server, ServerGuard};
use serde_json::json;

const TOKEN: &str = "rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y";

#[tokio::test]
async fn a_logout_is_a_post_without_a_body_and_any_2xx_or_401_is_a_success() {
    let unknown = json!({"error": {"statusCode": 401, "message": "accessToken is required to logout"}}).to_string();
    for (status, body) in [(204, ""), (200, "{}"), (401, &*unknown)] {
        let mut server = Server::new_async().await;
        let logout = logout(&mut server, status, body).await;
        let client = with_token(&server);
        client.logout().await.unwrap();
        assert!(client.cached().is_none(), "{status}");
        client.logout().await.unwrap();
        logout.assert_async().await;
    }
}

#[tokio::test]
async fn a_failed_logout_is_an_error_and_its_token_is_not_used_again() {
    for (status, kind) in [(500, ErrorKind::Unavailable), (429, ErrorKind::RateLimited), (404, ErrorKind::Status)] {
        let mut server = Server::new_async().await;
        let logout = logout(&mut server, status, "").await;
        let client = with_token(&server);
        assert_eq!(client.logout().await.unwrap_err().kind(), kind, "{status}");
        assert!(client.cached().is_none(), "{status}");
        logout.assert_async().await;
    }
}

#[tokio::test]
async fn f18_a_logout_and_the_creation_of_a_token_follow_no_redirect() {
    let mut server = Server::new_async().await;
    let elsewhere = server.mock("GET", "/elsewhere").expect(0).create_async().await;
    for path in ["/users/logout", "/users/accessTokens"] {
        let moved = server.mock("POST", path).with_status(301).with_header("location", "/elsewhere");
        moved.create_async().await;
    }
    let client = with_token(&server);
    assert_eq!(client.create_token(Ttl::days(1)).await.unwrap_err().status(), Some(301));
    assert_eq!(client.logout().await.unwrap_err().status(), Some(301));
    elsewhere.assert_async().await;
}

async fn logout(server: &mut ServerGuard, status: usize, body: &str) -> Mock {
    let mock = server.mock("POST", "/users/logout").match_header("authorization", TOKEN);
    let mock = mock.match_header("content-length", "0").match_header("content-type", Matcher::Missing);
    mock.with_status(status).with_body(body).expect(1).create_async().await
}

fn with_token(server: &ServerGuard) -> Client {
    Client::builder().token(TOKEN).base_url(server.url()).build().unwrap()
}
