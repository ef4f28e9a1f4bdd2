//! Tokens, and the random text they are made of.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{account::Entry, clock};

/// The server's knowledge of a token. Times are milliseconds since 1970.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) account: Arc<Entry>,
    pub(crate) issued: u64,
    /// `u64::MAX` for a token that never expires.
    pub(crate) expires: u64,
    /// True if every use of it is an internal error (`LoopBack`, a `ttl` below -1).
    pub(crate) broken: bool,
    /// The key that signs requests at the signed API.
    pub(crate) secret: String,
}

/// A token as the server finds it when it is used.
pub(crate) enum Check {
    Live(Token),
    /// Expired. The server forgets the token, so the next check finds it unknown.
    Expired,
    Unknown,
}

impl Token {
    pub(crate) fn new(account: Arc<Entry>, lifetime: Duration) -> Self {
        let issued = clock::now();
        let expires = issued.saturating_add(clock::millis(lifetime));
        Self { account, issued, expires, broken: false, secret: hex(64) }
    }

    /// Returns the lifetime in whole seconds, as JWTs and `expires_in` have it: rounded down, but never down to 0.
    pub(crate) fn seconds(&self) -> u64 {
        match self.expires.saturating_sub(self.issued) {
            0 => 0,
            millis => (millis / 1000).max(1),
        }
    }

    /// Returns the `iat` of a JWT.
    pub(crate) fn iat(&self) -> u64 {
        self.issued / 1000
    }

    /// Returns the `exp` of a JWT.
    pub(crate) fn exp(&self) -> u64 {
        self.iat().saturating_add(self.seconds())
    }
}

/// Returns `length` random letters and digits.
pub(crate) fn alphanumerics(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}

/// Returns `length` random lower-case hexadecimal digits.
pub(crate) fn hex(length: usize) -> String {
    (0..length).filter_map(|_| char::from_digit(fastrand::u32(..16), 16)).collect()
}

/// Locks a mutex, also after a panic: the server keeps serving.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
