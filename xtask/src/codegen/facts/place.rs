//! The servers of a provider.

use serde::Serialize;

use super::{Note, Result, fault, sources};
use crate::codegen::document::Document;
use crate::codegen::json::escape;
use crate::codegen::names;

#[derive(Serialize)]
pub(crate) struct Place {
    /// The environments. Empty if the provider has only one server.
    pub(crate) environments: Vec<Choice>,
    /// The APIs. Empty unless the provider has several.
    pub(crate) apis: Vec<Choice>,
    /// The servers, in the order of the document.
    pub(crate) servers: Vec<Server>,
    /// True if the base URL of an environment is not public.
    pub(crate) unknown: bool,
}

#[derive(Serialize)]
pub(crate) struct Choice {
    /// The variant in Rust: `Production`.
    pub(crate) variant: String,
    /// The values of the environment variable: `production`.
    pub(crate) words: Vec<String>,
    pub(crate) docs: String,
    pub(crate) note: Note,
}

#[derive(Serialize)]
pub(crate) struct Server {
    pub(crate) url: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) api: Option<String>,
    pub(crate) note: Note,
}

pub(crate) fn read(document: &Document) -> Result<Place> {
    let mut place = Place { environments: Vec::new(), apis: Vec::new(), servers: Vec::new(), unknown: false };
    for (index, server) in document.servers.iter().enumerate() {
        let pointer = format!("/servers/{index}");
        let note = sources::note(document, &server.source, server.assumption.as_deref());
        let url = server.variables.is_empty().then(|| server.url.clone());
        if url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
            return fault(format!("{pointer}/url"), "a server's address begins with https://");
        }
        place.unknown |= url.is_none();
        let variant = server.environment.as_deref().map(names::pascal);
        match (&server.environment, &variant) {
            (Some(word), Some(variant)) if place.environments.iter().all(|known| known.variant != *variant) => {
                let words = [word.clone()].into_iter().chain(server.also_called.iter().cloned()).collect();
                let choice =
                    Choice { variant: variant.clone(), words, docs: server.description.clone(), note: note.clone() };
                place.environments.push(choice);
            }
            (None, _) if document.servers.len() > 1 => {
                return fault(pointer, "one of several servers says its x-environment");
            }
            _ => {}
        }
        if url.is_none() && variant.is_none() {
            return fault(pointer, "an address that is not public belongs to an x-environment");
        }
        let api = server.api.as_deref().map(names::pascal);
        if place.servers.iter().any(|known| known.environment == variant && known.api == api) {
            return fault(pointer, "another server has the same x-environment and x-api");
        }
        place.servers.push(Server { url, environment: variant, api, note });
    }
    for (word, api) in &document.auth.apis {
        place.apis.push(Choice {
            variant: names::pascal(word),
            words: vec![word.clone()],
            docs: api.description.clone(),
            note: sources::note(document, &api.source, api.assumption.as_deref()),
        });
    }
    if place.servers.is_empty() {
        return fault("/servers", "a server is missing");
    }
    for (index, server) in place.servers.iter().enumerate() {
        let known = |api: &String| place.apis.iter().any(|choice| choice.variant == *api);
        if server.api.is_some() == place.apis.is_empty() || server.api.as_ref().is_some_and(|api| !known(api)) {
            return fault(
                format!("/servers/{index}"),
                "where there are several APIs, a server says the x-api of x-auth.apis",
            );
        }
    }
    for api in &place.apis {
        let has_server = place.servers.iter().any(|server| server.api.as_ref() == Some(&api.variant));
        let mut operations =
            document.operations().filter(|(_, _, operation)| operation.api.as_ref() == api.words.first());
        let has_login = operations.any(|(_, _, operation)| document.auth.login.list().contains(&operation.id.as_str()));
        if !has_server || !has_login {
            return fault(
                format!("/x-auth/apis/{}", api.words[0]),
                "an API has a server and a login, which say its x-api",
            );
        }
    }
    repeated(document)?;
    Ok(place)
}

/// Checks the servers of paths and operations. `OpenAPI` lets them differ from those of the root. Here they must be the
/// root's servers of the operation's API.
fn repeated(document: &Document) -> Result<()> {
    for (path, verb, operation) in document.operations() {
        let at = format!("/paths/{}", escape(path));
        let of_path = document.paths.get(path).and_then(|path| path.servers.as_ref());
        for (servers, at) in
            [(of_path, format!("{at}/servers")), (operation.servers.as_ref(), format!("{at}/{verb}/servers"))]
        {
            let Some(servers) = servers else { continue };
            let root = document.servers.iter().filter(|server| server.api == operation.api);
            if !root
                .map(|server| (&server.url, &server.environment))
                .eq(servers.iter().map(|server| (&server.url, &server.environment)))
            {
                return fault(
                    at,
                    "these are not the servers of the root that have the operation's x-api: no client would ask them",
                );
            }
        }
    }
    Ok(())
}
