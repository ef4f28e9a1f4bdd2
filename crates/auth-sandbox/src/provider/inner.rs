//! The server's side of a handle.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use super::Provider;
use crate::{
    account::{Account, Accounts},
    exchange::Exchange,
    fault::{Fault, Faults, On},
    provider::Api,
    recorded::Recorded,
    reply::Reply,
    tokens::{Tokens, alphanumerics, lock},
};

pub(super) struct Inner {
    pub(super) api: Box<dyn Api>,
    pub(super) place: &'static Place,
    pub(super) base_url: String,
    pub(super) accounts: Accounts,
    pub(super) tokens: Tokens,
    pub(super) faults: Faults,
    pub(super) logins: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) verified_signatures: AtomicU64,
    pub(super) last: Mutex<Option<Recorded>>,
    /// `None` unless they were asked for.
    pub(super) exchanges: Mutex<Option<Vec<Exchange>>>,
    /// Signs this API's JWTs.
    jwt_key: String,
}

/// The place of an API below the server's root.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) base_path: &'static str,
    pub(crate) protected_method: &'static str,
    pub(crate) protected_path: &'static str,
    /// True if a change of the password ends the account's tokens.
    pub(crate) password_ends_tokens: bool,
}

impl Provider {
    pub(crate) fn new(
        api: Box<dyn Api>,
        place: &'static Place,
        origin: &str,
        accounts: Accounts,
        lifetime: Duration,
    ) -> Self {
        let inner = Inner {
            api,
            place,
            base_url: format!("{origin}{}", place.base_path),
            accounts,
            tokens: Tokens::new(lifetime),
            faults: Faults::default(),
            logins: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            verified_signatures: AtomicU64::new(0),
            last: Mutex::default(),
            exchanges: Mutex::default(),
            jwt_key: alphanumerics(64),
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn api(&self) -> &dyn Api {
        &*self.inner.api
    }

    pub(crate) fn base_path(&self) -> &'static str {
        self.inner.place.base_path
    }

    pub(crate) fn known(&self) -> &Accounts {
        &self.inner.accounts
    }

    pub(super) fn first(&self) -> Account {
        Account { provider: self.clone(), entry: self.inner.accounts.first().clone() }
    }

    pub(crate) fn password_ends_tokens(&self) -> bool {
        self.inner.place.password_ends_tokens
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.inner.tokens
    }

    pub(crate) fn jwt_key(&self) -> &[u8] {
        self.inner.jwt_key.as_bytes()
    }

    /// Base URL and credentials, as the program's `--json` tells them.
    pub(crate) fn credentials(&self) -> Value {
        let mut credentials = json!({ "base_url": self.base_url(), "password": self.password() });
        // As builders and variables call it.
        let name = if self.username().contains('@') { "email" } else { "username" };
        credentials[name] = json!(self.username());
        credentials
    }

    pub(crate) fn next_fault(&self, on: On) -> Option<Fault> {
        self.inner.faults.take(on)
    }

    pub(crate) fn next_fault_is_a_body(&self) -> bool {
        self.inner.faults.next_is_a_body()
    }

    pub(crate) fn arrived(&self, on: On, request: Recorded) {
        *lock(&self.inner.last) = Some(request);
        let counter = match on {
            On::Login => &self.inner.logins,
            On::Resource => &self.inner.requests,
        };
        counter.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn answered(&self, request: &Recorded, reply: &Reply) {
        if let Some(exchanges) = lock(&self.inner.exchanges).as_mut() {
            exchanges.push(reply.exchange(request));
        }
    }

    pub(crate) fn signature_verified(&self) {
        self.inner.verified_signatures.fetch_add(1, Ordering::SeqCst);
    }
}
