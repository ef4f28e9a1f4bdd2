//! The life of one request: authorized, sent, redirected, replayed after a 401, retried.

use std::borrow::Borrow;
use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode, Version};
use reqwest::{Request, Response};
use secrecy::ExposeSecret;
use url::Url;

use super::body::Kept;
use super::redirect::{MAX_REDIRECTS, redirect, too_many, with_stream};
use crate::backoff::Backoff;
use crate::cache::{CachedCredential, CredentialCache, Entry, Invalidation};
use crate::clock;
use crate::credential::Credential;
use crate::error::{Error, ErrorKind, Result};
use crate::login::Login;
use crate::quota::Priority;
use crate::random;
use crate::redact::Secrets;
use crate::refresh_token::RefreshToken;
use crate::transport::{BaseUrl, broke_off, needs_runtime, own, retry_after, set_parameter, shown};

/// Adds headers that are computed from the credential of a request.
pub(super) type HeadersFrom<C> = dyn Fn(&C, &mut HeaderMap) + Send + Sync;

/// The options of one request.
pub(super) struct RequestOptions<C> {
    pub(super) headers_from: Option<Box<HeadersFrom<C>>>,
    pub(super) using: Option<CachedCredential<C>>,
    pub(super) once: bool,
    pub(super) no_redirect: bool,
    /// A 2xx response also carries its [`Secrets`].
    pub(super) keeps_secrets: bool,
    pub(super) priority: Priority,
    /// The time for which each sending waits for a permit, if it is not that of the quota.
    pub(super) max_wait: Option<Duration>,
}

impl<C> Default for RequestOptions<C> {
    fn default() -> Self {
        Self {
            headers_from: None,
            using: None,
            once: false,
            no_redirect: false,
            keeps_secrets: false,
            priority: Priority::default(),
            max_wait: None,
        }
    }
}

/// Sends a request, and sends it again if needed. A response other than a 2xx carries the [`Secrets`] that were sent.
#[expect(clippy::manual_async_fn, reason = "an async fn moves its arguments once more, and is larger by them")]
pub(super) fn execute<'a, L: Login>(
    cache: &'a CredentialCache<L>,
    options: impl Borrow<RequestOptions<L::Credential>> + Send + 'a,
    request: reqwest::Result<Request>,
) -> impl Future<Output = Result<Response>> + Send + 'a {
    async move {
        let mut request = request?;
        let options = options.borrow();
        let pool = cache.http().pool();
        prepare(&pool.base, &mut request)?;
        let recipe = Recipe::of(&mut request);
        let mut executor = Executor::new(cache, options, &recipe.method);
        let mut began = None;
        loop {
            let may_resend = !recipe.body.is_stream() && executor.may_resend();
            let mut tick = clock::tick();
            if let Some(permits) = cache.permits() {
                // A login comes first: a permit must be used soon.
                if executor.ready(tick).is_none() {
                    Box::pin(cache.get()).await?;
                }
                Box::pin(permits.permit(options.priority, options.max_wait)).await?;
                tick = clock::tick();
            }
            let entry = match executor.ready(tick) {
                Some(entry) => entry,
                // Boxed, so that a request that does not wait needs no space for this future.
                None => Box::pin(cache.get()).await?,
            };
            executor.authorize(&entry, &mut request)?;
            // Read after the login, whose duration does not count against the request.
            let sent_at = *began.get_or_insert_with(|| pool.clock.coarse_at(tick));
            let result = pool.http()?.execute(request).await;
            if let (Some(permits), Ok(response)) = (cache.permits(), &result) {
                Box::pin(permits.observe(response.status(), response.headers())).await;
            }
            let result = match result {
                Ok(response) if response.status().is_success() && !options.keeps_secrets => {
                    cache.served(entry.generation);
                    return Ok(response);
                }
                result => result,
            };
            // This comes before the credential is invalidated.
            let has_secrets = executor.remember(&result, &entry);
            if let Ok(response) = &result
                && let Some(target) = executor.redirect(response, &recipe)?
            {
                if recipe.body.is_stream() {
                    return Err(with_stream(&recipe.method, response, &target, &executor.secrets));
                }
                // All hops of a redirect share the time-out of one request.
                let elapsed = pool.clock.coarse().saturating_sub(sent_at);
                let left = recipe.timeout.unwrap_or(pool.options.timeout).saturating_sub(elapsed);
                request = recipe.request(target, Some(left));
                continue;
            }
            let resends = Box::pin(executor.resends(&result, &entry, may_resend)).await;
            let Some(url) = sent_to(&result).filter(|_| resends) else {
                let mut response = result.map_err(|error| recipe.body.failed(error))?;
                if has_secrets {
                    recipe.tell(response.url(), &mut executor.secrets);
                    response.extensions_mut().insert(executor.secrets);
                }
                return Ok(response);
            };
            request = recipe.request(url.clone(), recipe.timeout);
            began = None;
        }
    }
}

/// The parts from which a request is built again, without its credential.
///
/// The URL is not among them, because it comes back with the response or the error.
struct Recipe {
    method: Method,
    /// A list, because a map costs more to clone.
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Kept,
    version: Version,
    timeout: Option<Duration>,
}

impl Recipe {
    /// Keeps a request's parts, and leaves the request as it was.
    #[inline]
    fn of(request: &mut Request) -> Self {
        Self {
            body: Kept::of(request),
            method: request.method().clone(),
            headers: request.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            version: request.version(),
            timeout: request.timeout().copied(),
        }
    }

    fn request(&self, url: Url, timeout: Option<Duration>) -> Request {
        let mut request = Request::new(self.method.clone(), url);
        for (name, value) in &self.headers {
            request.headers_mut().append(name, value.clone());
        }
        *request.body_mut() = self.body.again();
        *request.version_mut() = self.version;
        *request.timeout_mut() = timeout;
        request
    }

    /// Adds everything that was sent to the secrets.
    fn tell(&self, url: &Url, secrets: &mut Secrets) {
        secrets.add_url(url);
        secrets.add_headers(self.headers.iter().map(|(name, value)| (name, value)));
        secrets.add_body(self.body.as_bytes());
    }
}

/// Returns the URL that a request was sent to.
fn sent_to(result: &reqwest::Result<Response>) -> Option<&Url> {
    result.as_ref().map_or_else(reqwest::Error::url, |response| Some(response.url()))
}

/// The state of a request that may be sent more than once.
struct Executor<'a, L: Login> {
    cache: &'a CredentialCache<L>,
    options: &'a RequestOptions<L::Credential>,
    /// False if no 401 causes a replay any more, however often the request is sent.
    may_replay: bool,
    /// The credential that met the first 401.
    refused: Option<Arc<Entry<L::Credential>>>,
    replays: bool,
    retries: Backoff,
    redirects: u32,
    /// The headers that were sent last, if a closure adds headers. It may add others the next time.
    signed: Option<HeaderMap>,
    /// The secrets sent so far.
    secrets: Secrets,
}

impl<'a, L: Login> Executor<'a, L> {
    fn new(cache: &'a CredentialCache<L>, options: &'a RequestOptions<L::Credential>, method: &Method) -> Self {
        let again = !options.once && options.using.is_none();
        let retries = if again && is_idempotent(method) { cache.http().pool().options.retry.retries } else { 0 };
        Self {
            cache,
            options,
            may_replay: again,
            refused: None,
            replays: false,
            retries: Backoff::new(retries),
            redirects: 0,
            signed: None,
            secrets: Secrets::default(),
        }
    }

    fn may_resend(&self) -> bool {
        self.may_replay || !self.retries.is_exhausted()
    }

    /// Returns the credential if no wait is needed.
    fn ready(&self, tick: Option<u64>) -> Option<Arc<Entry<L::Credential>>> {
        match &self.options.using {
            Some(credential) => Some(Arc::clone(credential.entry())),
            None => self.cache.fresh(tick),
        }
    }

    /// Adds the credential to a request.
    fn authorize(&mut self, entry: &Entry<L::Credential>, request: &mut Request) -> Result<()> {
        if let Some((name, value)) = entry.credential.query_parameter() {
            set_parameter(request.url_mut(), name, value);
        }
        let headers = request.headers_mut();
        entry.credential.authorize(headers);
        if let Some(headers_from) = &self.options.headers_from {
            headers_from(&entry.credential, headers);
            own::refuse(headers, &[AUTHORIZATION, CONTENT_LENGTH])?;
            self.signed = Some(headers.clone());
        }
        if std::mem::take(&mut self.replays) {
            self.cache.replayed(entry.generation);
        }
        Ok(())
    }

    /// Records the secrets that authorized a request, if its response is to carry them. Returns true in that case.
    fn remember(&mut self, result: &reqwest::Result<Response>, entry: &Entry<L::Credential>) -> bool {
        let Ok(response) = result else { return false };
        if response.status().is_success() && !self.options.keeps_secrets {
            return false;
        }
        let mut own = HeaderMap::new();
        let headers = self.signed.as_ref().unwrap_or_else(|| {
            entry.credential.authorize(&mut own);
            &own
        });
        for (_, value) in headers.iter().filter(|(name, value)| value.is_sensitive() || *name == AUTHORIZATION) {
            self.secrets.add_header(&String::from_utf8_lossy(value.as_bytes()));
        }
        entry.credential.secrets().iter().for_each(|secret| self.secrets.add(secret.expose_secret()));
        let refresh_token = entry.credential.refresh_token().map(RefreshToken::expose_secret);
        let parameter = entry.credential.query_parameter().map(|(_name, value)| value);
        refresh_token.into_iter().chain(parameter).for_each(|secret| self.secrets.add(secret));
        true
    }

    /// Returns the URL to request next, if the response is a redirect that the client follows.
    fn redirect(&mut self, response: &Response, sent: &Recipe) -> Result<Option<Url>> {
        if self.options.no_redirect || !response.status().is_redirection() {
            return Ok(None);
        }
        sent.tell(response.url(), &mut self.secrets);
        let target = redirect(&self.cache.http().pool().base, &sent.method, response, &self.secrets)?;
        self.redirects += u32::from(target.is_some());
        if self.redirects > MAX_REDIRECTS {
            return Err(too_many(&sent.method, response.url(), response.status()));
        }
        Ok(target)
    }

    /// Records a 401 to a credential. Returns true if the client recovers from it: from the first one, and from a second
    /// one to a credential that may have been revoked together with the first.
    fn heals(&mut self, entry: &Arc<Entry<L::Credential>>) -> bool {
        if !self.may_replay {
            return false;
        }
        self.cache.refused(entry);
        match &self.refused {
            None => {
                self.refused = Some(Arc::clone(entry));
                true
            }
            Some(first) => {
                self.may_replay = false;
                entry.may_be_revoked_with(first)
            }
        }
    }

    /// Decides whether the request is sent again, and waits for the pause before a retry.
    async fn resends(
        &mut self,
        result: &reqwest::Result<Response>,
        entry: &Arc<Entry<L::Credential>>,
        may_resend: bool,
    ) -> bool {
        let (cache, generation) = (self.cache, entry.generation);
        match result {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {
                // The credential is invalidated for later requests, even if this one cannot be sent again.
                let invalidation = match self.heals(entry) {
                    true if may_resend => Some(Box::pin(cache.invalidate_or_adopt(generation)).await),
                    true => Some(cache.invalidate(generation)),
                    false => None,
                };
                self.replays = invalidation.is_some_and(|outcome| outcome != Invalidation::Kept) && may_resend;
                // Normally the next login updates the store. If none follows, the process may end before that.
                if invalidation == Some(Invalidation::Removed) && !may_resend {
                    Box::pin(cache.remove_invalidated()).await;
                }
                self.replays
            }
            result => {
                if result.is_ok() {
                    cache.served(generation);
                }
                if !may_resend || self.retries.is_exhausted() {
                    return false;
                }
                let Some(pause) = pause_before_retry(result, &mut self.retries) else { return false };
                cache.count(|counters| &counters.retries);
                tokio::time::sleep(pause).await;
                true
            }
        }
    }
}

/// Rejects requests to another origin, and headers that only the client sets, before the credential's headers are
/// added.
#[inline]
fn prepare(base: &BaseUrl, request: &mut Request) -> Result<()> {
    if !base.same_origin(request.url()) {
        let message = format!(
            "the request goes to {}, another origin than the base URL {}; credentials are never sent there",
            shown(request.url()),
            base.as_url(),
        );
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    let headers = request.headers();
    if !headers.is_empty() {
        // reqwest itself sets the length of a multipart body, which is a stream.
        let is_form =
            || headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data;"));
        let is_stream = request.body().is_some_and(|body| body.as_bytes().is_none());
        own::refuse(headers, if is_stream && is_form() { &[CONTENT_LENGTH] } else { &[] })?;
    }
    own::state_length(request);
    needs_runtime()
}

fn is_idempotent(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE].contains(method)
}

/// Returns the pause before an idempotent request is retried, or `None` if it is not retried. The README's table of
/// retries describes this function.
fn pause_before_retry(result: &reqwest::Result<Response>, retries: &mut Backoff) -> Option<Duration> {
    let asked = match result {
        Ok(response) if matches!(response.status().as_u16(), 500 | 502 | 503 | 504) => retry_after(response.headers()),
        // The server has most likely closed an idle connection. A new one needs no pause.
        Err(error) if broke_off(error) && retries.attempt() == 1 => {
            return retries.next(0.0);
        }
        Err(error) if error.is_connect() || error.is_timeout() || broke_off(error) => None,
        _ => return None,
    };
    let asked = asked.unwrap_or_default();
    if asked > Backoff::MAX_PAUSE {
        return None;
    }
    retries.next(random::jitter()).map(|pause| pause.max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(result: &reqwest::Result<Response>) -> Option<Duration> {
        pause_before_retry(result, &mut Backoff::new(1))
    }

    #[test]
    fn a_503_is_retried_after_the_back_off_or_its_own_retry_after() {
        let down = |after: &str| {
            Ok(http::Response::builder().status(503).header("retry-after", after).body("").unwrap().into())
        };
        assert!(pause(&down("0")).is_some_and(|pause| pause <= Duration::from_millis(250)));
        assert_eq!(pause(&down("2")), Some(Duration::from_secs(2)));
        assert_eq!(pause(&down("3")), None, "the caller decides about a longer one");
    }

    #[test]
    fn an_error_before_the_connection_is_not_retried() {
        let error = reqwest::Client::new().get("no URL").build().unwrap_err();
        assert_eq!(pause(&Err(error)), None);
    }

    #[test]
    fn a_replay_is_the_same_request() {
        let url = Url::parse("https://host.test/a?b=c").unwrap();
        let mut request = Request::new(Method::PUT, url.clone());
        for text in ["one", "two"] {
            request.headers_mut().append("x-tag", HeaderValue::from_static(text));
        }
        *request.body_mut() = Some("{}".into());
        *request.version_mut() = Version::HTTP_2;
        let again = Recipe::of(&mut request).request(url, Some(Duration::from_secs(5)));
        assert_eq!((again.method(), again.url()), (request.method(), request.url()));
        assert_eq!((again.headers(), again.version()), (request.headers(), Version::HTTP_2));
        assert_eq!(again.body().and_then(reqwest::Body::as_bytes), Some(&b"{}"[..]));
        assert_eq!(again.timeout(), Some(&Duration::from_secs(5)));
    }
}
