//! Steady load on a credential that lives 2 s: callers that wait for a renewal, and expired credentials that are sent.
//!
//! `cargo run --release --bin roll_over` sends requests to the sandbox over loopback for 20 s and prints one line. It
//! fails if a caller waited, or if a request was not answered with 200 the first time it was sent.
//!
//! `cargo run --release --features google --bin roll_over -- --google` does the same with google-cloud-auth's
//! credentials, whose tokens come from a token endpoint on loopback and live 2 s too.

use std::future::poll_fn;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;
use std::time::{Duration, Instant};

use auth_core::http::{HeaderMap, StatusCode};
use auth_sandbox::Sandbox;
use bench_wire::Result;
use futures_util::future::try_join_all;

const LIFETIME: Duration = Duration::from_secs(2);
const SPAN: Duration = Duration::from_secs(20);
const CALLERS: u64 = 8;

/// The callers' results after the first login.
#[derive(Debug, Default)]
struct Counts {
    calls: AtomicU64,
    waited: AtomicU64,
    longest: AtomicU64,
    unauthorized: AtomicU64,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    match std::env::args().nth(1).as_deref() {
        None => ours().await,
        #[cfg(feature = "google")]
        Some("--google") => google::google().await,
        Some(_) => Err("usage: roll_over [--google], the latter with --features google".into()),
    }
}

async fn ours() -> Result<ExitCode> {
    let sandbox = Sandbox::builder().lifetime(LIFETIME).start().await?;
    let provider = sandbox.pontotel();
    let client = pontotel_auth::Client::builder()
        .base_url(provider.base_url())
        .username(provider.username())
        .password(provider.password())
        .build()?;
    client.headers().await?;
    let counts = &Counts::default();
    let (client, path) = (&client, provider.protected_path());
    let callers = (0..CALLERS).map(async |caller| {
        each_while(caller, async || {
            let mut headers = HeaderMap::with_capacity(8);
            counts.watch(client.authorize(&mut headers)).await?;
            let response = client.get(path).send().await?;
            counts.unauthorized.fetch_add(u64::from(response.status() == StatusCode::UNAUTHORIZED), Relaxed);
            response.bytes().await?;
            Ok(())
        })
        .await
    });
    try_join_all(callers).await?;
    let Counts { calls, waited, unauthorized, .. } = counts;
    let (calls, waited, unauthorized) = (calls.load(Relaxed), waited.load(Relaxed), unauthorized.load(Relaxed));
    // Each 401 was either returned to its caller or replayed, and the server counted the replay too.
    let dead = provider.requests() - calls + unauthorized;
    println!(
        "{SPAN:?} of {CALLERS} callers, a credential that lives {LIFETIME:?}: {calls} requests, {} logins; {waited} callers \
         waited, {dead} dead credentials reached the server, {unauthorized} callers saw a 401",
        provider.logins()
    );
    Ok(if (waited, dead, unauthorized) == (0, 0, 0) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Calls again and again, with a pause of its own for each caller.
async fn each_while(caller: u64, call: impl AsyncFn() -> Result<()>) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < SPAN {
        call().await?;
        tokio::time::sleep(Duration::from_millis(1 + caller)).await;
    }
    Ok(())
}

impl Counts {
    /// Counts a call, and whether it was ready at once.
    async fn watch<T, E>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let mut call = pin!(call);
        let begun = Instant::now();
        let first = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
        self.calls.fetch_add(1, Relaxed);
        match first {
            Poll::Ready(result) => result,
            Poll::Pending => {
                let result = call.await;
                self.waited.fetch_add(1, Relaxed);
                self.longest.fetch_max(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX), Relaxed);
                result
            }
        }
    }
}

#[cfg(feature = "google")]
mod google {
    use super::{CALLERS, Counts, ExitCode, Relaxed, Result, SPAN, each_while, try_join_all};
    use bench_wire::responder;
    use google_cloud_auth::credentials::user_account::Builder;

    pub(super) async fn google() -> Result<ExitCode> {
        let address =
            responder::serve(|_head| ("200 OK", r#"{"access_token":"a","expires_in":2,"token_type":"Bearer"}"#))?;
        let account = serde_json::json!({
            "type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"
        });
        let credentials = Builder::new(account).with_token_uri(format!("http://{address}/token")).build()?;
        credentials.headers(auth_core::http::Extensions::new()).await?;
        let counts = &Counts::default();
        let credentials = &credentials;
        let callers = (0..CALLERS).map(async |caller| {
            each_while(caller, async || {
                counts.watch(credentials.headers(auth_core::http::Extensions::new())).await?;
                Ok(())
            })
            .await
        });
        try_join_all(callers).await?;
        let Counts { calls, waited, longest, .. } = counts;
        let (calls, waited, longest) = (calls.load(Relaxed), waited.load(Relaxed), longest.load(Relaxed));
        println!(
            "google-cloud-auth, {SPAN:?} of {CALLERS} callers: {calls} calls, {waited} waited, at most {longest} ms"
        );
        Ok(ExitCode::SUCCESS)
    }
}
