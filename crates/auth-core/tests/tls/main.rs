//! Handshakes with a TLS server, for each feature that chooses the TLS: CI runs them with one after the other.

#![cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

#[path = "../one_process/net/account.rs"]
#[allow(dead_code, reason = "the tests over plain HTTP need more of it")]
mod account;
mod certificates;
mod server;

use auth_core::http::Version;
use auth_core::reqwest::{Certificate, ClientBuilder, Identity};
use auth_core::{Client, ErrorKind, Options, Result};

use crate::account::Account;
use crate::certificates::{Authority, EXPIRED, VALID};
use crate::server::Server;

/// Trusts this authority and no other.
fn client_of(server: &Server, authority: &Authority) -> Result<Client<Account>> {
    client_with(server, authority, |client| client)
}

fn client_with(
    server: &Server,
    authority: &Authority,
    adjust: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
) -> Result<Client<Account>> {
    install_cryptography();
    let certificate = Certificate::from_der(&authority.certificate).unwrap();
    let options = Options::default().login_attempts(1).configure(adjust);
    let options = options.configure(move |client: ClientBuilder| client.tls_certs_only([certificate.clone()]));
    Client::with_options(Account::at(&server.url), options)
}

/// Returns the identity of a client.
fn identity(certificate: &str, key: &str) -> Identity {
    #[cfg(feature = "rustls-no-provider")]
    let identity = Identity::from_pem(&[key, certificate].concat().into_bytes());
    #[cfg(not(feature = "rustls-no-provider"))]
    let identity = Identity::from_pkcs8_pem(certificate.as_bytes(), key.as_bytes());
    identity.unwrap()
}

#[cfg(not(all(feature = "rustls-no-provider", not(feature = "rustls"))))]
fn install_cryptography() {}

#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
fn install_cryptography() {
    std::sync::LazyLock::force(&BEFORE_CRYPTOGRAPHY);
}

/// The error of a client that is built before the program installs its cryptography, which it then does.
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
static BEFORE_CRYPTOGRAPHY: std::sync::LazyLock<auth_core::Error> = std::sync::LazyLock::new(|| {
    let error = Client::new(Account::at("https://127.0.0.1:9")).map(drop).unwrap_err();
    rustls::crypto::ring::default_provider().install_default().unwrap();
    error
});

#[test]
#[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
fn a_client_without_installed_cryptography_is_an_error_with_the_remedy() {
    assert_eq!(BEFORE_CRYPTOGRAPHY.kind(), ErrorKind::Config);
    let text = BEFORE_CRYPTOGRAPHY.to_string();
    assert!(text.contains("call rustls::crypto::ring::default_provider().install_default()"), "{text}");
    Client::new(Account::at("https://127.0.0.1:9")).unwrap();
}

/// The connection of the login carries the request after it.
#[tokio::test]
async fn a_login_and_the_request_after_it_use_one_connection_of_either_http() {
    let authority = Authority::new();
    for (protocol, version) in [("http/1.1", Version::HTTP_11), ("h2", Version::HTTP_2)] {
        let server = Server::start(authority.sign("127.0.0.1", VALID), protocol).await;
        let response = client_of(&server, &authority).unwrap().get("x").send().await.unwrap();
        assert_eq!((response.version(), response.text().await.unwrap().as_str()), (version, "7"));
        assert_eq!((server.connections(), server.requests()), (1, 2), "{protocol}");
    }
}

#[tokio::test]
async fn a_bad_certificate_is_refused_before_a_secret_is_sent() {
    let (known, unknown) = (Authority::new(), Authority::new());
    for (what, certificate) in [
        ("another host's", known.sign("other.test", VALID)),
        ("an expired one", known.sign("127.0.0.1", EXPIRED)),
        ("an unknown authority's", unknown.sign("127.0.0.1", VALID)),
    ] {
        let server = Server::start(certificate, "http/1.1").await;
        let error = client_of(&server, &known).unwrap().get("x").send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{what}: {error}");
        assert!(error.to_string().contains("certificate"), "{what}: {error}");
        assert_eq!((server.connections(), server.requests()), (1, 0), "{what}");
    }
}

#[tokio::test]
async fn a_clients_certificate_carries_the_login_and_its_requests() {
    let (authority, other) = (Authority::new(), Authority::new());
    for protocol in ["http/1.1", "h2"] {
        let server = Server::start(authority.sign_for_clients_of_its_own("127.0.0.1"), protocol).await;
        let (certificate, key) = authority.client();
        let identity = identity(&certificate, &key);
        let client = client_with(&server, &authority, move |client| client.identity(identity.clone())).unwrap();
        assert_eq!(client.get("x").send().await.unwrap().text().await.unwrap(), "7");
        assert_eq!((server.connections(), server.requests()), (1, 2), "{protocol}");
    }
    let server = Server::start(authority.sign_for_clients_of_its_own("127.0.0.1"), "http/1.1").await;
    let (certificate, key) = other.client();
    let unknown = identity(&certificate, &key);
    for client in [
        client_of(&server, &authority).unwrap(),
        client_with(&server, &authority, move |client| client.identity(unknown.clone())).unwrap(),
    ] {
        let error = client.get("x").send().await.unwrap_err();
        assert_eq!((error.kind(), server.requests()), (ErrorKind::Unavailable, 0), "{error}");
    }
}
