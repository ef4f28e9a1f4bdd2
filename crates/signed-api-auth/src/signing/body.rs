//! A body in its canonical form, or the reason why it has none.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;

use super::error::SignError;
use super::fault::Fault;
use super::options::Canonical;
use super::writer::Writer;
use super::{path, ser, text, workspace};

/// A JSON body in its canonical form: the bytes to sign, and the bytes to send.
///
/// Making one never fails; a value that cannot be signed exactly leaves its [`SignError`] in the
/// body, where [`canonical`](Self::canonical), signing and sending report it. Clones share the bytes.
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
/// References to anything that serializes convert, so that a request takes the value itself. By that rule a `&str` is a
/// JSON string, and bytes (`&[u8]`, `&Vec<u8>`, `&Bytes`) are a list of numbers. Neither is what was meant, so both are
/// refused: JSON text goes through [`SignedBody::json`], or in bytes through [`SignedBody::json_bytes`]. A body that is a
/// list of small numbers is one of `u16` or wider.
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
/// `Debug` shows the length, not the text.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedBody(Result<Ready, SignError>);

#[derive(Clone, PartialEq, Eq)]
struct Ready {
    bytes: Bytes,
    portable: bool,
}

impl SignedBody {
    /// Makes a body of JSON text.
    #[must_use]
    pub fn json(text: impl AsRef<str>) -> Self {
        Self::from_text(text.as_ref(), Canonical::new())
    }

    /// Makes a body of JSON text that is only bytes yet; what is not UTF-8 is refused.
    ///
    /// ```
    /// use signed_api_auth::signing::SignedBody;
    ///
    /// assert_eq!(SignedBody::json_bytes(b"[ 1.0 ]"), SignedBody::json("[1]"));
    /// assert!(SignedBody::json_bytes(b"[\"\xff\"]").canonical().is_err());
    /// ```
    #[must_use]
    pub fn json_bytes(text: impl AsRef<[u8]>) -> Self {
        Self::from_bytes(text.as_ref(), Canonical::new())
    }

    /// Makes a body of a value that serializes to an object or an array.
    #[must_use]
    pub fn value<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::from_serialize(value, Canonical::new())
    }

    /// The body `{}`, for a signed call that has nothing to say.
    ///
    /// Send it as well: servers disagree on what a missing body is.
    ///
    /// ```
    /// use signed_api_auth::signing::SignedBody;
    ///
    /// assert_eq!(SignedBody::empty().canonical()?, "{}");
    /// # Ok::<(), signed_api_auth::signing::SignError>(())
    /// ```
    #[must_use]
    pub fn empty() -> Self {
        Self(Ok(Ready { bytes: Bytes::from_static(b"{}"), portable: true }))
    }

    /// The canonical text.
    ///
    /// # Errors
    ///
    /// The reason why the body cannot be signed.
    pub fn canonical(&self) -> Result<&str, SignError> {
        // The text was UTF-8 when it came in, and was cut at quotes and brackets alone.
        Ok(str::from_utf8(self.as_bytes()?).unwrap_or_default())
    }

    /// The canonical text as bytes to send, without a copy.
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
    /// The reason why the body cannot be signed.
    pub fn bytes(&self) -> Result<Bytes, SignError> {
        self.as_bytes().cloned()
    }

    /// The body, or the reason why it cannot be signed, now instead of when it is sent.
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
    /// The reason why the body cannot be signed.
    pub fn checked(self) -> Result<Self, SignError> {
        match self.0 {
            Ok(ready) => Ok(Self(Ok(ready))),
            Err(error) => Err(error),
        }
    }

    /// Both key orders give the same text, so no server can disagree about it.
    ///
    /// False when keys such as `"10"` stand where only one of the orders puts them. When a server
    /// refuses such a body, try [`KeyOrder::Utf16`](super::KeyOrder::Utf16).
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
        match &self.0 {
            Ok(ready) => Ok(&ready.bytes),
            Err(error) => Err(error.clone()),
        }
    }

    pub(super) fn from_text(text: &str, options: Canonical) -> Self {
        Self::write(options, |writer| {
            writer.out.reserve(text.len());
            text::write_body(writer, text)
        })
    }

    pub(super) fn from_bytes(text: &[u8], options: Canonical) -> Self {
        Self::write(options, |writer| text::write_bytes(writer, text))
    }

    pub(super) fn from_serialize<T: Serialize + ?Sized>(value: &T, options: Canonical) -> Self {
        Self::write(options, |writer| ser::write_body(writer, value))
    }

    fn write(options: Canonical, write: impl FnOnce(&mut Writer<'_>) -> Result<(), Fault>) -> Self {
        Self(workspace::with(|space| {
            let mut writer = Writer::new(options, space);
            let result = match write(&mut writer) {
                Ok(()) => Ok(Ready { bytes: taken(&mut writer.out), portable: writer.portable }),
                Err(fault) => Err(SignError::new(path::of(&writer, fault.report().above), fault)),
            };
            space.text = writer.out;
            result
        }))
    }
}

/// A small text is copied, so that its buffer serves the next one; a large one that fills its buffer is handed over.
fn taken(out: &mut Vec<u8>) -> Bytes {
    const LARGE: usize = 128 * 1024;
    let unused = out.capacity() - out.len();
    if out.len() >= LARGE && unused <= out.len() / 8 {
        Bytes::from(std::mem::take(out))
    } else {
        Bytes::copy_from_slice(out)
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
