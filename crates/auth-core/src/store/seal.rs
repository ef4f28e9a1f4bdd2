//! The key ring, which derives the keys of entries and seals their contents.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key::CacheKey;
use crate::error::{Error, ErrorKind, Result};

/// The first byte of an envelope, which is its version.
const SEALED: u8 = 1;
const PLAIN: u8 = 0;
const ID: usize = 4;
const NONCE: usize = 24;

type Key = Zeroizing<[u8; 32]>;

/// The secret keys with which entries are named and sealed. All processes that share logins have the same ones, and
/// nobody else has them.
///
/// A key is 32 random bytes in base64, as printed by `openssl rand -base64 32`.
///
/// ```
/// use auth_core::store::KeyRing;
///
/// let ring = KeyRing::new("9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=")?;
/// assert!(KeyRing::new("a password").is_err());
/// # Ok::<(), auth_core::Error>(())
/// ```
///
/// # Rotation
///
/// A rotation has three steps. Deploy each one to all processes before the next:
///
/// 1. Add the next key with [`opens`](Self::opens).
/// 2. Use it with [`seals_with`](Self::seals_with).
/// 3. Wait until the longest lifetime is over. The first key must stay, because it continues to name the entries.
///
/// To replace the first key as well, start with a new ring. Then each account logs in once more.
#[derive(Clone)]
#[must_use = "a key ring has no effect until a store has it"]
pub struct KeyRing {
    naming: Key,
    /// The keys that open. The last one seals. Empty if nothing is sealed.
    sealing: Vec<SealingKey>,
}

#[derive(Clone)]
struct SealingKey {
    id: [u8; ID],
    /// Wipes its key from memory when it is dropped.
    cipher: XChaCha20Poly1305,
}

impl KeyRing {
    /// Creates a ring with one key.
    ///
    /// ```
    /// # use auth_core::store::KeyRing;
    /// let key = std::iter::repeat_n("A", 43).collect::<String>() + "="; // For brevity: use a random key.
    /// let ring = KeyRing::new(&key)?;
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) if the text is not 32 bytes in base64.
    pub fn new(key: &str) -> Result<Self> {
        let key = read(key)?;
        Ok(Self { naming: derive(&key, b"auth-core store: names"), sealing: vec![SealingKey::of(&key)] })
    }

    /// Also opens contents that were sealed with another key.
    ///
    /// ```
    /// # use auth_core::store::KeyRing;
    /// # fn run(key: &str, next: &str) -> auth_core::Result<()> {
    /// let ring = KeyRing::new(key)?.opens(next)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn opens(mut self, key: &str) -> Result<Self> {
        self.sealing.insert(0, SealingKey::of(&read(key)?));
        Ok(self)
    }

    /// Seals with another key. Contents that were sealed with the previous keys are still opened.
    ///
    /// ```
    /// # use auth_core::store::KeyRing;
    /// # fn run(key: &str, next: &str) -> auth_core::Result<()> {
    /// let ring = KeyRing::new(key)?.seals_with(next)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn seals_with(mut self, key: &str) -> Result<Self> {
        self.sealing.push(SealingKey::of(&read(key)?));
        Ok(self)
    }

    /// Creates a ring without keys: tokens are stored unencrypted.
    ///
    /// A reader of the store can use the tokens, and try passwords against the keys of entries, which also appear in
    /// warnings and `Debug` output. A writer can give its own tokens to all processes. Use it only for a store that
    /// nobody else can reach and logs that nobody else reads.
    ///
    /// ```
    /// let ring = auth_core::store::KeyRing::dangerous_plaintext();
    /// ```
    pub fn dangerous_plaintext() -> Self {
        Self { naming: Key::default(), sealing: Vec::new() }
    }

    /// Returns the keyed hash that stands for these fields of an account in its [`CacheKey`].
    pub(super) fn fingerprint(&self, fields: &[u8]) -> [u8; 32] {
        mac(&self.naming, fields)
    }

    /// Seals a text as `version | key id | nonce | ciphertext`, bound to its place by `bound`.
    pub(super) fn seal(&self, key: &CacheKey, bound: Bound, text: &[u8]) -> Result<Vec<u8>> {
        let Some(sealing) = self.sealing.last() else {
            return Ok([&[PLAIN], text].concat());
        };
        let nonce = <[u8; NONCE]>::try_generate().map_err(|error| {
            let message = "cannot encrypt: the operating system's random number generator failed";
            Error::new(ErrorKind::Unavailable, message).with_source(error)
        })?;
        let payload = Payload { msg: text, aad: &bound.to_bytes(key) };
        let too_long = |_says_nothing| Error::new(ErrorKind::Unavailable, "cannot encrypt: the text is too long");
        let sealed = sealing.cipher.encrypt(&XNonce::from(nonce), payload).map_err(too_long)?;
        Ok([&[SEALED], &sealing.id[..], &nonce, &sealed].concat())
    }

    /// Opens a text that was sealed for this place. Returns `None` for anything else.
    pub(super) fn open(&self, key: &CacheKey, bound: Bound, envelope: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = envelope.split_first()?;
        match (*version, self.sealing.is_empty()) {
            (PLAIN, true) => Some(Zeroizing::new(rest.to_vec())),
            (SEALED, false) => {
                let (id, rest) = rest.split_first_chunk::<ID>()?;
                let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
                let aad = bound.to_bytes(key);
                let open = |sealing: &SealingKey| {
                    let payload = Payload { msg: sealed, aad: &aad };
                    sealing.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
                };
                self.sealing.iter().filter(|sealing| sealing.id == *id).find_map(open).map(Zeroizing::new)
            }
            _ => None,
        }
    }
}

/// The place to which a sealed text is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Record { fence: u64 },
    Cooldown,
}

impl Bound {
    fn to_bytes(self, key: &CacheKey) -> Vec<u8> {
        match self {
            Self::Record { fence } => [key.as_str().as_bytes(), b":rec", &fence.to_be_bytes()].concat(),
            Self::Cooldown => [key.as_str().as_bytes(), b":cooldown"].concat(),
        }
    }
}

impl SealingKey {
    fn of(key: &Key) -> Self {
        let [a, b, c, d, ..] = *derive(key, b"auth-core store: key id");
        let cipher = XChaCha20Poly1305::new((&*derive(key, b"auth-core store: seals")).into());
        Self { id: [a, b, c, d], cipher }
    }
}

fn read(key: &str) -> Result<Key> {
    let invalid = || Error::new(ErrorKind::Config, "a store's key is 32 bytes in base64: openssl rand -base64 32");
    let bytes = Zeroizing::new(STANDARD.decode(key.trim()).map_err(|_repeats_it| invalid())?);
    let key: &[u8; 32] = bytes.as_slice().try_into().map_err(|_says_less| invalid())?;
    Ok(Key::new(*key))
}

fn derive(key: &Key, purpose: &[u8]) -> Key {
    Key::new(mac(key, purpose))
}

/// Computes HMAC-SHA-256.
fn mac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_any_length_is_accepted) => Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default()),
    };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.sealing.len()).finish_non_exhaustive()
    }
}

/// Draws a random owner of a lease, which no other login has.
pub(super) fn random_owner() -> [u8; 16] {
    <[u8; 16]>::try_generate().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=";
    const NEXT: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    /// In the first step of a rotation, other processes cannot open the next key's records yet.
    #[test]
    fn a_key_that_only_opens_never_seals() {
        let (old, prepared) = (KeyRing::new(KEY).unwrap(), KeyRing::new(KEY).unwrap().opens(NEXT).unwrap());
        let key = CacheKey::new("login-test", &[1; 32]);
        let sealed = prepared.seal(&key, Bound::Cooldown, b"text").unwrap();
        assert!(old.open(&key, Bound::Cooldown, &sealed).is_some());
    }

    /// The refused login of one account does not hold back another account.
    #[test]
    fn what_is_sealed_opens_under_its_own_name_and_fence_alone() {
        let ring = KeyRing::new(KEY).unwrap();
        let (key, other) = (CacheKey::new("login-test", &[1; 32]), CacheKey::new("login-test", &[2; 32]));
        for bound in [Bound::Cooldown, Bound::Record { fence: 1 }] {
            let sealed = ring.seal(&key, bound, b"text").unwrap();
            assert!(ring.open(&key, bound, &sealed).is_some());
            assert!(ring.open(&other, bound, &sealed).is_none());
            assert!(ring.open(&key, Bound::Record { fence: 2 }, &sealed).is_none());
        }
    }
}
