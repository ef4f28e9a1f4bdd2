//! The methods of a client: one for each operation with an `x-method`, with the types of what it sends.

use serde::Serialize;

use super::document::{Document, Node, Operation};
use super::names;
use super::operations::first_example;
use super::provenance::Note;
use super::types::{self, Member, Struct};

/// A method of the client.
#[derive(Serialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) operation: String,
    pub(crate) verb: String,
    /// The path, in Rust.
    path: String,
    pub(crate) docs: String,
    note: Note,
    arguments: Vec<Argument>,
    /// The returned type: `Page`. Empty if the answer has no body.
    returns: String,
    /// The path of that type: `crate::page::Page`.
    pub(crate) import: String,
    /// The `Paging` of a list, in Rust, and its query for pages of the largest size.
    pub(crate) pages: Option<(String, Option<(String, i64)>)>,
    #[serde(skip)]
    pub(crate) structs: Vec<Struct>,
}

/// An argument of a method.
#[derive(Serialize)]
struct Argument {
    rust: String,
    json: String,
    /// The type in the signature.
    held: String,
    /// `path`, `query`, `header`, `options` or `body`.
    place: &'static str,
    /// The value of the examples, in Rust.
    example: String,
}

impl Method {
    /// Reads the method of an operation. `taken` has the names of the types of answers.
    pub(crate) fn read(document: &Document, operation: Operation<'_>, taken: &[String]) -> Option<Self> {
        let (node, id) = (operation.node, operation.id());
        let name = node.words("x-method")?;
        let mut method = Self {
            name: name.to_owned(),
            verb: operation.verb.to_owned(),
            path: format!("wire::{}", names::shout(&id)),
            docs: node.words("description").map_or_else(|| operation.summary() + ".", str::to_owned),
            note: document.note(node),
            arguments: Vec::new(),
            returns: String::new(),
            import: String::new(),
            pages: node.get("x-pages").map(paging),
            structs: Vec::new(),
            operation: id,
        };
        method.parameters(document, &operation);
        method.body(document, &operation, taken);
        if let Some(answered) = answered(document, &operation) {
            let list = node.get("x-pages").map(|pages| (pages, pages.text("items")));
            let schema = list.map_or(Some(answered), |(pages, items)| item(document, answered, items, pages))?;
            if types::holds_secret(document, schema) {
                document.fault(schema, "the result of a method can be printed, but it contains a secret");
            }
            (method.returns, method.import) = returned(document, schema);
        }
        Some(method)
    }

    /// Returns a call of the method in Rust, with the values of the examples, unless it sends a body.
    pub(crate) fn call(&self, module: &str) -> Option<String> {
        let of_crate = |it: &Argument| it.example.replacen('&', &format!("&{module}::"), 1);
        let given = self.arguments.iter().map(|it| match it.place {
            "body" => None,
            "options" => Some(of_crate(it)),
            _ => Some(it.example.clone()),
        });
        Some(format!("client.{}({})", self.name, given.collect::<Option<Vec<_>>>()?.join(", ")))
    }

    fn parameters(&mut self, document: &Document, operation: &Operation<'_>) {
        let of_pages = self.pages.as_ref().map(|(paging, size)| (paging.as_str(), size.as_ref().map(|(name, _)| name)));
        let is_of_pages = |name: &str| {
            of_pages.is_some_and(|(paging, size)| {
                let counted = paging.split('"').nth(1) == Some(name) || (paging.contains("next_url") && name == "page");
                counted && !paging.contains("loopback") || size.is_some_and(|size| size == name)
            })
        };
        let (mut values, mut options) = (Vec::new(), Vec::new());
        for parameter in operation.node.items("parameters").iter().map(|parameter| document.resolve(parameter)) {
            let (json, Some(schema)) = (parameter.text("name"), document.get(parameter, "schema")) else { continue };
            let place = match parameter.text("in") {
                "path" => "path",
                "query" => "query",
                _ => "header",
            };
            if place != "path" && !parameter.flag("required") {
                if place == "query" && !is_of_pages(json) {
                    options.push((json, parameter, schema));
                }
                continue;
            }
            let held = match place {
                _ if types::is(schema, "integer") => "i64",
                "query" if types::is(schema, "boolean") => "bool",
                _ => "&str",
            };
            let rust = names::field(schema.words("x-name").unwrap_or(json));
            let text = if held == "i64" { format!("&{rust}.to_string()") } else { rust.clone() };
            values.push(format!("({json:?}, {text})"));
            let example = first_example(document, parameter);
            let example = match held {
                "i64" => example.filter(|it| it.parse::<i64>().is_ok()).unwrap_or_else(|| "1".to_owned()),
                "bool" => example.filter(|it| it == "false").unwrap_or_else(|| "true".to_owned()),
                _ => format!("{:?}", example.unwrap_or_else(|| "1".to_owned())),
            };
            self.arguments.push(Argument { rust, json: json.to_owned(), held: held.to_owned(), place, example });
            if place != "path" {
                values.pop();
            }
        }
        if !values.is_empty() {
            self.path = format!("&wire::fill({}, &[{}])", self.path, values.join(", "));
        }
        if !options.is_empty() {
            let name = format!("{}Query", names::pascal(&self.operation));
            let properties = options.iter().map(|(json, _, schema)| (*json, *schema));
            let (mut members, camel) = types::members_of(document, properties);
            for (member, (_, parameter, schema)) in members.iter_mut().zip(&options) {
                let docs = parameter.words("description").or(schema.words("description"));
                member.docs = docs.map_or_else(|| member.docs.clone(), str::to_owned);
                sent(member, false, &[]);
            }
            self.structs.push(Struct {
                docs: format!("The optional parameters of [`Client::{}`](crate::Client::{}).", self.name, self.name),
                ..Struct::wire(&name, members, camel)
            });
            let example = format!("&{name}::default()");
            let (rust, held) = ("query".to_owned(), format!("&{name}"));
            self.arguments.push(Argument { json: String::new(), rust, held, place: "options", example });
        }
    }

    fn body(&mut self, document: &Document, operation: &Operation<'_>, taken: &[String]) {
        let Some(body) = document.get(operation.node, "requestBody") else { return };
        let Some(schema) = body.content("json").and_then(|media| media.get("schema")) else {
            document.fault(body, "a method sends JSON: describe the body as application/json, or send it by hand");
            return;
        };
        let (target, name) = types::named(document, schema);
        let held = match (&name, target.words("x-rust")) {
            (_, Some(rust)) => format!("&{rust}"),
            (Some(name), None) => {
                self.sent_type(document, name, target, taken);
                format!("&{}", own_name(name, taken))
            }
            (None, None) => "&serde_json::Value".to_owned(),
        };
        let example = "&serde_json::from_str(case.sent.unwrap_or_default()).expect(\"it is a body\")".to_owned();
        let (rust, json) = ("body".to_owned(), String::new());
        self.arguments.push(Argument { rust, json, held, place: "body", example });
    }

    /// Adds the type of a body, and the types in it.
    fn sent_type(&mut self, document: &Document, name: &str, schema: &Node, taken: &[String]) {
        let name = own_name(name, taken);
        if self.structs.iter().any(|known| known.name == name) {
            return;
        }
        let (mut members, camel) = types::members(document, schema);
        let at = self.structs.len();
        // A recursive type finds itself.
        self.structs.push(Struct::wire(&name, Vec::new(), camel));
        for (member, (json, property)) in members.iter_mut().zip(schema.members("properties")) {
            if let (target, Some(inner)) = types::named(document, types::in_lists(document, property))
                && target.get("x-rust").is_none()
            {
                self.sent_type(document, &inner, target, taken);
            }
            sent(member, schema.texts("required").contains(&json), taken);
        }
        let docs = schema.words("description").unwrap_or("A body of a request.").to_owned();
        self.structs[at] = Struct { docs, note: document.note(schema), ..Struct::wire(&name, members, camel) };
    }
}

/// Returns the name of a type that is sent: one that answers have as well is another type.
fn own_name(name: &str, taken: &[String]) -> String {
    if taken.iter().any(|taken| taken == name) { format!("{name}Body") } else { name.to_owned() }
}

/// Gives a member the type in which it is sent. Dates are texts.
fn sent(member: &mut Member, required: bool, taken: &[String]) {
    use types::Kind;
    let of = member.of.as_deref().unwrap_or_default();
    let inner = member.held.strip_prefix("Option<").and_then(|held| held.strip_suffix('>')).unwrap_or("Value");
    let held = match member.kind {
        Kind::Text | Kind::Loose | Kind::Date => "String".to_owned(),
        Kind::Bool => "bool".to_owned(),
        Kind::Integer | Kind::Unix => "i64".to_owned(),
        Kind::Value => "Value".to_owned(),
        Kind::List | Kind::Type if of.is_empty() => inner.to_owned(),
        Kind::List | Kind::Type => inner.replace(of, &own_name(of, taken)),
    };
    (member.optional, member.reader) = (!required, None);
    member.held = if required { held } else { format!("Option<{held}>") };
}

/// Returns the schema of an operation's success.
pub(crate) fn answered<'d>(document: &'d Document, operation: &Operation<'d>) -> Option<&'d Node> {
    let mut good = operation.node.members("responses").filter(|(status, _)| status.starts_with('2'));
    good.find_map(|(_, response)| document.resolve(response).content("json")?.get("schema"))
}

/// Returns a type and its path.
fn returned(document: &Document, schema: &Node) -> (String, String) {
    let (target, named) = types::named(document, schema);
    let import = match (&named, target.words("x-rust")) {
        (_, Some(rust)) => rust.to_owned(),
        (Some(name), None) => format!("crate::{}::{name}", names::snake(name)),
        (None, None) => match target.get("items").filter(|_| types::is(target, "array")) {
            Some(items) if types::named(document, items).1.is_some() => {
                let (name, import) = returned(document, items);
                return (format!("Vec<{name}>"), import);
            }
            _ => match types::list(document, target).filter(|_| types::is(target, "array")) {
                Some(list) if types::named(document, types::in_lists(document, target)).1.is_none() => {
                    return (list, String::new());
                }
                _ => "serde_json::Value".to_owned(),
            },
        },
    };
    (import.rsplit("::").next().unwrap_or_default().to_owned(), import)
}

/// Returns the schema of one item of a page.
pub(crate) fn item<'d>(document: &'d Document, page: &'d Node, items: &str, said: &Node) -> Option<&'d Node> {
    let step = |schema: &'d Node, part: String| document.resolve(schema).get("properties")?.get(&part);
    let list = super::document::parts(items).try_fold(page, step).map(|list| document.resolve(list));
    let item = list.and_then(|list| list.get("items"));
    if item.is_none() {
        document
            .fault(said, format!("{items:?} leads to no list with `items` in the page: give the place of the items"));
    }
    item
}

/// Returns the `Paging`, in Rust, and the parameter for pages of the largest size.
fn paging(pages: &Node) -> (String, Option<(String, i64)>) {
    let text = |name: &str| format!("{:?}", pages.text(name));
    let start = match pages.entries().next() {
        Some(("next_url", _)) => format!("next_url({})", text("next_url")),
        Some(("number", _)) => format!("number({}, {})", text("number"), pages.number("first").unwrap_or(1)),
        Some(("offset", _)) => format!("offset({})", text("offset")),
        Some(("cursor", _)) => format!("cursor({}, {})", text("cursor"), text("next")),
        Some(("loopback", limit)) => format!("loopback({limit})"),
        _ => "link()".to_owned(),
    };
    let more = ["items", "total", "last_page", "has_more"].into_iter().filter(|name| pages.get(name).is_some());
    let more = more.map(|name| format!(".{name}({})", text(name))).collect::<Vec<_>>().concat();
    let bound = pages.number("max_pages").map(|most| format!(".max_pages({most})")).unwrap_or_default();
    let size = pages.members("size").next().and_then(|(name, size)| Some((name.to_owned(), size.as_i64()?)));
    (format!("Paging::{start}{more}{bound}"), size)
}
