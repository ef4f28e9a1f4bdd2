//! The last exchanges of all providers, for people: secrets are masked.

use std::{
    collections::VecDeque,
    fmt,
    sync::Mutex,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::http::{HeaderMap, Method};

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
    exchanges: VecDeque<(u64, Raw)>,
}

/// An exchange as it was. It is masked when it is read.
pub(crate) struct Raw {
    at: u64,
    provider: &'static str,
    on: On,
    fault: Option<&'static str>,
    request: Recorded,
    request_length: usize,
    answer: Option<Answer>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    length: usize,
}

/// Shows no exchange, because they are many and hold secrets.
impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

impl Log {
    pub(crate) fn add(
        &self,
        at: u64,
        provider: &'static str,
        (on, fault): (On, Option<&'static str>),
        mut request: Recorded,
        reply: Option<&Reply>,
    ) {
        let request_length = request.body.len();
        if request_length > LONGEST_BODY {
            request.body = Vec::new();
        }
        let answer = reply.map(|reply| {
            let body = if reply.body.len() > LONGEST_BODY { Vec::new() } else { reply.body.clone() };
            let (status, headers, length) = (reply.status.as_u16(), reply.headers.clone(), reply.body.len());
            Answer { status, headers, body, length }
        });
        let kept = &mut *lock(&self.0);
        kept.last += 1;
        kept.exchanges.push_back((kept.last, Raw { at, provider, on, fault, request, request_length, answer }));
        if kept.exchanges.len() > KEPT {
            kept.exchanges.pop_front();
        }
    }

    /// Returns the last `most` exchanges that are wanted, the oldest first.
    pub(crate) fn read(&self, most: usize, wanted: impl Fn(u64, &Raw) -> bool) -> Vec<LogEntry> {
        let kept = lock(&self.0);
        let found = kept.exchanges.iter().rev().filter(|(number, raw)| wanted(*number, raw)).take(most);
        let mut found: Vec<_> = found.map(|(number, raw)| raw.masked(*number)).collect();
        found.reverse();
        found
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).exchanges.clear();
    }
}

impl Raw {
    pub(crate) fn provider(&self) -> &'static str {
        self.provider
    }

    pub(crate) fn on(&self) -> On {
        self.on
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// Returns the path from the server's root, without the query.
    pub(crate) fn path(&self) -> &str {
        self.request.path.split('?').next().unwrap_or_default()
    }

    fn masked(&self, number: u64) -> LogEntry {
        let answer = self.answer.as_ref();
        LogEntry {
            number,
            at: UNIX_EPOCH + Duration::from_millis(self.at),
            provider: self.provider,
            on: self.on,
            method: self.request.method.clone(),
            path: mask::path(&self.request.path),
            request_headers: mask::headers(&self.request.headers),
            request_body: shown(&self.request.body, self.request_length),
            fault: self.fault,
            status: self.status(),
            headers: answer.map(|answer| mask::headers(&answer.headers)).unwrap_or_default(),
            body: answer.map(|answer| shown(&answer.body, answer.length)).unwrap_or_default(),
        }
    }
}

/// Returns a body with masked secrets. A body that was too long to keep is shown by its length.
fn shown(body: &[u8], length: usize) -> String {
    if body.len() < length { format!("{length} bytes") } else { mask::body(body) }
}
