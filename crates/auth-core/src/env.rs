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
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use secrecy::ExposeSecret;

    use super::*;

    /// Returns the variables of an environment with these pairs.
    fn vars(pairs: &'static [(&str, &str)]) -> Vars<impl Fn(&str) -> Option<String>> {
        let read = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let names = pairs.iter().map(|(name, _)| (*name).to_owned()).collect();
        Vars { environment: Some(names), ..Vars::new("ACME", read) }
    }

    /// Returns the error of a provider that needs a user name and a password.
    fn wrong(pairs: &'static [(&str, &str)]) -> String {
        let mut vars = vars(pairs);
        vars.require("USERNAME");
        vars.require("PASSWORD");
        vars.choice("ENVIRONMENT", &[("production", 1), ("sandbox", 2)]);
        vars.get("BASE_URL");
        vars.finish().map_or_else(|error| error.to_string(), |()| String::new())
    }

    struct Written(PathBuf);

    fn written(name: &str, bytes: &[u8]) -> Written {
        let path = std::env::temp_dir().join(format!("auth-core-vars-{name}-{}", std::process::id()));
        fs::write(&path, bytes).expect("a file of this test");
        Written(path)
    }

    impl Drop for Written {
        fn drop(&mut self) {
            // The file may already be gone.
            let _ = fs::remove_file(&self.0);
        }
    }

    /// Reads a blank variable whose `_FILE` names a file of these bytes.
    fn of_file(name: &str, bytes: &[u8]) -> Result<Option<String>, String> {
        let file = written(name, bytes);
        let read = |name: &str| match name {
            "ACME_PASSWORD" => Some(String::new()),
            "ACME_PASSWORD_FILE" => Some(format!("{}\n", file.0.display())),
            _ => None,
        };
        or_file(read, "ACME_PASSWORD")
    }

    /// Neither an editor's byte order mark nor a line end is part of a secret.
    #[test]
    fn a_value_loses_its_mark_and_its_lines_ends_alone_and_a_blank_one_counts_as_absent() {
        for (given, value) in [
            ("s3gredo \r\n", Some("s3gredo ")),
            ("\u{feff}s3gredo\n\n\r\n", Some("s3gredo")),
            (" s3gredo", Some(" s3gredo")),
            ("a\nb", Some("a\nb")),
            ("", None),
            (" \n", None),
            ("\u{feff}\r\n", None),
        ] {
            assert_eq!(trimmed(given), value, "{given:?}");
        }
        assert_eq!(given(Some("s3gredo\n"), "a password", "give one").unwrap(), "s3gredo");
        for blank in [None, Some(""), Some(" "), Some("\n")] {
            let error = given(blank, "a password", "give one").unwrap_err();
            assert_eq!(error.to_string(), "the builder lacks a password: give one");
        }
    }

    /// The content of the file is the whole secret.
    #[test]
    fn a_blank_variable_leaves_it_to_the_file_which_is_read_without_its_line_end() {
        for bytes in ["s3gredo", "s3gredo\n", "s3gredo\r\n\n", "\u{feff}s3gredo\r\n"] {
            assert_eq!(of_file("ends", bytes.as_bytes()).unwrap().as_deref(), Some("s3gredo"), "{bytes:?}");
        }
        assert_eq!(of_file("blank", b" s3gredo \n").unwrap().as_deref(), Some(" s3gredo "));
        let most = "a".repeat(64 * 1024);
        assert_eq!(of_file("most", most.as_bytes()).unwrap(), Some(most));
    }

    /// The error gives the reason for which a file cannot be used, and shows nothing of its content.
    #[test]
    fn a_file_that_cannot_be_a_secret_is_an_error_that_says_why() {
        for (bytes, why) in [
            (&b"\xff\xfes\x003\x00"[..], "is UTF-16: save it as UTF-8"),
            (b"\xfe\xff\x00s\x003", "is UTF-16"),
            (b"s\x003\x00", "is not UTF-8 text"),
            (b"s3gred\xe3", "is not UTF-8 text"),
            (b"", "is empty"),
            (b"\xef\xbb\xbf \n", "is empty"),
            ("a".repeat(64 * 1024 + 1).as_bytes(), "is larger than 64 KiB"),
        ] {
            let error = of_file("wrong", bytes).unwrap_err();
            assert!(error.starts_with("ACME_PASSWORD_FILE names /") && error.contains(why), "{error}");
            assert!(!error.contains("s3"), "{error}");
        }
        let named = |path: &'static str| {
            or_file(move |name: &str| (name == "ACME_KEY_FILE").then(|| path.to_owned()), "ACME_KEY").unwrap_err()
        };
        assert!(named("/no/such/file").contains("/no/such/file, which cannot be read: No such file"));
        assert!(named("/").contains("which cannot be read: Is a directory"));
        assert!(!named("s3gredo").contains("s3gredo"), "somebody confused the two variables");
    }

    #[test]
    fn a_variable_comes_before_its_file() {
        let both = |name: &str| match name {
            "ACME_USERNAME" => Some("maria".to_owned()),
            "ACME_USERNAME_FILE" => Some("/no/such/file".to_owned()),
            _ => None,
        };
        assert_eq!(or_file(both, "ACME_USERNAME").unwrap().as_deref(), Some("maria"));
        assert_eq!(or_file(both, "ACME_TOKEN").unwrap(), None);
        // A value from another source is not a path to read.
        let mut elsewhere = Vars::new("ACME", |name: &str| (name == "ACME_KEY_FILE").then(|| "/etc/passwd".to_owned()));
        assert_eq!(elsewhere.get("KEY"), None);
        assert!(elsewhere.finish().is_ok());
    }

    /// One run reports every fault.
    #[test]
    fn all_that_is_missing_or_wrong_is_one_error() {
        assert_eq!(wrong(&[]), "set ACME_USERNAME and ACME_PASSWORD");
        assert_eq!(wrong(&[("ACME_USERNAME", "maria"), ("ACME_PASSWORD", "p")]), "");
        let text = wrong(&[("ACME_ENVIRONMENT", "prod"), ("ACME_PASSWORD_FILE", "/no/such/file")]);
        let all = "set ACME_USERNAME; ACME_PASSWORD_FILE names /no/such/file, which cannot be read: No such file or directory \
                   (os error 2); set ACME_ENVIRONMENT to production or sandbox, and not to \"prod\"";
        assert_eq!(text, all);
    }

    /// A token replaces the other secrets, and no group may be incomplete.
    #[test]
    fn one_of_two_groups_is_demanded_as_a_whole() {
        let wrong = |pairs| {
            let mut vars = vars(pairs);
            for name in ["TOKEN", "SIGNATURE", "USERNAME", "PASSWORD"] {
                vars.get(name);
            }
            vars.either(&["TOKEN", "SIGNATURE"], &["USERNAME", "PASSWORD"]);
            vars.finish().map_or_else(|error| error.to_string(), |()| String::new())
        };
        let either = "set either ACME_TOKEN and ACME_SIGNATURE, or ACME_USERNAME and ACME_PASSWORD";
        assert_eq!(wrong(&[]), either);
        assert_eq!(wrong(&[("ACME_TOKEN", "t"), ("ACME_PASSWORD", "p")]), either);
        assert_eq!(wrong(&[("ACME_TOKEN", "t")]), "set ACME_SIGNATURE");
        assert_eq!(wrong(&[("ACME_PASSWORD", "p"), ("ACME_TOKEN", " ")]), "set ACME_USERNAME");
        for whole in
            [&[("ACME_TOKEN", "t"), ("ACME_SIGNATURE", "s")], &[("ACME_USERNAME", "u"), ("ACME_PASSWORD", "p")]]
        {
            assert_eq!(wrong(whole), "");
        }
        let unreadable = wrong(&[("ACME_TOKEN", "t"), ("ACME_SIGNATURE_FILE", "/no/such/file")]);
        assert!(unreadable.starts_with("ACME_SIGNATURE_FILE names /no/such/file, which"), "{unreadable}");
    }

    /// The error shows nothing of a token that no header can carry.
    #[test]
    fn a_given_token_is_checked_as_other_secrets_are_trimmed() {
        for good in ["segredo", "segredo\r\n", "\u{feff}segredo\n"] {
            assert_eq!(token(good, "token").unwrap().expose_secret(), "segredo", "{good:?}");
        }
        for (bad, why) in [
            ("", "is empty"),
            (" \n", "is empty"),
            ("Bearer segredo", "begins with its scheme, \"Bearer \"; give the token alone"),
            ("bearer segredo", "begins with its scheme, \"Bearer \"; give the token alone"),
            ("seg redo", "has blanks"),
            (" segredo", "has blanks"),
            ("seg\nredo", "has control characters"),
            ("seg\0redo", "has control characters"),
            ("seg\tredo", "has control characters"),
            ("segredó", "letters outside ASCII"),
            ("seg\u{200b}redo", "letters outside ASCII"),
            (&"segredo".repeat(3000), "is longer than 16 KiB"),
        ] {
            let error = token(bad, "signature token").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad:?}");
            assert!(
                error.to_string().starts_with("the signature token ") && error.to_string().contains(why),
                "{error}"
            );
            assert!(!format!("{error} {error:?}").contains("redo"), "{error:?}");
        }
    }

    /// A name that is nearly right is reported, even if nothing else is missing.
    #[test]
    fn a_misspelt_variable_is_named_with_the_one_that_was_meant() {
        let slip = wrong(&[("ACME_USERNAME", "maria"), ("ACME_PASWORD", "s3gredo")]);
        assert_eq!(slip, "set ACME_PASSWORD; ACME_PASWORD is not known; did you mean ACME_PASSWORD?");
        let production = [("ACME_USERNAME", "m"), ("ACME_PASSWORD", "p")];
        for (given, meant) in [
            ("ACME_ENV", "ACME_ENVIRONMENT"),
            ("ACME_ENVIROMENT", "ACME_ENVIRONMENT"),
            ("ACME_environment", "ACME_ENVIRONMENT"),
            ("acme_environment", "ACME_ENVIRONMENT"),
            ("ACME_URL", "ACME_BASE_URL"),
            ("ACME_BASEURL", "ACME_BASE_URL"),
            ("ACME_BASE_URLS", "ACME_BASE_URL"),
            ("ACME_BASE_URI_FILE", "ACME_BASE_URL_FILE"),
        ] {
            let pairs = [production[0], production[1], (given, "s3gredo")];
            let text = wrong(Box::leak(Box::new(pairs)));
            assert_eq!(text, format!("{given} is not known; did you mean {meant}?"));
        }
    }

    /// A value that cannot be read is not reported as missing, and neither is a file name.
    #[test]
    fn a_variable_that_is_no_text_is_named_and_so_is_that_of_a_file() {
        for unread in ["ACME_PASSWORD", "ACME_PASSWORD_FILE"] {
            let environment = Some(vec![unread.to_owned()]);
            let mut vars = Vars { environment, ..Vars::new("ACME", |_: &str| None) };
            assert_eq!(vars.require("PASSWORD"), None);
            assert_eq!(vars.finish().unwrap_err().to_string(), format!("{unread} is not UTF-8 text"));
        }
    }

    /// Other programs may use the same prefix.
    #[test]
    fn a_variable_of_another_name_is_no_error_and_is_named_beside_one() {
        let own = &[
            ("ACME_USERNAME", "m"),
            ("ACME_PASSWORD", "p"),
            ("ACME_FOO", "s3gredo"),
            ("ACME_DATABASE_URL", "s3gredo"),
            ("ACME_TIMEOUT", "3"),
            ("ACME_PASSWORDS", "not missing"),
            ("ACME_USERNAME_FILE", "/no/such/file"),
        ];
        assert_eq!(wrong(own), "");
        let other = wrong(&[("ACME_EMAIL", "maria"), ("ACME_DATABASE_URL", "s3gredo"), ("ACME_PASSWORD", "p")]);
        assert_eq!(other, "set ACME_USERNAME; not known: ACME_DATABASE_URL, ACME_EMAIL");
    }

    /// Two typos are a slip, three are another name.
    #[test]
    fn a_name_with_two_typos_is_misspelt_and_with_three_unknown() {
        let with = |given| [("ACME_USERNAME", "m"), ("ACME_PASSWORD", "p"), (given, "x")];
        let text = wrong(Box::leak(Box::new(with("ACME_ENVIRONMEMTS"))));
        assert_eq!(text, "ACME_ENVIRONMEMTS is not known; did you mean ACME_ENVIRONMENT?");
        assert_eq!(wrong(Box::leak(Box::new(with("ACME_EMVIRONMEMTS")))), "");
    }

    #[test]
    fn debug_shows_the_prefix_and_no_value() {
        assert_eq!(format!("{:?}", vars(&[("ACME_PASSWORD", "s3gredo")])), "Vars { prefix: \"ACME\", .. }");
    }

    #[tokio::test]
    async fn the_file_of_a_variable_is_read_again_and_a_variable_is_not() {
        let file = written("again", b"old\n");
        let (path, variable) = (file.0.display().to_string(), "ACME_PASSWORD".to_owned());
        let from = |value: Option<&'static str>, is_environment: bool| {
            let (path, variable) = (path.clone(), variable.clone());
            let names = is_environment.then(|| vec![variable.clone(), format!("{variable}_FILE")]);
            let read = move |name: &str| match name {
                "ACME_PASSWORD" => value.map(str::to_owned),
                "ACME_PASSWORD_FILE" => Some(path.clone()),
                _ => None,
            };
            Vars { environment: names, ..Vars::new("ACME", read) }.secret("PASSWORD")
        };
        let mut secret = from(Some(" "), true).unwrap();
        assert_eq!(secret, Secret::file(&file.0));
        fs::write(&file.0, "new\n").unwrap();
        assert!(secret.refresh().await.unwrap());
        assert_eq!(secret.expose_secret(), "new");
        assert_eq!(from(Some("value\n"), true), Some(Secret::from("value")), "the variable goes before its file");
        assert_eq!(from(None, false), None, "no file is read for variables that come from elsewhere");
    }
}
