//! The clock, the quirks and the log of the sandbox, as JSON.

use std::time::Duration;

use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::{
    Answer, Ask,
    faults::{KINDS, name},
    input::missing,
    ok,
    providers::since_1970,
};
use crate::{
    clock::{self, LONGEST_SHIFT, millis},
    log::{KEPT, LogEntry},
    quirks::{Charset, Quirks},
    reply::Reply,
};

/// The longest time of a quirk, in milliseconds: a day.
const LONGEST: u64 = 86_400_000;

pub(super) fn clock(ask: &Ask<'_>) -> Reply {
    let clock = &ask.shared.clock;
    ok(&json!({ "now": clock::iso(clock.now()), "shift_seconds": clock.shift() }))
}

pub(super) fn set_clock(ask: &Ask<'_>) -> Answer {
    let mut input = ask.body()?;
    let shift = input.integer("shift_seconds", -LONGEST_SHIFT, LONGEST_SHIFT)?;
    let shift = shift.ok_or_else(|| missing("shift_seconds", "send an integer, such as 3600"))?;
    input.end()?;
    ask.shared.clock.set_shift(shift);
    Ok(clock(ask))
}

pub(super) fn quirks(ask: &Ask<'_>) -> Reply {
    let quirks = ask.shared.quirks.borrow().clone();
    ok(&json!({
        "keep_alive_ms": quirks.keep_alive.map(millis),
        "connections": quirks.connections,
        "requests_per_connection": quirks.requests_per_connection,
        "whole_seconds": quirks.whole_seconds,
        "login_ms": millis(quirks.login_time),
        "charset": quirks.charset.name(),
        "headers": quirks.headers,
    }))
}

pub(super) fn set_quirks(ask: &Ask<'_>) -> Answer {
    let mut input = ask.body()?;
    input.nullable("keep_alive_ms");
    input.nullable("connections");
    input.nullable("requests_per_connection");
    let wanted = Quirks {
        keep_alive: input.integer("keep_alive_ms", 1, LONGEST)?.map(Duration::from_millis),
        connections: input.integer("connections", 1, usize::from(u16::MAX))?,
        requests_per_connection: input.integer("requests_per_connection", 1, u32::MAX)?,
        whole_seconds: input.boolean("whole_seconds")?.unwrap_or_default(),
        login_time: Duration::from_millis(input.integer("login_ms", 0, LONGEST)?.unwrap_or_default()),
        charset: input.choice("charset", &Charset::ALL)?.unwrap_or_default(),
        headers: input.integer("headers", 0u16, 1000)?.unwrap_or_default(),
    };
    input.end()?;
    ask.shared.quirks.send_replace(wanted);
    Ok(quirks(ask))
}

pub(super) fn clear_quirks(ask: &Ask<'_>) -> Reply {
    ask.shared.quirks.send_replace(Quirks::NONE);
    Reply::empty()
}

pub(super) fn log(ask: &Ask<'_>) -> Answer {
    let names: Vec<_> =
        ask.shared.providers.iter().map(|provider| (provider.running.api.name, provider.running.api.name)).collect();
    let mut input = ask.query();
    let provider = input.choice("provider", &names)?;
    let on = input.choice("on", &KINDS)?;
    let status = input.integer("status", 200u16, 599)?;
    let path = input.optional_text("path")?;
    let after = input.integer("after", 0, u64::from(u32::MAX))?.unwrap_or(0);
    let most = input.integer("limit", 1, KEPT)?.unwrap_or(100);
    input.end()?;
    let entries = ask.shared.log.read(most, |raw| {
        raw.number > after
            && provider.is_none_or(|provider| raw.provider == provider)
            && on.is_none_or(|on| raw.on == on)
            && status.is_none_or(|status| raw.status == Some(status))
            && path.as_deref().is_none_or(|path| raw.path().contains(path))
    });
    Ok(ok(&json!(entries.iter().map(entry).collect::<Vec<_>>())))
}

pub(super) fn clear_log(ask: &Ask<'_>) -> Reply {
    ask.shared.log.clear();
    Reply::empty()
}

fn entry(entry: &LogEntry) -> Value {
    json!({
        "number": entry.number,
        "at": clock::iso(since_1970(entry.at)),
        "provider": entry.provider,
        "on": name(entry.on),
        "fault": entry.fault,
        "method": entry.method.as_str(),
        "path": entry.path,
        "request": { "headers": headers(&entry.request_headers), "body": entry.request_body },
        "status": entry.status,
        "answer": { "headers": headers(&entry.headers), "body": entry.body },
    })
}

/// Shows headers by name. The values of a repeated name are joined by commas.
fn headers(headers: &HeaderMap) -> Value {
    let value = |name| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        json!(values.collect::<Vec<_>>().join(", "))
    };
    Value::Object(headers.keys().map(|name| (name.to_string(), value(name))).collect::<Map<_, _>>())
}
