//! Packed weights, and what is known of them before they meet any activations. The kernels read them.

use super::blocks::{Blocks, PANEL, QUAD};
use crate::nn::isa::{Isa, for_each_isa};

/// Added to an activation so that it is unsigned.
pub(super) const OFFSET: u8 = 128;
/// Added to an activation by the reference.
pub(super) const SHIFT: i32 = 127;

/// One matrix among those that are packed side by side into an [`Int8Matrix`].
#[derive(Debug)]
pub struct Columns<'a> {
    /// `[n, k]`: one output column after the other, values in −127 ..= 127.
    pub values: &'a [i8],
    /// What a product is divided by to undo the quantization of the weights: one a column, or one for all.
    pub multipliers: &'a [f32],
    /// `[n]`, or none.
    pub bias: Option<&'a [f32]>,
}

/// Weights `[k, n]`, packed in panels of 16 columns so that a kernel reads them once, front to back.
#[derive(Debug)]
pub struct Int8Matrix {
    pub(super) k: usize,
    pub(super) n: usize,
    /// What the activations are quantized with, if it is known beforehand.
    multiplier: Option<f32>,
    /// `[n / PANEL][k / QUAD]`.
    pub(super) blocks: Blocks,
    pub(super) columns: Prepared,
    /// Pairs of weights that can saturate, with the column of each, ascending.
    hot: Vec<(usize, HotPair)>,
    /// `[n / PANEL + 1]`: where each panel's pairs start in `hot`.
    hot_panels: Vec<usize>,
}

impl Int8Matrix {
    /// Packs matrices of `k` rows side by side, for activations that are quantized with `multiplier`, or each row with
    /// its own.
    ///
    /// # Panics
    /// If `k` isn't a multiple of 4 or a matrix's number of columns isn't one of 16, or lengths contradict each other.
    pub fn pack(k: usize, multiplier: Option<f32>, parts: &[Columns<'_>]) -> Self {
        assert!(k > 0 && k.is_multiple_of(QUAD), "k = {k}");
        let quads = k / QUAD;
        let n = parts.iter().map(|part| part.values.len() / k).sum();
        let mut columns = Prepared::with_capacity(n);
        let mut hot = Vec::new();
        let mut hot_panels = vec![0];
        let blocks = Blocks::new(n / PANEL * quads, |blocks| {
            let mut first = 0;
            for part in parts {
                let count = part.values.len() / k;
                assert_eq!(part.values.len(), count * k);
                assert!(count.is_multiple_of(PANEL), "n = {count}");
                assert!(part.multipliers.len() == 1 || part.multipliers.len() == count);
                assert!(part.bias.is_none_or(|bias| bias.len() == count));
                for (index, column) in part.values.chunks_exact(k).enumerate() {
                    let (panel, lane) = ((first + index) / PANEL, (first + index) % PANEL);
                    let blocks = &mut blocks[panel * quads..][..quads];
                    for (block, quad) in blocks.iter_mut().zip(column.chunks_exact(QUAD)) {
                        block.0[lane * QUAD..][..QUAD].copy_from_slice(quad);
                    }
                    let bias = part.bias.map_or(0.0, |bias| bias[index]);
                    let own = part.multipliers.get(index).unwrap_or(&part.multipliers[0]);
                    let pairs = columns.push(column, *own, bias, multiplier);
                    hot.extend(pairs.map(|pair| (lane, pair)));
                    if lane == PANEL - 1 {
                        hot_panels.push(hot.len());
                    }
                }
                first += count;
            }
        });
        Self {
            k,
            n,
            multiplier,
            blocks,
            columns,
            hot,
            hot_panels,
        }
    }

    /// Rows: the width of the activations.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Columns: the width of the product.
    pub fn n(&self) -> usize {
        self.n
    }

    /// What the activations are to be quantized with; `None` gives each row its own.
    pub fn multiplier(&self) -> Option<f32> {
        self.multiplier
    }

    /// The pairs of a panel that can saturate.
    pub(super) fn hot(&self, panel: usize) -> &[(usize, HotPair)] {
        &self.hot[self.hot_panels[panel]..self.hot_panels[panel + 1]]
    }

    /// What the reference adds to an activation.
    pub(super) fn shift(&self) -> i32 {
        if self.multiplier.is_some() { SHIFT } else { 0 }
    }

    /// What saturation takes off the sums of a panel; `a` is the row.
    pub(super) fn excesses(&self, panel: usize, a: &[u8]) -> [i32; PANEL] {
        let mut excesses = [0; PANEL];
        for (lane, pair) in self.hot(panel) {
            excesses[*lane] += pair.excess(a);
        }
        excesses
    }

    /// What the sums of a panel start at, so that they end as the reference's do, for a kernel that multiplies
    /// activations as they are; `a` is the row.
    pub(super) fn starts(&self, panel: usize, a: &[u8]) -> [i32; PANEL] {
        let excesses = self.excesses(panel, a);
        let sums = &self.columns.sums[panel * PANEL..][..PANEL];
        std::array::from_fn(|lane| self.shift() * sums[lane] - excesses[lane])
    }
}

/// What is known of columns of weights before they meet any activations.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// Sum of each column.
    pub(super) sums: Vec<i32>,
    /// A sum times this and the row's own scale is the product of what was quantized.
    pub(super) scales: Vec<f32>,
    /// The bias, less what [`SHIFT`] adds to a sum.
    pub(super) bias: Vec<f32>,
}

impl Prepared {
    pub(super) fn with_capacity(n: usize) -> Self {
        Self {
            sums: Vec::with_capacity(n),
            scales: Vec::with_capacity(n),
            bias: Vec::with_capacity(n),
        }
    }

    /// Adds a column that was quantized with `own`, for activations quantized with `multiplier`, and gives its pairs that
    /// can saturate. The roundings are the reference's (marian-dev, `intgemm_interface.h`).
    pub(super) fn push<'c>(
        &mut self,
        column: &'c [i8],
        own: f32,
        bias: f32,
        multiplier: Option<f32>,
    ) -> impl Iterator<Item = HotPair> + use<'c> {
        let (sum, largest) = sum_and_largest(Isa::best(), column);
        self.sums.push(sum);
        match multiplier {
            Some(multiplier) => {
                self.scales.push(1.0 / (multiplier * own));
                let shift = -((127.0 / multiplier) * (127.0 / own)) / 127.0;
                self.bias.push(sum as f32 * shift + bias);
            }
            None => {
                self.scales.push(1.0 / own);
                self.bias.push(bias);
            }
        }
        // Both weights are small in nearly every column.
        let can = multiplier.is_some() && HotPair::can_saturate_at(largest);
        HotPair::all_of(if can { column } else { &[] })
    }
}

for_each_isa! {
    /// The sum of a column and its largest absolute value.
    pub fn sum_and_largest(column: &[i8]) -> (i32, u8) {
        let (mut sum, mut largest) = (0, 0);
        for &weight in column {
            sum += i32::from(weight);
            largest = largest.max(weight.unsigned_abs());
        }
        (sum, largest)
    }
}

/// Two neighbouring weights of a column that are so large that the sum of their products can leave 16 bits. The
/// reference multiplies with SSSE3's `pmaddubsw`, which saturates there, and models are tuned and published with that.
#[derive(Debug, Clone, Copy)]
pub(super) struct HotPair {
    /// The first of the two rows.
    k: usize,
    weights: [i8; 2],
}

impl HotPair {
    /// The pairs of a column that can saturate.
    fn all_of(column: &[i8]) -> impl Iterator<Item = Self> {
        let pairs = column.chunks_exact(2).enumerate();
        let pairs = pairs.filter(|(_, pair)| Self::can_saturate(pair[0], pair[1]));
        pairs.map(|(index, pair)| Self {
            k: 2 * index,
            weights: [pair[0], pair[1]],
        })
    }

    /// Whether a pair can, of which neither is larger than this.
    fn can_saturate_at(largest: u8) -> bool {
        2 * i32::from(largest) * (127 + SHIFT) > i16::MAX.into()
    }

    fn can_saturate(a: i8, b: i8) -> bool {
        let (a, b) = (i32::from(a), i32::from(b));
        // The largest activation, shifted.
        let most = 127 + SHIFT;
        (a.max(0) + b.max(0)) * most > i16::MAX.into()
            || (a.min(0) + b.min(0)) * most < i16::MIN.into()
    }

    /// What saturation takes off a sum; `a` is the row of activations.
    pub(super) fn excess(&self, a: &[u8]) -> i32 {
        let value = |i: usize| i32::from(a[self.k + i]) - i32::from(OFFSET) + SHIFT;
        let [first, second] = self.weights.map(i32::from);
        let pair = value(0) * first + value(1) * second;
        pair - pair.clamp(i16::MIN.into(), i16::MAX.into())
    }
}

/// Where a product goes. The pointer has room for all rows and columns of the product that it is made for.
#[derive(Clone, Copy)]
pub(super) struct Output {
    pub(super) to: To,
    /// Values from one row to the next.
    pub(super) stride: usize,
}

#[derive(Clone, Copy)]
pub(super) enum To {
    Floats(*mut f32),
    /// ReLU, then quantization with this multiplier.
    Quantized(*mut u8, f32),
}
