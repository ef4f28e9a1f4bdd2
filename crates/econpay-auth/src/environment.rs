//! Where EconPay is.

/// Which of EconPay's servers; each has e-mail addresses, passwords and establishments of its own.
///
/// ```
/// use econpay_auth::Environment;
///
/// assert_eq!(Environment::default(), Environment::Production);
/// assert!(Environment::Sandbox.base_url().starts_with("https://sandbox-api."));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The real one, where payments move money. The default.
    #[default]
    Production,
    /// For trials, without a limit of requests.
    Sandbox,
}

impl Environment {
    /// Its base URL, from EconPay's page on environments.
    ///
    /// ```
    /// use econpay_auth::Environment;
    ///
    /// assert_eq!(Environment::Production.base_url(), "https://api.econpay.com.br");
    /// ```
    #[must_use]
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Production => "https://api.econpay.com.br",
            Self::Sandbox => "https://sandbox-api.econpay.com.br",
        }
    }
}
