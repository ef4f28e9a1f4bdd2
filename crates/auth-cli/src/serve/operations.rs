//! The probes and metrics of the sidecar.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use auth_core::http::header::{CONTENT_TYPE, HeaderValue};
use auth_core::http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use super::guard::Guard;
use super::listener::Answer;
use super::metrics::Metrics;
use super::problem::Problem;
use super::stream::ResponseBody;

/// The content type of the text that Prometheus reads.
const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The operations of a sidecar. None needs the local token, and none shows a secret.
#[derive(Debug)]
pub(super) struct Operations {
    pub(super) metrics: Metrics,
    pub(super) guard: Guard,
    pub(super) ends: AtomicBool,
}

impl Operations {
    /// Returns the answer of a path. Readiness does not depend on the provider, because a restart would not help.
    fn page(&self, method: &Method, path: &str) -> Result<Response<ResponseBody>, Problem> {
        let text = |status: StatusCode, kind: &'static str, text: String| {
            let mut response = Response::new(Full::from(text).map_err(|never| match never {}).boxed_unsync());
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            response
        };
        let plain = "text/plain; charset=utf-8";
        match path {
            _ if ![Method::GET, Method::HEAD].contains(method) => Err(Problem::not_forwarded(method)),
            "/livez" => Ok(text(StatusCode::OK, plain, "alive\n".into())),
            "/readyz" if self.ends.load(Relaxed) => Ok(text(StatusCode::SERVICE_UNAVAILABLE, plain, "ending\n".into())),
            "/readyz" => Ok(text(StatusCode::OK, plain, "ready\n".into())),
            "/metrics" => Ok(text(StatusCode::OK, METRICS, self.metrics.text())),
            _ => {
                let detail = "this listener answers /livez, /readyz and /metrics";
                Err(Problem::new(StatusCode::NOT_FOUND, "not-found", "There is no such page", detail))
            }
        }
    }
}

impl Answer for Operations {
    async fn answer(&self, request: Request<Incoming>) -> Response<ResponseBody> {
        let checked = self.guard.check(request.uri(), request.headers());
        let answer = checked.and_then(|()| self.page(request.method(), request.uri().path()));
        answer.unwrap_or_else(Problem::into_response)
    }
}
