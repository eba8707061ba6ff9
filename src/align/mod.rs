//! Which sentences of a text and of its translation belong together.
//!
//! Dynamic programming over both texts in order, after Gale and Church (1993): a step ([`Bead`]) takes none to three
//! sentences of each side, and costs what its kind and the lengths of its sides make improbable. What the sides say counts
//! beside that: words and numbers that both have, and sentence embeddings where there are any, as in Bertalign (Liu and Zhu
//! 2023). Each sentence of a step is held against the other side of it as a whole, so that a step which only looks complete
//! pays for the sentence that has no counterpart.
//!
//! A long text is aligned in windows, each of which begins where the one before it is sure: what it takes grows with the
//! length of the text, and not with its square.

mod anchors;
mod bead;
mod evidence;
mod length;
mod window;

pub use bead::{Bead, Sentence, Vectors};

use evidence::Evidence;
use window::{Window, path};

/// Texts with so many pairs of sentences are aligned in one piece.
const WHOLE: usize = 4_000_000;
/// Sentences of the text in a window of a longer one, and how many of these are settled by it.
const ROWS: (usize, usize) = (1000, 700);
/// How far the path in a window may be from its diagonal, in sentences of the translation.
const DRIFT: usize = 300;

/// Aligns `source` with its translation `target`. The beads are in order and have every sentence once.
///
/// # Panics
/// If there are vectors, but not one for each sentence.
pub fn align(
    source: &[Sentence<'_>],
    target: &[Sentence<'_>],
    vectors: Option<Vectors<'_>>,
) -> Vec<Bead> {
    let evidence = Evidence::new(source, target, vectors);
    let (mut at, end) = ((0, 0), (source.len(), target.len()));
    let mut beads = Vec::new();
    while at != end {
        let (rows, columns) = (end.0 - at.0, end.1 - at.1);
        let is_last = rows == 0 || columns == 0 || rows * columns <= WHOLE;
        let window = match is_last {
            true => Window {
                start: at,
                rows,
                columns,
                drift: None,
            },
            false => {
                let rows_here = rows.min(ROWS.0);
                Window {
                    start: at,
                    rows: rows_here,
                    columns: columns.min(rows_here * columns / rows + DRIFT),
                    drift: Some((columns as f64 / rows as f64, DRIFT)),
                }
            }
        };
        let found = path(&evidence, &window);
        let settled = at.0 + ROWS.1;
        for bead in found {
            if !is_last && bead.source.end > settled {
                break;
            }
            at = (bead.source.end, bead.target.end);
            beads.push(bead);
        }
    }
    beads
}

/// A line is out of proportion if its length is so improbable, in nats: of the lines of FLORES dev in fifteen pairs of
/// languages at most 1% are, and 30 to 41% where each stands beside its neighbour's translation.
const ODD: f64 = 3.0;
/// Lines correspond if fewer than one in so many is out of proportion, or no two are.
const ODD_SHARE: usize = 6;

/// Whether lines of a text and of its translation, as many on both sides, can belong together one by one, as far as their
/// lengths in characters tell.
pub fn are_proportional(source: &[usize], target: &[usize]) -> bool {
    let total = |side: &[usize]| side.iter().sum::<usize>().max(1) as f64;
    let ratio = total(target) / total(source);
    let pairs = source.iter().zip(target);
    let is_odd =
        |pair: &(&usize, &usize)| length::mismatch(*pair.0 as f64, *pair.1 as f64, ratio) > ODD;
    let odd = pairs.filter(is_odd).count();
    odd < 2 || odd * ODD_SHARE < source.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences<'a>(texts: &[&'a str]) -> Vec<Sentence<'a>> {
        let sentence = |text: &&'a str| Sentence {
            text,
            opens: false,
            heading: false,
        };
        texts.iter().map(sentence).collect()
    }

    fn kinds(source: &[&str], target: &[&str]) -> Vec<(usize, usize)> {
        let beads = align(&sentences(source), &sentences(target), None);
        let mut at = (0, 0);
        for bead in &beads {
            assert_eq!((bead.source.start, bead.target.start), at);
            at = (bead.source.end, bead.target.end);
        }
        assert_eq!(at, (source.len(), target.len()));
        beads
            .iter()
            .map(|bead| (bead.source.len(), bead.target.len()))
            .collect()
    }

    #[test]
    fn lines_of_as_many_on_both_sides_may_not_correspond() {
        let source = [420, 310, 505, 90, 260, 380];
        let translated = [440, 300, 520, 95, 281, 402];
        let (merged, split) = ([730, 525, 90, 270, 190, 200], [441, 150, 151, 512, 98, 660]);
        assert!(are_proportional(&source, &translated));
        // One that lost most of its text is that line's own matter.
        assert!(are_proportional(&source, &[440, 300, 120, 95, 281, 402]));
        assert!(!are_proportional(&source, &merged));
        assert!(!are_proportional(&source, &split));
        assert!(are_proportional(&[], &[]) && are_proportional(&[0, 7], &[0, 9]));
    }

    const IT: [&str; 5] = [
        "Il presidente Tokayev ha vinto le elezioni di domenica con l’81 per cento dei voti.",
        "La commissione elettorale non ha risposto.",
        "Secondo l’Osce il voto non è stato democratico e molti candidati erano stati esclusi.",
        "A gennaio erano morte 238 persone.",
        "Il governo di Astana nega.",
    ];
    const EN: [&str; 5] = [
        "President Tokayev won Sunday’s election with 81 per cent of the votes.",
        "The electoral commission did not reply.",
        "According to the OSCE the vote was not democratic and many candidates had been excluded.",
        "In January 238 people had died.",
        "The government in Astana denies it.",
    ];

    #[test]
    fn sentences_are_merged_split_lost_and_added() {
        assert_eq!(kinds(&IT, &EN), [(1, 1); 5]);
        let merged = format!("{} {}", EN[3], EN[4]);
        assert_eq!(
            kinds(&IT, &[EN[0], EN[1], EN[2], &merged]),
            [(1, 1), (1, 1), (1, 1), (2, 1)]
        );
        let halves = [
            "According to the OSCE the vote was not democratic.",
            "Many candidates had been excluded.",
        ];
        assert_eq!(
            kinds(&IT, &[EN[0], EN[1], halves[0], halves[1], EN[3], EN[4]]),
            [(1, 1), (1, 1), (1, 2), (1, 1), (1, 1)]
        );
        assert_eq!(
            kinds(&IT, &[EN[0], EN[1], EN[3], EN[4]]),
            [(1, 1), (1, 1), (1, 0), (1, 1), (1, 1)]
        );
        assert_eq!(
            kinds(&[IT[0], IT[1], IT[3], IT[4]], &EN),
            [(1, 1), (1, 1), (0, 1), (1, 1), (1, 1)]
        );
    }

    #[test]
    fn one_side_may_be_empty() {
        assert_eq!(kinds(&IT[..2], &[]), [(1, 0); 2]);
        assert_eq!(kinds(&[], &EN[..2]), [(0, 1); 2]);
        assert_eq!(kinds(&[], &[]), []);
    }

    #[test]
    fn a_long_text_is_aligned_in_windows() {
        let text = |i: usize, words: &str| {
            format!("{words} {} {}", i * 7919 % 100_003, "x".repeat(i * 31 % 47))
        };
        let source: Vec<String> = (0..6000).map(|i| text(i, "Il numero è")).collect();
        // A sentence in a hundred is lost, and one that the source lacks stands behind every 150th.
        let mut target = Vec::new();
        for i in 0..6000 {
            if i % 100 != 50 {
                target.push(text(i, "The number is"));
            }
            if i % 150 == 120 {
                target.push("A remark that nobody had made before.".to_string());
            }
        }
        let source: Vec<&str> = source.iter().map(String::as_str).collect();
        let target: Vec<&str> = target.iter().map(String::as_str).collect();
        let kinds = kinds(&source, &target);
        let count = |kind| kinds.iter().filter(|one| **one == kind).count();
        assert!(
            count((1, 0)) >= 57 && count((0, 1)) >= 37,
            "{} {}",
            count((1, 0)),
            count((0, 1))
        );
        assert!(count((1, 1)) >= 5900, "{}", count((1, 1)));
    }
}
