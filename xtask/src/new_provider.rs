//! The command `cargo xtask new-provider`, which creates a provider's crate from its document.

use std::error::Error;
use std::fs;
use std::path::Path;

use minijinja::value::Serde;
use serde_json::json;

use crate::codegen;

pub(crate) fn run(package: &str, document: &str) -> Result<String, Box<dyn Error>> {
    let name_is_good = package.ends_with("-auth")
        && package.starts_with(|first: char| first.is_ascii_lowercase())
        && package.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !name_is_good {
        return Err(format!("{package:?} is no name: take small letters, digits and -, with -auth at its end").into());
    }
    let root = crate::workspace::root()?;
    let folder = root.join("crates").join(package);
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()).into());
    }
    let text = fs::read_to_string(document).map_err(|error| format!("{document}: {error}"))?;
    let facts = codegen::parse(package, &text).map_err(|error| format!("{document}:{error}"))?;

    let manifest = root.join("Cargo.toml");
    let before = fs::read_to_string(&manifest)?;
    let made = make(&root, &folder, package, &text, &facts);
    if made.is_err() {
        // Undo everything, so that the same command can be run again.
        fs::remove_dir_all(&folder)?;
        fs::write(&manifest, before)?;
    }
    let written = made?;
    let by_hand: Vec<_> = facts.handwritten.iter().map(|file| format!("\n  crates/{package}/src/{file}.rs")).collect();
    let rest = if by_hand.is_empty() {
        format!("cargo test -p {package} passes as it is; then see what its README says")
    } else {
        format!("these are left for you to write, as the document says:{}", by_hand.concat())
    };
    Ok(format!("{written}\ncrates/{package} is made, and entered in Cargo.toml; {rest}"))
}

/// Writes the crate and adds it to the workspace.
fn make(
    root: &Path,
    folder: &Path,
    package: &str,
    text: &str,
    facts: &codegen::Facts,
) -> Result<String, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut view = codegen::view(facts);
    view.insert("modules".to_owned(), json!(modules(facts)));
    let templates = codegen::environment()?;
    for (template, path) in [
        ("new/Cargo.toml", "Cargo.toml"),
        ("new/CHANGELOG.md", "CHANGELOG.md"),
        ("new/README.md", "README.md"),
        ("new/lib.rs", "src/lib.rs"),
    ] {
        let mut text = templates.get_template(template)?.render(Serde(&view))?.trim_end().to_owned() + "\n";
        if template == "new/lib.rs" {
            text = codegen::format(root, &text)?;
        }
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    fs::write(folder.join("openapi.json"), text)?;
    for license in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(root.join(license), folder.join(license))?;
    }
    enter(&root.join("Cargo.toml"), package)?;
    codegen::run(false)
}

/// Returns the modules of the crate and their public items.
fn modules(facts: &codegen::Facts) -> Vec<serde_json::Value> {
    let mut modules: Vec<(&str, Vec<&str>)> = vec![
        ("account", vec!["Account", "Accounts"]),
        ("builder", vec!["Builder"]),
        ("client", vec!["Client"]),
        ("session", vec!["Session"]),
        ("store", Vec::new()),
        ("wire", Vec::new()),
    ];
    if !facts.place.environments.is_empty() {
        modules.push(("environment", vec!["Environment"]));
    }
    if !facts.place.apis.is_empty() {
        modules.push(("api", vec!["Api"]));
    }
    modules.extend(facts.types.iter().map(|data_type| (data_type.snake.as_str(), vec![data_type.name.as_str()])));
    let more = facts.handwritten.iter().map(|file| (file.as_str(), Vec::new()));
    let more: Vec<_> = more.filter(|(file, _)| modules.iter().all(|(known, _)| known != file)).collect();
    modules.extend(more);
    modules.sort_unstable();
    modules.into_iter().map(|(name, exports)| json!({ "name": name, "exports": exports })).collect()
}

/// Adds a line to this workspace's own packages, in alphabetical order.
fn enter(manifest: &Path, package: &str) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(manifest)?;
    let entry = format!("{package} = {{ version = \"0.1.0\", path = \"crates/{package}\" }}\n");
    let is_ours = |line: &&str| line.contains("path = \"crates/") && line.contains("-auth = {");
    let after = text.lines().filter(is_ours).find(|line| *line > entry.as_str());
    let last = text.lines().rfind(is_ours).ok_or("Cargo.toml lists none of this workspace's packages")?;
    let text = match after {
        Some(line) => text.replacen(line, &format!("{entry}{line}"), 1),
        None => text.replacen(last, &format!("{last}\n{}", entry.trim_end()), 1),
    };
    Ok(fs::write(manifest, text)?)
}
