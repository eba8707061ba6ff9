//! Normalisation: rewriting rules compiled into a double-array trie (darts-clone), and the handling of spaces.

use super::proto::NormalizerSpec;
use super::trie::Trie;
use super::vocabulary::{SPACE, char_len};
use crate::error::{Error, ErrorKind, Result};

#[derive(Debug)]
pub(super) struct Normalizer {
    /// Units of the double array; empty if there are no rules.
    units: Vec<u32>,
    /// Replacements, each ended by a NUL.
    replacements: Vec<u8>,
    add_prefix: bool,
    remove_extra_spaces: bool,
    space: &'static [u8],
    space_as_suffix: bool,
}

impl Normalizer {
    pub fn new(spec: &NormalizerSpec, space_as_suffix: bool) -> Result<Self> {
        let (units, replacements) = rules(spec.precompiled_charsmap())
            .ok_or_else(|| Error::new(ErrorKind::Model, "its normalisation rules are damaged"))?;
        Ok(Self {
            units,
            replacements,
            add_prefix: spec.add_dummy_prefix(),
            remove_extra_spaces: spec.remove_extra_whitespaces(),
            space: match spec.escape_whitespaces() {
                true => SPACE.as_bytes(),
                false => b" ",
            },
            space_as_suffix,
        })
    }

    /// Whether decoding leaves out a space at the start.
    pub fn decoding_strips_space(&self) -> bool {
        self.add_prefix || self.remove_extra_spaces
    }

    pub fn removes_extra_spaces(&self) -> bool {
        self.remove_extra_spaces
    }

    /// Normalises `text`, leaving `user_defined` symbols as they are.
    pub fn normalize(&self, text: &str, user_defined: &Trie) -> Vec<u8> {
        let mut rest = text.as_bytes();
        if self.remove_extra_spaces {
            while !rest.is_empty() {
                let (piece, len) = self.prefix(rest, user_defined);
                if piece != b" " {
                    break;
                }
                rest = &rest[len..];
            }
        }
        let mut normalized = Vec::with_capacity(rest.len() * 3 / 2 + 8);
        if rest.is_empty() {
            return normalized;
        }
        if self.add_prefix && !self.space_as_suffix {
            normalized.extend_from_slice(self.space);
        }
        let mut after_space = self.remove_extra_spaces;
        while !rest.is_empty() {
            let (mut piece, len) = self.prefix(rest, user_defined);
            while after_space && let [b' ', tail @ ..] = piece {
                piece = tail;
            }
            for &byte in piece {
                match byte {
                    b' ' => normalized.extend_from_slice(self.space),
                    _ => normalized.push(byte),
                }
            }
            if let Some(last) = piece.last() {
                after_space = *last == b' ';
            }
            rest = &rest[len..];
            after_space &= self.remove_extra_spaces;
        }
        if self.remove_extra_spaces {
            while normalized.ends_with(self.space) {
                normalized.truncate(normalized.len() - self.space.len());
            }
        }
        if self.add_prefix && self.space_as_suffix {
            normalized.extend_from_slice(self.space);
        }
        normalized
    }

    /// What the start of `text`, which isn't empty, turns into, and how many bytes of it are used up.
    fn prefix<'a>(&'a self, text: &'a [u8], user_defined: &Trie) -> (&'a [u8], usize) {
        if !user_defined.is_empty()
            && let Some(len) = user_defined.longest_prefix(text)
        {
            return (&text[..len], len);
        }
        match self.rule(text) {
            Some((start, len)) => {
                let tail = self.replacements.get(start..).unwrap_or_default();
                let end = tail.iter().position(|&byte| byte == 0);
                (&tail[..end.unwrap_or(tail.len())], len)
            }
            None => {
                let len = char_len(text[0]).min(text.len());
                (&text[..len], len)
            }
        }
    }

    /// The longest rule that matches the start of `text`: where its replacement starts, and the bytes it matches.
    fn rule(&self, text: &[u8]) -> Option<(usize, usize)> {
        let mut found = None;
        let mut at = offset(*self.units.first()?);
        for (index, &byte) in text.iter().enumerate() {
            at ^= usize::from(byte);
            let Some(&unit) = self.units.get(at) else {
                break;
            };
            // The label, and the mark of a unit that holds a value instead.
            if unit & (1 << 31 | 0xff) != u32::from(byte) {
                break;
            }
            at ^= offset(unit);
            let has_value = unit >> 8 & 1 == 1;
            if has_value && let Some(&value) = self.units.get(at) {
                found = Some(((value & !(1 << 31)) as usize, index + 1));
            }
        }
        found
    }
}

/// Distance from a unit to its children.
fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & 1 << 9) >> 6)) as usize
}

/// Size of the trie (`u32`), the trie, the replacements.
fn rules(map: &[u8]) -> Option<(Vec<u32>, Vec<u8>)> {
    if map.is_empty() {
        return Some((Vec::new(), Vec::new()));
    }
    let (size, rest) = map.split_first_chunk::<4>()?;
    let (trie, replacements) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
    let units = trie
        .chunks_exact(4)
        .map(|unit| u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]]));
    Some((units.collect(), replacements.to_vec()))
}
