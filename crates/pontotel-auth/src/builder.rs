// Written by `cargo xtask codegen` from crates/pontotel-auth/openapi.json: change that, and run it again.
//! The builder of a client.

use auth_core::env::{self, Vars};
#[cfg(feature = "store")]
use auth_core::store::SharedStore;
use auth_core::url::Url;
use auth_core::{AccessToken, Error, ErrorKind, Options, Result, Secret};

use crate::account::Account;
use crate::client::Client;
use crate::environment::Environment;
use crate::session::Session;

/// A builder of a [`Client`], for an account or for a token.
///
/// ```
/// use pontotel_auth::{Client, Environment};
/// use std::time::Duration;
///
/// let client = Client::builder()
///     .username("maria")
///     .password("segredo")
///     .environment(Environment::Sandbox)
///     .options(|options| options.timeout(Duration::from_secs(10)))
///     .build()?;
/// # Ok::<(), pontotel_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder has no effect until `build` or `account` is called"]
pub struct Builder {
    username: Option<String>,
    password: Option<Secret>,
    token: Option<Secret>,
    environment: Environment,
    base_url: Option<String>,
    options: Options,
    #[cfg(feature = "store")]
    shared_store: Option<SharedStore>,
}

impl Builder {
    /// Sets the user name that Pontotel gave you.
    ///
    /// ```
    /// let client = pontotel_auth::Client::builder().username("maria").password("segredo").build()?;
    /// let account = client.account().expect("the client logs in");
    /// assert_eq!(account.username(), "maria");
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the password.
    ///
    /// It may be a value, or a [`Secret`] that is read from a file or by a function before each login.
    ///
    /// ```
    /// let builder = pontotel_auth::Client::builder().username("maria").password("segredo");
    /// assert!(!format!("{builder:?}").contains("segredo"));
    /// ```
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets an existing token, instead of a user name and a password. The client never logs in.
    ///
    /// The client uses the token until it expires. Only the expiry of a JWT is known, from its `exp` and the local clock.
    /// A 401 reaches the caller. After expiry, every call fails with [`LoginRequired`](ErrorKind::LoginRequired). The same
    /// holds for a JWT that has already expired.
    ///
    /// A [`Secret`] from a file or a function is read again before the token expires, and after a 401. Nothing is sent.
    ///
    /// ```
    /// let client = pontotel_auth::Client::builder().token("o-token-que-ja-existe").build()?;
    /// assert!(client.account().is_none() && client.cached().is_some());
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the environment. The default is [`Production`](Environment::Production), so that a missing setting never
    /// sends real work to [`Sandbox`](Environment::Sandbox).
    ///
    /// ```
    /// use pontotel_auth::{Client, Environment};
    ///
    /// let builder = Client::builder().username("maria").password("segredo");
    /// let client = builder.environment(Environment::Sandbox).build()?;
    /// assert_eq!(client.base_url().host_str(), Some("sandbox-apis.pontotel.com.br"));
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Sets the base URL, with or without a slash at its end. The default is the environment's.
    ///
    /// ```
    /// let builder = pontotel_auth::Client::builder().base_url("https://proxy.example/pontotel");
    /// let client = builder.username("maria").password("segredo").build()?;
    /// assert_eq!(client.base_url().as_str(), "https://proxy.example/pontotel/");
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Adjusts the [`Options`]: time-outs, retries, proxy and others.
    ///
    /// ```
    /// use pontotel_auth::auth_core::RetryPolicy;
    ///
    /// let builder = pontotel_auth::Client::builder().options(|options| options.retry(RetryPolicy::idempotent(2)));
    /// ```
    pub fn options(mut self, adjust: impl FnOnce(Options) -> Options) -> Self {
        self.options = adjust(self.options);
        self
    }

    /// Shares the login with all processes that have this account, store and keys: see
    /// [`store`](auth_core::store). A client with a [`token`](Self::token) does not need a store.
    ///
    /// ```
    /// use pontotel_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
    ///
    /// # let folder = std::env::temp_dir().join("pontotel-docs");
    /// let key = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E="; // Yours: openssl rand -base64 32
    /// let store = SharedStore::new(FileStore::at(folder)?, KeyRing::new(&key)?);
    /// let client = pontotel_auth::Client::builder().username("maria").password("segredo").shared_store(store).build()?;
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    #[cfg(feature = "store")]
    pub fn shared_store(mut self, shared_store: SharedStore) -> Self {
        self.shared_store = Some(shared_store);
        self
    }

    /// Builds the client. It sends nothing yet, and needs no runtime.
    ///
    /// ```
    /// let client = pontotel_auth::Client::builder().username("maria").password("segredo").build()?;
    /// assert!(client.cached().is_none(), "it has not logged in yet");
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Without a token, as for [`account`](Self::account). [`Config`](ErrorKind::Config) if a token cannot be sent in a
    /// header, or is set together with an account.
    pub fn build(self) -> Result<Client> {
        let options = self.options.clone();
        if let Some(token) = &self.token {
            if self.username.is_some() || self.password.is_some() {
                let message = "the builder has a token and an account; give one of them";
                return Err(Error::new(ErrorKind::Config, message));
            }
            let session = |[token]: [&str; 1]| Ok(Session::given(AccessToken::bearer(&env::token(token, "token")?)?));
            let token = [token.clone()];
            return Ok(Client(auth_core::Client::from_secrets(&self.place()?, token, session, options)?));
        }
        #[cfg(feature = "store")]
        if let Some(store) = self.shared_store.clone() {
            return Ok(Client(auth_core::Client::shared(self.account()?, options, &store)?));
        }
        Ok(Client(auth_core::Client::with_options(self.account()?, options)?))
    }

    /// Builds only the account, for a set of [`Accounts`](crate::Accounts), which has its own options.
    ///
    /// ```
    /// let account = pontotel_auth::Client::builder().username("maria").password("segredo").account()?;
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config) if the user name or password is missing or blank, if a token is set,
    /// which needs no login, or if the base URL cannot be used.
    pub fn account(self) -> Result<Account> {
        if self.token.is_some() {
            let message = "the builder has a token, which needs no login; give a user name and a password";
            return Err(Error::new(ErrorKind::Config, message));
        }
        let base_url = self.place()?;
        let username = env::given(
            self.username.as_deref(),
            "a user name, or a token",
            "call `username`, or set PONTOTEL_USERNAME",
        )?;
        let password = Secret::given(
            self.password.as_ref(),
            "a password, or a token",
            "call `password`, or set PONTOTEL_PASSWORD",
        )?;
        Ok(Account { base_url, username: username.into(), password })
    }

    fn place(&self) -> Result<Url> {
        let base_url = self.base_url.as_deref().unwrap_or(self.environment.base_url());
        auth_core::base_url(base_url)
    }

    /// Creates a builder from the environment variables of [`Client::from_env`]. A variable whose name ends with `_FILE`
    /// names a file that holds the value: see [`env`](mod@env).
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// let builder = pontotel_auth::Builder::from_env()?;
    /// let client = builder.options(|options| options.timeout(Duration::from_secs(10))).build()?;
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](auth_core::ErrorKind::Config), with their names, if variables are missing, wrong or misspelt.
    pub fn from_env() -> Result<Self> {
        Self::read(Vars::from_env("PONTOTEL"))
    }

    /// Creates a builder from the same variables, read by `read` instead of from the environment.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([("PONTOTEL_USERNAME", "maria"), ("PONTOTEL_PASSWORD", "segredo")]);
    /// let builder = pontotel_auth::Builder::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// let client = builder.base_url("http://127.0.0.1:4000").build()?;
    /// # Ok::<(), pontotel_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env). No file is read, because `read` returns the values themselves.
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Self::read(Vars::new("PONTOTEL", read))
    }

    fn read(mut vars: Vars<impl Fn(&str) -> Option<String>>) -> Result<Self> {
        let environments = [("production", Environment::Production), ("sandbox", Environment::Sandbox)];
        let builder = Self {
            username: vars.get("USERNAME"),
            password: vars.secret("PASSWORD"),
            token: vars.secret("TOKEN"),
            environment: vars.choice("ENVIRONMENT", &environments).unwrap_or_default(),
            base_url: vars.get("BASE_URL"),
            options: Options::default(),
            #[cfg(feature = "store")]
            shared_store: None,
        };
        vars.either(&["TOKEN"], &["USERNAME", "PASSWORD"]);
        vars.finish()?;
        Ok(builder)
    }
}
