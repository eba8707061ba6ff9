//! The weights of a model: matrices packed, vectors as floats, embeddings left in the file.

use std::collections::HashMap;

use crate::error::Result;
use crate::nn::dense::Linear;
use crate::nn::pool::Pool;
use crate::nn::quant::{Arena, dequantize_row};
use crate::weights::gguf::Tensor;

use super::config::Config;
use super::source::{EMBEDDINGS, Source};

/// Scale of the last normalization, `[width]`.
pub(super) const OUTPUT_NORM: &str = "output_norm.weight";

pub(super) struct Weights {
    /// Embeddings are read from it: a pass needs few of them.
    pub source: Source,
    pub vocab: usize,
    pub layers: Vec<Layer>,
    /// `[width]`
    pub output_norm: Vec<f32>,
    /// `[vocabulary, width]`
    pub output: Linear,
    /// Divisors of the rotation frequencies (Llama 3), `[rotated / 2]`.
    pub rope_factors: Option<Vec<f32>>,
}

/// One layer: `L` is a matrix with its bias, `V` a vector. Optional vectors belong to some families only.
pub(super) struct Layer<L = Linear, V = Vec<f32>> {
    pub attention_norm: V,
    pub query: L,
    pub key: L,
    pub value: L,
    /// `[head_dim]`, for each query head (Qwen 3, Gemma 3).
    pub query_norm: Option<V>,
    /// `[head_dim]`, for each key head.
    pub key_norm: Option<V>,
    pub attention_out: L,
    pub attention_post_norm: Option<V>,
    pub ffn_norm: V,
    pub gate: L,
    pub up: L,
    pub down: L,
    pub ffn_post_norm: Option<V>,
}

impl<L, V> Layer<L, V> {
    /// Its matrices.
    pub(super) fn linears(&self) -> [&L; 7] {
        [
            &self.query,
            &self.key,
            &self.value,
            &self.attention_out,
            &self.gate,
            &self.up,
            &self.down,
        ]
    }

    /// Reads layer `index`; `linear` makes a matrix of its name, `vector` a vector of its values.
    pub(super) fn read(
        source: &Source,
        config: &Config,
        index: usize,
        mut linear: impl FnMut(&str) -> Result<L>,
        make: impl Fn(Vec<f32>) -> Result<V>,
    ) -> Result<Self> {
        let c = config;
        let name = |rest: &str| format!("blk.{index}.{rest}");
        let mut linear = |rest: &str| linear(&name(rest));
        let required = |rest: &str, len| make(source.vector(&name(rest), len)?);
        let maybe = |rest: &str, len| source.optional(&name(rest), len)?.map(&make).transpose();
        Ok(Self {
            query: linear("attn_q")?,
            key: linear("attn_k")?,
            value: linear("attn_v")?,
            attention_out: linear("attn_output")?,
            gate: linear("ffn_gate")?,
            up: linear("ffn_up")?,
            down: linear("ffn_down")?,
            attention_norm: required("attn_norm.weight", c.width)?,
            ffn_norm: required("ffn_norm.weight", c.width)?,
            query_norm: maybe("attn_q_norm.weight", c.head_dim)?,
            key_norm: maybe("attn_k_norm.weight", c.head_dim)?,
            attention_post_norm: maybe("post_attention_norm.weight", c.width)?,
            ffn_post_norm: maybe("post_ffw_norm.weight", c.width)?,
        })
    }
}

/// The name of every matrix, the output first, once the shapes of all are known to be right.
pub(super) fn matrices(source: &Source, config: &Config) -> Result<Vec<String>> {
    let c = config;
    let (q, kv) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
    let vocab = source.tensor(EMBEDDINGS)?.rows();
    let output = match source.has_output()? {
        true => "output",
        false => "token_embd",
    };
    source.expect_shape(EMBEDDINGS, &[c.width, vocab])?;
    source.expect_shape(&format!("{output}.weight"), &[c.width, vocab])?;
    source.check_size(c.layers, vocab)?;
    let mut matrices = vec![output.to_owned()];
    for layer in 0..c.layers {
        for (name, rows, cols) in [
            ("attn_q", q, c.width),
            ("attn_k", kv, c.width),
            ("attn_v", kv, c.width),
            ("attn_output", c.width, q),
            ("ffn_gate", c.hidden, c.width),
            ("ffn_up", c.hidden, c.width),
            ("ffn_down", c.width, c.hidden),
        ] {
            let name = format!("blk.{layer}.{name}");
            // A corrupt number of layers ends here.
            source.expect_shape(&format!("{name}.weight"), &[cols, rows])?;
            matrices.push(name);
        }
    }
    Ok(matrices)
}

impl Weights {
    pub(super) fn load(source: Source, config: &Config, pool: &Pool) -> Result<Self> {
        // The largest comes first: its pages of the file are given back before the others fill the memory.
        let matrices = matrices(&source, config)?;
        let weight = |name: &String| format!("{name}.weight");
        let blocks = matrices
            .iter()
            .map(|name| source.rounded(&weight(name), pool))
            .collect::<Result<Vec<_>>>()?;
        let tensors: Vec<Tensor<'_>> = blocks.iter().map(|blocks| blocks.tensor()).collect();
        let packed = Arena::pack(pool, &tensors, |index| {
            source.forget(&weight(&matrices[index]));
        })?;
        drop(tensors);
        drop(blocks);
        let output = matrices[0].clone();
        let mut packed: HashMap<_, _> = matrices.into_iter().zip(packed).collect();
        let mut take = |name: &str| packed.remove(name).expect("every matrix was packed");
        let output = Linear::from_packed(take(&output), None);
        let mut linear = |name: &str| {
            let weight = take(name);
            let bias = source.optional(&format!("{name}.bias"), weight.rows())?;
            Ok(Linear::from_packed(weight, bias))
        };
        let layers = (0..config.layers)
            .map(|layer| Layer::read(&source, config, layer, &mut linear, Ok))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            vocab: output.n(),
            layers,
            output_norm: source.vector(OUTPUT_NORM, config.width)?,
            output,
            rope_factors: source.rope_factors(config)?,
            source,
        })
    }
}

/// Writes the embedding of each token to its row of `out`, `[tokens, width]`, multiplied by `scale`.
pub(super) fn embed(
    source: &Source,
    tokens: impl Iterator<Item = u32>,
    scale: f32,
    out: &mut [f32],
) -> Result<()> {
    let table = source.tensor(EMBEDDINGS)?;
    for (token, out) in tokens.zip(out.chunks_exact_mut(table.cols())) {
        dequantize_row(&table, token as usize, out);
        if scale != 1.0 {
            out.iter_mut().for_each(|x| *x *= scale);
        }
    }
    Ok(())
}
