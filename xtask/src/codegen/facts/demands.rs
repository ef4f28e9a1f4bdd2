//! The requirements for a request, which the sandbox checks.

use serde::Serialize;

use super::{Result, component, fault};
use crate::codegen::document::{Document, Operation, Schema};
use crate::codegen::json::Json;

#[derive(Serialize)]
pub(crate) struct Demands {
    pub(crate) path: Vec<Demand>,
    pub(crate) query: Vec<Demand>,
    pub(crate) headers: Vec<Demand>,
    /// The members of the body, which is an object.
    pub(crate) body: Vec<Demand>,
}

/// A parameter, or a member of an object.
#[derive(Serialize)]
pub(crate) struct Demand {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
}

#[derive(Serialize)]
pub(crate) struct Shape {
    pub(crate) kinds: Vec<String>,
    pub(crate) shortest: Option<usize>,
    pub(crate) longest: Option<usize>,
    pub(crate) least: Option<i64>,
    pub(crate) most: Option<i64>,
    pub(crate) choices: Vec<String>,
    pub(crate) items: Option<Box<Shape>>,
    pub(crate) members: Vec<Demand>,
}

/// The maximum depth of a body.
const DEEPEST: usize = 16;

pub(crate) fn read(document: &Document, pointer: &str, operation: &Operation) -> Result<Demands> {
    let mut demands = Demands { path: Vec::new(), query: Vec::new(), headers: Vec::new(), body: Vec::new() };
    for (index, parameter) in operation.parameters.iter().enumerate() {
        let parameter = document.parameter(parameter);
        let pointer = format!("{pointer}/parameters/{index}");
        let Some(schema) = &parameter.schema else { return fault(pointer, "a parameter has a schema") };
        let place = match parameter.place.as_str() {
            "path" => &mut demands.path,
            "query" => &mut demands.query,
            "header" => &mut demands.headers,
            other => return fault(pointer, format!("a parameter is in path, query or header, not in {other:?}")),
        };
        place.push(Demand {
            name: parameter.name.clone(),
            required: parameter.required,
            shape: shape(document, &pointer, schema, 0)?,
        });
    }
    let media = operation.body.as_ref().and_then(|body| body.json());
    if let Some(schema) = media.and_then(|media| media.schema.as_ref()) {
        let pointer = format!("{pointer}/requestBody");
        let body = shape(document, &pointer, schema, 0)?;
        if body.kinds != ["object"] {
            return fault(pointer, "what is sent is an object");
        }
        demands.body = body.members;
    }
    Ok(demands)
}

fn shape(document: &Document, pointer: &str, schema: &Schema, depth: usize) -> Result<Shape> {
    if depth == DEEPEST {
        return fault(pointer, "what is sent holds itself, or is too deep");
    }
    let schema = match &schema.reference {
        Some(reference) => document.components.schemas.get(component(reference)).unwrap_or(schema),
        None => schema,
    };
    let combined = !(schema.one_of.is_empty() && schema.any_of.is_empty() && schema.all_of.is_empty());
    if combined || schema.pattern.is_some() {
        return fault(pointer, "what is sent is described without oneOf, anyOf, allOf and pattern");
    }
    let whole = |bound: &Option<Json>| match bound {
        None => Ok(None),
        Some(Json::Number(number)) if number.is_i64() => Ok(number.as_i64()),
        Some(other) => fault(pointer, format!("the bound {other} is no whole number")),
    };
    let choice = |choice: &Json| match choice.as_str() {
        Some(text) => Ok(text.to_owned()),
        None => fault(pointer, format!("the choice {choice} is no text")),
    };
    let member = |(name, property): (&String, &Schema)| {
        Ok(Demand {
            name: name.clone(),
            required: schema.required.contains(name),
            shape: shape(document, pointer, property, depth + 1)?,
        })
    };
    Ok(Shape {
        kinds: schema.kinds().into_iter().map(str::to_owned).collect(),
        shortest: schema.min_length,
        longest: schema.max_length,
        least: whole(&schema.minimum)?,
        most: whole(&schema.maximum)?,
        choices: schema
            .choices
            .iter()
            .flatten()
            .chain(&schema.constant)
            .filter(|choice| **choice != Json::Null)
            .map(choice)
            .collect::<Result<_>>()?,
        items: schema
            .items
            .as_ref()
            .map(|items| shape(document, pointer, items, depth + 1).map(Box::new))
            .transpose()?,
        members: schema.properties.iter().map(member).collect::<Result<_>>()?,
    })
}
