//! The environment variables of a provider.

use serde::Serialize;

use super::facts::{Choice, Facts};
use super::phrases::{self, required};

/// An environment variable, for the tables.
#[derive(Serialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) meaning: String,
}

/// Returns each environment variable and its meaning.
pub(crate) fn variables(facts: &Facts) -> Vec<Variable> {
    let mut meanings: Vec<(&str, String)> = Vec::new();
    for field in facts.account.iter().filter(|field| field.custom.is_none() && field.constant.is_none()) {
        let needed = if field.required { ", required without a token" } else { ", optional" };
        let at_most = field.at_most.map(|most| format!(", of at most {most} characters")).unwrap_or_default();
        meanings.push((&field.variable, format!("the {}{at_most}{needed}", field.noun)));
    }
    meanings.push(("TOKEN", format!("an existing token, instead of {}", phrases::secrets(facts))));
    if !facts.place.apis.is_empty() {
        meanings.push(("API", choice(&facts.place.apis)));
    }
    if !facts.place.environments.is_empty() {
        meanings.push(("ENVIRONMENT", choice(&facts.place.environments)));
    }
    for (end, meaning) in &facts.more_variables {
        match meanings.iter_mut().find(|(known, _)| known == end) {
            Some(known) => known.1.clone_from(meaning),
            None => meanings.push((end, meaning.clone())),
        }
    }
    if !facts.more_variables.iter().any(|(end, _)| end == "BASE_URL") {
        meanings.push(("BASE_URL", elsewhere(facts)));
    }
    let variable = |(end, meaning)| Variable { name: format!("{}_{end}", facts.prefix), meaning };
    meanings.into_iter().map(variable).collect()
}

/// Returns the words of a choice: `one` (the default) or `other`, also called `another`.
fn choice(choices: &[Choice]) -> String {
    let words = |choice: &Choice| {
        let words: Vec<_> = choice.words.iter().map(|word| format!("`{word}`")).collect();
        words.join(", also called ")
    };
    let mut words: Vec<_> = choices.iter().map(words).collect();
    if let Some(first) = words.first_mut() {
        first.push_str(" (the default)");
    }
    words.join(" or ")
}

fn elsewhere(facts: &Facts) -> String {
    match (&facts.place.servers[0].url, facts.place.environments.is_empty()) {
        _ if facts.place.unknown => {
            "the base URL, from the provider; required if the environment's is not public".to_owned()
        }
        (Some(url), true) => format!("the base URL, if it is not `{url}`"),
        _ => "the base URL, if it is not the environment's".to_owned(),
    }
}

/// Returns a sufficient set of variables, as pairs of names and values in Rust.
pub(crate) fn example(facts: &Facts) -> String {
    let prefix = &facts.prefix;
    let mut pairs: Vec<_> =
        required(facts).map(|field| format!("(\"{prefix}_{}\", {})", field.variable, field.example)).collect();
    if facts.place.unknown {
        pairs.push(format!("(\"{prefix}_BASE_URL\", \"https://api.provider.example\")"));
    }
    pairs.join(", ")
}
