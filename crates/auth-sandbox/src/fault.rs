//! Trouble on demand.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use crate::tokens::lock;

/// Which requests a fault meets.
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
    /// All others.
    Resource,
}

/// The server's behaviour instead of its work, for the next `times` requests.
///
/// Faults queue: the second begins when the first has been used up. They come before anything else, so a
/// request without a token meets them too; only [`Body`](Self::Body) waits for one that has a live token.
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
    /// A status with the provider's own error body for it.
    Status {
        /// The status.
        status: u16,
        /// For how many requests.
        times: u32,
    },
    /// 429 with the provider's own body.
    ///
    /// A number of seconds is also told where the provider tells it elsewhere (Pontotel's body and
    /// `X-RateLimit-Reset`, Api4Com's `RateLimit-Reset`). With any other value, or none, nothing else tells the time.
    TooManyRequests {
        /// The value of `Retry-After`, as it is; `None` leaves the header out.
        retry_after: Option<String>,
        /// For how many requests.
        times: u32,
    },
    /// 401 with the provider's own body, though the token is alive (and stays so).
    Unauthorized {
        /// For how many requests.
        times: u32,
    },
    /// Waits, then does its work.
    Delay {
        /// The time to wait.
        delay: Duration,
        /// For how many requests.
        times: u32,
    },
    /// Does its work, sends half of the answer under the length of the whole, and closes the connection.
    Truncated {
        /// For how many requests.
        times: u32,
    },
    /// Another answer in place of the provider's: a proxy's page, say, or a resource of your own.
    ///
    /// A request that the provider answers with 401 gets that 401, and leaves the fault to the next. Logins get the
    /// body whatever their secret.
    Body {
        /// The status.
        status: u16,
        /// The value of `Content-Type`.
        content_type: String,
        /// The body.
        body: Vec<u8>,
        /// For how many requests.
        times: u32,
    },
    /// Closes the connection without an answer and without doing its work.
    Close {
        /// For how many requests.
        times: u32,
    },
}

impl Fault {
    fn times(&mut self) -> &mut u32 {
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

/// The faults that wait for requests.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    login: Mutex<VecDeque<Fault>>,
    resource: Mutex<VecDeque<Fault>>,
}

impl Faults {
    pub(crate) fn add(&self, on: On, mut fault: Fault) {
        if *fault.times() > 0 {
            lock(self.queue(on)).push_back(fault);
        }
    }

    pub(crate) fn take(&self, on: On) -> Option<Fault> {
        let mut queue = lock(self.queue(on));
        let fault = queue.front_mut()?;
        *fault.times() -= 1;
        if *fault.times() == 0 { queue.pop_front() } else { Some(fault.clone()) }
    }

    /// Returns true if the next request for a resource is to meet a [`Fault::Body`].
    pub(crate) fn next_is_a_body(&self) -> bool {
        matches!(lock(&self.resource).front(), Some(Fault::Body { .. }))
    }

    pub(crate) fn clear(&self) {
        lock(&self.login).clear();
        lock(&self.resource).clear();
    }

    fn queue(&self, on: On) -> &Mutex<VecDeque<Fault>> {
        match on {
            On::Login => &self.login,
            On::Resource => &self.resource,
        }
    }
}
