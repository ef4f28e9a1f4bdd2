//! One API of a running server, as the server sees it.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::api::Api;
use crate::{
    account::{Accounts, Entry},
    clock::Clock,
    fault::{Fault, Faults, On, Place},
    jwt,
    limits::{Meter, Refused},
    quirks::Quirks,
    recorded::{Call, Exchange, Recorded},
    reply::Reply,
    stubs::{Stub, Stubs},
    tokens::{Check, Token, Tokens, alphanumerics, hex, lock},
};

/// One API of a running server: its accounts, tokens, counters and faults.
pub(crate) struct RunningApi {
    pub(crate) api: &'static Api,
    /// The base URL as a client takes it, without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) accounts: Accounts,
    clock: Clock,
    quirks: watch::Sender<Quirks>,
    /// Signs this API's JWTs.
    jwt_key: String,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) lifetime: Duration,
    pub(super) tokens: Tokens,
    pub(super) faults: Faults,
    pub(super) stubs: Stubs,
    pub(super) meter: Meter,
    pub(super) logins: u64,
    pub(super) requests: u64,
    pub(super) verified_signatures: u64,
    pub(super) last_request: Option<Recorded>,
    /// `None` until they are to be kept.
    pub(super) exchanges: Option<Vec<Exchange>>,
}

impl RunningApi {
    pub(crate) fn new(
        api: &'static Api,
        origin: &str,
        accounts: Accounts,
        lifetime: Option<Duration>,
        (clock, quirks): (Clock, watch::Sender<Quirks>),
    ) -> Self {
        let base_url = format!("{origin}{}", api.base_path);
        let lifetime = lifetime.unwrap_or(api.lifetime);
        let state = Mutex::new(State { lifetime, ..State::default() });
        Self { api, base_url, accounts, clock, quirks, jwt_key: alphanumerics(64), state }
    }

    /// Returns the milliseconds since 1970 by the sandbox's clock.
    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn new_token(&self, account: Arc<Entry>) -> Token {
        self.token_for(account, self.state().lifetime)
    }

    pub(crate) fn token_for(&self, account: Arc<Entry>, lifetime: Duration) -> Token {
        let (now, whole_seconds) = (self.now(), self.quirks.borrow().whole_seconds);
        if !whole_seconds {
            return Token::new(account, now, lifetime);
        }
        let least = u64::from(!lifetime.is_zero());
        let lifetime = Duration::from_secs(lifetime.as_secs().max(least));
        Token::new(account, now - now % 1000, lifetime)
    }

    /// Returns the provider's own answer for a status. The wait in seconds is for a 429.
    pub(crate) fn error(&self, status: u16, wait: Option<u64>) -> Reply {
        (self.api.error)(status, Refused { limit: None, wait, now: self.now() })
    }

    /// Counts a request. Returns the provider's 429 if a limit refuses it.
    pub(crate) fn over_the_limit(&self) -> Option<Reply> {
        let refused = self.state().meter.count(self.now()).err()?;
        Some((self.api.error)(429, refused).header_if("retry-after", refused.wait))
    }

    /// Returns the numbers of requests in this hour and in this minute.
    pub(crate) fn used(&self) -> (u64, u64) {
        self.state().meter.used(self.now())
    }

    /// Returns the answer of a stub or of the provider itself.
    pub(crate) fn serve(&self, on: On, call: &Call<'_>) -> Reply {
        let stub = if on == On::Resource { self.state().stubs.find(call).map(Stub::reply) } else { None };
        match stub {
            Some(reply) => (self.api.refuse)(self, call).unwrap_or(reply),
            None => (self.api.answer)(self, call),
        }
    }

    /// Adds the state of the hour's limit to an answer, if this provider states it.
    pub(crate) fn with_limits(&self, reply: Reply) -> Reply {
        match self.api.hourly_limit {
            Some(documented) => self.state().meter.tell(reply, documented, self.now()),
            None => reply,
        }
    }

    /// Returns the live token that the request carries as `Authorization: Bearer`.
    pub(crate) fn session(&self, call: &Call<'_>) -> Option<Token> {
        match self.check(call.bearer()?) {
            Check::Live(token) => Some(token),
            Check::Expired | Check::Unknown => None,
        }
    }

    /// Looks up a token, and removes it if it is expired.
    pub(crate) fn check(&self, text: &str) -> Check {
        self.state().tokens.check(text, self.now())
    }

    /// Issues the token as a JWT with these claims, `iat`, `exp` and a random `jti`. Returns the JWT.
    pub(crate) fn issue_jwt(&self, token: &Token, header: &str, mut claims: Value) -> String {
        claims["iat"] = json!(token.iat());
        claims["exp"] = json!(token.exp());
        claims["jti"] = json!(hex(32));
        let text = jwt::sign(self.jwt_key.as_bytes(), header, &claims.to_string());
        self.issue(text.clone(), token.clone());
        text
    }

    pub(crate) fn issue(&self, text: String, token: Token) {
        self.state().tokens.add(text, token);
    }

    /// Revokes one token, given as its text or its id. Returns false if no live token matches.
    pub(crate) fn revoke(&self, token: &str) -> bool {
        self.state().tokens.revoke(token, self.now())
    }

    pub(crate) fn revoke_of(&self, account: &Arc<Entry>) {
        self.state().tokens.revoke_of(account);
    }

    /// Queues a fault and returns its id.
    pub(crate) fn queue(&self, place: Place, fault: Fault) -> u64 {
        self.state().faults.add(place, fault)
    }

    pub(crate) fn next_fault(&self, on: On, path: &str) -> Option<Fault> {
        self.state().faults.take(on, path)
    }

    pub(crate) fn next_fault_is_a_body(&self, on: On, path: &str) -> bool {
        self.state().faults.next_is_a_body(on, path)
    }

    pub(crate) fn arrived(&self, on: On, request: Recorded) {
        let mut state = self.state();
        state.last_request = Some(request);
        match on {
            On::Login => state.logins += 1,
            On::Resource => state.requests += 1,
        }
    }

    pub(crate) fn answered(&self, request: &Recorded, reply: &Reply) {
        if let Some(exchanges) = &mut self.state().exchanges {
            let (headers, body) = (reply.headers.clone(), reply.body.clone());
            exchanges.push(Exchange { request: request.clone(), status: reply.status, headers, body });
        }
    }

    pub(crate) fn signature_verified(&self) {
        self.state().verified_signatures += 1;
    }
}
