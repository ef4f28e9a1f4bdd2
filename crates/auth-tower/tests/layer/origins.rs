//! Requests to other origins, redirects, and credentials that belong into the query.

use auth_tower::AuthLayer;
use auth_tower::auth_core::url::Url;
use auth_tower::auth_core::{Client, Credential, ErrorKind, Expiry, Http, Login, Options, Result};
use http::{HeaderMap, Request, Response, StatusCode};
use tower::{Layer, ServiceExt, service_fn};

use crate::account::{Account, Api, core_error};

#[tokio::test(start_paused = true)]
async fn another_origin_is_refused_before_any_login_and_call() {
    let (client, api) = (Account::client(), Api::default());
    let service = AuthLayer::new(&client).layer(api.clone());
    for (uri, host) in [
        ("https://evil.test/", None),
        ("http://api.test/", None),
        ("/v1/users", None),
        ("https://api.test/", Some("evil.test")),
    ] {
        let mut request = Request::get(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let error = service.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap_err();
        assert_eq!(core_error(&error).kind(), ErrorKind::InvalidRequest, "{uri}");
    }
    assert_eq!((client.stats().logins, api.tokens().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_a_response_like_any_other() {
    let client = Account::client();
    let inner = service_fn(|request: Request<String>| async move {
        let response = Response::builder().status(302).header("location", "https://evil.test/");
        assert_eq!(request.uri().host(), Some("api.test"));
        response.body(String::new())
    });
    let request = Request::get("https://api.test/").body(String::new()).unwrap();
    let response = AuthLayer::new(&client).layer(inner).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
}

/// An API key that a provider takes in the query alone.
#[derive(Debug)]
struct Key;

impl Credential for Key {
    fn expiry(&self) -> Expiry {
        Expiry::Never
    }

    fn authorize(&self, _headers: &mut HeaderMap) {}

    fn query_parameter(&self) -> Option<(&str, &str)> {
        Some(("api_key", "k-1"))
    }
}

#[derive(Debug)]
enum NoLogin {}

impl Login for NoLogin {
    type Credential = Key;

    fn base_url(&self) -> &Url {
        match *self {}
    }

    async fn login(&self, _http: &Http) -> Result<Key> {
        match *self {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_of_the_query_is_an_error_before_the_service_is_called() {
    let base_url = Url::parse("https://api.test/").unwrap();
    let client = Client::<NoLogin>::from_credential(&base_url, Key, Options::default()).unwrap();
    let api = Api::default();
    let request = Request::get("https://api.test/").body(String::new()).unwrap();
    let error = AuthLayer::new(&client).layer(api.clone()).oneshot(request).await.unwrap_err();
    assert!(core_error(&error).to_string().contains("in the query"), "{error}");
    assert!(api.tokens().is_empty() && client.cached().is_some());
}
