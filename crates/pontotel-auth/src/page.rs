//! Pontotel's lists.

use serde::Deserialize;
use serde_json::Value;

/// One page of a list: of whatever you read its entries as, or of plain JSON.
///
/// ```no_run
/// # async fn run(client: pontotel_auth::Client) -> pontotel_auth::auth_core::Result<()> {
/// use pontotel_auth::Page;
///
/// let mut page: Page = client.get("usuarios/").query(&[("page_size", "100")]).fetch().await?;
/// while let Some(next) = page.next {
///     page = client.get(&next).fetch().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Page<T = Value> {
    /// The number of results on all pages.
    pub count: u64,
    /// The next page's absolute URL, which [`Client::get`](crate::Client) takes as it is.
    #[serde(default)]
    pub next: Option<String>,
    /// The previous page's.
    #[serde(default)]
    pub previous: Option<String>,
    /// The results on this page: at most 100.
    pub results: Vec<T>,
}
