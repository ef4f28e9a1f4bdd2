//! The facts of a document, checked, resolved and named for the templates.

mod account;
mod answer;
mod cases;
mod demands;
mod endpoints;
mod kinds;
mod lifetime;
mod lookup;
mod methods;
mod place;
mod requests;
mod reserved;
mod said;
mod secrets;
mod security;
mod shapes;
mod sources;
mod texts;
mod types;
mod wire;
mod words;

use serde::Serialize;

use super::document::Document;
pub(crate) use lookup::{component, plain, schema};

pub(crate) use account::Field;
pub(crate) use cases::Case;
pub(crate) use endpoints::Endpoint;
pub(crate) use lifetime::{Lifetime, LifetimeField};
pub(crate) use methods::Method;
pub(crate) use place::{Choice, Place};
pub(crate) use requests::Request;
pub(crate) use sources::{Known, Note, Reference};
pub(crate) use types::DataType;
pub(crate) use wire::{Refusal, SessionField, Step, WireStruct};

/// A fault of a document, and its place as a JSON pointer.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) message: String,
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;

pub(crate) fn fault<T>(pointer: impl Into<String>, message: impl Into<String>) -> Result<T> {
    Err(Fault { pointer: pointer.into(), message: message.into() })
}

/// The facts of one provider.
#[derive(Serialize)]
pub(crate) struct Facts {
    /// The crate: `pontotel-auth`.
    pub(crate) package: String,
    /// The crate's name in Rust: `pontotel_auth`.
    pub(crate) module: String,
    /// The provider's name: `Pontotel`.
    pub(crate) name: String,
    pub(crate) prefix: String,
    /// True if the token is sent without `Bearer`.
    pub(crate) raw: bool,
    pub(crate) place: Place,
    pub(crate) account: Vec<Field>,
    pub(crate) account_docs: String,
    pub(crate) account_note: Note,
    pub(crate) token: Token,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) lifetime: Lifetime,
    /// The steps that destructure the login's answer.
    pub(crate) steps: Vec<Step>,
    pub(crate) wire: Vec<WireStruct>,
    pub(crate) session: Vec<SessionField>,
    pub(crate) session_docs: String,
    pub(crate) session_note: Note,
    pub(crate) types: Vec<DataType>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) methods: Vec<Method>,
    pub(crate) requests: Vec<Request>,
    pub(crate) cases: Vec<Case>,
    pub(crate) sources: Vec<Reference>,
    pub(crate) handwritten: Vec<String>,
    /// Further environment variables, or other descriptions of one.
    pub(crate) more_variables: Vec<(String, String)>,
    /// The table of facts.
    pub(crate) known: Vec<Known>,
    /// A request for the examples in the docs, in Rust.
    pub(crate) sample: String,
}

#[derive(Serialize)]
pub(crate) struct Token {
    /// The name of its field in Rust.
    pub(crate) field: String,
    /// The path of the token in the answer: `response.token`.
    pub(crate) path: String,
    /// The description of its property.
    pub(crate) docs: String,
}

impl Facts {
    pub(crate) fn read(package: &str, document: &Document) -> Result<Self> {
        if !document.version.starts_with("3.1.") {
            return fault("/openapi", "the contracts are written in OpenAPI 3.1");
        }
        let schemas = shapes::all(document);
        shapes::check(&schemas)?;
        security::check(document)?;
        let raw = security::header(document)?;
        let lifetime = lifetime::read(document)?;
        let known = sources::known(document, &said::all(document, &schemas, &lifetime)?)?;
        let answer = answer::read(document, &lifetime)?;
        let account = account::read(document)?;
        let (request, answered) = (schema(document, "LoginRequest")?, schema(document, "LoginAnswer")?);
        let facts = Self {
            package: package.to_owned(),
            module: package.replace('-', "_"),
            name: document.info.title.clone(),
            prefix: document.auth.prefix.clone(),
            raw,
            place: place::read(document)?,
            account_docs: request.description.clone(),
            account_note: sources::note(document, &request.source, request.assumption.as_deref()),
            token: answer.token,
            refused: answer.refused,
            steps: answer.steps,
            wire: answer.wire,
            session: answer.session,
            session_docs: answered.description.clone(),
            session_note: sources::note(document, &answered.source, answered.assumption.as_deref()),
            types: types::read(document)?,
            endpoints: endpoints::read(document)?,
            methods: methods::read(document)?,
            requests: requests::read(document, &account)?,
            cases: cases::read(document)?,
            sources: sources::all(document),
            handwritten: document.auth.handwritten.clone(),
            more_variables: document.auth.variables.iter().map(|(name, text)| (name.clone(), text.clone())).collect(),
            sample: methods::sample(document)?,
            account,
            lifetime,
            known,
        };
        words::check(document, &facts)?;
        texts::check(document, &facts)?;
        Ok(facts)
    }
}

impl Facts {
    /// Returns true if a data type contains another, directly or not.
    fn reaches(&self, from: &str, to: &str) -> bool {
        let (mut seen, mut waiting) = (Vec::new(), vec![from]);
        while let Some(name) = waiting.pop() {
            let Some(data_type) = self.types.iter().find(|data_type| data_type.name == name) else { continue };
            for inner in data_type.members.iter().filter_map(|member| member.of.as_deref()) {
                if inner == to {
                    return true;
                }
                if !seen.contains(&inner) {
                    seen.push(inner);
                    waiting.push(inner);
                }
            }
        }
        false
    }
}
