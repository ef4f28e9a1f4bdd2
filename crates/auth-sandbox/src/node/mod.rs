//! What a Node.js server signs: `JSON.parse`, keys sorted all the way down, `JSON.stringify`.
//!
//! Strings are UTF-16, as there: that is the order of keys, and the only home of a lone surrogate.

mod read;
mod write;

use std::collections::BTreeMap;

#[derive(Debug)]
enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Vec<u16>),
    List(Vec<Json>),
    Object(BTreeMap<Vec<u16>, Json>),
}

/// The text to sign for a body; `None` if a strict body parser refuses it.
///
/// No body at all is `{}`, as in Express 4; a scalar is refused, as there.
pub(crate) fn normalize(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.is_empty() {
        return Some("{}".to_owned());
    }
    let json = read::parse(text)?;
    matches!(json, Json::List(_) | Json::Object(_)).then(|| write::stringify(&json))
}

#[cfg(test)]
mod tests {
    use super::normalize;

    /// Bodies and what Node.js 20 makes of them.
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
    fn bodies_become_the_text_that_node_makes_of_them() {
        for (body, text) in CASES {
            assert_eq!(normalize(body.as_bytes()).as_deref(), Some(*text), "{body}");
        }
    }

    #[test]
    fn what_a_strict_parser_refuses_has_no_text() {
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
