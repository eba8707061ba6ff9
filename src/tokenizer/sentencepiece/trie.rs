//! A trie over bytes, as a hash table of its edges: quick to build when a model loads, one probe a step to search.

use crate::error::{Error, ErrorKind, Result};

/// Ids by their keys.
#[derive(Debug)]
pub(super) struct Trie {
    /// Open addressing; a power of two of them. An edge of 0 is free.
    edges: Vec<Edge>,
    /// Id of the key that ends at a node, [`NONE`] where none does.
    ids: Vec<u32>,
}

/// From a node, by a byte, to a node. The root is never a target, so that 0 means no edge.
#[derive(Debug, Clone, Copy, Default)]
struct Edge {
    /// `node << 8 | byte`.
    key: u32,
    target: u32,
}

const NONE: u32 = u32::MAX;
/// Nodes whose number fits the key of an edge.
const MOST_NODES: usize = 1 << 24;

impl Trie {
    /// The node that a search starts at.
    pub const ROOT: u32 = 0;

    /// Builds the trie of `keys`; of equal keys the first counts.
    pub fn new<'k>(keys: impl Iterator<Item = (&'k [u8], u32)> + Clone) -> Result<Self> {
        // Room for the four nodes or so that a piece has, so that few edges move while it grows.
        let room = 8 * keys.clone().count();
        let mut trie = Self {
            edges: vec![Edge::default(); room.max(64).next_power_of_two()],
            ids: vec![NONE],
        };
        for (key, id) in keys {
            let mut node = Self::ROOT;
            for &byte in key {
                node = trie.add(node, byte)?;
            }
            let at = &mut trie.ids[node as usize];
            if *at == NONE {
                *at = id;
            }
        }
        Ok(trie)
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 1
    }

    fn slot(&self, key: u32) -> usize {
        let mask = self.edges.len() - 1;
        // Fibonacci hashing: the high bits of the product are well mixed.
        let mut slot = (key.wrapping_mul(0x9E37_79B9) >> 8) as usize & mask;
        loop {
            let edge = self.edges[slot];
            if edge.target == 0 || edge.key == key {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn add(&mut self, node: u32, byte: u8) -> Result<u32> {
        let key = node << 8 | u32::from(byte);
        let slot = self.slot(key);
        if self.edges[slot].target != 0 {
            return Ok(self.edges[slot].target);
        }
        let target = self.ids.len();
        if target == MOST_NODES {
            return Err(Error::new(
                ErrorKind::Model,
                "its pieces are too many or too long",
            ));
        }
        self.ids.push(NONE);
        let target = target as u32;
        self.edges[slot] = Edge { key, target };
        if self.ids.len() * 2 > self.edges.len() {
            let wider = vec![Edge::default(); self.edges.len() * 2];
            for edge in std::mem::replace(&mut self.edges, wider) {
                if edge.target != 0 {
                    let slot = self.slot(edge.key);
                    self.edges[slot] = edge;
                }
            }
        }
        Ok(target)
    }

    /// The node that `byte` leads to.
    #[inline]
    pub fn step(&self, node: u32, byte: u8) -> Option<u32> {
        let edge = self.edges[self.slot(node << 8 | u32::from(byte))];
        (edge.target != 0).then_some(edge.target)
    }

    /// The id of the key that ends at `node`.
    #[inline]
    pub fn id(&self, node: u32) -> Option<u32> {
        let id = self.ids[node as usize];
        (id != NONE).then_some(id)
    }

    /// The id of `key`.
    pub fn find(&self, key: &[u8]) -> Option<u32> {
        let mut node = Self::ROOT;
        for &byte in key {
            node = self.step(node, byte)?;
        }
        self.id(node)
    }

    /// The length of the longest key that `text` starts with.
    pub fn longest_prefix(&self, text: &[u8]) -> Option<usize> {
        let mut node = Self::ROOT;
        let mut longest = None;
        for (at, &byte) in text.iter().enumerate() {
            match self.step(node, byte) {
                Some(next) => node = next,
                None => break,
            }
            if self.id(node).is_some() {
                longest = Some(at + 1);
            }
        }
        longest
    }
}
