//! The error of a body that cannot be signed: the reason, the place, the remedy.

use std::fmt::{self, Display};
use std::sync::Arc;

use super::fault::{Fault, Report};

/// Says why a body cannot be signed, where, and what to do about it.
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
/// The literal of a number and the name of a key are shown, cut to a bounded length. The text of a
/// string value never is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SignError(Arc<Inner>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    report: Report,
    path: String,
}

/// The reason of a [`SignError`], and so what to do about it.
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
    /// The server's double would change this number: send it as a string.
    Number,
    /// The number is too large for a double, or it is NaN or infinite: the server would read `null`.
    NotFinite,
    /// The same key twice in one object, a collision of a flattened map included: remove one.
    DuplicateKey,
    /// An own key `__proto__`, which half of all servers drop: rename it.
    ProtoKey,
    /// A map key that JSON cannot have, such as a list: use a string.
    Key,
    /// Half of a surrogate pair, `\ud800` for example: it has no UTF-8.
    LoneSurrogate,
    /// The text is not UTF-8.
    InvalidUtf8,
    /// More than [`MAX_DEPTH`](super::MAX_DEPTH) objects and arrays in one another.
    TooDeep,
    /// The text is not JSON.
    Syntax,
    /// Something follows the JSON value.
    TrailingText,
    /// The body is a string, a number, a boolean or null: send an object or an array.
    Scalar,
    /// The body is bytes, or a list of `u8`: JSON text in bytes goes through
    /// [`SignedBody::json_bytes`](super::SignedBody::json_bytes), and numbers are of a wider type.
    Bytes,
    /// A `Serialize` implementation reported an error of its own.
    Serialize,
    /// A key given as hex is not hex.
    HexKey,
}

impl SignError {
    pub(super) fn new(path: String, fault: Fault) -> Self {
        Self(Arc::new(Inner { report: fault.into_report(), path }))
    }

    /// The reason, to branch on.
    #[must_use]
    pub fn kind(&self) -> SignErrorKind {
        self.0.report.kind
    }

    /// Returns the place in the body: `$.items[3].amount`; `$` is the body itself. Long keys are cut, and a path of
    /// more than 256 bytes lacks its middle.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Returns the text at that place, cut to a bounded length; for a syntax error, the fault in it.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.0.report.literal.as_deref()
    }

    /// The byte of the JSON text at which the fault begins, if the body came as text.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.report.offset
    }
}

impl Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { report, path } = self;
        let Report { kind, literal, seen, offset, above: _ } = report;
        let literal = literal.as_deref().unwrap_or_default();
        let seen = seen.as_deref().unwrap_or("another number");
        match kind {
            SignErrorKind::Number => write!(
                f,
                "the number {literal} at {path} would be read by the server as {seen}; \
                 send it as a string"
            ),
            SignErrorKind::NotFinite => write!(
                f,
                "the number {literal} at {path} would be read by the server as null; \
                 send it as a string, or leave it out"
            ),
            SignErrorKind::DuplicateKey => write!(
                f,
                "the key {literal} appears twice in one object, at {path}; the server would keep \
                 the last; remove one"
            ),
            SignErrorKind::ProtoKey => write!(
                f,
                "the key {literal} at {path} is dropped by some servers and kept by others; \
                 rename it"
            ),
            SignErrorKind::Key => {
                write!(f, "a map at {path} has a key that is {literal}; use a string")
            }
            SignErrorKind::LoneSurrogate => write!(
                f,
                "the escape {literal} at {path} is half of a surrogate pair; \
                 write the whole character"
            ),
            SignErrorKind::InvalidUtf8 => {
                write!(f, "the text at {path} is not UTF-8{literal}; encode it as UTF-8")
            }
            SignErrorKind::TooDeep => write!(
                f,
                "more than {} objects and arrays in one another at {path}; make the body flatter",
                super::MAX_DEPTH
            ),
            SignErrorKind::Syntax => write!(f, "not JSON at {path}: {literal}"),
            SignErrorKind::TrailingText => {
                write!(f, "{literal} follows the JSON value at {path}; send one value")
            }
            SignErrorKind::Scalar => write!(
                f,
                "the body at {path} is {literal}; send an object or an array \
                 (JSON text goes through SignedBody::json, an empty body is SignedBody::empty)"
            ),
            SignErrorKind::Bytes => write!(
                f,
                "the body at {path} is bytes; JSON text in bytes goes through SignedBody::json_bytes, \
                 a list of numbers is one of u16 or wider"
            ),
            SignErrorKind::Serialize => write!(
                f,
                "the value at {path} did not serialize: {literal}; change the value, or its Serialize implementation"
            ),
            SignErrorKind::HexKey => write!(
                f,
                "the key is not hex; give an even number of hex digits, \
                 or the token itself to SigningKey::new"
            ),
        }?;
        match offset {
            Some(offset) => write!(f, " (byte {offset} of the text)"),
            None => Ok(()),
        }
    }
}
