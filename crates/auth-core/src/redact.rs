//! Makes a provider's words fit to be shown: bounded, one line, and without what was secret in the request.

use zeroize::Zeroizing;

/// The longest text of a provider's that an error repeats, in characters.
const LONGEST: usize = 256;
/// Words of this length are tokens, keys or hashes, not language.
const LONGEST_WORD: usize = 32;
/// Shorter strings are only redacted where they stand alone: "a" is in every message.
const SHORTEST: usize = 4;
const MARK: &str = "[redacted]";

/// The text without the strings of the JSON body that was sent, and without words that look like tokens.
pub(crate) fn bounded(text: &str, sent: &[u8]) -> String {
    let mut secrets = strings(sent);
    // The longest first: a password may contain the user's name.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut clean = one_line(text);
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        clean = clean.replace(secret.as_str(), MARK);
    }
    let is_secret = |word: &str| {
        let stands_alone = |secret: &str| word == secret || !bare(word).is_empty() && bare(word) == bare(secret);
        looks_like_a_token(word) || secrets.iter().any(|secret| stands_alone(secret))
    };
    let words: Vec<&str> = clean.split(' ').map(|word| if is_secret(word) { MARK } else { word }).collect();
    let clean = words.join(" ");
    match clean.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

/// The same of a text that stood where a token should be: it may be one after all, so no word with a digit is shown.
pub(crate) fn in_place_of_a_token(text: &str, sent: &[u8]) -> String {
    let has_digit = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let words: Vec<&str> = text.split_whitespace().map(|word| if has_digit(word) { MARK } else { word }).collect();
    bounded(&words.join(" "), sent)
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Without control characters, and with single blanks.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn looks_like_a_token(word: &str) -> bool {
    let longest_run = word.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.+/=".contains(c)).map(str::len).max();
    longest_run.is_some_and(|run| run >= LONGEST_WORD)
}

/// The string values in a JSON text, as a message would repeat them. Wiped when they are dropped.
fn strings(json: &[u8]) -> Vec<Zeroizing<String>> {
    let text = std::str::from_utf8(json).unwrap_or_default();
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let literal = &rest[start..];
        let end = end_of_literal(literal);
        if let Ok(value) = serde_json::from_str::<String>(&literal[..end]) {
            let value = Zeroizing::new(value);
            let shown = Zeroizing::new(one_line(&value));
            let is_key = literal[end..].starts_with(':');
            if !is_key && !shown.is_empty() {
                found.push(shown);
            }
        }
        rest = &literal[end..];
    }
    found
}

/// Where a literal that begins with a quote ends, its second quote included.
fn end_of_literal(literal: &str) -> usize {
    let mut escaped = false;
    for (at, c) in literal.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    literal.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_not_repeated_however_it_was_escaped() {
        for password in ["s3gredo", r#"s3gr"edo"#, r"s3gr\edo\", "s3gr\tedo", "maria-s3gr3d0", "ção", "abc", "a!"] {
            let sent = format!(r#"{{"username":"maria","password":{}}}"#, serde_json::json!(password));
            let shown = bounded(&format!("the password '{password}' is wrong for maria"), sent.as_bytes());
            let quoted = if password.len() >= SHORTEST { "'[redacted]'" } else { MARK };
            assert_eq!(shown, format!("the password {quoted} is wrong for [redacted]"));
        }
    }

    #[test]
    fn the_names_of_what_was_sent_may_be_repeated() {
        assert_eq!(bounded("password is required", br#"{"password":""}"#), "password is required");
    }

    #[test]
    fn in_the_place_of_a_token_a_word_with_a_digit_may_be_one() {
        assert_eq!(in_place_of_a_token("canary-8c1f77é20b9", b""), MARK);
        assert_eq!(in_place_of_a_token("Erro 401: senha inválida", b""), "Erro [redacted] senha inválida");
    }

    #[test]
    fn a_word_as_long_as_a_token_is_not_repeated() {
        let token = "rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm3cy0viXuU5h3";
        assert_eq!(bounded(&format!("token '{token}' is unknown"), b""), "token [redacted] is unknown");
        for token in [
            "3f5a9c0e-7b1d-4826-a4c8-e6f20b9d7153",
            "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.abc=",
            "c2Vn/cmVk+bw_dG9rZW4.MTIzNDU2Nzg=",
        ] {
            assert_eq!(bounded(token, b""), MARK);
        }
        assert_eq!(bounded("inconstitucionalissimamente longo", b""), "inconstitucionalissimamente longo");
    }

    #[test]
    fn a_text_is_one_line_of_at_most_256_characters() {
        assert_eq!(bounded("a\nb\0c", b""), "a b c");
        assert_eq!(bounded(&"é ".repeat(500), b"").chars().count(), 257);
    }
}
