//! The attempts of one login: the refresh token, then logins with pauses between them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use tracing::{Instrument, Span, span};

use super::core::{Core, Origin};
use super::decision::Reason;
use super::expiry::{Deadlines, lifetime};
use super::obtain::{Issued, LoggedIn};
use super::rotation::{Reading, is_same, sends};
use crate::accounts::turns::Place;
use crate::backoff::Backoff;
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::refresh_token::RefreshToken;
use crate::sync::{jitter, sleep, timeout};
use crate::transport::late;

/// The account under whose secrets a coordinator obtains a credential.
pub(super) struct Keyed<L> {
    /// `None` if the secrets are fixed.
    pub(super) account: Option<Arc<Reading<L>>>,
    /// The secrets changed before they were sent, so the credential belongs under other ones.
    has_changed: AtomicBool,
}

impl<L> Keyed<L> {
    pub(super) fn new(account: Option<Arc<Reading<L>>>) -> Self {
        Self { account, has_changed: AtomicBool::new(false) }
    }

    pub(super) fn has_changed(&self) -> bool {
        self.has_changed.load(Relaxed)
    }
}

/// One login of a refresh.
pub(super) struct Attempts<'a, L: Login> {
    pub(super) core: &'a Core<L>,
    pub(super) reason: Reason,
    /// The span of the caller who started the refresh; `None` for a renewal.
    pub(super) caller: Option<span::Id>,
    /// No caller waits, because the current credential is still usable.
    pub(super) renews: bool,
    /// The place in line for a login, if the set of accounts limits logins.
    pub(super) place: Option<&'a Place>,
    /// Cleared to end the attempts after the current one.
    pub(super) may_repeat: &'a AtomicBool,
    /// `None` without a coordinator.
    pub(super) keyed: Option<&'a Keyed<L>>,
}

impl<L: Login> Attempts<'_, L> {
    /// Exchanges the refresh token, or logs in. The options limit the logins, and they continue only while `may_repeat` is
    /// set.
    pub(super) async fn run(&self) -> Result<LoggedIn<L::Credential>> {
        if let Some(refreshed) = self.exchange().await {
            if let Some(place) = self.place {
                place.leave();
            }
            return refreshed;
        }
        let http = &self.core.http;
        let mut backoff = Backoff::new(http.pool().options.login_attempts.saturating_sub(1));
        loop {
            let attempt = backoff.attempt();
            let result = self.attempt(None).instrument(self.span(attempt)).await;
            if let Some(place) = self.place {
                place.leave();
            }
            let error = match result {
                Err(error) if error.kind() == ErrorKind::Unavailable && !self.has_changed() => error,
                result => return result,
            };
            let Some(pause) = backoff.next(jitter()) else { return Err(error) };
            tracing::debug!(
                name: "auth.attempt_failed", account = %http.label(), server.address = http.login_host(), attempt, %error,
                "a login attempt failed"
            );
            sleep(pause).await;
            if !self.may_repeat.load(Relaxed) {
                return Err(error);
            }
            if let Some(place) = self.place {
                place.turn().await;
            }
        }
    }

    /// Exchanges the refresh token of the latest credential for the next credential, if there is a usable one.
    ///
    /// Returns `None` if a login is to follow: the refresh was refused, or it failed while callers wait.
    async fn exchange(&self) -> Option<Result<LoggedIn<L::Credential>>> {
        let core = self.core;
        let latest = core.refreshable()?;
        let (http, caller, reason) = (&core.http, self.caller.clone(), self.reason);
        let (host, account) = (http.login_host(), http.label());
        let error = if latest.credential.refresh_token().is_some_and(RefreshToken::is_usable) {
            let span = tracing::info_span!(parent: caller, "auth.refresh", %account, server.address = host, ?reason);
            match self.attempt(Some(&latest.credential)).instrument(span).await {
                Ok(refreshed) => return Some(Ok(refreshed)),
                Err(error) => error,
            }
        } else {
            Error::new(ErrorKind::LoginRequired, "the refresh token has expired")
        };
        if !error.is_transient() {
            core.drop_refresh_token(&latest);
        } else if error.kind() == ErrorKind::RateLimited
            || self.has_changed()
            // A renewal may outlast the credential, and then has callers waiting.
            || self.renews && core.state().serves(core.now())
        {
            return Some(Err(error));
        }
        tracing::info!(
            name: "auth.refresh_refused", %account, server.address = host, %error,
            "the credential is not refreshed: a login follows"
        );
        None
    }

    /// Logs in, or exchanges the refresh token of the `latest` credential.
    async fn attempt(&self, latest: Option<&L::Credential>) -> Result<LoggedIn<L::Credential>> {
        let core = self.core;
        let options = &core.http.pool().options;
        let mut started = core.now();
        let attempt = async {
            let login = match &core.origin {
                Origin::Login(login) => login,
                Origin::Read(read) => return read().await,
                Origin::Given => return Err(Error::new(ErrorKind::LoginRequired, "this client never logs in")),
            };
            let account = core.read(login).await?;
            if let Some(keyed) = self.keyed
                && !is_same(account.as_ref(), keyed.account.as_ref())
            {
                keyed.has_changed.store(true, Relaxed);
                return Err(Error::new(ErrorKind::Unavailable, "the secrets changed before they were sent"));
            }
            if latest.is_some() && core.has_new_reading() {
                return Err(Error::new(ErrorKind::LoginRequired, "the refresh token belongs to earlier secrets"));
            }
            sends(account.as_ref());
            let login = account.as_ref().map_or(login, |reading| &reading.account);
            if let Some(permits) = core.permits() {
                permits.login();
            }
            started = core.now();
            let http = core.http.of_login();
            let result = match latest {
                None => {
                    core.count(|counters| &counters.logins);
                    login.login(&http).await
                }
                Some(latest) => {
                    login.renew(&http, latest).await.inspect(|_| core.count(|counters| &counters.refreshes))
                }
            };
            if let (Some(permits), Some(observed)) = (core.permits(), http.heard()) {
                permits.observe_login(observed);
            }
            result
        };
        let credential = match timeout(options.login_timeout, attempt).await {
            Ok(result) => result?,
            Err(_elapsed) => return Err(Error::new(ErrorKind::Unavailable, late(core.http.login_host()))),
        };
        let expiry = credential.expiry();
        let Some(deadlines) = Deadlines::new(expiry, options.renew_before, started, core.now(), jitter()) else {
            let message = if core.origin.is_read() {
                "the token that was read has expired; obtain a new one"
            } else {
                "the login returned a credential that has already expired"
            };
            return Err(Error::new(ErrorKind::Unavailable, message));
        };
        let issued = Issued { credential, deadlines, sent_at: started.mono, fence: 0, adopted: None };
        Ok((issued, lifetime(expiry, started)))
    }

    fn span(&self, attempt: u32) -> Span {
        let (http, caller, reason) = (&self.core.http, self.caller.clone(), self.reason);
        let (host, account) = (http.login_host(), http.label());
        tracing::info_span!(parent: caller, "auth.login", %account, server.address = host, ?reason, attempt)
    }

    fn has_changed(&self) -> bool {
        self.keyed.is_some_and(Keyed::has_changed)
    }
}
