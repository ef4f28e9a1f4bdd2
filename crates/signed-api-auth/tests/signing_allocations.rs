//! What a signature allocates: the text that is sent, and nothing else.

use allocation_counter::measure;
use serde::Serialize;
use signed_api_auth::signing::{SignedBody, SigningKey};

const TEXT: &str =
    r#"{"z":[{"b":1.50,"a":"\u00e9"},{"b":2,"a":"x"}],"a":{"d":null,"c":-0,"e":0.30000000000000004},"10":1,"9":2}"#;

#[derive(Serialize)]
struct Payment {
    z: f64,
    items: Vec<(u64, &'static str)>,
    a: Option<bool>,
}

#[test]
fn a_body_costs_one_allocation_and_a_signature_none() {
    let payment = Payment { z: 0.1, items: vec![(1, "one"); 50], a: None };
    let key = SigningKey::new("key");
    let warm = (SignedBody::json(TEXT), SignedBody::value(&payment));
    assert!(warm.0.canonical().is_ok() && warm.1.canonical().is_ok());

    let text = measure(|| drop(SignedBody::json(TEXT)));
    assert_eq!(text.count_total, 1);
    assert_eq!(text.bytes_total, warm.0.canonical().unwrap().len() as u64);
    assert_eq!(measure(|| drop(SignedBody::value(&payment))).count_total, 1);
    assert_eq!(measure(|| drop(key.sign(&warm.0))).count_total, 0);
    assert_eq!(measure(|| drop(SignedBody::empty())).count_total, 0);
}
