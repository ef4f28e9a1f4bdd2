//! The answer to a login: its wire types, and the parts that a session keeps.

use super::kinds::{Kind, access, kind};
use super::secrets::holds_secret;
use super::wire::{Refusal, SessionField, Step, WireField, WireStruct};
use super::{Lifetime, Result, Token, component, fault, lifetime, plain, schema, sources};
use crate::codegen::document::{Document, Schema};
use crate::codegen::json::{Json, escape, parts};
use crate::codegen::names;

pub(crate) struct Answer {
    pub(crate) token: Token,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) steps: Vec<Step>,
    pub(crate) wire: Vec<WireStruct>,
    pub(crate) session: Vec<SessionField>,
}

pub(crate) fn read(document: &Document, lifetime: &Lifetime) -> Result<Answer> {
    let token = name_at(document, &document.auth.token, "/x-auth/token")?;
    let described = schema_at(document, &document.auth.token, "/x-auth/token")?;
    if !described.is_secret() {
        return fault("/x-auth/token", "the token's property has the format password");
    }
    let by_hand = document.auth.handwritten.iter().any(|file| file == "session");
    let mut reader = Reader {
        document,
        lifetime,
        by_hand,
        refused: Vec::new(),
        answer: Answer {
            token: Token {
                field: token,
                path: lifetime::dotted(&document.auth.token),
                docs: described.description.clone(),
            },
            refused: Vec::new(),
            steps: Vec::new(),
            wire: Vec::new(),
            session: Vec::new(),
        },
    };
    if !by_hand {
        reader.refusals()?;
    }
    reader.walk("LoginAnswer", schema(document, "LoginAnswer")?, "", None)?;
    Ok(reader.answer)
}

/// Returns the Rust name of the property that a pointer into the login's answer names.
pub(crate) fn name_at(document: &Document, pointer: &str, said_at: &str) -> Result<String> {
    let json = parts(pointer).last().unwrap_or_default();
    Ok(schema_at(document, pointer, said_at)?.rust_name(&json))
}

pub(crate) fn schema_at<'d>(document: &'d Document, pointer: &str, said_at: &str) -> Result<&'d Schema> {
    let mut here = schema(document, "LoginAnswer")?;
    for part in parts(pointer) {
        match here.properties.get(&part) {
            Some(property) => here = property,
            None => return fault(said_at, format!("{pointer} leads to no property of the schema LoginAnswer")),
        }
    }
    Ok(here)
}

struct Reader<'d> {
    document: &'d Document,
    lifetime: &'d Lifetime,
    by_hand: bool,
    refused: Vec<String>,
    answer: Answer,
}

impl Reader<'_> {
    fn refusals(&mut self) -> Result<()> {
        for (index, refused) in self.document.auth.refused.iter().enumerate() {
            let here = format!("/x-auth/refused/{index}");
            let described = schema_at(self.document, &refused.at, &here)?;
            let json = refused.at.trim_start_matches('/');
            let mut field = self.field(json, described, false, &refused.at);
            let (type_, is) = match (&refused.is, &refused.is_not) {
                (Some(Json::Bool(value)), None) => ("Option<bool>", format!("{} == Some({value})", field.rust)),
                (Some(Json::String(value)), None) => {
                    ("Option<String>", format!("{}.as_deref() == Some({value:?})", field.rust))
                }
                (None, Some(Json::String(value))) => {
                    ("Option<String>", format!("{}.is_some_and(|it| !it.eq_ignore_ascii_case({value:?}))", field.rust))
                }
                _ => return fault(here, "a refusal says at, and is or is_not with a text, or is with true or false"),
            };
            if json.contains('/') {
                return fault(here, "what marks a refusal is at the top of the answer");
            }
            type_.clone_into(&mut field.type_);
            field.reader = Some("optional");
            self.refused.push(refused.at.clone());
            self.answer.refused.push(Refusal { field, is });
        }
        Ok(())
    }

    fn walk(&mut self, name: &str, schema: &Schema, pointer: &str, from: Option<String>) -> Result<()> {
        let names: Vec<_> = schema.properties.iter().map(|(json, property)| (json, property.rust_name(json))).collect();
        let camel = names.iter().any(|(json, rust)| *json != rust)
            && names.iter().all(|(json, rust)| **json == names::camel(rust));
        let (at, mut inner) = (self.answer.wire.len(), Vec::new());
        let mut fields = Vec::new();
        for (json, property) in &schema.properties {
            let here = format!("{pointer}/{}", escape(json));
            let is_token = here == self.document.auth.token;
            let is_inner = property.is("object") && !property.properties.is_empty();
            let is_needed = if self.by_hand {
                property.is_secret() || is_inner || self.lifetime.fields.iter().any(|said| said.pointer == here)
            } else {
                is_token || !(property.is_secret() || self.refused.contains(&here))
            };
            if !is_needed {
                continue;
            }
            let mut field = self.field(json, property, camel, &here);
            if is_inner {
                let nested = format!("{name}{}", names::pascal(json));
                field.type_ = format!("Option<{nested}>");
                field.reader = None;
                inner.push((nested, property, here, field.rust.clone()));
            } else if !is_token && !property.is_secret() {
                self.keep(&field, property, &here)?;
            }
            fields.push(field);
        }
        self.answer.steps.push(Step {
            type_: name.to_owned(),
            fields: fields.iter().map(|field| field.rust.clone()).collect(),
            from,
        });
        self.answer.wire.insert(at, WireStruct { name: name.to_owned(), camel, fields });
        for (nested, property, here, from) in inner {
            self.walk(&nested, property, &here, Some(from))?;
        }
        Ok(())
    }

    fn field(&self, json: &str, property: &Schema, camel: bool, pointer: &str) -> WireField {
        let rust = property.rust_name(json);
        let said = self.lifetime.fields.iter().find(|field| field.pointer == pointer);
        let described = plain(self.document, property);
        let (type_, reader) = match (said, kind(described)) {
            _ if property.is_secret() => ("Option<SecretString>".to_owned(), None),
            (Some(said), _) if said.number => ("Value".to_owned(), None),
            (Some(_), _) | (None, Kind::Text) => ("Option<String>".to_owned(), Some("optional")),
            (None, Kind::Loose) => ("Option<String>".to_owned(), Some("optional_text")),
            (None, Kind::Bool) => ("Option<bool>".to_owned(), Some("optional")),
            (None, Kind::Integer) => ("Option<i64>".to_owned(), Some("optional")),
            (None, Kind::Date) => ("Option<SystemTime>".to_owned(), Some("optional_date")),
            (None, Kind::Unix) => ("Option<SystemTime>".to_owned(), Some("optional_unix_time")),
            (None, Kind::Value) => ("Value".to_owned(), None),
            (None, Kind::Type) => {
                let of = component(described.reference.as_deref().unwrap_or_default());
                (format!("Option<{of}>"), Some("optional"))
            }
        };
        let renamed = rust != json && !camel;
        WireField { rust, json: json.to_owned(), renamed, aliases: property.aliases.clone(), reader, type_ }
    }

    fn keep(&mut self, field: &WireField, property: &Schema, pointer: &str) -> Result<()> {
        let said = self.lifetime.fields.iter().find(|said| said.pointer == pointer);
        if said.is_some_and(|said| said.number) {
            return Ok(());
        }
        let at = format!("/components/schemas/LoginAnswer{}", pointer.replace('/', "/properties/"));
        if property.description.is_empty() {
            return fault(at, "it has no description, which is its documentation");
        }
        if holds_secret(self.document, property) {
            return fault(
                at,
                "what is kept of an answer can be printed, and there is a secret in it: say x-rust, or leave it out",
            );
        }
        let described = plain(self.document, property);
        let kind = kind(described);
        let of = described.reference.as_deref().map(|reference| component(reference).to_owned());
        self.answer.session.push(SessionField {
            access: access(kind, of.as_deref(), &field.rust),
            rust: field.rust.clone(),
            docs: property.description.clone(),
            note: sources::note(self.document, &property.source, property.assumption.as_deref()),
            of,
            parsed: kind == Kind::Date && said.is_some(),
            kind,
        });
        Ok(())
    }
}
