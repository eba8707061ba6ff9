//! What a model reads of an article: all of it, or of a long one the sentences that say most, in their order. All
//! sentences are weighed for that, however many they are, so nothing is lost by where it stands.

use std::borrow::Cow;

use super::extract::Extractor;
use super::source::Source;
use super::style::Style;
use crate::error::{Error, ErrorKind, Result};

/// At most so many of the best sentences are looked at: more than fit.
const CHOICE: usize = 400;

/// What a model reads.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// How many sentences of the article are in it.
    pub sentences: usize,
}

/// As much of `source` as `fits`.
///
/// # Errors
/// [`ErrorKind::Input`] if not even one sentence does; what `fits` says.
pub(super) fn read<'a>(
    source: &Source<'a>,
    style: Style,
    fits: &mut dyn FnMut(&str) -> Result<bool>,
) -> Result<Reading<'a>> {
    if fits(source.text)? {
        return Ok(Reading {
            text: Cow::Borrowed(source.text),
            sentences: source.sentences.len(),
        });
    }
    let best = Extractor::new(source, style).choose(CHOICE, &[]);
    // The most of the best that fit, found by halving: a token count is dear.
    let (mut good, mut bad) = (0, best.len() + 1);
    while bad - good > 1 {
        let middle = (good + bad) / 2;
        match fits(&together(source, &best[..middle]))? {
            true => good = middle,
            false => bad = middle,
        }
    }
    if good == 0 {
        return Err(Error::new(
            ErrorKind::Input,
            "no sentence of the article fits the model's context",
        )
        .with_hint("choose a model with a larger context with --model"));
    }
    Ok(Reading {
        text: together(source, &best[..good]).into(),
        sentences: good,
    })
}

/// Sentences in the article's order, a line each paragraph.
fn together(source: &Source<'_>, chosen: &[usize]) -> String {
    let mut chosen = chosen.to_vec();
    chosen.sort_unstable();
    let mut text = String::new();
    for (i, &at) in chosen.iter().enumerate() {
        let follows = i > 0 && chosen[i - 1] + 1 == at && !source.sentences[at].begins;
        if i > 0 {
            text.push_str(if follows { " " } else { "\n\n" });
        }
        text.push_str(source.sentences[at].text.trim());
    }
    text
}
