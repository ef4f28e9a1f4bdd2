//! Destinations of a credential: the origin of the base URL, and no other.

use std::time::Duration;

use auth_core::http::{HeaderMap, HeaderName, HeaderValue, Method};
use auth_core::reqwest::redirect::Policy;
use auth_core::reqwest::{Body, Client as Bare};
use auth_core::{Client, ErrorKind, Options};
use mockito::{Matcher, ServerGuard};

use super::GRANTED;
use super::account::Account;
use super::redirects::Once;
use super::wire::{Wire, answer};

async fn server() -> ServerGuard {
    let mut server = mockito::Server::new_async().await;
    server.mock("POST", "/api/login/").with_body(GRANTED).create_async().await;
    server
}

fn account(server: &ServerGuard) -> Account {
    Account::at(&format!("{}/api", server.url()))
}

#[tokio::test]
async fn a_path_is_below_the_base_url_with_its_query_and_headers() {
    let mut server = server().await;
    let mock = server
        .mock("GET", "/api/usuarios/?page=1&nome=Jo%C3%A3o")
        .match_header("authorization", "Bearer granted-token")
        .match_header("x-request-id", "42")
        .match_header("user-agent", Matcher::Regex("^auth-core/".into()))
        .expect(2)
        .create_async()
        .await;
    let client = account(&server).client();
    for path in ["usuarios/", "/usuarios/"] {
        let request = client.get(path).query(&[("page", "1"), ("nome", "João")]).header("x-request-id", "42");
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    mock.assert_async().await;
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_fails_in_send_before_any_login() {
    let client = account(&server().await).client();
    for (request, reason) in [
        (client.get("//evil.test/"), "'//'"),
        (client.get("../login"), "'..'"),
        (client.get("https://evil.test/"), "not below the base URL"),
        (client.get("x").header("bad name", "v"), "bad name"),
        (client.get("x").header("name", "a\nb"), "visible ASCII"),
    ] {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert_eq!(client.stats().logins, 0);
}

/// Headers that would send the credential elsewhere, or break the framing of a shared connection.
#[tokio::test]
async fn a_header_that_belongs_to_the_client_is_rejected_before_any_login() {
    let wire = Wire::start(|_| answer(200, "", "7")).await;
    let client = wire.client();
    for (name, value) in [
        ("Host", "evil.test"),
        ("host", "127.0.0.1"),
        ("Authorization", "Bearer forged"),
        ("Content-Length", "0"),
        ("Content-Length", "5"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Proxy-Connection", "close"),
        ("Proxy-Authorization", "Basic x"),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
        ("Trailer", "x-sum"),
        ("Upgrade", "websocket"),
        ("HTTP2-Settings", "x"),
    ] {
        let built = || Bare::new().post(format!("{}/x", wire.url)).header(name, value).body("{}");
        let from_credential = client.get("x").headers_from(move |_, headers| {
            headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value));
        });
        for error in [
            client.post("x").header(name, value).body("{}").send().await.unwrap_err(),
            client.get("x").map(|request| request.header(name, value)).send().await.unwrap_err(),
            client.send(built()).await.unwrap_err(),
            client.send(built().body(Body::wrap(Once::of("{}")))).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
            assert!(error.to_string().contains(&format!("`{}`", name.to_ascii_lowercase())), "{error}");
        }
        assert_eq!(client.stats().logins, u64::from(client.cached().is_some()));
        // Headers derived from the credential are known only after the login. The credential itself sets
        // `Authorization`.
        if !["Authorization", "Content-Length"].contains(&name) {
            assert_eq!(from_credential.send().await.unwrap_err().kind(), ErrorKind::InvalidRequest, "{name}");
        }
        let posted = client.http().post("x").header(name, value).json(&7).send().await;
        let posted = posted.map(|answer| answer.status().as_u16());
        match name {
            "Authorization" => assert_eq!(posted.unwrap(), 200, "some logins set an Authorization of their own"),
            _ => assert_eq!(posted.unwrap_err().kind(), ErrorKind::InvalidRequest, "{name}"),
        }
    }
    let user = Bare::new().get(format!("{}/x", wire.url).replace("http://", "http://maria:s3nha@"));
    assert_eq!(client.send(user).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(wire.lines(), ["POST /api/x"], "only the login with an Authorization of its own");
}

/// Unless the caller sets a header, a POST without a body states a length of zero.
#[tokio::test]
async fn a_post_without_a_body_has_a_length_of_zero_and_a_get_has_none() {
    let wire = Wire::start(|_| answer(200, "", "7")).await;
    for (method, has_length) in [(Method::POST, true), (Method::PUT, true), (Method::PATCH, true), (Method::GET, false)]
    {
        wire.client().request(method, "x").send().await.unwrap();
        assert_eq!(wire.asked().pop().unwrap().has("content-length"), has_length);
    }
}

/// No resolver decides the address of `localhost`, not even one that the caller configured.
#[tokio::test]
async fn localhost_is_always_resolved_to_loopback() {
    let wire = Wire::start(|_| answer(200, "", "7")).await;
    let elsewhere = "192.0.2.1:9".parse().unwrap();
    let options = Options::default()
        .connect_timeout(Duration::from_secs(2))
        .configure(move |client| client.resolve("localhost", elsewhere).resolve("LOCALHOST", elsewhere));
    for name in ["localhost", "LOCALHOST"] {
        let client = Account::at(&wire.url.replace("127.0.0.1", name)).client_with(options.clone());
        assert_eq!(client.get("x").fetch::<u8>().await.unwrap(), 7);
    }
    let error = Client::new(Account::at("http://api.localhost:1/")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn p28_a_redirect_to_another_origin_is_returned_and_carries_nothing() {
    let mut other = mockito::Server::new_async().await;
    let elsewhere = other.mock("GET", Matcher::Any).expect(0).create_async().await;
    let mut server = server().await;
    for status in [301, 302, 303, 307, 308] {
        let path = format!("/api/{status}");
        server.mock("GET", &*path).with_status(status).with_header("location", &other.url()).create_async().await;
        let response = account(&server).client().get(&status.to_string()).send().await.unwrap();
        assert_eq!(usize::from(response.status().as_u16()), status);
    }
    elsewhere.assert_async().await;
}

#[tokio::test]
async fn the_callers_client_settings_apply_to_logins_and_requests() {
    let mut server = mockito::Server::new_async().await;
    let login = server
        .mock("POST", "/api/login/")
        .match_header("user-agent", "folha/2")
        .with_body(GRANTED)
        .create_async()
        .await;
    let get = server.mock("GET", "/api/x").match_header("user-agent", "folha/2").create_async().await;
    let options = auth_core::Options::default().configure(|client| client.user_agent("folha/2"));
    account(&server).client_with(options).get("x").send().await.unwrap();
    login.assert_async().await;
    get.assert_async().await;
}

#[tokio::test]
async fn a_proxy_carries_logins_and_requests() {
    let mut proxy = mockito::Server::new_async().await;
    let login =
        proxy.mock("POST", "/api/login/").match_header("host", "apis.test").with_body(GRANTED).create_async().await;
    let get = proxy.mock("GET", "/api/x").match_header("host", "apis.test").create_async().await;
    let address = proxy.url();
    let options = auth_core::Options::default()
        .dangerous_plain_http()
        .configure(move |client| client.proxy(auth_core::reqwest::Proxy::all(&address).expect("an address")));
    let client = Account::at("http://apis.test/api").client_with(options);
    assert_eq!(client.get("x").send().await.unwrap().status(), 200);
    login.assert_async().await;
    get.assert_async().await;
}

const HERE: &str = "URL_OF_A_SERVER_ON_THIS_HOST";

/// Run by the next test in a process of its own, because environment variables belong to the process. Otherwise it does
/// nothing.
#[tokio::test]
async fn an_environment_with_a_proxy_lets_logins_through_here_and_elsewhere() {
    let Some(here) = auth_core::env::environment(HERE) else { return };
    for host in [&here[..], "http://apis.test"] {
        let options = auth_core::Options::default().dangerous_plain_http().login_attempts(1);
        Account::at(&format!("{host}/api")).client_with(options).credential().await.unwrap();
    }
    let options = auth_core::Options::default().login_attempts(1);
    let error = Account::at("https://apis.test/api").client_with(options).credential().await.unwrap_err();
    assert!(error.to_string().contains("check the proxy"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_from_the_environment_carries_requests_to_other_hosts_only() {
    let (mut here, mut proxy) = (mockito::Server::new_async().await, mockito::Server::new_async().await);
    let direct = here.mock("POST", "/api/login/").with_body(GRANTED).create_async().await;
    let carried =
        proxy.mock("POST", "/api/login/").match_header("host", "apis.test").with_body(GRANTED).create_async().await;
    let tunnel = Wire::start(|_| answer(403, "", "")).await;
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["an_environment_with_a_proxy", "--nocapture"])
        .env("HTTP_PROXY", proxy.url())
        .env("HTTPS_PROXY", tunnel.url.trim_end_matches("/api"))
        .env(HERE, here.url())
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    direct.assert_async().await;
    carried.assert_async().await;
    assert_eq!(tunnel.lines(), ["CONNECT apis.test:443"]);
}

#[tokio::test]
async fn client_settings_given_one_after_the_other_add_up() {
    let mut server = mockito::Server::new_async().await;
    let login = server
        .mock("POST", "/api/login/")
        .match_header("user-agent", "folha/2")
        .match_header("x-tenant", "7")
        .with_body(GRANTED)
        .create_async()
        .await;
    let tenant = HeaderMap::from_iter([(HeaderName::from_static("x-tenant"), HeaderValue::from_static("7"))]);
    let options = auth_core::Options::default()
        .configure(move |client| client.default_headers(tenant.clone()))
        .configure(|client| client.user_agent("folha/2").redirect(Policy::limited(3)).timeout(Duration::from_nanos(1)));
    account(&server).client_with(options).credential().await.unwrap();
    login.assert_async().await;
}

#[tokio::test]
async fn a_header_that_is_set_twice_is_sent_once() {
    let mut server = server().await;
    let mock = server
        .mock("POST", "/api/x")
        .match_request(|request| {
            let values = |name| request.header(name).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>();
            values("accept") == ["text/csv"] && values("content-type") == ["application/json"] && values("x-a") == ["2"]
        })
        .with_body("1")
        .create_async()
        .await;
    let request =
        account(&server).client().post("x").header("x-a", "1").header("x-a", "2").header("accept", "text/csv");
    let request = request.header("content-type", "text/plain").secret_json(&[1]);
    assert_eq!(request.fetch::<u8>().await.unwrap(), 1);
    mock.assert_async().await;
}

#[tokio::test]
async fn a_request_read_as_json_accepts_json() {
    let mut server = server().await;
    let json =
        server.mock("GET", "/api/x").match_header("accept", "application/json").with_body("1").create_async().await;
    assert_eq!(account(&server).client().get("x").fetch::<u8>().await.unwrap(), 1);
    json.assert_async().await;
}

#[tokio::test]
async fn a_response_is_read_up_to_sixteen_mebibytes() {
    for (length, fits) in [(16 * 1024 * 1024, true), (16 * 1024 * 1024 + 1, false)] {
        let mut server = server().await;
        let body = format!("1{}", " ".repeat(length - 1));
        let mock = server.mock("GET", "/api/x").with_chunked_body(move |to| to.write_all(body.as_bytes()));
        mock.create_async().await;
        match account(&server).client().get("x").fetch::<u8>().await {
            Ok(number) => assert!(fits && number == 1),
            Err(error) => assert!(!fits && error.to_string().contains("longer than 16384 KiB"), "{error}"),
        }
    }
}

#[tokio::test]
async fn an_error_body_is_read_up_to_64_kibibytes() {
    const NO: &str = r#"{"message":"no"}"#;
    for (length, message) in [(64 * 1024, Some("no")), (64 * 1024 + 1, None)] {
        let mut server = server().await;
        let body = " ".repeat(length - NO.len()) + NO;
        server.mock("GET", "/api/x").with_status(400).with_body(body).create_async().await;
        let error = account(&server).client().get("x").error_for_status().await.unwrap_err();
        assert_eq!((error.status(), error.provider_message()), (Some(400), message));
    }
}

#[tokio::test]
async fn the_first_fault_of_a_request_is_the_one_reported() {
    let client = account(&server().await).client();
    let error = client.get("../x").header("bad name", "v").send().await.unwrap_err();
    assert!(error.to_string().contains("'..'"), "{error}");
}

#[test]
fn a_client_shows_its_address_and_knows_its_account() {
    let client = Account::at("http://127.0.0.1:1/api").client();
    assert_eq!(client.account().unwrap().username, "maria");
    assert_eq!(client.base_url().as_str(), "http://127.0.0.1:1/api/");
    assert_eq!(format!("{client:?}"), r#"Client { base_url: "http://127.0.0.1:1/api/", .. }"#);
    assert_eq!(format!("{:?}", client.get("x")), format!("Request {{ client: {client:?}, .. }}"));
    assert_eq!(format!("{:?}", client.http()), r#"Http { base_url: "http://127.0.0.1:1/api/", .. }"#);
}
