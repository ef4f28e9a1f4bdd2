//! The pages of a list, and their items, as streams.

use std::collections::HashSet;
use std::fmt;
use std::future::poll_fn;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::execute::{RequestOptions, execute};
use super::paging::{Page, Paging, unusable};
use super::status::error_for_status;
use crate::cache::CredentialCache;
use crate::cache::obtain::BoxFuture;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::transport::{BaseUrl, parse, read, reason};

/// The pages of a list: a [`Stream`] of the items of each page, created by [`Request::pages`](crate::Request::pages).
///
/// A page is requested only when it is polled for. An error ends the stream after the items before it;
/// [`resume`](Self::resume) continues with the page that failed.
///
/// ```no_run
/// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
/// use auth_core::{Pages, Paging};
///
/// #[derive(serde::Deserialize)]
/// struct User { username: String }
///
/// let mut pages: Pages<_, User> = client.get("usuarios/").pages(Paging::next_url("/next").items("/results"));
/// while let Some(users) = pages.next().await {
///     println!("{} users", users?.len());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "pages are requested when the stream is polled"]
pub struct Pages<L: Login, T> {
    cache: CredentialCache<L>,
    options: Arc<RequestOptions<L::Credential>>,
    request: Result<reqwest::Request>,
    paging: Paging,
    /// The page to read next, `None` after the last one, or an error that comes after the items before it.
    next: Result<Option<Url>>,
    reading: Option<BoxFuture<'static, Result<Answer<T>>>>,
    /// An error ended the stream.
    is_paused: bool,
    /// The pages that were read, which a list without an end would repeat.
    seen: HashSet<Url>,
    /// The hash of the previous page.
    latest: u64,
    page_count: u32,
    item_count: u64,
}

/// A page that was read.
struct Answer<T> {
    items: Vec<T>,
    hash: u64,
    next: Result<Option<Url>>,
}

impl<L: Login, T: DeserializeOwned + Send + 'static> Pages<L, T> {
    pub(super) fn new(
        cache: CredentialCache<L>,
        options: RequestOptions<L::Credential>,
        request: Result<reqwest::Request>,
        paging: Paging,
    ) -> Self {
        let begin = |request: &reqwest::Request| {
            let mut url = request.url().clone();
            paging.begin(&mut url).map(|()| Some(url))
        };
        Self {
            next: request.as_ref().map_err(Error::clone).and_then(begin),
            cache,
            options: Arc::new(options),
            request,
            paging,
            reading: None,
            is_paused: false,
            seen: HashSet::new(),
            latest: 0,
            page_count: 0,
            item_count: 0,
        }
    }

    /// Returns the items one by one.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use auth_core::{Pages, Paging, serde_json::Value};
    ///
    /// let pages: Pages<_, Value> = client.get("usuarios/").pages(Paging::next_url("/next").items("/results"));
    /// let mut users = pages.items();
    /// while let Some(user) = users.next().await {
    ///     println!("{}", user?["username"]);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn items(self) -> Items<L, T> {
        Items { pages: self, items: Vec::new().into_iter() }
    }

    /// Returns the next page, or `None` after the last one and after an error. The same as `StreamExt::next`, for
    /// programs without that trait.
    ///
    /// ```no_run
    /// # async fn run(mut pages: auth_core::Pages<impl auth_core::Login, String>) -> auth_core::Result<()> {
    /// let first = pages.next().await.transpose()?.unwrap_or_default();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Request::fetch`](crate::Request::fetch). In addition, [`Status`](ErrorKind::Status) for a page without
    /// a list in its place, for a next page that is not below the base URL or was read before, and for more pages than
    /// [`Paging::max_pages`].
    ///
    /// # Cancellation
    ///
    /// If the future is dropped, the next call continues with the same request. Dropping the stream cancels it.
    pub async fn next(&mut self) -> Option<Result<Vec<T>>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Continues after an error: a page that could not be read is requested again. After a page with an item or a next
    /// page that cannot be used, nothing is sent and the same error comes again.
    ///
    /// ```no_run
    /// # async fn run(mut pages: auth_core::Pages<impl auth_core::Login, String>) -> auth_core::Result<()> {
    /// while let Some(page) = pages.next().await {
    ///     match page {
    ///         Ok(names) => println!("{names:?}"),
    ///         Err(error) if error.is_transient() => pages.resume(),
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume(&mut self) {
        if std::mem::take(&mut self.is_paused) && self.page_count == self.paging.max_pages {
            self.page_count = 0;
        }
    }

    /// Returns the URL of the page that is read next, to continue later with [`Client::get`](crate::Client::get) and
    /// the same [`Paging`]. Returns `None` after the last page, and after an error that [`resume`](Self::resume) cannot
    /// end.
    ///
    /// ```no_run
    /// # fn run(pages: &auth_core::Pages<impl auth_core::Login, String>) {
    /// if let Some(url) = pages.position() {
    ///     println!("continue at {url}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn position(&self) -> Option<&Url> {
        self.next.as_ref().ok()?.as_ref()
    }

    /// Starts the request of the next page. Returns `None` after the last one.
    fn start(&self) -> Result<Option<BoxFuture<'static, Result<Answer<T>>>>> {
        let Some(url) = self.next.clone()? else { return Ok(None) };
        if self.seen.contains(&url) {
            return Err(unusable("the provider's next page was already read: the list repeats itself".to_owned()));
        }
        if self.page_count >= self.paging.max_pages {
            let max = self.paging.max_pages;
            return Err(unusable(format!("the list has more than {max} pages; set Paging::max_pages, or resume")));
        }
        let request = self.request.as_ref().map_err(Error::clone)?.try_clone();
        let Some(mut request) = request else {
            let message = "the body of a list's request is a stream, which cannot be sent for each page";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        *request.url_mut() = url.clone();
        let (cache, options, paging, read) =
            (self.cache.clone(), Arc::clone(&self.options), self.paging, self.item_count);
        let latest = (self.page_count > 0 && paging.counts()).then_some(self.latest);
        Ok(Some(Box::pin(async move {
            let response = execute(&cache, &*options, Ok(request)).await?;
            let response = error_for_status(response).await?;
            let (status, from, headers) = (response.status(), response.url().clone(), response.headers().clone());
            let body = read::whole(response, read::FETCH).await?;
            let hash = hash(&body);
            let answer = if latest == Some(hash) {
                Err(unusable(
                    "the page is the same as the one before: the provider ignores the page's number".to_owned(),
                ))
            } else {
                page(&cache.http().pool().base, &paging, &url, &from, &headers, &body, read)
            };
            let (items, next) = answer.map_err(|error| error.with_answer(status.as_u16(), None, None))?;
            Ok(Answer { items, hash, next })
        })))
    }
}

type ItemsAndNext<T> = (Vec<T>, Result<Option<Url>>);

/// Reads the items of a page, and the URL of the next one.
fn page<T: DeserializeOwned>(
    base: &BaseUrl,
    paging: &Paging,
    url: &Url,
    from: &Url,
    headers: &HeaderMap,
    body: &[u8],
    read: u64,
) -> Result<ItemsAndNext<T>> {
    let mut body: Value = parse(body, headers, ErrorKind::Status)?;
    let items = paging.take_items(&mut body)?;
    let count = items.len() as u64;
    let page = Page { url, from, headers, body: &body };
    let next = paging.next(base, &page, count, read + count);
    let mut read = Vec::with_capacity(items.len());
    for item in items {
        match serde_json::from_value(item) {
            Ok(item) => read.push(item),
            Err(error) => {
                let (number, why) = (read.len() + 1, reason(&error.to_string()));
                let error = unusable(format!("item {number} of the page is not the expected JSON: {why}"));
                return Ok((read, Err(error)));
            }
        }
    }
    Ok((read, next))
}

fn hash(body: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    hasher.finish()
}

impl<L: Login, T: DeserializeOwned + Send + 'static> Stream for Pages<L, T> {
    type Item = Result<Vec<T>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.is_paused {
            return Poll::Ready(None);
        }
        if this.reading.is_none() {
            match this.start() {
                Ok(Some(reading)) => this.reading = Some(reading),
                Ok(None) => return Poll::Ready(None),
                Err(error) => {
                    this.is_paused = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        let Some(reading) = &mut this.reading else { return Poll::Ready(None) };
        let answer = ready!(reading.as_mut().poll(context));
        this.reading = None;
        match answer {
            Ok(Answer { items, hash, next }) => {
                if let Ok(Some(url)) = std::mem::replace(&mut this.next, next) {
                    this.seen.insert(url);
                }
                this.latest = hash;
                this.page_count += 1;
                this.item_count += items.len() as u64;
                Poll::Ready(Some(Ok(items)))
            }
            Err(error) => {
                this.is_paused = true;
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

impl<L: Login, T> fmt::Debug for Pages<L, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("paging", &self.paging)
            .field("page_count", &self.page_count)
            .finish_non_exhaustive()
    }
}

/// The items of a list: a [`Stream`], created by [`Pages::items`].
///
/// ```no_run
/// # async fn run(mut users: auth_core::Items<impl auth_core::Login, String>) -> auth_core::Result<()> {
/// while let Some(user) = users.next().await {
///     println!("{}", user?);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "pages are requested when the stream is polled"]
pub struct Items<L: Login, T> {
    pages: Pages<L, T>,
    items: vec::IntoIter<T>,
}

// No item is pinned.
impl<L: Login, T> Unpin for Items<L, T> {}

impl<L: Login, T: DeserializeOwned + Send + 'static> Items<L, T> {
    /// Returns the next item, or `None` after the last one and after an error: see [`Pages::next`].
    ///
    /// ```no_run
    /// # async fn run(mut users: auth_core::Items<impl auth_core::Login, String>) -> auth_core::Result<()> {
    /// let first = users.next().await.transpose()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`Pages::next`].
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Continues after an error: see [`Pages::resume`]. The items before it are not repeated.
    ///
    /// ```no_run
    /// # async fn run(mut users: auth_core::Items<impl auth_core::Login, String>) -> auth_core::Result<()> {
    /// while let Some(user) = users.next().await {
    ///     match user {
    ///         Ok(user) => println!("{user}"),
    ///         Err(error) if error.is_transient() => users.resume(),
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume(&mut self) {
        self.pages.resume();
    }
}

impl<L: Login, T: DeserializeOwned + Send + 'static> Stream for Items<L, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut self.pages).poll_next(context)) {
                Some(Ok(items)) => self.items = items.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<L: Login, T> fmt::Debug for Items<L, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}
