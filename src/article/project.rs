//! Where the words of a sentence went in its translation, as far as links, spelling and order tell.

use std::cmp::Reverse;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::text::{Link, Span};

/// More pairs of words than this aren't compared: only a giant sentence has them.
const MOST_PAIRS: usize = 1_000_000;

/// The words of a sentence and of its translation, with those paired that look alike.
pub(super) struct Alignment {
    pub(super) source: Vec<Range<usize>>,
    pub(super) target: Vec<Range<usize>>,
    /// The target word of each source word.
    pub(super) pairs: Vec<Option<usize>>,
    /// The source word that each target word comes from, where links say so.
    origins: Vec<Option<usize>>,
    /// Word borders that correspond, in rising order on both sides, from (0, 0) to (all, all).
    borders: Vec<(usize, usize)>,
}

/// Words by UAX #29, parted at apostrophes too ("l’invasione" is two).
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    for (at, word) in text.unicode_word_indices() {
        let mut start = at;
        for part in word.split_inclusive(['\'', '’']) {
            let len = part.trim_end_matches(['\'', '’']).len();
            if len > 0 {
                words.push(start..start + len);
            }
            start += part.len();
        }
    }
    words
}

/// How alike two words in lower case are: 2 the same, 1 probably cognate, 0 not.
fn likeness(a: &str, b: &str) -> u8 {
    if a == b {
        let telling = a.chars().nth(2).is_some() || a.contains(|c: char| !c.is_ascii());
        return if telling || a.contains(char::is_numeric) {
            2
        } else {
            0
        };
    }
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let shorter = a.chars().count().min(b.chars().count());
    u8::from(common >= 4 && 2 * common >= shorter && !a.contains(char::is_numeric))
}

impl Alignment {
    /// Of two texts, of which `links` say what belongs together.
    pub(super) fn new(source_text: &str, target_text: &str, links: &[Link]) -> Self {
        let (source, target) = (words(source_text), words(target_text));
        let mut pairs = vec![None; source.len()];
        let origins = origins(&source, &target, links);
        if source.len() * target.len() <= MOST_PAIRS {
            let lower = |text: &str, words: &[Range<usize>]| -> Vec<String> {
                words
                    .iter()
                    .map(|w| text[w.clone()].to_lowercase())
                    .collect()
            };
            let sources = lower(source_text, &source);
            let targets = lower(target_text, &target);
            let mut free = vec![true; target.len()];
            for wanted in [2, 1] {
                if wanted == 1 {
                    // What is written alike belongs together whatever the links say; these come before cognates.
                    for (j, origin) in origins.iter().enumerate() {
                        if let Some(i) = origin.filter(|_| free[j])
                            && pairs[i].is_none()
                        {
                            free[j] = false;
                            pairs[i] = Some(j);
                        }
                    }
                }
                for (i, word) in sources.iter().enumerate() {
                    if pairs[i].is_some() {
                        continue;
                    }
                    let expected = i * target.len() / source.len();
                    let best = (0..target.len())
                        .filter(|j| free[*j] && likeness(word, &targets[*j]) == wanted)
                        .min_by_key(|j| j.abs_diff(expected));
                    if let Some(j) = best {
                        free[j] = false;
                        pairs[i] = Some(j);
                    }
                }
            }
        }
        let mut borders = vec![(0, 0)];
        for (i, j) in longest_rising(&pairs) {
            // A word that moved across half of the sentence says nothing about its neighbours.
            let moved = (i * target.len()).abs_diff(j * source.len());
            if 2 * moved <= source.len() * target.len() {
                borders.extend([(i, j), (i + 1, j + 1)]);
            }
        }
        borders.push((source.len(), target.len()));
        Self {
            source,
            target,
            pairs,
            origins,
            borders,
        }
    }

    /// The border between target words that corresponds to one between source words.
    fn border(&self, at: usize) -> usize {
        let k = self.borders.partition_point(|(i, _)| *i < at);
        let (i, j) = self.borders[k.min(self.borders.len() - 1)];
        if i == at || k == 0 {
            return j;
        }
        let (i0, j0) = self.borders[k - 1];
        j0 + ((at - i0) * (j - j0) + (i - i0) / 2) / (i - i0)
    }

    /// The source words that `range` touches.
    fn touched(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.source.partition_point(|w| w.end <= range.start);
        first
            ..self
                .source
                .partition_point(|w| w.start < range.end)
                .max(first)
    }

    /// The target words, by index, for a range of the source, and whether that's more than a guess. Empty if either
    /// side has no word there.
    pub(super) fn words(&self, range: &Range<usize>) -> (Range<usize>, bool) {
        let touched = self.touched(range);
        if touched.is_empty() || self.target.is_empty() {
            return (0..0, false);
        }
        if let Some(found) = self.linked(&touched) {
            return found;
        }
        let known = || touched.clone().filter_map(|i| self.pairs[i]);
        if let (Some(first), Some(last)) = (known().min(), known().max()) {
            let spread = last + 1 - first;
            if known().count() == touched.len() && spread <= touched.len() + 1 {
                return (first..last + 1, true);
            }
            if spread <= 2 * touched.len() {
                let unknown = |i: &usize| self.pairs[*i].is_none();
                let before = touched.clone().take_while(unknown).count();
                let after = touched.clone().rev().take_while(unknown).count();
                let end = (last + 1 + after).min(self.target.len());
                return (first.saturating_sub(before)..end, false);
            }
        }
        let start = self.border(touched.start).min(self.target.len() - 1);
        (start..self.border(touched.end).max(start + 1), false)
    }

    /// The target words that come from those of `touched` by the links, and whether no other lies between them. A single
    /// word far from the others is a slip.
    fn linked(&self, touched: &Range<usize>) -> Option<(Range<usize>, bool)> {
        let comes = |j: &usize| self.origins[*j].is_some_and(|i| touched.contains(&i));
        let from: Vec<usize> = (0..self.target.len()).filter(comes).collect();
        let stranger = |j: &usize| self.origins[*j].is_some_and(|i| !touched.contains(&i));
        // Runs with at most as many words of others between two of their own as a language puts between them.
        const APART: usize = 2;
        let runs = from.chunk_by(|a, b| (a + 1..*b).filter(stranger).count() <= APART);
        let expected = touched.start * self.target.len() / self.source.len();
        let run = runs.max_by_key(|run| (run.len(), Reverse(run[0].abs_diff(expected))))?;
        let words = self.without_neighbours(touched, run[0]..run[run.len() - 1] + 1);
        let certain = run.len() == from.len() && !words.clone().any(|j| stranger(&j));
        Some((words, certain))
    }

    /// The target words from the source word `i`, whose pair is `j`: a phrase may come from it.
    fn run(&self, i: usize, j: usize) -> Range<usize> {
        let run = self.linked(&(i..i + 1)).map(|(words, _)| words);
        // Its article, which was taken off, may be what it is paired with.
        run.filter(|words| words.contains(&j) || words.start == j + 1)
            .unwrap_or(j..j + 1)
    }

    /// `words` without an article or the like at an end that comes from a word beside `touched`: it goes by its noun's links, so
    /// that the word in the source has none, and the noun two.
    fn without_neighbours(&self, touched: &Range<usize>, mut words: Range<usize>) -> Range<usize> {
        let is_alone = |i: usize| i < self.source.len() && !self.origins.contains(&Some(i));
        let twice = |j: usize, words: &Range<usize>| {
            let mut others = words.clone().filter(|other| *other != j);
            others.any(|other| self.origins[other] == self.origins[j])
        };
        let len = |j: usize| self.target[j].len();
        let before = touched.start.checked_sub(1);
        if before.is_some_and(is_alone) && twice(words.start, &words) {
            words.start += 1;
        }
        if is_alone(touched.end) && words.len() > 1 && twice(words.end - 1, &words) {
            // The smaller of the two ends is the article or the conjunction: "que todos" for "everyone".
            match len(words.start) < len(words.end - 1) && twice(words.start, &words) {
                true => words.start += 1,
                false => words.end -= 1,
            }
        }
        words
    }

    /// Whether the target word `j` comes from a word of the source that `range` doesn't touch.
    pub(super) fn is_taken(&self, j: usize, range: &Range<usize>) -> bool {
        let touched = self.touched(range);
        let paired = self.pairs.iter().position(|pair| *pair == Some(j));
        self.origins[j]
            .or(paired)
            .is_some_and(|i| !touched.contains(&i))
    }

    /// Whether `range` of the source is a part of one word, not all of it.
    pub(super) fn is_part(&self, range: &Range<usize>) -> bool {
        let touched = self.touched(range);
        let word = self.source.get(touched.start);
        touched.len() == 1
            && word.is_some_and(|word| word.start < range.start || range.end < word.end)
    }

    /// Where a part of one word of the source ("2" in "H2O") lies in the same word of the target.
    pub(super) fn within_word(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let touched = self.touched(range);
        let source = self.source.get(touched.start)?;
        let target = &self.target[self.pairs.get(touched.start).copied()??];
        let part = touched.len() == 1
            && source.len() == target.len()
            && source.start <= range.start
            && range.end <= source.end;
        part.then(|| {
            let start = target.start + (range.start - source.start);
            start..start + range.len()
        })
    }

    /// The byte of the target for a point of the source: behind the word that corresponds to the one before it, and at
    /// the end if no word stands behind it.
    pub(super) fn point(&self, at: Range<usize>) -> usize {
        let before = self.source.partition_point(|w| w.start < at.start);
        if before == 0 {
            return 0;
        }
        let index = match self.pairs[before - 1] {
            _ if self.source.last().is_some_and(|w| w.start < at.end) => self.target.len(),
            Some(j) => self.run(before - 1, j).end,
            None => self.border(before),
        };
        match index {
            0 => 0,
            n => self.target[n - 1].end,
        }
    }
}

/// The source word that each target word comes from by `links`.
fn origins(source: &[Range<usize>], target: &[Range<usize>], links: &[Link]) -> Vec<Option<usize>> {
    let origin = |word: &Range<usize>| {
        let mut links = links.iter();
        let link = links.find(|one| one.target.start < word.end && word.start < one.target.end)?;
        let meets =
            |from: &Range<usize>| from.start < link.source.end && link.source.start < from.end;
        source.iter().position(meets)
    };
    target.iter().map(origin).collect()
}

/// The longest subsequence of pairs that rises on both sides.
fn longest_rising(pairs: &[Option<usize>]) -> Vec<(usize, usize)> {
    let pairs: Vec<(usize, usize)> = (0..)
        .zip(pairs)
        .filter_map(|(i, j)| Some((i, (*j)?)))
        .collect();
    // tails[k]: index of the pair that ends the best sequence of length k + 1; before[p]: the pair before p.
    let mut tails: Vec<usize> = Vec::new();
    let mut before = vec![None; pairs.len()];
    for (p, (_, j)) in pairs.iter().enumerate() {
        let k = tails.partition_point(|t| pairs[*t].1 < *j);
        before[p] = k.checked_sub(1).map(|k| tails[k]);
        match k == tails.len() {
            true => tails.push(p),
            false => tails[k] = p,
        }
    }
    let mut found = Vec::with_capacity(tails.len());
    let mut at = tails.last().copied();
    while let Some(p) = at {
        found.push(pairs[p]);
        at = before[p];
    }
    found.reverse();
    found
}

/// The `links` to words of `before` as those to words of `after`, which is that with something put in or taken out.
pub(super) fn moved(links: &[Link], before: &str, after: &str) -> Vec<Link> {
    if before == after {
        return links.to_vec();
    }
    let pairs = || before.bytes().zip(after.bytes());
    let head = pairs().take_while(|(a, b)| a == b).count();
    let ends = before.bytes().rev().zip(after.bytes().rev());
    let tail = ends.take_while(|(a, b)| a == b).count();
    let place = |Link { source, target }: &Link| {
        let moved = match target {
            Span { end, .. } if *end <= head => *target,
            Span { start, .. } if *start + tail >= before.len() => Span {
                start: target.start + after.len() - before.len(),
                end: target.end + after.len() - before.len(),
            },
            _ => return None,
        };
        Some(Link {
            source: *source,
            target: moved,
        })
    };
    links.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "She bought a red car and a blue bicycle.";
    const TARGET: &str = "Ela comprou um carro vermelho e uma bicicleta azul.";

    /// The words of the one text and of the other that belong together, by number.
    fn links(source: &str, target: &str, pairs: &[(usize, usize)]) -> Vec<Link> {
        let span = |range: &Range<usize>| Span {
            start: range.start,
            end: range.end,
        };
        let (source, target) = (words(source), words(target));
        let link = |&(i, j): &(usize, usize)| Link {
            source: span(&source[i]),
            target: span(&target[j]),
        };
        pairs.iter().map(link).collect()
    }

    #[test]
    fn marks_go_where_links_say() {
        let pairs = [
            (0, 0),
            (1, 1),
            (2, 2),
            (4, 3),
            (3, 4),
            (5, 5),
            (6, 6),
            (8, 7),
            (7, 8),
        ];
        let alignment = Alignment::new(SOURCE, TARGET, &links(SOURCE, TARGET, &pairs));
        for (marked, expected) in [
            ("red", (4..5, true)),
            ("blue", (8..9, true)),
            ("red car", (3..5, true)),
            ("a blue bicycle", (6..9, true)),
            ("She bought", (0..2, true)),
        ] {
            let start = SOURCE.find(marked).unwrap();
            let range = start..start + marked.len();
            assert_eq!(alignment.words(&range), expected, "{marked}");
        }
        // Behind "car" comes what stands behind its word.
        assert_eq!(alignment.point(20..20), TARGET.find(" vermelho").unwrap());
    }

    #[test]
    fn articles_stay_beside_their_nouns() {
        // "A casa vermelha fica aqui": "The" by the links of "house", and nothing comes from "A".
        let (source, target) = ("A casa vermelha fica aqui.", "The red house is here.");
        let links = links(source, target, &[(1, 0), (2, 1), (1, 2), (3, 3), (4, 4)]);
        let alignment = Alignment::new(source, target, &links);
        assert_eq!(alignment.words(&(2..15)), (1..3, true));
        // With it, it is within.
        assert_eq!(alignment.words(&(0..15)), (0..3, true));
    }

    #[test]
    fn a_slip_far_away_is_none_of_the_words() {
        // "um" from "blue".
        let pairs = [(7, 2), (4, 3), (3, 4), (7, 8), (8, 7), (6, 6), (5, 5)];
        let alignment = Alignment::new(SOURCE, TARGET, &links(SOURCE, TARGET, &pairs));
        let start = SOURCE.find("blue").unwrap();
        let (words, certain) = alignment.words(&(start..start + 4));
        assert_eq!((words, certain), (8..9, false));
    }

    #[test]
    fn links_move_with_their_words() {
        let pairs = [(0, 0), (3, 4), (7, 8)];
        let before = links(SOURCE, TARGET, &pairs);
        let after = TARGET.replace("e uma", "e `x` uma");
        let moved = super::moved(&before, TARGET, &after);
        let said: Vec<&str> = moved.iter().map(|link| link.target.of(&after)).collect();
        assert_eq!(said, ["Ela", "vermelho", "azul"]);
        assert_eq!(super::moved(&before, TARGET, TARGET), before);
    }
}
