//! A web service whose handlers share one client: one login for any number of concurrent requests.
//!
//! `cargo run -p auth-examples --example axum_service` serves <http://127.0.0.1:3000/usuarios> until it is stopped.
//! Without `PONTOTEL_USERNAME` it uses a sandbox inside this process.

use auth_examples::println;
use auth_sandbox::Sandbox;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use pontotel_auth::Client;
use pontotel_auth::auth_core::{Error, ErrorKind, env};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox;
    let client = if env::environment("PONTOTEL_USERNAME").is_some() {
        Client::from_env()?
    } else {
        println!("PONTOTEL_USERNAME is not set: a sandbox answers");
        sandbox = Sandbox::start().await?;
        let provider = sandbox.pontotel();
        Client::builder()
            .username(provider.username())
            .password(provider.password())
            .base_url(provider.base_url())
            .build()?
    };
    let service = Router::new().route("/usuarios", get(users)).route("/health", get(health)).with_state(client);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/usuarios", listener.local_addr()?);
    Ok(axum::serve(listener, service).await?)
}

async fn users(State(client): State<Client>) -> Result<Json<Value>, Failure> {
    Ok(Json(client.get("usuarios/").fetch().await?))
}

/// Logs in if necessary, and returns the client's counters.
async fn health(State(client): State<Client>) -> Result<Json<Value>, Failure> {
    client.credential().await?;
    let stats = client.stats();
    Ok(Json(json!({"logins": stats.logins, "replays": stats.replays, "failures": stats.logins_failed})))
}

struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self.0.kind() {
            ErrorKind::RateLimited | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        };
        let mut response = (status, self.0.to_string()).into_response();
        if let Some(pause) = self.0.retry_after() {
            response.headers_mut().insert("retry-after", pause.as_secs().max(1).into());
        }
        response
    }
}
