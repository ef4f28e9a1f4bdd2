//! The generated parts of the READMEs, between the comments `<!-- codegen: NAME -->` and `<!-- codegen: end -->`.

use std::error::Error;
use std::fs;
use std::path::Path;

use minijinja::context;
use minijinja::value::Serde;

use super::model::Model;
use super::{Files, Templates};

const START: &str = "<!-- codegen: ";
const END: &str = "<!-- codegen: end -->";

/// Writes the tables of each provider's README, and those of all providers.
pub(crate) fn write(templates: &Templates, all: &[Model], files: &mut Files) -> Result<(), Box<dyn Error>> {
    for model in all {
        let path = Path::new("crates").join(&model.package).join("README.md");
        let mut text = fs::read_to_string(templates.root.join(&path))?;
        for part in templates.text("tables.md", Serde(model))?.split(START).skip(1) {
            let (name, table) = part.split_once(" -->\n").unwrap_or_default();
            text = replace(&text, name, table.trim_end())?;
        }
        files.insert(path, text);
    }
    for (path, language) in [("README.md", "en"), ("README.pt-BR.md", "pt")] {
        let table = templates.text("providers.md", context! { language, all => Serde(all) })?;
        let text = fs::read_to_string(templates.root.join(path))?;
        files.insert(path.into(), replace(&text, "providers", table.trim_end())?);
    }
    Ok(())
}

/// Replaces the table between its two comments.
fn replace(text: &str, name: &str, table: &str) -> Result<String, String> {
    let start = format!("{START}{name} -->\n");
    let (before, rest) = text.split_once(&start).ok_or_else(|| format!("a README lacks the line {start}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("a README lacks the line {END}"))?;
    Ok(format!("{before}{start}\n{table}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_replaced_between_its_comments_and_nowhere_else() {
        let text = "a\n<!-- codegen: x -->\nold\n<!-- codegen: end -->\nb\n";
        let new = "a\n<!-- codegen: x -->\n\nnew\n\n<!-- codegen: end -->\nb\n";
        assert_eq!(replace(text, "x", "new").unwrap(), new);
        assert_eq!(replace(new, "x", "new").unwrap(), new);
        assert!(replace(text, "y", "new").unwrap_err().contains("codegen: y"));
    }
}
