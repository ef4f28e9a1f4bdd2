//! The client: one account's credential, and the requests that carry it.

pub(crate) mod authorize;
mod body;
mod execute;
mod layer;
mod pages;
mod paging;
mod redirect;
mod request;
mod status;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use http::{HeaderMap, Method};
use reqwest::{RequestBuilder, Response};
use secrecy::ExposeSecret;
use url::Url;

use self::execute::{RequestOptions, execute};
pub use self::pages::{Items, Pages};
pub use self::paging::Paging;
pub use self::request::Request;
pub use self::status::error_for_status;
use crate::cache::obtain::BoxFuture;
use crate::cache::{CachedCredential, CredentialCache, Entry};
use crate::credential::Credential;
use crate::error::Result;
use crate::expiry::Expiry;
use crate::login::Login;
use crate::options::Options;
use crate::secret::Secret;
use crate::stats::Stats;
use crate::transport::Http;

/// A client that sends authenticated requests. All callers share one credential, which is renewed before its expiry.
///
/// Clones are cheap and share everything. Building a client needs no runtime and sends nothing. The first request logs
/// in. No task remains after the last clone is dropped.
///
/// - A fresh credential costs tens of nanoseconds. A stale one is handed out while one login runs in the background. An
///   expired one is never handed out.
/// - A 401 invalidates exactly the credential that was sent, and the request is replayed once with the next one. A
///   second 401 reaches the caller, as does every other status. If the login of the second credential was sent before
///   the first 401, one revocation may have ended both, and the request is sent a third and last time.
/// - Logins that a 401 forces are 10 s apart. A credential that is revoked sooner stays, and its 401 reaches the
///   caller. The pause doubles, up to 5 min, while each new credential gets a 401 before it has served a request. A
///   credential serves when a request with it gets any answer other than 401.
/// - A failed login is not repeated by every caller. While its cooldown runs, they fail at once with the remaining
///   time.
///
/// A login runs on the runtime of the caller who started it. If that runtime stops, is blocked or ends, a waiting
/// caller takes over the login within a second, and the replaced login sends nothing more.
///
/// Waiting for a login ends after 30 s, or when the caller drops its future. Neither affects other callers.
///
/// # Panics
///
/// Tokio panics when a request is sent on a runtime without time and I/O enabled (`enable_all`).
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
    /// Creates a client for an account, with the default [`Options`].
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

    /// Creates a client for an account.
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
    /// [`Config`](crate::ErrorKind::Config) if the base URL, or that of the login, is not `https` (or on loopback), or if
    /// the HTTP client from [`Options::configure`] cannot be built.
    pub fn with_options(login: L, options: Options) -> Result<Self> {
        let http = Http::for_account(login.base_url(), login.login_base_url(), options)?;
        Ok(Self::on(login, http))
    }

    /// Creates a client that never logs in, for a given credential or one that only a person can obtain.
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
    /// The credential is handed out until its expiry, which counts from now. A 401 reaches the caller. After the expiry
    /// every call fails with [`LoginRequired`](crate::ErrorKind::LoginRequired).
    ///
    /// # Errors
    ///
    /// As for [`with_options`](Self::with_options).
    pub fn from_credential(base_url: &Url, credential: L::Credential, options: Options) -> Result<Self> {
        let http = Http::with(base_url, options)?;
        Ok(Self::of(CredentialCache::fixed(credential, http)))
    }

    /// Creates a client that never logs in, from secrets that exist already, such as a token.
    ///
    /// If a secret is read from a file or by a function, it is read again shortly before the credential expires, after
    /// a 401, and twice a second after a reading failed or found an expired token.
    ///
    /// ```
    /// # use auth_core::{AccessToken, Client, Credential, Expiry, Http, Login, Options, Result, Secret};
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
    /// let token = Secret::from_fn(|| async { Ok::<_, std::io::Error>("abc123") });
    /// let session = |[token]: [&str; 1]| Ok(Session(AccessToken::bearer(&token.into())?));
    /// let client = Client::<Account>::from_secrets(&base_url, [token], session, Options::default())?;
    /// assert_eq!(client.headers().await?["authorization"], "Bearer abc123");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`with_options`](Self::with_options), and [`Config`](crate::ErrorKind::Config) if a file cannot be used;
    /// the error of `credential` if all secrets are values.
    pub fn from_secrets<const N: usize>(
        base_url: &Url,
        mut secrets: [Secret; N],
        credential: impl Fn([&str; N]) -> Result<L::Credential> + Send + Sync + 'static,
        options: Options,
    ) -> Result<Self> {
        let http = Http::with(base_url, options)?;
        for secret in &mut secrets {
            *secret = secret.checked("a token")?;
        }
        if secrets.iter().all(Secret::is_fixed) {
            let credential = credential(secrets.each_ref().map(ExposeSecret::expose_secret))?;
            return Ok(Self::of(CredentialCache::fixed(credential, http)));
        }
        let credential = Arc::new(credential);
        let read = move || -> BoxFuture<'static, Result<L::Credential>> {
            let (mut secrets, credential) = (secrets.clone(), Arc::clone(&credential));
            Box::pin(async move {
                for secret in &mut secrets {
                    secret.refresh().await?;
                }
                credential(secrets.each_ref().map(ExposeSecret::expose_secret))
            })
        };
        Ok(Self::of(CredentialCache::read(Box::new(read), http)))
    }

    /// Creates a client of an account with existing connections.
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

    /// Returns true if other clones exist.
    pub(crate) fn is_shared(&self) -> bool {
        self.cache.is_shared()
    }

    /// Returns the second in which its set of accounts last asked for it.
    pub(crate) fn used(&self) -> &AtomicU32 {
        self.cache.used()
    }

    /// Starts a `GET` of a path relative to the base URL, or of an absolute URL below it.
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

    /// Starts a `HEAD`.
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

    /// Starts a `POST`.
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

    /// Starts a `PUT`.
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

    /// Starts a `PATCH`.
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

    /// Starts a `DELETE`.
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

    /// Starts a request of any method. An invalid path is returned as an error by [`send`](Request::send).
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
    /// Paths are below the base URL, so one leading slash is ignored. `//`, `.` and `..` segments, backslashes, blanks
    /// and `#` are rejected.
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
    /// The request is taken out of its builder, and the builder's own client is not used. It is replayed after a 401
    /// unless its body is a stream. Redirects are followed as in [`Request::send`].
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if the request cannot be built, goes to another origin than
    /// the base URL's, or has a header that only the client sets (see [`Request::header`]); otherwise as for
    /// [`Request::send`].
    pub fn send(&self, request: RequestBuilder) -> impl Future<Output = Result<Response>> + Send {
        let (_client, request) = request.build_split();
        execute(&self.cache, RequestOptions::default(), request)
    }

    /// Returns the current credential. Logs in if the cache is empty.
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
    /// The error of the login, if it failed. While a cooldown runs, the same error with the remaining time.
    pub async fn credential(&self) -> Result<CachedCredential<L::Credential>> {
        Ok(CachedCredential::new(self.cache.get().await?))
    }

    /// Returns the time until which the client hands out this credential: [`Expiry::At`], by the local wall clock, or
    /// [`Expiry::Never`]. Returns `None` if it is no longer handed out.
    ///
    /// ```no_run
    /// # use auth_core::{Client, Credential, Login, Result};
    /// # async fn run(client: Client<impl Login>) -> Result<()> {
    /// let session = client.credential().await?;
    /// println!("until {:?}", client.expiry_of(&session));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It is up to a minute earlier than the provider's time, so that no request meets the end. For a credential of
    /// another process, it is the end of that process's login.
    #[must_use]
    pub fn expiry_of(&self, credential: &CachedCredential<L::Credential>) -> Option<Expiry> {
        self.cache.expiry_of(credential)
    }

    /// Calls `read` with the current credential without cloning its `Arc`, so threads do not contend for its reference
    /// count as they do with [`credential`](Self::credential).
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

    /// Adds the credential to the headers of a request. A fresh one takes no lock and, in a map with spare capacity, no
    /// allocation.
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

    /// Returns the headers that authenticate a request.
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

    /// Returns the current credential, if it has not expired. Never logs in and never waits.
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

    /// Reports that the provider answered 401 to this credential, for callers that send requests themselves.
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
    /// Returns true if the credential was invalidated: the next caller gets another. Returns false if it was already
    /// replaced, or if no login may be sent now: right after a login that a 401 forced, during a cooldown, or in a
    /// client that never logs in.
    ///
    /// Logins that a 401 forces are at least 10 s apart: see [`Client`]. The client does not see the answers to your
    /// requests, so a credential whose first 401 comes more than 10 s after its login counts as one that served a
    /// request. [`served`](Self::served) reports it exactly. Code that sends the request again uses
    /// [`should_replay`](Self::should_replay).
    ///
    /// A shared store is updated in the background, and then other processes no longer adopt the credential. A program
    /// that ends soon can wait for this with [`forget_everywhere`](Self::forget_everywhere).
    #[expect(clippy::must_use_candidate, reason = "most callers do not care whether it was the current one")]
    pub fn invalidate(&self, credential: &CachedCredential<L::Credential>) -> bool {
        self.cache.invalidate_unseen(credential)
    }

    /// Reports that the caller has ended this credential at the provider, by a logout or a new password. Returns true
    /// if it was the current one. It is then never handed out again.
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
    /// A shared store is updated in the background, or by the next login if there is no runtime. A program that ends
    /// soon can wait for this with [`forget_everywhere`](Self::forget_everywhere).
    #[expect(clippy::must_use_candidate, reason = "most callers do not care whether it was the current one")]
    pub fn forget(&self, credential: &CachedCredential<L::Credential>) -> bool {
        let discarded = self.cache.forget(credential);
        if discarded {
            self.cache.spawn_removal();
        }
        discarded
    }

    /// Forgets the credential, and waits until it is removed from the shared store, for at most the store's time-out.
    /// Then no other process adopts it.
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
    /// If the store fails, or this future is dropped early, the next login updates the store. Processes that already
    /// hold the credential keep it until they get a 401. Without a store this is the same as [`forget`](Self::forget).
    pub async fn forget_everywhere(&self, credential: &CachedCredential<L::Credential>) -> bool {
        let discarded = self.cache.forget(credential);
        if discarded {
            self.cache.remove_invalidated().await;
        }
        discarded
    }

    /// Ends a cooldown after its cause was fixed: the next caller may log in at once.
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

    /// Returns the counters of this client and its clones.
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

    /// Returns the base URL, with a trailing slash. All paths are below it.
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

    /// Returns the account, or `None` for a client that was created from a credential.
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

    /// Returns the label of this account in events, in their field `account`. See [`Options::label`], and
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

    /// Returns the connections without the credential, for posts such as logins: no `Authorization`, no redirects.
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
