//! A tile: some columns of a panel, unpacked to bytes with their scales and offsets as floats. It lives in the
//! first-level cache and is all that the inner loop of a product sees, whatever the format.

use crate::nn::simd::{LANES, Simd};

use super::format::{Format, GROUP, PANEL};

/// Columns of a tile.
pub(super) const COLS: usize = 512;

/// Halves of a panel, a vector of rows each.
pub(super) const HALVES: usize = PANEL / LANES;

/// One word of sixteen rows.
pub(super) type Word = [u8; 4 * LANES];

/// `value(row, col) = scale × code + offset`, with codes from 0 to 255.
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

    /// Unpacks units of a panel to the beginning of the tile, at most [`COLS`] columns.
    #[inline(always)]
    pub(super) fn unpack<S: Simd>(&mut self, s: S, format: Format, units: &[u8]) {
        let groups = format.unit() / GROUP;
        for (index, unit) in units.chunks_exact(format.unit_bytes()).enumerate() {
            self.unpack_unit(s, format, unit, index * groups);
        }
    }

    #[inline(always)]
    fn unpack_unit<S: Simd>(&mut self, s: S, format: Format, unit: &[u8], first: usize) {
        let (d, rest) = unit.split_at(2 * PANEL);
        let (m, rest) = rest.split_at(if format.has_offset() { 2 * PANEL } else { 0 });
        let (scales, rest) = rest.split_at(format.group_scales() * PANEL);
        let (offsets, rest) = rest.split_at(format.group_offsets() * PANEL);
        let (high, low) = rest.split_at(format.high_words() * 4 * PANEL);
        let (high, low) = (pairs(high), pairs(low));
        let halves = |field: &[u8], half: usize| {
            let bytes = field[half * 2 * LANES..]
                .first_chunk()
                .expect("32 rows a field");
            s.load_f16_bytes(bytes)
        };

        let groups = &mut self.codes[first..];
        match format {
            Format::Q4_0 | Format::Q4_1 => {
                for half in 0..HALVES {
                    for word in 0..4 {
                        let bytes = &low[word][half];
                        groups[0][word][half] = map(bytes, |b| b & 15);
                        groups[0][word + 4][half] = map(bytes, |b| b >> 4);
                    }
                }
            }
            Format::Q5_0 | Format::Q5_1 => {
                for half in 0..HALVES {
                    let top = &high[0][half];
                    for word in 0..4 {
                        let bytes = &low[word][half];
                        groups[0][word][half] =
                            zip(bytes, top, |b, t| b & 15 | (t >> word & 1) << 4);
                        groups[0][word + 4][half] =
                            zip(bytes, top, |b, t| b >> 4 | (t >> (word + 4) & 1) << 4);
                    }
                }
            }
            Format::Q8_0 => {
                for half in 0..HALVES {
                    for word in 0..8 {
                        groups[0][word][half] = map(&low[word][half], |b| b ^ 128);
                    }
                }
            }
            Format::Q4_K => {
                for (pair, low) in low.chunks_exact(8).enumerate() {
                    for word in 0..8 {
                        for half in 0..HALVES {
                            let bytes = &low[word][half];
                            groups[2 * pair][word][half] = map(bytes, |b| b & 15);
                            groups[2 * pair + 1][word][half] = map(bytes, |b| b >> 4);
                        }
                    }
                }
            }
            Format::Q5_K => {
                for (pair, low) in low.chunks_exact(8).enumerate() {
                    for word in 0..8 {
                        for half in 0..HALVES {
                            let (bytes, top) = (&low[word][half], &high[word][half]);
                            groups[2 * pair][word][half] =
                                zip(bytes, top, |b, t| b & 15 | (t >> (2 * pair) & 1) << 4);
                            groups[2 * pair + 1][word][half] =
                                zip(bytes, top, |b, t| b >> 4 | (t >> (2 * pair + 1) & 1) << 4);
                        }
                    }
                }
            }
            Format::Q6_K => {
                let parts = low.chunks_exact(16).zip(high.chunks_exact(8));
                for ((low, high), groups) in parts.zip(groups.chunks_exact_mut(4)) {
                    for word in 0..8 {
                        for half in 0..HALVES {
                            let top = &high[word][half];
                            let (even, odd) = (&low[word][half], &low[word + 8][half]);
                            groups[0][word][half] = zip(even, top, |b, t| b & 15 | (t & 3) << 4);
                            groups[1][word][half] =
                                zip(odd, top, |b, t| b & 15 | (t >> 2 & 3) << 4);
                            groups[2][word][half] =
                                zip(even, top, |b, t| b >> 4 | (t >> 4 & 3) << 4);
                            groups[3][word][half] = zip(odd, top, |b, t| b >> 4 | (t >> 6) << 4);
                        }
                    }
                }
            }
        }

        for half in 0..HALVES {
            let d = halves(d, half);
            match format {
                Format::Q4_0 | Format::Q5_0 | Format::Q8_0 => {
                    let zero = match format {
                        Format::Q4_0 => -8.0,
                        Format::Q5_0 => -16.0,
                        _ => -128.0,
                    };
                    s.store(d, &mut self.scales[first][half]);
                    s.store(s.mul(d, s.splat(zero)), &mut self.offsets[first][half]);
                }
                Format::Q4_1 | Format::Q5_1 => {
                    s.store(d, &mut self.scales[first][half]);
                    s.store(halves(m, half), &mut self.offsets[first][half]);
                }
                Format::Q4_K | Format::Q5_K => {
                    let m = s.sub(s.splat(0.0), halves(m, half));
                    for group in 0..8 {
                        let at = group * PANEL + half * LANES;
                        let scale = s.load_u8(lanes(scales, at));
                        let offset = s.load_u8(lanes(offsets, at));
                        s.store(s.mul(d, scale), &mut self.scales[first + group][half]);
                        s.store(s.mul(m, offset), &mut self.offsets[first + group][half]);
                    }
                }
                Format::Q6_K => {
                    for group in 0..16 {
                        let bytes = lanes(scales, group * PANEL + half * LANES);
                        let scale = s.mul(d, s.load_i8(&bytes.map(|b| b as i8)));
                        let at = 2 * first + group;
                        s.store(scale, &mut self.scales[at][half]);
                        s.store(s.mul(scale, s.splat(-32.0)), &mut self.offsets[at][half]);
                    }
                }
            }
        }
    }
}

/// Words of both halves.
#[inline(always)]
fn pairs(words: &[u8]) -> &[[Word; HALVES]] {
    let (words, _) = words.as_chunks();
    let (pairs, _) = words.as_chunks();
    pairs
}

#[inline(always)]
fn lanes(bytes: &[u8], at: usize) -> &[u8; LANES] {
    bytes[at..].first_chunk().expect("a byte a row")
}

#[inline(always)]
fn map(a: &Word, f: impl Fn(u8) -> u8) -> Word {
    let mut out = [0; 4 * LANES];
    for i in 0..4 * LANES {
        out[i] = f(a[i]);
    }
    out
}

#[inline(always)]
fn zip(a: &Word, b: &Word, f: impl Fn(u8, u8) -> u8) -> Word {
    let mut out = [0; 4 * LANES];
    for i in 0..4 * LANES {
        out[i] = f(a[i], b[i]);
    }
    out
}
