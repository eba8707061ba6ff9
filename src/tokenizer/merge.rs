//! The merge loop that byte-level BPE and SentencePiece share: the best pair of neighbours becomes one symbol until no
//! pair is left.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A piece of the text being encoded: bytes `start..end`, and its token if it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) token: Option<u32>,
}

const NONE: usize = usize::MAX;

/// Merges neighbours in place. `join` says how good a pair is (lower is merged first, the leftmost among equals) and
/// which token it becomes. O(n log n) in the number of symbols.
pub(super) fn merge(
    symbols: &mut Vec<Symbol>,
    join: impl Fn(&Symbol, &Symbol) -> Option<(u32, u32)>,
) {
    let n = symbols.len();
    let mut next: Vec<usize> = (1..=n).map(|i| if i < n { i } else { NONE }).collect();
    let mut previous: Vec<usize> = (0..n).map(|i| i.wrapping_sub(1)).collect();
    let mut queue = BinaryHeap::new();
    let propose = |queue: &mut BinaryHeap<_>, symbols: &[Symbol], left: usize, right: usize| {
        if left != NONE && right != NONE {
            let (a, b) = (&symbols[left], &symbols[right]);
            if let Some((rank, token)) = join(a, b) {
                queue.push(Reverse((
                    rank,
                    left,
                    right,
                    a.end - a.start,
                    b.end - b.start,
                    token,
                )));
            }
        }
    };
    for right in 1..n {
        propose(&mut queue, symbols, right - 1, right);
    }
    while let Some(Reverse((_, left, right, left_len, right_len, token))) = queue.pop() {
        // A side that has grown or vanished since the pair was proposed has another length now.
        let len = |at: usize| symbols[at].end - symbols[at].start;
        if len(left) != left_len || len(right) != right_len {
            continue;
        }
        symbols[left] = Symbol {
            start: symbols[left].start,
            end: symbols[right].end,
            token: Some(token),
        };
        symbols[right].start = symbols[right].end;
        next[left] = next[right];
        if next[left] != NONE {
            previous[next[left]] = left;
        }
        propose(&mut queue, symbols, previous[left], left);
        propose(&mut queue, symbols, left, next[left]);
    }
    symbols.retain(|symbol| symbol.start < symbol.end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn characters(text: &str) -> Vec<Symbol> {
        (0..text.len())
            .map(|start| Symbol {
                start,
                end: start + 1,
                token: None,
            })
            .collect()
    }

    fn merged(text: &str, ranks: &[(&str, &str)]) -> Vec<String> {
        let mut symbols = characters(text);
        merge(&mut symbols, |a, b| {
            let pair = (&text[a.start..a.end], &text[b.start..b.end]);
            let rank = ranks.iter().position(|known| *known == pair)?;
            Some((rank as u32, rank as u32))
        });
        symbols
            .iter()
            .map(|s| text[s.start..s.end].to_owned())
            .collect()
    }

    #[test]
    fn the_best_pair_merges_first_and_the_leftmost_among_equals() {
        assert_eq!(merged("aaa", &[("a", "a")]), ["aa", "a"]);
        assert_eq!(merged("abc", &[("b", "c"), ("a", "b")]), ["a", "bc"]);
        assert_eq!(merged("abab", &[("a", "b"), ("ab", "ab")]), ["abab"]);
        assert_eq!(merged("", &[("a", "b")]), [""; 0]);
    }
}
