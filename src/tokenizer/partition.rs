//! Cuts a text at the special tokens that are written out in it.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::vocab::damaged;
use crate::error::Result;

/// A stretch of a text: a special token, or what lies between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fragment<'t> {
    Text(&'t str),
    Special(u32),
}

/// Finds special tokens in a text: the longest first, then the leftmost, as llama.cpp does.
pub(super) struct Partition {
    finder: AhoCorasick,
    /// Token ids in the order of the finder's patterns: the longest text first.
    ids: Vec<u32>,
}

impl Partition {
    /// Special tokens with their texts, none of them empty.
    pub(super) fn new<'v>(specials: impl Iterator<Item = (u32, &'v str)>) -> Result<Self> {
        let mut specials: Vec<(u32, &str)> = specials.collect();
        specials.sort_by_key(|&(id, text)| (std::cmp::Reverse(text.len()), id));
        let finder = AhoCorasick::new(specials.iter().map(|&(_, text)| text))
            .map_err(|error| damaged("it has too many special tokens").with_source(error))?;
        Ok(Self {
            finder,
            ids: specials.into_iter().map(|(id, _)| id).collect(),
        })
    }

    /// Where each wanted special token starts in `text`, also where they overlap; ascending.
    pub(super) fn starts(&self, text: &str, wanted: impl Fn(u32) -> bool) -> Vec<usize> {
        let hits = self.finder.find_overlapping_iter(text);
        let mut starts: Vec<usize> = hits
            .filter(|hit| wanted(self.ids[hit.pattern().as_usize()]))
            .map(|hit| hit.start())
            .collect();
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    /// Cuts `text` at the special tokens for which `wanted` holds. The fragments cover the text without gaps.
    pub(super) fn cut<'t>(&self, text: &'t str, wanted: impl Fn(u32) -> bool) -> Vec<Fragment<'t>> {
        let mut found: Vec<(usize, usize, usize)> = self
            .finder
            .find_overlapping_iter(text)
            .map(|hit| (hit.pattern().as_usize(), hit.start(), hit.end()))
            .filter(|&(pattern, ..)| wanted(self.ids[pattern]))
            .collect();
        found.sort_unstable();
        // start -> (end, id); what is taken never overlaps, so only the last start before an end can be in the way.
        let mut taken = BTreeMap::new();
        for (pattern, start, end) in found {
            let before = taken.range(..end).next_back();
            if before.is_none_or(|(_, &(taken_end, _))| taken_end <= start) {
                taken.insert(start, (end, self.ids[pattern]));
            }
        }
        let mut fragments = Vec::with_capacity(2 * taken.len() + 1);
        let mut at = 0;
        for (start, (end, id)) in taken {
            if at < start {
                fragments.push(Fragment::Text(&text[at..start]));
            }
            fragments.push(Fragment::Special(id));
            at = end;
        }
        if at < text.len() {
            fragments.push(Fragment::Text(&text[at..]));
        }
        fragments
    }
}

#[cfg(test)]
mod tests {
    use super::Fragment::{Special, Text};
    use super::*;

    #[test]
    fn the_longest_token_wins_and_the_rest_is_text() {
        let partition =
            Partition::new([(1, "<s>"), (2, "<s><s>"), (3, "s><")].into_iter()).unwrap();
        assert_eq!(
            partition.cut("a<s><s><s>b", |_| true),
            [Text("a"), Special(2), Special(1), Text("b")]
        );
        assert_eq!(
            partition.cut("<s><s>", |id| id != 2),
            [Special(1), Special(1)]
        );
        assert_eq!(partition.cut("<s><", |id| id == 3), [Text("<"), Special(3)]);
        assert_eq!(partition.cut("", |_| true), []);
    }
}
