//! Reading packed weights: words of codes, scales and offsets, with `weight = scale × code + offset`.

use crate::nn::simd::{LANES, Simd};

use super::format::{PANEL, TensorType};

/// Halves of a panel, a vector of rows each.
pub(super) const HALVES: usize = PANEL / LANES;

/// One word of sixteen rows.
pub(super) type Word = [u8; 4 * LANES];

/// A unit of a panel, of the format with number `F`.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a, const F: u8> {
    d: &'a [u8],
    m: &'a [u8],
    scales: &'a [u8],
    offsets: &'a [u8],
    high: &'a [[Word; HALVES]],
    low: &'a [[Word; HALVES]],
}

impl<'a, const F: u8> Unit<'a, F> {
    const FORMAT: TensorType = TensorType::numbered(F);

    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let format = Self::FORMAT;
        let offset_bytes = if format.has_offset() { 2 * PANEL } else { 0 };
        let (d, rest) = bytes.split_at(2 * PANEL);
        let (m, rest) = rest.split_at(offset_bytes);
        let (scales, rest) = rest.split_at(format.group_scales() * PANEL);
        let (offsets, rest) = rest.split_at(format.group_offsets() * PANEL);
        let (high, low) = rest.split_at(format.high_words() * 4 * PANEL);
        let words = |bytes: &'a [u8]| bytes.as_chunks().0.as_chunks().0;
        let (high, low) = (words(high), words(low));
        Self {
            d,
            m,
            scales,
            offsets,
            high: &high[..format.high_words()],
            low: &low[..format.low_words()],
        }
    }

    /// The codes of columns `4 · word..` of a group of 32.
    #[inline(always)]
    pub(super) fn codes<S: Simd>(&self, s: S, group: usize, word: usize) -> [S::B; HALVES] {
        // Closures, as `array::from_fn` would want, are not always compiled with the instructions of the level.
        [
            self.half_codes(s, group, word, 0),
            self.half_codes(s, group, word, 1),
        ]
    }

    #[inline(always)]
    fn half_codes<S: Simd>(&self, s: S, group: usize, word: usize, half: usize) -> S::B {
        match Self::FORMAT {
            TensorType::Q4_0 | TensorType::Q4_1 => {
                let low = s.load_bytes(&self.low[word % 4][half]);
                s.bits(low, word as u32 / 4 * 4, 15)
            }
            TensorType::Q5_0 | TensorType::Q5_1 => {
                let low = s.load_bytes(&self.low[word % 4][half]);
                let high = s.load_bytes(&self.high[0][half]);
                s.or_high(
                    s.bits(low, word as u32 / 4 * 4, 15),
                    s.bits(high, word as u32, 1),
                )
            }
            TensorType::F32 | TensorType::F16 | TensorType::BF16 => {
                unreachable!("floats are packed as Q8_0")
            }
            TensorType::Q8_0 => s.flip_top(s.load_bytes(&self.low[word][half])),
            TensorType::Q4_K => {
                let low = s.load_bytes(&self.low[group / 2 * 8 + word][half]);
                s.bits(low, group as u32 % 2 * 4, 15)
            }
            TensorType::Q5_K => {
                let low = s.load_bytes(&self.low[group / 2 * 8 + word][half]);
                let high = s.load_bytes(&self.high[word][half]);
                s.or_high(
                    s.bits(low, group as u32 % 2 * 4, 15),
                    s.bits(high, group as u32, 1),
                )
            }
            TensorType::Q6_K => {
                let (part, quarter) = (group / 4, group % 4);
                let low = s.load_bytes(&self.low[part * 16 + quarter % 2 * 8 + word][half]);
                let high = s.load_bytes(&self.high[part * 8 + word][half]);
                s.or_high(
                    s.bits(low, quarter as u32 / 2 * 4, 15),
                    s.bits(high, quarter as u32 * 2, 3),
                )
            }
        }
    }

    /// Scales and offsets of a scale group, by half.
    #[inline(always)]
    pub(super) fn scales<S: Simd>(&self, s: S, scale_group: usize) -> [(S::F, S::F); HALVES] {
        [
            self.half_scales(s, scale_group, 0),
            self.half_scales(s, scale_group, 1),
        ]
    }

    #[inline(always)]
    fn half_scales<S: Simd>(&self, s: S, scale_group: usize, half: usize) -> (S::F, S::F) {
        let d = s.load_f16_bytes(lanes(self.d, half));
        let zero = match Self::FORMAT {
            TensorType::Q4_1 | TensorType::Q5_1 => {
                return (d, s.load_f16_bytes(lanes(self.m, half)));
            }
            TensorType::Q4_K | TensorType::Q5_K => {
                let m = s.load_f16_bytes(lanes(self.m, half));
                let at = scale_group * HALVES + half;
                let scale = s.load_u8(lanes(self.scales, at));
                let offset = s.load_u8(lanes(self.offsets, at));
                return (s.mul(d, scale), s.mul(s.sub(s.splat(0.0), m), offset));
            }
            TensorType::Q6_K => {
                let bytes: &[u8; LANES] = lanes(self.scales, scale_group * HALVES + half);
                let scale = s.mul(d, s.load_i8(&bytes.map(|b| b as i8)));
                return (scale, s.mul(scale, s.splat(-32.0)));
            }
            TensorType::F32 | TensorType::F16 | TensorType::BF16 => {
                unreachable!("floats are packed as Q8_0")
            }
            TensorType::Q4_0 => -8.0,
            TensorType::Q5_0 => -16.0,
            TensorType::Q8_0 => -128.0,
        };
        (d, s.mul(d, s.splat(zero)))
    }
}

/// Element `at` of a field of arrays of `N` bytes.
#[inline(always)]
fn lanes<const N: usize>(field: &[u8], at: usize) -> &[u8; N] {
    &field.as_chunks().0[at]
}
