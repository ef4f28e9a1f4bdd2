//! The header of the token, and the check that all operations except logins need it.

use super::{Result, fault};
use crate::codegen::document::Document;
use crate::codegen::json::escape;

pub(crate) fn check(document: &Document) -> Result<()> {
    let schemes = &document.components.security_schemes;
    if let Some(second) = schemes.keys().nth(1) {
        let pointer = format!("/components/securitySchemes/{second}");
        return fault(pointer, "one security scheme says how the token is sent, not two");
    }
    let known = |pointer: &str, security: &[indexmap::IndexMap<String, Vec<String>>]| match security
        .iter()
        .flat_map(|one| one.keys())
        .find(|name| !schemes.contains_key(*name))
    {
        Some(name) => fault(pointer, format!("there is no security scheme {name:?}")),
        None => Ok(()),
    };
    known("/security", &document.security)?;
    let logins = document.auth.login.list();
    for (path, verb, operation) in document.operations() {
        let pointer = format!("/paths/{}/{verb}", escape(path));
        let wanted = operation.security.as_ref().unwrap_or(&document.security);
        known(&format!("{pointer}/security"), wanted)?;
        let is_login = logins.contains(&operation.id.as_str());
        if is_login && !wanted.is_empty() {
            return fault(pointer, "a login needs no token: say \"security\": []");
        }
        if operation.security.is_none() && wanted.is_empty() {
            return fault(
                pointer,
                "whether it needs a token is not said: give the document, or the operation, a security",
            );
        }
    }
    Ok(())
}

/// Returns true if the token is sent without `Bearer`.
pub(crate) fn header(document: &Document) -> Result<bool> {
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
