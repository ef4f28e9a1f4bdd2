//! The requirements for a request, which the sandbox checks.

use serde::Serialize;

use super::document::{Document, Node, Operation, Value};

#[derive(Default, Serialize)]
pub(crate) struct Demands {
    path: Vec<Demand>,
    query: Vec<Demand>,
    headers: Vec<Demand>,
    /// The members of the body, which is an object.
    body: Vec<Demand>,
}

/// A parameter, or a member of an object.
#[derive(Serialize)]
struct Demand {
    name: String,
    required: bool,
    shape: Shape,
}

#[derive(Serialize)]
struct Shape {
    kinds: Vec<String>,
    shortest: Option<i64>,
    longest: Option<i64>,
    least: Option<i64>,
    most: Option<i64>,
    choices: Vec<String>,
    items: Option<Box<Shape>>,
    members: Vec<Demand>,
}

/// The maximum depth of a body.
const DEEPEST: usize = 16;

pub(crate) fn demands(document: &Document, operation: &Operation<'_>) -> Demands {
    let mut demands = Demands::default();
    for parameter in operation.node.items("parameters").iter().map(|parameter| document.resolve(parameter)) {
        let Some(schema) = parameter.get("schema") else { continue };
        let place = match parameter.text("in") {
            "path" => &mut demands.path,
            "query" => &mut demands.query,
            _ => &mut demands.headers,
        };
        let (name, required) = (parameter.text("name").to_owned(), parameter.flag("required"));
        place.push(Demand { name, required, shape: shape(document, schema, 0) });
    }
    let body = document.get(operation.node, "requestBody").and_then(|body| body.content("json"));
    if let Some(schema) = body.and_then(|media| media.get("schema")) {
        let body = shape(document, schema, 0);
        if body.kinds != ["object"] {
            document.fault(schema, "what the sandbox receives is an object: give it the type object");
        }
        demands.body = body.members;
    }
    demands
}

fn shape(document: &Document, schema: &Node, depth: usize) -> Shape {
    let schema = document.resolve(schema);
    let unknown = ["oneOf", "anyOf", "allOf", "pattern"].iter().find_map(|name| schema.get(name));
    if let Some(unknown) = unknown {
        document.fault(unknown, "what the sandbox receives is described without oneOf, anyOf, allOf and pattern");
    }
    if depth == DEEPEST {
        document.fault(schema, "what the sandbox receives holds itself, or is too deep");
    }
    let inner = |schema: &Node| shape(document, schema, depth + 1);
    let choices = schema.items("enum").iter().chain(schema.get("const")).filter(|choice| !choice.is_null());
    let choice = |choice: &Node| {
        if !matches!(choice.value(), Value::Text(_)) {
            document.fault(choice, format!("the choice {choice} is no text: the sandbox compares texts"));
        }
        choice.plain()
    };
    let whole = |name: &str| {
        if let Some(bound) = schema.get(name).filter(|bound| bound.as_i64().is_none()) {
            document.fault(bound, format!("the bound {bound} is no whole number"));
        }
        schema.number(name)
    };
    let member = |(name, property): (&str, &Node)| Demand {
        name: name.to_owned(),
        required: schema.texts("required").contains(&name),
        shape: inner(property),
    };
    let is_too_deep = depth == DEEPEST;
    Shape {
        kinds: schema.texts("type").into_iter().map(str::to_owned).collect(),
        shortest: schema.number("minLength"),
        longest: schema.number("maxLength"),
        least: whole("minimum"),
        most: whole("maximum"),
        choices: choices.map(choice).collect(),
        items: schema.get("items").filter(|_| !is_too_deep).map(|items| Box::new(inner(items))),
        members: schema.members("properties").filter(|_| !is_too_deep).map(member).collect(),
    }
}
