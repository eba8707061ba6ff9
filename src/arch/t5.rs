//! T5 (Raffel et al. 2020) and its kin: mT5, Flan-T5, MADLAD-400, IT5. The layers are those of
//! [`Transformer`], without biases and with relative positions.

use std::sync::Arc;

use serde::Deserialize;

use super::Tensors;
use super::seq2seq::{
    CrossAttention, DecoderLayer, EncoderLayer, FeedForward, Positions, RelativeBias,
    SelfAttention, Shape, Stack, Transformer, WeightReader,
};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::{Activation, Norm, Precision, Workers};

/// Largest size that a config may name.
const MAX_SIZE: usize = 1 << 24;

/// What `config.json` says about the weights.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    d_model: usize,
    d_kv: usize,
    d_ff: usize,
    vocab_size: usize,
    num_layers: usize,
    num_decoder_layers: Option<usize>,
    num_heads: usize,
    #[serde(default = "buckets")]
    relative_attention_num_buckets: usize,
    #[serde(default = "distance")]
    relative_attention_max_distance: usize,
    #[serde(default = "relu")]
    feed_forward_proj: String,
    #[serde(default = "epsilon")]
    layer_norm_epsilon: f32,
    #[serde(default = "yes")]
    tie_word_embeddings: bool,
    /// Written since transformers 5, which sets the other to true whatever it was.
    scale_decoder_outputs: Option<bool>,
}

fn buckets() -> usize {
    32
}

fn distance() -> usize {
    128
}

fn relu() -> String {
    "relu".into()
}

fn epsilon() -> f32 {
    1e-6
}

fn yes() -> bool {
    true
}

fn broken(message: impl Into<String>) -> Error {
    let message: String = message.into();
    Error::new(
        ErrorKind::Model,
        format!("config.json can't be used: {message}"),
    )
}

impl Config {
    /// Reads `config.json` of a T5 model.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it can't be read or contradicts itself.
    pub fn read(json: &[u8]) -> Result<Self> {
        let config: Self = serde_json::from_slice(json)
            .map_err(|source| broken("it can't be read").with_source(source))?;
        let sizes = [
            config.d_model,
            config.d_kv,
            config.d_ff,
            config.vocab_size,
            config.num_layers,
            config.decoder_layers(),
            config.num_heads,
            config.relative_attention_max_distance,
        ];
        if sizes.iter().any(|size| !(1..=MAX_SIZE).contains(size))
            || config
                .d_kv
                .checked_mul(config.num_heads)
                .is_none_or(|inner| inner > MAX_SIZE)
        {
            return Err(broken("a size in it is 0 or beyond any model"));
        }
        if !(4..=MAX_SIZE).contains(&config.relative_attention_num_buckets) {
            return Err(broken("it has too few buckets of relative positions"));
        }
        config.feed_forward()?;
        Ok(config)
    }

    fn decoder_layers(&self) -> usize {
        self.num_decoder_layers.unwrap_or(self.num_layers)
    }

    /// Whether the feed-forward networks are gated, and their activation.
    fn feed_forward(&self) -> Result<(bool, Activation)> {
        let unknown = || {
            broken(format!(
                "its feed-forward networks of kind \"{}\" aren't known",
                self.feed_forward_proj
            ))
        };
        match self.feed_forward_proj.as_str() {
            // Where T5 says so it means the approximation.
            "gated-gelu" => Ok((true, Activation::GeluTanh)),
            plain => match plain.strip_prefix("gated-") {
                Some(name) => Ok((true, Activation::by_name(name).ok_or_else(unknown)?)),
                None => Ok((false, Activation::by_name(plain).ok_or_else(unknown)?)),
            },
        }
    }

    /// Whether the output layer is the embedding and expects smaller states; else it may be a layer of its own.
    fn is_tied(&self) -> bool {
        self.scale_decoder_outputs
            .unwrap_or(self.tie_word_embeddings)
    }

    fn inner(&self) -> usize {
        self.d_kv * self.num_heads
    }
}

/// Loads a T5 model; weights are packed in `precision`.
///
/// # Errors
/// [`ErrorKind::Model`] if a tensor is missing or contradicts the config.
pub fn load(
    config: &Config,
    tensors: &Tensors,
    workers: Arc<Workers>,
    precision: Precision,
) -> Result<Transformer> {
    let reader = WeightReader {
        tensors,
        prefix: "",
        workers: &workers,
        precision,
    };
    let width = config.d_model;
    let names = [
        "shared.weight",
        "decoder.embed_tokens.weight",
        "encoder.embed_tokens.weight",
    ];
    let embedding = reader.embedding(&names, config.vocab_size, width, None)?;
    let head = match config.is_tied() || !reader.has("lm_head.weight") {
        true => embedding.clone(),
        false => reader.embedding(&["lm_head.weight"], config.vocab_size, width, None)?,
    };
    let encoder = Stack {
        heads: config.num_heads,
        positions: Positions::None,
        embedding_norm: None,
        relative: Some(relative(config, &reader, "encoder")?),
        layers: (0..config.num_layers)
            .map(|index| {
                let block = format!("encoder.block.{index}.layer.");
                Ok(EncoderLayer {
                    attention: self_attention(config, &reader, &block)?,
                    feed_forward: feed_forward(config, &reader, &format!("{block}1."))?,
                })
            })
            .collect::<Result<_>>()?,
        last_norm: Some(norm(config, &reader, "encoder.final_layer_norm")?),
    };
    let decoder = Stack {
        heads: config.num_heads,
        positions: Positions::None,
        embedding_norm: None,
        relative: Some(relative(config, &reader, "decoder")?),
        layers: (0..config.decoder_layers())
            .map(|index| decoder_layer(config, &reader, index))
            .collect::<Result<_>>()?,
        last_norm: Some(norm(config, &reader, "decoder.final_layer_norm")?),
    };
    Ok(Transformer {
        workers: Arc::clone(&workers),
        shape: Shape {
            width,
            inner: config.inner(),
            embedding_scale: 1.0,
            attention_scale: 1.0,
            norm_first: true,
        },
        source_embedding: embedding.clone(),
        target_embedding: embedding,
        head,
        head_scale: if config.is_tied() {
            1.0 / (width as f32).sqrt()
        } else {
            1.0
        },
        encoder,
        decoder,
    })
}

fn norm(config: &Config, reader: &WeightReader<'_>, name: &str) -> Result<Norm> {
    Ok(Norm {
        scale: reader
            .read(&format!("{name}.weight"), &[config.d_model])?
            .into_owned(),
        bias: None,
        epsilon: config.layer_norm_epsilon,
    })
}

fn relative(config: &Config, reader: &WeightReader<'_>, stack: &str) -> Result<RelativeBias> {
    let name = format!("{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
    let shape = [config.relative_attention_num_buckets, config.num_heads];
    Ok(RelativeBias {
        weights: reader.read(&name, &shape)?.into_owned(),
        heads: config.num_heads,
        max_distance: config.relative_attention_max_distance,
        bidirectional: stack == "encoder",
    })
}

fn decoder_layer(config: &Config, reader: &WeightReader<'_>, index: usize) -> Result<DecoderLayer> {
    let (width, inner) = (config.d_model, config.inner());
    let block = format!("decoder.block.{index}.layer.");
    let cross = format!("{block}1.EncDecAttention.");
    Ok(DecoderLayer {
        attention: self_attention(config, reader, &block)?,
        cross: CrossAttention {
            norm: norm(config, reader, &format!("{block}1.layer_norm"))?,
            query: reader.linear(&cross, &[("q", inner)], width, false)?,
            kv: reader.linear(&cross, &[("k", inner), ("v", inner)], width, false)?,
            out: reader.linear(&cross, &[("o", width)], inner, false)?,
        },
        feed_forward: feed_forward(config, reader, &format!("{block}2."))?,
    })
}

fn self_attention(
    config: &Config,
    reader: &WeightReader<'_>,
    block: &str,
) -> Result<SelfAttention> {
    let (width, inner) = (config.d_model, config.inner());
    let own = format!("{block}0.SelfAttention.");
    Ok(SelfAttention {
        norm: norm(config, reader, &format!("{block}0.layer_norm"))?,
        qkv: reader.linear(
            &own,
            &[("q", inner), ("k", inner), ("v", inner)],
            width,
            false,
        )?,
        out: reader.linear(&own, &[("o", width)], inner, false)?,
    })
}

fn feed_forward(config: &Config, reader: &WeightReader<'_>, layer: &str) -> Result<FeedForward> {
    let (width, hidden) = (config.d_model, config.d_ff);
    let (gated, activation) = config.feed_forward()?;
    let dense = format!("{layer}DenseReluDense.");
    let (up, gate) = match gated {
        true => (
            "wi_0",
            Some(reader.linear(&dense, &[("wi_1", hidden)], width, false)?),
        ),
        false => ("wi", None),
    };
    Ok(FeedForward {
        norm: norm(config, reader, &format!("{layer}layer_norm"))?,
        up: reader.linear(&dense, &[(up, hidden)], width, false)?,
        gate,
        activation,
        down: reader.linear(&dense, &[("wo", width)], hidden, false)?,
    })
}
