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
    "a free lease is granted",
    "a granted lease has the owner of the request",
    "a held lease is not granted to another owner",
    "a refused request returns the fence of the held lease",
    "a refused request returns at most the time left of the held lease",
    "a held lease is not granted to its own holder again",
    "a held lease can be extended",
    "only its owner can extend a lease",
    "a lease cannot be extended after its last extension has ended",
    "a later lease has a greater fence",
    "the earlier holder cannot extend the later lease",
    "the earlier holder cannot release the later lease",
    "the first record is published",
    "a newer record is returned instead of a lease",
    "a record is returned byte for byte",
    "a record has the fence of its lease",
    "a record is returned with the time left of its lifetime",
    "a record that is not above `min_fence` is not returned",
    "publishing releases the lease",
    "the next lease's fence is greater than the record's",
    "a newer record replaces the older one",
    "S3: a record is not returned after its lifetime",
    "fences keep growing after a record has expired",
    "the second holder can publish",
    "S1: the record of an older lease is refused",
    "S2: removing an older record removes nothing",
    "S4: the record with the greatest fence is returned",
    "the current record can be removed",
    "a record can be removed only once",
    "S1: an older record is refused after the newer one was removed",
    "S8: a lease has a fence greater than `min_fence`",
    "S8: a lease above `min_fence` can publish",
    "a cooldown is returned",
    "a cooldown is returned with the time left",
    "no lease is granted during a cooldown",
    "starting a cooldown releases the lease",
    "the holder of an ended lease can start a cooldown",
    "a request that ignores the cooldown gets a lease",
    "a release without a cooldown keeps the current one",
    "a new record ends the cooldown",
    "an older lease cannot start a cooldown after a newer record",
    "a lease is granted after a record has ended the cooldown",
    "a cooldown ends when its time is over",
    "a request with a span of zero takes no lease",
    "the lease after a released one has a greater fence",
    "only the current lease can be taken over",
    "a lease that takes over has a greater fence",
    "a lease that was taken over cannot be extended",
    "a lease that was taken over can publish if nothing is newer",
    "publishing does not end the lease that took over",
    "the lease that took over can publish afterwards",
    "the entries of two keys are independent",
    "one of sixteen concurrent requests gets the lease",
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
    had_a_cooldown: bool,
    had_a_record: bool,
}

impl Broken {
    fn new(what: &'static str, way: u32) -> Self {
        Self { what, way, entries: Mutex::default() }
    }

    fn breaks(&self, what: &str) -> bool {
        self.what == what
    }

    fn with<R>(&self, key: &CacheKey, change: impl FnOnce(&mut Entry, Instant) -> R) -> R {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap();
        let entry = entries.entry(key.clone()).or_default();
        if !self.breaks("S3: a record is not returned after its lifetime")
            && entry.record.take_if(|record| now >= record.2).is_some()
            && self.breaks("fences keep growing after a record has expired")
        {
            entry.fence = if self.way == 0 { 0 } else { entry.fence - 1 };
        }
        if !self.breaks("a cooldown ends when its time is over") {
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

    fn is_granted(&self, acquire: &Acquire, found: &Found, broken: &Broken) -> bool {
        let held = self.lease.map(|(lease, _)| lease);
        let same_owner = held.is_some_and(|held| held.owner == acquire.owner);
        let is_free = held.is_none()
            || held.map(|held| held.fence) == acquire.take_over
            || broken.breaks("a held lease is not granted to another owner") && !same_owner
            || broken.breaks("a held lease is not granted to its own holder again") && same_owner
            || broken.breaks("only the current lease can be taken over") && acquire.take_over.is_some();
        let ignore_cooldown =
            acquire.ignore_cooldown && !broken.breaks("a request that ignores the cooldown gets a lease");
        let is_open =
            found.cooldown.is_none() || ignore_cooldown || broken.breaks("no lease is granted during a cooldown");
        let is_needed =
            found.record.is_none() || broken.breaks("a newer record is returned instead of a lease") && broken.way == 1;
        let never = broken.breaks("a free lease is granted")
            && if broken.way == 0 { true } else { acquire.take_over.is_some() }
            || broken.breaks("a lease is granted after a record has ended the cooldown")
                && self.had_a_cooldown
                && !acquire.ignore_cooldown;
        is_free && is_open && is_needed && !never
    }

    fn found(&self, acquire: &Acquire, now: Instant, broken: &Broken) -> Found {
        let knows = |fence: u64| {
            fence <= acquire.min_fence && !broken.breaks("a record that is not above `min_fence` is not returned")
        };
        let mut record = self.record.clone().filter(|record| !knows(record.0)).map(|(fence, sealed, until)| Record {
            fence,
            sealed,
            left: until.saturating_duration_since(now),
        });
        if let Some(record) = &mut record {
            match broken.what {
                "a record is returned byte for byte" => record.sealed.truncate(1024),
                "a record has the fence of its lease" => record.fence += 1,
                "a record is returned with the time left of its lifetime" => {
                    record.left = if broken.way == 0 { record.left * 2 } else { record.left / 2 };
                }
                _ => {}
            }
        }
        if broken.breaks("a newer record is returned instead of a lease") && broken.way == 0 {
            record = None;
        }
        let mut cooldown = self
            .cooldown
            .clone()
            .map(|(sealed, until)| Cooldown { sealed, left: until.saturating_duration_since(now) });
        if let Some(cooldown) = &mut cooldown {
            match broken.what {
                "a cooldown is returned with the time left" if broken.way == 0 => cooldown.left *= 2,
                "a cooldown is returned with the time left" => cooldown.left /= 4,
                "a cooldown is returned" if broken.way == 1 => cooldown.sealed.clear(),
                _ => {}
            }
        }
        Found { record, cooldown, ..Found::default() }
    }

    fn acquire(&mut self, acquire: &Acquire, now: Instant, broken: &Broken) -> Found {
        let mut found = self.found(acquire, now, broken);
        let held = self.lease.map(|(lease, _)| lease);
        if !self.is_granted(acquire, &found, broken) {
            found.held_by = held.map(|held| held.fence);
            if broken.breaks("a refused request returns at most the time left of the held lease") {
                found.held_for = Duration::MAX;
            }
            if broken.breaks("a refused request returns the fence of the held lease") {
                found.held_by = held.filter(|_| broken.way == 1).map(|held| held.fence + 1);
            }
            return found;
        }
        let known = if broken.breaks("S8: a lease has a fence greater than `min_fence`") {
            acquire.min_fence.saturating_sub(1) * u64::from(broken.way)
        } else {
            acquire.min_fence
        };
        let keeps = broken.breaks("a lease that takes over has a greater fence") && held.is_some();
        if !keeps {
            let of_record = self.record.as_ref().map_or(0, |record| record.0);
            let of_record =
                if broken.breaks("the next lease's fence is greater than the record's") { 0 } else { of_record };
            let known = if of_record == 0 && self.record.is_some() { 0 } else { known };
            self.fence = self.fence.max(of_record).max(known) + 1;
        }
        let owner = if broken.breaks("a granted lease has the owner of the request") { [9; 16] } else { acquire.owner };
        let lease = Lease { owner, fence: self.fence };
        self.taken_over = held;
        let holds = acquire.span.is_zero() && broken.breaks("a request with a span of zero takes no lease");
        self.lease = Some((lease, now + if holds { Duration::from_secs(1) } else { acquire.span }));
        self.granted.push(lease);
        found.lease = Some(lease);
        found
    }

    fn extend(&mut self, lease: &Lease, until: Instant, broken: &Broken) -> bool {
        let held = self.lease.is_some_and(|(held, _)| match broken.what {
            "only its owner can extend a lease" => held.fence == lease.fence,
            "the earlier holder cannot extend the later lease" => self.granted.contains(lease),
            _ => held == *lease,
        });
        if held {
            let kept = self.lease.map_or(until, |(_, until)| until);
            let last = broken.breaks("a lease cannot be extended after its last extension has ended");
            self.lease = Some((*lease, if last { until.max(kept) } else { until }));
        }
        held && !broken.breaks("a held lease can be extended")
            || broken.breaks("a lease that was taken over cannot be extended") && self.taken_over == Some(*lease)
    }

    fn publish(&mut self, lease: &Lease, sealed: &[u8], until: Instant, broken: &Broken) -> bool {
        let held = self.holds(lease);
        if held && !broken.breaks("publishing releases the lease")
            || broken.breaks("publishing does not end the lease that took over")
        {
            self.lease = None;
        }
        let forgets =
            broken.breaks("S1: an older record is refused after the newer one was removed") && self.record.is_none();
        let newest = self.published < lease.fence || forgets;
        let refuses = match broken.what {
            "the first record is published" => !self.had_a_record,
            "a newer record replaces the older one" => self.record.is_some(),
            "the second holder can publish" => !self.had_a_record && lease.fence > 1,
            "S1: the record of an older lease is refused" => false,
            "S8: a lease above `min_fence` can publish" => lease.fence > 1_000 || !newest,
            "a lease that was taken over can publish if nothing is newer" => !held,
            "the lease that took over can publish afterwards" => {
                !newest || self.record.is_some() && self.granted.len() == 4
            }
            _ => !newest,
        };
        if refuses {
            if broken.breaks("S4: the record with the greatest fence is returned") {
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
        if !broken.breaks("a new record ends the cooldown") {
            self.cooldown = None;
        }
        true
    }

    fn release(&mut self, lease: &Lease, cooldown: Option<(Vec<u8>, Instant)>, broken: &Broken) {
        let held = self.holds(lease);
        let keeps = broken.breaks("starting a cooldown releases the lease") && cooldown.is_some();
        if held && !keeps || broken.breaks("the earlier holder cannot release the later lease") {
            self.lease = None;
        }
        if held && broken.breaks("the lease after a released one has a greater fence") {
            self.fence -= 1;
        }
        let newer = self.record.as_ref().is_some_and(|record| record.0 > lease.fence);
        match cooldown {
            None if broken.breaks("a release without a cooldown keeps the current one") => self.cooldown = None,
            Some(_) if broken.breaks("a cooldown is returned") && broken.way == 0 => {}
            Some(_) if broken.breaks("the holder of an ended lease can start a cooldown") && !held => {}
            Some(cooldown)
                if !newer || broken.breaks("an older lease cannot start a cooldown after a newer record") =>
            {
                self.had_a_cooldown = true;
                self.cooldown = Some(cooldown);
            }
            None | Some(_) => {}
        }
    }

    fn remove(&mut self, fence: u64, broken: &Broken) -> bool {
        let older = broken.breaks("S2: removing an older record removes nothing");
        let found = self.record.as_ref().is_some_and(|record| record.0 == fence || older && fence < record.0);
        match broken.what {
            "the current record can be removed" => return false,
            "a record can be removed only once" => return found,
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
    async fn acquire(&self, key: &CacheKey, acquire: &Acquire) -> Result<Found> {
        let together = self.breaks("one of sixteen concurrent requests gets the lease");
        let before = self.with(key, |entry, _| entry.clone());
        if together {
            tokio::task::yield_now().await;
        }
        Ok(self.with(key, |entry, now| {
            if together {
                *entry = before;
            }
            entry.acquire(acquire, now, self)
        }))
    }

    async fn extend(&self, key: &CacheKey, lease: &Lease, span: Duration) -> Result<bool> {
        Ok(self.with(key, |entry, now| entry.extend(lease, now + span, self)))
    }

    async fn publish(&self, key: &CacheKey, lease: &Lease, sealed: &[u8], lifetime: Duration) -> Result<bool> {
        if self.breaks("the entries of two keys are independent") {
            for (other, entry) in self.entries.lock().unwrap().iter_mut() {
                if other == key || entry.lease.is_none() {
                    continue;
                }
                if self.way == 0 {
                    entry.record = Some((lease.fence, sealed.to_vec(), Instant::now() + lifetime));
                } else {
                    entry.lease = Some((Lease { owner: [8; 16], ..*lease }, Instant::now() + lifetime));
                }
            }
        }
        Ok(self.with(key, |entry, now| entry.publish(lease, sealed, now + lifetime, self)))
    }

    async fn release(&self, key: &CacheKey, lease: &Lease, cooldown: Option<Cooldown>) -> Result<()> {
        self.with(key, |entry, now| {
            entry.release(lease, cooldown.map(|cooldown| (cooldown.sealed, now + cooldown.left)), self);
        });
        Ok(())
    }

    async fn remove(&self, key: &CacheKey, fence: u64) -> Result<bool> {
        Ok(self.with(key, |entry, _| entry.remove(fence, self)))
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
