//! Repacking a file's weights, block by block and in parallel, into the layout of [`super::format`].

use std::sync::Arc;

use half::f16;
use memmap2::{Mmap, MmapMut};

use crate::error::{Error, ErrorKind, Result};
use crate::nn::pool::Pool;
use crate::weights::gguf::{Tensor, TensorType};

use super::format::{GROUP, PANEL};
use super::rows::{dequantize_block, group_scales_k};

/// The packed weights of a model in one anonymous mapping, on huge pages where the system has them: reading weights
/// is what decoding waits for, and with small pages half of that is spent on address translation.
#[derive(Debug)]
pub struct Arena {
    map: Mmap,
}

/// A weight matrix `[rows, cols]`, packed for `matmul`.
#[derive(Debug, Clone)]
pub struct Packed {
    arena: Arc<Arena>,
    start: usize,
    pub(super) format: TensorType,
    rows: usize,
    cols: usize,
}

impl Arena {
    /// Packs `tensors`, in order, and calls `done` after each with its index. Tensors that aren't quantized become
    /// Q8_0.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if rows aren't whole groups of 32; [`ErrorKind::Io`] if there is not enough memory.
    pub fn pack(
        pool: &Pool,
        tensors: &[Tensor<'_>],
        mut done: impl FnMut(usize),
    ) -> Result<Vec<Packed>> {
        let mut total = 0usize;
        let mut starts = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            if !tensor.cols().is_multiple_of(GROUP) || tensor.cols() == 0 {
                return Err(Error::new(
                    ErrorKind::Model,
                    format!(
                        "a weight matrix has rows of {}, not a multiple of 32",
                        tensor.cols()
                    ),
                ));
            }
            starts.push(total);
            total += packed_bytes(tensor);
        }
        let no_memory = |e| {
            let mib = total >> 20;
            Error::new(ErrorKind::Io, format!("no memory for {mib} MiB of weights")).with_source(e)
        };
        // An empty mapping is an error for some systems.
        let mut map = MmapMut::map_anon(total.max(1)).map_err(no_memory)?;
        #[cfg(target_os = "linux")]
        if let Err(_without_huge_pages) = map.advise(memmap2::Advice::HugePage) {
            // The kernel was built without them: slower, not wrong.
        }
        for (index, (tensor, &start)) in tensors.iter().zip(&starts).enumerate() {
            let panel_bytes = panel_bytes(tensor);
            let target = &mut map[start..start + packed_bytes(tensor)];
            pool.for_each_chunk(target, panel_bytes, |panel, target| {
                pack_panel(tensor, panel * PANEL, target);
            });
            done(index);
        }
        let map = map.make_read_only().map_err(no_memory)?;
        let arena = Arc::new(Self { map });
        let packed = tensors.iter().zip(starts).map(|(tensor, start)| Packed {
            arena: Arc::clone(&arena),
            start,
            format: tensor.kind.packed(),
            rows: tensor.rows(),
            cols: tensor.cols(),
        });
        Ok(packed.collect())
    }
}

impl Packed {
    /// Number of rows: outputs of the layer.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns: inputs of the layer.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.panels() * self.panel_bytes()
    }

    pub(super) fn panels(&self) -> usize {
        self.rows.div_ceil(PANEL)
    }

    pub(super) fn panel_bytes(&self) -> usize {
        self.cols / self.format.unit() * self.format.unit_bytes()
    }

    /// All bytes from a panel on, those of the tensors after this one too, which are likely to be read next.
    pub(super) fn bytes_from(&self, index: usize) -> &[u8] {
        &self.arena.map[self.start + index * self.panel_bytes()..]
    }

    pub(super) fn panel(&self, index: usize) -> &[u8] {
        let bytes = self.panel_bytes();
        &self.arena.map[self.start + index * bytes..][..bytes]
    }
}

fn panel_bytes(tensor: &Tensor<'_>) -> usize {
    let format = tensor.kind.packed();
    tensor.cols() / format.unit() * format.unit_bytes()
}

fn packed_bytes(tensor: &Tensor<'_>) -> usize {
    tensor.rows().div_ceil(PANEL) * panel_bytes(tensor)
}

/// Packs the panel that begins at row `first`. Rows beyond the last stay zero, as the mapping is.
fn pack_panel(tensor: &Tensor<'_>, first: usize, target: &mut [u8]) {
    let format = tensor.kind.packed();
    let rows = first..tensor.rows().min(first + PANEL);
    // Blocks that make up a unit: one, except for floats, whose blocks are single values.
    let source_bytes = format.unit() / tensor.kind.block_len() * tensor.kind.block_bytes();
    let row_bytes = tensor.cols() / format.unit() * source_bytes;
    let units = target.chunks_exact_mut(format.unit_bytes());
    for (unit, target) in units.enumerate() {
        for (lane, row) in rows.clone().enumerate() {
            let source = &tensor.bytes[row * row_bytes + unit * source_bytes..][..source_bytes];
            match tensor.kind {
                TensorType::F32 | TensorType::F16 | TensorType::BF16 => {
                    let block = quantize_q8_0(tensor.kind, source);
                    pack_block(format, &block, lane, target);
                }
                _ => pack_block(format, source, lane, target),
            }
        }
    }
}

/// Rounds 32 floats to a Q8_0 block.
fn quantize_q8_0(kind: TensorType, source: &[u8]) -> [u8; 34] {
    let mut values = [0.0f32; 32];
    let floats = source.chunks_exact(kind.block_bytes());
    for (float, value) in floats.zip(values.chunks_exact_mut(1)) {
        dequantize_block(kind, float, value);
    }
    let largest = values.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    let d = f16::from_f32(largest / 127.0);
    let inverse = if d == f16::ZERO {
        0.0
    } else {
        1.0 / d.to_f32()
    };
    let mut block = [0; 34];
    block[..2].copy_from_slice(&d.to_le_bytes());
    for (code, value) in block[2..].iter_mut().zip(values) {
        *code = (value * inverse).round_ties_even() as i8 as u8;
    }
    block
}

/// Puts one block into its lane of a unit.
fn pack_block(format: TensorType, block: &[u8], lane: usize, target: &mut [u8]) {
    let mut target = target;
    let mut field = |bytes: usize| {
        let (field, rest) = std::mem::take(&mut target).split_at_mut(bytes);
        target = rest;
        field
    };
    let d = field(2 * PANEL);
    let m = field(if format.has_offset() { 2 * PANEL } else { 0 });
    let scales = field(format.group_scales() * PANEL);
    let offsets = field(format.group_offsets() * PANEL);
    let high = field(format.high_words() * 4 * PANEL);
    let low = field(format.low_words() * 4 * PANEL);

    let half = |to: &mut [u8], from: &[u8]| to[2 * lane..2 * lane + 2].copy_from_slice(&from[..2]);
    let words = |to: &mut [u8], from: &[u8]| {
        let (to, _) = to.as_chunks_mut::<{ 4 * PANEL }>();
        let (from, _) = from.as_chunks::<4>();
        for (to, from) in to.iter_mut().zip(from) {
            to[4 * lane..4 * lane + 4].copy_from_slice(from);
        }
    };
    let group_bytes = |to: &mut [u8], from: &[u8]| {
        for (group, &byte) in from.iter().enumerate() {
            to[group * PANEL + lane] = byte;
        }
    };
    match format {
        TensorType::F32 | TensorType::F16 | TensorType::BF16 => {
            unreachable!("floats are packed as Q8_0")
        }
        TensorType::Q4_0 => {
            half(d, block);
            words(low, &block[2..]);
        }
        TensorType::Q4_1 => {
            half(d, block);
            half(m, &block[2..]);
            words(low, &block[4..]);
        }
        TensorType::Q5_0 => {
            half(d, block);
            words(
                high,
                &turn_high_bits([block[2], block[3], block[4], block[5]]),
            );
            words(low, &block[6..]);
        }
        TensorType::Q5_1 => {
            half(d, block);
            half(m, &block[2..]);
            words(
                high,
                &turn_high_bits([block[4], block[5], block[6], block[7]]),
            );
            words(low, &block[8..]);
        }
        TensorType::Q8_0 => {
            half(d, block);
            words(low, &block[2..]);
        }
        TensorType::Q4_K | TensorType::Q5_K => {
            half(d, block);
            half(m, &block[2..]);
            let (group_scales, group_offsets) = group_scales_k(&block[4..16]);
            group_bytes(scales, &group_scales);
            group_bytes(offsets, &group_offsets);
            let high_bytes = 4 * format.high_words();
            words(high, &block[16..16 + high_bytes]);
            words(low, &block[16 + high_bytes..]);
        }
        TensorType::Q6_K => {
            half(d, &block[208..]);
            group_bytes(scales, &block[192..208]);
            words(high, &block[128..192]);
            words(low, &block[..128]);
        }
    }
}

/// From bit `4q + j` of the number to bit `q` of byte `j`.
fn turn_high_bits(bits: [u8; 4]) -> [u8; 4] {
    let bits = u32::from_le_bytes(bits);
    std::array::from_fn(|j| (0..8).fold(0, |byte, q| byte | ((bits >> (4 * q + j) & 1) << q) as u8))
}
