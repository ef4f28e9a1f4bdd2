//! The members of a request, each read once.

use std::fmt::Display;

use http::HeaderValue;
use serde_json::{Map, Value, json};

use super::Refusal;

/// An error quotes this number of characters of a wrong value.
const LONGEST_QUOTE: usize = 100;

/// The members that are not read yet. An error names the member, what is wrong with it, and the remedy.
pub(super) struct Input {
    members: Map<String, Value>,
    /// True if every value arrives as text.
    is_query: bool,
}

impl Input {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self { members, is_query: false }
    }

    pub(super) fn of_query(members: Map<String, Value>) -> Self {
        Self { members, is_query: true }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    /// Counts `null` as missing.
    pub(super) fn nullable(&mut self, name: &str) {
        if self.members.get(name).is_some_and(Value::is_null) {
            self.members.remove(name);
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Takes a text that must be there and must not be empty.
    pub(super) fn text(&mut self, name: &str) -> Result<String, Refusal> {
        match self.optional_text(name)? {
            None => Err(missing(name, "send a text")),
            Some(text) if text.is_empty() => Err(wrong(name, &json!(text), "send a text that is not empty")),
            Some(text) => Ok(text),
        }
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(name, &other, "send a text")),
        }
    }

    /// Takes a text that can be the value of a header.
    pub(super) fn optional_header(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let text = self.optional_text(name)?;
        match &text {
            Some(text) if HeaderValue::from_str(text).is_err() => {
                Err(wrong(name, &json!(text), "send a text that a header can hold"))
            }
            _ => Ok(text),
        }
    }

    /// Takes one of these texts.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, Refusal> {
        let Some(given) = self.take(name) else { return Ok(None) };
        let found = choices.iter().find(|(text, _)| given == *text).map(|(_, choice)| *choice);
        let texts: Vec<_> = choices.iter().map(|(text, _)| *text).collect();
        found.map(Some).ok_or_else(|| wrong(name, &given, &format!("send one of {}", texts.join(", "))))
    }

    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(given)) => Ok(Some(given)),
            Some(other) => Err(wrong(name, &other, "send true or false")),
        }
    }

    /// Takes an integer from `least` to `most`.
    pub(super) fn integer<T>(&mut self, name: &str, least: T, most: T) -> Result<Option<T>, Refusal>
    where
        T: Copy + TryFrom<i64> + PartialOrd + Display,
    {
        let Some(given) = self.take(name) else { return Ok(None) };
        let number = match &given {
            Value::String(text) if self.is_query => text.parse().ok(),
            other => whole(other),
        };
        let number = number.and_then(|number| T::try_from(number).ok()).filter(|n| *n >= least && *n <= most);
        number.map(Some).ok_or_else(|| wrong(name, &given, &format!("send an integer from {least} to {most}")))
    }

    /// Takes a number of seconds, from 0 to a century.
    pub(super) fn seconds(&mut self, name: &str) -> Result<std::time::Duration, Refusal> {
        let remedy = "send a number of seconds from 0 to 3155760000";
        let given = self.take(name).ok_or_else(|| missing(name, remedy))?;
        let seconds = given.as_f64().filter(|seconds| (0.0..=3_155_760_000.0).contains(seconds));
        seconds.map(std::time::Duration::from_secs_f64).ok_or_else(|| wrong(name, &given, remedy))
    }

    /// Refuses the members that nothing has read.
    pub(super) fn end(self) -> Result<(), Refusal> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(name) => Err(refused(name, &format!("`{name}` is unknown: leave it out"))),
        }
    }
}

/// Returns a number without a fraction; `2.0` is one.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(value: &Value) -> Option<i64> {
    let is_whole = |number: &f64| number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| value.as_f64().filter(is_whole).map(|number| number as i64))
}

pub(super) fn missing(name: &str, remedy: &str) -> Refusal {
    refused(name, &format!("`{name}` is missing: {remedy}"))
}

pub(super) fn wrong(name: &str, given: &Value, remedy: &str) -> Refusal {
    let given: String = given.to_string().chars().take(LONGEST_QUOTE).collect();
    refused(name, &format!("`{name}` is {given}: {remedy}"))
}

fn refused(name: &str, message: &str) -> Refusal {
    Refusal { member: Some(name.to_owned()), ..Refusal::new(400, message) }
}
