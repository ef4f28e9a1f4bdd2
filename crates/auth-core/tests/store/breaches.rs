//! Stores that break one demand of the contract, and its name in the error.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use auth_core::store::{Acquire, CacheKey, Cooldown, Found, Lease, Record, Store, conformance};
use auth_core::{Error, ErrorKind, Result};
use tokio::time::Instant;

/// The demands of the contract. [`Broken`] breaks each in turn and no other, some in more than one way.
const DEMANDS: &[&str] = &[
    "a lease that nobody holds is granted",
    "a lease has the owner that the claim names",
    "a lease that is held is not granted again",
    "who is not granted the lease is told its holder's fence",
    "and no more than what is left of it",
    "not even to its own holder",
    "a lease that is held can be extended",
    "only by its owner",
    "not after its end, which is that of the last extension",
    "a later lease has a greater fence",
    "the earlier holder cannot extend the later lease",
    "nor can it give that one back",
    "the first record is published",
    "a record is found, and no lease is granted beside it",
    "byte for byte",
    "with the fence of its lease",
    "with what is left of its lifetime, and no more",
    "a record that is not newer than was asked for is left out",
    "publishing gave the lease back",
    "the next lease's fence is greater than the record's",
    "a newer record takes the older one's place",
    "S3: a record is gone when its lifetime is over",
    "fences go on when a record has ended",
    "the second holder publishes",
    "S1: an older lease's result is refused",
    "S2: who removes an older record removes nothing",
    "S4: the record is that of the highest fence",
    "the record that is there can be removed",
    "once",
    "S1: nor is it taken once the newer one was removed",
    "S8: a lease's fence is greater than the one that its claimant knows of",
    "S8: and what it publishes is taken",
    "a cooldown is found",
    "with what is left of it",
    "no lease is granted at a closed cooldown",
    "closing it gave the lease back",
    "whose lease has ended closes the cooldown as well",
    "a lease is granted to who asks for it past the cooldown",
    "a release without a cooldown leaves it closed",
    "a record opens the cooldown",
    "which an older lease's refusal does not close again",
    "and a lease can be had again",
    "a cooldown opens when its time is over",
    "a claim without a span leaves the lease to others",
    "a lease that was given back is granted with a greater fence",
    "only the very lease that is held can be taken over",
    "a lease that is taken over has a greater fence",
    "and is no longer its first holder's",
    "whose result is taken while there is nothing newer",
    "which does not end the lease that took its place",
    "nor keeps the newer result out",
    "what is under one name is not under another",
    "of sixteen who ask at once, one gets the lease",
];

/// A store that keeps the contract except for one demand.
#[derive(Debug)]
struct Broken {
    what: &'static str,
    /// The way of breaking it.
    way: u32,
    entries: Mutex<HashMap<CacheKey, Entry>>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
    record: Option<(u64, Vec<u8>, Instant)>,
    cooldown: Option<(Vec<u8>, Instant)>,
    lease: Option<(Lease, Instant)>,
    published: u64,
    fence: u64,
    granted: Vec<Lease>,
    taken_over: Option<Lease>,
    had_a_gate: bool,
    had_a_record: bool,
}

impl Broken {
    fn new(what: &'static str, way: u32) -> Self {
        Self { what, way, entries: Mutex::default() }
    }

    fn breaks(&self, what: &str) -> bool {
        self.what == what
    }

    fn with<R>(&self, name: &CacheKey, change: impl FnOnce(&mut Entry, Instant) -> R) -> R {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap();
        let entry = entries.entry(name.clone()).or_default();
        if !self.breaks("S3: a record is gone when its lifetime is over")
            && entry.record.take_if(|record| now >= record.2).is_some()
            && self.breaks("fences go on when a record has ended")
        {
            entry.fence = if self.way == 0 { 0 } else { entry.fence - 1 };
        }
        if !self.breaks("a cooldown opens when its time is over") {
            entry.cooldown.take_if(|cooldown| now >= cooldown.1);
        }
        if entry.lease.is_some_and(|lease| now >= lease.1) {
            if self.breaks("a later lease has a greater fence") {
                entry.fence -= 1;
            }
            entry.lease = None;
        }
        change(entry, now)
    }
}

impl Entry {
    fn holds(&self, lease: &Lease) -> bool {
        self.lease.is_some_and(|(held, _)| held == *lease)
    }

    fn is_granted(&self, claim: &Acquire, found: &Found, broken: &Broken) -> bool {
        let held = self.lease.map(|(lease, _)| lease);
        let same_owner = held.is_some_and(|held| held.owner == claim.owner);
        let is_free = held.is_none()
            || held.map(|held| held.fence) == claim.take_over
            || broken.breaks("a lease that is held is not granted again") && !same_owner
            || broken.breaks("not even to its own holder") && same_owner
            || broken.breaks("only the very lease that is held can be taken over") && claim.take_over.is_some();
        let ignore_cooldown =
            claim.ignore_cooldown && !broken.breaks("a lease is granted to who asks for it past the cooldown");
        let is_open =
            found.cooldown.is_none() || ignore_cooldown || broken.breaks("no lease is granted at a closed cooldown");
        let is_needed = found.record.is_none()
            || broken.breaks("a record is found, and no lease is granted beside it") && broken.way == 1;
        let never = broken.breaks("a lease that nobody holds is granted")
            && if broken.way == 0 { true } else { claim.take_over.is_some() }
            || broken.breaks("and a lease can be had again") && self.had_a_gate && !claim.ignore_cooldown;
        is_free && is_open && is_needed && !never
    }

    fn found(&self, claim: &Acquire, now: Instant, broken: &Broken) -> Found {
        let knows = |fence: u64| {
            fence <= claim.min_fence && !broken.breaks("a record that is not newer than was asked for is left out")
        };
        let mut record = self.record.clone().filter(|record| !knows(record.0)).map(|(fence, sealed, until)| Record {
            fence,
            sealed,
            left: until.saturating_duration_since(now),
        });
        if let Some(record) = &mut record {
            match broken.what {
                "byte for byte" => record.sealed.truncate(1024),
                "with the fence of its lease" => record.fence += 1,
                "with what is left of its lifetime, and no more" => {
                    record.left = if broken.way == 0 { record.left * 2 } else { record.left / 2 };
                }
                _ => {}
            }
        }
        if broken.breaks("a record is found, and no lease is granted beside it") && broken.way == 0 {
            record = None;
        }
        let mut cooldown = self
            .cooldown
            .clone()
            .map(|(sealed, until)| Cooldown { sealed, left: until.saturating_duration_since(now) });
        if let Some(cooldown) = &mut cooldown {
            match broken.what {
                "with what is left of it" if broken.way == 0 => cooldown.left *= 2,
                "with what is left of it" => cooldown.left /= 4,
                "a cooldown is found" if broken.way == 1 => cooldown.sealed.clear(),
                _ => {}
            }
        }
        Found { record, cooldown, ..Found::default() }
    }

    fn acquire(&mut self, claim: &Acquire, now: Instant, broken: &Broken) -> Found {
        let mut found = self.found(claim, now, broken);
        let held = self.lease.map(|(lease, _)| lease);
        if !self.is_granted(claim, &found, broken) {
            found.held_by = held.map(|held| held.fence);
            if broken.breaks("and no more than what is left of it") {
                found.held_for = Duration::MAX;
            }
            if broken.breaks("who is not granted the lease is told its holder's fence") {
                found.held_by = held.filter(|_| broken.way == 1).map(|held| held.fence + 1);
            }
            return found;
        }
        let known = if broken.breaks("S8: a lease's fence is greater than the one that its claimant knows of") {
            claim.min_fence.saturating_sub(1) * u64::from(broken.way)
        } else {
            claim.min_fence
        };
        let keeps = broken.breaks("a lease that is taken over has a greater fence") && held.is_some();
        if !keeps {
            let of_record = self.record.as_ref().map_or(0, |record| record.0);
            let of_record =
                if broken.breaks("the next lease's fence is greater than the record's") { 0 } else { of_record };
            let known = if of_record == 0 && self.record.is_some() { 0 } else { known };
            self.fence = self.fence.max(of_record).max(known) + 1;
        }
        let owner = if broken.breaks("a lease has the owner that the claim names") { [9; 16] } else { claim.owner };
        let lease = Lease { owner, fence: self.fence };
        self.taken_over = held;
        let holds = claim.span.is_zero() && broken.breaks("a claim without a span leaves the lease to others");
        self.lease = Some((lease, now + if holds { Duration::from_secs(1) } else { claim.span }));
        self.granted.push(lease);
        found.lease = Some(lease);
        found
    }

    fn extend(&mut self, lease: &Lease, until: Instant, broken: &Broken) -> bool {
        let held = self.lease.is_some_and(|(held, _)| match broken.what {
            "only by its owner" => held.fence == lease.fence,
            "the earlier holder cannot extend the later lease" => self.granted.contains(lease),
            _ => held == *lease,
        });
        if held {
            let kept = self.lease.map_or(until, |(_, until)| until);
            let last = broken.breaks("not after its end, which is that of the last extension");
            self.lease = Some((*lease, if last { until.max(kept) } else { until }));
        }
        held && !broken.breaks("a lease that is held can be extended")
            || broken.breaks("and is no longer its first holder's") && self.taken_over == Some(*lease)
    }

    fn publish(&mut self, lease: &Lease, sealed: &[u8], until: Instant, broken: &Broken) -> bool {
        let held = self.holds(lease);
        if held && !broken.breaks("publishing gave the lease back")
            || broken.breaks("which does not end the lease that took its place")
        {
            self.lease = None;
        }
        let forgets = broken.breaks("S1: nor is it taken once the newer one was removed") && self.record.is_none();
        let newest = self.published < lease.fence || forgets;
        let refuses = match broken.what {
            "the first record is published" => !self.had_a_record,
            "a newer record takes the older one's place" => self.record.is_some(),
            "the second holder publishes" => !self.had_a_record && lease.fence > 1,
            "S1: an older lease's result is refused" => false,
            "S8: and what it publishes is taken" => lease.fence > 1_000 || !newest,
            "whose result is taken while there is nothing newer" => !held,
            "nor keeps the newer result out" => !newest || self.record.is_some() && self.granted.len() == 4,
            _ => !newest,
        };
        if refuses {
            if broken.breaks("S4: the record is that of the highest fence") {
                self.record = self.record.take().map(|(fence, ..)| (fence, sealed.to_vec(), until));
            }
            return false;
        }
        self.had_a_record = true;
        self.published = lease.fence;
        self.record = Some((lease.fence, sealed.to_vec(), until));
        if broken.breaks("the next lease's fence is greater than the record's") {
            self.fence = lease.fence - 1;
        }
        if !broken.breaks("a record opens the cooldown") {
            self.cooldown = None;
        }
        true
    }

    fn release(&mut self, lease: &Lease, cooldown: Option<(Vec<u8>, Instant)>, broken: &Broken) {
        let held = self.holds(lease);
        let keeps = broken.breaks("closing it gave the lease back") && cooldown.is_some();
        if held && !keeps || broken.breaks("nor can it give that one back") {
            self.lease = None;
        }
        if held && broken.breaks("a lease that was given back is granted with a greater fence") {
            self.fence -= 1;
        }
        let newer = self.record.as_ref().is_some_and(|record| record.0 > lease.fence);
        match cooldown {
            None if broken.breaks("a release without a cooldown leaves it closed") => self.cooldown = None,
            Some(_) if broken.breaks("a cooldown is found") && broken.way == 0 => {}
            Some(_) if broken.breaks("whose lease has ended closes the cooldown as well") && !held => {}
            Some(cooldown) if !newer || broken.breaks("which an older lease's refusal does not close again") => {
                self.had_a_gate = true;
                self.cooldown = Some(cooldown);
            }
            None | Some(_) => {}
        }
    }

    fn remove(&mut self, fence: u64, broken: &Broken) -> bool {
        let older = broken.breaks("S2: who removes an older record removes nothing");
        let found = self.record.as_ref().is_some_and(|record| record.0 == fence || older && fence < record.0);
        match broken.what {
            "the record that is there can be removed" => return false,
            "once" => return found,
            _ => {}
        }
        if found {
            self.record = None;
        }
        found
    }
}

#[async_trait]
impl Store for Broken {
    async fn acquire(&self, name: &CacheKey, claim: &Acquire) -> Result<Found> {
        let together = self.breaks("of sixteen who ask at once, one gets the lease");
        let before = self.with(name, |entry, _| entry.clone());
        if together {
            tokio::task::yield_now().await;
        }
        Ok(self.with(name, |entry, now| {
            if together {
                *entry = before;
            }
            entry.acquire(claim, now, self)
        }))
    }

    async fn extend(&self, name: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        Ok(self.with(name, |entry, now| entry.extend(lease, now + span, self)))
    }

    async fn publish(&self, name: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        if self.breaks("what is under one name is not under another") {
            for (other, entry) in self.entries.lock().unwrap().iter_mut() {
                if other == name || entry.lease.is_none() {
                    continue;
                }
                if self.way == 0 {
                    entry.record = Some((lease.fence, sealed.to_vec(), Instant::now() + lifetime));
                } else {
                    entry.lease = Some((Lease { owner: [8; 16], ..*lease }, Instant::now() + lifetime));
                }
            }
        }
        Ok(self.with(name, |entry, now| entry.publish(lease, sealed, now + lifetime, self)))
    }

    async fn release(&self, name: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        self.with(name, |entry, now| {
            entry.release(lease, cooldown.map(|cooldown| (cooldown.sealed, now + cooldown.left)), self);
        });
        Ok(())
    }

    async fn remove(&self, name: &CacheKey, fence: u64) -> Result<bool> {
        Ok(self.with(name, |entry, _| entry.remove(fence, self)))
    }
}

#[tokio::test(start_paused = true)]
async fn each_demand_is_checked_and_named() {
    conformance::check(&Broken::new("nothing", 0)).await.unwrap();
    for (demand, way) in DEMANDS.iter().flat_map(|demand| [(demand, 0), (demand, 1)]) {
        let told = conformance::check(&Broken::new(demand, way)).await.err().map(|breach| breach.to_string());
        assert_eq!(told, Some(format!("this does not hold: {demand}")), "{way}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_returns_an_error_fails_the_check() {
    #[derive(Debug)]
    struct Down;

    #[async_trait]
    impl Store for Down {
        async fn acquire(&self, _: &CacheKey, _: &Acquire) -> Result<Found> {
            Err(Error::new(ErrorKind::Unavailable, "connection refused"))
        }

        async fn extend(&self, _: &CacheKey, _: &Lease, _: Duration) -> Result<bool> {
            Ok(true)
        }

        async fn publish(&self, _: &CacheKey, _: &Lease, _: &[u8], _: Duration) -> Result<bool> {
            Ok(true)
        }

        async fn release(&self, _: &CacheKey, _: &Lease, _: Option<Cooldown>) -> Result<()> {
            Ok(())
        }

        async fn remove(&self, _: &CacheKey, _: u64) -> Result<bool> {
            Ok(true)
        }
    }

    let breach = conformance::check(&Down).await.unwrap_err();
    assert_eq!(breach.to_string(), "this does not hold: an operation succeeds");
    assert!(breach.source().is_some_and(|error| error.to_string().contains("connection refused")));
    let broken = conformance::check(&Broken::new(DEMANDS[0], 0)).await.unwrap_err();
    assert!(broken.source().is_none());
}
