//! The lifetime of a credential: the parts of the answer that state it, in order.

use serde::Serialize;

use super::{Note, Result, answer, fault, sources};
use crate::codegen::document::{By, Document};
use crate::codegen::names;

#[derive(Serialize)]
pub(crate) struct Lifetime {
    /// The fields of the answer that state it, once each.
    pub(crate) fields: Vec<LifetimeField>,
    /// Expressions of `Option<Duration>`, or of `Option<Expiry>` if a token may never expire. The first that is `Some`
    /// counts.
    pub(crate) links: Vec<String>,
    /// True if a value means that the token never expires.
    pub(crate) never: bool,
    /// True if the token's own claims count. Its `exp` then limits every other lifetime.
    pub(crate) jwt: bool,
    /// True if the answer's `Date` is needed.
    pub(crate) dated: bool,
    pub(crate) default: Default,
    /// The sentence for the docs: `expires_in`, else ….
    pub(crate) words: String,
    /// The parts of that sentence.
    pub(crate) parts: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct LifetimeField {
    pub(crate) pointer: String,
    pub(crate) rust: String,
    /// True for a number, which may arrive as a text. False for a text.
    pub(crate) number: bool,
}

#[derive(Serialize)]
pub(crate) struct Default {
    /// The seconds in Rust: `3600`.
    pub(crate) seconds: String,
    pub(crate) plain_seconds: u64,
    /// The words for the docs: `an hour`.
    pub(crate) words: String,
    pub(crate) note: Note,
}

pub(crate) fn read(document: &Document) -> Result<Lifetime> {
    let (mut fields, mut links, mut parts) = (Vec::<LifetimeField>::new(), Vec::new(), Vec::new());
    let mut default = None;
    let (mut jwt, mut dated) = (false, false);
    let never = document.auth.lifetime.iter().any(|part| part.never.is_some());
    let link = |link: String| if never { format!("{link}.map(Expiry::In)") } else { link };
    for (index, lifetime) in document.auth.lifetime.iter().enumerate() {
        let here = format!("/x-auth/lifetime/{index}");
        if default.is_some() {
            return fault(here, "nothing comes after a default");
        }
        let mut field = |pointer: &String, number: bool| -> Result<String> {
            let rust = answer::name_at(document, pointer, &here)?;
            let described = answer::schema_at(document, pointer, &here)?;
            if !number && (!described.is("string") || described.format.as_deref() == Some("unix-time")) {
                return fault(&here, format!("{pointer} is no text, and so no date"));
            }
            match fields.iter().find(|known| known.pointer == *pointer) {
                Some(known) if known.number != number => {
                    return fault(&here, format!("{pointer} is a number of seconds and a date at once"));
                }
                Some(_) => {}
                None => fields.push(LifetimeField { pointer: pointer.clone(), rust: rust.clone(), number }),
            }
            Ok(rust)
        };
        if lifetime.never.is_some() && lifetime.seconds.is_none() {
            return fault(format!("{here}/never"), "a value that means for ever belongs to a number of seconds");
        }
        if lifetime.since.is_some() && lifetime.seconds.is_none() {
            return fault(format!("{here}/since"), "a date since when belongs to a number of seconds");
        }
        if lifetime.by.is_some() && lifetime.until.is_none() {
            return fault(format!("{here}/by"), "by which clock belongs to a date: until");
        }
        let form = (&lifetime.seconds, &lifetime.difference, &lifetime.until, &lifetime.jwt, lifetime.default);
        let said = match form {
            (Some(pointer), None, None, None, None) => {
                let rust = field(pointer, true)?;
                links.extend(
                    lifetime
                        .never
                        .map(|value| format!("(parse::integer({rust}) == Some({value})).then_some(Expiry::Never)")),
                );
                let seconds = format!("parse::seconds({rust})");
                let since =
                    lifetime.since.as_ref().map(|since| Ok((field(since, false)?, dotted(since)))).transpose()?;
                dated |= since.is_some();
                links.push(link(match &since {
                    Some((since, _)) => format!("{seconds}.map(|all| parse::dates::remaining(all, {since}, date))"),
                    None => seconds,
                }));
                let since = since.map(|(_, since)| format!(" since `{since}`")).unwrap_or_default();
                let for_ever =
                    lifetime.never.map(|value| format!(", where `{value}` means for ever")).unwrap_or_default();
                format!("`{}`{since}{for_ever}", dotted(pointer))
            }
            (None, Some([start, end]), None, None, None) => {
                let (first, last) = (field(start, false)?, field(end, false)?);
                dated = true;
                links.push(link(format!(
                    "parse::dates::difference({first}, {last}).map(|all| parse::dates::remaining(all, {first}, date))"
                )));
                format!("`{} − {}`", dotted(end), dotted(start))
            }
            (None, None, Some(pointer), None, None) if lifetime.by == Some(By::Server) => {
                dated = true;
                links.push(link(format!("parse::dates::until({}, date)", field(pointer, false)?)));
                format!("`{}` against the answer's `Date`", dotted(pointer))
            }
            (None, None, Some(pointer), None, None) if lifetime.by == Some(By::Clock) => {
                links.push(link(format!("parse::dates::from_now({})", field(pointer, false)?)));
                format!("`{}` by the local clock", dotted(pointer))
            }
            (None, None, None, Some([start, end]), None) if (start.as_str(), end.as_str()) == ("iat", "exp") => {
                (jwt, dated) = (true, true);
                links.push(link("parse::jwt::lifetime(token.expose_secret())".to_owned()));
                "the token's own `exp − iat`".to_owned()
            }
            (None, None, None, None, Some(seconds)) => {
                let note = sources::note(document, &lifetime.source, lifetime.assumption.as_deref());
                let words = names::span(seconds);
                default = Some(Default {
                    seconds: names::grouped(seconds),
                    plain_seconds: seconds,
                    words: words.clone(),
                    note,
                });
                words
            }
            _ => {
                return fault(here, "a lifetime is one of seconds, difference, until with by, jwt [iat, exp], default");
            }
        };
        parts.push(said);
    }
    let Some(default) = default else {
        return fault("/x-auth/lifetime", "it ends with a default: what holds where the answer says nothing");
    };
    Ok(Lifetime { fields, links, never, jwt, dated, default, words: parts.join(", else "), parts })
}

/// Converts `/data/expireAt` to `data.expireAt`.
pub(crate) fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}
