//! A number of bytes, as it is written on the command line.

use std::str::FromStr;

/// A number of bytes: `512`, `64K`, `1M` or `1G`, in steps of 1,024.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(super) usize);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = |unit: char| text.strip_suffix(unit);
        let (number, factor) = match (unit('K'), unit('M'), unit('G')) {
            (Some(number), ..) => (number, 1 << 10),
            (_, Some(number), _) => (number, 1 << 20),
            (_, _, Some(number)) => (number, 1 << 30),
            _ => (text, 1),
        };
        let bytes = number.parse().ok().and_then(|number: usize| number.checked_mul(factor));
        bytes.map(Self).ok_or_else(|| format!("{text:?} is not a size; write bytes, or a number with K, M or G"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_an_optional_unit() {
        for (text, bytes) in [("0", 0), ("512", 512), ("64K", 65_536), ("1M", 1_048_576), ("2G", 2_147_483_648)] {
            assert_eq!(text.parse(), Ok(Size(bytes)));
        }
        for text in ["", "K", "-1", "1.5M", "1MB", "1 K", "99999999999999999999", "18446744073709551615K"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
