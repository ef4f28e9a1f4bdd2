//! A minimal HTTP client for logins, with safe defaults.

mod base_url;
mod connections;
mod error_body;
mod failure;
mod json;
mod login_request;
pub(crate) mod login_response;
pub(crate) mod own;
pub(crate) mod read;
pub(crate) mod retry_after;
mod runtimes;
pub(crate) mod secret_body;

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use http::Method;
use serde::Serialize;
use url::Url;

pub use self::base_url::base_url;
pub(crate) use self::base_url::{BaseUrl, cut, set_parameter, shown, shown_path};
pub(crate) use self::connections::Pool;
pub(crate) use self::error_body::ErrorBody;
pub(crate) use self::failure::{broke_off, causes, late, needs_runtime};
pub(crate) use self::json::{parse, reason};
pub use self::login_request::LoginRequest;
pub use self::login_response::LoginResponse;
pub(crate) use self::retry_after::header as retry_after;
use crate::accounts::common::Common;
use crate::contract::{Drift, Expected};
use crate::error::Result;
use crate::label::Label;
use crate::options::Options;
use crate::quota::Observed;

/// The HTTP client of [`Login::login`](crate::Login::login): sends JSON, forms and `GET`s below the base URL.
///
/// It follows no redirects, adds no credential, and reads at most 1 MiB. It wipes its copies of what it sent and read
/// from memory. A request takes at most [`Options::login_timeout`]. Use it also for operations without a credential,
/// such as a forgotten password.
///
/// ```no_run
/// # async fn run() -> auth_core::Result<()> {
/// use auth_core::{Http, Options};
///
/// let base_url = url::Url::parse("https://sandbox.api.xigsapi.com").expect("a URL");
/// let http = Http::new(&base_url, &Options::default())?;
/// http.post_json("v1/auth/forgot-password", &serde_json::json!({"email": "maria@example.com"})).await?.error_for_status()?;
/// # Ok(())
/// # }
/// ```
pub struct Http {
    pool: Arc<Pool>,
    /// The connections of logins, if they go to another base URL.
    logins: Option<Arc<Pool>>,
    label: Label,
    /// The memory of watched logins, from the first of them.
    drift: ArcSwapOption<Drift>,
    /// The state of the quota in the last response to a login that goes to the base URL.
    heard: Option<Arc<Mutex<Option<Observed>>>>,
}

impl Http {
    /// Creates an HTTP client for a base URL, whose path is kept.
    ///
    /// ```
    /// use auth_core::{ErrorKind, Http, Options, base_url};
    ///
    /// let options = Options::default();
    /// assert!(Http::new(&base_url("https://api.sopague.example")?, &options).is_ok());
    /// let plain = Http::new(&base_url("http://api.sopague.example")?, &options).unwrap_err();
    /// assert_eq!(plain.kind(), ErrorKind::Config);
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) if the URL is not `https` (or on loopback), or contains a query or secrets.
    pub fn new(base_url: &Url, options: &Options) -> Result<Self> {
        Self::with(base_url, options.clone())
    }

    pub(crate) fn with(base_url: &Url, options: Options) -> Result<Self> {
        let label = options.label.clone().unwrap_or_else(Label::unique);
        Ok(Self {
            pool: Arc::new(Pool::new(base_url, options, None)?),
            logins: None,
            label,
            drift: ArcSwapOption::empty(),
            heard: None,
        })
    }

    /// Creates one for the accounts of a set at this base URL.
    pub(crate) fn of_set(base_url: &Url, options: &Options, common: &Arc<Common>) -> Result<Self> {
        let pool = Pool::new(base_url, options.clone(), Some(Arc::clone(common)))?;
        Ok(Self {
            pool: Arc::new(pool),
            logins: None,
            label: Label::unique(),
            drift: ArcSwapOption::empty(),
            heard: None,
        })
    }

    /// Creates one for an account, which may log in at another base URL.
    pub(crate) fn for_account(base_url: &Url, login_base_url: &Url, options: Options) -> Result<Self> {
        let http = Self::with(base_url, options)?;
        if http.is_for(login_base_url) {
            return Ok(http);
        }
        let logins = Self::with(login_base_url, http.pool.options.clone())?;
        Ok(http.with_logins(logins))
    }

    /// Sends the logins with the connections of `logins`.
    pub(crate) fn with_logins(self, logins: Self) -> Self {
        Self { logins: Some(logins.pool), ..self }
    }

    /// Returns the client that sends one login of this account.
    pub(crate) fn of_login(&self) -> OfLogin<'_> {
        let pool = self.logins.as_ref().unwrap_or(&self.pool);
        // Clones of the login's client share the memory.
        let drift = ArcSwapOption::new(Some(self.drift.load_full().unwrap_or_default()));
        // Another host has limits of its own.
        let heard = self.logins.is_none().then(Arc::default);
        let http = Self { pool: Arc::clone(pool), logins: None, label: self.label.clone(), drift, heard };
        OfLogin { http, account: self }
    }

    /// Returns the state of the quota in the last response to a login, once.
    pub(crate) fn heard(&self) -> Option<Observed> {
        self.heard.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the base URL, with a trailing slash. All paths are below it.
    ///
    /// ```
    /// use auth_core::{Http, Options, base_url};
    ///
    /// let http = Http::new(&base_url("https://apis.pontotel.com.br/pontotel/api/v4")?, &Options::default())?;
    /// assert_eq!(http.base_url().path(), "/pontotel/api/v4/");
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn base_url(&self) -> &Url {
        self.pool.base.as_url()
    }

    /// Starts a `GET` of a path relative to the base URL.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let answer = http.get("v1/status").send().await?.error_for_request_status()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, path: &str) -> LoginRequest<'_> {
        self.request(Method::GET, path)
    }

    /// Starts a `POST`.
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let form = [("usuario", "maria"), ("senha", "segredo")];
    /// let answer = http.post("login").form(&form).send().await?.error_for_status()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn post(&self, path: &str) -> LoginRequest<'_> {
        self.request(Method::POST, path)
    }

    /// Starts a request of any method. An invalid path is returned as an error by [`send`](LoginRequest::send).
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// use auth_core::http::Method;
    ///
    /// let answer = http.request(Method::DELETE, "sessions/7").send().await?.error_for_request_status()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: &str) -> LoginRequest<'_> {
        LoginRequest::new(&self.pool, self.heard.as_deref(), method, path)
    }

    /// Posts a JSON body: short for [`post`](Self::post), [`json`](LoginRequest::json) and
    /// [`send`](LoginRequest::send).
    ///
    /// ```no_run
    /// # async fn run(http: &auth_core::Http) -> auth_core::Result<()> {
    /// let account = serde_json::json!({"username": "maria", "password": "segredo"});
    /// let answer = http.post_json("login/", &account).await?;
    /// println!("HTTP {}", answer.status());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`LoginRequest::send`].
    pub async fn post_json<B: Serialize + Sync + ?Sized>(&self, path: &str, body: &B) -> Result<LoginResponse> {
        self.post(path).json(body).send().await
    }

    /// Holds the response to a login against the provider's document, and warns of each departure with an event
    /// `auth.login_departs`, once a day for each fact and account. The event names the fact and contains no value.
    ///
    /// Departures are members and headers that vanished or changed their type, a lifetime that is shorter than the
    /// document or an earlier login states, and a token of another form or scheme. Additional members are none, and
    /// whatever the document allows.
    ///
    /// ```
    /// use auth_core::{Contract, Http, LoginResponse, Result};
    ///
    /// static CONTRACT: Contract = Contract::new(r#"{"openapi": "3.1.0", "paths": {}}"#);
    ///
    /// async fn log_in(http: &Http, account: &serde_json::Value) -> Result<LoginResponse> {
    ///     let answer = http.post_json("login/", account).await?.error_for_status()?;
    ///     http.watch(CONTRACT.login("login/"), &answer);
    ///     Ok(answer)
    /// }
    /// ```
    ///
    /// It takes microseconds, except that the first call for a `Contract` reads the document. Call it with a response
    /// that the login accepts, because the error of any other one says what is wrong. A document that is not JSON, or
    /// has no such path, is ignored.
    pub fn watch(&self, expected: Expected<'_>, answer: &LoginResponse) {
        let drift = self.drift();
        drift.watch(expected, answer, self.pool.clock.now(), (&self.label, self.host()));
    }

    /// Returns the memory of watched logins, and creates it for the first.
    fn drift(&self) -> Arc<Drift> {
        if let Some(drift) = self.drift.load_full() {
            return drift;
        }
        let first = Arc::default();
        let earlier = self.drift.compare_and_swap(std::ptr::null(), Some(Arc::clone(&first)));
        earlier.as_ref().map_or(first, Arc::clone)
    }

    /// Creates an HTTP client that returns this response to each login and sends nothing.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn answering(
        base_url: &Url,
        status: http::StatusCode,
        headers: http::HeaderMap,
        body: Vec<u8>,
    ) -> Result<Self> {
        let mut pool = Pool::new(base_url, Options::default(), None)?;
        pool.canned = Some((status, headers, body));
        Ok(Self {
            pool: Arc::new(pool),
            logins: None,
            label: Label::unique(),
            drift: ArcSwapOption::empty(),
            heard: None,
        })
    }

    /// Returns the same connections for the account with this label.
    pub(crate) fn labelled(&self, label: Label) -> Self {
        Self { label, drift: ArcSwapOption::empty(), ..self.clone() }
    }

    /// Returns the label of this account in events.
    pub(crate) fn label(&self) -> &Label {
        &self.label
    }

    pub(crate) fn is_for(&self, base_url: &Url) -> bool {
        self.pool.base.is(base_url)
    }

    /// Returns true if other clones exist.
    pub(crate) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.pool) > 1
    }

    pub(crate) fn host(&self) -> &str {
        self.pool.base.host()
    }

    /// Returns the host that logins are sent to.
    pub(crate) fn login_host(&self) -> &str {
        self.logins.as_ref().unwrap_or(&self.pool).base.host()
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }
}

/// The client of one login. When it is dropped, its account keeps the memory of the login, if it was watched.
pub(crate) struct OfLogin<'a> {
    http: Http,
    account: &'a Http,
}

impl Deref for OfLogin<'_> {
    type Target = Http;

    fn deref(&self) -> &Http {
        &self.http
    }
}

impl Drop for OfLogin<'_> {
    fn drop(&mut self) {
        let drift = self.http.drift.load_full().filter(|drift| !drift.is_empty());
        self.account.drift.compare_and_swap(std::ptr::null(), drift);
    }
}

impl Clone for Http {
    fn clone(&self) -> Self {
        let Self { pool, logins, label, drift, heard } = self;
        Self {
            pool: Arc::clone(pool),
            logins: logins.clone(),
            label: label.clone(),
            drift: ArcSwapOption::new(drift.load_full()),
            heard: heard.clone(),
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("base_url", &self.pool.base.as_url().as_str()).finish_non_exhaustive()
    }
}
