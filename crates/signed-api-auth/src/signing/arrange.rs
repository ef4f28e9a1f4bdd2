//! Putting the members of an object into their order.

use super::error::SignErrorKind;
use super::fault::Fault;
use super::options::KeyOrder;
use super::order;
use super::workspace::{COPIED, Frame, Member, Workspace};
use super::writer::{Pending, Writer};

/// Sorts the members of the innermost object, which ends at `at` in the input, and moves those that
/// are out of place.
#[cold]
pub(super) fn arrange(writer: &mut Writer<'_>, pending: &mut Pending<'_>, at: usize) -> Result<(), Fault> {
    let Workspace { frames, members: all, sorted, permutation, scratch, .. } = &mut *writer.space;
    let Some(&Frame { start, members, in_order, has_index, .. }) = frames.last() else {
        return Ok(());
    };
    let Some(mut members) = all.get(members..) else {
        return Ok(());
    };
    let (out, order) = (&writer.out, writer.options.order);
    let key = |member: &Member| pending.between(out, member.start + 1, member.key_end);
    if !in_order {
        // Objects of one array tend to have their keys in one order: what was right for the last is tried first.
        permute(members, permutation, sorted);
        let is_right = sorted.len() == members.len() && sorted.is_sorted_by(|a, b| a.rank < b.rank);
        if !is_right {
            permutation.clear();
            permutation.extend(0..members.len());
            permutation.sort_unstable_by_key(|&i| members.get(i).map(|member| member.rank));
            permute(members, permutation, sorted);
            // Where the beginnings were not enough. The permutation goes by them alone, and is checked before it is used.
            for alike in sorted.chunk_by_mut(|a, b| a.rank == b.rank).filter(|alike| alike.len() > 1) {
                order::sort_alike(alike, &key);
                if let Some(&[twin, _]) = alike.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
                    let literal = String::from_utf8_lossy(key(&twin)).into_owned();
                    all.push(twin); // The path ends in the last member.
                    return Err(Fault::with_literal(SignErrorKind::DuplicateKey, &literal));
                }
            }
        }
        members = sorted;
    }
    if has_index && writer.portable {
        let other = match order {
            KeyOrder::JsObject => KeyOrder::Utf16,
            KeyOrder::Utf16 => KeyOrder::JsObject,
        };
        writer.portable = members.is_sorted_by(|a, b| order::compare(key(a), key(b), other).is_lt());
    }
    if !in_order {
        move_members(&mut writer.out, pending, at, start, members, scratch);
    }
    Ok(())
}

/// The members in the order of a permutation, or none if it is for another number of them.
fn permute(members: &[Member], permutation: &[usize], sorted: &mut Vec<Member>) {
    sorted.clear();
    if permutation.len() == members.len() {
        sorted.extend(permutation.iter().filter_map(|&i| members.get(i)));
    }
}

/// Moves the members, which begin at `from`, from the first one on that is out of place.
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
        // All of it is pending, so it goes straight to its place.
        let input = pending.input;
        let input_from = pending.from;
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

/// Appends a part of the text. A short one is copied with what follows it and cut, because copying a
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
