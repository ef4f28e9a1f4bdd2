//! The extension `x-auth` at the root of a document.

use indexmap::IndexMap;
use serde::Deserialize;

use super::Keys;
use crate::codegen::json::Json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Auth {
    pub(crate) prefix: String,
    pub(crate) login: Keys,
    pub(crate) token: String,
    pub(crate) lifetime: Vec<Lifetime>,
    #[serde(default)]
    pub(crate) refused: Vec<Refused>,
    pub(crate) sources: IndexMap<String, Source>,
    #[serde(default)]
    pub(crate) handwritten: Vec<String>,
    /// Further environment variables, or other descriptions of one, by the end of its name.
    #[serde(default)]
    pub(crate) variables: IndexMap<String, String>,
    #[serde(default)]
    pub(crate) quickstart: Option<String>,
    #[serde(default)]
    pub(crate) apis: IndexMap<String, Api>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Api {
    pub(crate) description: String,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

/// One part of a lifetime, in exactly one of its forms. `facts` checks that.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lifetime {
    pub(crate) seconds: Option<String>,
    pub(crate) never: Option<i64>,
    pub(crate) since: Option<String>,
    pub(crate) difference: Option<[String; 2]>,
    pub(crate) until: Option<String>,
    pub(crate) by: Option<By>,
    pub(crate) jwt: Option<[String; 2]>,
    pub(crate) default: Option<u64>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum By {
    Server,
    Clock,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    pub(crate) at: String,
    pub(crate) is: Option<Json>,
    pub(crate) is_not: Option<Json>,
    #[serde(default, rename = "x-source")]
    pub(crate) source: Keys,
    #[serde(default, rename = "x-assumption")]
    pub(crate) assumption: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) title: String,
    pub(crate) url: Option<String>,
}
