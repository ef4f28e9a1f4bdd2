//! The canonical text as it grows, from either front end.
//!
//! Members stay where they arrive until their object ends. If their keys arrived in order, nothing is left to do. If
//! not, the members from the first one out of place are moved once.
//!
//! The front end for text writes nothing while its input is canonical already. Such a stretch is [`Pending`], and
//! places in it are counted as if it had been written.

use super::error::{Fault, SignErrorKind, bounded};
use super::options::{KeyOrder, MAX_DEPTH, Numbers};
use super::order::{self, Member, Rank};
use super::workspace::{COPIED, Frame, Workspace};

/// The maximum length of a path in an error, in bytes. A longer one lacks its middle.
const MAX_PATH: usize = 256;

#[derive(Debug)]
pub(super) struct Writer<'w> {
    pub(super) out: Vec<u8>,
    pub(super) order: KeyOrder,
    pub(super) numbers: Numbers,
    pub(super) portable: bool,
    /// The number of elements of the outermost array that are a `u8`.
    pub(super) bytes: usize,
    /// An error occurred, so the text must not be used.
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
    pub(super) fn new(order: KeyOrder, numbers: Numbers, space: &'w mut Workspace) -> Self {
        let out = std::mem::take(&mut space.text);
        Self { out, order, numbers, portable: true, bytes: 0, is_broken: false, space }
    }

    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.space.frames.len()
    }

    #[inline]
    pub(super) fn in_array(&self) -> bool {
        self.space.frames.last().is_some_and(|frame| frame.is_array)
    }

    /// Opens an object or an array whose bracket ends at `start`.
    #[inline]
    pub(super) fn open(&mut self, is_array: bool, start: usize) -> Result<(), Fault> {
        if self.depth() == MAX_DEPTH {
            return Err(Fault::new(SignErrorKind::TooDeep));
        }
        let members = self.space.members.len();
        self.space.frames.push(Frame { start, members, index: 0, is_array, in_order: true, has_index: false });
        Ok(())
    }

    /// Writes a comma and moves on, unless the innermost object or array has just been opened.
    #[inline]
    pub(super) fn separate(&mut self) {
        if let Some(frame) = self.space.frames.last_mut()
            && self.out.len() != frame.start
        {
            frame.index += 1;
            self.out.push(b',');
        }
    }

    /// Moves on to the next element of the innermost array.
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

    /// Records a key of the innermost object, whose quotes are at `start` and `end`.
    #[inline]
    pub(super) fn note_key(&mut self, pending: Pending<'_>, start: usize, end: usize) -> Result<(), Fault> {
        let order = self.order;
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
            // Equal keys, neighbours or not, are found when the object ends.
            let last_key = pending.between(&self.out, last.start + 1, last.key_end);
            frame.in_order = rank == last.rank && order::compare(last_key, key, order).is_lt();
        }
        let is_proto = key == b"__proto__";
        self.space.members.push(Member { rank, start, key_end: end, end: 0 });
        if is_proto {
            return Err(Fault::with_literal(SignErrorKind::ProtoKey, "__proto__"));
        }
        Ok(())
    }

    /// Records that the value of the innermost object's last key ends at `end`.
    #[inline]
    pub(super) fn end_member(&mut self, end: usize) {
        if let Some(member) = self.space.members.last_mut() {
            // The comma or the bracket behind it moves along.
            member.end = end + 1;
        }
    }

    /// Closes the innermost object, whose bracket is the last byte so far and ends at `at` in the input.
    #[inline]
    pub(super) fn close_object(&mut self, pending: &mut Pending<'_>, at: usize) -> Result<(), Fault> {
        let Some(frame) = self.space.frames.last() else {
            return Ok(());
        };
        if !frame.in_order || frame.has_index {
            self.arrange(pending, at)?;
        }
        if let Some(frame) = self.space.frames.pop() {
            self.space.members.truncate(frame.members);
        }
        Ok(())
    }

    /// Sorts the members of the innermost object and moves those that are out of place.
    #[cold]
    fn arrange(&mut self, pending: &mut Pending<'_>, at: usize) -> Result<(), Fault> {
        let Workspace { frames, members: all, sorted, permutation, scratch, .. } = &mut *self.space;
        let Some(&Frame { start, members, in_order, has_index, .. }) = frames.last() else {
            return Ok(());
        };
        let Some(mut members) = all.get(members..) else {
            return Ok(());
        };
        let out = &self.out;
        let key = |member: &Member| pending.between(out, member.start + 1, member.key_end);
        if !in_order {
            if let Err(twin) = order::sort(members, permutation, sorted, &key) {
                let literal = String::from_utf8_lossy(key(&twin)).into_owned();
                all.push(twin); // The path ends in the last member.
                return Err(Fault::with_literal(SignErrorKind::DuplicateKey, &literal));
            }
            members = sorted;
        }
        if has_index && self.portable {
            let other = match self.order {
                KeyOrder::JsObject => KeyOrder::Utf16,
                KeyOrder::Utf16 => KeyOrder::JsObject,
            };
            self.portable = members.is_sorted_by(|a, b| order::compare(key(a), key(b), other).is_lt());
        }
        if !in_order {
            move_members(&mut self.out, pending, at, start, members, scratch);
        }
        Ok(())
    }

    /// Returns an error unless the whole text is an object or an array.
    pub(super) fn expect_container(&self) -> Result<(), Fault> {
        let scalar = match self.out.first() {
            Some(b'{' | b'[') => return Ok(()),
            Some(b'"') => "a string",
            Some(b'n') => "null",
            Some(b't' | b'f') => "a boolean",
            _ => "a number",
        };
        Err(Fault::with_literal(SignErrorKind::Scalar, scalar))
    }

    /// Returns the current place in the body, or the object around it: `$.items[3].amount`. All of the text is written.
    pub(super) fn path(&self, above: bool) -> String {
        let frames = &self.space.frames;
        let named = frames.len() - usize::from(above && !frames.is_empty());
        let named_step = |(i, frame): (usize, &Frame)| {
            if frame.is_array { Some(format!("[{}]", frame.index)) } else { self.key(i).map(step) }
        };
        let steps: Vec<_> = frames.iter().enumerate().take(named).filter_map(named_step).collect();
        if steps.iter().map(String::len).sum::<usize>() < MAX_PATH {
            return format!("${}", steps.concat());
        }
        let (head, tail) = (fitting(steps.iter()), fitting(steps.iter().rev()));
        format!("${}…{}", steps[..head].concat(), steps[steps.len() - tail..].concat())
    }

    /// Returns the current key of an open object.
    pub(super) fn key(&self, frame: usize) -> Option<&[u8]> {
        let Workspace { frames, members, .. } = &*self.space;
        let end = frames.get(frame + 1).map_or(members.len(), |frame| frame.members);
        let member = members.get(frames.get(frame)?.members..end)?.last()?;
        self.out.get(member.start + 1..member.key_end)
    }
}

impl<'t> Pending<'t> {
    /// Returns the place in the canonical text of a place in the input.
    #[inline]
    pub(super) fn place(&self, out: &[u8], at: usize) -> usize {
        out.len() + (at - self.from)
    }

    /// Writes the pending text up to `at` in the input, and continues at `next`.
    #[inline]
    pub(super) fn flush(&mut self, out: &mut Vec<u8>, at: usize, next: usize) {
        out.extend_from_slice(&self.input[self.from..at]);
        self.from = next;
    }

    /// Returns the text from a place to the end of the written text or of the input.
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

    /// Returns the text between two places of one token.
    #[inline]
    fn between<'a>(&self, out: &'a [u8], start: usize, end: usize) -> &'a [u8]
    where
        't: 'a,
    {
        &self.behind(out, start)[..end - start]
    }
}

/// Moves the members, which begin at `from`, from the first one that is out of place.
fn move_members(
    out: &mut Vec<u8>,
    pending: &mut Pending<'_>,
    at: usize,
    mut from: usize,
    members: &[Member],
    scratch: &mut Vec<u8>,
) {
    let mut moved = members;
    while let [first, rest @ ..] = moved
        && first.start == from
    {
        (from, moved) = (first.end, rest);
    }
    let written = out.len();
    let (text, start) = if from >= written {
        // All of it is pending, so it is copied straight to its place.
        let Pending { input, from: input_from } = *pending;
        pending.flush(out, input_from + (from - written), at);
        (input, written.wrapping_sub(input_from))
    } else {
        pending.flush(out, at, at);
        let members = &out[from..];
        if let Some(start) = scratch.get_mut(..members.len()) {
            start.copy_from_slice(members);
        } else {
            scratch.clear();
            scratch.extend_from_slice(members);
        }
        out.truncate(from);
        (&scratch[..], from)
    };
    for member in moved {
        push(out, text, member.start.wrapping_sub(start), member.end.wrapping_sub(start));
        set_last(out, b',');
    }
    set_last(out, b'}');
}

/// Appends a part of the text. A short part is copied together with the text behind it and cut, because a copy of a
/// fixed number of bytes needs no call.
#[inline]
fn push(out: &mut Vec<u8>, text: &[u8], start: usize, end: usize) {
    match text[start..].first_chunk::<COPIED>() {
        Some(chunk) if end - start <= COPIED => {
            let len = out.len() + (end - start);
            out.extend_from_slice(chunk);
            out.truncate(len);
        }
        _ => out.extend_from_slice(&text[start..end]),
    }
}

fn set_last(out: &mut [u8], byte: u8) {
    if let Some(last) = out.last_mut() {
        *last = byte;
    }
}

/// Returns the number of steps that fit into half a path. Because keys are cut, at least one does.
fn fitting<'s>(steps: impl Iterator<Item = &'s String>) -> usize {
    let mut left = MAX_PATH / 2 - "$…".len() / 2;
    let fits = |step: &&String| left.checked_sub(step.len()).map(|rest| left = rest).is_some();
    steps.take_while(fits).count()
}

/// Writes a key as a step of a path.
fn step(key: &[u8]) -> String {
    let key = String::from_utf8_lossy(key);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_plain = key.chars().all(is_word) && key.chars().next().is_some_and(|c| !c.is_numeric());
    let key = bounded(&key);
    if is_plain { format!(".{key}") } else { format!("[\"{key}\"]") }
}
