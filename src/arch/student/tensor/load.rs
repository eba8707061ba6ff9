//! From a checkpoint to a [`TensorStudent`].

use candle_core::{Device, Tensor};
use candle_nn::Linear;

use super::super::config::Config;
use super::super::layers::{Op, operations};
use super::super::state::{OUTPUT, Vocabulary};
use super::{
    Attention, DecoderLayer, EncoderLayer, FeedForward, Norm, Process, Side, TensorStudent,
};
use crate::error::{Error, Result};
use crate::weights::marian::{Checkpoint, Matrix};

/// Where weights come from and go to.
struct Loader<'a> {
    checkpoint: &'a Checkpoint,
    config: &'a Config,
    device: &'a Device,
}

impl Loader<'_> {
    fn vector(&self, name: &str, len: usize) -> Result<Tensor> {
        let values = self.checkpoint.floats(name, len)?;
        Ok(Tensor::from_vec(values, len, self.device)?)
    }

    /// A table of one row a token, `[rows, width]`.
    fn table(&self, name: &str, rows: usize) -> Result<Tensor> {
        let width = self.config.dim_emb;
        let values = self.checkpoint.floats(name, rows * width)?;
        Ok(Tensor::from_vec(values, (rows, width), self.device)?)
    }

    /// The matrix `[k, n]` as `[n, k]`, which is how a quantized one lies in the file.
    fn matrix(&self, name: &str, (k, n): (usize, usize)) -> Result<Tensor> {
        Ok(match self.checkpoint.matrix(name, k, n)? {
            Matrix::Int8 {
                columns,
                multiplier,
            } => {
                let values = columns.iter().map(|&x| f32::from(x) / multiplier);
                Tensor::from_vec(values.collect(), (n, k), self.device)?
            }
            Matrix::Float32(values) => {
                let stored = Tensor::from_vec(values.into_owned(), (k, n), self.device)?;
                stored.t()?.contiguous()?
            }
        })
    }

    fn linear(&self, weight: &str, bias: Option<&str>, (k, n): (usize, usize)) -> Result<Linear> {
        let bias = bias.map(|name| self.vector(name, n)).transpose()?;
        Ok(Linear::new(self.matrix(weight, (k, n))?, bias))
    }

    fn attention(&self, prefix: &str) -> Result<Attention> {
        let square = (self.config.dim_emb, self.config.dim_emb);
        let part = |part: &str| {
            let [weight, bias] = ["W", "b"].map(|kind| format!("{prefix}_{kind}{part}"));
            self.linear(&weight, Some(&bias), square)
        };
        Ok(Attention {
            query: part("q")?,
            key: part("k")?,
            value: part("v")?,
            project: match self.config.transformer_no_projection {
                true => None,
                false => Some(part("o")?),
            },
            around: self.around(&format!("{prefix}_Wo"))?,
        })
    }

    fn feed_forward(&self, prefix: &str, hidden: usize, depth: usize) -> Result<FeedForward> {
        let width = self.config.dim_emb;
        let layer = |i: usize| {
            let k = if i == 1 { width } else { hidden };
            let n = if i == depth { width } else { hidden };
            let [weight, bias] = ["W", "b"].map(|kind| format!("{prefix}_{kind}{i}"));
            self.linear(&weight, Some(&bias), (k, n))
        };
        Ok(FeedForward {
            layers: (1..=depth).map(layer).collect::<Result<_>>()?,
            activation: self.config.transformer_ffn_activation,
            around: self.around(&format!("{prefix}_ffn"))?,
        })
    }

    /// What goes around the sublayer `prefix`.
    fn around(&self, prefix: &str) -> Result<Process> {
        let c = self.config;
        self.process(
            prefix,
            &c.transformer_preprocess,
            &c.transformer_postprocess,
        )
    }

    fn process(&self, prefix: &str, pre: &str, post: &str) -> Result<Process> {
        let norm = |suffix: &str| {
            let part = |part: &str| {
                let name = format!("{prefix}_ln_{part}{suffix}");
                self.vector(&name, self.config.dim_emb)
            };
            Ok::<_, Error>(Norm {
                scale: part("scale")?,
                bias: part("bias")?,
            })
        };
        let before = operations(pre, "n", prefix)?.into_iter();
        let after = operations(post, "an", prefix)?.into_iter();
        Ok(Process {
            pre: before.map(|_| norm("_pre")).collect::<Result<_>>()?,
            post: after
                .map(|op| match op {
                    Op::Add => Ok(None),
                    Op::Norm => norm("").map(Some),
                })
                .collect::<Result<_>>()?,
        })
    }

    fn side<L>(
        &self,
        name: &str,
        depth: usize,
        layer: impl Fn(&str) -> Result<L>,
    ) -> Result<Side<L>> {
        let c = self.config;
        Ok(Side {
            start: self.process(&format!("{name}_emb"), &c.transformer_postprocess_emb, "")?,
            layers: (1..=depth)
                .map(|i| layer(&format!("{name}_l{i}")))
                .collect::<Result<_>>()?,
            top: self.process(&format!("{name}_top"), "", &c.transformer_postprocess_top)?,
        })
    }

    fn output(&self, target: &Tensor, vocabulary: Vocabulary) -> Result<Linear> {
        let c = self.config;
        let (size, width) = (c.dim_vocabs[1], c.dim_emb);
        let stored = format!("{OUTPUT}_W");
        let table = if c.tied_embeddings || c.tied_embeddings_all {
            target.clone()
        } else if self.checkpoint.contains(&stored) {
            self.matrix(&stored, (width, size))?
        } else {
            self.table(&format!("{OUTPUT}_Wt"), size)?
        };
        let mut bias = match c.output_omit_bias {
            true => vec![0.0; size],
            false => self.checkpoint.floats(&format!("{OUTPUT}_b"), size)?,
        };
        if let Some(banned) = bias.get_mut(vocabulary.banned as usize) {
            *banned = f32::NEG_INFINITY;
        }
        let bias = Tensor::from_vec(bias, size, self.device)?;
        Ok(Linear::new(table, Some(bias)))
    }
}

impl TensorStudent {
    /// Brings a student to a device.
    ///
    /// # Errors
    /// As for [`Student::new`](super::super::Student::new); [`crate::ErrorKind::Inference`] if the device has no room.
    pub fn new(checkpoint: &Checkpoint, vocabulary: Vocabulary, device: &Device) -> Result<Self> {
        let config = &Config::parse(checkpoint.config())?;
        config.check_vocabularies(vocabulary.sizes)?;
        let c = config;
        let loader = Loader {
            checkpoint,
            config,
            device,
        };
        let source = loader.table(c.source_table(), c.dim_vocabs[0])?;
        let target = match c.source_table() == c.target_table() {
            true => source.clone(),
            false => loader.table(c.target_table(), c.dim_vocabs[1])?,
        };
        let encoder = loader.side("encoder", c.enc_depth, |prefix| {
            let ffn = format!("{prefix}_ffn");
            Ok(EncoderLayer {
                attention: loader.attention(&format!("{prefix}_self"))?,
                feed_forward: loader.feed_forward(
                    &ffn,
                    c.transformer_dim_ffn,
                    c.transformer_ffn_depth,
                )?,
            })
        })?;
        let square = (c.dim_emb, c.dim_emb);
        let decoder = loader.side("decoder", c.dec_depth, |prefix| {
            let [rnn, ffn] = ["rnn", "ffn"].map(|part| format!("{prefix}_{part}"));
            let bias = format!("{rnn}_bf");
            Ok(DecoderLayer {
                cell: loader.linear(&format!("{rnn}_W"), None, square)?,
                forget: loader.linear(&format!("{rnn}_Wf"), Some(&bias), square)?,
                around_cell: loader.around(&format!("{rnn}_ffn"))?,
                attention: loader.attention(&format!("{prefix}_context"))?,
                feed_forward: loader.feed_forward(
                    &ffn,
                    c.transformer_decoder_dim_ffn,
                    c.transformer_decoder_ffn_depth,
                )?,
            })
        })?;
        Ok(Self {
            output: loader.output(&target, vocabulary)?,
            device: device.clone(),
            width: c.dim_emb,
            heads: c.transformer_heads,
            source,
            target,
            encoder,
            decoder,
        })
    }
}
