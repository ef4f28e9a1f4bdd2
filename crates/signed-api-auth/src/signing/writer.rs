//! The canonical text as it grows, whichever front end feeds it.
//!
//! Members stand where they arrived until their object ends. If their keys arrived in order, nothing
//! is left to do; if not, those from the first one on that is out of place are moved, once.
//!
//! The front end for text writes nothing while its input is canonical already. Such a stretch is
//! [`Pending`], and places in it are counted as if it had been written.

use super::arrange;
use super::error::SignErrorKind;
use super::fault::Fault;
use super::options::Canonical;
use super::order::{self, Rank};
use super::workspace::{Frame, Member, Workspace};

/// The most objects and arrays in one another.
///
/// ```
/// use signed_api_auth::signing::{MAX_DEPTH, SignedBody};
///
/// let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
/// assert!(SignedBody::json(nested(MAX_DEPTH)).canonical().is_ok());
/// assert!(SignedBody::json(nested(MAX_DEPTH + 1)).canonical().is_err());
/// ```
pub const MAX_DEPTH: usize = 128;

const PROTO: &[u8] = b"__proto__";

#[derive(Debug)]
pub(super) struct Writer<'w> {
    pub(super) out: Vec<u8>,
    pub(super) options: Canonical,
    pub(super) portable: bool,
    /// The number of elements of the outermost array that are each a `u8`.
    pub(super) bytes: usize,
    /// Something failed, so the text is not to be used.
    pub(super) is_broken: bool,
    pub(super) space: &'w mut Workspace,
}

/// The end of the canonical text, while it is still a part of the input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pending<'t> {
    pub(super) input: &'t [u8],
    /// Its beginning in the input.
    pub(super) from: usize,
}

impl<'w> Writer<'w> {
    pub(super) fn new(options: Canonical, space: &'w mut Workspace) -> Self {
        space.clear();
        Self { out: std::mem::take(&mut space.text), options, portable: true, bytes: 0, is_broken: false, space }
    }

    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.space.frames.len()
    }

    #[inline]
    pub(super) fn in_array(&self) -> bool {
        self.space.frames.last().is_some_and(|frame| frame.is_array)
    }

    /// Begins an object or an array whose bracket ends at `start`.
    #[inline]
    pub(super) fn open(&mut self, is_array: bool, start: usize) -> Result<(), Fault> {
        if self.depth() == MAX_DEPTH {
            return Err(Fault::new(SignErrorKind::TooDeep));
        }
        self.space.frames.push(Frame {
            start,
            members: self.space.members.len(),
            index: 0,
            is_array,
            in_order: true,
            has_index: false,
        });
        Ok(())
    }

    /// Goes on to the next element of the innermost array.
    #[inline]
    pub(super) fn next_element(&mut self) {
        if let Some(frame) = self.space.frames.last_mut() {
            frame.index += 1;
        }
    }

    #[inline]
    pub(super) fn close_array(&mut self) {
        self.space.frames.pop();
    }

    /// Takes note of a key of the innermost object, whose quotes are at `start` and `end`.
    #[inline]
    pub(super) fn note_key(&mut self, pending: Pending<'_>, start: usize, end: usize) -> Result<(), Fault> {
        let order = self.options.order;
        let from_key = &pending.behind(&self.out, start + 1);
        let (rank, key) = (Rank::of(from_key, end - start - 1, order), &from_key[..end - start - 1]);
        let Some(frame) = self.space.frames.last_mut() else {
            return Ok(());
        };
        if key.first().is_some_and(u8::is_ascii_digit) && order::array_index(key).is_some() {
            frame.has_index = true;
        }
        let others = self.space.members.get(frame.members..);
        if frame.in_order
            && let Some(last) = others.and_then(<[Member]>::last)
            && rank <= last.rank
        {
            // Twins are found when the object ends, with those that are not neighbours yet.
            let last_key = pending.between(&self.out, last.start + 1, last.key_end);
            frame.in_order = rank == last.rank && order::compare(last_key, key, order).is_lt();
        }
        let is_proto = key == PROTO;
        self.space.members.push(Member { rank, start, key_end: end, end: 0 });
        if is_proto {
            return Err(Fault::with_literal(SignErrorKind::ProtoKey, "__proto__"));
        }
        Ok(())
    }

    /// Takes note that the value of the innermost object's last key ends at `end`.
    #[inline]
    pub(super) fn end_member(&mut self, end: usize) {
        if let Some(member) = self.space.members.last_mut() {
            // The comma or the bracket behind it moves along.
            member.end = end + 1;
        }
    }

    /// Ends the innermost object, whose closing bracket is the last byte so far.
    #[inline]
    pub(super) fn close_object(&mut self, pending: &mut Pending<'_>, at: usize) -> Result<(), Fault> {
        let Some(frame) = self.space.frames.last() else {
            return Ok(());
        };
        if !frame.in_order || frame.has_index {
            arrange::arrange(self, pending, at)?;
        }
        if let Some(frame) = self.space.frames.pop() {
            self.space.members.truncate(frame.members);
        }
        Ok(())
    }
}

impl<'t> Pending<'t> {
    /// The place in the canonical text of a place in the input.
    #[inline]
    pub(super) fn place(&self, out: &[u8], at: usize) -> usize {
        out.len() + (at - self.from)
    }

    /// Writes what is pending, up to `at` in the input, and goes on behind `next`.
    #[inline]
    pub(super) fn flush(&mut self, out: &mut Vec<u8>, at: usize, next: usize) {
        out.extend_from_slice(&self.input[self.from..at]);
        self.from = next;
    }

    /// The text from a place on; the other end is that of what is written, or of the input.
    #[inline]
    fn behind<'a>(&self, out: &'a [u8], start: usize) -> &'a [u8]
    where
        't: 'a,
    {
        match start.checked_sub(out.len()) {
            Some(ahead) => &self.input[self.from + ahead..],
            None => &out[start..],
        }
    }

    /// The text between two places of one token.
    #[inline]
    pub(super) fn between<'a>(&self, out: &'a [u8], start: usize, end: usize) -> &'a [u8]
    where
        't: 'a,
    {
        &self.behind(out, start)[..end - start]
    }
}
