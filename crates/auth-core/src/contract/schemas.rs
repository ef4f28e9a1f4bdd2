//! The schemas that one value has to fit together: a schema, those of its `allOf`, and one of each choice.

use serde_json::Value;

use super::document::Element;
use crate::parse;

/// Schemas that one value has to fit together.
#[derive(Clone, Debug, Default)]
pub(super) struct Schemas<'d> {
    all: Vec<Element<'d>>,
    /// The lists of `oneOf` and `anyOf`, of each of which the value has to fit one entry.
    choices: Vec<Element<'d>>,
}

impl<'d> Schemas<'d> {
    pub(super) fn of(schema: Element<'d>) -> Self {
        let mut schemas = Self::default();
        schemas.add(schema);
        schemas
    }

    /// Adds a schema with those of its `allOf`. One that is there already adds nothing, so a circle ends.
    fn add(&mut self, schema: Element<'d>) {
        if self.all.iter().any(|one| one.pointer == schema.pointer) {
            return;
        }
        self.choices.extend(["oneOf", "anyOf"].into_iter().filter_map(|name| schema.get(name)));
        let parts = schema.get("allOf");
        self.all.push(schema);
        for (_, part) in parts.map(|parts| parts.members()).unwrap_or_default() {
            self.add(part);
        }
    }

    /// Returns these schemas with each entry of their first choice. `None` if they have no choice.
    pub(super) fn alternatives(&self) -> Option<Vec<Self>> {
        let (choice, others) = self.choices.split_first()?;
        let with = |(_, entry): (String, Element<'d>)| {
            let mut schemas = Self { all: self.all.clone(), choices: others.to_vec() };
            schemas.add(entry);
            schemas
        };
        Some(choice.members().into_iter().map(with).collect())
    }

    /// Returns the first schema whose type the value does not have, and the difference.
    pub(super) fn misfit(&self, value: &Value) -> Option<(&Element<'d>, String)> {
        self.all.iter().find_map(|schema| Some((schema, fits(schema.value, value).err()?)))
    }

    /// Returns the properties of all schemas by name, and the required members that no schema describes. Two schemas may
    /// describe one property.
    pub(super) fn properties(&self) -> Vec<(String, Self)> {
        let mut properties: Vec<(String, Self)> = Vec::new();
        let all = self.all.iter().filter_map(|schema| schema.get("properties"));
        for (name, property) in all.flat_map(|all| all.members()) {
            match properties.iter_mut().find(|(known, _)| *known == name) {
                Some((_, schemas)) => schemas.add(property),
                None => properties.push((name, Self::of(property))),
            }
        }
        for required in self.all.iter().filter_map(|schema| schema.get("required")) {
            for name in required.value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !properties.iter().any(|(known, _)| known == name) {
                    // It may have any value.
                    properties.push((name.to_owned(), Self::of(required.clone())));
                }
            }
        }
        properties
    }

    /// Returns the schemas of a list's entries.
    pub(super) fn items(&self) -> Option<Self> {
        let mut items = Self::default();
        self.all.iter().filter_map(|schema| schema.get("items")).for_each(|schema| items.add(schema));
        (!items.all.is_empty()).then_some(items)
    }

    pub(super) fn requires(&self, member: &str) -> bool {
        let has = |list: &Value| list.as_array().is_some_and(|all| all.iter().any(|one| one == member));
        self.all.iter().any(|schema| has(&schema.value["required"]))
    }

    /// Returns the other names of a member.
    pub(super) fn aliases(&self) -> impl Iterator<Item = &'d str> {
        let all = self.all.iter().filter_map(|schema| schema.value["x-aliases"].as_array());
        all.flatten().filter_map(Value::as_str)
    }

    /// Returns true if the document itself states it as an assumption.
    pub(super) fn is_assumed(&self) -> bool {
        self.all.iter().any(Element::is_assumed)
    }

    /// Returns the place in the document.
    pub(super) fn pointer(&self) -> &str {
        self.all.first().map_or("", |schema| &schema.pointer)
    }
}

/// Returns the difference between a value and the types of a schema.
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let has_type = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    };
    if !types.is_empty() && !types.iter().any(|name| has_type(name)) {
        return Err(format!("{} instead of {}", kind(value), types.join(" or ")));
    }
    if schema["format"] == "date-time" && value.is_string() && date(value).is_none() {
        return Err("a text that is not a date".to_owned());
    }
    let is_listed = schema["enum"].as_array().is_none_or(|all| all.contains(value));
    if !is_listed || schema.get("const").is_some_and(|only| only != value) {
        return Err("a value that the document does not list".to_owned());
    }
    Ok(())
}

/// Returns the kind of a value, without the value.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "an integer",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

pub(super) fn date(value: &Value) -> Option<std::time::SystemTime> {
    parse::optional_date(value.clone()).ok().flatten()
}
