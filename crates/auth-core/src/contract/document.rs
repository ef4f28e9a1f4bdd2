//! A provider's `OpenAPI` document, read as data.

use std::collections::HashSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

/// The number of references in a row after which they count as a circle.
const MAX_REFERENCES: usize = 32;

/// A document. Elements of it are found by name, and references are resolved.
#[derive(Debug)]
pub struct Document {
    root: Value,
    /// The words of all names in its components, collected when a response has an undocumented name.
    words: OnceLock<HashSet<String>>,
}

/// An element of the document, with its JSON pointer.
#[derive(Clone, Debug)]
pub struct Element<'d> {
    root: &'d Value,
    /// The place in the document, behind all references.
    pub pointer: String,
    /// The element itself.
    pub value: &'d Value,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// If it is not JSON.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { root: serde_json::from_str(text)?, words: OnceLock::new() })
    }

    /// Adds the login that a security scheme of the type `oauth2` stands for, at this path, unless the document
    /// describes an operation there. Its response is that of RFC 6749.
    pub(super) fn with_oauth2(mut self, path: &str) -> Self {
        let is_oauth2 = self.scheme().is_some_and(|scheme| scheme.value["type"] == "oauth2");
        let may_add = ["paths", "x-auth"].iter().all(|name| self.root.get(name).is_none_or(Value::is_object));
        if is_oauth2 && may_add && self.login(path).is_none() {
            let schema = json!({
                "type": "object", "required": ["access_token", "token_type"],
                "properties": {
                    "access_token": { "type": "string" }, "token_type": { "type": "string" },
                    "expires_in": { "type": "integer" }
                }
            });
            let responses = json!({ "200": { "content": { "application/json": { "schema": schema } } } });
            self.root["paths"][path] = json!({ "post": { "responses": responses } });
            let auth = &mut self.root["x-auth"];
            if auth.get("token").is_none() {
                auth["token"] = json!("/access_token");
            }
            if auth.get("lifetime").is_none() {
                auth["lifetime"] = json!([{ "seconds": "/expires_in" }]);
            }
        }
        self
    }

    /// Returns the whole document.
    #[must_use]
    pub fn root(&self) -> Element<'_> {
        Element { root: &self.root, pointer: String::new(), value: &self.root }
    }

    /// Returns `x-auth`, which describes the login.
    #[must_use]
    pub fn auth(&self) -> Element<'_> {
        self.root().get("x-auth").unwrap_or_else(|| self.root())
    }

    /// Returns the security scheme of requests.
    #[must_use]
    pub fn scheme(&self) -> Option<Element<'_>> {
        let schemes = self.root().get("components")?.get("securitySchemes")?;
        schemes.members().into_iter().next().map(|(_name, scheme)| scheme)
    }

    /// Returns the operation of a login at a path, which most providers call with `POST`.
    pub(super) fn login(&self, path: &str) -> Option<Element<'_>> {
        let paths = self.root().get("paths")?.members();
        let (_, item) =
            paths.into_iter().find(|(own, _)| own.trim_start_matches('/') == path.trim_start_matches('/'))?;
        item.get("post").or_else(|| item.get("get"))
    }

    /// Returns true if a name in the document's components has this word.
    pub(super) fn contains_word(&self, word: &str) -> bool {
        fn collect(value: &Value, all: &mut HashSet<String>) {
            match value {
                Value::Object(members) => {
                    for (name, value) in members {
                        all.extend(words(name));
                        collect(value, all);
                    }
                }
                Value::Array(entries) => entries.iter().for_each(|value| collect(value, all)),
                _ => {}
            }
        }
        let collected = || {
            let mut all = HashSet::new();
            collect(&self.root["components"], &mut all);
            all
        };
        self.words.get_or_init(collected).contains(word)
    }
}

/// Returns the words of a name in `snake_case` or `camelCase`, in lower case.
pub(super) fn words(name: &str) -> impl Iterator<Item = String> {
    let (mut all, mut was_upper) = (vec![String::new()], false);
    for letter in name.chars() {
        if letter.is_uppercase() && !was_upper || !letter.is_alphanumeric() {
            all.push(String::new());
        }
        was_upper = letter.is_uppercase();
        if let Some(word) = all.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    all.into_iter().filter(|word| !word.is_empty())
}

impl<'d> Element<'d> {
    /// Returns a member, or the element that its `$ref` names.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Self> {
        let escaped = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{}/{escaped}", self.pointer);
        let value = match self.value {
            Value::Array(all) => all.get(name.parse::<usize>().ok()?)?,
            value => value.get(name)?,
        };
        self.resolved(pointer, value)
    }

    /// Follows references. `None` if one leads nowhere, or in a circle.
    fn resolved(&self, mut pointer: String, mut value: &'d Value) -> Option<Self> {
        for _ in 0..MAX_REFERENCES {
            let Some(target) = value.get("$ref").and_then(Value::as_str) else {
                return Some(Self { root: self.root, pointer, value });
            };
            target.strip_prefix('#')?.clone_into(&mut pointer);
            value = self.root.pointer(&pointer)?;
        }
        None
    }

    /// Returns the response that an operation documents for a status: its own, its range's (`2XX`), or the `default`
    /// where the document has none of this range.
    #[must_use]
    pub fn response(&self, status: u16) -> Option<Self> {
        let (all, range) = (self.get("responses")?, (status / 100).to_string());
        let is_default = || !all.members().iter().any(|(name, _)| name.starts_with(&range));
        let own = all.get(&status.to_string()).or_else(|| all.get(&format!("{range}XX")));
        own.or_else(|| all.get("default").filter(|_| is_default()))
    }

    /// Returns all members of an object, or the entries of a list by their numbers.
    #[must_use]
    pub fn members(&self) -> Vec<(String, Self)> {
        let names: Vec<String> = match self.value {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(all) => (0..all.len()).map(|number| number.to_string()).collect(),
            _ => Vec::new(),
        };
        names.into_iter().filter_map(|name| Some((name.clone(), self.get(&name)?))).collect()
    }

    /// Returns true if the document itself states it as an assumption.
    #[must_use]
    pub fn is_assumed(&self) -> bool {
        self.value.get("x-assumption").is_some()
    }
}
