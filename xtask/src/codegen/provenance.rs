//! The origin of each fact: its sources, or the reason to assume it.

use serde::Serialize;

use super::document::{Document, Node};
use super::security::Scheme;
use super::{names, types};

/// The origin of a fact in the docs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Note {
    pub(crate) sources: Vec<Source>,
    pub(crate) assumption: Option<String>,
    /// The date on which the fact was measured on the live service.
    pub(crate) measured: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Source {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) url: Option<String>,
}

/// A row of the table of facts. Facts of one kind and one origin share a row.
#[derive(Serialize)]
pub(crate) struct Known {
    pub(crate) kind: &'static str,
    pub(crate) what: Vec<String>,
    pub(crate) note: Note,
}

impl Document {
    /// Returns all sources.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let sources = self.root.get("x-auth").into_iter().flat_map(|auth| auth.members("sources"));
        let source = |(key, source): (&str, &Node)| Source {
            key: key.to_owned(),
            title: source.text("title").to_owned(),
            url: source.words("url").map(str::to_owned),
        };
        sources.map(source).collect()
    }

    /// Returns the origin that a value itself states.
    pub(crate) fn note(&self, node: &Node) -> Note {
        let (all, keys) = (self.sources(), node.texts("x-source"));
        for (index, key) in keys.iter().enumerate() {
            if !all.iter().any(|source| source.key == *key) {
                let at = node.get("x-source").map_or(node, |keys| keys.get(&index.to_string()).unwrap_or(keys));
                self.fault(at, format!("there is no source {key:?} in x-auth.sources: add it there, or take another"));
            }
        }
        let source = |key: &&str| all.iter().find(|source| source.key == **key).cloned();
        let assumption = node.words("x-assumption").map(str::to_owned);
        Note { sources: keys.iter().filter_map(source).collect(), assumption, measured: None }
    }
}

struct Table<'d> {
    document: &'d Document,
    rows: Vec<Known>,
}

/// Returns the table of all facts that no other table shows. `lifetime` has the words of each part of the lifetime.
pub(crate) fn known(document: &Document, lifetime: &[String]) -> Vec<Known> {
    for (pointer, date) in document.root.members("x-measured") {
        if document.root.at(pointer).is_none() {
            document.fault(date, format!("there is no {pointer} that could be measured: remove it"));
        }
    }
    let mut table = Table { document, rows: Vec::new() };
    table.places();
    table.login(lifetime);
    for operation in document.operations() {
        let at = format!("`{} {}`", operation.verb.to_ascii_uppercase(), operation.path.trim_start_matches('/'));
        for parameter in operation.node.items("parameters") {
            table.add("parameters", format!("`{}` of {at}", parameter.text("name")), parameter);
        }
        if let Some(body) = operation.node.get("requestBody") {
            table.add("bodies", at.clone(), body);
        }
        for (status, response) in operation.node.members("responses") {
            table.response(&format!("{status} of {at}"), response);
        }
    }
    table.components();
    for schema in types::schemas(document) {
        // A part of a component is named `LoginAnswer.data.token`. Any other schema is named by its place.
        let (kind, what) = match schema.pointer.strip_prefix("/components/schemas/") {
            Some(name) => ("requests and answers", name.replace("/properties/", ".")),
            None if schema.pointer.starts_with("/components/parameters/") => ("parameters", place(&schema.pointer)),
            None => ("requests and answers", place(&schema.pointer)),
        };
        table.add(kind, format!("`{what}`"), schema);
    }
    let kinds: Vec<_> = table.rows.iter().map(|row| row.kind).collect();
    table.rows.sort_by_key(|row| kinds.iter().position(|kind| *kind == row.kind));
    table.rows
}

impl<'d> Table<'d> {
    fn add(&mut self, kind: &'static str, what: String, node: &'d Node) {
        let from = self.document.note(node);
        if from == Note::default() {
            return;
        }
        let measured = self.document.root.get("x-measured").and_then(|dates| dates.words(&node.pointer));
        let from = Note { measured: measured.map(str::to_owned), ..from };
        // The order of a lifetime's parts matters.
        let same = |row: &&mut Known| row.kind == kind && row.note == from && kind != "lifetime of a token";
        match self.rows.iter_mut().find(same) {
            Some(row) => row.what.push(what),
            None => self.rows.push(Known { kind, what: vec![what], note: from }),
        }
    }

    fn places(&mut self) {
        for server in self.document.root.items("servers") {
            let environment = server.words("x-environment");
            let what = match (environment, server.get("variables")) {
                (Some(environment), None) => format!("`{}` for `{environment}`", server.text("url")),
                (None, None) => format!("`{}`", server.text("url")),
                (environment, Some(_)) => format!("that of `{}` is not public", environment.unwrap_or("it")),
            };
            self.add("addresses", what, server);
        }
    }

    fn login(&mut self, lifetime: &[String]) {
        let Some(auth) = self.document.root.get("x-auth") else { return };
        for (name, api) in auth.members("apis") {
            self.add("APIs", format!("`{name}`"), api);
        }
        for (_, scheme) in self.document.root.at("/components/securitySchemes").into_iter().flat_map(Node::entries) {
            let carrier = Scheme { node: scheme }.carrier(self.document);
            let what = match (scheme.text("type"), carrier.query) {
                ("mutualTLS", _) => "a client certificate".to_owned(),
                (_, Some(query)) => format!("the query parameter `{query}`"),
                ("apiKey", _) if scheme.get("x-scheme").is_none() => {
                    format!("`{}: {}…`, the token as it is", capitals(&carrier.header), carrier.before)
                }
                _ => format!("`{}: {}…`", capitals(&carrier.header), carrier.before),
            };
            self.add("the header", what, scheme);
        }
        for (index, (part, words)) in auth.items("lifetime").iter().zip(lifetime).enumerate() {
            let words = if index == 0 { words.clone() } else { format!("else {words}") };
            self.add("lifetime of a token", words, part);
        }
        for refused in auth.items("refused") {
            let at = names::dotted(refused.text("at"));
            let what = match (refused.get("is"), refused.get("is_not")) {
                (Some(value), _) => format!("`{at}` is `{value}`"),
                (None, Some(value)) => format!("`{at}` is another text than `{}`", value.plain()),
                (None, None) => continue,
            };
            self.add("refused login with a success status", what, refused);
        }
    }

    fn response(&mut self, what: &str, response: &'d Node) {
        for (name, header) in response.members("headers") {
            self.add("headers of answers", format!("`{name}` of {what}"), header);
        }
        // The table of errors shows the others.
        if response.get("x-error-kind").is_none() {
            self.add("answers", what.to_owned(), response);
        }
    }

    fn components(&mut self) {
        let Some(components) = self.document.root.get("components") else { return };
        for (name, response) in components.members("responses") {
            self.response(&format!("`{name}`"), response);
        }
        for (name, header) in components.members("headers") {
            self.add("headers of answers", format!("`{name}`"), header);
        }
        for (_, parameter) in components.members("parameters") {
            self.add("parameters", format!("`{}`", parameter.text("name")), parameter);
        }
    }
}

/// Returns `X-Api-Key` for `x-api-key`.
fn capitals(header: &str) -> String {
    header.split('-').map(names::capital).collect::<Vec<_>>().join("-")
}

/// Returns the place that a pointer names: `me/get/parameters/0` for `/paths/~1me/get/parameters/0/schema`.
fn place(pointer: &str) -> String {
    let place =
        ["/components/parameters/", "/components/", "/paths/~1"].iter().find_map(|start| pointer.strip_prefix(start));
    place.unwrap_or(pointer).trim_end_matches("/schema").replace("~1", "/")
}
