//! The path of a request to its provider.

use std::{io, net::SocketAddr};

use http::{HeaderName, HeaderValue, Response, header};
use http_body_util::{BodyExt, Limited};

use crate::{
    clock, control,
    fault::{Fault, On},
    page,
    provider::{Api, RunningApi},
    recorded::{Call, Recorded},
    reply::{Body, Reply},
    server::Shared,
};

/// The largest body that the server reads, in bytes.
const LIMIT: usize = 16 << 20;
/// The header that distinguishes the sandbox from a real service.
const SANDBOX: &str = concat!("auth-sandbox/", env!("CARGO_PKG_VERSION"));

/// Answers a request. An error closes the connection without an answer.
pub(crate) async fn answer(
    shared: &Shared,
    peer: SocketAddr,
    request: hyper::Request<hyper::body::Incoming>,
) -> io::Result<Response<Body>> {
    let (mut parts, body) = request.into_parts();
    if let Some(host) = parts.uri.authority().and_then(|host| host.as_str().parse().ok()) {
        // HTTP/2, and the absolute form of HTTP/1.1, name the host in the target.
        parts.headers.insert(header::HOST, host);
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let is_control = control::is_below(parts.uri.path());
    let refused = shared.guard.host(&parts.headers);
    let refused = refused.or_else(|| is_control.then(|| shared.guard.control(peer, &parts.headers))?);
    let mut response = if let Some(refused) = refused {
        refused.whole()
    } else if let Ok(body) = Limited::new(body, LIMIT).collect().await {
        let body = body.to_bytes().into();
        let request = Recorded { method: parts.method, path, headers: parts.headers, body };
        served(shared, &request, parts.uri.path(), is_control).await?
    } else {
        Reply::new(413, "text/plain", "the body is too long, or broke off").whole()
    };
    let headers = response.headers_mut();
    headers.insert("sandbox", HeaderValue::from_static(SANDBOX));
    // The connection would add the machine's time.
    if let Ok(date) = clock::http(shared.clock.now()).try_into() {
        headers.insert(header::DATE, date);
    }
    Ok(response)
}

async fn served(shared: &Shared, request: &Recorded, path: &str, is_control: bool) -> io::Result<Response<Body>> {
    if is_control {
        return Ok(control::answer(shared, request).whole());
    }
    if path == "/" {
        return Ok(page::answer(request).whole());
    }
    for provider in &shared.providers {
        if let Some(call) = Call::below(provider.running.api.base_path, request) {
            let mut response = meet(shared, &provider.running, &call).await?;
            let fillers = shared.quirks.borrow().headers;
            for number in 1..=fillers {
                if let Ok(name) = HeaderName::try_from(format!("x-filler-{number}")) {
                    response.headers_mut().insert(name, number.into());
                }
            }
            return Ok(response);
        }
    }
    Ok(Reply::new(404, "text/plain", "no provider has this path").whole())
}

/// Sends a request to its provider, and logs it with its answer.
async fn meet(shared: &Shared, provider: &RunningApi, call: &Call<'_>) -> io::Result<Response<Body>> {
    let Api { name, login_paths, .. } = provider.api;
    let is_login = call.method() == "POST" && login_paths.contains(&call.path);
    let on = if is_login { On::Login } else { On::Resource };
    provider.arrived(on, call.request.clone());
    let (end, fault) = end(shared, provider, on, call).await;
    let log = |reply| shared.log.add(shared.clock.now(), name, on, fault, call.request, reply);
    let charset = shared.quirks.borrow().charset;
    match end {
        End::Whole(reply) => {
            log(Some(&reply));
            let reply = charset.encoded(reply);
            provider.answered(call.request, &reply);
            Ok(reply.whole())
        }
        End::Truncated(reply) => {
            log(Some(&reply));
            Ok(charset.encoded(reply).truncated())
        }
        End::Closed => {
            log(None);
            Err(io::Error::other("closed on purpose"))
        }
    }
}

enum End {
    Whole(Reply),
    Truncated(Reply),
    Closed,
}

/// Answers a request. Limits come before faults, as at a proxy. Returns the kind of the fault that it met.
async fn end(shared: &Shared, provider: &RunningApi, on: On, call: &Call<'_>) -> (End, Option<&'static str>) {
    if let Some(refused) = provider.over_the_limit() {
        return (End::Whole(refused), None);
    }
    if on == On::Login {
        let time = shared.quirks.borrow().login_time;
        tokio::time::sleep(time).await;
    }
    let served = || provider.with_limits(provider.serve(on, call));
    if on == On::Resource && provider.next_fault_is_a_body(on, call.path) {
        let reply = served();
        if reply.status == 401 {
            // The fault stays queued for a request with a live token.
            return (End::Whole(reply), None);
        }
    }
    let Some(fault) = provider.next_fault(on, call.path) else { return (End::Whole(served()), None) };
    let kind = Some(fault.kind());
    let error = |status, wait| provider.with_limits(provider.error(status, wait));
    let reply = match fault {
        Fault::Truncated { .. } => return (End::Truncated(served()), kind),
        Fault::Close { .. } => return (End::Closed, kind),
        Fault::Status { status, .. } => error(status, None),
        Fault::Unauthorized { .. } => error(401, None),
        Fault::TooManyRequests { retry_after, .. } => {
            let seconds = retry_after.as_deref().and_then(|value| value.parse().ok());
            error(429, seconds).header_if("retry-after", retry_after)
        }
        Fault::Delay { delay, .. } => {
            tokio::time::sleep(delay).await;
            served()
        }
        Fault::Body { status, content_type, body, .. } => Reply::new(status, &content_type, body),
    };
    (End::Whole(reply), kind)
}
