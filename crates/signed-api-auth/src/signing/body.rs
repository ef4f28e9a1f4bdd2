//! A body in its canonical form, or the reason why it has none, and the choice of another form.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use super::canonical::Writer;
use super::error::{Fault, SignError};
use super::options::{KeyOrder, Numbers};
use super::{parse, serialize, workspace};

/// A JSON body in its canonical form: the bytes to sign and to send.
///
/// Its constructors never fail. A value that cannot be signed exactly leaves its [`SignError`] in the body, and
/// [`canonical`](Self::canonical), signing and sending return it. Clones share the bytes.
///
/// ```
/// use serde_json::json;
/// use signed_api_auth::signing::SignedBody;
///
/// let value = SignedBody::value(&json!({"name": "Ana", "amount": 10.0}));
/// let text = SignedBody::json(r#"{ "name": "Ana", "amount": 10.0 }"#);
/// assert_eq!(value.canonical()?, r#"{"amount":10,"name":"Ana"}"#);
/// assert_eq!(value, text);
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
///
/// A reference to any value that serializes converts to a body, so a request takes the value itself. By that rule a
/// `&str` is a JSON string, and bytes (`&[u8]`, `&Vec<u8>`, `&Bytes`) are a list of numbers. The caller hardly means
/// either, so both are refused. Use [`SignedBody::json`] for JSON text and [`SignedBody::json_bytes`] for JSON text in
/// bytes. For a list of small numbers use `u16` or a wider type.
///
/// ```
/// use signed_api_auth::signing::SignedBody;
///
/// #[derive(serde::Serialize)]
/// struct Profile { name: &'static str, age: u8 }
///
/// fn send(body: impl Into<SignedBody>) -> SignedBody { body.into() }
///
/// let body = send(&Profile { name: "Ana", age: 30 });
/// assert_eq!(body.canonical()?, r#"{"age":30,"name":"Ana"}"#);
/// assert!(send("{}").canonical().is_err());
///
/// let bytes = serde_json::to_vec(&Profile { name: "Ana", age: 30 }).unwrap_or_default();
/// assert!(send(&bytes).canonical().is_err());
/// assert_eq!(SignedBody::json_bytes(&bytes), body);
/// # Ok::<(), signed_api_auth::signing::SignError>(())
/// ```
///
/// `Debug` shows the length and not the text.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a body has no effect until it is signed"]
pub struct SignedBody(Result<Ready, SignError>);

#[derive(Clone, PartialEq, Eq)]
struct Ready {
    bytes: Bytes,
    portable: bool,
}

impl SignedBody {
    /// Creates a body from JSON text.
    pub fn json(text: impl AsRef<str>) -> Self {
        Canonical::new().text(text)
    }

    /// Creates a body from JSON text in bytes, which must be UTF-8.
    ///
    /// ```
    /// use signed_api_auth::signing::SignedBody;
    ///
    /// assert_eq!(SignedBody::json_bytes(b"[ 1.0 ]"), SignedBody::json("[1]"));
    /// assert!(SignedBody::json_bytes(b"[\"\xff\"]").canonical().is_err());
    /// ```
    pub fn json_bytes(text: impl AsRef<[u8]>) -> Self {
        Canonical::new().bytes(text)
    }

    /// Creates a body from a value that serializes to an object or an array.
    pub fn value<T: Serialize + ?Sized>(value: &T) -> Self {
        Canonical::new().value(value)
    }

    /// Creates the body `{}`, for a signed call without data.
    ///
    /// Send it too, because servers disagree on what a missing body is.
    ///
    /// ```
    /// use signed_api_auth::signing::SignedBody;
    ///
    /// assert_eq!(SignedBody::empty().canonical()?, "{}");
    /// # Ok::<(), signed_api_auth::signing::SignError>(())
    /// ```
    pub fn empty() -> Self {
        Self(Ok(Ready { bytes: Bytes::from_static(b"{}"), portable: true }))
    }

    /// Returns the canonical text.
    ///
    /// # Errors
    ///
    /// Returns the reason why the body cannot be signed.
    pub fn canonical(&self) -> Result<&str, SignError> {
        // The input was UTF-8, and was cut only at quotes and brackets.
        Ok(str::from_utf8(self.as_bytes()?).unwrap_or_default())
    }

    /// Returns the canonical text as bytes to send, without a copy.
    ///
    /// ```
    /// use signed_api_auth::signing::SignedBody;
    ///
    /// assert_eq!(SignedBody::json("[ 1.0 ]").bytes()?, "[1]");
    /// # Ok::<(), signed_api_auth::signing::SignError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the reason why the body cannot be signed.
    pub fn bytes(&self) -> Result<Bytes, SignError> {
        self.as_bytes().cloned()
    }

    /// Returns the body, or now instead of at its sending the reason why it cannot be signed.
    ///
    /// ```
    /// use signed_api_auth::signing::SignedBody;
    ///
    /// assert!(SignedBody::json(r#"{"a":1,"a":2}"#).checked().is_err());
    /// let body = SignedBody::json(r#"{"a":1}"#).checked()?;
    /// # assert_eq!(body.canonical()?, r#"{"a":1}"#);
    /// # Ok::<(), signed_api_auth::signing::SignError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the reason why the body cannot be signed.
    pub fn checked(self) -> Result<Self, SignError> {
        self.0.map(|ready| Self(Ok(ready)))
    }

    /// Returns true if both key orders give the same text, so that no server can disagree about it.
    ///
    /// It is false if the two orders put keys such as `"10"` in different places. If a server refuses such a body, try
    /// [`KeyOrder::Utf16`](super::KeyOrder::Utf16).
    ///
    /// ```
    /// use signed_api_auth::signing::SignedBody;
    ///
    /// assert!(SignedBody::json(r#"{"1":"one","two":2}"#).portable());
    /// assert!(!SignedBody::json(r#"{"9":"nine","10":"ten"}"#).portable());
    /// ```
    #[must_use]
    pub fn portable(&self) -> bool {
        self.0.as_ref().is_ok_and(|ready| ready.portable)
    }

    pub(super) fn as_bytes(&self) -> Result<&Bytes, SignError> {
        self.0.as_ref().map(|ready| &ready.bytes).map_err(Clone::clone)
    }
}

impl<T: Serialize + ?Sized> From<&T> for SignedBody {
    fn from(value: &T) -> Self {
        Self::value(value)
    }
}

impl From<&SignedBody> for SignedBody {
    fn from(body: &SignedBody) -> Self {
        body.clone()
    }
}

impl From<serde_json::Value> for SignedBody {
    fn from(value: serde_json::Value) -> Self {
        Self::value(&value)
    }
}

impl From<serde_json::Map<String, serde_json::Value>> for SignedBody {
    fn from(map: serde_json::Map<String, serde_json::Value>) -> Self {
        Self::value(&map)
    }
}

impl fmt::Debug for SignedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(ready) => f
                .debug_struct("SignedBody")
                .field("len", &ready.bytes.len())
                .field("portable", &ready.portable)
                .finish_non_exhaustive(),
            Err(error) => f.debug_tuple("SignedBody").field(error).finish(),
        }
    }
}

/// Builds a body in a form other than the default one.
///
/// `Canonical::new()` is the form that the provider's server computes, and the one of [`SignedBody::json`] and
/// [`SignedBody::value`]. Choose another form only for a server that is known to compute it.
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
#[must_use = "a form has no effect until a body is made with it"]
pub struct Canonical {
    order: KeyOrder,
    numbers: Numbers,
}

impl Canonical {
    /// Creates the form that the provider's server computes.
    pub const fn new() -> Self {
        Self { order: KeyOrder::JsObject, numbers: Numbers::Exact }
    }

    /// Sets the order of keys.
    pub const fn key_order(mut self, order: KeyOrder) -> Self {
        self.order = order;
        self
    }

    /// Sets the treatment of numbers that the server's double would change.
    pub const fn numbers(mut self, numbers: Numbers) -> Self {
        self.numbers = numbers;
        self
    }

    /// Creates a body from JSON text.
    pub fn text(self, text: impl AsRef<str>) -> SignedBody {
        let text = text.as_ref();
        self.write(|writer| {
            writer.out.reserve(text.len());
            parse::write_text(writer, text)
        })
    }

    /// Creates a body from JSON text in bytes.
    ///
    /// ```
    /// use signed_api_auth::signing::Canonical;
    ///
    /// assert_eq!(Canonical::new().bytes(b"[ 1.0 ]").canonical()?, "[1]");
    /// # Ok::<(), signed_api_auth::signing::SignError>(())
    /// ```
    pub fn bytes(self, text: impl AsRef<[u8]>) -> SignedBody {
        let text = text.as_ref();
        self.write(|writer| parse::write_bytes(writer, text))
    }

    /// Creates a body from a value that serializes to an object or an array.
    pub fn value<T: Serialize + ?Sized>(self, value: &T) -> SignedBody {
        self.write(|writer| serialize::write_value(writer, value))
    }

    fn write(self, write: impl FnOnce(&mut Writer<'_>) -> Result<(), Fault>) -> SignedBody {
        SignedBody(workspace::with(|space| {
            let mut writer = Writer::new(self.order, self.numbers, space);
            let result = match write(&mut writer) {
                Ok(()) => Ok(Ready { bytes: taken(&mut writer.out), portable: writer.portable }),
                Err(fault) => {
                    let path = writer.path(fault.report().above);
                    Err(fault.with_path(path))
                }
            };
            space.text = writer.out;
            result
        }))
    }
}

/// Copies a small text, so that its buffer serves the next one. Hands over a large text that fills its buffer.
fn taken(out: &mut Vec<u8>) -> Bytes {
    const LARGE: usize = 128 * 1024;
    let unused = out.capacity() - out.len();
    if out.len() >= LARGE && unused <= out.len() / 8 {
        Bytes::from(std::mem::take(out))
    } else {
        Bytes::copy_from_slice(out)
    }
}
