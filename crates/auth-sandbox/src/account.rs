//! The one account that a provider knows.

use std::{fmt, sync::Mutex};

use crate::tokens::{alphanumerics, lock};

pub(crate) struct Account {
    pub(crate) username: String,
    /// The secrets the account started with.
    pub(crate) first: Secrets,
    pub(crate) recovery_token: String,
    now: Mutex<Secrets>,
}

#[derive(Clone)]
pub(crate) struct Secrets {
    pub(crate) password: String,
    pub(crate) api_key: String,
}

impl Account {
    pub(crate) fn new(username: &str) -> Self {
        let first = Secrets { password: format!("senha-{}", alphanumerics(20)), api_key: String::new() };
        Self { username: username.to_owned(), now: Mutex::new(first.clone()), first, recovery_token: String::new() }
    }

    /// With an API key and a recovery token beside its password.
    pub(crate) fn with_api_key(username: &str) -> Self {
        let mut account = Self::new(username);
        account.first.api_key = format!("key-{}", alphanumerics(32));
        account.recovery_token = alphanumerics(40);
        *lock(&account.now) = account.first.clone();
        account
    }

    pub(crate) fn has_api_key(&self) -> bool {
        !self.first.api_key.is_empty()
    }

    pub(crate) fn accepts(&self, username: &str, password: &str) -> bool {
        self.username == username && self.accepts_password(password)
    }

    pub(crate) fn accepts_password(&self, password: &str) -> bool {
        lock(&self.now).password == password
    }

    pub(crate) fn accepts_api_key(&self, api_key: &str) -> bool {
        lock(&self.now).api_key == api_key
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Secrets)) {
        change(&mut lock(&self.now));
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}
