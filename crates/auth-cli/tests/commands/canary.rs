//! Secrets and personal data in every field of every answer, and in no report.

use serde_json::Value;

use crate::doctor::write;
use crate::place::Place;
use crate::wrapped::{Message, State, Wrapped};

const NAME: &str = "Canária da Silva";
const KEY: &str = "canariaSilva";
const CPF: u64 = 12_345_678_909;

/// Replaces all texts and numbers of an answer, and adds a member of another name.
fn plant(value: &mut Value, changed: &mut usize) {
    match value {
        Value::String(text) => NAME.clone_into(text),
        Value::Number(_) => *value = CPF.into(),
        Value::Array(all) => all.iter_mut().for_each(|value| plant(value, changed)),
        Value::Object(members) => {
            members.values_mut().for_each(|value| plant(value, changed));
            members.insert(KEY.to_owned(), NAME.into());
        }
        _ => {}
    }
    *changed += 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_contains_a_value_of_an_answer() {
    for format in ["--json", "--markdown", "--quiet", "--requests=20"] {
        for keeps_token in [true, false] {
            let place = Place::new().await;
            let pontotel = place.sandbox.pontotel();
            let wrapped = Wrapped::start(
                pontotel.base_url().split("/pontotel").next().unwrap(),
                |_, _| None,
                move |request: &Message, answer: &mut Message, state: &mut State| {
                    let is_login = request.is_login();
                    answer.json(|value| {
                        let token = value["access_token"].clone();
                        plant(value, &mut state.changed);
                        if is_login && keeps_token {
                            value["access_token"] = token;
                        }
                    });
                    answer.set("x-ratelimit-limit", "canary-header");
                },
            );
            write(&place, "pontotel", pontotel, &format!("{}/pontotel/api/v4", wrapped.origin), "");
            let outcome = place.run(&["doctor", "p", "--wait", "0", format]);
            let told = outcome.out + &outcome.err;
            assert!(wrapped.state.lock().unwrap().changed > 3, "the canary reached the command: {told}");
            assert!(told.contains("login"), "{told}");
            for secret in ["anária", "canar", "canary", "12345678909", pontotel.password(), pontotel.username()] {
                assert!(!told.contains(secret), "{format} shows {secret}: {told}");
            }
        }
    }
}
