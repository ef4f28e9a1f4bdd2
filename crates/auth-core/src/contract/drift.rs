//! The departures of one account's logins, each told once a day.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::ExposeSecret;

use super::answer::Answer;
use super::expected::Expected;
use super::fact::{Fact, Verdict};
use super::stated::shown;
use crate::clock::Moment;
use crate::label::Label;
use crate::transport::login_response::LoginResponse;

/// The time for which a departure is not told again.
const DAY: Duration = Duration::from_secs(86_400);
/// The part of an earlier lifetime below which a lifetime has shrunk. Providers round, and end tokens at full minutes.
const SHRUNK: f64 = 0.95;

/// The memory of one account's logins. It contains no secret.
#[derive(Debug, Default)]
pub(crate) struct Drift(Mutex<Memory>);

#[derive(Debug, Default, PartialEq)]
struct Memory {
    /// The hash of the last token.
    token: Option<NonZeroU64>,
    /// The longest lifetime of a login, in seconds.
    longest: f64,
    /// The places of the document that an earlier login had, as bits.
    places: u64,
    /// Boxed, because few accounts have any.
    told: Option<Box<Told>>,
}

/// The facts that were told within the last day, with the time on the monotonic clock.
#[derive(Debug, Default, PartialEq)]
struct Told(Vec<(String, Duration)>);

impl Drift {
    /// Compares a response, and tells the departures that were not told within a day.
    pub(crate) fn watch(
        &self,
        expected: Expected<'_>,
        answer: &LoginResponse,
        now: Moment,
        (account, host): (&Label, &str),
    ) {
        for fact in self.news(expected, answer, now) {
            tracing::warn!(
                name: "auth.login_departs", %account, server.address = host, fact = fact.name, seen = fact.seen,
                "the login's response departs from the provider's document"
            );
        }
    }

    fn news(&self, expected: Expected<'_>, answer: &LoginResponse, now: Moment) -> Vec<Fact> {
        let here = UNIX_EPOCH.checked_add(now.wall).unwrap_or(SystemTime::UNIX_EPOCH);
        let Some(compared) = expected.compare(answer, here) else { return Vec::new() };
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut departures = memory.departures(expected, compared);
        if let Some(Told(told)) = memory.told.as_deref_mut() {
            told.retain(|(_, at)| now.mono.saturating_sub(*at) < DAY);
            departures.retain(|fact| !told.iter().any(|(name, _)| *name == fact.name));
        }
        if !departures.is_empty() {
            let Told(told) = &mut **memory.told.get_or_insert_default();
            told.extend(departures.iter().map(|fact| (fact.name.clone(), now.mono)));
        }
        departures
    }

    /// Returns true if no login was watched.
    pub(crate) fn is_empty(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == Memory::default()
    }
}

impl Memory {
    fn departures(&mut self, expected: Expected<'_>, compared: Answer) -> Vec<Fact> {
        static KEYED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let Answer { facts, lifetime, token } = compared;
        let token = token.and_then(|token| NonZeroU64::new(KEYED.hash_one(token.expose_secret())));
        // A token that was issued before has only the rest of its lifetime.
        let was_issued_before = facts.iter().any(|fact| fact.name == "token.issued" && fact.departs());
        let is_earlier = was_issued_before || token.is_some() && token == self.token;
        self.token = token;
        let mut departures: Vec<_> = facts.into_iter().filter_map(|fact| self.departure(expected, fact)).collect();
        if is_earlier {
            departures.retain(|fact| !fact.name.starts_with("lifetime."));
        } else if let Some(lifetime) = lifetime {
            let has_told = departures.iter().any(|fact| fact.name.starts_with("lifetime."));
            if lifetime < self.longest * SHRUNK && !has_told {
                let seen = format!("{}; an earlier login had {}", shown(lifetime), shown(self.longest));
                departures.push(Fact::otherwise("lifetime", seen));
            }
            self.longest = self.longest.max(lifetime);
        }
        departures
    }

    /// Returns a fact that departs from the document, or from what earlier logins had.
    fn departure(&mut self, expected: Expected<'_>, fact: Fact) -> Option<Fact> {
        let is_member = fact.name.starts_with("login.");
        let bit = fact.at.as_deref().filter(|_| is_member).and_then(|at| expected.contract.number(at));
        let bit = bit.map_or(0, |number| 1_u64 << number);
        match fact.verdict {
            Verdict::AsDocumented => {
                self.places |= bit;
                None
            }
            Verdict::Otherwise if !fact.is_excused => Some(fact),
            _ if self.places & bit != 0 => Some(Fact::otherwise(fact.name, "absent, although an earlier login had it")),
            _ => None,
        }
    }
}
