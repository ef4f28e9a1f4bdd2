//! Redaction of a provider's messages, so that they can be shown: bounded, on one line, and without what was sent.
//!
//! - What was sent is cut out if the text repeats it literally, in any case, with or without accents. So is a part of
//!   it: four characters that include a digit or a symbol, or half of it, but at least four and at most eight letters.
//!   A part that is a usual word of error messages, such as "senha", is not a secret. A whole value always is.
//! - Words that look like tokens, keys or encoded data are always cut out.
//! - If the rest still reveals a secret when it is decoded ([`decode`]), the whole text is dropped.
//! - Values of one to three characters are cut out if they stand alone.

mod decode;
mod secrets;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;

use zeroize::Zeroizing;

pub(crate) use self::secrets::{Secrets, one_line};

/// The maximum length of a provider's text in an error, in characters.
const MAX_MESSAGE_LEN: usize = 256;
/// The part of a text that is examined. It is longer than what is shown, so a secret that starts before that limit is
/// recognised.
const MAX_EXAMINED_LEN: usize = 2048;
/// Words of this length are tokens, keys or hashes, not language.
const MIN_TOKEN_LEN: usize = 32;
/// Words shorter than this are language, whatever characters they contain.
const MIN_DATA_LEN: usize = 8;
/// Secrets shorter than this are redacted only if they stand alone: "a" is in every message.
const MIN_SECRET_LEN: usize = 4;
/// A part of a secret that consists only of letters may be language. It counts if it is half of the secret, or this
/// long.
const MIN_LETTERS: usize = 8;
/// The minimum for a text of several words, parts of which are in many messages.
const MIN_PROSE_LEN: usize = 10;
/// The minimum number of letters in a deciphered text, where any letters can meet by chance.
const MIN_DECIPHERED_LEN: usize = 5;
/// Longer texts in base64 are not searched for in base64 again.
const MAX_TWICE_ENCODED_LEN: usize = 1024;
/// The maximum number of comparisons for one message. Only repetitive texts, and thousands of values that have parts of
/// the message in common, need more.
const MAX_STEPS: usize = 1_000_000;
const SLOTS: usize = 1 << 16;
const MARK: &str = "[redacted]";
const DROPPED: &str = "[redacted: the message repeats what was sent]";

/// Usual words of error messages, without accents. If they were cut out, that would reveal that they are part of the
/// secret.
const USUAL_WORDS: &str = "acesso access admin authentic autentic chave client codigo conta credenci email expir \
    incorret invalid login minha password required secret senha token user usuario valid";

/// Returns the text without what was sent and without words that look like tokens, or a notice if the two cannot be
/// separated.
pub(crate) fn bounded(text: &str, secrets: &Secrets) -> String {
    let text = Zeroizing::new(one_line(&text.chars().take(MAX_EXAMINED_LEN).collect::<String>()));
    let text = Zeroizing::new(cut_out(&text, secrets));
    let words: Vec<&str> = text.split(' ').map(|word| if looks_like_data(word) { MARK } else { word }).collect();
    let clean = words.join(" ");
    if still_tells(&clean, secrets) {
        return DROPPED.to_owned();
    }
    cut(&clean, MAX_MESSAGE_LEN)
}

/// Cuts a text to a length in characters.
pub(crate) fn cut(text: &str, max_len: usize) -> String {
    match text.char_indices().nth(max_len) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Does the same for a text in the place of a token. It may be a token after all, so words with digits are not shown.
pub(crate) fn in_place_of_a_token(text: &str, secrets: &Secrets) -> String {
    let has_digit = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let words: Vec<&str> = text.split_whitespace().map(|word| if has_digit(word) { MARK } else { word }).collect();
    bounded(&words.join(" "), secrets)
}

/// Does the same for a code, which is a single word.
pub(crate) fn code(code: &str, secrets: &Secrets) -> String {
    let shown = bounded(code, secrets);
    if shown == DROPPED { MARK.to_owned() } else { shown }
}

/// Returns true if tokens and encodings contain this character.
fn is_of_data(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.+/=".contains(c)
}

/// Returns true if a word is a token, a key, a hash or an encoding: because of its length, or because it mixes letters,
/// digits and symbols as no language does.
fn looks_like_data(word: &str) -> bool {
    let token = word.split(|c| !is_of_data(c)).map(str::len).max();
    if token.is_some_and(|length| length >= MIN_TOKEN_LEN) {
        return true;
    }
    let kind = |c: char| match c {
        _ if c.is_numeric() => 0,
        _ if c.is_lowercase() => 1,
        _ if c.is_uppercase() => 2,
        _ => 3,
    };
    let is_mixed = |piece: &str| {
        let kinds: Vec<u8> = piece.chars().map(kind).collect();
        let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let numbers = kinds.windows(2).filter(|pair| (pair[0] == 0) != (pair[1] == 0)).count();
        kinds.len() >= MIN_DATA_LEN && (changes * 3 > kinds.len() || numbers >= 2)
    };
    let is_usual = |c: char| ".,:;/-_()[]'\"@".contains(c);
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    let is_prose = core.chars().all(|c| c.is_alphanumeric() || is_usual(c));
    let letters = core.chars().filter(|c| c.is_alphabetic()).count();
    word.split(is_usual).any(is_mixed) || !is_prose && letters >= MIN_SECRET_LEN && is_mixed(core)
}

/// Replaces each part of the text that reveals a secret with a mark.
fn cut_out(text: &str, secrets: &Secrets) -> String {
    let folded = Folded::of(text);
    let mut index = Index::of(std::slice::from_ref(&folded));
    let mut told: Vec<Range<usize>> = Vec::new();
    for secret in secrets.iter() {
        let secret = Folded::of(secret).chars;
        for (_, mut part) in index.parts_of(&secret) {
            // Next to a part there may be more of the secret in another spelling.
            if part.len() < secret.len() {
                let is_word = |c: &&char| **c != ' ';
                part.start -= folded.chars[..part.start].iter().rev().take_while(is_word).count();
                part.end += folded.chars[part.end..].iter().take_while(is_word).count();
            }
            told.push(part);
        }
    }
    told.sort_by_key(|part| (part.start, part.end));
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for part in told {
        let (from, to) = (folded.at[part.start], folded.at[part.end]);
        if from >= end {
            clean += &text[end..from];
            clean += MARK;
        }
        end = end.max(to);
    }
    clean + &text[end..]
}

/// Returns true if any reading of the text reveals a secret, or if it has too many readings.
fn still_tells(text: &str, secrets: &Secrets) -> bool {
    if secrets.iter().next().is_none() {
        return false;
    }
    let text = Zeroizing::new(text.replace(MARK, "\0"));
    let Some(readings) = decode::readings(&text) else { return true };
    // Data within encoded data may contain anything.
    let is_data = |word: &str| word.chars().all(is_of_data) && looks_like_data(word);
    let mut decoded = readings.iter().skip(1).filter(|reading| !reading.deciphered);
    if decoded.any(|reading| reading.text.split_whitespace().any(is_data)) {
        return true;
    }
    let fold = |reading: &decode::Reading| Folded { deciphered: reading.deciphered, ..Folded::of(&reading.text) };
    let folded: Vec<_> = readings.iter().map(fold).collect();
    let mut index = Index::of(&folded);
    secrets.iter().any(|secret| {
        let mut parts_of = |text: &str| index.parts_of(&Folded::of(text).chars);
        spellings(secret).iter().any(|spelling| !parts_of(spelling).is_empty())
            || joined(secret).is_some_and(|joined| parts_of(&joined).iter().any(|(reading, _)| reading.deciphered))
    })
}

/// Returns the secret and its base64. Base64 whose letters lost their case cannot be decoded, nor can base64 of base64.
fn spellings(secret: &str) -> Vec<Zeroizing<String>> {
    let mut spellings = vec![Zeroizing::new(secret.to_owned())];
    if secret.len() >= MIN_SECRET_LEN {
        let once = decode::as_base64(secret);
        let short = once.iter().filter(|encoded| encoded.len() <= MAX_TWICE_ENCODED_LEN);
        spellings.extend(short.flat_map(|encoded| decode::as_base64(encoded)));
        spellings.extend(once);
    }
    spellings
}

/// Returns a secret without the separators of its groups, if its groups are short enough.
fn joined(secret: &str) -> Option<Zeroizing<String>> {
    let groups = secret.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty()).count();
    let joined = Zeroizing::new(decode::joined(secret));
    (joined.split(' ').count() < groups && joined.len() >= MIN_SECRET_LEN).then_some(joined)
}

/// A text in the form in which it is compared: small letters without accents, each symbol once, no backslashes, and no
/// invisible characters.
struct Folded {
    chars: Zeroizing<Vec<char>>,
    /// The start of each character in the original text, and its end.
    at: Vec<usize>,
    /// True if its letters may form words of any language by chance.
    deciphered: bool,
}

impl Folded {
    fn of(text: &str) -> Self {
        let mut chars = Zeroizing::new(Vec::with_capacity(text.len()));
        let mut at = Vec::with_capacity(text.len() + 1);
        for (place, c) in text.char_indices() {
            let c = plain(c);
            let is_doubled = !c.is_alphanumeric() && !".*".contains(c) && chars.last() == Some(&c);
            // Nested escapes leave any number of backslashes.
            if c != '\\' && !is_invisible(c) && !is_doubled {
                chars.push(c);
                at.push(place);
            }
        }
        at.push(text.len());
        Self { chars, at, deciphered: false }
    }

    fn stands_alone(&self, at: usize, length: usize) -> bool {
        let beside = [at.checked_sub(1), Some(at + length)].into_iter().flatten();
        !beside.filter_map(|at| self.chars.get(at)).any(|c| c.is_alphanumeric())
    }

    /// Returns true if a part that the text and a secret of this length have in common reveals something of the secret.
    /// `is_prose` is true for a secret of several words.
    fn tells(&self, part: Range<usize>, secret_len: usize, is_prose: bool) -> bool {
        let same = &self.chars[part.clone()];
        if same.len() == secret_len {
            return true;
        }
        let is_usual = |c: &char| " .,:;-_/'\"()".contains(*c);
        let start = same.iter().take_while(|c| is_usual(c)).count();
        let end = same.iter().rev().take_while(|c| is_usual(c)).count();
        let Some(core) = same.get(start..same.len() - end).filter(|core| core.len() >= MIN_SECRET_LEN) else {
            return false;
        };
        let is_language = core.iter().all(|c| c.is_alphabetic() || is_usual(c));
        if !is_language || self.is_cut(part) {
            return true;
        }
        let least = match (is_prose, self.deciphered) {
            (true, _) => (secret_len / 2).max(MIN_PROSE_LEN),
            (false, true) => (secret_len / 2).clamp(MIN_DECIPHERED_LEN, MIN_LETTERS),
            (false, false) => (secret_len / 2).clamp(MIN_SECRET_LEN, MIN_LETTERS),
        };
        core.len() >= least && !is_usual_word(core)
    }

    /// Returns true if the text marks an omission before or after this part.
    fn is_cut(&self, part: Range<usize>) -> bool {
        let is_mark = |beside: &[char]| matches!(beside, ['…' | '*' | '•', ..] | ['.', '.', ..]);
        let before: Vec<char> = self.chars[..part.start].iter().rev().take(2).copied().collect();
        is_mark(&before) || is_mark(&self.chars[part.end..])
    }
}

/// Returns true for a part of a usual word of error messages.
fn is_usual_word(word: &[char]) -> bool {
    let word: String = word.iter().collect();
    USUAL_WORDS.split(' ').any(|usual| usual.contains(&word))
}

/// Returns true for combining accents, soft hyphens, and characters without width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Converts full-width forms to ASCII.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

fn plain(c: char) -> char {
    let c = match narrow(c) {
        '+' | '\u{1}'..='\u{1f}' | '\u{a0}' | '\u{3000}' => ' ',
        c => c.to_lowercase().next().unwrap_or(c),
    };
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'º' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        c => c,
    }
}

/// The positions of every four characters of some texts.
struct Index<'a> {
    texts: &'a [Folded],
    places: HashMap<&'a [char], Vec<(&'a Folded, usize)>>,
    /// True for the [`slot`] of every four characters that have a place. Most parts of a secret have none, and so need
    /// no look-up.
    has_places: Vec<bool>,
    steps: usize,
}

/// Returns a number below [`SLOTS`] that few parts of a text have in common.
fn slot(four: &[char]) -> usize {
    let mut slot: u32 = 0;
    for c in four {
        slot = slot.wrapping_mul(131).wrapping_add(u32::from(*c));
    }
    slot as usize % SLOTS
}

impl<'a> Index<'a> {
    fn of(texts: &'a [Folded]) -> Self {
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        let mut has_places = vec![false; SLOTS];
        for text in texts {
            for (place, four) in text.chars.windows(MIN_SECRET_LEN).enumerate() {
                has_places[slot(four)] = true;
                places.entry(four).or_default().push((text, place));
            }
        }
        Self { texts, places, has_places, steps: 0 }
    }

    /// Returns the parts of the texts that reveal a secret. After too many comparisons, that is a whole text.
    fn parts_of(&mut self, secret: &[char]) -> Vec<(&'a Folded, Range<usize>)> {
        let mut parts = Vec::new();
        let is_prose = secret.contains(&' ');
        if secret.len() < MIN_SECRET_LEN {
            // In a deciphered text, any three characters may appear by chance.
            for text in self.texts.iter().filter(|text| !text.deciphered) {
                let places = text.chars.windows(secret.len().max(1)).enumerate();
                let is_whole = |(at, part): &(usize, &[char])| *part == secret && text.stands_alone(*at, secret.len());
                parts.extend(places.filter(is_whole).map(|(at, _)| (text, at..at + secret.len())));
            }
        }
        let shared = secret.windows(MIN_SECRET_LEN).enumerate().filter(|(_, four)| self.has_places[slot(four)]);
        for (start, four) in shared {
            for &(text, place) in self.places.get(four).into_iter().flatten() {
                self.steps += 1;
                if self.steps > MAX_STEPS {
                    return vec![(text, 0..text.chars.len())];
                }
                // A match that starts earlier was found from there.
                if start > 0 && place > 0 && secret[start - 1] == text.chars[place - 1] {
                    continue;
                }
                let both = secret[start..].iter().zip(&text.chars[place..]);
                let length = both.take_while(|(one, other)| one == other).count();
                self.steps += length;
                let part = place..place + length;
                if text.tells(part.clone(), secret.len(), is_prose) {
                    parts.push((text, part));
                }
            }
        }
        parts
    }
}
