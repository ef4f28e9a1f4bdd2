//! The security schemes of a document: the place of a token in a request, and the credentials of a login.

use std::sync::LazyLock;

use serde::Serialize;

use super::document::{Document, Node, Operation};

/// A security scheme.
#[derive(Clone, Copy)]
pub(crate) struct Scheme<'d> {
    pub(crate) node: &'d Node,
}

/// The place of a token in a request.
#[derive(Serialize)]
pub(crate) struct Carrier {
    /// The function that makes the token of a text: `bearer` or `raw`.
    pub(crate) make: &'static str,
    /// The calls that set its scheme and its place, if these are not the function's own.
    pub(crate) moved: String,
    /// The header that carries it, in small letters. Empty if the query does.
    pub(crate) header: String,
    /// The text before the token in that header.
    pub(crate) before: String,
    /// The query parameter that carries it.
    pub(crate) query: Option<String>,
    /// True if the provider requires a client certificate.
    pub(crate) mutual_tls: bool,
}

/// The fields of a scheme that names none itself.
static FIELDS: LazyLock<Node> = LazyLock::new(|| {
    Node::made(
        r#"{
  "apiKey": {"api_key": {"type": "string", "format": "password", "title": "API key"}},
  "basic": {
    "username": {"type": "string", "title": "user name"}, "password": {"type": "string", "format": "password"}
  },
  "bearer": {"access_token": {"type": "string", "format": "password", "title": "access token"}},
  "oauth2": {
    "client_id": {"type": "string", "title": "client ID"},
    "client_secret": {"type": "string", "format": "password", "title": "client secret"}
  }
}"#,
    )
});

impl<'d> Scheme<'d> {
    /// Returns the scheme that carries the token.
    pub(crate) fn of_token(document: &'d Document) -> Self {
        let all: Vec<_> = schemes(document).collect();
        let asked = document.operations();
        let asked = asked.iter().filter_map(|operation| operation.node.get("security"));
        let asked = document.root.get("security").into_iter().chain(asked).flat_map(Node::list);
        let asked: Vec<_> = asked.flat_map(Node::entries).map(|(name, _)| name).collect();
        let wanted = |(name, scheme): &&(&str, &Node)| asked.contains(name) && scheme.text("type") != "mutualTLS";
        let tokens: Vec<_> = all.iter().filter(wanted).filter(|(_, scheme)| !is_of_login(document, scheme)).collect();
        let token = tokens.iter().find(|(_, scheme)| scheme.text("type") != "apiKey").or(tokens.first()).copied();
        Self { node: token.or(all.first()).map_or(&document.root, |(_, scheme)| *scheme) }
    }

    /// Returns the schemes of the keys that requests carry in addition to the token: those that are asked for with it.
    pub(crate) fn beside(self, document: &'d Document) -> Vec<Self> {
        let operations = document.operations();
        let asked = operations.iter().filter_map(|operation| operation.node.get("security"));
        let asked: Vec<_> = document.root.get("security").into_iter().chain(asked).flat_map(Node::list).collect();
        let is_asked = |one: &Node, scheme: &Node| one.entries().any(|(name, _)| name == name_of(scheme));
        let mut beside = Vec::new();
        for (_, scheme) in schemes(document) {
            let mut own = asked.iter().filter(|one| is_asked(one, scheme)).peekable();
            let other = scheme.pointer == self.node.pointer || scheme.text("type") == "mutualTLS";
            if other || own.peek().is_none() || is_of_login(document, scheme) {
                continue;
            }
            let is_key = scheme.text("type") == "apiKey" && scheme.text("in") == "header";
            if is_key && own.any(|one| is_asked(one, self.node)) {
                beside.push(Self { node: scheme });
            } else {
                let message = "another security scheme already carries the token: remove this one, or, if requests \
                               carry both, describe an apiKey in a header and name both in one object of `security`";
                document.fault(scheme, message);
            }
        }
        beside
    }

    /// Returns the keys in headers that a login asks for.
    pub(crate) fn keys_of(document: &'d Document, login: &Operation<'d>) -> Vec<Self> {
        let asked = |scheme: &Node| login.node.items("security").iter().any(|one| one.get(name_of(scheme)).is_some());
        let keys = schemes(document).filter(|(_, scheme)| scheme.text("type") == "apiKey" && asked(scheme));
        keys.map(|(_, node)| Self { node }).collect()
    }

    /// Returns the name of the scheme.
    pub(crate) fn name(self) -> &'d str {
        name_of(self.node)
    }

    /// Returns the scheme that authenticates a login in `Authorization`.
    pub(crate) fn of_login(document: &'d Document, login: &Operation<'d>) -> Option<Self> {
        let asked = login.node.items("security").iter().flat_map(Node::entries);
        let all: Vec<_> = schemes(document).collect();
        let mut found =
            asked.filter_map(|(name, _)| all.iter().find(|(known, _)| *known == name).map(|(_, scheme)| *scheme));
        found.find(|scheme| ["http", "oauth2"].contains(&scheme.text("type"))).map(|node| Self { node })
    }

    /// Returns the fields of the account that the scheme sends.
    pub(crate) fn fields(self) -> impl Iterator<Item = (&'d str, &'d Node)> {
        let kind = self.node.words("scheme").unwrap_or(self.node.text("type"));
        let own = self.node.get("x-fields").or(FIELDS.get(kind));
        own.into_iter().flat_map(Node::entries)
    }

    /// Returns true for a user name and a password, by HTTP Basic.
    pub(crate) fn is_basic(self) -> bool {
        self.node.text("scheme") == "basic"
    }

    /// Returns the method of `auth_core` that sends the credentials of a login.
    pub(crate) fn method(self) -> &'static str {
        if self.node.text("type") == "oauth2" { "oauth2_basic_auth" } else { "basic_auth" }
    }

    pub(crate) fn carrier(self, document: &Document) -> Carrier {
        let (place, name) = (self.node.text("in"), self.node.text("name"));
        let header = name.to_ascii_lowercase();
        let (scheme, of_scheme) = match self.node.words("x-scheme").or(self.is_basic().then_some("Basic")) {
            Some(word) => (format!("{word} "), format!(".with_scheme({word:?})?")),
            None => Default::default(),
        };
        let (make, moved, header, before) = match (self.node.text("type"), place) {
            ("apiKey", "cookie") => ("raw", format!(".in_cookie({name:?})?"), "cookie".to_owned(), format!("{name}=")),
            ("apiKey", "query") => ("raw", String::new(), String::new(), String::new()),
            ("apiKey", _) if header != "authorization" => {
                ("raw", format!("{of_scheme}.in_header(HeaderName::from_static({header:?}))"), header, scheme)
            }
            ("http", _) if !self.is_basic() => bearer(),
            ("apiKey" | "http", _) => ("raw", of_scheme, "authorization".to_owned(), scheme),
            _ => bearer(),
        };
        let query = (place == "query").then(|| name.to_owned());
        let mutual_tls = schemes(document).any(|(_, scheme)| scheme.text("type") == "mutualTLS");
        Carrier { make, moved, header, before, query, mutual_tls }
    }
}

fn bearer() -> (&'static str, String, String, String) {
    ("bearer", String::new(), "authorization".to_owned(), "Bearer ".to_owned())
}

fn schemes(document: &Document) -> impl Iterator<Item = (&str, &Node)> {
    document.root.at("/components/securitySchemes").into_iter().flat_map(Node::entries)
}

fn name_of(scheme: &Node) -> &str {
    scheme.pointer.rsplit('/').next().unwrap_or_default()
}

/// Returns true if only logins ask for the scheme.
fn is_of_login(document: &Document, scheme: &Node) -> bool {
    let name = name_of(scheme);
    let asks = |node: &Node| node.items("security").iter().any(|one| one.get(name).is_some());
    let logins = document.root.at("/x-auth").map(|auth| auth.texts("login")).unwrap_or_default();
    !asks(&document.root)
        && document
            .operations()
            .iter()
            .all(|operation| logins.contains(&operation.id().as_str()) || !asks(operation.node))
}
