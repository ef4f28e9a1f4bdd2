//! A store that answers whatever it likes. Its answers include those of each way to break the contract.

use std::time::Duration;

use super::fleet::Delivery;
use super::sealed::{sealed, sealed_failure};
use crate::error::{Error, ErrorKind};
use crate::store::contract::{Acquire, Cooldown, Found, Lease, Record};
use crate::store::outage::Report;
use crate::store::stored_failure::StoredFailure;

const HOUR: Duration = Duration::from_secs(3_600);

/// The number of answers: a new record hides the rest, and a known one is as good as none.
const ANSWERS: u8 = FIRST + 7 * LEASES;
const FIRST: u8 = 5;
const LEASES: u8 = 7;

pub(super) const LIES: &[Delivery] = &deliveries::<{ ANSWERS as usize }>(0);
/// All but the last two kinds.
pub(super) const NO_REPORTS: &[Delivery] = &deliveries::<{ (ANSWERS - 2 * LEASES) as usize }>(0);
/// The fences of the reports.
pub(super) const REPORTED: [u64; 2] = [5, 6];
/// Reports of outages that two machines saw, in whatever order.
pub(super) const REPORTS: &[Delivery] = &deliveries::<{ 2 * LEASES as usize }>(ANSWERS - 2 * LEASES);

const fn deliveries<const COUNT: usize>(first: u8) -> [Delivery; COUNT] {
    let mut lies = [Delivery::Lie(first); COUNT];
    let mut number = 1;
    while (number as usize) < COUNT {
        lies[number as usize] = Delivery::Lie(first + number);
        number += 1;
    }
    lies
}

/// Returns the answer with this number.
///
/// `repeated` is the newest record, which the caller may know or have invalidated.
pub(super) fn found(number: u8, acquire: &Acquire, repeated: Option<Record>) -> Found {
    let above = acquire.min_fence.saturating_add(1);
    let garbage = vec![7; 64];
    let record = |fence, sealed, left| Found { record: Some(Record { fence, sealed, left }), ..Found::default() };
    let Some(other) = number.checked_sub(FIRST) else {
        return match number {
            0 => record(above, garbage, HOUR),
            1 => record(u64::MAX, garbage, Duration::MAX),
            // It was moved from another fence.
            2 => record(above, sealed(0, acquire.min_fence), HOUR),
            3 => record(above, sealed(0, above), Duration::ZERO),
            _ => Found { record: repeated, ..Found::default() },
        };
    };
    let cooldown = |sealed, left| Found { cooldown: Some(Cooldown { sealed, left }), ..Found::default() };
    let found = match other / LEASES {
        0 => Found::default(),
        // The caller knows it, or has invalidated it.
        1 => record(acquire.min_fence, sealed(0, acquire.min_fence), HOUR),
        2 => cooldown(garbage, Duration::MAX),
        3 => cooldown(failure(ErrorKind::LoginRefused, (1, 0), &[], 1), Duration::MAX),
        4 => cooldown(failure(ErrorKind::Unavailable, (0, 9), &[1], 1), Duration::MAX),
        // One of `REPORTS`.
        other => {
            let fence = REPORTED[usize::from(other != 5)];
            cooldown(failure(ErrorKind::Unavailable, (0, 9), &[1, 2], fence), Duration::MAX)
        }
    };
    let lease = |owner, fence| Some(Lease { owner, fence });
    let (lease, held_by) = match other % LEASES {
        0 => (None, None),
        1 => (None, Some(7)),
        2 => (None, Some(8)),
        3 => (None, Some(u64::MAX)),
        4 => (lease(acquire.owner, above), None),
        5 => (lease([255; 16], above), Some(7)),
        _ => (lease(acquire.owner, 0), Some(acquire.min_fence)),
    };
    Found { lease, held_by, held_for: Duration::MAX, ..found }
}

/// Returns a sealed failure of a renewal with a pause of a minute, which these machines saw.
fn failure(kind: ErrorKind, counts: (u32, u32), machines: &[u64], fence: u64) -> Vec<u8> {
    let report = machines.iter().fold(Report::default(), |report, machine| report.seen_from(Some(*machine)));
    let failure = StoredFailure::of(&Error::new(kind, "no"), Duration::from_secs(60), counts, true, &report, fence);
    failure.map(sealed_failure).unwrap_or_default()
}
