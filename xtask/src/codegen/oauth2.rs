//! The login that a security scheme of type oauth2 implies: client credentials, RFC 6749, section 4.4.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};

use super::document::{Document, Node, escape};
use super::security::Scheme;

const LOGIN: &str = include_str!("../../templates/oauth2.json");
const LIFETIME: &str = r#"[
  { "seconds": "/expires_in", ORIGIN },
  { "default": 3600, "x-assumption": "RFC 6749 recommends `expires_in` and has no default. An hour costs few logins." }
]"#;

/// Adds the login to a document that describes none.
pub(crate) fn expand(document: &mut Document) {
    let Some(addition) = read(document) else { return };
    for (pointer, text) in addition.members {
        document.graft(&pointer, &text, &addition.scheme);
    }
}

struct Addition {
    scheme: Node,
    /// The pointers and texts of the members that are missing.
    members: Vec<(String, String)>,
}

fn read(document: &Document) -> Option<Addition> {
    let (root, auth) = (&document.root, document.root.get("x-auth")?);
    let mut schemes = root.at("/components/securitySchemes")?.entries().map(|(_, scheme)| scheme);
    let scheme = schemes.find(|scheme| scheme.text("type") == "oauth2" && auth.get("login").is_none())?;
    let Some(flow) = scheme.at("/flows/clientCredentials") else {
        document.fault(
            scheme,
            "codegen logs in by the flow clientCredentials: describe that, or an operation as x-auth.login",
        );
        return None;
    };
    let (address, own) = (flow.text("tokenUrl"), scheme.get("x-servers"));
    let below = |server: &Node| {
        let path = address.strip_prefix(server.text("url").trim_end_matches('/'))?;
        path.starts_with('/').then(|| (path.to_owned(), own.map(ToString::to_string)))
    };
    // A token URL at another host has that host as its server.
    let elsewhere = || {
        let [server] = root.items("servers") else { return None };
        let (host, path) = address.strip_prefix("https://")?.split_once('/').filter(|_| own.is_none())?;
        let environment = server.get("x-environment").map(|it| format!(r#", "x-environment": {it}"#));
        let servers = format!(r#"[{{ "url": "https://{host}"{} }}]"#, environment.unwrap_or_default());
        Some((format!("/{path}"), Some(servers)))
    };
    let servers = own.map_or(root.items("servers"), Node::list);
    let relative = || address.starts_with('/').then(|| (address.to_owned(), own.map(ToString::to_string)));
    let Some((path, servers)) = relative().or_else(|| servers.iter().find_map(below)).or_else(elsewhere) else {
        let message = format!(
            "{address:?} is below no server, to which secrets could be sent: give the scheme x-servers, with the \
             https:// server of the token for each x-environment of the document"
        );
        document.fault(flow.get("tokenUrl").unwrap_or(flow), message);
        return None;
    };
    let origin =
        ["x-source", "x-assumption"].iter().find_map(|name| Some(format!("\"{name}\": {}", scheme.get(name)?)));
    let origin = origin.unwrap_or_else(|| "\"x-assumption\": \"\"".to_owned());
    let field = |name: &str| {
        Scheme { node: scheme }.fields().find(|(known, _)| *known == name).map(|(_, schema)| schema.to_string())
    };
    let scopes: Vec<_> = flow.members("scopes").map(|(scope, _)| scope).collect();
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().ok()?);
    let login = environment.render_str(LOGIN, context! {
        origin => &origin, scheme => format!("{:?}", scheme.pointer.rsplit('/').next().unwrap_or_default()),
        in_header => scheme.text("x-client-authentication") != "body", audience => scheme.get("x-audience").map(ToString::to_string),
        servers => servers, client_id => field("client_id"), client_secret => field("client_secret"), scopes => scopes.join(" "),
    });
    let at = format!("/paths/{}", escape(&path));
    let own = root.at(&format!("{at}/post")).map(|post| format!("{:?}", post.text("operationId")));
    let mut members = vec![("/x-auth/login".to_owned(), own.clone().unwrap_or_else(|| "\"login\"".to_owned()))];
    members.extend(own.is_none().then(|| (at, login.unwrap_or_default())));
    members.extend(auth.get("token").is_none().then(|| ("/x-auth/token".to_owned(), "\"/access_token\"".to_owned())));
    let lifetime = || ("/x-auth/lifetime".to_owned(), LIFETIME.replace("ORIGIN", &origin));
    members.extend(auth.get("lifetime").is_none().then(lifetime));
    Some(Addition { scheme: scheme.clone(), members })
}
