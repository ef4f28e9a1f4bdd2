//! Stubs, as JSON.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    Answer, Ask, Refusal, created, faults,
    input::{Input, missing, wrong},
    ok,
};
use crate::{provider::Provider, reply::Reply, stubs::Stub};

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

/// Removes the stub that the query names, or all of them.
pub(super) fn clear(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let mut input = ask.query();
    if !input.has("method") && !input.has("path") {
        input.end()?;
        provider.clear_stubs();
        return Ok(Reply::empty());
    }
    let (method, path) = (method(&mut input)?, input.text("path")?);
    input.end()?;
    if provider.clear_stub(&method, &path) {
        return Ok(Reply::empty());
    }
    Err(Refusal::new(404, "no stub has this method and path: GET stubs lists them"))
}

fn stub(provider: &Provider, input: &mut Input) -> Result<Stub, Refusal> {
    let (method, path) = (method(input)?, input.text("path")?);
    let stub = Stub::new(method, &path);
    if stub.path.contains(['?', '#']) {
        return Err(wrong("path", &json!(path), "leave out the query"));
    }
    if stub.method == Method::POST && provider.api().login_paths.contains(&stub.path.as_str()) {
        return Err(wrong("path", &json!(path), "a login cannot be replaced: set a fault of the kind body"));
    }
    let stub = stub.status(input.integer("status", 200, 599)?.unwrap_or(200));
    if !["json", "text", "content_type"].iter().any(|name| input.has(name)) {
        return Ok(stub);
    }
    let (content_type, body) = faults::body(input)?;
    Ok(stub.body(&content_type, body))
}

fn method(input: &mut Input) -> Result<Method, Refusal> {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let chosen = input.choice("method", &methods.map(|name| (name, name)))?;
    let name = chosen.ok_or_else(|| missing("method", &format!("send one of {}", methods.join(", "))))?;
    Ok(Method::from_bytes(name.as_bytes()).unwrap_or_default())
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
