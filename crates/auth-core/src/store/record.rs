//! A credential as it is stored, with its whole lifetime.

use std::time::Duration;

use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::Persist;
use crate::error::Result;

const HEAD: usize = 9;
/// The lifetime of what never ends.
const NEVER: u64 = u64::MAX;

/// A credential with its lifetime, of which the store says what is left.
#[derive(Debug)]
pub(crate) struct StoredCredential<C> {
    pub(crate) credential: C,
    /// From the login on; `None` where it never ends.
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
    use secrecy::SecretSlice;

    use super::*;
    use crate::credential::{Credential, Expiry};

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
