//! The lifetime of a token, as each part of a login's answer states it.

use std::time::{Duration, SystemTime};

use auth_core::parse;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::document::{Document, Element};
use super::finding::Finding;
use super::shape::{self, date};

/// Statements that differ by less agree: providers cut times to whole seconds.
const TOLERANCE: f64 = 5.0;
/// The longest lifetime that a report shows. A greater number may be personal data instead of a lifetime.
const MAX_SHOWN: f64 = 10.0 * 365.0 * 86_400.0;
/// Brasília's offset from UTC in seconds. Sopague writes its dates without a zone.
const BRASILIA: f64 = -3.0 * 3_600.0;

/// The answer of a login, as far as lifetimes need it.
pub(super) struct Stated<'a> {
    pub(super) body: &'a Value,
    pub(super) token: Option<&'a str>,
    /// The answer's `Date`.
    pub(super) server: Option<SystemTime>,
    /// This machine's time of the answer.
    pub(super) here: SystemTime,
}

/// One statement: the lifetimes that it may mean, in seconds, or the reason why it says nothing.
struct Statement<'d> {
    fact: String,
    element: Element<'d>,
    means: Result<Vec<f64>, String>,
    is_default: bool,
}

impl Stated<'_> {
    /// Compares all parts of the document's lifetime with each other. The parts that most others contradict depart.
    pub(super) fn findings(&self, document: &Document) -> Vec<Finding> {
        let entries = document.auth().get("lifetime").map(|entries| entries.members()).unwrap_or_default();
        let statements: Vec<_> = entries.into_iter().filter_map(|(_, entry)| self.statement(entry)).collect();
        let votes = |seconds: f64| {
            let agreeing = statements.iter().filter(|one| one.means.as_ref().is_ok_and(|means| has(means, seconds)));
            // In a tie, the answer counts more than the document.
            agreeing.map(|one| if one.is_default { 9 } else { 10 }).sum::<u32>()
        };
        let all = statements.iter().filter_map(|one| one.means.as_ref().ok()).flatten();
        let agreed = all.copied().max_by_key(|seconds| votes(*seconds));
        let finding = |one: &Statement<'_>| {
            let finding = match (&one.means, agreed) {
                (Err(reason), _) => Finding::otherwise(&one.fact, reason),
                (Ok(means), Some(agreed)) if has(means, agreed) => Finding::documented(&one.fact, shown(agreed)),
                (Ok(means), Some(agreed)) => {
                    let own = means.first().copied().unwrap_or_default();
                    Finding::otherwise(&one.fact, format!("{}; the other parts say {}", shown(own), shown(agreed)))
                }
                (Ok(_), None) => Finding::not_tried(&one.fact, "nothing states a lifetime"),
            };
            finding.at(&one.element.pointer)
        };
        statements.iter().map(finding).collect()
    }

    /// Reads one entry of the document's list. A default without a source is not a fact.
    fn statement<'d>(&self, entry: Element<'d>) -> Option<Statement<'d>> {
        let value = entry.value;
        let (fact, means) = if let Some(pointer) = value["seconds"].as_str() {
            ("seconds", self.seconds(pointer, value))
        } else if value["difference"].is_array() {
            ("difference", self.difference(&value["difference"]))
        } else if value["jwt"].is_array() {
            ("claims", self.claims(&value["jwt"]))
        } else if value["until"].is_string() && value["by"] == "server" {
            ("until", self.until(value["until"].as_str().unwrap_or_default()))
        } else if let Some(seconds) = value["default"].as_f64().filter(|_| value.get("x-source").is_some()) {
            ("default", Ok(vec![seconds]))
        } else {
            return None;
        };
        let is_default = fact == "default";
        Some(Statement { fact: format!("lifetime.{fact}"), element: entry, means, is_default })
    }

    fn at(&self, pointer: &str) -> Result<&Value, String> {
        self.body.pointer(pointer).filter(|value| !value.is_null()).ok_or_else(|| "absent".to_owned())
    }

    fn seconds(&self, pointer: &str, entry: &Value) -> Result<Vec<f64>, String> {
        let value = self.at(pointer)?;
        if parse::integer(value).is_some_and(|seconds| entry["never"] == seconds) {
            return Ok(vec![f64::INFINITY]);
        }
        let seconds = parse::seconds(value).ok_or_else(|| format!("{} that is not a lifetime", shape::kind(value)))?;
        Ok(vec![seconds.as_secs_f64()])
    }

    fn difference(&self, pointers: &Value) -> Result<Vec<f64>, String> {
        let date = |number: usize| {
            let value = self.at(pointers[number].as_str().unwrap_or_default())?;
            date(value).ok_or_else(|| format!("{} that is not a date", shape::kind(value)))
        };
        let (begin, end) = (date(0)?, date(1)?);
        Ok(vec![difference(end, begin)])
    }

    fn claims(&self, names: &Value) -> Result<Vec<f64>, String> {
        let claims = self.token.and_then(claims).ok_or("the token is not a JWT")?;
        let time = |number: usize| {
            let name = names[number].as_str().unwrap_or_default();
            claims.get(name).and_then(Value::as_f64).ok_or_else(|| format!("the token has no `{name}`"))
        };
        Ok(vec![time(1)? - time(0)?])
    }

    /// Returns the time until a date, by the server's clock or by this machine's: `clock` compares the two. A date
    /// without a zone may be of UTC or of Brasília.
    fn until(&self, pointer: &str) -> Result<Vec<f64>, String> {
        let value = self.at(pointer)?;
        let end = date(value).ok_or_else(|| format!("{} that is not a date", shape::kind(value)))?;
        let clocks = self.server.into_iter().chain([self.here]);
        Ok(clocks.flat_map(|now| [difference(end, now), difference(end, now) - BRASILIA]).collect())
    }
}

/// Returns the claims of a token, without verifying it.
pub(super) fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    shape::json(&payload).filter(Value::is_object)
}

/// Returns a time minus another one, in seconds.
pub(super) fn difference(later: SystemTime, earlier: SystemTime) -> f64 {
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
