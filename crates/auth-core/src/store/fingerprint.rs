//! The fingerprint of an account.

use std::fmt;

use serde::Serialize;
use url::Url;
use zeroize::Zeroizing;

use super::key::CacheKey;
use super::seal::mac;
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
///         Fingerprint::of("provider").with("user", &self.user).with("password", self.password.expose_secret())
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
/// let identity = Fingerprint::of("provider").with("user", "maria").with("password", "segredo");
/// assert!(!format!("{identity:?}").contains("segredo"));
/// ```
pub struct Fingerprint {
    provider: &'static str,
    fields: Zeroizing<Vec<u8>>,
    unwritable: Option<&'static str>,
}

impl Fingerprint {
    /// Creates a fingerprint for an account of this provider, named in lower-case letters, digits and hyphens.
    ///
    /// ```
    /// let identity = auth_core::store::Fingerprint::of("pontotel");
    /// ```
    #[must_use]
    pub fn of(provider: &'static str) -> Self {
        Self { provider, fields: Zeroizing::default(), unwritable: None }
    }

    /// Adds a field, which may be secret. The account's key in the store does not reveal it.
    ///
    /// ```
    /// use auth_core::store::Fingerprint;
    ///
    /// let lifetime: Option<u32> = None;
    /// let identity = Fingerprint::of("provider").with("user", "maria").with("lifetime", &lifetime);
    /// ```
    #[must_use]
    pub fn with<V: Serialize + ?Sized>(mut self, field: &'static str, value: &V) -> Self {
        match secret_body::json(value) {
            Ok(value) => self.append(&[field.as_bytes(), &value]),
            Err(_unwritable) => self.unwritable = Some(field),
        }
        self
    }

    /// Each part is preceded by its length, so that two different lists of fields never have the same bytes.
    fn append(&mut self, parts: &[&[u8]]) {
        let more: usize = parts.iter().map(|part| 8 + part.len()).sum();
        let mut fields = Zeroizing::new(Vec::with_capacity(self.fields.len() + more));
        fields.extend_from_slice(&self.fields);
        for part in parts {
            fields.extend_from_slice(&(part.len() as u64).to_be_bytes());
            fields.extend_from_slice(part);
        }
        self.fields = fields;
    }

    pub(super) fn name(mut self, base_url: &Url, key: &[u8; 32]) -> Result<CacheKey> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.provider.is_empty() || !self.provider.bytes().all(fits) {
            let message = format!("a provider is named in lower-case letters, digits and hyphens: {:?}", self.provider);
            return Err(Error::new(ErrorKind::Config, message));
        }
        if let Some(field) = self.unwritable {
            let message = format!("the account's {field} cannot be written as JSON, so its logins cannot be shared");
            return Err(Error::new(ErrorKind::Config, message));
        }
        self.append(&[self.provider.as_bytes(), base_url.as_str().as_bytes()]);
        Ok(CacheKey::new(self.provider, &mac(key, &self.fields)))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fingerprint").field("provider", &self.provider).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(identity: Fingerprint) -> Result<CacheKey> {
        identity.name(&Url::parse("https://host.test/").unwrap(), &[7; 32])
    }

    #[test]
    fn a_provider_is_named_so_that_any_store_can_have_it_in_a_key() {
        assert!(name(Fingerprint::of("signed-api2")).is_ok());
        for provider in
            ["", "Pontotel", "ponto tel", "ponto:tel", "ponto/tel", "ponto_tel", "{pontotel}", "pont\u{f3}tel"]
        {
            assert_eq!(name(Fingerprint::of(provider)).unwrap_err().kind(), ErrorKind::Config, "{provider}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_written_is_told_by_its_name() {
        let error = name(
            Fingerprint::of("pontotel")
                .with("user", "maria")
                .with("limits", &[((), 1)].into_iter().collect::<std::collections::BTreeMap<_, _>>()),
        );
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("limits"), "{error}");
    }
}
