//! The readings of a text: the text itself, and the results of decoding it repeatedly with each decoder.
//!
//! No list of encodings is complete, so the decoders are general: escapes with any common prefix, numbers with anything
//! between them, and characters with anything between them.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::{MIN_SECRET_LEN, is_invisible, narrow};

/// The maximum depth of nested encodings, plus one for separators between characters.
const MAX_DEPTH: u32 = 4;
/// The maximum size of all readings of a text together, in bytes. A text with more was made to have them.
const MAX_READINGS_LEN: usize = 64 * 1024;
/// The maximum length of the groups in which separated characters are joined.
const MAX_GROUP_LEN: usize = 4;

/// One reading of a text.
pub(super) struct Reading {
    pub(super) text: Zeroizing<String>,
    /// True if the decoder reorders or replaces letters, which may form words of any language by chance.
    pub(super) deciphered: bool,
}

type Decoder = fn(&str) -> String;

/// The decoders, and whether each of them deciphers. A decoder that finds nothing returns the same text or an empty
/// one.
const DECODERS: [(Decoder, bool); 22] = [
    (|text| unescaped(text, backslash), false),
    (|text| unescaped(text, |rest, bytes| byte(rest, '%', bytes)), false),
    (|text| unescaped(text, |rest, bytes| byte(rest, '=', bytes)), false),
    (|text| unescaped(text, entity), false),
    (|text| base64(text, 0), false),
    (|text| base64(text, 1), false),
    (|text| base64(text, 2), false),
    (|text| base64(text, 3), false),
    (|text| hexadecimal(text, 0), false),
    (|text| hexadecimal(text, 1), false),
    (|text| numbers(text, 2), false),
    (|text| numbers(text, 8), false),
    (|text| numbers(text, 10), false),
    (|text| numbers(text, 16), false),
    (|text| text.chars().filter(|c| !is_invisible(*c)).map(narrow).collect(), false),
    (as_bytes, false),
    (|text| pairs(text, u16::to_le_bytes), false),
    (|text| pairs(text, u16::to_be_bytes), false),
    (thinned, true),
    (joined, true),
    (rot13, true),
    (|text| text.chars().rev().collect(), true),
];

/// Returns all readings of a text, starting with the text itself, or `None` if there are too many.
pub(super) fn readings(text: &str) -> Option<Vec<Reading>> {
    let mut readings = vec![Reading { text: Zeroizing::new(text.to_owned()), deciphered: false }];
    let mut from = 0;
    let mut bytes = text.len();
    for _ in 0..MAX_DEPTH {
        let to = readings.len();
        for at in from..to {
            for (decode, deciphers) in DECODERS {
                let text = Zeroizing::new(decode(&readings[at].text));
                if text.len() >= MIN_SECRET_LEN && readings.iter().all(|known| known.text != text) {
                    let deciphered = readings[at].deciphered || deciphers;
                    bytes += text.len();
                    readings.push(Reading { text, deciphered });
                }
            }
            if bytes > MAX_READINGS_LEN {
                return None;
            }
        }
        from = to;
    }
    Some(readings)
}

/// Replaces each escape by the bytes that it stands for. `read` appends them and returns the length of the escape, or
/// returns `None` if the text begins with none.
fn unescaped(text: &str, read: impl Fn(&str, &mut Vec<u8>) -> Option<usize>) -> String {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text;
    while let Some(c) = rest.chars().next()
        && let Some(length) = read(rest, &mut bytes).or_else(|| push_char(&mut bytes, c.into(), c.len_utf8()))
    {
        rest = &rest[length..];
    }
    text_of(&bytes)
}

fn push_char(bytes: &mut Vec<u8>, number: u32, length: usize) -> Option<usize> {
    bytes.extend_from_slice(char::from_u32(number)?.encode_utf8(&mut [0; 4]).as_bytes());
    Some(length)
}

fn push_byte(bytes: &mut Vec<u8>, number: u32, length: usize) -> Option<usize> {
    bytes.push(u8::try_from(number).ok()?);
    Some(length)
}

/// Converts UTF-8, or Latin-1 if it is not valid UTF-8.
fn text_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().copied().map(char::from));
    }
    text
}

fn digits(text: &str, radix: u32, length: usize) -> Option<u32> {
    let digits = text.get(..length)?;
    digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
}

/// Returns the number of digits at the start of a text.
fn length(text: &str, radix: u32) -> usize {
    text.chars().take_while(|c| c.is_digit(radix)).count()
}

/// Decodes `\"`, `\n`, `\u0073`, `\u{73}`, `\x73`, `\163`.
fn backslash(rest: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    let code = rest.strip_prefix('\\')?;
    match code.chars().next()? {
        'u' | 'U' if code[1..].starts_with('{') => {
            let length = length(&code[2..], 16);
            push_char(bytes, digits(&code[2..], 16, length)?, length + 4)
        }
        'U' if digits(&code[1..], 16, 8).is_some() => push_char(bytes, digits(&code[1..], 16, 8)?, 10),
        'u' | 'U' => match (digits(&code[1..], 16, 4)?, code.get(5..)) {
            (high @ 0xd800..0xdc00, Some(low)) => {
                let low = digits(low.strip_prefix("\\u")?, 16, 4)?.checked_sub(0xdc00)?;
                push_char(bytes, 0x1_0000 + ((high - 0xd800) << 10) + low, 12)
            }
            (number, _) => push_char(bytes, number, 6),
        },
        'x' | 'X' => push_byte(bytes, digits(&code[1..], 16, 2)?, 4),
        '0'..='3' if length(code, 8) >= 3 => push_byte(bytes, digits(code, 8, 3)?, 4),
        'n' | 'r' | 't' => push_char(bytes, ' '.into(), 2),
        c => push_char(bytes, c.into(), 1 + c.len_utf8()),
    }
}

/// Decodes `%73` and `%u0073`, and `=73` and the soft line break of quoted-printable.
fn byte(rest: &str, prefix: char, bytes: &mut Vec<u8>) -> Option<usize> {
    let code = rest.strip_prefix(prefix)?;
    if let Some(number) = code.strip_prefix(['u', 'U']).and_then(|code| digits(code, 16, 4)) {
        return push_char(bytes, number, 6);
    }
    if prefix == '=' && code.starts_with(' ') {
        return Some(2);
    }
    push_byte(bytes, digits(code, 16, 2)?, 3)
}

/// Decodes `&#115;`, `&#x73;`, `&quot;`, `&eacute;`, as in HTML and XML.
fn entity(rest: &str, bytes: &mut Vec<u8>) -> Option<usize> {
    let code = rest.strip_prefix('&')?;
    if let Some(number) = code.strip_prefix('#') {
        let (radix, number) = number.strip_prefix(['x', 'X']).map_or((10, number), |number| (16, number));
        let length = length(number, radix);
        let end = rest.len() - number.len() + length + usize::from(number[length..].starts_with(';'));
        return push_char(bytes, digits(number, radix, length).filter(|_| length > 0)?, end);
    }
    let (name, _) = code.split_once(';').filter(|(name, _)| (2..=8).contains(&name.len()))?;
    let c: char = match name.to_ascii_lowercase().as_str() {
        "nbsp" | "tab" | "newline" => ' ',
        name => NAMED.split(' ').find_map(|entry| entry.strip_prefix(name)?.parse().ok())?,
    };
    push_char(bytes, c.into(), name.len() + 2)
}

/// The names of symbols and letters, each directly before its character.
const NAMED: &str = "\
    quot\" amp& apos' lt< gt> excl! num# dollar$ percnt% lpar( rpar) ast* midast* plus+ comma, period. sol/ colon: \
    semi; equals= quest? commat@ lsqb[ lbrack[ rsqb] rbrack] bsol\\ hat^ lowbar_ grave` lcub{ lbrace{ rcub} \
    rbrace} verbar| vert| hyphen- dash- ordfª ordmº aacuteá eacuteé iacuteí oacuteó uacuteú yacuteý agraveà \
    egraveè igraveì ograveò ugraveù acircâ ecircê icircî ocircô ucircû atildeã ntildeñ otildeõ aumlä eumlë iumlï \
    oumlö uumlü yumlÿ ccedilç aringå uringů oslashø ccaronč ecaroně ncaronň";

/// Decodes the words of a text that may be base64 of either alphabet, skipping this many characters of each. A text
/// that was encoded together with others, or was cut, may start anywhere.
fn base64(text: &str, skip: usize) -> String {
    const ANY: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ENGINE: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY);
    let text = Zeroizing::new(text.replace('-', "+").replace('_', "/"));
    let is_data = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
    decoded_words(&text, is_data, skip, |word| {
        let end = if word.len() % 4 == 1 { word.len() - 1 } else { word.len() };
        ENGINE.decode(&word[..end]).ok()
    })
}

/// Returns the parts that the base64 of any text with this secret contains, for each position of the secret.
pub(super) fn as_base64(secret: &str) -> [Zeroizing<String>; 3] {
    [0, 1, 2].map(|before| {
        let bytes = Zeroizing::new([&[0; 2][..before], secret.as_bytes()].concat());
        let mut encoded = Zeroizing::new(STANDARD_NO_PAD.encode(&bytes));
        let end = encoded.len() - usize::from(bytes.len() % 3 > 0);
        encoded.truncate(end);
        encoded.drain(..[0, 2, 3][before].min(end));
        encoded
    })
}

/// Decodes words of hexadecimal digits in the same way.
fn hexadecimal(text: &str, skip: usize) -> String {
    decoded_words(
        text,
        |c| c.is_ascii_hexdigit(),
        skip,
        |word| {
            let bytes = word.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).ok());
            bytes.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
        },
    )
}

/// Decodes the words made of these characters. Most words are not data, and decode to bytes that are not text.
fn decoded_words(text: &str, is_data: fn(char) -> bool, skip: usize, decode: fn(&str) -> Option<Vec<u8>>) -> String {
    let mut decoded = String::with_capacity(text.len());
    for word in text.split(|c| !is_data(c)) {
        let bytes = word.get(skip..).filter(|word| word.len() >= MIN_SECRET_LEN).and_then(decode).map(Zeroizing::new);
        let bytes = bytes.unwrap_or_default();
        let bytes = Zeroizing::new(bytes.iter().copied().filter(|byte| *byte != 0).collect::<Vec<_>>());
        let parts = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().split(char::is_control));
        for part in parts.filter(|part| part.len() >= MIN_SECRET_LEN) {
            decoded += part;
            decoded.push('\n');
        }
    }
    decoded
}

/// Decodes the numbers of a text as character codes, with anything between them.
fn numbers(text: &str, radix: u32) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let digits = words.map(|word| word.trim_start_matches("0x").trim_start_matches(['x', 'u', 'U', 'X']));
    let codes = digits.filter(|digits| radix != 2 || digits.len() >= 7);
    codes
        .filter_map(|code| char::from_u32(u32::from_str_radix(code, radix).ok()?))
        .filter(|c| !c.is_ascii_control())
        .collect()
}

/// Decodes UTF-8 that was read as Latin-1 or as Windows-1252.
fn as_bytes(text: &str) -> String {
    const WINDOWS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    unescaped(text, |rest, bytes| {
        let c = rest.chars().next()?;
        let place = WINDOWS.chars().position(|windows| windows == c).and_then(|place| u32::try_from(place).ok());
        push_byte(bytes, place.map_or(c.into(), |place| 0x80 + place), c.len_utf8())
    })
}

/// Returns two characters for each UTF-16 character that was made of two.
fn pairs(text: &str, split: fn(u16) -> [u8; 2]) -> String {
    let mut pairs = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_ascii()) {
        let [one, two] = u16::try_from(u32::from(c)).map(split).unwrap_or_default();
        if [one, two].iter().all(|byte| (0x20..0x7f).contains(byte)) {
            pairs.extend([char::from(one), char::from(two)]);
        }
    }
    pairs
}

/// Returns the text without a symbol that stands between every two characters: `s-3-%-7`.
fn thinned(text: &str) -> String {
    let chars = Zeroizing::new(text.chars().collect::<Vec<_>>());
    let is_between = |at: usize, symbol: char| chars.get(at) == Some(&symbol);
    let mut thinned = String::with_capacity(text.len());
    let mut between = None;
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        thinned.push(*c);
        let begins = |symbol: &&char| {
            !symbol.is_alphanumeric() && (3..=5).step_by(2).all(|ahead| is_between(at + ahead, **symbol))
        };
        between = match between {
            Some(symbol) => Some(symbol).filter(|symbol| is_between(at + 1, *symbol)),
            None => chars.get(at + 1).filter(begins).copied(),
        };
        at += if between.is_some() { 2 } else { 1 };
    }
    thinned
}

/// Returns the text without the separators of short groups of characters: `s-3-g-r`, `123.456.789`.
pub(super) fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut before = 0;
    for group in text.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty()) {
        let length = group.chars().count();
        if !joined.is_empty() && (before > MAX_GROUP_LEN || length > MAX_GROUP_LEN) {
            joined.push(' ');
        }
        joined += group;
        before = length;
    }
    joined
}

fn rot13(text: &str) -> String {
    let turned = text.chars().map(|c| match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        _ => c,
    });
    turned.collect()
}
