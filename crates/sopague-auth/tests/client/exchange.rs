//! The exact login request, and the meaning of each response.
//!
//! Rules P, F and S: docs/semantics.md.

use std::time::Duration;

use mockito::{Matcher, Mock, Server, ServerGuard};
use sopague_auth::auth_core::{CachedCredential, ErrorKind, Result};
use sopague_auth::{Api, Client, Session};

const MINUTE: Duration = Duration::from_secs(60);

fn client(server: &ServerGuard) -> Client {
    let client = Client::builder().username("integrador").password("segredo").base_url(server.url());
    client.options(|options| options.login_attempts(1)).build().expect("a client")
}

async fn answer(server: &mut ServerGuard, status: usize, headers: &[(&str, &str)], body: &str) -> Mock {
    let mock = server.mock("POST", "/api/authentication/login").with_status(status).with_body(body);
    headers.iter().fold(mock, |mock, (name, value)| mock.with_header(*name, value)).create_async().await
}

async fn login(status: usize, headers: &[(&str, &str)], body: &str) -> Result<CachedCredential<Session>> {
    let mut server = Server::new_async().await;
    let _mock = answer(&mut server, status, headers, body).await;
    client(&server).credential().await
}

#[tokio::test]
async fn each_api_has_its_login_below_its_prefix_as_one_post() {
    for (api, prefix, path) in [
        (Api::Integration, "/sopague", "/sopague/api/authentication/login"),
        (Api::Gateway, "/gateway", "/gateway/api/auth/token"),
    ] {
        let mut server = Server::new_async().await;
        let login = server
            .mock("POST", path)
            .match_header("content-type", "application/json")
            .match_header("accept", "application/json")
            .match_header("authorization", Matcher::Missing)
            .match_body(Matcher::Exact(r#"{"userName":"integrador","password":"segredo"}"#.to_owned()))
            .with_body(r#"{"authenticated":true,"accessToken":"abc.def"}"#)
            .expect(1)
            .create_async()
            .await;
        let payment = server
            .mock("GET", format!("{prefix}/v1/payments/7").as_str())
            .match_header("authorization", "Bearer abc.def")
            .expect(1)
            .create_async()
            .await;
        let client = Client::builder().username("integrador").password("segredo").api(api);
        let client = client.base_url(format!("{}{prefix}", server.url())).build().unwrap();
        client.get("v1/payments/7").error_for_status().await.unwrap();
        login.assert_async().await;
        payment.assert_async().await;
    }
}

#[tokio::test]
async fn the_documented_response_is_kept_whole_in_either_case() {
    for body in [
        r#"{"authenticated": true, "created": "2023-01-01T14:25:28.913Z", "expiration": "2023-01-01T14:26:28.913Z",
            "accessToken": "abc.def", "message": "OK"}"#,
        r#"{"Authenticated": true, "Created": "2023-01-01T14:25:28.913Z", "Expiration": "2023-01-01T14:26:28.913Z",
            "AccessToken": "abc.def", "Message": "OK"}"#,
    ] {
        for status in [200, 201] {
            let session = login(status, &[], body).await.unwrap();
            assert_eq!((session.token().expose_secret(), session.lifetime()), ("abc.def", Some(MINUTE)));
            assert_eq!(session.created.as_deref(), Some("2023-01-01T14:25:28.913Z"));
            assert_eq!(session.expiration.as_deref(), Some("2023-01-01T14:26:28.913Z"));
            assert_eq!(session.message.as_deref(), Some("OK"));
        }
    }
}

#[tokio::test]
async fn a_missing_or_unexpected_field_other_than_the_token_fails_no_login() {
    for rest in ["", r#","authenticated":true,"created":null,"expiration":7,"message":{"a":1}"#, r#","message":null"#] {
        let session = login(200, &[], &format!(r#"{{"accessToken":"abc.def"{rest}}}"#)).await.unwrap();
        assert_eq!(
            (session.created.as_deref(), session.expiration.as_deref(), session.message.as_deref()),
            (None, None, None),
            "{rest}"
        );
    }
}

#[tokio::test]
async fn a_refusal_in_a_2xx_is_login_refused_with_the_providers_message() {
    for (status, body, message) in [
        (200, r#"{"authenticated":false,"message":"Falha ao autenticar"}"#, Some("Falha ao autenticar")),
        (202, r#"{"Authenticated":false,"Message":"Falha ao autenticar"}"#, Some("Falha ao autenticar")),
        (200, r#"{"authenticated":false,"accessToken":"abc.def","message":"Não"}"#, Some("Não")),
        (200, r#"{"authenticated":false,"created":null,"expiration":null,"accessToken":null,"message":null}"#, None),
    ] {
        let error = login(status, &[], body).await.unwrap_err();
        assert_eq!((error.kind(), error.status().map(usize::from)), (ErrorKind::LoginRefused, Some(status)), "{body}");
        assert_eq!(error.provider_message(), message, "{body}");
        assert!(error.retry_after() >= Some(MINUTE), "the login is not repeated: {error}");
    }
}

#[tokio::test]
async fn an_error_text_in_place_of_the_token_is_login_refused() {
    let error = login(200, &[], r#"{"authenticated":true,"accessToken":"usuário inválido"}"#).await.unwrap_err();
    assert_eq!((error.kind(), error.provider_message()), (ErrorKind::LoginRefused, Some("usuário inválido")));
}

#[tokio::test]
async fn a_response_without_a_token_is_unexpected_and_may_be_retried() {
    for body in [
        r#"{"authenticated":true,"accessToken":""}"#,
        r#"{"authenticated":true,"accessToken":null}"#,
        r#"{"authenticated":true}"#,
        "{}",
        r#""0dd23cbd""#,
        "",
        "<html></html>",
    ] {
        let error = login(200, &[], body).await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Unavailable, true), "{body:?}");
    }
}

#[tokio::test]
async fn each_error_status_tells_the_caller_what_to_do() {
    let unknown = "Não foi possível executar comando. Erro desconhecido.";
    for (status, body, kind, message) in [
        (
            400,
            r#"[{"tag":"userName","description":"Campo userName é obrigatório"}]"#,
            ErrorKind::LoginRefused,
            Some("Campo userName é obrigatório"),
        ),
        (
            400,
            r#"[{"tag":"a","description":"Um"},{"tag":"","description":"Dois"}]"#,
            ErrorKind::LoginRefused,
            Some("Um; Dois"),
        ),
        (401, r#"{"message":"Não autorizado"}"#, ErrorKind::LoginRefused, Some("Não autorizado")),
        (
            401,
            r#"{"title":"Unauthorized","detail":"Usuário bloqueado","status":401}"#,
            ErrorKind::LoginRefused,
            Some("Usuário bloqueado"),
        ),
        (403, "<html>Forbidden</html>", ErrorKind::LoginRefused, None),
        (404, "", ErrorKind::Config, None),
        (
            500,
            r#"[{"tag":"__general__","description":"Não foi possível executar comando. Erro desconhecido."}]"#,
            ErrorKind::Unavailable,
            Some(unknown),
        ),
        (502, "<html></html>", ErrorKind::Unavailable, None),
    ] {
        let error = login(status, &[], body).await.unwrap_err();
        assert_eq!((error.kind(), error.status().map(usize::from)), (kind, Some(status)), "{body}");
        assert_eq!((error.provider_code(), error.provider_message()), (None, message), "{body}");
    }
}

#[tokio::test]
async fn an_undocumented_429_starts_a_cooldown_for_all_callers() {
    let mut server = Server::new_async().await;
    let mock = answer(&mut server, 429, &[("retry-after", "60")], "").await.expect(1);
    let client = client(&server);
    let error = client.credential().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(MINUTE)));
    assert_eq!(client.credential().await.unwrap_err().kind(), ErrorKind::RateLimited);
    mock.assert_async().await;
}

#[tokio::test]
async fn f18_a_redirected_login_is_a_wrong_address_and_is_not_followed() {
    let mut server = Server::new_async().await;
    let _redirect = answer(&mut server, 301, &[("location", "/elsewhere")], "").await;
    let elsewhere = server.mock("GET", "/elsewhere").expect(0).create_async().await;
    let error = client(&server).credential().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Config, Some(301)));
    elsewhere.assert_async().await;
}
