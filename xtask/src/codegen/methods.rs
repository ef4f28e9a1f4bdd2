//! The methods of a client: one for each operation with an `x-method`, with the types of what it sends.

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde::Serialize;

use super::document::{Document, Node, Operation};
use super::types::{self, Kind, Struct};

/// A method of the client.
#[derive(Serialize)]
pub(crate) struct Method {
    pub(crate) name: String,
    docs: String,
    arguments: Vec<Argument>,
    /// The returned type: `Page`. Empty if the answer has no body.
    returns: String,
    /// The path of that type: `crate::page::Page`.
    import: String,
    /// The way to the next page of a list, as the document has it.
    pages: Option<Node>,
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
        let node = operation.node;
        let mut method = Self {
            name: node.words("x-method")?.to_owned(),
            docs: node.words("description").map_or_else(|| operation.summary() + ".", str::to_owned),
            arguments: Vec::new(),
            returns: String::new(),
            import: String::new(),
            pages: node.get("x-pages").cloned(),
            structs: Vec::new(),
        };
        method.parameters(document, operation);
        method.options(document, operation);
        method.body(document, operation, taken);
        if let Some(schema) = returned(document, operation) {
            if types::holds_secret(document, schema) {
                document.fault(schema, "the result of a method can be printed, but it contains a secret");
            }
            (method.returns, method.import) = type_of(document, schema);
        }
        Some(method)
    }

    /// Adds an argument for each parameter of the path, and each required one.
    fn parameters(&mut self, document: &Document, operation: Operation<'_>) {
        for parameter in operation.parameters() {
            let (json, Some(schema)) = (parameter.text("name"), document.get(parameter, "schema")) else { continue };
            let place = match parameter.text("in") {
                "path" => "path",
                _ if !parameter.flag("required") => continue,
                "query" => "query",
                _ => "header",
            };
            let (held, made) = match place {
                _ if types::is(schema, "integer") => ("i64", "1"),
                "query" if types::is(schema, "boolean") => ("bool", "true"),
                _ => ("&str", "1"),
            };
            let is_one = |example: &String| match held {
                "i64" => example.parse::<i64>().is_ok(),
                "bool" => example.parse::<bool>().is_ok(),
                _ => true,
            };
            let example = document.example(parameter).filter(is_one).unwrap_or_else(|| made.to_owned());
            let example = if held == "&str" { format!("{example:?}") } else { example };
            let rust = types::rust_name(json, schema);
            self.arguments.push(Argument { rust, json: json.to_owned(), held: held.to_owned(), place, example });
        }
    }

    /// Adds an argument for all optional parameters of the query that the pages do not set.
    fn options(&mut self, document: &Document, operation: Operation<'_>) {
        let is_option = |it: &&Node| it.text("in") == "query" && !it.flag("required") && !self.is_of_pages(it);
        let options = operation.parameters().filter(is_option);
        let options = options.filter_map(|parameter| Some((parameter, document.get(parameter, "schema")?)));
        let options: Vec<_> = options.collect();
        if options.is_empty() {
            return;
        }
        let name = format!("{}Query", operation.id().to_upper_camel_case());
        let properties = options.iter().map(|(parameter, schema)| (parameter.text("name"), *schema));
        let mut query = Struct::of(document, &name, &properties.collect::<Vec<_>>(), &[]);
        query.docs = format!("The optional parameters of [`Client::{}`](crate::Client::{}).", self.name, self.name);
        for (member, (parameter, _)) in query.members.iter_mut().zip(&options) {
            member.docs = parameter.words("description").unwrap_or(&member.docs).to_owned();
            member.send(&member.owned(&[]));
        }
        self.structs.push(query);
        self.argument("query", "options", format!("&{name}"), format!("&{name}::default()"));
    }

    /// Returns true for a parameter that the stream of pages sets.
    fn is_of_pages(&self, parameter: &Node) -> bool {
        let Some(pages) = &self.pages else { return false };
        let name = parameter.text("name");
        let counted = ["number", "offset", "cursor"].iter().any(|way| pages.text(way) == name);
        counted || (pages.get("next_url").is_some() && name == "page") || pages.members("size").any(|it| it.0 == name)
    }

    fn body(&mut self, document: &Document, operation: Operation<'_>, taken: &[String]) {
        let Some(body) = operation.node.get("requestBody") else { return };
        let Some(("json", schema)) = operation.body() else {
            let message = "a method sends JSON: describe the body as application/json, or send it by hand";
            return document.fault(document.resolve(body), message);
        };
        let (target, name) = types::named(document, schema);
        let held = match (name, target.words("x-rust")) {
            (_, Some(rust)) => format!("&{rust}"),
            (Some(name), None) => format!("&{}", self.sent_type(document, name, target, taken)),
            (None, None) => "&serde_json::Value".to_owned(),
        };
        let example = "&serde_json::from_str(case.sent.unwrap_or_default()).expect(\"it is a body\")";
        self.argument("body", "body", held, example.to_owned());
    }

    fn argument(&mut self, rust: &str, place: &'static str, held: String, example: String) {
        self.arguments.push(Argument { rust: rust.to_owned(), json: String::new(), held, place, example });
    }

    /// Adds the type of a body, and the types in it. Returns its name: one that answers have as well is another type.
    fn sent_type(&mut self, document: &Document, name: String, schema: &Node, taken: &[String]) -> String {
        let name = if taken.contains(&name) { name + "Body" } else { name };
        if self.structs.iter().any(|known| known.name == name) {
            return name;
        }
        let mut sent = Struct::read(document, &name, schema);
        schema.words("description").unwrap_or("A body of a request.").clone_into(&mut sent.docs);
        sent.members.iter_mut().for_each(|member| member.send(&member.owned(taken)));
        // A recursive type finds itself.
        self.structs.push(sent);
        for (_, property) in schema.members("properties") {
            if let (target, Some(inner)) = types::named(document, types::in_lists(document, property))
                && !target.has("x-rust")
            {
                self.sent_type(document, inner, target, taken);
            }
        }
        name
    }
}

/// Returns the schema of a method's result: the body of a success, or one item of its pages.
pub(crate) fn returned<'d>(document: &'d Document, operation: Operation<'d>) -> Option<&'d Node> {
    let answered = operation.answered()?;
    let Some(pages) = operation.node.get("x-pages") else { return Some(answered) };
    let list = document.property(answered, pages.text("items")).map(|list| document.resolve(list));
    let item = list.and_then(|list| list.get("items"));
    if item.is_none() {
        let items = pages.text("items");
        let message = format!("{items:?} leads to no list with `items` in the page: give the place of the items");
        document.fault(pages, message);
    }
    item
}

/// Returns the type of a schema, and its path.
fn type_of(document: &Document, schema: &Node) -> (String, String) {
    let member = types::member(document, "", schema);
    let (item, name) = types::named(document, types::in_lists(document, schema));
    let of_crate = |name: String| format!("crate::{}::{name}", name.to_snake_case());
    let import = item.words("x-rust").map(str::to_owned).or(name.map(of_crate));
    match (member.kind, import) {
        (Kind::List, import) => (member.sent, import.unwrap_or_default()),
        (_, import) => {
            let import = import.unwrap_or_else(|| "serde_json::Value".to_owned());
            (types::last(&import).to_owned(), import)
        }
    }
}
