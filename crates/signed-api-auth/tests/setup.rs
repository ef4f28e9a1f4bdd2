//! How a client is set up: no test here needs a runtime.

use signed_api_auth::auth_core::ErrorKind;
use signed_api_auth::{Client, Environment};

const PRODUCTION: (&str, &str) = ("SIGNED_API_BASE_URL", "https://api.example.com/tenant");
const KEY: (&str, &str) = ("SIGNED_API_KEY", "segredo");

fn from(vars: &[(&str, &str)]) -> Result<Client, String> {
    let read = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Client::from_vars(read).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    })
}

#[test]
fn a_client_is_built_outside_a_runtime_and_can_be_shared() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let builder = Client::builder().api_key("segredo").environment(Environment::Sandbox);
    shared(&builder.clone().panel().unwrap());
    let client = builder.build().unwrap();
    shared(&client);
    assert_eq!(client.base_url().as_str(), "https://sandbox.api.xigsapi.com/");
    assert_eq!(client.stats().logins, 0);
}

#[test]
fn the_base_url_comes_from_the_variables_except_in_the_sandbox() {
    let sandbox = ("SIGNED_API_ENVIRONMENT", "sandbox");
    for (vars, base_url) in [
        (&[KEY, PRODUCTION][..], "https://api.example.com/tenant/"),
        (&[KEY, PRODUCTION, ("SIGNED_API_ENVIRONMENT", "production")], "https://api.example.com/tenant/"),
        (&[KEY, sandbox], "https://sandbox.api.xigsapi.com/"),
        (&[KEY, sandbox, PRODUCTION], "https://api.example.com/tenant/"),
    ] {
        assert_eq!(from(vars).unwrap().base_url().as_str(), base_url);
    }
}

#[test]
fn a_variable_that_is_missing_or_wrong_is_named() {
    for (vars, message) in [
        (&[][..], "set SIGNED_API_KEY and SIGNED_API_BASE_URL"),
        (&[PRODUCTION], "set SIGNED_API_KEY"),
        (&[KEY], "set SIGNED_API_BASE_URL"),
        (&[KEY, ("SIGNED_API_ENVIRONMENT", "production")], "set SIGNED_API_BASE_URL"),
        (
            &[KEY, PRODUCTION, ("SIGNED_API_ENVIRONMENT", "staging")],
            r#"set SIGNED_API_ENVIRONMENT to production or sandbox, and not to "staging""#,
        ),
    ] {
        assert_eq!(from(vars).unwrap_err(), message);
    }
}

#[test]
fn a_builder_says_what_it_lacks() {
    let builder = Client::builder;
    for (error, message) in [
        (
            builder().environment(Environment::Sandbox).build().unwrap_err(),
            "the builder lacks an API key: call `api_key`, or set SIGNED_API_KEY",
        ),
        (
            builder().api_key("segredo").build().unwrap_err(),
            "the builder lacks a base URL: the provider tells production's, only the sandbox's is known; call `base_url`, \
             or set SIGNED_API_BASE_URL",
        ),
        (
            builder().panel().unwrap_err(),
            "the builder lacks a base URL: the provider tells production's, only the sandbox's is known; call `base_url`, \
             or set SIGNED_API_BASE_URL",
        ),
    ] {
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, message));
    }
}

#[test]
fn pairs_are_renewed_5_minutes_before_their_end_unless_told_otherwise() {
    assert!(format!("{:?}", Client::builder()).contains("lead: Some(300s)"));
    let builder = Client::builder().options(|options| options.lead(std::time::Duration::from_secs(9)));
    assert!(format!("{builder:?}").contains("lead: Some(9s)"));
}
