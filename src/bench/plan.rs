//! What is to be measured.

use crate::text::Lang;

/// What is measured. Each list is a sweep: a row of figures for each combination.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Tokens of each prompt.
    pub prompt_tokens: usize,
    /// Tokens generated after each prompt or source, at least 2.
    pub gen_tokens: usize,
    /// Samples after the warm-up, at least 1.
    pub repeat: usize,
    /// Prompts, sources or sentences that run together; by default one prompt, and of a text as many sentences as the
    /// engine takes.
    pub batch: Vec<usize>,
    /// Threads, at least one number.
    pub threads: Vec<usize>,
    /// Beams of a translator; empty for what its own settings say.
    pub beams: Vec<usize>,
    /// Language of the text.
    pub from: Option<Lang>,
    /// Language that it is translated to.
    pub to: Option<Lang>,
    /// The text, instead of the paragraph that is built in.
    pub text: Option<String>,
}
