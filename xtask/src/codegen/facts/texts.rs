//! Checks of the texts for tables, literals and environment variables.

use super::{Facts, Result, fault};
use crate::codegen::document::Document;
use crate::codegen::json::escape;

/// The ends of the variables that every builder reads.
const BUILDER_VARIABLES: [&str; 4] = ["API", "BASE_URL", "ENVIRONMENT", "TOKEN"];

pub(crate) fn check(document: &Document, facts: &Facts) -> Result<()> {
    plain("/info/title", &document.info.title)?;
    for (index, server) in document.servers.iter().enumerate() {
        let words = server.environment.iter().chain(&server.also_called);
        for word in words.clone() {
            plain(&format!("/servers/{index}"), word)?;
        }
        let others = document.servers.iter().filter(|other| other.environment != server.environment);
        let taken: Vec<_> = others.flat_map(|other| other.environment.iter().chain(&other.also_called)).collect();
        if let Some(word) = words.into_iter().find(|word| taken.iter().any(|taken| taken.eq_ignore_ascii_case(word))) {
            return fault(format!("/servers/{index}"), format!("another environment is called {word} as well"));
        }
    }
    for (end, meaning) in &document.auth.variables {
        variable(&format!("/x-auth/variables/{end}"), end)?;
        plain(&format!("/x-auth/variables/{end}"), meaning)?;
    }
    for field in &facts.account {
        let at = format!("/components/schemas/LoginRequest/properties/{}", escape(&field.json));
        plain(&at, &field.noun)?;
        variable(&at, &field.variable)?;
        if BUILDER_VARIABLES.contains(&field.variable.as_str()) {
            return fault(at, format!("{} is a variable of the builder's: say x-variable", field.variable));
        }
        let same = facts.account.iter().filter(|other| other.variable == field.variable && other.constant.is_none());
        if same.count() > 1 {
            return fault(at, format!("two properties have the variable {}: say x-variable", field.variable));
        }
    }
    names(document)?;
    unread(document, facts)
}

/// Checks the names of examples, which appear in the generated tests.
fn names(document: &Document) -> Result<()> {
    for (path, verb, operation) in document.operations() {
        for (status, response) in &operation.responses {
            for name in document.response(response).content.values().flat_map(|media| media.examples.keys()) {
                plain(&format!("/paths/{}/{verb}/responses/{status}", escape(path)), name)?;
            }
        }
    }
    Ok(())
}

/// Refuses a documented variable that no generated builder reads.
fn unread(document: &Document, facts: &Facts) -> Result<()> {
    let by_hand = document.auth.handwritten.iter().any(|file| file == "builder");
    let read = facts.account.iter().map(|field| field.variable.as_str()).chain(BUILDER_VARIABLES);
    let read: Vec<_> = read.collect();
    match document.auth.variables.keys().find(|end| !by_hand && !read.contains(&end.as_str())) {
        Some(end) => {
            fault(format!("/x-auth/variables/{end}"), "nothing reads this variable, unless the builder is handwritten")
        }
        None => Ok(()),
    }
}

fn variable(at: &str, end: &str) -> Result<()> {
    let letters = end.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    if letters && !end.is_empty() {
        return Ok(());
    }
    fault(at, format!("{end:?} is no end of a variable's name: take capitals, digits and _"))
}

fn plain(at: &str, text: &str) -> Result<()> {
    if text.is_empty() || text.contains(['"', '\\', '{', '}', '|', '\n', '\r']) {
        return fault(
            at,
            format!("{text:?} stands in code and tables as it is: one line without quotes, braces and |"),
        );
    }
    Ok(())
}
