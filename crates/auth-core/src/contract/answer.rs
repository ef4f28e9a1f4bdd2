//! The facts of a login's response: status, headers, members, lifetime, and the token's form.

use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::document::{Document, Element};
use super::fact::Fact;
use super::shape::{Comparison, Json, member_at};
use super::stated::{Lifetimes, Stated, difference, issued};
use crate::parse::jwt;
use crate::transport::login_response::LoginResponse;

/// The greatest accepted difference between a token's own date and the clocks, in seconds.
const MAX_TOKEN_SKEW: f64 = 300.0;

/// The facts of one successful response to a login.
#[derive(Debug)]
pub struct Answer {
    /// All facts, in the order of the document.
    pub facts: Vec<Fact>,
    /// The lifetime in seconds on which most parts of the response agree.
    pub lifetime: Option<f64>,
    /// The token, if it is where the document says.
    pub(super) token: Option<SecretString>,
}

impl Answer {
    /// Compares a response with the operation of the login. `here` is this machine's time of the response.
    #[must_use]
    pub fn compare(document: &Document, login: &Element<'_>, answer: &LoginResponse, here: SystemTime) -> Self {
        let status = answer.status();
        let Some(response) = login.response(status.as_u16()).filter(|_| status.is_success()) else {
            let facts = vec![Fact::otherwise("login.status", status.as_str()).at(&login.pointer)];
            return Self { facts, lifetime: None, token: None };
        };
        let mut facts = vec![Fact::documented("login.status", status.as_str()).at(&response.pointer)];
        let comparison = Comparison { document, fact: "login", response };
        facts.extend(comparison.headers(answer.headers()));
        let body = comparison.body(answer.headers(), answer.body());
        let is_readable = body.first().is_some_and(|first| !first.departs());
        let told = body.iter().filter(|fact| fact.departs()).filter_map(|fact| fact.name.strip_prefix("login.body"));
        let misfits: Vec<_> = told.map(|name| name.replace('.', "/")).collect();
        facts.extend(body);
        let body = Json::read(answer.body()).filter(|_| is_readable);
        let token = token(document, answer, body.as_deref());
        let mut lifetime = None;
        if let Some(token) = &token {
            let nothing = Value::Null;
            let body = body.as_deref().unwrap_or(&nothing);
            let (of_token, agreed) = of_token(document, token.expose_secret(), (body, &misfits), answer, here);
            facts.extend(of_token);
            lifetime = agreed;
        }
        Self { facts, lifetime, token }
    }
}

/// Returns the token from the place that the document states.
fn token(document: &Document, answer: &LoginResponse, body: Option<&Value>) -> Option<SecretString> {
    let place = &document.auth().value["token"];
    let token = if let Some(name) = place["header"].as_str() {
        answer.header(name)
    } else if let Some(name) = place["cookie"].as_str() {
        answer.cookie(name).map(|(token, _lifetime)| token)
    } else if place == "" {
        answer.text()
    } else {
        let (pointer, body) = (place.as_str()?, body?);
        member_at(body, pointer).and_then(Value::as_str).map(SecretString::from)
    };
    token.filter(|token| !token.expose_secret().is_empty())
}

fn of_token(
    document: &Document,
    token: &str,
    (body, misfits): (&Value, &[String]),
    answer: &LoginResponse,
    here: SystemTime,
) -> (Vec<Fact>, Option<f64>) {
    let (claims, server) = (jwt::claims(token).filter(Value::is_object), answer.date().map(SystemTime::from));
    let stated = Stated { body, misfits, claims: claims.as_ref(), server, here };
    let Lifetimes { mut facts, agreed } = stated.lifetimes(document);
    let scheme = document.scheme();
    if let Some(scheme) = scheme.as_ref().filter(|scheme| scheme.value["bearerFormat"] == "JWT") {
        let seen = if claims.is_some() { "a JWT" } else { "not a JWT" };
        if claims.is_none() {
            // The lifetime lacks the same claims.
            facts.retain(|fact| fact.name != "lifetime.claims");
        }
        facts.push(Fact::compared("token.format", claims.is_some(), seen).at(&scheme.pointer));
    }
    // RFC 6749 names the member of the scheme.
    if let Some(scheme) = scheme
        && let Some(kind) = body.get("token_type").and_then(Value::as_str)
        && let Some(expected) =
            scheme.value["scheme"].as_str().or((scheme.value["type"] == "oauth2").then_some("bearer"))
    {
        let is_same = kind.eq_ignore_ascii_case(expected);
        let seen = if is_same { expected.to_owned() } else { format!("another scheme than {expected}") };
        facts.push(Fact::compared("token.type", is_same, seen).at(&scheme.pointer));
    }
    if let Some(issued) = claims.as_ref().and_then(issued) {
        let skew = |clock: SystemTime| difference(issued, clock).abs();
        let nearest = server.into_iter().chain([here]).map(skew).fold(f64::INFINITY, f64::min);
        let is_now = nearest <= MAX_TOKEN_SKEW;
        let seen = if is_now { "now" } else { "neither by the provider's clock nor by this machine's" };
        // A provider may return an earlier token again.
        facts.push(Fact { is_excused: true, ..Fact::compared("token.issued", is_now, seen) });
    }
    (facts, agreed)
}
