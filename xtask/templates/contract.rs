// Written by `cargo xtask codegen` from crates/{{ package }}/openapi.json: change that, and run it again.
{# The demands on a request that carries the token. #}
{% macro carries(value) %}{% if query_parameter %}.match_query(Matcher::UrlEncoded({{ literal(query_parameter) }}.into(), {{ value }}.into())){% else %}.match_header("{{ carrier.header }}", {{ value }}){% endif %}{% for key in keys %}.match_header("{{ key.carrier.header }}", {{ literal(key.carrier.before ~ (key.example | trim('"'))) }}){% endfor %}{% endmacro %}
{# Another value than the one of the examples' account. #}
{% macro changed(field) %}{{ "changed"[:field.maxLength or 7] if not is_literal(field) else "90210" if field.kind == "Integer" else "true" if "false" in field.example else "false" }}{% endmacro %}
{# The demands on a login or a refresh, as the examples' account sends it. #}
{% macro demands(it) %}{% if "authorization" not in it.headers | map("first") %}.match_header("authorization", {% if it.basic %}"Basic {{ sent_basic(it.basic) }}"{% else %}Matcher::Missing{% endif %}){% endif %}
{%- for header in it.headers if header[1].required or header[1].constant is not none %}.match_header("{{ header[0] }}", {{ header[1].example }}){% endfor %}
{%- if it.query %}.match_query(pairs(&[{{ sent_pairs(it.query) }}])){% endif %}
{%- if own_media(it.media) %}.match_header("content-type", {{ literal(it.media) }}){% endif %}
{%- if it.body and "json" in it.media %}.match_body(Matcher::JsonString({{ literal(sent_json(it.body)) }}.to_owned())){% elif it.body %}.match_body(pairs(&[{{ sent_pairs(it.body) }}])){% endif %}{% endmacro %}
{# The secret of an account that a login sends as it is. #}
{% set rotated = secret_fields | selectattr("required") | rejectattr("carrier") | first %}
{% set rotates = rotated and login and login.body and not login.basic %}
{% set has_pairs = (login and (login.query or (login.body and "json" not in login.media))) or (refresh and (refresh.query or (refresh.body and "json" not in refresh.media))) %}
//! Tests of each example of the contract against a mock server: its result, and that no secret is shown.
{% if types | length > 3 or types | flatten("members") | length > 80 or methods | length > 80 %}
#![allow(clippy::similar_names, clippy::too_many_lines, reason = "a test has a line for each type, field and method")]
{% endif %}
{% if types | length > 20 %}
#![recursion_limit = "{{ 128 + 8 * (types | length) }}"]
{% endif %}

{% if login %}
{% if rotates %}
use std::future::ready;
{% endif %}
use std::sync::Arc;
{% if rotates %}
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
{% endif %}

{% endif %}
use {{ module }}::auth_core::http::Method;
use {{ module }}::auth_core::serde_json::{self, Value};
{% if login %}
use {{ module }}::auth_core::{self, Authorize, Credential, ErrorKind, Expiry, Login, Result, {{ "Secret, " if rotates }}reqwest};
{% else %}
use {{ module }}::auth_core::{ErrorKind, Result};
{% endif %}
{% if place.apis %}
use {{ module }}::{Api, Client};
{% else %}
use {{ module }}::Client;
{% endif %}
{% if login %}
#[cfg(feature = "store")]
use {{ module }}::{
    Builder, Session,
    auth_core::http::HeaderMap,
    auth_core::secrecy::ExposeSecret,
    auth_core::store::{FileStore, KeyRing, Persist, SharedStore},
};
{% endif %}
use mockito::{Matcher, Mock, Server, ServerGuard};

/// An example with its name, its request and its answer.
struct Case {
    name: &'static str,
{% if place.apis %}
    api: Api,
{% endif %}
{% if methods %}
    operation: &'static str,
{% endif %}
    verb: &'static str,
    path: &'static str,
    /// The body of the request, if it has one.
    sent: Option<&'static str>,
    status: usize,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// The `Authorization` header after a successful login, or the kind of the error.
    outcome: std::result::Result<&'static str, ErrorKind>,
}

const SECRETS: [&str; {{ secret_fields | length }}] = [{{ secret_fields | map(attribute="example") | join(", ") }}];

{# The examples of an endpoint. #}
{% macro examples(endpoint) %}
{% for case in endpoint.cases %}
    {{ remark(case.note, 4) }}Case {
        name: {{ literal(endpoint.id ~ ", " ~ case.status ~ ", " ~ case.example) }},
{% if place.apis %}
        api: Api::{{ endpoint.api }},
{% endif %}
{% if methods %}
        operation: "{{ endpoint.id }}",
{% endif %}
        verb: "{{ endpoint.verb }}",
        path: {{ literal(endpoint.filled) }},
        sent: {% if endpoint.sent is none or case.example == "made" %}None{% else %}Some({{ literal(endpoint.sent) }}){% endif %},
        status: {{ case.status }},
        headers: &[{% for header in case.headers %}({{ literal(header[0]) }}, {{ literal(header[1]) }}), {% endfor %}],
        body: {{ literal(case.body) }},
        outcome: {% if case.kind %}Err(ErrorKind::{{ case.kind }}){% elif endpoint.is_login %}Ok({{ literal(carrier.before ~ case.token) }}){% else %}Ok(""){% endif %},
    },
{% endfor %}
{% endmacro %}
{% set logins = endpoints | selectattr("is_login") | list %}
{% set logged_in = logins | flatten("cases") | rejectattr("kind") | first %}
{% set others = endpoints | rejectattr("is_login") | list %}
{# A token that may be a word of any text. #}
{% set short %}{% for case in logins | flatten("cases") if case.token and case.token | length < 8 %}yes{% endfor %}{% endset %}
{% if login %}
const LOGINS: [Case; {{ logins | flatten("cases") | length }}] = [
{% for endpoint in logins %}{{ examples(endpoint) }}{% endfor %}
];

{% endif %}
static REQUESTS: [Case; {{ others | flatten("cases") | length }}] = [
{% for endpoint in others %}{{ examples(endpoint) }}{% endfor %}
];

{% if has_pairs %}
/// Matches the pairs of a form or a query.
fn pairs(pairs: &[(&str, &str)]) -> Matcher {
    Matcher::AllOf(pairs.iter().map(|(name, value)| Matcher::UrlEncoded((*name).into(), (*value).into())).collect())
}

{% endif %}
fn mock(server: &mut ServerGuard, case: &Case) -> Mock {
    let mock = server.mock(case.verb, case.path).with_status(case.status);
    let mock = case.headers.iter().fold(mock, |mock, (name, value)| mock.with_header(*name, value));
    mock.with_body(case.body){% if query_parameter or login.query or refresh.query or methods | selectattr("pages") | list or "query" in methods | flatten("arguments") | map(attribute="place") | list %}.match_query(Matcher::Any){% endif %}

}

fn client(server: &ServerGuard{% if place.apis %}, case: &Case{% endif %}) -> Client {
    let builder = Client::builder(){{ setup }}{% if place.apis %}.api(case.api){% endif %}.base_url(server.url()){{ ".login_base_url(server.url())" if place.logins }};
    builder.options(|options| options.login_attempts(1)).build().expect("it is whole")
}

async fn request(client: &Client, case: &Case) -> Result<()> {
{% if methods %}
    match case.operation {
{% for endpoint in endpoints if endpoint.method %}
{% set method = endpoint.method %}
        "{{ endpoint.id }}" => {{ call(method) }}{{ ".next().await.map_or(Ok(()), |item| item.map(drop))" if method.pages else ".await.map(drop)" if method.returns or method.is_other else ".await" }},
{% endfor %}
        _ => other(client, case).await,
    }
{% else %}
    other(client, case).await
{% endif %}
}

async fn other(client: &Client, case: &Case) -> Result<()> {
    let method = Method::from_bytes(case.verb.as_bytes()).expect("it is one");
    let request = client.request(method, case.path.trim_start_matches('/'));
    let request = match case.sent {
        Some(sent) => request.json(&serde_json::from_str::<Value>(sent).expect("it is JSON")),
        None => request,
    };
{% set texts %}{% for endpoint in others if not endpoint.method %}{% for case in endpoint.cases if not case.kind and "json" not in case.headers[0][1] %}{{ case.example }}{% endfor %}{% endfor %}{% endset %}
{% if texts %}
    if case.headers.iter().all(|(_, value)| !value.contains("json")) {
        return request.error_for_status().await.map(drop);
    }
{% endif %}
    request.fetch::<Value>().await.map(drop)
}

{% if types %}
#[test]
fn a_field_that_is_missing_from_an_answer_is_none() {
{% for type in types %}
    let {{ type.name | snake }}: {{ module }}::{{ type.name }} = serde_json::from_str("{}").expect("it is an object");
{% for member in type.members %}
    assert_eq!({{ type.name | snake }}.{{ member.rust }}, {{ "serde_json::Value::Null" if member.held == "Value" else "None" }});
{% endfor %}
{% endfor %}
}

{% endif %}
{% if login %}
#[tokio::test]
async fn one_login_of_the_account_serves_every_request_until_its_token_is_refused() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let header = case.outcome.unwrap_or_default();
    let login = mock(&mut server, case){{ demands(login) }};
    let login = login.expect(2).create_async().await;
    let good = server.mock("GET", "/good"){{ carries("header") }}.expect(2).create_async().await;
    let refused = server.mock("GET", "/refused"){{ carries("header") }}.with_status(401);
    let refused = refused.expect(2).create_async().await;
    let client = client(&server{% if place.apis %}, case{% endif %});
    for _ in 0..2 {
        client.get("good").error_for_status().await.expect("it is answered with 200");
    }
    assert_eq!(client.stats().logins, 1);
    assert_eq!(client.get("refused").send().await.expect("the second 401 is an answer").status(), 401);
    for mock in [login, good, refused] {
        mock.assert_async().await;
    }
}

{% if place.logins %}
#[tokio::test]
async fn the_secrets_go_to_the_host_of_the_login_and_the_token_to_the_api() {
    let (mut api, mut auth) = (Server::new_async().await, Server::new_async().await);
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let header = case.outcome.unwrap_or_default();
    let login = mock(&mut auth, case){{ demands(login) }}.expect(1).create_async().await;
    let elsewhere = mock(&mut api, case).expect(0).create_async().await;
    let good = api.mock("GET", "/good"){{ carries("header") }}.expect(1).create_async().await;
    let builder = Client::builder(){{ bare }}.base_url(api.url());
{% if place.servers[0].url %}
    let error = builder.clone().build().expect_err("the provider's own login would get the secrets of a test");
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
{% endif %}
    let client = builder.login_base_url(auth.url()).build().expect("it is whole");
    client.get("good").error_for_status().await.expect("it is answered with 200");
    for mock in [login, elsewhere, good] {
        mock.assert_async().await;
    }
}

{% endif %}
{% if not session_by_hand %}
#[tokio::test]
async fn a_refused_login_is_an_error_for_all_callers_and_is_not_repeated() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let refused = mock(&mut server, case).with_status(401).with_body("{}").expect(1).create_async().await;
    let client = client(&server{% if place.apis %}, case{% endif %});
    for _ in 0..2 {
        let error = client.headers().await.expect_err("the secrets are wrong");
        assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    }
    refused.assert_async().await;
}

{% endif %}
{% if logged_in and not session_by_hand %}
{# The answer without its tokens and lifetimes. #}
{% set tokenless = logged_in.body | without(places) %}
{# The time of each answer is 2026-02-17T10:25:20Z, in seconds since 1970 1771323920. #}
{% set dates = ["2026-02-17T10:25:20Z", "2026-02-17T10:25:21Z"] %}
{# The lifetime of a token that is a second old. #}
{% set earlier = "2026-02-17T10:25:19Z" %}
{# A second of a time that is over by the answer's, which says nothing of it. #}
{% set over = ["2024-07-08T10:25:20Z", "2024-07-08T10:25:21Z"] %}
{% set jwts = ["e30.eyJpYXQiOjEwMDAsImV4cCI6MTAwMX0.x", "e30.eyJleHAiOjE3NzEzMjM5MjEsImlhdCI6MTc3MTMyMzkxOX0.cw"] %}
{% set token_header = "set-cookie" if token.outside == "cookie" else token.field | lower %}
{% macro form(part, seconds, body, text="t0k3n", attribute="") %}
{% set body = body | put(token.places[0], text) if token.places else body %}
    Lifetime {
        says: {{ literal("the cookie" ~ attribute if attribute else words(part)) }},
        headers: &[
{% for name, value in logged_in.headers if name not in ["date", "age", token_header] %}
            ({{ literal(name) }}, {{ literal(value) }}),
{% endfor %}
{# An entry before one by the clock may compare the same time with the answer's `Date`: the server sets its own. #}
{% if not part.by or part.by != "clock" %}
            ("date", "Tue, 17 Feb 2026 10:25:20 GMT"),
{% endif %}
{% if token.outside %}
            ({{ literal(token_header) }}, {{ literal((token.field ~ "=" if token.outside == "cookie" else "") ~ text ~ attribute) }}),
{% endif %}
        ],
        body: {{ literal(logged_in.body if body == "null" else body) }},
        seconds: {{ "None" if seconds is none else "Some(" ~ grouped(seconds) ~ ")" }},
    },
{% endmacro %}
{% set by_clock = lifetime.parts | selectattr("by") | selectattr("by", "eq", "clock") | list %}
{% set doubled = (lifetime.parts | selectattr("difference") | list) + (lifetime.parts | selectattr("jwt") | list) %}
/// An answer to a login, and the lifetime of its token in seconds, or `None` if it never expires.
struct Lifetime {
    says: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    seconds: Option<u64>,
}

const LIFETIMES: [Lifetime; {{ lifetime.parts | length + nevers | length + doubled | length + (2 if lifetime.cookie else 0) }}] = [
{% for part in lifetime.parts %}
{% if part.seconds %}
{{ form(part, 1, tokenless | put(part.seconds, 2) | put(part.since, earlier) if part.since else tokenless | put(part.seconds, 1)) }}
{% if part.never is defined %}{{ form(part, none, tokenless | put(part.seconds, part.never)) }}{% endif %}
{% elif part.minutes %}
{{ form(part, 60, tokenless | put(part.minutes, "1")) }}
{% elif part.difference %}
{% for start, end in [over, [earlier, dates[1]]] %}{{ form(part, 1, tokenless | put(part.difference[0], start) | put(part.difference[1], end)) }}{% endfor %}
{% elif part.until %}
{% set unix = (lifetime.fields | selectattr("pointer", "eq", part.until) | first).unix %}
{% set by_server = 1771323921000 if unix == "unix_millis" else 1771323921 if unix else dates[1] %}
{% set in_an_hour = "@millis" if unix == "unix_millis" else "@seconds" if unix else "@date" %}
{{ form(part, 3600 if part.by == "clock" else 1, tokenless | put(part.until, in_an_hour if part.by == "clock" else by_server)) }}
{% elif part.jwt %}
{% for jwt in jwts %}{{ form(part, 1, tokenless, jwt) }}{% endfor %}
{% else %}
{% for attribute in ["; Max-Age=1", "; Expires=Tue, 17 Feb 2026 10:25:21 GMT"] if lifetime.cookie %}{{ form(part, 1, tokenless, "t0k3n", attribute) }}{% endfor %}
{{ form(part, part.default, tokenless) }}
{% endif %}
{% endfor %}
];

{% if by_clock %}
/// Writes the time in an hour in place of its marks.
#[expect(clippy::disallowed_methods, reason = "the contract states a time by the local clock")]
fn in_an_hour(body: &str) -> String {
    let end = auth_core::time::OffsetDateTime::from(std::time::SystemTime::now()) + std::time::Duration::from_secs(3600);
    let date = format!("{}T{:02}:{:02}:{:02}Z", end.date(), end.hour(), end.minute(), end.second());
    let (seconds, millis) = (end.unix_timestamp().to_string(), (end.unix_timestamp() * 1000).to_string());
    body.replace("@date", &date).replace("\"@seconds\"", &seconds).replace("\"@millis\"", &millis)
}

{% endif %}
#[tokio::test]
async fn each_form_of_a_lifetime_is_read_and_an_expired_token_replaced_by_a_login() {
    // At once, because some wait for an expiry.
    let mut forms = tokio::task::JoinSet::new();
    for it in LIFETIMES {
        forms.spawn(async move {
            let mut server = Server::new_async().await;
            let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
            let logins = if it.seconds == Some(1) { 2 } else { 1 };
            let login = mock(&mut server, &Case { headers: it.headers, body: it.body, ..*case });
            let login = login{{ ".with_body(in_an_hour(it.body))" if by_clock }}.expect(logins).create_async().await;
            let client = client(&server{% if place.apis %}, case{% endif %});
            let lives = client.credential().await.expect("it is a login").lifetime().map(|lifetime| lifetime.as_secs());
{% if by_clock %}
            let lives = lives.map(|lives| if it.body.contains('@') && lives.abs_diff(3600) < 60 { 3600 } else { lives });
{% endif %}
            assert_eq!(lives, it.seconds, "{}", it.says);
            if logins == 2 {
                // A token that lives a second is used for half of it.
                tokio::time::sleep(std::time::Duration::from_millis(600)).await;
                client.headers().await.expect("it is another login");
            }
            login.assert_async().await;
        });
    }
    forms.join_all().await;
}

#[tokio::test]
async fn an_answer_to_a_login_without_a_token_is_an_error() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let tokenless = Case { {{ "headers: &[], " if token.outside }}body: {{ literal(logged_in.body if logged_in.body == "null" else tokenless) }}, ..*case };
    mock(&mut server, &tokenless).create_async().await;
    let error = client(&server{% if place.apis %}, case{% endif %}).headers().await.expect_err("it has no token");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

{% endif %}
{% if rotates %}
#[tokio::test]
async fn a_secret_that_has_changed_is_sent_with_the_next_login() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let old = mock(&mut server, case){{ demands(login) }}.expect(1).create_async().await;
    let new = mock(&mut server, case){{ demands(login) | replace(rotated.example | trim('"'), changed(rotated)) if is_literal(rotated) else demands(login) | replace(rotated.example, '"' ~ changed(rotated) ~ '"') }}.expect(1).create_async().await;
    let readings = AtomicU32::new(0);
    let is_first = move || readings.fetch_add(1, Relaxed) == 0;
    let secret = Secret::from_fn(move || ready(Result::<&str>::Ok(if is_first() { {{ rotated.example }} } else { "{{ changed(rotated) }}" })));
    let builder = Client::builder(){{ setup }}.{{ rotated.rust }}(secret){% if place.apis %}.api(case.api){% endif %}.base_url(server.url()){{ ".login_base_url(server.url())" if place.logins }};
    let client = builder.build().expect("it is whole");
    for _ in 0..2 {
        let session = client.credential().await.expect("it is a login");
        client.forget(&session);
    }
    for mock in [old, new] {
        mock.assert_async().await;
    }
}

{% endif %}
{% if auth.refresh and logged_in %}
/// An answer with a refresh token.
const REFRESHING: &str = {{ literal(logged_in.body | put(auth.refresh.token, "r3fr3sh")) }};

#[tokio::test]
async fn a_refresh_token_replaces_a_refused_token_without_another_login() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let login = mock(&mut server, case).with_body(REFRESHING){{ demands(login) }}.expect(1).create_async().await;
    let refresh = server.mock("{{ refresh.verb | upper }}", "/{{ refresh.path }}"){{ demands(refresh) }};
    let refresh = refresh.with_header("content-type", "application/json"){% if token.outside %}.with_header({{ literal(token_header) }}, {{ literal((token.field ~ "=" if token.outside == "cookie" else "") ~ "r3n3w3d") }}){% endif %}.with_body(REFRESHING).expect(1);
    let refresh = refresh.create_async().await;
    let refused = server.mock("GET", "/refused"){{ ".match_query(Matcher::Any)" if query_parameter }}.with_status(401).expect(2).create_async().await;
    let client = client(&server{% if place.apis %}, case{% endif %});
    assert_eq!(client.get("refused").send().await.expect("the second 401 is an answer").status(), 401);
    for mock in [login, refresh, refused] {
        mock.assert_async().await;
    }
}

#[tokio::test]
async fn a_refused_refresh_token_is_followed_by_one_login() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let login = mock(&mut server, case).with_body(REFRESHING){{ demands(login) }}.expect(2).create_async().await;
    let refresh = server.mock("{{ refresh.verb | upper }}", "/{{ refresh.path }}"){{ demands(refresh) }};
    let refresh = refresh.with_status(400).with_body(r#"{"error": "invalid_grant"}"#).expect(1).create_async().await;
    let refused = server.mock("GET", "/refused"){{ ".match_query(Matcher::Any)" if query_parameter }}.with_status(401).expect(2).create_async().await;
    let client = client(&server{% if place.apis %}, case{% endif %});
    assert_eq!(client.get("refused").send().await.expect("the second 401 is an answer").status(), 401);
    for mock in [login, refresh, refused] {
        mock.assert_async().await;
    }
}

{% endif %}
/// Code for several providers needs no adapter.
#[tokio::test]
async fn code_for_any_provider_gets_the_token_and_its_lifetime() {
    async fn seen<L: Login>(client: auth_core::Client<L>) -> (Option<String>, bool) {
        let session = client.credential().await.expect("it is a login");
        (session.token().map(|token| token.expose_secret().to_owned()), session.expiry() == Expiry::Never)
    }
    for case in LOGINS.iter().filter(|case| case.outcome.is_ok()) {
        let mut server = Server::new_async().await;
        mock(&mut server, case).create_async().await;
        let header = case.outcome.unwrap_or_default();
        let good = server.mock("GET", "/good"){{ carries("header") }}.expect(1).create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let session = client.credential().await.expect("it is a login");
        let own = (Some(session.token().expose_secret().to_owned()), session.lifetime().is_none());
        let any: Arc<dyn Authorize> = Arc::new(client.clone());
        let headers = client.headers().await.expect("a credential");
        assert_eq!(any.headers().await.expect("a credential"), headers, "{}", case.name);
        any.send(reqwest::Client::new().get(server.url() + "/good")).await.expect("it is answered");
        good.assert_async().await;
        assert_eq!(seen(client.into()).await, own, "{}", case.name);
    }
}

#[tokio::test]
async fn each_answer_to_a_login_is_a_credential_or_the_error_that_the_contract_states() {
    for case in &LOGINS {
        let mut server = Server::new_async().await;
        let login = mock(&mut server, case).expect(1).create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let headers = client.headers().await;
        login.assert_async().await;
        let shown = format!("{client:?} {headers:?} {:?}", client.cached());
        match (case.outcome, headers) {
            (Ok(header), Ok(headers)) => {
{% if query_parameter %}
                assert_eq!(headers.len(), {{ keys | length }}, "{}: the token is sent in the query", case.name);
{% else %}
                assert_eq!(headers["{{ carrier.header }}"], header, "{}", case.name);
{% endif %}
                assert!({{ "header.len() < " ~ (16 + carrier.before | length) ~ " || " if short }}!shown.contains(header{% if carrier.before %}.trim_start_matches({{ literal(carrier.before) }}){% endif %}), "{}: {shown}", case.name);
            }
            (Err(kind), Err(error)) => assert_eq!(error.kind(), kind, "{}: {error}", case.name),
            (outcome, headers) => panic!("{}: {headers:?} instead of {outcome:?}", case.name),
        }
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", case.name);
    }
}

#[cfg(feature = "store")]
#[tokio::test]
async fn a_session_that_another_process_restores_is_the_same() {
    for case in LOGINS.iter().filter(|case| case.outcome.is_ok()) {
        let mut server = Server::new_async().await;
        mock(&mut server, case).create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let made = client.credential().await.expect("it is a login");
        let saved = made.save().expect("it can be saved");
        let restored = Session::restore(saved.expose_secret()).expect("it can be restored");
        let mut headers = HeaderMap::new();
        restored.authorize(&mut headers);
{% if query_parameter %}
        assert_eq!(restored.token().expose_secret(), case.outcome.unwrap_or_default(), "{}", case.name);
{% else %}
        assert_eq!(headers["{{ carrier.header }}"], case.outcome.unwrap_or_default(), "{}", case.name);
{% endif %}
        assert_eq!(format!("{restored:?}"), format!("{:?}", *made), "{}", case.name);
    }
}

#[cfg(feature = "store")]
#[tokio::test]
async fn a_second_process_adopts_the_login_of_its_account_and_of_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::new_async().await;
{% if place.apis %}
    for case in LOGINS.iter().filter(|login| login.outcome.is_ok()) {
        mock(&mut server, case).create_async().await;
    }
{% else %}
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    mock(&mut server, case).create_async().await;
{% endif %}
    let builder = || Client::builder(){{ setup }}.base_url(server.url()){{ ".login_base_url(server.url())" if place.logins }};
    let process = async |builder: Builder| {
        let keys = KeyRing::new("9Qb1qY1vQ0cJm0iYyqk3o1Tq0q3rW2m4v8oXkqk1c2E=").expect("32 bytes");
        let store = SharedStore::new(FileStore::at(folder.path()).expect("an absolute path"), keys);
        let client = builder.shared_store(store).build().expect("it is whole");
        client.headers().await.expect("a credential");
        (client.stats().logins, client.stats().adopted)
    };
    assert_eq!(process(builder()).await, (1, 0));
    assert_eq!(process(builder()).await, (0, 1));
{% if place.apis %}
    assert_eq!(process(builder().api(Api::{{ place.apis[-1].word | camel }})).await, (1, 0));
{% endif %}
{% for field in fields if not field["x-rust"] %}
    assert_eq!(process(builder().{{ field.rust }}("{{ changed(field) }}")).await, (1, 0));
{% endfor %}
}

{% else %}
#[tokio::test]
async fn every_request_carries_the_secret_of_the_account_and_nothing_logs_in() {
    let mut server = Server::new_async().await;
    let header = {{ literal(carrier.before ~ sent_key) }};
    let good = server.mock("GET", "/good"){{ carries("header") }}.expect(2).create_async().await;
    let client = client(&server);
    for _ in 0..2 {
        client.get("good").error_for_status().await.expect("it is answered with 200");
    }
    good.assert_async().await;
    let shown = format!("{client:?} {:?}", client.cached());
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

{% endif %}
#[tokio::test]
async fn each_answer_to_a_request_is_read_or_is_the_error_that_the_contract_states() {
    for case in &REQUESTS {
        let mut server = Server::new_async().await;
{% if login %}
        let good = |login: &&Case| login.outcome.is_ok(){% if place.apis %} && login.api == case.api{% endif %};
        let login = LOGINS.iter().find(good).expect("a login that succeeds");
        mock(&mut server, login).create_async().await;
{% endif %}
        let mock = mock(&mut server, case);
        let mock = match case.sent {
            Some(sent) => mock.match_body(Matcher::JsonString(sent.to_owned())),
            None => mock,
        };
        mock.create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let outcome = request(&client, case).await;
        let shown = format!("{outcome:?}");
        assert_eq!(outcome.map_err(|error| error.kind()).err(), case.outcome.err(), "{}: {shown}", case.name);
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", case.name);
    }
}

{% set literals %}{% for field in fields if is_literal(field) %}
    let wrong = Client::builder(){{ setup }}.{{ field.rust }}("um");
    assert_eq!(wrong.build().expect_err("it is no such value").kind(), ErrorKind::InvalidRequest);
{% endfor %}{% endset %}
{% if literals %}
#[test]
fn a_text_that_is_not_the_integer_or_boolean_of_a_login_is_refused_before_it() {
{{ literals -}}
}

{% endif %}
#[test]
fn a_client_is_built_outside_a_runtime_is_shared_by_threads_and_shows_no_secret() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let builder = Client::builder(){{ setup }}{{ login_somewhere }};
    let shown = format!("{builder:?}");
    let client = builder.build().expect("it is whole");
    shared(&client);
    let shown = format!("{shown} {client:?} {:?} {:?}", client.account(), client.get("x"));
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

/// Two accounts differ if and only if one of these settings differs.
#[test]
fn accounts_are_equal_if_they_log_in_at_the_same_place_with_the_same_secrets() {
    let builder = || Client::builder(){{ setup }};
    let account = builder().account().expect("an account");
    assert_eq!(account, builder().account().expect("an account"));
    let changed = [
        builder().base_url("https://elsewhere.example"){{ login_somewhere }},
{% if place.apis %}
        builder().api(Api::{{ (place.apis[-1].word | camel) }}),
{% endif %}
{% for field in fields if not field["x-rust"] %}
        builder().{{ field.rust }}("{{ changed(field) }}"),
{% endfor %}
    ];
    for changed in changed {
        assert_ne!(account, changed.account().expect("an account"));
    }
}
{% if login and not session_by_hand %}

/// A JWT that expires in 2100, and one that expired in 1970.
const JWTS: [&str; 2] = ["e30.eyJleHAiOjQxMDI0NDQ4MDB9.x", "e30.eyJpYXQiOjEwMDAsImV4cCI6MTA2MH0.x"];

/// An existing token needs no login, and its 401 reaches the caller.
#[tokio::test]
async fn a_given_token_serves_until_it_is_refused_and_nothing_logs_in() {
    let mut server = Server::new_async().await;
    let header = "{{ carrier.before }}t0k3n-dado";
    let good = server.mock("GET", "/good"){{ carries("header") }}.expect(2).create_async().await;
    let refused = server.mock("GET", "/refused"){{ carries("header") }}.with_status(401);
    let refused = refused.expect(1).create_async().await;
    let login = server.mock("POST", Matcher::Any).expect(0).create_async().await;
    let builder = Client::builder(){{ key_setup }}.token("t0k3n-dado\n").base_url(server.url());
    let shown = format!("{builder:?}");
    let client = builder.build().expect("a line's end is no part of a token");
    for _ in 0..2 {
        client.get("good").error_for_status().await.expect("it is answered with 200");
    }
    assert_eq!(client.get("refused").send().await.expect("a 401 is an answer").status(), 401);
    for mock in [good, refused, login] {
        mock.assert_async().await;
    }
    assert!(client.account().is_none() && client.stats().logins == 0);
    let shown = format!("{shown} {client:?} {:?}", client.cached());
    assert!(!shown.contains("t0k3n"), "{shown}");
}

/// A JWT states its own expiry.
#[tokio::test]
async fn a_given_jwt_is_used_until_it_expires() {
    let [lives, over] = JWTS.map(|token| Client::builder(){{ key_setup }}.token(token){{ somewhere }}.build().expect("it is a token"));
    assert!(matches!(lives.credential().await.expect("it is not over").expiry(), Expiry::In(_)));
    let error = over.get("good").send().await.expect_err("it is over");
    assert_eq!(error.kind(), ErrorKind::LoginRequired, "{error}");
    let opaque = Client::builder(){{ key_setup }}.token("t0k3n-dado"){{ somewhere }}.build().expect("it is a token");
    assert_eq!(opaque.credential().await.expect("nothing says that it ends").expiry(), Expiry::Never);
}

/// The error shows no part of the token.
#[test]
fn a_given_token_that_no_header_can_carry_is_refused() {
    for token in ["", " ", "Bearer t0k3n", "t0k3n dado", "t0k3n\ndado", "t0k3n\0", "t0k3n-dádo", " t0k3n"] {
        let error = Client::builder(){{ key_setup }}.token(token){{ somewhere }}.build().expect_err("no header can carry it");
        assert_eq!(error.kind(), ErrorKind::Config, "{token:?}");
        assert!(!format!("{error} {error:?}").contains("t0k3n"), "{error:?}");
    }
}

/// A token or an account, never parts of both.
#[test]
fn a_builder_and_the_variables_have_either_a_token_or_an_account() {
{% if fields | rejectattr("x-rust") | rejectattr("carrier") | list %}
    let parts = [{% for field in fields if not field["x-rust"] and not field.carrier %}Client::builder().{{ field.rust }}({{ field.example }}), {% endfor %}];
    for beside in parts.map(|part| part.token("t0k3n")) {
        for error in [beside.clone().account().map(drop), beside.build().map(drop)].map(Result::unwrap_err) {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().starts_with("the builder has a token"), "{error}");
        }
    }
{% endif %}
    let account = [{{ example_vars }}];
    let token = [("{{ prefix }}_TOKEN", "t0k3n"), {% for field in needed if field.carrier %}("{{ prefix }}_{{ field.variable }}", {{ field.example }}), {% endfor %}("{{ prefix }}_BASE_URL", "https://proxy.example/x")];
    let from = |pairs: &[(&str, &str)]| {
        let read = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Client::from_vars(read).map_err(|error| error.to_string())
    };
    let client = from(&token).expect("a token is enough");
    assert_eq!(client.http().base_url().as_str(), "https://proxy.example/x/");
    assert!(client.account().is_none());
    assert_eq!(client.cached().map(|session| session.token().expose_secret().to_owned()).as_deref(), Some("t0k3n"));
    let whole = from(&account).expect("an account is enough");
    assert!(whole.account().is_some());
{% if secret_variables %}
    let either = "set either {{ prefix }}_TOKEN, or {% for variable in secret_variables %}{{ prefix }}_{{ variable }}{{ "" if loop.last else " and " if loop.revindex == 2 else ", " }}{% endfor %}";
    for pairs in [&[][..], &[token.as_slice(), account.as_slice()].concat()] {
        assert_eq!(from(pairs).expect_err("neither, or both"), either);
    }
{% endif %}
}
{% endif %}
