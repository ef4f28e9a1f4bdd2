//! The error of a body that cannot be signed: the reason, the place, the remedy.

use std::fmt::{self, Display};
use std::sync::Arc;

use super::options::MAX_DEPTH;

/// The maximum length of a literal in an error, in bytes.
const MAX_LITERAL: usize = 80;

/// The reason why a body cannot be signed, its place, and the remedy.
///
/// Nothing was sent. Clones share one allocation.
///
/// ```
/// use signed_api_auth::signing::{SignErrorKind, SignedBody};
///
/// let error = SignedBody::json(r#"{"items":[{"id":9007199254740993}]}"#)
///     .canonical()
///     .unwrap_err();
/// assert_eq!(error.kind(), SignErrorKind::Number);
/// assert_eq!(error.path(), "$.items[0].id");
/// assert_eq!(error.literal(), Some("9007199254740993"));
/// assert_eq!(
///     error.to_string(),
///     "the number 9007199254740993 at $.items[0].id would be read by the server as \
///      9007199254740992; send it as a string (byte 16 of the text)",
/// );
/// ```
///
/// The error shows the literal of a number and the name of a key, cut to a bounded length. It never shows the text of
/// a string value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SignError(Arc<Report>);

/// The reason of a [`SignError`].
///
/// ```
/// use signed_api_auth::signing::{SignErrorKind, SignedBody};
///
/// let error = SignedBody::value(&f64::NAN).canonical().unwrap_err();
/// assert_eq!(error.kind(), SignErrorKind::NotFinite);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignErrorKind {
    /// The server's double would change this number. Send it as a string.
    Number,
    /// The number is NaN, infinite or too large for a double. The server would read `null`.
    NotFinite,
    /// One object has the same key twice, possibly by a flattened map. Remove one.
    DuplicateKey,
    /// An object has its own key `__proto__`, which half of all servers drop. Rename it.
    ProtoKey,
    /// A map has a key that JSON does not allow, such as a list. Use a string.
    Key,
    /// A string has half of a surrogate pair, for example `\ud800`, which cannot be encoded as UTF-8.
    LoneSurrogate,
    /// The text is not UTF-8.
    InvalidUtf8,
    /// Objects and arrays are nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// The text is not JSON.
    Syntax,
    /// Something follows the JSON value.
    TrailingText,
    /// The body is a string, a number, a boolean or null. Send an object or an array.
    Scalar,
    /// The body is bytes or a list of `u8`. For JSON text in bytes use
    /// [`SignedBody::json_bytes`](super::SignedBody::json_bytes), for numbers a wider type.
    Bytes,
    /// A `Serialize` implementation reported an error of its own.
    Serialize,
    /// A key given as hex is not hex.
    HexKey,
}

impl SignError {
    /// Returns the reason, to branch on.
    #[must_use]
    pub fn kind(&self) -> SignErrorKind {
        self.0.kind
    }

    /// Returns the place in the body, for example `$.items[3].amount`. The body itself is `$`. Long keys are cut, and a
    /// path of more than 256 bytes lacks its middle.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the text at that place, cut to a bounded length. For a syntax error, returns its description.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.0.literal.as_deref()
    }

    /// Returns the byte of the JSON text at which the fault begins, if the body came as text.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }
}

/// An error before its path is known. It is one pointer, so that the result of a success stays cheap.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.literal.as_deref().unwrap_or("cannot be signed"))]
pub(super) struct Fault(Box<Report>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) kind: SignErrorKind,
    path: String,
    /// The text that was written.
    literal: Option<String>,
    /// The value that the server would read instead.
    seen: Option<String>,
    /// The byte of the text at which the fault begins.
    pub(super) offset: Option<usize>,
    /// The fault is in a key that is not part of the path yet, so the path names the object around it.
    pub(super) above: bool,
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: SignErrorKind) -> Self {
        Self(Box::new(Report { kind, path: String::new(), literal: None, seen: None, offset: None, above: false }))
    }

    #[cold]
    pub(super) fn with_literal(kind: SignErrorKind, literal: &str) -> Self {
        let mut fault = Self::new(kind);
        fault.0.literal = Some(bounded(literal));
        fault
    }

    /// Creates the fault of a text that is not JSON. The description names the remedy too.
    #[cold]
    pub(super) fn syntax(description: impl Into<String>) -> Self {
        let mut fault = Self::new(SignErrorKind::Syntax);
        fault.0.literal = Some(description.into());
        fault
    }

    pub(super) fn read_as(mut self, seen: &str) -> Self {
        self.0.seen = Some(bounded(seen));
        self
    }

    /// Sets the offset, unless the fault has one.
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// Removes the offset, which is one in a part of the caller's value.
    pub(super) fn without_offset(mut self) -> Self {
        self.0.offset = None;
        self
    }

    pub(super) fn above(mut self) -> Self {
        self.0.above = true;
        self
    }

    pub(super) fn report(&self) -> &Report {
        &self.0
    }

    pub(super) fn with_path(mut self, path: String) -> SignError {
        self.0.path = path;
        SignError(self.0.into())
    }
}

impl serde::ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::with_literal(SignErrorKind::Serialize, &message.to_string())
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use SignErrorKind as Kind;
        let Self { kind, path, offset, .. } = self;
        let literal = self.literal.as_deref().unwrap_or_default();
        match kind {
            Kind::Number => {
                let seen = self.seen.as_deref().unwrap_or("another number");
                write!(f, "the number {literal} at {path} would be read by the server as {seen}; send it as a string")
            }
            Kind::NotFinite => write!(
                f,
                "the number {literal} at {path} would be read by the server as null; send it as a string, or leave it out"
            ),
            Kind::DuplicateKey => write!(
                f,
                "the key {literal} appears twice in one object, at {path}; the server would keep the last; remove one"
            ),
            Kind::ProtoKey => {
                write!(f, "the key {literal} at {path} is dropped by some servers and kept by others; rename it")
            }
            Kind::Key => write!(f, "a key of the map at {path} cannot be used: {literal}; use a string"),
            Kind::LoneSurrogate => {
                write!(f, "the escape {literal} at {path} is half of a surrogate pair; write the whole character")
            }
            Kind::InvalidUtf8 => write!(f, "the text at {path} is not UTF-8{literal}; encode it as UTF-8"),
            Kind::TooDeep => {
                write!(f, "more than {MAX_DEPTH} objects and arrays in one another at {path}; make the body flatter")
            }
            Kind::Syntax => write!(f, "not JSON at {path}: {literal}"),
            Kind::TrailingText => write!(f, "{literal} follows the JSON value at {path}; send one value"),
            Kind::Scalar => write!(
                f,
                "the body at {path} is {literal}; send an object or an array (JSON text goes through SignedBody::json, \
                 an empty body is SignedBody::empty)"
            ),
            Kind::Bytes => write!(
                f,
                "the body at {path} is bytes; JSON text in bytes goes through SignedBody::json_bytes, a list of \
                 numbers is one of u16 or wider"
            ),
            Kind::Serialize => write!(
                f,
                "the value at {path} did not serialize: {literal}; change the value, or its Serialize implementation"
            ),
            Kind::HexKey => f.write_str(
                "the key is not hex; give an even number of hex digits, or the token itself to SigningKey::new",
            ),
        }?;
        offset.map_or(Ok(()), |offset| write!(f, " (byte {offset} of the text)"))
    }
}

/// Cuts a long text at a character boundary.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= MAX_LITERAL {
        return text.to_owned();
    }
    let cut = (0..=MAX_LITERAL).rev().find(|&i| text.is_char_boundary(i)).unwrap_or_default();
    format!("{}…", &text[..cut])
}
