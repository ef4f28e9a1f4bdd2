//! Providers, their accounts, tokens, lifetimes and limits.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Answer, Ask, Refusal, created, ok};
use crate::{
    account::Account,
    clock::{self, millis},
    limits::Limits,
    provider::Provider,
    reply::Reply,
    tokens::LiveToken,
};

pub(super) fn list(ask: &Ask<'_>) -> Reply {
    let all: Vec<_> = ask.shared.providers.iter().map(provider).collect();
    ok(&json!(all))
}

pub(super) fn one(ask: &Ask<'_>) -> Answer {
    Ok(ok(&provider(ask.provider()?)))
}

/// Shows a provider with the secrets that work now, and its counters.
fn provider(provider: &Provider) -> Value {
    let first = provider.running.accounts.first();
    let secrets = first.secrets();
    let mut shown = provider.credentials();
    shown["password"] = json!(secrets.password);
    if let Some(api_key) = secrets.api_key {
        shown["api_key"] = json!(api_key);
        shown["recovery_token"] = json!(first.recovery_token);
    }
    shown["name"] = json!(provider.name());
    shown["protected_method"] = json!(provider.protected_method().as_str());
    shown["protected_path"] = json!(provider.protected_path());
    shown["lifetime_seconds"] = json!(provider.lifetime().as_secs_f64());
    shown["logins"] = json!(provider.logins());
    shown["requests"] = json!(provider.requests());
    shown["verified_signatures"] = json!(provider.verified_signatures());
    shown["live_tokens"] = json!(provider.tokens().len());
    shown
}

pub(super) fn lifetime(ask: &Ask<'_>) -> Answer {
    Ok(ok(&json!({ "seconds": ask.provider()?.lifetime().as_secs_f64() })))
}

pub(super) fn set_lifetime(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let mut input = ask.body()?;
    let lifetime = input.seconds("seconds")?;
    input.end()?;
    provider.set_lifetime(lifetime);
    self::lifetime(ask)
}

pub(super) fn limits(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let (Limits { per_hour, per_minute }, (hour, minute)) = (provider.limits(), provider.running.used());
    Ok(ok(&json!({
        "per_hour": per_hour,
        "per_minute": per_minute,
        "used_this_hour": hour,
        "used_this_minute": minute,
    })))
}

pub(super) fn set_limits(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let mut input = ask.body()?;
    input.nullable("per_hour");
    input.nullable("per_minute");
    let per_hour = input.integer("per_hour", 0, u64::from(u32::MAX))?;
    let per_minute = input.integer("per_minute", 0, u64::from(u32::MAX))?;
    input.end()?;
    provider.set_limits(Limits { per_hour, per_minute });
    limits(ask)
}

pub(super) fn clear_limits(ask: &Ask<'_>) -> Answer {
    ask.provider()?.set_limits(Limits::NONE);
    Ok(Reply::empty())
}

pub(super) fn accounts(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let all: Vec<_> = provider.accounts().iter().map(|account| self::account(provider, account)).collect();
    Ok(ok(&json!(all)))
}

fn account(provider: &Provider, account: &Account) -> Value {
    let tokens = provider.tokens().iter().filter(|token| token.username == account.username()).count();
    json!({
        "username": account.username(),
        "secret": account.secret(),
        "logins": account.logins(),
        "live_tokens": tokens,
    })
}

pub(super) fn add_account(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let mut input = ask.body()?;
    let (username, secret) = (input.text("username")?, input.text("secret")?);
    input.end()?;
    let answer = if find(provider, &username).is_some() { ok } else { created };
    let added = provider.add_account(&username, &secret);
    Ok(answer(&account(provider, &added)))
}

pub(super) fn change_account(ask: &Ask<'_>) -> Answer {
    let (provider, changed) = named(ask)?;
    let mut input = ask.body()?;
    let secret = input.text("secret")?;
    input.end()?;
    changed.set_secret(&secret);
    Ok(ok(&account(provider, &changed)))
}

pub(super) fn revoke_of(ask: &Ask<'_>) -> Answer {
    named(ask)?.1.revoke();
    Ok(Reply::empty())
}

/// Returns the provider and the account that the path names.
fn named<'a>(ask: &'a Ask<'_>) -> Result<(&'a Provider, Account), Refusal> {
    let (provider, username) = (ask.provider()?, &ask.segments[1]);
    let message = || format!("no account is called `{username}`: POST it to accounts");
    let found = find(provider, username).ok_or_else(|| Refusal::new(404, &message()))?;
    Ok((provider, found))
}

fn find(provider: &Provider, username: &str) -> Option<Account> {
    provider.accounts().into_iter().find(|account| account.username() == username)
}

pub(super) fn tokens(ask: &Ask<'_>) -> Answer {
    let provider = ask.provider()?;
    let now = provider.running.now();
    let all: Vec<_> = provider.tokens().iter().map(|live| token(live, now)).collect();
    Ok(ok(&json!(all)))
}

fn token(token: &LiveToken, now: u64) -> Value {
    let expires = token.expires.map(since_1970);
    json!({
        "id": token.id,
        "username": token.username,
        "issued_at": clock::iso(since_1970(token.issued)),
        "expires_at": expires.map(clock::iso),
        "remaining_seconds": expires.map(|expires| expires.saturating_sub(now) / 1000),
    })
}

/// Returns the milliseconds since 1970.
pub(super) fn since_1970(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, millis)
}

pub(super) fn revoke_all(ask: &Ask<'_>) -> Answer {
    ask.provider()?.revoke_all();
    Ok(Reply::empty())
}

pub(super) fn revoke(ask: &Ask<'_>) -> Answer {
    if ask.provider()?.revoke(&ask.segments[1]) {
        return Ok(Reply::empty());
    }
    Err(Refusal::new(404, "no live token has this text or id: GET tokens lists the ids"))
}
