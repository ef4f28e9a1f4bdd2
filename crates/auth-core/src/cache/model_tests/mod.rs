//! Model-checker tests of the cache and its one refresh: many schedules of a few tasks, with the invariants of each.
//!
//! In every scenario: never two logins at once; no caller waits for ever; no later caller gets an expired or
//! invalidated credential; generations never decrease; a credential is removed only while it is the current one.
//! `seen.rs` checks this for each call. The model checker finds tasks that wait for ever.

mod account;
mod all;
mod case;
mod cold;
mod ends;
mod invalidated;
mod renewal;
mod seen;

use std::sync::Arc;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use self::account::{Act, Token};
use self::case::Case;
use crate::sync::model;

const SCHEDULES: usize = 100_000;
/// The schedules that mostly prefer one task and switch at few places.
const PREFERRING: usize = 10_000;
const CHANGES: usize = 3;

/// Runs a scenario under all those schedules. Its tasks and everything they started must end.
fn check<F: Future<Output = ()> + 'static>(scenario: impl Fn(Case) -> F + Send + Sync + 'static) {
    let scenario = Arc::new(scenario);
    run(RandomScheduler::new(SCHEDULES), Arc::clone(&scenario));
    run(PctScheduler::new(CHANGES, PREFERRING), scenario);
}

fn run<F: Future<Output = ()> + 'static>(
    scheduler: impl Scheduler + 'static,
    scenario: Arc<impl Fn(Case) -> F + Send + Sync + 'static>,
) {
    let mut config = Config::new();
    // `Relaxed` is used only for values that do not order other memory.
    config.silence_warnings = true;
    Runner::new(scheduler, config).run(move || {
        model::begin();
        let case = Case::new();
        shuttle::future::block_on(async {
            scenario(case.clone()).await;
            model::finish().await;
        });
        case.seen.all_ended();
    });
}
