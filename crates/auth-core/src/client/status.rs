//! The error of a response whose status is not a 2xx.

use reqwest::Response;

use crate::error::{Error, Result};
use crate::redact::Secrets;
use crate::transport::{ErrorBody, read};

/// Returns the error of a response whose status is not a 2xx, for callers who handle responses themselves.
///
/// A response from [`Request::send`](super::Request::send) or [`Client::send`](super::Client::send) carries the secrets
/// that were sent, and they are removed from the provider's message.
///
/// ```no_run
/// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
/// let response = client.get("usuarios/").send().await?;
/// let response = auth_core::error_for_status(response).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`Status`](crate::ErrorKind::Status), [`RateLimited`](crate::ErrorKind::RateLimited) or
/// [`Unavailable`](crate::ErrorKind::Unavailable), with the provider's message.
pub async fn error_for_status(response: Response) -> Result<Response, Error> {
    if response.status().is_success() {
        return Ok(response);
    }
    let mut response = response;
    let secrets = response.extensions_mut().remove::<Secrets>().unwrap_or_default();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read::beginning(response).await;
    Err(ErrorBody::read(status, &headers, &body, &secrets).of_request())
}
