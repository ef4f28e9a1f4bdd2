//! Secrets and personal data in every field of every answer, and in no report.

use auth_sandbox::Provider;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::doctor::write;
use crate::place::Place;
use crate::wrapped::{Message, State, Wrapped, renamed};

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

/// Replaces the values of all headers but those of the connection, and adds one.
fn plant_headers(answer: &mut Message) {
    for (name, value) in &mut answer.headers {
        let is_needed = ["content-length", "content-type", "connection", "date", "location"].contains(&name.as_str());
        if !is_needed {
            "canary-header".clone_into(value);
        }
    }
    answer.set("x-canary", "canary-header");
    answer.set("set-cookie", "canary=canary-header");
}

/// The members of a login's answer that a client needs.
#[derive(Clone, Copy)]
enum Kept {
    Nothing,
    Token,
    /// The token too, with personal data in its claims.
    TokenWithClaims,
}

/// A provider, the path of its base URL, the member of a login's answer that is the token, and the account.
type Case = (&'static str, &'static str, &'static [&'static str], fn(&Place) -> &Provider);

const CASES: [Case; 5] = [
    ("pontotel", "/pontotel/api/v4", &["access_token"], |place| place.sandbox.pontotel()),
    ("econpay", "/econpay", &["response", "token"], |place| place.sandbox.econpay()),
    ("sopague", "/sopague", &["accessToken"], |place| place.sandbox.sopague()),
    ("api4com", "/api4com/api/v1", &["id"], |place| place.sandbox.api4com()),
    ("signed-api", "/xigsapi", &["data", "accessToken"], |place| place.sandbox.signed_api()),
];

async fn check((provider, path, token, account): Case) {
    for format in ["--json", "--markdown", "--quiet", "--requests=20"] {
        for kept in [Kept::Nothing, Kept::Token, Kept::TokenWithClaims] {
            let place = Place::new().await;
            let account = account(&place);
            let origin = account.base_url().splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
            let change = move |request: &Message, answer: &mut Message, state: &mut State| {
                let is_login = request.is_login() && answer.line.contains(" 20");
                plant_headers(answer);
                answer.json(|value| {
                    let real = value.pointer(&["/", &token.join("/")].concat()).cloned();
                    plant(value, &mut state.changed);
                    let slot = value.pointer_mut(&["/", &token.join("/")].concat()).filter(|_| is_login);
                    if let (Some(slot), Some(Value::String(real))) = (slot, real) {
                        match kept {
                            Kept::TokenWithClaims if real.contains('.') => {
                                let claims = |claims: &mut Value| {
                                    claims["name"] = NAME.into();
                                    claims[KEY] = CPF.into();
                                };
                                *slot = renamed(state, &real, claims).into();
                            }
                            Kept::Nothing => {}
                            _ => *slot = real.into(),
                        }
                    }
                });
            };
            let wrapped = Wrapped::start(&origin, |_, _| None, change);
            write(&place, provider, account, &format!("{}{path}", wrapped.origin), "");
            let outcome = place.run(&["doctor", "p", "--wait", "0", format]);
            let told = outcome.out + &outcome.err;
            assert!(wrapped.state.lock().unwrap().changed > 3, "the canary reached the command: {told}");
            assert!(told.contains("facts are not as documented"), "{told}");
            let secrets = [account.password(), account.username(), account.api_key()];
            for secret in ["anária", "canar", "canary", "12345678909"].into_iter().chain(secrets) {
                assert!(secret.is_empty() || !told.contains(secret), "{provider} {format} shows {secret}: {told}");
            }
        }
    }
}

// Each case waits for processes, which blocks a thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 5)]
async fn no_report_contains_a_value_of_an_answer() {
    JoinSet::from_iter(CASES.map(check)).join_all().await;
}
