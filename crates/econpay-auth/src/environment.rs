// Written by `cargo xtask codegen` from crates/econpay-auth/openapi.json: change that, and run it again.
//! The servers of EconPay.

/// Which of EconPay's environments; each has secrets of its own.
///
/// ```
/// use econpay_auth::Environment;
///
/// assert_eq!(Environment::default(), Environment::Production);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The real one, where payments move money. The default.
    ///
    /// Source: [EconPay, POST /auth](https://docs.econpay.com.br/api-reference/auth/login);
    /// [EconPay, Ambientes](https://docs.econpay.com.br/guides/environments).
    #[default]
    Production,
    /// For trials, without a limit of requests.
    ///
    /// Source: [EconPay, Ambientes](https://docs.econpay.com.br/guides/environments).
    Sandbox,
}

impl Environment {
    /// Its base URL.
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
