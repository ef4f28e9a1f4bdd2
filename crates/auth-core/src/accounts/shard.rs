//! A shard of a set of accounts, with its own lock and its eviction of idle accounts.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::Ordering::Relaxed;

use crate::client::Client;
use crate::login::Login;

/// A full shard drops one in this many accounts at once, to make room for new ones.
const SHARE_THAT_GOES: usize = 8;

pub(super) struct Shard<K, L: Login> {
    pub(super) accounts: HashMap<K, Client<L>>,
}

impl<K: Eq + Hash, L: Login> Shard<K, L> {
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q, now: u32) -> Option<Client<L>>
    where
        K: Borrow<Q>,
    {
        let client = self.accounts.get(key)?;
        if client.used().load(Relaxed) != now {
            client.used().store(now, Relaxed);
        }
        Some(client.clone())
    }

    /// Adds a client, or replaces the existing one. Returns the dropped clients, because their secrets must not be
    /// wiped under a lock.
    #[must_use]
    pub(super) fn insert(&mut self, key: K, client: Client<L>, now: u32, max: usize) -> Vec<Client<L>> {
        let full = self.accounts.len() >= max && !self.accounts.contains_key(&key);
        let mut gone = if full { self.make_room(now, max) } else { Vec::new() };
        client.used().store(now, Relaxed);
        gone.extend(self.accounts.insert(key, client));
        gone
    }

    pub(super) fn clients(&self) -> Vec<(K, Client<L>)>
    where
        K: Clone,
    {
        self.accounts.iter().map(|(key, client)| (key.clone(), client.clone())).collect()
    }

    fn make_room(&mut self, now: u32, max: usize) -> Vec<Client<L>> {
        let mut used: Vec<u32> = self.accounts.values().map(|client| client.used().load(Relaxed)).collect();
        let share = used.len() / SHARE_THAT_GOES;
        let (_, second, _) = used.select_nth_unstable(share);
        let mut gone = self.take_idle(*second, self.accounts.len() - max + share + 1);
        if self.accounts.len() >= max {
            // The most idle clients are held elsewhere, so drop others that are not.
            gone.extend(self.take_idle(now, self.accounts.len() - max + 1));
        }
        gone
    }

    /// Removes and returns up to `max` clients that nobody holds, or has asked for since this second.
    #[must_use]
    pub(super) fn take_idle(&mut self, second: u32, max: usize) -> Vec<Client<L>> {
        let is_idle = |client: &Client<L>| client.used().load(Relaxed) <= second && !client.is_shared();
        let idle = self.accounts.extract_if(|_, client| is_idle(client));
        idle.take(max).map(|(_, client)| client).collect()
    }
}
