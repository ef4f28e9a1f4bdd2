//! Where each fact comes from, or why it is assumed.

use serde::Serialize;

use super::{Result, fault};
use crate::codegen::document::{Document, Keys};

/// What the docs say of a fact's origin.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Note {
    pub(crate) sources: Vec<Reference>,
    pub(crate) assumption: Option<String>,
}

#[derive(Clone, Serialize)]
pub(crate) struct Reference {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) url: Option<String>,
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

/// Every fact that must have a source or an assumption has one, and every source is listed.
pub(crate) fn check(document: &Document) -> Result<()> {
    let one = |pointer: String, keys: &Keys, assumption: Option<&String>| {
        if keys.list().is_empty() && assumption.is_none() {
            return fault(pointer, "say x-source, or x-assumption and why");
        }
        match keys.list().into_iter().find(|key| !document.auth.sources.contains_key(*key)) {
            Some(key) => fault(format!("{pointer}/x-source"), format!("there is no source {key:?} in x-auth.sources")),
            None => Ok(()),
        }
    };
    for (index, server) in document.servers.iter().enumerate() {
        one(format!("/servers/{index}"), &server.source, server.assumption.as_ref())?;
    }
    for (index, lifetime) in document.auth.lifetime.iter().enumerate() {
        one(format!("/x-auth/lifetime/{index}"), &lifetime.source, lifetime.assumption.as_ref())?;
    }
    for (name, scheme) in &document.components.security_schemes {
        one(format!("/components/securitySchemes/{name}"), &scheme.source, scheme.assumption.as_ref())?;
    }
    for (name, schema) in &document.components.schemas {
        one(format!("/components/schemas/{name}"), &schema.source, schema.assumption.as_ref())?;
    }
    for (name, response) in &document.components.responses {
        one(format!("/components/responses/{name}"), &response.source, response.assumption.as_ref())?;
    }
    for (path, verb, operation) in document.operations() {
        let pointer = format!("/paths/{}/{verb}", path.replace('/', "~1"));
        one(pointer.clone(), &operation.source, operation.assumption.as_ref())?;
        for (status, response) in &operation.responses {
            if response.reference.is_none() {
                let pointer = format!("{pointer}/responses/{status}");
                one(pointer, &response.source, response.assumption.as_ref())?;
            }
        }
    }
    Ok(())
}
