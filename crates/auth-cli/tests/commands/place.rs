//! A sandbox, with profiles of its accounts and a folder for shared logins.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use auth_sandbox::{Provider, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

/// The time after which a command counts as hanging. The slowest one waits 35 s for a secret.
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) struct Place {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: TempDir,
}

impl Place {
    /// Starts a sandbox, and writes the profiles `loja` (Pontotel), `voz` (Api4Com) and `jogo` (xigsapi).
    pub(crate) async fn new() -> Self {
        let place = Self { sandbox: Sandbox::start().await.unwrap(), folder: TempDir::new().unwrap() };
        let (pontotel, api4com, signed_api) =
            (place.sandbox.pontotel(), place.sandbox.api4com(), place.sandbox.signed_api());
        let profile = |name: &str, provider: &str, account: &Provider, user: &str, secret: &str| {
            format!(
                "[profile.{name}]\nprovider = \"{provider}\"\nbase_url = \"{}\"\n{user}\n\
                 secret = {{ password_in_plain_text = \"{secret}\" }}\n",
                account.base_url()
            )
        };
        let user = |account: &Provider| format!("user = \"{}\"", account.username());
        place.write(
            &[
                profile("loja", "pontotel", pontotel, &user(pontotel), pontotel.password()),
                profile("voz", "api4com", api4com, &user(api4com), api4com.password()),
                profile("jogo", "signed-api", signed_api, "", signed_api.api_key()),
            ]
            .concat(),
        );
        place
    }

    pub(crate) fn write(&self, profiles: &str) {
        fs::write(self.config(), profiles).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("profiles.toml")
    }

    /// Makes the logins in the folder older, as if they had been written earlier.
    pub(crate) fn age_logins(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap();
        for entry in fs::read_dir(self.folder.path().join("state/logins")).unwrap() {
            let path = entry.unwrap().path();
            let Ok(mut login) = serde_json::from_slice::<Value>(&fs::read(&path).unwrap()) else { continue };
            for member in ["since", "until"] {
                login["record"][member] = (login["record"][member].as_u64().unwrap() - by).into();
            }
            fs::write(path, login.to_string()).unwrap();
        }
    }

    /// Returns authctl with these arguments, and with only the variables of this place.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authctl"));
        command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("AUTHCTL_CONFIG", self.config()).env("AUTHCTL_STATE", self.folder.path().join("state"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    /// Runs authctl with another environment variable.
    pub(crate) fn run_with(&self, (name, value): (&str, impl AsRef<OsStr>), arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(arguments).env(name, value))
    }

    /// Runs authctl with a text on its standard input.
    pub(crate) fn pipe(&self, input: &str, arguments: &[&str]) -> Outcome {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A command that refuses its arguments does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Outcome::of_child(child)
    }
}

/// The exit code of a command, and its two outputs.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::of_child(command.spawn().unwrap())
    }

    /// Waits for the end of a command. One that hangs is killed, and has no exit code.
    pub(crate) fn of_child(child: Child) -> Self {
        let (ended, end) = mpsc::channel::<()>();
        let id = child.id().to_string();
        thread::spawn(move || {
            if end.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let _ = Command::new("kill").args(["-KILL", &id]).status();
            }
        });
        let output = child.wait_with_output().unwrap();
        drop(ended);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Returns the output of a command that succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// Returns the message of a command that failed with this code and printed nothing else.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{}", self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        self.err
    }
}
