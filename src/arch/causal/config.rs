//! Shape and variants of a model, from the metadata of a GGUF file.

use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::MAX_HEAD_DIM;
use crate::nn::ops::{Gate, RopePairs};
use crate::weights::Architecture;
use crate::weights::gguf::Gguf;

/// A file that says otherwise is damaged; the largest open models have some 130.
pub(super) const LAYERS: std::ops::RangeInclusive<usize> = 1..=1024;

/// The families that this room knows.
pub(super) const FAMILIES: [Architecture; 6] = [
    Architecture::Llama,
    Architecture::SmolLm3,
    Architecture::Qwen2,
    Architecture::Qwen3,
    Architecture::Gemma3,
    Architecture::HunyuanDense,
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
    /// Divisors of its frequencies (Llama 3), `[rotated / 2]`, where no tensor holds them.
    pub rope_factors: Option<Vec<f32>>,
    /// Layers that see only the near past, if there are any.
    pub local: Option<Local>,
    /// Layers that leave queries and keys unrotated.
    pub unrotated: Vec<usize>,
    /// Whether queries and keys are normalized after they were rotated, not before.
    pub norm_after_rope: bool,
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
#[derive(Debug, Clone)]
pub(super) struct Local {
    /// Positions that a query sees, itself included.
    pub window: usize,
    /// Which layers are local.
    pub layers: Vec<bool>,
    /// Rotation of the local layers.
    pub rope: Rope,
}

/// The metadata of one architecture, and what to say of a model that is wrong.
#[derive(Clone, Copy)]
struct Metadata<'a> {
    gguf: &'a Gguf,
    /// What the keys start with.
    name: &'a str,
}

impl Metadata<'_> {
    fn key(&self, rest: &str) -> String {
        format!("{}.{rest}", self.name)
    }

    fn contains(&self, rest: &str) -> bool {
        self.gguf.contains(&self.key(rest))
    }

    fn number(&self, rest: &str) -> Result<usize> {
        self.gguf.usize(&self.key(rest))
    }

    fn number_or(&self, rest: &str, default: usize) -> Result<usize> {
        match self.contains(rest) {
            true => self.number(rest),
            false => Ok(default),
        }
    }

    fn float_or(&self, rest: &str, default: f32) -> Result<f32> {
        match self.contains(rest) {
            true => self.gguf.f32(&self.key(rest)),
            false => Ok(default),
        }
    }

    fn wrong(&self, what: String) -> Error {
        let path = self.gguf.path().display();
        Error::new(ErrorKind::Model, format!("{path}: {what}"))
    }
}

/// How the width of a model is shared among heads.
pub(super) struct Heads {
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub rotated: usize,
}

impl Heads {
    fn read(metadata: Metadata<'_>, width: usize) -> Result<Self> {
        let heads = metadata.number("attention.head_count")?;
        let kv_heads = metadata.number_or("attention.head_count_kv", heads)?;
        let usual = width.checked_div(heads).unwrap_or(0);
        let head_dim = metadata.number_or("attention.key_length", usual)?;
        if metadata.number_or("attention.value_length", head_dim)? != head_dim {
            let what = "keys and values of different widths are not supported";
            return Err(metadata.wrong(what.into()));
        }
        let rotated = metadata.number_or("rope.dimension_count", head_dim)?;
        let read = Self {
            heads,
            kv_heads,
            head_dim,
            rotated,
        };
        read.check().map_err(|what| metadata.wrong(what))?;
        Ok(read)
    }

    /// Whether the kernels can do it; what is wrong, if not.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self {
            heads,
            kv_heads,
            head_dim,
            rotated,
        } = *self;
        if heads == 0 || kv_heads == 0 || heads % kv_heads != 0 {
            return Err(format!("{heads} heads can't share {kv_heads} key heads"));
        }
        if head_dim == 0 || !head_dim.is_multiple_of(16) || head_dim > MAX_HEAD_DIM {
            return Err(format!("heads of width {head_dim} are not supported"));
        }
        if rotated > head_dim || rotated % 2 != 0 {
            return Err(format!(
                "can't rotate {rotated} of {head_dim} values of a head"
            ));
        }
        Ok(())
    }
}

/// What positions are divided by.
fn position_scale(metadata: Metadata<'_>) -> Result<f32> {
    let gguf = metadata.gguf;
    if !metadata.contains("rope.scaling.type") {
        return Ok(1.0);
    }
    match gguf.str(&metadata.key("rope.scaling.type"))? {
        "none" => Ok(1.0),
        "linear" => gguf.f32(&metadata.key("rope.scaling.factor")),
        other => Err(metadata.wrong(format!("position scaling \"{other}\" is not supported"))),
    }
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
            .with_hint(
                "use a GGUF file of the llama, smollm3, qwen2, qwen3, gemma3 or hunyuan-dense family",
            )
        })?;
        let metadata = Metadata { gguf, name };
        let layers = metadata.number("block_count")?;
        if !LAYERS.contains(&layers) {
            return Err(metadata.wrong(format!("a model of {layers} layers can't be run")));
        }
        let width = metadata.number("embedding_length")?;
        let Heads {
            heads,
            kv_heads,
            head_dim,
            rotated,
        } = Heads::read(metadata, width)?;
        let scale = position_scale(metadata)?;
        let gemma = family == Architecture::Gemma3;
        // Of its family, only the 27B model (62 layers) scales by the width a head would have had.
        let query_width = match gemma && layers == 62 {
            true => width / heads,
            false => head_dim,
        };
        let local = match gemma && metadata.contains("attention.sliding_window") {
            false => None,
            true => Some(Local {
                window: metadata.number("attention.sliding_window")?,
                layers: (1..=layers).map(|layer| !layer.is_multiple_of(6)).collect(),
                rope: Rope {
                    base: metadata.float_or("rope.freq_base_swa", 10_000.0)?,
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
            hidden: metadata.number("feed_forward_length")?,
            context: metadata.number("context_length")?,
            eps: gguf.f32(&metadata.key("attention.layer_norm_rms_epsilon"))?,
            query_scale: 1.0 / (query_width as f32).sqrt(),
            embedding_scale: if gemma { (width as f32).sqrt() } else { 1.0 },
            gate: if gemma { Gate::Gelu } else { Gate::Silu },
            pairs: match family {
                Architecture::Llama | Architecture::SmolLm3 => RopePairs::Neighbours,
                _ => RopePairs::Halves,
            },
            rotated,
            global: Rope {
                base: metadata.float_or("rope.freq_base", 10_000.0)?,
                scale,
            },
            rope_factors: None,
            local,
            // No metadata say it: it belongs to the family.
            unrotated: match family {
                Architecture::SmolLm3 => (3..layers).step_by(4).collect(),
                _ => Vec::new(),
            },
            norm_after_rope: family == Architecture::HunyuanDense,
        })
    }

    /// Whether a layer rotates queries and keys.
    pub(super) fn rotates(&self, layer: usize) -> bool {
        !self.unrotated.contains(&layer)
    }

    /// The sliding window of a layer, if it has one.
    pub(super) fn local(&self, layer: usize) -> Option<&Local> {
        self.local
            .as_ref()
            .filter(|local| local.layers.get(layer) == Some(&true))
    }
}
