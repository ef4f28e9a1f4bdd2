//! Random numbers for jitter, which must be spread but not secret.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Returns a number in 0..1. The standard library keys each hasher anew, from a seed that the system's generator gave
/// the thread.
pub(crate) fn jitter() -> f64 {
    let bits = u32::try_from(RandomState::new().build_hasher().finish() >> 32).unwrap_or_default();
    f64::from(bits) / 2_f64.powi(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolls_are_spread_evenly_from_zero_to_one() {
        let mut tenths = [0_u32; 10];
        for _ in 0..10_000 {
            let jitter = jitter();
            assert!((0.0..1.0).contains(&jitter));
            let tenth = (0..10_u32).rfind(|tenth| jitter >= f64::from(*tenth) / 10.0).unwrap();
            tenths[tenth as usize] += 1;
        }
        // The bounds are seven standard deviations; one is 30.
        assert!(tenths.iter().all(|count| (790..1210).contains(count)), "{tenths:?}");
    }

    #[test]
    fn two_threads_roll_differently() {
        let rolls = || [jitter(), jitter()].map(f64::to_bits);
        let others = std::thread::spawn(rolls).join().unwrap();
        assert_ne!(rolls(), others);
    }
}
