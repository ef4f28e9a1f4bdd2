//! The options of a client, each default with its reason.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::ClientBuilder;

use crate::label::Label;

type Configure = Arc<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// The options of a client. The defaults suit a service; each says why it is what it is.
///
/// ```
/// use auth_core::{Options, RetryPolicy};
/// use std::time::Duration;
///
/// let options = Options::default()
///     .timeout(Duration::from_secs(10))
///     .retry(RetryPolicy::idempotent(2))
///     .configure(|client| client.user_agent("folha-de-ponto/2.1"));
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) login_timeout: Duration,
    pub(crate) login_attempts: u32,
    pub(crate) renew_before: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) plain_http: bool,
    pub(crate) label: Option<Label>,
    configure: Option<Configure>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            login_timeout: Duration::from_secs(10),
            login_attempts: 3,
            renew_before: None,
            retry: RetryPolicy::default(),
            plain_http: false,
            label: None,
            configure: None,
        }
    }
}

impl Options {
    /// The longest that one sending of a request may take, from connecting to the last byte of the answer's body, with the
    /// body that is sent and redirects. 30 s by default: longer than these APIs take, shorter than what people wait for, too
    /// short for a large upload. A login before it, and a second sending after a 401, have times of their own.
    /// [`Request::timeout`](crate::Request::timeout) overrides it.
    ///
    /// ```
    /// # use auth_core::Options;
    /// use std::time::Duration;
    ///
    /// let options = Options::default().timeout(Duration::from_secs(60)); // Reports are slow.
    /// # assert!(format!("{options:?}").contains("{ timeout: 60s"));
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The longest that connecting may take, for logins too. 5 s by default: a reachable host in Brazil answers
    /// within 1 s from anywhere.
    ///
    /// ```
    /// # use auth_core::Options;
    /// # use std::time::Duration;
    /// let options = Options::default().connect_timeout(Duration::from_secs(2));
    /// # assert!(format!("{options:?}").contains("connect_timeout: 2s"));
    /// ```
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The longest that one login attempt may take, and any post of [`Http`](crate::Http). 10 s by default: password checks
    /// are slow on purpose, and two slow attempts leave room for a third in the 28 s after which a login is given up.
    ///
    /// ```
    /// # use auth_core::{ErrorKind, Http, Options};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let silent = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let base_url = auth_core::base_url(&format!("http://{}", silent.local_addr()?))?;
    /// let options = Options::default().login_timeout(Duration::from_millis(50));
    /// let http = Http::new(&base_url, &options)?;
    /// let error = http.post_json("login", &serde_json::json!({})).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unavailable);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn login_timeout(mut self, timeout: Duration) -> Self {
        self.login_timeout = timeout;
        self
    }

    /// Sets the number of attempts of one login, at least one. The default is 3, with at most 250 ms and 500 ms between
    /// them: enough for a restarting server. Only connection errors, time-outs, 5xx and unexpected answers are tried
    /// again; a refusal never is, because accounts lock.
    ///
    /// ```
    /// # use auth_core::Options;
    /// let options = Options::default().login_attempts(1); // A person is waiting.
    /// # assert!(format!("{options:?}").contains("login_attempts: 1"));
    /// ```
    #[must_use]
    pub fn login_attempts(mut self, attempts: u32) -> Self {
        self.login_attempts = attempts.max(1);
        self
    }

    /// Sets how long before its end a credential is renewed. The default is an eighth of its lifetime, at most a day:
    /// early enough for several attempts, late enough to cost few logins. At most 7/16 of the lifetime, so that a
    /// short-lived credential is not renewed all the time.
    ///
    /// ```
    /// # use auth_core::Options;
    /// # use std::time::Duration;
    /// let options = Options::default().renew_before(Duration::from_secs(5 * 60));
    /// # assert!(format!("{options:?}").contains("renew_before: Some(300s)"));
    /// ```
    #[must_use]
    pub fn renew_before(mut self, renew_before: Duration) -> Self {
        self.renew_before = Some(renew_before);
        self
    }

    /// Sets when a request is sent again after something other than a 401. The default is never: only the caller knows
    /// whether a second payment is a second payment.
    ///
    /// ```
    /// use auth_core::{Options, RetryPolicy};
    ///
    /// let options = Options::default().retry(RetryPolicy::idempotent(3));
    /// # assert!(format!("{options:?}").contains("retries: 3"));
    /// ```
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Adjusts the HTTP client: a proxy, certificates, a user agent.
    ///
    /// ```
    /// use auth_core::{Options, reqwest::Proxy};
    ///
    /// let proxy = Proxy::all("http://proxy.empresa.example:3128")?;
    /// let options = Options::default().configure(move |client| client.proxy(proxy.clone()));
    /// # let base_url = auth_core::base_url("https://apis.pontotel.com.br")?;
    /// # auth_core::Http::new(&base_url, &options)?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// One client carries logins and requests. Redirects and time-outs are set after this and win; logins and signed requests
    /// ask for no compression. Default headers go to logins too, and are not checked: put no `Authorization`, `Host` or header of
    /// a connection there. Called again, it adjusts what
    /// the earlier calls made.
    #[must_use]
    pub fn configure(mut self, configure: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static) -> Self {
        let earlier = self.configure.take();
        self.configure = Some(Arc::new(move |builder| {
            configure(match &earlier {
                Some(earlier) => earlier(builder),
                None => builder,
            })
        }));
        self
    }

    /// Allows a base URL with `http` that is not on loopback: passwords and tokens then cross the network in the
    /// clear. For a proxy beside the service that adds the encryption.
    ///
    /// ```
    /// use auth_core::{Http, Options, base_url};
    ///
    /// let sidecar = base_url("http://proxy-tls.interno.example/api")?;
    /// assert!(Http::new(&sidecar, &Options::default()).is_err());
    /// assert!(Http::new(&sidecar, &Options::default().dangerous_plain_http()).is_ok());
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn dangerous_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Names the account in events and in the span `auth.login`, as their field `account`. By default that is twelve hexadecimal
    /// digits, which differ for each client and with each start of the process.
    ///
    /// ```
    /// use auth_core::{Client, Options};
    ///
    /// # fn run(account: impl auth_core::Login) -> auth_core::Result<()> {
    /// let client = Client::with_options(account, Options::default().label("loja-17"))?;
    /// assert_eq!(client.label(), "loja-17");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It is shown as it is given, on one line; of more than 64 characters the two ends are kept. Give no secret. The accounts of a
    /// set have labels of their own: see [`Accounts::labels`](crate::Accounts::labels).
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.label = Label::given(label);
        self
    }

    /// For many accounts: one label for all would tell none of them apart.
    pub(crate) fn unlabelled(self) -> Self {
        Self { label: None, ..self }
    }

    pub(crate) fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        match &self.configure {
            Some(configure) => configure(builder),
            None => builder,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("login_timeout", &self.login_timeout)
            .field("login_attempts", &self.login_attempts)
            .field("renew_before", &self.renew_before)
            .field("retry", &self.retry)
            .field("plain_http", &self.plain_http)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// The policy for sending a request again after a failure that is not a 401.
///
/// ```
/// use auth_core::RetryPolicy;
///
/// assert_eq!(RetryPolicy::default(), RetryPolicy::none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) retries: u32,
}

impl RetryPolicy {
    /// Never.
    ///
    /// ```
    /// # use auth_core::RetryPolicy;
    /// assert_eq!(RetryPolicy::none(), RetryPolicy::idempotent(0));
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Up to `retries` times for `GET`, `HEAD`, `OPTIONS`, `PUT` and `DELETE` with a body that can be sent again, after
    /// a failed connection, one that broke before the answer's head was there, a time-out, 500, 502, 503 or 504, with a growing
    /// random pause of at most 2 s, or the `Retry-After` if that is longer. One of more than 2 s reaches the caller
    /// instead, as does every 429. The first retry after a broken connection has no pause: servers close idle ones all the time.
    ///
    /// An answer that breaks off in its body is an error of its reading, and not repeated. A `POST` or `PATCH` never
    /// is.
    ///
    /// ```
    /// use auth_core::{Options, RetryPolicy};
    ///
    /// let policy = RetryPolicy::idempotent(2);
    /// assert_ne!(policy, RetryPolicy::none());
    /// let options = Options::default().retry(policy);
    /// ```
    #[must_use]
    pub fn idempotent(retries: u32) -> Self {
        Self { retries }
    }
}
