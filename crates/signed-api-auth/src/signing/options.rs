//! Which canonical form: the server's, or an alternative that has to be named.

use serde::Serialize;

use super::body::SignedBody;

/// Makes a body in a form other than the default one.
///
/// `Canonical::new()` is the form that the provider's server computes; [`SignedBody::json`] and
/// [`SignedBody::value`] use it. Choose another only for a server known to compute something else.
///
/// ```
/// use signed_api_auth::signing::{Canonical, KeyOrder, Numbers};
///
/// let text = r#"{"10":1,"9":2,"id":9007199254740993}"#;
/// let body = Canonical::new()
///     .key_order(KeyOrder::Utf16)
///     .numbers(Numbers::AsServerSees)
///     .text(text);
/// assert_eq!(body.canonical()?, r#"{"10":1,"9":2,"id":9007199254740992}"#);
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Canonical {
    pub(super) order: KeyOrder,
    pub(super) numbers: Numbers,
}

/// The order of an object's keys.
///
/// ```
/// use signed_api_auth::signing::{Canonical, KeyOrder, SignedBody};
///
/// let text = r#"{"b":1,"10":2,"9":3}"#;
/// assert_eq!(SignedBody::json(text).canonical()?, r#"{"9":3,"10":2,"b":1}"#);
/// let plain = Canonical::new().key_order(KeyOrder::Utf16).text(text);
/// assert_eq!(plain.canonical()?, r#"{"10":2,"9":3,"b":1}"#);
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOrder {
    /// As a JavaScript object lists them: array indices (`0` to `4294967294`) in numeric order, then
    /// the rest by UTF-16 code units.
    #[default]
    JsObject,
    /// All keys by UTF-16 code units, as in RFC 8785.
    Utf16,
}

/// The fate of a number that the server's double would change.
///
/// ```
/// use signed_api_auth::signing::{Canonical, Numbers, SignedBody};
///
/// let text = r#"{"id":9007199254740993}"#;
/// assert!(SignedBody::json(text).canonical().is_err());
/// let rounded = Canonical::new().numbers(Numbers::AsServerSees).text(text);
/// assert_eq!(rounded.canonical()?, r#"{"id":9007199254740992}"#);
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Numbers {
    /// Refuse it.
    #[default]
    Exact,
    /// Send the changed number. Overflow, NaN and infinities are refused all the same.
    ///
    /// The price: the server acts on another number than the one that was written, under a valid signature. Identifiers
    /// beyond 2⁵³ are mixed up (9007199254740993 names the account 9007199254740992), amounts lose digits, and what is too
    /// small is 0. Different bodies share one canonical text, and so one signature.
    AsServerSees,
}

impl Canonical {
    /// The form that the provider's server computes.
    #[must_use]
    pub const fn new() -> Self {
        Self { order: KeyOrder::JsObject, numbers: Numbers::Exact }
    }

    /// Orders keys in another way.
    #[must_use]
    pub const fn key_order(mut self, order: KeyOrder) -> Self {
        self.order = order;
        self
    }

    /// Treats numbers in another way.
    #[must_use]
    pub const fn numbers(mut self, numbers: Numbers) -> Self {
        self.numbers = numbers;
        self
    }

    /// Makes a body of JSON text.
    #[must_use]
    pub fn text(self, text: impl AsRef<str>) -> SignedBody {
        SignedBody::from_text(text.as_ref(), self)
    }

    /// Makes a body of JSON text that is only bytes yet.
    ///
    /// ```
    /// use signed_api_auth::signing::Canonical;
    ///
    /// assert_eq!(Canonical::new().bytes(b"[ 1.0 ]").canonical()?, "[1]");
    /// # Ok::<(), signed_api_auth::signing::SignError>(())
    /// ```
    #[must_use]
    pub fn bytes(self, text: impl AsRef<[u8]>) -> SignedBody {
        SignedBody::from_bytes(text.as_ref(), self)
    }

    /// Makes a body of a value that serializes to an object or an array.
    #[must_use]
    pub fn value<T: Serialize + ?Sized>(self, value: &T) -> SignedBody {
        SignedBody::from_serialize(value, self)
    }
}
