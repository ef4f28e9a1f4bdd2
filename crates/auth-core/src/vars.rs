//! Settings from the environment, or from whatever a test puts in its place.
//!
//! ```
//! use auth_core::vars::{self, Vars};
//!
//! let vars = Vars::new("NO_SUCH_PROVIDER", vars::environment);
//! assert_eq!(vars.require("PASSWORD").unwrap_err().to_string(), "set NO_SUCH_PROVIDER_PASSWORD");
//! ```

use std::{fmt, fs};

use crate::error::{Error, ErrorKind, Result};

/// Reads a variable of the process's environment.
///
/// ```
/// assert_eq!(auth_core::vars::environment("NO_SUCH_VARIABLE_HERE"), None);
/// ```
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    std::env::var(name).ok()
}

/// The same, or else the text of the file that the variable with `_FILE` at its end names: `PONTOTEL_PASSWORD_FILE` is
/// where a container has the password.
///
/// The file is read at once, by the calling thread. One that cannot be read is absent, and a warning says why.
///
/// ```no_run
/// # fn from_vars(read: impl Fn(&str) -> Option<String>) {}
/// use auth_core::vars;
///
/// // Each provider's `Client::from_vars` and `Builder::from_vars` take it.
/// from_vars(vars::environment_or_file);
/// ```
#[must_use]
pub fn environment_or_file(name: &str) -> Option<String> {
    or_file(environment, name)
}

fn or_file(read: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    read(name).or_else(|| {
        let file = read(&format!("{name}_FILE"))?;
        match fs::read_to_string(&file) {
            Ok(text) => Some(text),
            Err(error) => {
                tracing::warn!(variable = name, file, %error, "the file of a variable cannot be read");
                None
            }
        }
    })
}

/// The variables of one provider, which share a prefix. A blank one counts as absent.
///
/// ```
/// use auth_core::vars::Vars;
///
/// let vars = Vars::new("PONTOTEL", |name: &str| (name == "PONTOTEL_USERNAME").then(|| "maria".to_owned()));
/// assert_eq!(vars.require("USERNAME")?, "maria");
/// assert_eq!(vars.require("PASSWORD").unwrap_err().to_string(), "set PONTOTEL_PASSWORD");
/// # Ok::<(), auth_core::Error>(())
/// ```
pub struct Vars<F> {
    prefix: &'static str,
    read: F,
}

impl<F: Fn(&str) -> Option<String>> Vars<F> {
    /// The variables that begin with `prefix` and an underscore.
    ///
    /// ```
    /// use auth_core::vars::{self, Vars};
    ///
    /// let vars = Vars::new("SOPAGUE", vars::environment);
    /// let username = vars.get("USERNAME"); // SOPAGUE_USERNAME
    /// ```
    pub fn new(prefix: &'static str, read: F) -> Self {
        Self { prefix, read }
    }

    /// A variable's value, without the line's end that files of secrets have.
    ///
    /// ```
    /// # use auth_core::vars::Vars;
    /// let vars = Vars::new("ECONPAY", |name: &str| (name == "ECONPAY_CLIENT_SECRET").then(|| "segredo\n".to_owned()));
    /// assert_eq!(vars.get("CLIENT_SECRET").as_deref(), Some("segredo"));
    /// assert_eq!(vars.get("BASE_URL"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<String> {
        let value = (self.read)(&self.name(name))?;
        let value = value.trim_end_matches(['\r', '\n']);
        (!value.trim().is_empty()).then(|| value.to_owned())
    }

    /// A variable's value.
    ///
    /// ```
    /// # use auth_core::vars::Vars;
    /// let empty = Vars::new("API4COM", |_: &str| None);
    /// assert_eq!(empty.require("EMAIL").unwrap_err().to_string(), "set API4COM_EMAIL");
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config), with the variable's name, if it is absent.
    pub fn require(&self, name: &str) -> Result<String> {
        self.get(name).ok_or_else(|| Error::new(ErrorKind::Config, format!("set {}", self.name(name))))
    }

    /// A variable's value as one of a few words, or `None` if it is absent.
    ///
    /// ```
    /// # use auth_core::vars::Vars;
    /// let hosts = [("production", "apis.pontotel.com.br"), ("sandbox", "sandbox-apis.pontotel.com.br")];
    /// let vars = Vars::new("PONTOTEL", |name: &str| (name == "PONTOTEL_ENVIRONMENT").then(|| "Sandbox".to_owned()));
    /// assert_eq!(vars.choice("ENVIRONMENT", &hosts)?, Some("sandbox-apis.pontotel.com.br"));
    /// assert_eq!(vars.choice("REGION", &hosts)?, None);
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config), with the words, if it is none of them.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let choice = choices.iter().find(|(word, _)| value.trim().eq_ignore_ascii_case(word));
        choice.map(|(_, choice)| Some(*choice)).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            Error::new(ErrorKind::Config, format!("set {} to {}", self.name(name), words.join(" or ")))
        })
    }

    fn name(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }
}

impl<F> fmt::Debug for Vars<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vars").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars() -> Vars<impl Fn(&str) -> Option<String>> {
        Vars::new("ACME", |name: &str| match name {
            "ACME_PASSWORD" => Some("s3gredo \r\n".to_owned()),
            "ACME_BLANK" => Some(" \n".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn a_value_loses_its_lines_end_alone_and_a_blank_one_counts_as_absent() {
        assert_eq!(vars().get("PASSWORD").as_deref(), Some("s3gredo "));
        assert_eq!(vars().require("PASSWORD").unwrap(), "s3gredo ");
        assert_eq!(vars().get("BLANK"), None);
        assert_eq!(vars().require("BLANK").unwrap_err().to_string(), "set ACME_BLANK");
    }

    #[test]
    fn a_variable_that_is_not_set_is_read_from_the_file_that_another_names() {
        let file = std::env::temp_dir().join(format!("auth-core-vars-{}", std::process::id()));
        fs::write(&file, "s3gredo\n").unwrap();
        let vars = |name: &str| match name {
            "ACME_PASSWORD_FILE" => Some(file.display().to_string()),
            "ACME_USERNAME" => Some("maria".to_owned()),
            "ACME_USERNAME_FILE" | "ACME_KEY_FILE" => Some("/no/such/file".to_owned()),
            _ => None,
        };
        assert_eq!(or_file(vars, "ACME_PASSWORD").as_deref(), Some("s3gredo\n"));
        assert_eq!(or_file(vars, "ACME_USERNAME").as_deref(), Some("maria"), "a variable comes first");
        assert_eq!(or_file(vars, "ACME_KEY"), None);
        assert_eq!(or_file(vars, "ACME_TOKEN"), None);
        fs::remove_file(&file).unwrap();
    }

    #[test]
    fn debug_shows_the_prefix_and_no_value() {
        assert_eq!(format!("{:?}", vars()), "Vars { prefix: \"ACME\", .. }");
    }
}
