//! The median of many rounds, and how sure it is.

/// A median with its spread. Medians, because a shared machine now and then stops a round for a while.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Half of the rounds are below.
    pub median: f64,
    /// Half of the rounds are between the two.
    pub quartiles: (f64, f64),
    /// The true median is between the two with 95 %.
    pub interval: (f64, f64),
}

impl Spread {
    /// Of at least one value; of none, all zeros.
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
