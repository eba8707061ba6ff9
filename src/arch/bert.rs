//! BERT (Devlin et al. 2018) as an encoder of sentences: post-norm transformer, learned positions, exact GELU. Checked
//! against the reference engine of the package that carries the weights.
//!
//! Matrices keep their 4 bits and activations are rounded to bytes, as in that engine. A batch is ragged: the tokens of
//! all sequences lie one after the other, so that there is no padding to compute or mask.

use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::gathered::{Gathered, attend};
use crate::nn::dense::{Activation, Linear, Norm, Workers, add};
use crate::nn::quant::{Activations, Arena, dequantize_row, matmul};
use crate::weights::e5::{Config, Tensors};
use crate::weights::gguf::{Tensor, TensorType};

/// The encoder with its weights.
pub struct Bert {
    config: Config,
    workers: Workers,
    /// Word embeddings are expanded from here as they are looked up.
    tensors: Tensors,
    /// Position plus token-type embeddings `[positions, hidden]`.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    /// `[3 * hidden, hidden]`: queries, keys, values.
    qkv: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// `linear` of rounded rows into `out`, `[rows, outputs]`.
fn apply(linear: &Linear, workers: &Workers, x: &Activations, out: &mut Vec<f32>) {
    out.resize(x.rows() * linear.n(), 0.0);
    matmul(workers.pool(), x, &mut [linear.product(out)]);
}

/// The matrices of a layer: the names of the parts, which are stacked, and the widths of what goes in and comes out.
fn matrices(config: &Config) -> [(&'static [&'static str], usize, usize); 4] {
    let (hidden, inner) = (config.hidden, config.inner);
    [
        (&["q", "k", "v"], hidden, 3 * hidden),
        (&["ao"], hidden, hidden),
        (&["fi"], hidden, inner),
        (&["fo"], inner, hidden),
    ]
}

impl Bert {
    /// Packs the weights for `threads` threads.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if a tensor is missing or of the wrong size; [`ErrorKind::Io`] if there is no memory.
    pub fn load(config: Config, tensors: Tensors, threads: usize) -> Result<Self> {
        let hidden = config.hidden;
        let workers = Workers::new(threads);
        let norm = |name: &str| -> Result<Norm> {
            Ok(Norm {
                scale: tensors.vector(&format!("{name}.w"), hidden)?,
                bias: Some(tensors.vector(&format!("{name}.b"), hidden)?),
                epsilon: config.epsilon,
            })
        };
        // Blocks, bias and sizes, four a layer.
        let mut stored = Vec::with_capacity(4 * config.layers);
        for l in 0..config.layers {
            for (parts, k, n) in matrices(&config) {
                let (mut blocks, mut bias) = (Vec::new(), Vec::with_capacity(n));
                for part in parts {
                    let n = n / parts.len();
                    blocks.extend_from_slice(tensors.blocks(&format!("l{l}.{part}.w"), n, k)?);
                    bias.extend(tensors.vector(&format!("l{l}.{part}.b"), n)?);
                }
                stored.push((blocks, bias, [k, n]));
            }
        }
        let views: Vec<Tensor<'_>> = stored
            .iter()
            .map(|(blocks, _, dims)| Tensor {
                dims,
                kind: TensorType::Q4_0,
                bytes: blocks,
            })
            .collect();
        let packed = Arena::pack(workers.pool(), &views, |_| {})?;
        let mut linears = packed
            .into_iter()
            .zip(stored)
            .map(|(weight, (_, bias, _))| Linear::from_packed(weight, Some(bias)));
        let mut linear = || linears.next().expect("four were packed for each layer");
        let layers = (0..config.layers)
            .map(|l| {
                Ok(Layer {
                    qkv: linear(),
                    output: linear(),
                    attention_norm: norm(&format!("l{l}.aln"))?,
                    up: linear(),
                    down: linear(),
                    output_norm: norm(&format!("l{l}.oln"))?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut positions = tensors.vector("emb.pos", config.positions * hidden)?;
        // One sentence alone is of the first type.
        let kind = tensors.vector("emb.type", config.types * hidden)?;
        for row in positions.chunks_exact_mut(hidden) {
            add(row, &kind[..hidden]);
        }
        // Looked up later: that it is there is known now.
        tensors.blocks("emb.word", config.vocab, hidden)?;
        let norm = norm("emb.ln")?;
        Ok(Self {
            config,
            workers,
            tensors,
            positions,
            norm,
            layers,
        })
    }

    /// Width of an embedding.
    pub fn hidden(&self) -> usize {
        self.config.hidden
    }

    /// Number of layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// The most tokens of one sequence.
    pub fn max_positions(&self) -> usize {
        self.config.positions
    }

    /// The mean of the last hidden states of each sequence, `[sequences, hidden]`.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if a sequence is empty or too long or an id is outside the vocabulary.
    pub fn mean_states(&self, sequences: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let hidden = self.config.hidden;
        let states = self.states(sequences, self.layers.len())?;
        let mut rest = &states[..];
        let means = sequences.iter().map(|ids| {
            let (states, after) = rest.split_at(ids.len() * hidden);
            rest = after;
            let mut mean = vec![0.0; hidden];
            for state in states.chunks_exact(hidden) {
                add(&mut mean, state);
            }
            mean.iter_mut().for_each(|sum| *sum /= ids.len() as f32);
            mean
        });
        Ok(means.collect())
    }

    /// The hidden states of all tokens, one sequence after the other, after the first `layers` layers: `[tokens,
    /// hidden]`.
    ///
    /// # Errors
    /// As [`Bert::mean_states`].
    pub fn states(&self, sequences: &[&[u32]], layers: usize) -> Result<Vec<f32>> {
        let Config {
            vocab, positions, ..
        } = self.config;
        let refused = |message: String| Error::new(ErrorKind::Inference, message);
        let fits = |ids: &&[u32]| (1..=positions).contains(&ids.len());
        if !sequences.iter().all(fits) {
            return Err(refused(format!(
                "sequences must have 1 to {positions} tokens"
            )));
        }
        let mut ids = sequences.iter().flat_map(|ids| ids.iter());
        if let Some(id) = ids.find(|id| **id as usize >= vocab) {
            return Err(refused(format!(
                "the token {id} is outside the vocabulary of {vocab}"
            )));
        }
        self.forward(sequences, layers)
    }

    fn forward(&self, sequences: &[&[u32]], layers: usize) -> Result<Vec<f32>> {
        let (hidden, workers) = (self.config.hidden, &self.workers);
        let mut x = self.embed(sequences)?;
        self.norm.apply(workers, &mut x);
        let rows = x.len() / hidden;
        // For each token, the tokens of its sequence.
        let all: Vec<u32> = (0..rows as u32).collect();
        let mut own = Vec::with_capacity(rows);
        for ids in sequences {
            let first = own.len();
            own.extend(std::iter::repeat_n(
                &all[first..first + ids.len()],
                ids.len(),
            ));
        }
        let mut rounded = Activations::default();
        let (mut projected, mut attended, mut inner, mut out) = Default::default();
        for layer in self.layers.iter().take(layers) {
            round(workers, &x, hidden, &mut rounded);
            apply(&layer.qkv, workers, &rounded, &mut projected);
            self.attend(&projected, &own, &mut attended);
            round(workers, &attended, hidden, &mut rounded);
            apply(&layer.output, workers, &rounded, &mut out);
            add(&mut x, &out);
            layer.attention_norm.apply(workers, &mut x);

            round(workers, &x, hidden, &mut rounded);
            apply(&layer.up, workers, &rounded, &mut inner);
            let width = self.config.inner;
            workers.for_each_row(&mut inner, width, |_, row| {
                Activation::Gelu.apply(workers.isa(), row);
            });
            round(workers, &inner, width, &mut rounded);
            apply(&layer.down, workers, &rounded, &mut out);
            add(&mut x, &out);
            layer.output_norm.apply(workers, &mut x);
        }
        Ok(x)
    }

    /// Words plus positions, `[tokens, hidden]`.
    fn embed(&self, sequences: &[&[u32]]) -> Result<Vec<f32>> {
        let Config { vocab, hidden, .. } = self.config;
        let words = Tensor {
            dims: &[hidden, vocab],
            kind: TensorType::Q4_0,
            bytes: self.tensors.blocks("emb.word", vocab, hidden)?,
        };
        let tokens = sequences.iter().flat_map(|ids| ids.iter().enumerate());
        let mut x = vec![0.0; sequences.iter().map(|ids| ids.len()).sum::<usize>() * hidden];
        for ((at, id), row) in tokens.zip(x.chunks_exact_mut(hidden)) {
            dequantize_row(&words, *id as usize, row);
            add(row, &self.positions[at * hidden..][..hidden]);
        }
        Ok(x)
    }

    /// Attention of each row of `projected`, `[tokens, 3 * hidden]`, to the rows `own` of its sequence.
    fn attend(&self, projected: &[f32], own: &[&[u32]], out: &mut Vec<f32>) {
        let Config { hidden, heads, .. } = self.config;
        let stride = 3 * hidden;
        out.resize(own.len() * hidden, 0.0);
        self.workers.for_each_row(out, hidden, |row, out| {
            let attention = Gathered {
                memory: projected,
                stride,
                keys: hidden,
                values: 2 * hidden,
                rows: own[row],
                heads,
                scale: 1.0 / ((hidden / heads) as f32).sqrt(),
                bias: None,
            };
            let query = &projected[row * stride..][..hidden];
            attend(self.workers.isa(), query, attention, out, &mut Vec::new());
        });
    }
}

/// Rounds `x`, `[rows, width]`, for a product.
fn round(workers: &Workers, x: &[f32], width: usize, rounded: &mut Activations) {
    rounded.fill(workers.pool(), x.len() / width, width, |row, out| {
        out.copy_from_slice(&x[row * width..][..width]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::e5;

    fn small() -> Bert {
        let packed = e5::Packed::parse(e5::tests::small()).unwrap();
        Bert::load(packed.config, packed.tensors, 2).unwrap()
    }

    #[test]
    fn a_padded_batch_equals_single_sequences() {
        let bert = small();
        let sequences: [&[u32]; 3] = [&[0, 5, 6, 9, 2], &[0, 2], &[0, 5, 6, 7, 8, 9, 10, 11, 2]];
        let together = bert.mean_states(&sequences).unwrap();
        for (ids, expected) in sequences.iter().zip(&together) {
            let alone = &bert.mean_states(&[ids]).unwrap()[0];
            for (a, b) in alone.iter().zip(expected) {
                assert!((a - b).abs() < 1e-4, "{a} {b}");
            }
        }
        assert!(together[0] != together[2]);
        assert!(bert.mean_states(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let bert = small();
        for bad in [&[][..], &[99], &[0; 17]] {
            assert_eq!(
                bert.mean_states(&[bad]).unwrap_err().kind(),
                ErrorKind::Inference
            );
        }
    }
}
