//! The operations of a provider: the endpoints, the errors of their answers, the examples, and the methods of the client.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};
use indexmap::{IndexMap, IndexSet};
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::answer::{self, Answer};
use super::document::{Document, Node, Operation};
use super::login::{self, Login};
use super::provenance::Note;
use super::types::{self, Kind, Struct};
use super::{names, render, validate};

/// Headers that a parameter cannot describe.
const IGNORED: [&str; 3] = ["header accept", "header authorization", "header content-type"];

/// The status of an error, its meaning, its kind and its origin.
pub(crate) type ErrorRow = (String, String, String, Note);

/// The types that methods send. `taken` has the names of the types of answers.
pub(crate) struct Sent {
    pub(crate) taken: Vec<String>,
    pub(crate) structs: Vec<Struct>,
}

/// Returns an operation for the templates, and adds the types that its method sends.
pub(crate) fn endpoint(of: Operation<'_>, answer: &Answer, sent: &mut Sent, is_served: bool) -> Value {
    let document = of.document;
    let method = method(document, of, sent);
    let (constant, is_login) = (of.constant(), of.is_login());
    let is_sent = is_login || of.is_refresh() || method.is_some() || of.node.flag("x-wire");
    let json = document.get(of.node, "requestBody").and_then(|body| body.content("json")).map(|(_, it)| it);
    let example = |parameter: &Node| Some((parameter.text("name").to_owned(), document.example(parameter)?));
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
        note => Serde(document.note(of.node)),
        // The example of the request's body.
        sent => json.map(|media| match (document.examples(media).first(), media.get("schema")) {
            // That of a method fits its type.
            (Some(example), schema) if schema.is_none() || !of.node.has("x-method") => example.to_string(),
            (_, Some(schema)) => types::sample(document, schema, &mut HashSet::new()).to_string(),
            (_, None) => "{}".to_owned(),
        }),
        cases => if is_login || !of.is_open() { cases(document, of, is_login.then_some(answer)) } else { Vec::new() },
        // What the sandbox checks, if it serves the provider.
        parameters => Serde(of.parameters().filter(|_| is_served).map(|it| document.inlined(it)).collect::<Vec<_>>()),
        body => Serde(json.and_then(|media| media.get("schema")).filter(|_| is_served).map(|it| document.inlined(it))),
    }
}

/// Returns the examples of a body or a response, each with its name and its value.
fn examples<'d>(document: &'d Document, media: &'d Node) -> impl Iterator<Item = (&'d str, &'d Node, &'d Node)> {
    let named = media.members("examples").map(|(name, example)| (name, document.resolve(example)));
    let named = named.filter_map(|(name, example)| Some((name, example, example.get("value")?)));
    named.chain(media.get("example").map(|value| ("example", value, value)))
}

/// Returns the method that sends an operation: `Client::users`.
fn sent_by(operation: &Node) -> Option<String> {
    let method = operation.words("x-method").map(|method| format!("Client::{method}"));
    method.or_else(|| operation.words("x-sent-by").map(str::to_owned))
}

/// Returns the rows of the table of errors, each with those that get the error.
pub(crate) fn errors(document: &Document) -> Vec<(ErrorRow, IndexSet<String>)> {
    let mut rows = IndexMap::<_, IndexSet<_>>::new();
    for operation in document.operations() {
        for row in operation.responses().flat_map(|(status, response)| error_rows(document, status, response)) {
            let to = match sent_by(operation.node) {
                _ if operation.is_login() => "the login".to_owned(),
                Some(by) if row.2 == "LoginRefused" => format!("`{by}`"),
                _ => "requests".to_owned(),
            };
            rows.entry(row).or_default().insert(to);
        }
    }
    rows.into_iter().collect()
}

/// Returns the errors of a response: itself, or examples that are errors although the response is not.
fn error_rows(document: &Document, status: &str, response: &Node) -> Vec<ErrorRow> {
    let all = response.members("content").flat_map(|(_, media)| examples(document, media));
    let examples = all.filter(|_| !response.has("x-error-kind")).map(|(_, example, _)| (example, "summary"));
    let row = |(of, means): (&Node, &str)| {
        Some((status.to_owned(), of.text(means).to_owned(), of.words("x-error-kind")?.to_owned(), document.note(of)))
    };
    [(response, "description")].into_iter().chain(examples).filter_map(row).collect()
}

/// Returns the wire types of the bodies that handwritten methods send, after those of the login.
pub(crate) fn requests(document: &Document, login: &Login) -> Vec<Struct> {
    let mut all = login.sent.clone();
    for operation in document.operations().filter(|operation| operation.node.flag("x-wire")) {
        let Some((_, schema)) = operation.body().filter(|(media, _)| media.contains("json")) else { continue };
        let (schema, name) = types::named(document, schema);
        let Some(name) = name.filter(|name| all.iter().all(|known| &known.name != name)) else { continue };
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
    // `default` is no status that a server could answer with.
    for (status, response) in operation.responses().filter(|(status, _)| status.parse::<u16>().is_ok()) {
        for (content_type, media) in response.members("content") {
            for (name, example, value) in examples(document, media) {
                let implied = validate::kinds(status).first().copied().filter(|_| login.is_none());
                let kind = example.words("x-error-kind").or(response.words("x-error-kind")).or(implied);
                let headers = headers(document, content_type, response);
                let login = login.filter(|_| kind.is_none());
                let token = login.and_then(|answer| answer.token_of(value, &headers));
                if login.is_some() && token.is_none() {
                    document.fault(value, format!("the example {name} has no token: add one, or an x-error-kind"));
                }
                has_success |= kind.is_none();
                let body = if content_type.contains("json") { value.to_string() } else { value.plain() };
                let note = Serde(document.note(example));
                cases.push(context! { example => name, status, headers, body, kind, token, note });
            }
        }
    }
    cases.extend(login.filter(|_| !has_success).and_then(|answer| made(document, answer)));
    cases
}

/// Returns an example of a successful login whose document has none.
fn made(document: &Document, answer: &Answer) -> Option<Value> {
    let sample =
        answer::schema(document).map(|schema| types::sample(document, schema, &mut HashSet::new())).unwrap_or_default();
    // Its marks would make it a refusal, and its lifetimes end it before a slow test does.
    let marks = answer.refused.iter().map(|(_, mark)| mark.text("at").to_owned());
    let places = answer.places.iter().filter(|place| !answer.token.places.contains(place)).cloned();
    let body = Node::made(&render::without(&sample.to_string(), &marks.chain(places).collect::<Vec<_>>()));
    let header = answer.token.outside.map(|outside| match outside {
        "cookie" => ("set-cookie".to_owned(), format!("{}=t0k3n; Path=/", answer.token.field)),
        _ => (answer.token.field.to_ascii_lowercase(), "t0k3n".to_owned()),
    });
    let content_type = ("content-type".to_owned(), "application/json".to_owned());
    let headers: Vec<_> = [content_type].into_iter().chain(header).collect();
    let (token, note) = (answer.token_of(&body, &headers)?, Serde(Note::default()));
    Some(context! { example => "made", status => "200", headers, body => body.to_string(), kind => (), token, note })
}

/// Returns the headers of a response, with their first examples.
fn headers(document: &Document, content_type: &str, response: &Node) -> Vec<(String, String)> {
    let example = |(name, it): (&str, _)| Some((name.to_ascii_lowercase(), document.example(document.resolve(it))?));
    let content_type = ("content-type".to_owned(), content_type.to_owned());
    [content_type].into_iter().chain(response.members("headers").filter_map(example)).collect()
}

/// Returns the method of an operation, and adds the types that it sends.
fn method(document: &Document, operation: Operation<'_>, sent: &mut Sent) -> Option<Value> {
    let name = operation.node.words("x-method")?;
    let mut arguments = parameters(document, operation);
    arguments.extend(options(document, operation, name, sent));
    arguments.extend(body(document, operation, sent));
    let (returns, import) = returned(document, operation).map(|schema| type_of(document, schema)).unwrap_or_default();
    Some(context! {
        name, arguments,
        docs => operation.node.words("description").map_or_else(|| operation.summary() + ".", str::to_owned),
        // The returned type, empty if the answer has no body, and its path: `crate::page::Page`.
        returns, import,
        // True if the body of the answer is no JSON, such as a file.
        is_other => operation.responses().any(|(status, it)| status.starts_with('2') && it.has("content")),
        pages => Serde(operation.node.get("x-pages")),
    })
}

/// Returns the text between the items of a list in a parameter, which is empty if each item is a pair of its own. Adds a
/// fault for a parameter that no method can send.
fn separator(document: &Document, parameter: &Node) -> Option<&'static str> {
    let (place, style) = (parameter.text("in"), parameter.words("style").unwrap_or("default"));
    let is_split = parameter.get("explode").map_or(!style.ends_with("Delimited"), |_| parameter.flag("explode"));
    let schema = document.get(parameter, "schema");
    let item = schema.filter(|it| types::is(it, "array")).map_or(schema, |list| document.get(list, "items"));
    let is_deep = |it: &Node| types::has_members(it) || types::is(it, "object") || types::is(it, "array");
    let fault = match (place, style) {
        _ if schema.is_none() => "a method sends a parameter with a `schema`: describe its text as the type string",
        _ if item.is_some_and(is_deep) => "no parameter is an object: describe each member, such as `filter[name]`",
        ("query", "default" | "form" | "spaceDelimited" | "pipeDelimited") if is_split => return Some(""),
        ("query", "spaceDelimited") => return Some(" "),
        ("query", "pipeDelimited") => return Some("|"),
        ("query", "default" | "form") | ("path" | "header", "default" | "simple") => return Some(","),
        _ => "a method sends neither this style nor cookies: take another style, or leave out the x-method",
    };
    document.fault(parameter, fault);
    None
}

/// Returns an argument for each parameter of the path, and each required one. One with a single value is no argument of
/// the method, which sends it.
fn parameters(document: &Document, operation: Operation<'_>) -> Vec<Value> {
    let is_required = |it: &&Node| it.text("in") == "path" || it.flag("required") && !is_of_pages(operation, it);
    // OpenAPI leaves these headers to the security schemes, the body and the answer.
    let is_meant = |it: &&Node| !IGNORED.contains(&&*format!("{} {}", it.text("in"), it.text("name")).to_lowercase());
    let mut names = Vec::new();
    let argument = |parameter| {
        let separator = separator(document, parameter)?;
        let (json, place, own) = (parameter.text("name"), parameter.text("in"), parameter.get("schema")?);
        let schema = document.resolve(own);
        let example = document.example(parameter).unwrap_or_else(|| "1".to_owned());
        let (held, example) = match place {
            _ if login::only(schema).is_some() => ("", format!("{example:?}")),
            _ if types::is(schema, "integer") => ("i64", example.parse::<i64>().unwrap_or(1).to_string()),
            _ if types::is(schema, "array") => ("&[&str]", format!("&{:?}", example.split(',').collect::<Vec<_>>())),
            "query" if types::is(schema, "boolean") => ("bool", "true".to_owned()),
            _ => ("&str", format!("{example:?}")),
        };
        let rust = names::free(&types::rust_name(json, own), "arguments", "_");
        names.extend((!held.is_empty()).then(|| (own, rust.clone())));
        Some(context! { rust, json, held, place, example, separator })
    };
    let arguments = operation.parameters().filter(is_required).filter(is_meant).filter_map(argument).collect();
    validate::unique(document, names.into_iter(), "argument", "give the schema of one of them an x-name");
    arguments
}

/// Returns an argument for all optional parameters of the query that the pages do not set.
fn options(document: &Document, operation: Operation<'_>, method: &str, sent: &mut Sent) -> Option<Value> {
    let is_option = |it: &&Node| it.text("in") == "query" && !it.flag("required") && !is_of_pages(operation, it);
    let options = operation.parameters().filter(is_option);
    let options: Vec<_> = options.map(|it| (it, it.get("schema").unwrap_or(it))).collect();
    let properties: Vec<_> = options.iter().map(|(parameter, schema)| (parameter.text("name"), *schema)).collect();
    let name = format!("{}Query", operation.constant().to_upper_camel_case());
    let mut query = Struct::of(document, &name, &properties, &[]);
    query.place = operation.node.clone();
    query.docs = format!("The optional parameters of [`Client::{method}`](crate::Client::{method}).");
    for (member, (parameter, schema)) in query.members.iter_mut().zip(&options) {
        let separator = separator(document, parameter).unwrap_or_default();
        if types::is(document.resolve(schema), "array") {
            (member.kind, member.separator) = (Kind::List, separator);
            // Any other item is a text.
            let is_known = ["Vec<String>", "Vec<i64>", "Vec<bool>"].contains(&&*member.sent);
            member.sent = if is_known { member.sent.clone() } else { "Vec<String>".to_owned() };
        }
        member.docs = parameter.words("description").unwrap_or(&member.docs).to_owned();
        member.send(&member.owned(&[]));
    }
    (!options.is_empty()).then(|| sent.structs.push(query))?;
    let (held, example) = (format!("&{name}"), format!("&{name}::default()"));
    Some(context! { rust => "query", place => "options", held, example })
}

/// Returns true for a parameter that the stream of pages sets. A required cursor is that of the first page.
fn is_of_pages(operation: Operation<'_>, parameter: &Node) -> bool {
    let Some(pages) = operation.node.get("x-pages") else { return false };
    let name = parameter.text("name");
    let is_set = |way: &&str| pages.text(way) == name && (*way != "cursor" || !parameter.flag("required"));
    let counted = ["number", "offset", "cursor"].iter().any(is_set);
    counted || (pages.has("next_url") && name == "page") || pages.members("size").any(|it| it.0 == name)
}

fn body(document: &Document, operation: Operation<'_>, sent: &mut Sent) -> Option<Value> {
    let (media, schema) = operation.body()?;
    let whole = types::member(document, "", schema);
    let (target, name) = types::named(document, types::in_lists(document, schema));
    let (list, rust) = (whole.owned(&sent.taken), target.words("x-rust"));
    let name = name.filter(|_| rust.is_none()).map(|name| sent_type(document, name, target, sent));
    let (held, of) = match (whole.kind, name.as_deref().or(rust)) {
        (Kind::List, _) if rust.is_none() => (format!("[{}]", &list["Vec<".len()..list.len() - 1]), "::<Vec<_>>"),
        (Kind::Type, Some(name)) => (name.to_owned(), ""),
        _ => ("serde_json::Value".to_owned(), ""),
    };
    let example = format!("&serde_json::from_str{of}(case.sent.unwrap_or_default()).expect(\"it is a body\")");
    Some(context! { rust => "body", place => "body", held => format!("&{held}"), example, media })
}

/// Adds the type of a body, and the types in it. Returns its name: one that answers have as well is another type.
fn sent_type(document: &Document, name: String, schema: &Node, sent: &mut Sent) -> String {
    let name = if sent.taken.contains(&name) { name + "Body" } else { name };
    // A recursive type finds itself.
    if sent.structs.iter().any(|known| known.place.pointer == schema.pointer) {
        return name;
    }
    let mut own = Struct::read(document, &name, schema);
    schema.words("description").unwrap_or("A body of a request.").clone_into(&mut own.docs);
    own.members.iter_mut().for_each(|member| member.send(&member.owned(&sent.taken)));
    sent.structs.push(own);
    let inner = schema.members("properties").map(|(_, it)| types::named(document, types::in_lists(document, it)));
    for (target, name) in inner.filter(|(target, _)| !target.has("x-rust")) {
        name.map(|name| sent_type(document, name, target, sent));
    }
    name
}

/// Returns the schema of a method's result: the body of a success, or one item of its pages.
pub(crate) fn returned<'d>(document: &'d Document, operation: Operation<'d>) -> Option<&'d Node> {
    let answered = operation.answered().filter(|_| operation.node.has("x-method"))?;
    let Some(pages) = operation.node.get("x-pages") else { return Some(answered) };
    for at in ["next_url", "next", "total", "last_page", "has_more"].iter().filter_map(|name| pages.get(name)) {
        let is_wrong = |it| at.pointer.ends_with("/has_more") && !types::is(document.resolve(it), "boolean");
        if document.property(answered, &at.plain()).is_none_or(is_wrong) {
            document.fault(at, format!("{at} leads to no property of the page, or has_more to no boolean: correct it"));
        }
    }
    let item = document.property(answered, pages.text("items")).and_then(|list| document.resolve(list).get("items"));
    if item.is_none() {
        document.fault(pages, "`items` leads to no list with `items` in the page: give the place of the items");
    }
    item
}

/// Returns the type of a schema, and its path.
fn type_of(document: &Document, schema: &Node) -> (String, String) {
    types::check_printed(document, schema);
    let member = types::member(document, "", schema);
    let (item, name) = types::named(document, types::in_lists(document, schema));
    let of_crate = |name: String| format!("crate::{}::{name}", name.to_snake_case());
    let import = item.words("x-rust").map(str::to_owned).or(name.map(of_crate));
    match (member.kind, import) {
        (Kind::List, import) => (member.sent, import.unwrap_or_default()),
        (_, Some(import)) => (types::last(&import).to_owned(), import),
        (_, None) => ("Value".to_owned(), "serde_json::Value".to_owned()),
    }
}
