//! The median of many rounds, and its confidence interval.

/// A median with its spread. It is a median because a shared machine sometimes stops a round for a while.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Half of the rounds are below.
    pub median: f64,
    /// Half of the rounds are between the two.
    pub quartiles: (f64, f64),
    /// The true median is between the two with a confidence of 95 %.
    pub interval: (f64, f64),
}

impl Spread {
    /// Computes the spread of at least one value. For no value, all fields are zero.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or_default();
        let count = values.len();
        // The ranks of a binomial's 95 %: n/2 ± 0.98 √n.
        let sure = count.isqrt().max(1);
        Self {
            median: at(count / 2),
            quartiles: (at(count / 4), at(count * 3 / 4)),
            interval: (at((count / 2).saturating_sub(sure)), at(count / 2 + sure)),
        }
    }
}
