//! The order of keys: array indices first, then UTF-16 code units, from UTF-8 text.
//!
//! Keys are compared as they stand in the canonical text, with their escapes, so no key is copied. A [`Rank`] settles
//! nearly every comparison with one integer.

use std::cmp::Ordering;

use super::options::KeyOrder;
use super::string;

/// The largest key that JavaScript treats as an array index.
const MAX_INDEX: u64 = 4_294_967_294;

/// The bytes of a key in a rank. The byte above them is the class.
const HELD: usize = 7;
const HELD_BITS: usize = 8 * HELD;

/// A key and its value in the text of an open object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) rank: Rank,
    /// The quote before the key.
    pub(super) start: usize,
    /// The quote behind the key.
    pub(super) key_end: usize,
    /// The place behind the comma or bracket that follows the value.
    pub(super) end: usize,
}

/// The start of a key. A smaller rank means a smaller key.
///
/// The rank of an index is its number. Any other key has a class of one above that, and its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u64);

impl Rank {
    /// Returns the rank of the key that is the first `len` bytes of the canonical text.
    #[inline]
    pub(super) fn of(text: &[u8], len: usize, order: KeyOrder) -> Self {
        // The bytes behind a short key are read with it and shifted out, which needs no loop.
        let head = if let Some(chunk) = text.first_chunk::<8>() {
            u64::from_be_bytes(*chunk) >> 8
        } else {
            let byte_at = |i: usize| u64::from(text.get(i).copied().unwrap_or_default());
            (0..HELD).fold(0, |head, i| head << 8 | byte_at(i))
        };
        let unused = HELD_BITS - 8 * len.min(HELD);
        let head = head >> unused << unused;
        let is_index = order == KeyOrder::JsObject && text.first().is_some_and(u8::is_ascii_digit);
        if is_index && let Some(index) = array_index(&text[..len]) {
            return Self(index);
        }
        // An escape stands for a smaller character than its backslash, and bytes of three- and four-byte characters
        // are reordered. Both are rare, and are read byte by byte.
        if is_plain(head) {
            return Self(1 << HELD_BITS | head);
        }
        let head = units(&text[..len]).chain(std::iter::repeat(0)).take(HELD);
        Self(head.fold(1, |head, byte| head << 8 | u64::from(byte)))
    }
}

/// Compares two keys as they stand in the canonical text, whose ranks are equal or unknown.
#[cold]
pub(super) fn compare(a: &[u8], b: &[u8], order: KeyOrder) -> Ordering {
    Rank::of(a, a.len(), order).cmp(&Rank::of(b, b.len(), order)).then_with(|| compare_units(a, b))
}

/// Copies the members into `sorted` in the order of their keys. The error is a member whose key appears twice.
///
/// Objects of one array tend to have their keys in the same order, so the last permutation is tried first.
pub(super) fn sort<'k>(
    members: &[Member],
    permutation: &mut Vec<usize>,
    sorted: &mut Vec<Member>,
    key: &impl Fn(&Member) -> &'k [u8],
) -> Result<(), Member> {
    permute(members, permutation, sorted);
    if sorted.len() == members.len() && sorted.is_sorted_by(|a, b| a.rank < b.rank) {
        return Ok(());
    }
    permutation.clear();
    permutation.extend(0..members.len());
    permutation.sort_unstable_by_key(|&i| members.get(i).map(|member| member.rank));
    permute(members, permutation, sorted);
    // The permutation goes by the ranks alone, and is checked before it is used again.
    for alike in sorted.chunk_by_mut(|a, b| a.rank == b.rank).filter(|alike| alike.len() > 1) {
        sort_alike(alike, 0, ROUNDS, key);
        if let Some(&[twin, _]) = alike.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
            return Err(twin);
        }
    }
    Ok(())
}

/// Copies the members in the order of a permutation, or none if it is for another number of them.
fn permute(members: &[Member], permutation: &[usize], sorted: &mut Vec<Member>) {
    sorted.clear();
    if permutation.len() == members.len() {
        sorted.extend(permutation.iter().filter_map(|&i| members.get(i)));
    }
}

/// The rounds in which keys that begin alike are ranked anew.
const ROUNDS: usize = 8;

/// Sorts members whose keys have the first `start` bytes in common.
///
/// Many members are ranked anew by the text behind their common start, so that a long start is read once and not in
/// each comparison. After the last round keys are compared, which takes at most n log n comparisons too.
#[cold]
fn sort_alike<'k>(members: &mut [Member], start: usize, rounds: usize, key: &impl Fn(&Member) -> &'k [u8]) {
    const FEW: usize = 16;
    if members.len() <= FEW || rounds == 0 {
        return members.sort_unstable_by(|a, b| compare_units(&key(a)[start..], &key(b)[start..]));
    }
    let first = &key(&members[0])[start..];
    let common = members.iter().fold(first.len(), |common, other| alike(&first[..common], &key(other)[start..]));
    let start = start + common;
    for member in &mut *members {
        let rest = &key(member)[start..];
        member.rank = Rank::of(rest, rest.len(), KeyOrder::Utf16);
    }
    members.sort_unstable_by_key(|member| member.rank);
    for equal in members.chunk_by_mut(|a, b| a.rank == b.rank).filter(|equal| equal.len() > 1) {
        sort_alike(equal, start, rounds - 1, key);
    }
}

fn compare_units(a: &[u8], b: &[u8]) -> Ordering {
    let alike = alike(a, b);
    units(&a[alike..]).cmp(units(&b[alike..]))
}

/// Returns the number of bytes that two keys have in common, without the backslash of an escape whose letters differ.
///
/// The common part may end between the digits of a `\u001f`, because their order is that of the characters.
fn alike(a: &[u8], b: &[u8]) -> usize {
    const CHUNK: usize = 32;
    let chunks = a.as_chunks::<CHUNK>().0.iter().zip(b.as_chunks::<CHUNK>().0);
    let start = CHUNK * chunks.take_while(|(a, b)| a == b).count();
    let bytes = a[start..].iter().zip(&b[start..]);
    let alike = start + bytes.take_while(|(a, b)| a == b).count();
    let backslashes = a[..alike].iter().rev().take_while(|&&byte| byte == b'\\').count();
    alike - backslashes % 2
}

/// Returns the number of a key that JavaScript lists first: canonical decimal, 0 to 2³²−2.
pub(super) fn array_index(key: &[u8]) -> Option<u64> {
    match key {
        [b'0'] => Some(0),
        [b'1'..=b'9', rest @ ..] if rest.len() < 10 && rest.iter().all(u8::is_ascii_digit) => {
            let index = key.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
            (index <= MAX_INDEX).then_some(index)
        }
        _ => None,
    }
}

/// Returns true if no byte is a backslash or begins a character above U+D7FF.
#[inline]
fn is_plain(head: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    let backslash = head ^ BACKSLASHES;
    let found = backslash.wrapping_sub(ONES) & !backslash & HIGHS;
    found | (head & HIGHS) == 0
}

/// Returns the key's bytes without their escapes, changed so that their order is that of UTF-16.
///
/// In UTF-8, the characters above U+FFFF (first byte F0 to F4) follow U+E000 to U+FFFF (EE, EF). In UTF-16 their
/// surrogates precede them. All other characters have the same order.
fn units(key: &[u8]) -> impl Iterator<Item = u8> {
    string::unescaped(key).map(|byte| match byte {
        0xF0..=0xF4 => byte - 2,
        0xEE | 0xEF => byte + 5,
        _ => byte,
    })
}
