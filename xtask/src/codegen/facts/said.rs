//! All facts of a document with their origins, in the order of the table of facts.

use super::{Lifetime, Result, fault};
use crate::codegen::document::{Document, Keys, Operation, Response, Schema};
use crate::codegen::json::escape;

/// The kind of facts whose order matters.
pub(crate) const LIFETIME: &str = "lifetime of a token";

/// A fact and its stated origin.
pub(crate) struct Said<'d> {
    pub(crate) pointer: String,
    /// The kind of the fact, if the table of facts shows it. Facts of one kind and one origin share a row.
    pub(crate) kind: Option<&'static str>,
    pub(crate) what: String,
    pub(crate) keys: &'d Keys,
    pub(crate) assumption: Option<&'d String>,
    /// True if the fact must state its origin.
    pub(crate) must: bool,
}

struct Walk<'d> {
    document: &'d Document,
    said: Vec<Said<'d>>,
}

/// A fact of the table.
type Row = (Option<&'static str>, String);

pub(crate) fn all<'d>(
    document: &'d Document,
    schemas: &[(String, &'d Schema)],
    lifetime: &Lifetime,
) -> Result<Vec<Said<'d>>> {
    let mut walk = Walk { document, said: Vec::new() };
    walk.places();
    walk.login(lifetime)?;
    for (path, verb, operation) in document.operations() {
        walk.operation(path, verb, operation);
    }
    walk.components();
    walk.schemas(schemas);
    Ok(walk.said)
}

impl<'d> Walk<'d> {
    fn add(&mut self, pointer: String, (kind, what): Row, must: bool, keys: &'d Keys, assumption: Option<&'d String>) {
        self.said.push(Said { pointer, kind, what, keys, assumption, must });
    }

    fn places(&mut self) {
        for (index, server) in self.document.servers.iter().enumerate() {
            let what = match (&server.environment, server.variables.is_empty()) {
                (Some(environment), true) => format!("`{}` for `{environment}`", server.url),
                (None, true) => format!("`{}`", server.url),
                (environment, false) => format!("that of `{}` is not public", environment.as_deref().unwrap_or("it")),
            };
            let row = (Some("addresses"), what);
            self.add(format!("/servers/{index}"), row, true, &server.source, server.assumption.as_ref());
        }
        for (name, api) in &self.document.auth.apis {
            let row = (Some("APIs"), format!("`{name}`"));
            self.add(format!("/x-auth/apis/{name}"), row, true, &api.source, api.assumption.as_ref());
        }
    }

    fn login(&mut self, lifetime: &Lifetime) -> Result<()> {
        for (name, scheme) in &self.document.components.security_schemes {
            let bearer = if scheme.kind == "http" {
                "`Authorization: Bearer …`"
            } else {
                "`Authorization: …`, the token as it is"
            };
            let pointer = format!("/components/securitySchemes/{name}");
            self.add(
                pointer,
                (Some("the header"), bearer.to_owned()),
                true,
                &scheme.source,
                scheme.assumption.as_ref(),
            );
        }
        for (index, (said, words)) in self.document.auth.lifetime.iter().zip(&lifetime.parts).enumerate() {
            let words = if index == 0 { words.clone() } else { format!("else {words}") };
            let row = (Some(LIFETIME), words);
            self.add(format!("/x-auth/lifetime/{index}"), row, true, &said.source, said.assumption.as_ref());
        }
        for (index, refused) in self.document.auth.refused.iter().enumerate() {
            let pointer = format!("/x-auth/refused/{index}");
            let at = super::lifetime::dotted(&refused.at);
            let what = match (&refused.is, &refused.is_not) {
                (Some(value), None) => format!("`{at}` is `{value}`"),
                (None, Some(value)) => {
                    format!("`{at}` is another text than `{}`", value.as_str().unwrap_or_default())
                }
                _ => return fault(pointer, "a refusal says at, and either is or is_not"),
            };
            let row = (Some("refused login with a success status"), what);
            self.add(pointer, row, true, &refused.source, refused.assumption.as_ref());
        }
        Ok(())
    }

    fn operation(&mut self, path: &str, verb: &str, operation: &'d Operation) {
        let pointer = format!("/paths/{}/{verb}", escape(path));
        let name = format!("`{} {}`", verb.to_ascii_uppercase(), path.trim_start_matches('/'));
        self.add(pointer.clone(), (None, name.clone()), true, &operation.source, operation.assumption.as_ref());
        for (index, parameter) in operation.parameters.iter().enumerate() {
            let row = (Some("parameters"), format!("`{}` of {name}", parameter.name));
            let pointer = format!("{pointer}/parameters/{index}");
            self.add(pointer, row, false, &parameter.source, parameter.assumption.as_ref());
        }
        if let Some(body) = &operation.body {
            let pointer = format!("{pointer}/requestBody");
            self.add(pointer, (Some("bodies"), name.clone()), false, &body.source, body.assumption.as_ref());
        }
        for (status, response) in &operation.responses {
            let what = format!("{status} of {name}");
            self.response(format!("{pointer}/responses/{status}"), what, response);
        }
    }

    fn response(&mut self, pointer: String, what: String, response: &'d Response) {
        // The table of errors shows the others.
        let kind = response.error_kind.is_none().then_some("answers");
        let must = response.reference.is_none();
        for (name, media) in &response.content {
            for (example, said) in &media.examples {
                let pointer = format!("{pointer}/content/{}/examples/{example}", escape(name));
                self.add(pointer, (None, String::new()), false, &said.source, said.assumption.as_ref());
            }
        }
        for (name, header) in &response.headers {
            let row = (Some("headers of answers"), format!("`{name}` of {what}"));
            let pointer = format!("{pointer}/headers/{}", escape(name));
            self.add(pointer, row, false, &header.source, header.assumption.as_ref());
        }
        self.add(pointer, (kind, what), must, &response.source, response.assumption.as_ref());
    }

    fn components(&mut self) {
        let components = &self.document.components;
        for (name, response) in &components.responses {
            self.response(format!("/components/responses/{name}"), format!("`{name}`"), response);
        }
        for (name, header) in &components.headers {
            let pointer = format!("/components/headers/{name}");
            let row = (Some("headers of answers"), format!("`{name}`"));
            self.add(pointer, row, false, &header.source, header.assumption.as_ref());
        }
        for (key, parameter) in &components.parameters {
            let pointer = format!("/components/parameters/{key}");
            let row = (Some("parameters"), format!("`{}`", parameter.name));
            self.add(pointer, row, false, &parameter.source, parameter.assumption.as_ref());
        }
        for (name, example) in &components.examples {
            let row = (None, String::new());
            self.add(format!("/components/examples/{name}"), row, false, &example.source, example.assumption.as_ref());
        }
    }

    fn schemas(&mut self, schemas: &[(String, &'d Schema)]) {
        for (pointer, schema) in schemas {
            let component = pointer.strip_prefix("/components/schemas/");
            // A part of a component is named `LoginAnswer.data.token`. Any other schema is named by its place.
            let (kind, what) = match component {
                Some(name) => ("requests and answers", name.replace("/properties/", ".")),
                None if pointer.starts_with("/components/parameters/") => ("parameters", place(pointer)),
                None => ("requests and answers", place(pointer)),
            };
            let row = (Some(kind), format!("`{what}`"));
            let must = component.is_some_and(|name| !name.contains('/'));
            self.add(pointer.clone(), row, must, &schema.source, schema.assumption.as_ref());
        }
    }
}

/// Returns the place that a pointer names: `me/get/parameters/0` for `/paths/~1me/get/parameters/0/schema`.
fn place(pointer: &str) -> String {
    let place =
        ["/components/parameters/", "/components/", "/paths/~1"].iter().find_map(|start| pointer.strip_prefix(start));
    place.unwrap_or(pointer).trim_end_matches("/schema").replace("~1", "/")
}
