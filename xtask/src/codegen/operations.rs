//! The operations of a provider: its endpoints, the methods of its client, and the examples of its answers.

use serde::Serialize;

use super::answer::Answer as LoginAnswer;
use super::document::{Document, Node, Operation};
use super::login::Login;
use super::methods::Method;
use super::names;
use super::provenance::Note;
use super::types::{self, Struct};

#[derive(Serialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    /// The constant of the path, such as `LOGIN`, if this crate sends the request.
    pub(crate) constant: Option<String>,
    /// The HTTP method: `POST`.
    pub(crate) verb: String,
    /// The path below the base URL: `login/`.
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) api: Option<String>,
    pub(crate) is_login: bool,
    /// The method that sends it: `Client::users`.
    pub(crate) sent_by: Option<String>,
    pub(crate) open: bool,
    pub(crate) note: Note,
    pub(crate) answers: Vec<Answer>,
    /// The requirements that the sandbox checks, if it serves the provider.
    pub(crate) demands: Option<Demands>,
}

/// The parameters and the body of a request, without references.
#[derive(Serialize)]
pub(crate) struct Demands {
    parameters: Vec<Node>,
    body: Option<Node>,
}

#[derive(Clone, Serialize)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) means: String,
    pub(crate) kind: Option<String>,
    pub(crate) note: Note,
}

/// A row of the table of errors. Endpoints with the same error share it.
#[derive(Serialize)]
pub(crate) struct ErrorRow {
    status: String,
    means: String,
    to: String,
    kind: String,
    note: Note,
}

/// One example of an answer, and its expected result.
#[derive(Serialize)]
pub(crate) struct Case {
    pub(crate) operation: String,
    pub(crate) example: String,
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) is_login: bool,
    pub(crate) api: Option<String>,
    pub(crate) status: String,
    pub(crate) body: String,
    pub(crate) kind: Option<String>,
    /// The body of the request.
    pub(crate) sent: Option<String>,
    /// The token of a successful login.
    pub(crate) token: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// The origin, if the example has its own.
    pub(crate) note: Note,
}

pub(crate) fn endpoint(document: &Document, login: &Login, operation: Operation<'_>, is_served: bool) -> Endpoint {
    let node = operation.node;
    let is_login = login.ids.contains(&operation.id());
    let method = node.words("x-method").map(|method| format!("Client::{method}"));
    let is_refresh = login.refresh.as_ref().is_some_and(|refresh| refresh.constant == names::shout(&operation.id()));
    let is_sent = is_login || is_refresh || method.is_some() || node.flag("x-wire");
    Endpoint {
        constant: is_sent.then(|| names::shout(&operation.id())),
        verb: operation.verb.to_ascii_uppercase(),
        path: operation.path.trim_start_matches('/').to_owned(),
        summary: operation.summary(),
        api: node.words("x-api").map(names::pascal),
        is_login,
        sent_by: method.or_else(|| node.text_of("x-sent-by")),
        open: operation.is_open(),
        note: document.note(node),
        answers: node.members("responses").flat_map(|(status, response)| answers(document, status, response)).collect(),
        demands: is_served.then(|| {
            let parameters = node.items("parameters").iter().map(|parameter| document.inlined(parameter, 0));
            let body = document.get(node, "requestBody").and_then(|body| body.content("json")?.get("schema"));
            Demands { parameters: parameters.collect(), body: body.map(|body| document.inlined(body, 0)) }
        }),
        id: operation.id(),
    }
}

pub(crate) fn errors(endpoints: &[Endpoint]) -> Vec<ErrorRow> {
    let mut rows: Vec<ErrorRow> = Vec::new();
    for (endpoint, answer) in
        endpoints.iter().flat_map(|endpoint| endpoint.answers.iter().map(move |it| (endpoint, it)))
    {
        let Answer { status, means, kind: Some(kind), note } = answer.clone() else { continue };
        let to = match &endpoint.sent_by {
            _ if endpoint.is_login => "the login".to_owned(),
            Some(by) if kind == "LoginRefused" => format!("`{by}`"),
            _ => "requests".to_owned(),
        };
        let is_same =
            |row: &&mut ErrorRow| (&row.status, &row.means, &row.kind, &row.note) == (&status, &means, &kind, &note);
        match rows.iter_mut().find(is_same) {
            Some(row) if row.to != to && to == "requests" => "both".clone_into(&mut row.to),
            Some(row) if row.to != "both" && !row.to.contains(&to) => row.to = format!("{}, {to}", row.to),
            Some(_) => {}
            None => rows.push(ErrorRow { status, means, to, kind, note }),
        }
    }
    rows
}

impl Operation<'_> {
    pub(crate) fn summary(&self) -> String {
        let written = self.node.words("summary").or(self.node.words("description"));
        written.map_or_else(|| names::snake(&self.id()).replace('_', " "), str::to_owned)
    }
}

/// Returns the meaning of an answer, and those of its examples that are errors although the answer is not.
fn answers(document: &Document, status: &str, response: &Node) -> Vec<Answer> {
    let response = document.resolve(response);
    let answer = |of: &Node, means: &str| Answer {
        status: status.to_owned(),
        means: of.text(means).to_owned(),
        kind: of.text_of("x-error-kind"),
        note: document.note(of),
    };
    let examples = response.members("content").flat_map(|(_, media)| media.members("examples"));
    let errors =
        examples.map(|(_, example)| document.resolve(example)).filter(|example| example.get("x-error-kind").is_some());
    let errors = errors.filter(|_| response.get("x-error-kind").is_none()).map(|example| answer(example, "summary"));
    [answer(response, "description")].into_iter().chain(errors).collect()
}

/// Returns the wire types of the bodies that handwritten methods send, after those of the login.
pub(crate) fn requests(document: &Document, login: &Login) -> Vec<Struct> {
    let structs = [&login.first, &login.refresh].into_iter().flatten().flat_map(|request| request.structs.clone());
    let mut schemas: Vec<(String, &Node)> = Vec::new();
    for operation in document.operations().into_iter().filter(|operation| operation.node.flag("x-wire")) {
        let body = document.get(operation.node, "requestBody").and_then(|body| body.content("json"));
        if let Some((schema, Some(name))) =
            body.and_then(|media| media.get("schema")).map(|schema| types::named(document, schema))
            && schemas.iter().all(|(known, _)| *known != name)
        {
            schemas.push((name, schema));
        }
    }
    structs.chain(schemas.into_iter().map(|(name, schema)| request(document, &name, schema))).collect()
}

fn request(document: &Document, name: &str, schema: &Node) -> Struct {
    let (mut members, camel) = types::members(document, schema);
    for (member, (json, property)) in members.iter_mut().zip(schema.members("properties")) {
        let type_ = match member.custom.as_deref() {
            Some(custom) => custom.rsplit("::").next().unwrap_or(custom),
            None => "&'a str",
        };
        if member.custom.is_none() && !types::is(document.resolve(property), "string") {
            document.fault(
                property,
                "what handwritten code sends is a text: give this property the type string, or an x-rust",
            );
        }
        member.optional = !schema.texts("required").contains(&json);
        (member.held, member.reader) =
            (if member.optional { format!("Option<{type_}>") } else { type_.to_owned() }, None);
    }
    Struct::wire(name, members, camel)
}

/// Returns a sample request for the docs: that of the quickstart, if there is one.
pub(crate) fn sample(document: &Document, quickstart: Option<&Node>, methods: &[Method], module: &str) -> String {
    let wanted = quickstart.and_then(Node::as_str);
    let operations = document.operations();
    let found = operations.iter().find(|operation| Some(operation.id().as_str()) == wanted);
    if let (Some(at), None) = (quickstart, found) {
        document.fault(at, format!("there is no operation {:?}: take an operationId", at.plain()));
    }
    let Some(operation) = found.or_else(|| operations.iter().find(|operation| !operation.is_open())) else {
        document.fault(
            document.root.get("paths").unwrap_or(&document.root),
            "an operation that needs the token is missing: describe one",
        );
        return String::new();
    };
    let method = methods.iter().find(|method| method.operation == operation.id() && operation.verb == "get");
    if let Some((method, call)) = method.and_then(|method| Some((method, method.call(module)?))) {
        return if method.pages.is_some() {
            format!("/// let first = {call}.next().await.transpose()?;\n/// println!(\"{{first:?}}\");")
        } else {
            format!("/// println!(\"{{:?}}\", {call}.await?);")
        };
    }
    let mut query = String::new();
    for parameter in operation.node.items("parameters").iter().map(|parameter| document.resolve(parameter)) {
        if let (Some(example), "query", true) =
            (first_example(document, parameter), parameter.text("in"), query.is_empty())
        {
            query = format!(".query(&[({:?}, {example:?})])", parameter.text("name"));
        }
    }
    let (verb, path) = (operation.verb, filled(document, operation));
    let path = path.trim_start_matches('/');
    format!(
        "/// let response = client.{verb}({path:?}){query}.send().await?;\n/// println!(\"{{}}\", response.status());"
    )
}

/// Returns the first example of a parameter or a header, without quotes.
pub(crate) fn first_example(document: &Document, of: &Node) -> Option<String> {
    let schema = document.get(of, "schema")?;
    let named = of.members("examples").filter_map(|(_, example)| document.resolve(example).get("value"));
    let own = of.get("example").into_iter().chain(named).chain(schema.items("examples"));
    let mut all = own.chain(["example", "const", "default"].iter().filter_map(|name| schema.get(name)));
    all.find(|example| !example.is_null()).or(schema.items("enum").first()).map(Node::plain)
}

/// Returns the path with the parameters' examples.
fn filled(document: &Document, operation: &Operation<'_>) -> String {
    let mut path = operation.path.to_owned();
    for parameter in operation.node.items("parameters").iter().map(|parameter| document.resolve(parameter)) {
        if parameter.text("in") == "path" {
            let example = first_example(document, parameter).unwrap_or_else(|| "1".to_owned());
            path = path.replace(&format!("{{{}}}", parameter.text("name")), &names::encoded(&example));
        }
    }
    path
}

/// Returns each example of each answer.
pub(crate) fn cases(document: &Document, login: &Login, answer: &LoginAnswer) -> Vec<Case> {
    let mut cases = Vec::new();
    for operation in document.operations() {
        let is_login = login.ids.contains(&operation.id());
        if !is_login && operation.is_open() {
            continue;
        }
        let sent = document.get(operation.node, "requestBody").and_then(|body| body.content("json")).map(|media| {
            let example =
                media.members("examples").next().and_then(|(_, example)| document.resolve(example).get("value"));
            example.map_or_else(|| "{}".to_owned(), ToString::to_string)
        });
        for (status, response) in operation.node.members("responses") {
            let response = document.resolve(response);
            for (content_type, media) in response.members("content") {
                for (name, example) in media.members("examples") {
                    let example = document.resolve(example);
                    let Some(value) = example.get("value") else { continue };
                    let kind = example.words("x-error-kind").or(response.words("x-error-kind")).map(str::to_owned);
                    let headers = headers(document, content_type, response);
                    let token = if is_login && kind.is_none() { answer.token_of(value, &headers) } else { None };
                    if is_login && kind.is_none() && token.is_none() {
                        document.fault(
                            value,
                            format!(
                                "the example {name} of a successful login has no token: add one, or an x-error-kind"
                            ),
                        );
                    }
                    if status.parse::<u16>().is_err() {
                        document.fault(example, "an answer that has examples has a number as its status");
                    }
                    let is_json = content_type.contains("json");
                    cases.push(Case {
                        operation: operation.id(),
                        example: name.to_owned(),
                        verb: operation.verb.to_ascii_uppercase(),
                        path: filled(document, &operation),
                        is_login,
                        api: operation.node.words("x-api").map(names::pascal),
                        status: status.to_owned(),
                        body: if is_json { value.to_string() } else { value.plain() },
                        kind,
                        token,
                        sent: sent.clone(),
                        headers,
                        note: document.note(example),
                    });
                }
            }
        }
        if is_login && !cases.iter().any(|case| case.operation == operation.id() && case.kind.is_none()) {
            cases.extend(made(document, login, answer, &operation));
        }
    }
    cases
}

/// Returns an example of the answer to a login whose document has none.
fn made(document: &Document, login: &Login, answer: &LoginAnswer, operation: &Operation<'_>) -> Option<Case> {
    let schema = super::answer::schema(document, &login.ids);
    let mut value = schema.map(|schema| types::sample(document, schema)).unwrap_or_default();
    // Its marks would make it a refusal.
    let marks = answer.refused.iter().map(|mark| mark.field.json.as_str());
    marks.for_each(|mark| drop(value.as_object_mut().and_then(|members| members.remove(mark))));
    let name = &answer.token.field;
    let header = || match answer.token.is_cookie {
        true => ("set-cookie".to_owned(), format!("{name}=t0k3n; Path=/")),
        false => (name.to_owned(), "t0k3n".to_owned()),
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(answer.token.call.as_ref().map(|_| header()));
    let body = Node::made(&value.to_string());
    Some(Case {
        operation: operation.id(),
        example: "made".to_owned(),
        verb: operation.verb.to_ascii_uppercase(),
        path: filled(document, operation),
        is_login: true,
        api: operation.node.words("x-api").map(names::pascal),
        status: "200".to_owned(),
        kind: None,
        sent: None,
        token: Some(answer.token_of(&body, &headers)?),
        body: body.to_string(),
        headers,
        note: Note::default(),
    })
}

/// Returns the headers of an answer, with their first examples.
fn headers(document: &Document, content_type: &str, response: &Node) -> Vec<(String, String)> {
    let example = |(name, header): (&str, &Node)| {
        Some((name.to_ascii_lowercase(), first_example(document, document.resolve(header))?))
    };
    let content_type = ("content-type".to_owned(), content_type.to_owned());
    [content_type].into_iter().chain(response.members("headers").filter_map(example)).collect()
}
