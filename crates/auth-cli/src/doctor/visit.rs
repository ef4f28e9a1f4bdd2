//! One visit to the provider: requests within their budget, until the first 429.

use std::time::Duration;

use auth_core::LoginResponse;
use auth_core::http::header::{ACCEPT, HeaderMap, HeaderValue};
use auth_core::http::{Method, StatusCode, Version};
use auth_core::reqwest::{self, Client, redirect};
use auth_core::url::Url;
use serde_json::Value;

use super::document::Operation;
use super::finding::Finding;
use super::setup;

/// The time for one answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The longest body that is read, in MiB.
const MAX_BODY: usize = 16;

/// The number of requests without an answer after which nothing more is sent.
const MAX_FAILURES: u32 = 2;

/// The connection to one provider, and the requests that may still be sent.
pub(super) struct Visit {
    http: Client,
    pub(super) base_url: Url,
    budget: u32,
    left: u32,
    failures: u32,
    /// The reason why nothing more is sent.
    pub(super) stopped: Option<String>,
    pub(super) is_limited: bool,
}

/// An answer, read completely.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The reason why there is no answer.
pub(super) enum Missing {
    NotSent(String),
    TooLong,
    Failed(reqwest::Error),
}

impl Missing {
    /// Returns the finding of a fact without an answer.
    pub(super) fn finding(&self, fact: impl Into<String>) -> Finding {
        match self {
            Self::NotSent(reason) => Finding::not_tried(fact, reason),
            Self::TooLong => Finding::not_tried(fact, format!("the answer is longer than {MAX_BODY} MiB")),
            Self::Failed(_) => Finding::otherwise(fact, "no answer"),
        }
    }
}

impl Visit {
    pub(super) fn new(base_url: &Url, budget: u32) -> reqwest::Result<Self> {
        let http = Client::builder().redirect(redirect::Policy::none()).timeout(TIMEOUT);
        // As the client does, so that both go the same way.
        let http = if setup::is_local(base_url) { http.no_proxy() } else { http }.build()?;
        Ok(Self {
            http,
            base_url: base_url.clone(),
            budget,
            left: budget,
            failures: 0,
            stopped: None,
            is_limited: false,
        })
    }

    /// Sends the request of an operation with the document's examples.
    pub(super) async fn send(&mut self, operation: &Operation<'_>, headers: HeaderMap) -> Result<Answer, Missing> {
        let (path, query) = operation.target();
        self.send_to(&operation.method, &path, &query, headers, None).await
    }

    pub(super) async fn send_to(
        &mut self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        headers: HeaderMap,
        body: Option<&Value>,
    ) -> Result<Answer, Missing> {
        if let Some(reason) = &self.stopped {
            return Err(Missing::NotSent(reason.clone()));
        }
        if self.left == 0 {
            let reason = format!("the budget of {} requests is used up: --requests raises it", self.budget);
            return Err(Missing::NotSent(reason));
        }
        self.left -= 1;
        let not_sent = || Missing::NotSent("the document's path cannot be sent".to_owned());
        let mut url = self.base_url.join(path).map_err(|_says_less| not_sent())?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let method: Method = method.parse().map_err(|_says_less| not_sent())?;
        let is_read = method.is_safe();
        let request = self.http.request(method, url).header(ACCEPT, HeaderValue::from_static("application/json"));
        let request = request.headers(headers);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let again = request.try_clone().filter(|_| is_read);
        let mut answer = read(request).await;
        let broke_off =
            |missing: &Missing| matches!(missing, Missing::Failed(error) if !error.is_connect() && !error.is_timeout());
        if let Some(again) = again.filter(|_| answer.as_ref().is_err_and(broke_off) && self.left > 0) {
            // The provider may have closed the connection just before this request.
            self.left -= 1;
            answer = read(again).await;
        }
        if matches!(answer, Err(Missing::Failed(_))) {
            self.failures += 1;
            if self.failures == MAX_FAILURES {
                self.stopped = Some("the provider stopped answering".to_owned());
            }
        }
        let answer = answer?;
        if answer.status == 429 {
            let limited = LoginResponse::new(StatusCode::TOO_MANY_REQUESTS, answer.headers.clone(), "");
            let wait = limited.error_for_status().err().and_then(|error| error.retry_after());
            let wait = wait.map_or(String::new(), |wait| format!(": it asks to wait {} s", wait.as_secs()));
            self.limited(&format!("the provider answered 429{wait}"));
            return Err(Missing::NotSent(format!("the provider answered 429{wait}")));
        }
        Ok(answer)
    }

    /// Stops sending, because the provider asked for it.
    pub(super) fn limited(&mut self, reason: &str) {
        self.is_limited = true;
        self.stopped = Some(reason.to_owned());
    }
}

async fn read(request: reqwest::RequestBuilder) -> Result<Answer, Missing> {
    let mut response = request.send().await.map_err(Missing::Failed)?;
    let (status, version, headers) = (response.status().as_u16(), response.version(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Missing::Failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY << 20 {
            return Err(Missing::TooLong);
        }
    }
    Ok(Answer { status, version, headers, body })
}
