//! Real processes whose store is a cluster or a master that sentinels name, and hosts of their own with bad networks.
//! This program starts itself.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]
#![allow(clippy::print_stdout, reason = "a test without the harness prints what it did; a process, what it got")]
#![allow(clippy::disallowed_methods, reason = "how long the processes took is told by the system's clock")]

#[path = "../fleet/child.rs"]
mod child;
mod failover;
#[allow(dead_code, reason = "a part is for the fleet's own tests")]
#[path = "../fleet/herd.rs"]
mod herd;
mod hosts;
mod load;
#[allow(dead_code, reason = "a part is for the fleet's own tests")]
#[path = "../fleet/machines.rs"]
mod machines;
mod network;
mod nodes;
#[allow(dead_code, reason = "a part is for the fleet's own tests")]
#[path = "../fleet/quota.rs"]
mod quota;
#[path = "../server/mod.rs"]
mod server;

type Test = fn(&tokio::runtime::Runtime);

const TESTS: [(&str, Test); 1] = [("no_call_fails_while_a_killed_master_is_replaced", failover::no_failed_call)];

/// Each has hosts of its own, so all run at once.
const ON_HOSTS: [(&str, Test); 4] = [
    ("machines_that_are_cut_off_from_the_store_log_in_for_themselves", network::partition),
    ("no_call_fails_where_the_way_to_the_store_loses_packets", network::loss),
    ("no_call_fails_where_the_store_is_200_ms_away", network::delay),
    ("no_call_fails_while_a_distant_cluster_replaces_its_master", network::distant_cluster),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [child, rest @ ..] if child == "child" => return child::run(rest),
        [relay, rest @ ..] if relay == "relay" => return hosts::relay(rest),
        [hub, name] if hub == "hub" => {
            hosts::prepare();
            return ON_HOSTS.iter().filter(|(other, _)| other == name).for_each(run);
        }
        _ => {}
    }
    if !server::is_there(&server::program()) {
        return;
    }
    let only = arguments.iter().find(|argument| !argument.starts_with('-'));
    let is_chosen = |(name, _): &&(&str, Test)| only.is_none_or(|only| name.contains(only.as_str()));
    TESTS.iter().filter(is_chosen).for_each(run);
    let mut hubs = Vec::new();
    for (name, _) in ON_HOSTS.iter().filter(is_chosen) {
        let Some(mut command) = hosts::command() else { return };
        hubs.push((name, command.args(["hub", name]).spawn().unwrap()));
    }
    let ended = hubs.into_iter().map(|(name, mut hub)| (name, hub.wait().unwrap().success()));
    let failed: Vec<&str> = ended.filter(|(_, passed)| !passed).map(|(name, _)| *name).collect();
    assert!(failed.is_empty(), "failed: {failed:?}");
}

fn run((name, test): &(&str, Test)) {
    println!("test {name} ...");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let begun = std::time::Instant::now();
    test(&runtime);
    println!("    {name}: ok after {:.1} s", begun.elapsed().as_secs_f64());
}
