//! BERT (Devlin et al. 2018) as an encoder of sentences: post-norm transformer, learned positions, exact GELU. Checked
//! against the reference engine of the package that carries the weights.

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{D, Device, Module, Tensor};
use candle_nn::LayerNorm;

use crate::error::{Error, ErrorKind, Result};
use crate::weights::e5::{BLOCK, BLOCK_BYTES, Config, Packed, dequantize_row};

/// The encoder with its weights.
#[derive(Debug)]
pub struct Bert {
    config: Config,
    device: Device,
    /// Q4_0 blocks `[vocab, hidden]`: rows are expanded as they are looked up.
    words: Vec<u8>,
    /// Position plus token-type embeddings `[positions, hidden]`.
    positions: Vec<f32>,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: LayerNorm,
    up: Linear,
    down: Linear,
    output_norm: LayerNorm,
}

#[derive(Debug)]
struct Linear {
    weight: QMatMul,
    bias: Tensor,
}

impl Linear {
    fn load(
        packed: &Packed,
        name: &str,
        rows: usize,
        columns: usize,
        device: &Device,
    ) -> Result<Self> {
        // candle wants the blocks aligned to two bytes, which a fresh allocation is and a place in a file is not.
        let blocks = packed.blocks(&format!("{name}.w"), rows, columns)?.to_vec();
        let load = || -> candle_core::Result<Self> {
            let storage = QStorage::from_data(blocks.into(), device, GgmlDType::Q4_0)?;
            Ok(Self {
                weight: QMatMul::from_qtensor(QTensor::new(storage, (rows, columns))?)?,
                bias: Tensor::zeros(0, candle_core::DType::F32, device)?,
            })
        };
        let linear = load().map_err(|error| unloadable(name, error))?;
        let bias = packed.vector(&format!("{name}.b"), rows)?;
        let bias = Tensor::from_vec(bias, rows, device).map_err(|error| unloadable(name, error))?;
        Ok(Self { bias, ..linear })
    }

    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        self.weight.forward(x)?.broadcast_add(&self.bias)
    }
}

fn unloadable(name: &str, error: candle_core::Error) -> Error {
    Error::new(
        ErrorKind::Model,
        format!("the tensor \"{name}\" can't be loaded"),
    )
    .with_source(error)
}

impl Bert {
    /// Takes the weights out of a packed file.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if a tensor is missing or of the wrong size.
    pub fn load(packed: &Packed, device: &Device) -> Result<Self> {
        let config = packed.config;
        let (hidden, inner) = (config.hidden, config.inner);
        let norm = |name: &str| -> Result<LayerNorm> {
            let tensor = |part: &str| -> Result<Tensor> {
                let name = format!("{name}.{part}");
                Tensor::from_vec(packed.vector(&name, hidden)?, hidden, device)
                    .map_err(|error| unloadable(&name, error))
            };
            Ok(LayerNorm::new(
                tensor("w")?,
                tensor("b")?,
                f64::from(config.epsilon),
            ))
        };
        let layers = (0..config.layers)
            .map(|l| {
                let linear = |part: &str, rows, columns| {
                    Linear::load(packed, &format!("l{l}.{part}"), rows, columns, device)
                };
                Ok(Layer {
                    query: linear("q", hidden, hidden)?,
                    key: linear("k", hidden, hidden)?,
                    value: linear("v", hidden, hidden)?,
                    output: linear("ao", hidden, hidden)?,
                    attention_norm: norm(&format!("l{l}.aln"))?,
                    up: linear("fi", inner, hidden)?,
                    down: linear("fo", hidden, inner)?,
                    output_norm: norm(&format!("l{l}.oln"))?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let mut positions = packed.vector("emb.pos", config.positions * hidden)?;
        // One sentence alone is of the first type.
        let kind = packed.vector("emb.type", config.types * hidden)?;
        for row in positions.chunks_exact_mut(hidden) {
            row.iter_mut()
                .zip(&kind)
                .for_each(|(value, kind)| *value += kind);
        }
        Ok(Self {
            config,
            device: device.clone(),
            words: packed.blocks("emb.word", config.vocab, hidden)?.to_vec(),
            positions,
            norm: norm("emb.ln")?,
            layers,
        })
    }

    /// Width of an embedding.
    pub fn hidden(&self) -> usize {
        self.config.hidden
    }

    /// The most tokens of one sequence.
    pub fn max_positions(&self) -> usize {
        self.config.positions
    }

    /// The mean of the last hidden states of each sequence, `[sequences, hidden]`; shorter ones are padded and masked.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if a sequence is empty or too long, an id is outside the vocabulary, or a kernel fails.
    pub fn mean_states(&self, sequences: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let longest = sequences.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let vocab = self.config.vocab as u32;
        if longest > self.config.positions || sequences.iter().any(|ids| ids.is_empty()) {
            return Err(Error::new(
                ErrorKind::Inference,
                format!("sequences must have 1 to {} tokens", self.config.positions),
            ));
        }
        if let Some(id) = sequences
            .iter()
            .flat_map(|ids| ids.iter())
            .find(|id| **id >= vocab)
        {
            return Err(Error::new(
                ErrorKind::Inference,
                format!("the token {id} is outside the vocabulary of {vocab}"),
            ));
        }
        if longest == 0 {
            return Ok(Vec::new());
        }
        Ok(self.forward(sequences, longest)?)
    }

    fn forward(&self, sequences: &[&[u32]], longest: usize) -> candle_core::Result<Vec<Vec<f32>>> {
        let (batch, hidden) = (sequences.len(), self.config.hidden);
        let row_bytes = hidden / BLOCK * BLOCK_BYTES;
        let mut embedded = vec![0.0; batch * longest * hidden];
        let mut mask = vec![f32::NEG_INFINITY; batch * longest];
        let mut share = vec![0.0; batch * longest];
        for (b, ids) in sequences.iter().enumerate() {
            for (t, id) in ids.iter().enumerate() {
                let at = b * longest + t;
                let row = &mut embedded[at * hidden..(at + 1) * hidden];
                let start = *id as usize * row_bytes;
                dequantize_row(&self.words[start..start + row_bytes], row);
                let position = &self.positions[t * hidden..(t + 1) * hidden];
                row.iter_mut()
                    .zip(position)
                    .for_each(|(value, p)| *value += p);
                mask[at] = 0.0;
                share[at] = 1.0 / ids.len() as f32;
            }
        }
        let mask = Tensor::from_vec(mask, (batch, 1, 1, longest), &self.device)?;
        let share = Tensor::from_vec(share, (batch, 1, longest), &self.device)?;
        let x = Tensor::from_vec(embedded, (batch, longest, hidden), &self.device)?;
        let mut x = self.norm.forward(&x)?;
        for layer in &self.layers {
            x = self.layer(layer, &x, &mask)?;
        }
        share.matmul(&x)?.squeeze(1)?.to_vec2()
    }

    /// `x` is `[batch, tokens, hidden]`, `mask` `[batch, 1, 1, tokens]`: 0 for a token, −∞ for padding.
    fn layer(&self, layer: &Layer, x: &Tensor, mask: &Tensor) -> candle_core::Result<Tensor> {
        let (batch, tokens, hidden) = x.dims3()?;
        let heads = self.config.heads;
        let size = hidden / heads;
        let split = |x: Tensor| {
            x.reshape((batch, tokens, heads, size))?
                .transpose(1, 2)?
                .contiguous()
        };
        let query = split(layer.query.forward(x)?)?;
        let key = split(layer.key.forward(x)?)?;
        let value = split(layer.value.forward(x)?)?;
        let scores = (query.matmul(&key.t()?)? * (1.0 / (size as f64).sqrt()))?;
        let weights = candle_nn::ops::softmax(&scores.broadcast_add(mask)?, D::Minus1)?;
        let mixed = weights
            .matmul(&value)?
            .transpose(1, 2)?
            .reshape((batch, tokens, hidden))?;
        let x = layer
            .attention_norm
            .forward(&(layer.output.forward(&mixed)? + x)?)?;
        let inner = layer.up.forward(&x)?.gelu_erf()?;
        layer
            .output_norm
            .forward(&(layer.down.forward(&inner)? + &x)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::e5;

    fn small() -> Bert {
        let packed = Packed::parse(e5::tests::small()).unwrap();
        Bert::load(&packed, &Device::Cpu).unwrap()
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
