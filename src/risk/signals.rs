//! The signals: numbers that tell good translations from misleading ones, each larger where the translation is worse.

use std::collections::HashSet;

use super::doubt::Doubt;
use crate::checks::{Finding, Pair, Severity, is_function};
use crate::engine::Scored;
use crate::engine::embed::Likeness;
use crate::text::dictionary::Unrendered;
use crate::text::{Lang, Span, words};

/// One leg of a route, as the model that made it saw its own answer.
#[derive(Debug, Clone, Copy)]
pub struct Leg<'a> {
    /// What it wrote.
    pub text: &'a str,
    /// In which language.
    pub lang: Lang,
    /// The log-probability of each word ([`words`]); empty if it isn't known.
    pub sureness: &'a [f32],
}

/// All that is known of a translated segment.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The segment and its translation.
    pub pair: Pair<'a>,
    /// What the rules found.
    pub findings: &'a [Finding],
    /// How near its words are to the source's.
    pub likeness: Option<&'a Likeness>,
    /// How it came about; the last leg wrote the translation.
    pub legs: &'a [Leg<'a>],
    /// Words of the source of whose translations by the user's dictionaries it has none; `None` where there is no dictionary.
    pub unrendered: Option<&'a [Unrendered]>,
}

/// More copied words or findings than so many say nothing more.
const ENOUGH: usize = 3;
/// No word is less surprising than this, in nats.
const LEAST_SURPRISE: f64 = 0.02;

/// The names of all signals.
pub fn names() -> impl Iterator<Item = &'static str> {
    [
        "length",
        "copied",
        "errors",
        "warnings",
        "source_far",
        "target_far",
        "surprise",
        "unsure",
        "unrendered",
    ]
    .into_iter()
}

/// The signals that can be had from `evidence`, by name.
///
/// - `length`: the logarithm of the number of words of the source
/// - `copied`: words in small letters that stand in the source and aren't function words, at most 3
/// - `errors`, `warnings`: what rules found, at most 3
/// - `source_far`: 1 less the likeness of that content word of the source which has no near word in the translation
/// - `target_far`: the same of the translation
/// - `surprise`: the logarithm of the mean negative log-probability of the words, of that leg in which it is greatest
/// - `unsure`: the logarithm of the negative log-probability of the least probable content word of any leg
/// - `unrendered`: words of the source of whose translations by a dictionary there is none
pub fn signals(evidence: &Evidence<'_>) -> Vec<(&'static str, f64)> {
    let Evidence {
        pair,
        findings,
        likeness,
        legs,
        unrendered,
    } = evidence;
    let (source, target) = (lower(pair.source), lower(pair.target));
    let known: HashSet<&str> = source.iter().map(String::as_str).collect();
    let copied = words(pair.target).zip(&target).filter(|(span, word)| {
        let small = span
            .of(pair.target)
            .chars()
            .next()
            .is_some_and(char::is_lowercase);
        small && known.contains(word.as_str()) && !is_function(word, pair.to)
    });
    let of = |errors: bool| {
        let is = |one: &&Finding| (one.severity == Severity::Error) == errors;
        findings.iter().filter(is).count().min(ENOUGH) as f64
    };
    let mut signals = vec![
        ("length", (source.len().max(1) as f64).ln()),
        ("copied", copied.count().min(ENOUGH) as f64),
        ("errors", of(true)),
        ("warnings", of(false)),
    ];
    if let Some(likeness) = likeness {
        let far = |text: &str, lang: Lang, likeness: &[f32]| {
            let content = content(text, lang).zip(likeness).filter(|(is, _)| is.1);
            content.fold(0.0, |far: f64, (_, near)| far.max(1.0 - f64::from(*near)))
        };
        signals.push(("source_far", far(pair.source, pair.from, &likeness.source)));
        signals.push(("target_far", far(pair.target, pair.to, &likeness.target)));
    }
    let told = legs.iter().filter(|leg| !leg.sureness.is_empty());
    let worst = |of: fn(&Leg<'_>) -> f64| told.clone().map(of).max_by(f64::total_cmp);
    for (name, most) in [("surprise", worst(surprise)), ("unsure", worst(unsure))] {
        signals.extend(most.map(|most| (name, most.max(LEAST_SURPRISE).ln())));
    }
    signals.extend(unrendered.map(|words| ("unrendered", words.len() as f64)));
    signals
}

/// The mean negative log-probability of the words, in nats.
fn surprise(leg: &Leg<'_>) -> f64 {
    let sum: f64 = leg.sureness.iter().map(|one| -f64::from(*one)).sum();
    sum / leg.sureness.len() as f64
}

/// The negative log-probability of the least probable content word, in nats.
fn unsure(leg: &Leg<'_>) -> f64 {
    let words = content(leg.text, leg.lang).zip(leg.sureness);
    let content = words.filter(|(is, _)| is.1);
    content.fold(0.0, |most, (_, sure)| most.max(-f64::from(*sure)))
}

/// The words of a text, in lower case.
fn lower(text: &str) -> Vec<String> {
    words(text)
        .map(|span| span.of(text).to_lowercase())
        .collect()
}

/// The words of a text, and whether each is a content word.
fn content(text: &str, lang: Lang) -> impl Iterator<Item = (Span, bool)> + '_ {
    words(text).map(move |span| {
        let word = span.of(text);
        let long = word.chars().nth(1).is_some();
        (span, long && !is_function(&word.to_lowercase(), lang))
    })
}

/// The log-probability of each word of `text`, which was made of `raw`, the text that the tokens are; nothing if they
/// aren't. A word that isn't in `raw`, in its order, was put there by no model: it is certain.
pub fn sureness(raw: &str, tokens: &[Scored], text: &str) -> Vec<f32> {
    if tokens.iter().map(|token| token.bytes).sum::<usize>() != raw.len() {
        return Vec::new();
    }
    let mut at = 0;
    let places = tokens.iter().map(|token| {
        let start = at;
        at += token.bytes;
        (start..at, token.logprob)
    });
    let places: Vec<_> = places.collect();
    let mut first = 0;
    let mut made: Vec<(&str, f32)> = Vec::new();
    for span in words(raw) {
        while places
            .get(first)
            .is_some_and(|(place, _)| place.end <= span.start)
        {
            first += 1;
        }
        let own = places[first..]
            .iter()
            .take_while(|(place, _)| place.start < span.end);
        made.push((span.of(raw), own.map(|(_, logprob)| logprob).sum()));
    }
    let mut rest = &made[..];
    let find = |span: Span| {
        let word = span.of(text);
        let same = |made: &str| made == word || made.to_lowercase() == word.to_lowercase();
        match rest.iter().position(|(made, _)| same(made)) {
            Some(found) => {
                let logprob = rest[found].1;
                rest = &rest[found + 1..];
                logprob
            }
            None => 0.0,
        }
    };
    words(text).map(find).collect()
}

/// So many words are named.
const NAMED: usize = 3;
/// What a unit of negative log-probability weighs beside one of distance, in the choice of words to name.
const SURENESS_WEIGHT: f64 = 0.1;

/// The content words of the translation that are the most doubtful.
pub(super) fn target_doubts(evidence: &Evidence<'_>) -> Vec<Doubt> {
    let pair = &evidence.pair;
    let sureness = evidence.legs.last().map_or(&[][..], |leg| leg.sureness);
    let near = evidence
        .likeness
        .map_or(&[][..], |likeness| &likeness.target);
    let doubts = content(pair.target, pair.to)
        .enumerate()
        .filter(|(_, is)| is.1);
    named(doubts.map(|(i, (span, _))| {
        let far = near.get(i).map_or(0.0, |near| 1.0 - f64::from(*near));
        let unsure = sureness.get(i).map_or(0.0, |sure| -f64::from(*sure));
        (span, far + SURENESS_WEIGHT * unsure)
    }))
}

/// The content words of the source that no word of the translation is near to.
pub(super) fn source_doubts(evidence: &Evidence<'_>) -> Vec<Doubt> {
    let pair = &evidence.pair;
    let near = evidence
        .likeness
        .map_or(&[][..], |likeness| &likeness.source);
    let content = content(pair.source, pair.from)
        .zip(near)
        .filter(|(is, _)| is.1);
    named(content.map(|((span, _), near)| (span, 1.0 - f64::from(*near))))
}

/// The words with the greatest doubts, in their order in the text, with their shares of all doubt.
fn named(doubts: impl Iterator<Item = (Span, f64)>) -> Vec<Doubt> {
    let mut doubts: Vec<(Span, f64)> = doubts.filter(|(_, doubt)| *doubt > 0.0).collect();
    let all: f64 = doubts.iter().map(|(_, doubt)| doubt).sum();
    doubts.sort_by(|a, b| b.1.total_cmp(&a.1));
    doubts.truncate(NAMED);
    doubts.sort_by_key(|(span, _)| span.start);
    let share = |(span, doubt): (Span, f64)| Doubt {
        span,
        share: (doubt / all) as f32,
    };
    doubts.into_iter().map(share).collect()
}
