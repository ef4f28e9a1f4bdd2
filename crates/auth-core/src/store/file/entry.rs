//! The content of an account's file: a record, a cooldown, a lease, the last fence, or permits. It is pure and gets the time as
//! an argument.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::quota::exchange::{Take, Taken};
use crate::quota::ledger::Ledger;
use crate::quota::part;
use crate::store::contract::{Acquire, Cooldown, Found, Lease, Record};

/// Milliseconds since the Unix epoch.
pub(in crate::store) type Millis = u64;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Entry {
    fence: u64,
    /// The fence of the newest record ever published.
    #[serde(default)]
    published: u64,
    record: Option<Timed>,
    cooldown: Option<Timed>,
    /// Its bytes are the owner.
    lease: Option<Timed>,
    /// The permits of a quota, which have a key of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    permits: Option<Ledger>,
    /// The machine's part of a quota that another store counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<part::Part>,
    #[serde(skip)]
    now: Millis,
}

/// A record, a cooldown or a lease: its fence, its bytes and its remaining time.
#[cfg(test)]
pub(in crate::store) type Part<'a> = (u64, &'a [u8], Duration);

/// A value that expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Timed {
    since: Millis,
    until: Millis,
    /// The fence of a lease or a record.
    fence: u64,
    #[serde(with = "text")]
    bytes: Vec<u8>,
}

impl Timed {
    fn new(bytes: Vec<u8>, fence: u64, now: Millis, span: Duration) -> Self {
        let until = now.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
        Self { since: now, until, fence, bytes }
    }

    /// Returns true if the value has expired, or if the clock was set back, because then the remaining time is unknown.
    fn is_over(&self, now: Millis) -> bool {
        now >= self.until || now < self.since
    }

    fn left(&self, now: Millis) -> Duration {
        Duration::from_millis(self.until.saturating_sub(now))
    }
}

impl Entry {
    /// Returns the entry at this time, without expired values.
    pub(in crate::store) fn at(mut self, now: Millis) -> Self {
        self.record.take_if(|record| record.is_over(now));
        self.cooldown.take_if(|cooldown| cooldown.is_over(now));
        self.lease.take_if(|lease| lease.is_over(now));
        self.now = now;
        self
    }

    pub(in crate::store) fn acquire(&mut self, acquire: &Acquire) -> Found {
        let now = self.now;
        let newer = self.record.as_ref().filter(|record| record.fence > acquire.min_fence);
        let record =
            newer.map(|record| Record { fence: record.fence, sealed: record.bytes.clone(), left: record.left(now) });
        let cooldown = self.cooldown.as_ref();
        let cooldown = cooldown.map(|cooldown| Cooldown { sealed: cooldown.bytes.clone(), left: cooldown.left(now) });
        let mut found = Found { record, cooldown, ..Found::default() };
        let held_by = self.lease.as_ref().map(|lease| lease.fence);
        if !acquire.is_granted(&found, held_by) {
            let held_for = self.lease.as_ref().map(|lease| lease.left(now)).unwrap_or_default();
            return Found { held_by, held_for, ..found };
        }
        let of_record = self.record.as_ref().map_or(0, |record| record.fence);
        // Above the clock in microseconds, so that a folder that lost its files, and the fleet's store, have no greater
        // fence for an older login, and a late removal no newer record with its fence.
        let clock = now.saturating_mul(1_000);
        self.fence = self.fence.max(of_record).max(acquire.min_fence).max(clock).saturating_add(1);
        self.lease = Some(Timed::new(acquire.owner.to_vec(), self.fence, now, acquire.span));
        found.lease = Some(Lease { owner: acquire.owner, fence: self.fence });
        found
    }

    pub(in crate::store) fn extend(&mut self, lease: &Lease, span: Duration) -> bool {
        let held = self.take(lease);
        if held {
            self.lease = Some(Timed::new(lease.owner.to_vec(), lease.fence, self.now, span));
        }
        held
    }

    pub(in crate::store) fn publish(&mut self, lease: &Lease, sealed: Vec<u8>, lifetime: Duration) -> bool {
        self.take(lease);
        if self.published >= lease.fence {
            return false;
        }
        self.published = lease.fence;
        self.cooldown = None;
        self.record = Some(Timed::new(sealed, lease.fence, self.now, lifetime));
        true
    }

    pub(in crate::store) fn release(&mut self, lease: &Lease, cooldown: Option<Cooldown>) {
        self.take(lease);
        if let Some(cooldown) = cooldown.filter(|_| self.published <= lease.fence) {
            self.cooldown = Some(Timed::new(cooldown.sealed, lease.fence, self.now, cooldown.left));
        }
    }

    pub(in crate::store) fn remove(&mut self, fence: u64) -> bool {
        self.record.take_if(|record| record.fence == fence).is_some()
    }

    /// Returns true for an entry of permits.
    pub(in crate::store) fn has_permits(&self) -> bool {
        self.permits.is_some() || self.part.is_some()
    }

    pub(in crate::store) fn take_permits(&mut self, take: &Take) -> Taken {
        self.permits.get_or_insert_default().take(self.now, take)
    }

    pub(in crate::store) fn take_part(&mut self, take: &Take) -> Option<Taken> {
        self.part.get_or_insert_default().take(self.now, take)
    }

    /// Returns the last fence, that of the newest record ever published, and the record, the cooldown and the lease.
    #[cfg(test)]
    pub(in crate::store) fn parts(&self) -> (u64, u64, [Option<Part<'_>>; 3]) {
        let parts = [&self.record, &self.cooldown, &self.lease];
        let parts = parts.map(|part| part.as_ref().map(|part| (part.fence, &*part.bytes, part.left(self.now))));
        (self.fence, self.published, parts)
    }

    fn take(&mut self, lease: &Lease) -> bool {
        self.lease.take_if(|held| held.fence == lease.fence && held.bytes == lease.owner).is_some()
    }
}

/// Bytes as base64.
mod text {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(|_repeats_it| D::Error::custom("this is not base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const NOON: Millis = 1_780_000_000_000;
    const MINUTE: Millis = 60_000;

    fn published() -> Entry {
        let mut entry = Entry::default().at(NOON);
        let lease = entry.acquire(&Acquire::by([1; 16])).lease.expect("nobody has it");
        assert!(entry.publish(&lease, b"sealed".to_vec(), HOUR));
        entry
    }

    #[test]
    fn what_is_left_is_counted_by_the_wall_clock() {
        let record = published().at(NOON + 50 * MINUTE).acquire(&Acquire::by([2; 16])).record;
        assert_eq!(record.map(|record| record.left), Some(Duration::from_secs(600)));
        assert_eq!(published().at(NOON + 60 * MINUTE).acquire(&Acquire::by([2; 16])).record, None);
    }

    #[test]
    fn p23_what_was_stored_before_the_clock_was_set_back_is_over() {
        let mut entry = published().at(NOON - 1);
        let found = entry.acquire(&Acquire::by([2; 16]));
        assert_eq!(found.record, None);
        assert!(found.lease.is_some_and(|lease| lease.fence > NOON * 1_000 + 1), "and somebody logs in");
    }

    #[test]
    fn only_the_newest_lease_starts_a_cooldown() {
        let cooldown = || Some(Cooldown { sealed: b"refused".to_vec(), left: HOUR });
        for (later, closes) in [(-1, false), (0, true), (1, true)] {
            let mut entry = published();
            let fence = entry.published.saturating_add_signed(later);
            entry.release(&Lease { owner: [1; 16], fence }, cooldown());
            assert_eq!(entry.cooldown.is_some(), closes, "{later}");
        }
    }

    /// Other processes may already have read its first result.
    #[test]
    fn a_lease_publishes_once() {
        let mut entry = published();
        let lease = Lease { owner: [1; 16], fence: entry.published };
        let before = entry.clone();
        assert!(!entry.publish(&lease, b"again".to_vec(), HOUR));
        assert_eq!(entry, before);
        assert!(entry.remove(lease.fence));
        assert!(!entry.publish(&lease, b"again".to_vec(), HOUR), "nor after that was removed");
    }

    /// A removed file, or the fleet's store, which this one stands in for.
    #[test]
    fn s8_a_fence_is_above_the_clock_the_callers_and_the_last() {
        let fence = |entry: &mut Entry, min_fence| {
            let acquire = Acquire { min_fence, ..Acquire::by([3; 16]) };
            entry.lease = None;
            entry.acquire(&acquire).lease.map(|lease| lease.fence)
        };
        let mut entry = Entry::default().at(NOON);
        let clock = NOON * 1_000;
        assert_eq!(fence(&mut entry, 0), Some(clock + 1));
        assert_eq!(fence(&mut entry, clock + 7), Some(clock + 8));
        assert_eq!(fence(&mut entry.at(NOON - MINUTE), 0), Some(clock + 9), "the clock was set back");
    }

    #[test]
    fn s2_a_removal_that_comes_after_the_file_was_deleted_removes_no_newer_record() {
        let acquire = Acquire::by([1; 16]);
        let invalidated = published().acquire(&acquire).record.map(|record| record.fence).expect("it was published");
        let mut anew = Entry::default().at(NOON + MINUTE);
        let lease = anew.acquire(&acquire).lease.expect("nobody has it");
        assert!(anew.publish(&lease, b"newer".to_vec(), HOUR));
        assert!(!anew.remove(invalidated));
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let mut entry = published();
        entry.acquire(&Acquire { min_fence: entry.published, ..Acquire::by([3; 16]) });
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap().at(NOON), entry);
        assert!(text.contains(r#""c2VhbGVk""#), "sealed bytes are base64: {text}");
    }
}
