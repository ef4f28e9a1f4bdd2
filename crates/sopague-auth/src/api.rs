// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! The APIs of Sopague, each with its own hosts and login.

use crate::environment::Environment;
use crate::wire;

/// An API of Sopague. Create one client for each API, because a token of one may not be valid for another.
///
/// ```
/// use sopague_auth::Api;
///
/// assert_eq!(Api::default(), Api::Integration);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// Reconciliation, boletos and everything else outside the gateway. The default.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Consultar Transações](https://docs.sopague.com.br/conciliacao/conciliacaoAPI/consultaTransacao).
    #[default]
    Integration,
    /// Payments, payment links, recurring payments and the card vault.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Search Payment](https://docs.sopague.com.br/en/pagamentosAPI/pesquisarPagamento).
    Gateway,
}

impl Api {
    /// Returns the base URL of the API in an environment.
    ///
    /// ```
    /// use sopague_auth::{Api, Environment};
    ///
    /// assert_eq!(Api::Integration.base_url(Environment::Production), "https://integration.sopague.com.br/sopague/");
    /// assert_eq!(Api::Integration.base_url(Environment::Homologation), "https://api-hmg.sopague.com.br/integration/");
    /// assert_eq!(Api::Gateway.base_url(Environment::Production), "https://api.sopague.com.br/gateway/");
    /// assert_eq!(Api::Gateway.base_url(Environment::Homologation), "https://api-hmg.sopague.com.br/gateway/");
    /// ```
    #[must_use]
    pub fn base_url(self, environment: Environment) -> &'static str {
        match (self, environment) {
            (Self::Integration, Environment::Production) => "https://integration.sopague.com.br/sopague/",
            (Self::Integration, Environment::Homologation) => "https://api-hmg.sopague.com.br/integration/",
            (Self::Gateway, Environment::Production) => "https://api.sopague.com.br/gateway/",
            (Self::Gateway, Environment::Homologation) => "https://api-hmg.sopague.com.br/gateway/",
        }
    }

    /// Returns the path of the API's login, below the base URL.
    ///
    /// ```
    /// use sopague_auth::Api;
    ///
    /// assert_eq!(Api::Integration.login_path(), "api/authentication/login");
    /// assert_eq!(Api::Gateway.login_path(), "api/auth/token");
    /// ```
    #[must_use]
    pub fn login_path(self) -> &'static str {
        match self {
            Self::Integration => wire::LOGIN,
            Self::Gateway => wire::GATEWAY_LOGIN,
        }
    }
}
