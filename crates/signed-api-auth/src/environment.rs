//! Where the API is.

/// Which of the provider's servers; each has keys of its own.
///
/// ```
/// use signed_api_auth::Environment;
///
/// assert_eq!(Environment::default().base_url(), None);
/// assert_eq!(Environment::Sandbox.base_url(), Some("https://sandbox.api.xigsapi.com/"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The real one. Its address is not public: the provider tells it, and the builder has to be given it. The default.
    #[default]
    Production,
    /// For trials, with `demo` profiles only.
    Sandbox,
}

impl Environment {
    /// Its base URL, where it is public.
    ///
    /// ```
    /// use signed_api_auth::Environment;
    ///
    /// assert_eq!(Environment::Sandbox.base_url(), Some("https://sandbox.api.xigsapi.com/"));
    /// assert_eq!(Environment::Production.base_url(), None, "the provider tells it");
    /// ```
    #[must_use]
    pub fn base_url(self) -> Option<&'static str> {
        match self {
            Self::Production => None,
            Self::Sandbox => Some("https://sandbox.api.xigsapi.com/"),
        }
    }
}
