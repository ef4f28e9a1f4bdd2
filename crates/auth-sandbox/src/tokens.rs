//! The tokens of one API: who lives, who expired, who was never there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{account::Entry, clock};

/// The server's knowledge of a token.
#[derive(Clone)]
pub(crate) struct Token {
    /// Whose it is.
    pub(crate) account: Arc<Entry>,
    pub(crate) issued: u64,
    pub(crate) life: Life,
    /// The secret that signs requests, where the provider has one.
    pub(crate) secret: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Life {
    Until(u64),
    Eternal,
    /// Every use of it is an internal error (`LoopBack`, a `ttl` below -1).
    Broken,
}

pub(crate) enum Check {
    Live(Token),
    /// Expired, and forgotten by this very look.
    Expired,
    Unknown,
}

pub(crate) struct Tokens {
    live: Mutex<HashMap<String, Token>>,
    lifetime: Mutex<Duration>,
}

impl Tokens {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { live: Mutex::default(), lifetime: Mutex::new(lifetime) }
    }

    pub(crate) fn lifetime(&self) -> Duration {
        *lock(&self.lifetime)
    }

    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        *lock(&self.lifetime) = lifetime;
    }

    /// A token of the usual lifetime, to be kept under the text that `write` makes of it.
    pub(crate) fn issue(
        &self,
        account: Arc<Entry>,
        secret: String,
        write: impl FnOnce(&Token) -> String,
    ) -> (String, Token) {
        let issued = clock::now();
        let life = Life::Until(issued.saturating_add(clock::millis(self.lifetime())));
        let token = Token { account, issued, life, secret };
        let text = write(&token);
        self.keep(text.clone(), token.clone());
        (text, token)
    }

    pub(crate) fn keep(&self, text: String, token: Token) {
        lock(&self.live).insert(text, token);
    }

    pub(crate) fn check(&self, text: &str) -> Check {
        let mut live = lock(&self.live);
        match live.get(text) {
            None => Check::Unknown,
            Some(Token { life: Life::Until(end), .. }) if *end <= clock::now() => {
                live.remove(text);
                Check::Expired
            }
            Some(token) => Check::Live(token.clone()),
        }
    }

    pub(crate) fn revoke(&self, text: &str) {
        lock(&self.live).remove(text);
    }

    pub(crate) fn revoke_of(&self, account: &Arc<Entry>) {
        lock(&self.live).retain(|_, token| !Arc::ptr_eq(&token.account, account));
    }

    pub(crate) fn revoke_all(&self) {
        lock(&self.live).clear();
    }
}

impl Token {
    pub(crate) fn expires(&self) -> u64 {
        match self.life {
            Life::Until(end) => end,
            Life::Eternal | Life::Broken => u64::MAX,
        }
    }

    /// The lifetime in whole seconds, as JWTs and `expires_in` have it: rounded down, but never down to nothing.
    pub(crate) fn seconds(&self) -> u64 {
        match self.expires().saturating_sub(self.issued) {
            0 => 0,
            millis => (millis / 1000).max(1),
        }
    }

    /// `iat` of a JWT.
    pub(crate) fn iat(&self) -> u64 {
        self.issued / 1000
    }

    /// `exp` of a JWT.
    pub(crate) fn exp(&self) -> u64 {
        self.iat().saturating_add(self.seconds())
    }
}

/// Text of `length` letters and digits.
pub(crate) fn alphanumerics(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}

/// Text of `length` lower-case hexadecimal digits.
pub(crate) fn hex(length: usize) -> String {
    (0..length).filter_map(|_| char::from_digit(fastrand::u32(..16), 16)).collect()
}

/// A server that once panicked goes on serving.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
