//! The command `cargo xtask codegen`, which generates code and tables from each crate's openapi.json. docs/contracts.md
//! describes them.

mod document;
mod facts;
mod fields;
mod imports;
mod json;
mod names;
mod phrases;
mod providers;
mod render;
mod strict;
mod tables;
mod variables;
mod view;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use minijinja::Environment;
use minijinja::value::Serde;
use serde_json::{Map, Value};

use self::document::Document;
pub(crate) use self::facts::Facts;
use self::facts::Fault;
pub(crate) use self::render::{environment, format};
pub(crate) use self::view::view;

/// The start of each generated file.
const WRITTEN: &str = "// Written by `cargo xtask codegen`";

/// The text of each file, by its path from the root.
type Files = BTreeMap<PathBuf, String>;

pub(crate) fn run(check: bool) -> Result<String, Box<dyn Error>> {
    let root = crate::workspace::root()?;
    let files = files(&root)?;
    let differing: Vec<_> = files
        .iter()
        .filter(|(path, text)| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path.display().to_string())
        .collect();
    let stale = stale(&root, &files)?;
    if check {
        let all = [differing, stale.iter().map(|path| path.display().to_string()).collect()].concat();
        if all.is_empty() {
            return Ok(format!("codegen: {} files are as the documents have them", files.len()));
        }
        return Err(format!("run cargo xtask codegen: these differ\n{}", all.join("\n")).into());
    }
    if let Some((path, _)) = files.iter().find(|(path, _)| is_by_hand(&root.join(path))) {
        let path = path.display();
        return Err(format!("{path} was written by hand: name it in x-auth.handwritten, or remove it").into());
    }
    for (path, text) in &files {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    for path in &stale {
        fs::remove_file(root.join(path))?;
    }
    Ok(format!("codegen: {} files, {} of them changed, {} removed", files.len(), differing.len(), stale.len()))
}

/// Returns all files that are generated from the documents of this workspace.
fn files(root: &Path) -> Result<Files, Box<dyn Error>> {
    let templates = environment()?;
    let (mut files, mut all) = (Files::new(), Vec::new());
    for path in documents(root)? {
        let facts = read(root, &path)?;
        if let Some(other) = all.iter().find(|other: &&Facts| other.prefix == facts.prefix) {
            let (prefix, other) = (&facts.prefix, &other.package);
            return Err(format!("{}: {other} has the prefix {prefix} already", path.display()).into());
        }
        provider(root, &templates, &facts, &mut files)?;
        all.push(facts);
    }
    tables::write(root, &all, &mut files)?;
    Ok(files)
}

/// Returns the documents, sorted by the name of their crate.
fn documents(root: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(root.join("crates"))? {
        let document = entry?.path().join("openapi.json");
        if document.exists() {
            documents.push(document.strip_prefix(root)?.to_path_buf());
        }
    }
    documents.sort();
    Ok(documents)
}

/// Reads the facts of one document. An error begins with its place: `crates/…/openapi.json:12:5: …`.
fn read(root: &Path, path: &Path) -> Result<Facts, Box<dyn Error>> {
    let text = fs::read_to_string(root.join(path))?;
    let package = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    parse(&package, &text).map_err(|error| format!("{}:{error}", path.display()).into())
}

/// Reads the facts of a document's text. An error begins with its place: `12:5: …`.
pub(crate) fn parse(package: &str, text: &str) -> Result<Facts, String> {
    let unreadable = |error: serde_json::Error| {
        let message = error.to_string();
        let message = message.rsplit_once(" at line").map_or(message.as_str(), |(message, _)| message);
        format!("{}:{}: {message}", error.line(), error.column())
    };
    let wrong = |Fault { pointer, message }| {
        let (line, column) = json::locate(text, &pointer);
        format!("{line}:{column}: {message} ({pointer})")
    };
    strict::no_doubles(text).map_err(unreadable)?;
    let document: Document = serde_json::from_str(text).map_err(unreadable)?;
    strict::references(&serde_json::from_str(text).map_err(unreadable)?).map_err(wrong)?;
    Facts::read(package, &document).map_err(wrong)
}

/// Generates the files of one crate.
fn provider(root: &Path, templates: &Environment<'_>, facts: &Facts, files: &mut Files) -> Result<(), Box<dyn Error>> {
    let folder = Path::new("crates").join(&facts.package);
    let view = view(facts);
    let mut add = |template: &str, path: PathBuf, view: &Map<String, Value>| -> Result<(), Box<dyn Error>> {
        let text = templates.get_template(template)?.render(Serde(view))?;
        files.insert(path, format(root, &text)?);
        Ok(())
    };
    let mut sources = vec!["wire", "account", "builder", "client", "session", "store"];
    if !facts.place.environments.is_empty() {
        sources.push("environment");
    }
    if !facts.place.apis.is_empty() {
        sources.push("api");
    }
    for source in sources.into_iter().filter(|source| !facts.handwritten.iter().any(|file| file == source)) {
        add(&format!("{source}.rs"), folder.join("src").join(format!("{source}.rs")), &view)?;
    }
    for data_type in facts.types.iter().filter(|data_type| !facts.handwritten.contains(&data_type.snake)) {
        let mut view = view.clone();
        view.insert("type".to_owned(), view::data_type(data_type));
        add("type.rs", folder.join("src").join(format!("{}.rs", data_type.snake)), &view)?;
    }
    add("contract.rs", folder.join("tests/contract.rs"), &view)?;
    let module = facts.module.trim_end_matches("_auth");
    let sandbox = Path::new("crates/auth-sandbox/src/contract");
    let served = fs::read_to_string(root.join(sandbox).join("mod.rs")).unwrap_or_default();
    if served.contains(&format!("mod {module};")) {
        add("sandbox.rs", sandbox.join(format!("{module}.rs")), &view)?;
    }
    Ok(())
}

/// Returns true for Rust code without the mark of generated files.
fn is_by_hand(path: &Path) -> bool {
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    is_rust && fs::read_to_string(path).is_ok_and(|text| !text.starts_with(WRITTEN))
}

/// Returns files with the mark of generated files that this command no longer generates.
fn stale(root: &Path, files: &Files) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut stale = Vec::new();
    for file in crate::workspace::rust_files(&root.join("crates"))? {
        let path = file.strip_prefix(root)?.to_path_buf();
        let written = fs::read_to_string(&file)?.starts_with(WRITTEN);
        if written && !files.contains_key(&path) {
            stale.push(path);
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests;
