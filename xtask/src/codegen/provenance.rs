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

/// The kinds of facts, in the order of the table.
const KINDS: &str = "addresses, APIs, the header, lifetime of a token, refused login with a success status, bodies, \
    parameters, answers, headers of answers, requests and answers, behaviour";
const LIFETIME: &str = "lifetime of a token";

impl Document {
    /// Returns the origin that a value itself states, and the date on which it was measured.
    pub(crate) fn note(&self, node: &Node) -> Note {
        let x_source = node.texts("x-source").into_iter().map(str::to_owned).collect();
        let measured = self.root.get("x-measured").and_then(|dates| dates.words(&node.pointer)).map(str::to_owned);
        Note { x_source, x_assumption: node.words("x-assumption").map(str::to_owned), measured }
    }
}

/// Returns the table of all facts that no other table shows: the rows, each with the names of its facts, which are empty
/// where the table describes them, and their nodes.
pub(crate) fn known(document: &Document) -> Vec<(Row, Vec<Value>)> {
    let mut rows = IndexMap::<Row, Vec<_>>::new();
    for node in document.root.walk() {
        let is_stated = node.has("x-source") || node.has("x-assumption");
        let Some((kind, name)) = kind(node).filter(|_| is_stated) else { continue };
        let place = (kind == LIFETIME).then(|| node.pointer.clone());
        rows.entry((kind, document.note(node), place)).or_default().push(context! { name, node => Serde(node) });
    }
    for (fact, mark) in document.root.members("x-measured") {
        if !fact.starts_with('/') {
            // The document does not state it.
            let (date, seen) = mark.as_str().and_then(|mark| mark.split_once(": ")).unwrap_or_default();
            let note = Note { measured: Some(date.to_owned()), ..Note::default() };
            let row = ("behaviour", note, Some(fact.to_owned()));
            rows.insert(row, vec![context! { name => format!("`{fact}`: {seen}") }]);
        } else if document.root.at(fact).is_none() {
            document.fault(mark, format!("there is no {fact} that could be measured: remove it"));
        }
    }
    rows.sort_by_cached_key(|row, _| KINDS.split(", ").position(|kind| kind == row.0));
    rows.into_iter().collect()
}

/// Returns the kind and the name of the fact at a place, unless another table shows it.
fn kind(node: &Node) -> Option<(&'static str, String)> {
    let parts: Vec<_> = parts(&node.pointer).collect();
    let operation = || format!("`{} {}`", parts[2].to_ascii_uppercase(), parts[1].trim_start_matches('/'));
    Some(match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["servers", _] => ("addresses", String::new()),
        ["x-auth", "apis", api] => ("APIs", format!("`{api}`")),
        ["x-auth", "lifetime", _] => (LIFETIME, String::new()),
        ["x-auth", "refused", _] => ("refused login with a success status", String::new()),
        ["components", "securitySchemes", _] => ("the header", String::new()),
        // The table of errors shows the others.
        [.., "responses", _] if node.has("x-error-kind") => return None,
        ["components", "responses", response] => ("answers", format!("`{response}`")),
        ["paths", _, _, "responses", status] => ("answers", format!("{status} of {}", operation())),
        ["components", "headers", header] => ("headers of answers", format!("`{header}`")),
        ["components", "responses", response, "headers", header] => {
            ("headers of answers", format!("`{header}` of `{response}`"))
        }
        ["paths", _, _, "responses", status, "headers", header] => {
            ("headers of answers", format!("`{header}` of {status} of {}", operation()))
        }
        ["paths", _, _, "requestBody"] => ("bodies", operation()),
        ["paths", _, _, "parameters", _] => ("parameters", format!("`{}` of {}", node.text("name"), operation())),
        ["paths", path, "parameters", _] => ("parameters", format!("`{}` of `{path}`", node.text("name"))),
        ["components", "parameters", _] => ("parameters", format!("`{}`", node.text("name"))),
        ["components", "parameters", ..] => ("parameters", place(&node.pointer)),
        ["components", "schemas", ..] => ("requests and answers", place(&node.pointer)),
        ref other if other.contains(&"schema") => ("requests and answers", place(&node.pointer)),
        _ => return None,
    })
}

/// Returns the place of a schema: `LoginAnswer.data.token` in a component, and else `me/get/parameters/0`.
fn place(pointer: &str) -> String {
    let starts = ["/components/schemas/", "/components/parameters/", "/components/", "/paths/~1"];
    let place = starts.iter().find_map(|start| pointer.strip_prefix(start)).unwrap_or(pointer);
    format!("`{}`", place.trim_end_matches("/schema").replace("/properties/", ".").replace("~1", "/"))
}
