//! Checks of one value against its shape.

use serde_json::{Number, Value};

use super::{Kind, Member, Shape, What, Wrong};

/// Checks a parameter, which arrives as text.
pub(super) fn text(member: &Member, given: Option<String>, wrong: &mut Vec<Wrong>) {
    let value = given.map(|text| {
        let kinds = member.shape.kinds;
        let number = || text.parse::<Number>().ok().filter(|_| kinds.contains(&Kind::Integer));
        match (text.as_str(), number()) {
            ("true" | "false", _) if kinds.contains(&Kind::Boolean) => Value::Bool(text == "true"),
            (_, Some(number)) => Value::Number(number),
            _ => Value::String(text),
        }
    });
    one("", member, value.as_ref(), wrong);
}

/// Checks the members of an object.
pub(super) fn members(around: &str, members: &[Member], object: Option<&Value>, wrong: &mut Vec<Wrong>) {
    for member in members {
        one(around, member, object.and_then(|object| object.get(member.name)), wrong);
    }
}

fn one(around: &str, member: &Member, value: Option<&Value>, wrong: &mut Vec<Wrong>) {
    let at = if around.is_empty() { member.name.to_owned() } else { format!("{around}.{}", member.name) };
    match value {
        // The frameworks of all five providers treat an empty text as missing.
        None if member.required => wrong.push(Wrong { at, what: What::Missing }),
        Some(Value::String(text)) if member.required && text.is_empty() => {
            wrong.push(Wrong { at, what: What::Missing });
        }
        None => {}
        Some(value) => shape(&at, &member.shape, value, wrong),
    }
}

#[expect(clippy::cast_precision_loss, reason = "no document has a bound that a double cannot represent")]
fn shape(at: &str, shape: &Shape, value: &Value, wrong: &mut Vec<Wrong>) {
    let mut fault = |what| wrong.push(Wrong { at: at.to_owned(), what });
    if !shape.kinds.is_empty() && !shape.kinds.iter().any(|kind| is(*kind, value)) {
        return fault(What::Kind(shape.kinds));
    }
    match value {
        Value::String(text) => {
            let length = text.chars().count();
            if length < shape.shortest {
                fault(What::Shorter(shape.shortest));
            }
            if length > shape.longest {
                fault(What::Longer(shape.longest));
            }
            if !shape.choices.is_empty() && !shape.choices.contains(&text.as_str()) {
                fault(What::Choice(shape.choices));
            }
        }
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            if number < shape.least as f64 {
                fault(What::Less(shape.least));
            }
            if number > shape.most as f64 {
                fault(What::More(shape.most));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if let Some(wanted) = shape.items.first() {
                    self::shape(&format!("{at}.{index}"), wanted, item, wrong);
                }
            }
        }
        Value::Object(_) => members(at, shape.members, Some(value), wrong),
        Value::Null | Value::Bool(_) => {}
    }
}

fn is(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Array => value.is_array(),
        Kind::Boolean => value.is_boolean(),
        Kind::Integer => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Kind::Null => value.is_null(),
        Kind::Number => value.is_number(),
        Kind::Object => value.is_object(),
        Kind::String => value.is_string(),
    }
}
