//! The sameness of states, so that those which differ only in names and in the time of day are visited once.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::lies::REPORTED;
use super::process::Process;
use super::sealed::FENCE;
use super::steps::PROBE_PAUSE;
use super::world::{EVIDENCE, LATEST, LIFETIME, MINUTE, Operation, World};

impl World {
    fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

/// Two states are the same if their processes do the same from now on.
impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Hash for World {
    /// Hashes the state so that states which differ only in names are one: times are relative to now, fences are
    /// ranked, and the processes are in an order of their own.
    fn hash<H: Hasher>(&self, into: &mut H) {
        // The next fence is above the clock in microseconds.
        let clock = self.store_now().saturating_mul(1_000);
        let mut fences = vec![0, clock];
        // A lie has the same fence in every state.
        fences.extend(REPORTED);
        let mut collect = |fence| {
            fences.push(fence);
            0
        };
        self.hash_ranked(&mut collect, &mut DefaultHasher::new());
        fences.sort_unstable();
        fences.dedup();
        let mut rank = |fence| fences.binary_search(&fence).map_or(0, |rank| rank as u64);
        rank(clock).hash(into);
        self.hash_ranked(&mut rank, into);
    }
}

impl World {
    fn hash_ranked<H: Hasher>(&self, rank: &mut dyn FnMut(u64) -> u64, into: &mut H) {
        let hash_of = |process: &Process, rank: &mut dyn FnMut(u64) -> u64| {
            let mut hasher = DefaultHasher::new();
            process.hash_at(self.now, rank, &mut hasher);
            hasher.finish()
        };
        let mut processes: Vec<_> =
            self.processes.iter().map(|process| (hash_of(process, rank), process.owner)).collect();
        processes.sort_unstable();
        // The place of the process that has this lease, if it still runs.
        let place = |owner: u8| processes.iter().position(|process| process.1 == owner);
        for (process, _) in &processes {
            process.hash(into);
        }
        let (fence, published, [record, cooldown, lease]) = self.store.parts();
        [fence, published, self.newest, self.taken_over].map(&mut *rank).hash(into);
        record.map(|(fence, bytes, left)| (rank(fence), bytes[0], left)).hash(into);
        cooldown.map(|(_, bytes, left)| (split_failure(bytes, rank), left)).hash(into);
        lease.map(|(fence, owner, left)| (rank(fence), place(owner[0]), left)).hash(into);
        for login in &self.logins {
            (login.expires.saturating_sub(self.now), login.is_revoked).hash(into);
            self.now.saturating_sub(login.sent).min(LIFETIME * 2).hash(into);
        }
        for (operation, sent) in &self.late {
            self.now.saturating_sub(*sent).min(LATEST * 2).hash(into);
            match operation {
                Operation::Acquire(acquire) => {
                    (0_u8, acquire.ignore_cooldown, acquire.span, place(acquire.owner[0])).hash(into);
                    (rank(acquire.min_fence), acquire.take_over.map(&mut *rank)).hash(into);
                }
                Operation::Publish { lease, sealed, kept_for, above } => {
                    (1_u8, rank(lease.fence), place(lease.owner[0]), sealed[0], kept_for, rank(*above)).hash(into);
                }
                Operation::Release { lease, cooldown } => {
                    let cooldown = cooldown.as_ref();
                    let cooldown = cooldown.map(|cooldown| (split_failure(&cooldown.sealed, rank), cooldown.left));
                    (2_u8, rank(lease.fence), place(lease.owner[0]), cooldown).hash(into);
                }
                Operation::Remove { fence, login } => (3_u8, rank(*fence), login).hash(into),
            }
        }
        (self.faults, self.exchanged, self.broken, self.delay.min(EVIDENCE)).hash(into);
        self.outages.map(|at| at.map(|at| self.now.saturating_sub(at).min(EVIDENCE * 2))).hash(into);
        self.failed_at.map(|at| self.now.saturating_sub(at).min(PROBE_PAUSE)).hash(into);
        let refused = self.refused.filter(|(first, _)| self.now < *first + MINUTE);
        refused.map(|(first, sent)| (self.now.saturating_sub(first), sent)).hash(into);
    }
}

/// Returns the rank of a stored failure's fence, and the rest of the failure.
fn split_failure<'a>(sealed: &'a [u8], rank: &mut dyn FnMut(u64) -> u64) -> Option<(u64, &'a [u8])> {
    let (fence, rest) = sealed.split_first_chunk::<FENCE>()?;
    Some((rank(u64::from_be_bytes(*fence)), rest))
}
