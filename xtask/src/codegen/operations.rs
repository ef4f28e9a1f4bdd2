//! The operations of a provider: its endpoints, the errors of their answers, and the examples.

use heck::{ToShoutySnakeCase, ToUpperCamelCase};
use indexmap::IndexMap;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::{self, Answer};
use super::document::{Document, Node, Operation};
use super::login::Login;
use super::methods;
use super::provenance::Note;
use super::types::{self, Struct};

/// The status of an error, its meaning, its kind and its origin.
pub(crate) type ErrorRow = (String, String, String, Note);

/// Returns an operation for the templates, and adds the types that its method sends. `taken` has the names of the types
/// of answers.
pub(crate) fn endpoint(
    document: &Document,
    of: Operation<'_>,
    answer: &Answer,
    (taken, sent): (&[String], &mut Vec<Struct>),
    is_served: bool,
) -> Value {
    let method = methods::method(document, of, taken, sent);
    let (constant, is_login) = (of.id().to_shouty_snake_case(), of.is_login());
    let is_sent = is_login || of.is_refresh() || method.is_some() || of.node.flag("x-wire");
    let json = document.get(of.node, "requestBody").and_then(|body| body.content("json"));
    let example = |parameter: &Node| Some((parameter.text("name").to_owned(), document.example(parameter)?));
    let inlined = |node| document.inlined(node, 0);
    context! {
        id => of.id(), method, is_login, open => of.is_open(), summary => of.summary(),
        api => of.node.words("x-api").map(str::to_upper_camel_case),
        // The constant of the path, such as `LOGIN`, if this crate sends the request.
        constant => is_sent.then_some(constant),
        verb => of.verb.to_ascii_uppercase(),
        // The path below the base URL, also with the examples of its parameters.
        path => of.path.trim_start_matches('/'), filled => of.filled(),
        // The first query parameter that has an example.
        query => of.parameters().filter(|it| it.text("in") == "query").find_map(example),
        sent_by => sent_by(of.node),
        note => Serde(of.node.note()),
        // The example of the request's body.
        sent => json.map(|media| match (document.examples(media).first(), media.get("schema")) {
            (Some(example), _) => example.to_string(),
            (None, Some(schema)) => types::sample(document, schema).to_string(),
            (None, None) => "{}".to_owned(),
        }),
        cases => if is_login || !of.is_open() { cases(document, of, is_login.then_some(answer)) } else { Vec::new() },
        // What the sandbox checks, if it serves the provider.
        parameters => Serde(of.parameters().filter(|_| is_served).map(inlined).collect::<Vec<_>>()),
        body => Serde(json.and_then(|media| media.get("schema")).filter(|_| is_served).map(inlined)),
    }
}

/// Returns the examples of a body or a response.
fn examples<'d>(document: &'d Document, media: &'d Node) -> impl Iterator<Item = (&'d str, &'d Node)> {
    media.members("examples").map(|(name, example)| (name, document.resolve(example)))
}

/// Returns the method that sends an operation: `Client::users`.
fn sent_by(operation: &Node) -> Option<String> {
    let method = operation.words("x-method").map(|method| format!("Client::{method}"));
    method.or_else(|| operation.words("x-sent-by").map(str::to_owned))
}

/// Returns the rows of the table of errors, each with those that get the error.
pub(crate) fn errors(document: &Document) -> Vec<(ErrorRow, Vec<String>)> {
    let mut rows = IndexMap::<_, Vec<_>>::new();
    for operation in document.operations() {
        for row in operation.responses().flat_map(|(status, response)| error_rows(document, status, response)) {
            let to = match sent_by(operation.node) {
                _ if operation.is_login() => "the login".to_owned(),
                Some(by) if row.2 == "LoginRefused" => format!("`{by}`"),
                _ => "requests".to_owned(),
            };
            let all = rows.entry(row).or_default();
            if !all.contains(&to) {
                all.push(to);
            }
        }
    }
    rows.into_iter().collect()
}

/// Returns the errors of a response: itself, or examples that are errors although the response is not.
fn error_rows(document: &Document, status: &str, response: &Node) -> Vec<ErrorRow> {
    let all = response.members("content").flat_map(|(_, media)| examples(document, media));
    let examples = all.filter(|_| !response.has("x-error-kind")).map(|(_, example)| (example, "summary"));
    let row = |(of, means): (&Node, &str)| {
        Some((status.to_owned(), of.text(means).to_owned(), of.words("x-error-kind")?.to_owned(), of.note()))
    };
    [(response, "description")].into_iter().chain(examples).filter_map(row).collect()
}

/// Returns the wire types of the bodies that handwritten methods send, after those of the login.
pub(crate) fn requests(document: &Document, login: &Login) -> Vec<Struct> {
    let mut all = login.sent.clone();
    for operation in document.operations().filter(|operation| operation.node.flag("x-wire")) {
        let Some(("json", schema)) = operation.body() else { continue };
        let (schema, Some(name)) = types::named(document, schema) else { continue };
        if all.iter().any(|known| known.name == name) {
            continue;
        }
        let mut request = Struct::read(document, &name, schema);
        for member in &mut request.members {
            if member.custom.is_none() && !types::is(document.resolve(&member.property), "string") {
                document.fault(&member.property, "handwritten code sends texts: take the type string, or an x-rust");
            }
            member.send(&member.borrowed());
        }
        all.push(request);
    }
    all
}

/// Returns each example of each response. `login` is the answer to a login.
fn cases(document: &Document, operation: Operation<'_>, login: Option<&Answer>) -> Vec<Value> {
    let (mut cases, mut has_success) = (Vec::new(), false);
    for (status, response) in operation.responses() {
        for (content_type, media) in response.members("content") {
            for (name, example) in examples(document, media) {
                let Some(value) = example.get("value") else { continue };
                let kind = example.words("x-error-kind").or(response.words("x-error-kind"));
                let headers = headers(document, content_type, response);
                let login = login.filter(|_| kind.is_none());
                let token = login.and_then(|answer| answer.token_of(value, &headers));
                if login.is_some() && token.is_none() {
                    let message = format!("the example {name} of a successful login has no token");
                    document.fault(value, message + ": add one, or an x-error-kind");
                }
                if status.parse::<u16>().is_err() {
                    document.fault(example, "an answer that has examples has a number as its status");
                }
                has_success |= kind.is_none();
                let body = if content_type.contains("json") { value.to_string() } else { value.plain() };
                cases.push(
                    context! { example => name, status, headers, body, kind, token, note => Serde(example.note()) },
                );
            }
        }
    }
    cases.extend(login.filter(|_| !has_success).and_then(|answer| made(document, answer)));
    cases
}

/// Returns an example of a successful login whose document has none.
fn made(document: &Document, answer: &Answer) -> Option<Value> {
    let mut value = answer::schema(document).map(|schema| types::sample(document, schema)).unwrap_or_default();
    // Its marks would make it a refusal.
    let marks = answer.refused.iter().map(|(field, _)| field.json.as_str());
    marks.for_each(|mark| drop(value.as_object_mut().and_then(|members| members.remove(mark))));
    let body = Node::made(&value.to_string());
    let field = &answer.token.field;
    let header = answer.token.outside.map(|outside| match outside {
        "cookie" => ("set-cookie".to_owned(), format!("{field}=t0k3n; Path=/")),
        _ => (field.to_ascii_lowercase(), "t0k3n".to_owned()),
    });
    let content_type = ("content-type".to_owned(), "application/json".to_owned());
    let headers: Vec<_> = [content_type].into_iter().chain(header).collect();
    let (token, note) = (answer.token_of(&body, &headers)?, Serde(Note::default()));
    Some(context! { example => "made", status => "200", headers, body => body.to_string(), kind => (), token, note })
}

/// Returns the headers of a response, with their first examples.
fn headers(document: &Document, content_type: &str, response: &Node) -> Vec<(String, String)> {
    let example =
        |(name, header): (&str, &Node)| Some((name.to_ascii_lowercase(), document.example(document.resolve(header))?));
    let content_type = ("content-type".to_owned(), content_type.to_owned());
    [content_type].into_iter().chain(response.members("headers").filter_map(example)).collect()
}
