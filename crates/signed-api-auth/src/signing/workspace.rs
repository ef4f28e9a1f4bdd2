//! The buffers of a canonical text, kept for the next one.

use std::cell::Cell;

use super::order::Rank;

/// The most bytes of each buffer that a thread keeps.
const KEPT: usize = 2 << 20;
/// The bytes that are copied of a short member and of what follows it.
pub(super) const COPIED: usize = 64;

thread_local! {
    static SPARE: Cell<Option<Box<Workspace>>> = const { Cell::new(None) };
}

#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// The canonical text, until it is copied out; zeros afterwards.
    pub(super) text: Vec<u8>,
    /// The open objects and arrays, the outermost first.
    pub(super) frames: Vec<Frame>,
    /// The members of all open objects.
    pub(super) members: Vec<Member>,
    /// The members of one object in their order.
    pub(super) sorted: Vec<Member>,
    /// The place of each of them, which may be right for the next object too.
    pub(super) permutation: Vec<usize>,
    /// The text of the members of one object while they are moved, as long as that of the longest; zeros afterwards.
    pub(super) scratch: Vec<u8>,
}

/// An object or an array that has begun and not ended.
#[derive(Debug)]
pub(super) struct Frame {
    /// The beginning of its text, behind the bracket.
    pub(super) start: usize,
    /// The beginning of its members.
    pub(super) members: usize,
    /// The element that an array is at.
    pub(super) index: usize,
    pub(super) is_array: bool,
    /// The keys arrived in order so far, each once.
    pub(super) in_order: bool,
    /// One of the keys is an array index.
    pub(super) has_index: bool,
}

/// A key and its value in the text of an open object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) rank: Rank,
    /// The quote before the key.
    pub(super) start: usize,
    /// The quote behind the key.
    pub(super) key_end: usize,
    /// Behind the comma or the bracket that follows the value.
    pub(super) end: usize,
}

impl Workspace {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.scratch.clear();
        self.frames.clear();
        self.members.clear();
    }
}

/// Runs `work` with the thread's workspace, or with a new one where that is in use.
pub(super) fn with<R>(work: impl FnOnce(&mut Workspace) -> R) -> R {
    // A value may sign another while it serializes, so the workspace is taken, not borrowed; and a
    // thread that is ending has none.
    let mut space = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
    let result = work(&mut space);
    // The body may be secret. Behind its end there may be the rest of a member that was moved.
    let moved = (space.text.len() + COPIED).min(space.text.capacity());
    space.text.resize(moved, 0);
    wipe(&mut space.text);
    wipe(&mut space.scratch);
    // What a large body needed is given back.
    limit(&mut space.text);
    limit(&mut space.scratch);
    limit(&mut space.members);
    limit(&mut space.sorted);
    limit(&mut space.permutation);
    let _thread_is_ending = SPARE.try_with(|spare| spare.set(Some(space)));
    result
}

/// Overwrites a text that is no longer needed.
fn wipe(text: &mut [u8]) {
    text.fill(0);
    std::hint::black_box(text);
}

fn limit<T>(buffer: &mut Vec<T>) {
    if buffer.capacity() > KEPT / size_of::<T>() {
        *buffer = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SignedBody;

    /// Case 16: what a thread keeps of a body that was signed is zeros.
    #[test]
    fn nothing_of_a_body_is_left_in_the_buffers_that_a_thread_keeps() {
        // The last member is moved first, and so is the longest part of the scratch buffer; then a shorter one.
        for text in
            [r#"{"b":"s3cret","a":{"z":"s3cret s3cret","y":"\u0041 s3cret"},"c":1.0}"#, r#"{"b":1.0,"a":2}"#, "[nope"]
        {
            let _signed_or_not = SignedBody::json(text);
            let space = SPARE.take().expect("it is kept");
            assert!(!space.text.is_empty());
            assert!(space.text.iter().chain(&space.scratch).all(|&byte| byte == 0), "{text}");
            SPARE.set(Some(space));
        }
    }
}
