//! A linear layer, in each of the ways that weights are kept.

use super::blocks::{self, Blocks};
use super::int8::{CodeRows, Codes};
use super::pick::Observe;
use super::tile::{self, FloatLine, Operands};
use super::{RowQuery, RowSummary, STRIP, Then, Workers};
use crate::error::Result;
use crate::nn::isa::Isa;
use crate::nn::pool::SharedMut;
use crate::nn::quant::{Packed, Product};
use crate::weights::gguf::Tensor;

/// Rows that go through a strip together, so that the product stays in the first-level cache.
const BLOCK: usize = 48;

/// Bytes of floats that are packed from one time that this is told to the next.
const PACKED_AT_ONCE: usize = 8 << 20;

/// How weights are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// 32-bit floats, as exact as the checkpoint.
    #[default]
    F32,
    /// 8-bit integers with one scale a column; activations are quantized row by row as they come. What a file has in
    /// fewer bits stays as it is: see [`Linear::keep`].
    Int8,
}

/// Weights `[k, n]` with a bias: in strips of 64 columns, or in the blocks of a quantized file.
#[derive(Debug)]
pub struct Linear {
    k: usize,
    n: usize,
    weights: Weights,
    /// `[strips * STRIP]`; of blocks `[n]`, or nothing.
    bias: Vec<f32>,
}

#[derive(Debug)]
enum Weights {
    /// `[strips][k][STRIP]`.
    Floats(Vec<FloatLine>),
    Int8(Codes),
    Blocks(Blocks),
}

/// Buffers that a product needs, kept from one to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    rows: CodeRows,
    blocks: blocks::Scratch,
}

/// Rows of floats as a product takes them.
enum Rows<'a> {
    Floats(&'a [f32]),
    Int8(&'a CodeRows),
}

impl Linear {
    /// Packs `parts` side by side: each is a matrix `[columns, k]`, as `torch.nn.Linear` keeps it, with its bias of
    /// as many columns. Where `k` isn't a multiple of 4 the weights stay floats. `packed` is called when some more
    /// megabytes of the parts are done with, so that a mapped file needn't stay in memory beside its copy.
    ///
    /// # Panics
    /// If lengths contradict each other.
    pub fn pack(
        k: usize,
        parts: &[(&[f32], Option<&[f32]>)],
        precision: Precision,
        packed: &dyn Fn(),
    ) -> Self {
        assert!(k > 0);
        let n: usize = parts.iter().map(|(weights, _)| weights.len() / k).sum();
        let width = n.next_multiple_of(STRIP);
        let mut bias = Vec::with_capacity(width);
        for (weights, part) in parts {
            assert!(weights.len().is_multiple_of(k));
            match part {
                Some(part) => {
                    assert_eq!(part.len(), weights.len() / k);
                    bias.extend_from_slice(part);
                }
                None => bias.resize(bias.len() + weights.len() / k, 0.0),
            }
        }
        bias.resize(width, 0.0);
        let columns = parts
            .iter()
            .flat_map(|(weights, _)| weights.chunks_exact(k));
        let turn = (PACKED_AT_ONCE / (k * size_of::<f32>())).max(1);
        let columns = columns.enumerate().map(|(before, column)| {
            if before > 0 && before % turn == 0 {
                packed();
            }
            column
        });
        let weights = if precision == Precision::Int8 && k.is_multiple_of(tile::QUAD) {
            Weights::Int8(Codes::pack(k, width, columns))
        } else {
            Weights::Floats(tile::pack_floats(k, width, columns))
        };
        Self {
            k,
            n,
            weights,
            bias,
        }
    }

    /// Packs tensors of a quantized file, `[columns, k]` each, side by side with their biases; their bits stay what they
    /// are, and floats become 8-bit integers with a scale for each 32 of a column.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if `k` isn't a multiple of 32; [`crate::ErrorKind::Io`] if there is not enough memory.
    ///
    /// # Panics
    /// If lengths contradict each other.
    pub fn keep(
        workers: &Workers,
        k: usize,
        parts: &[(Tensor<'_>, Option<&[f32]>)],
    ) -> Result<Self> {
        let tensors: Vec<Tensor<'_>> = parts.iter().map(|(tensor, _)| *tensor).collect();
        assert!(tensors.iter().all(|tensor| tensor.cols() == k));
        let blocks = Blocks::pack(workers, &tensors)?;
        let mut bias = Vec::new();
        let any = parts.iter().any(|(_, part)| part.is_some());
        for (tensor, part) in parts.iter().filter(|_| any) {
            match part {
                Some(part) => {
                    assert_eq!(part.len(), tensor.rows());
                    bias.extend_from_slice(part);
                }
                None => bias.resize(bias.len() + tensor.rows(), 0.0),
            }
        }
        Ok(Self {
            k,
            n: blocks.n(),
            weights: Weights::Blocks(blocks),
            bias,
        })
    }

    /// A layer of weights that are packed already.
    ///
    /// # Panics
    /// If the bias has another length than the weights have rows.
    pub fn from_packed(weight: Packed, bias: Option<Vec<f32>>) -> Self {
        assert!(bias.as_ref().is_none_or(|bias| bias.len() == weight.rows()));
        Self {
            k: weight.cols(),
            n: weight.rows(),
            weights: Weights::Blocks(Blocks::from(weight)),
            bias: bias.unwrap_or_default(),
        }
    }

    /// The layer as one of the products of [`matmul`](crate::nn::quant::matmul), into `out`, `[rows, n]`: layers of the
    /// same input share a pass over it, and its rounding.
    ///
    /// # Panics
    /// If the weights aren't in blocks of one tensor, as [`Linear::from_packed`] has them.
    pub fn product<'a>(&'a self, out: &'a mut [f32]) -> Product<'a> {
        let Weights::Blocks(blocks) = &self.weights else {
            panic!("only weights in blocks multiply rounded activations");
        };
        Product {
            weight: blocks.only(),
            bias: self.block_bias(),
            out,
        }
    }

    /// The bias of weights in blocks.
    fn block_bias(&self) -> Option<&[f32]> {
        Some(&self.bias[..]).filter(|bias| !bias.is_empty())
    }

    /// Rows of the weights: the width of the input.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Columns of the weights: the width of the output.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Bytes that the weights take.
    pub fn bytes(&self) -> usize {
        match &self.weights {
            Weights::Floats(lines) => size_of_val(lines.as_slice()),
            Weights::Int8(codes) => codes.bytes(),
            Weights::Blocks(blocks) => blocks.bytes(),
        }
    }

    /// Writes column `column` of the weights, times `factor`, to `out`: the embedding of a token where the output layer
    /// is tied to it.
    ///
    /// # Panics
    /// If there is no such column or `out` isn't `k` long.
    pub fn column(&self, column: usize, factor: f32, out: &mut [f32]) {
        assert!(column < self.n && out.len() == self.k);
        match &self.weights {
            Weights::Floats(lines) => tile::read_column(lines, self.k, column, factor, out),
            Weights::Int8(codes) => codes.read_column(column, factor, out),
            Weights::Blocks(blocks) => blocks.read_column(column, factor, out),
        }
    }

    /// The product of `x`, `[rows, k]`, with the weights, plus the bias, into `out`, `[rows, n]`.
    ///
    /// # Panics
    /// If the lengths don't fit.
    pub fn apply(
        &self,
        workers: &Workers,
        x: &[f32],
        out: &mut [f32],
        then: Then,
        scratch: &mut Scratch,
    ) {
        let rows = x.len() / self.k;
        assert!(x.len() == rows * self.k && out.len() == rows * self.n);
        if let Weights::Blocks(blocks) = &self.weights {
            let bias = self.block_bias();
            return blocks.apply(workers, x, bias, out, then, &mut scratch.blocks);
        }
        let x = self.prepare(workers, x, scratch);
        let strips = self.bias.len() / STRIP;
        let blocks = rows.div_ceil(BLOCK);
        // Where strips are few and rows many, blocks of rows are tasks of their own.
        let (groups, blocks_a_group) = match strips < 4 * workers.pool().threads() {
            true => (blocks, 1),
            false => (1, blocks),
        };
        let shared = SharedMut::new(out);
        workers.pool().run(strips * groups, |task| {
            let (strip, group) = (task % strips, task / strips);
            let columns = STRIP.min(self.n - strip * STRIP);
            let first = group * blocks_a_group * BLOCK;
            let last = (first + blocks_a_group * BLOCK).min(rows);
            let mut product = [0.0; BLOCK * STRIP];
            for block in (first..last).step_by(BLOCK) {
                let high = BLOCK.min(last - block);
                let product = &mut product[..high * STRIP];
                self.strip(workers.isa(), &x, strip, block, product);
                if let Then::Activate(activation) = then {
                    activation.apply(workers.isa(), product);
                }
                for (row, values) in product.chunks_exact(STRIP).enumerate() {
                    let at = (block + row) * self.n + strip * STRIP;
                    // SAFETY: `at + columns` lies within row `block + row` of `out`, whose length is checked above;
                    // each pair of strip and row belongs to one task.
                    let out = unsafe { std::slice::from_raw_parts_mut(shared.at(at), columns) };
                    match then {
                        Then::Add => out.iter_mut().zip(values).for_each(|(out, x)| *out += x),
                        _ => out.copy_from_slice(&values[..columns]),
                    }
                }
            }
        });
    }

    /// For each row of `x`, `[rows, k]`: what `wishes` asks of the product, which is never stored as a whole.
    ///
    /// # Panics
    /// If the lengths don't fit.
    pub fn pick(
        &self,
        workers: &Workers,
        x: &[f32],
        wishes: &[RowQuery<'_>],
        scratch: &mut Scratch,
    ) -> Vec<RowSummary> {
        let rows = wishes.len();
        assert_eq!(x.len(), rows * self.k);
        if let Weights::Blocks(blocks) = &self.weights {
            let bias = self.block_bias();
            return blocks.pick(workers, x, bias, wishes, &mut scratch.blocks);
        }
        let x = self.prepare(workers, x, scratch);
        let strips = self.bias.len() / STRIP;
        let tasks = strips.min(4 * workers.pool().threads());
        let mut parts: Vec<Vec<RowSummary>> = vec![Vec::new(); tasks];
        workers.pool().for_each_chunk(&mut parts, 1, |task, part| {
            let part = &mut part[0];
            part.extend(wishes.iter().map(RowSummary::new));
            let mut product = [0.0; BLOCK * STRIP];
            for strip in strips * task / tasks..strips * (task + 1) / tasks {
                let first = strip * STRIP;
                let columns = STRIP.min(self.n - first);
                for block in (0..rows).step_by(BLOCK) {
                    let high = BLOCK.min(rows - block);
                    let product = &mut product[..high * STRIP];
                    self.strip(workers.isa(), &x, strip, block, product);
                    workers.isa().run(Observe {
                        picks: &mut part[block..block + high],
                        wishes: &wishes[block..block + high],
                        first: first as u32,
                        columns,
                        stride: STRIP,
                        logits: product,
                    });
                }
            }
        });
        let mut parts = parts.into_iter();
        let mut picks = parts.next().unwrap_or_default();
        for part in parts {
            for ((pick, other), wish) in picks.iter_mut().zip(part).zip(wishes) {
                pick.merge(other, wish);
            }
        }
        picks
    }

    fn prepare<'a>(&self, workers: &Workers, x: &'a [f32], scratch: &'a mut Scratch) -> Rows<'a> {
        match &self.weights {
            Weights::Floats(_) | Weights::Blocks(_) => Rows::Floats(x),
            Weights::Int8(_) => {
                scratch.rows.quantize(workers, x, self.k);
                Rows::Int8(&scratch.rows)
            }
        }
    }

    /// Rows `first..` of `x` times one strip of columns, plus the bias, into `out`, `[rows, STRIP]`.
    fn strip(&self, isa: Isa, x: &Rows<'_>, strip: usize, first: usize, out: &mut [f32]) {
        let rows = out.len() / STRIP;
        let bias = &self.bias[strip * STRIP..][..STRIP];
        let operands = match (x, &self.weights) {
            (Rows::Floats(x), Weights::Floats(lines)) => Operands::Floats {
                x: &x[first * self.k..][..rows * self.k],
                weights: tile::strip(lines, self.k, strip),
            },
            (Rows::Int8(x), Weights::Int8(codes)) => codes.operands(x, first, rows, strip),
            _ => unreachable!("`prepare` makes what the weights take"),
        };
        tile::product(isa, operands, self.k, bias, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::wave;
    use super::super::{Activation, pick_row};
    use super::*;
    use crate::nn::isa::Isa;

    fn exact(x: &[f32], k: usize, weights: &[f32], bias: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        for row in x.chunks_exact(k) {
            for (column, bias) in weights.chunks_exact(k).zip(bias) {
                let dot: f64 = row
                    .iter()
                    .zip(column)
                    .map(|(&a, &b)| f64::from(a) * f64::from(b))
                    .sum();
                out.push((dot + f64::from(*bias)) as f32);
            }
        }
        out
    }

    /// Rows, k and n that reach each remainder of tiles, strips and blocks.
    const SHAPES: [(usize, usize, usize); 7] = [
        (1, 4, 1),
        (2, 18, 64),
        (5, 16, 65),
        (7, 64, 200),
        (48, 32, 16),
        (50, 8, 130),
        (101, 20, 96),
    ];

    #[test]
    fn products_are_sums_of_products_on_every_level() {
        for (rows, k, n) in SHAPES {
            let (x, weights, bias) = (wave(rows * k, 0.37), wave(n * k, 0.71), wave(n, 0.3));
            let want = exact(&x, k, &weights, &bias);
            for precision in [Precision::F32, Precision::Int8] {
                let split = n / 3 * k;
                let parts: [(&[f32], Option<&[f32]>); 2] = [
                    (&weights[..split], Some(&bias[..n / 3])),
                    (&weights[split..], Some(&bias[n / 3..])),
                ];
                let linear = Linear::pack(k, &parts, precision, &|| ());
                let mut first: Option<Vec<f32>> = None;
                for isa in Isa::available() {
                    for threads in [1, 3] {
                        let workers = Workers::with_isa(threads, isa);
                        let mut out = vec![1.0; rows * n];
                        linear.apply(&workers, &x, &mut out, Then::Add, &mut Scratch::default());
                        let tolerance = match precision {
                            Precision::F32 => 1e-5 * k as f32,
                            Precision::Int8 => 0.02 * (k as f32).sqrt(),
                        };
                        for (out, want) in out.iter().zip(&want) {
                            assert!((out - 1.0 - want).abs() < tolerance, "{out} {want} {isa:?}");
                        }
                        match &first {
                            Some(first) => assert_eq!(&out, first, "{isa:?}"),
                            None => first = Some(out),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_batch_gives_what_single_rows_give() {
        let (rows, k, n) = (37, 32, 100);
        let (x, weights) = (wave(rows * k, 0.37), wave(n * k, 0.71));
        let workers = Workers::new(2);
        for precision in [Precision::F32, Precision::Int8] {
            let linear = Linear::pack(k, &[(&weights, None)], precision, &|| ());
            let mut all = vec![0.0; rows * n];
            let mut scratch = Scratch::default();
            let then = Then::Activate(Activation::Swish);
            linear.apply(&workers, &x, &mut all, then, &mut scratch);
            for (row, all) in x.chunks_exact(k).zip(all.chunks_exact(n)) {
                let mut one = vec![0.0; n];
                linear.apply(&workers, row, &mut one, then, &mut scratch);
                assert_eq!(one, all);
            }
        }
    }

    #[test]
    fn columns_read_back() {
        let (k, n) = (24, 70);
        let weights = wave(n * k, 0.71);
        for (precision, tolerance) in [(Precision::F32, 1e-6), (Precision::Int8, 0.01)] {
            let linear = Linear::pack(k, &[(&weights, None)], precision, &|| ());
            let mut column = vec![0.0; k];
            for (at, want) in weights.chunks_exact(k).enumerate() {
                linear.column(at, 2.0, &mut column);
                let close = column
                    .iter()
                    .zip(want)
                    .all(|(a, b)| (a - 2.0 * b).abs() < tolerance * 2.0);
                assert!(close, "{at}");
            }
        }
    }

    #[test]
    fn picks_are_what_a_sort_of_the_product_gives() {
        let (rows, k, n) = (53, 16, 300);
        let (x, weights, bias) = (wave(rows * k, 0.37), wave(n * k, 1.71), wave(n, 0.3));
        let linear = Linear::pack(k, &[(&weights, Some(&bias))], Precision::F32, &|| ());
        let workers = Workers::new(2);
        let mut scratch = Scratch::default();
        let mut logits = vec![0.0; rows * n];
        linear.apply(&workers, &x, &mut logits, Then::Store, &mut scratch);
        let held = [3, 64, 299];
        let wishes: Vec<_> = (0..rows)
            .map(|row| RowQuery {
                top: 1 + row % 9,
                log_sum: row % 2 == 0,
                hold: if row % 3 == 0 { &held } else { &[] },
            })
            .collect();
        let picks = linear.pick(&workers, &x, &wishes, &mut scratch);
        for ((pick, wish), row) in picks.iter().zip(&wishes).zip(logits.chunks_exact(n)) {
            let mut order: Vec<u32> = (0..n as u32).filter(|i| !wish.hold.contains(i)).collect();
            order.sort_by(|&a, &b| row[b as usize].total_cmp(&row[a as usize]).then(a.cmp(&b)));
            let want: Vec<_> = order[..wish.top]
                .iter()
                .map(|&i| (row[i as usize], i))
                .collect();
            assert_eq!(pick.top(), want);
            let held: Vec<_> = wish.hold.iter().map(|&i| row[i as usize]).collect();
            assert_eq!(pick.held(), held);
            if wish.log_sum {
                let sum: f64 = row.iter().map(|&x| f64::from(x).exp()).sum();
                assert!((f64::from(pick.log_sum()) - sum.ln()).abs() < 1e-5);
            }
            let mut again = row.to_vec();
            let alone = pick_row(Isa::best(), wish, &mut again);
            assert_eq!(alone.top(), pick.top());
        }
    }
}
