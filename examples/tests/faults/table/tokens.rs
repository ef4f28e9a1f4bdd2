//! Logins that return 200 with something else in place of the token.

use api4com_auth::auth_core::ErrorKind::{LoginRefused, Unavailable};
use serde_json::{Value, json};

use super::bodies::edited;
use super::{AS_ISSUED, fails};
use crate::case::{Case, Outcome};

const ALL_BUT_SIGNED_API: &[&str] = &["pontotel", "econpay", "sopague", "sopague gateway", "api4com"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        token("an empty token", Some(json!("")), fails(Unavailable)),
        token("a blank token", Some(json!("   ")), fails(Unavailable)),
        token("a token that is null", Some(Value::Null), fails(Unavailable)),
        token("a token that is a number", Some(json!(8_675_309)), fails(Unavailable)),
        token("a token that is an object", Some(json!({ "value": "canary-8c1f77d20b9e" })), fails(Unavailable)),
        token("no token", None, fails(Unavailable)),
        token("a token with a newline", Some(json!("canary-8c1f77d2\n0b9e4a63")), fails(Unavailable)),
        token("a token with a NUL", Some(json!("canary-8c1f77d2\u{0}b9e4a630")), fails(Unavailable)),
        token("a token outside ASCII", Some(json!("canary-8c1f77d20b9e4a63a5c2e1d07f964b83é")), fails(LoginRefused)),
        token("a text where the token should be", Some(json!("Usuário ou senha inválidos")), fails(LoginRefused)),
        token("a token of 17 KiB", Some(json!("canary-8c1f77d2".repeat(1161))), fails(Unavailable)),
        token("a token of 1 MiB", Some(json!("canary-8c1f77d2".repeat(69906))), fails(Unavailable)),
    ];
    let signature = |fault: &str, value: Option<Value>, outcome: Outcome| {
        let case = edited(fault, move |answer| answer.put("/data/signatureToken", value.clone()));
        case.login(outcome, 1).not_for(ALL_BUT_SIGNED_API)
    };
    cases.extend([
        signature("an empty signature token", Some(json!("")), fails(Unavailable)),
        signature("a signature token that is null", Some(Value::Null), fails(Unavailable)),
        signature("a signature token that is a number", Some(json!(8_675_309)), fails(Unavailable)),
        signature("no signature token", None, fails(Unavailable)),
        signature("a signature token outside ASCII", Some(json!("chave-canário-8c1f77d2")), AS_ISSUED),
    ]);
    cases
}

fn token(fault: &str, value: Option<Value>, outcome: Outcome) -> Case {
    let case = edited(fault, move |answer| answer.put(answer.token, value.clone()));
    case.login(outcome, 1)
}
