//! Tests of the rules on a core, two providers that depend on it, and a store.

use super::*;

/// Returns a crate at 0.1.0, tagged and unchanged.
fn look(name: &str, needs: &[&str]) -> Look {
    let needs = needs.iter().map(ToString::to_string).collect();
    let version = Version::new(0, 1, 0);
    let tagged = Some(version.clone());
    Look { name: name.into(), version, tagged, prepared: false, changed: false, needs, demanded: None }
}

fn changed(look: Look, demanded: Level) -> Look {
    Look { changed: true, demanded: Some(demanded), ..look }
}

fn prepared(look: Look, minor: u64, patch: u64) -> Look {
    Look { prepared: true, version: Version::new(0, minor, patch), ..look }
}

fn first(look: Look) -> Look {
    Look { tagged: None, ..look }
}

fn wanted(names: &[&str]) -> BTreeMap<String, Option<Version>> {
    names.iter().map(|name| (name.to_string(), None)).collect()
}

fn versions(looks: &[Look], names: &[&str], level: Option<Level>) -> Result<Vec<String>, String> {
    let releases = releases(looks, &wanted(names), level)?;
    Ok(releases.iter().map(|release| format!("{} {}", release.name, release.to)).collect())
}

#[test]
fn what_has_not_changed_waits_for_nothing() {
    assert_eq!(steps(&[look("core", &[])]), [Step::Nothing]);
}

#[test]
fn a_crate_without_a_tag_is_a_first_release_and_ready_once_prepared() {
    let core = first(look("core", &[]));
    assert_eq!(steps(&[core.clone(), prepared(core, 1, 0)]), [Step::First, Step::Ready]);
}

#[test]
fn whoever_stands_on_a_core_that_breaks_must_follow_and_nobody_else() {
    let core = changed(look("core", &[]), Level::Major);
    let looks = [core, look("provider", &["core"]), look("store", &[])];
    let follows = Step::Due { level: Some(Level::Major), follows: vec!["core".into()] };
    assert_eq!(steps(&looks)[1..], [follows, Step::Nothing]);
}

#[test]
fn nobody_follows_a_core_that_stays_compatible() {
    let looks = [changed(look("core", &[]), Level::Minor), look("provider", &["core"])];
    assert_eq!(steps(&looks)[1], Step::Nothing);
}

#[test]
fn a_break_reaches_those_who_stand_on_it_through_another() {
    let looks = [changed(look("core", &[]), Level::Major), look("provider", &["core"]), look("app", &["provider"])];
    assert_eq!(steps(&looks)[2], Step::Due { level: Some(Level::Major), follows: vec!["provider".into()] });
}

#[test]
fn a_core_that_is_prepared_to_break_is_followed_too() {
    let looks = [prepared(look("core", &[]), 2, 0), look("provider", &["core"])];
    assert_eq!(steps(&looks), [Step::Ready, Step::Due { level: Some(Level::Major), follows: vec!["core".into()] }]);
}

#[test]
fn a_prepared_version_that_its_api_does_not_allow_is_too_low() {
    let core = prepared(changed(look("core", &[]), Level::Major), 1, 1);
    let enough = prepared(changed(look("core", &[]), Level::Major), 2, 0);
    assert_eq!(steps(&[core]), [Step::TooLow(Level::Major)]);
    assert_eq!(steps(&[enough]), [Step::Ready]);
}

#[test]
fn the_level_that_is_demanded_makes_the_version() {
    let looks = [changed(look("core", &[]), Level::Minor)];
    assert_eq!(versions(&looks, &["core"], None).unwrap(), ["core 0.1.1"]);
    assert_eq!(versions(&looks, &["core"], Some(Level::Major)).unwrap(), ["core 0.2.0"]);
}

#[test]
fn a_level_below_what_the_api_demands_is_refused() {
    let looks = [changed(look("core", &[]), Level::Major)];
    let refused = versions(&looks, &["core"], Some(Level::Minor)).unwrap_err();
    assert!(refused.contains("cannot be a minor release"), "{refused}");
}

#[test]
fn an_unknown_level_must_be_said() {
    let looks = [Look { changed: true, ..look("core", &[]) }];
    assert!(versions(&looks, &["core"], None).unwrap_err().contains("--level"));
    assert_eq!(versions(&looks, &["core"], Some(Level::Patch)).unwrap(), ["core 0.1.1"]);
}

#[test]
fn a_first_release_keeps_its_version_whatever_the_level() {
    let looks = [first(look("core", &[]))];
    assert_eq!(versions(&looks, &["core"], Some(Level::Major)).unwrap(), ["core 0.1.0"]);
}

#[test]
fn an_exact_version_is_taken_where_it_is_high_enough() {
    let looks = [changed(look("core", &[]), Level::Major)];
    let exact = |version| BTreeMap::from([("core".to_string(), Some(version))]);
    assert_eq!(releases(&looks, &exact(Version::new(1, 0, 0)), None).unwrap()[0].to, Version::new(1, 0, 0));
    assert!(releases(&looks, &exact(Version::new(0, 1, 1)), None).unwrap_err().contains("too low"));
    assert!(releases(&looks, &exact(Version::new(0, 1, 0)), None).unwrap_err().contains("too low"));
}

#[test]
fn a_core_that_breaks_is_refused_without_those_who_follow_and_says_with_whom() {
    let looks = [changed(look("core", &[]), Level::Major), look("provider", &["core"]), look("store", &[])];
    let refused = versions(&looks, &["core"], None).unwrap_err();
    assert!(refused.ends_with("cargo xtask release prepare core provider"), "{refused}");
    let both = releases(&looks, &wanted(&["core", "provider"]), None).unwrap();
    assert_eq!(both[1].to, Version::new(0, 2, 0));
    assert_eq!(both[1].follows, [("core".to_string(), Version::new(0, 2, 0))]);
}

#[test]
fn who_stands_on_unreleased_changes_is_refused_without_them() {
    let provider = changed(look("provider", &["core"]), Level::Patch);
    let looks = [changed(look("core", &[]), Level::Patch), provider.clone()];
    let refused = versions(&looks, &["provider"], None).unwrap_err();
    assert!(refused.ends_with("cargo xtask release prepare core provider"), "{refused}");
    assert_eq!(versions(&[look("core", &[]), provider.clone()], &["provider"], None).unwrap(), ["provider 0.1.1"]);
    assert!(versions(&[first(look("core", &[])), provider], &["provider"], None).is_err());
}

#[test]
fn what_is_prepared_unchanged_or_unknown_is_refused() {
    let refused = |look: Look, name: &str| versions(&[look], &[name], Some(Level::Patch)).unwrap_err();
    assert!(refused(prepared(look("core", &[]), 1, 1), "core").contains("prepared already"));
    assert!(refused(look("core", &[]), "core").contains("has not changed"));
    assert!(refused(look("core", &[]), "cores").contains("there is no crate cores"));
}
