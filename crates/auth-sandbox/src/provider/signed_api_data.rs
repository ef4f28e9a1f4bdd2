//! The data that xigsapi creates and lists. It is the same in every run.

use serde_json::{Value, json};

use crate::{clock, recorded::Call, reply::Reply, tokens::hex};

const PROFILE: &str = "507f1f77bcf86cd799439011";
const USER: &str = "507f1f77bcf86cd799439022";
const WEBHOOK: &str = "507f1f77bcf86cd799439077";
const SESSION: &str = "507f1f77bcf86cd799439099";
const GAME: &str = "507f191e810c19729de860ea";
/// The lifetime of a game session, in milliseconds.
const TWO_HOURS: u64 = 7_200_000;

/// Answers an operation on data; `None` if the operation is another one, or if there is no such data.
///
/// `now` is in milliseconds since 1970.
pub(super) fn answer(id: &str, call: &Call<'_>, now: u64) -> Option<Reply> {
    let in_path = call.path.rsplit('/').next().unwrap_or_default();
    let (status, data) = match id {
        "createProfile" => (201, json!({ "profileId": hex(24) })),
        "authenticateUser" => (200, json!({ "userToken": hex(32), "userId": USER })),
        "createGameSession" => (201, game_session(now + TWO_HOURS)),
        "createWebhook" => (201, json!({ "webhookId": hex(24) })),
        "updateProfile" => return is_id(in_path).then(|| Reply::ok(&json!({ "status": "success" }))),
        "profiles" => return Some(paged(call, Some(profile()), &[])),
        "users" => {
            let wanted = call.selects("userId", USER) && lies_between(call, "2025-01-02");
            return Some(paged(call, wanted.then(user), &[("totalPages", 1)]));
        }
        "webhookLogs" => {
            let wanted = call.selects("status", "success") && lies_between(call, "2025-01-02");
            let counts = [("successCount", u8::from(wanted)), ("failureCount", 0)];
            return is_id(in_path).then(|| paged(call, wanted.then(|| webhook_log(in_path)), &counts));
        }
        "gameSessions" => {
            let wanted = call.selects("gameId", GAME) && call.selects("userId", USER);
            (200, json!(wanted.then(|| active_session(now + TWO_HOURS)).as_slice()))
        }
        "webhooks" => (200, json!([webhook()])),
        _ => return None,
    };
    Some(Reply::json(status, &json!({ "status": "success", "data": data })))
}

/// Answers with the one entry, which is on the first page, and the pagination.
fn paged(call: &Call<'_>, entry: Option<Value>, more: &[(&str, u8)]) -> Reply {
    let (index, size) = (call.number("pageIndex", 1), call.number("pageSize", 20));
    let mut pagination = json!({ "pageIndex": index, "pageSize": size, "totalCount": u8::from(entry.is_some()) });
    for (name, count) in more {
        pagination[name] = json!(count);
    }
    let data = json!(entry.filter(|_| index == 1).as_slice());
    Reply::ok(&json!({ "status": "success", "data": data, "pagination": pagination }))
}

/// Returns true for text in the form of an id. Created data is not kept, so any such text is accepted as an id.
fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn lies_between(call: &Call<'_>, day: &str) -> bool {
    call.query("dateStart").is_none_or(|start| *start <= *day) && call.query("dateEnd").is_none_or(|end| *end >= *day)
}

fn game_session(expires: u64) -> Value {
    let id = hex(24);
    json!({
        "sessionId": id,
        "gameUrl": format!("https://scratch.play.xigsapi.com?ssid={id}"),
        "expiresAt": clock::iso(expires),
    })
}

fn profile() -> Value {
    json!({
        "id": PROFILE,
        "email": "casino@example.com",
        "description": "My Casino",
        "avatarUrl": "https://cdn.example.com/logo.png",
        "profileType": "demo",
        "createdAt": "2025-01-01T10:00:00.000Z",
    })
}

fn user() -> Value {
    json!({
        "id": USER,
        "credential": "player@example.com",
        "credentialType": "email",
        "balance": 1250.5,
        "profileId": PROFILE,
        "createdAt": "2025-01-02T11:00:00.000Z",
    })
}

fn active_session(expires: u64) -> Value {
    json!({
        "sessionId": SESSION,
        "gameId": GAME,
        "userId": USER,
        "betWins": 0,
        "totalBets": 0,
        "createdAt": "2025-01-02T11:30:00.000Z",
        "expiresAt": clock::iso(expires),
    })
}

fn webhook() -> Value {
    json!({
        "id": WEBHOOK,
        "url": "https://hooks.example.com/igaming",
        "eventTriggers": ["open-round", "close-round"],
        "signatureToken": "9f1e2d3c-4b5a-6789-0123-456789abcdef",
        "status": "active",
        "createdAt": "2025-01-02T10:00:00.000Z",
        "lastTriggered": null,
        "failureCount": 0,
        "successCount": 1,
    })
}

fn webhook_log(webhook: &str) -> Value {
    json!({
        "id": "log_001",
        "webhookId": webhook,
        "eventType": "open-round",
        "payload": { "sessionId": SESSION },
        "responseCode": 200,
        "responseBody": "OK",
        "success": true,
        "duration": 120,
        "timestamp": "2025-01-02T12:00:00.000Z",
        "retryCount": 0,
        "errorMessage": null,
    })
}
