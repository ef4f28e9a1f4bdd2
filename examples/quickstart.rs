//! The main use case, end to end, for each of the five providers: the client logs in, sends a request, and logs in
//! again after its token is revoked.
//!
//! ```text
//! cargo run -p auth-examples --example quickstart
//! cargo run -p auth-examples --example quickstart -- --provider pontotel
//! ```
//!
//! The first runs against a sandbox inside this process. The second runs one provider against the real service, with
//! the secrets from its environment variables (`PONTOTEL_USERNAME`, `PONTOTEL_PASSWORD` …).

use std::process::ExitCode;

use api4com_auth::auth_core::reqwest::Method;
use api4com_auth::auth_core::{Client, Credential, Error, ErrorKind, Expiry, Login, Result, error_for_status};
use auth_examples::println;
use auth_sandbox::{Provider, Sandbox};
use serde_json::json;

const PROVIDERS: [&str; 5] = ["pontotel", "econpay", "sopague", "api4com", "xigsapi"];

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        [] => against_the_sandbox().await,
        // The crate of xigsapi is called signed-api-auth.
        ["--provider", "signed-api"] => against_the_service("xigsapi").await.map_err(Into::into),
        ["--provider", name] if PROVIDERS.contains(&name) => against_the_service(name).await.map_err(Into::into),
        _ => {
            eprintln!("usage: quickstart [--provider NAME], where NAME is one of {}", PROVIDERS.join(", "));
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn against_the_sandbox() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    println!("A sandbox of the five providers listens on {}\n", sandbox.pontotel().base_url());
    head();

    let provider = sandbox.pontotel();
    let client = pontotel_auth::Client::builder()
        .username(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .build()?;
    row("pontotel", &client, provider, |session| session.token().masked()).await?;

    let provider = sandbox.econpay();
    let client = econpay_auth::Client::builder()
        .email(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .build()?;
    row("econpay", &client, provider, |session| session.token().masked()).await?;

    let provider = sandbox.sopague();
    let client = sopague_auth::Client::builder()
        .username(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .build()?;
    row("sopague", &client, provider, |session| session.token().masked()).await?;

    let provider = sandbox.api4com();
    let client = api4com_auth::Client::builder()
        .email(provider.username())
        .password(provider.password())
        .base_url(provider.base_url())
        .build()?;
    row("api4com", &client, provider, |session| session.token().masked()).await?;

    let provider = sandbox.signed_api();
    let client =
        signed_api_auth::Client::builder().api_key(provider.api_key()).base_url(provider.base_url()).build()?;
    row("xigsapi", &client, provider, |session| session.token().masked()).await?;

    let webhook = json!({
        "url": "https://loja.example/webhook",
        "eventTriggers": ["open-round", "close-round"],
        "signatureToken": "9f1e2d3c-4b5a-6789-0123-456789abcdef",
    });
    let response = error_for_status(client.send_signed(Method::POST, "v1/webhook", &webhook).await?).await?;
    let verified = provider.verified_signatures();
    println!(
        "\nA signed POST v1/webhook was answered {}; signatures that the server verified: {verified}",
        response.status()
    );
    if verified == 1 { Ok(()) } else { Err("the server verified no signature".into()) }
}

fn head() {
    line("provider", "token", "expires in", "request", "after the token was revoked");
}

fn line(provider: &str, token: &str, life: &str, request: &str, healed: &str) {
    println!("{provider:<11} {token:<24} {life:<11} {request:<48} {healed}");
}

/// Prints one provider's line: its token, a request, and a request after the provider revoked the token.
async fn row<L: Login>(
    name: &str,
    client: &Client<L>,
    provider: &Provider,
    masked: impl Fn(&L::Credential) -> String,
) -> Result<()> {
    let (method, path) = (provider.protected_method(), provider.protected_path());
    let request = || client.request(method.clone(), path).send();
    let credential = client.credential().await?;
    let first = error_for_status(request().await?).await?.status().as_u16();
    provider.revoke_all();
    let logins = provider.logins();
    let healed = error_for_status(request().await?).await?.status().as_u16();
    let logins = provider.logins() - logins;
    line(
        name,
        &masked(&credential),
        &life(credential.expiry()),
        &format!("{method} {path}: {first}"),
        &format!("{healed}, with {logins} new login"),
    );
    if logins == 1 { Ok(()) } else { Err(Error::new(ErrorKind::Status, "one new login was expected")) }
}

async fn against_the_service(name: &str) -> Result<()> {
    match name {
        "pontotel" => {
            let client = pontotel_auth::Client::from_env()?;
            smoke(&client, Some("usuarios/"), |session| session.token().masked()).await
        }
        "econpay" => {
            let client = econpay_auth::Client::from_env()?;
            smoke(&client, Some("auth"), |session| session.token().masked()).await
        }
        // No harmless request is documented, so only the login is tried.
        "sopague" => {
            let client = sopague_auth::Client::from_env()?;
            smoke(&client, None, |session| session.token().masked()).await
        }
        "api4com" => {
            let client = api4com_auth::Client::from_env()?;
            smoke(&client, Some("users/me"), |session| session.token().masked()).await
        }
        _ => {
            let client = signed_api_auth::Client::from_env()?;
            smoke(&client, Some("v1/profile"), |session| session.token().masked()).await
        }
    }
}

/// Logs in and sends one harmless request.
async fn smoke<L: Login>(
    client: &Client<L>,
    path: Option<&str>,
    masked: impl Fn(&L::Credential) -> String,
) -> Result<()> {
    println!("{}", client.base_url());
    let credential = client.credential().await?;
    println!("logged in: token {}, expires in {}", masked(&credential), life(credential.expiry()));
    if let Some(path) = path {
        let response = error_for_status(client.get(path).send().await?).await?;
        println!("GET {path}: {}", response.status());
    }
    Ok(())
}

fn life(expiry: Expiry) -> String {
    match expiry {
        Expiry::In(lifetime) if lifetime.as_secs() >= 48 * 3600 => format!("{} days", lifetime.as_secs() / 86_400),
        Expiry::In(lifetime) if lifetime.as_secs() >= 2 * 3600 => format!("{} hours", lifetime.as_secs() / 3600),
        Expiry::In(lifetime) if lifetime.as_secs() >= 120 => format!("{} minutes", lifetime.as_secs() / 60),
        Expiry::In(lifetime) => format!("{} seconds", lifetime.as_secs()),
        Expiry::Never => "never".to_owned(),
        other => format!("{other:?}"),
    }
}
