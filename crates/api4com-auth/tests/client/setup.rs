//! Construction of a client. No test here needs a runtime.

use std::time::Duration;

use api4com_auth::auth_core::{Credential, ErrorKind, Expiry};
use api4com_auth::{Client, Ttl};

const TOKEN: &str = "rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3t1YuGAY0JJd3zveeFY8Y";

fn from(vars: &[(&str, &str)]) -> Result<Client, String> {
    let read = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Client::from_vars(read).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    })
}

#[test]
fn an_account_or_a_token_is_read_from_the_environment() {
    let account = from(&[("API4COM_EMAIL", "maria@example.com"), ("API4COM_PASSWORD", "segredo")]).unwrap();
    assert_eq!(account.account().unwrap().email(), "maria@example.com");
    assert_eq!(account.base_url().as_str(), "https://api.api4com.com/api/v1/");

    let token =
        from(&[("API4COM_TOKEN", &format!("{TOKEN}\n")), ("API4COM_BASE_URL", "http://localhost:1/x")]).unwrap();
    assert!(token.account().is_none());
    assert_eq!(token.cached().unwrap().token().expose_secret(), TOKEN);
    assert_eq!(token.base_url().as_str(), "http://localhost:1/x/");
}

#[test]
fn a_missing_or_superfluous_variable_is_named() {
    let either = "set either API4COM_TOKEN, or API4COM_EMAIL and API4COM_PASSWORD";
    let (email, password, token) = (("API4COM_EMAIL", "m"), ("API4COM_PASSWORD", "p"), ("API4COM_TOKEN", TOKEN));
    for (vars, message) in [
        (&[][..], either),
        (&[("API4COM_TOKEN", " ")], either),
        (&[token, email], either),
        (&[token, password], either),
        (&[email], "set API4COM_PASSWORD"),
        (&[password], "set API4COM_EMAIL"),
    ] {
        assert_eq!(from(vars).unwrap_err(), message);
    }
}

#[test]
fn a_builder_names_a_missing_or_superfluous_setting() {
    let builder = Client::builder;
    for (builder, message) in [
        (builder(), "the builder lacks an email, or a token: call `email`, or set API4COM_EMAIL"),
        (builder().email("m"), "the builder lacks a password, or a token: call `password`, or set API4COM_PASSWORD"),
        (builder().email("m").token(TOKEN), "the builder has a token and an account; give one of them"),
        (builder().password("p").token(TOKEN), "the builder has a token and an account; give one of them"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, message));
    }
    assert_eq!(builder().token(TOKEN).base_url("nowhere").build().unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn a_token_that_no_header_can_carry_is_a_config_error_that_hides_it() {
    for token in ["", "Bearer segredo", "seg\nredo", "segredó"] {
        let error = Client::with_token(token).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{token:?}");
        assert!(!format!("{error} {error:?}").contains("segred"), "{error:?}");
    }
}

#[test]
fn a_given_token_never_expires_unless_its_ttl_is_given() {
    let lifetime = |client: Client| client.cached().unwrap().expiry();
    assert_eq!(lifetime(Client::with_token(TOKEN).unwrap()), Expiry::Never);
    let builder = Client::builder().token(TOKEN);
    assert_eq!(lifetime(builder.clone().ttl(Ttl::NEVER).build().unwrap()), Expiry::Never);
    let month = Expiry::In(Duration::from_secs(2_592_000));
    assert_eq!(lifetime(builder.ttl(Ttl::days(30)).build().unwrap()), month);
}

/// Another lifetime makes another account, because its login differs.
#[test]
fn accounts_that_ask_for_another_lifetime_differ() {
    let builder = || Client::builder().email("maria@example.com").password("segredo");
    let (unsaid, days) = (builder(), builder().ttl(Ttl::days(30)));
    assert_ne!(unsaid.account().unwrap(), days.clone().account().unwrap());
    assert_eq!(days.clone().account().unwrap(), days.account().unwrap());
}
