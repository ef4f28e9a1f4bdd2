//! The model of a provider: the input of the templates, read from its document in one pass.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use indexmap::IndexSet;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::answer::Answer;
use super::document::{Document, Node};
use super::login::Login;
use super::operations::{self, ErrorRow, Sent, endpoint};
use super::provenance::{self, Row};
use super::security::{self, Scheme};
use super::types::{self, Struct};
use super::validate;

#[derive(Serialize)]
pub(crate) struct Model {
    /// The crate: `pontotel-auth`.
    pub(crate) package: String,
    /// The provider's name: `Pontotel`.
    pub(crate) name: String,
    pub(crate) prefix: String,
    /// The place of the token in a request.
    carrier: Value,
    /// The servers, environments and APIs.
    place: Value,
    #[serde(flatten)]
    pub(crate) login: Login,
    #[serde(flatten)]
    pub(crate) answer: Answer,
    pub(crate) types: Vec<Struct>,
    pub(crate) endpoints: Vec<Value>,
    /// The table of errors, each with those that get it.
    errors: Vec<(ErrorRow, IndexSet<String>)>,
    /// The types of what methods send.
    pub(crate) sent: Vec<Struct>,
    pub(crate) requests: Vec<Struct>,
    /// The extension at the root, as the document has it.
    auth: Node,
    /// The facts that were measured, also those that the document does not state.
    measured: Option<Node>,
    pub(crate) handwritten: Vec<String>,
    /// The table of facts.
    pub(crate) known: Vec<(Row, Vec<Value>)>,
}

impl Model {
    /// Reads a document. The error is a list of all faults, each with its line and column.
    pub(crate) fn read(package: &str, text: &str, is_served: bool) -> Result<Self, Vec<String>> {
        let mut document = Document::parse(text).map_err(|error| vec![error])?;
        validate::shape(&document);
        security::expand(&mut document).map_err(|error| vec![error.to_string()])?;
        let auth = document.auth();
        let (login, answer) = (Login::read(&document), Answer::read(&document));
        let returned = document.operations().filter_map(|of| operations::returned(&document, of)).collect();
        let types = types::data_types(&document, answer.session.iter().map(|it| &it.property).collect(), returned);
        let mut sent = Sent { taken: types.iter().map(|it| it.name.clone()).collect(), structs: Vec::new() };
        let endpoints = document.operations().map(|of| endpoint(of, &answer, &mut sent, is_served));
        let model = Self {
            package: package.to_owned(),
            name: document.root.at("/info/title").map(Node::plain).unwrap_or_default(),
            prefix: auth.text("prefix").to_owned(),
            carrier: Scheme::of_token(&document).carrier(&document),
            place: place(&document),
            types,
            errors: operations::errors(&document),
            requests: operations::requests(&document, &login),
            auth: auth.clone(),
            measured: document.root.get("x-measured").cloned(),
            handwritten: auth.texts("handwritten").into_iter().map(str::to_owned).collect(),
            known: provenance::known(&document),
            endpoints: endpoints.collect(),
            sent: sent.structs,
            login,
            answer,
        };
        validate::meaning(&document, &model);
        let faults = document.faults();
        if faults.is_empty() { Ok(model) } else { Err(faults) }
    }
}

/// Returns the first server of each environment, with the environment's name.
pub(crate) fn environments(document: &Document) -> impl Iterator<Item = (&str, &Node)> {
    let named = document.root.items("servers").iter().filter_map(|it| Some((it.words("x-environment")?, it)));
    let mut known = BTreeSet::new();
    named.filter(move |(name, _)| known.insert(name.to_upper_camel_case()))
}

/// Returns the servers, with the environments and the APIs that users choose from.
fn place(document: &Document) -> Value {
    // The values of the environment variable, `production`, of which the first is also the variant in Rust.
    let choice = |(word, node): (&str, &Node)| {
        let words: Vec<_> = [word].into_iter().chain(node.texts("x-also-called")).collect();
        context! { word, words => Serde(words), ..Value::from(Serde(node)) }
    };
    context! {
        environments => environments(document).map(choice).collect::<Vec<_>>(),
        apis => document.auth().members("apis").map(choice).collect::<Vec<_>>(),
        servers => Serde(document.root.items("servers")),
        // The servers of the login, if it has a host of its own: one for each environment.
        logins => Serde(document.logins().next().and_then(|login| login.own_servers()).map(Node::list).unwrap_or_default()),
    }
}
