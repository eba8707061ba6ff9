//! SentencePiece's unigram segmentation (Kudo 2018): the most probable sequence of pieces, by Viterbi's algorithm.

use std::hash::Hasher;

use fnv::FnvHasher;

use crate::text::Span;
use crate::weights::e5::Vocabulary;

/// Stands for a space, and before the first word.
const SPACE: char = '\u{2581}';
/// An unknown character costs this much more than the rarest piece (SentencePiece's `kUnkPenalty`).
const UNKNOWN_PENALTY: f32 = 10.0;

/// Cuts text into the ids of pieces.
#[derive(Debug)]
pub(super) struct Unigram {
    vocabulary: Vocabulary,
    /// Open addressing over the pieces' hashes: id + 1, or 0 for an empty slot. Its length is a power of two.
    slots: Vec<u32>,
    longest: usize,
    unknown_score: f32,
}

impl Unigram {
    pub fn new(vocabulary: Vocabulary) -> Self {
        let mut slots = vec![0; (vocabulary.len() * 2).next_power_of_two()];
        let mask = slots.len() - 1;
        let mut longest = 0;
        for id in 0..vocabulary.len() {
            let piece = vocabulary.piece(id);
            longest = longest.max(piece.len());
            let mut slot = piece
                .iter()
                .fold(Hash::default(), |hash, byte| hash.add(*byte))
                .0 as usize
                & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = id as u32 + 1;
        }
        let rarest = vocabulary
            .scores
            .iter()
            .copied()
            .fold(f32::INFINITY, f32::min);
        Self {
            slots,
            longest,
            unknown_score: rarest - UNKNOWN_PENALTY,
            vocabulary,
        }
    }

    pub fn start(&self) -> u32 {
        self.vocabulary.start
    }

    pub fn end(&self) -> u32 {
        self.vocabulary.end
    }

    fn find(&self, hash: Hash, piece: &[u8]) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut slot = hash.0 as usize & mask;
        loop {
            let id = self.slots[slot].checked_sub(1)?;
            if self.vocabulary.piece(id as usize) == piece {
                return Some(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// `text` as the pieces see it: characters replaced by the model's map, runs of spaces made one, spaces visible.
    fn normalise(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        out.push(SPACE);
        let mut push = |c: char| {
            let c = if c == ' ' { SPACE } else { c };
            if c != SPACE || !out.ends_with(SPACE) {
                out.push(c);
            }
        };
        for c in text.chars() {
            match self.vocabulary.normal.get(&(c as u32)) {
                Some(replacement) => replacement
                    .iter()
                    .filter_map(|c| char::from_u32(*c))
                    .for_each(&mut push),
                None => push(c),
            }
        }
        out
    }

    /// The pieces of `text` and where they stand. Pieces don't reach across spaces, so that each word is cut by itself; one
    /// that the model sees in other characters is every piece's place.
    pub fn locate(&self, text: &str) -> Vec<(u32, Span)> {
        let mut located = Vec::new();
        for word in text.split_whitespace() {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let whole = Span {
                start,
                end: start + word.len(),
            };
            let ids = self.encode(word);
            let plain = self.normalise(word)[SPACE.len_utf8()..] == *word
                && ids.iter().all(|&id| id != self.vocabulary.unknown);
            let mut at = start;
            for (i, &id) in ids.iter().enumerate() {
                let mut bytes = self.vocabulary.piece(id as usize).len();
                if i == 0 {
                    bytes = bytes.saturating_sub(SPACE.len_utf8());
                }
                let span = match plain {
                    true => Span {
                        start: at,
                        end: at + bytes,
                    },
                    false => whole,
                };
                at += bytes;
                located.push((id, span));
            }
        }
        located
    }

    /// The ids of `text`'s pieces, without special ones.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let text = self.normalise(text);
        let bytes = text.as_bytes();
        // By byte: the best score of a segmentation that ends there, its last piece, and where that starts.
        let mut best = vec![(f32::NEG_INFINITY, 0_u32, 0_usize); bytes.len() + 1];
        best[0].0 = 0.0;
        for (start, c) in text.char_indices() {
            let score = best[start].0;
            let mut offer = |end: usize, id: u32, piece: f32| {
                if score + piece > best[end].0 {
                    best[end] = (score + piece, id, start);
                }
            };
            let mut hash = Hash::default();
            let limit = bytes.len().min(start + self.longest);
            for (end, byte) in (start + 1..=limit).zip(&bytes[start..limit]) {
                hash = hash.add(*byte);
                if text.is_char_boundary(end)
                    && let Some(id) = self.find(hash, &bytes[start..end])
                    && id != self.vocabulary.unknown
                {
                    offer(end, id, self.vocabulary.scores[id as usize]);
                }
            }
            offer(
                start + c.len_utf8(),
                self.vocabulary.unknown,
                self.unknown_score,
            );
        }
        let mut ids = Vec::new();
        let mut at = bytes.len();
        while at > 0 {
            let (_, id, start) = best[at];
            ids.push(id);
            at = start;
        }
        ids.reverse();
        ids
    }
}

/// FNV-1a: cheap to extend byte by byte, as the search does.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Hash(FnvHasher::default().finish())
    }
}

impl Hash {
    fn add(self, byte: u8) -> Self {
        let mut hasher = FnvHasher::with_key(self.0);
        hasher.write_u8(byte);
        Hash(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::e5::{self, Packed};

    #[test]
    fn the_most_probable_pieces_win() {
        let packed = Packed::parse(e5::tests::small()).unwrap();
        let unigram = Unigram::new(packed.vocabulary);
        // "▁query" ":" "▁ab": one piece for "ab" is likelier than two.
        assert_eq!(unigram.encode("query: ab"), [5, 6, 9]);
        assert_eq!(unigram.encode("query:  Ab"), [5, 6, 9]);
        // An unknown character of several bytes is one piece.
        assert_eq!(unigram.encode("aé"), [7, 3]);
        assert_eq!(unigram.encode(""), [4]);
    }
}
