//! Construction of a client, and a refusal that repeats its password.
//!
//! Rules P, F and S: docs/semantics.md.

use mockito::Server;
use sopague_auth::auth_core::ErrorKind;
use sopague_auth::{Account, Api, Client, Environment};

fn vars(pairs: &[(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
    let user = [("SOPAGUE_USERNAME", "integrador"), ("SOPAGUE_PASSWORD", "segredo")];
    let pairs: Vec<_> = pairs.iter().chain(&user).copied().collect();
    move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn the_api_and_the_environment_choose_the_address_unless_one_is_given() {
    for (api, environment, address) in [
        (Api::Integration, Environment::Production, "https://integration.sopague.com.br/sopague/"),
        (Api::Integration, Environment::Homologation, "https://api-hmg.sopague.com.br/integration/"),
        (Api::Gateway, Environment::Production, "https://api.sopague.com.br/gateway/"),
        (Api::Gateway, Environment::Homologation, "https://api-hmg.sopague.com.br/gateway/"),
    ] {
        let builder = Client::builder().username("integrador").password("segredo").api(api).environment(environment);
        assert_eq!(builder.clone().build().unwrap().base_url().as_str(), address);
        let elsewhere = builder.base_url("https://proxy.example/sopague").build().unwrap();
        assert_eq!(elsewhere.base_url().as_str(), "https://proxy.example/sopague/");
        assert_eq!(elsewhere.account().map(Account::api), Some(api));
    }
}

#[test]
fn the_environment_is_all_that_a_client_needs() {
    for (pairs, api, address) in [
        (&[][..], Api::Integration, "https://integration.sopague.com.br/sopague/"),
        (&[("SOPAGUE_API", "integration")], Api::Integration, "https://integration.sopague.com.br/sopague/"),
        (&[("SOPAGUE_API", "Gateway")], Api::Gateway, "https://api.sopague.com.br/gateway/"),
        (&[("SOPAGUE_ENVIRONMENT", "production")], Api::Integration, "https://integration.sopague.com.br/sopague/"),
        (&[("SOPAGUE_ENVIRONMENT", "homologation")], Api::Integration, "https://api-hmg.sopague.com.br/integration/"),
        (&[("SOPAGUE_ENVIRONMENT", "sandbox")], Api::Integration, "https://api-hmg.sopague.com.br/integration/"),
        (&[("SOPAGUE_BASE_URL", "https://proxy.example/x")], Api::Integration, "https://proxy.example/x/"),
    ] {
        let client = Client::from_vars(vars(pairs)).unwrap();
        assert_eq!(client.account().map(|account| (account.username(), account.api())), Some(("integrador", api)));
        assert_eq!(client.base_url().as_str(), address);
    }
}

#[test]
fn a_missing_or_wrong_variable_is_named() {
    for (pair, message) in [
        (("SOPAGUE_USERNAME", ""), "set SOPAGUE_USERNAME"),
        (("SOPAGUE_PASSWORD", " "), "set SOPAGUE_PASSWORD"),
        (("SOPAGUE_API", "payments"), r#"set SOPAGUE_API to integration or gateway, and not to "payments""#),
        (
            ("SOPAGUE_ENVIRONMENT", "hmg"),
            r#"set SOPAGUE_ENVIRONMENT to production or homologation or sandbox, and not to "hmg""#,
        ),
    ] {
        let error = Client::from_vars(vars(&[pair])).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, message));
    }
}

#[test]
fn a_missing_setting_is_named_and_https_is_required() {
    let whole = Client::builder().username("integrador").password("segredo");
    for (builder, words) in [
        (Client::builder().password("segredo"), "a user name"),
        (Client::builder().username("integrador"), "a password"),
        (whole.clone().base_url("http://sopague.example/x/"), "https"),
        (whole.clone().base_url("sopague"), "https"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(words), "{error}");
    }
    assert!(whole.base_url("http://127.0.0.1:1/").build().is_ok());
}

#[test]
fn a_user_name_or_password_that_is_too_long_is_rejected_before_sending() {
    let build = |username: usize, password: usize| {
        Client::builder().username("ç".repeat(username)).password("ã".repeat(password)).build()
    };
    assert!(build(30, 256).is_ok(), "characters, not bytes");
    for (error, words) in [
        (
            build(31, 256).unwrap_err(),
            ["the user name has 31 characters", "at most 30: give the one that Sopague issued"],
        ),
        (
            build(30, 257).unwrap_err(),
            ["the password has 257 characters", "at most 256: give the one that Sopague issued"],
        ),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(words.iter().all(|word| error.to_string().contains(word)), "{error}");
        assert!(!format!("{error:?}").contains(['ç', 'ã']), "{error:?}");
    }
}

#[tokio::test]
async fn p26_a_refusal_that_repeats_the_password_does_not_show_it() {
    let mut server = Server::new_async().await;
    let refusal = r#"{"authenticated":false,"message":"s3gr3d0-dela não confere"}"#;
    let _login = server.mock("POST", "/api/authentication/login").with_body(refusal).create_async().await;
    let client = Client::builder().username("maria").password("s3gr3d0-dela").base_url(server.url());
    let error = client.build().unwrap().credential().await.unwrap_err();
    assert_eq!(error.provider_message(), Some("[redacted] não confere"));
    assert!(!format!("{error:?} {error}").contains("s3gr3d0"));
}
