//! The coordinator's decisions, explored in every state that a fleet can reach, with faults between any two steps.
//!
//! Each scenario visits all its states and checks all rules in each. `cargo test` explores two processes; `cargo xtask
//! ci model` explores three, optimized and without debug assertions. `docs/semantics.md` has the
//! rules, and a broken line that each of them finds.

mod check;
mod fleet;
mod lies;
mod process;
mod rules;
mod same;
mod sealed;
mod steps;
mod world;

use stateright::{Checker, HasDiscoveries, Model};

use self::fleet::{Fleet, Kind};
use self::lies::{LIES, NO_REPORTS, REPORTS};
use self::process::Fault;

const PROCESSES: u8 = if cfg!(debug_assertions) { 2 } else { 3 };
/// The refreshes of each of two processes whose logins take their time, and the faults that happen together.
const REFRESHES: u8 = PROCESSES - 1;
const FAULTS: u8 = PROCESSES - 1;

const CALM: Fleet = Fleet {
    processes: PROCESSES,
    refreshes: 2,
    single_session: false,
    answers: &[None],
    machines: 1,
    is_slow: false,
    faults: 0,
    kinds: &[],
    lies: &[],
    persists: false,
};
/// Each process logs in once, which may take until its time-out.
const SLOW: Fleet = Fleet { refreshes: 1, is_slow: true, ..CALM };
/// Two processes do so repeatedly.
const REPEATED: Fleet = Fleet { processes: 2, refreshes: REFRESHES, ..SLOW };

/// Visits every state of a scenario.
fn explore(fleet: Fleet) {
    let checker = fleet.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
    println!("{} states", checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn no_rule_is_broken_without_faults() {
    explore(CALM);
    explore(SLOW);
    explore(REPEATED);
}

#[test]
fn lost_and_late_messages_break_no_rule() {
    explore(Fleet { faults: 1, kinds: &[Kind::Network], ..SLOW });
    explore(Fleet { processes: 2, faults: FAULTS, kinds: &[Kind::Network], ..CALM });
}

#[test]
fn crashes_pauses_and_dropped_tasks_break_no_rule() {
    explore(Fleet { faults: 1, kinds: &[Kind::Crash, Kind::Vanish, Kind::Pause], ..SLOW });
}

#[test]
fn a_dropped_task_and_a_revocation_break_no_rule() {
    explore(Fleet { processes: 1, refreshes: 3, faults: 2, kinds: &[Kind::Vanish, Kind::Revoke], ..CALM });
}

#[test]
fn flushes_and_revocations_break_no_rule() {
    explore(Fleet { faults: FAULTS, kinds: &[Kind::Flush, Kind::Revoke], ..CALM });
    explore(Fleet { faults: 1, kinds: &[Kind::Flush], ..SLOW });
}

#[test]
fn any_two_faults_together_break_no_rule() {
    const ALL: &[Kind] =
        &[Kind::Network, Kind::Crash, Kind::Vanish, Kind::Pause, Kind::Flush, Kind::Revoke, Kind::Clock];
    explore(Fleet { processes: 2, faults: FAULTS, kinds: ALL, ..CALM });
}

#[test]
fn outages_of_the_provider_break_no_rule() {
    explore(Fleet { answers: &[None, Some(Fault::Outage)], ..CALM });
    explore(Fleet { answers: &[None, Some(Fault::Outage)], ..REPEATED });
}

#[test]
fn s11_an_outage_that_one_machine_saw_holds_no_caller_back_in_any_state() {
    explore(Fleet { machines: 2, answers: &[None, Some(Fault::Outage)], ..CALM });
}

#[test]
fn s12_in_an_outage_that_two_machines_saw_one_process_tries_in_any_state() {
    let outage = Fleet { machines: 2, answers: &[None, Some(Fault::Outage)], ..CALM };
    explore(Fleet { processes: 2, refreshes: PROCESSES, ..outage });
    explore(Fleet { processes: 2, refreshes: 2, answers: &[Some(Fault::Outage)], is_slow: true, ..outage });
}

#[test]
fn s12_an_outage_of_the_provider_with_lost_messages_breaks_no_rule() {
    let outage = Fleet { machines: 2, answers: &[None, Some(Fault::Outage)], kinds: &[Kind::Network], ..CALM };
    explore(Fleet { processes: 2, faults: 1, ..outage });
}

#[test]
fn s13_reports_of_outages_silence_a_caller_that_goes_on_for_two_minutes_at_most() {
    explore(Fleet { processes: 1, refreshes: 1, lies: REPORTS, persists: true, ..CALM });
}

#[test]
fn s7_refusals_break_no_rule() {
    explore(Fleet { answers: &[None, Some(Fault::Refused)], ..CALM });
    explore(Fleet { answers: &[Some(Fault::Refused)], faults: 1, kinds: &[Kind::Pause, Kind::ClearCooldown], ..CALM });
}

#[test]
fn slow_logins_with_a_single_session_break_no_rule() {
    explore(Fleet { single_session: true, faults: 1, kinds: &[Kind::Network, Kind::Pause, Kind::Revoke], ..SLOW });
}

#[test]
fn clocks_that_jump_break_no_rule() {
    explore(Fleet { faults: FAULTS, kinds: &[Kind::Clock, Kind::StoreClock], ..CALM });
    explore(Fleet { processes: 2, faults: 2, kinds: &[Kind::Flush, Kind::StoreClock], ..CALM });
}

#[test]
fn no_answer_of_a_store_breaks_a_rule() {
    let liar = Fleet { processes: 1, faults: 1, kinds: &[Kind::Revoke], ..CALM };
    explore(Fleet { refreshes: 1, lies: LIES, ..liar });
    explore(Fleet { refreshes: REFRESHES, lies: NO_REPORTS, ..liar });
}
