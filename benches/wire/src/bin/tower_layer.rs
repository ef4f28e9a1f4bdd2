//! The cost of `auth_tower::AuthLayer`, compared with a layer that sets a constant header: CPU of a request of
//! hyper-util on one kept connection over loopback, and of both layers alone.
//!
//! `cargo run --release --bin tower_layer` prints the table in a minute. As in `end_to_end`, the server is another
//! process, blocks of both sides alternate, and their ratio is the median over all pairs of neighbours. The first row
//! compares the constant header with itself: its distance from 1 is noise.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use std::time::Duration;

use auth_core::Client;
use auth_core::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use auth_core::http::{HeaderMap, Request, Response, StatusCode, Uri};
use auth_core::url::Url;
use auth_tower::AuthLayer;
use bench_wire::Result;
use bench_wire::account::{Account, TOKEN};
use bench_wire::child::{Child, until_the_parent_ends};
use bench_wire::cpu::{stay_on_one_core, thread_time};
use bench_wire::responder;
use bench_wire::spread::Spread;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client as Hyper, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tower::{Layer, Service, ServiceExt};
use tower_http::set_header::SetRequestHeaderLayer;

const PAIRS: usize = 2000;
/// The requests of a block over loopback.
const SENT: u32 = 50;
/// The requests of a block in memory.
const ANSWERED: u32 = 1000;
const GOAL: f64 = 1.2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some("--serve") {
        println!("{}", responder::serve(responder::guarded)?);
        return Ok(until_the_parent_ends()?);
    }
    stay_on_one_core()?;
    let server = Child::start(&["--serve"])?;
    let base_url = Url::parse(&format!("http://{}/api/", server.line))?;
    let uri: Uri = base_url.join("v4/usuarios/123/")?.as_str().parse()?;
    let client = Client::new(Account { base_url })?;
    client.credential().await?;
    let mut header = HeaderValue::try_from(format!("Bearer {TOKEN}"))?;
    header.set_sensitive(true);
    let (ours, fixed) = (AuthLayer::new(&client), SetRequestHeaderLayer::overriding(AUTHORIZATION, header));

    println!("{PAIRS} pairs of blocks; CPU of the client's thread for a request");
    println!("{:<34} {:>9} {:>9}  ours / fixed", "", "fixed", "ours");
    let http: Hyper<HttpConnector, Full<Bytes>> = Hyper::builder(TokioExecutor::new()).build_http();
    let (mut one, mut other) = (fixed.layer(http.clone()), fixed.layer(http.clone()));
    row("the same twice: the noise", sent(&mut one, &uri), sent(&mut other, &uri)).await?;
    let mut other = ours.layer(http);
    let ratio = row("over loopback", sent(&mut one, &uri), sent(&mut other, &uri)).await?;
    println!("{:<34} goal: at most {GOAL}: {}", "", if ratio <= GOAL { "kept" } else { "missed" });
    let (mut one, mut other) = (fixed.layer(AtOnce), ours.layer(AtOnce));
    row("a service that answers at once", answered(&mut one, &uri), answered(&mut other, &uri)).await?;
    Ok(())
}

/// Runs a block of each side, then in reverse order, and so on. Returns the median of the ratios.
async fn row(
    name: &str,
    mut fixed: impl AsyncFnMut() -> Result<f64>,
    mut ours: impl AsyncFnMut() -> Result<f64>,
) -> Result<f64> {
    for _ in 0..20 {
        fixed().await?;
        ours().await?;
    }
    let mut pairs = Vec::with_capacity(PAIRS);
    for pair in 0..PAIRS {
        pairs.push(if pair % 2 == 0 {
            let fixed = fixed().await?;
            (fixed, ours().await?)
        } else {
            let ours = ours().await?;
            (fixed().await?, ours)
        });
    }
    let fixed = Spread::of(pairs.iter().map(|(fixed, _)| *fixed));
    let ours = Spread::of(pairs.iter().map(|(_, ours)| *ours));
    let ratio = Spread::of(pairs.iter().map(|(fixed, ours)| ours / fixed));
    println!(
        "{name:<34} {:>6.0} ns {:>6.0} ns  {:.3} ({:.3}–{:.3})",
        fixed.median, ours.median, ratio.median, ratio.interval.0, ratio.interval.1,
    );
    Ok(ratio.median)
}

fn request(uri: &Uri) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri.clone();
    *request.headers_mut() = HeaderMap::with_capacity(4);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

/// Returns a block of requests over the wire, and the CPU time of each in nanoseconds.
fn sent<S, B>(service: &mut S, uri: &Uri) -> impl AsyncFnMut() -> Result<f64>
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error: std::fmt::Debug>,
    B: BodyExt<Error: std::fmt::Debug>,
{
    async move || {
        let began = thread_time();
        for _ in 0..SENT {
            let service = service.ready().await.map_err(|error| format!("{error:?}"))?;
            let response = service.call(request(uri)).await.map_err(|error| format!("{error:?}"))?;
            if response.status() != StatusCode::OK {
                return Err(format!("the server answered {}", response.status()).into());
            }
            response.into_body().collect().await.map_err(|error| format!("{error:?}"))?;
        }
        Ok(nanoseconds(thread_time().saturating_sub(began), SENT))
    }
}

/// Returns a block of requests in memory, and the CPU time of each in nanoseconds.
fn answered<S>(service: &mut S, uri: &Uri) -> impl AsyncFnMut() -> Result<f64>
where
    S: Service<Request<Full<Bytes>>, Response = Response<()>, Error: std::fmt::Debug>,
{
    async move || {
        let began = thread_time();
        for _ in 0..ANSWERED {
            let service = service.ready().await.map_err(|error| format!("{error:?}"))?;
            service.call(request(uri)).await.map_err(|error| format!("{error:?}"))?;
        }
        Ok(nanoseconds(thread_time().saturating_sub(began), ANSWERED))
    }
}

fn nanoseconds(cpu: Duration, requests: u32) -> f64 {
    cpu.as_secs_f64() * 1e9 / f64::from(requests)
}

/// A service that answers at once.
#[derive(Clone, Debug)]
struct AtOnce;

impl<B> Service<Request<B>> for AtOnce {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<std::result::Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<B>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
}
