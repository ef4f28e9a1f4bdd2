//! One request on its way: authorized, sent, redirected, and after a 401 healed once.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Version};
use reqwest::{Request, Response};
use secrecy::ExposeSecret;
use url::Url;

use super::Client;
use super::body::Failed;
use super::redirect::{MAX_REDIRECTS, redirect, too_many, with_stream};
use crate::cache::{CachedCredential, Entry, Invalidation};
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::random;
use crate::redact::Secrets;
use crate::transport::{broke_off, needs_runtime, own, retry_after, shown};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Makes headers of the credential that a sending uses.
pub(super) type HeadersFrom<C> = dyn Fn(&C, &mut HeaderMap) + Send + Sync;

/// What a request asks for beside itself.
pub(super) struct RequestOptions<C> {
    pub(super) headers_from: Option<Box<HeadersFrom<C>>>,
    pub(super) using: Option<CachedCredential<C>>,
    pub(super) once: bool,
    pub(super) no_redirect: bool,
    /// The response carries its [`Secrets`] also where it is a 2xx.
    pub(super) keeps_secrets: bool,
}

impl<C> Default for RequestOptions<C> {
    fn default() -> Self {
        Self { headers_from: None, using: None, once: false, no_redirect: false, keeps_secrets: false }
    }
}

impl<C: Credential> RequestOptions<C> {
    fn authorize(&self, credential: &C, headers: &mut HeaderMap) {
        credential.authorize(headers);
        if let Some(headers_from) = &self.headers_from {
            headers_from(credential, headers);
        }
    }
}

pub(super) struct Executor<'a, L: Login> {
    client: &'a Client<L>,
    terms: &'a RequestOptions<L::Credential>,
    /// One 401 is healed, however often the request is sent.
    may_heal: bool,
    replays: bool,
    retries: u32,
    retried: u32,
    /// What the sendings so far were authorized with.
    secrets: Secrets,
    redirects: u32,
}

impl<'a, L: Login> Executor<'a, L> {
    pub(super) fn new(client: &'a Client<L>, terms: &'a RequestOptions<L::Credential>, request: &Request) -> Self {
        let again = !terms.once && terms.using.is_none();
        Self {
            client,
            terms,
            may_heal: again,
            replays: false,
            retries: if again && is_idempotent(request) { client.http().pool().options.retry.retries } else { 0 },
            retried: 0,
            redirects: 0,
            secrets: Secrets::default(),
        }
    }

    /// Sends it. A response that is no 2xx carries what was sent, as [`Secrets`] among its extensions.
    pub(super) async fn send(&mut self, mut request: Request) -> Result<Response> {
        let pool = self.client.http().pool();
        if !pool.base.same_origin(request.url()) {
            let message = format!(
                "the request goes to {}, another origin than the base URL {}; credentials are never sent there",
                shown(request.url()),
                pool.base.as_url(),
            );
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        prepare(&mut request)?;
        needs_runtime()?;
        let body = Failed::watch(&mut request);
        let timeout = request.timeout().copied();
        let mut began = None;
        loop {
            let (again, is_whole) = Again::of(&request);
            let can = is_whole && (self.may_heal || self.retried < self.retries);
            let generation = self.authorize(&mut request).await?;
            if self.terms.headers_from.is_some() {
                own::refuse(request.headers(), &[AUTHORIZATION, CONTENT_LENGTH])?;
            }
            let authorized = Authorized::of(request.headers());
            // Behind the login, whose time is its own.
            let sent_at = *began.get_or_insert_with(|| pool.clock.coarse());
            let result = pool.http.execute(request).await;
            // Before the credential is thrown away.
            let has_secrets = self.keeps_secrets(&result);
            if has_secrets {
                self.remember(&authorized);
            }
            if let Ok(response) = &result
                && let Some(target) = self.redirect(response, &again)?
            {
                if !is_whole {
                    return Err(with_stream(again.method(), response, &target, &self.secrets));
                }
                request = again.into_request();
                *request.url_mut() = target;
                // The hops of a redirect share the time of one sending.
                let elapsed = pool.clock.coarse().saturating_sub(sent_at);
                let timeout = timeout.unwrap_or(pool.options.timeout);
                *request.timeout_mut() = Some(timeout.saturating_sub(elapsed));
                continue;
            }
            if !self.should_retry(&result, generation, can).await {
                let mut response = result.map_err(|error| body.or(error))?;
                if has_secrets {
                    again.tell(&mut self.secrets);
                    response.extensions_mut().insert(std::mem::take(&mut self.secrets));
                }
                return Ok(response);
            }
            request = again.into_request();
            *request.timeout_mut() = timeout;
            began = None;
        }
    }

    /// Whether what was sent may be repeated in an error that is made of this.
    fn keeps_secrets(&self, result: &reqwest::Result<Response>) -> bool {
        result.as_ref().is_ok_and(|response| self.terms.keeps_secrets || !response.status().is_success())
    }

    fn remember(&mut self, authorized: &Authorized) {
        for value in authorized.first.iter().chain(&authorized.others) {
            self.secrets.add_header(&String::from_utf8_lossy(value.as_bytes()));
        }
        if let Some(credential) = self.terms.using.clone().or_else(|| self.client.cache.peek()) {
            credential.secrets().iter().for_each(|secret| self.secrets.add(secret.expose_secret()));
        }
    }

    /// The URL that the request is sent on to, if it is.
    fn redirect(&mut self, response: &Response, sent: &Again) -> Result<Option<Url>> {
        if self.terms.no_redirect || !response.status().is_redirection() {
            return Ok(None);
        }
        sent.tell(&mut self.secrets);
        let target = redirect(&self.client.http().pool().base, sent.method(), response, &self.secrets)?;
        self.redirects += u32::from(target.is_some());
        if self.redirects > MAX_REDIRECTS {
            return Err(too_many(sent.method(), response.url(), response.status()));
        }
        Ok(target)
    }

    /// Puts the credential to use now into the request's headers; answers its generation.
    async fn authorize(&mut self, request: &mut Request) -> Result<u64> {
        if let Some(credential) = &self.terms.using {
            self.terms.authorize(credential, request.headers_mut());
            return Ok(0);
        }
        let cache = &self.client.cache;
        let authorize = |entry: &Entry<L::Credential>| {
            self.terms.authorize(&entry.credential, request.headers_mut());
            entry.generation
        };
        let generation = match cache.at_hand(authorize) {
            Ok(generation) => generation,
            // Boxed: where nobody waits, what is sent need not carry the room for it.
            Err(mut authorize) => authorize(&*Box::pin(cache.get()).await?),
        };
        if std::mem::take(&mut self.replays) {
            cache.count(|counters| &counters.replays);
            let http = self.client.http();
            tracing::debug!(host = http.host(), account = %http.label(), generation, "401: sent again");
        }
        Ok(generation)
    }

    /// Whether the request is to be sent again, after the pause that this takes.
    async fn should_retry(&mut self, result: &reqwest::Result<Response>, generation: u64, can: bool) -> bool {
        let cache = &self.client.cache;
        match result {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {
                // Thrown away also where this request cannot be sent again, for those to come.
                let verdict = match std::mem::take(&mut self.may_heal) {
                    true if can => Some(cache.invalidate_or_adopt(generation).await),
                    true => Some(cache.invalidate(generation)),
                    false => None,
                };
                self.replays = verdict.is_some_and(|verdict| verdict != Invalidation::Kept) && can;
                // A login that follows tells the store. Where none does the process may end: others shall not take it again.
                if verdict == Some(Invalidation::Removed) && !can {
                    cache.remove_invalidated().await;
                }
                self.replays
            }
            result => {
                if result.is_ok() {
                    cache.served(generation);
                }
                if !can || self.retried == self.retries {
                    return false;
                }
                let Some(pause) = pause_before_retry(result, self.retried) else { return false };
                self.retried += 1;
                cache.count(|counters| &counters.retries);
                tokio::time::sleep(pause).await;
                true
            }
        }
    }
}

/// The headers that authorized one sending. One of them takes no room elsewhere.
struct Authorized {
    first: Option<HeaderValue>,
    others: Vec<HeaderValue>,
}

impl Authorized {
    fn of(headers: &HeaderMap) -> Self {
        let is_secret = |(name, value): &(&HeaderName, &HeaderValue)| value.is_sensitive() || *name == AUTHORIZATION;
        let mut values = headers.iter().filter(is_secret).map(|(_, value)| value.clone());
        Self { first: values.next(), others: values.collect() }
    }
}

/// What a request is made of once more, and what it sent. Its own `try_clone` costs more, and is needed where there is more to it, such as a
/// body.
enum Again {
    Bare { method: Method, url: Url, headers: HeaderMap, timeout: Option<Duration> },
    Whole(Request),
}

impl Again {
    /// The same request, and whether that is all of it: the body of a stream is sent once.
    fn of(request: &Request) -> (Self, bool) {
        let has_more = request.body().is_some() || request.version() != Version::default();
        if has_more && let Some(whole) = request.try_clone() {
            return (Self::Whole(whole), true);
        }
        let (method, url) = (request.method().clone(), request.url().clone());
        let (headers, timeout) = (request.headers().clone(), request.timeout().copied());
        (Self::Bare { method, url, headers, timeout }, !has_more)
    }

    fn method(&self) -> &Method {
        match self {
            Self::Bare { method, .. } => method,
            Self::Whole(request) => request.method(),
        }
    }

    fn tell(&self, secrets: &mut Secrets) {
        let (url, headers) = match self {
            Self::Bare { url, headers, .. } => (url, headers),
            Self::Whole(request) => (request.url(), request.headers()),
        };
        secrets.add_url(url);
        secrets.add_headers(headers);
        if let Self::Whole(request) = self {
            secrets.add_body(request.body().and_then(|body| body.as_bytes()).unwrap_or_default());
        }
    }

    fn into_request(self) -> Request {
        match self {
            Self::Whole(request) => request,
            Self::Bare { method, url, headers, timeout } => {
                let mut request = Request::new(method, url);
                *request.headers_mut() = headers;
                *request.timeout_mut() = timeout;
                request
            }
        }
    }
}

/// Refuses headers that are not the caller's to set, before the credential's are added.
fn prepare(request: &mut Request) -> Result<()> {
    let headers = request.headers();
    // reqwest itself sets the length of a multipart body, which is a stream.
    let is_form = || headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data;"));
    let is_stream = request.body().is_some_and(|body| body.as_bytes().is_none());
    own::refuse(headers, if is_stream && is_form() { &[CONTENT_LENGTH] } else { &[] })?;
    // RFC 9110, 8.6: some servers answer 411 to a post of nothing without it.
    if request.body().is_none() && [Method::POST, Method::PUT, Method::PATCH].contains(request.method()) {
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    Ok(())
}

fn is_idempotent(request: &Request) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE].contains(request.method())
}

/// The pause before an idempotent request is sent again, `None` if it is not. The README's table of retries is this function.
fn pause_before_retry(result: &reqwest::Result<Response>, retry: u32) -> Option<Duration> {
    let asked = match result {
        Ok(response) if matches!(response.status().as_u16(), 500 | 502 | 503 | 504) => retry_after(response.headers()),
        // The server has most likely closed a kept connection while nothing was sent on it. A new one needs no pause.
        Err(error) if broke_off(error) && retry == 0 => return Some(Duration::ZERO),
        Err(error) if error.is_connect() || error.is_timeout() || broke_off(error) => None,
        _ => return None,
    };
    let most = FIRST_PAUSE.saturating_mul(1 << retry.min(8)).min(LONGEST_PAUSE);
    let pause = most.mul_f64(random::jitter()).max(asked.unwrap_or_default());
    (pause <= LONGEST_PAUSE).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_before_a_retry_is_drawn_from_a_quarter_of_a_second_that_doubles_up_to_two() {
        let down: reqwest::Result<Response> = Ok(http::Response::builder().status(503).body("").unwrap().into());
        for (retry, most) in [(0, 250), (1, 500), (2, 1000), (3, 2000), (4, 2000), (40, 2000)] {
            let longest = (0..1000).filter_map(|_| pause_before_retry(&down, retry)).max().unwrap().as_millis();
            assert!((most * 9 / 10..=most).contains(&longest), "{longest} ms before retry {retry}");
        }
    }

    #[test]
    fn an_error_that_is_neither_a_failed_connection_nor_a_time_out_is_not_tried_again() {
        let error = reqwest::Client::new().get("no URL").build().unwrap_err();
        assert_eq!(pause_before_retry(&Err(error), 0), None);
    }

    #[test]
    fn what_is_sent_again_keeps_its_version() {
        let mut request = Request::new(Method::GET, Url::parse("https://host.test/").unwrap());
        *request.version_mut() = Version::HTTP_2;
        assert_eq!(Again::of(&request).0.into_request().version(), Version::HTTP_2);
    }
}
