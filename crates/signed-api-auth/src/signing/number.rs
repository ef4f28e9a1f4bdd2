//! Numbers as the server writes them: ECMAScript's `Number::toString`, and the rule of what to refuse.
//!
//! A number of at most 15 significant digits passes through a double unchanged, so its text is settled
//! as text. Any other one is read as a double and has to come back as it was written.

use std::io::Write;

use super::error::SignErrorKind;
use super::fault::Fault;
use super::literal::{Literal, SAFE_DIGITS, Significant};
use super::options::Numbers;

/// Between these powers of ten a double has all its digits.
const SAFE_EXPONENTS: std::ops::RangeInclusive<i64> = -290..=290;
/// No double has more significant digits than this.
const MOST_DIGITS: usize = 770;
/// All integers up to here are doubles.
const SAFE_INTEGER: u64 = 1 << 53;

/// Appends the number that is all of the text.
pub(super) fn push_text(out: &mut Vec<u8>, text: &str, numbers: Numbers) -> Result<(), Fault> {
    let literal = Literal::read(text.as_bytes(), 0)?;
    push_literal(out, &literal, text.as_bytes(), numbers)
}

/// Appends a number that was written so.
pub(super) fn push_literal(
    out: &mut Vec<u8>,
    literal: &Literal<'_>,
    written: &[u8],
    numbers: Numbers,
) -> Result<(), Fault> {
    let decimal = literal.significant();
    if decimal.count == 0 {
        out.push(b'0');
        return Ok(());
    }
    let mut digits = [0; SAFE_DIGITS];
    if decimal.count <= SAFE_DIGITS && SAFE_EXPONENTS.contains(&decimal.point) {
        for (slot, digit) in digits.iter_mut().zip(decimal.digits()) {
            *slot = digit;
        }
        push_decimal(out, literal.negative, &digits[..decimal.count], decimal.point);
        return Ok(());
    }
    let written = str::from_utf8(written).unwrap_or_default();
    // The grammar was checked, and every JSON number is one of Rust's.
    let double = written.parse::<f64>().unwrap_or(f64::NAN);
    if !double.is_finite() {
        return Err(Fault::with_literal(SignErrorKind::NotFinite, written));
    }
    let mut buffer = ryu_js::Buffer::new();
    let seen = buffer.format_finite(double);
    if numbers == Numbers::Exact && !is_written(seen, &decimal) && !survives(double, &decimal) {
        return Err(Fault::with_literal(SignErrorKind::Number, written).read_as(seen));
    }
    out.extend_from_slice(seen.as_bytes());
    Ok(())
}

/// The server writes the very digits that were written: true of nearly every double, and quickly told.
fn is_written(seen: &str, written: &Significant<'_>) -> bool {
    Literal::read(seen.as_bytes(), 0).is_ok_and(|seen| {
        let seen = seen.significant();
        seen.point == written.point && seen.digits().eq(written.digits())
    })
}

/// The double, rounded to as many significant digits as were written, is what was written. One that
/// lies half way between two such numbers is either of them.
#[cold]
fn survives(double: f64, written: &Significant<'_>) -> bool {
    if written.count > MOST_DIGITS {
        return false;
    }
    let (rounded, point) = significant(double, written.count);
    if point == written.point && written.digits().eq(rounded.bytes()) {
        return true;
    }
    let (exact, point) = significant(double, MOST_DIGITS);
    let exact = exact.trim_end_matches('0').as_bytes();
    let [start @ .., digit, b'5'] = exact else { return false };
    let is_digit = |written: u8| written == *digit || written == digit + 1;
    point == written.point
        && exact.len() == written.count + 1
        && start.iter().copied().eq(written.digits().take(start.len()))
        && written.digits().last().is_some_and(is_digit)
}

/// So many digits of the double, and where its point is: 0.DIGITS × 10^point.
fn significant(double: f64, count: usize) -> (String, i64) {
    let rounded = format!("{:.*e}", count - 1, double.abs());
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or_default();
    (mantissa.replace('.', ""), exponent.parse().map_or(i64::MAX, |exponent: i64| exponent + 1))
}

/// Writes 0.DIGITS × 10^point as ECMAScript does; no digit at either end is a zero.
fn push_decimal(out: &mut Vec<u8>, negative: bool, digits: &[u8], point: i64) {
    if negative {
        out.push(b'-');
    }
    let count = digits.len();
    let places = usize::try_from(point.unsigned_abs()).unwrap_or(usize::MAX);
    match point {
        1..=21 if count <= places => {
            out.extend_from_slice(digits);
            out.resize(out.len() + places - count, b'0');
        }
        1..=21 => {
            out.extend_from_slice(&digits[..places]);
            out.push(b'.');
            out.extend_from_slice(&digits[places..]);
        }
        -5..=0 => {
            out.extend_from_slice(&b"0.00000"[..2 + places]);
            out.extend_from_slice(digits);
        }
        _ => {
            out.push(digits[0]);
            if count > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            let _vectors_take_everything = write!(out, "e{:+}", point - 1);
        }
    }
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
pub(super) fn push_u64(out: &mut Vec<u8>, number: u64, numbers: Numbers) -> Result<(), Fault> {
    if number > SAFE_INTEGER {
        return push_i128(out, number.into(), numbers);
    }
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
    Ok(())
}

/// Appends an integer.
#[inline]
pub(super) fn push_i64(out: &mut Vec<u8>, number: i64, numbers: Numbers) -> Result<(), Fault> {
    if number.unsigned_abs() > SAFE_INTEGER {
        return push_i128(out, number.into(), numbers);
    }
    if number < 0 {
        out.push(b'-');
    }
    push_u64(out, number.unsigned_abs(), numbers)
}

/// Appends an integer.
pub(super) fn push_i128(out: &mut Vec<u8>, number: i128, numbers: Numbers) -> Result<(), Fault> {
    push_text(out, &number.to_string(), numbers)
}

/// Appends an integer.
pub(super) fn push_u128(out: &mut Vec<u8>, number: u128, numbers: Numbers) -> Result<(), Fault> {
    push_text(out, &number.to_string(), numbers)
}
