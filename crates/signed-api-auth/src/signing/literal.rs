//! The parts of a number in JSON text.

use super::fault::Fault;

/// A decimal of so many significant digits always survives a double.
pub(super) const SAFE_DIGITS: usize = 15;
/// Powers of ten beyond this are all the same: zero or infinity.
const FAR: i64 = 1 << 40;

#[derive(Debug)]
pub(super) struct Literal<'t> {
    pub(super) negative: bool,
    /// The digits before the point.
    pub(super) whole: &'t [u8],
    /// The digits behind it.
    fraction: &'t [u8],
    exponent: i64,
    has_exponent: bool,
    /// The end of the literal in the text.
    pub(super) end: usize,
}

/// The digits that matter: 0.DIGITS × 10^point, with no zero at either end.
#[derive(Debug)]
pub(super) struct Significant<'t> {
    whole: &'t [u8],
    fraction: &'t [u8],
    pub(super) count: usize,
    pub(super) point: i64,
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
            let power_of = |n: i64, digit: &u8| (n * 10 + i64::from(digit - b'0')).min(FAR);
            exponent = power.iter().fold(0, power_of);
            if text.get(end + 1) == Some(&b'-') {
                exponent = -exponent;
            }
            end += 1 + usize::from(sign) + power.len();
        }
        Ok(Self { negative, whole, fraction, exponent, has_exponent, end })
    }

    /// The literal is what the server writes too, seen without a closer look.
    ///
    /// So it is with at most 15 digits, no power of ten, no zero at the end of a fraction, and a value
    /// that is not so small that a power of ten would be written.
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

    /// The digits without the zeros at both ends.
    pub(super) fn significant(&self) -> Significant<'t> {
        let fraction = trim_end(self.fraction);
        let whole = trim_start(self.whole);
        let mut point = i64::try_from(whole.len()).unwrap_or(FAR) + self.exponent;
        let (whole, fraction) = match (whole, fraction) {
            ([], fraction) => {
                let trimmed = trim_start(fraction);
                point -= i64::try_from(fraction.len() - trimmed.len()).unwrap_or(FAR);
                (whole, trimmed)
            }
            (whole, []) => (trim_end(whole), fraction),
            parts => parts,
        };
        Significant { whole, fraction, count: whole.len() + fraction.len(), point }
    }
}

impl Significant<'_> {
    pub(super) fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied()
    }
}

/// One digit or more.
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
