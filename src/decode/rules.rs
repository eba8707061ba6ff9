//! Logit rules: each changes the logits of the next token in view of what was generated before. They are chained in a
//! fixed order, one idea a rule.

/// The logit of a token that was generated before, under a repetition penalty (CTRL, Keskar et al. 2019): a positive
/// one is divided, a negative one multiplied.
pub fn penalize(logit: f32, penalty: f32) -> f32 {
    match logit > 0.0 {
        true => logit / penalty,
        false => logit * penalty,
    }
}

/// The tokens that would complete an n-gram that `generated` holds already, `n` tokens long.
pub fn completions(generated: &[u32], n: usize) -> impl Iterator<Item = u32> {
    let n = n.max(1);
    let context = (generated.len() + 1)
        .checked_sub(n)
        .map(|start| &generated[start..]);
    // Nothing is as long as an n-gram where the context is too short.
    generated.windows(n).filter_map(move |gram| {
        let (last, before) = gram.split_last()?;
        (Some(before) == context).then_some(*last)
    })
}

/// Changes logits before a token is chosen.
pub trait LogitRule: Send {
    /// `generated` are the request's tokens so far, without its prompt; `logits` is `[vocabulary]`.
    fn apply(&self, generated: &[u32], logits: &mut [f32]);
}

/// Makes tokens that were already generated less likely, as [`penalize`] does.
#[derive(Debug, Clone, Copy)]
pub struct RepetitionPenalty {
    /// 1 changes nothing.
    pub penalty: f32,
}

impl LogitRule for RepetitionPenalty {
    fn apply(&self, generated: &[u32], logits: &mut [f32]) {
        let mut seen = generated.to_vec();
        seen.sort_unstable();
        seen.dedup();
        for id in seen {
            if let Some(logit) = logits.get_mut(id as usize) {
                *logit = penalize(*logit, self.penalty);
            }
        }
    }
}

/// Forbids every token that would complete an n-gram generated before.
#[derive(Debug, Clone, Copy)]
pub struct NoRepeatNgram {
    /// Length of the n-grams, at least 1.
    pub n: usize,
}

impl LogitRule for NoRepeatNgram {
    fn apply(&self, generated: &[u32], logits: &mut [f32]) {
        for id in completions(generated, self.n) {
            if let Some(logit) = logits.get_mut(id as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_penalty_counts_each_token_once_and_lowers_either_sign() {
        let mut logits = [2.0, -2.0, 3.0];
        RepetitionPenalty { penalty: 2.0 }.apply(&[0, 1, 0, 0, 9], &mut logits);
        assert_eq!(logits, [1.0, -4.0, 3.0]);
    }

    #[test]
    fn only_the_completion_of_a_seen_ngram_is_forbidden() {
        let forbidden = |n: usize, generated: &[u32]| {
            let mut logits = [0.0; 5];
            NoRepeatNgram { n }.apply(generated, &mut logits);
            (0..5u32)
                .filter(|&i| logits[i as usize] < 0.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(forbidden(3, &[1, 2, 3, 1, 2]), [3]);
        assert_eq!(forbidden(3, &[1, 2]), [0; 0]);
        assert_eq!(forbidden(2, &[1, 2, 1, 3, 1]), [2, 3]);
        assert_eq!(forbidden(1, &[4, 2]), [2, 4]);
        assert_eq!(forbidden(2, &[]), [0; 0]);
    }
}
