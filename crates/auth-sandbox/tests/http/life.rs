//! Tests of expiry and revocation.

use std::time::Duration;

use crate::common::{all, answer, claims, logged_in, login, secret, status};
use auth_sandbox::Sandbox;

#[tokio::test]
async fn a_token_expires_at_the_end_of_its_lifetime_and_not_before() {
    let lifetime = Duration::from_secs(1);
    let sandbox = Sandbox::builder().lifetime(lifetime).start().await.unwrap();
    let mut tokens = Vec::new();
    for provider in all(&sandbox) {
        let token = logged_in(provider).await;
        assert_eq!(status(provider, &token).await, 200, "{}", provider.name());
        tokens.push((provider, token));
    }
    tokio::time::sleep(lifetime).await;
    for (provider, token) in tokens {
        assert_eq!(status(provider, &token).await, 401, "{}", provider.name());
    }
}

#[tokio::test]
async fn a_new_lifetime_applies_to_tokens_issued_later() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let long = logged_in(provider).await;
        provider.set_lifetime(Duration::ZERO);
        let short = logged_in(provider).await;
        assert_eq!(status(provider, &long).await, 200, "{}", provider.name());
        assert_eq!(status(provider, &short).await, 401, "{}", provider.name());
    }
}

#[tokio::test]
async fn revoking_ends_every_token_of_that_provider_alone() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        let tokens = [logged_in(provider).await, logged_in(provider).await];
        for other in all(&sandbox).iter().filter(|other| other.name() != provider.name()) {
            other.revoke_all();
        }
        assert_eq!(status(provider, &tokens[0]).await, 200, "{}", provider.name());
        provider.revoke_all();
        assert_eq!(status(provider, &tokens[0]).await, 401, "{}", provider.name());
        assert_eq!(status(provider, &tokens[1]).await, 401, "{}", provider.name());
        let next = logged_in(provider).await;
        assert_eq!(status(provider, &next).await, 200, "{}", provider.name());
    }
}

#[tokio::test]
async fn a_new_password_refuses_the_old_one_and_ends_tokens_at_api4com_alone() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox).iter().filter(|provider| provider.name() != "sopague-gateway") {
        let token = logged_in(provider).await;
        provider.set_password("nova-senha");
        let (_, refused) = answer(login(provider, secret(provider))).await;
        assert_eq!(crate::common::token(provider, &refused), None, "{}", provider.name());
        let (_, accepted) = answer(login(provider, "nova-senha")).await;
        assert!(crate::common::token(provider, &accepted).is_some(), "{}", provider.name());
        let expected = if provider.name() == "api4com" { 401 } else { 200 };
        assert_eq!(status(provider, &token).await, expected, "{}", provider.name());
    }
    let gateway = sandbox.sopague_gateway();
    let (_, refused) = answer(login(gateway, gateway.password())).await;
    assert_eq!(refused["authenticated"], false);
}

#[tokio::test]
async fn logins_in_the_same_second_give_different_tokens() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in all(&sandbox) {
        assert_ne!(logged_in(provider).await, logged_in(provider).await, "{}", provider.name());
    }
}

#[tokio::test]
async fn a_lifetime_below_a_second_is_reported_as_one_second_and_zero_as_zero() {
    let sandbox = Sandbox::builder().lifetime(Duration::ZERO).start().await.unwrap();
    let pontotel = sandbox.pontotel();
    let (_, body) = answer(login(pontotel, pontotel.password())).await;
    assert_eq!(body["expires_in"], 0);
    pontotel.set_lifetime(Duration::from_millis(300));
    let (_, body) = answer(login(pontotel, pontotel.password())).await;
    assert_eq!(body["expires_in"], 1);
    let claims = claims(body["access_token"].as_str().unwrap());
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 1);
}
