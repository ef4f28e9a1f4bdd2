//! Sentences of the docs that are composed from facts.

use super::facts::{Facts, Field};

/// Returns `A user name and password, and the server that they belong to.`
pub(crate) fn account_sentence(facts: &Facts) -> String {
    let what = facts.account_docs.trim_end_matches('.');
    let they_belong = if required(facts).count() > 1 { "they belong" } else { "it belongs" };
    format!("{what}, and the server that {they_belong} to.")
}

/// Returns the secrets that a login requires: `a user name and a password`.
pub(crate) fn secrets(facts: &Facts) -> String {
    let nouns: Vec<_> = required(facts).map(|field| field.a_noun.as_str()).collect();
    if nouns.is_empty() { "an account".to_owned() } else { nouns.join(" and ") }
}

/// Returns the errors of a builder's account.
pub(crate) fn account_errors(facts: &Facts) -> String {
    let nouns: Vec<_> = required(facts).map(|field| field.noun.as_str()).collect();
    let missing = format!(
        "[`Config`](auth_core::ErrorKind::Config) if the {} is missing or blank, if a token is set, which needs no login, or if the \
         base URL cannot be used",
        nouns.join(" or "),
    );
    missing + &too_long(facts)
}

/// Returns the errors of the environment's variables.
pub(crate) fn environment_errors(facts: &Facts) -> String {
    let wrong =
        "[`Config`](auth_core::ErrorKind::Config), with their names, if variables are missing, wrong or misspelt";
    wrong.to_owned() + &too_long(facts)
}

/// Returns the end of such a sentence.
fn too_long(facts: &Facts) -> String {
    let limited: Vec<_> =
        facts.account.iter().filter(|field| field.at_most.is_some()).map(|field| field.noun.as_str()).collect();
    if limited.is_empty() {
        return ".".to_owned();
    }
    let (nouns, name) = (limited.join(" or "), &facts.name);
    format!("; [`InvalidRequest`](auth_core::ErrorKind::InvalidRequest) if the {nouns} is longer than {name} allows.")
}

pub(crate) fn lifetime_docs(facts: &Facts) -> String {
    let bound = if facts.lifetime.jwt { ", but never beyond the token's own `exp`" } else { "" };
    let words = &facts.lifetime.words;
    format!(
        "Returns the lifetime of the token, counted from its login: {words}{bound}. Returns `None` if the token never \
         expires, or if it was given to the builder and its expiry is unknown."
    )
}

/// Returns the sentence about the client's own methods.
pub(crate) fn client_docs(facts: &Facts) -> String {
    let mut own: Vec<&str> = Vec::new();
    for method in facts.endpoints.iter().filter_map(|endpoint| endpoint.sent_by.as_deref()?.strip_prefix("Client::")) {
        if !own.contains(&method) {
            own.push(method);
        }
    }
    let links: Vec<_> = own.iter().map(|method| format!("[`{method}`](Self::{method})")).collect();
    let more = if links.is_empty() { String::new() } else { format!(", and {}", links.join(", ")) };
    format!("It has all methods of [`auth_core::Client`]{more}.")
}

pub(crate) fn token_docs(facts: &Facts) -> String {
    let what = match (facts.token.docs.as_str(), facts.raw) {
        ("", true) => "The token.",
        ("", false) => "The bearer token.",
        (docs, _) => docs,
    };
    if facts.raw && !what.contains("`Bearer`") {
        format!("{what} It is sent as it is, without `Bearer`.")
    } else {
        what.to_owned()
    }
}

/// Returns the fields that a login requires and the user sets.
pub(crate) fn required(facts: &Facts) -> impl Iterator<Item = &Field> {
    facts.account.iter().filter(|field| field.required && field.constant.is_none())
}
