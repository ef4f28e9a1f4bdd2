//! The languages of the provider's e-mails.

use serde::Serialize;

/// A language of the provider's e-mails.
///
/// ```
/// assert_eq!(signed_api_auth::Language::Pt.as_str(), "pt");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Language {
    /// Portuguese.
    Pt,
    /// English.
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// Returns the language as the provider writes it.
    ///
    /// ```
    /// assert_eq!(signed_api_auth::Language::Es.as_str(), "es");
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pt => "pt",
            Self::En => "en",
            Self::Es => "es",
        }
    }
}
