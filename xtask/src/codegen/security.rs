//! The security schemes of a document: the place of a token in a request, the credentials of a login, and the login that
//! a scheme of type oauth2 implies.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Value, context};

use super::document::{Document, Node, Operation, below};
use super::render;

/// A security scheme.
#[derive(Clone, Copy)]
pub(crate) struct Scheme<'d> {
    pub(crate) node: &'d Node,
}

/// The fields of a scheme that names none itself.
static FIELDS: LazyLock<Node> = LazyLock::new(|| Node::made(include_str!("../../templates/fields.json")));

impl<'d> Scheme<'d> {
    /// Returns the scheme that carries the token.
    pub(crate) fn of_token(document: &'d Document) -> Self {
        let all = || document.components("securitySchemes");
        let is_asked = |name: &str| asked(document).flatten().any(|one| one.has(name));
        let tokens = || all().filter(|(name, scheme)| is_asked(name) && scheme.text("type") != "mutualTLS");
        let token = tokens().find(|(_, scheme)| scheme.text("type") != "apiKey").or_else(|| tokens().next());
        Self { node: token.or(all().next()).map_or(&document.root, |(_, scheme)| scheme) }
    }

    /// Returns the schemes of the keys that requests carry in addition to the token: those that are asked for with it.
    pub(crate) fn beside(self, document: &'d Document) -> Vec<Self> {
        let mut beside = Vec::new();
        let is_other = |it: &Node| it.pointer != self.node.pointer && it.text("type") != "mutualTLS";
        for (name, node) in document.components("securitySchemes").filter(|(_, it)| is_other(it)) {
            let with_token = |one: &Node| one.has(self.name());
            let is_key = node.text("type") == "apiKey" && node.text("in") == "header";
            let mut alternatives = asked(document).filter(|all| all.iter().any(|one| one.has(name)));
            if is_key && asked(document).flatten().any(|one| one.has(name) && with_token(one)) {
                beside.push(Self { node });
            } else if alternatives.any(|all| !all.iter().any(|one| with_token(one) && !one.has(name))) {
                let message = "another security scheme already carries the token: remove this one, or, if requests \
                               carry both, describe an apiKey in a header and name both in one object of `security`";
                document.fault(node, message);
            }
        }
        beside
    }

    /// Returns the schemes that a login asks for.
    pub(crate) fn of_login(document: &'d Document, login: Operation<'d>) -> impl Iterator<Item = Self> {
        let asked = login.node.items("security").iter().flat_map(Node::entries);
        let found = asked.filter_map(|(name, _)| document.root.at(&below("/components/securitySchemes", name)));
        found.map(|node| Self { node })
    }

    pub(crate) fn name(self) -> &'d str {
        self.node.pointer.rsplit('/').next().unwrap_or_default()
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

    /// Returns the place of the token in a request.
    pub(crate) fn carrier(self, document: &Document) -> Value {
        let name = self.node.text("name");
        let scheme = self.node.words("x-scheme").or(self.is_basic().then_some("Basic"));
        let scheme = scheme.map(|scheme| format!("{scheme} ")).unwrap_or_default();
        let (make, header, before) = match (self.node.text("type"), self.node.text("in")) {
            ("apiKey", "cookie") => ("raw", "cookie".to_owned(), format!("{name}=")),
            ("apiKey", "query") => ("raw", String::new(), String::new()),
            ("apiKey", _) => ("raw", name.to_ascii_lowercase(), scheme),
            ("http", _) if self.is_basic() => ("raw", "authorization".to_owned(), scheme),
            _ => ("bearer", "authorization".to_owned(), "Bearer ".to_owned()),
        };
        context! {
            // The function that makes the token, and the name of the header, the query parameter or the cookie.
            make, name,
            // The header that carries it, and the text before it there: its scheme, or the name of the cookie.
            header, before,
            // True if the provider requires a client certificate.
            mutual_tls => document.components("securitySchemes").any(|(_, it)| it.text("type") == "mutualTLS"),
        }
    }
}

/// Returns the alternatives that the document, or operations that send the token, ask for: each a set of schemes.
fn asked(document: &Document) -> impl Iterator<Item = &[Node]> {
    let users = document.operations().filter(|operation| !operation.is_login() && !operation.is_refresh());
    users.map(|operation| operation.node).chain([&document.root]).map(|node| node.items("security"))
}

/// Adds the login that a scheme of type oauth2 implies, client credentials (RFC 6749, section 4.4), to a document that
/// describes none.
pub(crate) fn expand(document: &mut Document) -> Result<(), minijinja::Error> {
    if let Some((scheme, values)) = client_credentials(document) {
        let login = render::environment()?.render_str(include_str!("../../templates/oauth2.json"), values)?;
        document.imply(&login, &scheme);
    }
    Ok(())
}

/// Returns the scheme, and the values of the login's template.
fn client_credentials(document: &Document) -> Option<(Node, Value)> {
    let (root_servers, auth) = (document.root.items("servers"), document.auth());
    let mut schemes = document.components("securitySchemes").filter(|_| !auth.has("login"));
    let (name, scheme) = schemes.find(|(_, scheme)| scheme.text("type") == "oauth2")?;
    let flow = scheme.at("/flows/clientCredentials")?;
    let (address, own) = (flow.text("tokenUrl"), scheme.items("x-servers"));
    let servers = if own.is_empty() { root_servers } else { own };
    let below_server = |server: &Node| address.strip_prefix(server.text("url").trim_end_matches('/'));
    let path = servers.iter().filter_map(below_server).chain([address]).find(|path| path.starts_with('/'));
    // A token URL at another host has that host as its server.
    let may_differ = root_servers.len() == 1 && own.is_empty() && address.starts_with("https://");
    let elsewhere = || address.match_indices('/').nth(2).filter(|_| may_differ).map(|(end, _)| address.split_at(end));
    let Some((host, path)) = path.map(|path| ("", path)).or_else(elsewhere) else {
        let remedy = "give the scheme x-servers, with the https:// server of the token for each x-environment";
        let message = format!("{address:?} is below no server, to which secrets could be sent: {remedy}");
        document.fault(flow.get("tokenUrl").unwrap_or(flow), message);
        return None;
    };
    let fields: Vec<_> = Scheme { node: scheme }.fields().collect();
    let values = context! {
        name, path, host, fields => Serde(fields), flow => Serde(flow), scheme => Serde(scheme), auth => Serde(auth),
        environment => root_servers.iter().find_map(|server| server.words("x-environment")),
        own => document.operations().find(|it| (it.path, it.verb) == (path, "post")).map(|it| it.id()),
    };
    Some((scheme.clone(), values))
}
