use super::{Changes, LogitsProcessor, Prefix};

/// Forbids the end of sequence before so many tokens.
#[derive(Debug, Clone)]
pub struct MinTokens {
    /// How many.
    pub tokens: usize,
    /// The tokens that end a sequence.
    pub eos: Vec<u32>,
}

impl LogitsProcessor for MinTokens {
    fn process(&self, prefix: &Prefix<'_>, changes: &mut Changes) {
        if prefix.generated < self.tokens {
            self.eos.iter().for_each(|&token| changes.forbid(token));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::forbidden;
    use super::*;

    #[test]
    fn the_end_waits() {
        let rule = MinTokens {
            tokens: 2,
            eos: vec![0],
        };
        assert_eq!(forbidden(&rule, &[9, 7], 1), [0]);
        assert!(forbidden(&rule, &[9, 7, 1], 1).is_empty());
    }
}
