//! The table of providers in the two READMEs.

use super::facts::Facts;
use super::names;

/// The words of a language.
pub(crate) struct Words {
    head: &'static str,
    or: &'static str,
    as_answered: &'static str,
    /// The names of a unit in the singular and the plural.
    units: [(&'static str, &'static str, &'static str); 4],
}

pub(crate) const ENGLISH: Words = Words {
    head: "| Provider | Crate | Login | Token lives | Variables |",
    or: "or",
    as_answered: "as answered",
    units: [
        ("day", "day", "days"),
        ("hour", "hour", "hours"),
        ("minute", "minute", "minutes"),
        ("second", "second", "seconds"),
    ],
};

pub(crate) const PORTUGUESE: Words = Words {
    head: "| Provedor | Crate | Login | Validade do token | Variáveis |",
    or: "ou",
    as_answered: "a informada na resposta",
    units: [
        ("day", "dia", "dias"),
        ("hour", "hora", "horas"),
        ("minute", "minuto", "minutos"),
        ("second", "segundo", "segundos"),
    ],
};

pub(crate) fn providers(all: &[Facts], words: &Words) -> String {
    let mut rows = vec![words.head.to_owned(), "| --- | --- | --- | --- | --- |".to_owned()];
    for facts in all {
        let logins = facts.endpoints.iter().filter(|endpoint| endpoint.is_login);
        let logins: Vec<_> = logins.map(|login| format!("`{} {}`", login.verb, login.path)).collect();
        let mut variables: Vec<_> = facts
            .account
            .iter()
            .filter(|field| field.required && field.constant.is_none())
            .map(|field| variable(facts, &field.variable))
            .collect();
        if facts.place.unknown {
            variables.push(variable(facts, "BASE_URL"));
        }
        let default = &facts.lifetime.default;
        let lives = match &default.note.assumption {
            None => span(default.plain_seconds, words),
            Some(_) => words.as_answered.to_owned(),
        };
        let (name, package) = (&facts.name, &facts.package);
        rows.push(format!(
            "| {name} | [`{package}`](crates/{package}) | {} | {lives} | {} |",
            logins.join(&format!(" {} ", words.or)),
            variables.join(" "),
        ));
    }
    rows.join("\n") + "\n"
}

fn variable(facts: &Facts, end: &str) -> String {
    format!("`{}_{end}`", facts.prefix)
}

fn span(seconds: u64, words: &Words) -> String {
    let (count, unit) = names::in_units(seconds);
    let (_, one, several) = words.units.iter().find(|(name, ..)| *name == unit).unwrap_or(&words.units[3]);
    format!("{count} {}", if count == 1 { one } else { several })
}
