//! Sentence embeddings across languages, and what they say about a translation.
//!
//! multilingual-e5-small (Wang et al. 2024) puts a sentence and its translation close together. The cosine of the two
//! falls when content is dropped, added or swapped for other content. It hardly moves for a changed number or a lost
//! negation: those are for the rules of [`crate::checks`]. Figures are at [`crate::checks::meaning`].

mod unigram;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::arch::bert::Bert;
use crate::error::Result;
use crate::text::{Span, words};
use crate::weights::e5::Packed;

use unigram::Unigram;

/// What the model was trained to see before a text in symmetric tasks (model card).
const PREFIX: &str = "query: ";
/// The most tokens that go through the model at once, so that what is computed stays in the caches.
const BATCH_TOKENS: usize = 512;

/// Turns texts into vectors.
pub struct Embedder {
    bert: Bert,
    unigram: Unigram,
}

impl Embedder {
    /// Loads a packed file (see [`crate::weights::e5`]) to run on `threads` threads.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] or [`crate::ErrorKind::Model`], as [`Packed::open`] and [`Bert::load`] have them.
    pub fn open(path: &Path, threads: usize) -> Result<Self> {
        Self::load(Packed::open(path)?, threads)
    }

    fn load(packed: Packed, threads: usize) -> Result<Self> {
        Ok(Self {
            bert: Bert::load(packed.config, packed.tensors, threads)?,
            unigram: Unigram::new(packed.vocabulary),
        })
    }

    /// Width of an embedding.
    pub fn dim(&self) -> usize {
        self.bert.hidden()
    }

    /// How many tokens the model reads of a text.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.unigram.encode(&format!("{PREFIX}{text}")).len() + 2
    }

    /// One vector of length 1 a text, in the same order. A text
    /// longer than the model's window is embedded in pieces, whose mean counts by their tokens.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Inference`] if a kernel fails.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let window = self.bert.max_positions() - 2;
        // (text, weight, ids)
        let mut pieces: Vec<(usize, f32, Vec<u32>)> = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let ids = self.unigram.encode(&format!("{PREFIX}{text}"));
            for piece in ids.chunks(window) {
                let mut sequence = Vec::with_capacity(piece.len() + 2);
                sequence.push(self.unigram.start());
                sequence.extend(piece);
                sequence.push(self.unigram.end());
                pieces.push((i, piece.len() as f32, sequence));
            }
        }
        let mut embeddings = vec![vec![0.0; self.dim()]; texts.len()];
        let mut rest = &pieces[..];
        while !rest.is_empty() {
            let mut tokens = 0;
            let fits = rest.iter().take_while(|(_, _, ids)| {
                tokens += ids.len();
                tokens <= BATCH_TOKENS
            });
            let (batch, after) = rest.split_at(fits.count().max(1));
            let sequences: Vec<&[u32]> = batch.iter().map(|(_, _, ids)| &ids[..]).collect();
            for ((text, weight, _), state) in batch.iter().zip(self.bert.mean_states(&sequences)?) {
                let sum = &mut embeddings[*text];
                sum.iter_mut()
                    .zip(state)
                    .for_each(|(sum, value)| *sum += weight * value);
            }
            rest = after;
        }
        embeddings
            .iter_mut()
            .for_each(|embedding| normalise(embedding));
        Ok(embeddings)
    }
}

/// A piece of a text as the model sees it.
struct Piece {
    /// Where it stands; the whole word where its own place isn't known.
    span: Span,
    /// Its state, `[dim]`.
    state: Vec<f32>,
}

/// How near the words of two texts are to each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// The cosine of both texts' embeddings, as [`adequacy`].
    pub whole: f32,
    /// For each word of the source ([`words`]) the cosine with the nearest word of the translation.
    pub source: Vec<f32>,
    /// For each word of the translation the cosine with the nearest word of the source.
    pub target: Vec<f32>,
    /// For each word of the source which word of the translation is the nearest; empty if there is none.
    pub nearest: Vec<usize>,
}

/// After so many layers the states of words that mean the same are nearest to each other across languages; later ones are
/// about the whole sentence.
const WORD_LAYERS: usize = 8;

impl Embedder {
    /// Compares both sides of each pair, source first, as wholes and word by word.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Inference`] if a kernel fails.
    pub fn compare(&self, pairs: &[(&str, &str)]) -> Result<Vec<Likeness>> {
        let texts: Vec<&str> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        let wholes = self.embed(&texts)?;
        let parts = self.words(&texts)?;
        let likeness = (0..pairs.len()).map(|i| {
            let (a, b) = (&parts[2 * i], &parts[2 * i + 1]);
            Likeness {
                whole: adequacy(&wholes[2 * i], &wholes[2 * i + 1]),
                source: cosines(a, b),
                target: cosines(b, a),
                nearest: nearest(a, b).map(|(at, _)| at).collect(),
            }
        });
        Ok(likeness.collect())
    }

    /// One vector of length 1 for each word of each text: the mean of its pieces.
    fn words(&self, texts: &[&str]) -> Result<Vec<Vec<Vec<f32>>>> {
        let pieces = self.pieces(texts, WORD_LAYERS.min(self.bert.layers()))?;
        let vectors = texts.iter().zip(pieces).map(|(text, pieces)| {
            let vector = |word: Span| {
                let mut sum = vec![0.0; self.dim()];
                let over =
                    |piece: &&Piece| piece.span.start < word.end && word.start < piece.span.end;
                for piece in pieces.iter().filter(over) {
                    sum.iter_mut().zip(&piece.state).for_each(|(a, b)| *a += b);
                }
                normalise(&mut sum);
                sum
            };
            words(text).map(vector).collect()
        });
        Ok(vectors.collect())
    }

    /// The pieces of each text in order, with their states after the first `layers` layers.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Inference`] if a kernel fails.
    fn pieces(&self, texts: &[&str], layers: usize) -> Result<Vec<Vec<Piece>>> {
        let prefix = self.unigram.encode(PREFIX);
        let window = self.bert.max_positions() - 2 - prefix.len();
        let dim = self.dim();
        let mut all = Vec::with_capacity(texts.len());
        for text in texts {
            let located = self.unigram.locate(text);
            let mut pieces = Vec::with_capacity(located.len());
            for part in located.chunks(window) {
                let ids = part.iter().map(|(id, _)| *id);
                let mut sequence = vec![self.unigram.start()];
                sequence.extend(&prefix);
                sequence.extend(ids);
                sequence.push(self.unigram.end());
                let states = self.bert.states(&[&sequence], layers)?;
                let states = states.chunks_exact(dim).skip(1 + prefix.len());
                pieces.extend(part.iter().zip(states).map(|((_, span), state)| Piece {
                    span: *span,
                    state: state.to_vec(),
                }));
            }
            all.push(pieces);
        }
        Ok(all)
    }
}

/// For each vector of `these` the nearest one of `those`, and the cosine; nothing if there is none.
fn nearest<'v>(
    these: &'v [Vec<f32>],
    those: &'v [Vec<f32>],
) -> impl Iterator<Item = (usize, f32)> + 'v {
    these.iter().filter_map(|one| {
        let cosines = those.iter().map(|other| adequacy(one, other)).enumerate();
        cosines.max_by(|a, b| a.1.total_cmp(&b.1))
    })
}

/// The greatest cosine of each vector of `these` with one of `those`; 0 if there is none or it is negative.
fn cosines(these: &[Vec<f32>], those: &[Vec<f32>]) -> Vec<f32> {
    let mut cosines: Vec<f32> = nearest(these, those)
        .map(|(_, near)| near.max(0.0))
        .collect();
    cosines.resize(these.len(), 0.0);
    cosines
}

fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
    vector.iter_mut().for_each(|x| *x /= length);
}

/// How much of the source's meaning the translation has, by their embeddings: the cosine. For this model nothing is
/// ever near 0: unrelated sentences have about 0.8, faithful translations 0.9 and more. To be judged by
/// [`crate::checks::meaning`].
pub fn adequacy(source: &[f32], target: &[f32]) -> f32 {
    source.iter().zip(target).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::e5;

    #[test]
    fn batches_windows_and_lengths() {
        let packed = Packed::parse(e5::tests::small()).unwrap();
        let embedder = Embedder::load(packed, 2).unwrap();
        let long = "abc ".repeat(40);
        let texts = ["ab", &long, "", "c a b"];
        let together = embedder.embed(&texts).unwrap();
        for (text, expected) in texts.iter().zip(&together) {
            let alone = &embedder.embed(&[text]).unwrap()[0];
            assert!((adequacy(alone, expected) - 1.0).abs() < 1e-4);
            assert!((adequacy(expected, expected) - 1.0).abs() < 1e-5);
        }
        assert!(adequacy(&together[0], &together[3]) < 0.9999);
        assert!(embedder.embed(&[]).unwrap().is_empty());
    }
}
