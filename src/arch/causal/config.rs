//! What the metadata of a GGUF file says about the model.

use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::MAX_HEAD_DIM;
use crate::nn::ops::{Gate, RopePairs};
use crate::weights::Architecture;
use crate::weights::gguf::Gguf;

/// The families that this room knows.
const FAMILIES: [Architecture; 5] = [
    Architecture::Llama,
    Architecture::SmolLm3,
    Architecture::Qwen2,
    Architecture::Qwen3,
    Architecture::Gemma3,
];

/// Shape and variants of a model.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// Layers.
    pub layers: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / kv_heads` query heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Width between the two halves of the feed-forward block.
    pub hidden: usize,
    /// Largest number of positions in training.
    pub context: usize,
    /// Epsilon of the normalizations.
    pub eps: f32,
    /// What queries are multiplied with.
    pub query_scale: f32,
    /// What embeddings are multiplied with.
    pub embedding_scale: f32,
    /// Activation of the feed-forward block.
    pub gate: Gate,
    /// How rotated pairs lie in a head.
    pub pairs: RopePairs,
    /// Values of a head that are rotated.
    pub rotated: usize,
    /// Rotation of layers that see everything.
    pub global: Rope,
    /// Layers that see only the near past, if there are any.
    pub local: Option<Local>,
    /// Every nth layer leaves queries and keys unrotated. No metadata say it: it belongs to the family.
    unrotated: Option<usize>,
}

/// Frequencies of a rotary embedding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rope {
    /// Frequency base.
    pub base: f32,
    /// Positions are divided by this (linear scaling).
    pub scale: f32,
}

/// Sliding-window layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    /// Positions that a query sees, itself included.
    pub window: usize,
    /// Every `period`-th layer is global, the others are local.
    pub period: usize,
    /// Rotation of the local layers.
    pub rope: Rope,
}

impl Config {
    pub(super) fn read(gguf: &Gguf) -> Result<Self> {
        let name = gguf.architecture()?;
        let known = Architecture::from_model_type(name);
        let family = known.filter(|family| FAMILIES.contains(family));
        let family = family.ok_or_else(|| {
            Error::new(
                ErrorKind::Model,
                format!(
                    "{} has the architecture \"{name}\", which is not supported",
                    gguf.path().display()
                ),
            )
            .with_hint("use a GGUF file of the llama, smollm3, qwen2, qwen3 or gemma3 family")
        })?;
        let key = |rest: &str| format!("{name}.{rest}");
        let number = |rest: &str| gguf.usize(&key(rest));
        let number_or = |rest: &str, default| match gguf.contains(&key(rest)) {
            true => number(rest),
            false => Ok(default),
        };
        let float_or = |rest: &str, default| match gguf.contains(&key(rest)) {
            true => gguf.f32(&key(rest)),
            false => Ok(default),
        };

        let layers = number("block_count")?;
        let width = number("embedding_length")?;
        let heads = number("attention.head_count")?;
        let kv_heads = number_or("attention.head_count_kv", heads)?;
        let wrong = |what: String| {
            Error::new(
                ErrorKind::Model,
                format!("{}: {what}", gguf.path().display()),
            )
        };
        if heads == 0 || kv_heads == 0 || heads % kv_heads != 0 {
            return Err(wrong(format!(
                "{heads} heads can't share {kv_heads} key heads"
            )));
        }
        let head_dim = number_or("attention.key_length", width / heads)?;
        if number_or("attention.value_length", head_dim)? != head_dim {
            return Err(wrong(
                "keys and values of different widths are not supported".into(),
            ));
        }
        if head_dim == 0 || !head_dim.is_multiple_of(16) || head_dim > MAX_HEAD_DIM {
            return Err(wrong(format!(
                "heads of width {head_dim} are not supported"
            )));
        }
        let rotated = number_or("rope.dimension_count", head_dim)?;
        if rotated > head_dim || rotated % 2 != 0 {
            return Err(wrong(format!(
                "can't rotate {rotated} of {head_dim} values of a head"
            )));
        }
        let scale = match gguf.contains(&key("rope.scaling.type")) {
            false => 1.0,
            true => match gguf.str(&key("rope.scaling.type"))? {
                "none" => 1.0,
                "linear" => gguf.f32(&key("rope.scaling.factor"))?,
                other => {
                    return Err(wrong(format!(
                        "position scaling \"{other}\" is not supported"
                    )));
                }
            },
        };
        let gemma = family == Architecture::Gemma3;
        // Of its family, only the 27B model (62 layers) scales by the width a head would have had.
        let query_width = match gemma && layers == 62 {
            true => width / heads,
            false => head_dim,
        };
        let local = match gemma && gguf.contains(&key("attention.sliding_window")) {
            false => None,
            true => Some(Local {
                window: number("attention.sliding_window")?,
                period: 6,
                rope: Rope {
                    base: float_or("rope.freq_base_swa", 10_000.0)?,
                    scale: 1.0,
                },
            }),
        };
        Ok(Self {
            layers,
            width,
            heads,
            kv_heads,
            head_dim,
            hidden: number("feed_forward_length")?,
            context: number("context_length")?,
            eps: gguf.f32(&key("attention.layer_norm_rms_epsilon"))?,
            query_scale: 1.0 / (query_width as f32).sqrt(),
            embedding_scale: if gemma { (width as f32).sqrt() } else { 1.0 },
            gate: if gemma { Gate::Gelu } else { Gate::Silu },
            pairs: match family {
                Architecture::Llama | Architecture::SmolLm3 => RopePairs::Neighbours,
                _ => RopePairs::Halves,
            },
            rotated,
            global: Rope {
                base: float_or("rope.freq_base", 10_000.0)?,
                scale,
            },
            local,
            unrotated: (family == Architecture::SmolLm3).then_some(4),
        })
    }

    /// Whether a layer rotates queries and keys.
    pub(super) fn rotates(&self, layer: usize) -> bool {
        (self.unrotated).is_none_or(|period| !(layer + 1).is_multiple_of(period))
    }

    /// The sliding window of a layer, if it has one.
    pub(super) fn local(&self, layer: usize) -> Option<&Local> {
        self.local
            .as_ref()
            .filter(|local| !(layer + 1).is_multiple_of(local.period))
    }
}
