//! The order of keys: array indices first, then UTF-16 code units, from UTF-8 text.
//!
//! Keys are compared in the form in which they stand in the canonical text, escapes and all, so that
//! no key is ever copied. A [`Rank`] settles nearly every comparison with one integer.

use std::cmp::Ordering;

use super::options::KeyOrder;
use super::workspace::Member;

/// The largest key that JavaScript treats as an array index.
const LAST_INDEX: u64 = 4_294_967_294;

/// Bytes of a key that a rank holds; the byte above them is its class.
const HELD: usize = 7;
const HELD_BITS: usize = 8 * HELD;

/// The start of a key, such that a smaller rank means a smaller key.
///
/// An index is its number. Any other key has a class of one above that, and its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u64);

impl Rank {
    /// The rank of the key that is the first `len` bytes of the text, as it stands there.
    #[inline]
    pub(super) fn of(text: &[u8], len: usize, order: KeyOrder) -> Self {
        // What follows the key is read with it, and shifted out: no loop for a short key.
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
        // An escape stands for a smaller character than its backslash, and bytes of three and four
        // must be turned round: both are rare, and settled one byte at a time.
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

/// Sorts members whose ranks are equal.
///
/// Many are ranked anew by what is behind their common start, so that a long one is read once, not in each comparison.
/// Keys of many such starts are compared after some rounds; that takes n log n comparisons as well, and never more.
#[cold]
pub(super) fn sort_alike<'k>(members: &mut [Member], key: &impl Fn(&Member) -> &'k [u8]) {
    const ROUNDS: usize = 8;
    sort_behind(members, 0, ROUNDS, key);
}

/// Sorts members whose keys have the first `start` bytes in common.
fn sort_behind<'k>(members: &mut [Member], start: usize, rounds: usize, key: &impl Fn(&Member) -> &'k [u8]) {
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
        sort_behind(equal, start, rounds - 1, key);
    }
}

fn compare_units(a: &[u8], b: &[u8]) -> Ordering {
    let alike = alike(a, b);
    units(&a[alike..]).cmp(units(&b[alike..]))
}

/// Returns the number of bytes that two keys have in common, without the backslash of an escape whose letters differ.
///
/// It may end between the digits of a `\u001f`: their order is that of the characters.
fn alike(a: &[u8], b: &[u8]) -> usize {
    const CHUNK: usize = 32;
    let chunks = a.as_chunks::<CHUNK>().0.iter().zip(b.as_chunks::<CHUNK>().0);
    let start = CHUNK * chunks.take_while(|(a, b)| a == b).count();
    let bytes = a[start..].iter().zip(&b[start..]);
    let alike = start + bytes.take_while(|(a, b)| a == b).count();
    let backslashes = a[..alike].iter().rev().take_while(|&&byte| byte == b'\\').count();
    alike - backslashes % 2
}

/// The number of a key that JavaScript lists first: canonical decimal, 0 to 2³²−2.
pub(super) fn array_index(key: &[u8]) -> Option<u64> {
    match key {
        [b'0'] => Some(0),
        [b'1'..=b'9', rest @ ..] if rest.len() < 10 && rest.iter().all(u8::is_ascii_digit) => {
            let index = key.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
            (index <= LAST_INDEX).then_some(index)
        }
        _ => None,
    }
}

/// No byte is a backslash, and none begins a character above U+D7FF.
#[inline]
fn is_plain(head: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    let backslash = head ^ BACKSLASHES;
    let found = backslash.wrapping_sub(ONES) & !backslash & HIGHS;
    found | (head & HIGHS) == 0
}

/// The key's bytes without their escapes, changed so that their order is that of UTF-16.
///
/// In UTF-8, the characters above U+FFFF (first byte F0 to F4) come after U+E000 to U+FFFF (EE, EF);
/// in UTF-16 their surrogates come before. Nothing else differs.
fn units(key: &[u8]) -> impl Iterator<Item = u8> {
    unescaped(key).map(|byte| match byte {
        0xF0..=0xF4 => byte - 2,
        0xEE | 0xEF => byte + 5,
        _ => byte,
    })
}

/// The bytes that a canonical string stands for.
fn unescaped(text: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (byte, after) = match rest {
            [b'\\', b'u', b'0', b'0', high, low, after @ ..] => (hex_digit(*high) << 4 | hex_digit(*low), after),
            [b'\\', letter, after @ ..] => (short_escape(*letter), after),
            [byte, after @ ..] => (*byte, after),
            [] => return None,
        };
        rest = after;
        Some(byte)
    })
}

fn short_escape(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'f' => 0x0C,
        b'r' => b'\r',
        quote_or_backslash => quote_or_backslash,
    }
}

fn hex_digit(digit: u8) -> u8 {
    if digit <= b'9' { digit & 0xF } else { (digit & 0xF) + 9 }
}
