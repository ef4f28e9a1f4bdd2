//! The exit codes, and the failure that ends the program with one of them.

use std::error::Error as StdError;
use std::fmt::{self, Display};
use std::io;
use std::process::ExitCode;

use auth_core::{Error, ErrorKind};

/// The table of exit codes that `--help` prints. The numbers are part of the public interface.
pub(crate) const TABLE: &str = "\
Exit codes:
  0   done
  1   another failure, or a signature that does not match
  2   usage: a wrong argument, profile or setting
  3   refused: the provider refused the login, now or earlier; doctor: a fact is not as documented
  4   limited: the provider asks to wait
  5   unavailable: no answer, or a failure of the provider
  22  an HTTP error, with --fail";

const FAILURE: u8 = 1;
const USAGE: u8 = 2;
const REFUSED: u8 = 3;
const LIMITED: u8 = 4;
const UNAVAILABLE: u8 = 5;
/// The exit code of curl for an HTTP error.
const STATUS: u8 = 22;

/// Remedies of the library, and those of this program in their place.
const REMEDIES: [(&str, &str); 6] = [
    ("allow it with Options::dangerous_plain_http", "allow it with `dangerous_plain_http = true` in the profile"),
    ("; see Options::connect_timeout", ""),
    ("Options::configure takes a private authority", "SSL_CERT_FILE names the file of a private authority"),
    ("; Options::configure takes http1_max_headers", ""),
    ("give them with Options::configure", "give them as HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"),
    ("a secret cannot be read by its function", "the secret of the profile cannot be read"),
];

/// Returns the text of an error of the library, in the terms of this program.
pub(crate) fn in_own_terms(error: impl Display) -> String {
    REMEDIES.iter().fold(error.to_string(), |text, (theirs, ours)| text.replace(theirs, ours))
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The failure of a command: its message on stderr, and its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// Creates the failure of a wrong argument, profile or setting.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }

    /// Creates the failure of an answer that `--fail` does not accept.
    pub(crate) fn status(error: Error) -> Self {
        Self { code: STATUS, ..error.into() }
    }

    /// Creates any other failure.
    pub(crate) fn other(message: impl Into<String>) -> Self {
        Self { code: FAILURE, message: message.into() }
    }

    /// Creates the failure of a `doctor` that measured departures from the document.
    pub(crate) fn departed(departures: usize, facts: usize) -> Self {
        Self { code: REFUSED, message: format!("{departures} of {facts} facts are not as documented") }
    }

    /// Puts the place of the failure in front of its message.
    pub(crate) fn at(self, place: impl Display) -> Self {
        Self { message: format!("{place}: {}", self.message), ..self }
    }

    /// Prints the failure, and returns the program's exit code. A closed pipe ends the program without a message.
    pub(crate) fn report(&self) -> ExitCode {
        if self.code != 0 {
            eprintln!("authctl: {}", self.message);
        }
        ExitCode::from(self.code)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.kind() {
            ErrorKind::LoginRefused | ErrorKind::LoginRequired => REFUSED,
            ErrorKind::RateLimited => LIMITED,
            ErrorKind::Unavailable => UNAVAILABLE,
            ErrorKind::Config | ErrorKind::InvalidRequest => USAGE,
            _ => FAILURE,
        };
        let mut message = in_own_terms(&error);
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !message.contains(&in_own_terms(&text)) {
                message = format!("{message}: {text}");
            }
            source = cause.source();
        }
        Self { code, message }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let code = if error.kind() == io::ErrorKind::BrokenPipe { 0 } else { FAILURE };
        Self { code, message: error.to_string() }
    }
}
