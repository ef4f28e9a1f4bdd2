//! Rules that the compiler does not check.

mod circles;
mod sources;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;

use crate::workspace::{Package, Workspace, rust_files};

pub(crate) fn run() -> Result<String, Box<dyn Error>> {
    let workspace = Workspace::load()?;
    let mut breaches = Vec::new();
    for package in &workspace.packages {
        dependencies(package, &mut breaches);
        if package.is_published() {
            metadata(package, &mut breaches);
            readme(package, &mut breaches);
        }
    }
    let without_circles = ["auth-cli", "auth-core", "auth-store-redis", "auth-tower", "signed-api-auth"];
    for package in workspace.packages.iter().filter(|package| without_circles.contains(&&*package.name)) {
        circles::check(package, &mut breaches)?;
    }
    let warnings = sources::check(&workspace, &mut breaches)?;
    semantics(&workspace, &mut breaches)?;
    if breaches.is_empty() {
        let kept = format!("tidy: {} packages keep the rules", workspace.packages.len());
        Ok(warnings.into_iter().chain([kept]).collect::<Vec<_>>().join("\n"))
    } else {
        Err(format!("{} breaches\n{}", breaches.len(), breaches.join("\n")).into())
    }
}

fn dependencies(package: &Package, breaches: &mut Vec<String>) {
    let name = &package.name;
    for dependency in &package.dependencies {
        let other = &dependency.name;
        let ours = dependency.path.is_some();
        if package.is_provider() && dependency.is_normal() && ours && other != "auth-core" {
            breaches.push(format!("{name} depends on {other}: a provider depends on auth-core alone"));
        }
        if name.starts_with("auth-store-") && dependency.is_normal() && ours && other != "auth-core" {
            breaches.push(format!("{name} depends on {other}: a store depends on auth-core alone"));
        }
        if name == "auth-tower" && dependency.is_normal() && ours && other != "auth-core" {
            breaches.push(format!("auth-tower depends on {other}: it works with any provider's client"));
        }
        if name == "auth-core" && dependency.is_normal() && ours {
            breaches.push(format!("auth-core depends on {other}: it depends on nothing of this workspace"));
        }
        if other == "auth-cli" && ours {
            breaches.push(format!("{name} depends on auth-cli, which is a program: remove the dependency"));
        }
        if name == "auth-sandbox" && ours {
            breaches.push(format!("auth-sandbox depends on {other}: a bug must not cancel itself out"));
        }
        if dependency.kind.as_deref() == Some("dev") && ours && dependency.req != "*" {
            breaches.push(format!("{name}'s dev-dependency {other} has a version: publishing would need it first"));
        }
        let hash = matches!(other.as_str(), "hmac" | "sha2");
        let needs_it = matches!(name.as_str(), "signed-api-auth" | "auth-sandbox");
        if hash && dependency.is_normal() && !needs_it && !(name == "auth-core" && dependency.optional) {
            breaches.push(format!("{name} depends on {other}: only signing and auth-core's feature store need it"));
        }
    }
}

/// Checks that a README reads the same on the registry's page, which supports neither hidden lines nor rustdoc's links.
fn readme(package: &Package, breaches: &mut Vec<String>) {
    let text = fs::read_to_string(package.folder().join("README.md")).unwrap_or_default();
    let hidden = text.split("```").skip(1).step_by(2).flat_map(str::lines).find(|line| line.starts_with("# "));
    let links = text.split("[`").skip(1).filter_map(|rest| rest.split_once("`]"));
    let bare =
        links.filter(|(name, after)| !after.starts_with(['(', '[', ':']) && !text.contains(&format!("\n[`{name}`]: ")));
    for part in hidden.into_iter().chain(bare.map(|(name, _)| name)) {
        breaches.push(format!("{}'s README has {part:?}, which the registry's page shows as it is", package.name));
    }
}

fn metadata(package: &Package, breaches: &mut Vec<String>) {
    let name = &package.name;
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        if !package.folder().join(file).exists() {
            breaches.push(format!("{name} has no {file}"));
        }
    }
    for (what, there) in [
        ("description", package.description.is_some()),
        ("documentation", package.documentation.is_some()),
        ("license", package.license.is_some()),
        ("repository.workspace = true", package.repository.is_some()),
        ("rust-version", package.rust_version.is_some()),
        ("keywords", !package.keywords.is_empty()),
        ("categories", !package.categories.is_empty()),
    ] {
        if !there {
            breaches.push(format!("{name}'s Cargo.toml has no {what}"));
        }
    }
}

/// Checks that a test is named after every number on the page of semantics, and that every number in a test's name is
/// on the page.
fn semantics(workspace: &Workspace, breaches: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    let page = fs::read_to_string(workspace.workspace_root.join("docs/semantics.md"))?;
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let stated: BTreeSet<String> = rows.flat_map(|row| row.split(", ")).filter_map(property).collect();
    let mut tested = BTreeSet::new();
    for folder in ["crates", "examples"] {
        for file in rust_files(&workspace.workspace_root.join(folder))? {
            let text = fs::read_to_string(file)?;
            let names = text.split("fn ").skip(1).flat_map(|name| name.split('_').map_while(property));
            // The conformance suite of stores names the properties in its messages.
            let demands =
                text.split('"').filter_map(|text| text.split_once(": ")).filter_map(|(name, _)| property(name));
            tested.extend(names.chain(demands));
        }
    }
    let untested = stated.difference(&tested).map(|name| format!("docs/semantics.md: no test is named after {name}"));
    let unstated =
        tested.difference(&stated).map(|name| format!("a test is named after {name}: docs/semantics.md lacks it"));
    breaches.extend(untested.chain(unstated));
    Ok(())
}

/// Returns the number of a property as the page writes it: `P4` for `p04`, `S2` for `s2`.
fn property(name: &str) -> Option<String> {
    let (letter, number) = name.split_at_checked(1)?;
    let letter = letter.to_ascii_uppercase();
    let number: u8 = number.parse().ok().filter(|_| ["P", "F", "Q", "S"].contains(&letter.as_str()))?;
    Some(format!("{letter}{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docs_of_each_published_crate_label_what_its_features_add() {
        for package in Workspace::load().unwrap().published() {
            // A program has no such docs.
            let Ok(source) = fs::read_to_string(package.folder().join("src/lib.rs")) else { continue };
            assert!(source.contains("#![cfg_attr(docsrs, feature(doc_cfg))]"), "{}", package.name);
        }
    }

    #[test]
    fn security_md_names_a_way_to_report_and_each_update_of_dependencies_waits() {
        let root = Workspace::load().unwrap().workspace_root;
        let read = |file| fs::read_to_string(root.join(file)).unwrap();
        assert!(read("SECURITY.md").contains("choose \"Report a vulnerability\""));
        for update in read(".github/dependabot.yml").split("- package-ecosystem: ").skip(1) {
            assert!(update.contains("    cooldown:\n      default-days: "), "{update}");
        }
    }

    #[test]
    fn a_property_is_a_letter_and_a_number() {
        for (name, stated) in [
            ("p04", Some("P4")),
            ("F9", Some("F9")),
            ("q2", Some("Q2")),
            ("s12", Some("S12")),
            ("x1", None),
            ("p", None),
        ] {
            assert_eq!(property(name).as_deref(), stated, "{name}");
        }
    }
}
