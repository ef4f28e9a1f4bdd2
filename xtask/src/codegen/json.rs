//! JSON values with ordered members, and the place of a JSON pointer in a text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use serde_json::value::RawValue;

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(IndexMap<String, Json>),
}

impl Json {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value at a JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Self> {
        parts(pointer).try_fold(self, |value, part| match value {
            Self::Object(members) => members.get(&part),
            Self::Array(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }
}

impl fmt::Display for Json {
    /// Writes the value on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_not_json| fmt::Error)?)
    }
}

/// Returns the names and numbers of a pointer.
pub(crate) fn parts(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"))
}

/// Escapes a name for a pointer.
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Returns the line and column, from 1, of the value at the pointer. If there is no such value, returns those of the
/// nearest value around it.
pub(crate) fn locate(text: &str, pointer: &str) -> (usize, usize) {
    let mut here = text.trim_start();
    for part in parts(pointer) {
        let members = serde_json::from_str::<HashMap<Cow<'_, str>, &RawValue>>(here).unwrap_or_default();
        let items = serde_json::from_str::<Vec<&RawValue>>(here).unwrap_or_default();
        let index = part.parse().unwrap_or(usize::MAX);
        let Some(found) = members.get(part.as_str()).or(items.get(index)) else { break };
        here = found.get();
    }
    let before = &text[..text.len() - here.len().min(text.len())];
    let offset = (here.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let before = text.get(..offset).unwrap_or(before);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n  \"paths\": {\n    \"/login/\": {\"post\": [1, {\"é\": true}]}\n  }\n}\n";

    #[test]
    fn a_pointer_is_found_by_line_and_column_and_else_what_is_around_it() {
        for (pointer, place) in [
            ("", (1, 1)),
            ("/paths", (2, 12)),
            ("/paths/~1login~1/post/1", (3, 29)),
            ("/paths/~1login~1/post/1/é", (3, 35)),
            ("/paths/~1login~1/put", (3, 16)),
        ] {
            assert_eq!(locate(TEXT, pointer), place, "{pointer}");
        }
    }

    #[test]
    fn members_keep_their_order() {
        let json: Json = serde_json::from_str(r#"{"b": 1, "a": [null, "x"]}"#).unwrap();
        assert_eq!(json.to_string(), r#"{"b":1,"a":[null,"x"]}"#);
        assert_eq!(json.at("/a/1").and_then(Json::as_str), Some("x"));
        assert_eq!(json.at("/c"), None);
    }

    #[test]
    fn a_name_with_a_slash_or_a_tilde_is_escaped_in_a_pointer() {
        let json: Json = serde_json::from_str(r#"{"a/b": {"~1": 7}}"#).unwrap();
        let pointer = format!("/{}/{}", escape("a/b"), escape("~1"));
        assert_eq!(pointer, "/a~1b/~01");
        assert_eq!(json.at(&pointer).map(ToString::to_string).as_deref(), Some("7"));
    }
}
