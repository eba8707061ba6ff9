//! Byte-pair encoding (Sennrich et al. 2016) over characters: the best-scored pair of neighbours is merged first, the
//! leftmost of equals.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use super::proto::Kind;
use super::vocabulary::{Vocabulary, char_len};

/// A run of text that is one piece so far.
#[derive(Clone, Copy)]
struct Symbol {
    start: usize,
    /// Equal to `start` once it is merged into its left neighbour.
    end: usize,
    prev: Option<usize>,
    next: Option<usize>,
    /// A user-defined symbol is never merged.
    frozen: bool,
}

/// Two neighbours that make a piece.
struct Pair {
    score: f32,
    left: usize,
    right: usize,
    len: usize,
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        // Scores are finite, so that they compare; -0 equals 0, unlike with `total_cmp`.
        let by_score = self.score.partial_cmp(&other.score);
        let by_score = by_score.unwrap_or(Ordering::Equal);
        by_score.then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pair {}

/// How pieces that may not be used were made, so that they can be split again.
type Splits<'t> = HashMap<&'t [u8], usize>;

/// Emits the pieces of `text` in order.
pub(super) fn segment(vocabulary: &Vocabulary, text: &[u8], mut emit: impl FnMut(&[u8], u32)) {
    let mut symbols = characters(vocabulary, text);
    let mut pairs = BinaryHeap::new();
    let mut splits = Splits::new();
    for right in 1..symbols.len() {
        pairs.extend(pair(
            vocabulary,
            text,
            &symbols,
            right - 1,
            right,
            &mut splits,
        ));
    }
    while let Some(best) = pairs.pop() {
        let (left, right) = (symbols[best.left], symbols[best.right]);
        let is_merged = left.start == left.end || right.start == right.end;
        if is_merged || right.end - left.start != best.len {
            continue;
        }
        symbols[best.left].end = right.end;
        symbols[best.left].next = right.next;
        if let Some(next) = right.next {
            symbols[next].prev = Some(best.left);
        }
        symbols[best.right].end = right.start;
        if let Some(prev) = left.prev {
            pairs.extend(pair(
                vocabulary,
                text,
                &symbols,
                prev,
                best.left,
                &mut splits,
            ));
        }
        if let Some(next) = right.next {
            pairs.extend(pair(
                vocabulary,
                text,
                &symbols,
                best.left,
                next,
                &mut splits,
            ));
        }
    }
    for symbol in symbols.iter().filter(|symbol| symbol.start < symbol.end) {
        split(
            vocabulary,
            &text[symbol.start..symbol.end],
            &splits,
            &mut emit,
        );
    }
}

fn characters(vocabulary: &Vocabulary, text: &[u8]) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = Vec::with_capacity(text.len());
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let user_defined = vocabulary.user_defined.longest_prefix(rest);
        let len = user_defined.unwrap_or_else(|| char_len(rest[0]).min(rest.len()));
        let index = symbols.len();
        symbols.push(Symbol {
            start,
            end: start + len,
            prev: index.checked_sub(1),
            next: (start + len < text.len()).then_some(index + 1),
            frozen: user_defined.is_some(),
        });
        start += len;
    }
    symbols
}

fn pair<'t>(
    vocabulary: &Vocabulary,
    text: &'t [u8],
    symbols: &[Symbol],
    left: usize,
    right: usize,
    splits: &mut Splits<'t>,
) -> Option<Pair> {
    let (first, second) = (symbols[left], symbols[right]);
    if first.frozen || second.frozen {
        return None;
    }
    let merged = &text[first.start..second.end];
    let id = vocabulary.trie.find(merged)?;
    if vocabulary.kind(id) == Kind::Unused {
        splits.insert(merged, first.end - first.start);
    }
    Some(Pair {
        score: vocabulary.pieces[id as usize].score,
        left,
        right,
        len: merged.len(),
    })
}

/// Emits `piece`, or its parts if it may not be used.
fn split(
    vocabulary: &Vocabulary,
    piece: &[u8],
    splits: &Splits<'_>,
    emit: &mut impl FnMut(&[u8], u32),
) {
    let id = vocabulary.trie.find(piece).unwrap_or(vocabulary.unknown);
    match splits.get(piece) {
        Some(&middle) if vocabulary.kind(id) == Kind::Unused => {
            split(vocabulary, &piece[..middle], splits, emit);
            split(vocabulary, &piece[middle..], splits, emit);
        }
        _ => emit(piece, id),
    }
}
