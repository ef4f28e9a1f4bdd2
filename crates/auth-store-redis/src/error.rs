//! Redis errors as `auth-core` errors that quote nothing that was sent.

use auth_core::{Error, ErrorKind};
use redis::RedisError;

use crate::server::{NO_CRYPTOGRAPHY, Server};

/// Part of the `redis` crate's message for a failed `SELECT`.
const NO_DATABASE: &str = "switch database";
/// Part of the `redis` crate's message for nodes of a cluster that refuse the password.
const WRONG_PASSWORD: &str = "AuthenticationFailed";
/// The start of each key, after the configured prefix.
const KEYS: &str = "auth:v1:";
/// The commands that the store sends, or that its scripts run.
const COMMANDS: [&str; 15] = [
    "evalsha",
    "eval",
    "select",
    "subscribe",
    "unsubscribe",
    "hello",
    "auth",
    "cluster|slots",
    "ping",
    "asking",
    "role",
    "get",
    "set",
    "del",
    "time",
];

/// Converts an error of the server. Only the server's code, such as OOM, is kept, because its text may repeat what was
/// sent.
pub(crate) fn failed(error: &RedisError, server: &Server, key: Option<&str>) -> Error {
    let refused = |kind, why: String| Error::new(kind, format!("Redis at {server:?} refused: {why}"));
    let words = error.detail().unwrap_or_default();
    if let Some(right) = missing_right(error, words, key) {
        let why =
            format!("this user lacks the right {right} (NOPERM); the README of auth-store-redis has all that it needs");
        return refused(ErrorKind::Config, why);
    }
    if let Some(code) = error.code() {
        return match code {
            "OOM" => refused(ErrorKind::Unavailable, "its memory is full (OOM)".to_owned()),
            "READONLY" => {
                refused(ErrorKind::Unavailable, "it is a replica (READONLY); give the address of the master".to_owned())
            }
            "WRONGTYPE" => {
                let key = key.unwrap_or_default();
                let why =
                    format!("another program uses the key {key} (WRONGTYPE): remove it, or set RedisStore::prefix");
                refused(ErrorKind::Config, why)
            }
            "NOAUTH" | "WRONGPASS" => {
                refused(ErrorKind::Config, format!("give a user and password that it knows ({code})"))
            }
            _ if error.to_string().contains(NO_DATABASE) => {
                refused(ErrorKind::Config, "it has no database of this number; give one that it has".to_owned())
            }
            code => refused(ErrorKind::Unavailable, code.to_owned()),
        };
    }
    match error.kind() {
        redis::ErrorKind::Io if words.contains(WRONG_PASSWORD) => {
            refused(ErrorKind::Config, "give a user and password that it knows".to_owned())
        }
        redis::ErrorKind::Io => {
            Error::new(ErrorKind::Unavailable, format!("Redis at {server:?} cannot be reached: {error}"))
                .with_source(error.clone())
        }
        redis::ErrorKind::AuthenticationFailed => {
            refused(ErrorKind::Config, "give a user and password that it knows".to_owned())
        }
        _ if error.to_string().contains(NO_CRYPTOGRAPHY) => Error::new(ErrorKind::Config, NO_CRYPTOGRAPHY),
        kind => Error::new(ErrorKind::Unavailable, format!("Redis at {server:?} gave no answer: {kind:?}")),
    }
}

/// Returns the right that the server reports as missing, as a rule of its access control list. The server's text is not
/// repeated.
fn missing_right(error: &RedisError, words: &str, key: Option<&str>) -> Option<String> {
    // Redis 7.0 does not say which one.
    if words.contains("can't run this command or subcommand script") {
        return Some("+get, +set, +del, +time or +publish".to_owned());
    }
    let selects = error.to_string().contains(NO_DATABASE);
    let is_in_script = words.contains("ACL failure in script");
    if !(error.code() == Some("NOPERM") || is_in_script || selects && words.contains("no permissions")) {
        return None;
    }
    let below = key.and_then(|key| key.split_once(KEYS)).map_or_else(String::new, |(prefix, _)| prefix.to_owned());
    Some(if words.contains("keys") || words.contains("a key") {
        format!("~{below}{KEYS}*")
    } else if words.contains("channel") {
        format!("&{below}{KEYS}*")
    } else if selects {
        "+select".to_owned()
    } else {
        let known = COMMANDS.iter().find(|command| words.contains(&format!("'{command}'")));
        known.map_or_else(|| "to a command".to_owned(), |command| format!("+{command}"))
    })
}

/// Returns the error for an answer that none of the scripts gives.
pub(crate) fn senseless() -> Error {
    Error::new(ErrorKind::Unavailable, "Redis answered what makes no sense: something else than Redis or Valkey?")
}

pub(crate) fn no_runtime() -> Error {
    Error::new(ErrorKind::Config, "call this from within a Tokio runtime that has time and I/O enabled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_words_are_not_repeated() {
        let words = "unknown command 'EVALSHA', with args beginning with: 's3gredo'";
        let server = Server::One(redis::Client::open("redis://maria:s3gredo@127.0.0.1").unwrap());
        let error = failed(&redis::make_extension_error("ERR".into(), Some(words.into())), &server, None);
        assert_eq!(error.to_string(), "Redis at 127.0.0.1:6379 refused: ERR");
        assert!(std::error::Error::source(&error).is_none());
        assert!(!format!("{error:?}").contains("s3gredo"));
    }
}
