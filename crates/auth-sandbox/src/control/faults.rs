//! Faults, as JSON.

use serde_json::{Value, json};

use super::{
    Answer, Ask, Refusal, created,
    input::{Input, missing, wrong},
    ok,
};
use crate::{
    fault::{Fault, On, Place, QueuedFault},
    reply::Reply,
};

/// The kinds of requests, in the words of the API.
pub(super) const KINDS: [(&str, On); 2] = [("login", On::Login), ("resource", On::Resource)];

/// The kinds of faults, in the words of the API.
const FAULTS: [&str; 7] = ["status", "too_many_requests", "unauthorized", "delay", "truncated", "body", "close"];

pub(super) fn list(ask: &Ask<'_>) -> Answer {
    let all: Vec<_> = ask.provider()?.faults().into_iter().map(shown).collect();
    Ok(ok(&json!(all)))
}

pub(super) fn add(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let mut input = ask.body()?;
    let (place, fault) = (place(&mut input)?, fault(&mut input)?);
    input.end()?;
    let id = provider.running.queue(place.clone(), fault.clone());
    Ok(created(&shown(QueuedFault { id, place, fault })))
}

pub(super) fn clear(ask: &Ask<'_>) -> Answer {
    ask.provider()?.clear_faults();
    Ok(Reply::empty())
}

pub(super) fn clear_one(ask: &Ask<'_>) -> Answer {
    let (provider, id) = (ask.provider()?, &ask.segments[1]);
    if id.parse().is_ok_and(|id| provider.clear_fault(id)) {
        return Ok(Reply::empty());
    }
    Err(Refusal::new(404, &format!("no fault has the id `{id}`, or it is used up: GET faults lists the ids")))
}

fn place(input: &mut Input) -> Result<Place, Refusal> {
    let (on, path) = (input.choice("on", &KINDS)?, input.optional_text("path")?);
    match (on, path) {
        (Some(on), None) => Ok(on.into()),
        (None, Some(path)) => Ok(path.as_str().into()),
        (Some(_), Some(path)) => Err(wrong("path", &json!(path), "leave it out, or leave out `on`")),
        (None, None) => Err(missing("on", "send login or resource, or `path` with a path below the base URL")),
    }
}

fn fault(input: &mut Input) -> Result<Fault, Refusal> {
    let kind = input.choice("kind", &FAULTS.map(|name| (name, name)))?;
    let kind = kind.ok_or_else(|| missing("kind", &format!("send one of {}", FAULTS.join(", "))))?;
    let times = input.integer("times", 1, u32::MAX)?.unwrap_or(1);
    Ok(match kind {
        "status" => Fault::Status { status: status(input)?, times },
        "too_many_requests" => Fault::TooManyRequests { retry_after: retry_after(input)?, times },
        "unauthorized" => Fault::Unauthorized { times },
        "delay" => Fault::Delay { delay: input.seconds("seconds")?, times },
        "truncated" => Fault::Truncated { times },
        "body" => {
            let (status, (content_type, body)) = (status(input)?, body(input)?);
            Fault::Body { status, content_type, body, times }
        }
        _close => Fault::Close { times },
    })
}

fn status(input: &mut Input) -> Result<u16, Refusal> {
    input.integer("status", 200, 599)?.ok_or_else(|| missing("status", "send an integer from 200 to 599"))
}

/// Takes `retry_after`, a text or a number of seconds.
fn retry_after(input: &mut Input) -> Result<Option<String>, Refusal> {
    match input.take("retry_after") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(seconds)) if seconds.is_u64() => Ok(Some(seconds.to_string())),
        Some(other) => {
            let mut one = Input::new([("retry_after".to_owned(), other)].into_iter().collect());
            one.optional_header("retry_after")
        }
    }
}

/// Takes a body: `json`, or `text` and its `content_type`. Returns the content type and the body.
pub(super) fn body(input: &mut Input) -> Result<(String, Vec<u8>), Refusal> {
    let content_type = input.optional_header("content_type")?;
    let (is_json, text) = (input.has("json"), input.optional_text("text")?);
    match (is_json, text) {
        (true, Some(text)) => Err(wrong("text", &json!(text), "leave it out, or leave out `json`")),
        (true, None) => {
            let json = input.take("json").unwrap_or_default();
            Ok((content_type.unwrap_or_else(|| "application/json".to_owned()), json.to_string().into_bytes()))
        }
        (false, Some(text)) => Ok((content_type.unwrap_or_else(|| "text/plain".to_owned()), text.into_bytes())),
        (false, None) => Err(missing("json", "send `json` with any value, or `text` with a text")),
    }
}

/// Shows a queued fault with the members that set it.
fn shown(queued: QueuedFault) -> Value {
    let QueuedFault { id, place, mut fault } = queued;
    let mut shown = json!({ "id": id, "kind": fault.kind(), "times": *fault.times() });
    match place {
        Place::Kind(on) => shown["on"] = json!(name(on)),
        Place::Path(path) => shown["path"] = json!(path),
    }
    match fault {
        Fault::Status { status, .. } => shown["status"] = json!(status),
        Fault::TooManyRequests { retry_after, .. } => shown["retry_after"] = json!(retry_after),
        Fault::Delay { delay, .. } => shown["seconds"] = json!(delay.as_secs_f64()),
        Fault::Body { status, content_type, body, .. } => {
            shown["status"] = json!(status);
            shown["content_type"] = json!(content_type);
            shown["text"] = json!(String::from_utf8_lossy(&body));
        }
        Fault::Unauthorized { .. } | Fault::Truncated { .. } | Fault::Close { .. } => {}
    }
    shown
}

/// Returns the kind of a request in the words of the API.
pub(super) fn name(on: On) -> &'static str {
    match on {
        On::Login => "login",
        On::Resource => "resource",
    }
}
