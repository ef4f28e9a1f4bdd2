//! A day of 200 processes that are started, deployed and revoked. The workspace `simulation` has more of them, and more
//! faults.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::Client;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::account::{Account, HOUR, Provider, Session, lives};
use super::memory::Memory;

const PROCESSES: u32 = 200;
const MINUTE: Duration = Duration::from_secs(60);

/// The provider's record of its credentials, and of the calls that carry them.
#[derive(Debug, Default)]
struct Ledger {
    /// The time at which each was issued.
    issued: Vec<Instant>,
    /// The times at which all credentials issued so far were revoked.
    revoked: Vec<Instant>,
    /// Calls whose credential had expired.
    dead: u32,
    /// Calls that got a 401 because their credential was revoked.
    unauthorized: u32,
}

impl Ledger {
    /// Returns true if a call with this credential is answered with a 401.
    fn refuses(&mut self, session: &Session) -> bool {
        let issued = self.issued[usize::try_from(session.number).unwrap() - 1];
        self.dead += u32::from(issued.elapsed() >= HOUR);
        let revoked = self.revoked.iter().any(|revoked| *revoked >= issued);
        self.unauthorized += u32::from(revoked);
        revoked
    }

    /// Revokes all credentials, once every process has had the newest one for some time.
    async fn revoke(ledger: &Mutex<Self>) {
        let newest = *ledger.lock().unwrap().issued.last().unwrap();
        sleep_until(newest + MINUTE * 25).await;
        ledger.lock().unwrap().revoked.push(Instant::now());
    }
}

/// Calls every three to six minutes until it is stopped.
async fn process(client: Client<Account>, ledger: Arc<Mutex<Ledger>>) {
    loop {
        let session = client.credential().await.unwrap();
        if ledger.lock().unwrap().refuses(&session) {
            assert!(client.invalidate(&session));
            let next = client.credential().await.unwrap();
            assert!(!ledger.lock().unwrap().refuses(&next), "the replacement is valid");
        }
        sleep(MINUTE.mul_f64(3.0 + 3.0 * fastrand::f64())).await;
    }
}

#[test]
fn two_hundred_processes_log_in_once_per_renewal_and_revocation() {
    // Without I/O the paused clock advances without a system call.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(a_day());
}

async fn a_day() {
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let issues = Arc::clone(&ledger);
    let provider = Provider::new(move |number| {
        let issues = Arc::clone(&issues);
        async move {
            sleep(MINUTE.mul_f64(0.003 + 0.002 * fastrand::f64())).await;
            issues.lock().unwrap().issued.push(Instant::now());
            lives(number, HOUR)
        }
    });
    let (store, begun) = (Memory::new(), Instant::now());
    let mut processes = Vec::new();
    for _ in 0..PROCESSES {
        // Processes start within five minutes and are deployed within ten.
        let start = begun + MINUTE.mul_f64(5.0 * fastrand::f64());
        let deployment = begun + HOUR * 12 + MINUTE.mul_f64(10.0 * fastrand::f64());
        let (provider, store, ledger) = (provider.clone(), Arc::clone(&store), Arc::clone(&ledger));
        processes.push(tokio::spawn(async move {
            for (from, until) in [(start, deployment), (deployment, begun + HOUR * 24)] {
                sleep_until(from).await;
                timeout_at(until, process(provider.process(&store), Arc::clone(&ledger))).await.unwrap_err();
            }
        }));
    }
    for hours in [5, 10, 18] {
        sleep_until(begun + HOUR * hours).await;
        Ledger::revoke(&ledger).await;
    }
    for process in processes {
        process.await.unwrap();
    }

    let ledger = ledger.lock().unwrap();
    assert_eq!(ledger.dead, 0);
    assert_eq!(ledger.unauthorized, 3 * PROCESSES, "each process meets each revocation once");
    for pair in ledger.issued.windows(2) {
        // A renewal is due at 13/16 of a lifetime at the earliest. The time on the way to the store is taken off the
        // lifetime.
        let due = pair[1] - pair[0] + Duration::from_secs(1) >= HOUR * 13 / 16;
        let revoked = ledger.revoked.iter().any(|revoked| pair[0] < *revoked && *revoked < pair[1]);
        assert!(due || revoked, "a login {:?} after another", pair[1] - pair[0]);
    }
    assert!((28..=34).contains(&provider.logins()), "{} in a day", provider.logins());
}
