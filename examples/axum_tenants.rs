//! A web service on many machines with many tenants, each with its own account at the provider. `Accounts` keeps a
//! client for each tenant, and Redis keeps one login for each account.
//!
//! To use a real provider, set `REDIS_URL`, `STORE_KEY` and `TENANTS_FILE`, the path of a file such as
//! `{"centro": {"username": "…", "password": "…"}}`. Then
//!
//! ```sh
//! cargo run -p auth-examples --features redis --example axum_tenants
//! ```
//!
//! serves <http://127.0.0.1:3000/centro/usuarios> until it is stopped. Without `TENANTS_FILE` it runs a demonstration
//! against sandboxes and its own Redis: two services, two tenants, twenty requests, and one login for each tenant.

mod local_redis;

use std::collections::HashMap;
use std::sync::Arc;

use auth_examples::println;
use auth_sandbox::Sandbox;
use auth_store_redis::RedisStore;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use pontotel_auth::auth_core::env::environment_or_file;
use pontotel_auth::auth_core::secrecy::SecretString;
use pontotel_auth::auth_core::store::{KeyRing, SharedStore};
use pontotel_auth::auth_core::{self, Error, ErrorKind, Options};
use pontotel_auth::{Account, Accounts, Builder, Client, Page};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use self::local_redis::LocalRedis;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A public key, for the demonstration only.
const SHOWN_KEY: &str = "c8aTfQb0m8cKqk2m3Jw5zq2h1o9G6uT0x4v7y1BdE0s=";

/// A tenant's account at the provider. A real service reads it from its database instead of a file.
#[derive(Deserialize)]
struct Tenant {
    username: String,
    password: SecretString,
    base_url: Option<String>,
}

/// One process of the service. All processes share one login for each tenant.
struct Service {
    tenants: Arc<HashMap<String, Tenant>>,
    accounts: Accounts<String>,
}

impl Service {
    fn new(tenants: Arc<HashMap<String, Tenant>>, sharing: SharedStore) -> Self {
        Self { tenants, accounts: Accounts::new(Options::default()).shared_store(sharing) }
    }

    /// Returns the tenant's client. The account is built only if there is no client yet.
    fn client(&self, name: &str) -> std::result::Result<Client, Failure> {
        let tenant = self.tenants.get(name).ok_or(Failure::NoSuchTenant)?;
        Ok(self.accounts.get_or_insert_with(name, || tenant.account())?.into())
    }

    fn router(self) -> Router {
        Router::new().route("/{tenant}/usuarios", get(users)).with_state(Arc::new(self))
    }
}

impl Tenant {
    fn account(&self) -> auth_core::Result<Account> {
        let builder = Client::builder().username(&self.username).password(self.password.clone());
        self.base_url.iter().fold(builder, Builder::base_url).account()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let Some(file) = environment_or_file("TENANTS_FILE") else { return show().await };
    let tenants = serde_json::from_slice(&std::fs::read(file)?)?;
    let variable = |name: &str| environment_or_file(name).ok_or(format!("set {name}, or {name}_FILE"));
    let store = RedisStore::new(variable("REDIS_URL")?.trim_end())?;
    let sharing = SharedStore::new(store, KeyRing::new(&variable("STORE_KEY")?)?);
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/TENANT/usuarios", listener.local_addr()?);
    Ok(axum::serve(listener, Service::new(Arc::new(tenants), sharing).router()).await?)
}

async fn users(
    State(service): State<Arc<Service>>,
    Path(tenant): Path<String>,
) -> std::result::Result<Json<Value>, Failure> {
    let client = service.client(&tenant)?;
    let users = client.get("usuarios/").fetch::<Page>().await?;
    Ok(Json(json!({"tenant": tenant, "users": users.count})))
}

enum Failure {
    NoSuchTenant,
    Provider(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Provider(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let error = match self {
            Self::NoSuchTenant => return StatusCode::NOT_FOUND.into_response(),
            Self::Provider(error) => error,
        };
        let status = match error.kind() {
            ErrorKind::RateLimited | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        };
        let mut response = (status, error.to_string()).into_response();
        if let Some(pause) = error.retry_after() {
            response.headers_mut().insert("retry-after", pause.as_secs().max(1).into());
        }
        response
    }
}

/// Runs two services, as on two machines, for two tenants.
async fn show() -> Result<()> {
    let sandboxes = [("centro", Sandbox::start().await?), ("norte", Sandbox::start().await?)];
    let tenants: HashMap<_, _> = sandboxes
        .iter()
        .map(|(name, sandbox)| {
            let pontotel = sandbox.pontotel();
            let tenant = Tenant {
                username: pontotel.username().to_owned(),
                password: pontotel.password().into(),
                base_url: Some(pontotel.base_url().to_owned()),
            };
            ((*name).to_owned(), tenant)
        })
        .collect();
    let tenants = Arc::new(tenants);
    let given = environment_or_file("REDIS_URL");
    let local = if given.is_none() { Some(LocalRedis::start().await?) } else { None };
    let url = given.or(local.as_ref().map(LocalRedis::url)).unwrap_or_default();
    let mut addresses = Vec::new();
    for _ in 0..2 {
        let sharing = SharedStore::new(RedisStore::new(&url)?, KeyRing::new(SHOWN_KEY)?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        addresses.push(listener.local_addr()?);
        tokio::spawn(axum::serve(listener, Service::new(tenants.clone(), sharing).router()).into_future());
    }
    let http = auth_core::reqwest::Client::new();
    let mut lines = Vec::new();
    for round in 0..5 {
        for address in &addresses {
            for (tenant, _) in &sandboxes {
                let answer =
                    http.get(format!("http://{address}/{tenant}/usuarios")).send().await?.error_for_status()?;
                if round == 0 {
                    lines.push(format!("{address}: {}", answer.text().await?));
                }
            }
        }
    }
    for (tenant, sandbox) in &sandboxes {
        let pontotel = sandbox.pontotel();
        lines.push(format!("{tenant}: {} requests, {} login", pontotel.requests(), pontotel.logins()));
    }
    drop(local);
    println!("{}", lines.join("\n"));
    let one_each = sandboxes.iter().all(|(_, sandbox)| sandbox.pontotel().logins() == 1);
    if one_each { Ok(()) } else { Err("one login for each tenant was enough".into()) }
}
