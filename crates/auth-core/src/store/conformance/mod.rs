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

mod breach;

use std::time::Duration;

use chacha20poly1305::aead::Generate;

pub use self::breach::Breach;
use super::{Acquire, CacheKey, Cooldown, Found, Lease, Record, Store};
use crate::sync::sleep;

const LONG: Duration = Duration::from_secs(3600);
/// A span that ends while the test waits. It is longer than a busy machine needs for an operation.
const SHORT: Duration = Duration::from_millis(400);
const OWNER: [u8; 16] = [1; 16];
const OTHER: [u8; 16] = [2; 16];

/// Tests all rules of [`Store`], under keys that nobody else has. It takes some seconds, because it waits for leases
/// and contents to expire.
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
    a_lease_is_one_callers(store, &fresh()).await?;
    a_record_is_found_while_it_lives(store, &fresh()).await?;
    the_newest_record_stays(store, &fresh()).await?;
    a_gate_closes_and_opens(store, &fresh()).await?;
    a_lease_is_given_up_or_taken_over(store, &fresh()).await?;
    names_are_apart(store, &fresh(), &fresh()).await?;
    one_of_many_is_granted(store, &fresh()).await
}

async fn a_lease_is_one_callers(store: &dyn Store, name: &CacheKey) -> Result<(), Breach> {
    let first = leased(store, name, &claim(OWNER, LONG)).await?;
    let found = store.acquire(name, &claim(OTHER, LONG)).await?;
    holds(found.lease.is_none(), "a lease that is held is not granted again")?;
    holds(found.held_by == Some(first.fence), "who is not granted the lease is told its holder's fence")?;
    holds(found.held_for <= LONG, "and no more than what is left of it")?;
    let found = store.acquire(name, &claim(OWNER, LONG)).await?;
    holds(found.lease.is_none(), "not even to its own holder")?;
    holds(store.extend(name, &first, SHORT).await?, "a lease that is held can be extended")?;
    let imposter = Lease { owner: OTHER, ..first };
    holds(!store.extend(name, &imposter, LONG).await?, "only by its owner")?;
    over().await;
    holds(!store.extend(name, &first, LONG).await?, "not after its end, which is that of the last extension")?;
    let second = leased(store, name, &claim(OTHER, LONG)).await?;
    holds(second.fence > first.fence, "a later lease has a greater fence")?;
    holds(!store.extend(name, &first, LONG).await?, "the earlier holder cannot extend the later lease")?;
    store.release(name, &first, None).await?;
    holds(store.acquire(name, &claim(OWNER, LONG)).await?.lease.is_none(), "nor can it give that one back")
}

async fn a_record_is_found_while_it_lives(store: &dyn Store, name: &CacheKey) -> Result<(), Breach> {
    let lease = leased(store, name, &claim(OWNER, LONG)).await?;
    let sealed: Vec<u8> = (0..=255).cycle().take(4096).collect();
    holds(store.publish(name, &lease, &sealed, LONG).await?, "the first record is published")?;
    let Found { record: Some(Record { fence, sealed: found, left }), lease: None, .. } =
        store.acquire(name, &claim(OTHER, LONG)).await?
    else {
        return Err(Breach::of("a record is found, and no lease is granted beside it"));
    };
    holds(found == sealed, "byte for byte")?;
    holds(fence == lease.fence, "with the fence of its lease")?;
    holds(left <= LONG && left > LONG * 59 / 60, "with what is left of its lifetime, and no more")?;
    let knows_it = Acquire { min_fence: fence, ..claim(OTHER, LONG) };
    let found = store.acquire(name, &knows_it).await?;
    holds(found.record.is_none(), "a record that is not newer than was asked for is left out")?;
    let Some(next) = found.lease else { return Err(Breach::of("publishing gave the lease back")) };
    holds(next.fence > fence, "the next lease's fence is greater than the record's")?;
    holds(store.publish(name, &next, b"short", SHORT).await?, "a newer record takes the older one's place")?;
    over().await;
    let found = store.acquire(name, &claim(OTHER, LONG)).await?;
    holds(found.record.is_none(), "S3: a record is gone when its lifetime is over")?;
    holds(found.lease.is_some_and(|lease| lease.fence > next.fence), "fences go on when a record has ended")
}

async fn the_newest_record_stays(store: &dyn Store, name: &CacheKey) -> Result<(), Breach> {
    let old = leased(store, name, &claim(OWNER, SHORT)).await?;
    over().await;
    let new = leased(store, name, &claim(OTHER, LONG)).await?;
    holds(store.publish(name, &new, b"new", LONG).await?, "the second holder publishes")?;
    holds(!store.publish(name, &old, b"old", LONG).await?, "S1: an older lease's result is refused")?;
    holds(!store.publish(name, &new, b"twice", LONG).await?, "S1: a lease publishes once")?;
    holds(!store.remove(name, old.fence).await?, "S2: who removes an older record removes nothing")?;
    let record = store.acquire(name, &claim(OWNER, LONG)).await?.record;
    holds(record.is_some_and(|record| record.sealed == b"new"), "S4: the record is that of the highest fence")?;
    holds(store.remove(name, new.fence).await?, "the record that is there can be removed")?;
    holds(!store.remove(name, new.fence).await?, "once")?;
    holds(!store.publish(name, &old, b"old", LONG).await?, "S1: nor is it taken once the newer one was removed")?;
    // A store may lose its fences, so a caller that knows a greater one states it.
    let knows_more = Acquire { min_fence: new.fence + 1_000, ..claim(OWNER, LONG) };
    let lease = leased(store, name, &knows_more).await?;
    holds(lease.fence > new.fence + 1_000, "S8: a lease's fence is greater than the one that its claimant knows of")?;
    holds(store.publish(name, &lease, b"newest", LONG).await?, "S8: and what it publishes is taken")
}

async fn a_gate_closes_and_opens(store: &dyn Store, name: &CacheKey) -> Result<(), Breach> {
    let lease = leased(store, name, &claim(OWNER, LONG)).await?;
    store.release(name, &lease, Some(Cooldown { sealed: b"refused".to_vec(), left: LONG })).await?;
    let found = store.acquire(name, &claim(OTHER, LONG)).await?;
    holds(found.cooldown.as_ref().is_some_and(|cooldown| cooldown.sealed == b"refused"), "a cooldown is found")?;
    holds(
        found.cooldown.is_some_and(|cooldown| cooldown.left <= LONG && cooldown.left > LONG / 2),
        "with what is left of it",
    )?;
    holds(found.lease.is_none(), "no lease is granted at a closed cooldown")?;
    holds(found.held_by.is_none(), "closing it gave the lease back")?;
    let again = Some(Cooldown { sealed: b"again".to_vec(), left: LONG });
    store.release(name, &lease, again).await?;
    let past = Acquire { ignore_cooldown: true, ..claim(OTHER, LONG) };
    let found = store.acquire(name, &past).await?;
    holds(
        found.cooldown.is_some_and(|cooldown| cooldown.sealed == b"again"),
        "whose lease has ended closes the cooldown as well",
    )?;
    let Some(lease) = found.lease else {
        return Err(Breach::of("a lease is granted to who asks for it past the cooldown"));
    };
    store.release(name, &lease, None).await?;
    holds(
        store.acquire(name, &claim(OTHER, LONG)).await?.cooldown.is_some(),
        "a release without a cooldown leaves it closed",
    )?;
    let lease = leased(store, name, &past).await?;
    store.publish(name, &lease, b"record", LONG).await?;
    let knows_it = Acquire { min_fence: lease.fence, ..claim(OTHER, LONG) };
    let found = store.acquire(name, &knows_it).await?;
    holds(found.cooldown.is_none(), "a record opens the cooldown")?;
    let late = Some(Cooldown { sealed: b"late".to_vec(), left: LONG });
    store.release(name, &Lease { owner: OWNER, fence: lease.fence - 1 }, late).await?;
    holds(
        store.acquire(name, &knows_it).await?.cooldown.is_none(),
        "which an older lease's refusal does not close again",
    )?;
    let Some(lease) = found.lease else { return Err(Breach::of("and a lease can be had again")) };
    store.release(name, &lease, Some(Cooldown { sealed: b"short".to_vec(), left: SHORT })).await?;
    over().await;
    holds(store.acquire(name, &knows_it).await?.cooldown.is_none(), "a cooldown opens when its time is over")
}

async fn a_lease_is_given_up_or_taken_over(store: &dyn Store, name: &CacheKey) -> Result<(), Breach> {
    store.acquire(name, &claim(OTHER, Duration::ZERO)).await?;
    let found = store.acquire(name, &claim(OWNER, LONG)).await?;
    let Some(first) = found.lease else { return Err(Breach::of("a claim without a span leaves the lease to others")) };
    store.release(name, &first, None).await?;
    let second = leased(store, name, &claim(OWNER, LONG)).await?;
    holds(second.fence > first.fence, "a lease that was given back is granted with a greater fence")?;
    let wrong = Acquire { take_over: Some(first.fence), ..claim(OTHER, LONG) };
    holds(store.acquire(name, &wrong).await?.lease.is_none(), "only the very lease that is held can be taken over")?;
    let third = leased(store, name, &Acquire { take_over: Some(second.fence), ..claim(OTHER, LONG) }).await?;
    holds(third.fence > second.fence, "a lease that is taken over has a greater fence")?;
    holds(!store.extend(name, &second, LONG).await?, "and is no longer its first holder's")?;
    holds(store.publish(name, &second, b"slow", LONG).await?, "whose result is taken while there is nothing newer")?;
    holds(store.extend(name, &third, LONG).await?, "which does not end the lease that took its place")?;
    holds(store.publish(name, &third, b"newer", LONG).await?, "nor keeps the newer result out")
}

async fn names_are_apart(store: &dyn Store, one: &CacheKey, other: &CacheKey) -> Result<(), Breach> {
    let lease = leased(store, one, &claim(OWNER, LONG)).await?;
    let elsewhere = leased(store, other, &claim(OWNER, LONG)).await?;
    store.publish(one, &lease, b"one", LONG).await?;
    store.release(other, &elsewhere, None).await?;
    let found = store.acquire(other, &claim(OWNER, LONG)).await?;
    holds(found.record.is_none() && found.lease.is_some(), "what is under one name is not under another")
}

async fn one_of_many_is_granted(store: &dyn Store, name: &CacheKey) -> Result<(), Breach> {
    let ask = claim(OWNER, LONG);
    let mut claims: Vec<_> = (0..16).map(|_| store.acquire(name, &ask)).collect();
    let mut granted = 0;
    // All futures are polled in turn, so that they overlap.
    std::future::poll_fn(|context| {
        let mut index = 0;
        while index < claims.len() {
            match claims[index].as_mut().poll(context) {
                std::task::Poll::Ready(found) => {
                    granted += found.map_or(0, |found| usize::from(found.lease.is_some()));
                    drop(claims.swap_remove(index));
                }
                std::task::Poll::Pending => index += 1,
            }
        }
        if claims.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    holds(granted == 1, "of sixteen who ask at once, one gets the lease")
}

fn claim(owner: [u8; 16], span: Duration) -> Acquire {
    Acquire { span, ..Acquire::by(owner) }
}

async fn leased(store: &dyn Store, name: &CacheKey, claim: &Acquire) -> Result<Lease, Breach> {
    let found = store.acquire(name, claim).await?;
    holds(found.lease.is_none_or(|lease| lease.owner == claim.owner), "a lease has the owner that the claim names")?;
    found.lease.ok_or_else(|| Breach::of("a lease that nobody holds is granted"))
}

async fn over() {
    sleep(SHORT + Duration::from_millis(50)).await;
}

fn fresh() -> CacheKey {
    CacheKey::new("conformance", &<[u8; 32]>::try_generate().unwrap_or_default())
}

fn holds(held: bool, what: &'static str) -> Result<(), Breach> {
    if held { Ok(()) } else { Err(Breach::of(what)) }
}
