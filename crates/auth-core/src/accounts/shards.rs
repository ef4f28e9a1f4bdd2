//! The clients of a set by key: in shards with a lock each, limited in number, without those that are idle.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::shard::Shard;
use crate::client::Client;
use crate::clock::Clock;
use crate::login::Login;

const DEFAULT_MAX_CAPACITY: usize = 100_000;
const DEFAULT_IDLE_S: u32 = 24 * 3600;
/// A set of up to this many accounts is one shard, so that its bound is exact.
const ACCOUNTS_IN_A_SHARD: usize = 1024;
const MAX_SHARDS: usize = 64;

pub(super) struct Shards<K, L: Login> {
    all: Box<[RwLock<Shard<K, L>>]>,
    hasher: RandomState,
    clock: Clock,
    pub(super) max_capacity: usize,
    /// The idle time in seconds after which a client is dropped.
    pub(super) idle_s: u32,
    /// The second at which idle clients are next dropped.
    sweep_at: AtomicU32,
}

impl<K: Eq + Hash, L: Login> Shards<K, L> {
    pub(super) fn new() -> Self {
        Self {
            all: shards(DEFAULT_MAX_CAPACITY),
            hasher: RandomState::new(),
            clock: Clock::new(),
            max_capacity: DEFAULT_MAX_CAPACITY,
            idle_s: DEFAULT_IDLE_S,
            sweep_at: AtomicU32::new(0),
        }
    }

    /// Limits the number of clients, and removes all.
    pub(super) fn max_capacity(self, clients: usize) -> Self {
        let max_capacity = clients.max(1);
        Self { max_capacity, all: shards(max_capacity), ..self }
    }

    pub(super) fn idle_after(self, span: Duration) -> Self {
        Self { idle_s: u32::try_from(span.as_secs()).unwrap_or(u32::MAX).max(1), ..self }
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Client<L>>
    where
        K: Borrow<Q>,
    {
        let now = self.clock.second();
        read(self.shard(key)).get(key, now)
    }

    /// Adds a client, unless the set has one other than `old`. Returns that one.
    pub(super) fn add(&self, key: K, client: &Client<L>, old: Option<&Client<L>>) -> Option<Client<L>> {
        let now = self.clock.second();
        let shard = write(self.shard(&key));
        let there = shard.get(&key, now);
        if let Some(other) = there.filter(|there| !old.is_some_and(|old| old.is(there))) {
            return Some(other);
        }
        self.fill(shard, key, client.clone(), now);
        None
    }

    /// Adds a client, or replaces the one with this key.
    pub(super) fn insert(&self, key: K, client: Client<L>) {
        self.fill(write(self.shard(&key)), key, client, self.clock.second());
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Client<L>>
    where
        K: Borrow<Q>,
    {
        write(self.shard(key)).accounts.remove(key)
    }

    pub(super) fn drop_idle(&self) {
        if let Some(second) = self.clock.second().checked_sub(self.idle_s) {
            for shard in &self.all {
                let gone = write(shard).take_idle(second, usize::MAX);
                drop(gone);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.iter().map(|shard| read(shard).accounts.len()).sum()
    }

    /// Returns the clients and their keys. A shard is locked only while it is copied.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, Client<L>)>
    where
        K: Clone,
    {
        self.all.iter().flat_map(|shard| read(shard).clients())
    }

    fn fill(&self, mut shard: RwLockWriteGuard<'_, Shard<K, L>>, key: K, client: Client<L>, now: u32) {
        let gone = shard.insert(key, client, now, self.max_capacity / self.all.len());
        drop(shard);
        drop(gone);
        self.sweep(now);
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> &RwLock<Shard<K, L>> {
        let shard = self.hasher.hash_one(key) % self.all.len() as u64;
        &self.all[usize::try_from(shard).unwrap_or_default()]
    }

    /// Drops idle clients, if the last time is long ago.
    fn sweep(&self, now: u32) {
        let due = self.sweep_at.load(Relaxed);
        let next = now.saturating_add((self.idle_s / 4).max(1));
        if now >= due && self.sweep_at.compare_exchange(due, next, Relaxed, Relaxed).is_ok() {
            self.drop_idle();
        }
    }
}

// No code of a shard panics between two writes, so a poisoned shard is still consistent.

fn read<T>(shard: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(shard: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}

fn shards<K, L: Login>(max_capacity: usize) -> Box<[RwLock<Shard<K, L>>]> {
    let shards = (max_capacity / ACCOUNTS_IN_A_SHARD).clamp(1, MAX_SHARDS);
    (0..shards).map(|_| RwLock::new(Shard { accounts: HashMap::new() })).collect()
}
