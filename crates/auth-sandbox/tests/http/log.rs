//! Tests of the log of exchanges.

use crate::common::control::{delete, read};
use crate::common::{all, client, get, logged_in, login, secret, status, url};
use auth_sandbox::{Fault, On, Sandbox};
use serde_json::{Value, json};

#[tokio::test]
async fn the_log_shows_no_password_key_or_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut secrets = vec!["senha-digitada".to_owned(), "token-na-url".to_owned()];
    for provider in all(&sandbox) {
        provider.keep_exchanges();
        login(provider, "senha-digitada").send().await.unwrap();
        let token = logged_in(provider).await;
        status(provider, &token).await;
        get(provider, "users/me?access_token=token-na-url").send().await.unwrap();
        secrets.extend([secret(provider).to_owned(), provider.password().to_owned(), token]);
        // The answer to a login at the signed API has a second secret.
        let answers: Vec<Value> =
            provider.take_exchanges().iter().filter_map(|one| serde_json::from_slice(&one.body).ok()).collect();
        let keys = answers.iter().filter_map(|body| body["data"]["signatureToken"].as_str());
        secrets.extend(keys.map(str::to_owned));
    }
    assert_eq!(secrets.len(), 2 + 6 * 3 + 1);
    let shown = read(&sandbox, "log").await.to_string();
    assert_eq!(sandbox.log().len(), 24);
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn a_token_in_the_log_has_the_id_that_the_list_of_tokens_shows() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        status(provider, &token).await;
        let id = format!("token:{}", provider.tokens()[0].id);
        let log = read(&sandbox, &format!("log?provider={}", provider.name())).await;
        assert!(log[0]["answer"]["body"].as_str().unwrap().contains(&id), "{log}");
        assert!(log[1]["request"]["headers"]["authorization"].as_str().unwrap().ends_with(&id), "{log}");
    }
}

#[tokio::test]
async fn filters_select_by_provider_kind_status_path_and_number() {
    let sandbox = Sandbox::start().await.unwrap();
    let (econpay, pontotel) = (sandbox.econpay(), sandbox.pontotel());
    let token = logged_in(econpay).await;
    status(econpay, &token).await;
    get(econpay, "customers?page=2").send().await.unwrap();
    login(pontotel, "errada").send().await.unwrap();
    for (filter, numbers) in [
        ("", json!([1, 2, 3, 4])),
        ("?provider=econpay", json!([1, 2, 3])),
        ("?on=login", json!([1, 4])),
        ("?status=401", json!([3, 4])),
        ("?path=customers", json!([3])),
        ("?after=2", json!([3, 4])),
        ("?limit=1", json!([4])),
        ("?provider=econpay&status=401&on=resource", json!([3])),
    ] {
        let log = read(&sandbox, &format!("log{filter}")).await;
        let found: Vec<_> = log.as_array().unwrap().iter().map(|entry| entry["number"].clone()).collect();
        assert_eq!(json!(found), numbers, "{filter}");
    }
    assert_eq!(delete(&sandbox, "log").await, 204);
    assert_eq!(read(&sandbox, "log").await, json!([]));
    status(econpay, &token).await;
    assert_eq!(read(&sandbox, "log").await[0]["number"], 5);
}

#[tokio::test]
async fn a_fault_is_logged_by_its_kind_and_a_closed_connection_without_a_status() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    econpay.fault(On::Login, Fault::Close { times: 1 });
    econpay.fault(On::Login, Fault::Truncated { times: 1 });
    login(econpay, "x").send().await.unwrap_err();
    login(econpay, "x").send().await.unwrap();
    login(econpay, "x").send().await.unwrap();
    let shown: Vec<_> = sandbox.log().iter().map(|entry| (entry.fault, entry.status)).collect();
    assert_eq!(shown, [(Some("close"), None), (Some("truncated"), Some(401)), (None, Some(401))]);
}

#[tokio::test]
async fn the_log_keeps_the_last_500_exchanges_and_no_long_bodies() {
    let sandbox = Sandbox::start().await.unwrap();
    let econpay = sandbox.econpay();
    for _ in 0..501 {
        get(econpay, "auth").send().await.unwrap();
    }
    let log = sandbox.log();
    assert_eq!((log.len(), log[0].number), (500, 2));
    let body = json!({ "email": "é".repeat(10_000) });
    client().post(url(econpay, "auth")).json(&body).send().await.unwrap();
    assert_eq!(sandbox.log()[499].request_body, "20012 bytes");
}

#[tokio::test]
async fn requests_of_the_control_api_are_neither_logged_nor_counted() {
    let sandbox = Sandbox::start().await.unwrap();
    read(&sandbox, "providers/pontotel").await;
    assert!(sandbox.log().is_empty());
    assert_eq!(sandbox.pontotel().requests(), 0);
}
