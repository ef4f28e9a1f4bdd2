//! The schemas of a document, and the check that their types, formats and required properties exist.

use super::{Result, fault};
use crate::codegen::document::{Document, Media, Response, Schema};
use crate::codegen::json::escape;

const KINDS: &str = "array boolean integer null number object string";
const FORMATS: &str = "date date-time double email float int32 int64 password unix-time uri uuid";

/// Returns all schemas, including nested ones, with their pointers.
pub(crate) fn all(document: &Document) -> Vec<(String, &Schema)> {
    let mut found = Vec::new();
    for (path, verb, operation) in document.operations() {
        let here = format!("/paths/{}/{verb}", escape(path));
        for (index, parameter) in operation.parameters.iter().enumerate() {
            found.extend(parameter.schema.as_ref().map(|it| (format!("{here}/parameters/{index}/schema"), it)));
        }
        if let Some(body) = &operation.body {
            media(&format!("{here}/requestBody"), body.content.iter(), &mut found);
        }
        for (status, it) in &operation.responses {
            response(&format!("{here}/responses/{status}"), it, &mut found);
        }
    }
    let components = &document.components;
    for (name, it) in &components.responses {
        response(&format!("/components/responses/{}", escape(name)), it, &mut found);
    }
    for (name, it) in &components.parameters {
        found.extend(it.schema.as_ref().map(|it| (format!("/components/parameters/{}/schema", escape(name)), it)));
    }
    for (name, it) in &components.headers {
        found.extend(it.schema.as_ref().map(|it| (format!("/components/headers/{}/schema", escape(name)), it)));
    }
    found.extend(components.schemas.iter().map(|(name, it)| (format!("/components/schemas/{}", escape(name)), it)));
    // Each schema is searched once. Its parts are appended to the list.
    let mut next = 0;
    while let Some((pointer, schema)) = found.get(next).cloned() {
        found.extend(schema.parts().map(|(part, it)| (pointer.clone() + &part, it)));
        next += 1;
    }
    found
}

fn response<'d>(pointer: &str, response: &'d Response, found: &mut Vec<(String, &'d Schema)>) {
    media(pointer, response.content.iter(), found);
    for (name, header) in &response.headers {
        found.extend(header.schema.as_ref().map(|it| (format!("{pointer}/headers/{}/schema", escape(name)), it)));
    }
}

fn media<'d>(
    pointer: &str,
    content: impl Iterator<Item = (&'d String, &'d Media)>,
    found: &mut Vec<(String, &'d Schema)>,
) {
    for (name, media) in content {
        found.extend(media.schema.as_ref().map(|it| (format!("{pointer}/content/{}/schema", escape(name)), it)));
    }
}

pub(crate) fn check(schemas: &[(String, &Schema)]) -> Result<()> {
    let is_in = |names: &str, word: &str| names.split(' ').any(|name| name == word);
    for (pointer, schema) in schemas {
        if let Some(kind) = schema.kinds().into_iter().find(|kind| !is_in(KINDS, kind)) {
            return fault(format!("{pointer}/type"), format!("there is no type {kind:?}: it is one of {KINDS}"));
        }
        if let Some(format) = schema.format.as_deref().filter(|format| !is_in(FORMATS, format)) {
            let message = format!("the format {format:?} is not known here: it is one of {FORMATS}");
            return fault(format!("{pointer}/format"), message);
        }
        let is_there = |name: &String| schema.properties.contains_key(name) || !schema.all_of.is_empty();
        if let Some(index) = schema.required.iter().position(|name| !is_there(name)) {
            return fault(format!("{pointer}/required/{index}"), "there is no such property");
        }
    }
    Ok(())
}
