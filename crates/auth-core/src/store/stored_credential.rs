//! The stored form of a credential.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretSlice};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::secret_body;

/// A credential that other processes can use, because all of it can be saved and restored.
///
/// ```
/// use auth_core::secrecy::{SecretSlice, SecretString};
/// use auth_core::store::{self, Persist};
/// use auth_core::{AccessToken, Credential, Expiry, Result};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug)]
/// struct Session { token: AccessToken, user: Option<String> }
/// # impl Credential for Session {
/// #     fn expiry(&self) -> Expiry { Expiry::Never }
/// #     fn authorize(&self, headers: &mut http::HeaderMap) { self.token.authorize(headers) }
/// # }
///
/// impl Persist for Session {
///     fn save(&self) -> Result<SecretSlice<u8>> {
///         #[derive(Serialize)]
///         struct Saved<'a> { token: &'a str, user: Option<&'a str> }
///         store::to_json(&Saved { token: self.token.expose_secret(), user: self.user.as_deref() })
///     }
///
///     fn restore(saved: &[u8]) -> Result<Self> {
///         #[derive(Deserialize)]
///         struct Saved { token: SecretString, user: Option<String> }
///         let Saved { token, user } = store::from_json(saved)?;
///         Ok(Self { token: AccessToken::bearer(&token)?, user })
///     }
/// }
///
/// let session = Session { token: AccessToken::bearer(&"abc123".into())?, user: Some("maria".into()) };
/// # use auth_core::secrecy::ExposeSecret;
/// assert_eq!(Session::restore(session.save()?.expose_secret())?.user, session.user);
/// # Ok::<(), auth_core::Error>(())
/// ```
pub trait Persist: Credential + Sized {
    /// Saves everything that is to be shared. The remaining lifetime is stored separately and need not be included.
    ///
    /// ```
    /// # fn show(session: &impl auth_core::store::Persist) -> auth_core::Result<()> {
    /// let saved = session.save()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the credential cannot be saved, it is not shared.
    fn save(&self) -> Result<SecretSlice<u8>>;

    /// Restores a credential that was saved, perhaps by another version of this code.
    ///
    /// ```
    /// # fn show<C: auth_core::store::Persist>(session: &C) -> auth_core::Result<()> {
    /// use auth_core::secrecy::ExposeSecret;
    ///
    /// let restored = C::restore(session.save()?.expose_secret())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the credential cannot be restored, it is treated as missing, and a login follows.
    fn restore(saved: &[u8]) -> Result<Self>;
}

/// Serializes a value to JSON, in one buffer that is wiped from memory.
///
/// ```
/// use auth_core::secrecy::ExposeSecret;
///
/// let saved = auth_core::store::to_json(&("abc123", 3600))?;
/// assert_eq!(saved.expose_secret(), br#"["abc123",3600]"#);
/// # Ok::<(), auth_core::Error>(())
/// ```
///
/// # Errors
///
/// [`InvalidRequest`](ErrorKind::InvalidRequest) if the value cannot be serialized.
pub fn to_json<V: Serialize + ?Sized>(value: &V) -> Result<SecretSlice<u8>> {
    // Allocated at its exact size, so that growing leaves no copy in memory.
    Ok(secret_body::json(value)?.to_vec().into())
}

/// Deserializes what [`to_json`] wrote.
///
/// ```
/// let (token, seconds): (String, u64) = auth_core::store::from_json(br#"["abc123",3600]"#)?;
/// assert_eq!(seconds, 3600);
/// # Ok::<(), auth_core::Error>(())
/// ```
///
/// # Errors
///
/// [`Unavailable`](ErrorKind::Unavailable) if `saved` is anything else. The message repeats none of it.
pub fn from_json<V: DeserializeOwned>(saved: &[u8]) -> Result<V> {
    serde_json::from_slice(secret_body::without_escapes(saved).as_deref().map_or(saved, Vec::as_slice))
        .map_err(|_repeats_it| Error::new(ErrorKind::Unavailable, "the saved credential cannot be read"))
}

const HEAD: usize = 9;
/// The stored lifetime of a credential that never expires.
const NEVER: u64 = u64::MAX;

/// A credential with its lifetime. The store knows how much of it is left.
#[derive(Debug)]
pub(crate) struct StoredCredential<C> {
    pub(crate) credential: C,
    /// The lifetime from the login on, or `None` if the credential never expires.
    pub(crate) lifetime: Option<Duration>,
    /// True if a 401 forced its login.
    pub(crate) forced: bool,
}

impl<C: Persist> StoredCredential<C> {
    pub(crate) fn to_bytes(credential: &C, lifetime: Option<Duration>, forced: bool) -> Result<Zeroizing<Vec<u8>>> {
        let saved = credential.save()?;
        let saved = saved.expose_secret();
        let millis = lifetime.map_or(NEVER, |lifetime| u64::try_from(lifetime.as_millis()).unwrap_or(NEVER - 1));
        let mut bytes = Zeroizing::new(Vec::with_capacity(HEAD + saved.len()));
        bytes.extend_from_slice(&millis.to_be_bytes());
        bytes.push(u8::from(forced));
        bytes.extend_from_slice(saved);
        Ok(bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (millis, rest) = bytes.split_first_chunk()?;
        let (forced, saved) = rest.split_first()?;
        let millis = u64::from_be_bytes(*millis);
        let lifetime = (millis != NEVER).then_some(Duration::from_millis(millis));
        Some(Self { credential: C::restore(saved).ok()?, lifetime, forced: *forced != 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expiry::Expiry;

    #[derive(Debug)]
    struct Session(Vec<u8>);

    impl Credential for Session {
        fn expiry(&self) -> Expiry {
            Expiry::Never
        }

        fn authorize(&self, _headers: &mut http::HeaderMap) {}
    }

    impl Persist for Session {
        fn save(&self) -> Result<SecretSlice<u8>> {
            Ok(self.0.clone().into())
        }

        fn restore(saved: &[u8]) -> Result<Self> {
            Ok(Self(saved.to_vec()))
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_only_never_is_never() {
        let longest = Duration::from_millis(u64::MAX - 1);
        for (lifetime, expected) in [
            (None, None),
            (Some(Duration::ZERO), Some(Duration::ZERO)),
            (Some(Duration::from_millis(3_600_500)), Some(Duration::from_millis(3_600_500))),
            (Some(Duration::MAX), Some(longest)),
        ] {
            for forced in [false, true] {
                let bytes = StoredCredential::to_bytes(&Session(b"saved".to_vec()), lifetime, forced).unwrap();
                let kept: StoredCredential<Session> = StoredCredential::from_bytes(&bytes).unwrap();
                assert_eq!((kept.credential.0, kept.lifetime, kept.forced), (b"saved".to_vec(), expected, forced));
            }
        }
        assert!(StoredCredential::<Session>::from_bytes(b"12345678").is_none());
    }
}
