//! The number test of RFC 8785: the doubles of the published algorithm, and the published sums.
//!
//! The algorithm is described in `testdata/README.md` of cyberphone/json-canonicalization: fixed
//! values, then 2,000 doubles from the smallest normal one on, then doubles from a chain of SHA-256.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use signed_api_auth::signing::{Canonical, KeyOrder, SignedBody};

#[test]
fn the_first_ten_thousand_doubles_have_the_published_sums() {
    assert_sums(&[
        (1_000, "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687"),
        (10_000, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"),
    ]);
}

/// Runs only in release builds (`cargo test --release -p signed-api-auth --test signing`, as in CI). Without
/// optimization it takes ten seconds.
#[cfg(not(debug_assertions))]
#[test]
fn the_first_million_doubles_have_the_published_sums() {
    assert_sums(&[
        (100_000, "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7"),
        (1_000_000, "49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16"),
    ]);
}

fn assert_sums(sums: &[(usize, &str)]) {
    let mut doubles = Doubles::default();
    let mut sum = Sha256::new();
    let mut lines = 0;
    for (count, expected) in sums {
        while lines < *count {
            let batch: Vec<f64> = doubles.by_ref().take(1_000).collect();
            sum.update(written(&batch));
            lines += batch.len();
        }
        let found = crate::hex(&sum.clone().finalize());
        assert_eq!(found, *expected, "{count} lines");
    }
}

/// Returns the lines of the test file: the bits in hex, a comma, the number.
fn written(doubles: &[f64]) -> String {
    let body = Canonical::new().key_order(KeyOrder::Utf16).value(doubles);
    let text = body.canonical().unwrap();
    // The written text is exact by the rule for text, so it does not change.
    assert_eq!(SignedBody::json(text), body);
    let numbers = text.trim_matches(['[', ']']).split(',');
    doubles.iter().zip(numbers).fold(String::new(), |mut lines, (double, number)| {
        writeln!(lines, "{:x},{number}", double.to_bits()).unwrap();
        lines
    })
}

#[derive(Default)]
struct Doubles {
    fixed: Vec<u64>,
    given: usize,
    block: [u8; 32],
    unused: usize,
}

impl Iterator for Doubles {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        if self.fixed.is_empty() {
            let values = include_str!("../vectors/es6_numbers.txt").split_whitespace();
            self.fixed = values.map(|hex| u64::from_str_radix(hex, 16).unwrap()).collect();
        }
        let serial = self.given.checked_sub(self.fixed.len());
        self.given += 1;
        match serial {
            None => Some(f64::from_bits(self.fixed[self.given - 1])),
            Some(serial @ ..2_000) => Some(f64::from_bits(0x0010_0000_0000_0000 + serial as u64)),
            Some(_) => Some(self.random()),
        }
    }
}

impl Doubles {
    /// Returns the next eight bytes of the chain that are a finite double other than zero.
    fn random(&mut self) -> f64 {
        loop {
            if self.unused == 0 {
                self.block = Sha256::digest(self.block).into();
                self.unused = 4;
            }
            let bytes = self.block.as_chunks::<8>().0[4 - self.unused];
            self.unused -= 1;
            let double = f64::from_bits(u64::from_le_bytes(bytes));
            if double.is_finite() && double != 0.0 {
                return double;
            }
        }
    }
}
