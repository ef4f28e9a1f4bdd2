//! Tests with vectors from Node, which `tests/differential/run.sh --vectors` prints.

use serde_json::Value;
use signed_api_auth::signing::{SignedBody, SigningKey};

#[test]
fn every_vector_is_signed_as_node_signs_it() {
    let mut signed = 0;
    for line in include_str!("../vectors/node.jsonl").lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let text = vector["text"].as_str().unwrap();
        let body = SignedBody::json(text);
        if vector["refused"].is_string() {
            assert!(body.canonical().is_err(), "{text}");
            continue;
        }
        assert_eq!(body.canonical().unwrap(), vector["canonical"].as_str().unwrap(), "{text}");
        let key = SigningKey::new(vector["key"].as_str().unwrap());
        assert_eq!(key.sign(&body).unwrap().as_str(), vector["signature"].as_str().unwrap(), "{text}");
        signed += 1;
    }
    assert!(signed > 400, "{signed} vectors were signed");
}
