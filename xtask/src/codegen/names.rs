//! Names and numbers, in the forms of Rust, of English and of HTTP.

use base64::Engine;

/// Converts `userName` and `user-name` to `user_name`.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut after_lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        match letter {
            letter if letter.is_ascii_alphanumeric() => snake.push(letter.to_ascii_lowercase()),
            _ => snake.push('_'),
        }
    }
    snake
}

/// The keywords of Rust 2024, including those reserved for the future.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false \
    final fn for gen if impl in let loop macro macro_rules match mod move mut override priv pub ref return self static \
    struct super trait true try type typeof union unsafe unsized use virtual where while yield";

/// Converts any name to that of a field: `userName` to `user_name`, `type` to `type_`, and `$` to `value`.
pub(crate) fn field(name: &str) -> String {
    let snake = snake(name);
    match snake.trim_matches('_') {
        "" => "value".to_owned(),
        name if name.starts_with(|first: char| first.is_ascii_digit()) => format!("n{name}"),
        name => free(name, KEYWORDS),
    }
}

/// Appends `_` to a name that is taken.
pub(crate) fn free(name: &str, taken: &str) -> String {
    let is_taken = taken.split_whitespace().any(|taken| taken == name);
    format!("{name}{}", if is_taken { "_" } else { "" })
}

/// Converts `user_name` to `UserName`.
pub(crate) fn pascal(name: &str) -> String {
    snake(name).split('_').map(capital).collect()
}

/// Converts `user_name` to `userName`.
pub(crate) fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

/// Converts `getUser` to `GET_USER`.
pub(crate) fn shout(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// Converts `/data/expireAt` to `data.expireAt`.
pub(crate) fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// Encodes the text as a segment of a path.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Encodes a text in Base64.
pub(crate) fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Capitalizes the first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Puts a verb before a noun phrase. An article or `Whose` loses its capital, a name keeps it.
pub(crate) fn after(verb: &str, phrase: &str) -> String {
    match phrase.split_once(' ') {
        Some((first @ ("A" | "All" | "An" | "Each" | "One" | "The" | "Whose"), rest)) => {
            format!("{verb} {} {rest}", first.to_lowercase())
        }
        _ => format!("{verb} {phrase}"),
    }
}

/// Adds the article: `an email`, `a user name`.
pub(crate) fn with_article(noun: &str) -> String {
    let an = noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} {noun}", if an { "an" } else { "a" })
}

/// Returns a number of seconds in the largest exact unit: 7,200 is 2 hours.
pub(crate) fn in_units(seconds: u64) -> (u64, &'static str) {
    for (unit, name) in [(86_400, "day"), (3600, "hour"), (60, "minute")] {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return (seconds / unit, name);
        }
    }
    (seconds, "second")
}

/// Returns a duration in words: `an hour`, `14 days`.
pub(crate) fn span(seconds: u64) -> String {
    match in_units(seconds) {
        (1, "hour") => "an hour".to_owned(),
        (1, unit) => format!("a {unit}"),
        (count, unit) => format!("{count} {unit}s"),
    }
}

/// Returns a number with groups of digits, as clippy requires: `86_400`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_case_and_nothing_else() {
        for (name, snake_, pascal_, camel_) in [
            ("userName", "user_name", "UserName", "userName"),
            ("access_token", "access_token", "AccessToken", "accessToken"),
            ("X-RateLimit-Limit", "x_rate_limit_limit", "XRateLimitLimit", "xRateLimitLimit"),
            ("id", "id", "Id", "id"),
            ("sha2Hash", "sha2_hash", "Sha2Hash", "sha2Hash"),
        ] {
            assert_eq!((snake(name), pascal(name), camel(name)), (snake_.into(), pascal_.into(), camel_.into()));
        }
    }

    #[test]
    fn spans_and_numbers_are_written_as_people_write_them() {
        for (seconds, words) in
            [(1, "a second"), (300, "5 minutes"), (3600, "an hour"), (5400, "90 minutes"), (1_209_600, "14 days")]
        {
            assert_eq!(span(seconds), words);
        }
        assert_eq!(
            (grouped(3600), grouped(86_400), grouped(1_209_600)),
            ("3600".into(), "86_400".into(), "1_209_600".into())
        );
        assert_eq!(
            (after("Returns", "The name."), after("Returns", "Acme's name.")),
            ("Returns the name.".into(), "Returns Acme's name.".into())
        );
        assert_eq!((with_article("email"), with_article("user name")), ("an email".into(), "a user name".into()));
    }
}
