//! What went wrong, in words that repeat nothing of what was sent.

use auth_core::{Error, ErrorKind};
use redis::RedisError;

const FORMS: &str = "give redis://USER:PASSWORD@HOST:PORT/DATABASE, rediss:// for TLS, or unix:///PATH";

/// A URL, or a list of them, that no connection can be made of.
pub(crate) fn unusable(error: &RedisError) -> Error {
    let why = if error.to_string().contains("TLS") {
        "rediss:// needs the feature rustls or native-tls of auth-store-redis".to_owned()
    } else {
        // The crate's own words stand before the hyphen; what it repeats of the URL comes behind.
        let text = error.to_string();
        let what = text.split(" - ").next().unwrap_or_default();
        format!("{what}: {FORMS}")
    };
    Error::new(ErrorKind::Config, format!("the URL of Redis cannot be used: {why}"))
}

/// The server's code alone, such as OOM: its words may repeat what it was sent.
pub(crate) fn failed(error: &RedisError) -> Error {
    if let Some(code) = error.code() {
        let text = match code {
            "OOM" => "Redis refused: its memory is full (OOM)".to_owned(),
            "READONLY" => "Redis refused: it is a replica (READONLY); give the address of the master".to_owned(),
            "NOPERM" => "Redis refused: this user may not run scripts on these keys (NOPERM)".to_owned(),
            "NOAUTH" | "WRONGPASS" => format!("Redis refused: give a user and password that it knows ({code})"),
            code => format!("Redis refused: {code}"),
        };
        return Error::new(ErrorKind::Unavailable, text);
    }
    match error.kind() {
        redis::ErrorKind::Io => {
            Error::new(ErrorKind::Unavailable, format!("Redis cannot be reached: {error}")).with_source(error.clone())
        }
        redis::ErrorKind::AuthenticationFailed => {
            Error::new(ErrorKind::Unavailable, "Redis refused: give a user and password that it knows")
        }
        kind => Error::new(ErrorKind::Unavailable, format!("Redis gave no answer: {kind:?}")),
    }
}

/// An answer that no script of ours gives.
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
    fn a_url_that_cannot_be_used_is_an_error_that_says_what_can_and_repeats_nothing_of_it() {
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

    #[test]
    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    fn a_url_with_tls_asks_for_the_feature() {
        assert!(of("rediss://localhost").contains("feature rustls or native-tls"));
    }

    #[test]
    fn the_servers_words_are_not_repeated() {
        let words = "unknown command 'EVALSHA', with args beginning with: 's3gredo'";
        let error = failed(&redis::make_extension_error("ERR".into(), Some(words.into())));
        assert_eq!(error.to_string(), "Redis refused: ERR");
        assert!(std::error::Error::source(&error).is_none());
        assert!(!format!("{error:?}").contains("s3gredo"));
    }
}
