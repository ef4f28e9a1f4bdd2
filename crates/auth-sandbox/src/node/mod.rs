//! The canonical form of a Node.js server: `JSON.parse`, keys sorted at every level, `JSON.stringify`.
//!
//! Strings are UTF-16, as in JavaScript: keys sort by UTF-16 unit, and only UTF-16 can hold a lone surrogate.

mod read;
mod write;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

#[derive(Debug)]
enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Vec<u16>),
    List(Vec<Json>),
    Object(BTreeMap<Vec<u16>, Json>),
}

/// Returns the text to sign for a body; `None` if a strict body parser refuses the body.
///
/// As in Express 4, an empty body counts as `{}`, and a scalar is refused.
pub(crate) fn normalize(body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return Some("{}".to_owned());
    }
    let json = parse(body)?;
    matches!(json, Json::List(_) | Json::Object(_)).then(|| write::stringify(&json))
}

/// Returns the body as `JSON.parse` reads it. A lone surrogate, which a `String` cannot hold, becomes U+FFFD.
pub(crate) fn value(body: &[u8]) -> Option<Value> {
    parse(body).map(Value::from)
}

fn parse(body: &[u8]) -> Option<Json> {
    let text = String::from_utf8_lossy(body);
    read::parse(text.strip_prefix('\u{feff}').unwrap_or(&text))
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(yes) => Self::Bool(yes),
            Json::Number(number) => whole(number).map_or_else(|| number.clamp(f64::MIN, f64::MAX).into(), Self::from),
            Json::Text(text) => Self::String(String::from_utf16_lossy(&text)),
            Json::List(items) => items.into_iter().map(Self::from).collect(),
            Json::Object(members) => {
                let member = |(key, value): (Vec<u16>, Json)| (String::from_utf16_lossy(&key), Self::from(value));
                Self::Object(members.into_iter().map(member).collect::<Map<_, _>>())
            }
        }
    }
}

/// Returns a whole number as an integer if a double represents it exactly.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{normalize, value};

    #[test]
    fn a_body_that_node_parses_has_a_value() {
        let cases = [
            (r#"{"a":"\ud800","b":["\udc00x"]}"#, json!({ "a": "\u{fffd}", "b": ["\u{fffd}x"] })),
            (r#"{"a":1,"a":2.0}"#, json!({ "a": 2 })),
            ("\u{feff} [1.5, -0, 1e2, true, null]\n", json!([1.5, 0, 100, true, null])),
            ("[1e400,-1e400]", json!([f64::MAX, f64::MIN])),
            ("\"a\"", json!("a")),
        ];
        for (body, expected) in cases {
            assert_eq!(value(body.as_bytes()), Some(expected), "{body}");
        }
        assert_eq!(value(b"\"\xff\""), Some(json!("\u{fffd}")));
        for body in ["", "{", "{'a':1}", "[1,]"] {
            assert_eq!(value(body.as_bytes()), None, "{body}");
        }
    }

    /// Bodies and the texts that Node.js 20 writes for them.
    const CASES: &[(&str, &str)] = &[
        ("", "{}"),
        (" { } ", "{}"),
        (r#"{"b":{"d":1,"c":[{"z":1,"y":2}]},"a":null}"#, r#"{"a":null,"b":{"c":[{"y":2,"z":1}],"d":1}}"#),
        (r#"{"10":1,"9":2,"1":3,"a":4,"-1":5,"01":6}"#, r#"{"1":3,"9":2,"10":1,"-1":5,"01":6,"a":4}"#),
        (r#"{"4294967295":1,"4294967294":2,"!":3}"#, r#"{"4294967294":2,"!":3,"4294967295":1}"#),
        ("{\"\u{fb33}\":1,\"\u{1f602}\":2}", "{\"\u{1f602}\":2,\"\u{fb33}\":1}"),
        (r#"{"\u0039":1,"!":2}"#, r#"{"9":1,"!":2}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        ("[1.0,150.00,1E2,-0,0.0]", "[1,150,100,0,0]"),
        ("[1e21,1e20,1e-6,1e-7,5e-324]", "[1e+21,100000000000000000000,0.000001,1e-7,5e-324]"),
        ("[9007199254740993,9223372036854775807]", "[9007199254740992,9223372036854776000]"),
        ("[1e400,-1e400,1e-400]", "[null,null,0]"),
        (r#"["\ud800","\udc00x","\ud83d\ude02"]"#, "[\"\\ud800\",\"\\udc00x\",\"\u{1f602}\"]"),
        (r#"["\/\u0041\u001F\b\f\n\r\t\"\\\u007f\u2028"]"#, "[\"/A\\u001f\\b\\f\\n\\r\\t\\\"\\\\\u{7f}\u{2028}\"]"),
        ("\u{feff}[true,false,null]", "[true,false,null]"),
    ];

    #[test]
    fn bodies_become_the_text_that_node_writes() {
        for (body, text) in CASES {
            assert_eq!(normalize(body.as_bytes()).as_deref(), Some(*text), "{body}");
        }
    }

    #[test]
    fn a_body_that_a_strict_parser_refuses_has_no_text() {
        let bodies = [
            "1",
            "\"a\"",
            "null",
            "{",
            "[1,]",
            "{\"a\"}",
            "{a:1}",
            "[01]",
            "[1.]",
            "[.5]",
            "[+1]",
            "[1e]",
            "[-]",
            "[\"\n\"]",
            "[\"\\x\"]",
            "[\"\\u00g0\"]",
            "[1] 2",
            "[nul]",
            "[NaN]",
            "['a']",
        ];
        for body in bodies {
            assert_eq!(normalize(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_body_too_deep_for_a_stack_is_refused() {
        assert_eq!(normalize("[".repeat(1_000_000).as_bytes()), None);
    }
}
