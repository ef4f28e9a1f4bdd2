//! The sources of secrets that a profile names.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use auth_core::env::{environment, environment_or_file, trimmed};
use auth_core::secrecy::{ExposeSecret, SecretString};
use auth_core::{Error, ErrorKind, Secret};
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

use crate::exit::{Failure, Result};

/// The time limit of reading a secret outside a login, which has its own. It is longer than that of a pipe, whose error
/// says more.
const LIMIT: Duration = Duration::from_secs(35);

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
            Self::Variable(name) => of_variable(name)?,
            Self::File(path) => Secret::file(path),
            Self::PasswordInPlainText(secret) => match trimmed(secret.expose_secret()) {
                Some(secret) => secret.into(),
                None => return Err(Failure::usage("the secret is empty: write it, or name another source of it")),
            },
            Self::Command(command) if command.is_empty() => {
                return Err(Failure::usage("the secret's command is empty: write the program and its arguments"));
            }
            Self::Command(command) => {
                let command = command.clone();
                Secret::from_fn(move || output_of(command.clone()))
            }
        })
    }

    /// Returns the secret of an account. Several lines are no secret, but a file of something else, and a login with
    /// them would count as one with a wrong password.
    pub(crate) fn of_account(&self) -> Result<Secret> {
        let secret = self.secret()?;
        let text = match self {
            Self::File(path) if path.is_file() => fs::read_to_string(path).unwrap_or_default(),
            Self::Variable(name) => environment_or_file(name).unwrap_or_default(),
            _ => secret.expose_secret().to_owned(),
        };
        if is_one_line(&SecretString::from(text)) {
            return Ok(secret);
        }
        Err(Failure::usage(format!("the secret of {} has several lines: give the secret alone", self.describe())))
    }

    /// Returns the source with a relative path resolved against the folder of the profiles.
    pub(crate) fn below(self, folder: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(folder.join(path)),
            source => source,
        }
    }

    /// Reads the secret now, within 35 seconds.
    pub(crate) async fn read(&self) -> Result<SecretString> {
        let mut secret = self.secret()?;
        let late = |_elapsed| {
            failed(format!(
                "the secret of {} did not come within {} s: run it to see why it waits",
                self.describe(),
                LIMIT.as_secs()
            ))
        };
        timeout(LIMIT, secret.refresh()).await.map_err(late)??;
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

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Variable(one), Self::Variable(other)) => one == other,
            (Self::File(one), Self::File(other)) => one == other,
            (Self::Command(one), Self::Command(other)) => one == other,
            (Self::PasswordInPlainText(one), Self::PasswordInPlainText(other)) => {
                one.expose_secret() == other.expose_secret()
            }
            _ => false,
        }
    }
}

/// Reads a secret from the standard input.
pub(crate) fn of_stdin() -> Result<SecretString> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Failure::usage("the standard input is not UTF-8 text: pipe the secret into it"),
        _ => error.into(),
    })?;
    let secret = trimmed(&text).map(SecretString::from);
    secret.ok_or_else(|| Failure::usage("the standard input is empty: pipe the secret into it"))
}

/// Returns the secret of a variable, or of its file, which is read again before each login.
fn of_variable(name: &str) -> Result<Secret> {
    let unset = || format!("the variable {name} is not set: set it, or name another source of the secret");
    let value = environment_or_file(name).ok_or_else(|| Failure::usage(unset()))?;
    let set = |name: &str| environment(name).and_then(|value| trimmed(&value).map(str::to_owned));
    let file = set(&format!("{name}_FILE")).map(PathBuf::from);
    // A pipe is empty once it was read.
    Ok(match file.filter(|file| set(name).is_none() && file.is_file()) {
        Some(file) => Secret::file(file),
        None => value.into(),
    })
}

pub(crate) fn is_one_line(text: &SecretString) -> bool {
    trimmed(text.expose_secret()).is_none_or(|text| !text.contains(['\r', '\n']))
}

/// Runs a program, and returns its output. Its messages go to stderr, and it cannot read the input of authctl. Dropping
/// the future kills the program.
async fn output_of(command: Vec<String>) -> Result<SecretString, Error> {
    let (program, arguments) = command.split_first().ok_or_else(|| failed("the command is empty".into()))?;
    let cannot_run = |error| failed(format!("`{program}` cannot be run: {error}"));
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn();
    let output = child.map_err(cannot_run)?.wait_with_output().await.map_err(cannot_run)?;
    if !output.status.success() {
        return Err(failed(format!("`{program}` has failed: {}", output.status)));
    }
    let text = String::from_utf8(output.stdout).map(SecretString::from);
    let text = text.map_err(|_repeats_it| failed(format!("`{program}` printed invalid UTF-8")))?;
    if is_one_line(&text) { Ok(text) } else { Err(failed(format!("`{program}` printed several lines"))) }
}

fn failed(what: String) -> Error {
    Error::new(ErrorKind::Unavailable, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_an_error_and_ends_with_the_runtime() {
        let (ended, end) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
            let hangs = Source::Command(["sleep", "60"].map(str::to_owned).into());
            let failure = runtime.block_on(hangs.read()).unwrap_err().to_string();
            drop(runtime);
            ended.send(failure)
        });
        let failure = end.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(failure.contains("command sleep") && failure.contains("35 s"), "{failure}");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_program_whose_output_is_no_longer_awaited_is_killed() {
        // The process id tells the program from those of other tests.
        let argument = format!("60.{}", std::process::id());
        let is_running = || {
            let processes = std::fs::read_dir("/proc").unwrap().flatten();
            let mut commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
            commands.any(|command| command == format!("sleep\0{argument}\0").as_bytes())
        };
        let output = timeout(Duration::ZERO, output_of(vec!["sleep".to_owned(), argument.clone()])).await;
        assert!(output.is_err());
        for _ in 0..200 {
            if !is_running() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the program is running");
    }

    #[test]
    fn sources_are_equal_if_a_profile_states_the_same() {
        let sources = |secret: &str| {
            [
                Source::Variable(secret.to_owned()),
                Source::File(secret.into()),
                Source::Command(vec![secret.to_owned()]),
                Source::PasswordInPlainText(secret.into()),
            ]
        };
        for (at, one) in sources("a").iter().enumerate() {
            for (other_at, other) in sources("a").iter().enumerate() {
                assert_eq!(one == other, at == other_at, "{one:?} {other:?}");
            }
            assert!(!sources("b").contains(one), "{one:?}");
        }
    }
}
