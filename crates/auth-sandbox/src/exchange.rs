//! A request and its answer.

use std::fmt;

use axum::http::{HeaderMap, StatusCode, header};

use crate::recorded::Recorded;

/// A request with the answer that it got.
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
/// `Debug` shows no header values and no body: both can hold secrets.
#[derive(Clone)]
#[non_exhaustive]
pub struct Exchange {
    /// The request as it arrived.
    pub request: Recorded,
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer, but for those that the connection adds: `Date`, `Content-Length`.
    pub headers: HeaderMap,
    /// The body of the answer.
    pub body: Vec<u8>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("request", &self.request)
            .field("status", &self.status)
            .field("headers", &self.headers.keys().map(header::HeaderName::as_str).collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
