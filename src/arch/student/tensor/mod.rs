//! The student on candle's tensors, dequantized, for GPUs. It also runs on candle's CPU device, which is how it is tested;
//! there [`Student`](super::Student) is many times faster. All of the vocabulary may be generated: a shortlist spares a
//! CPU the output layer, for which a GPU needs no help.

mod load;

use candle_core::{D, DType, Device, Module, Tensor};
use candle_nn::Linear;
use candle_nn::ops::{layer_norm, sigmoid, softmax_last_dim};

use super::config::Activation;
use super::layers::EPSILON;
use super::state::{check_last, check_sources, signal};
use crate::decode::{Logits, RowQuery, RowSummary, Seq2Seq};
use crate::error::Result;
use crate::nn::dense::{pick_columns, pick_row};
use crate::nn::isa::Isa;

/// A student's weights on a candle device, as 32-bit floats.
#[derive(Debug)]
pub struct TensorStudent {
    device: Device,
    width: usize,
    heads: usize,
    /// `[vocabulary, width]`
    source: Tensor,
    target: Tensor,
    encoder: Side<EncoderLayer>,
    decoder: Side<DecoderLayer>,
    output: Linear,
}

/// Decoder state of a batch of rows on the device.
#[derive(Debug)]
pub struct TensorState {
    rows: usize,
    layers: Vec<Memory>,
    /// What the rows don't see of the longest source, `[rows, 1, 1, positions]`.
    mask: Tensor,
    position: usize,
}

/// What a decoder layer remembers of each row.
#[derive(Debug)]
struct Memory {
    /// `[rows, heads, positions, width / heads]`
    keys: Tensor,
    values: Tensor,
    /// `[rows, width]`
    cell: Tensor,
}

/// The layers of the encoder or the decoder, and what comes before and after all of them.
#[derive(Debug)]
struct Side<L> {
    start: Process,
    layers: Vec<L>,
    top: Process,
}

#[derive(Debug)]
struct EncoderLayer {
    attention: Attention,
    feed_forward: FeedForward,
}

#[derive(Debug)]
struct DecoderLayer {
    cell: Linear,
    forget: Linear,
    around_cell: Process,
    attention: Attention,
    feed_forward: FeedForward,
}

#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    /// `None` if the model has no projection.
    project: Option<Linear>,
    around: Process,
}

#[derive(Debug)]
struct FeedForward {
    layers: Vec<Linear>,
    activation: Activation,
    around: Process,
}

/// What happens to the input of a sublayer and to its output.
#[derive(Debug)]
struct Process {
    pre: Vec<Norm>,
    /// `None` adds the sublayer's input.
    post: Vec<Option<Norm>>,
}

#[derive(Debug)]
struct Norm {
    scale: Tensor,
    bias: Tensor,
}

impl Norm {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        layer_norm(x, &self.scale, &self.bias, EPSILON)
    }
}

impl Process {
    fn before(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        self.pre
            .iter()
            .try_fold(x.clone(), |x, norm| norm.forward(&x))
    }

    /// Finishes the sublayer's output `out`, given what went into it.
    fn after(&self, out: Tensor, x: &Tensor) -> candle_core::Result<Tensor> {
        self.post.iter().try_fold(out, |out, op| match op {
            None => out + x,
            Some(norm) => norm.forward(&out),
        })
    }
}

impl FeedForward {
    fn forward(&self, x: &Tensor) -> candle_core::Result<Tensor> {
        let mut out = self.around.before(x)?;
        for (index, layer) in self.layers.iter().enumerate() {
            out = layer.forward(&out)?;
            if index + 1 < self.layers.len() {
                out = match self.activation {
                    Activation::Relu => out.relu()?,
                    Activation::Swish => out.silu()?,
                };
            }
        }
        self.around.after(out, x)
    }
}

impl Attention {
    /// What `x`, `[rows * n, width]`, reads from keys and values, `[rows, heads, positions, width / heads]`.
    fn forward(
        &self,
        x: &Tensor,
        input: &Tensor,
        [keys, values]: [&Tensor; 2],
        mask: &Tensor,
    ) -> candle_core::Result<Tensor> {
        let (rows, heads, _, size) = keys.dims4()?;
        let query = split(&self.query.forward(input)?, rows, heads)?;
        let query = (query * (size as f64).sqrt().recip())?;
        let scores = query.matmul(&keys.t()?)?.broadcast_add(mask)?;
        let out = softmax_last_dim(&scores)?.matmul(values)?;
        let out = out.transpose(1, 2)?.reshape(x.shape())?;
        let out = match &self.project {
            Some(project) => project.forward(&out)?,
            None => out,
        };
        self.around.after(out, x)
    }

    /// Keys and values of the positions of `x`, `[rows * positions, width]`.
    fn memory(&self, x: &Tensor, rows: usize, heads: usize) -> candle_core::Result<[Tensor; 2]> {
        Ok([
            split(&self.key.forward(x)?, rows, heads)?,
            split(&self.value.forward(x)?, rows, heads)?,
        ])
    }
}

/// From `[rows * n, width]` to `[rows, heads, n, width / heads]`.
fn split(x: &Tensor, rows: usize, heads: usize) -> candle_core::Result<Tensor> {
    let (all, width) = x.dims2()?;
    let x = x.reshape((rows, all / rows, heads, width / heads))?;
    x.transpose(1, 2)?.contiguous()
}

impl DecoderLayer {
    /// One step of the simpler simple recurrent unit.
    fn recur(&self, x: &Tensor, cell: &mut Tensor) -> candle_core::Result<Tensor> {
        let input = self.around_cell.before(x)?;
        let new = self.cell.forward(&input)?;
        let forget = sigmoid(&self.forget.forward(&input)?)?;
        *cell = ((&*cell - &new)? * forget)?.add(&new)?;
        self.around_cell.after(cell.relu()?, x)
    }
}

impl TensorStudent {
    /// The embeddings of tokens, `[tokens, width]`, scaled up so that positions don't drown them.
    fn embed(&self, table: &Tensor, tokens: Vec<u32>) -> candle_core::Result<Tensor> {
        let count = tokens.len();
        let tokens = Tensor::from_vec(tokens, count, &self.device)?;
        table.index_select(&tokens, 0)? * (self.width as f64).sqrt()
    }

    /// The signals of positions, `[positions, width]`.
    fn signals(&self, positions: std::ops::Range<usize>) -> candle_core::Result<Tensor> {
        let shape = (positions.len(), self.width);
        let signals = positions.flat_map(|position| signal(position, self.width));
        Tensor::from_vec(signals.collect(), shape, &self.device)
    }

    /// Takes the rows' last tokens through the decoder, up to their logits, `[rows, vocabulary]`.
    fn logits(&self, state: &mut TensorState, last: &[u32]) -> Result<Tensor> {
        check_last(last, state.rows, self.target.dim(0)?)?;
        // Decoding starts from nothing: the first step's embedding is zero.
        let embedded = match state.position {
            0 => Tensor::zeros((state.rows, self.width), DType::F32, &self.device)?,
            _ => self.embed(&self.target, last.to_vec())?,
        };
        let signal = self.signals(state.position..state.position + 1)?;
        let bottom = embedded.broadcast_add(&signal)?;
        let mut x = self.decoder.start.before(&bottom)?;
        for (layer, memory) in self.decoder.layers.iter().zip(&mut state.layers) {
            x = layer.recur(&x, &mut memory.cell)?;
            let input = layer.attention.around.before(&x)?;
            let seen = [&memory.keys, &memory.values];
            x = layer.attention.forward(&x, &input, seen, &state.mask)?;
            x = layer.feed_forward.forward(&x)?;
        }
        state.position += 1;
        let x = self.decoder.top.after(x, &bottom)?;
        Ok(self.output.forward(&x)?)
    }
}

impl Seq2Seq for TensorStudent {
    type State = TensorState;

    fn encode(&self, sources: &[&[u32]]) -> Result<TensorState> {
        check_sources(sources, self.source.dim(0)?)?;
        let rows = sources.len();
        let longest = sources.iter().map(|source| source.len()).max().unwrap_or(0);
        let padded = |source: &&[u32]| {
            let padding = std::iter::repeat_n(0, longest - source.len());
            source.iter().copied().chain(padding).collect::<Vec<u32>>()
        };
        let hidden = |source: &&[u32]| {
            let len = source.len();
            (0..longest).map(move |at| if at < len { 0.0 } else { f32::NEG_INFINITY })
        };
        let mask: Vec<f32> = sources.iter().flat_map(hidden).collect();
        let mask = Tensor::from_vec(mask, (rows, 1, 1, longest), &self.device)?;
        let bottom = self
            .embed(&self.source, sources.iter().flat_map(padded).collect())?
            .reshape((rows, longest, self.width))?
            .broadcast_add(&self.signals(0..longest)?)?
            .reshape((rows * longest, self.width))?;
        let mut x = self.encoder.start.before(&bottom)?;
        for layer in &self.encoder.layers {
            let input = layer.attention.around.before(&x)?;
            let [keys, values] = layer.attention.memory(&input, rows, self.heads)?;
            x = layer
                .attention
                .forward(&x, &input, [&keys, &values], &mask)?;
            x = layer.feed_forward.forward(&x)?;
        }
        let x = self.encoder.top.after(x, &bottom)?;
        let memory = |layer: &DecoderLayer| {
            let [keys, values] = layer.attention.memory(&x, rows, self.heads)?;
            Ok(Memory {
                keys,
                values,
                cell: Tensor::zeros((rows, self.width), DType::F32, &self.device)?,
            })
        };
        Ok(TensorState {
            rows,
            layers: self
                .decoder
                .layers
                .iter()
                .map(memory)
                .collect::<candle_core::Result<_>>()?,
            mask,
            position: 0,
        })
    }

    fn step(&self, state: &mut TensorState, last: &[u32]) -> Result<Logits> {
        let logits = self.logits(state, last)?;
        Ok(Logits {
            width: logits.dim(1)?,
            data: logits.flatten_all()?.to_vec1()?,
        })
    }

    fn token_id(&self, _: &TensorState, _: usize, column: usize) -> u32 {
        column as u32
    }

    fn step_pick(
        &self,
        state: &mut TensorState,
        last: &[u32],
        wishes: &[RowQuery<'_>],
    ) -> Result<Vec<RowSummary>> {
        let logits = self.logits(state, last)?;
        let isa = Isa::best();
        let is_greedy =
            |wish: &RowQuery<'_>| wish.top <= 1 && !wish.log_sum && wish.hold.is_empty();
        if wishes.iter().all(is_greedy) {
            // What comes back from the device is two numbers a row.
            let columns = logits.argmax(D::Minus1)?.to_vec1::<u32>()?;
            let largest = logits.max(D::Minus1)?.to_vec1::<f32>()?;
            let rows = wishes.iter().zip(columns.into_iter().zip(largest));
            return Ok(rows
                .map(|(wish, (column, logit))| {
                    let mut pick = [RowSummary::new(wish)];
                    pick_columns(isa, &mut pick, &[*wish], column, &mut [logit]);
                    let [pick] = pick;
                    pick
                })
                .collect());
        }
        let mut rows = logits.to_vec2::<f32>()?;
        let rows = rows.iter_mut().zip(wishes);
        Ok(rows.map(|(row, wish)| pick_row(isa, wish, row)).collect())
    }

    fn gather(&self, state: &mut TensorState, rows: &[usize]) -> Result<()> {
        state.rows = rows.len();
        if rows.is_empty() {
            // Devices have no kernels for nothing, and nothing more will be asked.
            return Ok(());
        }
        let rows: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
        let rows = Tensor::from_vec(rows, state.rows, &self.device)?;
        let keep = |x: &mut Tensor| -> candle_core::Result<()> {
            *x = x.index_select(&rows, 0)?;
            Ok(())
        };
        keep(&mut state.mask)?;
        for Memory { keys, values, cell } in &mut state.layers {
            keep(keys)?;
            keep(values)?;
            keep(cell)?;
        }
        Ok(())
    }
}
