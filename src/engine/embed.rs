//! Sentence embeddings across languages, and what they say about a translation.
//!
//! multilingual-e5-small (Wang et al. 2024) puts a sentence and its translation close together. The cosine of the two
//! falls when content is dropped, added or swapped for other content. It hardly moves for a changed number or a lost
//! negation: those are for the rules of [`crate::checks`]. Figures are at [`crate::checks::meaning`].

mod unigram;

use std::path::Path;

use crate::arch::bert::Bert;
use crate::error::Result;
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
