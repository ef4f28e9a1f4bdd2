//! The input of the templates: the facts, and values derived from them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::facts::{DataType, Facts, Field, LifetimeField};
use super::fields::{call, field_view};
use super::imports::{account_core, account_wire, imports, wire_imports};
use super::{phrases, variables};

pub(crate) fn view(facts: &Facts) -> Map<String, Value> {
    let fields: Vec<_> = facts.account.iter().filter(|field| field.constant.is_none()).map(field_view).collect();
    let bare: String = phrases::required(facts).map(call).collect();
    let somewhere = if facts.place.unknown { ".base_url(\"https://api.provider.example\")" } else { "" };
    let by_hand = |file: &str| facts.handwritten.iter().any(|name| name == file);
    let default = &facts.lifetime.default;
    let method_imports: BTreeSet<_> = facts.methods.iter().map(|method| method.import.as_str()).collect();
    let documented = default.note.assumption.is_none();
    let parts = [
        json!({
            "header": header(&format!("crates/{}/openapi.json", facts.package)),
            "by_hand": json!({ "session": by_hand("session") }),
            "plain": facts.account.iter().find(|field| !field.secret && field.required && field.constant.is_none()),
            "secret": facts.account.iter().find(|field| field.secret),
            "has_accessors": !facts.place.apis.is_empty() || fields.iter().any(|field| !field.field.secret),
            "limits": facts.account.iter().any(|field| field.at_most.is_some()),
            "somewhere": somewhere,
            "setup": format!("{bare}{somewhere}"),
            "bare": bare,
            "variables": variables::variables(facts),
            "visibility": if by_hand("tokens") { "pub(crate) " } else { "" },
            "account_sentence": phrases::account_sentence(facts),
            "account_errors": phrases::account_errors(facts),
            "account_secrets": phrases::secrets(facts),
            "secret_variables": phrases::required(facts)
                .filter(|field| field.custom.is_none())
                .map(|field| &field.variable)
                .collect::<Vec<_>>(),
            "env_errors": phrases::environment_errors(facts),
            "example_vars": variables::example(facts),
        }),
        json!({
            "default_name": if documented { "DOCUMENTED_LIFETIME" } else { "UNKNOWN_LIFETIME" },
            "default_log": format!(
                "the login does not say how long its token lives: {}{}",
                default.words,
                if documented { ", as documented" } else { " are safe" },
            ),
            "lifetime_parameters": parameters(facts),
            "lifetime_arguments": arguments(facts),
            "lifetime_chain": chain(facts),
            "lifetime_docs": phrases::lifetime_docs(facts),
            "token_docs": phrases::token_docs(facts),
            "client_docs": phrases::client_docs(facts),
            "login_path": login_path(facts),
            "trial": facts.place.environments.get(1),
            "last_environment": facts.place.environments.last().map(|environment| environment.variant.clone()),
            "last_host": last_host(facts),
        }),
        json!({
            "uses_value": facts.wire.iter().flat_map(|type_| &type_.fields).any(|field| field.type_ == "Value"),
            "uses_time": facts.wire.iter().flat_map(|type_| &type_.fields).any(|field| field.type_.contains("SystemTime")),
            "uses_lenient": facts.wire.iter().flat_map(|type_| &type_.fields).any(|field| field.reader.is_some()) || !facts.refused.is_empty(),
            "uses_lenient_seconds": facts.lifetime.fields.iter().any(|field| field.number),
            "session_parses": facts.session.iter().any(|field| field.parsed),
            "session_times": facts.session.iter().any(|field| field.access.held.contains("SystemTime")),
            "session_values": facts.session.iter().any(|field| field.access.held == "Value"),
            "session_imports": imports(facts.session.iter().filter_map(|field| field.of.as_deref())),
            "wire_imports": wire_imports(facts),
            "method_imports": method_imports.iter().filter(|import| import.starts_with("crate::")).collect::<Vec<_>>(),
            "method_values": method_imports.contains("serde_json::Value"),
            "account_core": account_core(facts, by_hand("session")),
            "account_wire": account_wire(facts, by_hand("session")),
            "login_body": login_body(facts),
            "login_cases": facts.cases.iter().filter(|case| case.is_login).collect::<Vec<_>>(),
            "request_cases": facts.cases.iter().filter(|case| !case.is_login).collect::<Vec<_>>(),
            "secrets": facts.account.iter().filter(|field| field.secret).map(|field| &field.example).collect::<Vec<_>>(),
            "fields": fields,
            "request_fields": facts.account.iter().map(field_view).collect::<Vec<_>>(),
        }),
        json!(facts),
    ];
    let members = parts.into_iter().filter_map(|part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    });
    members.flatten().collect()
}

/// Returns the additional input of the template of a data type.
pub(crate) fn data_type(data_type: &DataType) -> Value {
    let uses = |held: &str| data_type.members.iter().any(|member| member.access.held.contains(held));
    let mut view = json!(data_type);
    view["times"] = json!(uses("SystemTime"));
    view["values"] = json!(uses("Value"));
    view["lenient"] = json!(data_type.members.iter().any(|member| member.access.reader.is_some()));
    view["imports"] = json!(imports(data_type.members.iter().filter_map(|member| member.of.as_deref())));
    view
}

pub(crate) fn header(source: &str) -> String {
    format!("// Written by `cargo xtask codegen` from {source}: change that, and run it again.")
}

/// Returns the body of the login of the examples' account.
fn login_body(facts: &Facts) -> String {
    let member = |field: &Field| match &field.constant {
        Some(constant) => Some(format!("{:?}: {constant:?}", field.json)),
        None => field.required.then(|| format!("{:?}: {}", field.json, field.example)),
    };
    let members: Vec<_> = facts.account.iter().filter_map(member).collect();
    format!("{{{}}}", members.join(", "))
}

fn login_path(facts: &Facts) -> String {
    let login = facts.endpoints.iter().find(|endpoint| endpoint.is_login);
    match login.and_then(|login| login.constant.as_ref()) {
        Some(constant) if facts.place.apis.is_empty() => format!("wire::{constant}"),
        _ => "self.api.login_path()".to_owned(),
    }
}

fn parameters(facts: &Facts) -> String {
    let mut parameters: Vec<_> = facts
        .lifetime
        .fields
        .iter()
        .map(|field| format!("{}: {}", field.rust, if field.number { "&Value" } else { "Option<&str>" }))
        .collect();
    if facts.lifetime.jwt {
        parameters.push("token: &SecretString".to_owned());
    }
    if facts.lifetime.dated {
        parameters.push("date: Option<OffsetDateTime>".to_owned());
    }
    parameters.join(", ")
}

fn arguments(facts: &Facts) -> String {
    let field = |field: &LifetimeField| {
        if field.number { format!("&{}", field.rust) } else { format!("{}.as_deref()", field.rust) }
    };
    let mut arguments: Vec<_> = facts.lifetime.fields.iter().map(field).collect();
    if facts.lifetime.jwt {
        arguments.push("&token".to_owned());
    }
    if facts.lifetime.dated {
        arguments.push("answer.date()".to_owned());
    }
    arguments.join(", ")
}

fn chain(facts: &Facts) -> String {
    let mut links = facts.lifetime.links.iter();
    let first = links.next().cloned().unwrap_or_else(|| "None::<Duration>".to_owned());
    links.fold(first, |chain, link| format!("{chain}.or_else(|| {link})"))
}

fn last_host(facts: &Facts) -> Option<String> {
    let last = facts.place.environments.last()?;
    let api = facts.place.apis.first().map(|api| api.variant.clone());
    let server = facts
        .place
        .servers
        .iter()
        .find(|server| server.environment.as_ref() == Some(&last.variant) && server.api == api)?;
    let address = server.url.as_deref()?.trim_start_matches("https://");
    Some(address.split('/').next().unwrap_or_default().to_owned())
}
