//! The one-pass front end for JSON text. Text that is canonical already stays where it is, and is written in one go.

#![expect(
    clippy::inline_always,
    reason = "the reader stays in registers while a value is read: 300 bytes take 1.4 times as long without it"
)]

use super::canonical::{Pending, Writer};
use super::error::{Fault, SignErrorKind};
use super::number::Literal;
use super::{mistake, string};

/// Writes the whole text, which must be UTF-8 and an object or an array.
pub(super) fn write_bytes(writer: &mut Writer<'_>, text: &[u8]) -> Result<(), Fault> {
    let error = match str::from_utf8(text) {
        Ok(text) => return write_text(writer, text),
        Err(error) => error,
    };
    // Reading the valid part finds the path, or a mistake before its end.
    let valid = &text[..error.valid_up_to()];
    match write_one(writer, valid) {
        Err(fault) if fault.report().offset.is_some_and(|at| at < valid.len()) => Err(fault),
        _ => Err(mistake::not_utf8(text, valid.len())),
    }
}

/// Writes the whole text, which must be an object or an array.
pub(super) fn write_text(writer: &mut Writer<'_>, text: &str) -> Result<(), Fault> {
    write_one(writer, text.as_bytes())?;
    writer.expect_container()
}

/// Writes a JSON text that is one value of a larger body.
pub(super) fn write_part(writer: &mut Writer<'_>, text: &str) -> Result<(), Fault> {
    write_one(writer, text.as_bytes()).map_err(Fault::without_offset)
}

fn write_one(writer: &mut Writer<'_>, text: &[u8]) -> Result<(), Fault> {
    let mut reader = Reader { text, at: 0, pending: Pending { input: text, from: 0 } };
    let result = reader.value(writer);
    // This also happens after a fault, because its path is read from the written text.
    reader.pending.flush(&mut writer.out, reader.at, reader.at);
    result.map_err(|fault| match fault.report().kind {
        SignErrorKind::DuplicateKey => fault.at(second(text, reader.at, writer).unwrap_or(reader.at)),
        _ => fault.at(reader.at),
    })?;
    reader.expect_end()
}

#[derive(Debug)]
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    pending: Pending<'t>,
}

impl Reader<'_> {
    /// Reads one value with everything in it.
    fn value(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        let floor = writer.depth();
        // The outermost value has no key, like the element of an array.
        let mut in_array = true;
        self.skip_blanks(writer);
        loop {
            if !in_array {
                self.key(writer)?;
            }
            match self.peek() {
                Some(b'"') => self.string(writer)?,
                Some(b'{') => {
                    self.open(writer, false)?;
                    if self.peek() != Some(b'}') {
                        in_array = false;
                        continue;
                    }
                    self.at += 1;
                    writer.close_object(&mut self.pending, self.at)?;
                }
                Some(b'[') => {
                    self.open(writer, true)?;
                    if self.peek() != Some(b']') {
                        in_array = true;
                        continue;
                    }
                    self.at += 1;
                    writer.close_array();
                }
                Some(b'-' | b'0'..=b'9') => self.number(writer)?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                _ => return Err(self.unexpected(mistake::VALUE)),
            }
            // A value has ended. The objects and arrays around it may end here too.
            loop {
                if writer.depth() == floor {
                    return Ok(());
                }
                self.skip_blanks(writer);
                match (self.peek(), in_array) {
                    (Some(b','), true) => {
                        writer.next_element();
                        self.at += 1;
                        self.skip_blanks(writer);
                        break;
                    }
                    (Some(b','), false) => {
                        writer.end_member(self.place(writer));
                        self.at += 1;
                        self.skip_blanks(writer);
                        break;
                    }
                    (Some(b']'), true) => {
                        self.at += 1;
                        writer.close_array();
                    }
                    (Some(b'}'), false) => {
                        writer.end_member(self.place(writer));
                        self.at += 1;
                        writer.close_object(&mut self.pending, self.at)?;
                    }
                    (_, true) => return Err(self.unexpected("\",\" or \"]\"")),
                    (_, false) => return Err(self.unexpected("\",\" or \"}\"")),
                }
                in_array = writer.in_array();
            }
        }
    }

    #[inline(always)]
    fn open(&mut self, writer: &mut Writer<'_>, is_array: bool) -> Result<(), Fault> {
        self.at += 1;
        writer.open(is_array, self.place(writer)).map_err(|fault| fault.at(self.at - 1))?;
        self.skip_blanks(writer);
        Ok(())
    }

    /// Reads a key, its colon, and the blanks behind them.
    #[inline(always)]
    fn key(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in quotes").above());
        }
        let (start, key_at) = (self.place(writer), self.at);
        self.string(writer).map_err(Fault::above)?;
        let end = self.place(writer) - 1;
        writer.note_key(self.pending, start, end).map_err(|fault| fault.at(key_at))?;
        self.skip_blanks(writer);
        if self.peek() != Some(b':') {
            return Err(self.unexpected("\":\""));
        }
        self.at += 1;
        self.skip_blanks(writer);
        Ok(())
    }

    #[inline(always)]
    fn string(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        let start = self.at + 1;
        self.at = start + string::plain_run(&self.text[start..]);
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(());
        }
        self.rest_of_string(writer)
    }

    #[cold]
    fn rest_of_string(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        self.pending.flush(&mut writer.out, self.at, self.at);
        self.at = string::push_rest(&mut writer.out, self.text, self.at)?;
        self.pending.from = self.at;
        Ok(())
    }

    #[inline(always)]
    fn number(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        let literal = Literal::read(self.text, self.at)?;
        if !literal.is_canonical() {
            self.pending.flush(&mut writer.out, self.at, literal.end);
            let written = &self.text[self.at..literal.end];
            literal.push(&mut writer.out, written, writer.numbers).inspect_err(|_| self.pending.from = self.at)?;
        }
        self.at = literal.end;
        Ok(())
    }

    #[inline]
    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected(mistake::VALUE));
        }
        self.at += word.len();
        Ok(())
    }

    /// Returns the place in the canonical text.
    #[inline]
    fn place(&self, writer: &Writer<'_>) -> usize {
        self.pending.place(&writer.out, self.at)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn skip_blanks(&mut self, writer: &mut Writer<'_>) {
        if self.peek().is_some_and(is_blank) {
            self.drop_blanks(writer);
        }
    }

    #[inline(never)]
    fn drop_blanks(&mut self, writer: &mut Writer<'_>) {
        let start = self.at;
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
        self.pending.flush(&mut writer.out, start, self.at);
    }

    /// Returns an error unless only blanks are left.
    fn expect_end(&mut self) -> Result<(), Fault> {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
        if self.at == self.text.len() { Ok(()) } else { Err(mistake::trailing(self.text, self.at)) }
    }

    #[cold]
    fn unexpected(&self, expected: &str) -> Fault {
        mistake::syntax(self.text, self.at, expected)
    }
}

#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Returns the second place of the key that the path ends in, within the object that ends at `end`.
#[cold]
fn second(text: &[u8], end: usize, writer: &Writer<'_>) -> Option<usize> {
    let key = writer.key(writer.depth().checked_sub(1)?)?;
    // The places of the key in each open object or array.
    let mut open: Vec<Vec<usize>> = Vec::new();
    let mut written = Vec::new();
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => {
                let start = at;
                let plain = string::plain_run(&text[start + 1..]);
                written.clear();
                written.extend_from_slice(&text[start + 1..][..plain]);
                at = string::push_rest(&mut written, text, start + 1 + plain).ok()?;
                let is_key = text[at..].trim_ascii_start().starts_with(b":");
                if is_key && written.strip_suffix(b"\"") == Some(key) {
                    open.last_mut()?.push(start);
                }
                continue;
            }
            b'{' | b'[' => open.push(Vec::new()),
            b'}' | b']' if at + 1 == end => return open.last()?.get(1).copied(),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
}
