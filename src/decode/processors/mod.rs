//! Logits processors: each says what holds for the next token in view of those before it, one rule a file, in the order
//! and with the meaning that Hugging Face's `logits_process.py` gives them. A rule names the few tokens that it changes, so
//! that a search need not see the whole row of logits.

mod banned;
mod forced;
mod min_tokens;
mod no_repeat_ngram;
mod repetition_penalty;

use std::collections::BTreeMap;
use std::fmt::Debug;

pub use banned::BannedTokens;
pub use forced::{ForcedFirst, ForcedLast};
pub use min_tokens::MinTokens;
pub use no_repeat_ngram::NoRepeatNgram;
pub use repetition_penalty::RepetitionPenalty;

/// What comes before the next token.
#[derive(Debug, Clone, Copy)]
pub struct Prefix<'a> {
    /// What counts as said: the token that the decoder starts from, where there is one, and what was generated. A prompt
    /// doesn't.
    pub tokens: &'a [u32],
    /// How many of the tokens, the last ones, were generated.
    pub generated: usize,
    /// Most tokens that may be generated, end of sequence included.
    pub limit: usize,
}

/// A rule about the next token.
pub trait LogitsProcessor: Debug + Send + Sync {
    /// Adds what the rule says to `changes`.
    fn process(&self, prefix: &Prefix<'_>, changes: &mut Changes);
}

/// What becomes of the logit of a token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// A positive one is divided, a negative one multiplied.
    Penalize(f32),
    /// The token may not come.
    Forbid,
}

impl Change {
    /// The changed logit, or log-probability; none where the token is forbidden.
    pub fn apply(self, logit: f32) -> Option<f32> {
        match self {
            Self::Penalize(penalty) if logit > 0.0 => Some(logit / penalty),
            Self::Penalize(penalty) => Some(logit * penalty),
            Self::Forbid => None,
        }
    }
}

/// What all rules together say about the next token.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    forced: Option<u32>,
    tokens: BTreeMap<u32, Change>,
}

impl Changes {
    /// Only `token` may come; nothing else matters then.
    pub fn force(&mut self, token: u32) {
        self.forced.get_or_insert(token);
    }

    /// `token` may not come, whatever other rules say.
    pub fn forbid(&mut self, token: u32) {
        self.tokens.insert(token, Change::Forbid);
    }

    /// Makes `token` less likely, as [`Change::Penalize`] does; penalties of several rules are multiplied.
    pub fn penalize(&mut self, token: u32, penalty: f32) {
        let change = self.tokens.entry(token).or_insert(Change::Penalize(1.0));
        if let Change::Penalize(all) = change {
            *all *= penalty;
        }
    }

    /// The only token that may come, if there is but one.
    pub fn forced(&self) -> Option<u32> {
        self.forced
    }

    /// The tokens whose logits change, ascending.
    pub fn tokens(&self) -> impl Iterator<Item = (u32, Change)> + '_ {
        self.tokens.iter().map(|(&token, &change)| (token, change))
    }
}

/// A chain of rules.
#[derive(Debug, Default)]
pub struct Processors(Vec<Box<dyn LogitsProcessor>>);

impl Processors {
    /// Adds a rule at the end.
    pub fn push(&mut self, rule: impl LogitsProcessor + 'static) {
        self.0.push(Box::new(rule));
    }

    /// Adds the rules of another chain at the end.
    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What the rules say about the token after `prefix`. The first that forces one has the last word.
    pub fn changes(&self, prefix: &Prefix<'_>) -> Changes {
        let mut changes = Changes::default();
        for rule in &self.0 {
            rule.process(prefix, &mut changes);
            if changes.forced.is_some() {
                break;
            }
        }
        changes
    }

    /// Changes a whole row of logits, `[vocabulary]`; what is forbidden becomes negative infinity.
    pub fn apply(&self, prefix: &Prefix<'_>, logits: &mut [f32]) {
        let changes = self.changes(prefix);
        if let Some(token) = changes.forced {
            for (id, logit) in (0..).zip(logits.iter_mut()) {
                *logit = if id == token { 0.0 } else { f32::NEG_INFINITY };
            }
            return;
        }
        for (token, change) in changes.tokens() {
            if let Some(logit) = logits.get_mut(token as usize) {
                *logit = change.apply(*logit).unwrap_or(f32::NEG_INFINITY);
            }
        }
    }
}

/// What one rule says after `tokens`, of which the first `given` weren't generated.
#[cfg(test)]
fn said(rule: &dyn LogitsProcessor, tokens: &[u32], given: usize, limit: usize) -> Changes {
    let mut changes = Changes::default();
    let prefix = Prefix {
        tokens,
        generated: tokens.len() - given,
        limit,
    };
    rule.process(&prefix, &mut changes);
    changes
}

/// The tokens that one rule forbids.
#[cfg(test)]
fn forbidden(rule: &dyn LogitsProcessor, tokens: &[u32], given: usize) -> Vec<u32> {
    let changes = said(rule, tokens, given, 100);
    let forbidden = changes.tokens().filter(|(_, c)| *c == Change::Forbid);
    forbidden.map(|(token, _)| token).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forbidden_stays_so_and_penalties_lower_either_sign() {
        let mut changes = Changes::default();
        changes.penalize(1, 2.0);
        changes.forbid(3);
        changes.penalize(3, 2.0);
        changes.penalize(0, 2.0);
        let mut logits = [4.0, -4.0, 1.0, 9.0];
        for (token, change) in changes.tokens() {
            let logit = &mut logits[token as usize];
            *logit = change.apply(*logit).unwrap_or(f32::NEG_INFINITY);
        }
        assert_eq!(logits, [2.0, -8.0, 1.0, f32::NEG_INFINITY]);
    }

    #[test]
    fn a_forced_token_is_all_that_is_left() {
        let mut chain = Processors::default();
        assert!(chain.is_empty());
        chain.push(ForcedFirst { token: 2 });
        chain.push(BannedTokens { tokens: vec![2, 9] });
        let (mut logits, mut prefix) = (
            [4.0, 3.0, -1.0],
            Prefix {
                tokens: &[7],
                generated: 0,
                limit: 9,
            },
        );
        chain.apply(&prefix, &mut logits);
        assert_eq!(logits, [f32::NEG_INFINITY, f32::NEG_INFINITY, 0.0]);
        prefix.generated = 1;
        let mut logits = [4.0, 3.0, -1.0];
        // A token beyond the row is no matter.
        chain.apply(&prefix, &mut logits);
        assert_eq!(logits, [4.0, 3.0, f32::NEG_INFINITY]);
    }
}
