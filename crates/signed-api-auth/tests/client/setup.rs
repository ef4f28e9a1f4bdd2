//! Tests of building a client. None needs a runtime.

use signed_api_auth::auth_core::ErrorKind;
use signed_api_auth::auth_core::secrecy::ExposeSecret;
use signed_api_auth::{Client, Environment};

const PRODUCTION: (&str, &str) = ("SIGNED_API_BASE_URL", "https://api.example.com/tenant");
const KEY: (&str, &str) = ("SIGNED_API_KEY", "segredo");

const TOKEN: (&str, &str) = ("SIGNED_API_TOKEN", "t0k3n-dado");
const SIGNATURE: (&str, &str) = ("SIGNED_API_SIGNATURE_TOKEN", "a1b2c3");
const EITHER: &str = "set either SIGNED_API_TOKEN and SIGNED_API_SIGNATURE_TOKEN, or SIGNED_API_KEY";

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
        (
            &[][..],
            "set SIGNED_API_BASE_URL; set either SIGNED_API_TOKEN and SIGNED_API_SIGNATURE_TOKEN, or SIGNED_API_KEY",
        ),
        (&[PRODUCTION], EITHER),
        (&[PRODUCTION, KEY, TOKEN], EITHER),
        (&[PRODUCTION, KEY, TOKEN, SIGNATURE], EITHER),
        (&[PRODUCTION, TOKEN], "set SIGNED_API_SIGNATURE_TOKEN"),
        (&[SIGNATURE], "set SIGNED_API_BASE_URL and SIGNED_API_TOKEN"),
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
            "the builder lacks an API key, or a token: call `api_key`, or set SIGNED_API_KEY",
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
    assert!(format!("{:?}", Client::builder()).contains("renew_before: Some(300s)"));
    let builder = Client::builder().options(|options| options.renew_before(std::time::Duration::from_secs(9)));
    assert!(format!("{builder:?}").contains("renew_before: Some(9s)"));
}

#[test]
fn a_pair_of_tokens_comes_from_the_variables() {
    let client = from(&[PRODUCTION, TOKEN, SIGNATURE]).unwrap();
    let session = client.cached().unwrap();
    assert!(client.account().is_none());
    assert_eq!(session.token().expose_secret(), TOKEN.1);
    assert_eq!(session.signature_token().expose_secret(), SIGNATURE.1);
}

/// The error names the missing half of a pair and shows nothing of the other.
#[test]
fn a_pair_of_tokens_is_whole_and_stands_alone() {
    let builder = || Client::builder().environment(Environment::Sandbox);
    for (builder, message) in [
        (
            builder().token("t0k3n"),
            "lacks its signature token: call `signature_token`, or set SIGNED_API_SIGNATURE_TOKEN",
        ),
        (builder().signature_token("t0k3n"), "lacks its token: call `token`, or set SIGNED_API_TOKEN"),
        (builder().token("t0k3n").signature_token("s").api_key("k"), "has a token and an account; give one of them"),
        (builder().token("t0k3n").api_key("k"), "has a token and an account; give one of them"),
        (builder().signature_token("t0k3n").api_key("k"), "has a token and an account; give one of them"),
        (builder().token("Bearer t0k3n").signature_token("s"), "the token begins with its scheme"),
        (builder().token("").signature_token("t0k3n"), "the token is empty"),
        (builder().token("t0k3n").signature_token(" "), "the signature token is empty"),
        (builder().token("t").signature_token("t0k3n\nb"), "the signature token has control characters"),
        (builder().token("t").signature_token("t0k3nç"), "the signature token has blanks, or letters outside ASCII"),
    ] {
        let shown = format!("{builder:?}");
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(message), "{error}");
        assert!(!format!("{shown} {error:?}").contains("t0k3n"), "{shown} {error:?}");
    }
    for builder in [builder().token("t0k3n").api_key("k"), builder().signature_token("t0k3n").api_key("k")] {
        let error = builder.account().unwrap_err();
        assert_eq!(error.to_string(), "the builder has a token, which needs no login; give an API key");
    }
    assert!(builder().token("t0k3n").panel().is_ok(), "a panel needs neither");
}
