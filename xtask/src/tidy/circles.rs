//! Circles of imports between the files of one crate.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use crate::workspace::{Package, rust_files};

/// A type and its builder need each other.
const BUILDERS: [[&str; 2]; 2] = [["client", "client/request"], ["builder", "client"]];

/// The path of a module: the names of its parents, and its own.
type Module = Vec<String>;

pub(super) fn check(package: &Package, breaches: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    let source = package.folder().join("src");
    let mut texts = BTreeMap::new();
    for path in rust_files(&source)? {
        if let Some(module) = module(path.strip_prefix(&source)?) {
            texts.insert(module, fs::read_to_string(&path)?);
        }
    }
    for [one, other] in circles(&texts) {
        if !BUILDERS.contains(&[one.as_str(), other.as_str()]) {
            breaches.push(format!("{}: {one} and {other} import each other, directly or by others", package.name));
        }
    }
    Ok(())
}

/// Returns the module of a file, or `None` for tests.
fn module(path: &Path) -> Option<Module> {
    let mut parts: Module = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.iter().any(|part| ["tests", "model_tests", "model"].contains(&part.as_str())) {
        return None;
    }
    parts.pop_if(|last| ["mod", "lib"].contains(&last.as_str()));
    Some(parts)
}

/// Returns each pair of modules that reach each other by imports.
fn circles(texts: &BTreeMap<Module, String>) -> Vec<[String; 2]> {
    let imports: BTreeMap<&Module, BTreeSet<&Module>> =
        texts.iter().map(|(module, text)| (module, imported(module, text, texts))).collect();
    let all: BTreeMap<&Module, BTreeSet<&Module>> =
        texts.keys().map(|module| (module, reached(module, &imports))).collect();
    let mutual =
        |one: &&Module, other: &&Module| one < other && all[*one].contains(*other) && all[*other].contains(*one);
    let pairs = texts.keys().flat_map(|one| texts.keys().map(move |other| (one, other)));
    pairs.filter(|(one, other)| mutual(one, other)).map(|(one, other)| [one.join("/"), other.join("/")]).collect()
}

/// Returns the modules that a module imports, directly or through others.
fn reached<'t>(from: &Module, imports: &BTreeMap<&Module, BTreeSet<&'t Module>>) -> BTreeSet<&'t Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&'t Module> = imports[from].iter().copied().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(&imports[module]);
        }
    }
    reached
}

/// Returns the modules of this crate that a text imports from, above its tests.
fn imported<'t>(module: &Module, text: &str, texts: &'t BTreeMap<Module, String>) -> BTreeSet<&'t Module> {
    let above_tests = text.split("\nmod tests {").next().unwrap_or_default();
    let lines: String = above_tests.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let uses = lines.split(';').filter_map(|statement| statement.rsplit_once("use ").map(|(_, tree)| tree));
    let paths = uses.flat_map(|tree| expanded(tree.trim()));
    let targets = paths.filter_map(|path| target(module, &path, texts));
    targets.filter(|target| *target != module).collect()
}

/// Expands the braces of a `use`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let (mut depth, mut start, mut paths) = (0_u32, 0, Vec::new());
    let inside = rest.strip_suffix('}').unwrap_or(rest);
    for (at, character) in inside.char_indices().chain([(inside.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                let part = inside[start..at].trim();
                paths.extend(expanded(part).into_iter().map(|path| format!("{prefix}{path}")));
                start = at + 1;
            }
            _ => {}
        }
    }
    paths
}

/// Returns the module that a path names: its longest prefix that is a module.
fn target<'t>(module: &Module, path: &str, texts: &'t BTreeMap<Module, String>) -> Option<&'t Module> {
    let mut segments = path.split("::").map(str::trim).peekable();
    let mut from = match segments.next()? {
        "crate" => Vec::new(),
        "self" => module.clone(),
        "super" => {
            let mut above = module.clone();
            above.pop();
            while segments.next_if_eq(&"super").is_some() {
                above.pop();
            }
            above
        }
        _ => return None,
    };
    from.extend(segments.map(str::to_owned));
    (0..=from.len()).rev().find_map(|length| texts.get_key_value(&from[..length])).map(|(module, _)| module)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<[String; 2]> {
        let texts = files.iter().map(|(path, text)| (module(Path::new(path)).unwrap(), (*text).to_owned())).collect();
        circles(&texts)
    }

    #[test]
    fn files_that_import_each_other_are_found_however_long_the_way() {
        let files = [
            ("lib.rs", ""),
            ("a.rs", "use crate::b::{B, inner::C};"),
            ("b/mod.rs", "pub use self::inner::C;"),
            ("b/inner.rs", "use super::super::a::A;"),
        ];
        let pair = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        assert_eq!(found(&files), [pair("a", "b"), pair("a", "b/inner"), pair("b", "b/inner")]);
    }

    #[test]
    fn imports_in_one_direction_and_in_tests_are_no_circle() {
        let files = [
            ("lib.rs", "pub use a::A;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "// use crate::a::A;\nuse std::fmt;\n\nmod tests {\n    use crate::a::A;\n}"),
        ];
        assert!(found(&files).is_empty());
    }
}
