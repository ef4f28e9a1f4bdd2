//! Faults that tests queue.

use std::{collections::VecDeque, time::Duration};

/// The kind of request that a fault is for.
///
/// ```
/// use auth_sandbox::{Fault, On};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// # let sandbox = auth_sandbox::Sandbox::start().await?;
/// sandbox.econpay().fault(On::Login, Fault::Status { status: 503, times: 2 });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The requests that [`Provider::logins`](crate::Provider::logins) counts.
    Login,
    /// All other requests.
    Resource,
}

/// The requests that a fault is for.
///
/// ```
/// use auth_sandbox::{Fault, On, Place};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// # let sandbox = auth_sandbox::Sandbox::start().await?;
/// let pontotel = sandbox.pontotel();
/// pontotel.fault(On::Login, Fault::Close { times: 1 });
/// pontotel.fault("usuarios/", Fault::Status { status: 500, times: 1 });
/// assert_eq!(pontotel.faults()[1].place, Place::Path("usuarios/".into()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// All requests of a kind.
    Kind(On),
    /// All requests for this path below the base URL, without a slash at the beginning and without a query.
    Path(String),
}

impl Place {
    fn covers(&self, on: On, path: &str) -> bool {
        match self {
            Self::Kind(kind) => *kind == on,
            Self::Path(wanted) => wanted == path,
        }
    }
}

impl From<On> for Place {
    fn from(on: On) -> Self {
        Self::Kind(on)
    }
}

/// A slash at the beginning of the path is dropped.
impl From<&str> for Place {
    fn from(path: &str) -> Self {
        Self::Path(path.strip_prefix('/').unwrap_or(path).to_owned())
    }
}

/// A fault that replaces or disturbs the answer to the next `times` requests.
///
/// Faults queue: the second starts when the first is used up. The server applies them before it checks the token, so
/// requests without a token meet them too. Only [`Body`](Self::Body) waits for a request with a live token.
///
/// ```
/// use std::time::Duration;
/// use auth_sandbox::{Fault, On, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// econpay.fault(On::Resource, Fault::TooManyRequests { retry_after: Some("7".into()), times: 1 });
///
/// let answer = reqwest::get(format!("{}/auth", econpay.base_url())).await?;
/// assert_eq!(answer.status(), 429);
/// assert_eq!(answer.headers()["retry-after"], "7");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with a status and the provider's own error body for it.
    Status {
        /// The status.
        status: u16,
        /// The number of requests.
        times: u32,
    },
    /// Answers 429 with the provider's own body.
    ///
    /// A number of seconds also appears in the provider's other places for it (Pontotel's body and
    /// `X-RateLimit-Reset`, Api4Com's `RateLimit-Reset`). Any other value, or none, leaves those out.
    TooManyRequests {
        /// The value of `Retry-After`, sent as it is; `None` leaves the header out.
        retry_after: Option<String>,
        /// The number of requests.
        times: u32,
    },
    /// Answers 401 with the provider's own body. A live token stays alive.
    Unauthorized {
        /// The number of requests.
        times: u32,
    },
    /// Waits, then serves the request.
    Delay {
        /// The time to wait.
        delay: Duration,
        /// The number of requests.
        times: u32,
    },
    /// Serves the request, sends half of the answer with the `Content-Length` of the whole, and closes the connection.
    Truncated {
        /// The number of requests.
        times: u32,
    },
    /// Sends another answer in place of the provider's, such as a proxy's page or a resource of your own.
    ///
    /// A request that the provider answers with 401 gets that 401 and does not use up the fault. Logins get the body
    /// even with a wrong secret.
    Body {
        /// The status.
        status: u16,
        /// The value of `Content-Type`.
        content_type: String,
        /// The body.
        body: Vec<u8>,
        /// The number of requests.
        times: u32,
    },
    /// Closes the connection without serving the request. HTTP/2 resets the stream alone.
    Close {
        /// The number of requests.
        times: u32,
    },
}

impl Fault {
    /// Returns the kind of fault in the words of the control API and the log.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Delay { .. } => "delay",
            Self::Truncated { .. } => "truncated",
            Self::Body { .. } => "body",
            Self::Close { .. } => "close",
        }
    }

    pub(crate) fn times(&mut self) -> &mut u32 {
        match self {
            Self::Status { times, .. }
            | Self::TooManyRequests { times, .. }
            | Self::Unauthorized { times }
            | Self::Delay { times, .. }
            | Self::Truncated { times }
            | Self::Body { times, .. }
            | Self::Close { times } => times,
        }
    }
}

/// A fault that waits for its requests.
///
/// ```
/// use auth_sandbox::{Fault, On};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// # let sandbox = auth_sandbox::Sandbox::start().await?;
/// let econpay = sandbox.econpay();
/// econpay.fault(On::Login, Fault::Status { status: 503, times: 2 });
/// let queued = &econpay.faults()[0];
/// assert_eq!(queued.fault, Fault::Status { status: 503, times: 2 });
/// assert!(econpay.clear_fault(queued.id));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueuedFault {
    /// The number of the fault, which is unique for the provider.
    pub id: u64,
    /// The requests that the fault is for.
    pub place: Place,
    /// The fault. Its `times` is the number of requests that are left.
    pub fault: Fault,
}

/// The queued faults of one provider.
#[derive(Default)]
pub(crate) struct Faults {
    queue: VecDeque<QueuedFault>,
    last_id: u64,
}

impl Faults {
    /// Queues a fault unless its `times` is 0. Returns its id.
    pub(crate) fn add(&mut self, place: Place, mut fault: Fault) -> u64 {
        self.last_id += 1;
        if *fault.times() > 0 {
            self.queue.push_back(QueuedFault { id: self.last_id, place, fault });
        }
        self.last_id
    }

    /// Takes one use of the first fault for this request.
    pub(crate) fn take(&mut self, on: On, path: &str) -> Option<Fault> {
        let index = self.queue.iter().position(|queued| queued.place.covers(on, path))?;
        let fault = &mut self.queue[index].fault;
        let taken = fault.clone();
        *fault.times() -= 1;
        if *fault.times() == 0 {
            self.queue.remove(index);
        }
        Some(taken)
    }

    /// Returns true if the first fault for this request is a [`Fault::Body`].
    pub(crate) fn next_is_a_body(&self, on: On, path: &str) -> bool {
        let first = self.queue.iter().find(|queued| queued.place.covers(on, path));
        matches!(first, Some(QueuedFault { fault: Fault::Body { .. }, .. }))
    }

    pub(crate) fn all(&self) -> Vec<QueuedFault> {
        self.queue.iter().cloned().collect()
    }

    /// Removes a fault. Returns false if it is not queued.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.queue.len();
        self.queue.retain(|queued| queued.id != id);
        self.queue.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.queue.clear();
    }
}
