//! Products of byte activations with packed weights.
//!
//! A task takes panels of 32 rows, one after the other. Every output is summed in the same order whatever the number of rows
//! or threads, so a row's result doesn't depend on its company.

use std::cell::RefCell;

use crate::nn::isa::Isa;
use crate::nn::pool::{Pool, SharedMut};

use super::activations::Activations;
use super::format::PANEL;
use super::pack::Packed;
use super::panel::{Ahead, PanelKernel, Sums};
use super::tile::Tile;

/// One product of [`matmul`]: `out = x · weightᵀ + bias`.
pub struct Product<'a> {
    /// `[n, k]`
    pub weight: &'a Packed,
    /// `[n]`
    pub bias: Option<&'a [f32]>,
    /// `[m, n]`
    pub out: &'a mut [f32],
}

/// Multiplies activations `[m, k]` with one or several matrices.
///
/// # Panics
/// If shapes don't fit.
pub fn matmul(pool: &Pool, x: &Activations, products: &mut [Product<'_>]) {
    matmul_with(Isa::best(), pool, x, products);
}

/// Bytes of weights that one task reads for one row of activations: long stretches keep the memory busy, short ones leave
/// less to wait for at the end and when a core is taken away.
fn task_bytes(total: usize, threads: usize) -> usize {
    (total / (8 * threads)).clamp(64 << 10, 512 << 10)
}

fn matmul_with(isa: Isa, pool: &Pool, x: &Activations, products: &mut [Product<'_>]) {
    struct Job<'a> {
        weight: &'a Packed,
        bias: Option<&'a [f32]>,
        out: SharedMut<f32>,
        /// Panels a task, and the number of the first task.
        step: usize,
        first: usize,
    }
    let total = products.iter().map(|p| p.weight.bytes()).sum();
    let bytes = task_bytes(total, pool.threads()) / x.rows().max(1);
    let mut tasks = 0;
    let jobs: Vec<Job<'_>> = products
        .iter_mut()
        .map(|product| {
            let weight = product.weight;
            assert_eq!(weight.cols(), x.cols());
            assert_eq!(product.out.len(), x.rows() * weight.rows());
            assert!(product.bias.is_none_or(|bias| bias.len() == weight.rows()));
            let step = bytes.div_ceil(weight.panel_bytes()).max(1);
            let first = tasks;
            tasks += weight.panels().div_ceil(step);
            Job {
                weight,
                bias: product.bias,
                out: SharedMut::new(product.out),
                step,
                first,
            }
        })
        .collect();

    let ahead = Ahead::best();
    pool.run(tasks, |task| {
        let job = &jobs[jobs.partition_point(|job| job.first <= task) - 1];
        let panels = (task - job.first) * job.step..;
        with_workspace(x.rows(), |tile, sums| {
            for panel in panels
                .take(job.step)
                .take_while(|&p| p < job.weight.panels())
            {
                isa.run(PanelKernel {
                    format: job.weight.format,
                    panel: job.weight.panel(panel),
                    after: job.weight.bytes_from(panel),
                    ahead,
                    x,
                    tile,
                    sums,
                });
                let n = job.weight.rows();
                let first = panel * PANEL;
                let len = PANEL.min(n - first);
                for (row, sums) in sums.iter().enumerate() {
                    // SAFETY: `out` is [m, n], and the columns of this panel belong to this task alone.
                    let out =
                        unsafe { std::slice::from_raw_parts_mut(job.out.at(row * n + first), len) };
                    // A whole panel is written with a few stores; a copy of unknown length is a call.
                    match <&mut Sums>::try_from(&mut *out) {
                        Ok(whole) => *whole = *sums,
                        Err(_) => out.copy_from_slice(&sums[..len]),
                    }
                    if let Some(bias) = job.bias {
                        for (out, bias) in out.iter_mut().zip(&bias[first..]) {
                            *out += bias;
                        }
                    }
                }
            }
        });
    });
}

/// Lends a tile and room for `rows` rows of sums, which this thread keeps.
fn with_workspace(rows: usize, work: impl FnOnce(&mut Tile, &mut [Sums])) {
    thread_local! {
        static SPACE: RefCell<(Box<Tile>, Vec<Sums>)> = RefCell::new((Tile::new(), Vec::new()));
    }
    SPACE.with_borrow_mut(|(tile, sums)| {
        if sums.len() < rows {
            sums.resize(rows, [0.0; PANEL]);
        }
        work(tile, &mut sums[..rows]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::quant::pack::Arena;
    use crate::nn::quant::rows::dequantize_row;
    use crate::weights::gguf::{Tensor, TensorType};

    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            self.0 >> 33
        }
        fn below(&mut self, n: usize) -> usize {
            self.next() as usize % n
        }
        fn float(&mut self) -> f32 {
            self.next() as f32 / (1u64 << 30) as f32 - 1.0
        }
        /// Blocks with random codes and scales of ordinary size.
        fn tensor(&mut self, kind: TensorType, elements: usize) -> Vec<u8> {
            let mut bytes = Vec::new();
            for _ in 0..elements / kind.block_len() {
                let mut block: Vec<u8> =
                    (0..kind.block_bytes()).map(|_| self.next() as u8).collect();
                let mut half = |at: usize, scale: f32| {
                    let bits = half::f16::from_f32(self.float() * scale).to_le_bytes();
                    block[at..at + 2].copy_from_slice(&bits);
                };
                match kind {
                    TensorType::F32 => block = self.float().to_le_bytes().to_vec(),
                    TensorType::F16 => half(0, 1.0),
                    TensorType::BF16 => {
                        block = half::bf16::from_f32(self.float()).to_le_bytes().to_vec();
                    }
                    TensorType::Q6_K => half(208, 0.001),
                    TensorType::Q4_0 | TensorType::Q5_0 | TensorType::Q8_0 => half(0, 0.1),
                    _ => {
                        half(0, 0.01);
                        half(2, 0.01);
                    }
                }
                bytes.extend(block);
            }
            bytes
        }
    }

    fn activations(pool: &Pool, x: &[f32], rows: usize, cols: usize) -> Activations {
        let mut activations = Activations::default();
        activations.fill(pool, rows, cols, |r, out| {
            out.copy_from_slice(&x[r * cols..][..cols])
        });
        activations
    }

    #[test]
    fn every_level_and_number_of_threads_gives_the_same_bits_near_the_true_product() {
        let mut random = Random(7);
        for round in 0..60 {
            let kind = TensorType::ALL[round % TensorType::ALL.len()];
            let format = kind.packed();
            let k = format.unit() * (1 + random.below(if format.unit() == 32 { 40 } else { 6 }));
            let (m, n) = (1 + random.below(15), 1 + random.below(100));
            let dims = [k, n];
            let bytes = random.tensor(kind, k * n);
            let tensor = Tensor {
                dims: &dims,
                kind,
                bytes: &bytes,
            };
            let x: Vec<f32> = (0..m * k).map(|_| random.float()).collect();
            let bias: Vec<f32> = (0..n).map(|_| random.float()).collect();
            let one = Pool::new(1);
            let weight = Arena::pack(&one, &[tensor], |_| ()).unwrap().remove(0);
            let run = |isa, pool: &Pool, x: &[f32]| {
                let m = x.len() / k;
                let mut out = vec![f32::NAN; m * n];
                let product = Product {
                    weight: &weight,
                    bias: Some(&bias),
                    out: &mut out,
                };
                matmul_with(isa, pool, &activations(pool, x, m, k), &mut [product]);
                out
            };
            let want = run(Isa::Scalar, &one, &x);
            for isa in Isa::available() {
                for threads in [1, 3] {
                    assert_eq!(run(isa, &Pool::new(threads), &x), want, "{kind:?} {isa:?}");
                }
            }
            // A row alone gives what it gave in company.
            let last = &x[(m - 1) * k..];
            assert_eq!(run(Isa::best(), &one, last), want[(m - 1) * n..]);

            let mut weights = vec![0.0; k];
            for col in 0..n {
                dequantize_row(&tensor, col, &mut weights);
                for row in 0..m {
                    let terms = weights.iter().zip(&x[row * k..]);
                    let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), (w, x)| {
                        let term = f64::from(*w) * f64::from(*x);
                        (sum + term, size + term * term)
                    });
                    let error = f64::from(want[row * n + col] - bias[col]) - sum;
                    // Rounding activations (and floats) to 8 bits: some thousandths of the terms, at random.
                    assert!(
                        error.abs() < 0.03 * size.sqrt() + 1e-4,
                        "{kind:?} {error} {size}"
                    );
                }
            }
        }
    }

    #[test]
    fn several_products_share_a_pass() {
        let mut random = Random(3);
        let pool = Pool::new(2);
        let (k, m) = (64, 3);
        let x: Vec<f32> = (0..m * k).map(|_| random.float()).collect();
        let x = activations(&pool, &x, m, k);
        let data: Vec<_> = [40, 64, 7]
            .map(|n| ([k, n], random.tensor(TensorType::Q5_0, k * n)))
            .into();
        let tensors: Vec<_> = data
            .iter()
            .map(|(dims, bytes)| Tensor {
                dims,
                kind: TensorType::Q5_0,
                bytes,
            })
            .collect();
        let mut order = Vec::new();
        let packed = Arena::pack(&pool, &tensors, |i| order.push(i)).unwrap();
        assert_eq!(order, [0, 1, 2]);
        let mut together: Vec<_> = packed.iter().map(|w| vec![0.0; m * w.rows()]).collect();
        let mut apart = together.clone();
        let product = |(weight, out)| Product {
            weight,
            bias: None,
            out,
        };
        fn zip<'a>(
            w: &'a [Packed],
            out: &'a mut [Vec<f32>],
        ) -> impl Iterator<Item = (&'a Packed, &'a mut [f32])> {
            w.iter().zip(out.iter_mut().map(Vec::as_mut_slice))
        }
        let mut products: Vec<_> = zip(&packed, &mut together).map(product).collect();
        matmul(&pool, &x, &mut products);
        for pair in zip(&packed, &mut apart) {
            matmul(&pool, &x, &mut [product(pair)]);
        }
        assert_eq!(together, apart);
        assert!(apart.iter().flatten().all(|&y| y != 0.0));
    }
}
