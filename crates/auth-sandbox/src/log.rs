//! The last exchanges of all providers, for people: secrets are masked.

use std::{
    collections::VecDeque,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, Method};

use crate::{fault::On, mask, recorded::Recorded, reply::Reply, tokens::lock};

/// The number of exchanges that are kept.
pub(crate) const KEPT: usize = 500;
/// A longer body is not kept, in bytes.
const LONGEST_BODY: usize = 16 << 10;

/// One exchange in the sandbox's log. Secrets are masked: a token is shown as `token:` and its
/// [id](crate::LiveToken::id), a password as `***`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = auth_sandbox::Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// let login = serde_json::json!({ "email": econpay.username(), "password": econpay.password() });
/// reqwest::Client::new().post(format!("{}/auth", econpay.base_url())).json(&login).send().await?;
///
/// let log = sandbox.log();
/// assert_eq!((log[0].provider, log[0].status), ("econpay", Some(201)));
/// assert!(!log[0].request_body.contains(econpay.password()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogEntry {
    /// The number of the exchange: 1 for the first of the sandbox.
    pub number: u64,
    /// The time of the answer, by the sandbox's clock.
    pub at: SystemTime,
    /// The provider's [name](crate::Provider::name).
    pub provider: &'static str,
    /// The kind of the request.
    pub on: On,
    /// The method.
    pub method: Method,
    /// The path from the server's root, with the query.
    pub path: String,
    /// The headers of the request.
    pub request_headers: HeaderMap,
    /// The body of the request if it is JSON, else its length.
    pub request_body: String,
    /// The kind of the fault that the request met: `status`, `close` and so on.
    pub fault: Option<&'static str>,
    /// The status of the answer; `None` if the connection was closed without one.
    pub status: Option<u16>,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The body of the answer if it is JSON, else its length.
    pub body: String,
}

/// The log of a sandbox.
#[derive(Default)]
pub(crate) struct Log(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    last: u64,
    exchanges: VecDeque<Raw>,
}

/// An exchange with its secrets. It is masked when it is read.
pub(crate) struct Raw {
    pub(crate) number: u64,
    at: u64,
    pub(crate) provider: &'static str,
    pub(crate) on: On,
    fault: Option<&'static str>,
    method: Method,
    path: String,
    request_headers: HeaderMap,
    request_body: Body,
    pub(crate) status: Option<u16>,
    headers: HeaderMap,
    body: Body,
}

impl Log {
    /// Adds an exchange. `at` is in milliseconds since 1970.
    pub(crate) fn add(
        &self,
        at: u64,
        provider: &'static str,
        on: On,
        fault: Option<&'static str>,
        request: &Recorded,
        reply: Option<&Reply>,
    ) {
        let kept = &mut *lock(&self.0);
        kept.last += 1;
        kept.exchanges.push_back(Raw {
            number: kept.last,
            at,
            provider,
            on,
            fault,
            method: request.method.clone(),
            path: request.path.clone(),
            request_headers: request.headers.clone(),
            request_body: Body::of(&request.body),
            status: reply.map(|reply| reply.status.as_u16()),
            headers: reply.map(|reply| reply.headers.clone()).unwrap_or_default(),
            body: reply.map(|reply| Body::of(&reply.body)).unwrap_or_default(),
        });
        if kept.exchanges.len() > KEPT {
            kept.exchanges.pop_front();
        }
    }

    /// Returns the last `most` exchanges that are wanted, the oldest first.
    pub(crate) fn read(&self, most: usize, wanted: impl Fn(&Raw) -> bool) -> Vec<LogEntry> {
        let kept = lock(&self.0);
        let found = kept.exchanges.iter().rev().filter(|raw| wanted(raw)).take(most);
        let mut found: Vec<_> = found.map(Raw::masked).collect();
        found.reverse();
        found
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).exchanges.clear();
    }
}

impl Raw {
    /// Returns the path from the server's root, without the query.
    pub(crate) fn path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    fn masked(&self) -> LogEntry {
        LogEntry {
            number: self.number,
            at: UNIX_EPOCH + Duration::from_millis(self.at),
            provider: self.provider,
            on: self.on,
            method: self.method.clone(),
            path: mask::path(&self.path),
            request_headers: mask::headers(&self.request_headers),
            request_body: self.request_body.masked(),
            fault: self.fault,
            status: self.status,
            headers: mask::headers(&self.headers),
            body: self.body.masked(),
        }
    }
}

/// A body, unless it is too long to keep, and its length.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    length: usize,
}

impl Body {
    fn of(bytes: &[u8]) -> Self {
        let kept = if bytes.len() > LONGEST_BODY { &[] } else { bytes };
        Self { bytes: kept.to_vec(), length: bytes.len() }
    }

    /// Returns the body with masked secrets. A body that was not kept is shown by its length.
    fn masked(&self) -> String {
        if self.bytes.len() < self.length { format!("{} bytes", self.length) } else { mask::body(&self.bytes) }
    }
}
