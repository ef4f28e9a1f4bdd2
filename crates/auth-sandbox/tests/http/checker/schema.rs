//! Checks of values against the schemas of a document.

use std::fmt;

use serde_json::{Value, json};

use super::{Contract, Operation};

impl Contract {
    /// Follows a `$ref`, or returns the value itself.
    pub(super) fn resolved<'c>(&'c self, it: &'c Value) -> &'c Value {
        let reference = it["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
        reference.map_or(it, |reference| self.document.pointer(reference).unwrap())
    }

    /// Returns the faults of a value, each with its place.
    pub(super) fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let root = json!({ "allOf": [schema], "components": { "schemas": self.document["components"]["schemas"] } });
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&root).unwrap();
        let fault = |error: jsonschema::ValidationError<'_>| match error.instance_path().to_string() {
            place if place.is_empty() => error.to_string(),
            place => format!("{place}: {error}"),
        };
        validator.iter_errors(value).map(fault).collect()
    }
}

impl Contract {
    /// Checks every example of bodies and schemas. Returns their number and the faults.
    pub(crate) fn examples(&self) -> (usize, Vec<String>) {
        let (mut count, mut wrong) = (0, Vec::new());
        self.look(&self.document, "", &mut |place, schema, example| {
            count += 1;
            wrong.extend(self.faults(schema, example).into_iter().map(|fault| format!("{place}: {fault}")));
        });
        (count, wrong)
    }

    fn look<'c>(&'c self, here: &'c Value, place: &str, found: &mut impl FnMut(&str, &'c Value, &'c Value)) {
        // Examples of a body.
        for (name, example) in here["examples"].as_object().into_iter().flatten() {
            if let (Some(schema), Some(value)) = (here.get("schema"), self.resolved(example).get("value")) {
                found(&format!("{place}/examples/{name}"), schema, value);
            }
        }
        // Examples of a schema.
        for example in here["examples"].as_array().into_iter().flatten() {
            found(place, here, example);
        }
        for (name, inner) in here.as_object().into_iter().flatten().filter(|(name, _)| *name != "value") {
            self.look(inner, &format!("{place}/{name}"), found);
        }
        for inner in here.as_array().into_iter().flatten() {
            self.look(inner, place, found);
        }
    }
}

impl Operation<'_> {
    pub(crate) fn id(&self) -> &str {
        self.described["operationId"].as_str().unwrap()
    }

    /// Returns true if the operation needs a token.
    pub(crate) fn is_protected(&self) -> bool {
        self.described.get("security").is_none()
    }

    pub(crate) fn has_body(&self) -> bool {
        self.described.get("requestBody").is_some()
    }

    /// Returns the documented statuses, in the document's order.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        self.described["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap()).collect()
    }
}

impl fmt::Display for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.to_uppercase(), self.path)
    }
}
