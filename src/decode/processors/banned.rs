use super::{Changes, LogitsProcessor, Prefix};

/// Forbids tokens everywhere.
#[derive(Debug, Clone)]
pub struct BannedTokens {
    /// Which.
    pub tokens: Vec<u32>,
}

impl LogitsProcessor for BannedTokens {
    fn process(&self, _: &Prefix<'_>, changes: &mut Changes) {
        for &token in &self.tokens {
            changes.forbid(token);
        }
    }
}
