//! The five providers, and one type over their clients.

use std::process::{Command, Stdio};

use auth_core::env::environment_or_file;
use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::{Client, Error, ErrorKind, Secret};
use serde::Deserialize;

use crate::exit::{Failure, Result};
use crate::profile::{Profile, Source};
use crate::store;

/// A provider, as profiles name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Provider {
    Api4com,
    Econpay,
    Pontotel,
    SignedApi,
    Sopague,
}

impl Provider {
    pub(crate) const ALL: [Self; 5] = [Self::Api4com, Self::Econpay, Self::Pontotel, Self::SignedApi, Self::Sopague];

    /// Returns the name in profiles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api4com => "api4com",
            Self::Econpay => "econpay",
            Self::Pontotel => "pontotel",
            Self::SignedApi => "signed-api",
            Self::Sopague => "sopague",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }
}

/// The core's client of any provider. [`with_client!`] calls code that is generic over the account.
#[derive(Clone, Debug)]
pub(crate) enum AnyClient {
    Api4com(Client<api4com_auth::Account>),
    Econpay(Client<econpay_auth::Account>),
    Pontotel(Client<pontotel_auth::Account>),
    SignedApi(Client<signed_api_auth::Account>),
    Sopague(Client<sopague_auth::Account>),
}

/// Evaluates an expression with the core's client inside an [`AnyClient`], whichever provider it is of.
macro_rules! with_client {
    ($any:expr, $client:ident => $then:expr) => {
        match $any {
            $crate::provider::AnyClient::Api4com($client) => $then,
            $crate::provider::AnyClient::Econpay($client) => $then,
            $crate::provider::AnyClient::Pontotel($client) => $then,
            $crate::provider::AnyClient::SignedApi($client) => $then,
            $crate::provider::AnyClient::Sopague($client) => $then,
        }
    };
}
pub(crate) use with_client;

impl AnyClient {
    /// Builds the client of a profile, which shares its logins as the profile says. Nothing is sent.
    pub(crate) async fn of(profile: &Profile) -> Result<Self> {
        Self::build(profile).await.map_err(|failure| failure.at(format_args!("profile `{}`", profile.name)))
    }

    async fn build(profile: &Profile) -> Result<Self> {
        let store = store::of(profile).await?;
        let secret = profile.secret.as_ref().map(Source::secret).transpose()?;
        if secret.is_none() {
            profile.refuse(&["user", "environment", "api"], "without a `secret`, the provider's variables say it")?;
        }
        // The five builders have the same methods, and different types.
        macro_rules! client {
            ($variant:ident, $provider:ident, |$secret:ident| $account:expr) => {{
                let mut builder = match secret {
                    Some($secret) => $account,
                    None => $provider::Builder::from_env()?,
                };
                if let Some(base_url) = &profile.base_url {
                    builder = builder.base_url(base_url);
                }
                if let Some(store) = store {
                    builder = builder.shared_store(store);
                }
                builder = builder.options(|options| {
                    let options = options.label(&profile.name);
                    if profile.dangerous_plain_http { options.dangerous_plain_http() } else { options }
                });
                Self::$variant(builder.build()?.into())
            }};
        }
        Ok(match profile.provider {
            Provider::Api4com => client!(Api4com, api4com_auth, |secret| {
                profile.refuse(&["environment", "api"], "Api4Com has one API, and no test environment")?;
                api4com_auth::Builder::default().email(profile.user()?).password(secret)
            }),
            Provider::Econpay => client!(Econpay, econpay_auth, |secret| {
                use econpay_auth::Environment::{Production, Sandbox};
                profile.refuse(&["api"], "EconPay has one API")?;
                let environment = profile.environment(&[("production", Production), ("sandbox", Sandbox)])?;
                econpay_auth::Builder::default().email(profile.user()?).password(secret).environment(environment)
            }),
            Provider::Pontotel => client!(Pontotel, pontotel_auth, |secret| {
                use pontotel_auth::Environment::{Production, Sandbox};
                profile.refuse(&["api"], "Pontotel has one API")?;
                let environment = profile.environment(&[("production", Production), ("sandbox", Sandbox)])?;
                pontotel_auth::Builder::default().username(profile.user()?).password(secret).environment(environment)
            }),
            Provider::SignedApi => client!(SignedApi, signed_api_auth, |secret| {
                use signed_api_auth::Environment::{Production, Sandbox};
                profile.refuse(&["user", "api"], "an API key is the whole account")?;
                let environment = profile.environment(&[("production", Production), ("sandbox", Sandbox)])?;
                signed_api_auth::Builder::default().api_key(secret).environment(environment)
            }),
            Provider::Sopague => client!(Sopague, sopague_auth, |secret| {
                use sopague_auth::Api::{Gateway, Integration};
                use sopague_auth::Environment::{Homologation, Production};
                let environments =
                    [("production", Production), ("homologation", Homologation), ("sandbox", Homologation)];
                let builder = sopague_auth::Builder::default().username(profile.user()?).password(secret);
                let builder = builder.api(profile.api(&[("integration", Integration), ("gateway", Gateway)])?);
                builder.environment(profile.environment(&environments)?)
            }),
        })
    }
}

impl Source {
    /// Returns the secret as the clients take it: a file or program is asked before each login.
    fn secret(&self) -> Result<Secret> {
        Ok(match self {
            Self::Variable(name) => of_variable(name)?.into(),
            Self::File(path) => Secret::file(path),
            Self::PasswordInPlainText(secret) => secret.clone().into(),
            Self::Command(command) => {
                let command = command.clone();
                Secret::from_fn(move || output_of(command.clone()))
            }
        })
    }

    /// Reads the secret now.
    pub(crate) async fn read(&self) -> Result<SecretString> {
        let mut secret = self.secret()?;
        secret.refresh().await?;
        Ok(secret.expose_secret().into())
    }
}

fn of_variable(name: &str) -> Result<String> {
    let unset =
        || Failure::usage(format!("the variable {name} is not set: set it, or name another source of the secret"));
    environment_or_file(name).ok_or_else(unset)
}

/// Runs a program, and returns its output. It shows its own messages, and cannot read the command's input.
async fn output_of(command: Vec<String>) -> Result<SecretString, Error> {
    let failed = |what: String| Error::new(ErrorKind::Unavailable, what);
    let run = move || {
        let (program, arguments) = command.split_first().ok_or_else(|| failed("the command is empty".into()))?;
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| failed(format!("`{program}` cannot be run: {error}")))?;
        if !output.status.success() {
            return Err(failed(format!("`{program}` has failed: {}", output.status)));
        }
        let text = String::from_utf8(output.stdout);
        text.map(SecretString::from).map_err(|_repeats_it| failed(format!("`{program}` printed no text")))
    };
    tokio::task::spawn_blocking(run)
        .await
        .map_err(|error| failed("the program's task was cut off".into()).with_source(error))?
}
