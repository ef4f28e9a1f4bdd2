//! Profiles: the accounts that commands name, from a TOML file or from the providers' own variables.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use auth_core::Quota;
use auth_core::env::environment;
use etcetera::BaseStrategy;
use serde::Deserialize;

use crate::exit::{Failure, Result};
use crate::provider::Provider;
use crate::secret::Source;

/// The variable that names another file.
const FILE_VARIABLE: &str = "AUTHCTL_CONFIG";

/// All profiles of the file, and those of the environment.
#[derive(Debug)]
pub(crate) struct Profiles {
    path: PathBuf,
    profiles: BTreeMap<String, Profile>,
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

/// One account of one provider.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// The name, which is not written in the profile itself.
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) provider: Provider,
    /// Sopague's API: `integration` or `gateway`.
    pub(crate) api: Option<String>,
    /// `production`, or the name of the vendor's test environment.
    pub(crate) environment: Option<String>,
    pub(crate) base_url: Option<String>,
    /// The user name or e-mail address.
    pub(crate) user: Option<String>,
    /// The source of the password or API key. Without it and a token, the provider's own variables are the account.
    pub(crate) secret: Option<Source>,
    /// The source of an existing token, instead of a user and a secret. Nobody logs in.
    pub(crate) token: Option<Source>,
    /// The source of the token that signs bodies, which belongs to the `token` of xigsapi.
    pub(crate) signature_token: Option<Source>,
    /// Allows `http://` to another machine. Everybody on the network path can then read the password and the tokens.
    #[serde(default)]
    pub(crate) dangerous_plain_http: bool,
    #[serde(default)]
    pub(crate) store: Store,
    /// The requests that the provider allows, which all processes of the store count together.
    pub(crate) quota: Option<RequestQuota>,
    /// The address of the sidecar: `127.0.0.1:8700`, or `unix:/run/authctl/loja.sock`.
    pub(crate) listen: Option<String>,
}

/// The numbers of requests that the provider allows, and the patience of a request without a permit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestQuota {
    /// At least one.
    windows: Vec<RequestWindow>,
    /// In seconds.
    #[serde(default)]
    wait: u32,
}

/// One number of requests, and the seconds in which it holds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestWindow {
    requests: NonZeroU32,
    per: NonZeroU32,
}

impl RequestQuota {
    /// Returns the quota.
    pub(crate) fn quota(&self) -> Result<Quota> {
        let mut windows = self.windows.iter().map(|window| (window.requests.get(), seconds(window.per.get())));
        let missing = || Failure::usage("`quota` has no window: write windows = [{ requests = 50, per = 60 }]");
        let (requests, per) = windows.next().ok_or_else(missing)?;
        let quota = windows.fold(Quota::new(requests, per), |quota, (requests, per)| quota.and(requests, per));
        Ok(quota.wait(seconds(self.wait)))
    }
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.into())
}

/// The store through which all invocations share one login.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Store {
    /// Files of this user on this machine.
    #[default]
    File,
    /// No store: each invocation logs in.
    None,
    /// Redis or Valkey, for many machines.
    Redis {
        /// The source of the address, which may contain a password.
        url: Source,
        /// The source of the key of all machines: `openssl rand -base64 32`.
        key: Source,
    },
}

impl Store {
    fn below(self, folder: &Path) -> Self {
        match self {
            Self::Redis { url, key } => Self::Redis { url: url.below(folder), key: key.below(folder) },
            store => store,
        }
    }
}

impl Profiles {
    /// Reads the file, if it exists.
    pub(crate) fn load() -> Result<Self> {
        let path = path()?;
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                let save = if error.kind() == io::ErrorKind::InvalidData { "; save it as UTF-8" } else { "" };
                return Err(Failure::usage(format!("{} cannot be read: {error}{save}", path.display())));
            }
        };
        Self::parse(path, &text)
    }

    fn parse(path: PathBuf, text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.lines().count().max(1);
            Failure::usage(format!("{}, line {line}: {}", path.display(), without_value(error.message())))
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let named = |(name, profile): (String, Profile)| {
            let below = |source: Option<Source>| source.map(|source| source.below(&folder));
            let (secret, token) = (below(profile.secret), below(profile.token));
            let (signature_token, store) = (below(profile.signature_token), profile.store.below(&folder));
            (name.clone(), Profile { name, secret, token, signature_token, store, ..profile })
        };
        Ok(Self { path, profiles: file.profile.into_iter().map(named).collect() })
    }

    /// Returns the profile of this name. Without one in the file, a provider's name stands for the account in the
    /// provider's own variables.
    pub(crate) fn get(&self, name: &str) -> Result<Profile> {
        if let Some(profile) = self.profiles.get(name) {
            return Ok(profile.clone());
        }
        let provider = Provider::named(name).ok_or_else(|| {
            let mut known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
            known.extend(Provider::ALL.iter().map(|provider| provider.name()));
            Failure::usage(format!(
                "the profile `{name}` is not in {}: write it there, or give one of {}",
                self.path.display(),
                known.join(", ")
            ))
        })?;
        Ok(Profile::of_environment(provider))
    }

    /// Returns the profiles of the file in the order of their names, and then those of the environment.
    pub(crate) fn all(&self) -> Vec<Profile> {
        let of_environment = Provider::ALL.into_iter().filter(|provider| !self.profiles.contains_key(provider.name()));
        let of_environment =
            of_environment.filter(|provider| is_in_environment(*provider)).map(Profile::of_environment);
        self.profiles.values().cloned().chain(of_environment).collect()
    }

    /// Returns the path of the file, which need not exist.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Profile {
    fn of_environment(provider: Provider) -> Self {
        Self {
            name: provider.name().to_owned(),
            provider,
            api: None,
            environment: None,
            base_url: None,
            user: None,
            secret: None,
            token: None,
            signature_token: None,
            dangerous_plain_http: false,
            store: Store::File,
            quota: None,
            listen: None,
        }
    }

    /// Returns the sources of its secrets. Without one, the provider's own variables are the account.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        [&self.secret, &self.token, &self.signature_token].into_iter().flatten()
    }

    /// Returns the user name or e-mail address.
    pub(crate) fn user(&self) -> Result<&str> {
        let missing = || Failure::usage("`user` is missing: write the user name or e-mail address of the account");
        self.user.as_deref().filter(|user| !user.trim().is_empty()).ok_or_else(missing)
    }

    /// Returns the environment that the profile names, or the provider's default.
    pub(crate) fn environment<T: Copy + Default>(&self, choices: &[(&str, T)]) -> Result<T> {
        choice("environment", self.environment.as_deref(), choices)
    }

    /// Returns the API that the profile names, or the provider's default.
    pub(crate) fn api<T: Copy + Default>(&self, choices: &[(&str, T)]) -> Result<T> {
        choice("api", self.api.as_deref(), choices)
    }

    /// Refuses fields that would have no effect.
    pub(crate) fn refuse(&self, fields: &[&str], reason: &str) -> Result<()> {
        let given = [("user", &self.user), ("environment", &self.environment), ("api", &self.api)];
        match given.iter().find(|(field, value)| fields.contains(field) && value.is_some()) {
            Some((field, _)) => Err(Failure::usage(format!("`{field}` has no effect: {reason}; remove it"))),
            None => Ok(()),
        }
    }
}

fn choice<T: Copy + Default>(field: &str, value: Option<&str>, choices: &[(&str, T)]) -> Result<T> {
    let Some(value) = value else { return Ok(T::default()) };
    let chosen = choices.iter().find(|(word, _)| *word == value);
    chosen.map(|(_, choice)| *choice).ok_or_else(|| {
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
        Failure::usage(format!("`{field} = {value:?}` is unknown: write {}", words.join(" or ")))
    })
}

/// Words of the parser, and those of TOML in their place.
const WORDS: [(&str, &str); 5] = [
    ("wanted exactly 1 element, more than 1 element", "expected one of its keys, and there are several"),
    ("wanted string or table", "expected a string"),
    ("struct variant", "\"none\", \"file\" or { redis = { url = …, key = … } }"),
    ("a map", "a table"),
    ("a nonzero u32", "a whole number above 0"),
];

/// Returns the part of a message without values. A value may be a secret in the wrong place.
fn without_value(message: &str) -> String {
    let repeats_it = message.starts_with("invalid ") || message.starts_with("unknown variant");
    let message = match message.find("expected ").filter(|_| repeats_it) {
        Some(expected) => &message[expected..],
        None if repeats_it => "its value cannot be used",
        None => message,
    };
    WORDS.iter().fold(message.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

fn is_in_environment(provider: Provider) -> bool {
    let names = std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().filter(|_| !value.is_empty()));
    let mut own = names.filter_map(|name| Some(name.strip_prefix(provider.prefix())?.starts_with('_')));
    own.any(|is_own| is_own)
}

/// Returns the path of the file: `AUTHCTL_CONFIG`, or `authctl/profiles.toml` in the platform's configuration folder.
fn path() -> Result<PathBuf> {
    if let Some(path) = environment(FILE_VARIABLE).filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let folders = etcetera::choose_base_strategy().map_err(|error| {
        Failure::usage(format!("no configuration folder: {error}; set HOME, or {FILE_VARIABLE} to a file"))
    })?;
    Ok(folders.config_dir().join("authctl").join("profiles.toml"))
}
