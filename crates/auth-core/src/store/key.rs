//! The key of an account in a store, and the fingerprint from which it is derived.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use url::Url;
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::transport::secret_body;

/// An account whose logins can be shared, because it has a fingerprint. Its credential must be
/// [`Persist`](super::Persist).
///
/// ```
/// # use auth_core::{AccessToken, Credential, Expiry, Http, Login, Result};
/// use auth_core::secrecy::{ExposeSecret, SecretString};
/// use auth_core::store::{Identify, Fingerprint};
///
/// #[derive(Debug)]
/// struct Account { base_url: url::Url, user: String, password: SecretString }
/// # #[derive(Debug)]
/// # struct Session(AccessToken);
/// # impl Credential for Session {
/// #     fn expiry(&self) -> Expiry { Expiry::Never }
/// #     fn authorize(&self, headers: &mut http::HeaderMap) { self.0.authorize(headers) }
/// # }
/// # impl Login for Account {
/// #     type Credential = Session;
/// #     fn base_url(&self) -> &url::Url { &self.base_url }
/// #     async fn login(&self, _: &Http) -> Result<Session> { Ok(Session(AccessToken::bearer(&"next".into())?)) }
/// # }
///
/// impl Identify for Account {
///     fn fingerprint(&self) -> Fingerprint {
///         Fingerprint::of("provider").with("user", &self.user).with_secret("password", self.password.expose_secret())
///     }
/// }
/// ```
pub trait Identify: Login {
    /// Returns everything besides the base URL that makes two logins different: the user, the secrets, and the scope.
    ///
    /// Accounts with equal fingerprints share their credentials, so leave out only what does not matter.
    ///
    /// ```
    /// # fn show(account: &impl auth_core::store::Identify) {
    /// println!("{:?}", account.fingerprint()); // Shows the provider alone.
    /// # }
    /// ```
    fn fingerprint(&self) -> Fingerprint;
}

/// Everything that identifies an account, including its secrets. Its [`CacheKey`] is derived from it. It is wiped from
/// memory when it is dropped.
///
/// ```
/// use auth_core::store::Fingerprint;
///
/// let fingerprint = Fingerprint::of("provider").with("user", "maria").with_secret("password", "segredo");
/// assert!(!format!("{fingerprint:?}").contains("segredo"));
/// ```
#[must_use = "a fingerprint has no effect until it is returned"]
pub struct Fingerprint {
    provider: &'static str,
    fields: Vec<Field>,
}

struct Field {
    name: &'static str,
    /// JSON, or `None` for a value that cannot be serialized.
    value: Option<Bytes>,
    is_secret: bool,
}

impl Fingerprint {
    /// Creates a fingerprint for an account of this provider, named in lower-case letters, digits and hyphens.
    ///
    /// ```
    /// let identity = auth_core::store::Fingerprint::of("pontotel");
    /// ```
    pub fn of(provider: &'static str) -> Self {
        Self { provider, fields: Vec::new() }
    }

    /// Adds a field, which may be secret. The account's key in the store does not reveal it.
    ///
    /// ```
    /// use auth_core::store::Fingerprint;
    ///
    /// let lifetime: Option<u32> = None;
    /// let fingerprint = Fingerprint::of("provider").with("user", "maria").with("lifetime", &lifetime);
    /// ```
    pub fn with<V: Serialize + ?Sized>(self, field: &'static str, value: &V) -> Self {
        self.add(field, value, false)
    }

    /// Adds a secret that may change while the account stays the same, such as a password. All processes of the account
    /// share its [`Quota`](crate::Quota), whichever secret they have. If all fields are secrets, they are the account.
    ///
    /// ```
    /// use auth_core::store::Fingerprint;
    ///
    /// let fingerprint = Fingerprint::of("provider").with("user", "maria").with_secret("password", "segredo");
    /// ```
    pub fn with_secret<V: Serialize + ?Sized>(self, field: &'static str, value: &V) -> Self {
        self.add(field, value, true)
    }

    fn add<V: Serialize + ?Sized>(mut self, name: &'static str, value: &V, is_secret: bool) -> Self {
        self.fields.push(Field { name, value: secret_body::json(value).ok(), is_secret });
        self
    }

    /// Derives the key of the permits of the account's quota, which does not change with its secrets.
    pub(super) fn permits_key(mut self, base_url: &Url, hash: impl FnOnce(&[u8]) -> [u8; 32]) -> Result<CacheKey> {
        if self.fields.iter().any(|field| !field.is_secret) {
            self.fields.retain(|field| !field.is_secret);
        }
        self.with("auth-core store", "permits").cache_key(base_url, hash)
    }

    /// Derives the account's key. `hash` is a keyed hash of all fields.
    pub(super) fn cache_key(self, base_url: &Url, hash: impl FnOnce(&[u8]) -> [u8; 32]) -> Result<CacheKey> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.provider.is_empty() || !self.provider.bytes().all(fits) {
            let message = format!("a provider is named in lower-case letters, digits and hyphens: {:?}", self.provider);
            return Err(Error::new(ErrorKind::Config, message));
        }
        let mut parts = Vec::new();
        for Field { name, value, .. } in &self.fields {
            let Some(value) = value else {
                let message = format!("the account's {name} cannot be written as JSON, so its logins cannot be shared");
                return Err(Error::new(ErrorKind::Config, message));
            };
            parts.extend([name.as_bytes(), value]);
        }
        parts.extend([self.provider.as_bytes(), base_url.as_str().as_bytes()]);
        // Allocated at its exact size, so that growing leaves no copy of a secret in memory.
        let size = parts.iter().map(|part| 8 + part.len()).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(size));
        for part in parts {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
        Ok(CacheKey::new(self.provider, &hash(&text)))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fingerprint").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// The key of an account's entry in a store: `auth:v1:PROVIDER:FINGERPRINT`, in letters, digits, hyphens and colons.
///
/// The fingerprint is a keyed hash of the provider, the base URL and the account's [`Fingerprint`],
/// including its secrets. It reveals nothing without the key of the hash, and a new password results in a new key.
///
/// ```
/// # fn show(key: &auth_core::store::CacheKey) {
/// let key_in_redis = format!("{{{}}}:rec", key.as_str());
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(Box<str>);

impl CacheKey {
    pub(super) fn new(provider: &str, fingerprint: &[u8; 32]) -> Self {
        Self(format!("auth:v1:{provider}:{}", base16ct::lower::encode_string(fingerprint)).into())
    }

    /// Returns the key as text. All characters are ASCII, and none is a brace, a blank or a slash.
    ///
    /// ```
    /// # fn show(name: &auth_core::store::CacheKey) {
    /// assert!(name.as_str().starts_with("auth:v1:"));
    /// # }
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_key(fingerprint: Fingerprint) -> Result<CacheKey> {
        fingerprint.cache_key(&Url::parse("https://host.test/").unwrap(), |_fields| [7; 32])
    }

    #[test]
    fn a_provider_is_named_so_that_any_store_can_have_it_in_a_key() {
        assert!(cache_key(Fingerprint::of("signed-api2")).is_ok());
        for provider in
            ["", "Pontotel", "ponto tel", "ponto:tel", "ponto/tel", "ponto_tel", "{pontotel}", "pont\u{f3}tel"]
        {
            assert_eq!(cache_key(Fingerprint::of(provider)).unwrap_err().kind(), ErrorKind::Config, "{provider}");
        }
    }

    #[test]
    fn fields_that_join_to_the_same_text_have_different_keys() {
        let hashed = |fingerprint: Fingerprint| {
            let mut hashed = Vec::new();
            let hash = |fields: &[u8]| {
                hashed = fields.to_vec();
                [7; 32]
            };
            fingerprint.cache_key(&Url::parse("https://host.test/").unwrap(), hash).unwrap();
            hashed
        };
        let (two, one) = (Fingerprint::of("p").with("a", &1).with("b", &2), Fingerprint::of("p").with("a1b", &2));
        assert_ne!(hashed(two), hashed(one));
        assert_eq!(hashed(Fingerprint::of("p").with("a", &1)), hashed(Fingerprint::of("p").with("a", &1)));
    }

    #[test]
    fn an_account_has_one_count_of_permits_whatever_its_password_is() {
        let url = Url::parse("https://host.test/").unwrap();
        let hash = |fields: &[u8]| {
            fields.iter().fold([0_u8; 32], |mut hash, byte| {
                hash.rotate_left(1);
                hash[0] = hash[0].wrapping_mul(31).wrapping_add(*byte);
                hash
            })
        };
        let account =
            |user: &str, password: &str| Fingerprint::of("p").with("user", user).with_secret("password", password);
        let key = |user, password| account(user, password).permits_key(&url, hash).unwrap();
        assert_eq!(key("maria", "old"), key("maria", "new"));
        assert_ne!(key("maria", "old"), key("ana", "old"));
        assert_ne!(key("maria", "old"), account("maria", "old").cache_key(&url, hash).unwrap());
        let key = |secret: &str| Fingerprint::of("p").with_secret("api_key", secret).permits_key(&url, hash).unwrap();
        assert_ne!(key("one"), key("two"), "the key is all that tells the accounts apart");
    }

    #[test]
    fn a_field_that_cannot_be_written_is_told_by_its_name() {
        let error = cache_key(
            Fingerprint::of("pontotel")
                .with("user", "maria")
                .with("limits", &[((), 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>()),
        );
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("limits"), "{error}");
    }
}
