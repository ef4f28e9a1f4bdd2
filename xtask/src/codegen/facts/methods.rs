//! The generated methods of a client, and a sample request.

use serde::Serialize;

use super::cases::encoded;
use super::secrets::holds_secret;
use super::{Note, Result, fault, schema, sources, types};
use crate::codegen::document::Document;
use crate::codegen::json::escape;
use crate::codegen::names;

#[derive(Serialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) operation: String,
    pub(crate) constant: String,
    pub(crate) path: String,
    pub(crate) docs: String,
    /// The returned type: `Page`.
    pub(crate) returns: String,
    /// The path of that type: `crate::page::Page`.
    pub(crate) import: String,
    pub(crate) note: Note,
}

pub(crate) fn read(document: &Document) -> Result<Vec<Method>> {
    let mut methods = Vec::new();
    for (path, verb, operation) in document.operations() {
        let Some(name) = &operation.method else { continue };
        let pointer = format!("/paths/{}/{verb}/x-method", escape(path));
        let needs =
            operation.parameters.iter().any(|parameter| document.parameter(parameter).required) || path.contains('{');
        if verb != "get" || needs {
            return fault(
                pointer,
                "a method is made of a GET that needs no parameter; write others by hand, with x-sent-by",
            );
        }
        let Some(answered) = types::answered(document, operation) else {
            return fault(pointer, "its 200 is JSON and has a schema");
        };
        if holds_secret(document, answered) {
            return fault(pointer, "what a method returns can be printed, and there is a secret in it");
        }
        let import = match types::returned(document, operation) {
            Some(name) => match &schema(document, name)?.rust {
                Some(rust) => rust.clone(),
                None => format!("crate::{}::{name}", names::snake(name)),
            },
            None if answered.properties.is_empty() => "serde_json::Value".to_owned(),
            None => return fault(pointer, "the schema of its 200 is a $ref to a component, which names its type"),
        };
        methods.push(Method {
            name: name.clone(),
            operation: operation.id.clone(),
            constant: names::shout(&operation.id),
            path: path.trim_start_matches('/').to_owned(),
            docs: operation.description.clone(),
            returns: import.rsplit("::").next().unwrap_or_default().to_owned(),
            import,
            note: sources::note(document, &operation.source, operation.assumption.as_deref()),
        });
    }
    Ok(methods)
}

/// Returns a sample request: that of the quickstart, if there is one.
pub(crate) fn sample(document: &Document) -> Result<String> {
    let wanted = document.auth.quickstart.as_deref();
    if let Some(wanted) = wanted
        && !document.operations().any(|(_, _, operation)| operation.id == wanted)
    {
        return fault("/x-auth/quickstart", format!("there is no operation {wanted:?}"));
    }
    let operations = || document.operations().filter(|(_, _, operation)| !operation.is_open());
    let found =
        operations().find(|(_, _, operation)| Some(operation.id.as_str()) == wanted).or_else(|| operations().next());
    let Some((path, verb, operation)) = found else {
        return fault("/paths", "an operation that needs the token is missing");
    };
    if let Some(method) = &operation.method {
        return Ok(format!("/// println!(\"{{:?}}\", client.{method}().await?);"));
    }
    let mut path = path.trim_start_matches('/').to_owned();
    let mut query = String::new();
    for parameter in &operation.parameters {
        let parameter = document.parameter(parameter);
        let example = parameter.schema.as_ref().and_then(|schema| schema.examples.first());
        let Some(example) = example.map(|example| example.as_str().map_or_else(|| example.to_string(), str::to_owned))
        else {
            continue;
        };
        match parameter.place.as_str() {
            "path" => path = path.replace(&format!("{{{}}}", parameter.name), &encoded(&example)),
            "query" if query.is_empty() => query = format!(".query(&[({:?}, {example:?})])", parameter.name),
            _ => {}
        }
    }
    Ok(format!(
        "/// let response = client.{verb}({path:?}){query}.send().await?;\n/// println!(\"{{}}\", response.status());"
    ))
}
