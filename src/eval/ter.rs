//! TER (Snover et al. 2006) as sacrebleu 2.6 computes it: how many words must be changed, dropped, added, or moved in runs,
//! in per cent of the reference's.
//!
//! Which runs are tried, and in which order, follows Tercom as sacrebleu does; its limits are theirs.

use std::collections::HashMap;

use super::metric::{Metric, Pair, SACREBLEU, each};
use super::words::words;
use crate::error::Result;

/// The longest run that is moved.
const MAX_RUN: usize = 10;
/// The farthest that it is moved.
const MAX_DISTANCE: usize = 50;
/// Cells on each side of the diagonal that are looked at.
const BEAM: usize = 25;
/// No more places than this are tried for a pair of segments.
const MAX_TRIED: usize = 1000;

/// TER.
#[derive(Debug)]
pub(super) struct Ter;

impl Metric for Ter {
    fn name(&self) -> String {
        "TER".to_owned()
    }

    fn counts_errors(&self) -> bool {
        true
    }

    fn settings(&self) -> String {
        "case:lc|tok:tercom|norm:no|punct:yes|asian:no".to_owned()
    }

    fn version(&self) -> &str {
        SACREBLEU
    }

    /// The fewest edits, and the mean length of the references.
    fn statistics(&mut self, pairs: &[Pair<'_>]) -> Result<Vec<Vec<f64>>> {
        each(pairs, |pair| {
            let mut known = HashMap::new();
            let output = numbered(pair.output, &mut known);
            let (mut fewest, mut length) = (usize::MAX, 0);
            for reference in pair.references {
                let reference = numbered(reference, &mut known);
                fewest = fewest.min(edits(&output, &reference));
                length += reference.len();
            }
            vec![fewest as f64, length as f64 / pair.references.len() as f64]
        })
    }

    fn score(&self, sums: &[f64]) -> f64 {
        100.0
            * match (sums[0], sums[1]) {
                (edits, length) if length > 0.0 => edits / length,
                (edits, _) if edits > 0.0 => 1.0,
                _ => 0.0,
            }
    }
}

/// Words as numbers, capitals as small letters.
fn numbered(text: &str, known: &mut HashMap<String, u32>) -> Vec<u32> {
    let lower = text.to_lowercase();
    let number = |word: &str| {
        let next = known.len() as u32;
        *known.entry(word.to_owned()).or_insert(next)
    };
    words(&lower).map(number).collect()
}

/// How few edits make the reference of the output.
fn edits(output: &[u32], reference: &[u32]) -> usize {
    if reference.is_empty() {
        return output.len();
    }
    let distance = Distance { reference };
    let (mut words, mut moved, mut tried) = (output.to_vec(), 0, 0);
    loop {
        let better = shift(&words, &distance, &mut tried);
        if tried >= MAX_TRIED {
            break;
        }
        match better {
            Some(shifted) => words = shifted,
            None => break,
        }
        moved += 1;
    }
    moved
        + distance
            .rows(&words)
            .last()
            .map_or(0, |row| row[reference.len()].cost)
}

/// What was done last on the way to a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Kept,
    Changed,
    /// A word of the reference is added.
    Added,
    /// A word of the output is dropped.
    Dropped,
    Unknown,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    cost: usize,
    op: Op,
}

/// More than any cost.
const FAR: Cell = Cell {
    cost: usize::MAX / 2,
    op: Op::Unknown,
};

/// Edits without moves, within a beam around the diagonal.
struct Distance<'a> {
    reference: &'a [u32],
}

impl Distance<'_> {
    fn first(&self) -> Vec<Cell> {
        let cell = |cost| Cell {
            cost,
            op: Op::Added,
        };
        (0..=self.reference.len()).map(cell).collect()
    }

    /// The row after the `i`th of `count` words.
    fn next(&self, word: u32, i: usize, count: usize, before: &[Cell]) -> Vec<Cell> {
        let wanted = self.reference.len();
        let ratio = wanted as f64 / count as f64;
        let beam = match (BEAM as f64) < ratio / 2.0 {
            true => (ratio / 2.0 + BEAM as f64).ceil() as usize,
            false => BEAM,
        };
        let diagonal = (i as f64 * ratio).floor() as usize;
        let end = match i == count {
            true => wanted + 1,
            false => (wanted + 1).min(diagonal + beam),
        };
        let mut row = vec![FAR; wanted + 1];
        for j in diagonal.saturating_sub(beam)..end {
            if j == 0 {
                row[0] = Cell {
                    cost: before[0].cost + 1,
                    op: Op::Dropped,
                };
                continue;
            }
            let (cost, op) = match word == self.reference[j - 1] {
                true => (0, Op::Kept),
                false => (1, Op::Changed),
            };
            for (cost, op) in [
                (before[j - 1].cost + cost, op),
                (before[j].cost + 1, Op::Dropped),
                (row[j - 1].cost + 1, Op::Added),
            ] {
                if row[j].cost > cost {
                    row[j] = Cell { cost, op };
                }
            }
        }
        row
    }

    /// All rows, that before the first word too.
    fn rows(&self, words: &[u32]) -> Vec<Vec<Cell>> {
        let mut rows = vec![self.first()];
        for (i, &word) in words.iter().enumerate() {
            rows.push(self.next(word, i + 1, words.len(), &rows[i]));
        }
        rows
    }

    /// The cost of `words`, which begin as those of `rows` do.
    fn cost(&self, words: &[u32], common: usize, rows: &[Vec<Cell>]) -> usize {
        let mut row = rows[common].clone();
        for (i, &word) in words.iter().enumerate().skip(common) {
            row = self.next(word, i + 1, words.len(), &row);
        }
        row[self.reference.len()].cost
    }
}

/// Which words of the two sides stand for each other.
struct Alignment {
    /// By the reference's words: the output's word at or before their place, from 1; 0 is before the first.
    at: Vec<usize>,
    /// The reference's words that the output lacks there.
    missing: Vec<bool>,
    /// The output's words that are wrong there.
    wrong: Vec<bool>,
}

impl Alignment {
    fn of(rows: &[Vec<Cell>], wanted: usize) -> Self {
        let (mut i, mut j) = (rows.len() - 1, wanted);
        let mut found = Self {
            at: vec![0; wanted],
            missing: vec![true; wanted],
            wrong: vec![true; i],
        };
        while i > 0 || j > 0 {
            match rows[i][j].op {
                op @ (Op::Kept | Op::Changed) => {
                    (i, j) = (i - 1, j - 1);
                    found.at[j] = i + 1;
                    found.missing[j] = op == Op::Changed;
                    found.wrong[i] = op == Op::Changed;
                }
                Op::Added => {
                    j -= 1;
                    found.at[j] = i;
                }
                Op::Dropped => i -= 1,
                // No way leads here.
                Op::Unknown => break,
            }
        }
        found
    }
}

/// What a move saves, its length, and then the first: its beginning and its end, negative.
type Rank = (isize, usize, isize, isize);

/// The move of a run that saves the most edits, if one saves any.
fn shift(words: &[u32], distance: &Distance<'_>, tried: &mut usize) -> Option<Vec<u32>> {
    let reference = distance.reference;
    let rows = distance.rows(words);
    let before = rows[words.len()][reference.len()].cost as isize;
    let alignment = Alignment::of(&rows, reference.len());
    let mut best: Option<(Rank, Vec<u32>)> = None;
    for (from, at, length) in runs(words, reference) {
        let any = |marks: &[bool]| marks.contains(&true);
        if !any(&alignment.wrong[from..from + length])
            || !any(&alignment.missing[at..at + length])
            || (from + 1..from + length + 1).contains(&alignment.at[at])
        {
            continue;
        }
        let mut last = None;
        for offset in 0..=length {
            // Before the first word of the reference, and behind each of its words.
            let target = match at + offset {
                0 => 0,
                behind if behind <= reference.len() => alignment.at[behind - 1],
                _ => break,
            };
            if last.replace(target) == Some(target) {
                continue;
            }
            let shifted = moved(words, from, length, target);
            let cost = distance.cost(&shifted, from.min(target), &rows) as isize;
            let rank: Rank = (before - cost, length, -(from as isize), -(target as isize));
            *tried += 1;
            if best.as_ref().is_none_or(|(most, _)| rank > *most) {
                best = Some((rank, shifted));
            }
        }
        if *tried >= MAX_TRIED {
            break;
        }
    }
    best.filter(|(rank, _)| rank.0 > 0)
        .map(|(_, shifted)| shifted)
}

/// Runs of words that both sides have, by where they begin in the output, in the reference, and by length.
fn runs<'a>(
    output: &'a [u32],
    reference: &'a [u32],
) -> impl Iterator<Item = (usize, usize, usize)> + 'a {
    let starts = (0..output.len()).flat_map(move |from| {
        let near = (0..reference.len()).filter(move |at| at.abs_diff(from) <= MAX_DISTANCE);
        near.map(move |at| (from, at))
    });
    starts.flat_map(move |(from, at)| {
        let pairs = output[from..].iter().zip(&reference[at..]).take(MAX_RUN);
        let same = pairs.take_while(|(a, b)| a == b).count();
        (1..=same).map(move |length| (from, at, length))
    })
}

/// `words` with a run moved before the word that is at `target`.
fn moved(words: &[u32], start: usize, length: usize, target: usize) -> Vec<u32> {
    let end = start + length;
    let run = &words[start..end];
    if target < start {
        [&words[..target], run, &words[target..start], &words[end..]].concat()
    } else if target > end {
        [&words[..start], &words[end..target], run, &words[target..]].concat()
    } else {
        // Within the run: it goes behind as many words.
        let behind = (length + target).min(words.len());
        [&words[..start], &words[end..behind], run, &words[behind..]].concat()
    }
}
