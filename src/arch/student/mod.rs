//! Marian's students (Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast Neural Machine
//! Translation"; Bogoychev et al. 2020): a transformer encoder, a decoder whose self-attention is replaced by a simpler
//! simple recurrent unit, 8-bit weights, and an output layer that computes only the tokens of a lexical shortlist.
//! Reference: marian-dev, `src/models/transformer.h`.

mod config;
mod decoder;
mod encoder;
mod layers;

use std::sync::Arc;

use crate::decode::{Logits, Seq2Seq};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::int8::Int8Table;
use crate::nn::isa::Isa;
use crate::weights::marian::Checkpoint;
use crate::weights::shortlist::Shortlist;
use config::Config;
use decoder::Decoder;
use encoder::Encoder;
use layers::{Loader, Scratch};

/// Positions whose signal is computed when the model loads; later ones are computed when they are needed.
const POSITIONS: usize = 192;

/// Source tokens that go through the encoder together: enough to keep the weights of a layer busy, few enough for the
/// activations to stay in the cache.
const ENCODER_TOKENS: usize = 192;

/// A student's weights.
#[derive(Debug)]
pub struct Student {
    width: usize,
    source: Arc<Int8Table>,
    target: Arc<Int8Table>,
    positions: Vec<f32>,
    encoder: Encoder,
    decoder: Decoder,
    candidates: Candidates,
    isa: Isa,
}

/// Which tokens a translation may use.
#[derive(Debug)]
struct Candidates {
    shortlist: Option<Shortlist>,
    /// Source and target share one vocabulary.
    shared: bool,
    /// Never generated: the unknown token.
    banned: u32,
    /// Target vocabulary.
    count: usize,
}

/// A source sentence, as the decoder sees it.
#[derive(Debug)]
struct Source {
    /// Positions.
    len: usize,
    /// For each decoder layer `[width, padded(len)]`: keys, transposed; one layer after the other.
    keys: Vec<f32>,
    /// `[len, layers * width]`.
    values: Vec<f32>,
    /// Tokens that may be generated, ascending.
    candidates: Vec<u32>,
    /// Bias of each candidate in the output layer.
    bias: Vec<f32>,
}

/// Decoder state of a batch of rows.
#[derive(Debug)]
pub struct State {
    /// The source of each row.
    sources: Vec<Arc<Source>>,
    /// For each decoder layer `[rows, width]`.
    cells: Vec<Vec<f32>>,
    position: usize,
    scratch: Scratch,
}

impl Student {
    /// Builds a student whose vocabularies have the sizes that its tokenizers say. `banned` is a token that is never
    /// generated (the unknown one); `shared` says that source and target share one vocabulary.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the model isn't a student, lacks a tensor, contradicts itself, or belongs to other
    /// vocabularies.
    pub fn new(
        checkpoint: &Checkpoint,
        vocabularies: [usize; 2],
        shared: bool,
        banned: u32,
        shortlist: Option<Shortlist>,
        isa: Isa,
    ) -> Result<Self> {
        let config = Config::parse(checkpoint.config())?;
        if config.dim_vocabs != vocabularies {
            return Err(Error::new(
                ErrorKind::Model,
                format!(
                    "the model is for vocabularies of {:?} pieces, and these have {vocabularies:?}",
                    config.dim_vocabs
                ),
            )
            .with_hint("use the vocabulary files that came with the model"));
        }
        let width = config.dim_emb;
        let [source_size, target_size] = vocabularies;
        let embedding = |name, size| layers::embedding(checkpoint, name, size, width).map(Arc::new);
        let source = embedding(config.source_table(), source_size)?;
        let target = match config.source_table() == config.target_table() {
            true => Arc::clone(&source),
            false => embedding(config.target_table(), target_size)?,
        };
        if source.rows() < source_size || target.rows() < target_size {
            return Err(Error::new(
                ErrorKind::Model,
                "the model's embedding tables are smaller than its vocabularies",
            ));
        }
        let loader = Loader { checkpoint, isa };
        Ok(Self {
            width,
            positions: (0..POSITIONS).flat_map(|p| signal(p, width)).collect(),
            encoder: Encoder::load(loader, &config)?,
            decoder: Decoder::load(loader, &config, &target)?,
            candidates: Candidates {
                shortlist,
                shared,
                banned,
                count: target_size,
            },
            source,
            target,
            isa,
        })
    }

    /// Adds the signal of `position` to a row.
    fn add_position(&self, position: usize, row: &mut [f32]) {
        let known = self.positions.chunks_exact(self.width).nth(position);
        match known {
            Some(signal) => row.iter_mut().zip(signal).for_each(|(x, s)| *x += s),
            None => {
                let signal = signal(position, self.width);
                row.iter_mut().zip(signal).for_each(|(x, s)| *x += s);
            }
        }
    }

    /// Embeddings are scaled up so that positions don't drown them.
    fn embedding_factor(&self) -> f32 {
        (self.width as f32).sqrt()
    }
}

impl Candidates {
    fn of(&self, source: &[u32]) -> Vec<u32> {
        let mut candidates = match &self.shortlist {
            Some(shortlist) => shortlist.columns(source, self.shared),
            None => (0..self.count as u32).collect(),
        };
        candidates.retain(|&token| token != self.banned);
        candidates
    }
}

/// Sinusoidal position signal: sines in the first half, cosines in the second, as Marian lays them out.
fn signal(position: usize, width: usize) -> impl Iterator<Item = f32> {
    let half = width / 2;
    let step = 10_000f32.ln() / (half as f32 - 1.0);
    (0..width).map(move |i| {
        let angle = position as f32 * ((i % half) as f32 * -step).exp();
        if i < half { angle.sin() } else { angle.cos() }
    })
}

impl Seq2Seq for Student {
    type State = State;

    fn encode(&self, sources: &[&[u32]]) -> Result<State> {
        let mut state = State {
            sources: Vec::with_capacity(sources.len()),
            cells: vec![vec![0.0; sources.len() * self.width]; self.decoder.depth()],
            position: 0,
            scratch: Scratch::default(),
        };
        let mut chunk = Vec::new();
        let mut tokens = 0;
        for (index, &source) in sources.iter().enumerate() {
            let known = |&token: &u32| (token as usize) < self.source.rows();
            if source.is_empty() || !source.iter().all(known) {
                return Err(Error::new(
                    ErrorKind::Inference,
                    format!("sentence {index} of the batch is empty or has unknown token ids"),
                ));
            }
            chunk.push(source);
            tokens += source.len();
            let is_last = index + 1 == sources.len();
            if is_last || tokens + sources[index + 1].len() > ENCODER_TOKENS {
                self.encode_chunk(&chunk, tokens, &mut state);
                chunk.clear();
                tokens = 0;
            }
        }
        Ok(state)
    }

    fn step(&self, state: &mut State, last: &[u32]) -> Result<Logits> {
        let rows = self.run_decoder(state, last)?;
        let width = state.sources.iter().map(|s| s.candidates.len()).max();
        let width = width.unwrap_or(0);
        let mut data = vec![f32::NEG_INFINITY; rows * width];
        for (row, source) in state.sources.iter().enumerate() {
            let logits = &mut data[row * width..][..source.candidates.len()];
            self.decoder
                .logits(&state.scratch.bytes, row, source, logits);
        }
        Ok(Logits { data, width })
    }

    fn token_id(&self, state: &State, row: usize, column: usize) -> u32 {
        state.sources[row].candidates[column]
    }

    fn best(&self, state: &mut State, last: &[u32]) -> Result<Vec<u32>> {
        let rows = self.run_decoder(state, last)?;
        let State {
            sources, scratch, ..
        } = state;
        let logits = &mut scratch.out;
        let mut best = Vec::with_capacity(rows);
        for (row, source) in sources.iter().enumerate() {
            logits.resize(source.candidates.len(), 0.0);
            self.decoder.logits(&scratch.bytes, row, source, logits);
            best.push(source.candidates[crate::nn::rows::argmax(self.isa, logits)]);
        }
        Ok(best)
    }

    fn gather(&self, state: &mut State, rows: &[usize]) -> Result<()> {
        state.sources = rows
            .iter()
            .map(|&row| Arc::clone(&state.sources[row]))
            .collect();
        for cell in &mut state.cells {
            *cell = rows
                .iter()
                .flat_map(|&row| &cell[row * self.width..][..self.width])
                .copied()
                .collect();
        }
        Ok(())
    }
}

impl Student {
    fn encode_chunk(&self, chunk: &[&[u32]], tokens: usize, state: &mut State) {
        let width = self.width;
        let mut x = vec![0.0; tokens * width];
        let mut rows = x.chunks_exact_mut(width);
        for &source in chunk {
            for ((position, &token), row) in source.iter().enumerate().zip(&mut rows) {
                self.source
                    .read(token as usize, self.embedding_factor(), row);
                self.add_position(position, row);
            }
        }
        let lengths: Vec<usize> = chunk.iter().map(|source| source.len()).collect();
        self.encoder.forward(&mut x, &lengths, &mut state.scratch);
        let memories = self.decoder.memories(&x, &lengths, &mut state.scratch);
        for (source, (keys, values)) in chunk.iter().zip(memories) {
            let candidates = self.candidates.of(source);
            state.sources.push(Arc::new(Source {
                len: source.len(),
                keys,
                values,
                bias: self.decoder.bias_of(&candidates),
                candidates,
            }));
        }
    }

    /// Runs the decoder up to the output layer, whose quantized input it leaves in the scratch; says how many rows.
    fn run_decoder(&self, state: &mut State, last: &[u32]) -> Result<usize> {
        let rows = state.sources.len();
        let known = |&token: &u32| (token as usize) < self.target.rows();
        if last.len() != rows || !last.iter().all(known) {
            return Err(Error::new(
                ErrorKind::Inference,
                "the previous tokens don't fit the batch",
            ));
        }
        let mut x = vec![0.0; rows * self.width];
        for (row, &token) in x.chunks_exact_mut(self.width).zip(last) {
            // Decoding starts from nothing: the first step's embedding is zero.
            if state.position > 0 {
                self.target
                    .read(token as usize, self.embedding_factor(), row);
            }
            self.add_position(state.position, row);
        }
        self.decoder.forward(&mut x, state);
        state.position += 1;
        Ok(rows)
    }
}
