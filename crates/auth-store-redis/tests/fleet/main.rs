//! Real processes that share a login by a real Redis, against a real server: this program starts itself.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]
#![allow(clippy::print_stdout, reason = "a test without the harness prints what it did; a process, what it got")]
#![allow(clippy::disallowed_methods, reason = "how long the processes took is told by the system's clock")]

mod child;
mod clocks;
mod herd;
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
    if !server::is_there("redis-server") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let tests: [(&str, Test); 5] = [
        (
            "of_50_processes_with_200_tasks_each_one_logs_in_and_one_again_when_all_are_answered_401",
            together::one_login_and_one_more,
        ),
        ("s7_of_50_processes_with_a_wrong_password_two_are_refused_at_the_most", together::few_refusals),
        (
            "when_the_holder_is_killed_in_its_login_all_others_have_one_other_after_the_leases_4_s",
            together::holder_killed,
        ),
        ("whatever_happens_to_redis_under_load_no_request_fails", trouble::no_failed_request),
        ("machines_whose_clocks_are_a_day_apart_share_each_login", clocks::a_day_apart),
    ];
    let only = arguments.iter().find(|argument| !argument.starts_with('-'));
    for (name, test) in tests {
        if only.is_none_or(|only| name.contains(only.as_str())) {
            println!("test {name} ...");
            let begun = std::time::Instant::now();
            test(&runtime);
            println!("    ok after {:.1} s", begun.elapsed().as_secs_f64());
        }
    }
}
