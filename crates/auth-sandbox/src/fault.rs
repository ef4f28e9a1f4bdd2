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
    /// Closes the connection without serving the request.
    Close {
        /// The number of requests.
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

/// The queued faults, each with the kind of request it is for.
#[derive(Default)]
pub(crate) struct Faults(VecDeque<(On, Fault)>);

impl Faults {
    pub(crate) fn add(&mut self, on: On, mut fault: Fault) {
        if *fault.times() > 0 {
            self.0.push_back((on, fault));
        }
    }

    /// Takes one use of the first fault for this kind of request.
    pub(crate) fn take(&mut self, on: On) -> Option<Fault> {
        let index = self.0.iter().position(|(kind, _)| *kind == on)?;
        let (_, fault) = &mut self.0[index];
        let taken = fault.clone();
        *fault.times() -= 1;
        if *fault.times() == 0 {
            self.0.remove(index);
        }
        Some(taken)
    }

    /// Returns true if the first fault for this kind of request is a [`Fault::Body`].
    pub(crate) fn next_is_a_body(&self, on: On) -> bool {
        let first = self.0.iter().find(|(kind, _)| *kind == on);
        matches!(first, Some((_, Fault::Body { .. })))
    }
}
