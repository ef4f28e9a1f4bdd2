//! The slot and its one login under a model checker: many schedules of a few tasks, and what must hold in each.
//!
//! In each, whatever it is about: never two logins at once; nobody waits for ever; never a dead or a rejected credential
//! for a caller who comes later; generations never go back; a credential is thrown away only while it is the current
//! one. `seen.rs` looks at each call for that, the model checker for who waits.

mod account;
mod all;
mod case;
mod cold;
mod ends;
mod rejected;
mod renewal;
mod seen;

use std::sync::Arc;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

use self::account::{Act, Token};
use self::case::Case;
use crate::sync::model;

const SCHEDULES: usize = 100_000;
/// Schedules that prefer one task for long, and change their mind at few places.
const PREFERRING: usize = 10_000;
const CHANGES: usize = 3;

/// Runs a scenario under all those schedules. Its tasks and all that they started must end.
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
    // Relaxed is used where a value stands for itself alone.
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
