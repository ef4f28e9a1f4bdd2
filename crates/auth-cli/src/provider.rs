//! The five providers, as profiles and variables name them.

use serde::Deserialize;

/// A provider, as profiles name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Provider {
    Api4com,
    Econpay,
    Pontotel,
    SignedApi,
    Sopague,
}

impl Provider {
    pub(crate) const ALL: [Self; 5] = [Self::Api4com, Self::Econpay, Self::Pontotel, Self::SignedApi, Self::Sopague];

    /// Returns the name in profiles.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Api4com => "api4com",
            Self::Econpay => "econpay",
            Self::Pontotel => "pontotel",
            Self::SignedApi => "signed-api",
            Self::Sopague => "sopague",
        }
    }

    /// Returns the beginning of the names of the provider's own variables.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Api4com => "API4COM",
            Self::Econpay => "ECONPAY",
            Self::Pontotel => "PONTOTEL",
            Self::SignedApi => "SIGNED_API",
            Self::Sopague => "SOPAGUE",
        }
    }

    /// Returns the provider of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }
}
