//! `JSON.stringify` of an object whose keys were inserted in sorted order.

use super::Json;

pub(super) fn stringify(json: &Json) -> String {
    match json {
        Json::Bool(yes) => yes.to_string(),
        Json::Number(number) if number.is_finite() => ryu_js::Buffer::new().format_finite(*number).to_owned(),
        // Infinity is written as null.
        Json::Null | Json::Number(_) => "null".to_owned(),
        Json::Text(text) => quoted(text),
        Json::List(items) => format!("[{}]", items.iter().map(stringify).collect::<Vec<_>>().join(",")),
        Json::Object(members) => {
            // V8 lists keys that are array indices first, by number. The other keys keep their order.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| index(key).map_or(u64::MAX, u64::from));
            let member = |(key, value): (&Vec<u16>, &Json)| format!("{}:{}", quoted(key), stringify(value));
            format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
    }
}

/// Returns the number of a key that is an array index: 0 to 2³² − 2, without a sign or leading zeros.
fn index(key: &[u16]) -> Option<u32> {
    let text = String::from_utf16(key).ok()?;
    let number: u32 = text.parse().ok()?;
    (number < u32::MAX && number.to_string() == text).then_some(number)
}

fn quoted(text: &[u16]) -> String {
    let mut out = String::from('"');
    for unit in char::decode_utf16(text.iter().copied()) {
        match unit {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok('\r') => out.push_str("\\r"),
            Ok(control @ '\0'..='\u{1f}') => out.push_str(&escape(u32::from(control))),
            Ok(plain) => out.push(plain),
            // A lone surrogate stays an escape.
            Err(lone) => out.push_str(&escape(u32::from(lone.unpaired_surrogate()))),
        }
    }
    out.push('"');
    out
}

fn escape(unit: u32) -> String {
    format!("\\u{unit:04x}")
}
