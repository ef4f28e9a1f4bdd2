//! The sources of facts, or the reasons to assume them.

use serde::Serialize;

use super::said::{self, Said};
use super::{Result, fault};
use crate::codegen::document::{Document, Keys};

/// The origin of a fact in the docs.
#[derive(Clone, Default, PartialEq, Serialize)]
pub(crate) struct Note {
    pub(crate) sources: Vec<Reference>,
    pub(crate) assumption: Option<String>,
}

#[derive(Clone, PartialEq, Serialize)]
pub(crate) struct Reference {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) url: Option<String>,
}

/// A row of the table of facts.
#[derive(Serialize)]
pub(crate) struct Known {
    pub(crate) kind: &'static str,
    pub(crate) what: Vec<String>,
    pub(crate) note: Note,
}

pub(crate) fn all(document: &Document) -> Vec<Reference> {
    document.auth.sources.keys().filter_map(|key| reference(document, key)).collect()
}

pub(crate) fn note(document: &Document, keys: &Keys, assumption: Option<&str>) -> Note {
    let sources = keys.list().into_iter().filter_map(|key| reference(document, key)).collect();
    Note { sources, assumption: assumption.map(str::to_owned) }
}

fn reference(document: &Document, key: &str) -> Option<Reference> {
    let source = document.auth.sources.get(key)?;
    Some(Reference { key: key.to_owned(), title: source.title.clone(), url: source.url.clone() })
}

/// Returns the table of facts. Fails if a fact lacks a required source or assumption, or if a source is not listed.
pub(crate) fn known(document: &Document, said: &[Said<'_>]) -> Result<Vec<Known>> {
    let mut rows: Vec<Known> = Vec::new();
    for Said { pointer, kind, what, keys, assumption, must } in said {
        let unknown = keys.list().into_iter().find(|key| !document.auth.sources.contains_key(*key));
        if let Some(key) = unknown {
            return fault(format!("{pointer}/x-source"), format!("there is no source {key:?} in x-auth.sources"));
        }
        if keys.list().is_empty() && assumption.is_none() {
            if *must {
                return fault(pointer, "say x-source, or x-assumption and why");
            }
            continue;
        }
        let note = note(document, keys, assumption.map(String::as_str));
        let Some(kind) = *kind else { continue };
        let in_order = kind == said::LIFETIME;
        match rows.iter_mut().find(|row| row.kind == kind && row.note == note && !in_order) {
            Some(row) => row.what.push(what.clone()),
            None => rows.push(Known { kind, what: vec![what.clone()], note }),
        }
    }
    let kinds: Vec<_> = rows.iter().map(|row| row.kind).collect();
    rows.sort_by_key(|row| kinds.iter().position(|kind| *kind == row.kind));
    Ok(rows)
}
