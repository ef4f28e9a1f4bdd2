//! Tests of a signature's allocations: the text that is sent, and the buffers that a thread keeps.

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

const LARGE: usize = 128 * 1024;
const KEPT: usize = 2 * 1024 * 1024;

/// Returns a canonical body of this length.
fn body_of(bytes: usize) -> String {
    format!("[\"{}\"]", "x".repeat(bytes - 4))
}

#[test]
fn a_large_body_that_nearly_fills_its_buffer_is_handed_over_without_a_copy() {
    drop(SignedBody::json("[1]"));
    let text = body_of(LARGE) + &" ".repeat(1000);
    let allocated = measure(|| drop(SignedBody::json(&text)));
    assert!(allocated.bytes_total < 3 * LARGE as u64 / 2, "{allocated:?}");
}

#[test]
fn a_large_body_that_half_fills_its_buffer_is_copied_and_the_buffer_kept() {
    let text = body_of(LARGE) + &" ".repeat(LARGE);
    drop(SignedBody::json(&text));
    assert_eq!(measure(|| drop(SignedBody::json(&text))).bytes_total, LARGE as u64);
}

#[test]
fn a_body_that_is_not_large_is_copied_and_its_buffer_serves_the_next() {
    drop(SignedBody::json(body_of(LARGE - 1)));
    assert_eq!(measure(|| drop(SignedBody::json("[1]"))).count_total, 1);
}

/// Returns the bytes that a thread keeps after a body, in addition to those for a small body.
fn kept_after(text: &str) -> usize {
    let bytes = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            drop(SignedBody::json("[1]"));
            measure(|| drop(SignedBody::json(text))).bytes_current
        });
        thread.join().expect("it signs")
    });
    // The number may be negative, because the buffers of the small body may be freed too.
    usize::try_from(bytes).unwrap_or_default()
}

#[test]
fn after_a_large_body_a_thread_keeps_two_mebibytes_of_each_buffer() {
    let blanks = |bytes: usize| format!("[1]{}", " ".repeat(bytes - 3));
    let kept = kept_after(&blanks(KEPT));
    assert!((KEPT - 1024..=KEPT).contains(&kept), "{kept}");
    assert!(kept_after(&blanks(KEPT + 1)) < 1024);
    let members: Vec<_> = (0..KEPT / 30).map(|i| format!("\"k{i:06}\":0")).collect();
    assert!(kept_after(&format!("{{{}}}", members.join(","))) < 1024, "not so many members either");
}
