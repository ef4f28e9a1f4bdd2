//! Credentials outside `Authorization`: in another header, a cookie or a query.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use auth_core::http::{HeaderMap, HeaderName};
use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::url::Url;
use auth_core::{AccessToken, Client, Credential, Error, Expiry, Http, Login, Options, Result};

use super::wire::{Wire, answer};

/// A session in a cookie, which its login sets.
#[derive(Debug)]
struct Portal {
    base_url: Url,
}

#[derive(Debug)]
struct Session {
    token: AccessToken,
    expiry: Expiry,
}

impl Credential for Session {
    fn expiry(&self) -> Expiry {
        self.expiry
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        self.token.authorize(headers);
    }
}

impl Login for Portal {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let form = [("usuario", "maria"), ("senha", "s3gredo")];
        let answer = http.post("entrar").form(&form).send().await?.error_for_status()?;
        let (value, lifetime) = answer.cookie("SID").ok_or_else(|| answer.malformed("it sets no cookie SID"))?;
        Ok(Session { token: answer.raw(&value)?.in_cookie("SID")?, expiry: lifetime.map_or(Expiry::Never, Expiry::In) })
    }
}

fn cookies(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("cookie: ")).collect()
}

#[tokio::test]
async fn a_session_in_a_cookie_joins_the_cookies_of_each_request_and_replay() {
    let logins = AtomicU64::new(0);
    let wire = Wire::start(move |asked| {
        if asked.line().ends_with("/entrar") {
            let number = logins.fetch_add(1, SeqCst) + 1;
            return answer(200, &format!("set-cookie: SID=session-{number}; Path=/; Max-Age=1800\r\n"), "");
        }
        let is_current = asked.text.contains("SID=session-2");
        answer(if is_current { 200 } else { 401 }, "set-cookie: SID=ignored\r\n", "7")
    })
    .await;
    let client = Client::new(Portal { base_url: wire.url.parse().unwrap() }).unwrap();
    assert_eq!(client.get("x").header("cookie", "theme=dark").send().await.unwrap().status(), 200);
    assert_eq!(client.get("x").send().await.unwrap().status(), 200);
    let asked = wire.asked();
    let sent: Vec<_> = asked.iter().map(|asked| cookies(&asked.text)).collect();
    assert_eq!(
        sent,
        [vec![], vec!["theme=dark; SID=session-1"], vec![], vec!["theme=dark; SID=session-2"], vec!["SID=session-2"]]
    );
    assert!(matches!(client.cached().unwrap().expiry, Expiry::In(lifetime) if lifetime.as_secs() == 1800));
}

/// An account that never logs in: it has a key.
#[derive(Debug)]
enum NoLogin {}

#[derive(Debug)]
enum Key {
    Header(AccessToken),
    Query(SecretString),
}

impl Credential for Key {
    fn expiry(&self) -> Expiry {
        Expiry::Never
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        if let Self::Header(token) = self {
            token.authorize(headers);
        }
    }

    fn query_parameter(&self) -> Option<(&str, &str)> {
        match self {
            Self::Header(_) => None,
            Self::Query(key) => Some(("api_key", key.expose_secret())),
        }
    }
}

impl Login for NoLogin {
    type Credential = Key;

    fn base_url(&self) -> &Url {
        match *self {}
    }

    async fn login(&self, _http: &Http) -> Result<Key> {
        match *self {}
    }
}

fn client(wire: &Wire, key: Key) -> Client<NoLogin> {
    Client::from_credential(&wire.url.parse().unwrap(), key, Options::default()).unwrap()
}

#[tokio::test]
async fn a_static_key_in_a_header_of_its_own_needs_no_login() -> Result<(), Error> {
    let wire = Wire::start(|_| answer(401, "", r#"{"message": "unknown key k3y-of-the-shop"}"#)).await;
    let key = AccessToken::raw(&"k3y-of-the-shop".into())?.in_header(HeaderName::from_static("x-api-key"));
    let error = client(&wire, Key::Header(key)).get("x").fetch::<u8>().await.unwrap_err();
    assert_eq!(error.provider_message(), Some("unknown key [redacted]"));
    let asked = wire.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].text.contains("\r\nx-api-key: k3y-of-the-shop\r\n") && !asked[0].has("authorization"));
    Ok(())
}

#[tokio::test]
async fn a_key_in_a_query_is_sent_once_with_each_request_and_redirect() {
    let wire = Wire::start(|asked| match asked.line().split('?').next() {
        Some("GET /api/old") => answer(302, "location: /api/new?page=2&api_key=other\r\n", ""),
        Some("GET /api/new") => answer(200, "", "7"),
        _ => answer(400, "", r#"{"message": "no such key: k3y"}"#),
    })
    .await;
    let client = client(&wire, Key::Query("k3y".into()));
    assert_eq!(client.get("old?q=a%20b").send().await.unwrap().status(), 200);
    let error = client.get("refused").query(&[("api_key", "mine")]).fetch::<u8>().await.unwrap_err();
    assert_eq!(
        wire.lines(),
        ["GET /api/old?q=a%20b&api_key=k3y", "GET /api/new?page=2&api_key=k3y", "GET /api/refused?api_key=k3y"]
    );
    assert_eq!(error.provider_message(), Some("no such key: [redacted]"));
    let elsewhere = auth_core::reqwest::Client::new().get("https://other.test/x");
    client.send(elsewhere).await.unwrap_err();
}

#[tokio::test]
async fn p26_no_error_of_the_connection_shows_the_key_of_its_query() {
    let wire = Wire::start(|_| super::wire::Act(String::new(), super::wire::End::Close)).await;
    let error = client(&wire, Key::Query("k3y-of-the-shop".into())).get("x").send().await.unwrap_err();
    assert!(wire.lines()[0].ends_with("?api_key=k3y-of-the-shop"), "it reaches the wire");
    assert!(!format!("{error:?} {error}").contains("k3y"), "{error:?}");
}
