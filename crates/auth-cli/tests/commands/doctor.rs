//! `doctor` on a machine and a server without faults, and its limits.

use std::os::unix::fs::PermissionsExt;

use auth_sandbox::{Fault, On, Provider};
use serde_json::Value;

use crate::place::Place;

/// Returns the names of the facts that have this verdict in a report.
pub(crate) fn facts(report: &str, measured: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    let facts = report["facts"].as_array().unwrap().iter().filter(|fact| fact["measured"] == measured);
    facts.map(|fact| fact["fact"].as_str().unwrap().to_owned()).collect()
}

/// Writes one profile, which only its owner can read.
pub(crate) fn write(place: &Place, provider: &str, account: &Provider, base_url: &str, more: &str) {
    let user = format!("user = {:?}", account.username());
    let (user, secret) =
        if provider == "signed-api" { ("", account.api_key()) } else { (user.as_str(), account.password()) };
    place.write(&format!(
        "[profile.p]\nprovider = \"{provider}\"\nbase_url = \"{base_url}\"\n{user}\n{more}\n\
         secret = {{ password_in_plain_text = \"{secret}\" }}\n"
    ));
    std::fs::set_permissions(place.config(), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_as_documented_has_no_departure_and_gets_few_requests() {
    let place = Place::new().await;
    let schema: Value = serde_json::from_str(include_str!("../../doctor.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let sandbox = &place.sandbox;
    for (provider, account, more) in [
        ("pontotel", sandbox.pontotel(), ""),
        ("econpay", sandbox.econpay(), ""),
        ("sopague", sandbox.sopague(), ""),
        ("sopague", sandbox.sopague_gateway(), "api = \"gateway\""),
        ("api4com", sandbox.api4com(), ""),
        ("signed-api", sandbox.signed_api(), ""),
    ] {
        write(&place, provider, account, account.base_url(), more);
        let outcome = place.run(&["doctor", "p", "--json", "--wait", "0"]);
        assert_eq!(facts(&outcome.out, "otherwise"), [""; 0], "{provider} {more}: {}", outcome.out);
        let report = outcome.ok();
        assert!(validator.is_valid(&serde_json::from_str(&report).unwrap()), "{report}");
        let measured = facts(&report, "as documented");
        for fact in ["login.status", "login.second", "request.status", "broken-token.body", "setup.store"] {
            assert!(measured.iter().any(|one| one == fact), "{provider} {more} lacks {fact}: {report}");
        }
        assert!(account.logins() <= 2 && account.requests() <= 22, "{provider}: {} requests", account.requests());
    }
    write(&place, "pontotel", sandbox.pontotel(), sandbox.pontotel().base_url(), "");
    assert_eq!(place.run(&["doctor", "p", "--quiet", "--wait", "0"]).ok(), "");
    assert!(place.run(&["doctor", "p", "--markdown", "--wait", "0"]).ok().contains("| `login.status` | as documented"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_more_is_sent_after_the_first_429() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    pontotel.fault(On::Resource, Fault::TooManyRequests { retry_after: Some("60".into()), times: 1 });
    let outcome = place.run(&["doctor", "p", "--json", "--wait", "0"]);
    assert_eq!((outcome.code, pontotel.requests(), pontotel.logins()), (Some(4), 1, 0), "{}", outcome.err);
    assert!(outcome.out.contains("wait 60 s"), "{}", outcome.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_allowed_login_leaves_a_shared_login_alone() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    let token = place.run(&["token", "p"]).ok();
    let report = place.run(&["doctor", "p", "--json", "--wait", "0", "--logins", "1"]).ok();
    assert!(facts(&report, "not tried").iter().any(|fact| fact == "login.second"), "{report}");
    assert_eq!((place.run(&["token", "p"]).ok(), pontotel.logins()), (token.clone(), 1));
    place.run(&["doctor", "p", "--wait", "0"]).ok();
    assert_eq!(pontotel.logins(), 2);
    assert_ne!(place.run(&["token", "p"]).ok(), token, "the second login is shared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_write_are_sent_only_if_asked_for() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    let report = place.run(&["doctor", "p", "--json", "--wait", "0"]).ok();
    let not_tried = facts(&report, "not tried");
    assert!(
        not_tried.iter().any(|fact| fact == "refusal") && not_tried.iter().any(|fact| fact == "write.createEmployee")
    );
    let outcome = place.run(&["doctor", "p", "--json", "--wait", "0", "--write", "--probe-refusal"]);
    assert!(outcome.err.contains("Accounts lock"), "{}", outcome.err);
    let measured = facts(&outcome.out, "as documented");
    assert!(
        measured.iter().any(|fact| fact == "refusal") && measured.iter().any(|fact| fact == "write.createEmployee")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_an_allowed_login_is_not_sent() {
    let place = Place::new().await;
    let pontotel = place.sandbox.pontotel();
    write(&place, "pontotel", pontotel, pontotel.base_url(), "");
    let report = place.run(&["doctor", "p", "--json", "--wait", "0", "--logins", "0", "--write"]).ok();
    assert!(facts(&report, "not tried").iter().any(|fact| fact == "write.createEmployee"), "{report}");
    assert_eq!(pontotel.logins(), 0);
}
