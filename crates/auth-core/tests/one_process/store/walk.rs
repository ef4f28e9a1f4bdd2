//! A random walk of processes that start, ask, get 401s and stop, with a store that breaks and replays.

use std::time::Duration;

use auth_core::Client;
use futures_util::future::join_all;
use proptest::prelude::*;
use tokio::time::advance;

use super::account::{Account, HOUR, Provider, lives};
use super::memory::{Fault, Memory};

#[derive(Clone, Debug)]
enum Step {
    /// All ask at once.
    Ask,
    /// One process gets a 401.
    Reject(usize),
    /// One process is replaced by another.
    Restart(usize),
    Pass(u64),
    Store(Fault),
    /// The store loses everything.
    Flush,
    /// Each record is changed in one bit.
    Spoil(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Ask),
        2 => (0..5_usize).prop_map(Step::Reject),
        2 => (0..5_usize).prop_map(Step::Restart),
        3 => (0..4_000_u64).prop_map(Step::Pass),
        1 => prop_oneof![
            Just(Fault::None), Just(Fault::Down), Just(Fault::Full), Just(Fault::Slow(Duration::from_millis(300))),
        ].prop_map(Step::Store),
        1 => Just(Step::Flush),
        1 => (0..400_usize).prop_map(Step::Spoil),
    ]
}

/// Takes the steps, and checks every credential that is served.
async fn walk(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (provider, store) = (Provider::new(async |number| lives(number, HOUR)), Memory::new());
    let mut processes: Vec<Client<Account>> = provider.processes(5, &store);
    let mut refused: Vec<Vec<u64>> = vec![Vec::new(); processes.len()];
    let mut healthy = true;
    for step in steps {
        match step {
            Step::Ask => {
                let before = provider.logins();
                let sessions = join_all(processes.iter().map(Client::credential)).await;
                for (session, refused) in sessions.iter().zip(&refused) {
                    let session = session.as_ref().map_err(|error| TestCaseError::fail(format!("S5: {error}")))?;
                    prop_assert!(
                        !refused.contains(&session.number),
                        "F11: a credential that a process invalidated does not come back to it"
                    );
                }
                let most = if healthy { 2 } else { processes.len() as u64 };
                prop_assert!(provider.logins() - before <= most, "{} logins at once", provider.logins() - before);
            }
            Step::Reject(one) => {
                if let Some(session) = processes[one].cached()
                    && processes[one].invalidate(&session)
                {
                    refused[one].push(session.number);
                }
            }
            Step::Restart(one) => {
                processes[one] = provider.process(&store);
                refused[one].clear();
            }
            Step::Pass(seconds) => advance(Duration::from_secs(seconds)).await,
            Step::Store(fault) => {
                store.break_with(fault);
                healthy = false;
            }
            Step::Flush => {
                store.entries.lock().unwrap().clear();
                // A process that knows of a greater fence does not adopt what a newcomer publishes.
                healthy = false;
            }
            Step::Spoil(bit) => store.tamper(|entry| {
                if let Some((_, sealed, _)) = &mut entry.record {
                    let bit = bit % (sealed.len() * 8);
                    sealed[bit / 8] ^= 1 << (bit % 8);
                }
            }),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn s5_few_logins_serve_all_and_no_invalidated_credential_comes_back(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(walk(steps))?;
    }
}
