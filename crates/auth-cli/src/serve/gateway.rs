//! One request on its way through the sidecar.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use auth_core::http::header::{CONTENT_LENGTH, CONTENT_LOCATION, HOST, HeaderMap, HeaderName, LOCATION};
use auth_core::http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use auth_core::reqwest;
use auth_core::url::Url;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio::time::timeout;

use super::body::{BodyLimits, RequestBody};
use super::guard::Guard;
use super::headers;
use super::links::{self, LocalLinks};
use super::listener::Answer;
use super::metrics::ProfileMetrics;
use super::problem::Problem;
use super::stream::{Impatient, ResponseBody};
use super::upstream::{Outgoing, has_links};
use crate::client::{AnyClient, with_client};

/// The gateway to the account of one profile.
#[derive(Debug)]
pub(super) struct Gateway {
    profile: String,
    client: RwLock<AnyClient>,
    guard: Guard,
    limits: BodyLimits,
    metrics: ProfileMetrics,
}

impl Gateway {
    pub(super) fn new(
        profile: &str,
        client: AnyClient,
        guard: Guard,
        limits: BodyLimits,
        metrics: ProfileMetrics,
    ) -> Self {
        Self { profile: profile.to_owned(), client: RwLock::new(client), guard, limits, metrics }
    }

    /// Replaces the account's client for the requests that follow. Those on their way keep theirs.
    pub(super) fn replace(&self, client: AnyClient) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// Returns the account's client.
    pub(super) fn client(&self) -> AnyClient {
        self.client.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<ResponseBody>, Problem> {
        let (mut parts, body) = request.into_parts();
        self.guard.check(&parts.uri, &parts.headers)?;
        // RFC 9112, section 3.2.
        if parts.version == Version::HTTP_11 && !parts.headers.contains_key(HOST) {
            return Err(Problem::bad_request("it has no Host"));
        }
        if headers::has_other_coding(&parts.headers) {
            return Err(Problem::unknown_coding());
        }
        let path = match parts.uri.path_and_query() {
            Some(path) if path.as_str().starts_with('/') && allows(&parts.method) => path.as_str(),
            _ => return Err(Problem::not_forwarded(&parts.method)),
        };
        let body = RequestBody::read(body, self.limits).await?;
        let upload = match &body {
            RequestBody::Streamed(_, progress) => Some(progress.clone()),
            _ => None,
        };
        let host = parts.headers.get(HOST).cloned();
        headers::to_provider(&mut parts.headers, parts.version);
        let client = self.client();
        let links = host.filter(|_| has_links(&client) && matches!(parts.method, Method::GET | Method::HEAD));
        let outgoing = Outgoing { method: parts.method, path, headers: parts.headers, body };
        let response = in_time(self.limits.patience, upload, outgoing.send(&client)).await??;
        let base = with_client!(&client, client => client.base_url());
        self.returned(response, base, links.as_ref())
    }

    /// Returns the provider's response for the caller.
    fn returned(
        &self,
        response: reqwest::Response,
        base: &Url,
        host: Option<&HeaderValue>,
    ) -> Result<Response<ResponseBody>, Problem> {
        let requested = response.url().clone();
        let (mut parts, body) = Response::<reqwest::Body>::from(response).into_parts();
        if parts.status.is_informational() {
            let detail = format!("the provider answered {}, which is not a final status", parts.status);
            return Err(Problem::unusable(detail));
        }
        if headers::has_other_coding(&parts.headers) {
            return Err(Problem::unusable("the provider's answer has a transfer coding that was not asked for"));
        }
        headers::to_caller(&mut parts.headers);
        for name in [LOCATION, CONTENT_LOCATION] {
            rewrite(&mut parts.headers, name, |value| links::location(base, &requested, value));
        }
        let mut response = Response::new(());
        *response.status_mut() = parts.status;
        *response.version_mut() = Version::HTTP_11;
        let body = Impatient::new(body, self.limits.patience);
        let listener = host.and_then(|host| host.to_str().ok()).map(|host| format!("http://{host}/"));
        let body = match listener {
            Some(listener) if links::may_have_links(&parts.headers) => {
                parts.headers.remove(CONTENT_LENGTH);
                LocalLinks::new(body, base, &listener).boxed_unsync()
            }
            _ => body.boxed_unsync(),
        };
        *response.headers_mut() = parts.headers;
        Ok(response.map(|()| body))
    }
}

impl Answer for Gateway {
    /// Answers with the provider's answer, or with a problem document.
    async fn answer(&self, request: Request<Incoming>) -> Response<ResponseBody> {
        let running = self.metrics.begin();
        match self.forward(request).await {
            Ok(response) => {
                running.end(response.status());
                response
            }
            Err(problem) => {
                let (profile, status, detail) = (&self.profile, problem.status().as_u16(), problem.detail());
                tracing::warn!(profile, status, problem = problem.kind(), detail, "not forwarded");
                running.fail(problem.kind(), problem.status());
                problem.into_response()
            }
        }
    }

    fn connection(&self) -> impl Send {
        self.metrics.connection()
    }
}

/// Returns true if a method is forwarded. The answer to `TRACE` would contain the account's credential.
fn allows(method: &Method) -> bool {
    ![Method::CONNECT, Method::TRACE].contains(method)
}

impl Problem {
    fn unusable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "unavailable", "The provider's answer is unusable", detail)
    }

    fn unknown_coding() -> Self {
        let detail = "its Transfer-Encoding is not `chunked` alone; send the body without another coding";
        Self::new(StatusCode::NOT_IMPLEMENTED, "transfer-coding", "The body's coding is not forwarded", detail)
    }

    pub(super) fn not_forwarded(method: &Method) -> Self {
        let detail = format!("{method} of this target is not forwarded; send a path, such as GET /users");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "The method or its target is not forwarded", detail)
            .with_header("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
    }
}

/// Waits for the head of an answer. The time counts from the last part of a streamed body.
async fn in_time<T>(
    patience: Duration,
    mut upload: Option<watch::Receiver<()>>,
    answer: impl Future<Output = T>,
) -> Result<T, Problem> {
    let silence = async {
        loop {
            let part = async {
                match &mut upload {
                    Some(parts) => parts.changed().await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            match timeout(patience, part).await {
                Ok(true) => {}
                Ok(false) => upload = None,
                Err(_elapsed) => return,
            }
        }
    };
    tokio::select! {
        biased;
        answer = answer => Ok(answer),
        () = silence => Err(Problem::silence(patience)),
    }
}

fn rewrite(headers: &mut HeaderMap, name: HeaderName, to: impl Fn(&str) -> Option<String>) {
    let local = headers.get(&name).and_then(|value| to(std::str::from_utf8(value.as_bytes()).ok()?));
    if let Some(Ok(local)) = local.map(HeaderValue::try_from) {
        headers.insert(name, local);
    }
}
