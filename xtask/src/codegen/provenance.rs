//! The origin of each fact: its sources, or the reason to assume it.

use indexmap::IndexMap;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::document::{Document, Node, parts};

/// The origin of a fact in the docs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Note {
    /// The keys of the sources.
    x_source: Vec<String>,
    x_assumption: Option<String>,
    /// The date on which the fact was measured on the live service.
    pub(crate) measured: Option<String>,
}

/// The kind and the origin of facts that share a row of the table of facts. The order of a lifetime's parts matters, so
/// each has its own row, with its place.
pub(crate) type Row = (&'static str, Note, Option<String>);

const LIFETIME: &str = "lifetime of a token";

impl Document {
    /// Returns the origin that a value itself states, and the date on which it was measured.
    pub(crate) fn note(&self, node: &Node) -> Note {
        let x_source = node.texts("x-source").into_iter().map(str::to_owned).collect();
        let measured = self.root.get("x-measured").and_then(|dates| dates.words(&node.pointer)).map(str::to_owned);
        Note { x_source, x_assumption: node.words("x-assumption").map(str::to_owned), measured }
    }
}

/// Returns the table of all facts of the document that no other table shows: the rows, each with the places of its facts
/// and their nodes.
pub(crate) fn known(document: &Document) -> Vec<(Row, Vec<Value>)> {
    let mut rows = IndexMap::<Row, Vec<_>>::new();
    for node in document.root.walk().into_iter().filter(|it| it.has("x-source") || it.has("x-assumption")) {
        let parts: Vec<_> = parts(&node.pointer).collect();
        let names: Vec<_> = parts.iter().map(String::as_str).collect();
        let Some(kind) = kind(node, &names) else { continue };
        let place = (kind == LIFETIME).then(|| node.pointer.clone());
        let fact = context! { parts, pointer => node.pointer.as_str(), node => Serde(node) };
        rows.entry((kind, document.note(node), place)).or_default().push(fact);
    }
    let is_lost = |fact: &str| fact.starts_with('/') && document.root.at(fact).is_none();
    for (fact, mark) in document.root.members("x-measured").filter(|(fact, _)| is_lost(fact)) {
        document.fault(mark, format!("there is no {fact} that could be measured: remove it"));
    }
    rows.into_iter().collect()
}

/// Returns the kind of the fact at a place, unless another table shows it.
fn kind(node: &Node, parts: &[&str]) -> Option<&'static str> {
    Some(match *parts {
        [] => "all else",
        ["servers", _] => "addresses",
        ["x-auth", "apis", _] => "APIs",
        ["x-auth", "lifetime", _] => LIFETIME,
        ["x-auth", "refused", _] => "refused login with a success status",
        ["components", "securitySchemes", _] => "the header",
        // The table of errors shows the others.
        [.., "responses", _] => return (!node.has("x-error-kind")).then_some("answers"),
        ["components", "headers", _] | [.., "responses", _, "headers", _] => "headers of answers",
        ["paths", _, _, "requestBody"] => "bodies",
        [.., "parameters", _] | ["components", "parameters", ..] => "parameters",
        _ if parts.starts_with(&["components", "schemas"]) || parts.contains(&"schema") => "requests and answers",
        _ => return None,
    })
}
