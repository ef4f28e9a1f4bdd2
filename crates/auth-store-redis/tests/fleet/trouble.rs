//! Faults of Redis while processes send requests without a pause.

use std::sync::Barrier;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::herd::{Herd, Member, Served};

/// The lifetime of each credential. Such a short lifetime is renewed after its half, and an adopted credential a little
/// sooner.
const LIFETIME: Duration = Duration::from_secs(4);
const MIN_SPAN: Duration = Duration::from_millis(1_900);
const PROCESSES: usize = 3;
/// The time for which a failed store is bypassed.
const LEFT_ALONE: Duration = Duration::from_secs(5);

struct Trouble {
    what: &'static str,
    /// The duration of the fault.
    lasts: Duration,
    /// True if the processes cannot share during the fault, and for as long as they then bypass the store.
    parts: bool,
    begin: fn(&mut Herd),
    end: fn(&mut Herd),
}

const TROUBLES: [Trouble; 4] = [
    Trouble {
        what: "killed, and started again empty after 4 s",
        lasts: Duration::from_secs(4),
        parts: true,
        begin: |herd| herd.redis.kill(),
        end: |herd| herd.redis.start_again(),
    },
    Trouble {
        what: "stopped for 5 s",
        lasts: Duration::from_secs(5),
        parts: true,
        begin: |herd| herd.redis.signal("STOP"),
        end: |herd| herd.redis.signal("CONT"),
    },
    Trouble {
        what: "its memory full for 5 s",
        lasts: Duration::from_secs(5),
        parts: true,
        begin: |herd| herd.redis.ask("CONFIG SET maxmemory 1"),
        end: |herd| herd.redis.ask("CONFIG SET maxmemory 0"),
    },
    Trouble {
        what: "flushed",
        lasts: Duration::ZERO,
        parts: false,
        begin: |herd| herd.redis.ask("FLUSHALL"),
        end: |_| {},
    },
];

pub(crate) fn no_failed_request(runtime: &Runtime) {
    // All faults at once, each with its own Redis and provider.
    let ready = Barrier::new(TROUBLES.len());
    let lines: Vec<String> = scope(|scope| {
        let tests: Vec<_> = TROUBLES.iter().map(|trouble| scope.spawn(|| one(runtime, trouble, &ready))).collect();
        tests.into_iter().map(|test| test.join().expect("each fault passes")).collect()
    });
    println!("    {}", lines.join("\n    "));
}

fn one(runtime: &Runtime, trouble: &Trouble, ready: &Barrier) -> String {
    let mut herd = Herd::new(runtime);
    herd.provider().set_lifetime(LIFETIME);
    let members: Vec<Member> = (0..PROCESSES).map(|_| herd.start("serve")).collect();
    while herd.provider().requests() < 50 {
        sleep(Duration::from_millis(10));
    }
    ready.wait();
    let begun = Instant::now();
    let before = herd.provider().logins();
    sleep(Duration::from_secs(1));
    (trouble.begin)(&mut herd);
    sleep(trouble.lasts);
    (trouble.end)(&mut herd);
    sleep(LEFT_ALONE + LIFETIME);
    let logins = herd.provider().logins() - before;
    let took = begun.elapsed();
    sleep(LIFETIME);
    let afterwards = herd.provider().logins() - before - logins;
    let served: Vec<Served> = members.into_iter().map(Served::of).collect();
    let sum = |of: fn(&Served) -> u64| served.iter().map(of).sum::<u64>();
    for served in &served {
        assert_eq!(served.failed, 0, "{}: {:?}", trouble.what, served.failures);
        assert!(served.requests > 50, "{}: {served:?}", trouble.what);
    }
    assert!(sum(|served| served.adopted) > 0, "{}: they share: {served:?}", trouble.what);
    if trouble.parts {
        assert!(sum(|served| served.store_failures) > 0, "{}: the fault was noticed: {served:?}", trouble.what);
    }
    let together = spans(LIFETIME);
    assert!(afterwards <= together, "{}: they share again: {afterwards} logins in {LIFETIME:?}", trouble.what);
    // One login for each span, and one that had begun. Each process has its own in the spans in which they cannot
    // share.
    let apart = if trouble.parts { spans(trouble.lasts + LEFT_ALONE) + 1 } else { 0 };
    let most = spans(took) + 1 + apart * (PROCESSES as u64 - 1);
    assert!(logins <= most, "{}: {logins} logins, at most {most}: {served:?}", trouble.what);
    format!(
        "Redis {}: {} requests of {PROCESSES} processes in {:.0} s, none failed, {logins} logins (at most {most})",
        trouble.what,
        sum(|served| served.requests),
        took.as_secs_f64()
    )
}

/// Returns the highest number of spans that begin within `time`.
fn spans(time: Duration) -> u64 {
    u64::try_from(time.as_millis().div_ceil(MIN_SPAN.as_millis())).unwrap()
}
