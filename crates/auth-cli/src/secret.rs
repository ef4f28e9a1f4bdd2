//! The sources of secrets that a profile names.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use auth_core::env::{environment_or_file, trimmed};
use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::{Error, ErrorKind, Secret};
use serde::Deserialize;

use crate::exit::{Failure, Result};

/// The source of a secret. Files and programs are read before each login, so a new secret needs no restart.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// An environment variable, or the file that the variable with the suffix `_FILE` names.
    Variable(String),
    /// A file that contains the secret alone. A relative path is below the folder of the profiles.
    File(PathBuf),
    /// A program with its arguments, which prints the secret.
    Command(Vec<String>),
    /// The secret itself, readable by everybody who can read the profile.
    PasswordInPlainText(SecretString),
}

impl Source {
    /// Returns the secret as the clients take it.
    pub(crate) fn secret(&self) -> Result<Secret> {
        Ok(match self {
            Self::Variable(name) => of_variable(name)?.into(),
            Self::File(path) => Secret::file(path),
            Self::PasswordInPlainText(secret) => secret.clone().into(),
            Self::Command(command) => {
                let command = command.clone();
                Secret::from_fn(move || output_of(command.clone()))
            }
        })
    }

    /// Returns the source with a relative path resolved against the folder of the profiles.
    pub(crate) fn below(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            source => source,
        }
    }

    /// Reads the secret now.
    pub(crate) async fn read(&self) -> Result<SecretString> {
        let mut secret = self.secret()?;
        secret.refresh().await?;
        match trimmed(secret.expose_secret()) {
            Some(secret) => Ok(secret.into()),
            None => Err(Failure::usage(format!("the secret of {} is empty", self.describe()))),
        }
    }

    /// Returns the place of the secret, without the secret.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Variable(name) => format!("variable {name}"),
            Self::File(path) => format!("file {}", path.display()),
            Self::Command(command) => format!("command {}", command.first().map_or("", String::as_str)),
            Self::PasswordInPlainText(_) => "plain text".to_owned(),
        }
    }
}

/// Reads a secret from the standard input.
pub(crate) fn of_stdin() -> Result<SecretString> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let secret = trimmed(&text).map(SecretString::from);
    secret.ok_or_else(|| Failure::usage("the standard input is empty: pipe the secret into it"))
}

fn of_variable(name: &str) -> Result<String> {
    let unset = || format!("the variable {name} is not set: set it, or name another source of the secret");
    environment_or_file(name).ok_or_else(|| Failure::usage(unset()))
}

/// Runs a program, and returns its output. Its messages go to stderr, and it cannot read the input of authctl.
async fn output_of(command: Vec<String>) -> Result<SecretString, Error> {
    let run = move || {
        let (program, arguments) = command.split_first().ok_or_else(|| failed("the command is empty".into()))?;
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| failed(format!("`{program}` cannot be run: {error}")))?;
        if !output.status.success() {
            return Err(failed(format!("`{program}` has failed: {}", output.status)));
        }
        let text = String::from_utf8(output.stdout);
        text.map(SecretString::from).map_err(|_repeats_it| failed(format!("`{program}` printed invalid UTF-8")))
    };
    let done = tokio::task::spawn_blocking(run).await;
    done.map_err(|error| failed("the program's task was cancelled".into()).with_source(error))?
}

fn failed(what: String) -> Error {
    Error::new(ErrorKind::Unavailable, what)
}
