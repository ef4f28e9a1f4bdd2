//! Any two dates and the time of a response: a lifetime above zero and below a fixed limit, or none.
//!
//! ```sh
//! cd fuzz
//! mkdir -p corpus/dates
//! cargo +nightly fuzz run dates corpus/dates seeds/dates -- -dict=dates.dict -runs=2000000
//! ```
#![no_main]

use std::time::Duration;

use auth_core::parse::dates;
use libfuzzer_sys::fuzz_target;

const MAX_LIFETIME: Duration = Duration::from_secs(10 * 366 * 86_400);

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let (start, end, now) = (lines.next(), lines.next(), lines.next().and_then(dates::parse));
    let good = |lifetime: Option<Duration>| lifetime.is_none_or(|lifetime| !lifetime.is_zero() && lifetime < MAX_LIFETIME);
    let (there, back) = (dates::difference(start, end), dates::difference(end, start));
    assert!(good(there) && good(back) && (there.is_none() || back.is_none()), "time goes one way");
    assert!(good(dates::until(end, now)));
    assert!(dates::until(end, now).is_none() || end.and_then(dates::parse).is_some());
});
