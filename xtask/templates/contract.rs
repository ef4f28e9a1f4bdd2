{{ header }}
//! Each example of the contract, answered by a mock: what it makes of a client, and that no secret shows.

use {{ module }}::auth_core::http::Method;
use {{ module }}::auth_core::serde_json::{self, Value};
use {{ module }}::auth_core::{self, Credential, ErrorKind, Expiry, Login, Result};
{% if place.apis %}
use {{ module }}::{Api, Client};
{% else %}
use {{ module }}::Client;
{% endif %}
#[cfg(feature = "store")]
use {{ module }}::{
    Session,
    auth_core::{http::HeaderMap, secrecy::ExposeSecret, store::Portable},
};
use mockito::{Matcher, Mock, Server, ServerGuard};

/// An example: its name, the request, and what is answered.
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
    /// The body of the request, where it has one.
    sent: Option<&'static str>,
    status: usize,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// The header of a login that succeeds; what a caller gets for an error.
    outcome: std::result::Result<&'static str, ErrorKind>,
}

const SECRETS: [&str; {{ secrets | length }}] = [{{ secrets | join(", ") }}];

const LOGINS: [Case; {{ login_cases | length }}] = [
{% for case in login_cases %}
    {{ remark(case.note, 4) }}Case {
        name: "{{ case.operation }}, {{ case.status }}, {{ case.example }}",
{% if place.apis %}
        api: Api::{{ case.api }},
{% endif %}
{% if methods %}
        operation: "{{ case.operation }}",
{% endif %}
        verb: "{{ case.verb }}",
        path: {{ literal(case.path) }},
        sent: {% if case.sent is none %}None{% else %}Some({{ literal(case.sent) }}){% endif %},
        status: {{ case.status }},
        headers: &[{% for header in case.headers %}({{ literal(header[0]) }}, {{ literal(header[1]) }}), {% endfor %}],
        body: {{ literal(case.body) }},
        outcome: {% if case.kind %}Err(ErrorKind::{{ case.kind }}){% else %}Ok({{ literal(("" if raw else "Bearer ") ~ case.token) }}){% endif %},
    },
{% endfor %}
];

const REQUESTS: [Case; {{ request_cases | length }}] = [
{% for case in request_cases %}
    {{ remark(case.note, 4) }}Case {
        name: "{{ case.operation }}, {{ case.status }}, {{ case.example }}",
{% if place.apis %}
        api: Api::{{ case.api }},
{% endif %}
{% if methods %}
        operation: "{{ case.operation }}",
{% endif %}
        verb: "{{ case.verb }}",
        path: {{ literal(case.path) }},
        sent: {% if case.sent is none %}None{% else %}Some({{ literal(case.sent) }}){% endif %},
        status: {{ case.status }},
        headers: &[{% for header in case.headers %}({{ literal(header[0]) }}, {{ literal(header[1]) }}), {% endfor %}],
        body: {{ literal(case.body) }},
        outcome: {% if case.kind %}Err(ErrorKind::{{ case.kind }}){% else %}Ok(""){% endif %},
    },
{% endfor %}
];

fn mock(server: &mut ServerGuard, case: &Case) -> Mock {
    let mock = server.mock(case.verb, case.path).with_status(case.status);
    let mock = case.headers.iter().fold(mock, |mock, (name, value)| mock.with_header(*name, value));
    mock.with_body(case.body)
}

fn client(server: &ServerGuard{% if place.apis %}, case: &Case{% endif %}) -> Client {
    let builder = Client::builder(){{ setup }}{% if place.apis %}.api(case.api){% endif %}.base_url(server.url());
    builder.options(|options| options.login_attempts(1)).build().expect("it is whole")
}

async fn request(client: &Client, case: &Case) -> Result<()> {
{% if methods %}
    match case.operation {
{% for method in methods %}
        "{{ method.operation }}" => client.{{ method.name }}().await.map(drop),
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
    request.fetch::<Value>().await.map(drop)
}

{% if types %}
#[test]
fn what_an_answer_leaves_out_is_none() {
{% for type in types %}
    let {{ type.snake }}: {{ module }}::{{ type.name }} = serde_json::from_str("{}").expect("it is an object");
{% for member in type.members %}
    assert_eq!({{ type.snake }}.{{ member.rust }}(), None);
{% endfor %}
{% endfor %}
}

{% endif %}
#[tokio::test]
async fn one_login_of_the_account_serves_every_request_until_its_token_is_refused() {
    let mut server = Server::new_async().await;
    let case = LOGINS.iter().find(|login| login.outcome.is_ok()).expect("a login that succeeds");
    let header = case.outcome.unwrap_or_default();
    let body = Matcher::JsonString({{ literal(login_body) }}.to_owned());
    let login = mock(&mut server, case).match_header("authorization", Matcher::Missing).match_body(body);
    let login = login.expect(2).create_async().await;
    let good = server.mock("GET", "/good").match_header("authorization", header).expect(2).create_async().await;
    let refused = server.mock("GET", "/refused").match_header("authorization", header).with_status(401);
    let refused = refused.expect(2).create_async().await;
    let client = client(&server{% if place.apis %}, case{% endif %});
    for _ in 0..2 {
        client.get("good").succeed().await.expect("it is answered with 200");
    }
    assert_eq!(client.stats().logins, 1);
    assert_eq!(client.get("refused").send().await.expect("the second 401 is an answer").status(), 401);
    for mock in [login, good, refused] {
        mock.assert_async().await;
    }
}

/// Case 41: code for several providers needs no shim.
#[tokio::test]
async fn code_for_any_provider_gets_the_token_and_its_lifetime() {
    async fn seen<L: Login>(client: auth_core::Client<L>) -> (Option<String>, bool) {
        let session = client.credential().await.expect("it is a login");
        (session.token().map(|token| token.expose_secret().to_owned()), session.expiry() == Expiry::Never)
    }
    for case in LOGINS.iter().filter(|case| case.outcome.is_ok()) {
        let mut server = Server::new_async().await;
        mock(&mut server, case).create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let session = client.credential().await.expect("it is a login");
        let own = (Some(session.token().expose_secret().to_owned()), session.lifetime().is_none());
        assert_eq!(seen(client.into()).await, own, "{}", case.name);
    }
}

#[tokio::test]
async fn each_answer_to_a_login_is_a_credential_or_the_error_that_the_contract_states() {
    for case in &LOGINS {
        let mut server = Server::new_async().await;
        mock(&mut server, case).create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let headers = client.headers().await;
        let shown = format!("{client:?} {headers:?} {:?}", client.cached());
        match (case.outcome, headers) {
            (Ok(header), Ok(headers)) => {
                assert_eq!(headers["authorization"], header, "{}", case.name);
                assert!(!shown.contains(header{% if not raw %}.trim_start_matches("Bearer "){% endif %}), "{}: {shown}", case.name);
            }
            (Err(kind), Err(error)) => assert_eq!(error.kind(), kind, "{}: {error}", case.name),
            (outcome, headers) => panic!("{}: {headers:?} instead of {outcome:?}", case.name),
        }
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", case.name);
    }
}

#[cfg(feature = "store")]
#[tokio::test]
async fn what_a_login_returned_is_the_same_for_another_process() {
    for case in LOGINS.iter().filter(|case| case.outcome.is_ok()) {
        let mut server = Server::new_async().await;
        mock(&mut server, case).create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let made = client.credential().await.expect("it is a login");
        let saved = made.save().expect("it can be saved");
        let restored = Session::restore(saved.expose_secret()).expect("it can be restored");
        let mut headers = HeaderMap::new();
        restored.authorize(&mut headers);
        assert_eq!(headers["authorization"], case.outcome.unwrap_or_default(), "{}", case.name);
        assert_eq!(format!("{restored:?}"), format!("{:?}", *made), "{}", case.name);
    }
}

#[tokio::test]
async fn each_answer_to_a_request_is_read_or_is_the_error_that_the_contract_states() {
    for case in &REQUESTS {
        let mut server = Server::new_async().await;
        let good = |login: &&Case| login.outcome.is_ok(){% if place.apis %} && login.api == case.api{% endif %};
        let login = LOGINS.iter().find(good).expect("a login that succeeds");
        mock(&mut server, login).create_async().await;
        mock(&mut server, case).create_async().await;
        let client = client(&server{% if place.apis %}, case{% endif %});
        let outcome = request(&client, case).await;
        let shown = format!("{outcome:?}");
        assert_eq!(outcome.map_err(|error| error.kind()).err(), case.outcome.err(), "{}: {shown}", case.name);
        assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{}: {shown}", case.name);
    }
}

/// Case 34: what has changed makes another account, and nothing else does.
#[test]
fn accounts_are_equal_if_they_log_in_at_the_same_place_with_the_same_secrets() {
    let builder = || Client::builder(){{ setup }};
    let account = builder().account().expect("an account");
    assert_eq!(account, builder().account().expect("an account"));
    let changed = [
        builder().base_url("https://elsewhere.example"),
{% if place.apis %}
        builder().api(Api::{{ place.apis[-1].variant }}),
{% endif %}
{% for field in fields if not field.custom %}
        builder().{{ field.rust }}("changed"),
{% endfor %}
    ];
    for changed in changed {
        assert_ne!(account, changed.account().expect("an account"));
    }
}
