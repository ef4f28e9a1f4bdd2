//! The single error type of these crates: opaque, cheap to clone, and specific about the caller's options.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::redact::{self, Secrets};

/// The result type of these crates.
///
/// ```
/// use auth_core::{Error, ErrorKind, Result};
///
/// fn page(text: &str) -> Result<u32> {
///     text.parse().map_err(|_| Error::new(ErrorKind::InvalidRequest, "the page is no number"))
/// }
///
/// assert_eq!(page("7")?, 7);
/// # Ok::<(), Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of an error, which tells the caller what to do.
///
/// ```
/// use auth_core::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::LoginRefused | ErrorKind::Config => "wake somebody up",
///         ErrorKind::RateLimited | ErrorKind::Unavailable => "try again later",
///         _ => "look at the message",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The provider refused the secrets. Correct them. [`Error::retry_after`] is the time until they are sent again.
    LoginRefused,
    /// The provider asked for a pause, or a [`Quota`](crate::Quota) has no permit. Try again after
    /// [`Error::retry_after`].
    RateLimited,
    /// The provider cannot be reached, did not answer in time, or sent an unexpected answer. Try again.
    Unavailable,
    /// The caller's arguments cannot be sent. Correct them. Nothing was sent, unless a streamed body failed.
    InvalidRequest,
    /// The client is configured wrongly: its address, its environment, or the runtime it is called from.
    Config,
    /// The client was given a credential and cannot obtain another. Obtain one and build a new client.
    LoginRequired,
    /// The provider answered this request with an error that a new login does not solve, with a redirect that is not
    /// followed, or with JSON that does not match the caller's type. See [`Error::status`], [`Error::provider_code`]
    /// and [`Error::provider_message`].
    Status,
}

/// An error of a login or of a request.
///
/// `Display` prints this layer only; [`source`](StdError::source) returns the next. Neither shows a secret or a URL's
/// query. Clones share everything: all callers of a failed login get the same error.
///
/// ```
/// # use auth_core::{Error, ErrorKind};
/// let error = Error::new(ErrorKind::InvalidRequest, "the path has a backslash; use a slash");
/// assert_eq!(error.to_string(), "the path has a backslash; use a slash");
/// assert!(!error.is_transient());
/// ```
#[derive(Clone)]
pub struct Error {
    source: Option<Arc<dyn StdError + Send + Sync>>,
    inner: Arc<Inner>,
    retry_after: Option<Duration>,
    cooling_down: bool,
}

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    status: Option<u16>,
    provider_code: Option<String>,
    provider_message: Option<String>,
}

impl Error {
    /// Creates an error. The message says in the caller's terms what to do, and shows no secret.
    ///
    /// ```
    /// use auth_core::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Config, "set the company's CNPJ");
    /// assert_eq!(error.to_string(), "set the company's CNPJ");
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let inner = Inner { kind, message: message.into(), status: None, provider_code: None, provider_message: None };
        Self { source: None, inner: Arc::new(inner), retry_after: None, cooling_down: false }
    }

    /// Adds the cause, whose own messages must not show a secret.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// use std::error::Error as _;
    ///
    /// let cause = "doze".parse::<u32>().unwrap_err();
    /// let error = Error::new(ErrorKind::InvalidRequest, "the page is no number").with_source(cause);
    /// assert_eq!(error.to_string(), "the page is no number");
    /// assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn with_boxed_source(self, source: Box<dyn StdError + Send + Sync>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Adds the time from now to the next attempt.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// use std::time::Duration;
    ///
    /// let error = Error::new(ErrorKind::RateLimited, "too many messages").with_retry_after(Duration::from_secs(60));
    /// assert_eq!(error.to_string(), "too many messages; next try in 60 s");
    /// ```
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    /// Marks the error as the answer to a call that sent nothing because a cooldown runs.
    pub(crate) fn cooling_down(self) -> Self {
        Self { cooling_down: true, ..self }
    }

    pub(crate) fn with_answer(mut self, status: u16, code: Option<String>, message: Option<String>) -> Self {
        let inner = Arc::make_mut(&mut self.inner);
        (inner.status, inner.provider_code, inner.provider_message) = (Some(status), code, message);
        self
    }

    /// Adds the provider's message, cut to 256 characters and without anything that looks like a token.
    ///
    /// This does not know which secrets were sent. If an answer may repeat them, use
    /// [`LoginResponse::failed`](crate::LoginResponse::failed) or
    /// [`LoginResponse::login_refused`](crate::LoginResponse::login_refused), which do.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::Status, "the payment was refused")
    ///     .with_provider_message("saldo insuficiente, chave 3f5a9c0e7b1d4826a4c8e6f20b9d7153");
    /// assert_eq!(error.to_string(), "the payment was refused (saldo insuficiente, chave [redacted])");
    /// ```
    #[must_use]
    pub fn with_provider_message(mut self, message: &str) -> Self {
        Arc::make_mut(&mut self.inner).provider_message = Some(redact::bounded(message, &Secrets::default()));
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.inner.message
    }

    /// Returns the kind of the error, which tells the caller what to do.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::Config, "set PONTOTEL_PASSWORD");
    /// if error.kind() == ErrorKind::Config {
    ///     eprintln!("correct the deployment: {error}");
    /// }
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns true if the same call may succeed later without any change.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// assert!(Error::new(ErrorKind::Unavailable, "no connection").is_transient());
    /// assert!(!Error::new(ErrorKind::LoginRefused, "wrong password").is_transient());
    /// ```
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), ErrorKind::RateLimited | ErrorKind::Unavailable)
    }

    /// Returns the time from this error to the next useful attempt, if known.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// use std::time::Duration;
    ///
    /// fn pause(error: &Error) -> Duration {
    ///     error.retry_after().unwrap_or(Duration::from_secs(5))
    /// }
    ///
    /// assert_eq!(pause(&Error::new(ErrorKind::Unavailable, "no connection")), Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns true if this call sent nothing because a cooldown runs. The error is that of the failed login, in this
    /// process or in another one with the same store, with the remaining time.
    ///
    /// An alert on failed logins should ignore these errors, so that it fires once for each failure. The calls that
    /// waited for the login get the error of the login itself.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// fn wakes_somebody_up(error: &Error) -> bool {
    ///     error.kind() == ErrorKind::LoginRefused && !error.is_cooling_down()
    /// }
    ///
    /// assert!(wakes_somebody_up(&Error::new(ErrorKind::LoginRefused, "the provider refused the login")));
    /// ```
    #[must_use]
    pub fn is_cooling_down(&self) -> bool {
        self.cooling_down
    }

    /// Returns the HTTP status of the provider's answer, if there was one.
    ///
    /// ```
    /// # use auth_core::Result;
    /// fn optional<T>(found: Result<T>) -> Result<Option<T>> {
    ///     match found {
    ///         Err(error) if error.status() == Some(404) => Ok(None),
    ///         found => found.map(Some),
    ///     }
    /// }
    /// # assert_eq!(optional(Ok(7))?, Some(7));
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// Returns the provider's own code for the error, such as `LOGIN_FAILED`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> auth_core::Result<()> {
    /// # let mut server = mockito::Server::new_async().await;
    /// # let body = r#"{"error": {"code": "LOGIN_FAILED", "message": "login failed"}}"#;
    /// # server.mock("POST", "/users/login").with_status(401).with_body(body).create_async().await;
    /// # let http = auth_core::Http::new(&auth_core::base_url(&server.url())?, &auth_core::Options::default())?;
    /// # let account = serde_json::json!({"email": "maria@example.com", "password": "errada"});
    /// let error = http.post_json("users/login", &account).await?.error_for_status().unwrap_err();
    /// assert_eq!(error.provider_code(), Some("LOGIN_FAILED"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn provider_code(&self) -> Option<&str> {
        self.inner.provider_code.as_deref()
    }

    /// Returns the provider's own message: at most 256 characters, without anything that looks like a secret.
    ///
    /// ```
    /// # use auth_core::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::Status, "no payment was made").with_provider_message("saldo insuficiente");
    /// assert_eq!(error.provider_message(), Some("saldo insuficiente"));
    /// ```
    #[must_use]
    pub fn provider_message(&self) -> Option<&str> {
        self.inner.provider_message.as_deref()
    }
}

/// Prints the message, the provider's message, whether that was an earlier answer, and the time to the next attempt.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, retry_after, cooling_down, .. } = self;
        f.write_str(&inner.message)?;
        let joined = |parts: [Option<String>; 2], by| parts.into_iter().flatten().collect::<Vec<_>>().join(by);
        let status = inner.status.map(|status| format!("HTTP {status}"));
        let head = Some(joined([status, inner.provider_code.clone()], ", ")).filter(|head| !head.is_empty());
        let answer = joined([head, inner.provider_message.clone()], ": ");
        if !answer.is_empty() {
            write!(f, " ({answer})")?;
        }
        if *cooling_down {
            f.write_str("; not sent again")?;
        }
        if let Some(retry_after) = retry_after {
            write!(f, "; next try in {} s", retry_after.as_secs_f64().ceil())?;
        }
        Ok(())
    }
}

impl StdError for Error {
    /// Returns the cause itself, so that it can be downcast.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Prints the output of `fn main() -> Result<()>`: the kind, the message, and each cause that the message does not
/// quote.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.to_string();
        write!(f, "{:?}: {message}", self.inner.kind)?;
        let mut source = self.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !self.message().contains(&text) {
                write!(f, ": {text}")?;
            }
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static_assertions::assert_impl_all!(Error: Clone, Send, Sync, StdError);

    #[test]
    fn display_tells_of_the_answer_what_there_was() {
        let error = || Error::new(ErrorKind::Status, "it was refused");
        assert_eq!(error().to_string(), "it was refused");
        assert_eq!(error().with_answer(404, None, None).to_string(), "it was refused (HTTP 404)");
        assert_eq!(error().with_provider_message("nada").to_string(), "it was refused (nada)");
        assert_eq!(error().with_answer(404, None, Some("nada".into())).to_string(), "it was refused (HTTP 404: nada)");
    }

    /// An error during a cooldown says that nothing was sent again.
    #[test]
    fn display_tells_whether_the_error_is_an_earlier_logins() {
        let error = Error::new(ErrorKind::LoginRefused, "it was refused").with_retry_after(Duration::from_secs(47));
        assert_eq!((error.to_string().as_str(), error.is_cooling_down()), ("it was refused; next try in 47 s", false));
        let cooling_down = error.cooling_down();
        assert_eq!(cooling_down.to_string(), "it was refused; not sent again; next try in 47 s");
        assert!(cooling_down.is_cooling_down() && cooling_down.with_source(fmt::Error).is_cooling_down());
    }

    #[test]
    fn limits_and_outages_pass_by_themselves_and_nothing_else_does() {
        for (kind, transient) in [
            (ErrorKind::LoginRefused, false),
            (ErrorKind::RateLimited, true),
            (ErrorKind::Unavailable, true),
            (ErrorKind::InvalidRequest, false),
            (ErrorKind::Config, false),
            (ErrorKind::LoginRequired, false),
            (ErrorKind::Status, false),
        ] {
            assert_eq!(Error::new(kind, "").is_transient(), transient, "{kind:?}");
        }
    }

    #[test]
    fn display_tells_its_own_layer_and_source_the_next() {
        let cause = std::io::Error::other("broken pipe");
        let error = Error::new(ErrorKind::LoginRefused, "the provider refused the credentials")
            .with_answer(401, Some("LOGIN_FAILED".into()), Some("login failed".into()))
            .with_source(cause)
            .with_retry_after(Duration::from_millis(59_200));
        assert_eq!(
            error.to_string(),
            "the provider refused the credentials (HTTP 401, LOGIN_FAILED: login failed); next try in 60 s"
        );
        assert!(format!("{error:?}").starts_with("LoginRefused: the provider refused"), "{error:?}");
        assert!(format!("{error:?}").ends_with("next try in 60 s: broken pipe"), "{error:?}");
        let cause = error.source().expect("there is a cause");
        assert_eq!(cause.downcast_ref::<std::io::Error>().expect("it is itself").to_string(), "broken pipe");
    }

    /// A message that quotes its whole cause is not followed by it.
    #[test]
    fn debug_repeats_no_cause_that_the_message_quotes() {
        let cause = std::io::Error::other("broken pipe");
        let error = Error::new(ErrorKind::InvalidRequest, "the file cannot be read: broken pipe").with_source(cause);
        assert_eq!(format!("{error:?}"), "InvalidRequest: the file cannot be read: broken pipe");
    }
}
