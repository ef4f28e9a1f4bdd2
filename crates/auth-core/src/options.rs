//! The options of a client, with the reason for each default.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::ClientBuilder;

use crate::label::Label;
use crate::quota::Quota;
use crate::transport::login_response::LoginResponse;

/// The options of a client. The defaults suit a service. Each option states the reason for its default.
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
#[derive(Clone, Debug)]
#[must_use = "options have no effect until a client is built with them"]
pub struct Options {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) login_timeout: Duration,
    pub(crate) login_attempts: u32,
    pub(crate) renew_before: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) quota: Option<Quota>,
    pub(crate) plain_http: bool,
    pub(crate) label: Option<Label>,
    pub(crate) configure: Configure,
    pub(crate) inspect: Inspect,
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
            quota: None,
            plain_http: false,
            label: None,
            configure: Configure::default(),
            inspect: Inspect::default(),
        }
    }
}

impl Options {
    /// Sets the time-out of one attempt of a request, 30 s by default. It runs from connecting to the last byte of the
    /// response's body, and includes the request's body and redirects.
    ///
    /// The default is longer than these APIs take, shorter than people wait, and too short for a large upload. A login
    /// before the request, and a replay after a 401, have their own time-outs.
    /// [`Request::timeout`](crate::Request::timeout) overrides this one.
    ///
    /// ```
    /// # use auth_core::Options;
    /// use std::time::Duration;
    ///
    /// let options = Options::default().timeout(Duration::from_secs(60)); // Reports are slow.
    /// # assert!(format!("{options:?}").contains("{ timeout: 60s"));
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets the time-out of connecting, for logins too. The default is 5 s: a reachable host in Brazil answers within 1
    /// s from anywhere.
    ///
    /// ```
    /// # use auth_core::Options;
    /// # use std::time::Duration;
    /// let options = Options::default().connect_timeout(Duration::from_secs(2));
    /// # assert!(format!("{options:?}").contains("connect_timeout: 2s"));
    /// ```
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { connect_timeout: timeout, ..self }
    }

    /// Sets the time-out of one login attempt, and of any request of [`Http`](crate::Http). The default is 10 s:
    /// password checks are slow on purpose, and two slow attempts leave time for a third in the 28 s that a login may
    /// take.
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
    pub fn login_timeout(self, timeout: Duration) -> Self {
        Self { login_timeout: timeout, ..self }
    }

    /// Sets the number of attempts of one login, at least one. The default is 3, with at most 250 ms and 500 ms between
    /// them, which is enough for a server that restarts. Only connection errors, time-outs, 5xx and unexpected answers
    /// are retried. A refused login never is, because accounts lock. With a shared store, a login that callers wait for
    /// has one attempt while processes on two machines see an outage.
    ///
    /// ```
    /// # use auth_core::Options;
    /// let options = Options::default().login_attempts(1); // A person is waiting.
    /// # assert!(format!("{options:?}").contains("login_attempts: 1"));
    /// ```
    pub fn login_attempts(self, attempts: u32) -> Self {
        Self { login_attempts: attempts.max(1), ..self }
    }

    /// Sets the time before its expiry at which a credential is renewed. The default is an eighth of its lifetime, at
    /// most a day: early enough for several attempts, late enough to cost few logins. The maximum is 7/16 of the
    /// lifetime, so that a short-lived credential is not renewed all the time.
    ///
    /// ```
    /// # use auth_core::Options;
    /// # use std::time::Duration;
    /// let options = Options::default().renew_before(Duration::from_secs(5 * 60));
    /// # assert!(format!("{options:?}").contains("renew_before: Some(300s)"));
    /// ```
    pub fn renew_before(self, renew_before: Duration) -> Self {
        Self { renew_before: Some(renew_before), ..self }
    }

    /// Sets the policy for retries after failures other than a 401. The default is to never retry: only the caller
    /// knows whether a repeated payment is a second payment.
    ///
    /// ```
    /// use auth_core::{Options, RetryPolicy};
    ///
    /// let options = Options::default().retry(RetryPolicy::idempotent(3));
    /// # assert!(format!("{options:?}").contains("retries: 3"));
    /// ```
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// Sets the number of requests that the provider allows. By default nothing is counted,
    /// because most accounts never come near a limit.
    ///
    /// ```
    /// use auth_core::{Options, Quota};
    /// use std::time::Duration;
    ///
    /// let quota = Quota::new(500, Duration::from_secs(3600)).and(50, Duration::from_secs(60));
    /// let options = Options::default().quota(quota.wait(Duration::from_secs(30)));
    /// # assert!(format!("{options:?}").contains("50 requests in 60s"));
    /// ```
    ///
    /// Each account has its own quota. With a shared store (feature `store`), all processes with this account, store and
    /// keys count together; they must set the same quota.
    pub fn quota(self, quota: Quota) -> Self {
        Self { quota: Some(quota), ..self }
    }

    /// Adjusts the HTTP client: a proxy, certificates of servers or of the client, a user agent.
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
    /// A provider that demands a client's certificate (mTLS) gets it from reqwest's `Identity`:
    /// `options.configure(move |client| client.identity(identity.clone()))`.
    ///
    /// One HTTP client sends both logins and requests; each further Tokio runtime that sends has its own, for which
    /// `configure` is called again. Redirects and time-outs are set after this, so those settings
    /// are overridden. Logins and signed requests ask for no compression. Default headers are also sent with logins,
    /// and are not checked: do not set `Authorization`, `Host` or headers of a connection. A second call adjusts the
    /// result of the first.
    pub fn configure(self, configure: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static) -> Self {
        let earlier = self.configure;
        let both = move |builder| configure(earlier.apply(builder));
        Self { configure: Configure(Some(Arc::new(both))), ..self }
    }

    /// Calls `inspect` with each response that [`LoginRequest::send`](crate::LoginRequest::send) gets, such as that to
    /// a login, before it is read. Diagnostics use it to compare responses with the provider's documentation.
    ///
    /// ```
    /// use auth_core::Options;
    ///
    /// let options = Options::default().inspect_logins(|answer| println!("HTTP {}", answer.status()));
    /// ```
    ///
    /// A response contains the token, so do not log its body. `inspect` must not block. A second call replaces the
    /// first.
    pub fn inspect_logins(self, inspect: impl Fn(&LoginResponse) + Send + Sync + 'static) -> Self {
        Self { inspect: Inspect(Some(Arc::new(inspect))), ..self }
    }

    /// Allows a base URL with `http` that is not on loopback, over which passwords and tokens are sent unencrypted. Use
    /// it for a local proxy that adds the encryption.
    ///
    /// ```
    /// use auth_core::{Http, Options, base_url};
    ///
    /// let sidecar = base_url("http://proxy-tls.interno.example/api")?;
    /// assert!(Http::new(&sidecar, &Options::default()).is_err());
    /// assert!(Http::new(&sidecar, &Options::default().dangerous_plain_http()).is_ok());
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    pub fn dangerous_plain_http(self) -> Self {
        Self { plain_http: true, ..self }
    }

    /// Sets the label of the account in events and in the span `auth.login`, in their field `account`. The default
    /// label is twelve hexadecimal digits, which differ for each client and after each restart.
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
    /// The label is shown as given, on one line. Of more than 64 characters, only both ends are kept. Do not use
    /// secrets. The accounts of a set have their own labels: see [`Accounts::labels`](crate::Accounts::labels).
    pub fn label(self, label: &str) -> Self {
        Self { label: Label::given(label), ..self }
    }

    /// Removes the label for a set of accounts, where one label for all would not distinguish any.
    pub(crate) fn unlabelled(self) -> Self {
        Self { label: None, ..self }
    }
}

/// The caller's adjustments to the HTTP client.
#[derive(Clone, Default)]
pub(crate) struct Configure(Option<Arc<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>>);

impl Configure {
    pub(crate) fn apply(&self, builder: ClientBuilder) -> ClientBuilder {
        match &self.0 {
            Some(configure) => configure(builder),
            None => builder,
        }
    }
}

impl fmt::Debug for Configure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some(..)" } else { "None" })
    }
}

/// The caller's function for the responses to logins.
#[derive(Clone, Default)]
pub(crate) struct Inspect(Option<Arc<InspectFn>>);

type InspectFn = dyn Fn(&LoginResponse) + Send + Sync;

impl Inspect {
    pub(crate) fn call(&self, response: &LoginResponse) {
        if let Some(inspect) = &self.0 {
            inspect(response);
        }
    }
}

impl fmt::Debug for Inspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some(..)" } else { "None" })
    }
}

/// The policy for retrying a request after a failure that is not a 401.
///
/// ```
/// use auth_core::RetryPolicy;
///
/// assert_eq!(RetryPolicy::default(), RetryPolicy::none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a policy has no effect until it is among the options"]
pub struct RetryPolicy {
    pub(crate) retries: u32,
}

impl RetryPolicy {
    /// Never retries.
    ///
    /// ```
    /// # use auth_core::RetryPolicy;
    /// assert_eq!(RetryPolicy::none(), RetryPolicy::idempotent(0));
    /// ```
    pub fn none() -> Self {
        Self::default()
    }

    /// Retries `GET`, `HEAD`, `OPTIONS`, `PUT` and `DELETE` up to `retries` times, if the body can be sent again.
    ///
    /// A retry follows a failed connection, a connection that broke before the head of the response, a time-out, or a
    /// 500, 502, 503 or 504. The pause before it is random and grows to at most 2 s; a longer `Retry-After` of up to 2
    /// s replaces it. An answer whose `Retry-After` is longer than 2 s reaches the caller, as does every 429. The first
    /// retry after a broken connection has no pause, because servers close idle connections all the time.
    ///
    /// A response that breaks off in its body is an error when it is read, and is not retried. A `POST` or `PATCH` is
    /// never retried.
    ///
    /// ```
    /// use auth_core::{Options, RetryPolicy};
    ///
    /// let policy = RetryPolicy::idempotent(2);
    /// assert_ne!(policy, RetryPolicy::none());
    /// let options = Options::default().retry(policy);
    /// ```
    pub fn idempotent(retries: u32) -> Self {
        Self { retries }
    }
}
