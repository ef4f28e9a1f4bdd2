//! The model of a provider: the input of the templates, read from its document in one pass.

use serde::Serialize;
use serde_json::Value as Json;

use super::answer::Answer;
use super::document::{Document, Node};
use super::lifetimes::{self, Form};
use super::login::Login;
use super::methods::{self, Method};
use super::operations::{self, Case, Endpoint, ErrorRow};
use super::provenance::{self, Known, Note, Source};
use super::security::{Carrier, Scheme};
use super::types::{self, Struct};
use super::{names, oauth2, validate};

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
    pub(crate) methods: Vec<Method>,
    /// The types of what methods send.
    pub(crate) sent: Vec<Struct>,
    pub(crate) requests: Vec<Struct>,
    pub(crate) cases: Vec<Case>,
    /// An answer to a login for each form of the token's lifetime.
    lifetimes: Vec<Form>,
    /// An answer to a login with the refresh token of the tests.
    refreshing: Option<String>,
    pub(crate) sources: Vec<Source>,
    pub(crate) handwritten: Vec<String>,
    pub(crate) variables: Vec<Variable>,
    /// The modules of the crate, with their public items.
    pub(crate) modules: Vec<(String, Vec<String>)>,
    /// The table of facts.
    pub(crate) known: Vec<Known>,
    /// A request for the examples in the docs, in Rust.
    pub(crate) sample: String,
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
    pub(crate) note: Note,
}

/// An environment variable.
#[derive(Serialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) meaning: String,
}

impl Model {
    /// Reads a document. The error is a list of all faults, each with its line and column.
    pub(crate) fn read(package: &str, text: &str, is_served: bool) -> Result<Self, Vec<String>> {
        let mut document = Document::parse(text).map_err(|error| vec![error])?;
        validate::shape(&document);
        oauth2::expand(&mut document);
        let missing = Node::made("{}");
        let root = &document.root;
        let auth = root.get("x-auth").unwrap_or(&missing);
        let scheme = Scheme::of_token(&document);
        let login = Login::read(&document, auth, scheme);
        let answer = Answer::read(&document, auth, &login.ids);
        let operations = document.operations();
        let with_method = || operations.iter().filter(|operation| operation.node.get("x-method").is_some());
        let returned = with_method().filter_map(|operation| {
            let answered = methods::answered(&document, operation)?;
            let pages = operation.node.get("x-pages");
            let item =
                pages.map_or(Some(answered), |pages| methods::item(&document, answered, pages.text("items"), pages))?;
            Some(item)
        });
        let title = root.get("info").map(|info| info.text("title")).unwrap_or_default();
        let cases = operations::cases(&document, &login, &answer);
        let good = || cases.iter().filter(|case| case.is_login && case.kind.is_none());
        let with = |pointer: &str, value: Json| good().find_map(|case| changed(&case.body, pointer, &value));
        let mut types = types::data_types(&document, answer.kept.iter().chain(returned));
        let stored = types::data_types(&document, answer.kept.iter());
        types.iter_mut().for_each(|it| it.stored = stored.iter().any(|stored| stored.name == it.name));
        let taken: Vec<_> = types.iter().map(|it| it.name.clone()).collect();
        let method = |operation: &_| Method::read(&document, *operation, &taken);
        let methods: Vec<_> = operations.iter().filter_map(method).collect();
        let mut sent: Vec<Struct> = Vec::new();
        for struct_ in methods.iter().flat_map(|method| &method.structs) {
            if sent.iter().all(|known| known.name != struct_.name) {
                sent.push(struct_.clone());
            }
        }
        let endpoint = |operation: &_| operations::endpoint(&document, &login, *operation, is_served);
        let endpoints: Vec<_> = operations.iter().map(endpoint).collect();
        let mut model = Self {
            header: header(&format!("crates/{package}/openapi.json")),
            package: package.to_owned(),
            module: package.replace('-', "_"),
            name: title.to_owned(),
            prefix: auth.text("prefix").to_owned(),
            carrier: scheme.carrier(&document),
            place: place(&document, auth, &login.ids),
            types,
            errors: operations::errors(&endpoints),
            endpoints,
            sent,
            requests: operations::requests(&document, &login),
            lifetimes: lifetimes::forms(&document, auth, &login.ids, &answer, &cases),
            refreshing: auth.get("refresh").and_then(|refresh| with(refresh.words("token")?, "r3fr3sh".into())),
            cases,
            sources: document.sources(),
            handwritten: auth.texts("handwritten").into_iter().map(str::to_owned).collect(),
            variables: Vec::new(),
            modules: Vec::new(),
            known: provenance::known(&document, &answer.lifetime.parts),
            sample: operations::sample(&document, auth.get("quickstart"), &methods, &package.replace('-', "_")),
            methods,
            login,
            answer,
        };
        model.variables = model.variables(auth);
        model.modules = model.modules();
        validate::meaning(&document, &model);
        let faults = document.faults();
        if faults.is_empty() { Ok(model) } else { Err(faults) }
    }

    /// Returns each environment variable and its meaning.
    fn variables(&self, auth: &Node) -> Vec<Variable> {
        let mut meanings: Vec<(&str, String)> = Vec::new();
        for field in self.login.account.iter().filter(|field| field.custom.is_none() && field.constant.is_none()) {
            let needed = match (field.required, self.login.first.is_some()) {
                (true, true) if field.is_key => ", required",
                (true, true) => ", required without a token",
                (true, false) => ", required",
                (false, _) => ", optional",
            };
            let at_most = field.at_most.map(|most| format!(", of at most {most} characters")).unwrap_or_default();
            meanings.push((&field.variable, format!("the {}{at_most}{needed}", field.noun)));
        }
        if self.login.first.is_some() {
            meanings.push(("TOKEN", format!("an existing token, instead of {}", self.secrets())));
        }
        for (end, choices) in [("API", &self.place.apis), ("ENVIRONMENT", &self.place.environments)] {
            if let Some(words) = words(choices) {
                meanings.push((end, words));
            }
        }
        for (end, meaning) in auth.members("variables") {
            match meanings.iter_mut().find(|(known, _)| *known == end) {
                Some(known) => known.1 = meaning.plain(),
                None => meanings.push((end, meaning.plain())),
            }
        }
        if !meanings.iter().any(|(end, _)| *end == "BASE_URL") {
            meanings.push(("BASE_URL", self.elsewhere()));
        }
        if !self.place.logins.is_empty() {
            let meaning = "the base URL of the login, which has its own host; required with another base URL";
            meanings.push(("LOGIN_BASE_URL", meaning.to_owned()));
        }
        let variable = |(end, meaning)| Variable { name: format!("{}_{end}", self.prefix), meaning };
        meanings.into_iter().map(variable).collect()
    }

    /// Returns the secrets that a login requires: `a user name and a password`.
    fn secrets(&self) -> String {
        let nouns: Vec<_> = self.login.required().map(|field| field.a_noun.as_str()).collect();
        if nouns.is_empty() { "an account".to_owned() } else { nouns.join(" and ") }
    }

    fn elsewhere(&self) -> String {
        match (self.place.servers.first().and_then(|server| server.url.as_ref()), self.place.environments.is_empty()) {
            _ if self.place.unknown => {
                "the base URL, from the provider; required if the environment's is not public".to_owned()
            }
            (Some(url), true) => format!("the base URL, if it is not `{url}`"),
            _ => "the base URL, if it is not the environment's".to_owned(),
        }
    }

    /// Returns the modules of the crate, with their public items.
    fn modules(&self) -> Vec<(String, Vec<String>)> {
        let mut modules = vec![
            ("account", vec!["Account", "Accounts"]),
            ("builder", vec!["Builder"]),
            ("client", vec!["Client"]),
            ("session", vec!["Session"]),
            ("store", Vec::new()),
            ("wire", Vec::new()),
        ];
        modules.extend((!self.place.environments.is_empty()).then(|| ("environment", vec!["Environment"])));
        let sent: Vec<_> = self.sent.iter().map(|struct_| struct_.name.as_str()).collect();
        modules.extend((!sent.is_empty()).then_some(("sent", sent)));
        modules.extend((!self.place.apis.is_empty()).then(|| ("api", vec!["Api"])));
        modules.extend(self.types.iter().map(|data_type| (data_type.snake.as_str(), vec![data_type.name.as_str()])));
        for file in &self.handwritten {
            if modules.iter().all(|(known, _)| known != file) {
                modules.push((file, Vec::new()));
            }
        }
        modules.sort_unstable();
        let owned = |(module, exports): (&str, Vec<&str>)| {
            (module.to_owned(), exports.into_iter().map(str::to_owned).collect())
        };
        modules.into_iter().map(owned).collect()
    }
}

/// Returns a body in JSON with another value at the pointer.
fn changed(body: &str, pointer: &str, value: &Json) -> Option<String> {
    let mut body: Json = serde_json::from_str(body).ok()?;
    value.clone_into(body.pointer_mut(pointer)?);
    Some(body.to_string())
}

pub(crate) fn header(source: &str) -> String {
    format!("// Written by `cargo xtask codegen` from {source}: change that, and run it again.")
}

/// Returns the words of a choice: `one` (the default) or `other`, also called `another`.
fn words(choices: &[Choice]) -> Option<String> {
    let words = choices.iter().enumerate().map(|(index, choice)| {
        let words: Vec<_> = choice.words.iter().map(|word| format!("`{word}`")).collect();
        words.join(", also called ") + if index == 0 { " (the default)" } else { "" }
    });
    words.reduce(|all, next| format!("{all} or {next}"))
}

fn place(document: &Document, auth: &Node, logins: &[String]) -> Place {
    let mut place = Place::default();
    let choice = |node: &Node, words: Vec<&str>| Choice {
        variant: names::pascal(words[0]),
        words: words.into_iter().map(str::to_owned).collect(),
        docs: node.text("description").to_owned(),
        note: document.note(node),
    };
    let server = |node: &Node| Server {
        url: node.get("variables").is_none().then(|| node.text("url").to_owned()),
        environment: node.words("x-environment").map(names::pascal),
        api: node.words("x-api").map(names::pascal),
        note: document.note(node),
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
    let operations = document.operations();
    let login = operations.iter().find(|operation| logins.contains(&operation.id()));
    let own = login.and_then(|login| document.own_servers(login));
    place.logins = own.into_iter().flat_map(Node::list).map(server).collect();
    place.apis = auth.members("apis").map(|(word, api)| choice(api, vec![word])).collect();
    place
}
