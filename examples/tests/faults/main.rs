//! Every fault of the network, of a server and of a clock, on a login and on a request of every provider, over real
//! sockets. The tests check the caller's result, the requests that arrive at the server, and that no secret shows. They
//! also write `docs/faults.md`.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod canary;
mod capture;
mod case;
mod others;
mod party;
mod report;
mod run;
mod stage;
mod table;
mod threats;
mod told;
mod wire;

use std::collections::BTreeSet;
use std::fs;

/// The path of the table.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/faults.md");

#[test]
fn every_fault_has_its_stated_outcome_with_every_provider() {
    let mut breaches = Vec::new();
    for one in &run::all().played {
        let fault = &run::all().cases[one.case].fault;
        let who = format!("{fault}, {:?}, {}", one.mode, one.party);
        if one.measured != one.stated {
            breaches.push(format!("{who}: measured {:?}, stated {:?} ({})", one.measured, one.stated, one.says));
        }
        breaches.extend(one.wrong.iter().map(|wrong| format!("{who}: {wrong}")));
    }
    assert!(breaches.is_empty(), "{} breaches\n{}", breaches.len(), breaches.join("\n"));
}

#[test]
fn no_error_no_debug_no_log_line_and_no_panic_shows_a_secret() {
    let mut leaks = Vec::new();
    for one in &run::all().played {
        let fault = &run::all().cases[one.case].fault;
        leaks.extend(one.leaks.iter().map(|leak| format!("{fault}, {:?}, {}: {leak}", one.mode, one.party)));
    }
    assert!(leaks.is_empty(), "{} leaks\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn the_searched_logs_have_lines_of_our_crates_of_http_and_of_tls() {
    let heard: BTreeSet<_> = run::all().played.iter().flat_map(|one| &one.heard).map(String::as_str).collect();
    for name in ["auth_core", "econpay_auth", "hyper_util", "reqwest", "rustls"] {
        assert!(heard.contains(name), "{name} is not among {heard:?}");
    }
}

#[test]
fn every_error_says_what_to_do() {
    for one in &run::all().played {
        let failed = matches!(one.measured.outcome, case::Outcome::Failed(..));
        assert_eq!(failed, !one.says.is_empty(), "{} {:?} {}", run::all().cases[one.case].fault, one.mode, one.party);
    }
}

#[test]
fn the_page_of_faults_states_the_measured_outcomes() {
    let page = report::page(run::all());
    #[expect(clippy::disallowed_methods, reason = "a switch for whoever runs the test; clients read nothing of it")]
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).unwrap();
        fs::write(PAGE, &page).unwrap();
    }
    let kept = fs::read_to_string(PAGE).unwrap_or_default();
    // If reqwest's `gzip` is switched on from outside, the bomb is decompressed, and the error reports its length.
    let compression = run::all().played.iter().any(|one| one.compression);
    let counts = |line: &&str| !(compression && line.contains("gzip bomb"));
    let differs = |one: &str, other: &str| {
        let other: Vec<_> = other.lines().collect();
        one.lines().filter(counts).filter(|line| !other.contains(line)).map(str::to_owned).collect::<Vec<_>>()
    };
    let (old, new) = (differs(&kept, &page), differs(&page, &kept));
    assert!(
        old.is_empty() && new.is_empty(),
        "docs/faults.md is not what was measured; BLESS=1 cargo test -p auth-examples --test faults writes it\n- {}\n+ {}",
        old.join("\n- "),
        new.join("\n+ "),
    );
}
