//! One cache with its account, and checked calls on it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use shuttle::future::JoinHandle;
use tokio::sync::watch;

use super::account::{self, Account, STALE};
use super::seen::Seen;
use super::{Act, Token};
use crate::cache::{CachedCredential, CredentialCache, Entry, Invalidation};
use crate::error::Result;
use crate::sync::model;

pub(super) type Got = Arc<Entry<Token>>;

#[derive(Clone)]
pub(super) struct Case {
    pub(super) cache: Arc<CredentialCache<Account>>,
    pub(super) seen: Arc<Seen>,
    acts: Arc<Mutex<VecDeque<Act>>>,
    let_go: watch::Sender<bool>,
}

impl Case {
    pub(super) fn new() -> Self {
        let (let_go, held) = watch::channel(false);
        let seen = Arc::new(Seen::default());
        let acts = Arc::new(Mutex::default());
        let account = Account { acts: Arc::clone(&acts), let_go: held, seen: Arc::clone(&seen) };
        let cache = CredentialCache::new(account, account::http(), None);
        // Only the clients of a scenario are counted.
        cache.core.clients.store(0, Relaxed);
        Self { cache: Arc::new(cache), seen, acts, let_go }
    }

    /// Sets the acts of the next logins. Later logins succeed.
    pub(super) fn logins_do(&self, acts: impl IntoIterator<Item = Act>) {
        self.acts.lock().unwrap().extend(acts);
    }

    /// Releases the logins that are held. Nothing is held after that.
    pub(super) fn let_go(&self) {
        self.let_go.send_replace(true);
    }

    /// Runs one task of the scenario.
    pub(super) fn task<F: Future<Output = T> + Send + 'static, T: Send + 'static>(
        &self,
        run: impl FnOnce(Self) -> F,
    ) -> JoinHandle<T> {
        shuttle::future::spawn(run(self.clone()))
    }

    /// Returns the first credential.
    pub(super) async fn warm(&self) -> Got {
        self.current().await.unwrap()
    }

    /// Returns the first credential when it is near its expiry.
    pub(super) async fn stale(&self) -> Got {
        let first = self.warm().await;
        model::advance(STALE);
        first
    }

    pub(super) async fn current(&self) -> Result<Got> {
        let mut call = Box::pin(self.cache.get());
        // A caller that waited asks the state again, so the check uses what was known at its last poll.
        let mut before = self.seen.before();
        let got = poll_fn(|context| {
            before = self.seen.before();
            call.as_mut().poll(context)
        })
        .await?;
        self.seen.lends(before, got.credential);
        Ok(got)
    }

    /// Reads the credential as a client does: the published one, otherwise the state's decision.
    pub(super) async fn with(&self) -> Result<Token> {
        Ok(self.for_request().await?.0)
    }

    /// Returns the same with its generation, for a request that may get a 401.
    pub(super) async fn for_request(&self) -> Result<(Token, u64)> {
        if let Some(lent) = self.lent() {
            return Ok(lent);
        }
        let got = self.current().await?;
        Ok((got.credential, got.generation))
    }

    pub(super) fn at_hand(&self) -> Option<Token> {
        self.lent().map(|(token, _generation)| token)
    }

    fn lent(&self) -> Option<(Token, u64)> {
        let before = self.seen.before();
        let (token, generation) = self.cache.at_hand(|got| (got.credential, got.generation)).ok()?;
        self.seen.lends(before, token);
        Some((token, generation))
    }

    pub(super) fn peek(&self) -> Option<Token> {
        let before = self.seen.before();
        let token = *self.cache.peek()?;
        self.seen.serves(before, token);
        Some(token)
    }

    pub(super) fn invalidate(&self, got: &Got) -> Invalidation {
        self.refused((got.credential, got.generation))
    }

    pub(super) fn refused(&self, (token, generation): (Token, u64)) -> Invalidation {
        let before = self.seen.before();
        let verdict = self.cache.invalidate(generation);
        if verdict == Invalidation::Removed {
            self.seen.throws_away(before, token);
        }
        verdict
    }

    /// Forgets a credential as a client does, identified by its entry.
    pub(super) fn forget(&self, got: &Got) -> bool {
        let before = self.seen.before();
        let forgotten = self.cache.forget(&CachedCredential::new(Arc::clone(got)));
        if forgotten {
            self.seen.throws_away(before, got.credential);
        }
        forgotten
    }

    /// Returns a caller that was polled once.
    pub(super) fn begins_to_wait(&self) -> Pin<Box<dyn Future<Output = Result<Got>> + Send>> {
        let case = self.clone();
        let mut caller: Pin<Box<dyn Future<Output = Result<Got>> + Send>> =
            Box::pin(async move { case.current().await });
        // Whether it is ready does not matter.
        let _ = caller.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        caller
    }

    /// Asserts that the published credential is the one that the state would serve.
    pub(super) fn agrees(&self) {
        let machine = self.cache.core.state();
        let published = self.cache.core.published.load_full();
        match &published {
            Some(snapshot) => assert!(machine.is_current(snapshot.generation), "published, and not the machine's"),
            None => assert!(!machine.serves(self.cache.core.now()), "the machine's, and not published"),
        }
        drop(machine);
    }

    /// Returns the client for which the cache was created.
    pub(super) fn client(&self) -> Client {
        Client(self.clone(), CredentialCache::clone(&self.cache))
    }
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A client. When the last one is dropped, a running refresh ends.
#[derive(Clone)]
pub(super) struct Client(Case, #[expect(dead_code, reason = "it is counted")] CredentialCache<Account>);

impl Deref for Client {
    type Target = Case;

    fn deref(&self) -> &Case {
        &self.0
    }
}
