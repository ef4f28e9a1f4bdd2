//! Numbers as ECMAScript's `Number::toString` writes them, and the rule for those that are refused.
//!
//! A number of at most 15 digits passes through a double unchanged, and mostly it is already written as the server
//! writes it. Any other number is parsed as a double and must come back as it was written.

use std::io::Write;

use super::error::{Fault, SignErrorKind};
use super::options::Numbers;

/// A decimal of this many significant digits always survives a double.
const SAFE_DIGITS: usize = 15;
/// No double has more significant digits than this.
const MAX_DIGITS: usize = 770;
/// The bound of an exponent: a number beyond it is zero or infinite.
const MAX_EXPONENT: i64 = 1 << 40;

/// The parts of a number in JSON text.
#[derive(Debug)]
pub(super) struct Literal<'t> {
    negative: bool,
    /// The digits before the point.
    whole: &'t [u8],
    /// The digits behind the point.
    fraction: &'t [u8],
    exponent: i64,
    has_exponent: bool,
    /// The end of the number in the text.
    pub(super) end: usize,
}

/// The significant digits: 0.DIGITS × 10^point, with no zero at either end.
#[derive(Debug)]
struct Significant<'t> {
    whole: &'t [u8],
    fraction: &'t [u8],
    count: usize,
    point: i64,
}

impl<'t> Literal<'t> {
    /// Reads the number that begins at `start`.
    #[inline]
    pub(super) fn read(text: &'t [u8], start: usize) -> Result<Self, Fault> {
        let negative = text.get(start) == Some(&b'-');
        let whole = digits(text, start + usize::from(negative), "behind its minus")?;
        let mut end = start + usize::from(negative) + whole.len();
        if whole.len() > 1 && whole[0] == b'0' {
            return Err(Fault::syntax("a number begins with a zero; remove the zero").at(start));
        }
        let mut fraction: &[u8] = &[];
        if text.get(end) == Some(&b'.') {
            fraction = digits(text, end + 1, "behind its point")?;
            end += 1 + fraction.len();
        }
        let mut exponent = 0;
        let has_exponent = matches!(text.get(end), Some(b'e' | b'E'));
        if has_exponent {
            let sign = matches!(text.get(end + 1), Some(b'+' | b'-'));
            let power = digits(text, end + 1 + usize::from(sign), "in its exponent")?;
            let power_of = |n: i64, digit: &u8| (n * 10 + i64::from(digit - b'0')).min(MAX_EXPONENT);
            exponent = power.iter().fold(0, power_of);
            if text.get(end + 1) == Some(&b'-') {
                exponent = -exponent;
            }
            end += 1 + usize::from(sign) + power.len();
        }
        Ok(Self { negative, whole, fraction, exponent, has_exponent, end })
    }

    /// Returns true if the server writes this literal too, as far as a quick look can tell.
    ///
    /// Such a literal has at most 15 digits, no exponent, no zero at the end of a fraction, and is not so small that
    /// ECMAScript writes an exponent.
    #[inline]
    pub(super) fn is_canonical(&self) -> bool {
        if self.has_exponent || self.whole.len() + self.fraction.len() > SAFE_DIGITS {
            return false;
        }
        match (self.whole, self.fraction) {
            ([b'0'], []) => !self.negative,
            (_, [.., b'0']) | ([b'0'], [b'0', ..]) => false,
            _ => true,
        }
    }

    /// Appends the number, which was `written` so, as the server writes it.
    pub(super) fn push(&self, out: &mut Vec<u8>, written: &[u8], numbers: Numbers) -> Result<(), Fault> {
        let decimal = self.significant();
        if decimal.count == 0 {
            out.push(b'0');
            return Ok(());
        }
        // Most numbers that are not canonical lack only this: no zeros at the end of the fraction.
        let plain = Self { fraction: trim_end(self.fraction), ..*self };
        if plain.is_canonical() {
            out.extend_from_slice(if plain.negative { b"-" } else { b"" });
            out.extend_from_slice(plain.whole);
            out.extend_from_slice(if plain.fraction.is_empty() { b"" } else { b"." });
            out.extend_from_slice(plain.fraction);
            return Ok(());
        }
        let double = decimal.to_f64(self.negative, out);
        let written = || str::from_utf8(written).unwrap_or_default();
        if !double.is_finite() {
            return Err(Fault::with_literal(SignErrorKind::NotFinite, written()));
        }
        let mut buffer = ryu_js::Buffer::new();
        let seen = buffer.format_finite(double);
        if numbers == Numbers::Exact && !decimal.is_written(seen) && !decimal.survives(double) {
            return Err(Fault::with_literal(SignErrorKind::Number, written()).read_as(seen));
        }
        out.extend_from_slice(seen.as_bytes());
        Ok(())
    }

    fn significant(&self) -> Significant<'t> {
        let fraction = trim_end(self.fraction);
        let whole = trim_start(self.whole);
        let mut point = i64::try_from(whole.len()).unwrap_or(MAX_EXPONENT) + self.exponent;
        let (whole, fraction) = match (whole, fraction) {
            ([], fraction) => {
                let trimmed = trim_start(fraction);
                point -= i64::try_from(fraction.len() - trimmed.len()).unwrap_or(MAX_EXPONENT);
                (whole, trimmed)
            }
            (whole, []) => (trim_end(whole), fraction),
            parts => parts,
        };
        Significant { whole, fraction, count: whole.len() + fraction.len(), point }
    }
}

impl Significant<'_> {
    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied()
    }

    /// Parses the number. The end of `buffer` holds its text meanwhile.
    ///
    /// Rust clips exponents of more than five digits, so the number is parsed with its point before the first digit.
    fn to_f64(&self, negative: bool, buffer: &mut Vec<u8>) -> f64 {
        let start = buffer.len();
        buffer.extend_from_slice(if negative { b"-0." } else { b"0." });
        buffer.extend(self.digits());
        let _vectors_take_everything = write!(buffer, "e{}", self.point);
        let double = str::from_utf8(&buffer[start..]).ok().and_then(|text| text.parse().ok());
        buffer.truncate(start);
        double.unwrap_or(f64::NAN)
    }

    /// Returns true if the server writes exactly these digits. This quick check succeeds for nearly every double.
    fn is_written(&self, seen: &str) -> bool {
        Literal::read(seen.as_bytes(), 0).is_ok_and(|seen| {
            let seen = seen.significant();
            seen.point == self.point && seen.digits().eq(self.digits())
        })
    }

    /// Returns true if the double, rounded to this number of digits, is this number. A double that lies half way
    /// between two such numbers is either of them.
    #[cold]
    fn survives(&self, double: f64) -> bool {
        if self.count > MAX_DIGITS {
            return false;
        }
        let (nearest, point) = rounded(double, self.count);
        if point == self.point && self.digits().eq(nearest.bytes()) {
            return true;
        }
        let (exact, point) = rounded(double, MAX_DIGITS);
        let exact = exact.trim_end_matches('0').as_bytes();
        let [start @ .., digit, b'5'] = exact else { return false };
        let is_digit = |written: u8| written == *digit || written == digit + 1;
        point == self.point
            && exact.len() == self.count + 1
            && start.iter().copied().eq(self.digits().take(start.len()))
            && self.digits().last().is_some_and(is_digit)
    }
}

/// Returns this many digits of the double, and the place of its point: 0.DIGITS × 10^point.
fn rounded(double: f64, count: usize) -> (String, i64) {
    let rounded = format!("{:.*e}", count - 1, double.abs());
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or_default();
    (mantissa.replace('.', ""), exponent.parse().map_or(i64::MAX, |exponent: i64| exponent + 1))
}

/// Reads one digit or more.
#[inline]
fn digits<'t>(text: &'t [u8], from: usize, place: &str) -> Result<&'t [u8], Fault> {
    let rest = text.get(from..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return Err(no_digit(text, from, place));
    }
    Ok(&rest[..count])
}

#[cold]
fn no_digit(text: &[u8], from: usize, place: &str) -> Fault {
    let at = from.min(text.len());
    let message = if text[at..].starts_with(b"Inf") || text[at..].starts_with(b"inf") {
        "JSON has no infinity; send null or a string".to_owned()
    } else {
        format!("a number lacks a digit {place}; write one")
    };
    Fault::syntax(message).at(at)
}

fn trim_start(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    &digits[zeros..]
}

fn trim_end(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|&&digit| digit == b'0').count();
    &digits[..digits.len() - zeros]
}

/// Appends a double.
pub(super) fn push_f64(out: &mut Vec<u8>, double: f64) -> Result<(), Fault> {
    if !double.is_finite() {
        return Err(Fault::with_literal(SignErrorKind::NotFinite, &double.to_string()));
    }
    out.extend_from_slice(ryu_js::Buffer::new().format_finite(double).as_bytes());
    Ok(())
}

/// Appends a float as the decimal that stands for it in JSON text: 0.1 and not 0.10000000149011612.
pub(super) fn push_f32(out: &mut Vec<u8>, float: f32) -> Result<(), Fault> {
    if !float.is_finite() {
        return push_f64(out, float.into());
    }
    let double = ryu_js::Buffer::new().format_finite(float).parse();
    push_f64(out, double.unwrap_or(f64::NAN))
}

/// Appends an integer.
#[inline]
pub(super) fn push_integer(out: &mut Vec<u8>, number: impl itoa::Integer, numbers: Numbers) -> Result<(), Fault> {
    let mut buffer = itoa::Buffer::new();
    let written = buffer.format(number).as_bytes();
    if written.len() <= SAFE_DIGITS {
        out.extend_from_slice(written);
        return Ok(());
    }
    Literal::read(written, 0)?.push(out, written, numbers)
}
