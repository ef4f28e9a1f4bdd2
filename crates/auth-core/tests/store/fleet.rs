//! A day of 200 processes that are started, deployed and revoked. `benches/fleet` has more of them, and what else befalls them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::Client;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::account::{Account, HOUR, Provider, Session, lives};
use crate::memory::Memory;

const PROCESSES: u32 = 200;
const MINUTE: Duration = Duration::from_secs(60);

/// What the provider knows of its credentials, and of the calls that carry them.
#[derive(Debug, Default)]
struct Ledger {
    /// When each was handed out.
    issued: Vec<Instant>,
    /// When all that were handed out until then were revoked.
    revoked: Vec<Instant>,
    /// Calls whose credential had ended.
    dead: u32,
    /// Calls that met a 401 because theirs was revoked.
    unauthorized: u32,
}

impl Ledger {
    /// Whether a call is answered with a 401.
    fn refuses(&mut self, session: &Session) -> bool {
        let issued = self.issued[usize::try_from(session.number).unwrap() - 1];
        self.dead += u32::from(issued.elapsed() >= HOUR);
        let revoked = self.revoked.iter().any(|revoked| *revoked >= issued);
        self.unauthorized += u32::from(revoked);
        revoked
    }

    /// Revokes what has been everybody's for long.
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
            assert!(!ledger.lock().unwrap().refuses(&next), "the next is good");
        }
        sleep(MINUTE.mul_f64(3.0 + 3.0 * fastrand::f64())).await;
    }
}

#[test]
fn of_200_processes_in_a_day_one_logs_in_for_each_renewal_and_revocation() {
    // Without I/O the clock goes on without asking the system.
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
        // Started within five minutes, deployed within ten.
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
        // At 13/16 of its life at the earliest; what is left of it is understated by the way to the store.
        let due = pair[1] - pair[0] + Duration::from_secs(1) >= HOUR * 13 / 16;
        let revoked = ledger.revoked.iter().any(|revoked| pair[0] < *revoked && *revoked < pair[1]);
        assert!(due || revoked, "a login {:?} after another", pair[1] - pair[0]);
    }
    assert!((28..=34).contains(&provider.logins()), "{} in a day", provider.logins());
}
