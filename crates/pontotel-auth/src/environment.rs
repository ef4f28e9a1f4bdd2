// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The environments of Pontotel.

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
    /// The production environment, with 500 requests an hour. The default.
    ///
    /// Source: [Pontotel, Authentication](https://hml-docs-api.pontotel.com.br/en/getting-started/autenticacao);
    /// [Pontotel, API Architecture](https://integracoes.pontotel.com.br/en/overview/arquitetura-da-api);
    /// [Pontotel, Rate Limits](https://hml-docs-api.pontotel.com.br/en/getting-started/rate-limits).
    #[default]
    Production,
    /// The test environment, with 1,000 requests an hour.
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
}
