//! `cargo xtask release` on a small workspace, and a registry on loopback.

#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod registry;
mod workspace;

use crate::workspace::Fixture;

const PUBLISH: [&str; 5] = ["publish", "base", "leaf", "--registry", "loopback"];

/// A base whose one function is gone, which breaks its users.
fn breaking(name: &str) -> Fixture {
    let fixture = Fixture::released(name);
    fixture.edit("crates/base/src/lib.rs", "pub fn one() -> u8", "pub fn two() -> u8");
    fixture.edit("crates/base/CHANGELOG.md", "## [Unreleased]\n", "## [Unreleased]\n\n### Removed\n\n- `one`.\n");
    fixture.commit();
    fixture
}

#[test]
fn what_is_not_committed_is_refused_and_named() {
    let fixture = Fixture::released("dirty");
    fixture.write("notes.txt", "Mine.\n");
    for command in [&["plan"][..], &["check"], &["prepare", "base"], &PUBLISH] {
        let said = fixture.xtask(command).fails();
        assert!(said.contains("notes.txt") && said.contains("git stash"), "{said}");
    }
    fixture.xtask(&["plan", "--anywhere"]).succeeds();
}

#[test]
fn another_branch_is_refused_and_prepare_takes_one_for_a_release() {
    let fixture = breaking("branch");
    fixture.git(&["switch", "--quiet", "--create", "idea"]);
    for command in [&["plan"][..], &["check"], &["prepare", "base"], &PUBLISH] {
        let said = fixture.xtask(command).fails();
        assert!(said.contains("branch idea") && said.contains("git switch main"), "{said}");
    }
    fixture.git(&["switch", "--quiet", "--create", "release-base"]);
    fixture.xtask(&["prepare", "base", "leaf", "--level", "major"]).succeeds();
    fixture.commit();
    assert!(fixture.xtask(&PUBLISH).fails().contains("branch release-base"));
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
fn prepare_writes_versions_requirements_lock_files_readmes_and_changelogs() {
    let fixture = breaking("prepare");
    let refused = fixture.xtask(&["prepare", "base", "--level", "major"]).fails();
    assert!(refused.contains("leaf must follow: cargo xtask release prepare base leaf"), "{refused}");
    assert_eq!(fixture.git(&["status", "--porcelain"]), "", "a refusal writes nothing");
    fixture.xtask(&["prepare", "base", "leaf", "--level", "major"]).succeeds();
    assert!(fixture.read("crates/leaf/Cargo.toml").contains("version = \"0.2.0\""));
    assert!(fixture.read("Cargo.toml").contains("base = { version = \"0.2.0\", path"));
    assert_eq!(fixture.read("Cargo.lock").matches("version = \"0.2.0\"").count(), 2);
    assert!(fixture.read("crates/base/README.md").contains("base = \"0.2\""));
    let (base, leaf) = (fixture.read("crates/base/CHANGELOG.md"), fixture.read("crates/leaf/CHANGELOG.md"));
    assert!(base.contains("## [Unreleased]\n\n## [0.2.0] - 2") && base.contains("### Removed\n\n- `one`."), "{base}");
    assert!(leaf.contains("### Changed\n\n- Stands on `base` 0.2.0.\n\n## [0.1.0]"), "{leaf}");
    fixture.commit();
    assert!(fixture.xtask(&["plan"]).succeeds().contains("prepared: cargo xtask release check base leaf"));
}

#[test]
fn check_builds_each_crate_from_its_package_and_refuses_one_without_its_licence() {
    let fixture = Fixture::released("check");
    let said = fixture.xtask(&["check", "--registry", "loopback"]).succeeds();
    assert!(said.contains("built from their packages: base, leaf"), "{said}");
    fixture.git(&["rm", "--quiet", "crates/leaf/LICENSE-MIT"]);
    fixture.commit();
    assert!(fixture.xtask(&["check"]).fails().contains("leaf's package has no LICENSE-MIT"));
}

#[test]
fn a_check_builds_against_what_is_there_now_and_not_against_what_an_earlier_one_saw() {
    let fixture = Fixture::released("again");
    fixture.xtask(&["check", "--registry", "loopback"]).succeeds();
    fixture.edit("crates/base/src/lib.rs", "pub fn one()", "pub fn two()");
    fixture.write("crates/leaf/src/lib.rs", "//! Leaf.\npub use base::two;\n");
    fixture.commit();
    fixture.xtask(&["check", "--registry", "loopback"]).succeeds();
}

#[test]
fn an_interrupted_publish_goes_on_where_it_was_and_tags_all() {
    let fixture = Fixture::new("publish");
    assert!(fixture.xtask(&PUBLISH).fails().contains("prepare base"), "what is not prepared is refused");
    fixture.xtask(&["prepare", "base", "leaf"]).succeeds();
    fixture.commit();
    let alone = fixture.xtask(&["publish", "leaf", "--registry", "loopback"]).fails();
    assert!(alone.contains("leaf needs base 0.1.0") && alone.contains("publish base leaf"), "{alone}");
    let dry = fixture.xtask(&[&PUBLISH[..], &["--dry-run"]].concat()).succeeds();
    assert!(dry.contains("a real one would refuse"), "{dry}");
    assert_eq!((fixture.registry.published(), fixture.git(&["tag"]).as_str()), (vec![], ""));

    fixture.registry.take(1);
    let interrupted = fixture.xtask(&PUBLISH).fails();
    assert!(interrupted.contains("run the same command again"), "{interrupted}");
    assert_eq!(fixture.registry.published(), ["base 0.1.0"]);

    fixture.registry.take(9);
    let again = fixture.xtask(&PUBLISH).succeeds();
    assert!(
        again.contains("base 0.1.0: is there, skipped") && again.contains("leaf 0.1.0: to be published"),
        "{again}"
    );
    assert!(again.contains("git push origin base-v0.1.0 leaf-v0.1.0"), "{again}");
    assert_eq!(fixture.registry.published(), ["base 0.1.0", "leaf 0.1.0"]);
    assert_eq!(fixture.git(&["tag", "--points-at", "HEAD"]), "base-v0.1.0\nleaf-v0.1.0\n");
    assert!(fixture.xtask(&PUBLISH).succeeds().contains("leaf 0.1.0: is there, skipped"));
}

#[test]
fn a_tag_that_stands_on_another_commit_is_not_published_from_here() {
    let fixture = Fixture::released("moved");
    fixture.edit("crates/base/README.md", "# base", "# Base");
    fixture.commit();
    let said = fixture.xtask(&PUBLISH).fails();
    assert!(said.contains("git switch --detach base-v0.1.0"), "{said}");
    fixture.git(&["switch", "--quiet", "--detach", "base-v0.1.0"]);
    fixture.xtask(&["publish", "--tagged", "--registry", "loopback"]).succeeds();
    assert_eq!(fixture.registry.published(), ["base 0.1.0", "leaf 0.1.0"]);
}

#[test]
fn a_registry_that_is_not_on_this_machine_is_refused_while_the_address_is_unset() {
    let fixture = Fixture::released("unset");
    let tags = fixture.xtask(&["publish", "base", "leaf", "--tags-only"]).succeeds();
    assert!(tags.contains("git push origin base-v0.1.0 leaf-v0.1.0"), "{tags}");
    // The same registry by a name that no variable of cargo's knows to be on loopback.
    let index = &fixture.registry.variables()[0].1;
    fixture.write(".cargo/config.toml", &format!("[registries.elsewhere]\nindex = \"{index}\"\n"));
    fixture.edit("Cargo.toml", "registry = \"loopback\"", "registry = \"elsewhere\"");
    fixture.git(&["tag", "--delete", "base-v0.1.0", "leaf-v0.1.0"]);
    fixture.commit();
    let said = fixture.xtask(&["publish", "base", "leaf", "--registry", "elsewhere"]).fails();
    assert!(said.contains("`repository` in [workspace.package] of Cargo.toml"), "{said}");
    assert_eq!((fixture.registry.published(), fixture.git(&["tag"]).as_str()), (vec![], ""));
}

/// Case 16a: a build script reads its parent's environment, so nothing is compiled in a job that can get the token.
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

/// Case 16a
#[test]
fn what_is_tagged_here_is_uploaded_without_a_build_and_skipped_where_it_was() {
    let fixture = Fixture::released("upload");
    let broken = "//! Base.\n\ncompile_error!(\"nothing is compiled\");\n";
    fixture.write("crates/base/src/lib.rs", broken);
    fixture.commit();
    assert_eq!(fixture.publish_tagged().succeeds(), "", "no tag stands here");
    fixture.git(&["tag", "--force", "base-v0.1.0"]);
    fixture.publish_tagged().succeeds();
    assert_eq!(fixture.registry.published(), ["base 0.1.0"]);
    fixture.git(&["tag", "--force", "leaf-v0.1.0"]);
    let said = fixture.publish_tagged().succeeds();
    assert!(said.contains("base 0.1.0: published already, skipped"), "{said}");
    assert_eq!(fixture.registry.published(), ["base 0.1.0", "leaf 0.1.0"]);
    fixture.registry.take(0);
    fixture.publish_tagged().succeeds();
}
