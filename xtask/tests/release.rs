//! `cargo xtask release` and `.ci/publish` on a small workspace, and a registry on loopback.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod registry;
mod workspace;

use crate::workspace::Fixture;

const TAG: [&str; 3] = ["tag", "base", "leaf"];

/// A base whose one function is gone, which breaks its users.
fn breaking(name: &str) -> Fixture {
    let fixture = Fixture::released(name);
    fixture.edit("crates/base/src/lib.rs", "pub fn one() -> u8", "pub fn two() -> u8");
    fixture.edit(
        "crates/base/CHANGELOG.md",
        "## [Unreleased]\n",
        "## [Unreleased]\n\n### Removed\n\n- `one` of `base = \"0.1\"`.\n",
    );
    fixture.commit();
    fixture
}

#[test]
fn what_is_not_committed_is_refused_and_named() {
    let fixture = Fixture::released("dirty");
    fixture.write("notes.txt", "Mine.\n");
    for command in [&["prepare", "base"][..], &TAG] {
        let said = fixture.xtask(command).fails();
        assert!(said.contains("notes.txt") && said.contains("git stash"), "{said}");
    }
    fixture.xtask(&["plan"]).succeeds();
}

#[test]
fn another_branch_is_prepared_and_not_tagged() {
    let fixture = breaking("branch");
    fixture.git(&["switch", "--quiet", "--create", "release-base"]);
    fixture.xtask(&["prepare", "base@major"]).succeeds();
    fixture.commit();
    let said = fixture.xtask(&TAG).fails();
    assert!(said.contains("not part of main") && said.contains("git switch main"), "{said}");
}

#[test]
fn a_token_is_refused_where_a_build_script_could_read_it() {
    let fixture = Fixture::new("token");
    let said = fixture.with_token(env!("CARGO_BIN_EXE_xtask"), &["release", "check"]).fails();
    assert!(said.contains("CARGO_REGISTRIES_LOOPBACK_TOKEN is set") && said.contains("bash .ci/publish"), "{said}");
    assert!(fixture.with_token(env!("CARGO_BIN_EXE_xtask"), &["ci", "fmt"]).fails().contains("unset it"));
}

#[test]
fn a_plan_shows_what_changed_and_what_was_never_released() {
    let new = Fixture::new("never");
    let plan = new.xtask(&["plan"]).succeeds();
    assert!(plan.contains("next: cargo xtask release prepare base leaf"), "{plan}");
    let released = Fixture::released("tagged");
    assert!(released.xtask(&["plan"]).succeeds().contains("nothing to release"));
    released.write("crates/leaf/tests/all.rs", "#[test]\nfn nothing() {}\n");
    released.commit();
    assert!(released.xtask(&["plan"]).succeeds().contains("nothing to release"), "a test is in no package");
    released.edit("crates/base/README.md", "# base", "# Base");
    released.commit();
    let plan = released.xtask(&["plan"]).succeeds();
    assert!(plan.contains("changed: crates/base/README.md") && plan.contains("prepare base\n"), "{plan}");
}

#[test]
fn a_break_of_a_re_exported_dependency_is_a_break_and_is_followed() {
    let fixture = Fixture::released("exports");
    fixture.edit("Cargo.toml", "[workspace.dependencies]\n", "[workspace.dependencies]\nother = \"1\"\n");
    let manifest = fixture.read("crates/base/Cargo.toml");
    fixture.write("crates/base/Cargo.toml", &format!("{manifest}[dependencies]\nother.workspace = true\n"));
    fixture.edit("crates/base/src/lib.rs", "//! Base.\n", "//! Base.\n\npub use other;\n");
    fixture.commit();
    fixture.git(&["tag", "--force", "base-v0.1.0"]);
    fixture.edit("Cargo.toml", "other = \"1\"", "other = \"2\"");
    fixture.commit();
    let plan = fixture.xtask(&["plan"]).succeeds();
    let row = |name: &str| plan.lines().find(|line| line.starts_with(name)).unwrap().to_string();
    assert!(row("base").contains("major   0.2.0") && row("base").contains("other in the workspace's"), "{plan}");
    assert!(row("leaf").contains("major   0.2.0") && row("leaf").contains("must follow base"), "{plan}");
    fixture.edit("crates/base/Cargo.toml", "version = \"0.1.0\"", "version = \"0.1.1\"");
    fixture.edit(
        "crates/base/CHANGELOG.md",
        "## [0.1.0]",
        "## [0.1.1] - 2026-01-02\n\n### Fixed\n\n- One.\n\n## [0.1.0]",
    );
    fixture.commit();
    for command in [&["plan"][..], &["tag", "base"]] {
        let said = fixture.xtask(command).fails();
        assert!(said.contains("too low"), "{said}");
    }
}

#[test]
fn a_program_has_the_level_of_its_changelog() {
    let fixture = Fixture::released("program");
    fixture.git(&["mv", "crates/leaf/src/lib.rs", "crates/leaf/src/main.rs"]);
    fixture.commit();
    fixture.git(&["tag", "--force", "leaf-v0.1.0"]);
    fixture.write("crates/leaf/src/main.rs", "fn main() {}\n");
    fixture.edit("crates/leaf/CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- More.\n");
    fixture.commit();
    let plan = fixture.xtask(&["plan"]).succeeds();
    assert!(plan.contains("leaf               0.1.0      minor   0.1.1"), "{plan}");
}

#[cfg(unix)]
#[test]
fn a_library_has_the_higher_level_of_its_api_and_its_changelog() {
    use std::os::unix::fs::PermissionsExt;

    let fixture = Fixture::released("api");
    let tool = "target/home/bin/cargo-semver-checks";
    fixture.write(tool, "#!/bin/sh\necho Summary no semver update required\n");
    std::fs::set_permissions(fixture.root.join(tool), std::fs::Permissions::from_mode(0o755)).unwrap();
    fixture.edit("crates/base/src/lib.rs", "//! Base.", "//! The base.");
    fixture.commit();
    assert!(fixture.xtask(&["plan"]).succeeds().contains("base               0.1.0      patch   0.1.1"));
    fixture.edit("crates/base/CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- More.\n");
    assert!(fixture.xtask(&["plan"]).succeeds().contains("base               0.1.0      minor   0.1.1"));
}

#[test]
fn a_crate_that_is_not_there_is_refused() {
    let said = Fixture::new("stranger").xtask(&["prepare", "base", "other"]).fails();
    assert!(said.contains("there is no crate other to release; there are base, leaf"), "{said}");
}

#[test]
fn a_manifest_whose_version_is_not_below_its_name_is_refused() {
    let fixture = Fixture::new("order");
    fixture.edit(
        "crates/base/Cargo.toml",
        "version = \"0.1.0\"\nedition = \"2024\"",
        "edition = \"2024\"\nversion = \"0.1.0\"",
    );
    fixture.commit();
    let said = fixture.xtask(&["prepare", "base"]).fails();
    assert!(said.contains("crates/base/Cargo.toml needs `version = \"0.1.0\"` below its name"), "{said}");
}

#[test]
fn prepare_writes_versions_requirements_lock_files_readmes_and_changelogs() {
    let fixture = breaking("prepare");
    let refused = fixture.xtask(&["prepare", "base@0.1.0"]).fails();
    assert!(refused.contains("base 0.1.0 is too low"), "{refused}");
    assert_eq!(fixture.git(&["status", "--porcelain"]), "", "a refusal writes nothing");
    fixture.xtask(&["prepare", "base@major"]).succeeds();
    assert!(fixture.read("crates/leaf/Cargo.toml").contains("version = \"0.2.0\""));
    assert!(fixture.read("Cargo.toml").contains("base = { version = \"0.2.0\", path"));
    assert_eq!(fixture.read("Cargo.lock").matches("version = \"0.2.0\"").count(), 2);
    assert!(fixture.read("crates/base/README.md").contains("base = \"0.2\""));
    let (base, leaf) = (fixture.read("crates/base/CHANGELOG.md"), fixture.read("crates/leaf/CHANGELOG.md"));
    assert!(
        base.contains("## [Unreleased]\n\n## [0.2.0] - 2")
            && base.contains("### Removed\n\n- `one` of `base = \"0.1\"`."),
        "{base}"
    );
    assert!(leaf.contains("### Changed\n\n- Requires `base` 0.2.0.\n\n## [0.1.0]"), "{leaf}");
    fixture.commit();
    assert!(fixture.xtask(&["plan"]).succeeds().contains("prepared: cargo xtask release check base leaf"));
}

#[test]
fn check_builds_each_crate_from_its_package_and_refuses_tests_and_a_missing_licence() {
    let fixture = Fixture::released("check");
    let said = fixture.xtask(&["check"]).succeeds();
    assert!(said.contains("built from their packages: base, leaf"), "{said}");
    fixture.write("crates/leaf/tests/all.rs", "#[test]\nfn nothing() {}\n");
    assert!(fixture.xtask(&["check"]).fails().contains("leaf's package has tests/all.rs"));
    fixture.git(&["clean", "--quiet", "--force", "crates/leaf/tests"]);
    fixture.git(&["rm", "--quiet", "crates/leaf/LICENSE-MIT"]);
    fixture.commit();
    assert!(fixture.xtask(&["check"]).fails().contains("leaf's package has no LICENSE-MIT"));
}

#[test]
fn a_released_readme_that_depends_by_path_is_refused() {
    Fixture::new("unreleased").xtask(&["check"]).succeeds();
    let fixture = Fixture::released("paths");
    assert_eq!(fixture.read("crates/base/README.md"), "# base\n\nbase = \"0.1\"\n", "prepare wrote the version");
    fixture.edit("crates/leaf/README.md", "# leaf", "# leaf\n\nbase = { path = \"../base\" }\n");
    let said = fixture.xtask(&["check", "leaf"]).fails();
    assert!(said.contains("leaf's README depends on a crate by path"), "{said}");
    fixture.xtask(&["check", "base"]).succeeds();
}

#[test]
fn a_check_builds_against_what_is_there_now_and_not_against_what_an_earlier_one_saw() {
    let fixture = Fixture::released("again");
    fixture.xtask(&["check"]).succeeds();
    fixture.edit("crates/base/src/lib.rs", "pub fn one()", "pub fn two()");
    fixture.write("crates/leaf/src/lib.rs", "//! Leaf.\npub use base::two;\n");
    fixture.xtask(&["check"]).succeeds();
}

#[test]
fn an_interrupted_upload_goes_on_where_it_was() {
    let fixture = Fixture::new("publish");
    assert!(fixture.xtask(&TAG).fails().contains("prepare base"), "what is not prepared is refused");
    fixture.xtask(&["prepare", "leaf"]).succeeds();
    fixture.commit();
    fixture.xtask(&["tag", "leaf"]).succeeds();
    let alone = fixture.publish(&[]).fails();
    assert!(alone.contains("no matching package named `base` found"), "{alone}");
    let said = fixture.xtask(&TAG).succeeds();
    assert!(said.contains("git push origin base-v0.1.0 leaf-v0.1.0"), "{said}");
    assert_eq!(fixture.git(&["tag", "--points-at", "HEAD"]), "base-v0.1.0\nleaf-v0.1.0\n");
    fixture.publish(&["--dry-run"]).succeeds();
    assert!(fixture.registry.published().is_empty());

    fixture.registry.take(1);
    fixture.publish(&[]).fails();
    assert_eq!(fixture.registry.published(), ["base 0.1.0"]);
    fixture.registry.take(9);
    let again = fixture.publish(&[]).succeeds();
    assert!(again.contains("base@0.1.0 is published already: skipped"), "{again}");
    assert_eq!(fixture.registry.published(), ["base 0.1.0", "leaf 0.1.0"]);
    fixture.publish(&[]).succeeds();
    fixture.xtask(&TAG).succeeds();
}

#[test]
fn an_upload_waits_while_the_registry_takes_no_more_new_crates() {
    let fixture = Fixture::released("limit");
    fixture.registry.limit(1);
    let said = fixture.publish(&[]).succeeds();
    assert!(said.contains("trying again in 0 s"), "{said}");
    assert_eq!(fixture.registry.published(), ["base 0.1.0", "leaf 0.1.0"]);
}

#[test]
fn a_tag_that_stands_on_another_commit_is_not_set_again() {
    let fixture = Fixture::released("moved");
    fixture.edit("crates/base/README.md", "# base", "# Base");
    fixture.commit();
    let said = fixture.xtask(&TAG).fails();
    assert!(said.contains("git switch --detach base-v0.1.0"), "{said}");
    assert_eq!(fixture.publish(&[]).succeeds(), "", "no tag stands here");
    fixture.git(&["switch", "--quiet", "--detach", "base-v0.1.0"]);
    fixture.xtask(&TAG).succeeds();
    fixture.publish(&[]).succeeds();
    assert_eq!(fixture.registry.published(), ["base 0.1.0", "leaf 0.1.0"]);
}

#[test]
fn nothing_is_tagged_or_uploaded_while_the_repositorys_address_is_unset() {
    let fixture = Fixture::released("unset");
    fixture.edit("Cargo.toml", "https://example.com/auth", "");
    fixture.commit();
    fixture.git(&["tag", "--force", "base-v0.1.0"]);
    assert!(fixture.xtask(&TAG).fails().contains("`repository` in [workspace.package] of Cargo.toml"));
    assert!(fixture.publish(&[]).fails().contains("address is not set"));
    assert!(fixture.registry.published().is_empty());
}

/// Each of several tags would start a run, of which the next cancels the one that waits.
#[test]
fn no_tag_starts_the_workflow_of_a_release() {
    let workflow = include_str!("../../.github/workflows/release.yml");
    assert!(workflow.contains("\non: workflow_dispatch\n"));
}

/// A build script reads its parents' environment, so nothing is compiled in a job that can get the token.
#[test]
fn the_job_that_gets_the_registrys_token_compiles_nothing() {
    let workflow = include_str!("../../.github/workflows/release.yml");
    let (_, jobs) = workflow.split_once("\njobs:\n").unwrap();
    let with_token: Vec<&str> = jobs.split("\n\n").filter(|job| job.contains("id-token: write")).collect();
    assert_eq!(with_token.len(), 1, "one job may ask the registry for a token");
    let runs = with_token[0].lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("run: "));
    assert_eq!(runs.collect::<Vec<_>>(), ["bash .ci/publish"]);
    let script = include_str!("../../.ci/publish").lines().filter(|line| !line.starts_with('#'));
    let cargo = script.filter_map(|line| line.split_once("cargo ")).map(|(_, command)| command);
    let commands: Vec<_> = cargo.map(|command| command.split(" --registry").next().unwrap()).collect();
    assert_eq!(commands, ["info --quiet", "publish --no-verify"]);
}

#[test]
fn an_upload_builds_nothing() {
    let fixture = Fixture::released("upload");
    fixture.write("crates/base/src/lib.rs", "//! Base.\n\ncompile_error!(\"nothing is compiled\");\n");
    fixture.commit();
    fixture.git(&["tag", "--force", "base-v0.1.0"]);
    fixture.publish(&[]).succeeds();
    assert_eq!(fixture.registry.published(), ["base 0.1.0"]);
}
