//! The lifetime of a token, as each part of a login's response states it.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::document::{Document, Element};
use super::fact::Fact;
use super::schemas::{date, kind};
use super::shape::member_at;
use crate::parse::{self, jwt};

/// Statements that differ by less agree: providers cut times to whole seconds.
const TOLERANCE: f64 = 5.0;
/// The longest lifetime that a report shows. A greater number may be personal data instead of a lifetime.
const MAX_SHOWN: f64 = 10.0 * 365.0 * 86_400.0;
/// Brasília's offset from UTC in seconds. Sopague writes its dates without a zone.
const BRASILIA: f64 = -3.0 * 3_600.0;

/// The response to a login, as far as lifetimes need it.
pub(super) struct Stated<'a> {
    pub(super) body: &'a Value,
    /// The places of its members that are not as documented.
    pub(super) misfits: &'a [String],
    pub(super) claims: Option<&'a Value>,
    /// The response's `Date`.
    pub(super) server: Option<SystemTime>,
    /// This machine's time of the response.
    pub(super) here: SystemTime,
}

/// The lifetimes of one response.
#[derive(Debug, Default)]
pub(super) struct Lifetimes {
    pub(super) facts: Vec<Fact>,
    /// The lifetime in seconds on which most parts agree.
    pub(super) agreed: Option<f64>,
}

/// One statement: the lifetimes that it may mean, in seconds, or the reason why it says nothing.
struct Statement<'d> {
    fact: String,
    element: Element<'d>,
    means: Result<Vec<f64>, Silence>,
    is_default: bool,
}

/// The reason why a statement says nothing.
enum Silence {
    /// The member is missing. The facts of the body decide if it may be.
    Absent,
    /// The member is 0, which documents write in place of a lifetime.
    Zero,
    Unreadable(String),
    /// The member is unreadable because it is not as documented, which the facts of the body say.
    Misfit,
}

impl Stated<'_> {
    /// Compares all parts of the document's lifetime with each other. The parts that most others contradict depart.
    pub(super) fn lifetimes(&self, document: &Document) -> Lifetimes {
        let entries = document.auth().get("lifetime").map(|entries| entries.members()).unwrap_or_default();
        let by_server = |entry: &Element<'_>| entry.value["by"] == "server";
        let has_server = entries.iter().any(|(_, entry)| by_server(entry));
        // An entry by the local clock repeats the one by the server's.
        let entries = entries.into_iter().map(|(_, entry)| entry);
        let entries = entries.filter(|entry| !has_server || entry.value.get("by").is_none() || by_server(entry));
        let statements: Vec<_> = entries.filter_map(|entry| self.statement(entry)).collect();
        let votes = |seconds: f64| {
            let agreeing = statements.iter().filter(|one| one.means.as_ref().is_ok_and(|means| has(means, seconds)));
            // In a tie, the response counts more than the document.
            agreeing.map(|one| if one.is_default { 9 } else { 10 }).sum::<u32>()
        };
        let all = statements.iter().filter_map(|one| one.means.as_ref().ok()).flatten();
        let agreed = all.copied().max_by_key(|seconds| votes(*seconds));
        let fact = |one: &Statement<'_>| {
            let excused = |seen: &str, is_excused| Fact { is_excused, ..Fact::otherwise(&one.fact, seen) };
            let fact = match (&one.means, agreed) {
                (Err(Silence::Absent), _) => excused("absent", true),
                (Err(Silence::Zero), _) => excused("0", true),
                (Err(Silence::Unreadable(reason)), _) => excused(reason, one.element.is_assumed()),
                (Err(Silence::Misfit), _) => Fact::not_tried(&one.fact, "its member is not as documented"),
                (Ok(means), Some(agreed)) if has(means, agreed) => Fact::documented(&one.fact, shown(agreed)),
                (Ok(means), Some(agreed)) => {
                    let own = means.first().copied().unwrap_or_default();
                    let seen = format!("{}; the other parts say {}", shown(own), shown(agreed));
                    // A token that lives longer than documented does no harm.
                    excused(&seen, one.is_default && agreed > own)
                }
                (Ok(_), None) => Fact::not_tried(&one.fact, "nothing states a lifetime"),
            };
            fact.at(&one.element.pointer)
        };
        Lifetimes { facts: statements.iter().map(fact).collect(), agreed }
    }

    /// Reads one entry of the document's list. A default without a source is not a fact.
    fn statement<'d>(&self, entry: Element<'d>) -> Option<Statement<'d>> {
        let value = entry.value;
        let (fact, means) = if let Some(pointer) = value["seconds"].as_str() {
            ("seconds", self.number(pointer, value, 1.0))
        } else if let Some(pointer) = value["minutes"].as_str() {
            ("minutes", self.number(pointer, value, 60.0))
        } else if let Some(pointers) = value["difference"].as_array() {
            ("difference", self.difference(pointers))
        } else if let Some(names) = value["jwt"].as_array() {
            ("claims", self.difference_of_claims(names))
        } else if let Some(pointer) = value["until"].as_str() {
            ("until", self.until(pointer))
        } else if let Some(seconds) = value["default"].as_f64().filter(|_| value.get("x-source").is_some()) {
            ("default", Ok(vec![seconds]))
        } else {
            return None;
        };
        let is_default = fact == "default";
        Some(Statement { fact: format!("lifetime.{fact}"), element: entry, means, is_default })
    }

    fn at(&self, pointer: &str) -> Result<&Value, Silence> {
        match member_at(self.body, pointer) {
            Some(Value::Null) if self.is_misfit(pointer) => Err(Silence::Misfit),
            None | Some(Value::Null) => Err(Silence::Absent),
            Some(value) => Ok(value),
        }
    }

    fn number(&self, pointer: &str, entry: &Value, unit: f64) -> Result<Vec<f64>, Silence> {
        let value = self.at(pointer)?;
        match (parse::integer(value), parse::seconds(value)) {
            (Some(number), _) if entry["never"] == number => Ok(vec![f64::INFINITY]),
            (_, Some(number)) => Ok(vec![number.as_secs_f64() * unit]),
            (Some(0), None) => Err(Silence::Zero),
            _ => Err(self.unreadable(pointer, value, "a lifetime")),
        }
    }

    fn date(&self, pointer: &str) -> Result<SystemTime, Silence> {
        let value = self.at(pointer)?;
        let read = if value.is_number() { parse::unix_time(value).map(SystemTime::from) } else { date(value) };
        read.ok_or_else(|| self.unreadable(pointer, value, "a date"))
    }

    fn unreadable(&self, pointer: &str, value: &Value, expected: &str) -> Silence {
        if self.is_misfit(pointer) {
            return Silence::Misfit;
        }
        Silence::Unreadable(format!("{} that is not {expected}", kind(value)))
    }

    fn is_misfit(&self, pointer: &str) -> bool {
        self.misfits.iter().any(|place| place == pointer)
    }

    fn difference(&self, pointers: &[Value]) -> Result<Vec<f64>, Silence> {
        let date = |number: usize| self.date(pointers.get(number).and_then(Value::as_str).unwrap_or_default());
        let (begin, end) = (date(0)?, date(1)?);
        Ok(vec![difference(end, begin)])
    }

    fn difference_of_claims(&self, names: &[Value]) -> Result<Vec<f64>, Silence> {
        let unreadable = |reason: &str| Silence::Unreadable(reason.to_owned());
        let claims = self.claims.ok_or_else(|| unreadable("the token is not a JWT"))?;
        let time = |number: usize| {
            let name = names.get(number).and_then(Value::as_str).unwrap_or_default();
            jwt::time(claims, name).ok_or_else(|| unreadable(&format!("the token has no `{name}`")))
        };
        Ok(vec![time(1)? - time(0)?])
    }

    /// Returns the time until a date: by the server's clock, by this machine's, or since the token was issued, because
    /// a provider may return an earlier token again. A date without a zone may be of UTC or of Brasília.
    fn until(&self, pointer: &str) -> Result<Vec<f64>, Silence> {
        let end = self.date(pointer)?;
        let starts = self.server.into_iter().chain([self.here]).chain(self.claims.and_then(issued));
        Ok(starts.flat_map(|start| [difference(end, start), difference(end, start) - BRASILIA]).collect())
    }
}

/// Returns the time at which a token says that it was issued.
pub(super) fn issued(claims: &Value) -> Option<SystemTime> {
    let since = Duration::try_from_secs_f64(jwt::time(claims, "iat")?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// Returns a time minus another one, in seconds.
#[must_use]
pub fn difference(later: SystemTime, earlier: SystemTime) -> f64 {
    match later.duration_since(earlier) {
        Ok(span) => span.as_secs_f64(),
        Err(error) => -Duration::as_secs_f64(&error.duration()),
    }
}

fn has(means: &[f64], seconds: f64) -> bool {
    means.iter().any(|one| (one - seconds).abs() <= TOLERANCE || (one.is_infinite() && seconds.is_infinite()))
}

pub(super) fn shown(seconds: f64) -> String {
    match seconds {
        f64::INFINITY => "for ever".to_owned(),
        seconds if seconds > MAX_SHOWN => "more than 10 years".to_owned(),
        seconds if seconds < -MAX_SHOWN => "more than 10 years ago".to_owned(),
        seconds => format!("{seconds:.0} s"),
    }
}
