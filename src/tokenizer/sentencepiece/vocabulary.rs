//! The pieces of a model.

use super::proto::Kind;
use super::trie::Trie;

/// U+2581, which stands for a space.
pub(super) const SPACE: &str = "\u{2581}";

/// The pieces, and the trie that finds them.
#[derive(Debug)]
pub(super) struct Vocabulary {
    pub pieces: Vec<Piece>,
    /// Normal, user-defined and unused pieces.
    pub trie: Trie,
    /// User-defined pieces only: they are never split nor normalised.
    pub user_defined: Trie,
    pub unknown: u32,
}

/// A piece, with its log-probability or its rank.
#[derive(Debug)]
pub(super) struct Piece {
    pub text: String,
    pub score: f32,
    pub kind: Kind,
}

impl Vocabulary {
    pub fn kind(&self, id: u32) -> Kind {
        self.pieces[id as usize].kind
    }
}

/// Bytes of the character that starts with `first`, as its lead byte claims.
pub(super) fn char_len(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
        _ => 1,
    }
}
