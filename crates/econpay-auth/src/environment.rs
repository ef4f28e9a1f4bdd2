// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The environments of EconPay.

/// An environment of EconPay. Each environment has its own secrets.
///
/// ```
/// use econpay_auth::Environment;
///
/// assert_eq!(Environment::default(), Environment::Production);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The production environment, where payments move money. The default.
    ///
    /// Source: [EconPay, POST /auth](https://docs.econpay.com.br/api-reference/auth/login);
    /// [EconPay, Ambientes](https://docs.econpay.com.br/guides/environments).
    #[default]
    Production,
    /// The test environment, without a limit of requests.
    ///
    /// Source: [EconPay, Ambientes](https://docs.econpay.com.br/guides/environments).
    Sandbox,
}

impl Environment {
    /// Returns the base URL of the environment.
    ///
    /// ```
    /// use econpay_auth::Environment;
    ///
    /// assert_eq!(Environment::Production.base_url(), "https://api.econpay.com.br/");
    /// assert_eq!(Environment::Sandbox.base_url(), "https://sandbox-api.econpay.com.br/");
    /// ```
    #[must_use]
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Production => "https://api.econpay.com.br/",
            Self::Sandbox => "https://sandbox-api.econpay.com.br/",
        }
    }
}
