//! Tests of large bodies. Quadratic code would take minutes here.

use crate::{canonical, refusal};
use signed_api_auth::signing::{MAX_DEPTH, SignErrorKind};

const MANY: usize = 100_000;

#[test]
fn many_keys_in_reverse_order_are_sorted() {
    let member = |i: usize| format!(r#""k{i:06}":{i}"#);
    let ascending: Vec<_> = (0..MANY).map(member).collect();
    let descending: Vec<_> = (0..MANY).rev().map(member).collect();
    let expected = format!("{{{}}}", ascending.join(","));
    assert_eq!(canonical(format!("{{{}}}", descending.join(","))), expected);
}

#[test]
fn many_long_keys_that_begin_alike_are_sorted_and_a_late_duplicate_is_found() {
    let start = "x".repeat(100);
    let member = |i: usize| format!(r#""{start}{:06}":{i}"#, i * 7919 % MANY);
    let members: Vec<_> = (0..MANY / 10).map(member).collect();
    let text = format!("{{{}}}", members.join(","));
    assert_eq!(canonical(&text).len(), text.len());
    let text = format!("{{{},{}}}", members.join(","), members[0]);
    assert_eq!(refusal(text).kind(), SignErrorKind::DuplicateKey);
}

#[test]
fn a_large_body_out_of_order_at_every_depth_is_sorted() {
    let inner = "1,".repeat(MANY);
    let open = r#"{"b":1,"a":"#.repeat(MAX_DEPTH - 1);
    let text = format!("{open}[{inner}1]{}", "}".repeat(MAX_DEPTH - 1));
    let expected = format!("{}[{inner}1]{}", r#"{"a":"#.repeat(MAX_DEPTH - 1), r#","b":1}"#.repeat(MAX_DEPTH - 1));
    assert_eq!(canonical(text), expected);
}

#[test]
fn a_number_of_many_digits_and_a_string_of_many_escapes_are_read_once() {
    let zeros = "0".repeat(MANY * 10);
    assert_eq!(canonical(format!("[0.{zeros}1e1000001]")), "[1]");
    assert_eq!(canonical(format!("[-0.{zeros}12345678901234568e1000017]")), "[-12345678901234568]");
    let digits = "1234567890".repeat(MANY);
    assert_eq!(refusal(format!("[0.{digits}]")).kind(), SignErrorKind::Number);
    assert_eq!(canonical(format!(r#"["{}"]"#, r"\u0041".repeat(MANY))).len(), MANY + 4);
    let controls = "\\u0001".repeat(MANY);
    assert_eq!(canonical(format!(r#"["{controls}"]"#)), format!(r#"["{controls}"]"#));
}

/// Keys with long common starts, in orders that are hard for sorts.
#[test]
fn many_keys_that_are_alike_for_long_are_sorted() {
    let sorted = |mut keys: Vec<String>, shuffle: fn(&mut Vec<String>)| {
        keys.sort_by_cached_key(|key| key.encode_utf16().collect::<Vec<_>>());
        let object = |keys: &[String]| {
            let members = keys.iter().map(|key| serde_json::to_string(key).unwrap() + ":0");
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        };
        let expected = object(&keys);
        shuffle(&mut keys);
        assert_eq!(canonical(object(&keys)), expected);
    };
    let shuffles: [fn(&mut Vec<String>); 4] = [
        |_| {},
        |keys| keys.reverse(),
        |keys| keys.sort_by_cached_key(|key| key.chars().rev().collect::<String>()),
        // Falls into two halves that interleave.
        |keys| keys.sort_by_key(|key| key.len() % 2),
    ];
    let start = "x".repeat(300);
    let astral = "😂".repeat(100);
    for shuffle in shuffles {
        sorted((0..1000).map(|i| format!("{start}{i:03}")).collect(), shuffle);
        let last = (0..1000).filter_map(|i| char::from_u32(0x20 + i * 17));
        sorted(last.map(|last| format!("{astral}{last}")).collect(), shuffle);
        sorted((1..500).map(|i| "a".repeat(i)).collect(), shuffle);
        sorted((1..500).map(|i| "\u{0}".repeat(i)).collect(), shuffle);
        sorted((1..500).map(|i| "\\".repeat(i)).collect(), shuffle);
        sorted((0..128u8).map(|i| format!("{start}{}", char::from(i))).collect(), shuffle);
        sorted((0..128u8).map(|i| format!("\\\\\n{}", char::from(i))).collect(), shuffle);
    }
}
