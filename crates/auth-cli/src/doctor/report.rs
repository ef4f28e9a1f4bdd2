//! The report: a table for people, JSON for programs, Markdown for a public issue.

use std::io::{self, Write};

use auth_core::contract::Verdict;
use auth_core::time::OffsetDateTime;
use serde_json::{Value, json};

use super::document::Document;
use super::finding::{Finding, Part};
use super::login_answer::now;
use crate::table;

/// All findings of one run, with their context.
pub(super) struct Report {
    provider: &'static str,
    api: Option<&'static str>,
    document: String,
    environment: Option<String>,
    date: String,
    pub(super) is_limited: bool,
    pub(super) findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(
        provider: &'static str,
        api: Option<&'static str>,
        document: &Document,
        environment: Option<String>,
        mut findings: Vec<Finding>,
    ) -> Self {
        findings.sort_by_key(|finding| finding.part == Part::Provider);
        let (document, date) = (document.version().to_owned(), table::rfc3339(OffsetDateTime::from(now())));
        Self { provider, api, document, environment, date, is_limited: false, findings }
    }

    /// Returns the number of facts that are not as documented.
    pub(super) fn departures(&self) -> usize {
        self.findings.iter().filter(|finding| finding.departs()).count()
    }

    /// Prints a line for each fact, or only for those that depart.
    pub(super) fn print_table(&self, is_quiet: bool) -> io::Result<()> {
        let shown = self.findings.iter().filter(|finding| !is_quiet || finding.departs());
        let rows: Vec<_> = shown.map(to_row).collect();
        if is_quiet && rows.is_empty() {
            return Ok(());
        }
        table::print(["FACT", "MEASURED", "SEEN"], &rows)
    }

    pub(super) fn print_json(&self) -> io::Result<()> {
        writeln!(io::stdout(), "{:#}", self.to_json())
    }

    pub(super) fn print_markdown(&self) -> io::Result<()> {
        io::stdout().write_all(self.to_markdown().as_bytes())
    }

    fn to_json(&self) -> Value {
        json!({
            "version": 1,
            "authctl": env!("CARGO_PKG_VERSION"),
            "system": std::env::consts::OS,
            "date": self.date,
            "provider": self.provider,
            "api": self.api,
            "document": self.document,
            "environment": self.environment,
            "facts": self.findings.iter().map(to_json).collect::<Vec<_>>(),
        })
    }

    fn to_markdown(&self) -> String {
        let environment = self.environment.as_deref().unwrap_or("unknown");
        let api = self.api.map_or(String::new(), |api| format!(", {api}"));
        let mut text = format!(
            "authctl {}, {}; {}{api}, document {}; environment: {environment}; {}\n\n\
             | fact | measured | seen |\n| --- | --- | --- |\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            self.provider,
            self.document,
            self.date,
        );
        for finding in &self.findings {
            let seen = finding.seen.replace('|', "\\|");
            text += &["| `", &finding.fact, "` | ", word(finding.verdict), " | ", &seen, " |\n"].concat();
        }
        text
    }
}

/// Returns the cells of the table, with the remedy in the line itself.
fn to_row(finding: &Finding) -> [String; 3] {
    let remedy = finding.remedy.as_ref().map_or(String::new(), |remedy| format!(": {remedy}"));
    [finding.fact.clone(), word(finding.verdict).to_owned(), format!("{}{remedy}", finding.seen)]
}

fn to_json(finding: &Finding) -> Value {
    let part = match finding.part {
        Part::Setup => "setup",
        Part::Provider => "provider",
    };
    json!({
        "part": part,
        "fact": finding.fact,
        "at": finding.at,
        "measured": word(finding.verdict),
        "seen": finding.seen,
    })
}

/// Returns the words of a verdict, which scripts can rely on.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::AsDocumented => "as documented",
        Verdict::Otherwise => "otherwise",
        Verdict::NotTried => "not tried",
    }
}
