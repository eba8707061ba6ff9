//! The model on candle's tensors, for GPUs. It also runs on candle's CPU device, which is how it is tested; there
//! [`CausalModel`](super::CausalModel) is several times faster.

use std::borrow::Cow;
use std::ops::Range;

use candle_core::quantized::{QMatMul, QStorage, QTensor};
use candle_core::{DType, Device, Module, Tensor};
use candle_nn::ops::{rms_norm, softmax_last_dim};
use candle_nn::rotary_emb;

use crate::decode::{CausalLm, Logits, SeqId, SeqInput};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::ops::{Gate, RopePairs};
use crate::nn::pool::Pool;
use crate::weights::gguf;

use super::angles::Angles;
use super::config::{Config, Rope};
use super::round::{kind, round};
use super::sequences::{Row, Sequences};
use super::source::Source;
use super::weights::{self, OUTPUT_NORM, embed};

/// How a [`TensorModel`] keeps its matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrices {
    /// As the file has them; candle's kernels then round activations to 8 bits, as llama.cpp's and ours do.
    AsStored,
    /// As 32-bit floats: exact but for the order of sums, in four to eight times the memory.
    Floats,
}

/// Rows that go through the layers together; attention scores take `rows × context` floats a head.
const MAX_ROWS: usize = 512;

/// A decoder-only language model on a candle device.
pub struct TensorModel {
    config: Config,
    device: Device,
    /// Embeddings are read from the file: a pass needs few of them.
    source: Source,
    layers: Vec<weights::Layer<DeviceLinear, Tensor>>,
    output_norm: Tensor,
    output: QMatMul,
    vocab: usize,
    rope_factors: Option<Vec<f32>>,
}

/// Sequences of a [`TensorModel`].
#[derive(Debug, Default)]
pub struct TensorCache(Sequences<Kv>);

/// Keys and values of a sequence, a pair of `[kv_heads, capacity, head_dim]` for each layer.
#[derive(Debug)]
struct Kv(Vec<[Tensor; 2]>);

/// `x · weightᵀ + bias` on candle's tensors, which is how a GPU is reached: none of the layouts of
/// [`crate::nn::dense::Linear`] is one of theirs.
struct DeviceLinear {
    weight: QMatMul,
    bias: Option<Tensor>,
}

impl DeviceLinear {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let product = self.weight.forward(x)?;
        match &self.bias {
            Some(bias) => product.broadcast_add(bias),
            None => Ok(product),
        }
    }
}

/// What the rows of one pass share in every layer of a kind, global or local.
struct View {
    /// `[rows, rotated / 2]`
    cos: Tensor,
    sin: Tensor,
    /// For each run what its queries don't see, `[rows, positions]`; `None` if they see everything.
    masks: Vec<Option<Tensor>>,
}

impl TensorModel {
    /// Reads the metadata and brings the weights to the device.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the architecture isn't supported or a tensor is missing or of the wrong shape, or the
    /// device has no room for it.
    pub fn load(source: impl Into<Source>, device: &Device, matrices: Matrices) -> Result<Self> {
        let source = source.into();
        let config = source.config()?;
        let names = weights::matrices(&source, &config)?;
        let failed = |name: &str, error: candle_core::Error| {
            let path = source.path().display();
            let why = format!("{path}: the tensor \"{name}\" can't be brought to the device");
            Error::new(ErrorKind::Model, why).with_source(error)
        };
        let pool = Pool::new(crate::device::default_threads());
        let matrix = |name: &str| {
            let name = format!("{name}.weight");
            let tensor = source.tensor(&name)?;
            let shape = (tensor.rows(), tensor.cols());
            let matrix = stored(&pool, &source, &name, device, matrices)
                .map_err(|error| failed(&name, error))?;
            source.forget(&name);
            Ok::<_, Error>((matrix, shape.0))
        };
        let vector = |values: Vec<f32>| {
            let length = values.len();
            Tensor::from_vec(values, length, device).map_err(|e| failed("a vector", e))
        };
        let linear = |name: &str| {
            let (weight, rows) = matrix(name)?;
            let bias = source.optional(&format!("{name}.bias"), rows)?;
            let bias = bias.map(vector).transpose()?;
            Ok(DeviceLinear { weight, bias })
        };
        let (output, vocab) = matrix(&names[0])?;
        let layers = (0..config.layers)
            .map(|layer| weights::Layer::read(&source, &config, layer, linear, vector))
            .collect::<Result<_>>()?;
        let output_norm = vector(source.vector(OUTPUT_NORM, config.width)?)?;
        Ok(Self {
            layers,
            output_norm,
            output,
            vocab,
            rope_factors: source.rope_factors(&config)?,
            source,
            device: device.clone(),
            config,
        })
    }

    /// Takes rows through all layers and appends the logits of those that are wanted.
    fn pass(&self, sequences: &Sequences<Kv>, rows: &[Row], logits: &mut Logits) -> Result<()> {
        let c = &self.config;
        let mut runs: Vec<Range<usize>> = Vec::new();
        for run in rows.chunk_by(|a, b| a.seq == b.seq) {
            let start = runs.last().map_or(0, |last| last.end);
            runs.push(start..start + run.len());
        }
        let factors = self.rope_factors.as_deref();
        let global = self.view(rows, &runs, c.global, factors, usize::MAX)?;
        let local = match &c.local {
            Some(local) => Some(self.view(rows, &runs, local.rope, None, local.window)?),
            None => None,
        };
        let mut embedded = vec![0.0; rows.len() * c.width];
        let tokens = rows.iter().map(|row| row.token);
        embed(&self.source, tokens, c.embedding_scale, &mut embedded)?;
        let mut x = Tensor::from_vec(embedded, (rows.len(), c.width), &self.device)?;

        for (index, layer) in self.layers.iter().enumerate() {
            let view = c.local(index).and(local.as_ref()).unwrap_or(&global);
            let turns = Some(view).filter(|_| c.rotates(index));
            let input = rms_norm(&x, &layer.attention_norm, c.eps)?;
            let query = layer.query.forward(&input)?;
            let query = self.heads(&query, c.heads, layer.query_norm.as_ref(), turns)?;
            let query = (query * f64::from(c.query_scale))?;
            let key = layer.key.forward(&input)?;
            let key = self.heads(&key, c.kv_heads, layer.key_norm.as_ref(), turns)?;
            let value = layer.value.forward(&input)?;
            let value = self.heads(&value, c.kv_heads, None, None)?;
            let attended = runs.iter().zip(&view.masks).map(|(run, mask)| {
                let Kv(layers) = sequences.kv(&rows[run.start]);
                let first = rows[run.start].position;
                let [keys, values] = &layers[index];
                let part = |x: &Tensor| x.narrow(1, run.start, run.len())?.contiguous();
                keys.slice_set(&part(&key)?, 1, first)?;
                values.slice_set(&part(&value)?, 1, first)?;
                let seen = first + run.len();
                let (keys, values) = (keys.narrow(1, 0, seen)?, values.narrow(1, 0, seen)?);
                self.attend(&part(&query)?, &keys, &values, mask.as_ref())
            });
            let attended = attended.collect::<candle_core::Result<Vec<_>>>()?;
            let delta = layer.attention_out.forward(&Tensor::cat(&attended, 0)?)?;
            x = self.add(&x, delta, layer.attention_post_norm.as_ref())?;

            let input = rms_norm(&x, &layer.ffn_norm, c.eps)?;
            let gate = layer.gate.forward(&input)?;
            let gate = match c.gate {
                Gate::Silu => gate.silu()?,
                // candle's is the approximation by tanh, as the models have it.
                Gate::Gelu => gate.gelu()?,
            };
            let hidden = (gate * layer.up.forward(&input)?)?;
            let delta = layer.down.forward(&hidden)?;
            x = self.add(&x, delta, layer.ffn_post_norm.as_ref())?;
        }
        let wanted = (0..rows.len()).filter(|&row| rows[row].wanted);
        let wanted: Vec<u32> = wanted.map(|row| row as u32).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let count = wanted.len();
        let x = x.index_select(&Tensor::from_vec(wanted, count, &self.device)?, 0)?;
        let x = rms_norm(&x, &self.output_norm, c.eps)?;
        let out = self.output.forward(&x)?.flatten_all()?;
        logits.data.extend(out.to_vec1::<f32>()?);
        Ok(())
    }

    /// Angles and masks of layers with this rotation and window.
    fn view(
        &self,
        rows: &[Row],
        runs: &[Range<usize>],
        rope: Rope,
        factors: Option<&[f32]>,
        window: usize,
    ) -> candle_core::Result<View> {
        let rotated = self.config.rotated;
        let mut angles = Angles::default();
        angles.compute(rows, rotated, rope, factors);
        let shape = (rows.len(), rotated / 2);
        let mask = |run: &Range<usize>| {
            let run = &rows[run.clone()];
            let seen = run[0].position + run.len();
            if run.len() == 1 && seen <= window {
                return Ok(None);
            }
            let hidden = run.iter().flat_map(|row| {
                (0..seen).map(
                    |at| match at <= row.position && row.position - at < window {
                        true => 0.0,
                        false => f32::NEG_INFINITY,
                    },
                )
            });
            let hidden = hidden.collect();
            Tensor::from_vec(hidden, (run.len(), seen), &self.device).map(Some)
        };
        Ok(View {
            masks: runs.iter().map(mask).collect::<candle_core::Result<_>>()?,
            cos: Tensor::from_vec(angles.cos, shape, &self.device)?,
            sin: Tensor::from_vec(angles.sin, shape, &self.device)?,
        })
    }

    /// From `[rows, heads * head_dim]` to `[heads, rows, head_dim]`, normalized and turned where it is asked for.
    fn heads(
        &self,
        x: &Tensor,
        heads: usize,
        norm: Option<&Tensor>,
        turns: Option<&View>,
    ) -> candle_core::Result<Tensor> {
        let c = &self.config;
        let mut x = x.reshape((x.dim(0)?, heads, c.head_dim))?;
        let normalize = |x: Tensor| match norm {
            Some(norm) => rms_norm(&x.contiguous()?, norm, c.eps),
            None => Ok(x),
        };
        if !c.norm_after_rope {
            x = normalize(x)?;
        }
        x = self.turned(x.transpose(0, 1)?.contiguous()?, turns)?;
        match c.norm_after_rope {
            true => normalize(x),
            false => Ok(x),
        }
    }

    /// `[heads, rows, head_dim]`, rotated by the angles of its rows if there are any.
    fn turned(&self, x: Tensor, turns: Option<&View>) -> candle_core::Result<Tensor> {
        let c = &self.config;
        let Some(View { cos, sin, .. }) = turns else {
            return Ok(x);
        };
        let turned = x.narrow(2, 0, c.rotated)?.contiguous()?.unsqueeze(0)?;
        let turned = match c.pairs {
            RopePairs::Halves => rotary_emb::rope(&turned, cos, sin)?,
            RopePairs::Neighbours => rotary_emb::rope_i(&turned, cos, sin)?,
        };
        let turned = turned.squeeze(0)?;
        match c.head_dim - c.rotated {
            0 => Ok(turned),
            rest => Tensor::cat(&[turned, x.narrow(2, c.rotated, rest)?], 2),
        }
    }

    /// Attention of one run: `query` is `[heads, rows, head_dim]`, keys and values are `[kv_heads, positions,
    /// head_dim]`. Gives `[rows, heads * head_dim]`.
    fn attend(
        &self,
        query: &Tensor,
        keys: &Tensor,
        values: &Tensor,
        mask: Option<&Tensor>,
    ) -> candle_core::Result<Tensor> {
        let c = &self.config;
        let (rows, positions) = (query.dim(1)?, keys.dim(1)?);
        // The query heads that share a key head are rows of one product.
        let shared = (c.kv_heads, c.heads / c.kv_heads * rows, c.head_dim);
        let mut scores = query.reshape(shared)?.matmul(&keys.t()?)?;
        if let Some(mask) = mask {
            scores = scores
                .reshape((c.heads, rows, positions))?
                .broadcast_add(mask)?;
            scores = scores.reshape((shared.0, shared.1, positions))?;
        }
        let attended = softmax_last_dim(&scores)?.matmul(values)?;
        let attended = attended
            .reshape((c.heads, rows, c.head_dim))?
            .transpose(0, 1)?;
        attended.reshape((rows, c.heads * c.head_dim))
    }

    /// `x + norm(delta)`
    fn add(&self, x: &Tensor, delta: Tensor, norm: Option<&Tensor>) -> candle_core::Result<Tensor> {
        match norm {
            Some(norm) => x + rms_norm(&delta, norm, self.config.eps)?,
            None => x + delta,
        }
    }
}

/// A matrix on the device. What a checkpoint has as floats is rounded to what its source says.
fn stored(
    pool: &Pool,
    source: &Source,
    name: &str,
    device: &Device,
    matrices: Matrices,
) -> candle_core::Result<QMatMul> {
    let tensor = source.tensor(name).map_err(candle_core::Error::wrap)?;
    let shape = (tensor.rows(), tensor.cols());
    let rounded = match source.round_to(name) {
        Some(kind) if matrices == Matrices::AsStored => Some(round(pool, &tensor, kind)?),
        _ => None,
    };
    let rounded = rounded.as_ref().map(|blocks| blocks.tensor());
    let tensor = rounded.unwrap_or(tensor);
    // candle wants the blocks aligned, which a fresh allocation is and a place in a file need not be.
    let bytes = Cow::Owned(tensor.bytes.to_vec());
    let storage = QStorage::from_data(bytes, device, kind(tensor.kind))?;
    let matrix = QTensor::new(storage, shape)?;
    match matrices {
        Matrices::AsStored if in_pairs(&tensor) => QMatMul::from_qtensor(matrix),
        _ => matrix.dequantize(device).map(QMatMul::Tensor),
    }
}

/// Whether the blocks of a row come in pairs: candle's kernels for some types of small blocks take two at a time, and
/// panic otherwise. No model but a test's has such rows.
fn in_pairs(tensor: &gguf::Tensor<'_>) -> bool {
    tensor.kind.block_len() != 32 || tensor.cols().is_multiple_of(64)
}

impl CausalLm for TensorModel {
    type Cache = TensorCache;

    fn vocab_size(&self) -> usize {
        self.vocab
    }

    fn max_positions(&self) -> usize {
        self.config.context
    }

    fn new_cache(&self) -> Result<TensorCache> {
        Ok(TensorCache::default())
    }

    fn open(
        &self,
        cache: &mut TensorCache,
        capacity: usize,
        prefix: Option<(SeqId, usize)>,
    ) -> Result<SeqId> {
        let c = &self.config;
        let shape = (c.kv_heads, capacity, c.head_dim);
        let room = || Tensor::zeros(shape, DType::F32, &self.device);
        let layers = (0..c.layers).map(|_| Ok([room()?, room()?]));
        let kv = Kv(layers.collect::<candle_core::Result<_>>()?);
        cache.0.open(capacity, kv, prefix, |kv, from, len| {
            let pairs = kv.0.iter().flatten().zip(from.0.iter().flatten());
            for (to, from) in pairs.filter(|_| len > 0) {
                to.slice_set(&from.narrow(1, 0, len)?.contiguous()?, 1, 0)?;
            }
            Ok(())
        })
    }

    fn truncate(&self, cache: &mut TensorCache, seq: SeqId, len: usize) {
        cache.0.truncate(seq, len);
    }

    fn close(&self, cache: &mut TensorCache, seq: SeqId) {
        cache.0.close(seq);
    }

    fn forward(&self, cache: &mut TensorCache, inputs: &[SeqInput<'_>]) -> Result<Logits> {
        let rows = cache.0.rows(inputs, self.vocab)?;
        let mut logits = Logits {
            data: Vec::new(),
            width: self.vocab,
        };
        for rows in rows.chunks(MAX_ROWS) {
            self.pass(&cache.0, rows, &mut logits)?;
        }
        cache.0.advance(inputs);
        Ok(logits)
    }
}
