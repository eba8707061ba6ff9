use super::{Changes, LogitsProcessor, Prefix};

/// Forces the first token: the language of the output, where a model is told it so.
#[derive(Debug, Clone, Copy)]
pub struct ForcedFirst {
    /// Which.
    pub token: u32,
}

impl LogitsProcessor for ForcedFirst {
    fn process(&self, prefix: &Prefix<'_>, changes: &mut Changes) {
        if prefix.generated == 0 {
            changes.force(self.token);
        }
    }
}

/// Forces the last token that there is room for: an end of sequence.
#[derive(Debug, Clone, Copy)]
pub struct ForcedLast {
    /// Which.
    pub token: u32,
}

impl LogitsProcessor for ForcedLast {
    fn process(&self, prefix: &Prefix<'_>, changes: &mut Changes) {
        if prefix.generated + 1 == prefix.limit {
            changes.force(self.token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn the_first_and_the_last_are_forced() {
        let (first, last) = (ForcedFirst { token: 7 }, ForcedLast { token: 0 });
        assert_eq!(said(&first, &[9], 1, 4).forced(), Some(7));
        assert_eq!(said(&first, &[9, 7], 1, 4).forced(), None);
        assert_eq!(said(&last, &[9, 7, 1], 1, 4).forced(), None);
        assert_eq!(said(&last, &[9, 7, 1, 2], 1, 4).forced(), Some(0));
    }
}
