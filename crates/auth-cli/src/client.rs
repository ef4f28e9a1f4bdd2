//! One type over the clients of the five providers.

use auth_core::{Client, Options};

use crate::exit::{Failure, Result};
use crate::profile::{Profile, RequestQuota};
use crate::provider::Provider;
use crate::secret::Source;
use crate::store;

/// The core's client of any provider. [`with_client!`] calls code that is generic over the account.
#[derive(Clone, Debug)]
pub(crate) enum AnyClient {
    Api4com(Client<api4com_auth::Account>),
    Econpay(Client<econpay_auth::Account>),
    Pontotel(Client<pontotel_auth::Account>),
    SignedApi(Client<signed_api_auth::Account>),
    Sopague(Client<sopague_auth::Account>),
}

/// Evaluates an expression with the core's client inside an [`AnyClient`], for any provider.
macro_rules! with_client {
    ($any:expr, $client:ident => $then:expr) => {
        match $any {
            $crate::client::AnyClient::Api4com($client) => $then,
            $crate::client::AnyClient::Econpay($client) => $then,
            $crate::client::AnyClient::Pontotel($client) => $then,
            $crate::client::AnyClient::SignedApi($client) => $then,
            $crate::client::AnyClient::Sopague($client) => $then,
        }
    };
}
pub(crate) use with_client;

impl AnyClient {
    /// Builds the client of a profile, which shares its logins as the profile says. Nothing is sent.
    pub(crate) async fn of(profile: &Profile) -> Result<Self> {
        Self::with_options(profile, |options| options).await
    }

    /// Builds the client of a profile with changed options.
    pub(crate) async fn with_options(profile: &Profile, adjust: impl FnOnce(Options) -> Options) -> Result<Self> {
        let built = Self::build(profile, adjust).await;
        built.map_err(|failure| failure.at(format_args!("profile `{}`", profile.name)))
    }

    /// Returns the user name or e-mail address of the account, if it has one.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Self::Api4com(client) => client.account().map(api4com_auth::Account::email),
            Self::Econpay(client) => client.account().map(econpay_auth::Account::email),
            Self::Pontotel(client) => client.account().map(pontotel_auth::Account::username),
            Self::Sopague(client) => client.account().map(sopague_auth::Account::username),
            Self::SignedApi(_) => None,
        }
    }

    async fn build(profile: &Profile, adjust: impl FnOnce(Options) -> Options) -> Result<Self> {
        let store = store::of(profile).await?;
        let quota = profile.quota.as_ref().map(RequestQuota::quota).transpose()?;
        let of_source = |source: &Option<Source>| source.as_ref().map(Source::of_account).transpose();
        let [secret, token, signature_token] =
            [of_source(&profile.secret)?, of_source(&profile.token)?, of_source(&profile.signature_token)?];
        match (&secret, &token) {
            (Some(_), Some(_)) => return Err(Failure::usage("it has a `secret` and a `token`: remove one of them")),
            (None, Some(_)) => profile.refuse(&["user"], "a `token` is the whole account")?,
            (None, None) => {
                let reason = "without a `secret` or a `token`, the provider's variables state it";
                profile.refuse(&["user", "environment", "api"], reason)?;
            }
            (Some(_), None) => {}
        }
        if signature_token.is_some() && (token.is_none() || profile.provider != Provider::SignedApi) {
            return Err(Failure::usage("`signature_token` belongs to a `token` of signed-api: remove it"));
        }
        // The five builders have the same methods, but different types.
        macro_rules! client {
            ($variant:ident, $provider:ident, |$builder:ident| $placed:expr, |$secret:ident| $account:expr) => {{
                let $builder = $provider::Builder::default();
                let mut builder = match (secret, token) {
                    (Some($secret), _) => {
                        let $builder = $placed;
                        $account
                    }
                    (None, Some(token)) => $placed.token(token),
                    (None, None) => $provider::Builder::from_env()?,
                };
                if let Some(base_url) = &profile.base_url {
                    builder = builder.base_url(base_url);
                }
                if let Some(store) = store {
                    builder = builder.shared_store(store);
                }
                builder = builder.options(|options| {
                    let options = adjust(options.label(&profile.name));
                    let options = if let Some(quota) = quota { options.quota(quota) } else { options };
                    if profile.dangerous_plain_http { options.dangerous_plain_http() } else { options }
                });
                Self::$variant(builder.build()?.into())
            }};
        }
        Ok(match profile.provider {
            Provider::Api4com => {
                profile.refuse(&["environment", "api"], "Api4Com has one API, and no test environment")?;
                client!(Api4com, api4com_auth, |builder| builder, |secret| builder
                    .email(profile.user()?)
                    .password(secret))
            }
            Provider::Econpay => {
                use econpay_auth::Environment::{Production, Sandbox};
                profile.refuse(&["api"], "EconPay has one API")?;
                let environment = profile.environment(&[("production", Production), ("sandbox", Sandbox)])?;
                client!(Econpay, econpay_auth, |builder| builder.environment(environment), |secret| {
                    builder.email(profile.user()?).password(secret)
                })
            }
            Provider::Pontotel => {
                use pontotel_auth::Environment::{Production, Sandbox};
                profile.refuse(&["api"], "Pontotel has one API")?;
                let environment = profile.environment(&[("production", Production), ("sandbox", Sandbox)])?;
                client!(Pontotel, pontotel_auth, |builder| builder.environment(environment), |secret| {
                    builder.username(profile.user()?).password(secret)
                })
            }
            Provider::SignedApi => {
                use signed_api_auth::Environment::{Production, Sandbox};
                profile.refuse(&["user", "api"], "an API key is the whole account")?;
                let environment = profile.environment(&[("production", Production), ("sandbox", Sandbox)])?;
                let is_stated = secret.is_some() || token.is_some();
                if is_stated && profile.base_url.is_none() && environment.base_url().is_none() {
                    let message = "`base_url` is missing: write the production address that xigsapi gave you";
                    return Err(Failure::usage(message));
                }
                let placed = |builder: signed_api_auth::Builder| match signature_token {
                    Some(signature_token) => builder.environment(environment).signature_token(signature_token),
                    None => builder.environment(environment),
                };
                client!(SignedApi, signed_api_auth, |builder| placed(builder), |secret| builder.api_key(secret))
            }
            Provider::Sopague => {
                use sopague_auth::Api::{Gateway, Integration};
                use sopague_auth::Environment::{Homologation, Production};
                let environments =
                    [("production", Production), ("homologation", Homologation), ("sandbox", Homologation)];
                let api = profile.api(&[("integration", Integration), ("gateway", Gateway)])?;
                let environment = profile.environment(&environments)?;
                client!(Sopague, sopague_auth, |builder| builder.api(api).environment(environment), |secret| {
                    builder.username(profile.user()?).password(secret)
                })
            }
        })
    }
}
