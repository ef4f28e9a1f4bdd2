//! Tokens, and the random text they are made of.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use sha2::{Digest, Sha256};

use crate::{account::Entry, clock};

/// A token that is neither revoked nor expired, without its text.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = auth_sandbox::Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// let login = serde_json::json!({ "email": econpay.username(), "password": econpay.password() });
/// reqwest::Client::new().post(format!("{}/auth", econpay.base_url())).json(&login).send().await?;
///
/// let tokens = econpay.tokens();
/// assert_eq!(tokens[0].username, econpay.username());
/// assert!(econpay.revoke(&tokens[0].id));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveToken {
    /// Twelve hexadecimal digits that follow from the token's text, but do not reveal it. The log shows the same id.
    pub id: String,
    /// The username of the account.
    pub username: String,
    /// The time of issue, by the sandbox's clock.
    pub issued: SystemTime,
    /// The expiry, by the sandbox's clock; `None` for a token that never expires.
    pub expires: Option<SystemTime>,
}

impl LiveToken {
    pub(crate) fn new(text: &str, token: &Token) -> Self {
        let at = |millis| UNIX_EPOCH.checked_add(Duration::from_millis(millis));
        Self {
            id: id(text),
            username: token.account.username.clone(),
            issued: at(token.issued).unwrap_or(UNIX_EPOCH),
            expires: Some(token.expires).filter(|expires| *expires != u64::MAX).and_then(at),
        }
    }
}

/// Returns the id of a token: the first twelve hexadecimal digits of its SHA-256.
pub(crate) fn id(text: &str) -> String {
    let start = Sha256::digest(text).iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte));
    format!("{start:012x}")
}

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
    pub(crate) fn new(account: Arc<Entry>, issued: u64, lifetime: Duration) -> Self {
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

/// The tokens of a provider that are neither revoked nor known to be expired, by their text.
#[derive(Default)]
pub(crate) struct Tokens(HashMap<String, Token>);

impl Tokens {
    pub(crate) fn add(&mut self, text: String, token: Token) {
        self.0.insert(text, token);
    }

    /// Returns the live tokens, the oldest first.
    pub(crate) fn live(&self, now: u64) -> Vec<LiveToken> {
        let live = self.0.iter().filter(|(_, token)| token.expires > now);
        let mut live: Vec<_> = live.map(|(text, token)| LiveToken::new(text, token)).collect();
        live.sort_by(|a, b| (a.issued, &a.id).cmp(&(b.issued, &b.id)));
        live
    }

    /// Looks up a token, and removes it if it is expired.
    pub(crate) fn check(&mut self, text: &str, now: u64) -> Check {
        match self.0.get(text) {
            None => Check::Unknown,
            Some(token) if token.expires <= now => {
                self.0.remove(text);
                Check::Expired
            }
            Some(token) => Check::Live(token.clone()),
        }
    }

    /// Removes a token, given as its text or its id. Returns false if no live token matches.
    pub(crate) fn revoke(&mut self, token: &str, now: u64) -> bool {
        let text = self.0.keys().find(|text| *text == token || id(text) == token).cloned();
        text.and_then(|text| self.0.remove(&text)).is_some_and(|token| token.expires > now)
    }

    /// Removes the tokens of an account.
    pub(crate) fn revoke_of(&mut self, account: &Arc<Entry>) {
        self.0.retain(|_, token| !Arc::ptr_eq(&token.account, account));
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
