//! One login for all invocations, and one refusal.

use auth_sandbox::Quirks;
use std::time::Duration;

use crate::place::{Outcome, Place};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_commands_one_after_the_other_need_one_login() {
    let place = Place::new().await;
    let first = place.run(&["token", "loja"]).ok();
    for _ in 1..100 {
        assert_eq!(place.run(&["token", "loja"]).ok(), first);
    }
    assert_eq!(place.sandbox.pontotel().logins(), 1);
}

/// Runs a command many times at once.
fn at_once(place: &Place, many: usize, command: &[&str]) -> Vec<Outcome> {
    let started: Vec<_> = (0..many).map(|_| place.command(command).spawn().unwrap()).collect();
    started.into_iter().map(Outcome::of_child).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_commands_at_once_need_one_login_and_agree_on_a_key() {
    let place = Place::new().await;
    place.sandbox.set_quirks(Quirks { login_time: Duration::from_millis(500), ..Quirks::NONE });
    let mut tokens: Vec<_> = at_once(&place, 100, &["token", "loja"]).into_iter().map(Outcome::ok).collect();
    tokens.dedup();
    assert_eq!((tokens.len(), place.sandbox.pontotel().logins()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_sent_once_and_then_held_back() {
    let place = Place::new().await;
    place.sandbox.pontotel().set_password("another");
    let first = place.run(&["token", "loja"]).failed(3);
    assert!(first.contains("refused") && !first.contains("not sent again"), "{first}");
    for command in [["token", "loja"].as_slice(), &["request", "loja", "usuarios/"], &["login", "loja"]] {
        let later = place.run(command).failed(3);
        assert!(later.contains("not sent again; next try in "), "{later}");
    }
    assert_eq!(place.sandbox.pontotel().logins(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_of_many_commands_sends_a_wrong_password() {
    let place = Place::new().await;
    place.sandbox.pontotel().set_password("another");
    for outcome in at_once(&place, 30, &["token", "loja"]) {
        assert!(outcome.failed(3).contains("next try in "));
    }
    assert_eq!(place.sandbox.pontotel().logins(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_replaced_once_for_many_commands() {
    let place = Place::new().await;
    place.run(&["login", "loja"]).ok();
    place.sandbox.pontotel().revoke_all();
    for outcome in at_once(&place, 30, &["request", "loja", "usuarios/", "--fail"]) {
        outcome.ok();
    }
    assert_eq!(place.sandbox.pontotel().logins(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_store_each_command_logs_in() {
    let place = Place::new().await;
    let profiles = std::fs::read_to_string(place.config()).unwrap();
    place.write(&profiles.replacen("[profile.loja]", "[profile.loja]\nstore = \"none\"", 1));
    assert_ne!(place.run(&["token", "loja"]).ok(), place.run(&["token", "loja"]).ok());
    assert!(place.run(&["invalidate", "loja"]).failed(2).contains("shares no login"));
    assert_eq!(place.sandbox.pontotel().logins(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_private_or_not_valid_is_refused() {
    let place = Place::new().await;
    let key = place.folder.path().join("state/key");
    std::fs::create_dir(key.parent().unwrap()).unwrap();
    std::fs::write(&key, "nada").unwrap();
    if cfg!(unix) {
        let refused = place.run(&["token", "loja"]).failed(2);
        assert!(refused.contains("chmod 600") && refused.contains("AUTHCTL_STATE"), "{refused}");
        std::process::Command::new("chmod").arg("600").arg(&key).status().unwrap();
    }
    let refused = place.run(&["token", "loja"]).failed(2);
    assert!(refused.contains("not the key that authctl made") && !refused.contains("nada"), "{refused}");
    assert_eq!(place.sandbox.pontotel().logins(), 0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_key_and_the_logins_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new().await;
    place.run(&["token", "loja"]).ok();
    let state = place.folder.path().join("state");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state.join("key")), 0o600);
    assert_eq!(mode(&state.join("logins")), 0o700);
}
