//! The dates on which facts were measured, from a report of `authctl doctor PROFILE --json` into a document.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::workspace;

/// The version of the report's format.
const VERSION: u64 = 1;
const START: &str = ",\n  \"x-measured\": {";

#[derive(Deserialize)]
struct Report {
    version: u64,
    date: String,
    provider: String,
    environment: Option<String>,
    facts: Vec<Fact>,
}

#[derive(Deserialize)]
struct Fact {
    part: String,
    #[serde(rename = "fact")]
    name: String,
    at: Option<String>,
    measured: String,
    seen: String,
}

/// Marks the facts of a report in the provider's document.
pub(crate) fn run(path: &str) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let report: Report = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
    if !report.provider.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Err(format!("{path}: {:?} is not a provider", report.provider).into());
    }
    let document = format!("crates/{}-auth/openapi.json", report.provider);
    let file = workspace::root()?.join(&document);
    let before = fs::read_to_string(&file).map_err(|error| format!("{document}: {error}"))?;
    let (after, facts) = marked(&before, &report).map_err(|message| format!("{path}: {message}"))?;
    fs::write(&file, after)?;
    Ok(format!("{document}: {facts} facts are marked as measured; now run cargo xtask codegen"))
}

/// Returns the document with the report's marks, and their number.
fn marked(document: &str, report: &Report) -> Result<(String, usize), String> {
    if report.version != VERSION {
        return Err(format!(
            "the report has version {}, and not {VERSION}: use the authctl of this workspace",
            report.version
        ));
    }
    let root: Value = serde_json::from_str(document).map_err(|error| format!("the document: {error}"))?;
    let servers = root["servers"].as_array().cloned().unwrap_or_default();
    let environments: Vec<_> =
        servers.iter().map(|server| server["x-environment"].as_str().unwrap_or("production")).collect();
    let environment = report.environment.as_deref().unwrap_or("no environment");
    if !environments.contains(&environment) {
        let known = environments.join(" or ");
        return Err(format!("the report is of {environment:?}: only one of the provider's own counts ({known})"));
    }
    let date = report.date.get(..10).filter(|date| is_date(date));
    let date = date.ok_or_else(|| format!("{:?} is no date", report.date))?;
    let pointers = |measured: &str| -> BTreeSet<&str> {
        let facts = report.facts.iter().filter(|fact| fact.measured == measured);
        facts.filter_map(|fact| fact.at.as_deref()).collect()
    };
    let (as_documented, otherwise) = (pointers("as documented"), pointers("otherwise"));
    if let Some(unknown) = as_documented.iter().find(|pointer| root.pointer(pointer).is_none()) {
        return Err(format!("the document has no {unknown:?}: the report is of another version of it"));
    }
    let old = root["x-measured"].as_object().into_iter().flatten();
    let mut marks: BTreeMap<&str, String> =
        old.filter_map(|(at, date)| Some((at.as_str(), date.as_str()?.to_owned()))).collect();
    marks.extend(as_documented.iter().map(|pointer| (*pointer, date.to_owned())));
    marks.retain(|pointer, _| !otherwise.contains(pointer));
    // The document states nothing about these, so the observation counts, whatever it is.
    let unstated = report.facts.iter().filter(|fact| fact.at.is_none() && fact.part == "provider");
    let unstated: Vec<_> = unstated.filter(|fact| fact.measured != "not tried").collect();
    let new = as_documented.difference(&otherwise).count() + unstated.len();
    marks.extend(unstated.iter().map(|fact| (fact.name.as_str(), format!("{date}: {}", fact.seen))));

    // The rest of the text stays unchanged.
    let end = document.rfind("\n}").ok_or("the document does not end with a line `}`")?;
    let body = document.find(START).map_or(&document[..end], |start| &document[..start]);
    let lines: Vec<_> = marks.iter().map(|(fact, mark)| format!("\n    {}: {}", quoted(fact), quoted(mark))).collect();
    let section = if lines.is_empty() { String::new() } else { format!("{START}{}\n  }}", lines.join(",")) };
    Ok((format!("{body}{section}\n}}\n"), new))
}

fn quoted(text: &str) -> Value {
    text.into()
}

fn is_date(text: &str) -> bool {
    let shape: String = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    shape == "0000-00-00"
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "{\n  \"servers\": [{\"x-environment\": \"sandbox\"}],\n  \"paths\": {\"/a\": {}, \"/b\": {}}\n}\n";

    fn report(date: &str, environment: &str, a: &str, b: &str) -> Report {
        let fact = |at: &str, measured: &str| Fact {
            part: "provider".to_owned(),
            name: "login.status".to_owned(),
            at: Some(at.to_owned()),
            measured: measured.to_owned(),
            seen: "200".to_owned(),
        };
        Report {
            version: 1,
            date: date.to_owned(),
            provider: "acme".to_owned(),
            environment: Some(environment.to_owned()),
            facts: vec![fact("/paths/~1a", a), fact("/paths/~1b", b)],
        }
    }

    #[test]
    fn a_measured_fact_gets_its_date_and_loses_it_when_it_departs() {
        let first = report("2026-11-29T13:00:00Z", "sandbox", "as documented", "as documented");
        let (text, facts) = marked(DOCUMENT, &first).unwrap();
        assert_eq!(facts, 2);
        assert!(text.ends_with(
            "{}},\n  \"x-measured\": {\n    \"/paths/~1a\": \"2026-11-29\",\n    \"/paths/~1b\": \"2026-11-29\"\n  }\n}\n"
        ));
        let second = report("2026-12-01T00:00:00Z", "sandbox", "not tried", "otherwise");
        let (text, facts) = marked(&text, &second).unwrap();
        assert_eq!(facts, 0);
        assert!(text.ends_with("{}},\n  \"x-measured\": {\n    \"/paths/~1a\": \"2026-11-29\"\n  }\n}\n"), "{text}");
        let third = report("2026-12-02T00:00:00Z", "sandbox", "otherwise", "otherwise");
        assert_eq!(marked(&text, &third).unwrap().0, DOCUMENT);
    }

    #[test]
    fn a_fact_that_the_document_does_not_state_is_kept_as_it_was_seen() {
        let mut report = report("2026-11-29T13:00:00Z", "sandbox", "not tried", "not tried");
        let fact = |part: &str, name: &str, measured: &str, seen: &str| Fact {
            part: part.to_owned(),
            name: name.to_owned(),
            at: None,
            measured: measured.to_owned(),
            seen: seen.to_owned(),
        };
        report.facts = vec![
            fact("provider", "login.second", "otherwise", "it ends the first token"),
            fact("provider", "http.compression", "as documented", "gzip"),
            fact("provider", "refusal", "not tried", "a wrong password counts"),
            fact("setup", "setup.proxy", "as documented", "none"),
        ];
        let (text, facts) = marked(DOCUMENT, &report).unwrap();
        assert_eq!(facts, 2);
        assert!(
            text.ends_with(
                "{}},\n  \"x-measured\": {\n    \"http.compression\": \"2026-11-29: gzip\",\n    \
             \"login.second\": \"2026-11-29: it ends the first token\"\n  }\n}\n"
            ),
            "{text}"
        );
        report.facts = vec![fact("provider", "http.compression", "as documented", "none")];
        let (text, _) = marked(&text, &report).unwrap();
        assert!(text.contains("\"2026-11-29: none\"") && text.contains("login.second"), "{text}");
    }

    #[test]
    fn a_report_of_another_server_document_or_day_is_refused() {
        let refused = |report: &Report| marked(DOCUMENT, report).unwrap_err();
        let day = "2026-11-29T13:00:00Z";
        assert!(refused(&report(day, "another base URL", "not tried", "not tried")).contains("only one of"));
        assert!(refused(&report("yesterday", "sandbox", "not tried", "not tried")).contains("is no date"));
        let mut other = report(day, "sandbox", "as documented", "not tried");
        other.facts[0].at = Some("/paths/~1c".to_owned());
        assert!(refused(&other).contains("another version"));
        other.version = 2;
        assert!(refused(&other).contains("version 2"));
    }
}
