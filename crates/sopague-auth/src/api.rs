//! Sopague's two APIs: two hosts, two logins.

use crate::environment::Environment;

/// Which of Sopague's APIs. A token of one is not promised to work at the other: make a client for each.
///
/// ```
/// use sopague_auth::{Api, Environment};
///
/// assert_eq!(Api::default(), Api::Integration);
/// assert_eq!(Api::Gateway.base_url(Environment::Production), "https://api.sopague.com.br/gateway");
/// assert_eq!(Api::Gateway.login_path(), "api/auth/token");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// Conciliation, boletos and all else that is not the gateway. The default.
    #[default]
    Integration,
    /// Payments, payment links, recurrences, the card vault.
    Gateway,
}

impl Api {
    /// Its base URL, from Sopague's page on authentication.
    ///
    /// ```
    /// use sopague_auth::{Api, Environment};
    ///
    /// let base_url = Api::Integration.base_url(Environment::Homologation);
    /// assert_eq!(base_url, "https://api-hmg.sopague.com.br/integration");
    /// ```
    #[must_use]
    pub fn base_url(self, environment: Environment) -> &'static str {
        match (self, environment) {
            (Self::Integration, Environment::Production) => "https://integration.sopague.com.br/sopague",
            (Self::Integration, Environment::Homologation) => "https://api-hmg.sopague.com.br/integration",
            (Self::Gateway, Environment::Production) => "https://api.sopague.com.br/gateway",
            (Self::Gateway, Environment::Homologation) => "https://api-hmg.sopague.com.br/gateway",
        }
    }

    /// Where its login is, relative to the base URL.
    ///
    /// ```
    /// assert_eq!(sopague_auth::Api::Integration.login_path(), "api/authentication/login");
    /// ```
    #[must_use]
    pub fn login_path(self) -> &'static str {
        match self {
            Self::Integration => "api/authentication/login",
            Self::Gateway => "api/auth/token",
        }
    }
}
