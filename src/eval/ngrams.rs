//! N-grams of tokens, counted.

use std::collections::HashMap;

/// How often each run of `n` tokens occurs.
pub(super) type Counts<'t> = HashMap<&'t [String], u32>;

/// Counts runs of `n` tokens.
pub(super) fn count(tokens: &[String], n: usize) -> Counts<'_> {
    let mut counts = Counts::new();
    for gram in tokens.windows(n) {
        *counts.entry(gram).or_default() += 1;
    }
    counts
}

/// How many n-grams both have.
pub(super) fn shared(some: &Counts<'_>, others: &Counts<'_>) -> u32 {
    let both = some.iter();
    both.map(|(gram, count)| others.get(gram).map_or(0, |other| *count.min(other)))
        .sum()
}
