//! The product of activations with one panel of packed weights.
//!
//! The kernel walks along the columns: it unpacks a tile to the first-level cache and multiplies all activation rows with
//! it, a few at a time, with the sums in registers. For a single row, where the weights' way from memory is what counts,
//! the codes go straight to the registers.

use crate::nn::isa::is_amd;
use crate::nn::simd::{Kernel, Simd};

use super::activations::{Activations, Group};
use super::format::{GROUP, PANEL, TensorType, by_format};
use super::tile::{COLS, Tile};
use super::unit::{HALVES, Unit};

/// The sums of a row of activations with each row of a panel.
pub(super) type Sums = [f32; PANEL];

/// Multiplies one panel with all rows of `x`.
pub(super) struct PanelKernel<'a> {
    pub format: TensorType,
    pub panel: &'a [u8],
    /// The panel and what lies after it.
    pub after: &'a [u8],
    pub ahead: Ahead,
    pub x: &'a Activations,
    pub tile: &'a mut Tile,
    pub sums: &'a mut [Sums],
}

impl Kernel for PanelKernel<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        by_format!(self.format, F => self.panel::<S, F>(s));
    }
}

impl PanelKernel<'_> {
    #[inline(always)]
    fn panel<S: Simd, const F: u8>(self, s: S) {
        let format = const { TensorType::numbered(F) };
        if let [sums] = self.sums {
            let after = (self.after, self.ahead);
            *sums = single_row::<S, F>(s, self.panel, after, self.x.row(0));
            return;
        }
        self.sums.fill([0.0; PANEL]);
        let tile_bytes = COLS / format.unit() * format.unit_bytes();
        for (index, units) in self.panel.chunks(tile_bytes).enumerate() {
            self.tile.unpack::<S, F>(s, units);
            let next = &self.after[index * tile_bytes + units.len()..];
            let (next, _) = next[..next.len().min(tile_bytes)].as_chunks();
            let next = (next, self.ahead.far);
            let from = index * COLS;
            let cols = from..from + units.len() / format.unit_bytes() * format.unit();
            let (tile, x, sums) = (&*self.tile, self.x, &mut *self.sums);
            match (format.wide(), format.split()) {
                (true, _) => rows::<S, true, 1>(s, tile, x, cols, sums, next),
                (_, 1) => rows::<S, false, 1>(s, tile, x, cols, sums, next),
                _ => rows::<S, false, 2>(s, tile, x, cols, sums, next),
            }
        }
    }
}

/// How weights are asked for before their use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ahead {
    /// How many bytes ahead, for a single row; with several the next tile is.
    bytes: usize,
    /// To the second-level cache.
    far: bool,
}

impl Ahead {
    /// What is best on this processor. On Zen 4 a core reads 24 to 26 GB/s of weights this way for one row, 14 to 20 the
    /// other way, which was measured on Intel's; for four rows it is 13 instead of 9.
    pub(super) fn best() -> Self {
        match is_amd() {
            true => Self {
                bytes: 24 << 10,
                far: true,
            },
            false => Self {
                bytes: 8 << 10,
                far: false,
            },
        }
    }
}

/// Asks for lines.
#[inline(always)]
fn ask<S: Simd>(s: S, lines: &[[u8; 64]], far: bool) {
    for line in lines {
        match far {
            true => s.prefetch_far(line),
            false => s.prefetch(line),
        }
    }
}

/// The sums of one row of activations with a panel. A tile would be written and read once only, so the codes stay in
/// registers; the operations and their order are those of [`block`].
#[inline(always)]
fn single_row<S: Simd, const F: u8>(
    s: S,
    panel: &[u8],
    (after, Ahead { bytes, far }): (&[u8], Ahead),
    x: &[Group],
) -> Sums {
    let format = const { TensorType::numbered(F) };
    let groups = format.unit() / GROUP;
    let words = GROUP / 4 / format.split();
    let mut totals = [s.splat(0.0); HALVES];
    let units = panel.chunks_exact(format.unit_bytes());
    for (index, (unit, x)) in units.zip(x.chunks_exact(groups)).enumerate() {
        let unit = Unit::<F>::new(unit);
        let ahead = after.len().min(index * format.unit_bytes() + bytes);
        let (ahead, _) = after[ahead..].as_chunks();
        let ahead = &ahead[..ahead.len().min(format.unit_bytes() / 64)];
        let mut ahead = ahead.chunks((format.unit_bytes() / 64).div_ceil(groups));
        for (group, x) in x.iter().enumerate() {
            ask(s, ahead.next().unwrap_or_default(), far);
            for part in 0..format.split() {
                let mut dots = [s.zero_i32(); HALVES];
                for word in part * words..(part + 1) * words {
                    let w = unit.codes(s, group, word);
                    for half in 0..HALVES {
                        dots[half] = match format.wide() {
                            true => s.dot::<true>(dots[half], w[half], x.codes[word]),
                            false => s.dot::<false>(dots[half], w[half], x.codes[word]),
                        };
                    }
                }
                let sum = match format.split() {
                    1 => x.sum,
                    _ => x.sums[part],
                };
                let scales = unit.scales(s, group * format.split() + part);
                for half in 0..HALVES {
                    let (scale, offset) = scales[half];
                    let dot = s.mul(s.to_f32(dots[half]), s.splat(x.scale));
                    let total = s.fma(dot, scale, totals[half]);
                    totals[half] = s.fma(offset, s.splat(sum), total);
                }
            }
        }
    }
    let mut sums = [0.0; PANEL];
    let (halves, _) = sums.as_chunks_mut();
    for half in 0..HALVES {
        s.store(totals[half], &mut halves[half]);
    }
    sums
}

/// Rows of activations that are multiplied together: 2 × 6 float and 2 × 6 integer sums leave registers for the rest.
const BLOCK: usize = 6;

/// Halves of a panel that are multiplied together: of ARM's short registers, one half's integer sums take 24.
const TOGETHER: usize = if cfg!(target_arch = "aarch64") {
    1
} else {
    HALVES
};

/// Adds the products of a tile with all rows. `SPLIT` is the number of scale groups in 32 columns.
#[inline(always)]
fn rows<S: Simd, const WIDE: bool, const SPLIT: usize>(
    s: S,
    tile: &Tile,
    x: &Activations,
    cols: std::ops::Range<usize>,
    sums: &mut [Sums],
    (mut next, far): (&[[u8; 64]], bool),
) {
    let mut first = 0;
    while first < sums.len() {
        let rest = &mut sums[first..];
        let cols = cols.clone();
        match rest.len() {
            1 => block::<S, WIDE, SPLIT, 1>(s, tile, x, first, cols, rest, (next, far)),
            2 => block::<S, WIDE, SPLIT, 2>(s, tile, x, first, cols, rest, (next, far)),
            3 => block::<S, WIDE, SPLIT, 3>(s, tile, x, first, cols, rest, (next, far)),
            4 => block::<S, WIDE, SPLIT, 4>(s, tile, x, first, cols, rest, (next, far)),
            5 => block::<S, WIDE, SPLIT, 5>(s, tile, x, first, cols, rest, (next, far)),
            _ => block::<S, WIDE, SPLIT, BLOCK>(s, tile, x, first, cols, rest, (next, far)),
        }
        first += BLOCK;
        next = &[];
    }
}

/// Adds the products of a tile with `N` rows of activations from row `first` on.
#[inline(always)]
// An index names the same lane of several arrays; iterators over each would hide which belong together.
#[allow(clippy::needless_range_loop)]
fn block<S: Simd, const WIDE: bool, const SPLIT: usize, const N: usize>(
    s: S,
    tile: &Tile,
    x: &Activations,
    first: usize,
    cols: std::ops::Range<usize>,
    sums: &mut [Sums],
    (next, far): (&[[u8; 64]], bool),
) {
    let groups = cols.len() / GROUP;
    let first_group = cols.start / GROUP;
    let x: [&[Group]; N] = std::array::from_fn(|n| &x.row(first + n)[first_group..][..groups]);
    // SAFETY: `group < groups`, the length of every slice in `x`. The compiler doesn't see it, and checks in this loop
    // cost a tenth of its time.
    let at = |n: usize, group: usize| unsafe { x[n].get_unchecked(group) };

    let mut totals = [[s.splat(0.0); HALVES]; N];
    for n in 0..N {
        let (halves, _) = sums[n].as_chunks();
        totals[n] = [s.load(&halves[0]), s.load(&halves[1])];
    }
    let mut next = next.chunks(next.len().div_ceil(groups).max(1));
    for (group, words) in tile.codes[..groups].iter().enumerate() {
        ask(s, next.next().unwrap_or_default(), far);
        for step in 0..SPLIT * HALVES / TOGETHER {
            let (part, first) = (step % SPLIT, step / SPLIT * TOGETHER);
            let mut dots = [[s.zero_i32(); TOGETHER]; N];
            for word in part * (8 / SPLIT)..(part + 1) * (8 / SPLIT) {
                let mut w = [s.load_bytes(&words[word][first]); TOGETHER];
                for half in 1..TOGETHER {
                    w[half] = s.load_bytes(&words[word][first + half]);
                }
                for n in 0..N {
                    let x = at(n, group).codes[word];
                    for half in 0..TOGETHER {
                        dots[n][half] = s.dot::<WIDE>(dots[n][half], w[half], x);
                    }
                }
            }
            let scale_group = group * SPLIT + part;
            for half in 0..TOGETHER {
                let scale = s.load(&tile.scales[scale_group][first + half]);
                let offset = s.load(&tile.offsets[scale_group][first + half]);
                for n in 0..N {
                    let x = at(n, group);
                    let sum = if SPLIT == 1 { x.sum } else { x.sums[part] };
                    let dot = s.mul(s.to_f32(dots[n][half]), s.splat(x.scale));
                    let total = s.fma(dot, scale, totals[n][first + half]);
                    totals[n][first + half] = s.fma(offset, s.splat(sum), total);
                }
            }
        }
    }
    for n in 0..N {
        let (halves, _) = sums[n].as_chunks_mut();
        for half in 0..HALVES {
            s.store(totals[n][half], &mut halves[half]);
        }
    }
}
