//! Construction of a client, and a refusal that repeats its password.
//!
//! Rules P, F and S: docs/semantics.md.

use mockito::Server;
use pontotel_auth::auth_core::ErrorKind;
use pontotel_auth::{Account, Client, Environment};

fn vars(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn the_environment_is_all_that_a_client_needs() {
    let client = Client::from_vars(vars(&[("PONTOTEL_USERNAME", "maria"), ("PONTOTEL_PASSWORD", "segredo")])).unwrap();
    assert_eq!(client.base_url().as_str(), Environment::Production.base_url());
    assert_eq!(client.account().map(Account::username), Some("maria"));
    let sandbox: &[_] = &[("PONTOTEL_USERNAME", "m"), ("PONTOTEL_PASSWORD", "s"), ("PONTOTEL_ENVIRONMENT", "Sandbox")];
    let client = Client::from_vars(vars(sandbox)).unwrap();
    assert_eq!(client.base_url().as_str(), "https://sandbox-apis.pontotel.com.br/pontotel/api/v4/");
    let elsewhere: &[_] =
        &[("PONTOTEL_USERNAME", "m"), ("PONTOTEL_PASSWORD", "s"), ("PONTOTEL_BASE_URL", "https://proxy.example/v4")];
    let client = Client::from_vars(vars(elsewhere)).unwrap();
    assert_eq!(client.base_url().as_str(), "https://proxy.example/v4/");
}

#[test]
fn a_missing_or_wrong_variable_is_named() {
    for (pairs, name) in [
        (&[("PONTOTEL_PASSWORD", "s")][..], "set PONTOTEL_USERNAME"),
        (&[("PONTOTEL_USERNAME", "m"), ("PONTOTEL_PASSWORD", " ")], "set PONTOTEL_PASSWORD"),
        (
            &[("PONTOTEL_USERNAME", "m"), ("PONTOTEL_PASSWORD", "s"), ("PONTOTEL_ENVIRONMENT", "prod")],
            "set PONTOTEL_ENVIRONMENT to production or sandbox, and not to \"prod\"",
        ),
    ] {
        let error = Client::from_vars(vars(pairs)).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, name));
    }
}

#[test]
fn a_missing_setting_is_named_and_https_is_required() {
    let whole = Client::builder().username("maria").password("segredo");
    for (builder, words) in [
        (Client::builder().password("segredo"), "a user name"),
        (Client::builder().username("maria"), "a password"),
        (whole.clone().base_url("http://pontotel.example/v4/"), "https"),
        (whole.clone().base_url("pontotel"), "https"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(whole.base_url("http://127.0.0.1:1/").build().is_ok());
}

#[tokio::test]
async fn p26_a_refusal_that_repeats_the_password_does_not_show_it() {
    let mut server = Server::new_async().await;
    let refusal = r#"{"error":"authentication_failed","message":"s3gr3d0-dela não confere"}"#;
    let _login = server.mock("POST", "/login/").with_status(401).with_body(refusal).create_async().await;
    let client = Client::builder().username("maria").password("s3gr3d0-dela").base_url(server.url());
    let error = client.build().unwrap().users().next().await.unwrap().unwrap_err();
    assert_eq!(error.provider_message(), Some("[redacted] não confere"));
    assert!(!format!("{error:?} {error}").contains("s3gr3d0"));
}
