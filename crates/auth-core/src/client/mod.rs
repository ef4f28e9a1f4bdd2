//! The client: one account's credential, and requests that carry it.

pub(crate) mod authorize;
mod body;
mod execute;
mod redirect;
mod request;

use std::fmt;
use std::sync::atomic::AtomicU32;

use http::{HeaderMap, Method};
use reqwest::{RequestBuilder, Response};
use url::Url;

use self::execute::{RequestOptions, execute};
pub use self::request::{Request, error_for_status};
use crate::cache::{CachedCredential, CredentialCache, Entry};
use crate::credential::Credential;
use crate::error::Result;
use crate::login::Login;
use crate::options::Options;
use crate::stats::Stats;
use crate::transport::Http;

/// Requests that stay authenticated: one login for any number of callers, renewed before its end.
///
/// Clones are cheap and share everything. Building one needs no runtime and sends nothing; the first request logs in.
/// No task is left when the last clone is dropped.
///
/// - A fresh credential costs tens of nanoseconds; one near its end is handed out while one login runs behind it; a
///   dead one is never handed out.
/// - A 401 throws away exactly the credential that was refused, and the request is sent once more with the next. A
///   second 401 reaches the caller, and so does every other status.
/// - Logins that a 401 forces are 10 s apart: a credential that is revoked sooner stays, and its 401 reaches the caller. The pause
///   doubles, up to 5 min, while each new credential is refused before it served a request, that is before a request with it
///   was answered by anything other than 401.
/// - A login that failed is not sent again by every caller: until its pause is over they fail at once, with the time.
///
/// A login runs on the runtime of the caller who began it. If that runtime stands still, is blocked, or ends, one of those who wait takes
/// the login over within a second; nothing that was not sent by then is sent.
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
    cache: CredentialCache<L>,
}

impl<L: Login> Client<L> {
    /// A client for an account, with the default [`Options`].
    ///
    /// ```
    /// # fn run(account: impl auth_core::Login) -> auth_core::Result<()> {
    /// let client = auth_core::Client::new(account)?;
    /// assert!(client.cached().is_none()); // Nothing was sent.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the base URL is not `https` (or on loopback).
    pub fn new(login: L) -> Result<Self> {
        Self::with_options(login, Options::default())
    }

    /// A client for an account.
    ///
    /// ```
    /// # fn run(account: impl auth_core::Login) -> auth_core::Result<()> {
    /// use auth_core::{Client, Options, RetryPolicy};
    ///
    /// let client = Client::with_options(account, Options::default().retry(RetryPolicy::idempotent(2)))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the base URL is not `https` (or on loopback), or the HTTP client that
    /// [`Options::configure`] makes cannot be built.
    pub fn with_options(login: L, options: Options) -> Result<Self> {
        let http = Http::with(login.base_url(), options)?;
        Ok(Self::on(login, http))
    }

    /// A client that never logs in, for a credential that was given, or that only a person could obtain.
    ///
    /// ```
    /// # use auth_core::{AccessToken, Client, Credential, Expiry, Http, Login, Options, Result};
    /// # #[derive(Debug)]
    /// # struct Account(url::Url);
    /// # #[derive(Debug)]
    /// # struct Session(AccessToken);
    /// # impl Credential for Session {
    /// #     fn expiry(&self) -> Expiry { Expiry::Never }
    /// #     fn authorize(&self, headers: &mut http::HeaderMap) { self.0.authorize(headers) }
    /// # }
    /// # impl Login for Account {
    /// #     type Credential = Session;
    /// #     fn base_url(&self) -> &url::Url { &self.0 }
    /// #     async fn login(&self, _: &Http) -> Result<Session> { Ok(Session(AccessToken::bearer(&"next".into())?)) }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let base_url = auth_core::base_url("https://api.api4com.com/api/v1")?;
    /// let session = Session(AccessToken::bearer(&"abc123".into())?);
    /// let client = Client::<Account>::from_credential(&base_url, session, Options::default())?;
    /// assert_eq!(client.headers().await?["authorization"], "Bearer abc123");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It is handed out until its end; a 401 reaches the caller; after its end every call fails with
    /// [`LoginRequired`](crate::ErrorKind::LoginRequired). Its life counts from now.
    ///
    /// # Errors
    ///
    /// As for [`with_options`](Self::with_options).
    pub fn from_credential(base_url: &Url, credential: L::Credential, options: Options) -> Result<Self> {
        let http = Http::with(base_url, options)?;
        Ok(Self::of(CredentialCache::fixed(credential, http)))
    }

    /// A client of an account whose connections are there.
    pub(crate) fn on(login: L, http: Http) -> Self {
        Self::of(CredentialCache::new(login, http, None))
    }

    pub(crate) fn of(cache: CredentialCache<L>) -> Self {
        Self { cache }
    }

    /// Returns true if both are clones of one client.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.cache.is(&other.cache)
    }

    /// Returns true if there are other clones.
    pub(crate) fn is_shared(&self) -> bool {
        self.cache.is_shared()
    }

    /// The second in which its set was last asked for it.
    pub(crate) fn used(&self) -> &AtomicU32 {
        self.cache.used()
    }

    /// Begins a `GET` of a path relative to the base URL, or of an absolute URL below it.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let page: serde_json::Value = client.get("usuarios/").query(&[("page", 2)]).fetch().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, path: &str) -> Request<L> {
        self.request(Method::GET, path)
    }

    /// Begins a `HEAD`.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let exists = client.head("usuarios/123/").send().await?.status().is_success();
    /// # Ok(())
    /// # }
    /// ```
    pub fn head(&self, path: &str) -> Request<L> {
        self.request(Method::HEAD, path)
    }

    /// Begins a `POST`.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// client.post("empregados/").json(&serde_json::json!({"nome": "Maria"})).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn post(&self, path: &str) -> Request<L> {
        self.request(Method::POST, path)
    }

    /// Begins a `PUT`.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// client.put("empregados/123/").json(&serde_json::json!({"nome": "Maria", "ativo": true})).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn put(&self, path: &str) -> Request<L> {
        self.request(Method::PUT, path)
    }

    /// Begins a `PATCH`.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// client.patch("empregados/123/").json(&serde_json::json!({"ativo": false})).error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn patch(&self, path: &str) -> Request<L> {
        self.request(Method::PATCH, path)
    }

    /// Begins a `DELETE`.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// client.delete("empregados/123/").error_for_status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(&self, path: &str) -> Request<L> {
        self.request(Method::DELETE, path)
    }

    /// Begins a request of any method. A path that cannot be used is the error of its [`send`](Request::send).
    ///
    /// ```
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use auth_core::{ErrorKind, http::Method};
    ///
    /// let above = client.request(Method::OPTIONS, "../admin").send().await.unwrap_err();
    /// assert_eq!(above.kind(), ErrorKind::InvalidRequest);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// One leading slash is passed over: paths are below the base URL. `//`, `.` and `..` segments, backslashes, blanks
    /// and `#` are refused.
    pub fn request(&self, method: Method, path: &str) -> Request<L> {
        Request::new(self.clone(), method, path)
    }

    /// Sends a request that was built elsewhere, authenticated, with this client's connections, time-outs and
    /// redirects.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let bare = auth_core::reqwest::Client::new();
    /// let built = bare.get("https://apis.pontotel.com.br/pontotel/api/v4/usuarios/");
    /// let response = client.send(built).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The request is taken out of its builder: the client that the builder belongs to is not used. It is sent again
    /// after a 401 if its body can be, which streams cannot. Redirects are followed as [`Request::send`] does.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if it cannot be built, goes to another origin than the base URL's, or
    /// has a header that is the client's own, as for [`Request::header`]; otherwise as for [`Request::send`].
    pub fn send(&self, request: RequestBuilder) -> impl Future<Output = Result<Response>> + Send {
        let (_client, request) = request.build_split();
        execute(&self.cache, RequestOptions::default(), request)
    }

    /// Returns the current credential, and logs in without one.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let session = client.credential().await?;
    /// println!("logged in: {session:?}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The login's, if it failed; the same with the time that is left, while a failed login must not be repeated.
    pub async fn credential(&self) -> Result<CachedCredential<L::Credential>> {
        Ok(CachedCredential::new(self.cache.get().await?))
    }

    /// Lends the credential to use now to a closure: [`credential`](Self::credential) without its reference count, which
    /// threads that use it at once wait for.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// use auth_core::{Credential, http::HeaderMap};
    ///
    /// let mut metadata = HeaderMap::with_capacity(8);
    /// client.with_credential(|session| session.authorize(&mut metadata)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`credential`](Self::credential).
    pub async fn with_credential<R>(&self, read: impl FnOnce(&L::Credential) -> R) -> Result<R> {
        let read = |entry: &Entry<L::Credential>| read(&entry.credential);
        match self.cache.at_hand(read) {
            Ok(result) => Ok(result),
            Err(read) => Ok(read(&*self.cache.get().await?)),
        }
    }

    /// Puts the credential into a request's headers. A fresh one costs no lock and, in a map with room, no allocation.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let mut handshake = auth_core::http::HeaderMap::with_capacity(8);
    /// client.authorize(&mut handshake).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`credential`](Self::credential).
    pub async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        self.with_credential(|credential| credential.authorize(headers)).await
    }

    /// The headers that authenticate a request.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let bare = auth_core::reqwest::Client::new();
    /// let users = client.base_url().join("usuarios/").expect("a path");
    /// let response = bare.get(users).headers(client.headers().await?).send().await?;
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
    /// let readiness = if client.cached().is_some() { "logged in" } else { "not logged in" };
    /// # }
    /// ```
    #[must_use]
    pub fn cached(&self) -> Option<CachedCredential<L::Credential>> {
        self.cache.peek()
    }

    /// Says that the provider answered 401 to this credential, for those who send requests by themselves.
    ///
    /// ```no_run
    /// # use auth_core::{Client, Credential, Login, Result, http, reqwest, url};
    /// # async fn run(client: Client<impl Login>, bare: reqwest::Client, users: url::Url) -> Result<()> {
    /// let session = client.credential().await?;
    /// let mut request = bare.get(users).build()?;
    /// session.authorize(request.headers_mut());
    /// if bare.execute(request).await?.status() == http::StatusCode::UNAUTHORIZED {
    ///     client.invalidate(&session);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `true` if it was thrown away: the next caller gets another. `false` if it was replaced before, or if no login may
    /// be made now: right after one that was forced in this way, while logins fail, or by a client that never logs in.
    ///
    /// Logins that a 401 forces are 10 s apart, or longer: see [`Client`]. The client does not see the answers to your requests,
    /// so it takes a credential whose first 401 comes more than 10 s after its login as one that served.
    ///
    /// A shared store is told behind the caller, and other processes no longer take it from there. A program that ends at once
    /// waits for that with [`forget_everywhere`](Self::forget_everywhere).
    #[expect(clippy::must_use_candidate, reason = "most callers do not care whether it was the current one")]
    pub fn invalidate(&self, credential: &CachedCredential<L::Credential>) -> bool {
        self.cache.invalidate_unseen(credential)
    }

    /// Says that the caller has ended this credential at the provider, by a logout or a new password. `true` if it was
    /// the current one, which is then never handed out again.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// if let Some(session) = client.cached() {
    ///     client.post("users/logout").using(session.clone()).error_for_status().await?;
    ///     client.forget(&session);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A shared store is told behind the caller, or with the next login where there is no runtime: a program that ends at once
    /// waits for [`forget_everywhere`](Self::forget_everywhere).
    #[expect(clippy::must_use_candidate, reason = "most callers do not care whether it was the current one")]
    pub fn forget(&self, credential: &CachedCredential<L::Credential>) -> bool {
        let discarded = self.cache.forget(credential);
        if discarded {
            self.cache.spawn_removal();
        }
        discarded
    }

    /// Like [`forget`](Self::forget), and waits until a shared store has let it go, for at most its time-out: then no other
    /// process takes it from there.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// if let Some(session) = client.cached() {
    ///     client.post("users/logout").using(session.clone()).error_for_status().await?;
    ///     client.forget_everywhere(&session).await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If the store fails, or this future is dropped before its end, the next login tells the store. Processes that
    /// have the credential already keep it until they meet a 401. Without a store it is [`forget`](Self::forget).
    pub async fn forget_everywhere(&self, credential: &CachedCredential<L::Credential>) -> bool {
        let discarded = self.cache.forget(credential);
        if discarded {
            self.cache.remove_invalidated().await;
        }
        discarded
    }

    /// Says that what made logins fail has been put right: the next caller may log in at once.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// // Somebody has unlocked the account at the provider.
    /// client.clear_cooldown();
    /// client.credential().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_cooldown(&self) {
        self.cache.clear_cooldown();
    }

    /// Returns what this client and its clones have counted.
    ///
    /// ```
    /// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
    /// let stats = client.stats();
    /// println!("{} of {} logins were refused", stats.logins_refused, stats.logins);
    /// # }
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.cache.stats()
    }

    /// The address below which all paths are, with a slash at its end.
    ///
    /// ```
    /// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
    /// assert!(client.base_url().path().ends_with('/'));
    /// # }
    /// ```
    #[must_use]
    pub fn base_url(&self) -> &Url {
        self.cache.http().base_url()
    }

    /// The account, or `None` for a client that was given its credential.
    ///
    /// ```
    /// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
    /// let renews_itself = client.account().is_some();
    /// # }
    /// ```
    #[must_use]
    pub fn account(&self) -> Option<&L> {
        self.cache.login()
    }

    /// Returns the label of this account in events, their field `account`. See [`Options::label`], and
    /// [`Accounts::labels`](crate::Accounts::labels) for sets.
    ///
    /// ```
    /// # fn show(client: &auth_core::Client<impl auth_core::Login>) {
    /// println!("account {} has {:?}", client.label(), client.stats());
    /// # }
    /// ```
    #[must_use]
    pub fn label(&self) -> String {
        self.cache.http().label().to_string()
    }

    /// For posts outside the credential's life: no `Authorization`, no redirect.
    ///
    /// ```no_run
    /// # async fn run(client: auth_core::Client<impl auth_core::Login>) -> auth_core::Result<()> {
    /// let email = serde_json::json!({"email": "maria@example.com"});
    /// client.http().post_json("users/forgot-password", &email).await?.error_for_request_status()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn http(&self) -> &Http {
        self.cache.http()
    }
}

impl<L: Login> Clone for Client<L> {
    fn clone(&self) -> Self {
        Self { cache: self.cache.clone() }
    }
}

impl<L: Login> fmt::Debug for Client<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url().as_str()).finish_non_exhaustive()
    }
}
