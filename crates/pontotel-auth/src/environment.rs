//! Where Pontotel is.

/// Which of Pontotel's servers; each has secrets of its own.
///
/// ```
/// use pontotel_auth::Environment;
///
/// assert_eq!(Environment::default(), Environment::Production);
/// assert!(Environment::Sandbox.base_url().starts_with("https://sandbox-apis."));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The real one, with 500 requests an hour. The default.
    #[default]
    Production,
    /// For trials, with 1,000 requests an hour.
    Sandbox,
}

impl Environment {
    /// Its base URL, from Pontotel's page on the architecture of the API.
    ///
    /// ```
    /// use pontotel_auth::Environment;
    ///
    /// assert_eq!(Environment::Production.base_url(), "https://apis.pontotel.com.br/pontotel/api/v4/");
    /// ```
    #[must_use]
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Production => "https://apis.pontotel.com.br/pontotel/api/v4/",
            Self::Sandbox => "https://sandbox-apis.pontotel.com.br/pontotel/api/v4/",
        }
    }
}
