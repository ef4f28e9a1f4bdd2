//! Conversion of keys for lookups in a set of accounts.

use std::convert::identity;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A borrowed key that finds an account, and is converted to the set's own key only when the account is added.
///
/// Implemented for references to keys that can be cloned, such as `&u64`, `&(u32, String)` or `&Uuid`, and for what a
/// key borrows as: `&str` for keys of type `String`, `&'static str`, `Arc<str>` or `Box<str>`, `&[T]` for a `Vec<T>`,
/// and `&Path` for a `PathBuf`.
///
/// ```
/// # fn run<L: auth_core::Login>(account: impl Fn() -> auth_core::Result<L>) -> auth_core::Result<()> {
/// use auth_core::{Accounts, Options};
/// use std::sync::Arc;
///
/// let fixed: Accounts<&str, L> = Accounts::new(Options::default());
/// fixed.get_or_insert_with("loja-17", &account)?;
/// let shared: Accounts<Arc<str>, L> = Accounts::new(Options::default());
/// shared.get_or_insert_with("loja-17", &account)?;
/// let pairs: Accounts<(u32, String), L> = Accounts::new(Options::default());
/// pairs.get_or_insert_with(&(17, "centro".to_owned()), &account)?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of accounts whose keys are `{K}`",
    note = "give a reference to such a key, which has to be `Clone`"
)]
pub trait ToKey<K>: Copy {
    /// The borrowed form of the key, by which an account is found.
    type Borrowed: Eq + Hash + ?Sized;

    /// Returns the form by which an account is found.
    ///
    /// ```
    /// use auth_core::ToKey;
    ///
    /// assert_eq!(ToKey::<String>::borrowed(&"loja-17"), "loja-17");
    /// ```
    fn borrowed(&self) -> &Self::Borrowed;

    /// Returns the key under which an account is added.
    ///
    /// ```
    /// use auth_core::ToKey;
    ///
    /// let key: String = "loja-17".to_key();
    /// ```
    fn to_key(self) -> K;
}

macro_rules! keys {
    ($([$($of:tt)*] $given:ty, $borrowed:ty => $key:ty: $to_key:expr;)*) => {$(
        impl<$($of)*> ToKey<$key> for $given {
            type Borrowed = $borrowed;

            fn borrowed(&self) -> &$borrowed {
                self
            }

            fn to_key(self) -> $key {
                $to_key(self)
            }
        }
    )*};
}

keys! {
    [K: Clone + Eq + Hash] &K, K => K: K::clone;
    [] &'static str, str => &'static str: identity;
    [] &str, str => String: str::to_owned;
    [] &str, str => Arc<str>: Arc::from;
    [] &str, str => Box<str>: Box::from;
    [T: Clone + Eq + Hash] &[T], [T] => Vec<T>: <[T]>::to_vec;
    [] &Path, Path => PathBuf: Path::to_path_buf;
}
