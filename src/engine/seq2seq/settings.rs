//! How a model searches: `generation_config.json`, or what older models have of it in `config.json`.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::options::Seq2SeqOptions;
use crate::decode::search::{EarlyStopping, Rules, Search};
use crate::error::{Error, ErrorKind, Result};
use crate::weights::Architecture;

/// Where a model's own settings end.
const DEFAULT_LENGTH: usize = 256;

/// The settings of one file.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Settings {
    #[serde(default)]
    model_type: Option<String>,
    decoder_start_token_id: Option<u32>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<Value>,
    pad_token_id: Option<u32>,
    forced_bos_token_id: Option<u32>,
    forced_eos_token_id: Option<Value>,
    num_beams: Option<usize>,
    max_length: Option<usize>,
    min_length: Option<usize>,
    length_penalty: Option<f32>,
    early_stopping: Option<Value>,
    repetition_penalty: Option<f32>,
    no_repeat_ngram_size: Option<usize>,
    bad_words_ids: Option<Vec<Vec<u32>>>,
    task_specific_params: Option<Value>,
}

/// One id or a list of them.
fn ids(value: &Option<Value>) -> Vec<u32> {
    let number = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(number).collect(),
        Some(one) => number(one).into_iter().collect(),
        None => Vec::new(),
    }
}

impl Settings {
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).map_err(|source| Error::io("reading", path, source))?;
        serde_json::from_slice(&text).map_err(|source| {
            let message = format!("{} can't be used", path.display());
            Error::new(ErrorKind::Model, message).with_source(source)
        })
    }

    /// What a text to be summarised starts with, where the model was trained so (T5).
    pub fn summary_prefix(&self) -> String {
        let params = self.task_specific_params.as_ref();
        let prefix = params.and_then(|params| params["summarization"]["prefix"].as_str());
        prefix.unwrap_or_default().to_owned()
    }

    /// The padding of a Marian model: its decoder starts with it, and it must not come again.
    pub fn marian_padding(&self) -> Option<u32> {
        let model_type = self.model_type.as_deref();
        let is_marian =
            model_type.and_then(Architecture::from_model_type) == Some(Architecture::Marian);
        self.pad_token_id.filter(|_| is_marian)
    }

    /// The search that these settings describe; `path` is where they stand.
    pub fn search(&self, options: &Seq2SeqOptions, path: &Path) -> Result<Search> {
        let eos = ids(&self.eos_token_id);
        let start = self
            .decoder_start_token_id
            .or(self.bos_token_id)
            .filter(|_| !eos.is_empty());
        let start = start.ok_or_else(|| {
            let message = format!(
                "{} says neither how outputs start nor how they end",
                path.display()
            );
            Error::new(ErrorKind::Model, message)
                .with_hint("decoder_start_token_id and eos_token_id are needed")
        })?;
        // Only whole words of one token can be forbidden without looking back.
        let words = self.bad_words_ids.iter().flatten();
        let banned = words
            .filter(|word| word.len() == 1)
            .map(|word| word[0])
            .collect();
        let draws = options.sampling.temperature > 0.0;
        let own = self.num_beams.filter(|_| !draws);
        let beams = options.beams.or(own).unwrap_or(1).max(1);
        let max_length = self.max_length.unwrap_or(DEFAULT_LENGTH);
        Ok(Search {
            start,
            eos,
            beams: beams.max(options.n_best),
            n_best: options.n_best,
            length_penalty: self.length_penalty.unwrap_or(1.0),
            log_probs: false,
            early_stopping: match &self.early_stopping {
                Some(Value::Bool(true)) => EarlyStopping::Yes,
                Some(Value::String(never)) if never == "never" => EarlyStopping::Never,
                _ => EarlyStopping::No,
            },
            sampling: options.sampling.clone(),
            rules: Rules {
                repetition_penalty: self.repetition_penalty.unwrap_or(1.0),
                no_repeat_ngram: self.no_repeat_ngram_size.unwrap_or(0),
                // The settings count the start token.
                min_tokens: self.min_length.unwrap_or(0).saturating_sub(1),
                max_tokens: max_length.saturating_sub(1).max(1),
                length_factor: None,
                first: self.forced_bos_token_id,
                last: ids(&self.forced_eos_token_id).first().copied(),
                banned,
            },
        })
    }
}
