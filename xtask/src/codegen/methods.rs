//! The methods of a client: one for each operation with an `x-method`, with the types of what it sends.

use heck::{ToSnakeCase, ToUpperCamelCase};
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::document::{Document, Node, Operation};
use super::types::{self, Kind, Struct};

/// Returns the method of an operation, and adds the types that it sends. `taken` has the names of the types of answers.
pub(crate) fn method(
    document: &Document,
    operation: Operation<'_>,
    taken: &[String],
    sent: &mut Vec<Struct>,
) -> Option<Value> {
    let name = operation.node.words("x-method")?;
    let mut arguments = parameters(document, operation);
    arguments.extend(options(document, operation, name, sent));
    arguments.extend(body(document, operation, taken, sent));
    let (returns, import) = returned(document, operation).map(|schema| type_of(document, schema)).unwrap_or_default();
    Some(context! {
        name, arguments,
        docs => operation.node.words("description").map_or_else(|| operation.summary() + ".", str::to_owned),
        // The returned type, empty if the answer has no body, and its path: `crate::page::Page`.
        returns, import,
        pages => Serde(operation.node.get("x-pages")),
    })
}

/// Returns an argument: its names, its type in the signature, its place in the request, and the value of the examples.
fn argument(rust: &str, json: &str, held: &str, place: &str, example: &str) -> Value {
    context! { rust, json, held, place, example }
}

/// Returns an argument for each parameter of the path, and each required one.
fn parameters(document: &Document, operation: Operation<'_>) -> Vec<Value> {
    let required = operation.parameters().filter(|it| it.text("in") == "path" || it.flag("required"));
    let argument = |parameter: &Node| {
        let (json, place, schema) = (parameter.text("name"), parameter.text("in"), document.get(parameter, "schema")?);
        let (held, made) = match place {
            _ if types::is(schema, "integer") => ("i64", "1"),
            "query" if types::is(schema, "boolean") => ("bool", "true"),
            _ => ("&str", "1"),
        };
        let is_one = |example: &String| match held {
            "i64" => example.parse::<i64>().is_ok(),
            "bool" => example.parse::<bool>().is_ok(),
            _ => true,
        };
        let example = document.example(parameter).filter(is_one).unwrap_or_else(|| made.to_owned());
        let example = if held == "&str" { format!("{example:?}") } else { example };
        Some(argument(&types::rust_name(json, schema), json, held, place, &example))
    };
    required.filter_map(argument).collect()
}

/// Returns an argument for all optional parameters of the query that the pages do not set.
fn options(document: &Document, operation: Operation<'_>, method: &str, sent: &mut Vec<Struct>) -> Option<Value> {
    let is_option = |it: &&Node| it.text("in") == "query" && !it.flag("required") && !is_of_pages(operation, it);
    let options = operation.parameters().filter(is_option);
    let options: Vec<_> = options.filter_map(|it| Some((it, document.get(it, "schema")?))).collect();
    let properties: Vec<_> = options.iter().map(|(parameter, schema)| (parameter.text("name"), *schema)).collect();
    let name = format!("{}Query", operation.id().to_upper_camel_case());
    let mut query = Struct::of(document, &name, &properties, &[]);
    query.docs = format!("The optional parameters of [`Client::{method}`](crate::Client::{method}).");
    for (member, (parameter, _)) in query.members.iter_mut().zip(&options) {
        member.docs = parameter.words("description").unwrap_or(&member.docs).to_owned();
        member.send(&member.owned(&[]));
    }
    (!options.is_empty()).then(|| sent.push(query))?;
    Some(argument("query", "", &format!("&{name}"), "options", &format!("&{name}::default()")))
}

/// Returns true for a parameter that the stream of pages sets.
fn is_of_pages(operation: Operation<'_>, parameter: &Node) -> bool {
    let Some(pages) = operation.node.get("x-pages") else { return false };
    let name = parameter.text("name");
    let counted = ["number", "offset", "cursor"].iter().any(|way| pages.text(way) == name);
    counted || (pages.has("next_url") && name == "page") || pages.members("size").any(|it| it.0 == name)
}

fn body(document: &Document, operation: Operation<'_>, taken: &[String], sent: &mut Vec<Struct>) -> Option<Value> {
    let body = document.get(operation.node, "requestBody")?;
    let Some(("json", schema)) = operation.body() else {
        document.fault(body, "a method sends JSON: describe the body as application/json, or send it by hand");
        return None;
    };
    let (target, name) = types::named(document, schema);
    let held = match (name, target.words("x-rust")) {
        (_, Some(rust)) => rust.to_owned(),
        (Some(name), None) => sent_type(document, name, target, taken, sent),
        (None, None) => "serde_json::Value".to_owned(),
    };
    let example = "&serde_json::from_str(case.sent.unwrap_or_default()).expect(\"it is a body\")";
    Some(argument("body", "", &format!("&{held}"), "body", example))
}

/// Adds the type of a body, and the types in it. Returns its name: one that answers have as well is another type.
fn sent_type(document: &Document, name: String, schema: &Node, taken: &[String], sent: &mut Vec<Struct>) -> String {
    let name = if taken.contains(&name) { name + "Body" } else { name };
    // A recursive type finds itself.
    if sent.iter().any(|known| known.name == name) {
        return name;
    }
    let mut own = Struct::read(document, &name, schema);
    schema.words("description").unwrap_or("A body of a request.").clone_into(&mut own.docs);
    own.members.iter_mut().for_each(|member| member.send(&member.owned(taken)));
    sent.push(own);
    for (_, property) in schema.members("properties") {
        if let (target, Some(inner)) = types::named(document, types::in_lists(document, property))
            && !target.has("x-rust")
        {
            sent_type(document, inner, target, taken, sent);
        }
    }
    name
}

/// Returns the schema of a method's result: the body of a success, or one item of its pages.
pub(crate) fn returned<'d>(document: &'d Document, operation: Operation<'d>) -> Option<&'d Node> {
    let answered = operation.answered()?;
    let Some(pages) = operation.node.get("x-pages") else { return Some(answered) };
    let list = document.property(answered, pages.text("items")).map(|list| document.resolve(list));
    let item = list.and_then(|list| list.get("items"));
    if item.is_none() {
        document.fault(pages, "`items` leads to no list with `items` in the page: give the place of the items");
    }
    item
}

/// Returns the type of a schema, and its path.
fn type_of(document: &Document, schema: &Node) -> (String, String) {
    types::check_printed(document, schema);
    let member = types::member(document, "", schema);
    let (item, name) = types::named(document, types::in_lists(document, schema));
    let of_crate = |name: String| format!("crate::{}::{name}", name.to_snake_case());
    let import = item.words("x-rust").map(str::to_owned).or(name.map(of_crate));
    match (member.kind, import) {
        (Kind::List, import) => (member.sent, import.unwrap_or_default()),
        (_, import) => {
            let import = import.unwrap_or_else(|| "serde_json::Value".to_owned());
            (types::last(&import).to_owned(), import)
        }
    }
}
