//! The tokens of JSON text: strings, numbers, words, blanks, and what to say of anything else.

#![expect(clippy::inline_always, reason = "see the reader")]

use super::fault::Fault;
use super::literal::Literal;
use super::mistake;
use super::number;
use super::reader::Reader;
use super::string;
use super::writer::Writer;

impl Reader<'_> {
    /// Nothing but blanks is left.
    pub(super) fn expect_end(&mut self) -> Result<(), Fault> {
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(mistake::trailing(self.text, self.at)),
        }
    }

    #[inline(always)]
    pub(super) fn string(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
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
    pub(super) fn number(&mut self, writer: &mut Writer<'_>) -> Result<(), Fault> {
        let literal = Literal::read(self.text, self.at)?;
        if !literal.is_canonical() {
            self.pending.flush(&mut writer.out, self.at, literal.end);
            let written = &self.text[self.at..literal.end];
            let numbers = writer.options.numbers;
            number::push_literal(&mut writer.out, &literal, written, numbers)
                .inspect_err(|_| self.pending.from = self.at)?;
        }
        self.at = literal.end;
        Ok(())
    }

    #[inline]
    pub(super) fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.unexpected(mistake::VALUE));
        }
        self.at += word.len();
        Ok(())
    }

    /// The place in the canonical text.
    #[inline]
    pub(super) fn place(&self, writer: &Writer<'_>) -> usize {
        self.pending.place(&writer.out, self.at)
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    pub(super) fn skip_blanks(&mut self, writer: &mut Writer<'_>) {
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

    #[cold]
    pub(super) fn no_separator(&self, in_array: bool) -> Fault {
        self.unexpected(if in_array { "\",\" or \"]\"" } else { "\",\" or \"}\"" })
    }

    #[cold]
    pub(super) fn unexpected(&self, expected: &str) -> Fault {
        mistake::syntax(self.text, self.at, expected)
    }
}

#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}
