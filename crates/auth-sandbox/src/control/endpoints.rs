//! Stubs, as JSON.

use http::Method;
use serde_json::{Value, json};

use super::{
    Answer, Ask, Refusal, created, faults,
    input::{Input, missing, wrong},
    ok,
};
use crate::{provider::Provider, reply::Reply, stubs::Stub};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

pub(super) fn list(ask: &Ask<'_>) -> Answer {
    let all: Vec<_> = ask.provider()?.stubs().iter().map(shown).collect();
    Ok(ok(&json!(all)))
}

pub(super) fn add(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let mut input = ask.body()?;
    let stub = stub(provider, &mut input)?;
    input.end()?;
    provider.stub(stub.clone());
    Ok(created(&shown(&stub)))
}

/// Removes the stubs with the method and the path of the query. Each that is left out selects all.
pub(super) fn clear(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let mut input = ask.query();
    let (method, path) = (input.choice("method", &METHODS.map(|name| (name, name)))?, input.optional_text("path")?);
    input.end()?;
    for stub in provider.stubs() {
        if method.is_none_or(|method| stub.method == method) && path.as_ref().is_none_or(|path| stub.path == *path) {
            provider.clear_stub(&stub.method, &stub.path);
        }
    }
    Ok(Reply::empty())
}

fn stub(provider: &Provider, input: &mut Input) -> Result<Stub, Refusal> {
    let method = input.choice("method", &METHODS.map(|name| (name, name)))?;
    let method = method.ok_or_else(|| missing("method", &format!("send one of {}", METHODS.join(", "))))?;
    let path = input.text("path")?;
    let stub = Stub::new(Method::from_bytes(method.as_bytes()).unwrap_or_default(), &path);
    if stub.path.contains(['?', '#']) {
        return Err(wrong("path", &json!(path), "leave out the query"));
    }
    if stub.method == Method::POST && provider.running.api.login_paths.contains(&stub.path.as_str()) {
        return Err(wrong("path", &json!(path), "a login cannot be replaced: set a fault of the kind body"));
    }
    let stub = stub.status(input.integer("status", 200, 599)?.unwrap_or(200));
    if !["json", "text", "content_type"].iter().any(|name| input.has(name)) {
        return Ok(stub);
    }
    let (content_type, body) = faults::body(input)?;
    Ok(stub.body(&content_type, body))
}

fn shown(stub: &Stub) -> Value {
    json!({
        "method": stub.method.as_str(),
        "path": stub.path,
        "status": stub.status,
        "content_type": stub.content_type,
        "text": String::from_utf8_lossy(&stub.body),
    })
}
