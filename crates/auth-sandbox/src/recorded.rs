//! The request as it arrived.

use std::fmt;

use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

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

    /// The token of `Authorization: Bearer …`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    pub(crate) fn query(&self, name: &str) -> Option<&'a str> {
        self.query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
    }

    pub(crate) fn number(&self, name: &str, default: usize) -> usize {
        self.query(name).and_then(|value| value.parse().ok()).filter(|number| *number > 0).unwrap_or(default)
    }

    pub(crate) fn says_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
    }

    /// The body, if it is JSON and says so.
    pub(crate) fn json(&self) -> Option<Value> {
        if self.says_json() { serde_json::from_slice(&self.request.body).ok() } else { None }
    }
}

/// A text member of a JSON object; empty if it is missing or no text.
pub(crate) fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}
