//! How a client behaves, each default with its reason.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::ClientBuilder;

type Configure = Arc<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// How a client behaves. The defaults suit a service; each says why it is what it is.
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
    pub(crate) lead: Option<Duration>,
    pub(crate) retry: RetryPolicy,
    pub(crate) plain_http: bool,
    configure: Option<Configure>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            login_timeout: Duration::from_secs(10),
            login_attempts: 3,
            lead: None,
            retry: RetryPolicy::default(),
            plain_http: false,
            configure: None,
        }
    }
}

impl Options {
    /// The longest that one sending of a request may take, from connecting to the last byte of its body. 30 s by default:
    /// longer than these APIs take, shorter than what people wait for. A login before it, and a second sending after a 401,
    /// have times of their own. [`Request::timeout`](crate::Request::timeout) overrides it.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The longest that connecting may take, for logins too. 5 s by default: a reachable host in Brazil answers
    /// within 1 s from anywhere.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The longest that one login attempt may take, and any post of [`Http`](crate::Http). 10 s by default: password checks
    /// are slow on purpose, and two slow attempts leave room for a third in the 28 s after which a login is given up.
    #[must_use]
    pub fn login_timeout(mut self, timeout: Duration) -> Self {
        self.login_timeout = timeout;
        self
    }

    /// How many attempts one login has, at least one. 3 by default, with 250 ms and 500 ms between them at the most:
    /// enough for a restarting server. Only connection errors, time-outs, 5xx and answers that make no sense are
    /// tried again; a refusal never is, because accounts lock.
    #[must_use]
    pub fn login_attempts(mut self, attempts: u32) -> Self {
        self.login_attempts = attempts.max(1);
        self
    }

    /// How long before its end a credential is renewed. By default an eighth of its life, a day at the most: early
    /// enough for several tries, late enough to cost few logins. At most 7/16 of the life, so that a short-lived
    /// credential is not renewed all the time.
    #[must_use]
    pub fn lead(mut self, lead: Duration) -> Self {
        self.lead = Some(lead);
        self
    }

    /// When a request is sent again after something other than a 401. Never by default: only the caller knows
    /// whether a second payment is a second payment.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Adjusts the HTTP clients: a proxy, certificates, a user agent.
    ///
    /// It is applied to both inner clients, the one for logins and the one for the rest; redirects, time-outs and
    /// the decompression of login answers are set after it and win. Default headers go to logins too: put no
    /// `Authorization` there. Called again, it adjusts what the earlier calls made.
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
    #[must_use]
    pub fn dangerous_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
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
            .field("lead", &self.lead)
            .field("retry", &self.retry)
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}

/// When a request is sent again after a failure that is not a 401.
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
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Up to `retries` times for `GET`, `HEAD`, `OPTIONS`, `PUT` and `DELETE` with a body that can be sent again, after
    /// a failed connection, a time-out, 500, 502, 503 or 504, with a growing random pause of 2 s at the most, or the
    /// `Retry-After` if that is longer. One of more than 2 s reaches the caller instead, as does every 429.
    #[must_use]
    pub fn idempotent(retries: u32) -> Self {
        Self { retries }
    }
}
