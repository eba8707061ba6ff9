//! The model on the CPU, on plain slices: the kernels of [`crate::nn`] with every buffer allocated once.

use crate::decode::{CausalLm, Logits, SeqId, SeqInput, StepCost};
use crate::error::Result;
use crate::nn::attention::{CausalAttention, KvCache, KvType, Run};
use crate::nn::dense::Linear;
use crate::nn::ops::{add, add_rms_norm, gated, rms_norm, rms_norm_in_place, rope};
use crate::nn::pool::Pool;
use crate::nn::quant::{Activations, matmul};

use super::angles::Angles;
use super::config::Config;
use super::sequences::{Row, Sequences};
use super::source::Source;
use super::weights::{Layer, Weights, embed};

/// Rows that go through the layers together; more only take more memory.
const MAX_ROWS: usize = 256;

/// Rows of a task that does little work a row.
const ROWS_A_TASK: usize = 8;

/// Consecutive positions whose attention is one task.
const ATTENTION_ROWS: usize = 16;

/// A decoder-only language model on the CPU.
pub struct CausalModel {
    config: Config,
    weights: Weights,
    kv: KvType,
    pool: Pool,
}

/// Sequences of a [`CausalModel`], and room for its intermediate results.
#[derive(Debug, Default)]
pub struct Cache {
    sequences: Sequences<KvCache>,
    scratch: Scratch,
}

/// Buffers of a pass, `[rows, …]`.
#[derive(Debug, Default)]
struct Scratch {
    activations: Activations,
    /// The residual stream.
    x: Vec<f32>,
    /// What a block adds to it.
    delta: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    attended: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    global: Angles,
    local: Angles,
}

impl Scratch {
    fn set_rows(&mut self, c: &Config, rows: usize) {
        let (q, kv) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        for (buffer, width) in [
            (&mut self.x, c.width),
            (&mut self.delta, c.width),
            (&mut self.query, q),
            (&mut self.key, kv),
            (&mut self.value, kv),
            (&mut self.attended, q),
            (&mut self.gate, c.hidden),
            (&mut self.up, c.hidden),
        ] {
            buffer.resize(rows * width, 0.0);
        }
    }
}

/// Moves the rows listed, in ascending order, to the front.
fn keep_rows(data: &mut [f32], width: usize, rows: &[usize]) {
    for (to, from) in rows.iter().enumerate() {
        data.copy_within(from * width..(from + 1) * width, to * width);
    }
}

impl CausalModel {
    /// Reads the metadata and packs the weights; `threads` threads do this and all later work.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if the architecture isn't supported or a tensor is missing or of the wrong shape.
    pub fn load(source: impl Into<Source>, threads: usize) -> Result<Self> {
        let source = source.into();
        let config = source.config()?;
        let pool = Pool::new(threads);
        let weights = Weights::load(source, &config, &pool)?;
        Ok(Self {
            config,
            weights,
            kv: KvType::default(),
            pool,
        })
    }

    /// The same model with keys and values kept as `kv`.
    pub fn with_kv(self, kv: KvType) -> Self {
        Self { kv, ..self }
    }

    /// The matrices that one step goes through.
    fn linears(&self) -> impl Iterator<Item = &Linear> {
        let layers = self.weights.layers.iter().flat_map(Layer::linears);
        layers.chain([&self.weights.output])
    }

    /// Takes rows through all layers and appends the logits of those that are wanted.
    fn pass(&self, cache: &mut Cache, rows: &[Row], logits: &mut Logits) -> Result<()> {
        let c = &self.config;
        let pool = &self.pool;
        let Cache { sequences, scratch } = cache;
        let s = scratch;
        let mut count = rows.len();
        let wanted: Vec<usize> = (0..count).filter(|&row| rows[row].wanted).collect();
        s.set_rows(c, count);

        let factors = self.weights.rope_factors.as_deref();
        s.global.compute(rows, c.rotated, c.global, factors);
        if let Some(local) = &c.local {
            s.local.compute(rows, c.rotated, local.rope, None);
        }
        let tokens = rows.iter().map(|row| row.token);
        embed(&self.weights.source, tokens, c.embedding_scale, &mut s.x)?;

        for (index, layer) in self.weights.layers.iter().enumerate() {
            normalize(pool, &mut s.activations, &s.x, &layer.attention_norm, c.eps);
            let mut products = [
                layer.query.product(&mut s.query),
                layer.key.product(&mut s.key),
                layer.value.product(&mut s.value),
            ];
            matmul(pool, &s.activations, &mut products);
            self.prepare(index, layer, s, rows.len());
            for (row, (key, value)) in rows.iter().zip(
                s.key
                    .chunks_exact(c.kv_heads * c.head_dim)
                    .zip(s.value.chunks_exact(c.kv_heads * c.head_dim)),
            ) {
                sequences.kv_mut(row).write(index, row.position, key, value);
            }
            self.attend(index, sequences, rows, &s.query, &mut s.attended);
            let width = c.heads * c.head_dim;
            if index + 1 == self.weights.layers.len() {
                // What follows is for the logits only.
                if wanted.is_empty() {
                    return Ok(());
                }
                keep_rows(&mut s.x, c.width, &wanted);
                keep_rows(&mut s.attended, width, &wanted);
                s.set_rows(c, wanted.len());
                count = wanted.len();
            }
            s.activations.fill(pool, count, width, |row, out| {
                out.copy_from_slice(&s.attended[row * width..][..width]);
            });
            matmul(
                pool,
                &s.activations,
                &mut [layer.attention_out.product(&mut s.delta)],
            );
            self.add_delta(&mut s.x, &s.delta, layer.attention_post_norm.as_deref());
            self.feed_forward(layer, s, count);
        }

        normalize(
            pool,
            &mut s.activations,
            &s.x,
            &self.weights.output_norm,
            c.eps,
        );
        let before = logits.data.len();
        logits
            .data
            .resize(before + wanted.len() * self.weights.vocab, 0.0);
        let out = &mut logits.data[before..];
        matmul(
            pool,
            &s.activations,
            &mut [self.weights.output.product(out)],
        );
        Ok(())
    }

    fn feed_forward(&self, layer: &Layer, s: &mut Scratch, rows: usize) {
        let (c, pool) = (&self.config, &self.pool);
        normalize(pool, &mut s.activations, &s.x, &layer.ffn_norm, c.eps);
        let mut products = [layer.gate.product(&mut s.gate), layer.up.product(&mut s.up)];
        matmul(pool, &s.activations, &mut products);
        s.activations.fill(pool, rows, c.hidden, |row, out| {
            let range = row * c.hidden..(row + 1) * c.hidden;
            gated(c.gate, &s.gate[range.clone()], &s.up[range], out);
        });
        matmul(
            pool,
            &s.activations,
            &mut [layer.down.product(&mut s.delta)],
        );
        self.add_delta(&mut s.x, &s.delta, layer.ffn_post_norm.as_deref());
    }

    /// Normalizes, turns and scales queries and keys.
    fn prepare(&self, index: usize, layer: &Layer, s: &mut Scratch, rows: usize) {
        let c = &self.config;
        let angles = match c.local(index) {
            Some(_) => &s.local,
            None => &s.global,
        };
        let rotates = c.rotates(index);
        let turn = |row: usize, heads: &mut [f32], norm: Option<&[f32]>, scale: f32| {
            let (cos, sin) = angles.row(row, c.rotated / 2);
            for head in heads.chunks_exact_mut(c.head_dim) {
                let normalize = |head: &mut [f32]| {
                    if let Some(norm) = norm {
                        rms_norm_in_place(head, norm, c.eps);
                    }
                };
                if !c.norm_after_rope {
                    normalize(head);
                }
                if rotates {
                    rope(head, c.pairs, cos, sin);
                }
                if c.norm_after_rope {
                    normalize(head);
                }
                if scale != 1.0 {
                    head.iter_mut().for_each(|x| *x *= scale);
                }
            }
        };
        let (query_norm, key_norm) = (layer.query_norm.as_deref(), layer.key_norm.as_deref());
        let q = c.heads * c.head_dim;
        let kv = c.kv_heads * c.head_dim;
        let rows_a_task = rows.min(ROWS_A_TASK);
        self.pool
            .for_each_chunk(&mut s.query, rows_a_task * q, |task, chunk| {
                for (row, heads) in chunk.chunks_exact_mut(q).enumerate() {
                    turn(task * rows_a_task + row, heads, query_norm, c.query_scale);
                }
            });
        self.pool
            .for_each_chunk(&mut s.key, rows_a_task * kv, |task, chunk| {
                for (row, heads) in chunk.chunks_exact_mut(kv).enumerate() {
                    turn(task * rows_a_task + row, heads, key_norm, 1.0);
                }
            });
    }

    /// Attention of all rows; `query` and `attended` are `[rows, heads, head_dim]`.
    fn attend(
        &self,
        layer: usize,
        sequences: &Sequences<KvCache>,
        rows: &[Row],
        query: &[f32],
        attended: &mut [f32],
    ) {
        let c = &self.config;
        let mut runs: Vec<Run<'_>> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            match runs.last_mut().map(|run| &mut run.rows) {
                Some(run) if run.len() < ATTENTION_ROWS && rows[run.start].seq == row.seq => {
                    run.end = index + 1;
                }
                _ => runs.push(Run {
                    cache: sequences.kv(row),
                    first: row.position,
                    rows: index..index + 1,
                }),
            }
        }
        let attention = CausalAttention {
            layer,
            window: c.local(layer).map_or(usize::MAX, |local| local.window),
            heads: c.heads,
            queries: query,
        };
        attention.run(&self.pool, &runs, attended);
    }

    /// `x += norm(delta)`
    fn add_delta(&self, x: &mut [f32], delta: &[f32], norm: Option<&[f32]>) {
        let width = self.config.width;
        let part = ROWS_A_TASK * width;
        self.pool.for_each_chunk(x, part, |task, x| {
            let delta = delta[task * part..].chunks_exact(width);
            for (x, delta) in x.chunks_exact_mut(width).zip(delta) {
                match norm {
                    Some(norm) => add_rms_norm(delta, norm, self.config.eps, x),
                    None => add(x, delta),
                }
            }
        });
    }
}

/// Fills `activations` with the normalized rows of `x`.
fn normalize(pool: &Pool, activations: &mut Activations, x: &[f32], weight: &[f32], eps: f32) {
    let width = weight.len();
    activations.fill(pool, x.len() / width, width, |row, out| {
        rms_norm(&x[row * width..][..width], weight, eps, out);
    });
}

impl CausalLm for CausalModel {
    type Cache = Cache;

    fn step_cost(&self) -> Option<StepCost> {
        Some(StepCost {
            bytes: self.linears().map(Linear::bytes).sum(),
            multiply_adds: self.linears().map(|l| l.k() * l.n()).sum(),
        })
    }

    fn vocab_size(&self) -> usize {
        self.weights.vocab
    }

    fn max_positions(&self) -> usize {
        self.config.context
    }

    fn new_cache(&self) -> Result<Cache> {
        Ok(Cache::default())
    }

    fn open(
        &self,
        cache: &mut Cache,
        capacity: usize,
        prefix: Option<(SeqId, usize)>,
    ) -> Result<SeqId> {
        let c = &self.config;
        let kv = KvCache::new(self.kv, c.layers, c.kv_heads, c.head_dim, capacity);
        cache.sequences.open(capacity, kv, prefix, |kv, from, len| {
            kv.copy_prefix(from, len);
            Ok(())
        })
    }

    fn truncate(&self, cache: &mut Cache, seq: SeqId, len: usize) {
        cache.sequences.truncate(seq, len);
    }

    fn close(&self, cache: &mut Cache, seq: SeqId) {
        cache.sequences.close(seq);
    }

    fn forward(&self, cache: &mut Cache, inputs: &[SeqInput<'_>]) -> Result<Logits> {
        let vocab = self.weights.vocab;
        let rows = cache.sequences.rows(inputs, vocab)?;
        let mut logits = Logits {
            data: Vec::new(),
            width: vocab,
        };
        for rows in rows.chunks(MAX_ROWS) {
            self.pass(cache, rows, &mut logits)?;
        }
        cache.sequences.advance(inputs);
        Ok(logits)
    }
}
