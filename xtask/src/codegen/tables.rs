//! The generated parts of the READMEs, between the comments `<!-- codegen: NAME -->` and `<!-- codegen: end -->`.

use std::error::Error;
use std::fs;
use std::path::Path;

use super::Files;
use super::facts::{Facts, Known, Note, Reference};
use super::variables::variables;

/// The section that every provider's README has.
const EVERYDAY: &str = include_str!("../../templates/everyday.md");
const END: &str = "<!-- codegen: end -->";

pub(crate) fn write(root: &Path, all: &[Facts], files: &mut Files) -> Result<(), Box<dyn Error>> {
    for facts in all {
        let path = Path::new("crates").join(&facts.package).join("README.md");
        let text = fs::read_to_string(root.join(&path))?;
        let text = replace(&text, "everyday", &EVERYDAY.replace("{{ module }}", &facts.module))?;
        let text = replace(&text, "endpoints", &endpoints(facts))?;
        let text = replace(&text, "variables", &variable_table(facts))?;
        let text = replace(&text, "errors", &errors(facts))?;
        let text = replace(&text, "facts", &format!("{}\n{}", known(facts), sources(facts)))?;
        files.insert(path, text);
    }
    for (path, words) in [("README.md", &super::providers::ENGLISH), ("README.pt-BR.md", &super::providers::PORTUGUESE)]
    {
        let text = fs::read_to_string(root.join(path))?;
        files.insert(path.into(), replace(&text, "providers", &super::providers::providers(all, words))?);
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

fn endpoints(facts: &Facts) -> String {
    let mut rows = vec!["| endpoint | | sent by | source |".to_owned(), "| --- | --- | --- | --- |".to_owned()];
    for endpoint in &facts.endpoints {
        let by = match (&endpoint.sent_by, endpoint.is_login) {
            (_, true) => "every `Client`, when necessary".to_owned(),
            (Some(by), false) => format!("`{by}`"),
            (None, false) => format!("`client.{}(…)`", endpoint.verb.to_lowercase()),
        };
        let summary = match &endpoint.api {
            Some(api) => format!("{} ({api})", cell(&endpoint.summary)),
            None => cell(&endpoint.summary),
        };
        rows.push(format!("| `{} {}` | {summary} | {by} | {} |", endpoint.verb, endpoint.path, origin(&endpoint.note)));
    }
    rows.join("\n") + "\n"
}

fn variable_table(facts: &Facts) -> String {
    let mut rows = vec!["| variable | for `Client::from_env()` |".to_owned(), "| --- | --- |".to_owned()];
    rows.extend(
        variables(facts).into_iter().map(|variable| format!("| `{}` | {} |", variable.name, cell(&variable.meaning))),
    );
    rows.join("\n") + "\n"
}

/// Returns the table of errors by status. Endpoints with the same error share a row.
fn errors(facts: &Facts) -> String {
    let mut rows = vec!["| answer | to | `ErrorKind` | source |".to_owned(), "| --- | --- | --- | --- |".to_owned()];
    let mut seen: Vec<(String, &str, String, &str, String)> = Vec::new();
    for endpoint in &facts.endpoints {
        for answer in &endpoint.answers {
            let Some(kind) = &answer.kind else { continue };
            let to = match &endpoint.sent_by {
                _ if endpoint.is_login => "the login".to_owned(),
                Some(by) if kind == "LoginRefused" => format!("`{by}`"),
                _ => "requests".to_owned(),
            };
            let row = (answer.status.clone(), answer.means.as_str(), to, kind.as_str(), origin(&answer.note));
            match seen.iter_mut().find(|known| (&known.0, known.1, known.3, &known.4) == (&row.0, row.1, row.3, &row.4))
            {
                Some(known) if known.2 != row.2 && row.2 == "requests" => "both".clone_into(&mut known.2),
                Some(known) if known.2 != "both" && !known.2.contains(&row.2) => {
                    known.2 = [known.2.as_str(), &row.2].join(", ");
                }
                Some(_) => {}
                None => seen.push(row),
            }
        }
    }
    for (status, means, to, kind, origin) in seen {
        rows.push(format!("| {status}: {}. | {to} | `{kind}` | {origin} |", cell(means).trim_end_matches('.')));
    }
    rows.join("\n") + "\n"
}

/// Returns the table of all other facts with an origin.
fn known(facts: &Facts) -> String {
    let mut rows = vec!["| | fact | source |".to_owned(), "| --- | --- | --- |".to_owned()];
    let mut last = "";
    for Known { kind, what, note } in &facts.known {
        let shown = if *kind == last { "" } else { *kind };
        let shown = if shown.is_empty() { "| |".to_owned() } else { format!("| {shown} |") };
        rows.push(format!("{shown} {} | {} |", cell(&what.join(", ")), origin(note)));
        last = kind;
    }
    rows.join("\n") + "\n"
}

/// Returns the text as a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn origin(note: &Note) -> String {
    if let Some(assumption) = &note.assumption {
        return format!("assumed: {}", cell(assumption));
    }
    let link = |source: &Reference| match source.url {
        Some(_) => format!("[{}]", source.key),
        None => cell(&source.title),
    };
    note.sources.iter().map(link).collect::<Vec<_>>().join(", ")
}

/// Returns the link definitions of the tables.
fn sources(facts: &Facts) -> String {
    let mut lines = Vec::new();
    for source in &facts.sources {
        if let Some(url) = &source.url {
            lines.push(format!("[{}]: {url} \"{}\"\n", source.key, source.title.replace('"', "\\\"")));
        }
    }
    lines.concat()
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
