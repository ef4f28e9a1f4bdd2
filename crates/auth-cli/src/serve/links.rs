//! The provider's links to itself, rewritten to the listener.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use auth_core::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use auth_core::url::Url;
use bytes::Bytes;
use http_body::{Body, Frame};

/// Returns a `Location` for the caller: a path of the listener, if the target is below the base URL. Otherwise it is
/// the whole URL of the target, which the caller requests without the account's credential. A path that begins with
/// two slashes would name another host, so its URL stays whole too.
pub(super) fn location(base: &Url, requested: &Url, location: &str) -> Option<String> {
    let mut target = requested.join(location).ok()?;
    // Providers behind a proxy that ends TLS write http.
    if (base.scheme(), target.scheme()) == ("https", "http")
        && base.port() == target.port()
        && base.host() == target.host()
    {
        target.set_scheme("https").ok()?;
    }
    let below = target.as_str().strip_prefix(base.as_str()).filter(|path| !path.starts_with(['/', '\\']));
    Some(below.map_or_else(|| target.to_string(), |path| format!("/{path}")))
}

/// Returns true if a response is JSON without compression.
pub(super) fn may_have_links(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    let kind = kind.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    let is_plain = headers.get(CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    kind.eq_ignore_ascii_case(b"application/json") && is_plain
}

/// A JSON body. Where `next` and `previous` of the outermost object begin with the base URL, the listener's address
/// replaces it. All else passes unchanged, and only a possible base URL is held until it is complete.
pub(super) struct LocalLinks<B> {
    body: B,
    rewriter: Rewriter,
}

impl<B> LocalLinks<B> {
    /// Rewrites links below `base` to `listener`, which is `http://HOST/`.
    pub(super) fn new(body: B, base: &Url, listener: &str) -> Self {
        Self { body, rewriter: Rewriter::new(base.as_str(), listener) }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for LocalLinks<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(frame) => Some(frame?),
            None => None,
        };
        let frame = match frame {
            Some(frame) => Some(frame.map_data(|data| self.rewriter.pass(data))),
            // The text ended within a link. The caller gets the part that came.
            None => Some(std::mem::take(&mut self.rewriter.held))
                .filter(|held| !held.is_empty())
                .map(|held| Frame::data(Bytes::from(held))),
        };
        Poll::Ready(frame.map(Ok))
    }
}

/// The place in a JSON text, and the beginning of a link that is not complete.
struct Rewriter {
    /// The beginnings of links to replace: the base URL, with https and with http.
    bases: [String; 2],
    listener: String,
    place: Place,
    depth: usize,
    /// The last name that was read at the first level.
    name: Vec<u8>,
    /// The bytes of a value that may begin with a base, as they came.
    held: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before a name, or in a value that is not a string.
    Outside { after_colon: bool },
    /// In a string, and whether the last byte was a backslash.
    Text { is_name: bool, escaped: bool },
    /// In a string that may be a link.
    Link,
}

/// The longest name that matters, `previous`, and its quote.
const LONGEST_NAME: usize = 9;

impl Rewriter {
    fn new(base: &str, listener: &str) -> Self {
        let plain = base.strip_prefix("https://").map_or_else(|| base.to_owned(), |rest| format!("http://{rest}"));
        Self {
            bases: [base.to_owned(), plain],
            listener: listener.to_owned(),
            place: Place::Outside { after_colon: false },
            depth: 0,
            name: Vec::new(),
            held: Vec::new(),
        }
    }

    /// Passes a part of the text.
    fn pass(&mut self, part: Bytes) -> Bytes {
        let mut written = Vec::new();
        // The start of the bytes that pass unchanged.
        let mut from = 0;
        for (at, &byte) in part.iter().enumerate() {
            if self.place == Place::Link {
                if self.held.is_empty() {
                    written.extend_from_slice(&part[from..at]);
                }
                self.held.push(byte);
                from = at + 1;
                if let Some(bytes) = self.settle() {
                    written.extend_from_slice(&bytes);
                }
            } else {
                self.step(byte);
            }
        }
        if from == 0 {
            return part;
        }
        written.extend_from_slice(&part[from..]);
        written.into()
    }

    /// Returns the replacement of the held bytes, once it is known.
    fn settle(&mut self) -> Option<Vec<u8>> {
        // JSON may write a slash as `\/`.
        let text: Vec<u8> = self.held.iter().copied().filter(|&byte| byte != b'\\').collect();
        // An escape has two bytes. A longer value consists of backslashes that belong to no slash.
        let is_too_long = self.held.len() > 2 * self.bases[0].len();
        if is_too_long || !self.bases.iter().any(|base| base.as_bytes().starts_with(&text)) {
            let held = std::mem::take(&mut self.held);
            let escaped = false;
            self.place = Place::Text { is_name: false, escaped };
            for &byte in &held {
                self.step(byte);
            }
            return Some(held);
        }
        if !self.bases.iter().any(|base| base.as_bytes() == text) {
            return None;
        }
        self.held.clear();
        self.place = Place::Text { is_name: false, escaped: false };
        Some(self.listener.clone().into_bytes())
    }

    fn step(&mut self, byte: u8) {
        self.place = match self.place {
            Place::Text { is_name, escaped } => {
                if byte == b'"' && !escaped {
                    Place::Outside { after_colon: false }
                } else {
                    // Names with escapes do not matter, so their backslashes may count as letters.
                    self.read_name(is_name, byte);
                    Place::Text { is_name, escaped: byte == b'\\' && !escaped }
                }
            }
            Place::Outside { after_colon } if byte == b'"' => self.string(after_colon),
            Place::Outside { .. } if byte == b':' => Place::Outside { after_colon: true },
            Place::Outside { .. } if matches!(byte, b'{' | b'[' | b'}' | b']' | b',') => {
                self.depth = match byte {
                    // A list at the outermost level has no members of its own.
                    b'[' if self.depth == 0 => 2,
                    b'{' | b'[' => self.depth.saturating_add(1),
                    b'}' | b']' => self.depth.saturating_sub(1),
                    _ => self.depth,
                };
                Place::Outside { after_colon: false }
            }
            place => place,
        };
    }

    /// Returns the place after the quote that begins a string.
    fn string(&mut self, after_colon: bool) -> Place {
        if after_colon && self.depth == 1 && matches!(&self.name[..], b"next" | b"previous") {
            return Place::Link;
        }
        let is_name = !after_colon && self.depth == 1;
        if is_name {
            self.name.clear();
        }
        Place::Text { is_name, escaped: false }
    }

    fn read_name(&mut self, is_name: bool, byte: u8) {
        if is_name && self.name.len() < LONGEST_NAME {
            self.name.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://host.test/api/v4/";

    /// Rewrites a text that comes in parts of every length.
    fn rewritten(text: &str) -> String {
        let in_parts = |length: usize| {
            let mut rewriter = Rewriter::new(BASE, "http://127.0.0.1:8700/");
            let parts = text.as_bytes().chunks(length);
            let mut bytes: Vec<u8> = parts.flat_map(|part| rewriter.pass(Bytes::copy_from_slice(part))).collect();
            bytes.extend(rewriter.held);
            String::from_utf8(bytes).unwrap()
        };
        let whole = in_parts(text.len().max(1));
        for length in 1..text.len() {
            assert_eq!(in_parts(length), whole, "in parts of {length}");
        }
        whole
    }

    #[test]
    fn the_links_of_a_page_lead_to_the_listener() {
        let page = r#"{"count": 3, "next": "https://host.test/api/v4/usuarios/?page=3", "previous" :"http:\/\/host.test\/api\/v4\/usuarios\/", "results": []}"#;
        let local = r#"{"count": 3, "next": "http://127.0.0.1:8700/usuarios/?page=3", "previous" :"http://127.0.0.1:8700/usuarios\/", "results": []}"#;
        assert_eq!(rewritten(page), local);
    }

    #[test]
    fn nothing_else_of_a_body_changes() {
        for text in [
            "",
            "{}",
            "{\"next\": null, \"previous\": \"\"}",
            r#"{"next": "https://host.test/api/v40/", "previous": "https://evil.test/api/v4/"}"#,
            r#"{"next": "https://host.test/api/v4", "a": "https://host.test/api/v4/"}"#,
            r#"{"results": [{"next": "https://host.test/api/v4/usuarios/"}], "x": ["next", "https://host.test/api/v4/"]}"#,
            r#"[{"next": "https://host.test/api/v4/usuarios/"}]"#,
            r#"{"a": "next", "b": "https://host.test/api/v4/", "\"next": "https://host.test/api/v4/"}"#,
            r#"{"next": "https:\"//host.test/api/v4/", "previous_": "https://host.test/api/v4/"}"#,
            r#"{"next": {"next": "https://host.test/api/v4/"}, "previous": ["https://host.test/api/v4/"]}"#,
            r#"{"next": "https://host.test/a"#,
            "not \"json\": https://host.test/api/v4/ }}}] \"next\"",
        ] {
            assert_eq!(rewritten(text), text);
        }
    }

    #[test]
    fn a_value_of_backslashes_alone_is_not_held() {
        let text = format!(r#"{{"next":"{}","previous":"https://host.test/api/v4/a"}}"#, r"\\".repeat(BASE.len() + 1));
        let mut rewriter = Rewriter::new(BASE, "http://127.0.0.1:8700/");
        let (endless, rest) = text.split_at(text.find(r#"",""#).unwrap());
        assert_eq!(rewriter.pass(Bytes::copy_from_slice(endless.as_bytes())), endless);
        assert_eq!(rewriter.held, b"");
        let rest = rewriter.pass(Bytes::copy_from_slice(rest.as_bytes()));
        assert_eq!(rest, r#"","previous":"http://127.0.0.1:8700/a"}"#);
    }

    #[test]
    fn a_location_below_the_base_is_a_path_and_any_other_a_whole_url() {
        let (base, requested) = (Url::parse(BASE).unwrap(), Url::parse("https://host.test/api/v4/a/b").unwrap());
        for (given, local) in [
            ("https://host.test/api/v4/c?d=e#f", "/c?d=e#f"),
            ("http://host.test/api/v4/c", "/c"),
            ("/api/v4/c", "/c"),
            ("c", "/a/c"),
            ("../c", "/c"),
            ("/login", "https://host.test/login"),
            ("//evil.test/api/v4/", "https://evil.test/api/v4/"),
            ("https://host.test.evil.test/api/v4/", "https://host.test.evil.test/api/v4/"),
            ("http://host.test:8080/api/v4/", "http://host.test:8080/api/v4/"),
            ("/api/v4/", "/"),
            ("https://host.test/api/v4//evil.test/x", "https://host.test/api/v4//evil.test/x"),
            ("/api/v4/\\evil.test", "https://host.test/api/v4//evil.test"),
            ("/api/v4/c/..//evil.test", "https://host.test/api/v4//evil.test"),
        ] {
            assert_eq!(location(&base, &requested, given).as_deref(), Some(local), "{given}");
        }
    }
}
