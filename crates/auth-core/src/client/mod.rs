//! The client: one account's credential, and requests that carry it.

mod authorize;
mod request;
mod send;

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method};
use reqwest::{RequestBuilder, Response};
use url::Url;

pub use self::authorize::Authorize;
pub use self::request::{Request, success};
use crate::credential::Credential;
use crate::error::Result;
use crate::login::Login;
use crate::options::Options;
use crate::slot::{Slot, Verdict};
use crate::stats::Stats;
use crate::transport::{self, Http};

/// Requests that stay authenticated: one login for any number of callers, renewed before its end.
///
/// Clones are cheap and share everything. Building one needs no runtime and sends nothing; the first request logs in.
/// No task is left when the last clone is dropped.
///
/// - A fresh credential costs tens of nanoseconds; one near its end is handed out while one login runs behind it; a
///   dead one is never handed out.
/// - A 401 throws away exactly the credential that was refused, and the request is sent once more with the next. A
///   second 401 reaches the caller, and so does every other status.
/// - A login that failed is not sent again by every caller: until its pause is over they fail at once, with the time.
///
/// Waiting for a login ends after 30 s, or when the caller drops its future, which changes nothing for the others.
///
/// # Panics
///
/// The runtime needs its time and I/O enabled (`enable_all`): without them Tokio itself panics where something is sent.
///
/// ```no_run
/// # async fn run(account: impl auth_core::Login) -> auth_core::Result<()> {
/// let client = auth_core::Client::new(account)?;
/// let response = client.get("usuarios/").query(&[("page", "1")]).send().await?;
/// # Ok(())
/// # }
/// ```
pub struct Client<L: Login> {
    owner: Arc<Owner<L>>,
}

/// What the clones share; dropping it ends a login that is under way.
struct Owner<L: Login> {
    slot: Arc<Slot<L>>,
    following: reqwest::Client,
}

impl<L: Login> Drop for Owner<L> {
    fn drop(&mut self) {
        self.slot.abort();
    }
}

impl<L: Login> Client<L> {
    /// A client for an account, with the default [`Options`].
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the base URL is not `https` (or on loopback).
    pub fn new(login: L) -> Result<Self> {
        Self::with_options(login, Options::default())
    }

    /// A client for an account.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the base URL is not `https` (or on loopback), or the HTTP client that
    /// [`Options::configure`] makes cannot be built.
    pub fn with_options(login: L, options: Options) -> Result<Self> {
        let http = Http::new(login.base_url(), &options)?;
        Self::build(http, options, |http, options| Slot::new(login, http, options))
    }

    /// A client that never logs in, for a credential that was given, or that only a person could obtain.
    ///
    /// It is handed out until its end; a 401 reaches the caller; after its end every call fails with
    /// [`LoginRequired`](crate::ErrorKind::LoginRequired). Its life counts from now.
    ///
    /// # Errors
    ///
    /// As for [`with_options`](Self::with_options).
    pub fn with_credential(base_url: &Url, credential: L::Credential, options: Options) -> Result<Self> {
        let http = Http::new(base_url, &options)?;
        Self::build(http, options, |http, options| Slot::fixed(credential, http, options))
    }

    fn build(http: Http, options: Options, slot: impl FnOnce(Http, Options) -> Slot<L>) -> Result<Self> {
        let following = transport::following(http.base(), &options)?;
        let slot = Arc::new(slot(http, options));
        Ok(Self { owner: Arc::new(Owner { slot, following }) })
    }

    /// Begins a `GET` of a path relative to the base URL, or of an absolute URL below it.
    pub fn get(&self, path: &str) -> Request<L> {
        self.request(Method::GET, path)
    }

    /// Begins a `HEAD`.
    pub fn head(&self, path: &str) -> Request<L> {
        self.request(Method::HEAD, path)
    }

    /// Begins a `POST`.
    pub fn post(&self, path: &str) -> Request<L> {
        self.request(Method::POST, path)
    }

    /// Begins a `PUT`.
    pub fn put(&self, path: &str) -> Request<L> {
        self.request(Method::PUT, path)
    }

    /// Begins a `PATCH`.
    pub fn patch(&self, path: &str) -> Request<L> {
        self.request(Method::PATCH, path)
    }

    /// Begins a `DELETE`.
    pub fn delete(&self, path: &str) -> Request<L> {
        self.request(Method::DELETE, path)
    }

    /// Begins a request of any method. A path that cannot be used is the error of its [`send`](Request::send).
    ///
    /// One leading slash is passed over: paths are below the base URL. `//`, `.` and `..` segments, backslashes, blanks
    /// and `#` are refused.
    pub fn request(&self, method: Method, path: &str) -> Request<L> {
        Request::new(self.clone(), method, path)
    }

    /// Sends a request that was built elsewhere, authenticated, with this client's connections, time-outs and
    /// redirects.
    ///
    /// The request is taken out of its builder: the client that the builder belongs to is not used. It is sent again
    /// after a 401 if its body can be, which streams cannot.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if it cannot be built, or goes to another origin than the
    /// base URL's; otherwise as for [`Request::send`].
    pub async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let (_client, request) = request.build_split();
        let request = request?;
        send::Sending::new(self, &send::Terms::default()).send(request).await
    }

    /// The credential to use now, which logs in if there is none.
    ///
    /// # Errors
    ///
    /// The login's, if it failed; the same with the time that is left, while a failed login must not be repeated.
    pub async fn credential(&self) -> Result<Arc<L::Credential>> {
        Ok(Arc::clone(&self.owner.slot.current().await?.credential))
    }

    /// Puts the credential into a request's headers. A fresh one costs no lock and, in a map with room, no allocation.
    ///
    /// # Errors
    ///
    /// As for [`credential`](Self::credential).
    pub async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        if self.owner.slot.fresh(|credential| credential.authorize(headers)).is_none() {
            self.owner.slot.current().await?.credential.authorize(headers);
        }
        Ok(())
    }

    /// The headers that authenticate a request.
    ///
    /// # Errors
    ///
    /// As for [`credential`](Self::credential).
    pub async fn headers(&self) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        self.authorize(&mut headers).await?;
        Ok(headers)
    }

    /// The credential that is there now, if it has not ended. It never logs in and never waits.
    #[must_use]
    pub fn cached(&self) -> Option<Arc<L::Credential>> {
        self.owner.slot.peek().map(|snapshot| Arc::clone(&snapshot.credential))
    }

    /// Says that the provider answered 401 to this credential, for those who send requests by themselves.
    ///
    /// Give the very credential that [`credential`](Self::credential) returned: a clone of what is in the `Arc` is another.
    /// `true` if it was thrown away: the next caller gets another. `false` if it was replaced before, or if no login may
    /// be made now: right after one that was forced in this way, while logins fail, or by a client that never logs in.
    pub fn reject(&self, credential: &L::Credential) -> bool {
        let slot = &self.owner.slot;
        slot.generation_of(credential).is_some_and(|generation| slot.reject(generation) == Verdict::Gone)
    }

    /// Says that the caller has ended this credential at the provider, by a logout or a new password. `true` if it was
    /// the current one, which is then never handed out again.
    pub fn discard(&self, credential: &L::Credential) -> bool {
        let slot = &self.owner.slot;
        slot.generation_of(credential).is_some_and(|generation| slot.discard(generation))
    }

    /// Says that what made logins fail has been put right: the next caller may log in at once.
    pub fn reset(&self) {
        self.owner.slot.reset();
    }

    /// What this client and its clones did so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.owner.slot.counters.read()
    }

    /// The address below which all paths are, with a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        self.owner.slot.http().base_url()
    }

    /// The account, or `None` for a client that was given its credential.
    #[must_use]
    pub fn account(&self) -> Option<&L> {
        self.owner.slot.login()
    }

    /// For posts outside the credential's life: no `Authorization`, no redirect.
    #[must_use]
    pub fn http(&self) -> &Http {
        self.owner.slot.http()
    }
}

impl<L: Login> Clone for Client<L> {
    fn clone(&self) -> Self {
        Self { owner: Arc::clone(&self.owner) }
    }
}

impl<L: Login> fmt::Debug for Client<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url().as_str()).finish_non_exhaustive()
    }
}
