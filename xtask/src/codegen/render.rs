//! Templates, and the formatting of their output by rustfmt.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, State, UndefinedBehavior, Value};
use serde::Serialize;

/// The maximum length of a comment's line. rustfmt does not wrap comments.
const WIDTH: usize = 120;

/// The values that several templates derive from the model.
const PRELUDE: &str = include_str!("../../templates/prelude.jinja");

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

const TEMPLATES: &[(&str, &str)] = &templates![
    "account.rs",
    "api.rs",
    "builder.rs",
    "client.rs",
    "contract.rs",
    "environment.rs",
    "new/CHANGELOG.md",
    "new/Cargo.toml",
    "new/README.md",
    "new/lib.rs",
    "sandbox.rs",
    "session.rs",
    "store.rs",
    "type.rs",
    "wire.rs",
];

/// The templates, with the workspace whose formatting they follow.
pub(crate) struct Templates {
    environment: Environment<'static>,
    root: PathBuf,
}

impl Templates {
    pub(crate) fn new(root: &Path) -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_auto_escape_callback(|_name| minijinja::AutoEscape::None);
        environment.add_filter("doc", |text: &str, indent: usize| doc(text, indent));
        environment
            .add_filter("opening", |text: &str| words(text.trim().split("\n\n").next().unwrap_or_default()).join(" "));
        environment.add_filter("after", |text: &str, verb: &str| super::names::after(verb, text));
        environment.add_filter("capital", |text: &str| super::names::capital(text));
        environment.add_filter("snake", |text: &str| super::names::snake(text));
        environment.add_filter("flatten", |structs: Vec<Value>, name: &str| flatten(&structs, name));
        environment.add_function("origin", |note: Value| origin(&note));
        environment.add_function("remark", |note: Value, indent: usize| remark(&note, indent));
        environment.add_function("serde", |field: Value| serde_attribute(&field));
        environment.add_function("literal", |text: &str| literal(text));
        environment.add_function("url", |state: &State<'_, '_>, server: Value| address(state, &server));
        for (name, template) in TEMPLATES {
            environment.add_template_owned(*name, [PRELUDE, template].concat())?;
        }
        Ok(Self { environment, root: root.to_owned() })
    }

    /// Returns the text of a template with a model.
    pub(crate) fn text(&self, template: &str, model: &impl Serialize) -> Result<String, minijinja::Error> {
        self.environment.get_template(template)?.render(Serde(model))
    }

    /// Returns the code of a template with a model.
    pub(crate) fn code(&self, template: &str, model: &impl Serialize) -> Result<String, Box<dyn Error>> {
        format(&self.root, &self.text(template, model)?)
    }
}

/// Returns the items of a member of each of these.
fn flatten(structs: &[Value], name: &str) -> Vec<Value> {
    let members = structs.iter().filter_map(|it| it.get_attr(name).ok()?.try_iter().ok());
    members.flatten().collect()
}

/// Formats a text as the lines of a doc comment.
fn doc(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = Vec::new();
    for paragraph in text.trim().split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        if !lines.is_empty() {
            lines.push("///".to_owned());
        }
        let mut line = "///".to_owned();
        for word in words(paragraph) {
            if indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(std::mem::replace(&mut line, "///".to_owned()));
            }
            line.push(' ');
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines.join(&format!("\n{margin}"))
}

/// Splits a paragraph at the points where a line may break: between words, but not inside links.
fn words(paragraph: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    for word in paragraph.split_whitespace() {
        match words.last_mut().filter(|_| inside) {
            Some(link) => *link = format!("{link} {word}"),
            None => words.push(word.to_owned()),
        }
        inside = match (word.rfind('['), word.rfind(']')) {
            (Some(open), close) => close.is_none_or(|close| close < open),
            (None, Some(_)) => false,
            (None, None) => inside,
        };
    }
    words
}

/// Returns the sources of a fact and the reason to assume it.
fn origin(note: &Value) -> String {
    let attribute = |value: &Value, name: &str| value.get_attr(name).ok().and_then(|it| it.as_str().map(str::to_owned));
    let sources = note.get_attr("sources").ok().and_then(|sources| sources.try_iter().ok());
    let linked: Vec<_> = sources
        .into_iter()
        .flatten()
        .map(|source| match (attribute(&source, "title"), attribute(&source, "url")) {
            (Some(title), Some(url)) => format!("[{title}]({url})"),
            (title, _) => title.unwrap_or_default(),
        })
        .collect();
    let says = if linked.is_empty() { String::new() } else { format!("Source: {}.", linked.join("; ")) };
    let assumed = attribute(note, "assumption").map(|why| format!("Assumed: {why}")).unwrap_or_default();
    format!("{says}\n\n{assumed}")
}

/// Returns the origin as a comment in code. The text is empty if the origin is unknown.
fn remark(note: &Value, indent: usize) -> String {
    let text = doc(&origin(note), indent).replace("///", "//");
    if text.is_empty() { text } else { format!("{text}\n{}", " ".repeat(indent)) }
}

/// Returns a string literal. A text with quotes becomes a raw string with as few `#` as clippy requires.
fn literal(text: &str) -> String {
    if !text.contains('"') {
        return format!("{text:?}");
    }
    let signs = |rest: &str| rest.chars().take_while(|sign| *sign == '#').count();
    let most = text.split('"').skip(1).map(signs).max().unwrap_or_default();
    let around = "#".repeat(most + 1);
    format!("r{around}\"{text}\"{around}")
}

/// Returns the attribute `#[serde(…)]` of a field, or nothing.
fn serde_attribute(field: &Value) -> String {
    let text = |name: &str| field.get_attr(name).ok().and_then(|it| it.as_str().map(str::to_owned));
    let is = |name: &str| field.get_attr(name).is_ok_and(|it| it.is_true());
    let mut parts = Vec::new();
    if is("renamed") {
        parts.push(format!("rename = {:?}", text("json").unwrap_or_default()));
    }
    let aliases = field.get_attr("aliases").ok().and_then(|aliases| aliases.try_iter().ok());
    parts.extend(aliases.into_iter().flatten().map(|alias| format!("alias = \"{alias}\"")));
    if let Some(reader) = text("reader") {
        parts.push(format!("deserialize_with = \"parse::{reader}\""));
    }
    if is("optional") {
        parts.push("skip_serializing_if = \"Option::is_none\"".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!("#[serde({})]\n", parts.join(", ")) }
}

/// Returns a server's base URL as a Rust expression.
fn address(state: &State<'_, '_>, server: &Value) -> String {
    let unknown = state.lookup("place").and_then(|place| place.get_attr("unknown").ok()).is_some_and(|it| it.is_true());
    let url = server
        .get_attr("url")
        .ok()
        .and_then(|url| url.as_str().map(|url| format!("{:?}", format!("{}/", url.trim_end_matches('/')))));
    match (unknown, url) {
        (true, Some(url)) => format!("Some({url})"),
        (true, None) => "None".to_owned(),
        (false, url) => url.unwrap_or_default(),
    }
}

/// Formats Rust code by rustfmt with this workspace's settings.
fn format(root: &Path, text: &str) -> Result<String, Box<dyn Error>> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    child.stdin.take().ok_or("rustfmt takes no input")?.write_all(text.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("rustfmt: {}\n{text}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
