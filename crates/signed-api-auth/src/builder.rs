//! The builder of a client.

use std::time::Duration;

use auth_core::env::{self, Vars};
#[cfg(feature = "store")]
use auth_core::store::SharedStore;
use auth_core::url::Url;
use auth_core::{AccessToken, Error, ErrorKind, Options, Result, Secret};

use crate::account::Account;
use crate::client::Client;
use crate::environment::Environment;
use crate::session::Session;

/// The provider's page for beginners says "Refresh only when expired". Five minutes is late, and leaves time for
/// several attempts.
const LEAD: Duration = Duration::from_secs(5 * 60);

/// Builds a [`Client`] for an account or for a pair of tokens, or a [`Panel`](crate::Panel).
///
/// ```
/// use signed_api_auth::Client;
/// use std::time::Duration;
///
/// let client = Client::builder()
///     .api_key("segredo")
///     .base_url("https://api.example.com")
///     .options(|options| options.timeout(Duration::from_secs(10)))
///     .build()?;
/// # Ok::<(), signed_api_auth::auth_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder has no effect until `build`, `account` or `panel` is called"]
pub struct Builder {
    api_key: Option<Secret>,
    token: Option<Secret>,
    signature_token: Option<Secret>,
    environment: Environment,
    base_url: Option<String>,
    pub(crate) options: Options,
    #[cfg(feature = "store")]
    shared_store: Option<SharedStore>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            api_key: None,
            token: None,
            signature_token: None,
            environment: Environment::default(),
            base_url: None,
            options: Options::default().renew_before(LEAD),
            #[cfg(feature = "store")]
            shared_store: None,
        }
    }
}

impl Builder {
    /// Sets the API key that the provider gave you. A [`panel`](Self::panel) needs none.
    ///
    /// It may be a value, or a [`Secret`] that is read from a file or by a function before each login.
    ///
    /// ```
    /// let builder = signed_api_auth::Client::builder().api_key("segredo");
    /// assert!(!format!("{builder:?}").contains("segredo"));
    /// ```
    pub fn api_key(mut self, api_key: impl Into<Secret>) -> Self {
        self.api_key = Some(api_key.into());
        self
    }

    /// Sets an existing access token instead of an API key. It needs the [`signature_token`](Self::signature_token)
    /// that belongs to it. The client never logs in.
    ///
    /// The client uses the pair until its expiry, which it knows only for a JWT: its `exp` by the local clock. The
    /// caller receives a 401. After the expiry, even if the JWT had expired before, every call fails with
    /// [`LoginRequired`](ErrorKind::LoginRequired).
    ///
    /// A [`Secret`] from a file or a function is read again before the token expires, and after a 401. Nothing is sent.
    ///
    /// ```
    /// let builder = signed_api_auth::Client::builder().token("o-token-que-ja-existe").signature_token("a1b2c3d4e5f6");
    /// let client = builder.base_url("https://api.example.com").build()?;
    /// assert!(client.account().is_none() && client.cached().is_some());
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets the token that signs bodies. It came with the [`token`](Self::token) and belongs to no other.
    ///
    /// ```
    /// let builder = signed_api_auth::Client::builder().signature_token("a1b2c3d4e5f6");
    /// assert!(!format!("{builder:?}").contains("a1b2c3d4e5f6"));
    /// ```
    pub fn signature_token(mut self, signature_token: impl Into<Secret>) -> Self {
        self.signature_token = Some(signature_token.into());
        self
    }

    /// Sets the environment. The default is production, which requires a [`base_url`](Self::base_url), so that a
    /// forgotten setting never sends real work to a sandbox.
    ///
    /// ```
    /// use signed_api_auth::{Client, Environment};
    ///
    /// let client = Client::builder().api_key("segredo").environment(Environment::Sandbox).build()?;
    /// assert_eq!(client.base_url().as_str(), "https://sandbox.api.xigsapi.com/");
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Sets the address that the provider gave you, without the `v1`. A slash at its end is optional.
    ///
    /// ```
    /// let client = signed_api_auth::Client::builder().api_key("segredo").base_url("https://api.example.com").build()?;
    /// assert_eq!(client.base_url().as_str(), "https://api.example.com/");
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Adjusts time-outs, retries, the proxy and other [`Options`]. This client renews a credential 5 minutes before
    /// its expiry, because the provider asks to renew late.
    ///
    /// ```
    /// use signed_api_auth::auth_core::RetryPolicy;
    ///
    /// let builder = signed_api_auth::Client::builder().options(|options| options.retry(RetryPolicy::idempotent(2)));
    /// ```
    pub fn options(mut self, adjust: impl FnOnce(Options) -> Options) -> Self {
        self.options = adjust(self.options);
        self
    }

    /// Shares the login with all processes that have this account, store and keys: see [`store`](auth_core::store). A
    /// given [`token`](Self::token) needs no store.
    ///
    /// ```
    /// use signed_api_auth::auth_core::store::{FileStore, KeyRing, SharedStore};
    ///
    /// # let folder = std::env::temp_dir().join("signed-api-docs");
    /// let key = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E="; // Yours: openssl rand -base64 32
    /// let store = SharedStore::new(FileStore::at(folder)?, KeyRing::new(&key)?);
    /// let client = signed_api_auth::Client::builder().api_key("segredo").base_url("https://api.example.com").shared_store(store).build()?;
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    #[cfg(feature = "store")]
    pub fn shared_store(mut self, shared_store: SharedStore) -> Self {
        self.shared_store = Some(shared_store);
        self
    }

    /// Builds the client. Nothing is sent yet, and no runtime is needed.
    ///
    /// ```
    /// let client = signed_api_auth::Client::builder().api_key("segredo").base_url("https://api.example.com").build()?;
    /// assert!(client.cached().is_none(), "it has not logged in yet");
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Without tokens, as for [`account`](Self::account). [`Config`](ErrorKind::Config) if one token of a pair is
    /// missing or no header can carry it, or if there is an API key too.
    pub fn build(self) -> Result<Client> {
        let options = self.options.clone();
        if let Some(tokens) = self.tokens()? {
            let session = |[token, signature_token]: [&str; 2]| {
                let token = AccessToken::bearer(&env::token(token, "token")?)?;
                Ok(Session::given(token, env::token(signature_token, "signature token")?))
            };
            return Ok(Client(auth_core::Client::from_secrets(&self.place()?, tokens, session, options)?));
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
    /// let account = signed_api_auth::Client::builder().api_key("segredo").base_url("https://api.example.com").account()?;
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the API key is missing or blank, if there is a token, which needs no login, or
    /// if the base URL is missing or invalid.
    pub fn account(self) -> Result<Account> {
        if self.token.is_some() || self.signature_token.is_some() {
            let message = "the builder has a token, which needs no login; give an API key";
            return Err(Error::new(ErrorKind::Config, message));
        }
        let base_url = self.place()?;
        let remedy = "call `api_key`, or set SIGNED_API_KEY";
        let api_key = Secret::given(self.api_key.as_ref(), "an API key, or a token", remedy)?;
        Ok(Account { base_url, api_key })
    }

    /// Returns the given pair of tokens, if there is one.
    fn tokens(&self) -> Result<Option<[Secret; 2]>> {
        let refuse = |message| Err(Error::new(ErrorKind::Config, message));
        match (&self.token, &self.signature_token) {
            (None, None) => Ok(None),
            _ if self.api_key.is_some() => refuse("the builder has a token and an account; give one of them"),
            (Some(_), None) => refuse(
                "the builder has a token, and lacks its signature token: call `signature_token`, or set \
                 SIGNED_API_SIGNATURE_TOKEN",
            ),
            (None, Some(_)) => {
                refuse("the builder has a signature token, and lacks its token: call `token`, or set SIGNED_API_TOKEN")
            }
            (Some(token), Some(signature_token)) => Ok(Some([token.clone(), signature_token.clone()])),
        }
    }

    /// Returns the base URL, which is given or the environment's.
    pub(crate) fn place(&self) -> Result<Url> {
        let base_url = self.base_url.as_deref().or(self.environment.base_url());
        let remedy =
            "the provider tells production's, only the sandbox's is known; call `base_url`, or set SIGNED_API_BASE_URL";
        auth_core::base_url(env::given(base_url, "a base URL", remedy)?)
    }

    /// Creates a builder from the variables of [`Client::from_env`]. A variable with `_FILE` at its end names a file
    /// that holds the value: see [`env`](mod@env).
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// let builder = signed_api_auth::Builder::from_env()?;
    /// let client = builder.options(|options| options.timeout(Duration::from_secs(10))).build()?;
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) with the names of all variables that are missing, wrong or misspelt.
    pub fn from_env() -> Result<Self> {
        Self::read(Vars::from_env("SIGNED_API"))
    }

    /// Creates a builder from variables of another source, with the same names.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// let vars = HashMap::from([("SIGNED_API_KEY", "a-chave-secreta-do-integrador"), ("SIGNED_API_ENVIRONMENT", "sandbox")]);
    /// let builder = signed_api_auth::Builder::from_vars(|name| vars.get(name).map(|value| value.to_string()))?;
    /// let client = builder.base_url("http://127.0.0.1:4000").build()?;
    /// # Ok::<(), signed_api_auth::auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env). No file is read, because `read` returns the values themselves.
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Result<Self> {
        Self::read(Vars::new("SIGNED_API", read))
    }

    fn read(mut vars: Vars<impl Fn(&str) -> Option<String>>) -> Result<Self> {
        let environments = [("production", Environment::Production), ("sandbox", Environment::Sandbox)];
        let api_key = vars.secret("KEY");
        let token = vars.secret("TOKEN");
        let signature_token = vars.secret("SIGNATURE_TOKEN");
        let environment = vars.choice("ENVIRONMENT", &environments).unwrap_or_default();
        let base_url = match environment.base_url() {
            Some(_public) => vars.get("BASE_URL"),
            None => vars.require("BASE_URL"),
        };
        vars.either(&["TOKEN", "SIGNATURE_TOKEN"], &["KEY"]);
        vars.finish()?;
        Ok(Self { api_key, token, signature_token, environment, base_url, ..Self::default() })
    }
}
