//! Requests of logins in the forms that other providers expect: forms, HTTP Basic, OAuth2 with refresh tokens.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use auth_core::http::HeaderMap;
use auth_core::secrecy::SecretString;
use auth_core::url::Url;
use auth_core::{
    AccessToken, Client, Credential, ErrorKind, Expiry, Http, Login, LoginResponse, Options, RefreshToken, Result,
    parse,
};
use serde::{Deserialize, Serialize};

use super::wire::{Act, Asked, Wire, answer};

const CLIENT_ID: &str = "loja:17";
const SECRET: &str = "s3gredo de ação";

#[derive(Debug)]
struct App {
    base_url: Url,
}

#[derive(Debug)]
struct Session {
    token: AccessToken,
    lifetime: Duration,
    refresh_token: Option<RefreshToken>,
}

impl Session {
    fn read(answer: &LoginResponse, previous: Option<&Self>) -> Result<Self> {
        #[derive(Deserialize)]
        struct Body {
            access_token: SecretString,
            expires_in: u64,
            refresh_token: Option<SecretString>,
            refresh_expires_in: Option<serde_json::Value>,
        }
        let Body { access_token, expires_in, refresh_token, refresh_expires_in } = answer.json()?;
        let expiry = refresh_expires_in.as_ref().and_then(parse::seconds).map_or(Expiry::Never, Expiry::In);
        let refresh_token = refresh_token.map(|token| RefreshToken::new(token, expiry));
        Ok(Self {
            token: answer.bearer(&access_token)?,
            lifetime: Duration::from_secs(expires_in),
            refresh_token: refresh_token.or_else(|| previous?.refresh_token.clone()),
        })
    }
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        Expiry::In(self.lifetime)
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }
}

impl App {
    async fn exchange(&self, http: &Http, form: &[(&str, &str)], previous: Option<&Session>) -> Result<Session> {
        let request = http.post("oauth/token").oauth2_basic_auth(CLIENT_ID, SECRET).form(form);
        Session::read(&request.send().await?.error_for_status()?, previous)
    }
}

impl Login for App {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        self.exchange(http, &[("grant_type", "client_credentials"), ("scope", "boletos notas")], None).await
    }

    async fn renew(&self, http: &Http, previous: &Session) -> Result<Session> {
        let token = previous.refresh_token().map_or("", RefreshToken::expose_secret);
        self.exchange(http, &[("grant_type", "refresh_token"), ("refresh_token", token)], Some(previous)).await
    }
}

fn app(wire: &Wire) -> Client<App> {
    let base_url = wire.url.parse().unwrap();
    Client::with_options(App { base_url }, Options::default().login_attempts(1)).unwrap()
}

fn http(wire: &Wire) -> Http {
    Http::new(&wire.url.parse().unwrap(), &Options::default()).unwrap()
}

fn body(asked: &Asked) -> &str {
    asked.text.split_once("\r\n\r\n").unwrap().1
}

fn header<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    let (head, _) = asked.text.split_once("\r\n\r\n").unwrap();
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")))?;
    Some(&line[name.len() + 2..])
}

/// A provider whose refresh tokens can be used once, and which accepts the access token that it issued last.
///
/// It refuses the refresh `refused`, and issues no refresh token with the refresh `silent`.
async fn issuer(refused: u64, silent: u64) -> Wire {
    let (issued, refreshes) = (AtomicU64::new(0), AtomicU64::new(0));
    Wire::start(move |asked| {
        let latest = issued.load(SeqCst);
        if !asked.line().ends_with("/oauth/token") {
            let is_honoured = header(asked, "authorization") == Some(&format!("Bearer access-{latest}"));
            if asked.line().ends_with("/echo") {
                return answer(400, "", r#"{"message": "access-1 or refresh 1/1 is wrong"}"#);
            }
            return answer(if is_honoured && !asked.line().ends_with("/revoked") { 200 } else { 401 }, "", "7");
        }
        let mut is_silent = false;
        if body(asked).starts_with("grant_type=refresh_token") {
            let refresh = refreshes.fetch_add(1, SeqCst) + 1;
            if refresh == refused || !body(asked).ends_with("&refresh_token=refresh+1%2F1") {
                return answer(400, "", r#"{"error": "invalid_grant", "error_description": "token de refresh usado"}"#);
            }
            is_silent = refresh == silent;
        }
        let number = issued.fetch_add(1, SeqCst) + 1;
        let refresh_token =
            if is_silent { "" } else { r#", "refresh_token": "refresh 1/1", "refresh_expires_in": 1800"# };
        answer(200, "", &format!(r#"{{"access_token": "access-{number}", "expires_in": 3600{refresh_token}}}"#))
    })
    .await
}

fn grants(wire: &Wire) -> Vec<String> {
    let asked = wire.asked();
    let tokens = asked.iter().filter(|asked| asked.line().ends_with("/oauth/token"));
    tokens.map(|asked| body(asked).split(['=', '&']).nth(1).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn oauth2_credentials_are_encoded_as_a_form_before_they_are_basic() {
    let wire = issuer(0, 0).await;
    assert_eq!(app(&wire).get("x").send().await.unwrap().status(), 200);
    let asked = &wire.asked()[0];
    // loja%3A17:s3gredo+de+a%C3%A7%C3%A3o
    let basic = "Basic bG9qYSUzQTE3OnMzZ3JlZG8rZGUrYSVDMyVBNyVDMyVBM28=";
    assert_eq!(header(asked, "authorization"), Some(basic));
    assert_eq!(header(asked, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(header(asked, "accept"), Some("application/json"));
    assert_eq!(body(asked), "grant_type=client_credentials&scope=boletos+notas");
}

#[tokio::test]
async fn f09_a_401_is_followed_by_a_refresh_and_a_replay() {
    let wire = issuer(0, 0).await;
    let client = app(&wire);
    client.credential().await.unwrap();
    assert_eq!(client.get("revoked").send().await.unwrap().status(), 401, "with the new credential too");
    assert_eq!(
        wire.lines(),
        ["POST /api/oauth/token", "GET /api/revoked", "POST /api/oauth/token", "GET /api/revoked"]
    );
    assert_eq!(client.get("x").send().await.unwrap().status(), 200);
    let stats = client.stats();
    assert_eq!((stats.logins, stats.refreshes, stats.replays), (1, 1, 1));
}

#[tokio::test]
async fn f23_a_refresh_that_the_provider_refuses_is_followed_by_a_login() {
    let wire = issuer(1, 0).await;
    let client = app(&wire);
    client.credential().await.unwrap();
    client.get("revoked").send().await.unwrap();
    assert_eq!(client.get("x").send().await.unwrap().status(), 200);
    assert_eq!(grants(&wire), ["client_credentials", "refresh_token", "client_credentials"]);
}

#[tokio::test]
async fn a_response_without_a_refresh_token_keeps_the_previous_one() {
    let wire = issuer(0, 1).await;
    let client = app(&wire);
    client.credential().await.unwrap();
    client.get("revoked").send().await.unwrap();
    let refresh_token = client.cached().unwrap().refresh_token.clone().unwrap();
    assert_eq!(refresh_token.expose_secret(), "refresh 1/1");
    assert!(refresh_token.expires_at().is_some());
}

#[tokio::test]
async fn basic_auth_is_that_of_rfc_7617() {
    let wire = Wire::start(|_| answer(200, "", "")).await;
    // The examples of the RFC, sections 2 and 2.1, and an empty password.
    for (user, password, value) in [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("maria", "", "Basic bWFyaWE6"),
    ] {
        http(&wire).post("session").basic_auth(user, password).send().await.unwrap();
        let asked = wire.asked().pop().unwrap();
        assert_eq!((header(&asked, "authorization"), header(&asked, "content-length")), (Some(value), Some("0")));
    }
}

#[tokio::test]
async fn a_login_that_cannot_be_sent_is_an_error_without_its_secrets() {
    let wire = Wire::start(|_| answer(200, "", "")).await;
    let http = http(&wire);
    let post = || http.post("x");
    for (request, what) in [
        (post().basic_auth("ma:ria", "s3gredo"), "a user name with a ':'"),
        (post().basic_auth("maria", "s3gredo\n"), "a control character"),
        (post().form(&serde_json::json!({"user": {"password": "s3gredo"}})), "cannot be written as a form"),
        (post().form("s3gredo"), "cannot be written as a form"),
        (post().header("x key", "s3gredo"), "is no header name"),
        (post().header("x-key", "s3gredo\n"), "visible ASCII"),
        (post().header("host", "s3gredo"), "set by the client"),
        (http.post("../s3gredo"), "a '.' or '..' segment"),
    ] {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.to_string().contains(what), "{error}");
        let shows = format!("{error:?}").replace("../s3gredo", "").contains("s3gredo");
        assert!(!shows, "{error:?}");
    }
    assert_eq!(wire.lines(), [""; 0]);
}

#[tokio::test]
async fn a_get_has_its_query_and_headers_and_no_body() {
    let wire = Wire::start(|_| answer(200, "", "[7]")).await;
    let http = http(&wire);
    let request = http.get("status?a=1").query(&[("b", "ç d")]).header("x-lang", "pt").header("accept", "*/*");
    assert_eq!(format!("{request:?}"), format!("LoginRequest {{ base_url: \"{}/\", .. }}", wire.url));
    assert_eq!(request.send().await.unwrap().body(), b"[7]");
    let asked = wire.asked().pop().unwrap();
    assert_eq!(asked.line(), "GET /api/status?a=1&b=%C3%A7+d");
    assert_eq!((header(&asked, "x-lang"), header(&asked, "accept")), (Some("pt"), Some("*/*")));
    assert!(!asked.has("content-length") && !asked.has("authorization"));
}

#[tokio::test]
async fn a_form_has_the_fields_of_a_type_and_leaves_out_what_is_none() {
    #[derive(Serialize)]
    struct Form<'a> {
        usuario: &'a str,
        senha: &'a str,
        unidade: Option<u32>,
        filial: Option<u32>,
    }
    let wire = Wire::start(|_| answer(200, "", "")).await;
    let form = Form { usuario: "maria@exemplo", senha: "a&b=c +%", unidade: None, filial: Some(7) };
    http(&wire).post("login").form(&form).send().await.unwrap();
    assert_eq!(body(&wire.asked()[0]), "usuario=maria%40exemplo&senha=a%26b%3Dc+%2B%25&filial=7");
}

/// An answer that repeats what was sent, in its own words and as it was encoded.
fn echo(asked: &Asked) -> Act {
    let sent = format!("{} {}", header(asked, "authorization").unwrap_or_default(), body(asked).replace('&', " "));
    answer(400, "", &serde_json::json!({"error_description": format!("{SECRET} {sent} refresh 1/1")}).to_string())
}

#[tokio::test]
async fn p26_the_error_of_a_form_or_of_basic_repeats_nothing_that_was_sent() {
    let wire = Wire::start(echo).await;
    let http = http(&wire);
    let request = http.post("x").oauth2_basic_auth(CLIENT_ID, SECRET).form(&[("refresh_token", "refresh 1/1")]);
    let error = request.send().await.unwrap().error_for_status().unwrap_err();
    let sent = wire.asked().pop().unwrap();
    assert!(sent.text.contains("refresh+1%2F1") && sent.text.contains("bG9qYSUzQTE3On"), "they reach the wire");
    let text = format!("{error:?}");
    for secret in [SECRET, "s3gredo", "bG9qYSUzQTE3On", "refresh 1/1"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn p26_the_error_of_a_request_does_not_show_the_refresh_token() {
    let wire = issuer(0, 0).await;
    let error = app(&wire).get("echo").fetch::<u8>().await.unwrap_err();
    assert_eq!(error.provider_message(), Some("[redacted] or [redacted] is wrong"));
}
