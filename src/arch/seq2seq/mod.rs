//! The transformer encoder–decoder (Vaswani et al. 2017) on the CPU, one implementation for every family: Marian, BART,
//! mBART, M2M100 and Pegasus differ in what `load` puts into a [`Transformer`], and so does T5 (`arch::t5`).
//!
//! A batch is ragged: the tokens of all sources lie one after the other, so that there is no padding to compute or mask.

mod config;
mod load;
mod outputs;
mod positions;
mod state;

use std::sync::Arc;

pub use config::Config;
pub(super) use load::WeightReader;
pub(super) use positions::{Positions, RelativeBias};
pub use state::State;

use crate::decode::{Logits, RowQuery, RowSummary, Seq2Seq};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::gathered::{Gathered, attend};
use crate::nn::dense::{Activation, Linear, Norm, Then, Workers, multiply};
use state::Buffers;

/// An encoder–decoder model: weights only. State lives outside, in [`State`].
pub struct Transformer {
    pub(super) workers: Arc<Workers>,
    pub(super) shape: Shape,
    /// Token embeddings: a column a token. The three may be one.
    pub(super) source_embedding: Arc<Linear>,
    pub(super) target_embedding: Arc<Linear>,
    /// The output layer, with its bias.
    pub(super) head: Arc<Linear>,
    /// What the decoder's output is multiplied with before the output layer; 1 but in T5.
    pub(super) head_scale: f32,
    pub(super) encoder: Stack<EncoderLayer>,
    pub(super) decoder: Stack<DecoderLayer>,
}

/// Sizes that the whole model shares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Width of the hidden states.
    pub width: usize,
    /// Width of keys, queries and values: all heads together.
    pub inner: usize,
    /// What embeddings are multiplied with.
    pub embedding_scale: f32,
    /// What a product of query and key is multiplied with.
    pub attention_scale: f32,
    /// Whether a norm comes before its sub-layer rather than after the sum.
    pub norm_first: bool,
}

/// The encoder or the decoder.
pub(super) struct Stack<L> {
    pub heads: usize,
    pub positions: Positions,
    /// Normalises embeddings (BART).
    pub embedding_norm: Option<Norm>,
    /// T5's relative positions, shared by all layers.
    pub relative: Option<RelativeBias>,
    pub layers: Vec<L>,
    /// Normalises the output, where norms come first.
    pub last_norm: Option<Norm>,
}

pub(super) struct EncoderLayer {
    pub attention: SelfAttention,
    pub feed_forward: FeedForward,
}

pub(super) struct DecoderLayer {
    pub attention: SelfAttention,
    pub cross: CrossAttention,
    pub feed_forward: FeedForward,
}

pub(super) struct SelfAttention {
    pub norm: Norm,
    /// `[width, 3 * inner]`: queries, keys, values.
    pub qkv: Linear,
    /// `[inner, width]`.
    pub out: Linear,
}

pub(super) struct CrossAttention {
    pub norm: Norm,
    /// `[width, inner]`.
    pub query: Linear,
    /// `[width, 2 * inner]`: keys, values.
    pub kv: Linear,
    /// `[inner, width]`.
    pub out: Linear,
}

pub(super) struct FeedForward {
    pub norm: Norm,
    pub up: Linear,
    /// What the activated product is multiplied with, in gated networks (Shazeer 2020).
    pub gate: Option<Linear>,
    pub activation: Activation,
    pub down: Linear,
}

impl Transformer {
    /// The width of the logits.
    pub fn vocab_size(&self) -> usize {
        self.head.n()
    }

    /// How many tokens a source can be made of.
    pub fn source_vocab_size(&self) -> usize {
        self.source_embedding.n()
    }

    /// The largest number of source tokens, where positions end.
    pub fn max_source(&self) -> Option<usize> {
        self.encoder.positions.len()
    }

    /// The largest number of target tokens, where positions end.
    pub fn max_target(&self) -> Option<usize> {
        self.decoder.positions.len()
    }

    /// Bytes of all packed weights.
    pub fn weight_bytes(&self) -> usize {
        let mut embeddings = vec![&self.source_embedding, &self.target_embedding, &self.head];
        embeddings.sort_by_key(|one| Arc::as_ptr(one));
        embeddings.dedup_by_key(|one| Arc::as_ptr(one));
        let feed = |feed: &FeedForward| {
            feed.up.bytes() + feed.down.bytes() + feed.gate.as_ref().map_or(0, Linear::bytes)
        };
        let own = |attention: &SelfAttention| attention.qkv.bytes() + attention.out.bytes();
        let encoder = self
            .encoder
            .layers
            .iter()
            .map(|layer| own(&layer.attention) + feed(&layer.feed_forward));
        let decoder = self.decoder.layers.iter().map(|layer| {
            let cross =
                layer.cross.query.bytes() + layer.cross.kv.bytes() + layer.cross.out.bytes();
            own(&layer.attention) + cross + feed(&layer.feed_forward)
        });
        embeddings.iter().map(|one| one.bytes()).sum::<usize>()
            + encoder.sum::<usize>()
            + decoder.sum::<usize>()
    }

    fn embed(
        &self,
        embedding: &Linear,
        positions: &Positions,
        norm: Option<&Norm>,
        tokens: &[(u32, usize)],
        x: &mut Vec<f32>,
    ) -> Result<()> {
        for &(token, position) in tokens {
            if token as usize >= embedding.n() {
                let message = format!(
                    "token {token} is outside the vocabulary of {}",
                    embedding.n()
                );
                return Err(Error::new(ErrorKind::Inference, message)
                    .with_hint("the tokenizer doesn't belong to the weights"));
            }
            if let Some(len) = positions.len()
                && position >= len
            {
                let message =
                    format!("the text has more tokens than the model has positions ({len})");
                return Err(Error::new(ErrorKind::Inference, message).with_hint("split the text"));
            }
        }
        x.clear();
        x.resize(tokens.len() * self.shape.width, 0.0);
        self.workers.for_each_row(x, self.shape.width, |row, x| {
            let (token, position) = tokens[row];
            embedding.column(token as usize, self.shape.embedding_scale, x);
            positions.add(position, x);
        });
        if let Some(norm) = norm {
            norm.apply(&self.workers, x);
        }
        Ok(())
    }

    /// One sub-layer: `run` gets its input and adds its output to `x`, with the norm before or after.
    fn sub_layer(
        &self,
        norm: &Norm,
        x: &mut [f32],
        y: &mut Vec<f32>,
        run: impl FnOnce(&[f32], &mut [f32]),
    ) {
        y.clear();
        y.extend_from_slice(x);
        if self.shape.norm_first {
            norm.apply(&self.workers, y);
        }
        run(y, x);
        if !self.shape.norm_first {
            norm.apply(&self.workers, x);
        }
    }

    fn feed_forward(&self, layer: &FeedForward, buffers: &mut Buffers) {
        let Buffers {
            x,
            y,
            hidden,
            gate,
            scratch,
            ..
        } = buffers;
        self.sub_layer(&layer.norm, x, y, |y, x| {
            let rows = y.len() / self.shape.width;
            let workers = &self.workers;
            resize(hidden, rows * layer.up.n());
            layer.up.apply(
                workers,
                y,
                hidden,
                Then::Activate(layer.activation),
                scratch,
            );
            if let Some(weights) = &layer.gate {
                resize(gate, rows * weights.n());
                weights.apply(workers, y, gate, Then::Store, scratch);
                multiply(hidden, gate);
            }
            layer.down.apply(workers, hidden, x, Then::Add, scratch);
        });
    }

    /// Runs the encoder; the output is `buffers.x`. `each` sees the embeddings and what each layer makes of them.
    fn encode_into(
        &self,
        sources: &[&[u32]],
        buffers: &mut Buffers,
        each: &mut dyn FnMut(&[f32]),
    ) -> Result<()> {
        let (inner, stack) = (self.shape.inner, &self.encoder);
        let tokens: Vec<(u32, usize)> = sources
            .iter()
            .flat_map(|source| source.iter().enumerate().map(|(at, &id)| (id, at)))
            .collect();
        // For each token, the tokens of its sentence.
        let all: Vec<u32> = (0..tokens.len() as u32).collect();
        let mut sentences = Vec::with_capacity(tokens.len());
        for source in sources {
            let first = sentences.len();
            sentences.extend(std::iter::repeat_n(
                first..first + source.len(),
                source.len(),
            ));
        }
        self.embed(
            &self.source_embedding,
            &stack.positions,
            stack.embedding_norm.as_ref(),
            &tokens,
            &mut buffers.x,
        )?;
        each(&buffers.x);
        for layer in &stack.layers {
            let Buffers {
                x,
                y,
                projected,
                attended,
                scratch,
                ..
            } = &mut *buffers;
            self.sub_layer(&layer.attention.norm, x, y, |y, x| {
                resize(projected, tokens.len() * 3 * inner);
                layer
                    .attention
                    .qkv
                    .apply(&self.workers, y, projected, Then::Store, scratch);
                resize(attended, tokens.len() * inner);
                self.workers.for_each_row(attended, inner, |row, out| {
                    let sentence = sentences[row].clone();
                    let bias = stack.relative.as_ref().map(|relative| {
                        let at = row - sentence.start;
                        relative.of(
                            (0..sentence.len()).map(|key| key as i64 - at as i64),
                            sentence.len(),
                        )
                    });
                    let attention = Gathered {
                        memory: projected,
                        stride: 3 * inner,
                        keys: inner,
                        values: 2 * inner,
                        rows: &all[sentence],
                        heads: stack.heads,
                        scale: self.shape.attention_scale,
                        bias: bias.as_deref(),
                    };
                    let query = &projected[row * 3 * inner..][..inner];
                    attend(self.workers.isa(), query, attention, out, &mut Vec::new());
                });
                layer
                    .attention
                    .out
                    .apply(&self.workers, attended, x, Then::Add, scratch);
            });
            self.feed_forward(&layer.feed_forward, buffers);
            each(&buffers.x);
        }
        if let Some(norm) = &stack.last_norm {
            norm.apply(&self.workers, &mut buffers.x);
        }
        Ok(())
    }

    /// One decoder step up to the output layer; what goes into it is `state.buffers.x`, `[rows, width]`.
    fn decode(&self, state: &mut State, last: &[u32]) -> Result<()> {
        let stack = &self.decoder;
        let rows = state.rows();
        if last.len() != rows {
            let message = format!("{} tokens for {rows} hypotheses", last.len());
            return Err(Error::new(ErrorKind::Inference, message));
        }
        let position = state.position;
        let tokens: Vec<_> = last.iter().map(|&token| (token, position)).collect();
        let norm = stack.embedding_norm.as_ref();
        self.embed(
            &self.target_embedding,
            &stack.positions,
            norm,
            &tokens,
            &mut state.buffers.x,
        )?;
        let bias = stack.relative.as_ref().map(|relative| {
            relative.of(
                (0..=position).map(|key| key as i64 - position as i64),
                position + 1,
            )
        });
        state.grow();
        for index in 0..stack.layers.len() {
            self.decode_layer(index, rows, bias.as_deref(), state);
        }
        state.position += 1;
        let x = &mut state.buffers.x;
        if let Some(norm) = &stack.last_norm {
            norm.apply(&self.workers, x);
        }
        if self.head_scale != 1.0 {
            x.iter_mut().for_each(|x| *x *= self.head_scale);
        }
        Ok(())
    }

    /// One layer of the decoder; `bias` is added to the scores of what was said so far.
    fn decode_layer(&self, index: usize, rows: usize, bias: Option<&[f32]>, state: &mut State) {
        let (inner, stack) = (self.shape.inner, &self.decoder);
        let layer = &stack.layers[index];
        let (cache, cross, paths, buffers) = state.parts(index);
        let Buffers {
            x,
            y,
            projected,
            attended,
            scratch,
            ..
        } = &mut *buffers;
        resize(attended, rows * inner);
        self.sub_layer(&layer.attention.norm, x, y, |y, x| {
            resize(projected, rows * 3 * inner);
            layer
                .attention
                .qkv
                .apply(&self.workers, y, projected, Then::Store, scratch);
            for row in projected.chunks_exact(3 * inner) {
                cache.extend_from_slice(&row[inner..]);
            }
            self.workers.for_each_row(attended, inner, |row, out| {
                let attention = Gathered {
                    memory: cache,
                    stride: 2 * inner,
                    keys: 0,
                    values: inner,
                    rows: &paths.own[row],
                    heads: stack.heads,
                    scale: self.shape.attention_scale,
                    bias,
                };
                let query = &projected[row * 3 * inner..][..inner];
                attend(self.workers.isa(), query, attention, out, &mut Vec::new());
            });
            layer
                .attention
                .out
                .apply(&self.workers, attended, x, Then::Add, scratch);
        });
        self.sub_layer(&layer.cross.norm, x, y, |y, x| {
            resize(projected, rows * inner);
            layer
                .cross
                .query
                .apply(&self.workers, y, projected, Then::Store, scratch);
            self.workers.for_each_row(attended, inner, |row, out| {
                let attention = Gathered {
                    memory: cross,
                    stride: 2 * inner,
                    keys: 0,
                    values: inner,
                    rows: paths.source(row),
                    heads: stack.heads,
                    scale: self.shape.attention_scale,
                    bias: None,
                };
                let query = &projected[row * inner..][..inner];
                attend(self.workers.isa(), query, attention, out, &mut Vec::new());
            });
            layer
                .cross
                .out
                .apply(&self.workers, attended, x, Then::Add, scratch);
        });
        self.feed_forward(&layer.feed_forward, buffers);
    }
}

/// Makes room for a product, which overwrites what is there.
fn resize(buffer: &mut Vec<f32>, len: usize) {
    buffer.resize(len, 0.0);
}

impl Seq2Seq for Transformer {
    type State = State;

    fn encode(&self, sources: &[&[u32]]) -> Result<State> {
        if sources.iter().any(|source| source.is_empty()) {
            return Err(Error::new(
                ErrorKind::Inference,
                "a source without tokens can't be encoded",
            ));
        }
        let mut buffers = Buffers::default();
        self.encode_into(sources, &mut buffers, &mut |_| {})?;
        let tokens: usize = sources.iter().map(|source| source.len()).sum();
        let cross = self
            .decoder
            .layers
            .iter()
            .map(|layer| {
                let mut kv = vec![0.0; tokens * 2 * self.shape.inner];
                layer.cross.kv.apply(
                    &self.workers,
                    &buffers.x,
                    &mut kv,
                    Then::Store,
                    &mut buffers.scratch,
                );
                kv
            })
            .collect();
        // The encoder's buffers are as long as all sources together, the decoder's as the number of rows.
        Ok(State::new(sources, cross, 2 * self.shape.inner))
    }

    fn step(&self, state: &mut State, last: &[u32]) -> Result<Logits> {
        self.decode(state, last)?;
        let Buffers { x, scratch, .. } = &mut state.buffers;
        let width = self.head.n();
        let mut data = vec![0.0; last.len() * width];
        self.head
            .apply(&self.workers, x, &mut data, Then::Store, scratch);
        Ok(Logits { data, width })
    }

    fn step_pick(
        &self,
        state: &mut State,
        last: &[u32],
        wishes: &[RowQuery<'_>],
    ) -> Result<Vec<RowSummary>> {
        self.decode(state, last)?;
        let Buffers { x, scratch, .. } = &mut state.buffers;
        if wishes.iter().all(RowQuery::is_empty) {
            return Ok(wishes.iter().map(RowSummary::new).collect());
        }
        Ok(self.head.pick(&self.workers, x, wishes, scratch))
    }

    fn token_id(&self, _state: &State, _row: usize, column: usize) -> u32 {
        column as u32
    }

    fn gather(&self, state: &mut State, rows: &[usize]) -> Result<()> {
        state.gather(rows)
    }
}
