//! Requests as they arrived, and exchanges of a request and its answer.

use std::fmt;

use http::{HeaderMap, HeaderName, Method, StatusCode};
use serde_json::Value;
use url::form_urlencoded;

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
/// `Debug` shows no header values and no body, because both can hold secrets.
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
    /// Returns the value of a header; `None` if it is missing or not ASCII text.
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
            .field("headers", &names(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// A request and its answer.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = auth_sandbox::Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// econpay.keep_exchanges();
/// reqwest::get(format!("{}/auth", econpay.base_url())).await?;
///
/// let exchanges = econpay.take_exchanges();
/// assert_eq!(exchanges[0].request.path, "/econpay/auth");
/// assert_eq!(exchanges[0].status, 401);
/// assert_eq!(exchanges[0].headers["content-type"], "application/json; charset=utf-8");
/// assert_eq!(exchanges[0].body, br#"{"message":"Unauthorized","statusCode":401}"#);
/// # Ok(())
/// # }
/// ```
///
/// `Debug` shows no header values and no body, because both can hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Exchange {
    /// The request as it arrived.
    pub request: Recorded,
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer, except those that every answer gets: `Date`, `Content-Length`, `Sandbox`.
    pub headers: HeaderMap,
    /// The body of the answer.
    pub body: Vec<u8>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("request", &self.request)
            .field("status", &self.status)
            .field("headers", &names(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(HeaderName::as_str).collect()
}

/// A request as one provider sees it, with the path below its base URL.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Recorded,
    pub(crate) path: &'a str,
    query: &'a str,
}

impl<'a> Call<'a> {
    /// Finds the path below `base`, such as `/econpay`; `None` if the request is for another path.
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

    /// Returns the token of `Authorization: Bearer …`. The scheme is case-insensitive.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let mut words = self.header("authorization")?.split_ascii_whitespace();
        let (scheme, token) = (words.next()?, words.next()?);
        (scheme.eq_ignore_ascii_case("bearer") && words.next().is_none()).then_some(token)
    }

    /// Returns a parameter of the query, decoded.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Returns true unless the query gives the parameter another value.
    pub(crate) fn selects(&self, name: &str, value: &str) -> bool {
        self.query(name).is_none_or(|wanted| wanted == value)
    }

    /// Returns a parameter of the query that is a number above 0, or the default.
    pub(crate) fn number(&self, name: &str, default: usize) -> usize {
        let number = self.query(name).and_then(|value| value.parse::<u128>().ok()).filter(|number| *number > 0);
        number.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
    }

    pub(crate) fn says_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
    }

    /// Returns the body if it is JSON and the content type says so.
    pub(crate) fn json(&self) -> Option<Value> {
        if self.says_json() { node::value(&self.request.body) } else { None }
    }
}

/// Returns a text member of a JSON object; empty if it is missing or not text.
pub(crate) fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_decoded_and_a_percent_sign_without_a_code_stays() {
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
