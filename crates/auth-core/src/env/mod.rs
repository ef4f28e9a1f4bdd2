//! Settings from environment variables and the files that they name, or from a test's own source.
//!
//! ```
//! use auth_core::env::{self, Vars};
//!
//! let mut vars = Vars::new("NO_SUCH_PROVIDER", env::environment);
//! let (username, password) = (vars.require("USERNAME"), vars.require("PASSWORD"));
//! let message = "set NO_SUCH_PROVIDER_USERNAME and NO_SUCH_PROVIDER_PASSWORD";
//! assert_eq!(vars.finish().unwrap_err().to_string(), message);
//! ```
//!
//! # Trimming
//!
//! A byte order mark at the start of a value and line ends (`\n`, `\r`) at its end are removed, in a variable, in a
//! file, and in the arguments of a provider's builder. Editors and `echo` add them, and no provider issues a secret
//! with them. Blanks are kept, but a value of only blanks counts as absent.

use std::fmt;
use std::path::Path;

use secrecy::SecretString;

use crate::error::{Error, ErrorKind, Result};
pub use crate::secret::trimmed;
use crate::secret::{Secret, shown, text_of};
use crate::token;

/// The maximum number of unknown variables in an error, and of characters of an invalid value.
const MOST_NAMED: usize = 8;
const MOST_SHOWN: usize = 40;

/// Reads a variable of the process's environment.
///
/// ```
/// assert_eq!(auth_core::env::environment("NO_SUCH_VARIABLE_HERE"), None);
/// ```
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    std::env::var(name).ok()
}

/// Reads a variable of the process's environment, or else the file named by the variable with `_FILE` appended.
/// `PONTOTEL_PASSWORD_FILE` is where a container has the password.
///
/// The file is used if the variable is not set, or blank. The calling thread reads it at once, and blocks on a named
/// pipe until its writer has finished, for at most 30 seconds. If the file cannot be used, the value is absent and a
/// warning gives the reason. Each provider's `Client::from_env` and `Builder::from_env` read such files too, and return
/// an error instead.
///
/// ```no_run
/// # fn from_vars(read: impl Fn(&str) -> Option<String>) {}
/// use auth_core::env;
///
/// let key = env::environment_or_file("STORE_KEY"); // STORE_KEY, or the file that STORE_KEY_FILE names
/// ```
#[must_use]
pub fn environment_or_file(name: &str) -> Option<String> {
    or_file(environment, name).unwrap_or_else(|error| {
        tracing::warn!(
            name: "auth.variable_file_unused", variable = name, %error, "the file of a variable is not used"
        );
        None
    })
}

/// Returns a required value of a builder, [trimmed](self#trimming).
///
/// ```
/// use auth_core::env;
///
/// let remedy = "call `password`, or set PONTOTEL_PASSWORD";
/// assert_eq!(env::given(Some("segredo\n"), "a password", remedy)?, "segredo");
/// let error = env::given(Some(" "), "a password", remedy).unwrap_err();
/// assert_eq!(error.to_string(), "the builder lacks a password: call `password`, or set PONTOTEL_PASSWORD");
/// # Ok::<(), auth_core::Error>(())
/// ```
///
/// # Errors
///
/// [`Config`](ErrorKind::Config) if the value is absent or blank.
pub fn given<'v>(value: Option<&'v str>, what: &str, remedy: &str) -> Result<&'v str> {
    let lacks = || Error::new(ErrorKind::Config, format!("the builder lacks {what}: {remedy}"));
    value.and_then(trimmed).ok_or_else(lacks)
}

/// Returns a token, or a secret that belongs to one, from the arguments of a builder, [trimmed](self#trimming).
///
/// ```
/// use auth_core::secrecy::ExposeSecret;
/// use auth_core::env;
///
/// assert_eq!(env::token("abc123\n", "token")?.expose_secret(), "abc123");
/// let error = env::token("Bearer abc123", "token").unwrap_err();
/// let message = r#"the token begins with its scheme, "Bearer "; give the token alone, as the provider issued it"#;
/// assert_eq!(error.to_string(), message);
/// # Ok::<(), auth_core::Error>(())
/// ```
///
/// # Errors
///
/// [`Config`](ErrorKind::Config) if no header can carry the token: it is blank, begins with `Bearer`, has blanks,
/// control characters or letters outside ASCII, or is longer than 16 KiB. The error shows nothing of it.
pub fn token(value: &str, what: &str) -> Result<SecretString> {
    let value = trimmed(value).unwrap_or_default();
    match token::flaw(value) {
        None => Ok(value.into()),
        Some(flaw) => {
            let message = format!("the {what} {flaw}; give the token alone, as the provider issued it");
            Err(Error::new(ErrorKind::Config, message))
        }
    }
}

fn or_file(read: impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<String>, String> {
    if let Some(value) = read(name).as_deref().and_then(trimmed) {
        return Ok(Some(value.to_owned()));
    }
    let variable = format!("{name}_FILE");
    let Some(path) = read(&variable) else { return Ok(None) };
    let Some(path) = trimmed(&path) else { return Ok(None) };
    let path = Path::new(path);
    let text = text_of(path).map_err(|why| format!("{variable} names {}, which {why}", shown(path)))?;
    Ok(Some(text.to_string()))
}

/// The variables of one provider, which share a prefix. All faults are collected into one error.
///
/// ```
/// use auth_core::env::Vars;
///
/// let mut vars = Vars::new("PONTOTEL", |name: &str| (name == "PONTOTEL_USERNAME").then(|| "maria".to_owned()));
/// assert_eq!(vars.require("USERNAME").as_deref(), Some("maria"));
/// assert_eq!(vars.require("PASSWORD"), None);
/// assert_eq!(vars.finish().unwrap_err().to_string(), "set PONTOTEL_PASSWORD");
/// ```
pub struct Vars<F> {
    prefix: &'static str,
    read: F,
    /// The names in the environment with this prefix. `None` if the values come from elsewhere, and then no file is
    /// read.
    environment: Option<Vec<String>>,
    asked: Vec<Asked>,
    missing: Vec<String>,
    faults: Vec<String>,
}

/// A variable that was asked for.
struct Asked {
    name: String,
    is_set: bool,
    /// It has a value, or an invalid one that was reported.
    is_tried: bool,
}

impl Vars<fn(&str) -> Option<String>> {
    /// Reads the variables of the environment that begin with `prefix` and an underscore, or the files named by those
    /// with `_FILE` appended: `SOPAGUE_PASSWORD`, or else the file of `SOPAGUE_PASSWORD_FILE`.
    ///
    /// ```
    /// use auth_core::env::Vars;
    ///
    /// let mut vars = Vars::from_env("SOPAGUE");
    /// let username = vars.get("USERNAME"); // SOPAGUE_USERNAME
    /// ```
    #[must_use]
    pub fn from_env(prefix: &'static str) -> Self {
        let own =
            |name: &String| name.to_ascii_uppercase().strip_prefix(prefix).is_some_and(|name| name.starts_with('_'));
        let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
        let names = set.filter_map(|(name, _)| name.into_string().ok()).filter(own).collect();
        Self { environment: Some(names), ..Self::new(prefix, environment) }
    }
}

impl<F: Fn(&str) -> Option<String>> Vars<F> {
    /// Reads the variables that begin with `prefix` and an underscore by calling `read`. No file is read.
    ///
    /// ```
    /// use auth_core::env::{self, Vars};
    ///
    /// let mut vars = Vars::new("SOPAGUE", env::environment);
    /// let username = vars.get("USERNAME"); // SOPAGUE_USERNAME
    /// ```
    pub fn new(prefix: &'static str, read: F) -> Self {
        Self { prefix, read, environment: None, asked: Vec::new(), missing: Vec::new(), faults: Vec::new() }
    }

    /// Returns the value of a variable, [trimmed](self#trimming).
    ///
    /// ```
    /// # use auth_core::env::Vars;
    /// let secret = |name: &str| (name == "ECONPAY_CLIENT_SECRET").then(|| "segredo\n".to_owned());
    /// let mut vars = Vars::new("ECONPAY", secret);
    /// assert_eq!(vars.get("CLIENT_SECRET").as_deref(), Some("segredo"));
    /// assert_eq!(vars.get("BASE_URL"), None);
    /// ```
    pub fn get(&mut self, name: &str) -> Option<String> {
        let (name, faults) = (self.name(name), self.faults.len());
        let value = match &self.environment {
            Some(_) => or_file(&self.read, &name),
            None => Ok((self.read)(&name).as_deref().and_then(trimmed).map(str::to_owned)),
        };
        let value = value.unwrap_or_else(|fault| {
            self.faults.push(fault);
            None
        });
        if value.is_none() {
            let files = format!("{name}_FILE");
            let unread =
                [&name, &files].into_iter().filter(|name| (self.read)(name).is_none() && self.is_in_environment(name));
            let unread: Vec<_> = unread.map(|name| format!("{name} is not UTF-8 text")).collect();
            self.faults.extend(unread);
        }
        let is_set = value.is_some();
        self.asked.push(Asked { name, is_set, is_tried: is_set || self.faults.len() > faults });
        value
    }

    /// Returns the secret of a variable, or of the file that the variable with `_FILE` appended names. The file is read
    /// before each login, so the secret can be rotated.
    ///
    /// ```
    /// # use auth_core::env::Vars;
    /// use auth_core::secrecy::ExposeSecret;
    ///
    /// let read = |name: &str| (name == "PONTOTEL_PASSWORD").then(|| "segredo\n".to_owned());
    /// let password = Vars::new("PONTOTEL", read).secret("PASSWORD").expect("it is set");
    /// assert_eq!(password.expose_secret(), "segredo");
    /// ```
    pub fn secret(&mut self, name: &str) -> Option<Secret> {
        let value = self.get(name)?;
        let variable = self.name(name);
        let set = |name: &str| (self.read)(name).filter(|value| trimmed(value).is_some());
        if self.environment.is_none() || set(&variable).is_some() {
            return Some(value.into());
        }
        let path = set(&format!("{variable}_FILE"))?;
        // A pipe is empty once it was read.
        let path = Path::new(trimmed(&path)?);
        Some(if path.is_file() { Secret::file(path) } else { value.into() })
    }

    /// Returns the value of a required variable. If it is missing, [`finish`](Self::finish) reports it.
    ///
    /// ```
    /// # use auth_core::env::Vars;
    /// let mut empty = Vars::new("API4COM", |_: &str| None);
    /// assert_eq!(empty.require("EMAIL"), None);
    /// assert_eq!(empty.finish().unwrap_err().to_string(), "set API4COM_EMAIL");
    /// ```
    pub fn require(&mut self, name: &str) -> Option<String> {
        let value = self.get(name);
        let name = self.name(name);
        if !self.is_tried(&name) {
            self.missing.push(name);
        }
        value
    }

    /// Returns the value of a variable as one of a few words, whose case is ignored.
    ///
    /// ```
    /// # use auth_core::env::Vars;
    /// let hosts = [("production", "apis.pontotel.com.br"), ("sandbox", "sandbox-apis.pontotel.com.br")];
    /// let with = |value: &'static str| {
    ///     Vars::new("PONTOTEL", move |name: &str| (name == "PONTOTEL_ENVIRONMENT").then(|| value.to_owned()))
    /// };
    /// assert_eq!(with("Sandbox").choice("ENVIRONMENT", &hosts), Some("sandbox-apis.pontotel.com.br"));
    ///
    /// let mut vars = with("prod");
    /// assert_eq!(vars.choice("ENVIRONMENT", &hosts), None);
    /// let message = r#"set PONTOTEL_ENVIRONMENT to production or sandbox, and not to "prod""#;
    /// assert_eq!(vars.finish().unwrap_err().to_string(), message);
    /// ```
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = self.get(name)?;
        let choice = choices.iter().find(|(word, _)| value.trim().eq_ignore_ascii_case(word));
        if choice.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let shown: String = value.chars().take(MOST_SHOWN).collect();
            self.fault(format!("set {} to {}, and not to {shown:?}", self.name(name), words.join(" or ")));
        }
        choice.map(|(_, choice)| *choice)
    }

    /// Requires all variables of one of two groups, and none of the other. Call it after all of them were read.
    ///
    /// ```
    /// # use auth_core::env::Vars;
    /// let mut vars = Vars::new("API4COM", |_: &str| None);
    /// let (token, email, password) = (vars.get("TOKEN"), vars.get("EMAIL"), vars.get("PASSWORD"));
    /// vars.either(&["TOKEN"], &["EMAIL", "PASSWORD"]);
    /// let message = "set either API4COM_TOKEN, or API4COM_EMAIL and API4COM_PASSWORD";
    /// assert_eq!(vars.finish().unwrap_err().to_string(), message);
    /// ```
    pub fn either(&mut self, one: &[&str], other: &[&str]) {
        let [one, other] = [one, other].map(|group| group.iter().map(|name| self.name(name)).collect::<Vec<_>>());
        let lacking =
            |group: &[String]| -> Vec<String> { group.iter().filter(|name| !self.is_tried(name)).cloned().collect() };
        let (lacks, other_lacks) = (lacking(&one), lacking(&other));
        match (lacks.len() < one.len(), other_lacks.len() < other.len()) {
            (true, false) => self.missing.extend(lacks),
            (false, true) => self.missing.extend(other_lacks),
            _ => self.fault(format!("set either {}, or {}", listed(&one), listed(&other))),
        }
    }

    /// Adds a fault.
    ///
    /// ```
    /// # use auth_core::env::Vars;
    /// let mut vars = Vars::new("API4COM", |_: &str| None);
    /// if vars.get("EMAIL").is_none() && vars.get("TOKEN").is_none() {
    ///     vars.fault("set API4COM_EMAIL or API4COM_TOKEN");
    /// }
    /// assert!(vars.finish().is_err());
    /// ```
    pub fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// Returns one error with all faults.
    ///
    /// In the environment, a name that is nearly that of an unset variable is a fault too: `PONTOTEL_ENV` instead of
    /// `PONTOTEL_ENVIRONMENT`, which would otherwise mean production. Other unknown variables are not faults, and are
    /// named only if there is a fault. No value of a required variable is shown.
    ///
    /// ```
    /// # use auth_core::env::Vars;
    /// let mut vars = Vars::new("ECONPAY", |_: &str| None);
    /// let (email, password) = (vars.require("EMAIL"), vars.require("PASSWORD"));
    /// assert_eq!(vars.finish().unwrap_err().to_string(), "set ECONPAY_EMAIL and ECONPAY_PASSWORD");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if there is any fault.
    pub fn finish(self) -> Result<()> {
        let missing = (!self.missing.is_empty()).then(|| format!("set {}", listed(&self.missing)));
        let mut unknown = Vec::new();
        let mut faults: Vec<String> = missing.into_iter().chain(self.faults).collect();
        let own = self.environment.unwrap_or_default();
        let is_known =
            |name: &str| self.asked.iter().any(|asked| name.strip_suffix("_FILE").unwrap_or(name) == asked.name);
        for name in own.iter().filter(|name| !is_known(name)) {
            let mut unset = self.asked.iter().filter(|asked| !asked.is_set);
            match unset.find_map(|asked| nearly(self.prefix, name, &asked.name)) {
                Some(meant) => faults.push(format!("{name} is not known; did you mean {meant}?")),
                None => unknown.push(name.as_str()),
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        unknown.sort_unstable();
        unknown.truncate(MOST_NAMED);
        if !unknown.is_empty() {
            faults.push(format!("not known: {}", unknown.join(", ")));
        }
        Err(Error::new(ErrorKind::Config, faults.join("; ")))
    }

    fn name(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }

    fn is_tried(&self, name: &str) -> bool {
        self.asked.iter().any(|asked| asked.name == name && asked.is_tried)
    }

    fn is_in_environment(&self, name: &str) -> bool {
        self.environment.as_ref().is_some_and(|names| names.iter().any(|known| known == name))
    }
}

/// Formats names as `A`, `A and B`, `A, B and C`.
fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Returns the intended variable, with its prefix, if `given` is nearly its name: an abbreviation, another case, or at
/// most two typos.
fn nearly(prefix: &str, given: &str, known: &str) -> Option<String> {
    let own = |name: &str| name.to_ascii_uppercase().strip_prefix(prefix)?.strip_prefix('_').map(str::to_owned);
    let (given, known) = (own(given)?, own(known)?);
    let (given, ending) = given.strip_suffix("_FILE").map_or((given.as_str(), ""), |given| (given, "_FILE"));
    let is_short = given.len() >= 3 && (known.starts_with(given) || known.ends_with(&format!("_{given}")));
    let is_near = is_short || given == known || known.len() >= 5 && strsim::levenshtein(given, &known) <= 2;
    is_near.then(|| format!("{prefix}_{known}{ending}"))
}

impl<F> fmt::Debug for Vars<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vars").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
