//! A row of the table: a fault, and its stated outcome.

use std::fmt;
use std::sync::Arc;

use api4com_auth::auth_core::ErrorKind;
use auth_sandbox::{Fault, Provider};

use crate::wire::Edit;
use crate::wire::answer::{Answer, Step};
use crate::wire::tls::Flaw;

/// The way in which a fault is caused.
#[derive(Clone)]
pub(crate) enum Strike {
    /// By the sandbox itself.
    Sandbox(Fault),
    /// By a change of the sandbox's response.
    Wire(Edit),
    /// By a connection that cannot be opened.
    Place(Place),
    /// By an event of the account or its tokens.
    Account(fn(&Provider)),
    /// By the end of a connection that was used before.
    Pooled(Pooled),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Refused,
    Unresolved,
    Stalled,
    Tls(Flaw),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooled {
    /// Closed while idle.
    Closed,
    /// Reset after the next request has arrived.
    Reset,
}

/// The result for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A credential with a lifetime in minutes, or `None` if it never expires.
    LoggedIn(Option<u64>),
    /// The kind of the error, and the seconds to the next try.
    Failed(ErrorKind, Option<u64>),
    /// A response with this status, returned to the caller.
    Answer(u16),
    /// The JSON of the response.
    Read,
    /// Nothing within the time that every row has.
    Hung,
    Panicked,
}

/// The stated or measured outcome of one fault for one party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) outcome: Outcome,
    pub(crate) logins: u64,
    pub(crate) requests: u64,
}

pub(crate) struct Case {
    pub(crate) fault: String,
    pub(crate) strike: Strike,
    /// True if a timeout is short, so that this case exceeds it.
    pub(crate) waits: bool,
    /// True if the client may retry an idempotent request once.
    pub(crate) repeats: bool,
    login: Option<Stated>,
    request: Option<(Stated, Outcome)>,
    /// The exceptions for some parties.
    logins_but: Vec<(&'static [&'static str], Option<Stated>)>,
    requests_but: Vec<(&'static [&'static str], (Stated, Outcome))>,
}

impl Case {
    pub(crate) fn new(fault: impl Into<String>, strike: Strike) -> Self {
        Self {
            fault: fault.into(),
            strike,
            waits: false,
            repeats: false,
            login: None,
            request: None,
            logins_but: Vec::new(),
            requests_but: Vec::new(),
        }
    }

    pub(crate) fn wire(fault: impl Into<String>, edit: impl Fn(Answer) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::new(fault, Strike::Wire(Arc::new(edit)))
    }

    pub(crate) fn waits(mut self) -> Self {
        self.waits = true;
        self
    }

    pub(crate) fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// States the outcome of a login, and the number of logins that arrive.
    pub(crate) fn login(mut self, outcome: Outcome, logins: u64) -> Self {
        self.login = Some(Stated { outcome, logins, requests: 0 });
        self
    }

    /// States the outcomes of `send` and `fetch`, and the numbers of logins and requests that arrive for each.
    pub(crate) fn request(mut self, send: Outcome, fetch: Outcome, arrived: (u64, u64)) -> Self {
        self.request = Some((Stated { outcome: send, logins: arrived.0, requests: arrived.1 }, fetch));
        self
    }

    pub(crate) fn login_but(mut self, parties: &'static [&'static str], outcome: Outcome, logins: u64) -> Self {
        self.logins_but.push((parties, Some(Stated { outcome, logins, requests: 0 })));
        self
    }

    pub(crate) fn not_for(mut self, parties: &'static [&'static str]) -> Self {
        self.logins_but.push((parties, None));
        self
    }

    pub(crate) fn request_but(
        mut self,
        parties: &'static [&'static str],
        send: Outcome,
        fetch: Outcome,
        arrived: (u64, u64),
    ) -> Self {
        let stated = Stated { outcome: send, logins: arrived.0, requests: arrived.1 };
        self.requests_but.push((parties, (stated, fetch)));
        self
    }

    pub(crate) fn login_of(&self, party: &str) -> Option<Stated> {
        let but = self.logins_but.iter().find(|(parties, _)| parties.contains(&party));
        but.map_or_else(|| self.login.clone(), |(_, stated)| stated.clone())
    }

    pub(crate) fn send_of(&self, party: &str) -> Option<Stated> {
        self.request_of(party).map(|(stated, _)| stated.clone())
    }

    pub(crate) fn fetch_of(&self, party: &str) -> Option<Stated> {
        self.request_of(party).map(|(stated, fetch)| Stated { outcome: *fetch, ..stated.clone() })
    }

    fn request_of(&self, party: &str) -> Option<&(Stated, Outcome)> {
        let but = self.requests_but.iter().find(|(parties, _)| parties.contains(&party));
        but.map(|(_, stated)| stated).or(self.request.as_ref())
    }

    /// Returns true if the fault ends after its first use.
    pub(crate) fn is_over(&self) -> bool {
        match self.strike {
            Strike::Sandbox(_) | Strike::Wire(_) | Strike::Pooled(_) => true,
            Strike::Place(_) | Strike::Account(_) => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoggedIn(None) => f.write_str("logged in, for ever"),
            Self::LoggedIn(Some(minutes)) if minutes % 1440 == 0 => write!(f, "logged in, for {} d", minutes / 1440),
            Self::LoggedIn(Some(minutes)) => write!(f, "logged in, for {minutes} min"),
            Self::Failed(kind, None) => write!(f, "`{kind:?}`"),
            Self::Failed(kind, Some(seconds)) => write!(f, "`{kind:?}`, next try in {seconds} s"),
            Self::Answer(status) => write!(f, "{status} handed over"),
            Self::Read => f.write_str("read"),
            Self::Hung => f.write_str("HUNG"),
            Self::Panicked => f.write_str("PANICKED"),
        }
    }
}
