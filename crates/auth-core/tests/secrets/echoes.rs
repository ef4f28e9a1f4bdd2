//! A provider that repeats what a request sent it, including the credential.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use auth_core::http::HeaderValue;
use auth_core::reqwest::Body;
use auth_core::secrecy::SecretString;
use auth_core::{AccessToken, Client, Credential, Error, Expiry, Http, Login, Options, Result, error_for_status};
use mockito::{Mock, Server, ServerGuard};

use crate::account::{Account, PASSWORD};
use crate::shown;

async fn log_in(server: &mut ServerGuard, token: &str) -> Mock {
    let body = format!(r#"{{"access_token": "{token}", "expires_in": 3600}}"#);
    server.mock("POST", "/api/login/").with_body(body).create_async().await
}

fn client(server: &ServerGuard) -> Client<Account> {
    Account::at(&format!("{}/api", server.url())).client()
}

/// Asserts that an error shows no secret in its text or in the provider's words, and that it redacted something.
fn none_of(secrets: &[&str], error: &Error) {
    let shown = format!("{} {:?} {:?}", shown(error), error.provider_message(), error.provider_code());
    for secret in secrets {
        assert!(!shown.to_lowercase().contains(&secret.to_lowercase()), "{secret} shows in {shown}");
    }
    assert!(shown.contains("[redacted"), "{shown}");
}

/// The token that authorized a request is not in its error, whatever its length and characters.
#[tokio::test]
async fn the_error_of_a_request_never_shows_its_token() {
    for token in ["k3y:ab", "abcd", "user:pa55-word.of/17", "3f5a9c0e-7b1d:4826-a4c8:e6f20b9d7153"] {
        for status in [400, 401, 403, 404, 422, 429, 500] {
            let mut server = Server::new_async().await;
            log_in(&mut server, token).await;
            let body = format!(r#"{{"code": "{token}", "message": "'{token}' is not known; {token}"}}"#);
            let any = server.mock("GET", "/api/x").with_status(status).with_body(body);
            let any = any.match_header("authorization", &*format!("Bearer {token}")).expect_at_least(4);
            let any = any.create_async().await;
            let client = client(&server);
            let session = client.credential().await.unwrap();
            for error in [
                client.get("x").fetch::<String>().await.unwrap_err(),
                client.get("x").once().error_for_status().await.unwrap_err(),
                client.get("x").using(session.clone()).error_for_status().await.unwrap_err(),
                error_for_status(client.get("x").send().await.unwrap()).await.unwrap_err(),
                client.get("x").answer().await.unwrap().error_for_request_status().unwrap_err(),
            ] {
                none_of(&[token], &error);
                assert_eq!(error.status(), Some(u16::try_from(status).unwrap()));
            }
            any.assert_async().await;
        }
    }
}

/// After a second 401 neither the new token nor the previous one is shown.
#[tokio::test]
async fn the_error_of_a_replayed_request_shows_neither_of_its_tokens() {
    let mut server = Server::new_async().await;
    let first = log_in(&mut server, "first:01").await;
    let client = client(&server);
    client.credential().await.unwrap();
    first.remove_async().await;
    log_in(&mut server, "second:2").await;
    let body = r#"{"message": "first:01 was replaced by second:2", "error": "first:01"}"#;
    let refused = server.mock("GET", "/api/x").with_status(401).with_body(body).expect(2).create_async().await;
    let error = client.get("x").fetch::<String>().await.unwrap_err();
    refused.assert_async().await;
    assert_eq!(client.stats().replays, 1);
    none_of(&["first:01", "second:2"], &error);
}

/// A signature counts as sent, too. It may differ each time the request is sent.
#[tokio::test]
async fn no_error_shows_a_sensitive_header_that_a_closure_added() {
    let mut server = Server::new_async().await;
    log_in(&mut server, "token").await;
    let body = r#"{"message": "the signature s1gned-0 is wrong"}"#;
    let refused = server.mock("GET", "/api/x").match_header("x-signature", "s1gned-0").with_status(403).with_body(body);
    let refused = refused.create_async().await;
    let sendings = AtomicU32::new(0);
    let signed = client(&server).get("x").headers_from(move |_, headers| {
        let mut signature: HeaderValue = format!("s1gned-{}", sendings.fetch_add(1, Relaxed)).parse().unwrap();
        signature.set_sensitive(true);
        headers.insert("x-signature", signature);
    });
    let error = signed.error_for_status().await.unwrap_err();
    refused.assert_async().await;
    none_of(&["s1gned-0"], &error);
}

/// Everything the caller gave counts as sent, wherever it was put.
#[tokio::test]
async fn the_error_of_a_request_never_shows_its_headers_query_path_or_body() {
    let mut server = Server::new_async().await;
    log_in(&mut server, "token").await;
    let client = client(&server);
    let message = r#"{"message": "no h3ader, no qu3ry 1, no p4th-of-it, no b0dy", "code": "b0dy"}"#;
    let path = mockito::Matcher::Regex("^/api/x/p4th-of-it".to_owned());
    server.mock("POST", path).with_status(422).with_body(message).create_async().await;
    let begin = || client.post("x/p4th-of-it").header("x-api-key", "h3ader").query(&[("q", "qu3ry 1")]);
    for request in [
        begin().json(&["b0dy"]),
        begin().secret_json(&serde_json::json!({"pin": "b0dy"})),
        begin().map(|request| request.body("field=b0dy")),
        begin().body("nome;b0dy;x b0dy"),
        begin().json(&["b0dy"]).once(),
    ] {
        none_of(&["h3ader", "qu3ry", "p4th", "b0dy"], &request.error_for_status().await.unwrap_err());
    }
    let stream = Body::wrap(Body::from("stream"));
    none_of(&["h3ader", "qu3ry", "p4th"], &begin().body(stream).error_for_status().await.unwrap_err());
}

/// Only the strings of a request's body are redacted in its error.
#[tokio::test]
async fn an_error_repeats_the_providers_words_except_those_that_were_sent() {
    let mut server = Server::new_async().await;
    log_in(&mut server, "token").await;
    let body = r#"{"message": "o cargo s3gr3d0 não existe", "code": "CARGO"}"#;
    server.mock("POST", "/api/x").with_status(422).with_body(body).create_async().await;
    let error =
        client(&server).post("x").json(&serde_json::json!({"cargo": "s3gr3d0"})).error_for_status().await.unwrap_err();
    assert_eq!(error.provider_message(), Some("o cargo [redacted] não existe"));
    assert_eq!(error.provider_code(), Some("CARGO"));
}

/// An operation whose 2xx is a failure redacts what it sent in the provider's words.
#[tokio::test]
async fn a_response_knows_what_its_request_sent_at_every_status() {
    for status in [200, 202, 400, 500] {
        let mut server = Server::new_async().await;
        log_in(&mut server, "k3y:ab").await;
        let body = r#"{"message": "n0va-senha is refused for k3y:ab"}"#;
        server.mock("PUT", "/api/x").with_status(status).with_body(body).create_async().await;
        let answer = client(&server).put("x").secret_json(&["n0va-senha"]).answer().await.unwrap();
        assert_eq!(answer.failed().provider_message(), Some("[redacted] is refused for [redacted]"));
        none_of(&["n0va-senha", "k3y:ab"], &answer.login_refused());
    }
}

/// A usual content type is shown, and no other.
#[tokio::test]
async fn a_content_type_that_repeats_the_token_is_not_shown() {
    let mut server = Server::new_async().await;
    log_in(&mut server, "k3y:ab").await;
    let client = client(&server);
    for (content_type, said) in [
        ("text/html; of=k3y:ab", "text/html)"),
        ("Application/JSON", "application/json)"),
        ("text/k3y:ab", "another content type"),
    ] {
        let page = server.mock("GET", "/api/x").with_header("content-type", content_type).with_body("<p>k3y:ab");
        page.create_async().await;
        let error = client.get("x").fetch::<String>().await.unwrap_err();
        let shown = shown(&error);
        assert!(shown.contains(said) && !shown.contains("k3y"), "{shown}");
    }
}

/// A login redacts its headers as well as its body.
#[tokio::test]
async fn the_error_of_a_login_never_shows_its_headers_or_its_body() {
    let mut server = Server::new_async().await;
    let body = format!(r#"{{"message": "k3y-of-app and {PASSWORD} do not go together"}}"#);
    server.mock("POST", "/api/login").with_status(401).with_body(body).create_async().await;
    let http = Http::new(&format!("{}/api", server.url()).parse().unwrap(), &Options::default()).unwrap();
    let request = http.post("login").header("x-app-key", "k3y-of-app").json(&[("password", PASSWORD)]);
    let answer = request.send().await.unwrap();
    none_of(&["k3y-of-app", PASSWORD], &answer.error_for_status().unwrap_err());
}

/// An account whose sessions have a signing key in addition to the token.
#[derive(Debug)]
struct Signing(auth_core::url::Url);

#[derive(Debug)]
struct Pair(AccessToken, SecretString);

impl Credential for Pair {
    fn expiry(&self) -> Expiry {
        Expiry::Never
    }

    fn authorize(&self, headers: &mut auth_core::http::HeaderMap) {
        self.0.authorize(headers);
    }

    fn secrets(&self) -> &[SecretString] {
        std::slice::from_ref(&self.1)
    }
}

impl Login for Signing {
    type Credential = Pair;

    fn base_url(&self) -> &auth_core::url::Url {
        &self.0
    }

    async fn login(&self, _: &Http) -> Result<Pair> {
        Ok(Pair(AccessToken::bearer(&"token".into())?, "s1gn".into()))
    }
}

/// A signing key is never sent, and is redacted if the provider repeats it.
#[tokio::test]
async fn the_error_of_a_request_never_shows_an_unsent_secret_of_its_credential() {
    for status in [401, 403] {
        let mut server = Server::new_async().await;
        let body = r#"{"messages": ["signed with another key than s1gn"]}"#;
        server.mock("GET", "/x").with_status(status).with_body(body).create_async().await;
        let client = Client::new(Signing(server.url().parse().unwrap())).unwrap();
        none_of(&["s1gn"], &client.get("x").error_for_status().await.unwrap_err());
        let session = client.credential().await.unwrap();
        none_of(&["s1gn"], &client.get("x").using(session).error_for_status().await.unwrap_err());
    }
}

/// A token with escapes is decoded in the response itself, not in a buffer that is never wiped.
#[tokio::test]
async fn a_token_with_escapes_is_read_without_a_copy() {
    /// True if the parsed text was borrowed.
    struct Lent(bool);

    impl<'de> serde::Deserialize<'de> for Lent {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
            struct Text;

            impl serde::de::Visitor<'_> for Text {
                type Value = Lent;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a text")
                }

                fn visit_borrowed_str<E>(self, _: &str) -> std::result::Result<Lent, E> {
                    Ok(Lent(true))
                }

                fn visit_str<E>(self, _: &str) -> std::result::Result<Lent, E> {
                    Ok(Lent(false))
                }
            }
            deserializer.deserialize_str(Text)
        }
    }

    let mut server = Server::new_async().await;
    server.mock("POST", "/login").with_body(r#"["ey\/J\u0041", "ey\"J"]"#).create_async().await;
    let http = Http::new(&server.url().parse().unwrap(), &Options::default()).unwrap();
    let answer = http.post_json("login", &[1]).await.unwrap();
    let [Lent(usual), Lent(with_quote)] = answer.json().unwrap();
    assert!(usual && !with_quote);
    assert_eq!(answer.json::<[String; 2]>().unwrap(), ["ey/JA", "ey\"J"]);
}
