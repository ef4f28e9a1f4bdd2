//! One slot with its account, and the calls on it, each looked at.

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
        // Only the clients of a scenario count.
        cache.core.clients.store(0, Relaxed);
        Self { cache: Arc::new(cache), seen, acts, let_go }
    }

    /// What the next logins do; those after them succeed.
    pub(super) fn logins_do(&self, acts: impl IntoIterator<Item = Act>) {
        self.acts.lock().unwrap().extend(acts);
    }

    /// What was held ends, and nothing is held any more.
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

    /// The first credential.
    pub(super) async fn warm(&self) -> Got {
        self.current().await.unwrap()
    }

    /// The first credential, near its end.
    pub(super) async fn stale(&self) -> Got {
        let first = self.warm().await;
        model::advance(STALE);
        first
    }

    pub(super) async fn current(&self) -> Result<Got> {
        let mut call = Box::pin(self.cache.get());
        // Who waited looks again: it counts what was known when it was polled for the last time.
        let mut before = self.seen.before();
        let got = poll_fn(|context| {
            before = self.seen.before();
            call.as_mut().poll(context)
        })
        .await?;
        self.seen.lends(before, got.credential);
        Ok(got)
    }

    /// As clients do it: what is at hand, or else what the machine says.
    pub(super) async fn with(&self) -> Result<Token> {
        Ok(self.for_request().await?.0)
    }

    /// The same with its generation, as a request needs it that may be refused.
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

    /// As clients do it: found by the credential.
    pub(super) fn forget(&self, got: &Got) -> bool {
        let before = self.seen.before();
        let forgotten = self.cache.forget(&CachedCredential::new(Arc::clone(got)));
        if forgotten {
            self.seen.throws_away(before, got.credential);
        }
        forgotten
    }

    /// A caller who is polled once.
    pub(super) fn begins_to_wait(&self) -> Pin<Box<dyn Future<Output = Result<Got>> + Send>> {
        let case = self.clone();
        let mut caller: Pin<Box<dyn Future<Output = Result<Got>> + Send>> =
            Box::pin(async move { case.current().await });
        // Ready or not, nobody looks.
        let _ = caller.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        caller
    }

    /// What is published is what the machine would serve.
    pub(super) fn agrees(&self) {
        let machine = self.cache.core.state();
        let published = self.cache.core.published.load_full();
        match &published {
            Some(snapshot) => assert!(machine.is_current(snapshot.generation), "published, and not the machine's"),
            None => assert!(!machine.serves(self.cache.core.now()), "the machine's, and not published"),
        }
        drop(machine);
    }

    /// The client that the slot was made for.
    pub(super) fn client(&self) -> Client {
        Client(self.clone(), CredentialCache::clone(&self.cache))
    }
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A client. The last one to be dropped ends the refresh that runs.
#[derive(Clone)]
pub(super) struct Client(Case, #[expect(dead_code, reason = "it is counted")] CredentialCache<Account>);

impl Deref for Client {
    type Target = Case;

    fn deref(&self) -> &Case {
        &self.0
    }
}
