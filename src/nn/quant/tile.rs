//! A tile: some columns of a panel, unpacked to bytes with their scales and offsets as floats. It lives in the
//! first-level cache and is all that the inner loop of a product with several rows sees, whatever the format.

use crate::nn::simd::{LANES, Simd};

use super::format::{GROUP, TensorType};
use super::unit::{HALVES, Unit, Word};

/// Columns of a tile.
pub(super) const COLS: usize = 512;

#[repr(align(64))]
pub(super) struct Tile {
    /// By group of 32 columns, word and half.
    pub codes: [[[Word; HALVES]; GROUP / 4]; COLS / GROUP],
    /// By scale group and half. A scale group is 16 columns for Q6_K, else 32.
    pub scales: [[[f32; LANES]; HALVES]; COLS / 16],
    /// As `scales`.
    pub offsets: [[[f32; LANES]; HALVES]; COLS / 16],
}

impl Tile {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            codes: [[[[0; 4 * LANES]; HALVES]; GROUP / 4]; COLS / GROUP],
            scales: [[[0.0; LANES]; HALVES]; COLS / 16],
            offsets: [[[0.0; LANES]; HALVES]; COLS / 16],
        })
    }

    /// Unpacks units of a panel of the format with number `F` to the beginning of the tile, at most [`COLS`] columns.
    #[inline(always)]
    pub(super) fn unpack<S: Simd, const F: u8>(&mut self, s: S, units: &[u8]) {
        let format = const { TensorType::numbered(F) };
        let groups = format.unit() / GROUP;
        for (index, unit) in units.chunks_exact(format.unit_bytes()).enumerate() {
            let unit = Unit::<F>::new(unit);
            for group in 0..groups {
                for (word, to) in self.codes[index * groups + group].iter_mut().enumerate() {
                    let codes = unit.codes(s, group, word);
                    for (codes, to) in codes.into_iter().zip(to) {
                        s.store_bytes(codes, to);
                    }
                }
            }
            for group in 0..groups * format.split() {
                let at = index * groups * format.split() + group;
                let places = self.scales[at].iter_mut().zip(&mut self.offsets[at]);
                for ((scale, offset), (to_scale, to_offset)) in
                    unit.scales(s, group).into_iter().zip(places)
                {
                    s.store(scale, to_scale);
                    s.store(offset, to_offset);
                }
            }
        }
    }
}
