//! The sandbox's quirks, as JSON.

use std::time::Duration;

use serde_json::json;

use super::{Answer, Ask, ok};
use crate::{
    clock::millis,
    quirks::{Charset, Quirks},
    reply::Reply,
};

/// The longest time of a quirk, in milliseconds: a day.
const LONGEST: u64 = 86_400_000;

pub(super) fn show(ask: &Ask<'_>) -> Reply {
    let quirks = ask.shared.quirks.get();
    ok(&json!({
        "keep_alive_ms": quirks.keep_alive.map(millis),
        "connections": quirks.connections,
        "whole_seconds": quirks.whole_seconds,
        "login_ms": millis(quirks.login_time),
        "charset": quirks.charset.name(),
        "headers": quirks.headers,
    }))
}

pub(super) fn set(ask: &Ask<'_>) -> Answer {
    let mut input = ask.body()?;
    input.nullable("keep_alive_ms");
    input.nullable("connections");
    let quirks = Quirks {
        keep_alive: input.integer("keep_alive_ms", 1, LONGEST)?.map(Duration::from_millis),
        connections: input.integer("connections", 1, usize::from(u16::MAX))?,
        whole_seconds: input.boolean("whole_seconds")?.unwrap_or_default(),
        login_time: Duration::from_millis(input.integer("login_ms", 0, LONGEST)?.unwrap_or_default()),
        charset: input.choice("charset", &Charset::ALL)?.unwrap_or_default(),
        headers: input.integer("headers", 0u16, 1000)?.unwrap_or_default(),
    };
    input.end()?;
    ask.shared.quirks.set(quirks);
    Ok(show(ask))
}

pub(super) fn clear(ask: &Ask<'_>) -> Reply {
    ask.shared.quirks.set(Quirks::NONE);
    Reply::empty()
}
