//! The conformance suite for any [`Store`].
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use auth_core::store::{FileStore, conformance};
//!
//! let folder = std::env::temp_dir().join("auth-core-docs");
//! conformance::check(&FileStore::at(folder)?).await?;
//! # Ok(())
//! # }
//! ```

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use chacha20poly1305::aead::Generate;
use futures_util::future::{join_all, join4};

use super::{Acquire, CacheKey, Cooldown, Ended, Lease, Observed, Record, Spent, Store, Take, Taken, Window};
use crate::error::Error;
use crate::sync::sleep;

const LONG: Duration = Duration::from_secs(3600);
/// A span that ends while the test waits. It is longer than a busy machine needs for an operation.
const SHORT: Duration = Duration::from_millis(400);
const OWNER: [u8; 16] = [1; 16];
const OTHER: [u8; 16] = [2; 16];

/// Tests all rules of [`Store`], under keys that nobody else has. It takes a second, because it waits for leases and
/// contents to expire.
///
/// ```
/// # async fn show(store: &dyn auth_core::store::Store) -> Result<(), auth_core::store::conformance::Breach> {
/// auth_core::store::conformance::check(store).await
/// # }
/// ```
///
/// # Errors
///
/// The first rule that the store breaks, or the error that it returned.
pub async fn check(store: &dyn Store) -> Result<(), Breach> {
    keys_are_independent(store, &fresh(), &fresh()).await?;
    // All at once, because each waits for something to expire. The first breach in this order is the clearest.
    let (lease, record, newest, cooldown) = join4(
        a_lease_has_one_holder(store, &fresh()),
        a_record_is_returned_during_its_lifetime(store, &fresh()),
        the_newest_record_wins(store, &fresh()),
        a_cooldown_starts_and_ends(store, &fresh()),
    )
    .await;
    lease.and(record).and(newest).and(cooldown)?;
    a_lease_is_released_or_taken_over(store, &fresh()).await?;
    one_of_many_requests_is_granted(store, &fresh()).await?;
    permits_are_granted_within_the_quota(store, &fresh()).await?;
    a_part_is_that_of_its_processes(store, &fresh()).await
}

async fn a_lease_has_one_holder(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    let first = leased(store, key, &by(OWNER, LONG)).await?;
    let found = store.acquire(key, &by(OTHER, LONG)).await?;
    holds(found.lease.is_none(), "a held lease is not granted to another owner")?;
    holds(found.held_by == Some(first.fence), "a refused request returns the fence of the held lease")?;
    holds(found.held_for <= LONG, "a refused request returns at most the time left of the held lease")?;
    let found = store.acquire(key, &by(OWNER, LONG)).await?;
    holds(found.lease.is_none(), "a held lease is not granted to its own holder again")?;
    holds(store.extend(key, &first, SHORT).await?, "a held lease can be extended")?;
    let imposter = Lease { owner: OTHER, ..first };
    holds(!store.extend(key, &imposter, LONG).await?, "only its owner can extend a lease")?;
    over().await;
    holds(!store.extend(key, &first, LONG).await?, "a lease cannot be extended after its last extension has ended")?;
    let second = leased(store, key, &by(OTHER, LONG)).await?;
    holds(second.fence > first.fence, "a later lease has a greater fence")?;
    holds(!store.extend(key, &first, LONG).await?, "the earlier holder cannot extend the later lease")?;
    store.release(key, &first, None).await?;
    let found = store.acquire(key, &by(OWNER, LONG)).await?;
    holds(found.lease.is_none(), "the earlier holder cannot release the later lease")
}

async fn a_record_is_returned_during_its_lifetime(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    let lease = leased(store, key, &by(OWNER, LONG)).await?;
    let sealed: Vec<u8> = (0..=255).cycle().take(4096).collect();
    holds(store.publish(key, &lease, &sealed, LONG).await?, "the first record is published")?;
    let found = store.acquire(key, &by(OTHER, LONG)).await?;
    let record = found.record.filter(|_| found.lease.is_none());
    let Record { fence, sealed: found, left } = some(record, "a newer record is returned instead of a lease")?;
    holds(found == sealed, "a record is returned byte for byte")?;
    holds(fence == lease.fence, "a record has the fence of its lease")?;
    holds(left <= LONG && left > LONG * 59 / 60, "a record is returned with the time left of its lifetime")?;
    let knows_it = Acquire { min_fence: fence, ..by(OTHER, LONG) };
    let found = store.acquire(key, &knows_it).await?;
    holds(found.record.is_none(), "a record that is not above `min_fence` is not returned")?;
    let next = some(found.lease, "publishing releases the lease")?;
    holds(next.fence > fence, "the next lease's fence is greater than the record's")?;
    holds(store.publish(key, &next, b"short", SHORT).await?, "a newer record replaces the older one")?;
    over().await;
    let found = store.acquire(key, &by(OTHER, LONG)).await?;
    holds(found.record.is_none(), "S3: a record is not returned after its lifetime")?;
    holds(found.lease.is_some_and(|lease| lease.fence > next.fence), "fences keep growing after a record has expired")
}

async fn the_newest_record_wins(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    let old = leased(store, key, &by(OWNER, SHORT)).await?;
    over().await;
    let new = leased(store, key, &by(OTHER, LONG)).await?;
    holds(store.publish(key, &new, b"new", LONG).await?, "the second holder can publish")?;
    holds(!store.publish(key, &old, b"old", LONG).await?, "S1: the record of an older lease is refused")?;
    holds(!store.publish(key, &new, b"twice", LONG).await?, "S1: a lease can publish only once")?;
    holds(!store.remove(key, old.fence).await?, "S2: removing an older record removes nothing")?;
    let record = store.acquire(key, &by(OWNER, LONG)).await?.record;
    holds(record.is_some_and(|record| record.sealed == b"new"), "S4: the record with the greatest fence is returned")?;
    holds(store.remove(key, new.fence).await?, "the current record can be removed")?;
    holds(!store.remove(key, new.fence).await?, "a record can be removed only once")?;
    let published = store.publish(key, &old, b"old", LONG).await?;
    holds(!published, "S1: an older record is refused after the newer one was removed")?;
    // A store may lose its fences, so a caller that knows a greater one states it.
    let knows_more = Acquire { min_fence: new.fence + 1_000, ..by(OWNER, LONG) };
    let lease = leased(store, key, &knows_more).await?;
    holds(lease.fence > new.fence + 1_000, "S8: a lease has a fence greater than `min_fence`")?;
    holds(store.publish(key, &lease, b"newest", LONG).await?, "S8: a lease above `min_fence` can publish")
}

async fn a_cooldown_starts_and_ends(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    let lease = leased(store, key, &by(OWNER, LONG)).await?;
    store.release(key, &lease, Some(Cooldown { sealed: b"refused".to_vec(), left: LONG })).await?;
    let found = store.acquire(key, &by(OTHER, LONG)).await?;
    let Cooldown { sealed, left } = some(found.cooldown, "a cooldown is returned")?;
    holds(sealed == b"refused", "a cooldown is returned")?;
    holds(left <= LONG && left > LONG / 2, "a cooldown is returned with the time left")?;
    holds(found.lease.is_none(), "no lease is granted during a cooldown")?;
    holds(found.held_by.is_none(), "starting a cooldown releases the lease")?;
    let again = Some(Cooldown { sealed: b"again".to_vec(), left: LONG });
    store.release(key, &lease, again).await?;
    let past = Acquire { ignore_cooldown: true, ..by(OTHER, LONG) };
    let found = store.acquire(key, &past).await?;
    let sealed = found.cooldown.map(|cooldown| cooldown.sealed);
    holds(sealed.is_some_and(|sealed| sealed == b"again"), "the holder of an ended lease can start a cooldown")?;
    let lease = some(found.lease, "a request that ignores the cooldown gets a lease")?;
    store.release(key, &lease, None).await?;
    let found = store.acquire(key, &by(OTHER, LONG)).await?;
    holds(found.cooldown.is_some(), "a release without a cooldown keeps the current one")?;
    let lease = leased(store, key, &past).await?;
    store.publish(key, &lease, b"record", LONG).await?;
    let knows_it = Acquire { min_fence: lease.fence, ..by(OTHER, LONG) };
    let free = store.acquire(key, &knows_it).await?;
    holds(free.cooldown.is_none(), "a new record ends the cooldown")?;
    let late = Some(Cooldown { sealed: b"late".to_vec(), left: LONG });
    store.release(key, &Lease { owner: OWNER, fence: lease.fence - 1 }, late).await?;
    let found = store.acquire(key, &knows_it).await?;
    holds(found.cooldown.is_none(), "an older lease cannot start a cooldown after a newer record")?;
    let lease = some(free.lease, "a lease is granted after a record has ended the cooldown")?;
    store.release(key, &lease, Some(Cooldown { sealed: b"short".to_vec(), left: SHORT })).await?;
    over().await;
    holds(store.acquire(key, &knows_it).await?.cooldown.is_none(), "a cooldown ends when its time is over")
}

async fn a_lease_is_released_or_taken_over(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    store.acquire(key, &by(OTHER, Duration::ZERO)).await?;
    let found = store.acquire(key, &by(OWNER, LONG)).await?;
    let first = some(found.lease, "a request with a span of zero takes no lease")?;
    store.release(key, &first, None).await?;
    let second = leased(store, key, &by(OWNER, LONG)).await?;
    holds(second.fence > first.fence, "the lease after a released one has a greater fence")?;
    let wrong = Acquire { take_over: Some(first.fence), ..by(OTHER, LONG) };
    holds(store.acquire(key, &wrong).await?.lease.is_none(), "only the current lease can be taken over")?;
    let third = leased(store, key, &Acquire { take_over: Some(second.fence), ..by(OTHER, LONG) }).await?;
    holds(third.fence > second.fence, "a lease that takes over has a greater fence")?;
    holds(!store.extend(key, &second, LONG).await?, "a lease that was taken over cannot be extended")?;
    let published = store.publish(key, &second, b"slow", LONG).await?;
    holds(published, "a lease that was taken over can publish if nothing is newer")?;
    holds(store.extend(key, &third, LONG).await?, "publishing does not end the lease that took over")?;
    holds(store.publish(key, &third, b"newer", LONG).await?, "the lease that took over can publish afterwards")
}

async fn keys_are_independent(store: &dyn Store, one: &CacheKey, other: &CacheKey) -> Result<(), Breach> {
    let lease = leased(store, one, &by(OWNER, LONG)).await?;
    let elsewhere = leased(store, other, &by(OWNER, LONG)).await?;
    store.publish(one, &lease, b"one", LONG).await?;
    store.release(other, &elsewhere, None).await?;
    let found = store.acquire(other, &by(OWNER, LONG)).await?;
    holds(found.record.is_none() && found.lease.is_some(), "the entries of two keys are independent")
}

async fn one_of_many_requests_is_granted(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    let ask = by(OWNER, LONG);
    let found = join_all((0..16).map(|_| store.acquire(key, &ask))).await;
    let granted = found.into_iter().flatten().filter(|found| found.lease.is_some()).count();
    holds(granted == 1, "one of sixteen concurrent requests gets the lease")
}

/// A store that does not support quotas keeps this rule, too.
async fn permits_are_granted_within_the_quota(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    let windows = || vec![Window::new(50, LONG), Window::new(20, SHORT)];
    let take = |process, want| Take { process, want, ..Take::new(windows()) };
    let Some(first) = store.take_permits(key, &take(1, 3)).await? else { return Ok(()) };
    holds(first.count == 3 && first.starts_in.is_zero(), "permits that are free are granted at once")?;
    let asked: Vec<Take> = (2..18).map(|process| take(process, 3)).collect();
    let taken = join_all(asked.iter().map(|take| store.take_permits(key, take))).await;
    let taken: Vec<Taken> = taken.into_iter().flatten().flatten().collect();
    let granted: u32 = taken.iter().map(|taken| taken.count).sum();
    holds(granted == 17, "concurrent requests together get what is left of the shortest window")?;
    let processes = taken.iter().map(|taken| taken.processes).max();
    holds(processes == Some(17), "the processes that ask are counted")?;
    let refused = some(taken.iter().find(|taken| taken.count == 0), "a request above the quota gets nothing")?;
    holds(refused.retry_in <= SHORT + SHORT / 10, "a refusal returns the time until the next permit")?;
    let patient = Take { wait: LONG, hold: SHORT, ..take(1, 5) };
    let later = some(store.take_permits(key, &patient).await?, "a store does not stop to support quotas")?;
    holds(later.count > 0 && later.starts_in <= SHORT + SHORT / 10, "a request that can wait gets later permits")?;
    over().await;
    let ended = Ended { lease: later.lease, unused: later.count, used: 0, early: Duration::ZERO };
    let given_back = Take { ended: Some(ended), ..take(1, 0) };
    let taken = some(store.take_permits(key, &given_back).await?, "a store does not stop to support quotas")?;
    holds(taken.left == 20, "unused permits can be given back")?;
    let observed = Observed { per: LONG, used: 40, reset: LONG / 2 };
    let observed = Take { observed: Some(observed), pause: LONG, ..take(1, 1) };
    let taken = some(store.take_permits(key, &observed).await?, "a store does not stop to support quotas")?;
    holds(taken.left == 10, "requests that the provider has counted in addition are counted")?;
    holds(taken.count == 0 && taken.retry_in > LONG / 2, "nothing is granted while the provider asks for a pause")?;
    let spent = Take { spent: vec![Spent { count: 9, left: LONG }], ..take(1, 0) };
    let taken = some(store.take_permits(key, &spent).await?, "a store does not stop to support quotas")?;
    holds(taken.left == 1, "permits that were used without the store are counted")?;
    let knows = Take { knows: LONG * 2, ..take(1, 1) };
    let taken = some(store.take_permits(key, &knows).await?, "a store does not stop to support quotas")?;
    holds(taken.count == 0 && taken.incomplete_for > LONG / 2, "a ledger that lost its record grants nothing")
}

/// A store that grants no parts keeps this rule, too.
async fn a_part_is_that_of_its_processes(store: &dyn Store, key: &CacheKey) -> Result<(), Breach> {
    let take = |process, want| Take { process, want, ..Take::new(vec![Window::new(40, LONG)]) };
    let unknown = store.take_part(key, &take(1, 40)).await?;
    holds(unknown.is_none(), "a part is unknown before the fleet's store has answered")?;
    let fleet = Some(Taken { processes: 4, left: 40, ..Taken::default() });
    if store.take_part(key, &Take { fleet, ..take(1, 0) }).await?.is_none() {
        return Ok(());
    }
    let taken = some(store.take_part(key, &take(1, 40)).await?, "a part is known after an answer")?;
    holds(taken.count == 10, "a part is that of its processes among all")?;
    let taken = some(store.take_part(key, &take(2, 40)).await?, "a part is known to other processes")?;
    holds(taken.count == 0, "a process that the fleet's store has not answered adds nothing to a part")
}

fn by(owner: [u8; 16], span: Duration) -> Acquire {
    Acquire { span, ..Acquire::by(owner) }
}

async fn leased(store: &dyn Store, key: &CacheKey, acquire: &Acquire) -> Result<Lease, Breach> {
    let found = store.acquire(key, acquire).await?;
    let lease = some(found.lease, "a free lease is granted")?;
    holds(lease.owner == acquire.owner, "a granted lease has the owner of the request")?;
    Ok(lease)
}

async fn over() {
    sleep(SHORT + Duration::from_millis(50)).await;
}

fn fresh() -> CacheKey {
    CacheKey::new("conformance", &<[u8; 32]>::try_generate().unwrap_or_default())
}

fn holds(held: bool, what: &'static str) -> Result<(), Breach> {
    some(held.then_some(()), what)
}

fn some<T>(found: Option<T>, what: &'static str) -> Result<T, Breach> {
    found.ok_or(Breach { broken: what, source: None })
}

/// A breach of the store's contract.
///
/// ```
/// # fn show(breach: auth_core::store::conformance::Breach) {
/// eprintln!("{breach}");
/// # }
/// ```
#[derive(Debug)]
pub struct Breach {
    broken: &'static str,
    source: Option<Error>,
}

impl From<Error> for Breach {
    fn from(error: Error) -> Self {
        Self { broken: "an operation succeeds", source: Some(error) }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this does not hold: {}", self.broken)
    }
}

impl StdError for Breach {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
