//! The texts that an exchange sent, which no error may repeat.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderName, HeaderValue};
use url::Url;
use zeroize::Zeroizing;

/// The maximum part of one text that is compared, in bytes: more than the longest token.
const MAX_TEXT_LEN: usize = 16 * 1024;
/// The maximum size of all texts together, in bytes.
const MAX_TOTAL_LEN: usize = 256 * 1024;
/// The minimum number of digits of a secret number. Shorter ones are counts or pages, and shorter identifiers in a path
/// are names of places.
const MIN_NUMBER_LEN: usize = 3;
/// The minimum length of a secret word in a text that is neither JSON nor a form. Shorter words are language.
const MIN_WORD_LEN: usize = 4;
const MIN_IDENTIFIER_LEN: usize = 8;

/// Headers whose values are not secret, and which are common words of error messages.
const ORDINARY: [HeaderName; 12] = [
    header::ACCEPT,
    header::ACCEPT_CHARSET,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::TRANSFER_ENCODING,
    header::USER_AGENT,
];

/// All secrets that one exchange sent or was authorized with. Collected only if the response is an error, and wiped
/// from memory when dropped.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    texts: Vec<Zeroizing<String>>,
    bytes: usize,
}

impl Secrets {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| text.as_str())
    }

    pub(crate) fn add(&mut self, text: &str) {
        let end = (0..=text.len().min(MAX_TEXT_LEN)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let text = Zeroizing::new(one_line(&text[..end]));
        if !text.is_empty() && self.bytes + text.len() <= MAX_TOTAL_LEN {
            self.bytes += text.len();
            self.texts.push(text);
        }
    }

    /// Adds the values of a JSON body or of a form, or the words of any other text. The names of fields are not secret.
    pub(crate) fn add_body(&mut self, body: &[u8]) {
        let body = &body[..body.len().min(MAX_TOTAL_LEN)];
        let is_text = |error: std::str::Utf8Error| std::str::from_utf8(&body[..error.valid_up_to()]);
        let body = std::str::from_utf8(body).or_else(is_text).unwrap_or_default();
        let body = body.trim_start_matches('\u{feff}').trim_start();
        if body.starts_with(['{', '[', '"']) {
            self.add_json(body);
        } else if body.contains('=') && !body.contains(char::is_whitespace) {
            self.add_pairs(body.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value));
        } else {
            body.split_whitespace().filter(|word| word.len() >= MIN_WORD_LEN).for_each(|word| self.add(word));
        }
    }

    /// Adds the strings and long numbers of a JSON text, read without a parser that would leave copies in memory.
    fn add_json(&mut self, json: &str) {
        let mut rest = json;
        while let Some(start) = rest.find('"') {
            self.add_numbers(&rest[..start]);
            let literal = &rest[start..];
            let end = end_of_literal(literal);
            let is_key = literal[end..].trim_start().starts_with(':');
            if !is_key && let Ok(value) = serde_json::from_str::<String>(&literal[..end]) {
                self.add(&Zeroizing::new(value));
            }
            rest = &literal[end..];
        }
        self.add_numbers(rest);
    }

    fn add_numbers(&mut self, text: &str) {
        let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() >= MIN_NUMBER_LEN);
        numbers.for_each(|digits| self.add(digits));
    }

    fn add_pairs<'a>(&mut self, values: impl Iterator<Item = &'a str>) {
        for value in values {
            let form = Zeroizing::new(format!("v={value}"));
            url::form_urlencoded::parse(form.as_bytes()).for_each(|(_, value)| self.add(&value));
        }
    }

    /// Adds the values of a query, and the parts of a path that are identifiers: long and with a digit, or an address.
    pub(crate) fn add_url(&mut self, url: &Url) {
        url.query_pairs().for_each(|(_, value)| self.add(&value));
        for segment in url.path_segments().into_iter().flatten() {
            let is_long = segment.len() >= MIN_IDENTIFIER_LEN && segment.contains(|c: char| c.is_ascii_digit());
            if is_long || segment.contains('@') || segment.contains("%40") {
                self.add_pairs(std::iter::once(segment));
            }
        }
    }

    pub(crate) fn add_headers<'a>(&mut self, headers: impl IntoIterator<Item = (&'a HeaderName, &'a HeaderValue)>) {
        for (name, value) in headers {
            if !ORDINARY.contains(name) {
                self.add_header(&String::from_utf8_lossy(value.as_bytes()));
            }
        }
    }

    /// Adds the value of a header without its scheme, its parts, and the user name and password that `Basic` encodes.
    pub(crate) fn add_header(&mut self, value: &str) {
        let is_scheme = |word: &str| word.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
        let value = match value.split_once(' ') {
            Some((scheme, rest)) if is_scheme(scheme) => rest.trim(),
            _ => value,
        };
        self.add(value);
        for (_, part) in value.split([';', ',', ' ']).filter_map(|part| part.split_once('=')) {
            self.add(part.trim_matches(['"', '=']));
        }
        let basic = STANDARD.decode(value).ok().map(Zeroizing::new);
        if let Some((user, password)) =
            basic.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()?.split_once(':'))
        {
            self.add(user);
            self.add(password);
        }
    }
}

/// Returns the end of a literal that starts with a quote, including its closing quote.
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

/// Removes control characters, and reduces blanks to single ones.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn all(fill: impl FnOnce(&mut Secrets)) -> Vec<String> {
        let mut secrets = Secrets::default();
        fill(&mut secrets);
        secrets.iter().map(str::to_owned).collect()
    }

    /// The values of each kind of body count as sent, and the names do not.
    #[test]
    fn the_values_of_a_body_are_secrets_and_its_names_are_not() {
        for (body, secrets) in [
            (r#"{"password": "s3gredo" , "pin" :123456,"n":7}"#, &["s3gredo", "123456"][..]),
            (r#"{"a":{"b":["x\"y","\u0073im",true,null]}}"#, &["x\"y", "sim"]),
            ("\u{feff} \"alone\"", &["alone"]),
            ("[123456, 7]", &["123456"]),
            ("username=maria&password=s3gr%40do+1&x", &["maria", "s3gr@do 1"]),
            ("nome;cpf\nMaria;12345678901", &["nome;cpf", "Maria;12345678901"]),
            (r#"{"broken":"s3gredo"#, &[]),
            ("", &[]),
        ] {
            assert_eq!(all(|found| found.add_body(body.as_bytes())), secrets, "{body}");
        }
    }

    /// The values of headers, queries and paths count as sent.
    #[test]
    fn the_values_of_headers_queries_and_paths_are_secrets() {
        let headers = |name, value: &'static str| {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())]);
            all(|found| found.add_headers(&headers))
        };
        assert_eq!(headers("authorization", "Bearer abc:1"), ["abc:1"]);
        assert_eq!(headers("authorization", "abc"), ["abc"]);
        assert_eq!(
            headers("authorization", "Basic bWFyaWE6czNncmVkbw=="),
            ["bWFyaWE6czNncmVkbw==", "maria", "s3gredo"]
        );
        assert_eq!(headers("cookie", "sid=k3y; theme=\"dark\""), ["sid=k3y; theme=\"dark\"", "k3y", "dark"]);
        assert_eq!(headers("x-api-key", "k3y"), ["k3y"]);
        assert_eq!(headers("content-type", "application/json"), [""; 0]);
        let url = Url::parse("https://a.test/api/v4/usuarios/12/reset/t0ken-of-8/m%40a.b?cpf=1%202&q=").unwrap();
        assert_eq!(all(|found| found.add_url(&url)), ["1 2", "t0ken-of-8", "m@a.b"]);
    }

    #[test]
    fn a_huge_body_is_looked_at_up_to_a_limit() {
        let long = format!("[\"{}\",\"s3gredo\"]", "x".repeat(MAX_TEXT_LEN + 1));
        assert_eq!(all(|found| found.add_body(long.as_bytes())), ["x".repeat(MAX_TEXT_LEN), "s3gredo".to_owned()]);
        let many: Vec<_> = (0..100_000).map(|number| format!("secret {number}")).collect();
        let kept = all(|found| found.add_body(serde_json::to_string(&many).unwrap().as_bytes()));
        assert!(kept.iter().map(String::len).sum::<usize>() <= MAX_TOTAL_LEN && kept.len() > 10_000, "{}", kept.len());
    }
}
