//! Templates, and the formatting of their output by rustfmt.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use heck::{ToSnakeCase, ToUpperCamelCase};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde_json::{Map, Value as Json};
use textwrap::WordSplitter;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{document, names};
use crate::command;

/// The maximum length of a comment's line. rustfmt does not wrap comments.
const WIDTH: usize = 120;

/// The templates, with the workspace whose formatting they follow.
pub(crate) struct Templates {
    environment: Environment<'static>,
    pub(crate) root: PathBuf,
}

/// Returns the environment of all templates.
pub(crate) fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|_name| minijinja::AutoEscape::None);
    environment.add_filter("doc", |text: &str, indent: usize| doc(text, indent, "///"));
    environment.add_filter("comment", |text: &str, indent: usize| doc(text, indent, "//"));
    environment.add_filter("camel", |text: &str| text.to_upper_camel_case());
    environment.add_filter("snake", |text: &str| text.to_snake_case());
    environment.add_filter("base64", |text: &str| STANDARD.encode(text));
    // The items of a member of each of these.
    environment.add_filter("flatten", |all: Vec<Value>, name: &str| -> Vec<Value> {
        all.iter().filter_map(|it| it.get_attr(name).ok()?.try_iter().ok()).flatten().collect()
    });
    environment.add_filter("put", put);
    environment.add_filter("without", |body: &str, pointers: Vec<String>| without(body, &pointers));
    environment.add_filter("millis", |date: &str| {
        OffsetDateTime::parse(date, &Rfc3339).map_or(0, |date| date.unix_timestamp_nanos() / 1_000_000)
    });
    environment.add_function("grouped", |number: u64| names::grouped(number));
    environment.add_function("literal", |text: &str| literal(text));
    Ok(environment)
}

impl Templates {
    pub(crate) fn new(root: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self { environment: environment()?, root: root.to_owned() })
    }

    /// Returns the text of a template with a model. The prelude precedes it, unless it has many models.
    pub(crate) fn text(&self, template: &str, model: impl Into<Value>) -> Result<String, Box<dyn Error>> {
        let read = |name| fs::read_to_string(self.root.join("xtask/templates").join(name));
        let prelude = if template == "providers.md" { String::new() } else { read("prelude.jinja")? };
        Ok(self.environment.render_named_str(template, &(prelude + &read(template)?), model.into())?)
    }

    /// Returns the code of a template with a model, formatted by rustfmt with this workspace's settings.
    pub(crate) fn code(&self, template: &str, model: impl Into<Value>) -> Result<String, Box<dyn Error>> {
        let text = self.text(template, model)?;
        if text.trim().is_empty() {
            return Ok(String::new());
        }
        let settings = self.root.join("rustfmt.toml").display().to_string();
        let arguments = ["--edition", "2024", "--emit", "stdout", "--config-path", &settings];
        command::filtered("rustfmt", &arguments, &text).map_err(|error| format!("{error}\n{text}").into())
    }
}

/// Returns a body in JSON with a value at a pointer, in objects that may be missing.
fn put(body: &str, pointer: &str, value: Value) -> String {
    let mut body: Json = serde_json::from_str(body).unwrap_or_default();
    let place = document::parts(pointer).fold(&mut body, |at, part| {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        &mut at[part]
    });
    *place = serde_json::to_value(value).unwrap_or_default();
    body.to_string()
}

/// Returns a body in JSON without the members at these pointers.
pub(crate) fn without(body: &str, pointers: &[String]) -> String {
    let mut body: Json = serde_json::from_str(body).unwrap_or_default();
    for (parent, name) in pointers.iter().filter_map(|pointer| pointer.rsplit_once('/')) {
        if let Some(members) = body.pointer_mut(parent).and_then(Json::as_object_mut) {
            members.remove(name);
        }
    }
    body.to_string()
}

/// Formats a text as the lines of a comment. Links are not broken.
fn doc(text: &str, indent: usize, mark: &str) -> String {
    let start = format!("{mark} ");
    let options = textwrap::Options::new(WIDTH - indent)
        .initial_indent(&start)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    // Each item of a list is a paragraph, whose lines are below each other.
    let text = text.replace("\n- ", "\n\n- ").replace("\n* ", "\n\n* ");
    let below = |text: &str| start.clone() + &" ".repeat(item(text));
    let wrap = |text: String| textwrap::wrap(&text, options.clone().subsequent_indent(&below(&text))).join("\n");
    let wrapped: Vec<_> = text.split("\n\n").map(words).filter(|text| !text.is_empty()).map(wrap).collect();
    wrapped.join(&format!("\n{mark}\n")).replace('\u{a0}', " ").replace('\n', &format!("\n{}", " ".repeat(indent)))
}

/// Puts one blank between the words of a paragraph, which does not break in links. A block of code, whose lines are
/// wrapped as well, becomes code in a line.
fn words(paragraph: &str) -> String {
    let (paragraph, mut is_inside) = (paragraph.replace("```", "`").replace("~~~", "`"), false);
    let joined = paragraph.chars().map(|letter| {
        is_inside = letter == '[' || is_inside && letter != ']';
        if is_inside && letter.is_whitespace() { '\u{a0}' } else { letter }
    });
    // No line begins with a word that would begin a list or a quote.
    let glue = |word: &str| if item(word) > 0 || word.starts_with(['>', '#']) { "\u{a0}" } else { " " };
    let joined: String = joined.collect();
    let words: String = joined.split_ascii_whitespace().map(|word| [glue(word), word].concat()).collect();
    let words = words.trim_start_matches(['>', ' ', '\u{a0}']);
    words.replacen(' ', "\u{a0}", item(words).min(1))
}

/// Returns the width of the mark if the line begins an item of a list: 2 for `-`, 3 for `1.`.
fn item(line: &str) -> usize {
    let mark = line.split_whitespace().next().unwrap_or_default();
    let is_number = mark.strip_suffix(['.', ')']).is_some_and(|number| number.parse::<u8>().is_ok());
    if is_number || ["-", "*", "+"].contains(&mark) { mark.len() + 1 } else { 0 }
}

/// Returns a string literal. A text with quotes becomes a raw string with as few `#` as clippy requires.
fn literal(text: &str) -> String {
    if !text.contains('"') {
        return format!("{text:?}");
    }
    let mut signs = "#".to_owned();
    while text.contains(&format!("\"{signs}")) {
        signs.push('#');
    }
    format!("r{signs}\"{text}\"{signs}")
}
