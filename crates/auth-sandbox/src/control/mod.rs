//! The control API: what the handles do, over HTTP.

mod endpoints;
mod faults;
mod input;
mod providers;
mod settings;

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{provider::Provider, recorded::Recorded, reply::Reply, server::Shared};
use input::Input;

const BASE: &str = "/_sandbox";
const VERSION: &str = "/_sandbox/v1/";

/// The description of this API.
const DOCUMENT: &str = include_str!("../../control.json");

/// One operation. `{name}` in the path is a segment that varies.
struct Route {
    method: &'static str,
    path: &'static str,
    answer: fn(&Ask<'_>) -> Answer,
    takes_query: bool,
}

/// An answer, or the answer to wrong input.
type Answer = Result<Reply, Refusal>;

/// The fault of a request, and its remedy.
struct Refusal {
    status: u16,
    message: String,
    /// The member of the body, or the parameter of the query, that is wrong.
    member: Option<String>,
}

impl Refusal {
    fn new(status: u16, message: &str) -> Self {
        Self { status, message: message.to_owned(), member: None }
    }

    fn reply(&self) -> Reply {
        let mut body = json!({ "error": self.message });
        if let Some(member) = &self.member {
            body["member"] = json!(member);
        }
        shown(self.status, &body)
    }
}

const ROUTES: &[Route] = &[
    route("GET", "openapi.json", |_| Ok(Reply::new(200, "application/json; charset=utf-8", DOCUMENT))),
    route("GET", "clock", |ask| Ok(settings::clock(ask))),
    route("PUT", "clock", settings::set_clock),
    route("GET", "quirks", |ask| Ok(settings::quirks(ask))),
    route("PUT", "quirks", settings::set_quirks),
    route("DELETE", "quirks", |ask| Ok(settings::clear_quirks(ask))),
    route("GET", "log", settings::log).with_query(),
    route("DELETE", "log", |ask| Ok(settings::clear_log(ask))),
    route("GET", "providers", |ask| Ok(providers::list(ask))),
    route("GET", "providers/{provider}", providers::one),
    route("GET", "providers/{provider}/lifetime", providers::lifetime),
    route("PUT", "providers/{provider}/lifetime", providers::set_lifetime),
    route("GET", "providers/{provider}/limits", providers::limits),
    route("PUT", "providers/{provider}/limits", providers::set_limits),
    route("DELETE", "providers/{provider}/limits", providers::clear_limits),
    route("GET", "providers/{provider}/accounts", providers::accounts),
    route("POST", "providers/{provider}/accounts", providers::add_account),
    route("PUT", "providers/{provider}/accounts/{username}", providers::change_account),
    route("DELETE", "providers/{provider}/accounts/{username}/tokens", providers::revoke_of),
    route("GET", "providers/{provider}/tokens", providers::tokens),
    route("DELETE", "providers/{provider}/tokens", providers::revoke_all),
    route("DELETE", "providers/{provider}/tokens/{token}", providers::revoke),
    route("GET", "providers/{provider}/faults", faults::list),
    route("POST", "providers/{provider}/faults", faults::add),
    route("DELETE", "providers/{provider}/faults", faults::clear),
    route("DELETE", "providers/{provider}/faults/{fault}", faults::clear_one),
    route("GET", "providers/{provider}/stubs", endpoints::list),
    route("POST", "providers/{provider}/stubs", endpoints::add),
    route("DELETE", "providers/{provider}/stubs", endpoints::clear).with_query(),
];

const fn route(method: &'static str, path: &'static str, answer: fn(&Ask<'_>) -> Answer) -> Route {
    Route { method, path, answer, takes_query: false }
}

/// Returns true for the paths of this API, in any version.
pub(crate) fn is_below(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request that the guard let through.
pub(crate) fn answer(shared: &Shared, request: &Recorded) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let given: Vec<String> = path.strip_prefix(VERSION).unwrap_or_default().split('/').map(decoded).collect();
    let here: Vec<&Route> = ROUTES.iter().filter(|route| route.matches(&given)).collect();
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    match here.iter().find(|route| route.method == method) {
        // A filter that is ignored could delete more than was meant.
        Some(route) if !route.takes_query && !query.is_empty() => {
            error(400, "the path takes no query: leave out the question mark and what follows")
        }
        Some(route) => {
            let ask = Ask { shared, segments: route.names(&given), query, body: &request.body };
            (route.answer)(&ask).unwrap_or_else(|refusal| refusal.reply())
        }
        None if here.is_empty() => error(404, "there is no such path: GET /_sandbox/v1/openapi.json describes them"),
        None => {
            let allowed: Vec<_> = here.iter().map(|route| route.method).collect();
            let allowed = allowed.join(", ");
            let message = format!("the path does not take {}: send {allowed}", request.method);
            error(405, &message).header("allow", allowed)
        }
    }
}

impl Route {
    const fn with_query(self) -> Self {
        Self { takes_query: true, ..self }
    }

    fn matches(&self, given: &[String]) -> bool {
        let wanted: Vec<_> = self.path.split('/').collect();
        let fits = |(wanted, given): (&&str, &String)| wanted.starts_with('{') && !given.is_empty() || wanted == given;
        wanted.len() == given.len() && wanted.iter().zip(given).all(fits)
    }

    /// Returns the segments that vary.
    fn names(&self, given: &[String]) -> Vec<String> {
        let both = self.path.split('/').zip(given);
        both.filter(|(wanted, _)| wanted.starts_with('{')).map(|(_, given)| given.clone()).collect()
    }
}

/// A request for one route.
struct Ask<'a> {
    shared: &'a Shared,
    /// The decoded segments of the path that vary.
    segments: Vec<String>,
    query: &'a str,
    body: &'a [u8],
}

impl Ask<'_> {
    /// Returns the provider that the first segment names.
    fn provider(&self) -> Result<&Provider, Refusal> {
        let found = self.shared.providers.iter().find(|provider| provider.name() == self.segments[0]);
        found.ok_or_else(|| {
            let names: Vec<_> = self.shared.providers.iter().map(Provider::name).collect();
            Refusal::new(404, &format!("no provider is called `{}`: use one of {}", self.segments[0], names.join(", ")))
        })
    }

    /// Returns the members of the body, which must be a JSON object.
    fn body(&self) -> Result<Input, Refusal> {
        match serde_json::from_slice(self.body) {
            Ok(Value::Object(members)) => Ok(Input::new(members)),
            _ => Err(Refusal::new(
                400,
                "the body is not a JSON object: send one, as GET /_sandbox/v1/openapi.json shows",
            )),
        }
    }

    /// Returns the parameters of the query.
    fn query(&self) -> Input {
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        Input::of_query(pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect())
    }
}

/// Answers with an error and its remedy.
pub(crate) fn error(status: u16, message: &str) -> Reply {
    Refusal::new(status, message).reply()
}

fn shown(status: u16, body: &Value) -> Reply {
    // The state changes between two requests.
    Reply::json(status, body).header("cache-control", "no-store")
}

fn ok(body: &Value) -> Reply {
    shown(200, body)
}

fn created(body: &Value) -> Reply {
    shown(201, body)
}

/// Decodes the percent signs of a segment.
fn decoded(segment: &str) -> String {
    let segment = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(segment.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_has_the_routes_and_no_others() {
        let document: Value = serde_json::from_str(DOCUMENT).expect("JSON");
        let (mut documented, mut with_query) = (BTreeSet::new(), BTreeSet::new());
        for (path, methods) in document["paths"].as_object().expect("paths") {
            let methods = methods.as_object().expect("methods").iter().filter(|(name, _)| *name != "parameters");
            for (method, operation) in methods {
                let one = (path.clone(), method.to_uppercase());
                if operation["parameters"].is_array() {
                    with_query.insert(one.clone());
                }
                documented.insert(one);
            }
        }
        let routes = |wanted: fn(&&Route) -> bool| -> BTreeSet<_> {
            let wanted = ROUTES.iter().filter(wanted);
            wanted.map(|route| (format!("/{}", route.path), route.method.to_owned())).collect()
        };
        assert_eq!(documented, routes(|_| true));
        assert_eq!(with_query, routes(|route| route.takes_query));
    }

    #[test]
    fn a_segment_is_decoded_and_keeps_its_plus_signs() {
        assert_eq!(decoded("ana+loja%40x.example&a=b%2Fc"), "ana+loja@x.example&a=b/c");
    }
}
