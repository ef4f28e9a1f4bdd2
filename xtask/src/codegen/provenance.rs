//! The origin of each fact: its sources, or the reason to assume it.

use serde::Serialize;

use super::document::{Document, Node};
use super::types;

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
    kind: &'static str,
    pub(crate) facts: Vec<Fact>,
    pub(crate) note: Note,
}

#[derive(Serialize)]
pub(crate) struct Fact {
    /// The name of a part of the document. Empty if the table describes the part.
    pub(crate) name: String,
    node: Node,
}

impl Document {
    /// Returns all sources.
    pub(crate) fn sources(&self) -> Vec<Source> {
        let source = |(key, source): (&str, &Node)| Source {
            key: key.to_owned(),
            title: source.text("title").to_owned(),
            url: source.words("url").map(str::to_owned),
        };
        self.auth().members("sources").map(source).collect()
    }

    /// Returns the origin that a value itself states.
    pub(crate) fn note(&self, node: &Node) -> Note {
        let (all, assumption) = (self.sources(), node.words("x-assumption").map(str::to_owned));
        let source = |key| all.iter().find(|source| source.key == key).cloned();
        Note { sources: node.texts("x-source").into_iter().filter_map(source).collect(), assumption, measured: None }
    }
}

struct Table<'d> {
    document: &'d Document,
    rows: Vec<Known>,
}

/// Returns the table of all facts that no other table shows.
pub(crate) fn known(document: &Document) -> Vec<Known> {
    for (fact, mark) in document.root.members("x-measured") {
        if fact.starts_with('/') && document.root.at(fact).is_none() {
            document.fault(mark, format!("there is no {fact} that could be measured: remove it"));
        }
    }
    let (auth, mut table) = (document.auth(), Table { document, rows: Vec::new() });
    for server in document.root.items("servers") {
        table.add("addresses", String::new(), server);
    }
    table.named("APIs", "", auth.members("apis"));
    for (_, scheme) in document.components("securitySchemes") {
        table.add("the header", String::new(), scheme);
    }
    for part in auth.items("lifetime") {
        table.add("lifetime of a token", String::new(), part);
    }
    for mark in auth.items("refused") {
        table.add("refused login with a success status", String::new(), mark);
    }
    for operation in document.operations() {
        let at = format!("`{} {}`", operation.verb.to_ascii_uppercase(), operation.path.trim_start_matches('/'));
        for parameter in operation.parameters().filter(|it| it.pointer.starts_with("/paths/")) {
            table.add("parameters", format!("`{}` of {at}", parameter.text("name")), parameter);
        }
        if let Some(body) = operation.node.get("requestBody") {
            table.add("bodies", at.clone(), body);
        }
        for (status, response) in operation.node.members("responses") {
            table.response(&format!("{status} of {at}"), response);
        }
    }
    for (name, response) in document.components("responses") {
        table.response(&format!("`{name}`"), response);
    }
    table.named("headers of answers", "", document.components("headers"));
    for (_, parameter) in document.components("parameters") {
        table.add("parameters", format!("`{}`", parameter.text("name")), parameter);
    }
    for schema in types::schemas(document) {
        let is_parameter = schema.pointer.starts_with("/components/parameters/");
        let kind = if is_parameter { "parameters" } else { "requests and answers" };
        table.add(kind, format!("`{}`", place(&schema.pointer)), schema);
    }
    table.unstated();
    let kinds: Vec<_> = table.rows.iter().map(|row| row.kind).collect();
    table.rows.sort_by_key(|row| kinds.iter().position(|kind| *kind == row.kind));
    table.rows
}

impl<'d> Table<'d> {
    fn add(&mut self, kind: &'static str, name: String, part: &'d Node) {
        let origin = self.document.note(part);
        if origin == Note::default() {
            return;
        }
        let measured = self.document.root.get("x-measured").and_then(|dates| dates.words(&part.pointer));
        let origin = Note { measured: measured.map(str::to_owned), ..origin };
        let fact = Fact { name, node: part.clone() };
        // The order of a lifetime's parts matters.
        let same = |row: &&mut Known| row.kind == kind && row.note == origin && kind != "lifetime of a token";
        match self.rows.iter_mut().find(same) {
            Some(row) => row.facts.push(fact),
            None => self.rows.push(Known { kind, facts: vec![fact], note: origin }),
        }
    }

    /// Adds the measured facts that the document does not state.
    fn unstated(&mut self) {
        for (fact, mark) in self.document.root.members("x-measured").filter(|(fact, _)| !fact.starts_with('/')) {
            let plain = mark.plain();
            let (date, seen) = plain.split_once(": ").unwrap_or((plain.as_str(), "measured"));
            let note = Note { measured: Some(date.to_owned()), ..Note::default() };
            let facts = vec![Fact { name: format!("`{fact}`: {seen}"), node: mark.clone() }];
            self.rows.push(Known { kind: "behaviour", facts, note });
        }
    }

    fn named(&mut self, kind: &'static str, of: &str, all: impl Iterator<Item = (&'d str, &'d Node)>) {
        for (name, node) in all {
            self.add(kind, format!("`{name}`{of}"), node);
        }
    }

    fn response(&mut self, name: &str, response: &'d Node) {
        self.named("headers of answers", &format!(" of {name}"), response.members("headers"));
        // The table of errors shows the others.
        if !response.has("x-error-kind") {
            self.add("answers", name.to_owned(), response);
        }
    }
}

/// Returns the place of a schema: `LoginAnswer.data.token` in a component, and else `me/get/parameters/0`.
fn place(pointer: &str) -> String {
    if let Some(name) = pointer.strip_prefix("/components/schemas/") {
        return name.replace("/properties/", ".");
    }
    let starts = ["/components/parameters/", "/components/", "/paths/~1"];
    let place = starts.iter().find_map(|start| pointer.strip_prefix(start)).unwrap_or(pointer);
    place.trim_end_matches("/schema").replace("~1", "/")
}
