//! The pages whose code is compiled, and run where it needs no provider: `cargo test -p auth-docs`.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

#[cfg(doctest)]
#[doc = include_str!("../README.pt-BR.md")]
mod readme_pt_br {}

#[cfg(doctest)]
#[doc = include_str!("recipes.md")]
mod recipes {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Case 37: a reader of the repository or a registry's page sees hidden lines, and one of the docs lacks them.
    #[test]
    fn no_page_hides_a_line_of_its_code() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let crates = fs::read_dir(root.join("crates")).expect("the crates");
        let mut pages: Vec<_> = crates.map(|folder| folder.expect("a crate").path().join("README.md")).collect();
        pages.extend(["README.md", "README.pt-BR.md", "docs/recipes.md"].map(|page| root.join(page)));
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
