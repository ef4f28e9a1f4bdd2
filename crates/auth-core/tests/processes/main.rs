//! Real processes that share a login through files, against a real server. This program starts itself.
//!
//! Rules P, F and S: docs/semantics.md.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]
#![allow(clippy::disallowed_methods, reason = "the processes' time is the machine's")]
#![allow(clippy::print_stdout, reason = "a test without the harness prints what it did; a process, what it got")]

#[path = "../one_process/net/account.rs"]
#[allow(dead_code, reason = "the tests over plain HTTP need more of it")]
mod account;
mod child;
mod herd;
mod lifetimes;
mod stored;
#[cfg(unix)]
use std::time::{Duration, Instant};

use auth_sandbox::{Fault, On, Sandbox};

use self::herd::{Herd, kill, lines};

const MANY: usize = 200;

type Test = fn(&Herd<'_>);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [child, rest @ ..] = &arguments[..]
        && child == "child"
    {
        return child::run(rest);
    }
    // The tests of a group run at once. Those of the first start so many processes that they would disturb the others.
    let groups: [&[(&str, Test)]; 2] = [
        &[
            ("two_hundred_processes_on_an_empty_store_make_one_login", one_login),
            ("s7_processes_with_a_wrong_password_are_refused_at_most_twice", one_refusal),
        ],
        &[
            ("when_the_lease_holder_is_killed_during_its_login_one_other_logs_in", holder_killed),
            ("processes_killed_at_random_leave_no_torn_file_and_the_next_is_served", killed_at_random),
            ("processes_killed_at_random_log_in_once_per_lifetime_or_report_why", lifetimes::one_login_for_each),
        ],
    ];
    for group in groups {
        std::thread::scope(|scope| group.iter().for_each(|(name, test)| drop(scope.spawn(|| run(name, *test)))));
    }
}

/// Runs a test with a provider and a store of its own.
fn run(name: &str, test: Test) {
    println!("test {name} ...");
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    test(&Herd::new(sandbox.pontotel()));
    println!("test {name} ... ok after {:.1} s", begun.elapsed().as_secs_f64());
}

fn one_login(herd: &Herd<'_>) {
    let before = herd.provider.logins();
    let children: Vec<_> = (0..MANY).map(|_| herd.start("once", herd.provider.password())).collect();
    let tokens: Vec<String> = children.into_iter().flat_map(lines).collect();
    assert_eq!(tokens.len(), MANY);
    assert!(tokens.iter().all(|token| token.starts_with("token ") && *token == tokens[0]), "{tokens:?}");
    assert_eq!(herd.provider.logins() - before, 1);
}

fn one_refusal(herd: &Herd<'_>) {
    let before = herd.provider.logins();
    let children: Vec<_> = (0..MANY).map(|_| herd.start("once", "wrong")).collect();
    let answers: Vec<String> = children.into_iter().flat_map(lines).collect();
    assert_eq!(answers.len(), MANY);
    assert!(answers.iter().all(|answer| answer == "LoginRefused"), "{answers:?}");
    assert!(herd.provider.logins() - before <= 2, "{}", herd.provider.logins() - before);
}

fn holder_killed(herd: &Herd<'_>) {
    let before = herd.provider.logins();
    herd.provider.fault(On::Login, Fault::Delay { delay: Duration::from_secs(60), times: 1 });
    let holder = herd.start("once", herd.provider.password());
    while herd.provider.logins() == before {
        std::thread::sleep(Duration::from_millis(5));
    }
    let others: Vec<_> = (0..10).map(|_| herd.start("once", herd.provider.password())).collect();
    std::thread::sleep(Duration::from_millis(500));
    kill(holder);
    let tokens: Vec<String> = others.into_iter().flat_map(lines).collect();
    assert_eq!(tokens.len(), 10);
    assert!(tokens.iter().all(|token| token.starts_with("token ") && *token == tokens[0]), "{tokens:?}");
    assert_eq!(herd.provider.logins() - before, 2, "the login of the killed process, and one more");
    herd.provider.clear_faults();
}

fn killed_at_random(herd: &Herd<'_>) {
    let mut whole = 0;
    for _ in 0..40 {
        let child = herd.start("renew", herd.provider.password());
        std::thread::sleep(Duration::from_millis(fastrand::u64(20..120)));
        kill(child);
        whole += herd.entries().len();
    }
    assert!(whole > 20, "the processes got as far as writing: {whole}");
    let before = herd.provider.logins();
    let served: Vec<String> = (0..3).flat_map(|_| lines(herd.start("once", herd.provider.password()))).collect();
    assert!(served.iter().all(|token| token.starts_with("token ")), "{served:?}");
    assert!(herd.provider.logins() - before <= 1, "the last published credential is valid, or one process logs in");
}
