//! The serializer's brackets, commas and keys.

use crate::signing::fault::Fault;
use crate::signing::writer::{Pending, Writer};

impl Writer<'_> {
    #[inline]
    pub(super) fn begin_object(&mut self) -> Result<(), Fault> {
        self.out.push(b'{');
        self.open(false, self.out.len())
    }

    #[inline]
    pub(super) fn begin_array(&mut self) -> Result<(), Fault> {
        self.out.push(b'[');
        self.open(true, self.out.len())
    }

    /// Makes room for the next element of the innermost array.
    #[inline]
    pub(super) fn begin_element(&mut self) {
        if self.separate() {
            self.next_element();
        }
    }

    /// Makes room for the next key of the innermost object; the caller writes it, quotes included.
    #[inline]
    pub(super) fn begin_key(&mut self) -> usize {
        self.separate();
        self.out.len()
    }

    /// Ends the key that was written from `start` on.
    #[inline]
    pub(super) fn end_key(&mut self, start: usize) -> Result<(), Fault> {
        let end = self.out.len() - 1;
        self.out.push(b':');
        self.note_key(Pending::default(), start, end)
    }

    #[inline]
    pub(super) fn end_value(&mut self) {
        self.end_member(self.out.len());
    }

    #[inline]
    pub(super) fn end_object(&mut self) -> Result<(), Fault> {
        self.out.push(b'}');
        self.close_object(&mut Pending::default(), 0)
    }

    #[inline]
    pub(super) fn end_array(&mut self) {
        self.out.push(b']');
        self.close_array();
    }

    /// Writes a comma, unless the innermost object or array has just begun.
    fn separate(&mut self) -> bool {
        let is_first = self.space.frames.last().is_none_or(|frame| self.out.len() == frame.start);
        if !is_first {
            self.out.push(b',');
        }
        !is_first
    }
}
