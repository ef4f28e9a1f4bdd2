//! The ways to find the next page of a list.

use http::header::{HeaderMap, LINK};
use serde_json::{Map, Value};
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::parse;
use crate::transport::{BaseUrl, set_parameter, shown};

/// The default maximum number of pages.
const MAX_PAGES: u32 = 10_000;

/// The place of the items in a page, and the way to the next page: see [`Request::pages`](crate::Request::pages).
///
/// Places are JSON pointers (RFC 6901).
///
/// ```
/// use auth_core::Paging;
///
/// let paging = Paging::next_url("/next").items("/results");
/// let paging = Paging::number("page", 1).items("/data").last_page("/meta/last_page").max_pages(500);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    kind: Kind,
    items: &'static str,
    total: Option<&'static str>,
    last_page: Option<&'static str>,
    has_more: Option<&'static str>,
    pub(super) max_pages: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NextUrl { at: &'static str },
    Link,
    Number { parameter: &'static str, first: u64 },
    Offset { parameter: &'static str },
    Cursor { parameter: &'static str, at: &'static str },
    LoopBack { limit: u64 },
}

impl Paging {
    const fn new(kind: Kind) -> Self {
        Self { kind, items: "", total: None, last_page: None, has_more: None, max_pages: MAX_PAGES }
    }

    /// Follows the URL at this place of a page, until it is `null`, empty or missing. The URL may be relative, and must
    /// be below the base URL.
    ///
    /// ```
    /// let paging = auth_core::Paging::next_url("/next").items("/results");
    /// ```
    #[must_use]
    pub const fn next_url(at: &'static str) -> Self {
        Self::new(Kind::NextUrl { at })
    }

    /// Follows the header `Link` with `rel="next"` (RFC 8288), until it is missing. The URL may be relative, and must
    /// be below the base URL.
    ///
    /// ```
    /// let paging = auth_core::Paging::link();
    /// ```
    #[must_use]
    pub const fn link() -> Self {
        Self::new(Kind::Link)
    }

    /// Counts pages in this query parameter, until a page has no items. A request that has the parameter begins there,
    /// and others at `first`.
    ///
    /// ```
    /// let paging = auth_core::Paging::number("page", 1).items("/data").last_page("/last_page");
    /// ```
    #[must_use]
    pub const fn number(parameter: &'static str, first: u64) -> Self {
        Self::new(Kind::Number { parameter, first })
    }

    /// Counts items in this query parameter, until a page has none. Set the size of a page with
    /// [`Request::query`](crate::Request::query): a server that returns fewer items loses none.
    ///
    /// ```
    /// # fn run(client: &auth_core::Client<impl auth_core::Login>) {
    /// use auth_core::{Pages, Paging};
    ///
    /// let sales = client.get("sales").query(&[("limit", 100)]);
    /// let sales: Pages<_, auth_core::serde_json::Value> = sales.pages(Paging::offset("offset").total("/count"));
    /// # }
    /// ```
    #[must_use]
    pub const fn offset(parameter: &'static str) -> Self {
        Self::new(Kind::Offset { parameter })
    }

    /// Sends the text or number at this place of a page in this query parameter of the next one, until it is `null`,
    /// empty or missing.
    ///
    /// ```
    /// let paging = auth_core::Paging::cursor("cursor", "/meta/next_cursor").items("/data");
    /// ```
    #[must_use]
    pub const fn cursor(parameter: &'static str, at: &'static str) -> Self {
        Self::new(Kind::Cursor { parameter, at })
    }

    /// Sets `limit` and `skip` in LoopBack's query parameter `filter`, until a page has no items. The other members of
    /// a request's own filter are kept, as is its `limit`.
    ///
    /// ```
    /// # fn run(client: &auth_core::Client<impl auth_core::Login>) {
    /// use auth_core::{Pages, Paging};
    ///
    /// let calls = client.get("calls").query(&[("filter", r#"{"order": "started_at DESC"}"#)]);
    /// let calls: Pages<_, auth_core::serde_json::Value> = calls.pages(Paging::loopback(100));
    /// # }
    /// ```
    #[must_use]
    pub const fn loopback(limit: u64) -> Self {
        Self::new(Kind::LoopBack { limit })
    }

    /// Sets the place of the items. By default, the page itself is the list.
    ///
    /// ```
    /// let paging = auth_core::Paging::link().items("/data/items");
    /// ```
    #[must_use]
    pub const fn items(self, at: &'static str) -> Self {
        Self { items: at, ..self }
    }

    /// Sets the place of the number of all items, which saves the request of an empty page.
    ///
    /// ```
    /// let paging = auth_core::Paging::offset("offset").items("/results").total("/count");
    /// ```
    #[must_use]
    pub const fn total(self, at: &'static str) -> Self {
        Self { total: Some(at), ..self }
    }

    /// Sets the place of the number of the last page, for a provider that answers 404 after it.
    ///
    /// ```
    /// let paging = auth_core::Paging::number("page", 1).items("/data").last_page("/meta/last_page");
    /// ```
    #[must_use]
    pub const fn last_page(self, at: &'static str) -> Self {
        Self { last_page: Some(at), ..self }
    }

    /// Sets the place of a `false` that ends the list.
    ///
    /// ```
    /// let paging = auth_core::Paging::cursor("after", "/cursor").items("/data").has_more("/has_more");
    /// ```
    #[must_use]
    pub const fn has_more(self, at: &'static str) -> Self {
        Self { has_more: Some(at), ..self }
    }

    /// Sets the maximum number of pages, 10,000 by default. A list with more is an error after the last of them, and
    /// [`Pages::resume`](crate::Pages::resume) continues with as many.
    ///
    /// ```
    /// let paging = auth_core::Paging::link().max_pages(100);
    /// ```
    #[must_use]
    pub const fn max_pages(self, max_pages: u32) -> Self {
        Self { max_pages, ..self }
    }

    /// Sets the parameters of the first page.
    pub(super) fn begin(&self, url: &mut Url) -> Result<()> {
        match self.kind {
            Kind::Number { parameter, first } => begin_at(url, parameter, first),
            Kind::Offset { parameter } => begin_at(url, parameter, 0),
            Kind::LoopBack { limit } => {
                let mut filter = filter(url)?;
                filter.entry("limit").or_insert(limit.into());
                filter.entry("skip").or_insert(0.into());
                set_parameter(url, FILTER, &Value::Object(filter).to_string());
                Ok(())
            }
            Kind::NextUrl { .. } | Kind::Link | Kind::Cursor { .. } => Ok(()),
        }
    }

    /// Returns true if the client counts the pages, so that a provider may ignore its count.
    pub(super) fn counts(&self) -> bool {
        matches!(self.kind, Kind::Number { .. } | Kind::Offset { .. } | Kind::LoopBack { .. })
    }

    /// Removes the items from a page.
    pub(super) fn take_items(&self, page: &mut Value) -> Result<Vec<Value>> {
        match page.pointer_mut(self.items).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(unusable(format!("the page has no list at {:?}", self.items))),
        }
    }

    /// Returns the URL of the page after this one, or `None` if it is the last.
    ///
    /// `items` were read from this page, and `all` from it and those before.
    pub(super) fn next(&self, base: &BaseUrl, page: &Page<'_>, items: u64, all: u64) -> Result<Option<Url>> {
        let at = |place: Option<&str>| place.and_then(|place| page.body.pointer(place));
        let count = |place| at(place).and_then(parse::integer).and_then(|count| u64::try_from(count).ok());
        if at(self.has_more) == Some(&Value::Bool(false)) {
            return Ok(None);
        }
        let mut url = page.url.clone();
        let total = count(self.total);
        let ends = |read: u64| items == 0 || total.is_some_and(|total| read >= total);
        match self.kind {
            Kind::NextUrl { at } => match page.body.pointer(at) {
                Some(Value::String(next)) if !next.is_empty() => below(base, page, next).map(Some),
                None | Some(Value::String(_) | Value::Null | Value::Bool(false)) => Ok(None),
                Some(_) => Err(unusable(format!("the page has no URL at {at:?}"))),
            },
            Kind::Link => match next_link(page.headers) {
                Some(next) => below(base, page, next).map(Some),
                None => Ok(None),
            },
            Kind::Cursor { parameter, at } => {
                let Some(cursor) = page.body.pointer(at).and_then(parse::text).filter(|cursor| !cursor.is_empty())
                else {
                    return Ok(None);
                };
                set_parameter(&mut url, parameter, &cursor);
                Ok(Some(url))
            }
            Kind::Number { parameter, first } => {
                let number = number(&url, parameter)?.unwrap_or(first);
                if ends(all) || count(self.last_page).is_some_and(|last| number >= last) {
                    return Ok(None);
                }
                set_parameter(&mut url, parameter, &number.saturating_add(1).to_string());
                Ok(Some(url))
            }
            Kind::Offset { parameter } => {
                let next = number(&url, parameter)?.unwrap_or(0).saturating_add(items);
                if ends(next) {
                    return Ok(None);
                }
                set_parameter(&mut url, parameter, &next.to_string());
                Ok(Some(url))
            }
            Kind::LoopBack { .. } => {
                let mut filter = filter(&url)?;
                let skipped = filter.get("skip").and_then(Value::as_u64).unwrap_or(0);
                let next = skipped.saturating_add(items);
                if ends(next) {
                    return Ok(None);
                }
                filter.insert("skip".to_owned(), next.into());
                set_parameter(&mut url, FILTER, &Value::Object(filter).to_string());
                Ok(Some(url))
            }
        }
    }
}

/// A page as it was received.
pub(super) struct Page<'a> {
    /// The URL that was requested.
    pub(super) url: &'a Url,
    /// The URL that answered, after redirects.
    pub(super) from: &'a Url,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Value,
}

const FILTER: &str = "filter";

pub(super) fn unusable(message: String) -> Error {
    Error::new(ErrorKind::Status, message)
}

/// Returns the URL of a link, which must be below the base URL.
fn below(base: &BaseUrl, page: &Page<'_>, link: &str) -> Result<Url> {
    base.redirected(page.from, link).ok_or_else(|| {
        let link = page.from.join(link).map_or_else(|_unreadable| "an unreadable URL".to_owned(), |url| shown(&url));
        unusable(format!("the next page is at {link}, which is not below the base URL {}", base.as_url()))
    })
}

/// Sets the parameter of the first page, unless the request has it.
fn begin_at(url: &mut Url, parameter: &str, first: u64) -> Result<()> {
    let start = number(url, parameter)?.unwrap_or(first);
    set_parameter(url, parameter, &start.to_string());
    Ok(())
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

fn number(url: &Url, name: &str) -> Result<Option<u64>> {
    let Some(text) = parameter(url, name) else { return Ok(None) };
    let invalid = |_| Error::new(ErrorKind::InvalidRequest, format!("the query parameter `{name}` is not a number"));
    text.parse().map(Some).map_err(invalid)
}

/// Returns LoopBack's filter of a request.
fn filter(url: &Url) -> Result<Map<String, Value>> {
    let Some(text) = parameter(url, FILTER) else { return Ok(Map::new()) };
    serde_json::from_str(&text).map_err(|error| {
        let message = "the query parameter `filter` is not a JSON object; write it as one";
        Error::new(ErrorKind::InvalidRequest, message).with_source(error)
    })
}

/// Returns the target of the first link with the relation `next`.
fn next_link(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(LINK).iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    values.flat_map(|value| split(value, ',')).find_map(|link| {
        let mut parts = split(link, ';');
        let target = parts.next()?.trim().strip_prefix('<')?.strip_suffix('>')?;
        let parameters: Vec<_> = parts.filter_map(|part| part.split_once('=')).collect();
        let parameter = |name: &str| {
            let found = parameters.iter().find(|(own, _)| own.trim().eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim().trim_matches('"'))
        };
        let is_next = parameter("rel")?.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"));
        // A link with an anchor belongs to another resource.
        (is_next && parameter("anchor").is_none()).then_some(target)
    })
}

/// Splits a header at a character outside of `<…>` and `"…"`.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped, mut is_target) = (false, false, false);
    text.split(move |c: char| {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if !is_target => is_quoted = !is_quoted,
            '<' if !is_quoted => is_target = true,
            '>' if !is_quoted => is_target = false,
            _ => return c == separator && !is_quoted && !is_target,
        }
        false
    })
}
