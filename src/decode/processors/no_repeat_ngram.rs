use super::{Changes, LogitsProcessor, Prefix};

/// Forbids every token that would complete an n-gram said before.
#[derive(Debug, Clone, Copy)]
pub struct NoRepeatNgram {
    /// Length of the n-grams, at least 1.
    pub n: usize,
}

impl LogitsProcessor for NoRepeatNgram {
    fn process(&self, prefix: &Prefix<'_>, changes: &mut Changes) {
        let n = self.n.max(1);
        // Nothing is as long as an n-gram where the context is too short.
        let Some(start) = (prefix.tokens.len() + 1).checked_sub(n) else {
            return;
        };
        let context = &prefix.tokens[start..];
        for gram in prefix.tokens.windows(n) {
            if let Some((last, before)) = gram.split_last()
                && before == context
            {
                changes.forbid(*last);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::forbidden;
    use super::*;

    #[test]
    fn only_the_completion_of_a_seen_ngram_is_forbidden() {
        let forbidden = |n: usize, said: &[u32]| forbidden(&NoRepeatNgram { n }, said, 0);
        assert_eq!(forbidden(3, &[1, 2, 3, 1, 2]), [3]);
        assert_eq!(forbidden(3, &[1, 2]), [0; 0]);
        assert_eq!(forbidden(2, &[1, 2, 1, 3, 1]), [2, 3]);
        assert_eq!(forbidden(1, &[4, 2]), [2, 4]);
        assert_eq!(forbidden(2, &[]), [0; 0]);
    }

    #[test]
    fn the_start_token_counts() {
        let forbidden = |n: usize, said: &[u32]| forbidden(&NoRepeatNgram { n }, said, 1);
        assert!(forbidden(2, &[9]).is_empty());
        assert_eq!(forbidden(2, &[9, 5, 9]), [5]);
        assert_eq!(forbidden(1, &[9, 5, 6]), [5, 6, 9]);
    }
}
