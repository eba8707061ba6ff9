//! MetricX-24 (Juraska et al. 2024): mT5 reads a source, a translation and perhaps a reference, and the logit of one token of
//! its first step says how many errors there are, from 0 to 25.

use std::path::Path;
use std::sync::Arc;

use crate::arch::seq2seq::Transformer;
use crate::arch::{Tensors, load_seq2seq};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::{Precision, Workers};
use crate::tokenizer::hf::HfTokenizer;
use crate::weights::checkpoint::Checkpoint;

/// The token whose logit is the score.
const TOKEN: &str = "<extra_id_10>";
/// What the decoder starts with.
const START: u32 = 0;
/// More tokens are cut off, as the authors do; one of these places is for an end that is taken away again.
const MAX_TOKENS: usize = 1536;
/// The worst score.
const WORST: f32 = 25.0;
/// Texts that are read together.
const BATCH: usize = 8;

/// The model with its tokenizer.
pub struct Metricx {
    model: Transformer,
    tokenizer: HfTokenizer,
    token: u32,
}

impl Metricx {
    /// Loads the model in `folder`: `config.json`, weights, and mT5's tokenizer.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] or [`ErrorKind::Unavailable`] if a file is missing; [`ErrorKind::Model`] if one is damaged, or it is
    /// no such model.
    pub fn open(folder: &Path, threads: usize) -> Result<Self> {
        let path = folder.join("config.json");
        let config = std::fs::read(&path).map_err(|error| Error::io("reading", &path, error))?;
        let tokenizer = HfTokenizer::open(folder)?;
        let workers = Arc::new(Workers::new(threads.max(1)));
        let tensors = Tensors::open(&Checkpoint::files_in(folder)?)?;
        let model = load_seq2seq(&config, &tensors, workers, Precision::F32)?;
        let token = tokenizer.id(TOKEN);
        match token.filter(|&id| (id as usize) < model.vocab_size()) {
            Some(token) => Ok(Self {
                model,
                tokenizer,
                token,
            }),
            None => {
                let message = format!("{} is no MetricX: it lacks {TOKEN}", folder.display());
                Err(Error::new(ErrorKind::Model, message)
                    .with_hint("the folder needs the tokenizer of mT5 beside the weights"))
            }
        }
    }

    /// How many errors each translation has; each item is a source, a translation, and perhaps a reference.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if the model fails.
    pub fn score(&self, items: &[(&str, &str, Option<&str>)]) -> Result<Vec<f32>> {
        let mut texts = Vec::with_capacity(items.len());
        for (source, translation, reference) in items {
            let mut text = format!("source: {source} candidate: {translation}");
            if let Some(reference) = reference {
                text = format!("{text} reference: {reference}");
            }
            let mut ids = self.tokenizer.encode(&text)?;
            // Its end.
            ids.pop();
            ids.truncate(MAX_TOKENS - 1);
            texts.push(ids);
        }
        let mut scores = Vec::with_capacity(items.len());
        for some in texts.chunks(BATCH) {
            let some: Vec<&[u32]> = some.iter().map(Vec::as_slice).collect();
            let logits = self.model.first_logits(&some, START, self.token)?;
            scores.extend(logits.into_iter().map(|logit| logit.clamp(0.0, WORST)));
        }
        Ok(scores)
    }
}
