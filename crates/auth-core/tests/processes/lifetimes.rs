//! Two hundred processes over several lifetimes of a credential, with one after the other killed.

use std::collections::BTreeSet;
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant, SystemTime};

use auth_sandbox::{Fault, On};

use crate::child::{IN_VAIN, UNANSWERED};
use crate::herd::{Herd, killed};

const MANY: usize = 200;
const SPAN: Duration = Duration::from_secs(13);
const LIFETIME: Duration = Duration::from_secs(12);
/// The store's timeout. A record ends that long before its credential expires. File operations are slow on a busy
/// machine, and a process without an answer by then logs in alone.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(4);
/// The minimum age at which a process renews an adopted credential: 12 s less the margin of 1.75 s, the store's timeout
/// and a renewal window of 1 to 1.8 s. Half a second is taken off because a busy machine may ask long before it reads.
const MIN_LIFETIME: Duration = Duration::from_secs(4);

/// Checks the number of logins. One is allowed in each 4 s, the minimum time between renewals, and one more for each
/// process that was killed during its login, because its result is unknown. A process without a lease never logs in,
/// with two exceptions: the store did not answer on a busy machine, or one lease holder after the other was killed
/// while the process waited. The process reports both.
pub(crate) fn one_login_for_each(herd: &Herd<'_>) {
    herd.provider.set_lifetime(LIFETIME);
    let delay = Duration::from_millis(150);
    herd.provider.fault(On::Login, Fault::Delay { delay, times: u32::MAX });
    let before = herd.provider.logins();
    let start = || herd.start("live", herd.provider.password());
    let mut living: Vec<Child> = (0..MANY).map(|_| start()).collect();
    let (mut said, mut kills, mut kills_while_leased) = (String::new(), 0_u32, 0);
    let (seen, is_over) = (Mutex::new(Seen::default()), AtomicBool::new(false));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The limit is for a test that panics.
            while !is_over.load(SeqCst) && begun.elapsed() < SPAN * 10 {
                seen.lock().unwrap().look(herd);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let mut met = 0;
        while begun.elapsed() < SPAN {
            let fence = seen.lock().unwrap().held;
            // Kills half of the processes while one logs in. That one is among them about every second time.
            let fence_is_new = fence > met;
            let many = if fence_is_new { MANY / 2 } else { usize::from(begun.elapsed() > SPAN / 8) };
            if fence_is_new {
                met = fence;
                kills_while_leased += 1;
            }
            for _ in 0..many {
                let one = fastrand::usize(..living.len());
                said += &killed(std::mem::replace(&mut living[one], start()));
                kills += 1;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        is_over.store(true, SeqCst);
    });
    let elapsed = begun.elapsed();
    said.extend(living.into_iter().map(killed));
    herd.provider.clear_faults();
    let mut seen = seen.into_inner().unwrap();
    seen.look(herd);
    let logins = herd.provider.logins() - before;
    let (cut_off, published) = (seen.leases.difference(&seen.records).count() as u64, seen.records.len() as u64);
    let [unanswered, in_vain] = [UNANSWERED, IN_VAIN].map(|reason| said.matches(reason).count() as u64);
    let errors = said.replace(UNANSWERED, "").replace(IN_VAIN, "");
    println!(
        "  {MANY} processes, {kills} killed, in {elapsed:.1?}: {published} records, {cut_off} cut off, {logins} logins, of these alone: {unanswered} unanswered, {in_vain} in vain"
    );
    assert_eq!(errors.trim(), "", "all processes are served");
    assert!(published >= 2, "several lifetimes passed: {published}");
    assert!(u128::from(published) <= elapsed.as_millis() / MIN_LIFETIME.as_millis() + 1, "one login for each lifetime");
    // The logins without a lease are subtracted; each was reported with its reason.
    let by_lease = logins.saturating_sub(unanswered + in_vain);
    assert!(by_lease <= published + cut_off, "one login for each lease: {by_lease}");
    assert!(in_vain == 0 || cut_off >= 2, "only if one holder after the other was killed: {in_vain} of {cut_off}");
    assert!(
        cut_off <= kills_while_leased + 1,
        "a lease is cut off only if its holder was killed or the test ended: {cut_off}"
    );
}

/// The fences of all leases and records. A lease that is cut off lasts 4 s, and a record longer, so none is missed.
#[derive(Default)]
struct Seen {
    leases: BTreeSet<u64>,
    records: BTreeSet<u64>,
    /// The fence of the lease that is held, or zero.
    held: u64,
}

impl Seen {
    fn look(&mut self, herd: &Herd<'_>) {
        for entry in herd.entries() {
            let lease = &entry["lease"];
            self.leases.extend(lease["fence"].as_u64());
            self.records.extend(entry["record"]["fence"].as_u64());
            let is_held = lease["until"].as_u64().is_some_and(|until| until > now());
            self.held = lease["fence"].as_u64().filter(|_| is_held).unwrap_or_default();
        }
    }
}

fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap()
}
