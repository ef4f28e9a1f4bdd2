//! Tests of several accounts of one provider.

use crate::common::{all, answer, claims, get, login_as, status, token, with};
use auth_sandbox::{Account, Provider, Sandbox};
use serde_json::json;

async fn logged_in(provider: &Provider, account: &Account) -> String {
    let (_, body) = answer(login_as(provider, account.username(), &account.secret())).await;
    token(provider, &body).unwrap()
}

#[tokio::test]
async fn each_account_logs_in_with_its_own_secret_and_counts_its_own_logins() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let ana = provider.add_account("ana@loja.example", &format!("segredo-{}", provider.name()));
        let rui = provider.add_account("rui@loja.example", &format!("outro-{}", provider.name()));
        let (before, logins) = (ana.logins(), provider.logins());
        assert_eq!(status(provider, &logged_in(provider, &ana).await).await, 200, "{}", provider.name());
        let (_, refused) = answer(login_as(provider, "ana@loja.example", "errada")).await;
        assert_eq!(token(provider, &refused), None, "{}", provider.name());
        assert_eq!((ana.logins() - before, rui.logins(), provider.logins() - logins), (1, 0, 2), "{}", provider.name());
        let names: Vec<_> = provider.accounts().iter().map(|account| account.username().to_owned()).collect();
        assert_eq!(names, [provider.username(), "ana@loja.example", "rui@loja.example"]);
        crate::common::logged_in(provider).await;
    }
}

#[tokio::test]
async fn revoking_an_accounts_tokens_leaves_those_of_other_accounts() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let ana = provider.add_account("ana@loja.example", &format!("segredo-{}", provider.name()));
        let (hers, others) = (logged_in(provider, &ana).await, crate::common::logged_in(provider).await);
        ana.revoke();
        assert_eq!((status(provider, &hers).await, status(provider, &others).await), (401, 200), "{}", provider.name());
        let hers = logged_in(provider, &ana).await;
        ana.set_secret("novo segredo");
        let left = if provider.name() == "api4com" { 401 } else { 200 };
        assert_eq!(
            (status(provider, &hers).await, status(provider, &others).await),
            (left, 200),
            "{}",
            provider.name()
        );
        logged_in(provider, &ana).await;
    }
}

#[tokio::test]
async fn a_session_shows_its_own_account() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in [sandbox.econpay(), sandbox.api4com()] {
        let ana = provider.add_account("ana@loja.example", "segredo");
        let token = logged_in(provider, &ana).await;
        let (_, me) = answer(with(provider, &token, get(provider, provider.protected_path()))).await;
        assert_eq!(me["email"], "ana@loja.example");
    }
    let pontotel = sandbox.pontotel();
    let ana = pontotel.add_account("ana", "segredo");
    let (_, body) = answer(login_as(pontotel, "ana", &ana.secret())).await;
    assert_eq!((&body["user"]["username"], &body["user"]["id"]), (&json!("ana"), &json!(124)));
    assert_eq!(claims(body["access_token"].as_str().unwrap())["user_id"], 124);
}

#[tokio::test]
async fn an_account_that_is_added_again_gets_the_new_secret() {
    let sandbox = Sandbox::start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let ana = pontotel.add_account("ana", "antiga");
    pontotel.add_account("ana", "nova");
    assert_eq!((ana.secret().as_str(), pontotel.accounts().len()), ("nova", 2));
    assert_eq!(answer(login_as(pontotel, "ana", "antiga")).await.0, 401);
    assert_eq!(answer(login_as(pontotel, "ana", "nova")).await.0, 200);
    assert!(!format!("{ana:?}").contains("nova"));
}
