//! What two languages write alike: numbers, names, and words of a common origin, by their beginnings.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use crate::text::words;

/// Words of fewer letters are no anchors: they are in every sentence.
const LEAST: usize = 4;
/// So many letters of a word count.
const STEM: usize = 4;
/// How much more a number weighs than a word.
const NUMBER: f32 = 2.0;

/// The anchors of a sentence, in order, each once, with how much they weigh.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchors {
    keys: Vec<(u64, f32)>,
    /// What all weigh.
    pub weight: f32,
}

/// The anchors of the sentences of both sides; what is rare in the text weighs more.
pub(super) fn anchors<'a>(
    source: impl Iterator<Item = &'a str>,
    target: impl Iterator<Item = &'a str>,
) -> (Vec<Anchors>, Vec<Anchors>) {
    let source: Vec<Vec<Key>> = source.map(keys).collect();
    let target: Vec<Vec<Key>> = target.map(keys).collect();
    let mut counts: HashMap<u64, u32> = HashMap::new();
    for (key, _) in source.iter().chain(&target).flatten() {
        *counts.entry(*key).or_default() += 1;
    }
    let all = (source.len() + target.len()).max(1) as f32;
    let weighed = |sides: Vec<Vec<Key>>| {
        let anchors = sides.into_iter().map(|keys| {
            let keys: Vec<(u64, f32)> = keys
                .into_iter()
                .map(|(key, weight)| (key, weight * (1.0 + all / counts[&key] as f32).ln()))
                .collect();
            Anchors {
                weight: keys.iter().map(|(_, weight)| weight).sum(),
                keys,
            }
        });
        anchors.collect::<Vec<_>>()
    };
    (weighed(source), weighed(target))
}

/// Hash of an anchor, and how much more than a word it weighs.
type Key = (u64, f32);

/// A sentence's anchors, in the order of their hashes, each once.
fn keys(text: &str) -> Vec<Key> {
    let key = |word: &str| {
        let is_number = word.starts_with(|c: char| c.is_numeric());
        let plain = word.nfd().filter(|c| c.is_alphanumeric());
        let lower = plain.flat_map(char::to_lowercase);
        let stem: String = match is_number {
            true => lower.collect(),
            false => lower.take(STEM).collect(),
        };
        let long = is_number || stem.chars().nth(LEAST - 1).is_some();
        let mut hasher = DefaultHasher::new();
        stem.hash(&mut hasher);
        let weight = if is_number { NUMBER } else { 1.0 };
        long.then(|| (hasher.finish(), weight))
    };
    let mut keys: Vec<Key> = words(text).filter_map(|span| key(span.of(text))).collect();
    keys.sort_unstable_by_key(|(key, _)| *key);
    keys.dedup_by_key(|(key, _)| *key);
    keys
}

impl Anchors {
    /// What those weigh that both have.
    pub(super) fn common(&self, other: &Self) -> f32 {
        let (mut a, mut b) = (self.keys.iter().peekable(), other.keys.iter().peekable());
        let mut sum = 0.0;
        while let (Some((one, weight)), Some((two, _))) = (a.peek(), b.peek()) {
            match one.cmp(two) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    sum += weight;
                    a.next();
                    b.next();
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_kin_are_common() {
        let of = |text| anchors([text].into_iter(), std::iter::empty()).0.remove(0);
        let (source, target) = (
            of("Tokayev è stato eletto a novembre con 81 voti: è democratico."),
            of("Tokayev was elected in November with 81 votes: it is democratic."),
        );
        // Tokayev, November, democratic and, twice, 81; "elet" and "elec" are not alike enough.
        let each = (1.0_f32 + 1.0).ln();
        assert!((source.common(&target) / each - 5.0).abs() < 0.01);
        assert_eq!(source.common(&of("Il cane dorme.")), 0.0);
    }
}
