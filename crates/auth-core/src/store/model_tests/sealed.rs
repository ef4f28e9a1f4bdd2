//! The contents of a store: in plain text, but bound to their fence as the shipped ones are.

use super::process::Held;
use super::world::LIFETIME;
use crate::store::acquisition::{Circumstances, adopted};
use crate::store::contract::{Cooldown, Record};
use crate::store::stored_failure::StoredFailure;

/// Returns a record's bytes: the login's number, and the fence to which they are bound.
pub(super) fn sealed(login: u8, fence: u64) -> Vec<u8> {
    let mut sealed = vec![login];
    sealed.extend(fence.to_be_bytes());
    sealed
}

/// Returns the number of the login in a record, if it opens.
pub(super) fn opened(record: &Record) -> Option<u8> {
    let (login, fence) = record.sealed.split_first()?;
    (*fence == record.fence.to_be_bytes()).then_some(*login)
}

pub(super) fn adopt(record: &Record, at: Circumstances) -> Option<Held> {
    let login = opened(record)?;
    let deadlines = adopted(Some(LIFETIME), record.left, None, at.now, at)?;
    Some(Held { fence: record.fence, login, deadlines, is_adopted: true })
}

/// The length of the fence before the rest of a failure, so that states can be compared without it.
pub(super) const FENCE: usize = 8;

pub(super) fn sealed_failure(mut failure: StoredFailure) -> Vec<u8> {
    let mut sealed = std::mem::take(&mut failure.fence).to_be_bytes().to_vec();
    sealed.extend(serde_json::to_vec(&failure).unwrap_or_default());
    sealed
}

pub(super) fn opened_failure(cooldown: &Cooldown) -> Option<StoredFailure> {
    let (fence, rest) = cooldown.sealed.split_first_chunk::<FENCE>()?;
    let mut failure: StoredFailure = serde_json::from_slice(rest).ok()?;
    failure.fence = u64::from_be_bytes(*fence);
    Some(failure)
}
