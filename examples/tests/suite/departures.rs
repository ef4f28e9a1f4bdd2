//! Logins that depart from a provider's document: what the clients say of the sandbox, and of a server that changes.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use api4com_auth::Ttl;
use api4com_auth::auth_core::{Client, Login, reqwest};
use auth_sandbox::{Provider, Sandbox};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};
use sopague_auth::Api;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The names of the facts that depart, and the text of all events.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<(Vec<String>, String)>>);

struct Fields(String, String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
        if field.name() == "fact" {
            self.1 = format!("{value:?}").replace('"', "");
        }
    }
}

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(String::new(), String::new());
        event.record(&mut fields);
        let mut all = self.0.lock().unwrap();
        all.1 += &fields.0;
        if event.metadata().name() == "auth.login_departs" {
            all.0.push(fields.1);
        }
    }
}

/// Returns the facts that depart in two logins of a client.
async fn departures<L: Login>(client: &Client<L>) -> Vec<String> {
    let events = Events::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(events.clone()));
    for _ in 0..2 {
        let session = client.credential().await.unwrap();
        client.forget(&session);
    }
    drop(guard);
    let (facts, text) = events.0.lock().unwrap().clone();
    assert!(!text.contains("segredo") && !text.contains("maria"), "{text}");
    facts
}

fn pontotel(account: &Provider, base_url: &str) -> Client<pontotel_auth::Account> {
    let builder = pontotel_auth::Client::builder().username(account.username()).password(account.password());
    Client::from(builder.base_url(base_url).build().unwrap())
}

fn econpay(account: &Provider, base_url: &str) -> Client<econpay_auth::Account> {
    let builder = econpay_auth::Client::builder().email(account.username()).password(account.password());
    Client::from(builder.base_url(base_url).build().unwrap())
}

fn sopague(account: &Provider, base_url: &str, api: sopague_auth::Api) -> Client<sopague_auth::Account> {
    let builder = sopague_auth::Client::builder().username(account.username()).password(account.password());
    Client::from(builder.api(api).base_url(base_url).build().unwrap())
}

fn api4com(account: &Provider, base_url: &str, ttl: Option<Ttl>) -> Client<api4com_auth::Account> {
    let builder = api4com_auth::Client::builder().email(account.username()).password(account.password());
    let builder = match ttl {
        Some(ttl) => builder.ttl(ttl),
        None => builder,
    };
    Client::from(builder.base_url(base_url).build().unwrap())
}

fn signed_api(account: &Provider, base_url: &str) -> Client<signed_api_auth::Account> {
    let builder = signed_api_auth::Client::builder().api_key(account.api_key());
    Client::from(builder.base_url(base_url).build().unwrap())
}

#[tokio::test]
async fn the_sandboxs_own_logins_depart_in_nothing() {
    let sandbox = Sandbox::start().await.unwrap();
    let nothing = Vec::<String>::new();
    let account = sandbox.pontotel();
    assert_eq!(departures(&pontotel(account, account.base_url())).await, nothing);
    let account = sandbox.econpay();
    assert_eq!(departures(&econpay(account, account.base_url())).await, nothing);
    let (integration, gateway) = (sandbox.sopague(), sandbox.sopague_gateway());
    assert_eq!(departures(&sopague(integration, integration.base_url(), Api::Integration)).await, nothing);
    assert_eq!(departures(&sopague(gateway, gateway.base_url(), Api::Gateway)).await, nothing);
    let account = sandbox.api4com();
    for ttl in [None, Some(Ttl::hours(1)), Some(Ttl::NEVER)] {
        assert_eq!(departures(&api4com(account, account.base_url(), ttl)).await, nothing, "{ttl:?}");
    }
    let account = sandbox.signed_api();
    assert_eq!(departures(&signed_api(account, account.base_url())).await, nothing);
}

type Change = fn(&mut Value);

/// Starts a server in front of the sandbox that changes the answers to logins. Returns its origin.
async fn changed(sandbox: &Sandbox, change: Change) -> String {
    let origin = sandbox.pontotel().base_url().split("/pontotel").next().unwrap().to_owned();
    let app = Router::new().fallback(forward).with_state((origin, change));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    own
}

async fn forward(
    State((origin, change)): State<(String, Change)>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (HeaderMap, String) {
    let request = reqwest::Client::new().post(format!("{origin}{uri}")).body(body);
    let response = request.header("content-type", &headers["content-type"]).send().await.unwrap();
    let mut headers = response.headers().clone();
    headers.remove("content-length");
    let mut answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    change(&mut answer);
    (headers, answer.to_string())
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name).unwrap();
}

#[tokio::test]
async fn each_provider_warns_of_a_departure_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let account = sandbox.pontotel();
    let pontotel_at = async |change: Change| {
        departures(&pontotel(account, &format!("{}/pontotel/api/v4", changed(&sandbox, change).await))).await
    };
    assert_eq!(pontotel_at(|body| body["expires_in"] = json!(600)).await, ["lifetime.seconds"]);
    assert_eq!(pontotel_at(|body| body["token_type"] = json!("mac")).await, ["token.type"]);
    assert_eq!(pontotel_at(|body| body["empresa"] = json!("Padaria")).await, [""; 0], "an additional member");
    assert_eq!(pontotel_at(|body| *body = json!({"access_token": body["access_token"]})).await, [""; 0], "documented");

    let origin = changed(&sandbox, |body| remove(&mut body["response"], "user")).await;
    let client = econpay(sandbox.econpay(), &format!("{origin}/econpay"));
    assert_eq!(departures(&client).await, ["login.body.response.user"]);

    for (api, account, path) in
        [(Api::Integration, sandbox.sopague(), "sopague"), (Api::Gateway, sandbox.sopague_gateway(), "gateway")]
    {
        let origin = changed(&sandbox, |body| remove(body, "created")).await;
        let client = sopague(account, &format!("{origin}/{path}"), api);
        assert_eq!(departures(&client).await, ["login.body.created"], "{path}");
    }

    for (ttl, expected) in [(None, vec!["lifetime.default"]), (Some(Ttl::hours(1)), vec![])] {
        let origin = changed(&sandbox, |body| body["ttl"] = json!("86400")).await;
        let client = api4com(sandbox.api4com(), &format!("{origin}/api4com/api/v1"), ttl);
        assert_eq!(departures(&client).await, expected, "{ttl:?}");
    }

    let origin = changed(&sandbox, |body| remove(body, "status")).await;
    let client = signed_api(sandbox.signed_api(), &format!("{origin}/xigsapi"));
    assert_eq!(departures(&client).await, ["login.body.status"]);
}
