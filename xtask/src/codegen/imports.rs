//! The imports of the generated files.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::names;

pub(crate) fn imports<'n>(types: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    types.map(|name| format!("crate::{}::{name}", names::snake(name))).collect()
}

pub(crate) fn account_core(facts: &Facts, session_by_hand: bool) -> Vec<&'static str> {
    let lifetime = &facts.lifetime;
    let needed = [
        ("Http", true),
        ("Login", true),
        ("Result", true),
        ("LoginResponse", !session_by_hand),
        ("Expiry", !session_by_hand),
        ("Secret", true),
        ("parse", !session_by_hand && (lifetime.jwt || !lifetime.fields.is_empty())),
    ];
    needed.into_iter().filter(|(_, needed)| *needed).map(|(name, _)| name).collect()
}

pub(crate) fn account_wire(facts: &Facts, session_by_hand: bool) -> Vec<String> {
    let mut names = vec!["LoginRequest".to_owned()];
    if facts.place.apis.is_empty() {
        names.push("self".to_owned());
    }
    if !session_by_hand {
        names.extend(facts.steps.iter().map(|step| step.type_.clone()));
        names.extend((!facts.refused.is_empty()).then(|| "Verdict".to_owned()));
    }
    names
}

pub(crate) fn wire_imports(facts: &Facts) -> BTreeSet<String> {
    let types = facts.types.iter().map(|type_| type_.name.as_str());
    let used = types.filter(|name| {
        let option = format!("Option<{name}>");
        facts.wire.iter().flat_map(|type_| &type_.fields).any(|field| field.type_ == option)
    });
    let custom = facts.requests.iter().flat_map(|request| &request.fields).filter_map(|field| field.custom.clone());
    imports(used).into_iter().chain(custom).collect()
}
