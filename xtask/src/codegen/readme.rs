//! The generated parts of the READMEs, between the comments `<!-- codegen: NAME -->` and `<!-- codegen: end -->`.

use std::error::Error;
use std::fs;
use std::path::Path;

use super::Files;
use super::model::Model;
use super::names;
use super::provenance::{Note, Source};

/// The section that every provider's README has.
const EVERYDAY: &str = include_str!("../../templates/everyday.md");
const END: &str = "<!-- codegen: end -->";

/// The words of a language.
struct Words {
    head: &'static str,
    or: &'static str,
    as_answered: &'static str,
    /// The names of a unit in the singular and the plural.
    units: [(&'static str, &'static str, &'static str); 4],
}

const ENGLISH: Words = Words {
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

const PORTUGUESE: Words = Words {
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

/// Writes the tables of each provider's README, and those of all providers.
pub(crate) fn write(root: &Path, all: &[Model], files: &mut Files) -> Result<(), Box<dyn Error>> {
    for model in all {
        let path = Path::new("crates").join(&model.package).join("README.md");
        let mut text = fs::read_to_string(root.join(&path))?;
        for (name, table) in [
            ("everyday", EVERYDAY.replace("{{ module }}", &model.module)),
            ("endpoints", endpoints(model)),
            ("variables", variables(model)),
            ("errors", errors(model)),
            ("facts", format!("{}\n{}", known(model), sources(model))),
        ] {
            text = replace(&text, name, &table)?;
        }
        files.insert(path, text);
    }
    for (path, words) in [("README.md", &ENGLISH), ("README.pt-BR.md", &PORTUGUESE)] {
        let text = fs::read_to_string(root.join(path))?;
        files.insert(path.into(), replace(&text, "providers", &providers(all, words))?);
    }
    Ok(())
}

/// Replaces the table between its two comments.
fn replace(text: &str, name: &str, table: &str) -> Result<String, String> {
    let start = format!("<!-- codegen: {name} -->\n");
    let (before, rest) = text.split_once(&start).ok_or_else(|| format!("a README lacks the line {start}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("a README lacks the line {END}"))?;
    Ok(format!("{before}{start}\n{table}\n{END}{after}"))
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    let columns = head.matches('|').count() - 1;
    let line = format!("|{}", " --- |".repeat(columns));
    [head.to_owned(), line].into_iter().chain(rows).map(|row| row + "\n").collect()
}

fn providers(all: &[Model], words: &Words) -> String {
    let row = |model: &Model| {
        let logins = model.endpoints.iter().filter(|endpoint| endpoint.is_login);
        let logins: Vec<_> = logins.map(|login| format!("`{} {}`", login.verb, login.path)).collect();
        let mut variables: Vec<_> = model.login.required().map(|field| field.variable.as_str()).collect();
        variables.extend(model.place.unknown.then_some("BASE_URL"));
        let variables: Vec<_> = variables.iter().map(|end| format!("`{}_{end}`", model.prefix)).collect();
        let default = &model.answer.lifetime.default;
        let (count, unit) = names::in_units(default.plain_seconds);
        let (_, one, several) = words.units.iter().find(|(name, ..)| *name == unit).unwrap_or(&words.units[3]);
        let lives = match &default.note.assumption {
            None => format!("{count} {}", if count == 1 { one } else { several }),
            Some(_) => words.as_answered.to_owned(),
        };
        let (name, package) = (&model.name, &model.package);
        let logins = logins.join(&format!(" {} ", words.or));
        format!("| {name} | [`{package}`](crates/{package}) | {logins} | {lives} | {} |", variables.join(" "))
    };
    table(words.head, all.iter().map(row))
}

fn endpoints(model: &Model) -> String {
    let rows = model.endpoints.iter().map(|endpoint| {
        let by = match (&endpoint.sent_by, endpoint.is_login) {
            (_, true) => "every `Client`, when necessary".to_owned(),
            (Some(by), false) => format!("`{by}`"),
            (None, false) => format!("`client.{}(…)`", endpoint.verb.to_lowercase()),
        };
        let api = endpoint.api.as_ref().map(|api| format!(" ({api})")).unwrap_or_default();
        let (summary, from) = (cell(&endpoint.summary), origin(&endpoint.note));
        format!("| `{} {}` | {summary}{api} | {by} | {from} |", endpoint.verb, endpoint.path)
    });
    table("| endpoint | | sent by | source |", rows)
}

fn variables(model: &Model) -> String {
    let rows = model.variables.iter().map(|variable| format!("| `{}` | {} |", variable.name, cell(&variable.meaning)));
    table("| variable | for `Client::from_env()` |", rows)
}

/// Returns the table of errors by status. Endpoints with the same error share a row.
fn errors(model: &Model) -> String {
    let mut rows: Vec<(String, String, String)> = Vec::new();
    for endpoint in &model.endpoints {
        for answer in &endpoint.answers {
            let Some(kind) = &answer.kind else { continue };
            let to = match &endpoint.sent_by {
                _ if endpoint.is_login => "the login".to_owned(),
                Some(by) if kind == "LoginRefused" => format!("`{by}`"),
                _ => "requests".to_owned(),
            };
            let start = format!("| {}: {}. |", answer.status, cell(&answer.means).trim_end_matches('.'));
            let end = format!("| `{kind}` | {} |", origin(&answer.note));
            match rows.iter_mut().find(|(known, _, other)| (known, other) == (&start, &end)) {
                Some((_, known, _)) if *known != to && to == "requests" => "both".clone_into(known),
                Some((_, known, _)) if known != "both" && !known.contains(&to) => *known = format!("{known}, {to}"),
                Some(_) => {}
                None => rows.push((start, to, end)),
            }
        }
    }
    table(
        "| answer | to | `ErrorKind` | source |",
        rows.into_iter().map(|(start, to, end)| format!("{start} {to} {end}")),
    )
}

/// Returns the table of all other facts with an origin.
fn known(model: &Model) -> String {
    let mut last = "";
    let rows = model.known.iter().map(|known| {
        let shown = if known.kind == last { String::new() } else { format!(" {}", known.kind) };
        last = known.kind;
        format!("|{shown} | {} | {} |", cell(&known.what.join(", ")), origin(&known.note))
    });
    table("| | fact | source |", rows)
}

/// Returns the text as a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn origin(note: &Note) -> String {
    if let Some(assumption) = &note.assumption {
        return format!("assumed: {}", cell(assumption));
    }
    let link = |source: &Source| match source.url {
        Some(_) => format!("[{}]", source.key),
        None => cell(&source.title),
    };
    note.sources.iter().map(link).collect::<Vec<_>>().join(", ")
}

/// Returns the link definitions of the tables.
fn sources(model: &Model) -> String {
    let line = |source: &Source| {
        let url = source.url.as_ref()?;
        Some(format!("[{}]: {url} \"{}\"\n", source.key, source.title.replace('"', "\\\"")))
    };
    model.sources.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_replaced_between_its_comments_and_nowhere_else() {
        let text = "a\n<!-- codegen: x -->\nold\n<!-- codegen: end -->\nb\n";
        let new = "a\n<!-- codegen: x -->\n\nnew\n\n<!-- codegen: end -->\nb\n";
        assert_eq!(replace(text, "x", "new\n").unwrap(), new);
        assert_eq!(replace(new, "x", "new\n").unwrap(), new);
        assert!(replace(text, "y", "new").unwrap_err().contains("codegen: y"));
    }
}
