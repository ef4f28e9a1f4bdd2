//! The command `cargo xtask codegen`, which generates code and tables from each crate's openapi.json. docs/contracts.md
//! describes them.

mod answer;
mod document;
mod login;
mod model;
mod names;
mod operations;
mod provenance;
mod readme;
mod render;
mod security;
mod types;
mod validate;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use heck::ToSnakeCase;
use minijinja::value::Serde;
use minijinja::{Value, context};

pub(crate) use self::model::Model;
pub(crate) use self::render::Templates;

/// The sandbox's part of each contract.
const SANDBOX: &str = "crates/auth-sandbox/src/contract";

/// The modules of a crate, each with a template. There are also those of the data types.
const MODULES: [&str; 9] = ["account", "api", "builder", "client", "environment", "sent", "session", "store", "wire"];

/// The start of each generated file.
const WRITTEN: &str = "// Written by `cargo xtask codegen`";

/// The text of each file, by its path from the root.
type Files = BTreeMap<PathBuf, String>;

/// Generates the files of all crates or of one, and the tables. `check` only compares them.
pub(crate) fn run(check: bool, only: Option<&str>) -> Result<String, Box<dyn Error>> {
    let root = crate::workspace::root()?;
    let files = files(&root, only)?;
    let is_there = |path: &Path, text: &String| fs::read_to_string(root.join(path)).is_ok_and(|there| &there == text);
    let differing: Vec<_> = files.iter().filter(|(path, text)| !is_there(path, text)).map(|(path, _)| path).collect();
    let stale = if only.is_some() { Vec::new() } else { stale(&root, &files)? };
    if check {
        let all: Vec<_> = differing.into_iter().chain(&stale).map(|path| path.display().to_string()).collect();
        if all.is_empty() {
            return Ok(format!("codegen: {} files are as the documents have them", files.len()));
        }
        return Err(format!("run cargo xtask codegen: these differ\n{}", all.join("\n")).into());
    }
    if let Some((path, _)) = files.iter().find(|(path, _)| is_written(&root.join(path)) == Some(false)) {
        return Err(format!("name {} in x-auth.handwritten, or remove it: no codegen wrote it", path.display()).into());
    }
    for (path, text) in &files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&root))?;
        fs::write(path, text)?;
    }
    for path in &stale {
        fs::remove_file(root.join(path))?;
    }
    Ok(format!("codegen: {} files, {} of them changed, {} removed", files.len(), differing.len(), stale.len()))
}

/// Returns the files that are generated from the documents of this workspace: those of all crates or of one, and the
/// tables.
fn files(root: &Path, only: Option<&str>) -> Result<Files, Box<dyn Error>> {
    let templates = Templates::new(root)?;
    let served = fs::read_to_string(root.join(SANDBOX).join("mod.rs")).unwrap_or_default();
    let (mut files, mut all) = (Files::new(), Vec::<Model>::new());
    for path in documents(root)? {
        let text = fs::read_to_string(root.join(&path))?;
        let package = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let module = package.trim_end_matches("-auth").replace('-', "_");
        let is_served = served.contains(&format!("mod {module};"));
        let model = read(&package, &path, &text, is_served)?;
        if let Some(other) = all.iter().find(|other| other.prefix == model.prefix) {
            return Err(format!("{}: {} has the same prefix", path.display(), other.package).into());
        }
        if only.is_none_or(|only| only == package) {
            provider(&templates, &model, &mut files)?;
            if is_served {
                files.insert(Path::new(SANDBOX).join(module + ".rs"), templates.code("sandbox.rs", Serde(&model))?);
            }
        }
        all.push(model);
    }
    readme::write(&templates, &all, &mut files)?;
    Ok(files)
}

/// Reads a document. The error has all faults, each with its place: `crates/…/openapi.json:12:5: …`.
pub(crate) fn read(package: &str, path: &Path, text: &str, is_served: bool) -> Result<Model, String> {
    let placed = |fault: &String| format!("{}:{fault}", path.display());
    Model::read(package, text, is_served).map_err(|faults| faults.iter().map(placed).collect::<Vec<_>>().join("\n"))
}

/// Returns the documents, sorted by the name of their crate.
fn documents(root: &Path) -> Result<BTreeSet<PathBuf>, Box<dyn Error>> {
    let entries = fs::read_dir(root.join("crates"))?.collect::<Result<Vec<_>, _>>()?;
    let paths = entries.iter().map(|entry| Path::new("crates").join(entry.file_name()).join("openapi.json"));
    Ok(paths.filter(|path| root.join(path).exists()).collect())
}

/// Generates the files of one crate.
fn provider(templates: &Templates, model: &Model, files: &mut Files) -> Result<(), Box<dyn Error>> {
    let folder = Path::new("crates").join(&model.package);
    let of_types = model.types.iter().map(|data_type| (data_type.name.to_snake_case(), Some(data_type)));
    // Once, because hundreds of types may be a part of it.
    let whole = Value::from(Serde(model));
    let modules = MODULES.iter().map(|module| ((*module).to_owned(), None)).chain(of_types);
    for (module, data_type) in modules.filter(|(module, _)| !model.handwritten.contains(module)) {
        let template = data_type.map_or(module.as_str(), |_| "type").to_owned() + ".rs";
        let text = templates.code(&template, context! { type => Serde(data_type), ..whole.clone() })?;
        // A provider with one API, for example, has no module of APIs.
        if !text.is_empty() {
            files.insert(folder.join(format!("src/{module}.rs")), text);
        }
    }
    files.insert(folder.join("tests/contract.rs"), templates.code("contract.rs", whole)?);
    Ok(())
}

/// Returns true for Rust code with the mark of generated files, and false for code without it.
fn is_written(path: &Path) -> Option<bool> {
    let text = fs::read_to_string(path).ok().filter(|_| path.extension().is_some_and(|extension| extension == "rs"));
    text.map(|text| text.starts_with(WRITTEN))
}

/// Returns files with the mark of generated files that this command no longer generates.
fn stale(root: &Path, files: &Files) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let all = crate::workspace::rust_files(&root.join("crates"))?;
    let written = |path: &PathBuf| is_written(path)?.then_some(path.strip_prefix(root).ok()?.to_path_buf());
    Ok(all.iter().filter_map(written).filter(|path| !files.contains_key(path)).collect())
}

#[cfg(test)]
mod tests;
