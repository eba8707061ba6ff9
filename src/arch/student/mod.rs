//! Marian's students (Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast Neural Machine
//! Translation"; Bogoychev et al. 2020): a transformer encoder, a decoder whose self-attention is replaced by a simpler
//! simple recurrent unit, 8-bit weights, and an output layer that computes only the tokens of a lexical shortlist.
//! Reference: marian-dev, `src/models/transformer.h`.

mod config;
mod decoder;
mod encoder;
mod layers;
mod state;
mod tensor;

use std::sync::Arc;

use crate::decode::{Logits, RowQuery, RowSummary, Seq2Seq};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::pick_columns;
use crate::nn::int8::Int8Table;
use crate::nn::isa::Isa;
use crate::weights::marian::Checkpoint;
use crate::weights::shortlist::Shortlist;
use config::Config;
use decoder::Decoder;
use encoder::Encoder;
use layers::{Loader, Scratch};
use state::{Source, check_last, check_sources, signal};

pub use state::{State, Vocabulary};
pub use tensor::{TensorState, TensorStudent};

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
    shortlist: Option<Shortlist>,
    vocabulary: Vocabulary,
    isa: Isa,
}

/// The layers of a student: all that can be loaded before its vocabularies are known.
#[derive(Debug)]
pub struct StudentLayers {
    config: Config,
    encoder: Encoder,
    decoder: decoder::Layers,
    isa: Isa,
}

impl StudentLayers {
    /// Loads the layers.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the model isn't a student, lacks a tensor or contradicts itself.
    pub fn load(checkpoint: &Checkpoint, isa: Isa) -> Result<Self> {
        let config = Config::parse(checkpoint.config())?;
        let loader = Loader { checkpoint, isa };
        Ok(Self {
            encoder: Encoder::load(loader, &config)?,
            decoder: decoder::Layers::load(loader, &config)?,
            config,
            isa,
        })
    }
}

impl Student {
    /// Builds a student; without a shortlist all of the vocabulary may be generated.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the model isn't a student, lacks a tensor, contradicts itself, or belongs to other
    /// vocabularies.
    pub fn new(
        checkpoint: &Checkpoint,
        vocabulary: Vocabulary,
        shortlist: Option<Shortlist>,
        isa: Isa,
    ) -> Result<Self> {
        let layers = StudentLayers::load(checkpoint, isa)?;
        Self::from_layers(layers, checkpoint, vocabulary, shortlist)
    }

    /// As [`Student::new`], from layers that were loaded from the same checkpoint.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] as for [`Student::new`].
    pub fn from_layers(
        layers: StudentLayers,
        checkpoint: &Checkpoint,
        mut vocabulary: Vocabulary,
        shortlist: Option<Shortlist>,
    ) -> Result<Self> {
        let StudentLayers {
            config,
            encoder,
            decoder,
            isa,
        } = layers;
        let loader = Loader { checkpoint, isa };
        let sizes = vocabulary.sizes;
        config.check_vocabularies(sizes)?;
        vocabulary.frequent = match &shortlist {
            Some(shortlist) => vocabulary.frequent.max(shortlist.always() as usize),
            None => sizes[1],
        };
        let width = config.dim_emb;
        let [source_size, target_size] = sizes;
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
        Ok(Self {
            width,
            positions: (0..POSITIONS).flat_map(|p| signal(p, width)).collect(),
            encoder,
            decoder: Decoder::load(loader, &config, decoder, &target, vocabulary)?,
            shortlist,
            vocabulary,
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

    /// The tokens that a translation of `source` may use besides the frequent ones.
    fn candidates(&self, source: &[u32]) -> Vec<u32> {
        let first = self.decoder.frequent() as u32;
        match &self.shortlist {
            Some(shortlist) => shortlist.candidates(source, self.vocabulary.shared, first),
            None => (first..self.vocabulary.sizes[1] as u32).collect(),
        }
    }

    /// Embeddings are scaled up so that positions don't drown them.
    fn embedding_factor(&self) -> f32 {
        (self.width as f32).sqrt()
    }
}

impl Seq2Seq for Student {
    type State = State;

    fn encode(&self, sources: &[&[u32]]) -> Result<State> {
        check_sources(sources, self.source.rows())?;
        let mut state = State {
            sources: Vec::with_capacity(sources.len()),
            cells: vec![vec![0.0; sources.len() * self.width]; self.decoder.depth()],
            position: 0,
            scratch: Scratch::default(),
            seen: None,
        };
        let mut chunk = Vec::new();
        let mut tokens = 0;
        for (index, &source) in sources.iter().enumerate() {
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
        let frequent = self.decoder.frequent();
        let others = state.sources.iter().map(|s| s.candidates.rows().len());
        let width = frequent + others.max().unwrap_or(0);
        let mut data = vec![f32::NEG_INFINITY; rows * width];
        let bytes = &state.scratch.bytes;
        let mut first = 0;
        for part in self.decoder.frequent_parts() {
            if let Some(logits) = data.get_mut(first..) {
                part.multiply(self.isa, bytes, logits, width);
            }
            first += part.n();
        }
        for (row, source) in state.sources.iter().enumerate() {
            let others = source.candidates.rows().len();
            let logits = &mut data[row * width + frequent..][..others];
            self.decoder.logits(bytes, row, source, logits);
        }
        Ok(Logits { data, width })
    }

    fn token_id(&self, state: &State, row: usize, column: usize) -> u32 {
        match column.checked_sub(self.decoder.frequent()) {
            None => column as u32,
            Some(other) => state.sources[row].candidates.rows()[other],
        }
    }

    fn column(&self, state: &State, row: usize, token: u32) -> Option<usize> {
        let frequent = self.decoder.frequent();
        match (token as usize) < frequent {
            true => Some(token as usize),
            false => {
                let others = state.sources[row].candidates.rows();
                Some(frequent + others.binary_search(&token).ok()?)
            }
        }
    }

    fn step_pick(
        &self,
        state: &mut State,
        last: &[u32],
        wishes: &[RowQuery<'_>],
    ) -> Result<Vec<RowSummary>> {
        let count = self.run_decoder(state, last)?;
        let mut picks: Vec<RowSummary> = wishes.iter().map(RowSummary::new).collect();
        if wishes.iter().all(RowQuery::is_empty) {
            return Ok(picks);
        }
        let State {
            sources, scratch, ..
        } = state;
        let Scratch { bytes, logits, .. } = scratch;
        let mut first = 0;
        for part in self.decoder.frequent_parts() {
            let width = part.n();
            logits.resize(count * width, 0.0);
            part.multiply(self.isa, bytes, logits, width);
            pick_columns(self.isa, &mut picks, wishes, first, logits);
            first += width as u32;
        }
        // Each row has a number of other candidates of its own, and its sum doesn't depend on its neighbours'.
        for (row, source) in sources.iter().enumerate() {
            logits.resize(source.candidates.rows().len(), 0.0);
            self.decoder.logits(bytes, row, source, logits);
            let (picks, wishes) = (&mut picks[row..=row], &wishes[row..=row]);
            pick_columns(self.isa, picks, wishes, first, logits);
        }
        Ok(picks)
    }

    fn align(&self, sources: &[&[u32]], targets: &[&[u32]]) -> Result<Option<Vec<Vec<f32>>>> {
        let mut state = self.encode(sources)?;
        state.seen = Some(vec![Vec::new(); sources.len()]);
        let longest = targets.iter().map(|target| target.len()).max();
        let mut last = vec![0; targets.len()];
        for step in 0..longest.unwrap_or(0) {
            self.run_decoder(&mut state, &last)?;
            for (last, target) in last.iter_mut().zip(targets) {
                // What a row that is over goes on with is not looked at.
                *last = target.get(step).copied().unwrap_or(0);
            }
        }
        let seen = state.seen.unwrap_or_default();
        let rows = seen.iter().zip(sources).zip(targets);
        let aligned = rows.map(|((seen, source), target)| {
            let steps = seen.chunks_exact(self.decoder.seen_by_step(source.len()));
            let steps = steps.take(target.len());
            let steps = steps.map(|seen| self.decoder.aligned(seen, source.len()));
            steps.flatten().collect()
        });
        Ok(Some(aligned.collect()))
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
            state.sources.push(Arc::new(Source {
                len: source.len(),
                keys,
                values,
                candidates: self.decoder.select(self.candidates(source)),
            }));
        }
    }

    /// Runs the decoder up to the output layer, whose quantized input it leaves in the scratch; says how many rows.
    fn run_decoder(&self, state: &mut State, last: &[u32]) -> Result<usize> {
        let rows = state.sources.len();
        check_last(last, rows, self.target.rows())?;
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
