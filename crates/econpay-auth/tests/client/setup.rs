//! Construction of a client, and a refusal that repeats its password.
//!
//! Rules P, F and S: docs/semantics.md.

use econpay_auth::auth_core::ErrorKind;
use econpay_auth::{Account, Client};
use mockito::Server;

fn vars(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn the_environment_is_all_that_a_client_needs() {
    let client = Client::from_vars(vars(&[("ECONPAY_EMAIL", "maria"), ("ECONPAY_PASSWORD", "segredo")])).unwrap();
    assert_eq!(client.base_url().as_str(), "https://api.econpay.com.br/");
    assert_eq!(client.account().map(Account::email), Some("maria"));
    let sandbox: &[_] = &[("ECONPAY_EMAIL", "m"), ("ECONPAY_PASSWORD", "s"), ("ECONPAY_ENVIRONMENT", "Sandbox")];
    let client = Client::from_vars(vars(sandbox)).unwrap();
    assert_eq!(client.base_url().as_str(), "https://sandbox-api.econpay.com.br/");
    let elsewhere: &[_] =
        &[("ECONPAY_EMAIL", "m"), ("ECONPAY_PASSWORD", "s"), ("ECONPAY_BASE_URL", "https://proxy.example/v4")];
    let client = Client::from_vars(vars(elsewhere)).unwrap();
    assert_eq!(client.base_url().as_str(), "https://proxy.example/v4/");
}

#[test]
fn a_missing_or_wrong_variable_is_named() {
    for (pairs, name) in [
        (&[("ECONPAY_PASSWORD", "s")][..], "set ECONPAY_EMAIL"),
        (&[("ECONPAY_EMAIL", "m"), ("ECONPAY_PASSWORD", " ")], "set ECONPAY_PASSWORD"),
        (
            &[("ECONPAY_EMAIL", "m"), ("ECONPAY_PASSWORD", "s"), ("ECONPAY_ENVIRONMENT", "prod")],
            "set ECONPAY_ENVIRONMENT to production or sandbox, and not to \"prod\"",
        ),
    ] {
        let error = Client::from_vars(vars(pairs)).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, name));
    }
}

#[test]
fn a_missing_setting_is_named_and_https_is_required() {
    let whole = Client::builder().email("maria").password("segredo");
    for (builder, words) in [
        (Client::builder().password("segredo"), "an email"),
        (Client::builder().email("maria"), "a password"),
        (whole.clone().base_url("http://econpay.example/v4/"), "https"),
        (whole.clone().base_url("econpay"), "https"),
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
    let refusal = r#"{"statusCode":401,"message":"s3gr3d0-dela não confere"}"#;
    let _login = server.mock("POST", "/auth").with_status(401).with_body(refusal).create_async().await;
    let client = Client::builder().email("maria").password("s3gr3d0-dela").base_url(server.url());
    let error = client.build().unwrap().me().await.unwrap_err();
    assert_eq!(error.provider_message(), Some("[redacted] não confere"));
    assert!(!format!("{error:?} {error}").contains("s3gr3d0"));
}
