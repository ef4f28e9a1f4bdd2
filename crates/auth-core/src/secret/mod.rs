//! Secrets that are values, or that are read from a file or a function before each login.

mod file;

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

pub use self::file::trimmed;
use self::file::{Stamp, read};
pub(crate) use self::file::{shown, text_of};
use crate::error::{Error, ErrorKind, Result};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Read = dyn Fn() -> BoxFuture<Result<SecretString>> + Send + Sync;

/// A secret of an account: a value, or a file or a function that is read before each login.
///
/// With a file or a function, a secret can be rotated while the program runs. The client reads it again before each
/// login. After a login was refused, it reads the secret twice a second while callers ask, and tries a new one at once.
///
/// ```
/// use auth_core::Secret;
///
/// let value = Secret::from("segredo");
/// let file = Secret::file("/run/secrets/pontotel");
/// let function = Secret::from_fn(|| async { Ok::<_, std::io::Error>("segredo") });
/// assert!(!format!("{value:?} {file:?} {function:?}").contains("segredo"));
/// ```
///
/// A byte order mark and line ends are [trimmed](crate::env#trimming). What is read is wiped from memory when it is
/// dropped.
///
/// Secrets are equal if they have the same value, the same path, or are clones with the same function. Comparing two
/// values takes a time that reveals at most their lengths.
#[derive(Clone)]
pub struct Secret {
    /// The value, or the one that was read last.
    value: Option<SecretString>,
    source: Source,
    /// The state of the file when it was read.
    stamp: Option<Stamp>,
}

#[derive(Clone)]
enum Source {
    Value,
    File(PathBuf),
    Function(Arc<Read>),
}

impl Secret {
    /// Reads the secret from a file before each login, if the file has changed.
    ///
    /// It may be rewritten, replaced by renaming another file, or swapped by a symbolic link, as Kubernetes does. A
    /// file that is still being written is read once it is complete. It must have at most 64 KiB. A pipe is read once, and
    /// must be written and closed within 30 seconds.
    ///
    /// ```
    /// let secret = auth_core::Secret::file("/run/secrets/pontotel");
    /// assert_eq!(format!("{secret:?}"), r#"Secret(file "/run/secrets/pontotel")"#);
    /// ```
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { value: None, source: Source::File(path.into()), stamp: None }
    }

    /// Calls an asynchronous function for the secret before each login.
    ///
    /// ```
    /// # struct Vault;
    /// # impl Vault { async fn password(&self, _: &str) -> Result<String, std::io::Error> { Ok(String::new()) } }
    /// # let vault = std::sync::Arc::new(Vault);
    /// let secret = auth_core::Secret::from_fn(move || {
    ///     let vault = vault.clone();
    ///     async move { vault.password("pontotel").await }
    /// });
    /// ```
    ///
    /// Its time counts as the login's. Its error becomes the source of an
    /// [`Unavailable`](ErrorKind::Unavailable) error, whose message repeats it: it must not contain the secret.
    #[must_use]
    pub fn from_fn<F, R, S, E>(function: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<S, E>> + Send + 'static,
        S: Into<SecretString>,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let read = move || -> BoxFuture<Result<SecretString>> {
            let reading = function();
            Box::pin(async move { reading.await.map(Into::into).map_err(|error| failed(error.into())) })
        };
        Self { value: None, source: Source::Function(Arc::new(read)), stamp: None }
    }

    /// Returns a required secret of a builder, trimmed. A file is read once, to find a mistake early.
    ///
    /// ```
    /// use auth_core::Secret;
    ///
    /// let remedy = "call `password`, or set PONTOTEL_PASSWORD";
    /// let error = Secret::given(Some(&" ".into()), "a password", remedy).unwrap_err();
    /// assert_eq!(error.to_string(), "the builder lacks a password: call `password`, or set PONTOTEL_PASSWORD");
    /// assert!(Secret::given(Some(&Secret::file("/no/such/file")), "a password", remedy).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the secret is absent or blank, or its file cannot be used.
    pub fn given(secret: Option<&Self>, what: &str, remedy: &str) -> Result<Self> {
        let lacks = || Error::new(ErrorKind::Config, format!("the builder lacks {what}: {remedy}"));
        Self::optional(secret, what)?.ok_or_else(lacks)
    }

    /// Returns a secret of a builder that may be absent or blank, like [`given`](Self::given).
    ///
    /// ```
    /// use auth_core::Secret;
    ///
    /// assert_eq!(Secret::optional(Some(&"\n".into()), "a second password")?, None);
    /// assert_eq!(Secret::optional(Some(&"segredo\n".into()), "a second password")?, Some("segredo".into()));
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if its file cannot be used.
    pub fn optional(secret: Option<&Self>, what: &str) -> Result<Option<Self>> {
        let Some(secret) = secret else { return Ok(None) };
        match &secret.source {
            Source::Value => Ok(trimmed(secret.expose_secret()).map(Self::from)),
            Source::File(_) | Source::Function(_) => secret.checked(what).map(Some),
        }
    }

    /// Reads a file once, to find a mistake early.
    pub(crate) fn checked(&self, what: &str) -> Result<Self> {
        let Source::File(path) = &self.source else { return Ok(self.clone()) };
        let text = text_of(path)
            .map_err(|why| Error::new(ErrorKind::Config, format!("the file of {what}, {}, {why}", shown(path))))?;
        // A pipe is empty once it was read.
        Ok(if path.is_file() { self.clone() } else { Self::from(text.as_str()) })
    }

    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self.source, Source::Value)
    }

    /// Reads the secret again. Returns true if it changed, or was read for the first time.
    ///
    /// For the author of a provider crate, in [`Login::refreshed`](crate::Login::refreshed).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> auth_core::Result<()> {
    /// use auth_core::Secret;
    /// use auth_core::secrecy::ExposeSecret;
    ///
    /// let mut secret = Secret::from_fn(|| async { Ok::<_, std::io::Error>("segredo\n") });
    /// assert!(secret.refresh().await?);
    /// assert_eq!(secret.expose_secret(), "segredo");
    /// assert!(!secret.refresh().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unavailable`](ErrorKind::Unavailable) if the file cannot be read, or the function fails. The last value is
    /// kept.
    ///
    /// # Cancellation
    ///
    /// The secret is unchanged if the future is dropped.
    pub async fn refresh(&mut self) -> Result<bool> {
        let value = match &self.source {
            Source::Value => return Ok(false),
            Source::File(path) => {
                let Some((text, stamp)) = read(path, self.stamp).await? else { return Ok(false) };
                self.stamp = stamp;
                SecretString::from(text.as_str())
            }
            Source::Function(read) => {
                let value = read().await?;
                let value = trimmed(value.expose_secret()).ok_or_else(|| failed("it returned a blank one".into()))?;
                SecretString::from(value)
            }
        };
        let changed = !self.value.as_ref().is_some_and(|old| is_same(old, &value));
        self.value = Some(value);
        Ok(changed)
    }
}

/// Returns the value, or the one that was read last. It is empty if none was read.
impl ExposeSecret<str> for Secret {
    fn expose_secret(&self) -> &str {
        self.value.as_ref().map_or("", ExposeSecret::expose_secret)
    }
}

/// Converts a `&str`, a `String`, a `Box<str>` or a `SecretString`.
impl<T: Into<SecretString>> From<T> for Secret {
    fn from(value: T) -> Self {
        Self { value: Some(value.into()), source: Source::Value, stamp: None }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Source::Value, Source::Value) => is_same(self, other),
            (Source::File(one), Source::File(other)) => one == other,
            (Source::Function(one), Source::Function(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Value => f.write_str("Secret([REDACTED])"),
            Source::File(path) => write!(f, "Secret(file {:?})", shown(path)),
            Source::Function(_) => f.write_str("Secret(function)"),
        }
    }
}

/// Compares in a time that depends on the lengths alone.
fn is_same(one: &impl ExposeSecret<str>, other: &impl ExposeSecret<str>) -> bool {
    one.expose_secret().as_bytes().ct_eq(other.expose_secret().as_bytes()).into()
}

fn failed(cause: Box<dyn StdError + Send + Sync>) -> Error {
    let message = format!("a secret cannot be read by its function: {cause}");
    Error::new(ErrorKind::Unavailable, message).with_boxed_source(cause)
}

#[cfg(test)]
mod tests;
