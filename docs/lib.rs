//! The pages whose code is compiled, and run where it needs no provider: `cargo test -p auth-docs`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../README.pt-BR.md")]
mod readme_pt_br {}

#[cfg(doctest)]
#[doc = include_str!("choosing.md")]
mod choosing {}

#[cfg(doctest)]
#[doc = include_str!("fleet.md")]
mod fleet {}

// Each recipe is a test, that of a multipart body too.
#[cfg(doctest)]
#[doc = include_str!("recipes.md")]
mod recipes {}

#[cfg(doctest)]
#[doc = include_str!("rotation.md")]
mod rotation {}

#[cfg(doctest)]
#[doc = include_str!("stacks.md")]
mod stacks {}

#[cfg(doctest)]
#[doc = include_str!("telemetry.md")]
mod telemetry {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// What is needed each day comes first and fits a screen; tables of sources come last.
    #[test]
    fn each_providers_page_begins_with_three_lines_and_everyday_use() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        for name in ["api4com-auth", "econpay-auth", "pontotel-auth", "signed-api-auth", "sopague-auth"] {
            let page = fs::read_to_string(crates.join(name).join("README.md")).expect("a page");
            let mut sections = page.split("\n## ");
            let opening = sections.next().expect("an opening");
            assert!(opening.contains("three lines:") && opening.lines().count() <= 40, "{name}");
            let everyday = sections.next().and_then(|section| section.strip_prefix("Everyday\n")).expect(name);
            assert!(everyday.lines().count() <= 48, "{name}");
            for need in
                ["`timeout`", "proxy", "RUST_LOG=auth_core=debug", "`client.stats()`", "`auth-sandbox`", "within 10 s"]
            {
                assert!(everyday.contains(need), "{name}: {need}");
            }
            let titles: Vec<_> = sections.map(|section| section.lines().next().unwrap_or_default()).collect();
            let place = titles.iter().position(|title| *title == "Sources").expect(name);
            assert!(place + 2 >= titles.len(), "{name}: {titles:?}");
        }
    }

    /// A reader of the repository or a registry's page sees hidden lines, and one of the docs lacks them.
    #[test]
    fn no_page_hides_a_line_of_its_code() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let crates = fs::read_dir(root.join("crates")).expect("the crates");
        let mut pages: Vec<_> = crates.map(|folder| folder.expect("a crate").path().join("README.md")).collect();
        pages.extend(
            [
                "README.md",
                "README.pt-BR.md",
                "docs/recipes.md",
                "docs/rotation.md",
                "docs/stacks.md",
                "docs/telemetry.md",
            ]
            .map(|page| root.join(page)),
        );
        for page in pages {
            let text = fs::read_to_string(&page).expect("a page");
            let mut language = None;
            for line in text.lines() {
                match line.strip_prefix("```") {
                    Some(start) => language = language.is_none().then_some(start),
                    None if matches!(language, Some("sh" | "toml" | "text")) => {}
                    None => assert!(language.is_none() || !line.starts_with("# "), "{}: {line}", page.display()),
                }
            }
        }
    }
}
