//! The facts of a login's answer: status, headers, members, lifetime, claims and clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use auth_core::LoginResponse;
use auth_core::http::HeaderMap;
use serde_json::Value;

use super::document::{Document, Operation};
use super::finding::Finding;
use super::lifetime::{Stated, claims, difference};
use super::shape::{self, Comparison};

/// The greatest accepted difference between two clocks, in seconds.
const MAX_SKEW: f64 = 60.0;
/// The greatest accepted difference between a token's own date and the clocks, in seconds.
const MAX_TOKEN_SKEW: f64 = 300.0;

/// The answers of the logins that the client sent.
#[derive(Clone, Default)]
pub(super) struct Logins(Arc<Mutex<Vec<Seen>>>);

/// One answer as it arrived.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    server: Option<SystemTime>,
    here: SystemTime,
}

impl Logins {
    pub(super) fn record(&self, answer: &LoginResponse) {
        let seen = Seen {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.body().to_vec(),
            server: answer.date().map(SystemTime::from),
            here: now(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Seen {
    /// Returns true if the answer is a refusal, as the document describes one.
    pub(super) fn is_refusal(&self, document: &Document, login: &Operation<'_>) -> bool {
        if !(200..300).contains(&self.status) {
            let kind = login.response(self.status).map(|response| response.value["x-error-kind"].clone());
            return kind.is_some_and(|kind| kind == "LoginRefused");
        }
        let Some(body) = shape::json(&self.body) else { return false };
        let marks = document.auth().value["refused"].as_array().cloned().unwrap_or_default();
        marks.iter().any(|mark| {
            let Some(value) = body.pointer(mark["at"].as_str().unwrap_or_default()) else { return false };
            match mark.get("is") {
                Some(is) => value == is,
                None => value
                    .as_str()
                    .is_some_and(|text| !text.eq_ignore_ascii_case(mark["is_not"].as_str().unwrap_or_default())),
            }
        })
    }

    /// Compares the answer with the document.
    pub(super) fn findings(&self, document: &Document, login: &Operation<'_>) -> Vec<Finding> {
        let (seen, response) = (self.status.to_string(), login.response(self.status));
        let Some(response) = response.filter(|_| (200..300).contains(&self.status)) else {
            return vec![Finding::otherwise("login.status", seen).at(&login.element.pointer), self.date(document)];
        };
        let mut findings = vec![Finding::documented("login.status", seen).at(&response.pointer)];
        let comparison = Comparison { document, fact: "login", response };
        findings.extend(comparison.headers(&self.headers));
        let body = comparison.body(&self.headers, &self.body);
        let is_object = body.first().is_some_and(|first| !first.departs());
        findings.extend(body);
        findings.push(self.date(document));
        findings.push(self.clock());
        if let Some(body) = shape::json(&self.body).filter(|_| is_object) {
            findings.extend(self.token(document, &body));
        }
        findings
    }

    fn token(&self, document: &Document, body: &Value) -> Vec<Finding> {
        let pointer = document.auth().value["token"].as_str().unwrap_or_default();
        let token = body.pointer(pointer).or_else(|| alias(body, pointer)).and_then(Value::as_str);
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Vec::new() };
        let stated = Stated { body, token: Some(token), server: self.server, here: self.here };
        let mut findings = stated.findings(document);
        let claims = claims(token);
        if let Some(scheme) = document.scheme().filter(|scheme| scheme.value["bearerFormat"] == "JWT") {
            let seen = if claims.is_some() { "a JWT" } else { "not a JWT" };
            // Without claims, `lifetime.claims` reports it already.
            if claims.is_some() || !findings.iter().any(|finding| finding.fact == "lifetime.claims") {
                findings.push(Finding::compared("token.format", claims.is_some(), seen).at(&scheme.pointer));
            }
        }
        let issued = claims.as_ref().and_then(|claims| claims.get("iat")?.as_f64());
        let issued = issued.and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok());
        if let Some(issued) = issued.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)) {
            let skew = |clock: SystemTime| difference(issued, clock).abs();
            let nearest = self.server.into_iter().chain([self.here]).map(skew).fold(f64::INFINITY, f64::min);
            let is_now = nearest <= MAX_TOKEN_SKEW;
            let seen = if is_now { "now" } else { "neither by the provider's clock nor by this machine's" };
            findings.push(Finding::compared("token.issued", is_now, seen));
        }
        findings
    }

    fn date(&self, document: &Document) -> Finding {
        let seen = if self.server.is_some() { "present" } else { "absent" };
        let finding = Finding::compared("login.date", self.server.is_some(), seen);
        let by_server = document.auth().get("lifetime").into_iter().flat_map(|entries| entries.members());
        let by_server = by_server.map(|(_, entry)| entry).find(|entry| entry.value["by"] == "server");
        match by_server {
            Some(entry) => finding.at(&entry.pointer),
            None => finding,
        }
    }

    fn clock(&self) -> Finding {
        let Some(server) = self.server else {
            return Finding::not_tried("setup.clock", "the answer has no `Date` to compare with").of_setup();
        };
        let skew = difference(self.here, server);
        if skew.abs() <= MAX_SKEW {
            return Finding::documented("setup.clock", "within a minute of the provider's").of_setup();
        }
        let side = if skew > 0.0 { "ahead of" } else { "behind" };
        let seen = format!("this machine is {:.0} s {side} the provider", skew.abs());
        let remedy = "set this machine's clock (timedatectl set-ntp true); if it is right, tell the provider";
        Finding::otherwise("setup.clock", seen).remedy(remedy).of_setup()
    }
}

/// Returns the member of the token under its name with a capital letter, as Sopague may write it.
fn alias<'v>(body: &'v Value, pointer: &str) -> Option<&'v Value> {
    let name = pointer.strip_prefix('/')?;
    body.as_object()?.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[expect(clippy::disallowed_methods, reason = "the doctor compares this machine's real clock with the provider's")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
