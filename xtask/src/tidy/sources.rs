//! Rules for single source files, and for the files of one crate.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use crate::workspace::{Package, Workspace, rust_files};

/// The number of lines without tests and comments above which a file may contain more than one idea.
const MANY_LINES: usize = 400;
/// The length above which a test name is hard to read.
const MAX_TEST_NAME: usize = 80;
/// The maximum number of `cfg` lines for the feature `store` in auth-core. A feature selects a module or a dependency,
/// not the lines of a type.
const MAX_STORE_GATES: usize = 6;
/// First words that say less than a noun phrase or a verb.
const FIRST_WORDS: [&str; 8] = ["What", "Who", "Whoever", "Whether", "How", "When", "Where", "Why"];
/// Phrases that have a plainer form.
const PHRASES: [&str; 5] = [" is none", "of no use", "nothing of use", "as good as absent", "at the most"];

/// Checks all source files. Breaches are errors, long files are warnings.
pub(super) fn check(workspace: &Workspace, breaches: &mut Vec<String>) -> Result<Vec<String>, Box<dyn Error>> {
    let mut warnings = Vec::new();
    for package in &workspace.packages {
        let shipped = rust_files(&package.folder().join("src"))?;
        for path in &shipped {
            let file = File { path: path.clone(), text: fs::read_to_string(path)? };
            if package.is_published() {
                file.head(breaches);
                file.first_words(breaches);
                file.phrases(breaches);
                file.module_path(breaches);
            }
            file.length(&mut warnings);
        }
        same_names(package, &shipped, breaches)?;
        if package.name == "auth-core" {
            store_gates(&shipped, breaches)?;
        }
    }
    for folder in ["crates", "examples", "xtask", "benches", "simulation"] {
        for path in rust_files(&workspace.workspace_root.join(folder))? {
            let file = File { text: fs::read_to_string(&path)?, path };
            file.module_words(breaches);
            file.test_names(breaches);
        }
    }
    Ok(warnings)
}

struct File {
    path: PathBuf,
    text: String,
}

impl File {
    fn is_test(&self) -> bool {
        self.path.iter().any(|part| {
            let part = part.to_string_lossy();
            part == "tests" || part == "tests.rs" || part == "model_tests" || part == "model"
        })
    }

    fn says(&self, line: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path.display(), line + 1)
    }

    fn head(&self, breaches: &mut Vec<String>) {
        let has_head = self.text.lines().any(|line| line.starts_with("//!") || line.starts_with("#![doc"));
        if !has_head {
            breaches.push(self.says(0, "a module begins with `//!` and a noun phrase that names what is in it"));
        }
    }

    /// Checks the first words of all module heads.
    fn module_words(&self, breaches: &mut Vec<String>) {
        for (number, line) in self.text.lines().enumerate() {
            if line.trim_start().strip_prefix("//! ").is_some_and(begins_badly) {
                breaches.push(self.says(number, "a module head is a noun phrase that names what is in it"));
            }
        }
    }

    /// Checks the first words of the documentation of shipped items.
    fn first_words(&self, breaches: &mut Vec<String>) {
        for (number, line) in self.text.lines().enumerate() {
            let documents = line.trim_start().strip_prefix("/// ").is_some_and(begins_badly);
            if documents && !self.is_test() {
                breaches.push(self.says(number, "a comment begins with a noun phrase, or a verb in the third person"));
            }
        }
    }

    fn phrases(&self, breaches: &mut Vec<String>) {
        for (number, line) in self.text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//")) {
            if let Some(phrase) = PHRASES.iter().find(|phrase| line.contains(**phrase)) {
                breaches.push(self.says(number, &format!("`{}` has a plain form", phrase.trim())));
            }
        }
    }

    fn module_path(&self, breaches: &mut Vec<String>) {
        for (number, line) in self.text.lines().enumerate() {
            if line.trim_start().starts_with("#[path") {
                breaches.push(self.says(number, "a module lies where its name says; leave out #[path]"));
            }
        }
    }

    fn test_names(&self, breaches: &mut Vec<String>) {
        for (number, line) in self.text.lines().enumerate() {
            let name = line
                .trim_start()
                .trim_start_matches("async ")
                .strip_prefix("fn ")
                .and_then(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
            if let Some(name) = name.filter(|name| name.len() > MAX_TEST_NAME) {
                let what = format!("a name has {} characters, at most {MAX_TEST_NAME} are read: {name}", name.len());
                breaches.push(self.says(number, &what));
            }
        }
    }

    fn length(&self, warnings: &mut Vec<String>) {
        let above_tests = self.text.lines().take_while(|line| !line.starts_with("mod tests {"));
        let code = above_tests.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count();
        if !self.is_test() && code > MANY_LINES {
            warnings
                .push(self.says(0, &format!("warning: {code} lines of code above its tests: is it still one idea?")));
        }
    }
}

fn begins_badly(text: &str) -> bool {
    text.split([' ', ',']).next().is_some_and(|word| FIRST_WORDS.contains(&word))
}

/// Checks that a crate has no two files of the same name, and no file next to a folder of its name. Generated files
/// have the providers' names.
fn same_names(package: &Package, files: &[PathBuf], breaches: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    let mut by_name: BTreeMap<String, Vec<&PathBuf>> = BTreeMap::new();
    for path in files {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.with_extension("").is_dir() {
            breaches.push(format!("{}: it is beside a folder of its name; make it {name}/mod.rs", path.display()));
        }
        let is_usual = ["mod", "lib", "main", "tests"].contains(&name.as_str());
        if package.is_published() && !is_usual && !fs::read_to_string(path)?.starts_with("// Written by `cargo xtask") {
            by_name.entry(name).or_default().push(path);
        }
    }
    for (name, paths) in by_name.iter().filter(|(_, paths)| paths.len() > 1) {
        breaches.push(format!("{} has {} files named {name}.rs: {paths:?}", package.name, paths.len()));
    }
    Ok(())
}

fn store_gates(files: &[PathBuf], breaches: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    let mut gates = 0;
    for path in files {
        gates += fs::read_to_string(path)?.lines().filter(|line| is_store_gate(line)).count();
    }
    if gates > MAX_STORE_GATES {
        breaches
            .push(format!("auth-core has {gates} lines for the feature `store`: at most {MAX_STORE_GATES} modules"));
    }
    Ok(())
}

fn is_store_gate(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("#[cfg") && line.contains(r#"feature = "store""#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(text: &str, rule: impl Fn(&File, &mut Vec<String>)) -> usize {
        let mut breaches = Vec::new();
        rule(&File { path: PathBuf::from("src/file.rs"), text: text.to_owned() }, &mut breaches);
        breaches.len()
    }

    #[test]
    fn a_module_has_a_head_that_is_a_noun_phrase() {
        assert_eq!(breaches("//! Single-flight refresh.\n", File::head), 0);
        assert_eq!(breaches("use std::fmt;\n", File::head), 1);
        assert_eq!(breaches("//! What a login returned.\n", File::module_words), 1);
        assert_eq!(breaches("//! Whatever.\n//! Single-flight refresh.\n", File::module_words), 0);
    }

    #[test]
    fn a_comment_begins_with_what_it_says_in_plain_words() {
        assert_eq!(breaches("    /// Whether it is there.\n/// How long\n", File::first_words), 2);
        assert_eq!(breaches("    /// Returns true.\n", File::first_words), 0);
        assert_eq!(breaches("// a record of no use\nlet of = \"of no use\";\n", File::phrases), 1);
    }

    #[test]
    fn a_module_lies_where_its_name_says() {
        assert_eq!(breaches("#[path = \"other.rs\"]\nmod tests;\n", File::module_path), 1);
    }

    #[test]
    fn a_test_has_at_most_eighty_characters() {
        let name = |length| format!("    async fn {}() {{\n", "a".repeat(length));
        assert_eq!((breaches(&name(80), File::test_names), breaches(&name(81), File::test_names)), (0, 1));
    }

    #[test]
    fn a_long_file_is_warned_of_and_tests_do_not_count() {
        let code = "let x = 1;\n".repeat(400);
        assert_eq!(breaches(&code, File::length), 0);
        assert_eq!(breaches(&format!("{code}let y = 2;\n"), File::length), 1);
        assert_eq!(breaches(&format!("{code}// a comment\n\nmod tests {{\nlet y = 2;\n"), File::length), 0);
    }

    #[test]
    fn each_form_of_a_gate_counts() {
        for line in [r#"#[cfg(feature = "store")]"#, r#"  #[cfg_attr(not(feature = "store"), expect(x))]"#] {
            assert!(is_store_gate(line), "{line}");
        }
        assert!(!is_store_gate("#[cfg(test)]"));
    }
}
