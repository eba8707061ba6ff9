//! From a checkpoint of the BART line to a [`Transformer`].

use std::borrow::Cow;
use std::sync::Arc;

use super::config::Config;
use super::positions::Positions;
use super::{
    CrossAttention, DecoderLayer, EncoderLayer, FeedForward, SelfAttention, Shape, Stack,
    Transformer,
};
use crate::arch::Tensors;
use crate::error::Result;
use crate::nn::dense::{Linear, Norm, Precision, Workers};
use crate::weights::Architecture as A;
use crate::weights::gguf::Tensor;

/// Weights of a row that share a scale in a quantized file.
const BLOCK: usize = 32;

/// Rows of the position table that BART and mBART don't use.
const POSITION_OFFSET: usize = 2;

/// The default of `torch.nn.LayerNorm`.
const EPSILON: f32 = 1e-5;

/// Reads layers of a checkpoint under a common prefix.
pub(in crate::arch) struct WeightReader<'a> {
    pub tensors: &'a Tensors,
    pub prefix: &'static str,
    pub workers: &'a Workers,
    pub precision: Precision,
}

/// Weights on their way from the file; a file has all matrices of a layer in blocks, or none.
enum Matrix<'a> {
    /// With the tensor's name.
    Blocks(String, Tensor<'a>),
    Floats(Cow<'a, [f32]>),
}

/// Names and widths of matrices that are packed side by side.
pub(in crate::arch) type Parts<'a> = &'a [(&'a str, usize)];

impl<'a> WeightReader<'a> {
    pub fn read(&self, name: &str, shape: &[usize]) -> Result<Cow<'a, [f32]>> {
        self.tensors.read(&format!("{}{name}", self.prefix), shape)
    }

    /// Whether there is a tensor of that name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors
            .shape(&format!("{}{name}", self.prefix))
            .is_some()
    }

    /// Linear layers `{layer}{name}` of `k` inputs, packed side by side; `bias` says whether they have one.
    pub fn linear(&self, layer: &str, parts: Parts<'_>, k: usize, bias: bool) -> Result<Linear> {
        let mut read = Vec::with_capacity(parts.len());
        for (name, n) in parts {
            let weights = self.weights(&format!("{layer}{name}.weight"), *n, k)?;
            let bias = match bias {
                true => Some(self.read(&format!("{layer}{name}.bias"), &[*n])?),
                false => None,
            };
            read.push((weights, bias));
        }
        let parts: Vec<_> = read
            .iter()
            .map(|(weights, bias)| (weights, bias.as_deref()))
            .collect();
        self.pack(k, &parts)
    }

    /// An embedding under the first of `names` that there is: a column a token.
    pub fn embedding(
        &self,
        names: &[&str],
        vocab: usize,
        width: usize,
        bias: Option<&[f32]>,
    ) -> Result<Arc<Linear>> {
        let name = names
            .iter()
            .find(|name| self.has(name))
            .unwrap_or(&names[0]);
        let rows = self.weights(name, vocab, width)?;
        self.pack(width, &[(&rows, bias)]).map(Arc::new)
    }

    /// A matrix `[n, k]`: the blocks of a quantized file as they are, where integers will do and blocks fit the rows, else
    /// floats.
    fn weights(&self, name: &str, n: usize, k: usize) -> Result<Matrix<'a>> {
        let name = format!("{}{name}", self.prefix);
        if self.precision == Precision::Int8
            && k.is_multiple_of(BLOCK)
            && let Some(tensor) = self.tensors.stored(&name, &[n, k])?
        {
            return Ok(Matrix::Blocks(name, tensor));
        }
        self.tensors.read(&name, &[n, k]).map(Matrix::Floats)
    }

    /// Packs matrices side by side, with their biases.
    fn pack(&self, k: usize, parts: &[(&Matrix<'_>, Option<&[f32]>)]) -> Result<Linear> {
        let (mut blocks, mut floats) = (Vec::new(), Vec::new());
        for (matrix, bias) in parts {
            match matrix {
                Matrix::Blocks(_, tensor) => blocks.push((*tensor, *bias)),
                Matrix::Floats(values) => floats.push((&**values, *bias)),
            }
        }
        if floats.is_empty() {
            let linear = Linear::keep(self.workers, k, &blocks)?;
            for (matrix, _) in parts {
                if let Matrix::Blocks(name, _) = matrix {
                    self.tensors.forget(name);
                }
            }
            return Ok(linear);
        }
        let release = || self.tensors.release();
        let linear = Linear::pack(k, &floats, self.precision, &release);
        release();
        Ok(linear)
    }

    pub fn norm(&self, name: &str, width: usize) -> Result<Norm> {
        Ok(Norm {
            scale: self.read(&format!("{name}.weight"), &[width])?.into_owned(),
            bias: Some(self.read(&format!("{name}.bias"), &[width])?.into_owned()),
            epsilon: EPSILON,
        })
    }
}

impl Transformer {
    /// Loads a model of the BART line; weights are packed in `precision`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if a tensor is missing or contradicts the config.
    pub fn load(
        config: &Config,
        tensors: &Tensors,
        workers: Arc<Workers>,
        precision: Precision,
    ) -> Result<Self> {
        // Some files hold the model without its output layer, and name tensors accordingly.
        let bare = tensors.shape("encoder.layers.0.fc1.weight").is_some();
        let reader = WeightReader {
            tensors,
            prefix: if bare { "" } else { "model." },
            workers: &workers,
            precision,
        };
        let width = config.d_model;
        let (source_embedding, target_embedding, head) = embeddings(config, &reader)?;
        let layer_norm_embedding = matches!(config.family, A::Bart | A::Mbart);
        let norm_first = matches!(config.family, A::Mbart | A::M2m100 | A::Pegasus);
        let outer_norm =
            |name: String, wanted: bool| wanted.then(|| reader.norm(&name, width)).transpose();
        let encoder = Stack {
            heads: config.encoder_attention_heads,
            positions: positions(config, &reader, "encoder")?,
            embedding_norm: outer_norm("encoder.layernorm_embedding".into(), layer_norm_embedding)?,
            relative: None,
            layers: (0..config.encoder_layers)
                .map(|layer| encoder_layer(config, &reader, layer))
                .collect::<Result<_>>()?,
            last_norm: outer_norm("encoder.layer_norm".into(), norm_first)?,
        };
        let decoder = Stack {
            heads: config.decoder_attention_heads,
            positions: positions(config, &reader, "decoder")?,
            embedding_norm: outer_norm("decoder.layernorm_embedding".into(), layer_norm_embedding)?,
            relative: None,
            layers: (0..config.decoder_layers)
                .map(|layer| decoder_layer(config, &reader, layer))
                .collect::<Result<_>>()?,
            last_norm: outer_norm("decoder.layer_norm".into(), norm_first)?,
        };
        tensors.release();
        let head_size = width / config.encoder_attention_heads;
        Ok(Self {
            workers: Arc::clone(&workers),
            shape: Shape {
                width,
                inner: width,
                embedding_scale: if config.scale_embedding {
                    (width as f32).sqrt()
                } else {
                    1.0
                },
                attention_scale: 1.0 / (head_size as f32).sqrt(),
                norm_first,
            },
            source_embedding,
            target_embedding,
            head,
            head_scale: 1.0,
            encoder,
            decoder,
        })
    }
}

/// Source embedding, target embedding and output layer, which are one where the model ties them.
fn embeddings(
    config: &Config,
    reader: &WeightReader<'_>,
) -> Result<(Arc<Linear>, Arc<Linear>, Arc<Linear>)> {
    let (width, target_vocab) = (config.d_model, config.decoder_vocab());
    let bias = match reader.tensors.shape("final_logits_bias") {
        Some(_) => Some(
            reader
                .tensors
                .read("final_logits_bias", &[1, target_vocab])?,
        ),
        None => None,
    };
    let shared = config.share_encoder_decoder_embeddings && target_vocab == config.vocab_size;
    let target_names: &[&str] = match shared {
        true => &[
            "shared.weight",
            "decoder.embed_tokens.weight",
            "encoder.embed_tokens.weight",
        ],
        false => &["decoder.embed_tokens.weight"],
    };
    let bias = bias.as_deref();
    let tied = config.tie_word_embeddings;
    let target = reader.embedding(
        target_names,
        target_vocab,
        width,
        if tied { bias } else { None },
    )?;
    let source = match shared {
        true => target.clone(),
        false => reader.embedding(
            &["encoder.embed_tokens.weight", "shared.weight"],
            config.vocab_size,
            width,
            None,
        )?,
    };
    let head = match tied {
        true => target.clone(),
        false => {
            let outer = WeightReader {
                prefix: "",
                ..*reader
            };
            outer.embedding(&["lm_head.weight"], target_vocab, width, bias)?
        }
    };
    Ok((source, target, head))
}

fn positions(config: &Config, reader: &WeightReader<'_>, stack: &str) -> Result<Positions> {
    let (len, width) = (config.max_position_embeddings, config.d_model);
    Ok(match config.family {
        A::Marian | A::Pegasus => Positions::marian(len, width),
        A::M2m100 => Positions::m2m100(len, width, config.pad_token_id + 1),
        _ => {
            let name = format!("{stack}.embed_positions.weight");
            let rows = reader.read(&name, &[len + POSITION_OFFSET, width])?;
            Positions::Table {
                rows: rows[POSITION_OFFSET * width..].to_vec(),
                width,
            }
        }
    })
}

fn encoder_layer(config: &Config, reader: &WeightReader<'_>, index: usize) -> Result<EncoderLayer> {
    let layer = format!("encoder.layers.{index}.");
    Ok(EncoderLayer {
        attention: self_attention(config, reader, &layer)?,
        feed_forward: feed_forward(config, reader, &layer, config.encoder_ffn_dim)?,
    })
}

fn decoder_layer(config: &Config, reader: &WeightReader<'_>, index: usize) -> Result<DecoderLayer> {
    let layer = format!("decoder.layers.{index}.");
    let width = config.d_model;
    let cross = format!("{layer}encoder_attn.");
    Ok(DecoderLayer {
        attention: self_attention(config, reader, &layer)?,
        cross: CrossAttention {
            norm: reader.norm(&format!("{layer}encoder_attn_layer_norm"), width)?,
            query: reader.linear(&cross, &[("q_proj", width)], width, true)?,
            kv: reader.linear(&cross, &[("k_proj", width), ("v_proj", width)], width, true)?,
            out: reader.linear(&cross, &[("out_proj", width)], width, true)?,
        },
        feed_forward: feed_forward(config, reader, &layer, config.decoder_ffn_dim)?,
    })
}

fn self_attention(
    config: &Config,
    reader: &WeightReader<'_>,
    layer: &str,
) -> Result<SelfAttention> {
    let width = config.d_model;
    let own = format!("{layer}self_attn.");
    Ok(SelfAttention {
        norm: reader.norm(&format!("{layer}self_attn_layer_norm"), width)?,
        qkv: reader.linear(
            &own,
            &[("q_proj", width), ("k_proj", width), ("v_proj", width)],
            width,
            true,
        )?,
        out: reader.linear(&own, &[("out_proj", width)], width, true)?,
    })
}

fn feed_forward(
    config: &Config,
    reader: &WeightReader<'_>,
    layer: &str,
    hidden: usize,
) -> Result<FeedForward> {
    let width = config.d_model;
    Ok(FeedForward {
        norm: reader.norm(&format!("{layer}final_layer_norm"), width)?,
        up: reader.linear(layer, &[("fc1", hidden)], width, true)?,
        gate: None,
        activation: config.activation()?,
        down: reader.linear(layer, &[("fc2", width)], hidden, true)?,
    })
}
