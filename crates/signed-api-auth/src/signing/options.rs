//! The choices and the limit of a canonical form.

/// The maximum depth of nested objects and arrays.
///
/// ```
/// use signed_api_auth::signing::{MAX_DEPTH, SignedBody};
///
/// let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
/// assert!(SignedBody::json(nested(MAX_DEPTH)).canonical().is_ok());
/// assert!(SignedBody::json(nested(MAX_DEPTH + 1)).canonical().is_err());
/// ```
pub const MAX_DEPTH: usize = 128;

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
    /// The order of a JavaScript object: array indices (`0` to `4294967294`) in numeric order, then the other keys by
    /// UTF-16 code units.
    #[default]
    JsObject,
    /// All keys by UTF-16 code units, as in RFC 8785.
    Utf16,
}

/// The treatment of a number that the server's double would change.
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
    /// Refuses it.
    #[default]
    Exact,
    /// Sends the changed number. Overflow, NaN and infinities are still refused.
    ///
    /// The server then acts on a number that the caller did not write, under a valid signature. Identifiers beyond 2⁵³
    /// are confused (9007199254740993 names the account 9007199254740992), amounts lose digits, and very small numbers
    /// become 0. Different bodies share one canonical text and one signature.
    AsServerSees,
}
