//! One request on its way: authorized, sent, and after a 401 healed once.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use reqwest::{Request, Response};

use super::Client;
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::random;
use crate::slot::Verdict;
use crate::transport::retry_after;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Makes headers of the credential that a sending uses.
pub(super) type HeadersFrom<C> = dyn Fn(&C, &mut HeaderMap) + Send + Sync;

/// What a request asks for beside itself.
pub(super) struct Terms<C> {
    pub(super) headers_from: Option<Box<HeadersFrom<C>>>,
    pub(super) using: Option<Arc<C>>,
    pub(super) once: bool,
    pub(super) no_redirect: bool,
}

impl<C> Default for Terms<C> {
    fn default() -> Self {
        Self { headers_from: None, using: None, once: false, no_redirect: false }
    }
}

pub(super) struct Sending<'a, L: Login> {
    client: &'a Client<L>,
    terms: &'a Terms<L::Credential>,
    /// One 401 is healed, however often the request is sent.
    healed: bool,
}

impl<'a, L: Login> Sending<'a, L> {
    pub(super) fn new(client: &'a Client<L>, terms: &'a Terms<L::Credential>) -> Self {
        Self { client, terms, healed: false }
    }

    pub(super) async fn send(mut self, request: Request) -> Result<Response> {
        if !self.client.http().pool().base.same_origin(request.url()) {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "the request goes to another origin than the base URL; credentials are never sent there",
            ));
        }
        if let Some(credential) = &self.terms.using {
            return self.exchange(request, credential).await;
        }
        let retries = if self.may_retry(&request) { self.client.http().pool().options.retry.retries } else { 0 };
        for retry in 0..retries {
            let Some(copy) = request.try_clone() else { break };
            let result = self.healing(copy).await;
            let Some(pause) = pause_before_retry(&result, retry) else { return result };
            self.client.owner.slot.counters.retries.count();
            tokio::time::sleep(pause).await;
        }
        self.healing(request).await
    }

    /// Sends it, and once more with another credential if the provider refused the first and the body can be sent again.
    async fn healing(&mut self, request: Request) -> Result<Response> {
        let slot = &self.client.owner.slot;
        let snapshot = slot.current().await?;
        let again = request.try_clone();
        let response = self.exchange(request, &snapshot.credential).await?;
        if response.status() != StatusCode::UNAUTHORIZED || self.terms.once || self.healed {
            return Ok(response);
        }
        let (Verdict::Gone | Verdict::Replaced, Some(again)) = (slot.reject(snapshot.generation), again) else {
            return Ok(response);
        };
        drop(response);
        self.healed = true;
        let next = slot.current().await?;
        slot.counters.replays.count();
        tracing::debug!(host = self.client.http().host(), generation = next.generation, "401: sent again");
        self.exchange(again, &next.credential).await
    }

    async fn exchange(&self, mut request: Request, credential: &L::Credential) -> Result<Response> {
        credential.authorize(request.headers_mut());
        if let Some(headers_from) = &self.terms.headers_from {
            headers_from(credential, request.headers_mut());
        }
        let pool = self.client.http().pool();
        let client = if self.terms.no_redirect { &pool.direct } else { pool.following()? };
        Ok(client.execute(request).await?)
    }

    fn may_retry(&self, request: &Request) -> bool {
        let idempotent = [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE];
        idempotent.contains(request.method()) && !self.terms.once
    }
}

/// How long to wait before the next try, or `None` if this result is the answer.
fn pause_before_retry(result: &Result<Response>, retry: u32) -> Option<Duration> {
    let asked = match result {
        Ok(response) if matches!(response.status().as_u16(), 500 | 502 | 503 | 504) => retry_after(response.headers()),
        // The exchange itself: a login has its own attempts.
        Err(error) if is_of_the_network(error) => None,
        _ => return None,
    };
    let most = FIRST_PAUSE.saturating_mul(1 << retry.min(8)).min(LONGEST_PAUSE);
    let pause = most.mul_f64(random::roll()).max(asked.unwrap_or_default());
    (pause <= LONGEST_PAUSE).then_some(pause)
}

fn is_of_the_network(error: &Error) -> bool {
    let cause = error.source().and_then(|source| source.downcast_ref::<reqwest::Error>());
    error.retry_after().is_none() && cause.is_some_and(|cause| cause.is_connect() || cause.is_timeout())
}
