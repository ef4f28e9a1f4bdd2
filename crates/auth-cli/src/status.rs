//! The command `status`: the shared logins, without their tokens.

use std::io::{self, Write};

use auth_core::store::{Identify, Persist, SharedLogin};
use auth_core::time::OffsetDateTime;
use auth_core::{Client, Expiry};
use serde_json::{Value, json};

use crate::client::{AnyClient, with_client};
use crate::exit::Result;
use crate::profile::{Profile, Profiles};
use crate::store;
use crate::table::{self, rfc3339, span};

/// Show the shared logins: account, expiry, and why one is held back; sends nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  authctl status --json | jq -r '.[] | select(.state == \"held back\") | .reason'")]
pub(crate) struct Options {
    /// The profiles, or providers' names; all if none is given
    profiles: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The shared login of one profile.
struct Status {
    profile: Profile,
    user: Option<String>,
    state: State,
}

/// The state of a login, as JSON names it.
enum State {
    LoggedIn {
        since: OffsetDateTime,
        until: Option<OffsetDateTime>,
        age: std::time::Duration,
        left: Option<std::time::Duration>,
    },
    LoggedOut,
    LoggingIn,
    HeldBack {
        reason: String,
        left: std::time::Duration,
    },
    NotShared,
    Unknown {
        reason: String,
    },
}

pub(crate) async fn run(options: &Options, profiles: &Profiles) -> Result<()> {
    let named: Result<Vec<_>> = options.profiles.iter().map(|name| profiles.get(name)).collect();
    let shown = if options.profiles.is_empty() { profiles.all() } else { named? };
    let mut all = Vec::new();
    for profile in shown {
        all.push(status(profile).await);
    }
    if options.json {
        let all: Vec<_> = all.iter().map(Status::to_json).collect();
        return Ok(writeln!(io::stdout(), "{}", Value::from(all))?);
    }
    let rows: Vec<_> = all.iter().map(Status::to_row).collect();
    Ok(table::print(["PROFILE", "PROVIDER", "USER", "STATE", "SINCE", "UNTIL"], &rows)?)
}

async fn status(profile: Profile) -> Status {
    let client = match AnyClient::of(&profile).await {
        Ok(client) => client,
        Err(failure) => return Status { profile, user: None, state: State::Unknown { reason: failure.to_string() } },
    };
    let user = client.user().map(str::to_owned);
    let state = with_client!(&client, client => state(client, &profile).await);
    Status { profile, user, state: state.unwrap_or_else(|failure| State::Unknown { reason: failure.to_string() }) }
}

async fn state<L: Identify<Credential: Persist>>(client: &Client<L>, profile: &Profile) -> Result<State> {
    let store = store::of(profile).await?;
    let Some(store) = store.filter(|_| client.account().is_some()) else { return Ok(State::NotShared) };
    let SharedLogin { current, cooldown, is_logging_in, .. } = store.inspect(client).await?;
    Ok(match (current, cooldown) {
        (Some(current), _) => {
            let until = match current.expiry {
                Expiry::At(end) => Some(end),
                _ => None,
            };
            let left = until.and_then(|end| (end - current.issued_at).try_into().ok());
            let left = left.map(|lifetime: std::time::Duration| lifetime.saturating_sub(current.age));
            State::LoggedIn { since: current.issued_at, until, age: current.age, left }
        }
        (None, _) if is_logging_in => State::LoggingIn,
        (None, Some(error)) => {
            State::HeldBack { left: error.retry_after().unwrap_or_default(), reason: error.to_string() }
        }
        (None, None) => State::LoggedOut,
    })
}

impl Status {
    fn to_row(&self) -> [String; 6] {
        let (state, since, until) = match &self.state {
            State::LoggedIn { age, left, .. } => {
                let until = left.map_or("never".to_owned(), |left| format!("in {}", span(left)));
                ("logged in".to_owned(), format!("{} ago", span(*age)), until)
            }
            State::HeldBack { left, reason } => {
                (format!("held back for {}: {reason}", span(*left)), String::new(), String::new())
            }
            State::Unknown { reason } => (format!("unknown: {reason}"), String::new(), String::new()),
            other => (other.name().to_owned(), String::new(), String::new()),
        };
        let user = self.user.clone().unwrap_or_default();
        [self.profile.name.clone(), self.profile.provider.name().to_owned(), user, state, since, until]
    }

    fn to_json(&self) -> Value {
        let mut status = json!({
            "profile": self.profile.name,
            "provider": self.profile.provider.name(),
            "user": self.user,
            "state": self.state.name(),
        });
        match &self.state {
            State::LoggedIn { since, until, .. } => {
                status["since"] = rfc3339(*since).into();
                status["until"] = until.map(rfc3339).into();
            }
            State::HeldBack { reason, left } => {
                status["reason"] = reason.as_str().into();
                status["seconds_left"] = left.as_secs().into();
            }
            State::Unknown { reason } => status["reason"] = reason.as_str().into(),
            State::LoggedOut | State::LoggingIn | State::NotShared => {}
        }
        status
    }
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::LoggedIn { .. } => "logged in",
            Self::LoggedOut => "logged out",
            Self::LoggingIn => "logging in",
            Self::HeldBack { .. } => "held back",
            Self::NotShared => "not shared",
            Self::Unknown { .. } => "unknown",
        }
    }
}
