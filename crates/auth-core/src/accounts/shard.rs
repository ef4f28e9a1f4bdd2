//! A part of a set of accounts, under a lock of its own: who is in it, and who has to go.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use crate::client::Client;
use crate::login::Login;

/// When too many are there, one in as many goes at once: whoever comes next finds room.
const SHARE_THAT_GOES: usize = 8;

struct Entry<L: Login> {
    client: Client<L>,
    /// When it was last asked for, in seconds.
    used: AtomicU32,
}

impl<L: Login> Entry<L> {
    fn is_idle_since(&self, second: u32) -> bool {
        self.used.load(Relaxed) <= second && !self.client.is_shared()
    }
}

pub(super) struct Shard<K, L: Login> {
    accounts: HashMap<K, Entry<L>>,
}

impl<K, L: Login> Default for Shard<K, L> {
    fn default() -> Self {
        Self { accounts: HashMap::new() }
    }
}

impl<K: Eq + Hash, L: Login> Shard<K, L> {
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q, now: u32) -> Option<Client<L>>
    where
        K: Borrow<Q>,
    {
        let entry = self.accounts.get(key)?;
        if entry.used.load(Relaxed) != now {
            entry.used.store(now, Relaxed);
        }
        Some(entry.client.clone())
    }

    /// Adds a client, or replaces the one that is there. Those that had to go are answered: their secrets are wiped, which
    /// is not done under a lock.
    #[must_use]
    pub(super) fn insert(&mut self, key: K, client: Client<L>, now: u32, most: usize) -> Vec<Client<L>> {
        let full = self.accounts.len() >= most && !self.accounts.contains_key(&key);
        let mut gone = if full { self.make_room(now, most) } else { Vec::new() };
        let replaced = self.accounts.insert(key, Entry { client, used: AtomicU32::new(now) });
        gone.extend(replaced.map(|entry| entry.client));
        gone
    }

    /// Takes out those that nobody has asked for since that second.
    #[must_use]
    pub(super) fn idle_since(&mut self, second: u32) -> Vec<Client<L>> {
        self.take_idle(second, usize::MAX)
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<Client<L>>
    where
        K: Borrow<Q>,
    {
        self.accounts.remove(key).map(|entry| entry.client)
    }

    pub(super) fn len(&self) -> usize {
        self.accounts.len()
    }

    fn make_room(&mut self, now: u32, most: usize) -> Vec<Client<L>> {
        let mut used: Vec<u32> = self.accounts.values().map(|entry| entry.used.load(Relaxed)).collect();
        let share = used.len() / SHARE_THAT_GOES;
        let (_, second, _) = used.select_nth_unstable(share);
        let gone = self.take_idle(*second, self.accounts.len() - most + share + 1);
        if gone.is_empty() {
            // The idlest are all held by somebody: one that is not.
            return self.take_idle(now, 1);
        }
        gone
    }

    fn take_idle(&mut self, second: u32, most: usize) -> Vec<Client<L>> {
        let idle = self.accounts.extract_if(|_, entry| entry.is_idle_since(second));
        idle.take(most).map(|(_, entry)| entry.client).collect()
    }
}
