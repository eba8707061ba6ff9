//! Which rules a search follows.

use crate::decode::processors::{
    BannedTokens, ForcedFirst, ForcedLast, MinTokens, NoRepeatNgram, Processors, RepetitionPenalty,
};

/// How long an output may become by the length of its source, as Marian's `max-length-factor`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LengthFactor {
    /// Tokens a source token.
    pub factor: f32,
    /// Tokens besides, so that short outputs aren't cut.
    pub allowance: usize,
}

/// What may come next.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Divides positive and multiplies negative logits of tokens already generated (CTRL, Keskar et al. 2019); 1 is
    /// off.
    pub repetition_penalty: f32,
    /// Forbids a token that would repeat an n-gram of this length already generated; 0 is off.
    pub no_repeat_ngram: usize,
    /// No end of sequence before this many tokens.
    pub min_tokens: usize,
    /// The end comes with this many tokens, end of sequence included.
    pub max_tokens: usize,
    /// Fewer than [`Rules::max_tokens`] for short sources, where the model has a guard against loops.
    pub length_factor: Option<LengthFactor>,
    /// The first token, where the model wants one: a language.
    pub first: Option<u32>,
    /// The last that there is room for.
    pub last: Option<u32>,
    /// Never generated.
    pub banned: Vec<u32>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            repetition_penalty: 1.0,
            no_repeat_ngram: 0,
            min_tokens: 0,
            max_tokens: 256,
            length_factor: None,
            first: None,
            last: None,
            banned: Vec::new(),
        }
    }
}

impl Rules {
    /// Most tokens for a source of `source` tokens, end of sequence included.
    pub(super) fn limit(&self, source: usize) -> usize {
        let by_source = self
            .length_factor
            .map(|by| (source as f32 * by.factor) as usize + by.allowance);
        by_source.map_or(self.max_tokens, |most| most.min(self.max_tokens))
    }

    /// The rules as a chain, for a vocabulary that ends sequences with one of `eos`.
    pub(super) fn processors(&self, eos: &[u32]) -> Processors {
        let mut chain = Processors::default();
        if let Some(token) = self.first {
            chain.push(ForcedFirst { token });
        }
        if let Some(token) = self.last {
            chain.push(ForcedLast { token });
        }
        if self.repetition_penalty != 1.0 {
            chain.push(RepetitionPenalty {
                penalty: self.repetition_penalty,
            });
        }
        if !self.banned.is_empty() {
            chain.push(BannedTokens {
                tokens: self.banned.clone(),
            });
        }
        if self.min_tokens > 0 {
            chain.push(MinTokens {
                tokens: self.min_tokens,
                eos: eos.to_vec(),
            });
        }
        if self.no_repeat_ngram > 0 {
            chain.push(NoRepeatNgram {
                n: self.no_repeat_ngram,
            });
        }
        chain
    }
}
