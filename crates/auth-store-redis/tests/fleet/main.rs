//! Real processes that share a login through a real Redis, against a real server. This program starts itself.
//!
//! Rules P, F and S: docs/semantics.md.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]
#![allow(clippy::print_stdout, reason = "a test without the harness prints what it did; a process, what it got")]
#![allow(clippy::disallowed_methods, reason = "how long the processes took is told by the system's clock")]

mod child;
mod clocks;
mod herd;
mod machines;
mod quota;
mod rotation;
#[path = "../server/mod.rs"]
mod server;
mod together;
mod trouble;

type Test = fn(&tokio::runtime::Runtime);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [child, rest @ ..] = &arguments[..]
        && child == "child"
    {
        return child::run(rest);
    }
    if !server::is_there(&server::program()) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // The tests of a group run at once, each with its own Redis and provider: they wait more than they compute. Those
    // of the first group start so many processes that they would disturb logins that last for seconds. The longest tests
    // run beside both groups.
    let longest: [(&str, Test); 2] = [
        ("fifty_processes_with_a_quota_in_redis_and_fifty_in_files_get_no_429", quota::within_the_quota),
        ("q11_one_process_of_a_machine_has_the_part_of_all_while_redis_is_gone", machines::share_their_part),
    ];
    let groups: [&[(&str, Test)]; 2] = [
        &[
            ("fifty_processes_with_200_tasks_each_log_in_once_and_once_after_a_401", together::one_login_and_one_more),
            ("s7_of_50_processes_with_a_wrong_password_at_most_two_are_refused", together::few_refusals),
        ],
        &[
            ("when_the_lease_holder_is_killed_one_other_logs_in_after_its_lease", together::holder_killed),
            ("whatever_happens_to_redis_under_load_no_request_fails", trouble::no_failed_request),
            ("machines_whose_clocks_are_a_day_apart_share_each_login", clocks::a_day_apart),
            ("a_fleet_whose_password_is_changed_is_refused_once_and_follows_its_file", rotation::few_refusals),
        ],
    ];
    let only = arguments.iter().find(|argument| !argument.starts_with('-'));
    let run = |(name, test): &(&str, Test)| {
        if only.is_none_or(|only| name.contains(only.as_str())) {
            println!("test {name} ...");
            let begun = std::time::Instant::now();
            test(&runtime);
            println!("test {name} ... ok after {:.1} s", begun.elapsed().as_secs_f64());
        }
    };
    let at_once = |group: &[(&str, Test)]| {
        std::thread::scope(|scope| group.iter().for_each(|test| drop(scope.spawn(|| run(test)))));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| at_once(&longest));
        groups.into_iter().for_each(at_once);
    });
}
