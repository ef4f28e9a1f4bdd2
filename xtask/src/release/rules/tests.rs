//! Tests of the rules on a core, two providers that depend on it, and a store.

use super::*;

/// Returns a crate at 0.1.0, tagged and unchanged.
fn look(name: &str, needs: &[&str]) -> Look {
    let needs = needs.iter().map(ToString::to_string).collect();
    let version = Version::new(0, 1, 0);
    let tagged = Some(version.clone());
    Look { name: name.into(), version, tagged, prepared: false, changed: vec![], needs, demanded: None }
}

fn changed(look: Look, demanded: Level) -> Look {
    Look { changed: vec!["src/lib.rs".into()], demanded: Some(demanded), ..look }
}

fn prepared(look: Look, minor: u64, patch: u64) -> Look {
    Look { prepared: true, version: Version::new(0, minor, patch), ..look }
}

fn first(look: Look) -> Look {
    Look { tagged: None, ..look }
}

fn due(level: Level, minor: u64, patch: u64, follows: &[&str]) -> Step {
    let to = Version::new(0, minor, patch);
    let follows = follows.iter().map(|name| ((*name).to_string(), to.clone())).collect();
    Step::Due(Release { level: Some(level), to: Some(to), follows })
}

fn next(looks: &[Look]) -> Vec<Step> {
    steps(looks, &BTreeMap::new()).unwrap()
}

fn prepare(looks: &[Look], name: &str, wish: Wish) -> Result<Vec<String>, String> {
    let releases = releases(looks, &BTreeMap::from([(name.to_string(), wish)]))?;
    Ok(releases.iter().map(|(look, to, _)| format!("{} {to}", look.name)).collect())
}

fn exact(version: &str) -> Wish {
    Wish::Exact(Version::parse(version).unwrap())
}

#[test]
fn what_has_not_changed_waits_for_nothing() {
    assert_eq!(next(&[look("core", &[])]), [Step::Nothing]);
}

#[test]
fn a_crate_without_a_tag_is_a_first_release_and_ready_once_prepared() {
    let core = first(look("core", &[]));
    let first = Step::Due(Release { level: None, to: Some(Version::new(0, 1, 0)), follows: vec![] });
    assert_eq!(next(&[core.clone(), prepared(core, 1, 0)]), [first, Step::Ready]);
}

#[test]
fn whoever_stands_on_a_core_that_breaks_must_follow_and_nobody_else() {
    let core = changed(look("core", &[]), Level::Major);
    let looks = [core, look("provider", &["core"]), look("store", &[])];
    assert_eq!(next(&looks)[1..], [due(Level::Major, 2, 0, &["core"]), Step::Nothing]);
}

#[test]
fn nobody_follows_a_core_that_stays_compatible() {
    let looks = [changed(look("core", &[]), Level::Minor), look("provider", &["core"])];
    assert_eq!(next(&looks)[1], Step::Nothing);
}

#[test]
fn a_break_reaches_those_who_stand_on_it_through_another() {
    let looks = [changed(look("core", &[]), Level::Major), look("provider", &["core"]), look("app", &["provider"])];
    assert_eq!(next(&looks)[2], due(Level::Major, 2, 0, &["provider"]));
}

#[test]
fn a_core_that_is_prepared_to_break_is_followed_too() {
    let looks = [prepared(look("core", &[]), 2, 0), look("provider", &["core"])];
    assert_eq!(next(&looks), [Step::Ready, due(Level::Major, 2, 0, &["core"])]);
    assert_eq!(prepare(&looks, "provider", Wish::Lowest).unwrap(), ["provider 0.2.0"]);
}

#[test]
fn a_prepared_version_that_its_changes_do_not_allow_is_too_low() {
    let core = |minor, patch| prepared(changed(look("core", &[]), Level::Major), minor, patch);
    let too_low = [core(1, 1), look("provider", &["core"])];
    assert_eq!(next(&too_low), [Step::TooLow(Level::Major), due(Level::Major, 2, 0, &["core"])]);
    let provider = prepared(changed(look("provider", &["core"]), Level::Patch), 1, 1);
    assert_eq!(next(&[core(2, 0), provider]), [Step::Ready, Step::TooLow(Level::Major)]);
}

#[test]
fn the_level_that_is_demanded_makes_the_version() {
    let looks = [changed(look("core", &[]), Level::Minor)];
    assert_eq!(prepare(&looks, "core", Wish::Lowest).unwrap(), ["core 0.1.1"]);
    assert_eq!(prepare(&looks, "core", Wish::Level(Level::Major)).unwrap(), ["core 0.2.0"]);
}

#[test]
fn a_level_below_what_the_api_demands_is_refused() {
    let looks = [changed(look("core", &[]), Level::Major)];
    let refused = prepare(&looks, "core", Wish::Level(Level::Minor)).unwrap_err();
    assert!(refused.contains("cannot be a minor release") && refused.ends_with("say core@major"), "{refused}");
}

#[test]
fn an_unknown_level_must_be_said() {
    let looks = [Look { demanded: None, ..changed(look("core", &[]), Level::Patch) }];
    assert!(prepare(&looks, "core", Wish::Lowest).unwrap_err().contains("core@patch"));
    assert_eq!(prepare(&looks, "core", Wish::Level(Level::Patch)).unwrap(), ["core 0.1.1"]);
}

#[test]
fn a_first_release_keeps_its_version_whatever_the_level() {
    let looks = [first(look("core", &[]))];
    assert_eq!(prepare(&looks, "core", Wish::Level(Level::Major)).unwrap(), ["core 0.1.0"]);
}

#[test]
fn an_exact_version_is_taken_where_it_is_high_enough() {
    let looks = [changed(look("core", &[]), Level::Major)];
    assert_eq!(prepare(&looks, "core", exact("1.0.0")).unwrap(), ["core 1.0.0"]);
    assert!(prepare(&looks, "core", exact("0.1.1")).unwrap_err().contains("too low"));
    assert!(prepare(&looks, "core", exact("0.1.0")).unwrap_err().contains("too low"));
}

#[test]
fn whoever_follows_a_pre_release_becomes_a_pre_release() {
    let looks = [changed(look("core", &[]), Level::Major), look("provider", &["core"])];
    let releases = prepare(&looks, "core", exact("0.2.0-rc.1")).unwrap();
    assert_eq!(releases, ["core 0.2.0-rc.1", "provider 0.2.0-rc.1"]);
    let core = Look { version: Version::parse("0.2.0-rc.1").unwrap(), ..prepared(look("core", &[]), 2, 0) };
    let refused = prepare(&[core, look("provider", &["core"])], "provider", exact("0.2.0")).unwrap_err();
    assert!(refused.contains("would require core 0.2.0-rc.1: say provider@0.2.0-rc.1"), "{refused}");
}

#[test]
fn a_core_that_breaks_takes_those_with_it_who_follow() {
    let looks = [changed(look("core", &[]), Level::Major), look("provider", &["core"]), look("store", &[])];
    assert_eq!(prepare(&looks, "core", Wish::Lowest).unwrap(), ["core 0.2.0", "provider 0.2.0"]);
}

#[test]
fn unreleased_changes_of_what_a_crate_stands_on_come_with_it() {
    let provider = changed(look("provider", &["core"]), Level::Patch);
    let looks = [changed(look("core", &[]), Level::Patch), provider.clone()];
    assert_eq!(prepare(&looks, "provider", Wish::Lowest).unwrap(), ["core 0.1.1", "provider 0.1.1"]);
    assert_eq!(prepare(&looks, "core", Wish::Lowest).unwrap(), ["core 0.1.1"]);
    let looks = [first(look("core", &[])), provider];
    assert_eq!(prepare(&looks, "provider", Wish::Lowest).unwrap(), ["core 0.1.0", "provider 0.1.1"]);
}

#[test]
fn what_is_prepared_or_unchanged_is_refused() {
    let refused = |look: Look| prepare(&[look], "core", Wish::Level(Level::Patch)).unwrap_err();
    assert!(refused(prepared(look("core", &[]), 1, 1)).contains("prepared already"));
    assert!(refused(look("core", &[])).contains("has not changed"));
}
