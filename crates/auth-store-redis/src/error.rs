//! Redis errors as `auth-core` errors that quote nothing that was sent.

use auth_core::{Error, ErrorKind};
use redis::RedisError;

use crate::server::{NO_CRYPTOGRAPHY, Server};

const FORMS: &str = "give redis://USER:PASSWORD@HOST:PORT/DATABASE, rediss:// for TLS, or unix:///PATH";

/// Part of the `redis` crate's message for a failed `SELECT`.
const NO_DATABASE: &str = "switch database";
/// The start of each key, after the configured prefix.
const KEYS: &str = "auth:v1:";
/// The commands that the store sends.
const COMMANDS: [&str; 7] = ["evalsha", "eval", "select", "subscribe", "unsubscribe", "hello", "auth"];

/// Returns the error for an unusable URL, or for an unusable list of URLs.
pub(crate) fn unusable(error: &RedisError) -> Error {
    let why = if error.to_string().contains("TLS") {
        "rediss:// needs the feature rustls or native-tls of auth-store-redis".to_owned()
    } else {
        // The crate's own text is before the hyphen. The parts of the URL that it repeats come after it.
        let text = error.to_string();
        let what = text.split(" - ").next().unwrap_or_default();
        format!("{what}: {FORMS}")
    };
    Error::new(ErrorKind::Config, format!("the URL of Redis cannot be used: {why}"))
}

/// Refuses a URL whose user or password contains a reserved character. The URL would be split at that character: the
/// rest would become the host, the port or the database, or the password would be a different one.
pub(crate) fn check(url: &str) -> Result<(), Error> {
    let Some((scheme, rest)) = url.split_once("://") else { return Ok(()) };
    if !["redis", "rediss", "valkey", "valkeys"].contains(&scheme) {
        return Ok(());
    }
    let Some((user_and_password, _)) = rest.rsplit_once('@') else { return Ok(()) };
    let mut ahead = user_and_password.chars();
    while let Some(letter) = ahead.next() {
        let is_wrong = match letter {
            '@' | '/' | '#' | '?' | '[' | ']' | '\\' | ' ' => true,
            '%' => !ahead.as_str().bytes().take(2).filter(u8::is_ascii_hexdigit).count().eq(&2),
            _ => false,
        };
        if is_wrong {
            let message = format!(
                "the URL of Redis cannot be used: its user or password has a {letter:?}, which means something else in a URL: \
                 encode it as %{:02X}",
                u32::from(letter)
            );
            return Err(Error::new(ErrorKind::Config, message));
        }
    }
    Ok(())
}

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
    if words.contains("can't run this command or subcommand script") {
        return Some("+get, +set, +del, +time or +publish".to_owned());
    }
    let selects = error.to_string().contains(NO_DATABASE);
    if !(error.code() == Some("NOPERM") || selects && words.contains("no permissions")) {
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

    fn of(url: &str) -> String {
        let error = unusable(&redis::Client::open(url).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    #[test]
    fn an_unusable_url_is_an_error_that_says_what_is_wanted_and_does_not_quote_it() {
        let urls = [
            "redis",
            "http://maria:s3gredo@localhost",
            "redis://maria:s3gredo@localhost/s3gredo",
            "redis://maria:s3gredo@localhost:s3gredo",
            "redis://maria:s3gredo@localhost/?protocol=s3gredo",
            "redis://maria:s3gredo@0.0.0.0",
        ];
        for url in urls {
            let text = of(url);
            assert!(text.contains("redis://USER:PASSWORD@HOST:PORT/DATABASE"), "{text}");
            assert!(!text.contains("s3gredo") && !text.contains("maria"), "{text}");
        }
    }

    /// A URL reads `12#34@host` as port 12, and `p/w@host` as an empty host.
    #[test]
    fn a_password_that_is_not_encoded_is_an_error_that_names_the_character_alone() {
        for (password, letter, code) in [
            ("p@ss", '@', "%40"),
            ("p/ss", '/', "%2F"),
            ("12#34", '#', "%23"),
            ("p?ss", '?', "%3F"),
            ("100%", '%', "%25"),
            ("p%ss", '%', "%25"),
            ("p%4", '%', "%25"),
            ("p ss", ' ', "%20"),
            ("[ss", '[', "%5B"),
        ] {
            for scheme in ["redis", "rediss", "valkey", "valkeys"] {
                for user in ["", "maria"] {
                    let url = format!("{scheme}://{user}:{password}@redis.internal:6379/1");
                    let error = check(&url).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Config);
                    let text = error.to_string();
                    assert!(
                        text.contains(&format!("has a {letter:?},")) && text.ends_with(&format!("as {code}")),
                        "{text}"
                    );
                    assert!(!text.contains(password) && !text.contains("ss,"), "{text}");
                }
            }
        }
        for url in
            ["redis://:p%40ss%2F%25@host/1", "redis://host/1?protocol=resp3", "redis://host", "unix:///a@b", "redis"]
        {
            check(url).unwrap();
        }
    }

    #[test]
    #[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
    fn a_url_with_tls_asks_for_the_feature() {
        assert!(of("rediss://localhost").contains("feature rustls or native-tls"));
    }

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
