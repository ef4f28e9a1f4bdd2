//! Allocations of a request with a fresh credential.

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll};

use allocation_counter::measure;
use auth_tower::{AuthLayer, Never, Recorded, Replay};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use tower::{Layer, Service};

use crate::account::{Account, URL};

/// Answers at once, without an allocation.
#[derive(Clone, Debug)]
struct Inner;

impl<B> Service<Request<B>> for Inner {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        assert!(request.headers().contains_key("authorization"));
        std::future::ready(Ok(Response::new(())))
    }
}

/// Returns a request with headers, whose map has room for one more.
fn request() -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::from("nome=Maria"));
    *request.uri_mut() = Uri::from_static(URL);
    *request.headers_mut() = HeaderMap::with_capacity(8);
    for name in ["accept", "content-type", "user-agent"] {
        request.headers_mut().insert(name, HeaderValue::from_static("application/json"));
    }
    request
}

/// Returns the number of allocations of a request with a fresh credential.
async fn allocations<R>(policy: R) -> u64
where
    R: Replay<Full<Bytes>, Body: Send, Kept: Send + 'static> + Send + Sync + 'static,
{
    let client = Account::client();
    client.credential().await.unwrap();
    let mut service = AuthLayer::new(&client).replay(policy).layer(Inner);
    let mut call = || {
        let request = request();
        measure(|| {
            service.call(request).now_or_never().expect("no wait").expect("an answer");
        })
        .count_total
    };
    call();
    call()
}

#[tokio::test(flavor = "current_thread")]
async fn a_fresh_credential_costs_no_allocation() {
    assert_eq!(allocations(Never).await, 0);
    assert_eq!(allocations(auth_tower::Cloned).await, 0);
}

#[tokio::test(flavor = "current_thread")]
async fn a_recorded_body_costs_the_recording_alone() {
    assert_eq!(allocations(Recorded::up_to(100)).await, 1);
    assert_eq!(allocations(Recorded::up_to(5)).await, 0, "a body that is too long is not recorded");
}
