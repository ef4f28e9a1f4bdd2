//! The sameness of states, so that those which differ only in names and in the time of day are visited once.

use std::hash::{Hash, Hasher};

use super::lies::REPORTED;
use super::process::Process;
use super::sealed::FENCE;
use super::steps::PROBE_PAUSE;
use super::world::{EVIDENCE, LATEST, LIFETIME, MINUTE, Operation, World};

impl World {
    /// Hashes the state so that states which differ only in names are one: times are relative to now, fences are
    /// ranked, and the processes are in an order of their own.
    fn digest(&self) -> u64 {
        // The next fence is above the clock in microseconds.
        let clock = self.store_now().saturating_mul(1_000);
        let mut fences = Vec::with_capacity(64);
        // A lie has the same fence in every state.
        fences.extend([0, clock].into_iter().chain(REPORTED));
        let mut collect = |fence| {
            // Most are zero, which is there already.
            if fence > 0 {
                fences.push(fence);
            }
            0
        };
        self.hash_ranked(&mut collect, &mut NoHash);
        fences.sort_unstable();
        fences.dedup();
        let mut rank = |fence| fences.binary_search(&fence).map_or(0, |rank| rank as u64);
        let mut hash = WordHash::default();
        rank(clock).hash(&mut hash);
        self.hash_ranked(&mut rank, &mut hash);
        hash.finish()
    }
}

/// Two states are the same if their processes do the same from now on.
impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, into: &mut H) {
        into.write_u64(self.digest());
    }
}

impl World {
    fn hash_ranked<H: Hasher + Default>(&self, rank: &mut dyn FnMut(u64) -> u64, into: &mut H) {
        let hash_of = |process: &Process, rank: &mut dyn FnMut(u64) -> u64| {
            let mut hasher = H::default();
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

/// A hash of whole words, for states that nobody chose to collide. Without optimization, most of a check's time would be
/// the standard library's hash.
struct WordHash(u64);

impl Default for WordHash {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Hasher for WordHash {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, word: u64) {
        // Each step can be reversed, so no word is lost.
        let mixed = (self.0 ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
        self.0 = mixed ^ (mixed >> 32);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Hashes nothing: for a walk through a state that only collects its fences.
#[derive(Default)]
struct NoHash;

impl Hasher for NoHash {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        0
    }
}
