//! Pages of Pontotel's lists.

use serde::Deserialize;
use serde_json::Value;

/// One page of a list. The type of its entries is yours; plain JSON by default.
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
    /// The absolute URL of the next page, which [`Client::get`](crate::Client) accepts unchanged.
    #[serde(default)]
    pub next: Option<String>,
    /// The absolute URL of the previous page.
    #[serde(default)]
    pub previous: Option<String>,
    /// The results on this page: at most 100.
    pub results: Vec<T>,
}
