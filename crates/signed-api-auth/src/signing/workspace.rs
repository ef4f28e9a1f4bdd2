//! The buffers of a canonical text, which each thread reuses.

use std::cell::Cell;

use super::order::Member;

/// The maximum size of each buffer that a thread keeps, in bytes.
const MAX_KEPT: usize = 2 << 20;
/// The number of bytes that are copied for a short member. They include bytes behind it.
pub(super) const COPIED: usize = 64;

thread_local! {
    static SPARE: Cell<Option<Box<Workspace>>> = const { Cell::new(None) };
}

#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// The canonical text until it is copied out, and zeros afterwards.
    pub(super) text: Vec<u8>,
    /// The open objects and arrays, the outermost first.
    pub(super) frames: Vec<Frame>,
    /// The members of all open objects.
    pub(super) members: Vec<Member>,
    /// The members of one object in their order.
    pub(super) sorted: Vec<Member>,
    /// The order of the last sorted members, which is tried first for the next object.
    pub(super) permutation: Vec<usize>,
    /// The text of one object's members while they are moved, with the length of the longest, and zeros afterwards.
    pub(super) scratch: Vec<u8>,
}

/// An open object or array.
#[derive(Debug)]
pub(super) struct Frame {
    /// The beginning of its text, behind the bracket.
    pub(super) start: usize,
    /// The index of its first member.
    pub(super) members: usize,
    /// The index of an array's current element.
    pub(super) index: usize,
    pub(super) is_array: bool,
    /// The keys so far are in order, and no key appears twice.
    pub(super) in_order: bool,
    /// One of the keys is an array index.
    pub(super) has_index: bool,
}

/// Runs `work` with the thread's workspace, or with a new one if that is in use.
pub(super) fn with<R>(work: impl FnOnce(&mut Workspace) -> R) -> R {
    // A value may sign another one while it serializes, so the workspace is taken and not borrowed. A thread that is
    // ending has no workspace.
    let mut space = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
    space.text.clear();
    space.scratch.clear();
    space.frames.clear();
    space.members.clear();
    let result = work(&mut space);
    // The body may be secret. The rest of a moved member may remain behind its end.
    let moved = (space.text.len() + COPIED).min(space.text.capacity());
    space.text.resize(moved, 0);
    for text in [&mut space.text, &mut space.scratch] {
        text.fill(0);
        std::hint::black_box(text.as_mut_slice());
    }
    limit(&mut space.text);
    limit(&mut space.scratch);
    limit(&mut space.members);
    limit(&mut space.sorted);
    limit(&mut space.permutation);
    let _thread_is_ending = SPARE.try_with(|spare| spare.set(Some(space)));
    result
}

/// Frees a buffer that a large body has enlarged.
fn limit<T>(buffer: &mut Vec<T>) {
    if buffer.capacity() > MAX_KEPT / size_of::<T>() {
        *buffer = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SignedBody;

    /// A thread keeps only zeros of a signed body.
    #[test]
    fn nothing_of_a_body_is_left_in_the_buffers_that_a_thread_keeps() {
        // The last member is moved first and fills most of the scratch buffer, then a shorter one follows.
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
