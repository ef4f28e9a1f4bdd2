//! Responses to logins that depart from the provider's document: one warning for each fact, account and day.

use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::http::{HeaderMap, StatusCode};
use auth_core::url::Url;
use auth_core::{Client, Contract, Expected, Http, Login, LoginResponse, Options, Result};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::account::{Session, hour, unavailable};

/// The secrets that a response contains.
const SECRETS: [&str; 3] = ["t0ken", "maria", "joana"];

type Change = fn(&mut Value);

static CONTRACT: Contract = Contract::new(
    r##"{
  "x-auth": {
    "token": "/token",
    "lifetime": [{ "seconds": "/expires_in", "x-source": "a" }, { "default": 3600, "x-source": "a" }]
  },
  "paths": { "/login": { "post": { "responses": { "200": {
    "headers": { "X-Limit": { "schema": { "type": "integer" } } },
    "content": { "application/json": {
      "schema": { "$ref": "#/components/schemas/Answer" },
      "examples": {
        "usual": { "value": { "token": "a", "expires_in": 1, "user": { "name": "a", "mail": null } } },
        "placeholder": { "value": { "token": "a", "expires_in": 0, "user": { "name": "a" } } }
      } } } } } } } },
  "components": {
    "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
    "schemas": { "Answer": { "type": "object", "required": ["token"], "properties": {
      "token": { "type": "string" },
      "token_type": { "type": "string" },
      "expires_in": { "type": "integer" },
      "level": { "type": "string", "x-assumption": "nobody knows" },
      "user": { "type": "object", "properties": {
        "name": { "type": "string" },
        "mail": { "type": ["string", "null"] } } } } } } }
}"##,
);

/// A document whose responses are put together of schemas, some of which refer to each other in a circle.
static COMBINED: Contract = Contract::new(
    r##"{
  "x-auth": { "token": "/token" },
  "paths": {
    "/parts": { "post": { "responses": { "2XX": { "content": { "application/json; charset=utf-8": { "schema": {
      "required": ["expires_in"],
      "allOf": [
        { "$ref": "#/components/schemas/Session" },
        { "properties": { "token": { "enum": ["t0ken", 7] }, "expires_in": { "type": "integer" } } }
      ] } } } } } } },
    "/choice": { "post": { "responses": { "default": { "content": { "*/*": { "schema": {
      "required": ["kind"],
      "oneOf": [
        { "$ref": "#/components/schemas/Session" },
        { "type": "object", "required": ["code", "data"],
          "properties": { "kind": { "const": "code" }, "code": { "type": "integer" },
            "data": { "anyOf": [{ "$ref": "#/components/schemas/User" }, { "type": "null" }] } } }
      ] } } } } } } },
    "/circle": { "post": { "responses": { "200": { "content": { "application/json": {
      "schema": { "$ref": "#/components/schemas/Circle" } } } } } } },
    "/plain": { "post": { "responses": { "200": { "content": { "text/plain": {} } } } } }
  },
  "components": { "schemas": {
    "User": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
    "Session": { "type": "object", "required": ["token"], "properties": {
      "token": { "type": "string" }, "kind": { "const": "session" },
      "user": { "allOf": [{ "$ref": "#/components/schemas/User" }, { "required": ["mail"] }] } } },
    "Circle": { "allOf": [{ "$ref": "#/components/schemas/Circle" }, { "$ref": "#/components/schemas/Itself" }],
      "required": ["token"],
      "properties": { "token": { "type": "string" },
        "next": { "oneOf": [{ "$ref": "#/components/schemas/Circle" }, { "$ref": "#/components/schemas/Other" }] } } },
    "Other": { "required": ["other"], "allOf": [{ "$ref": "#/components/schemas/Circle" }] },
    "Itself": { "$ref": "#/components/schemas/Itself" }
  } }
}"##,
);

/// The warnings, one line for each.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().name() == "auth.login_departs" {
            let mut fields = Fields(event.metadata().level().to_string());
            event.record(&mut fields);
            self.0.lock().unwrap().push(fields.0);
        }
    }
}

/// The HTTP client of one account, and the responses to its logins.
struct Account(Http);

impl Account {
    fn new(label: &str) -> Self {
        let base_url = Url::parse("https://login.test/").unwrap();
        Self(Http::new(&base_url, &Options::default().label(label)).unwrap())
    }

    /// Returns the warnings of one response, without its account and host.
    fn watch(&self, body: &Value) -> Vec<String> {
        self.watch_with(body, limit(), 200)
    }

    fn watch_with(&self, body: &Value, headers: HeaderMap, status: u16) -> Vec<String> {
        self.held_against(CONTRACT.login("login"), body, headers, status)
    }

    fn held_against(&self, expected: Expected<'_>, body: &Value, headers: HeaderMap, status: u16) -> Vec<String> {
        let warnings = Warnings::default();
        let answer = LoginResponse::new(StatusCode::from_u16(status).unwrap(), headers, body.to_string());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(warnings.clone()), || {
            self.0.watch(expected, &answer);
        });
        let lines = warnings.0.lock().unwrap().clone();
        let short = |line: &String| {
            assert!(line.starts_with("WARN ") && line.contains(" account=loja-"), "{line}");
            assert!(line.contains(" server.address=\"login.test\""), "{line}");
            assert!(!SECRETS.iter().any(|secret| line.contains(secret)), "{line}");
            let (_, rest) = line.split_once(" fact=").unwrap();
            rest.replace('"', "").replacen(" seen=", ": ", 1)
        };
        lines.iter().map(short).collect()
    }
}

/// Returns the header that the document states.
fn limit() -> HeaderMap {
    HeaderMap::from_iter([("x-limit".parse().unwrap(), "7".parse().unwrap())])
}

/// Returns a response as documented.
fn usual(token: u32) -> Value {
    json!({"token": format!("t0ken-{token}"), "expires_in": 3600, "user": {"name": "maria", "mail": "joana"}})
}

/// Returns a response with one change.
fn changed(token: u32, change: impl FnOnce(&mut Value)) -> Value {
    changed_from(&usual(token), change)
}

/// Returns a value with one change.
fn changed_from(value: &Value, change: impl FnOnce(&mut Value)) -> Value {
    let mut value = value.clone();
    change(&mut value);
    value
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name).unwrap();
}

#[tokio::test(start_paused = true)]
async fn each_departure_of_a_login_is_one_warning_that_names_its_fact() {
    let departures: [(&str, Change); 14] = [
        ("lifetime.default: 3600 s; the other parts say 600 s", |body| body["expires_in"] = json!(600)),
        ("lifetime.seconds: an integer that is not a lifetime", |body| body["expires_in"] = json!(-1)),
        ("lifetime.seconds: an integer that is not a lifetime", |body| body["expires_in"] = json!(3_600_000_000_u64)),
        ("login.body.expires_in: a text instead of integer", |body| body["expires_in"] = json!("3600")),
        ("login.body.expires_in: a text instead of integer", |body| body["expires_in"] = json!("1h")),
        ("login.body: none of its documented members; undocumented: `error` (a text)", |body| {
            *body = json!({"error": "maria"});
        }),
        ("login.body.expires_in: absent; undocumented: `expiresIn` (an integer)", |body| {
            remove(body, "expires_in");
            body["expiresIn"] = json!(3600);
        }),
        ("login.body.expires_in: absent; undocumented: `EXPIRES_IN` (an integer)", |body| {
            remove(body, "expires_in");
            body["EXPIRES_IN"] = json!(3600);
        }),
        ("login.body.expires_in: absent; undocumented: another name (an integer)", |body| {
            remove(body, "expires_in");
            body["joana"] = json!(3600);
        }),
        ("login.body.user: absent", |body| remove(body, "user")),
        ("login.body.user: a text instead of object", |body| body["user"] = json!("maria")),
        ("login.body.user.name: null instead of string", |body| body["user"]["name"] = json!(null)),
        ("token.type: another scheme than bearer", |body| body["token_type"] = json!("mac")),
        ("login.body: a list instead of object", |body| *body = json!([body])),
    ];
    for (expected, change) in departures {
        assert_eq!(Account::new("loja-1").watch(&changed(1, change)), [expected]);
    }
    let without_header = Account::new("loja-1").watch_with(&usual(1), HeaderMap::new(), 200);
    assert_eq!(without_header, ["login.header.x-limit: absent"]);
    assert_eq!(Account::new("loja-1").watch_with(&usual(1), HeaderMap::new(), 201), ["login.status: 201"]);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_the_document_allows_is_no_warning() {
    let allowed: [Change; 9] = [
        |_| {},
        |body| body["shop"] = json!({"name": "maria", "tokens": [1, "t0ken"]}),
        |body| body["user"]["mail"] = json!(null),
        |body| body["token_type"] = json!("Bearer"),
        |body| body["token_type"] = json!("bearer"),
        |body| body["expires_in"] = json!(0),
        |body| body["expires_in"] = json!(3598),
        |body| body["expires_in"] = json!(86_400),
        |body| body["level"] = json!("a"),
    ];
    for change in allowed {
        assert_eq!(Account::new("loja-1").watch(&changed(1, change)), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_departure_is_told_once_a_day_for_each_fact_and_account() {
    let (one, other) = (Account::new("loja-1"), Account::new("loja-2"));
    let short = |token| changed(token, |body| body["expires_in"] = json!(600));
    assert_eq!((one.watch(&short(1)).len(), one.watch(&short(2)).len()), (1, 0));
    assert_eq!(other.watch(&short(1)).len(), 1, "another account");
    assert_eq!(
        one.watch(&changed(3, |body| body["user"] = json!(7))),
        ["login.body.user: an integer instead of object"]
    );
    tokio::time::advance(Duration::from_secs(86_399)).await;
    assert_eq!(one.watch(&short(4)), [""; 0]);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(one.watch(&short(5)).len(), 1);
}

/// An account whose logins all depart from the document. The first one fails after it was watched.
#[derive(Debug)]
struct Departing {
    base_url: Url,
    logins: AtomicU32,
}

impl Login for Departing {
    type Credential = Session;

    fn base_url(&self) -> &Url {
        &self.base_url
    }

    async fn login(&self, http: &Http) -> Result<Session> {
        let number = self.logins.fetch_add(1, SeqCst) + 1;
        let body = changed(number, |body| body["expires_in"] = json!(600)).to_string();
        http.watch(CONTRACT.login("login"), &LoginResponse::new(StatusCode::OK, limit(), body));
        if number == 1 { unavailable() } else { hour(number.into()) }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_keeps_the_memory_of_its_logins_and_of_failed_ones() {
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(warnings.clone()));
    for clients in 1..=2 {
        let base_url = Url::parse("https://login.test/").unwrap();
        let client = Client::new(Departing { base_url, logins: AtomicU32::new(0) }).unwrap();
        for number in 2..=4 {
            let session = client.credential().await.unwrap();
            assert_eq!(session.number, number);
            client.forget(&session);
        }
        assert_eq!(warnings.0.lock().unwrap().len(), clients, "one for each client");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_that_is_shorter_than_that_of_an_earlier_login_is_told() {
    let account = Account::new("loja-1");
    let with = |token, seconds| changed(token, |body| body["expires_in"] = json!(seconds));
    assert_eq!(account.watch(&with(1, 86_400)), [""; 0]);
    assert_eq!(account.watch(&with(2, 84_000)), [""; 0], "3 percent");
    assert_eq!(account.watch(&with(2, 4_000)), [""; 0], "the rest of the same token");
    assert_eq!(account.watch(&with(3, 43_200)), ["lifetime: 43200 s; an earlier login had 86400 s"]);
    assert_eq!(account.watch(&with(4, 86_400)), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_optional_member_that_an_earlier_login_had_is_told_when_it_vanishes() {
    let account = Account::new("loja-1");
    let without = |token, name: &str| changed(token, |body| remove(body, name));
    let with_level = changed(1, |body| body["level"] = json!("a"));
    assert_eq!(account.watch(&usual(1)), [""; 0]);
    assert_eq!(account.watch(&with_level), [""; 0]);
    assert_eq!(account.watch(&usual(2)), ["login.body.level: absent, although an earlier login had it"]);
    let mail = changed(3, |body| remove(&mut body["user"], "mail"));
    assert_eq!(account.watch(&mail), ["login.body.user.mail: absent, although an earlier login had it"]);
    assert_eq!(account.watch(&without(4, "user")), ["login.body.user: absent"]);
}

#[tokio::test(start_paused = true)]
async fn a_requested_lifetime_is_not_compared_with_the_documents() {
    let short = changed(1, |body| body["expires_in"] = json!(600));
    for (requests, expected) in [(true, vec![]), (false, vec!["lifetime.default: 3600 s; the other parts say 600 s"])] {
        let login = CONTRACT.login("login").requesting_lifetime(requests);
        assert_eq!(Account::new("loja-1").held_against(login, &short, limit(), 200), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_a_security_scheme_stands_for_is_held_against_rfc_6749() {
    static OAUTH2: Contract =
        Contract::new(r#"{ "components": { "securitySchemes": { "a": { "type": "oauth2" } } } }"#);
    let usual = || json!({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600, "scope": "maria"});
    let changes: [(&[&str], Change); 5] = [
        (&[], |_| {}),
        (&[], |body| remove(body, "expires_in")),
        (&["login.body.expires_in: a text instead of integer"], |body| body["expires_in"] = json!("3600")),
        (&["login.body.token_type: absent; undocumented: another name (a text)"], |body| remove(body, "token_type")),
        (&["token.type: another scheme than bearer"], |body| body["token_type"] = json!("DPoP")),
    ];
    for (expected, change) in changes {
        let mut body = usual();
        change(&mut body);
        assert_eq!(
            Account::new("loja-1").held_against(OAUTH2.login("oauth/token"), &body, HeaderMap::new(), 200),
            expected
        );
    }
}

/// Checks the warnings of one response to a login at this path of `COMBINED`.
#[track_caller]
fn check(path: &'static str, body: &Value, expected: &[&str]) {
    let told = Account::new("loja-1").held_against(COMBINED.login(path), body, HeaderMap::new(), 200);
    assert_eq!(told, expected, "{path} {body}");
}

#[tokio::test(start_paused = true)]
async fn every_part_of_an_all_of_has_to_fit() {
    let usual = json!({"token": "t0ken", "expires_in": 1, "user": {"name": "maria", "mail": 1}});
    check("parts", &usual, &[]);
    let without = |name: &str| changed_from(&usual, |body| remove(body, name));
    check("parts", &without("token"), &["login.body.token: absent"]);
    check("parts", &without("expires_in"), &["login.body.expires_in: absent"]);
    let mut renamed = without("expires_in");
    renamed["expiresIn"] = json!(1);
    check("parts", &renamed, &["login.body.expires_in: absent; undocumented: `expiresIn` (an integer)"]);
    let with = |name: &str, value: Value| changed_from(&usual, |body| body[name] = value);
    check("parts", &with("token", json!(7)), &["login.body.token: an integer instead of string"]);
    check("parts", &with("token", json!("joana")), &["login.body.token: a value that the document does not list"]);
    check("parts", &with("expires_in", json!("1")), &["login.body.expires_in: a text instead of integer"]);
    check("parts", &with("user", json!({"mail": 1})), &["login.body.user.name: absent"]);
    check("parts", &with("user", json!({"name": "maria"})), &["login.body.user.mail: absent"]);
    check("parts", &with("user", json!({})), &["login.body.user: none of its documented members"]);
    check("parts", &with("user", json!(["joana"])), &["login.body.user: a list instead of object"]);
    check("parts", &json!("t0ken"), &["login.body: a text instead of object"]);
}

#[tokio::test(start_paused = true)]
async fn one_entry_of_a_one_of_or_an_any_of_has_to_fit() {
    let (session, code) =
        (json!({"kind": "session", "token": "t0ken"}), json!({"kind": "code", "code": 1, "data": null}));
    check("choice", &session, &[]);
    check("choice", &code, &[]);
    let with = |name: &str, value: Value| changed_from(&code, |body| body[name] = value);
    check("choice", &with("data", json!({"name": "maria"})), &[]);
    check("choice", &with("data", json!({})), &["login.body.data.name: absent"]);
    check("choice", &with("code", json!("maria")), &["login.body.code: a text instead of integer"]);
    check("choice", &changed_from(&session, |body| remove(body, "kind")), &["login.body.kind: absent"]);
    check("choice", &changed_from(&session, |body| remove(body, "token")), &["login.body.token: absent"]);
    check("choice", &json!(7), &["login.body: an integer instead of object"]);
}

#[tokio::test(start_paused = true)]
async fn schemas_that_refer_to_each_other_in_a_circle_end() {
    check("circle", &json!({"token": "t0ken"}), &[]);
    check("circle", &json!({"tokens": "t0ken"}), &["login.body.token: absent; undocumented: another name (a text)"]);
    let deep = (0..100).fold(json!({}), |body, _| json!({"token": 1, "next": body}));
    let told = ["next.next.next.next.next.", "next.next.next.next.", "next.next.next.", "next.next.", "next.", ""];
    let told = told.map(|place| format!("login.body.{place}token: an integer instead of string"));
    check("circle", &deep, &told.each_ref().map(String::as_str));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_the_document_does_not_describe_as_json_is_not_compared() {
    check("plain", &json!("t0ken"), &[]);
}

#[tokio::test(start_paused = true)]
async fn a_document_without_this_login_is_ignored() {
    static NOT_JSON: Contract = Contract::new("no JSON");
    let http = Account::new("loja-1").0;
    for expected in [NOT_JSON.login("login"), CONTRACT.login("other")] {
        http.watch(expected, &LoginResponse::new(StatusCode::OK, HeaderMap::new(), "{}"));
    }
}
