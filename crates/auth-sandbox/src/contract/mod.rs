//! The demands of each `openapi.json` on a request. Each provider words its own answer to a breach.

pub(crate) mod api4com;
mod check;
pub(crate) mod econpay;
pub(crate) mod pontotel;
mod prelude;
pub(crate) mod signed_api;
pub(crate) mod sopague;

use serde_json::Value;

use crate::recorded::Call;

/// One operation of a document.
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    method: &'static str,
    /// The path below the base URL, with `{name}` for a segment that varies.
    path: &'static str,
    /// True if the operation needs no token.
    pub(crate) open: bool,
    segments: &'static [Member],
    query: &'static [Member],
    headers: &'static [Member],
    /// The members of the body; empty if the operation has no body.
    body: &'static [Member],
}

/// A parameter, or a member of an object.
pub(crate) struct Member {
    name: &'static str,
    required: bool,
    shape: Shape,
}

/// The demands on a value.
pub(crate) struct Shape {
    /// The allowed kinds; empty if every kind is allowed.
    kinds: &'static [Kind],
    shortest: usize,
    longest: usize,
    least: i64,
    most: i64,
    /// The allowed texts; empty if every text is allowed.
    choices: &'static [&'static str],
    /// The shape of each item, as a list of at most one.
    items: &'static [Shape],
    members: &'static [Member],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "a document may name any of them")]
pub(crate) enum Kind {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    String,
}

/// One breach of a demand.
#[derive(Debug, PartialEq)]
pub(crate) struct Wrong {
    /// The name of the parameter or member, such as `eventTriggers.0` for a nested one; empty for the whole body.
    pub(crate) at: String,
    pub(crate) what: What,
}

#[derive(Debug, PartialEq)]
pub(crate) enum What {
    /// The body is not JSON, or its content type does not say so.
    Unreadable,
    /// The value is missing, or is an empty text.
    Missing,
    /// The value has none of these kinds.
    Kind(&'static [Kind]),
    Shorter(usize),
    Longer(usize),
    Less(i64),
    More(i64),
    /// The value is not one of these texts.
    Choice(&'static [&'static str]),
}

/// Finds the operation for a request. `HEAD` counts as `GET`, as in the frameworks of all five providers.
pub(crate) fn find(operations: &'static [Operation], call: &Call<'_>) -> Option<&'static Operation> {
    let method = if call.method() == "HEAD" { "GET" } else { call.method() };
    operations.iter().find(|operation| operation.method == method && operation.segments(call.path).is_some())
}

/// Returns true if a path is served with any method.
pub(crate) fn serves(operations: &'static [Operation], path: &str) -> bool {
    operations.iter().any(|operation| operation.segments(path).is_some())
}

impl Operation {
    pub(crate) fn demands_header(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.required && header.name == name)
    }

    /// Returns the request's body, `null` if the operation has none; or all faults of the request, at least one.
    pub(crate) fn read(&self, call: &Call<'_>) -> Result<Value, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let segments = self.segments(call.path).unwrap_or_default();
        for member in self.segments {
            let value = segments.iter().find(|(name, _)| *name == member.name).map(|(_, value)| *value);
            check::text(member, value.map(str::to_owned), &mut wrong);
        }
        for member in self.query {
            check::text(member, call.query(member.name), &mut wrong);
        }
        for member in self.headers {
            check::text(member, call.header(member.name).map(str::to_owned), &mut wrong);
        }
        let body = if self.body.is_empty() { Some(Value::Null) } else { call.json() };
        match &body {
            None => wrong.push(Wrong { at: String::new(), what: What::Unreadable }),
            Some(Value::Object(_)) => check::members("", self.body, body.as_ref(), &mut wrong),
            Some(_) if self.body.is_empty() => {}
            Some(_) => wrong.push(Wrong { at: String::new(), what: What::Kind(&[Kind::Object]) }),
        }
        if wrong.is_empty() { Ok(body.unwrap_or_default()) } else { Err(wrong) }
    }

    /// Returns the text of each `{name}` in the path; `None` if the path does not match.
    fn segments<'p>(&self, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
        let mut found = Vec::new();
        let mut given = path.split('/');
        for wanted in self.path.split('/') {
            let given = given.next()?;
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !given.is_empty() => found.push((name, given)),
                None if wanted == given => {}
                _ => return None,
            }
        }
        given.next().is_none().then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use serde_json::json;

    use super::{prelude::*, *};
    use crate::recorded::Recorded;

    const OWNER: Shape =
        Shape { members: &[required("id", Shape { kinds: &[Kind::Integer, Kind::Null], ..ANY })], ..OBJECT };
    const OPERATIONS: &[Operation] = &[Operation {
        id: "rename",
        method: "PUT",
        path: "things/{thing}/name",
        segments: &[required("thing", Shape { longest: 3, ..STRING })],
        query: &[
            optional("page", Shape { least: 1, most: 9, ..INTEGER }),
            optional("deep", BOOLEAN),
            optional("order", Shape { choices: &["up", "down"], ..STRING }),
        ],
        headers: &[required("x-key", STRING)],
        body: &[
            required("name", Shape { shortest: 2, longest: 3, ..STRING }),
            optional("count", INTEGER),
            optional("any", ANY),
            optional("tags", Shape { items: &[Shape { longest: 1, ..STRING }], ..ARRAY }),
            optional("owner", OWNER),
        ],
        ..NOTHING
    }];

    /// Returns the faults of a request for `things/…`.
    fn wrong(path: &str, key: &str, body: &str) -> Vec<(String, What)> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().expect("a value"));
        headers.insert("x-key", key.parse().expect("a value"));
        let request = Recorded { method: Method::PUT, path: path.to_owned(), headers, body: body.into() };
        let call = Call::below("", &request).expect("it is below");
        let read = find(OPERATIONS, &call).expect("it is found").read(&call);
        read.err().into_iter().flatten().map(|Wrong { at, what }| (at, what)).collect()
    }

    fn in_body(body: &Value) -> Vec<(String, What)> {
        wrong("/things/7/name", "k", &body.to_string())
    }

    fn fault(at: &str, what: What) -> (String, What) {
        (at.to_owned(), what)
    }

    #[test]
    fn a_request_that_meets_the_demands_is_read() {
        let body = json!({ "name": "éé", "count": 2.0, "any": {}, "tags": ["a"], "owner": { "id": null }, "more": 1 });
        assert_eq!(wrong("/things/7/name?page=9&deep=true&order=up&more=1", "k", &body.to_string()), []);
    }

    #[test]
    fn each_fault_of_a_body_is_reported_with_its_place() {
        let string = || What::Kind(&[Kind::String]);
        let whole = What::Kind(&[Kind::Integer]);
        let tags = json!({ "name": "ab", "tags": ["a", 1, "ab"] });
        assert_eq!(in_body(&json!({})), [fault("name", What::Missing)]);
        assert_eq!(in_body(&json!({ "name": "" })), [fault("name", What::Missing)]);
        assert_eq!(in_body(&json!({ "name": "é" })), [fault("name", What::Shorter(2))]);
        assert_eq!(in_body(&json!({ "name": "éééé" })), [fault("name", What::Longer(3))]);
        assert_eq!(in_body(&json!({ "name": null })), [fault("name", string())]);
        assert_eq!(in_body(&json!({ "name": "ab", "count": 1.5 })), [fault("count", whole)]);
        assert_eq!(in_body(&tags), [fault("tags.1", string()), fault("tags.2", What::Longer(1))]);
        assert_eq!(in_body(&json!({ "name": "ab", "owner": {} })), [fault("owner.id", What::Missing)]);
        assert_eq!(in_body(&json!([])), [fault("", What::Kind(&[Kind::Object]))]);
        assert_eq!(wrong("/things/7/name", "k", "{"), [fault("", What::Unreadable)]);
    }

    #[test]
    fn each_fault_of_a_parameter_is_reported_with_its_name() {
        let body = r#"{"name":"ab"}"#;
        let expected = [
            fault("thing", What::Longer(3)),
            fault("page", What::More(9)),
            fault("deep", What::Kind(&[Kind::Boolean])),
            fault("order", What::Choice(&["up", "down"])),
            fault("x-key", What::Missing),
        ];
        assert_eq!(wrong("/things/7777/name?page=10&deep=1&order=left", "", body), expected);
        assert_eq!(wrong("/things/7/name?page=0", "k", body), [fault("page", What::Less(1))]);
        assert_eq!(wrong("/things/7/name?page=one", "k", body), [fault("page", What::Kind(&[Kind::Integer]))]);
    }

    #[test]
    fn a_path_is_served_only_whole_and_with_text_for_each_name() {
        for (path, is) in [
            ("things/7/name", true),
            ("things//name", false),
            ("things/7", false),
            ("things/7/name/", false),
            ("a/7/name", false),
        ] {
            assert_eq!(serves(OPERATIONS, path), is, "{path}");
        }
    }
}
