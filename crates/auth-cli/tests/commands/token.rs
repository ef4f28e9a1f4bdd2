//! `token`, `login`, `logout` and `invalidate`.

use std::time::Duration;

use auth_core::time::{OffsetDateTime, format_description::well_known::Rfc3339};
use auth_sandbox::{Fault, On};
use serde_json::Value;

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_printed_in_each_format() {
    let place = Place::new().await;
    let token = place.run(&["token", "loja"]).ok();
    let token = token.trim();
    assert_eq!(place.sandbox.pontotel().tokens().len(), 1);
    assert_eq!(place.run(&["token", "loja", "--format", "header"]).ok(), format!("Authorization: Bearer {token}\n"));
    assert_eq!(place.run(&["token", "loja", "--format", "env"]).ok(), format!("PONTOTEL_TOKEN={token}\n"));
    let json: Value = serde_json::from_str(&place.run(&["token", "loja", "--format", "json"]).ok()).unwrap();
    assert_eq!(json["token"], token);
    let expiration = OffsetDateTime::parse(json["expiration"].as_str().unwrap(), &Rfc3339).unwrap();
    let left = expiration - OffsetDateTime::from(place.sandbox.now());
    assert!((3_400..=3_540).contains(&left.whole_seconds()), "a minute before the provider's end: {left}");
    assert_eq!(place.sandbox.pontotel().logins(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_a_signed_login_include_its_signature_token() {
    let place = Place::new().await;
    let variables = place.run(&["token", "jogo", "--format", "env"]).ok();
    let names: Vec<_> = variables.lines().map(|line| line.split('=').next().unwrap()).collect();
    assert_eq!(names, ["SIGNED_API_TOKEN", "SIGNED_API_SIGNATURE_TOKEN"]);
    let header = place.run(&["token", "voz", "--format", "header"]).ok();
    assert!(header.starts_with("Authorization: ") && !header.contains("Bearer"), "as Api4Com wants it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_close_to_its_end_is_replaced() {
    let place = Place::new().await;
    place.sandbox.pontotel().set_lifetime(Duration::from_secs(600));
    let first = place.run(&["token", "loja"]).ok();
    place.age_logins(Duration::from_secs(400));
    assert_eq!(place.run(&["token", "loja"]).ok(), first);
    place.age_logins(Duration::from_secs(160));
    assert_eq!(place.sandbox.pontotel().tokens().len(), 1, "the provider still accepts it");
    assert_ne!(place.run(&["token", "loja"]).ok(), first);
    assert_eq!(place.sandbox.pontotel().logins(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalidated_token_is_replaced_unless_its_login_is_young() {
    let place = Place::new().await;
    assert_eq!(place.run(&["invalidate", "loja"]).ok(), "there was no login\n");
    let first = place.run(&["token", "loja"]).ok();
    assert!(place.run(&["invalidate", "loja"]).ok().starts_with("kept: "));
    assert_eq!(place.run(&["token", "loja"]).ok(), first);
    place.age_logins(Duration::from_secs(10));
    assert!(place.run(&["invalidate", "loja"]).ok().starts_with("invalidated: "));
    assert_ne!(place.run(&["token", "loja"]).ok(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_ends_the_token_for_all_and_at_the_provider() {
    let place = Place::new().await;
    place.run(&["login", "voz"]).ok();
    assert_eq!(place.sandbox.api4com().tokens().len(), 1);
    assert_eq!(place.run(&["logout", "voz"]).ok(), "logged out\n");
    assert_eq!(place.sandbox.api4com().tokens().len(), 0);
    assert_eq!(place.run(&["logout", "voz"]).ok(), "there was no login\n");
    let first = place.run(&["token", "loja"]).ok();
    assert_eq!(place.run(&["logout", "loja"]).ok(), "logged out\n");
    assert_ne!(place.run(&["token", "loja"]).ok(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlocked_account_logs_in_at_once_with_ignore_cooldown() {
    let place = Place::new().await;
    let password = place.sandbox.pontotel().password().to_owned();
    place.sandbox.pontotel().set_password("locked");
    place.run(&["login", "loja"]).failed(3);
    place.sandbox.pontotel().set_password(&password);
    place.run(&["login", "loja"]).failed(3);
    assert!(place.run(&["login", "loja", "--ignore-cooldown"]).ok().starts_with("logged in until "));
    assert_eq!(place.sandbox.pontotel().logins(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_failure_has_its_exit_code() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    pontotel.fault(On::Login, Fault::TooManyRequests { retry_after: Some("30".into()), times: 1 });
    let limited = place.run(&["token", "loja"]).failed(4);
    assert!(limited.contains("next try in 30 s"), "{limited}");
    place.sandbox.econpay().set_password("another");
    let down = "[profile.down]\nprovider = \"pontotel\"\nbase_url = \"http://127.0.0.1:9/\"\nuser = \"maria\"\n\
                secret = { password_in_plain_text = \"segredo\" }\n";
    place.write(down);
    assert!(place.run(&["token", "down"]).failed(5).contains("127.0.0.1:9"));
    assert!(place.run(&["token", "loja"]).failed(2).contains("profile `loja` is not in"));
    assert_eq!(place.run(&["token"]).code, Some(2));
}
