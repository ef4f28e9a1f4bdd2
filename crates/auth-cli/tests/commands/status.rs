//! `status`.

use serde_json::{Value, json};

use crate::place::Place;

fn status(place: &Place, profile: &str) -> Value {
    let status: Value = serde_json::from_str(&place.run(&["status", profile, "--json"]).ok()).unwrap();
    status[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_shows_the_account_of_a_login_and_sends_nothing() {
    let place = Place::new().await;
    let user = place.sandbox.pontotel().username();
    let before = json!({"profile": "loja", "provider": "pontotel", "user": user, "state": "logged out"});
    assert_eq!(status(&place, "loja"), before);
    assert_eq!(place.sandbox.pontotel().requests() + place.sandbox.pontotel().logins(), 0);
    let token = place.run(&["token", "loja"]).ok();
    let after = status(&place, "loja");
    assert_eq!(after["state"], "logged in");
    assert!(after["since"].as_str() < after["until"].as_str(), "{after}");
    let table = place.run(&["status"]).ok();
    assert!(table.contains("loja") && table.contains("in 5") && table.contains("jogo"), "{table}");
    assert!(!table.contains(token.trim()) && !after.to_string().contains(token.trim()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_shows_why_a_login_is_held_back_and_for_how_long() {
    let place = Place::new().await;
    place.sandbox.pontotel().set_password("another");
    place.run(&["token", "loja"]).failed(3);
    let status = status(&place, "loja");
    assert_eq!(status["state"], "held back");
    assert!(status["reason"].as_str().unwrap().contains("refused"), "{status}");
    assert!((50..=70).contains(&status["seconds_left"].as_u64().unwrap()), "{status}");
    assert!(place.run(&["status"]).ok().contains("held back for "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_cannot_be_used_hides_no_other() {
    let place = Place::new().await;
    let profiles = std::fs::read_to_string(place.config()).unwrap();
    place.write(
        &(profiles + "[profile.zebra]\nprovider = \"pontotel\"\nuser = \"maria\"\nsecret = { file = \"/nada\" }\n"),
    );
    let table = place.run(&["status"]).ok();
    assert!(table.contains("loja") && table.contains("unknown: "), "{table}");
}
