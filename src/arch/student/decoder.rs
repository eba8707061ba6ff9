//! The decoder: per layer a recurrent cell, attention over the source, and a feed-forward layer; then the output layer.

use std::sync::Arc;

use crate::arch::student::config::Config;
use crate::arch::student::layers::{self, Affine, FeedForward, Loader, Process, Scratch};
use crate::arch::student::state::{OUTPUT, Source, State, Vocabulary};
use crate::error::Result;
use crate::nn::attention::ordered::{self, Memory, padded};
use crate::nn::int8::{Int8Matrix, Int8Rows, Int8Table, Selection};
use crate::nn::isa::Isa;
use crate::nn::rows;
use crate::weights::marian::Checkpoint;

/// Columns of the output layer whose logits are computed and looked through before the next: so many that those of a
/// batch stay in the nearer caches.
const COLUMNS: usize = 512;

#[derive(Debug)]
pub(super) struct Decoder {
    width: usize,
    heads: usize,
    layers: Layers,
    output: Output,
    isa: Isa,
}

/// All of the decoder that doesn't depend on a vocabulary.
#[derive(Debug)]
pub(super) struct Layers {
    start: Process,
    each: Vec<Layer>,
    /// Keys and values of all layers: layer by layer, keys first.
    memory: Affine,
    top: Process,
}

#[derive(Debug)]
struct Layer {
    /// The cell's input and its forget gate.
    cell: Affine,
    around_cell: Process,
    query: Affine,
    /// `None` if the model has no projection.
    project: Option<Affine>,
    around_attention: Process,
    feed_forward: FeedForward,
}

#[derive(Debug)]
struct Output {
    table: Arc<Int8Table>,
    /// The first, most frequent tokens, which every row computes.
    frequent: Vec<Int8Matrix>,
    /// One a token of the vocabulary.
    bias: Vec<f32>,
    /// What the input is quantized with, where the model says so.
    multiplier: Option<f32>,
}

impl Layers {
    /// Loads the layers.
    pub fn load(loader: Loader<'_>, config: &Config) -> Result<Self> {
        let width = config.dim_emb;
        let context = |i: usize, part: &str| format!("decoder_l{i}_context_{part}");
        let layer = |i: usize| {
            let rnn = format!("decoder_l{i}_rnn");
            let (w, wf, bf) = (format!("{rnn}_W"), format!("{rnn}_Wf"), format!("{rnn}_bf"));
            let affine = |weights: &str, bias: &str| {
                let (weights, bias) = (context(i, weights), context(i, bias));
                Affine::load(loader, width, &[(&weights, Some(&bias), width)])
            };
            Ok(Layer {
                cell: Affine::load(loader, width, &[(&w, None, width), (&wf, Some(&bf), width)])?,
                around_cell: Process::around(loader, config, &format!("{rnn}_ffn"))?,
                query: affine("Wq", "bq")?,
                project: match config.transformer_no_projection {
                    true => None,
                    false => Some(affine("Wo", "bo")?),
                },
                around_attention: Process::around(loader, config, &context(i, "Wo"))?,
                feed_forward: FeedForward::load(
                    loader,
                    config,
                    &format!("decoder_l{i}_ffn"),
                    (
                        config.transformer_decoder_dim_ffn,
                        config.transformer_decoder_ffn_depth,
                    ),
                )?,
            })
        };
        let names: Vec<_> = (1..=config.dec_depth)
            .flat_map(|i| [("Wk", "bk"), ("Wv", "bv")].map(|(w, b)| (context(i, w), context(i, b))))
            .collect();
        let parts: Vec<_> = names
            .iter()
            .map(|(weights, bias)| (weights.as_str(), Some(bias.as_str()), width))
            .collect();
        let (start, top) = Process::ends(loader, config, "decoder")?;
        Ok(Self {
            start,
            each: (1..=config.dec_depth).map(layer).collect::<Result<_>>()?,
            memory: Affine::load(loader, width, &parts)?,
            top,
        })
    }
}

impl Decoder {
    /// Loads the output layer on top of `layers`; `table` holds the target embeddings, and `vocabulary` says what may be
    /// generated.
    pub fn load(
        Loader { checkpoint, isa }: Loader<'_>,
        config: &Config,
        layers: Layers,
        table: &Arc<Int8Table>,
        vocabulary: Vocabulary,
    ) -> Result<Self> {
        Ok(Self {
            width: config.dim_emb,
            heads: config.transformer_heads,
            layers,
            output: Output::load(checkpoint, config, table, vocabulary)?,
            isa,
        })
    }

    /// Number of layers.
    pub fn depth(&self) -> usize {
        self.layers.each.len()
    }

    /// How many weights of attention a step has, over a source of `len` tokens.
    pub fn seen_by_step(&self, len: usize) -> usize {
        self.depth() * self.heads * len
    }

    /// Of the weights of attention of a step, `[layers, heads, len]`, those that tell where its token comes from, one a source
    /// token: the mean of the last layer's heads. Of words that are the same on both sides of 200 lines of FLORES dev, its
    /// heads find 84 to 98%, those of the first layer 0 to 67%.
    pub fn aligned(&self, seen: &[f32], len: usize) -> Vec<f32> {
        let last = &seen[(self.depth() - 1) * self.heads * len..];
        let mean = |at: usize| {
            let heads = last.chunks_exact(len).map(|head| head[at]);
            heads.sum::<f32>() / self.heads as f32
        };
        (0..len).map(mean).collect()
    }

    /// Keys and values of each sentence of the encoder's output `x`.
    pub fn memories(
        &self,
        x: &[f32],
        lengths: &[usize],
        scratch: &mut Scratch,
    ) -> Vec<(Vec<f32>, Vec<f32>)> {
        let width = self.width;
        let Scratch { bytes, product, .. } = scratch;
        let memory = &self.layers.memory;
        memory.forward(x, bytes, product);
        let stride = memory.width();
        let size = width / self.heads;
        let mut first = 0;
        let mut memories = Vec::with_capacity(lengths.len());
        for &len in lengths {
            let rows = &product[first * stride..(first + len) * stride];
            let keys_len = width * padded(len);
            let mut keys = vec![0.0; keys_len * self.depth()];
            for (layer, keys) in keys.chunks_exact_mut(keys_len).enumerate() {
                let rows = &rows[2 * layer * width..];
                ordered::transpose(self.isa, rows, stride, width, keys);
            }
            let mut values = Vec::with_capacity(len * width * self.depth());
            for layer in 0..self.depth() {
                for head in 0..self.heads {
                    let at = (2 * layer + 1) * width + head * size;
                    for row in rows.chunks_exact(stride) {
                        values.extend_from_slice(&row[at..at + size]);
                    }
                }
            }
            memories.push((keys, values));
            first += len;
        }
        memories
    }

    /// Takes the embeddings `x` of the rows' last tokens through all layers, and leaves the output layer's quantized
    /// input in the scratch.
    pub fn forward(&self, x: &mut Vec<f32>, state: &mut State) {
        let Layers {
            start, each, top, ..
        } = &self.layers;
        let bottom = top.adds_input().then(|| x.clone());
        let State {
            sources,
            cells,
            scratch,
            seen,
            ..
        } = state;
        start.apply_before(x);
        for (index, (layer, cell)) in each.iter().zip(cells).enumerate() {
            layer.recur(x, cell, self.isa, scratch);
            self.attend((layer, index), x, sources, scratch, seen);
            layer.feed_forward.run(x, scratch);
        }
        top.after(x, bottom.as_deref().unwrap_or_default());
        scratch
            .bytes
            .quantize(self.isa, x, self.width, self.output.multiplier);
    }

    fn attend(
        &self,
        (layer, index): (&Layer, usize),
        x: &mut Vec<f32>,
        sources: &[Arc<Source>],
        scratch: &mut Scratch,
        seen: &mut Option<Vec<Vec<f32>>>,
    ) {
        let width = self.width;
        let Scratch {
            bytes,
            product,
            out,
            pre,
            weights,
            ..
        } = scratch;
        let input = layer.around_attention.before(x, pre);
        layer.query.forward(input, bytes, product);
        out.resize(x.len(), 0.0);
        let rows = product.chunks_exact(width).zip(out.chunks_exact_mut(width));
        for (row, ((query, out), source)) in rows.zip(sources).enumerate() {
            let size = width * padded(source.len);
            let memory = Memory {
                keys: &source.keys[index * size..][..size],
                values: &source.values[index * source.len * width..],
                stride: width / self.heads,
                head_stride: source.len * (width / self.heads),
                len: source.len,
                heads: self.heads,
                width,
            };
            ordered::attend(self.isa, query, width, memory, out, weights);
            if let Some(seen) = seen {
                let heads = weights.chunks_exact(padded(source.len)).take(self.heads);
                seen[row].extend(heads.flat_map(|head| &head[..source.len]));
            }
        }
        if let Some(project) = &layer.project {
            project.forward(out, bytes, product);
            std::mem::swap(out, product);
        }
        layer.around_attention.after(out, x);
        std::mem::swap(x, out);
    }

    /// How many tokens, from the first on, every row computes.
    pub fn frequent(&self) -> usize {
        self.output.frequent.iter().map(Int8Matrix::n).sum()
    }

    /// What computes their logits from the output layer's input: some columns after the other.
    pub fn frequent_parts(&self) -> &[Int8Matrix] {
        &self.output.frequent
    }

    /// Prepares the output layer for `candidates` beside the frequent tokens.
    pub fn select(&self, candidates: Vec<u32>) -> Selection {
        let Output {
            table,
            bias,
            multiplier,
            ..
        } = &self.output;
        table.select(candidates, bias, *multiplier)
    }

    /// Logits of the other candidates of `source`, given the output layer's input `bytes[row]`.
    pub fn logits(&self, bytes: &Int8Rows, row: usize, source: &Source, logits: &mut [f32]) {
        let table = &self.output.table;
        table.dots(self.isa, bytes, row, &source.candidates, logits);
    }
}

impl Layer {
    fn recur(&self, x: &mut Vec<f32>, cell: &mut [f32], isa: Isa, scratch: &mut Scratch) {
        let Scratch {
            bytes,
            product,
            out,
            pre,
            ..
        } = scratch;
        let input = self.around_cell.before(x, pre);
        self.cell.forward(input, bytes, product);
        out.resize(x.len(), 0.0);
        rows::ssru(isa, product, self.cell.width() / 2, cell, out);
        self.around_cell.after(out, x);
        std::mem::swap(x, out);
    }
}

impl Output {
    fn load(
        checkpoint: &Checkpoint,
        config: &Config,
        target: &Arc<Int8Table>,
        vocabulary: Vocabulary,
    ) -> Result<Self> {
        let size = config.dim_vocabs[1];
        let tied = config.tied_embeddings || config.tied_embeddings_all;
        let table = match tied {
            true => Arc::clone(target),
            false => Arc::new(layers::output(checkpoint, OUTPUT, size, config.dim_emb)?),
        };
        let name = match tied {
            true => config.target_table().to_owned(),
            false => format!("{OUTPUT}_W"),
        };
        // With a shortlist Marian's output matrix has lost its name.
        let multiplier = match checkpoint.activation_multiplier(&name)? {
            Some(multiplier) => Some(multiplier),
            None => checkpoint.activation_multiplier("none")?,
        };
        let mut bias = match config.output_omit_bias {
            true => vec![0.0; size],
            false => checkpoint.floats(&format!("{OUTPUT}_b"), size)?,
        };
        if let Some(banned) = bias.get_mut(vocabulary.banned as usize) {
            *banned = f32::NEG_INFINITY;
        }
        Ok(Self {
            frequent: table.pack(vocabulary.frequent, COLUMNS, &bias, multiplier)?,
            table,
            bias,
            multiplier,
        })
    }
}
