//! The key of an account in a store.

use std::fmt;

/// The key of an account's entry in a store: `auth:v1:PROVIDER:FINGERPRINT`, in letters, digits, hyphens and colons.
///
/// The fingerprint is a keyed hash of the provider, the base URL and the account's [`Fingerprint`](super::Fingerprint),
/// including its secrets. It reveals nothing without the key of the hash, and a new password results in a new key.
///
/// ```
/// # fn show(name: &auth_core::store::CacheKey) {
/// let key_in_redis = format!("{{{}}}:rec", name.as_str());
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(Box<str>);

impl CacheKey {
    pub(super) fn new(provider: &str, fingerprint: &[u8; 32]) -> Self {
        use fmt::Write;
        let mut name = format!("auth:v1:{provider}:");
        for byte in fingerprint {
            // Writing to a string does not fail.
            let _ = write!(name, "{byte:02x}");
        }
        Self(name.into())
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
