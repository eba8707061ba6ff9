//! Unigram segmentation (Kudo 2018): the most probable sequence of pieces, by Viterbi's algorithm.

use super::proto::Kind;
use super::trie::Trie;
use super::vocabulary::{Piece, Vocabulary, char_len};

/// How much less probable than the rarest piece an unknown character is, as a logarithm.
const UNKNOWN_PENALTY: f32 = 10.0;

#[derive(Debug)]
pub(super) struct Unigram {
    lowest: f32,
    highest: f32,
}

/// Best segmentation that ends at a position.
#[derive(Clone, Copy)]
struct Best {
    id: u32,
    score: f32,
    /// Where its last piece starts; [`UNREACHED`] if no piece ends here.
    start: usize,
}

const UNREACHED: usize = usize::MAX;

impl Unigram {
    pub fn new(pieces: &[Piece]) -> Self {
        let normal = pieces.iter().filter(|piece| piece.kind == Kind::Normal);
        let mut scores = Self {
            lowest: f32::MAX,
            // The reference starts from the smallest positive number, and user-defined pieces depend on it.
            highest: f32::MIN_POSITIVE,
        };
        for piece in normal {
            scores.lowest = scores.lowest.min(piece.score);
            scores.highest = scores.highest.max(piece.score);
        }
        scores
    }

    /// Emits the pieces of `text` in order. Ties and roundings are those of the reference: scores are added up in
    /// single precision, and a candidate must be better than what is there.
    pub fn segment(&self, vocabulary: &Vocabulary, text: &[u8], mut emit: impl FnMut(&[u8], u32)) {
        let unknown_score = self.lowest - UNKNOWN_PENALTY;
        let mut best = vec![
            Best {
                id: vocabulary.unknown,
                score: 0.0,
                start: UNREACHED,
            };
            text.len() + 1
        ];
        let mut start = 0;
        while start < text.len() {
            let so_far = best[start].score;
            let one_char = char_len(text[start]).min(text.len() - start);
            let mut has_one_char = false;
            let mut node = Trie::ROOT;
            for (at, &byte) in text.iter().enumerate().skip(start) {
                match vocabulary.trie.step(node, byte) {
                    Some(next) => node = next,
                    None => break,
                }
                let Some(id) = vocabulary.trie.id(node) else {
                    continue;
                };
                let piece = &vocabulary.pieces[id as usize];
                let len = at + 1 - start;
                let score = match piece.kind {
                    Kind::Unused => continue,
                    Kind::UserDefined => (f64::from(len as f32 * self.highest) - 0.1) as f32,
                    _ => piece.score,
                };
                improve(&mut best[at + 1], score + so_far, start, id);
                has_one_char |= len == one_char;
            }
            if !has_one_char {
                let score = unknown_score + so_far;
                let end = &mut best[start + one_char];
                improve(end, score, start, vocabulary.unknown);
            }
            start += one_char;
        }
        let mut ends = Vec::with_capacity(text.len() / 3 + 1);
        let mut end = text.len();
        while end > 0 {
            ends.push(end);
            end = best[end].start;
        }
        for &end in ends.iter().rev() {
            emit(&text[best[end].start..end], best[end].id);
        }
    }
}

fn improve(best: &mut Best, score: f32, start: usize, id: u32) {
    if best.start == UNREACHED || score > best.score {
        *best = Best { id, score, start };
    }
}
