//! The security schemes of a document: the place of a token in a request, the credentials of a login, and the login that
//! a scheme of type oauth2 implies.

use std::sync::LazyLock;

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::document::{Document, Node, Operation, below};
use super::render;

/// A security scheme.
#[derive(Clone, Copy)]
pub(crate) struct Scheme<'d> {
    pub(crate) node: &'d Node,
}

/// The place of a token in a request.
#[derive(Serialize)]
pub(crate) struct Carrier {
    /// The function that makes the token: `bearer` or `raw`.
    pub(crate) make: &'static str,
    /// The name of the header, the query parameter or the cookie.
    pub(crate) name: String,
    /// The header that carries it, in small letters. Empty if the query does.
    pub(crate) header: String,
    /// The text before the token in that header.
    pub(crate) before: String,
    /// True if the provider requires a client certificate.
    pub(crate) mutual_tls: bool,
}

/// The fields of a scheme that names none itself.
static FIELDS: LazyLock<Node> = LazyLock::new(|| {
    Node::made(
        r#"{
  "apiKey": {"api_key": {"type": "string", "format": "password", "title": "API key"}},
  "http": {
    "username": {"type": "string", "title": "user name"}, "password": {"type": "string", "format": "password"}
  },
  "oauth2": {
    "client_id": {"type": "string", "title": "client ID"},
    "client_secret": {"type": "string", "format": "password", "title": "client secret"}
  }
}"#,
    )
});

impl<'d> Scheme<'d> {
    /// Returns the scheme that carries the token: the one that others than logins ask for.
    pub(crate) fn of_token(document: &'d Document) -> Self {
        let logins: Vec<_> = document.logins().map(|login| login.id()).collect();
        let users = document.operations().filter(|operation| !logins.contains(&operation.id()));
        let users = users.map(|operation| operation.node).chain([&document.root]);
        let asked: Vec<_> = users.flat_map(|node| node.items("security")).flat_map(Node::entries).collect();
        let is_asked = |name: &str| asked.iter().any(|(asked, _)| *asked == name);
        let all = || document.components("securitySchemes");
        let mut tokens = all().filter(|(name, scheme)| is_asked(name) && scheme.text("type") != "mutualTLS");
        let first = tokens.next();
        if let Some((_, second)) = tokens.next() {
            document.fault(second, "another security scheme already carries the token: remove this one");
        }
        Self { node: first.or(all().next()).map_or(&document.root, |(_, scheme)| scheme) }
    }

    /// Returns the scheme that authenticates a login in `Authorization`.
    pub(crate) fn of_login(document: &'d Document, login: &Operation<'d>) -> Option<Self> {
        let asked = login.node.items("security").iter().flat_map(Node::entries);
        let mut found = asked.filter_map(|(name, _)| document.root.at(&below("/components/securitySchemes", name)));
        found.find(|scheme| ["http", "oauth2"].contains(&scheme.text("type"))).map(|node| Self { node })
    }

    /// Returns the fields of the account that the scheme sends.
    pub(crate) fn fields(self) -> impl Iterator<Item = (&'d str, &'d Node)> {
        let own = self.node.get("x-fields").or(FIELDS.get(self.node.text("type")));
        own.into_iter().flat_map(Node::entries)
    }

    pub(crate) fn carrier(self, document: &Document) -> Carrier {
        let (place, name) = (self.node.text("in"), self.node.text("name").to_owned());
        let (make, header, before) = match (self.node.text("type"), place) {
            ("apiKey", "cookie") => ("raw", "cookie".to_owned(), format!("{name}=")),
            ("apiKey", "query") => ("raw", String::new(), String::new()),
            ("apiKey", _) => ("raw", name.to_ascii_lowercase(), String::new()),
            ("http", _) if self.node.text("scheme") == "basic" => {
                ("basic", "authorization".to_owned(), "Basic ".to_owned())
            }
            _ => ("bearer", "authorization".to_owned(), "Bearer ".to_owned()),
        };
        let mutual_tls = document.components("securitySchemes").any(|(_, scheme)| scheme.text("type") == "mutualTLS");
        Carrier { make, name, header, before, mutual_tls }
    }
}

/// Adds the login that a scheme of type oauth2 implies, client credentials (RFC 6749, section 4.4), to a document that
/// describes none.
pub(crate) fn expand(document: &mut Document) {
    if let Some((scheme, addition)) = client_credentials(document) {
        document.imply(&addition, &scheme);
    }
}

/// Returns the scheme, and the members that it implies.
fn client_credentials(document: &Document) -> Option<(Node, String)> {
    let (root, auth) = (&document.root, document.auth());
    let mut schemes = document.components("securitySchemes");
    let (name, scheme) = schemes.find(|(_, it)| it.text("type") == "oauth2" && auth.get("login").is_none())?;
    let Some(flow) = scheme.at("/flows/clientCredentials") else {
        let message = "codegen logs in by the flow clientCredentials: describe that, or an operation as x-auth.login";
        document.fault(scheme, message);
        return None;
    };
    let address = flow.text("tokenUrl");
    let below_server = |server: &Node| address.strip_prefix(server.text("url").trim_end_matches('/'));
    let paths = [Some(address)].into_iter().chain(root.items("servers").iter().map(below_server));
    let Some(path) = paths.flatten().find(|path| path.starts_with('/')) else {
        let message =
            format!("{address:?} is not below a server of this document: secrets are sent to its servers alone");
        document.fault(flow.get("tokenUrl").unwrap_or(flow), message);
        return None;
    };
    let fields: Vec<_> = Scheme { node: scheme }.fields().collect();
    let scopes: Vec<_> = flow.members("scopes").map(|(scope, _)| scope).collect();
    let values = context! {
        name, path, fields => Serde(fields), scopes => scopes.join(" "), scheme => Serde(scheme), auth => Serde(auth),
        own => document.operations().find(|it| (it.path, it.verb) == (path, "post")).map(|it| it.id()),
    };
    let addition =
        render::environment().and_then(|it| it.render_str(include_str!("../../templates/oauth2.json"), values));
    Some((scheme.clone(), addition.unwrap_or_default()))
}
