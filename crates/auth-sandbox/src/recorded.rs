//! The request as it arrived.

use std::fmt;

use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

use crate::node;

/// A request as it arrived, byte for byte.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = auth_sandbox::Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// reqwest::get(format!("{}/customers?page=2", econpay.base_url())).await?;
///
/// let request = econpay.last_request().ok_or("nothing arrived")?;
/// assert_eq!(request.method, "GET");
/// assert_eq!(request.path, "/econpay/customers?page=2");
/// assert_eq!(request.header("accept"), Some("*/*"));
/// assert!(request.body.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// `Debug` shows no header values and no body: both can hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Recorded {
    /// `GET`, `POST` and so on; compares with text.
    pub method: Method,
    /// The path from the server's root, with the query.
    pub path: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Recorded {
    /// One header's value; `None` if it is missing or not ASCII text.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = auth_sandbox::Sandbox::start().await?;
    /// # let pontotel = sandbox.pontotel();
    /// # reqwest::get(pontotel.base_url()).await?;
    /// let request = pontotel.last_request().ok_or("nothing arrived")?;
    /// assert_eq!(request.header("authorization"), None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next())
            .field("headers", &self.headers.keys().map(header::HeaderName::as_str).collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// A request as one provider sees it: the path below its base URL.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Recorded,
    pub(crate) path: &'a str,
    query: &'a str,
}

impl<'a> Call<'a> {
    /// `None` if the request is not below `base`, a path such as `/econpay`.
    pub(crate) fn below(base: &str, request: &'a Recorded) -> Option<Self> {
        let rest = request.path.strip_prefix(base)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = if path.is_empty() { path } else { path.strip_prefix('/')? };
        Some(Self { request, path, query })
    }

    pub(crate) fn method(&self) -> &str {
        self.request.method.as_str()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.header(name)
    }

    /// The token of `Authorization: Bearer …`; the case of the scheme does not matter.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let mut words = self.header("authorization")?.split_ascii_whitespace();
        let (scheme, token) = (words.next()?, words.next()?);
        (scheme.eq_ignore_ascii_case("bearer") && words.next().is_none()).then_some(token)
    }

    /// A parameter of the query, decoded.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.map(|(key, value)| (decode(key), value)).find(|(key, _)| key == name).map(|(_, value)| decode(value))
    }

    /// Returns true unless the query names another value than this.
    pub(crate) fn selects(&self, name: &str, value: &str) -> bool {
        self.query(name).is_none_or(|wanted| wanted == value)
    }

    /// A parameter of the query that is a number above 0.
    pub(crate) fn number(&self, name: &str, default: usize) -> usize {
        let number = self.query(name).and_then(|value| value.parse::<u128>().ok()).filter(|number| *number > 0);
        number.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
    }

    pub(crate) fn says_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
    }

    /// The body, if it is JSON and says so.
    pub(crate) fn json(&self) -> Option<Value> {
        if self.says_json() { node::value(&self.request.body) } else { None }
    }
}

/// `%20` and `+` are blanks; what is no code stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        let (byte, after) = match (first, code) {
            (b'%', Some(byte)) => (byte, &tail[2..]),
            (b'+', _) => (b' ', tail),
            (byte, _) => (*byte, tail),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text member of a JSON object; empty if it is missing or no text.
pub(crate) fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_decoded_and_what_is_no_code_stays() {
        let headers = HeaderMap::new();
        let path = "/base/list?na%6De=Jo%C3%A3o+da%20Silva&empty&half=100%&cut=%4&page=99999999999999999999999&none=0";
        let request = Recorded { method: Method::GET, path: path.to_owned(), headers, body: Vec::new() };
        let call = Call::below("/base", &request).expect("it is below");
        for (name, value) in [("name", "João da Silva"), ("empty", ""), ("half", "100%"), ("cut", "%4")] {
            assert_eq!(call.query(name).as_deref(), Some(value));
        }
        assert_eq!(call.query("other"), None);
        assert_eq!((call.number("page", 1), call.number("none", 1), call.number("name", 7)), (usize::MAX, 1, 7));
        assert!(call.selects("other", "x") && call.selects("cut", "%4") && !call.selects("empty", "x"));
    }
}
