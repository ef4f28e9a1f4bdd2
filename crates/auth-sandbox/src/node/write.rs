//! `JSON.stringify` of an object whose keys were sorted and put into a fresh object.

use std::fmt::Write;

use super::Json;

pub(super) fn stringify(json: &Json) -> String {
    let mut text = String::new();
    write_value(json, &mut text);
    text
}

fn write_value(json: &Json, out: &mut String) {
    match json {
        Json::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Json::Number(number) if number.is_finite() => {
            out.push_str(ryu_js::Buffer::new().format_finite(*number));
        }
        // Infinite is null too.
        Json::Null | Json::Number(_) => out.push_str("null"),
        Json::Text(text) => write_text(text, out),
        Json::List(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                separate(position, out);
                write_value(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            // V8 lists keys that are array indices first, by number; the others keep the order they were put in.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| index(key).map_or(u64::MAX, u64::from));
            out.push('{');
            for (position, (key, value)) in members.into_iter().enumerate() {
                separate(position, out);
                write_text(key, out);
                out.push(':');
                write_value(value, out);
            }
            out.push('}');
        }
    }
}

fn separate(position: usize, out: &mut String) {
    if position > 0 {
        out.push(',');
    }
}

/// The number of an array index: 0 to 2³² − 2, without a sign or leading zeros.
fn index(key: &[u16]) -> Option<u32> {
    let text = String::from_utf16(key).ok()?;
    let number: u32 = text.parse().ok()?;
    (number < u32::MAX && number.to_string() == text).then_some(number)
}

fn write_text(text: &[u16], out: &mut String) {
    out.push('"');
    for unit in char::decode_utf16(text.iter().copied()) {
        match unit {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\t') => out.push_str("\\t"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok('\r') => out.push_str("\\r"),
            Ok(control @ '\0'..='\u{1f}') => escape(u32::from(control), out),
            Ok(plain) => out.push(plain),
            // A lone surrogate stays an escape.
            Err(lone) => escape(u32::from(lone.unpaired_surrogate()), out),
        }
    }
    out.push('"');
}

fn escape(unit: u32, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\u{unit:04x}");
}
