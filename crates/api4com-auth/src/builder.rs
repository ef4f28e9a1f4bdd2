//! The builder of a client.

use std::time::Duration;

use auth_core::env::{self, Vars};
#[cfg(feature = "store")]
use auth_core::store::SharedStore;
use auth_core::url::Url;
use auth_core::{AccessToken, Error, ErrorKind, Options, Result, Secret};

use crate::account::Account;
use crate::client::Client;
use crate::session::Session;
use crate::ttl::Ttl;

/// Api4Com's only public address. `<tenant>.api4com.com` is the panel, not the API.
const BASE_URL: &str = "https://api.api4com.com/api/v1/";

/// A builder of a [`Client`], for an account or for a token.
///
/// It has no environment to choose, because Api4Com has no public sandbox.
///
/// ```
/// use api4com_auth::{Client, Ttl};
/// use std::time::Duration;
///
/// let client = Client::builder()
///     .email("maria@example.com")
///     .password("segredo")
///     .ttl(Ttl::days(1))
///     .options(|options| options.timeout(Duration::from_secs(10)))
///     .build()?;
/// # Ok::<(), api4com_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder has no effect until `build` or `account` is called"]
pub struct Builder {
    email: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    ttl: Option<Ttl>,
    base_url: Option<String>,
    options: Options,
    #[cfg(feature = "store")]
    shared_store: Option<SharedStore>,
}

impl Builder {
    /// Sets the e-mail address of the login.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo").build()?;
    /// assert_eq!(client.account().map(|account| account.email()), Some("maria@example.com"));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the password.
    ///
    /// It may be a value, or a [`Secret`] that is read from a file or by a function before each login.
    ///
    /// ```
    /// let builder = api4com_auth::Client::builder().email("maria@example.com").password("segredo");
    /// assert!(!format!("{builder:?}").contains("segredo"));
    /// ```
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets an existing token, instead of an email and a password. The client never logs in.
    ///
    /// The client uses the token until it expires. [`ttl`](Self::ttl) sets its lifetime; without one, the token never
    /// expires. A 401 reaches the caller. After expiry or a logout, every call fails with
    /// [`LoginRequired`](ErrorKind::LoginRequired).
    ///
    /// A [`Secret`] from a file or a function is read again before the token expires, and after a 401. Nothing is sent.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().token("rMExNa0RUY8s7aEyOe5kPUyVL1PujWbm").build()?;
    /// assert!(client.account().is_none() && client.cached().is_some());
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the lifetime that logins request. The default is Api4Com's, 14 days. The lifetime that Api4Com grants
    /// counts.
    ///
    /// With a [`token`](Self::token), this is the lifetime of that token from now on. By default it never expires.
    ///
    /// ```
    /// use api4com_auth::{Client, Ttl};
    ///
    /// let client = Client::builder().email("maria@example.com").password("segredo").ttl(Ttl::days(1)).build()?;
    /// assert_eq!(client.account().and_then(|account| account.ttl()), Some(Ttl::days(1)));
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    pub fn ttl(mut self, ttl: Ttl) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets the base URL, with or without a slash at its end, for example of a test server. The default is
    /// `https://api.api4com.com/api/v1/`.
    ///
    /// ```
    /// let builder = api4com_auth::Client::builder().base_url("https://proxy.example/api4com");
    /// let client = builder.email("maria@example.com").password("segredo").build()?;
    /// assert_eq!(client.base_url().as_str(), "https://proxy.example/api4com/");
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Adjusts the [`Options`]: time-outs, retries, proxy and others.
    ///
    /// ```
    /// use api4com_auth::auth_core::RetryPolicy;
    ///
    /// let builder = api4com_auth::Client::builder().options(|options| options.retry(RetryPolicy::idempotent(2)));
    /// ```
    pub fn options(mut self, adjust: impl FnOnce(Options) -> Options) -> Self {
        self.options = adjust(self.options);
        self
    }

    /// Shares the login with all processes that have this account, store and keys: see
    /// [`store`](auth_core::store). A client with a [`token`](Self::token) does not need a store.
    ///
    /// ```
    /// use api4com_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
    ///
    /// # let folder = std::env::temp_dir().join("api4com-docs");
    /// let key = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E="; // Yours: openssl rand -base64 32
    /// let store = SharedStore::new(FileStore::at(folder)?, KeyRing::new(&key)?);
    /// let client =
    ///     api4com_auth::Client::builder().email("maria@example.com").password("segredo").shared_store(store).build()?;
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    #[cfg(feature = "store")]
    pub fn shared_store(mut self, shared_store: SharedStore) -> Self {
        self.shared_store = Some(shared_store);
        self
    }

    /// Builds the client. It sends nothing yet, and needs no runtime.
    ///
    /// ```
    /// let client = api4com_auth::Client::builder().email("maria@example.com").password("segredo").build()?;
    /// assert!(client.cached().is_none(), "it has not logged in yet");
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the e-mail address or password is missing or blank, or is set together with a
    /// token; if the token cannot be sent in a header; or if the base URL cannot be used.
    pub fn build(self) -> Result<Client> {
        let Some(token) = &self.token else {
            let options = self.options.clone();
            #[cfg(feature = "store")]
            if let Some(store) = self.shared_store.clone() {
                return Ok(Client(auth_core::Client::shared(self.account()?, options, &store)?));
            }
            return Ok(Client(auth_core::Client::with_options(self.account()?, options)?));
        };
        if self.email.is_some() || self.password.is_some() {
            let message = "the builder has a token and an account; give one of them";
            return Err(Error::new(ErrorKind::Config, message));
        }
        let most = self.ttl.and_then(lifetime);
        let session = move |[token]: [&str; 1]| {
            let mut session = Session::given(AccessToken::raw(&env::token(token, "token")?)?);
            session.expiry = session.expiry.at_most(most);
            Ok(session)
        };
        let token = [token.clone()];
        Ok(Client(auth_core::Client::from_secrets(&self.place()?, token, session, self.options)?))
    }

    /// Builds only the account, for a set of [`Accounts`](crate::Accounts), which has its own options.
    ///
    /// ```
    /// let account = api4com_auth::Client::builder().email("maria@example.com").password("segredo").account()?;
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the e-mail address or password is missing or blank, if a token is set, which
    /// needs no login, or if the base URL cannot be used.
    pub fn account(self) -> Result<Account> {
        if self.token.is_some() {
            let message = "the builder has a token, which needs no login; give an email and a password";
            return Err(Error::new(ErrorKind::Config, message));
        }
        Ok(Account {
            base_url: self.place()?,
            email: env::given(self.email.as_deref(), "an email, or a token", "call `email`, or set API4COM_EMAIL")?
                .into(),
            password: Secret::given(
                self.password.as_ref(),
                "a password, or a token",
                "call `password`, or set API4COM_PASSWORD",
            )?,
            ttl: self.ttl,
        })
    }

    fn place(&self) -> Result<Url> {
        auth_core::base_url(self.base_url.as_deref().unwrap_or(BASE_URL))
    }

    /// Creates a builder from the environment variables of [`Client::from_env`]. A variable whose name ends with
    /// `_FILE` names a file that holds the value: see [`env`](mod@env).
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// let builder = api4com_auth::Builder::from_env()?;
    /// let client = builder.options(|options| options.timeout(Duration::from_secs(10))).build()?;
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if variables are missing, wrong or misspelt. The message names all of them.
    pub fn from_env() -> Result<Self> {
        Self::read(Vars::from_env("API4COM"))
    }

    /// Creates a builder from the same variables, read by `read` instead of from the environment.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([("API4COM_TOKEN", "o-token-do-painel")]);
    /// let builder = api4com_auth::Builder::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// let client = builder.base_url("http://127.0.0.1:4000").build()?;
    /// # Ok::<(), api4com_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env). No file is read, because `read` returns the values themselves.
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Self::read(Vars::new("API4COM", read))
    }

    fn read(mut vars: Vars<impl Fn(&str) -> Option<String>>) -> Result<Self> {
        let builder = Self {
            email: vars.get("EMAIL"),
            password: vars.secret("PASSWORD"),
            token: vars.secret("TOKEN"),
            base_url: vars.get("BASE_URL"),
            ..Self::default()
        };
        vars.either(&["TOKEN"], &["EMAIL", "PASSWORD"]);
        vars.finish()?;
        Ok(builder)
    }
}

fn lifetime(ttl: Ttl) -> Option<Duration> {
    ttl.as_seconds().map(|seconds| Duration::from_secs(seconds.get().into()))
}
