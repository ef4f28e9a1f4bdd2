//! One pass over JSON text. What is canonical already is left where it is, and written in one go.

#![expect(
    clippy::inline_always,
    reason = "the reader stays in registers while a value is read: 300 bytes take 1.4 times as long without it"
)]

use super::fault::Fault;
use super::mistake;
use super::writer::{Pending, Writer};

#[derive(Debug)]
pub(super) struct Reader<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    pub(super) pending: Pending<'t>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, pending: Pending { input: text, from: 0 } }
    }

    /// Writes what is pending.
    pub(super) fn finish(&mut self, writer: &mut Writer<'_>) {
        self.pending.flush(&mut writer.out, self.at, self.at);
    }

    /// One value with all that is in it.
    pub(super) fn value(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        let floor = writer.depth();
        // The outermost value has no key, and neither has an element.
        let mut in_array = true;
        self.skip_blanks(writer);
        loop {
            if !in_array {
                self.key(writer)?;
            }
            match self.peek() {
                Some(b'"') => {
                    self.string(writer)?;
                }
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
            // A value has ended, and with it maybe those around it.
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
                    _ => return Err(self.no_separator(in_array)),
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

    /// A key, its colon, and the blanks behind them.
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
}
