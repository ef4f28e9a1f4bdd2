//! What a document says, checked, resolved and named as the templates need it.

mod account;
mod answer;
mod cases;
mod demands;
mod endpoints;
mod kinds;
mod lifetime;
mod methods;
mod place;
mod requests;
mod reserved;
mod said;
mod secrets;
mod sources;
mod types;
mod wire;
mod words;

use serde::Serialize;

use super::document::{Document, Keys, Schema};
use super::names;

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

/// What is wrong with a document, and where: a JSON pointer.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) message: String,
}

pub(crate) type Result<T> = std::result::Result<T, Fault>;

pub(crate) fn fault<T>(pointer: impl Into<String>, message: impl Into<String>) -> Result<T> {
    Err(Fault { pointer: pointer.into(), message: message.into() })
}

/// One provider.
#[derive(Serialize)]
pub(crate) struct Facts {
    /// `pontotel-auth`.
    pub(crate) package: String,
    /// `pontotel_auth`.
    pub(crate) module: String,
    /// `Pontotel`.
    pub(crate) name: String,
    pub(crate) prefix: String,
    /// Whether the token is sent as it is, without `Bearer`.
    pub(crate) raw: bool,
    pub(crate) place: Place,
    pub(crate) account: Vec<Field>,
    pub(crate) account_docs: String,
    pub(crate) account_note: Note,
    pub(crate) token: Token,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) lifetime: Lifetime,
    /// How the login's answer is taken apart.
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
    /// More variables of the environment, or other words for one.
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
    /// `response.token`.
    pub(crate) path: String,
    /// What its property says of it.
    pub(crate) docs: String,
}

impl Facts {
    pub(crate) fn read(package: &str, document: &Document) -> Result<Self> {
        if !document.version.starts_with("3.1.") {
            return fault("/openapi", "the contracts are written in OpenAPI 3.1");
        }
        let raw = header(document)?;
        let lifetime = lifetime::read(document)?;
        let known = sources::known(document, &said::all(document, &lifetime)?)?;
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
        Ok(facts)
    }
}

impl Keys {
    pub(crate) fn list(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::One(key) => vec![key],
            Self::Many(keys) => keys.iter().map(String::as_str).collect(),
        }
    }
}

/// Whether the token is sent as it is.
fn header(document: &Document) -> Result<bool> {
    let Some((name, scheme)) = document.components.security_schemes.first() else {
        return fault("/components", "a security scheme is missing: it says how the token is sent");
    };
    let pointer = format!("/components/securitySchemes/{name}");
    match (scheme.kind.as_str(), scheme.scheme.as_deref(), scheme.place.as_deref(), scheme.name.as_deref()) {
        ("http", Some("bearer"), None, None) => Ok(false),
        ("apiKey", None, Some("header"), Some("Authorization")) => Ok(true),
        _ => fault(
            pointer,
            "a token is sent by a scheme of type http and scheme bearer, or of type apiKey in Authorization",
        ),
    }
}

/// A schema of the components.
pub(crate) fn schema<'d>(document: &'d Document, name: &str) -> Result<&'d Schema> {
    match document.components.schemas.get(name) {
        Some(schema) => Ok(schema),
        None => fault("/components/schemas", format!("the schema {name} is missing")),
    }
}

/// The name of the component that a `$ref` is for.
pub(crate) fn component(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

impl Schema {
    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kinds().contains(&kind)
    }

    pub(crate) fn kinds(&self) -> Vec<&str> {
        use super::document::Types;
        match &self.kind {
            None => Vec::new(),
            Some(Types::One(kind)) => vec![kind],
            Some(Types::Several(kinds)) => kinds.iter().map(String::as_str).collect(),
        }
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.format.as_deref() == Some("password")
    }

    pub(crate) fn rust_name(&self, json: &str) -> String {
        self.name.clone().unwrap_or_else(|| names::snake(json))
    }

    /// The first example, as JSON.
    pub(crate) fn example(&self, pointer: &str) -> Result<&super::json::Json> {
        match self.examples.first() {
            Some(example) => Ok(example),
            None => fault(pointer, "it has no examples; the first stands in the docs"),
        }
    }
}
