use super::{Changes, LogitsProcessor, Prefix};

/// Makes tokens that were said before less likely (CTRL, Keskar et al. 2019), each once however often it was said.
#[derive(Debug, Clone, Copy)]
pub struct RepetitionPenalty {
    /// Divides positive and multiplies negative logits; 1 changes nothing.
    pub penalty: f32,
}

impl LogitsProcessor for RepetitionPenalty {
    fn process(&self, prefix: &Prefix<'_>, changes: &mut Changes) {
        let mut said = prefix.tokens.to_vec();
        said.sort_unstable();
        said.dedup();
        for token in said {
            changes.penalize(token, self.penalty);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Change, said};
    use super::*;

    #[test]
    fn the_penalty_counts_each_token_once() {
        let changes = said(&RepetitionPenalty { penalty: 2.0 }, &[9, 3, 3], 1, 9);
        let tokens: Vec<_> = changes.tokens().collect();
        let twice = Change::Penalize(2.0);
        assert_eq!(tokens, [(3, twice), (9, twice)]);
        assert_eq!(
            (twice.apply(1.0), twice.apply(-1.0)),
            (Some(0.5), Some(-2.0))
        );
    }
}
