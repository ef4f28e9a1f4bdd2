// Written by `cargo xtask codegen` from crates/sopague-auth/openapi.json: change that, and run it again.
//! Sopague's APIs: each with hosts and a login of its own.

use crate::environment::Environment;
use crate::wire;

/// Which of Sopague's APIs a client is for. A token of one is not promised to be good for another: make one client for
/// each.
///
/// ```
/// use sopague_auth::Api;
///
/// assert_eq!(Api::default(), Api::Integration);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// Conciliation, boletos and all else that is not the gateway. The default.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Consultar Transações](https://docs.sopague.com.br/conciliacao/conciliacaoAPI/consultaTransacao).
    #[default]
    Integration,
    /// Payments, payment links, recurrences, the card vault.
    ///
    /// Source: [Sopague, Authentication](https://docs.sopague.com.br/en/autenticacao);
    /// [Sopague, Search Payment](https://docs.sopague.com.br/en/pagamentosAPI/pesquisarPagamento).
    Gateway,
}

impl Api {
    /// Its base URL in an environment.
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

    /// Returns the path of its login, below the base URL.
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
