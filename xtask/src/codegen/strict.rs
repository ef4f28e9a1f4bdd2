//! Faults that the types of a document cannot detect: duplicate members and dangling references.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::facts::{Result, fault};
use super::json::{Json, escape};

/// Refuses two members of one name in an object.
pub(crate) fn no_doubles(text: &str) -> std::result::Result<(), serde_json::Error> {
    serde_json::from_str::<Single>(text).map(|Single| ())
}

/// A value without duplicate members.
struct Single;

impl<'de> Deserialize<'de> for Single {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Single;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Single, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!("{name:?} is there twice")));
            }
            names.insert(name);
            map.next_value::<Single>()?;
        }
        Ok(Single)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Single, A::Error> {
        while items.next_element::<Single>()?.is_some() {}
        Ok(Single)
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Single, E> {
        Ok(Single)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Single, E> {
        Ok(Single)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Single, E> {
        Ok(Single)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Single, E> {
        Ok(Single)
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Single, E> {
        Ok(Single)
    }

    fn visit_unit<E>(self) -> std::result::Result<Single, E> {
        Ok(Single)
    }
}

/// Checks that each `$ref` names a component of this document, of the kind that its place requires.
pub(crate) fn references(root: &Json) -> Result<()> {
    lead(root, root, "", "schemas", false)
}

/// Checks the references below a value. `kind` is the kind of components that its place requires. `named` is true if
/// the members' names are free, not words of `OpenAPI`.
fn lead(root: &Json, here: &Json, pointer: &str, kind: &str, named: bool) -> Result<()> {
    let members = match here {
        Json::Object(members) => members,
        Json::Array(items) => {
            let lead = |(index, item)| lead(root, item, &format!("{pointer}/{index}"), kind, false);
            return items.iter().enumerate().try_for_each(lead);
        }
        _ => return Ok(()),
    };
    if let Some(Json::String(reference)) = members.get("$ref").filter(|_| !named) {
        let name = reference.strip_prefix(&format!("#/components/{kind}/"));
        if name.is_none_or(|name| name.contains('/')) || root.at(reference.trim_start_matches('#')).is_none() {
            let message = format!("{reference} leads to nothing: it is #/components/{kind}/ and a name that is there");
            return fault(format!("{pointer}/$ref"), message);
        }
    }
    for (name, member) in members {
        let (kind, named) = match name.as_str() {
            _ if named => (kind, false),
            // These members hold data, even if it looks like a reference.
            "value" | "const" | "enum" | "default" => continue,
            "examples" if matches!(member, Json::Array(_)) => continue,
            "responses" | "parameters" | "examples" | "headers" | "schemas" => (name.as_str(), true),
            "properties" => ("schemas", true),
            "schema" | "items" | "additionalProperties" => ("schemas", false),
            _ => (kind, false),
        };
        lead(root, member, &format!("{pointer}/{}", escape(name)), kind, named)?;
    }
    Ok(())
}
