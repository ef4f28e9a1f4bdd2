//! `JSON.parse`.

use std::{collections::BTreeMap, iter::Peekable, str::Chars};

use super::Json;

const DEEPEST: usize = 500;

pub(super) fn parse(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text.chars().peekable() };
    let json = reader.value(0)?;
    reader.rest.next().is_none().then_some(json)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    /// Reads one value and the white space around it.
    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > DEEPEST {
            return None;
        }
        self.space();
        let json = match self.rest.peek()? {
            '{' => self.object(depth)?,
            '[' => self.list(depth)?,
            '"' => Json::Text(self.text()?),
            '-' | '0'..='9' => Json::Number(self.number()?),
            _ => self.word()?,
        };
        self.space();
        Some(json)
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let mut members = BTreeMap::new();
        self.rest.next();
        self.space();
        if self.take('}') {
            return Some(Json::Object(members));
        }
        loop {
            self.space();
            let key = self.text()?;
            self.space();
            if !self.take(':') {
                return None;
            }
            // The last of several equal keys wins.
            members.insert(key, self.value(depth + 1)?);
            match self.rest.next()? {
                ',' => {}
                '}' => return Some(Json::Object(members)),
                _ => return None,
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        let mut items = Vec::new();
        self.rest.next();
        self.space();
        if self.take(']') {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            match self.rest.next()? {
                ',' => {}
                ']' => return Some(Json::List(items)),
                _ => return None,
            }
        }
    }

    fn text(&mut self) -> Option<Vec<u16>> {
        let mut text = Vec::new();
        if !self.take('"') {
            return None;
        }
        loop {
            match self.rest.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\u{1f}' => return None,
                plain => text.extend_from_slice(plain.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escaped(&mut self) -> Option<u16> {
        let unit = match self.rest.next()? {
            plain @ ('"' | '\\' | '/') => u16::try_from(u32::from(plain)).ok()?,
            'b' => 8,
            't' => 9,
            'n' => 10,
            'f' => 12,
            'r' => 13,
            'u' => {
                let mut unit = 0;
                for _ in 0..4 {
                    unit = unit * 16 + u16::try_from(self.rest.next()?.to_digit(16)?).ok()?;
                }
                unit
            }
            _ => return None,
        };
        Some(unit)
    }

    /// Reads the nearest double, as JavaScript does. A number that is too large is infinite.
    fn number(&mut self) -> Option<f64> {
        let mut text = String::new();
        self.optional('-', &mut text);
        if !self.optional('0', &mut text) {
            self.digits(&mut text)?;
        }
        if self.optional('.', &mut text) {
            self.digits(&mut text)?;
        }
        if self.optional('e', &mut text) || self.optional('E', &mut text) {
            let _ = self.optional('+', &mut text) || self.optional('-', &mut text);
            self.digits(&mut text)?;
        }
        text.parse().ok()
    }

    fn digits(&mut self, text: &mut String) -> Option<()> {
        let before = text.len();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            text.push(digit);
        }
        (text.len() > before).then_some(())
    }

    fn optional(&mut self, wanted: char, text: &mut String) -> bool {
        let found = self.take(wanted);
        if found {
            text.push(wanted);
        }
        found
    }

    fn word(&mut self) -> Option<Json> {
        let mut word = String::new();
        while let Some(letter) = self.rest.next_if(char::is_ascii_lowercase) {
            word.push(letter);
        }
        match word.as_str() {
            "null" => Some(Json::Null),
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ => None,
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn space(&mut self) {
        while self.rest.next_if(|next| matches!(next, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }
}
