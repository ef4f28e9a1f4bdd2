//! The requests of the five clients, each of which the providers' documents describe.

#[path = "../../../crates/auth-sandbox/tests/http/checker/mod.rs"]
mod checker;

use std::collections::BTreeSet;
use std::time::Duration;

use self::checker::Contract;
use api4com_auth::auth_core::AccessToken;
use api4com_auth::auth_core::reqwest::{Url, header::HeaderMap};
use api4com_auth::{CallsQuery, Ttl};
use auth_sandbox::{Fault, On, Provider, Quirks, Sandbox};
use serde_json::{Value, json};
use signed_api_auth::{Language, Method};

/// Starts a sandbox with the habits of real servers.
async fn unkind() -> Sandbox {
    let quirks = Quirks { keep_alive: Some(Duration::from_millis(50)), ..Quirks::UNKIND };
    Sandbox::builder().quirks(quirks).start().await.unwrap()
}

/// Returns the operations that arrived, logins included, one for each request. Asserts that each is documented.
fn arrived(provider: &Provider) -> Vec<String> {
    let contract = Contract::of(provider);
    let exchanges = provider.take_exchanges();
    for exchange in &exchanges {
        assert_eq!(contract.request(&exchange.request), [""; 0], "{}", provider.name());
        assert_eq!(contract.answer(exchange), [""; 0], "{}", provider.name());
    }
    let operation = |request| contract.find(request).unwrap().id().to_owned();
    exchanges.iter().map(|exchange| operation(&exchange.request)).collect()
}

/// Returns true if every documented operation arrived.
fn all_of(provider: &Provider, api: Option<&str>, arrived: &[String]) -> bool {
    let contract = Contract::of(provider);
    let documented: BTreeSet<_> = contract.operations(api).iter().map(|operation| operation.id().to_owned()).collect();
    documented == arrived.iter().cloned().collect()
}

#[tokio::test]
async fn pontotels_client_sends_only_documented_requests() {
    let sandbox = unkind().await;
    let provider = sandbox.pontotel();
    provider.keep_exchanges();
    let client = pontotel_auth::Client::builder()
        .username(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .build()
        .unwrap();
    client.users().next().await.unwrap().unwrap();
    provider.revoke_all();
    client.get("usuarios/").query(&[("page", "2"), ("page_size", "2")]).error_for_status().await.unwrap();
    client.get("empregados/").query(&[("is_active", "true")]).error_for_status().await.unwrap();
    client.post("empregados/").json(&json!({"nome": "Maria"})).error_for_status().await.unwrap();
    let arrived = arrived(provider);
    assert_eq!(arrived, ["login", "users", "users", "login", "users", "employees", "createEmployee"]);
    assert!(all_of(provider, None, &arrived));
}

#[tokio::test]
async fn econpays_client_sends_only_documented_requests() {
    let sandbox = unkind().await;
    let provider = sandbox.econpay();
    provider.keep_exchanges();
    let client = econpay_auth::Client::builder()
        .email(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .build()
        .unwrap();
    client.me().await.unwrap();
    client.get("customers").query(&[("page", "1"), ("name", "João da Silva")]).error_for_status().await.unwrap();
    let arrived = arrived(provider);
    assert_eq!(arrived, ["login", "me", "customers"]);
    assert!(all_of(provider, None, &arrived));
}

#[tokio::test]
async fn sopagues_client_sends_only_documented_requests_to_each_api() {
    let sandbox = unkind().await;
    for (provider, api, name, expected) in [
        (sandbox.sopague(), sopague_auth::Api::Integration, "integration", ["login", "transactions"]),
        (sandbox.sopague_gateway(), sopague_auth::Api::Gateway, "gateway", ["gatewayLogin", "payment"]),
    ] {
        provider.keep_exchanges();
        let client = sopague_auth::Client::builder()
            .username(provider.username())
            .password(provider.password())
            .api(api)
            .base_url(provider.base_url())
            .build()
            .unwrap();
        let request = client.request(provider.protected_method(), provider.protected_path());
        let codes = [("accountNumber", "12345"), ("nsu", "123456"), ("codAuth", "078704")];
        let request = if name == "integration" { request.query(&codes) } else { request };
        request.error_for_status().await.unwrap();
        let arrived = arrived(provider);
        assert_eq!(arrived, expected);
        assert!(all_of(provider, Some(name), &arrived));
    }
}

#[tokio::test]
async fn api4coms_client_sends_only_documented_requests() {
    let sandbox = unkind().await;
    let provider = sandbox.api4com();
    provider.keep_exchanges();
    let client = api4com_auth::Client::builder()
        .email(provider.username())
        .password(provider.password())
        .ttl(Ttl::days(1))
        .base_url(provider.base_url())
        .build()
        .unwrap();
    client.me().await.unwrap();
    client.calls(&CallsQuery::default()).next().await.unwrap().unwrap();
    client.get("users").query(&[("filter", r#"{"where":{"email":"a@x.example"}}"#)]).error_for_status().await.unwrap();
    for ttl in [Ttl::days(30), Ttl::NEVER] {
        let token: AccessToken = client.create_token(ttl).await.unwrap().token().clone();
        client.delete_token(&token).await.unwrap();
    }
    client.logout().await.unwrap();
    let arrived = arrived(provider);
    assert_eq!(arrived, ["login", "me", "calls", "users", "createToken", "logout", "createToken", "logout", "logout"]);
    assert!(all_of(provider, None, &arrived));
}

#[tokio::test]
async fn the_signed_apis_client_sends_only_documented_requests() {
    let sandbox = unkind().await;
    let provider = sandbox.signed_api();
    provider.keep_exchanges();
    let client = signed_api_auth::Client::builder().api_key(provider.api_key()).base_url(provider.base_url());
    let client = client.build().unwrap();
    client.profile().await.unwrap();
    for (method, path, body) in signed_writes() {
        client.signed(method, path, &body).error_for_status().await.unwrap();
    }
    for path in ["v1/user", "v1/game/session", "v1/webhook", "v1/webhook/507f1f77bcf86cd799439077"] {
        client.get(path).error_for_status().await.unwrap();
    }
    let panel = signed_api_auth::Client::builder().base_url(provider.base_url()).panel().unwrap();
    panel.forgot_password(provider.username(), "captcha", Language::Pt).await.unwrap();
    panel.reset_password(provider.recovery_token(), "a senha nova").await.unwrap();
    let person = panel.login(provider.username(), "a senha nova", "captcha").await.unwrap();
    person.change_password("a senha nova", "outra senha").await.unwrap();
    let arrived = arrived(provider);
    assert_eq!(provider.verified_signatures(), 5);
    assert!(all_of(provider, None, &arrived), "{arrived:?}");
}

fn signed_writes() -> [(Method, &'static str, Value); 5] {
    let id = "507f1f77bcf86cd799439011";
    let profile = json!({"email": "casino@example.com", "description": "My Casino", "profileType": "demo"});
    let user = json!({"profileId": id, "credential": "player@example.com", "credentialType": "email"});
    let game = json!({"userToken": "user_token_value", "gameId": id, "balance": 100.0});
    let hook = json!({"url": "https://hooks.example.com", "eventTriggers": ["open-round"], "signatureToken": id});
    [
        (Method::POST, "v1/profile", profile),
        (Method::PUT, "v1/profile/507f1f77bcf86cd799439011", json!({"description": "My Other Casino"})),
        (Method::POST, "v1/user/auth", user),
        (Method::POST, "v1/game/session", game),
        (Method::POST, "v1/webhook", hook),
    ]
}

#[tokio::test]
async fn retried_logins_and_replayed_requests_are_documented_too() {
    let sandbox = unkind().await;
    let provider = sandbox.signed_api();
    provider.keep_exchanges();
    let client = signed_api_auth::Client::builder().api_key(provider.api_key()).base_url(provider.base_url());
    let client = client.build().unwrap();
    provider.fault(On::Login, Fault::Status { status: 500, times: 1 });
    provider.fault(On::Resource, Fault::Unauthorized { times: 1 });
    provider.set_lifetime(Duration::from_secs(60));
    let (method, path, body) = signed_writes()[0].clone();
    client.signed(method, path, &body).error_for_status().await.unwrap();
    assert_eq!(arrived(provider), ["login", "login", "createProfile", "login", "createProfile"]);
}
