//! Weights in the blocks of a quantized file, as they came: neither expanded nor rounded a second time.

use std::slice::{from_mut, from_ref};

use super::{RowQuery, RowSummary, Then, Workers, add, pick_columns};
use crate::error::Result;
use crate::nn::quant::{Activations, Arena, Packed, Product, matmul};
use crate::weights::gguf::Tensor;

/// Rows that are multiplied together: bounds what products of several parts take besides their output.
const ROWS: usize = 256;

/// Rows whose logits are stored before they are looked through: with a large vocabulary they take megabytes.
const PICKED: usize = 32;

/// Matrices that lie side by side.
#[derive(Debug)]
pub(super) struct Blocks {
    k: usize,
    n: usize,
    /// `[columns, k]` each.
    parts: Vec<Packed>,
}

impl From<Packed> for Blocks {
    fn from(weight: Packed) -> Self {
        Self {
            k: weight.cols(),
            n: weight.rows(),
            parts: vec![weight],
        }
    }
}

/// Buffers of products.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    x: Activations,
    /// `[rows, n]`.
    product: Vec<f32>,
    /// By part, `[rows, columns]`.
    parts: Vec<Vec<f32>>,
}

impl Blocks {
    /// Packs tensors `[columns, k]`, at least one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if `k` isn't a multiple of 32; [`crate::ErrorKind::Io`] if there is not enough memory.
    pub fn pack(workers: &Workers, tensors: &[Tensor<'_>]) -> Result<Self> {
        let parts = Arena::pack(workers.pool(), tensors, |_| ())?;
        Ok(Self {
            k: parts.first().map_or(0, Packed::cols),
            n: parts.iter().map(Packed::rows).sum(),
            parts,
        })
    }

    /// The matrix, where there is one.
    ///
    /// # Panics
    /// If there are several.
    pub fn only(&self) -> &Packed {
        let [only] = &self.parts[..] else {
            panic!(
                "{} matrices side by side are no single product",
                self.parts.len()
            );
        };
        only
    }

    /// Columns of all parts.
    pub fn n(&self) -> usize {
        self.n
    }

    pub fn bytes(&self) -> usize {
        self.parts.iter().map(Packed::bytes).sum()
    }

    /// Writes a column, times `factor`, to `out`.
    pub fn read_column(&self, mut column: usize, factor: f32, out: &mut [f32]) {
        for part in &self.parts {
            if column < part.rows() {
                part.read_row(column, out);
                out.iter_mut().for_each(|x| *x *= factor);
                return;
            }
            column -= part.rows();
        }
    }

    /// As [`super::Linear::apply`].
    pub fn apply(
        &self,
        workers: &Workers,
        x: &[f32],
        bias: Option<&[f32]>,
        out: &mut [f32],
        then: Then,
        scratch: &mut Scratch,
    ) {
        let rows = x.chunks(ROWS * self.k);
        for (x, out) in rows.zip(out.chunks_mut(ROWS * self.n)) {
            match then {
                Then::Store => self.product(workers, x, bias, out, scratch),
                Then::Activate(activation) => {
                    self.product(workers, x, bias, out, scratch);
                    workers.for_each_row(out, self.n, |_, row| {
                        activation.apply(workers.isa(), row);
                    });
                }
                Then::Add => {
                    let mut product = std::mem::take(&mut scratch.product);
                    product.resize(out.len(), 0.0);
                    self.product(workers, x, bias, &mut product, scratch);
                    add(out, &product);
                    scratch.product = product;
                }
            }
        }
    }

    /// As [`super::Linear::pick`].
    pub fn pick(
        &self,
        workers: &Workers,
        x: &[f32],
        bias: Option<&[f32]>,
        wishes: &[RowQuery<'_>],
        scratch: &mut Scratch,
    ) -> Vec<RowSummary> {
        let mut picks = Vec::with_capacity(wishes.len());
        let mut product = std::mem::take(&mut scratch.product);
        for (x, wishes) in x.chunks(PICKED * self.k).zip(wishes.chunks(PICKED)) {
            product.resize(wishes.len() * self.n, 0.0);
            self.product(workers, x, bias, &mut product, scratch);
            let rows = product.chunks_exact_mut(self.n);
            let mut rows: Vec<_> = wishes.iter().map(RowSummary::new).zip(rows).collect();
            workers.pool().for_each_chunk(&mut rows, 1, |at, row| {
                for (pick, logits) in row {
                    let wish = from_ref(&wishes[at]);
                    pick_columns(workers.isa(), from_mut(pick), wish, 0, logits);
                }
            });
            picks.extend(rows.into_iter().map(|(pick, _)| pick));
        }
        scratch.product = product;
        picks
    }

    /// `x`, `[rows, k]`, times the weights, plus the bias, into `out`, `[rows, n]`.
    fn product(
        &self,
        workers: &Workers,
        x: &[f32],
        mut bias: Option<&[f32]>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let Scratch {
            x: bytes, parts, ..
        } = scratch;
        let (pool, rows) = (workers.pool(), x.len() / self.k);
        bytes.fill(pool, rows, self.k, |row, to| {
            to.copy_from_slice(&x[row * self.k..][..self.k]);
        });
        if let [weight] = &self.parts[..] {
            return matmul(pool, bytes, &mut [Product { weight, bias, out }]);
        }
        parts.resize_with(self.parts.len(), Vec::new);
        let mut products = Vec::with_capacity(parts.len());
        for (weight, out) in self.parts.iter().zip(parts.iter_mut()) {
            out.resize(rows * weight.rows(), 0.0);
            let own = bias.map(|bias| bias.split_at(weight.rows()));
            bias = own.map(|(_, rest)| rest);
            products.push(Product {
                weight,
                bias: own.map(|(own, _)| own),
                out,
            });
        }
        matmul(pool, bytes, &mut products);
        for (row, mut out) in out.chunks_exact_mut(self.n).enumerate() {
            for (weight, product) in self.parts.iter().zip(&*parts) {
                let (own, rest) = out.split_at_mut(weight.rows());
                own.copy_from_slice(&product[row * own.len()..][..own.len()]);
                out = rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::wave;
    use super::*;
    use crate::nn::dense::{Activation, Linear, Scratch};
    use crate::weights::gguf::TensorType;

    /// Blocks of Q4_0 with waves for codes and scales.
    fn q4(columns: usize, k: usize, seed: f32) -> Vec<u8> {
        let scales = wave(columns * k / 32, seed);
        let blocks = scales.iter().enumerate().flat_map(|(block, scale)| {
            let d = half::f16::from_f32(scale * 0.1).to_le_bytes();
            d.into_iter()
                .chain((0..16).map(move |i| (block * 37 + i * 59) as u8))
        });
        blocks.collect()
    }

    /// Parts side by side give what their floats give, up to the rounding of the activations; and so do columns, and the
    /// best of a row.
    #[test]
    fn blocks_multiply_as_the_floats_that_they_stand_for() {
        let k = 96;
        let sizes = [40, 7];
        let bytes = [q4(sizes[0], k, 0.3), q4(sizes[1], k, 0.7)];
        let dims = sizes.map(|n| [k, n]);
        let tensors: Vec<Tensor<'_>> = (0..2)
            .map(|i| Tensor {
                dims: &dims[i],
                kind: TensorType::Q4_0,
                bytes: &bytes[i],
            })
            .collect();
        let bias = wave(47, 0.2);
        let workers = Workers::new(2);
        let parts = [
            (tensors[0], Some(&bias[..40])),
            (tensors[1], Some(&bias[40..])),
        ];
        let linear = Linear::keep(&workers, k, &parts).unwrap();
        assert_eq!((linear.k(), linear.n()), (k, 47));
        // Rows are packed by 32, in blocks of 18 bytes.
        assert_eq!(linear.bytes(), (64 + 32) * k / 32 * 18);

        let mut weights = vec![0.0; 47 * k];
        for (column, out) in weights.chunks_exact_mut(k).enumerate() {
            linear.column(column, 2.0, out);
            let (part, row) = if column < 40 {
                (0, column)
            } else {
                (1, column - 40)
            };
            let mut own = vec![0.0; k];
            crate::nn::quant::dequantize_row(&tensors[part], row, &mut own);
            for (out, own) in out.iter_mut().zip(own) {
                assert!((*out - 2.0 * own).abs() < 1e-5, "{out} {own}");
                *out = own;
            }
        }
        let x = wave(5 * k, 0.37);
        let floats: Vec<(&[f32], Option<&[f32]>)> = vec![(&weights, Some(&bias))];
        let floats = Linear::pack(k, &floats, crate::nn::dense::Precision::F32, &|| ());
        for then in [Then::Store, Then::Add, Then::Activate(Activation::Relu)] {
            let run = |linear: &Linear| {
                let mut out = vec![1.0; 5 * 47];
                linear.apply(&workers, &x, &mut out, then, &mut Scratch::default());
                out
            };
            for (got, want) in run(&linear).iter().zip(run(&floats)) {
                assert!((got - want).abs() < 0.05, "{got} {want}");
            }
        }
        let wish = RowQuery {
            top: 3,
            log_sum: true,
            hold: &[41],
        };
        let pick = |linear: &Linear| {
            let picks = linear.pick(&workers, &x, &[wish; 5], &mut Scratch::default());
            picks
                .into_iter()
                .map(|pick| (pick.top()[0].1, pick.log_sum(), pick.held()[0]))
        };
        for (got, want) in pick(&linear).zip(pick(&floats)) {
            assert_eq!(got.0, want.0);
            assert!((got.1 - want.1).abs() < 0.05 && (got.2 - want.2).abs() < 0.05);
        }
    }
}
