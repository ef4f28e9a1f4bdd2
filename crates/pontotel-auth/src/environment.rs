// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The environments of Pontotel.

use std::time::Duration;

use auth_core::Quota;

/// An environment of Pontotel. Each environment has its own secrets.
///
/// ```
/// use pontotel_auth::Environment;
///
/// assert_eq!(Environment::default(), Environment::Production);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The production environment, with 500 requests an hour and 50 a minute. The default.
    ///
    /// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
    /// [Pontotel, API Architecture](https://integracoes.pontotel.com.br/en/overview/arquitetura-da-api);
    /// [Pontotel, Rate Limits](https://hml-docs-api.pontotel.com.br/en/getting-started/rate-limits).
    #[default]
    Production,
    /// The test environment, with 1,000 requests an hour and 100 a minute.
    ///
    /// Source: [Pontotel, API Architecture](https://integracoes.pontotel.com.br/en/overview/arquitetura-da-api);
    /// [Pontotel, Starting: Integration Guide](https://integracoes.pontotel.com.br/en/guias/get-started);
    /// [Pontotel, Rate Limits](https://hml-docs-api.pontotel.com.br/en/getting-started/rate-limits).
    Sandbox,
}

impl Environment {
    /// Returns the base URL of the environment.
    ///
    /// ```
    /// use pontotel_auth::Environment;
    ///
    /// assert_eq!(Environment::Production.base_url(), "https://apis.pontotel.com.br/pontotel/api/v4/");
    /// assert_eq!(Environment::Sandbox.base_url(), "https://sandbox-apis.pontotel.com.br/pontotel/api/v4/");
    /// ```
    #[must_use]
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Production => "https://apis.pontotel.com.br/pontotel/api/v4/",
            Self::Sandbox => "https://sandbox-apis.pontotel.com.br/pontotel/api/v4/",
        }
    }

    /// Returns the number of requests that Pontotel documents for the environment, for
    /// [`Options::quota`](auth_core::Options::quota). All processes that use the account count together.
    ///
    /// ```
    /// use pontotel_auth::{Client, Environment};
    /// use std::time::Duration;
    ///
    /// let quota = Environment::Production.quota();
    /// assert_eq!(format!("{quota:?}"), "500 requests in 3600s and 50 requests in 60s");
    /// let quota = Environment::Sandbox.quota();
    /// assert_eq!(format!("{quota:?}"), "1000 requests in 3600s and 100 requests in 60s");
    /// let quota = Environment::default().quota().wait(Duration::from_secs(30));
    /// let builder = Client::builder().options(|options| options.quota(quota));
    /// ```
    pub fn quota(self) -> Quota {
        match self {
            Self::Production => Quota::new(500, Duration::from_secs(3600)).and(50, Duration::from_secs(60)),
            Self::Sandbox => Quota::new(1000, Duration::from_secs(3600)).and(100, Duration::from_secs(60)),
        }
    }
}
