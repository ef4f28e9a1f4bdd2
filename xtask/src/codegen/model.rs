//! The model of a provider: the input of the templates, read from its document in one pass.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde::Serialize;

use super::answer::Answer;
use super::document::{Document, Node};
use super::login::Login;
use super::operations::{self, Endpoint, ErrorRow};
use super::provenance::{self, Known, Note};
use super::security::{self, Carrier, Scheme};
use super::types::{self, Struct};
use super::{WRITTEN, methods, validate};

#[derive(Serialize)]
pub(crate) struct Model {
    /// The first line of each generated file.
    header: String,
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
    errors: Vec<ErrorRow>,
    /// The types of what methods send.
    sent: Vec<Struct>,
    pub(crate) requests: Vec<Struct>,
    /// The example of a successful login without its token and lifetime.
    tokenless: Option<String>,
    /// The extension at the root, as the document has it.
    auth: Node,
    pub(crate) handwritten: Vec<String>,
    /// The modules of the crate, with their public items.
    pub(crate) modules: BTreeMap<String, String>,
    /// The table of facts.
    pub(crate) known: Vec<Known>,
    /// The operation of the docs' example.
    sample: Option<String>,
}

#[derive(Default, Serialize)]
pub(crate) struct Place {
    /// The environments. Empty if the provider has only one server.
    pub(crate) environments: Vec<Choice>,
    /// The APIs. Empty unless the provider has several.
    pub(crate) apis: Vec<Choice>,
    /// The servers, in the order of the document.
    pub(crate) servers: Vec<Server>,
    /// The servers of the login, if it has a host of its own: one for each environment.
    pub(crate) logins: Vec<Server>,
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
    /// The requests that it allows, and the seconds in which it does.
    pub(crate) limits: Vec<(i64, i64)>,
    pub(crate) note: Note,
}

impl Model {
    /// Reads a document. The error is a list of all faults, each with its line and column.
    pub(crate) fn read(package: &str, text: &str, is_served: bool) -> Result<Self, Vec<String>> {
        let mut document = Document::parse(text).map_err(|error| vec![error])?;
        validate::shape(&document);
        security::expand(&mut document);
        let auth = document.auth();
        let (login, answer) = (Login::read(&document), Answer::read(&document));
        let returned = document.operations().filter(|operation| operation.node.has("x-method"));
        let returned = returned.filter_map(|operation| methods::returned(&document, operation)).collect();
        let types = types::data_types(&document, answer.kept.iter().collect(), returned);
        let taken: Vec<_> = types.iter().map(|it| it.name.clone()).collect();
        let endpoint = |operation| Endpoint::read(&document, &login, &answer, operation, &taken, is_served);
        let endpoints: Vec<_> = document.operations().map(endpoint).collect();
        let logged_in = endpoints.iter().flat_map(Endpoint::logged_in).next();
        let tokenless = logged_in.map(|case| answer.tokenless(&case.body));
        let mut model = Self {
            header: format!("{WRITTEN} from crates/{package}/openapi.json: change that, and run it again."),
            package: package.to_owned(),
            module: package.to_snake_case(),
            name: document.root.at("/info/title").map(Node::plain).unwrap_or_default(),
            prefix: auth.text("prefix").to_owned(),
            carrier: Scheme::of_token(&document).carrier(&document),
            place: place(&document),
            types,
            errors: operations::errors(&endpoints),
            sent: sent(&endpoints),
            requests: operations::requests(&document, &login),
            tokenless,
            auth: auth.clone(),
            handwritten: auth.texts("handwritten").into_iter().map(str::to_owned).collect(),
            modules: BTreeMap::new(),
            known: provenance::known(&document),
            sample: operations::sample(&document).map(|operation| operation.id()),
            endpoints,
            login,
            answer,
        };
        model.modules = model.modules();
        validate::meaning(&document, &model);
        let faults = document.faults();
        if faults.is_empty() { Ok(model) } else { Err(faults) }
    }

    /// Returns the modules of the crate, with their public items.
    fn modules(&self) -> BTreeMap<String, String> {
        let sent = self.sent.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
        let fixed = [
            ("account", "Account, Accounts", true),
            ("api", "Api", !self.place.apis.is_empty()),
            ("builder", "Builder", true),
            ("client", "Client", true),
            ("environment", "Environment", !self.place.environments.is_empty()),
            ("sent", &sent, !sent.is_empty()),
            ("session", "Session", true),
            ("store", "", true),
            ("wire", "", true),
        ];
        let fixed = fixed.into_iter().filter(|(_, _, is_there)| *is_there);
        let handwritten = self.handwritten.iter().map(|file| (file.clone(), String::new()));
        let types = self.types.iter().map(|it| (it.name.to_snake_case(), it.name.clone()));
        let fixed = fixed.map(|(module, items, _)| (module.to_owned(), items.to_owned()));
        handwritten.chain(types).chain(fixed).collect()
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
    let mut place = Place::default();
    let choice = |node: &Node, words: Vec<&str>| Choice {
        variant: words[0].to_upper_camel_case(),
        words: words.into_iter().map(str::to_owned).collect(),
        docs: node.text("description").to_owned(),
        note: node.note(),
    };
    let server = |node: &Node| Server {
        url: (!node.has("variables")).then(|| node.text("url").to_owned()),
        environment: node.words("x-environment").map(str::to_upper_camel_case),
        api: node.words("x-api").map(str::to_upper_camel_case),
        limits: node
            .items("x-rate-limit")
            .iter()
            .filter_map(|limit| limit.number("requests").zip(limit.number("per")))
            .collect(),
        note: node.note(),
    };
    for node in document.root.items("servers") {
        let server = server(node);
        place.unknown |= server.url.is_none();
        let is_new = |known: &Choice| server.environment.as_ref() != Some(&known.variant);
        if let Some(word) = node.words("x-environment")
            && place.environments.iter().all(is_new)
        {
            place.environments.push(choice(node, [vec![word], node.texts("x-also-called")].concat()));
        }
        if place.servers.iter().any(|known| (&known.environment, &known.api) == (&server.environment, &server.api)) {
            document.fault(node, "another server has the same x-environment and x-api: give this one its own");
        }
        place.servers.push(server);
    }
    let own = document.logins().next().and_then(|login| login.own_servers());
    place.logins = own.into_iter().flat_map(Node::list).map(server).collect();
    place.apis = document.auth().members("apis").map(|(word, api)| choice(api, vec![word])).collect();
    place
}
