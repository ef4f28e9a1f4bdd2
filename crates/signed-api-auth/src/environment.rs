// Written by `cargo xtask codegen` from crates/signed-api-auth/openapi.json: change that, and run it again.
//! The environments of xigsapi.

/// An environment of xigsapi. Each environment has its own secrets.
///
/// ```
/// use signed_api_auth::Environment;
///
/// assert_eq!(Environment::default(), Environment::Production);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Environment {
    /// The production environment. Its address is not public: the provider gives it to you, and you must set it. The
    /// default.
    ///
    /// Source: [xigsapi, Get Starting](https://docs.xigsapi.com/starting).
    #[default]
    Production,
    /// The test environment, with `demo` profiles only.
    ///
    /// Source: [xigsapi, Get Starting](https://docs.xigsapi.com/starting);
    /// [xigsapi, Profiles](https://docs.xigsapi.com/3_profiles).
    Sandbox,
}

impl Environment {
    /// Returns the base URL of the environment, or `None` if it is not public.
    ///
    /// ```
    /// use signed_api_auth::Environment;
    ///
    /// assert_eq!(Environment::Production.base_url(), None);
    /// assert_eq!(Environment::Sandbox.base_url(), Some("https://sandbox.api.xigsapi.com/"));
    /// ```
    #[must_use]
    pub fn base_url(self) -> Option<&'static str> {
        match self {
            Self::Production => None,
            Self::Sandbox => Some("https://sandbox.api.xigsapi.com/"),
        }
    }
}
