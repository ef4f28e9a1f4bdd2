//! The tables of the READMEs, between two comments: `<!-- codegen: NAME -->` and `<!-- codegen: end -->`.

use std::error::Error;
use std::fs;
use std::path::Path;

use super::Files;
use super::facts::{Facts, Note, Reference};
use super::variables::variables;

const END: &str = "<!-- codegen: end -->";

pub(crate) fn write(root: &Path, all: &[Facts], files: &mut Files) -> Result<(), Box<dyn Error>> {
    for facts in all {
        let path = Path::new("crates").join(&facts.package).join("README.md");
        let text = fs::read_to_string(root.join(&path))?;
        let text = replace(&text, "endpoints", &endpoints(facts))?;
        let text = replace(&text, "variables", &variable_table(facts))?;
        let text = replace(&text, "errors", &format!("{}\n{}", errors(facts), sources(facts)))?;
        files.insert(path, text);
    }
    for (path, words) in [("README.md", &super::providers::ENGLISH), ("README.pt-BR.md", &super::providers::PORTUGUESE)]
    {
        let text = fs::read_to_string(root.join(path))?;
        files.insert(path.into(), replace(&text, "providers", &super::providers::providers(all, words))?);
    }
    Ok(())
}

/// The text with a new table between its two comments.
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
            (_, true) => "every `Client`, when it must".to_owned(),
            (Some(by), false) => format!("`{by}`"),
            (None, false) => format!("`client.{}(…)`", endpoint.verb.to_lowercase()),
        };
        let summary = match &endpoint.api {
            Some(api) => format!("{} ({api})", endpoint.summary),
            None => endpoint.summary.clone(),
        };
        rows.push(format!("| `{} {}` | {summary} | {by} | {} |", endpoint.verb, endpoint.path, origin(&endpoint.note)));
    }
    rows.join("\n") + "\n"
}

fn variable_table(facts: &Facts) -> String {
    let mut rows = vec!["| variable | for `Client::from_env()` |".to_owned(), "| --- | --- |".to_owned()];
    rows.extend(variables(facts).into_iter().map(|variable| format!("| `{}` | {} |", variable.name, variable.meaning)));
    rows.join("\n") + "\n"
}

/// What comes of each status, once where it is the same for several endpoints.
fn errors(facts: &Facts) -> String {
    let mut rows = vec!["| answer | to | `ErrorKind` | source |".to_owned(), "| --- | --- | --- | --- |".to_owned()];
    let mut seen: Vec<(String, &str, String, &str, String)> = Vec::new();
    for endpoint in &facts.endpoints {
        for answer in &endpoint.answers {
            let Some(kind) = &answer.kind else { continue };
            let to = if endpoint.is_login { "the login" } else { "requests" };
            let row =
                (answer.status.clone(), answer.means.as_str(), to.to_owned(), kind.as_str(), origin(&answer.note));
            match seen.iter_mut().find(|known| (&known.0, known.1, known.3, &known.4) == (&row.0, row.1, row.3, &row.4))
            {
                Some(known) if known.2 != row.2 => "both".clone_into(&mut known.2),
                Some(_) => {}
                None => seen.push(row),
            }
        }
    }
    for (status, means, to, kind, origin) in seen {
        rows.push(format!("| {status}: {} | {to} | `{kind}` | {origin} |", means.replace("\n\n", " ")));
    }
    rows.join("\n") + "\n"
}

fn origin(note: &Note) -> String {
    if let Some(assumption) = &note.assumption {
        return format!("assumed: {}", assumption.replace("\n\n", " "));
    }
    let link = |source: &Reference| match source.url {
        Some(_) => format!("[{}]", source.key),
        None => source.title.clone(),
    };
    note.sources.iter().map(link).collect::<Vec<_>>().join(", ")
}

/// What the links of the tables lead to.
fn sources(facts: &Facts) -> String {
    let mut lines = Vec::new();
    for source in &facts.sources {
        if let Some(url) = &source.url {
            lines.push(format!("[{}]: {url} \"{}\"\n", source.key, source.title));
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
