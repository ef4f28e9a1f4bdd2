//! The model of a provider: the input of the templates, read from its document in one pass.

use std::collections::BTreeSet;

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde::Serialize;

use super::answer::Answer;
use super::document::{Document, Node};
use super::login::Login;
use super::operations::{self, Endpoint, ErrorRow};
use super::provenance::{self, Known};
use super::security::{self, Carrier, Scheme};
use super::types::{self, Struct};
use super::{methods, validate};

#[derive(Serialize)]
pub(crate) struct Model {
    /// The crate: `pontotel-auth`.
    pub(crate) package: String,
    /// The crate's name in Rust: `pontotel_auth`.
    pub(crate) module: String,
    /// The provider's name: `Pontotel`.
    pub(crate) name: String,
    pub(crate) prefix: String,
    /// The place of the token in a request.
    pub(crate) carrier: Carrier,
    pub(crate) place: Place,
    #[serde(flatten)]
    pub(crate) login: Login,
    #[serde(flatten)]
    pub(crate) answer: Answer,
    pub(crate) types: Vec<Struct>,
    pub(crate) endpoints: Vec<Endpoint>,
    /// The table of errors, each with those that get it.
    errors: Vec<(ErrorRow, Vec<String>)>,
    /// The types of what methods send.
    sent: Vec<Struct>,
    pub(crate) requests: Vec<Struct>,
    /// The example of a successful login without its token and lifetime.
    tokenless: Option<String>,
    /// The extension at the root, as the document has it.
    auth: Node,
    pub(crate) handwritten: Vec<String>,
    /// The table of facts.
    pub(crate) known: Vec<Known>,
    /// The operation of the docs' example.
    sample: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Place {
    /// The environments. Empty if the provider has only one server.
    pub(crate) environments: Vec<Choice>,
    /// The APIs. Empty unless the provider has several.
    apis: Vec<Choice>,
    /// The servers, in the order of the document.
    servers: Vec<Server>,
    /// The servers of the login, if it has a host of its own: one for each environment.
    logins: Vec<Server>,
}

/// An environment, or an API.
#[derive(Serialize)]
pub(crate) struct Choice {
    /// The variant in Rust: `Production`.
    variant: String,
    /// The values of the environment variable: `production`.
    pub(crate) words: Vec<String>,
    #[serde(flatten)]
    pub(crate) node: Node,
}

#[derive(Serialize)]
struct Server {
    environment: Option<String>,
    api: Option<String>,
    #[serde(flatten)]
    node: Node,
}

impl Model {
    /// Reads a document. The error is a list of all faults, each with its line and column.
    pub(crate) fn read(package: &str, text: &str, is_served: bool) -> Result<Self, Vec<String>> {
        let mut document = Document::parse(text).map_err(|error| vec![error])?;
        validate::shape(&document);
        security::expand(&mut document).map_err(|error| vec![error.to_string()])?;
        let auth = document.auth();
        let (login, answer) = (Login::read(&document), Answer::read(&document));
        let returned = document.operations().filter(|operation| operation.node.has("x-method"));
        let returned = returned.filter_map(|operation| methods::returned(&document, operation)).collect();
        let kept = answer.session.iter().map(|member| &member.property);
        let types = types::data_types(&document, kept.collect(), returned);
        let taken: Vec<_> = types.iter().map(|it| it.name.clone()).collect();
        let endpoint = |operation| Endpoint::read(&document, &login, &answer, operation, &taken, is_served);
        let endpoints: Vec<_> = document.operations().map(endpoint).collect();
        let logged_in = endpoints.iter().flat_map(Endpoint::logged_in).next();
        let tokenless = logged_in.map(|case| answer.tokenless(&case.body));
        let model = Self {
            package: package.to_owned(),
            module: package.to_snake_case(),
            name: document.root.at("/info/title").map(Node::plain).unwrap_or_default(),
            prefix: auth.text("prefix").to_owned(),
            carrier: Scheme::of_token(&document).carrier(&document),
            place: place(&document),
            types,
            errors: operations::errors(&document),
            sent: sent(&endpoints),
            requests: operations::requests(&document, &login),
            tokenless,
            auth: auth.clone(),
            handwritten: auth.texts("handwritten").into_iter().map(str::to_owned).collect(),
            known: provenance::known(&document),
            sample: operations::sample(&document).map(|operation| operation.id()),
            endpoints,
            login,
            answer,
        };
        validate::meaning(&document, &model);
        let faults = document.faults();
        if faults.is_empty() { Ok(model) } else { Err(faults) }
    }
}

/// Returns the types that methods send, once each.
fn sent(endpoints: &[Endpoint]) -> Vec<Struct> {
    let methods = endpoints.iter().filter_map(|endpoint| endpoint.method.as_ref());
    let mut sent: Vec<_> = methods.flat_map(|method| method.structs.clone()).collect();
    let mut known = BTreeSet::new();
    sent.retain(|it| known.insert(it.name.clone()));
    sent
}

fn place(document: &Document) -> Place {
    let variant = |node: &Node, name| node.words(name).map(str::to_upper_camel_case);
    let choice = |(word, node): (&str, &Node)| Choice {
        variant: word.to_upper_camel_case(),
        words: [word].into_iter().chain(node.texts("x-also-called")).map(str::to_owned).collect(),
        node: node.clone(),
    };
    let server = |node: &Node| Server {
        environment: variant(node, "x-environment"),
        api: variant(node, "x-api"),
        node: node.clone(),
    };
    let servers = document.root.items("servers");
    let is_first = |(at, node): &(usize, &Node)| {
        servers[..*at].iter().all(|other| variant(other, "x-environment") != variant(node, "x-environment"))
    };
    let environments = servers.iter().enumerate().filter(is_first);
    let environments = environments.filter_map(|(_, node)| Some((node.words("x-environment")?, node)));
    let own = document.logins().next().and_then(|login| login.own_servers());
    Place {
        environments: environments.map(choice).collect(),
        apis: document.auth().members("apis").map(choice).collect(),
        servers: servers.iter().map(server).collect(),
        logins: own.into_iter().flat_map(Node::list).map(server).collect(),
    }
}
