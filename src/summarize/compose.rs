//! The summary itself: a model's sentences that the article supports, and the article's own where it doesn't.

use serde::{Deserialize, Serialize};

use super::extract::Extractor;
use super::source::Source;
use super::style::Style;
use super::verify::Verifier;
use crate::checks::{CheckId, Finding, Severity};

/// How a sentence of a summary came to stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// A model wrote it, and the article says so as far as the rules can tell.
    Supported,
    /// It is the article's own.
    Quoted,
    /// A model wrote it, and nothing was verified.
    Unverified,
}

/// A sentence of a summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The sentence.
    pub text: String,
    /// The sentence in the article's language, if the summary is in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// The sentences of the article that say so: their indices among its segments, from 0.
    pub sources: Vec<usize>,
    /// These sentences.
    pub evidence: Vec<String>,
    /// How it came about.
    pub verdict: Verdict,
    /// What may be wrong with it.
    pub findings: Vec<Finding>,
}

/// A sentence of a model that was not delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// The sentence.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// A headline has at most so many words.
pub(super) const HEADLINE_WORDS: usize = 12;
/// A headline is looked for among so many of the best sentences.
const HEADLINE_CHOICE: usize = 5;

/// Claims of a summary, and what was left out of it.
#[derive(Debug, Default)]
pub(super) struct Composed {
    pub claims: Vec<Claim>,
    pub rejected: Vec<Rejected>,
}

/// At most `n` claims, in the article's order: the sentence that says most, unless a claim of the model does; those
/// `pieces` of the model that the article supports; then for each other the article's sentence that it seems to be about,
/// then the sentences that say most.
pub(super) fn compose(pieces: Vec<String>, source: &Source<'_>, n: usize) -> Composed {
    let verifier = Verifier::new(source.sentences, source.lang);
    let extractor = Extractor::new(source.sentences, source.title, source.lang);
    let mut made = Composed::default();
    let mut doubted: Vec<usize> = Vec::new();
    for text in pieces {
        let judged = verifier.judge(&text, false);
        let taken = cited(&made.claims);
        let reason = match (judged.source, judged.fault) {
            (Some(at), None) if taken.contains(&at) => {
                "it says again what another sentence says".to_string()
            }
            (Some(at), None) if !extractor.can_stand(at, &taken) => {
                "it can't be understood alone".to_string()
            }
            (Some(at), None) => {
                made.claims.push(claim(text, at, source));
                continue;
            }
            (at, fault) => {
                doubted.extend(at);
                fault.unwrap_or_default()
            }
        };
        made.rejected.push(Rejected { text, reason });
    }
    // What an article is about stands in its summary, whatever a model finds remarkable.
    if let Some(&first) = extractor.choose(1, &[]).first()
        && !cited(&made.claims).contains(&first)
    {
        if n > 1 && made.claims.len() >= n {
            leave_out_least(&mut made.claims, &extractor);
        }
        doubted.insert(0, first);
    }
    for at in doubted {
        let taken = cited(&made.claims);
        if made.claims.len() < n && extractor.can_stand(at, &taken) && !taken.contains(&at) {
            made.claims.push(quote(at, source));
        }
    }
    let missing = n.saturating_sub(made.claims.len());
    let chosen = extractor.choose(missing, &cited(&made.claims));
    made.claims
        .extend(chosen.into_iter().map(|at| quote(at, source)));
    made.claims
        .sort_by_key(|claim| claim.sources.first().copied());
    made
}

/// Leaves out the claim whose sentence says least, and those that can't be understood without it.
fn leave_out_least(claims: &mut Vec<Claim>, extractor: &Extractor) {
    let worth = |claim: &Claim| claim.sources.first().map_or(0.0, |&at| extractor.worth(at));
    let least = (0..claims.len()).min_by(|&a, &b| worth(&claims[a]).total_cmp(&worth(&claims[b])));
    if let Some(least) = least {
        claims.remove(least);
    }
    let left = cited(claims);
    let stands = |claim: &Claim| {
        claim
            .sources
            .iter()
            .all(|&at| extractor.can_stand(at, &left))
    };
    claims.retain(stands);
}

fn cited(claims: &[Claim]) -> Vec<usize> {
    claims.iter().flat_map(|one| one.sources.clone()).collect()
}

/// A headline: the model's, if it is short and supported, else the article's title, else a short sentence that says much.
pub(super) fn headline(piece: Option<String>, source: &Source<'_>) -> Composed {
    let mut made = Composed::default();
    if let Some(text) = piece {
        let judged = Verifier::new(source.sentences, source.lang).judge(&text, true);
        let long = words(&text) > HEADLINE_WORDS;
        let reason = match (judged.source, judged.fault) {
            (Some(at), None) if !long => {
                made.claims.push(claim(text, at, source));
                return made;
            }
            (_, Some(fault)) => fault,
            _ => format!("it has more than {HEADLINE_WORDS} words"),
        };
        made.rejected.push(Rejected { text, reason });
    }
    let is_title = |text: &str| source.title.is_some_and(|title| title == text.trim());
    let all = source.sentences;
    let title = all
        .iter()
        .position(|one| !one.is_prose && is_title(one.text));
    let at = title.or_else(|| {
        let best = Extractor::new(all, source.title, source.lang).choose(HEADLINE_CHOICE, &[]);
        let short = best
            .iter()
            .find(|at| words(all[**at].text) <= HEADLINE_WORDS);
        let short = short.or_else(|| best.iter().min_by_key(|at| words(all[**at].text)));
        short.copied()
    });
    if let Some(at) = at {
        let mut quote = quote(at, source);
        let count = words(&quote.text);
        if count > HEADLINE_WORDS {
            let message = format!("the headline has {count} words: nothing shorter is sure");
            quote.findings.push(warning(message));
        }
        made.claims.push(quote);
    }
    made
}

/// At most `n` sentences of the article besides those `taken`, which may stand in for others, best first.
pub fn others(source: &Source<'_>, style: Style, taken: &[usize], n: usize) -> Vec<Claim> {
    let extractor = Extractor::new(source.sentences, source.title, source.lang);
    let fits = |at: &usize| match style {
        Style::Headline => words(source.sentences[*at].text) <= HEADLINE_WORDS,
        Style::Paragraph | Style::Bullets => true,
    };
    let most = match style {
        Style::Headline => n + HEADLINE_CHOICE,
        Style::Paragraph | Style::Bullets => n,
    };
    let chosen = extractor.choose(most, taken).into_iter().filter(fits);
    chosen.take(n).map(|at| quote(at, source)).collect()
}

/// The claims, by index, that can't be understood without a sentence that none of them cites.
pub fn orphans(source: &Source<'_>, claims: &[Claim]) -> Vec<usize> {
    let extractor = Extractor::new(source.sentences, source.title, source.lang);
    let left = cited(claims);
    let lost = |claim: &Claim| {
        claim
            .sources
            .iter()
            .any(|&at| extractor.leans_beyond(at, &left))
    };
    (0..claims.len()).filter(|&i| lost(&claims[i])).collect()
}

/// At most the first `n` sentences of a text that has hardly any: they come back as they are.
pub(super) fn as_it_is(source: &Source<'_>, n: usize, style: Style) -> Composed {
    let all = source.sentences;
    let n = if style == Style::Headline { 1 } else { n };
    // Without running text there are only headings and the like.
    let prose: Vec<usize> = (0..all.len()).filter(|&at| all[at].is_prose).collect();
    let chosen = match prose.is_empty() {
        true => Vec::from_iter(0..all.len()),
        false => prose,
    };
    let mut claims: Vec<Claim> = chosen.iter().take(n).map(|&at| quote(at, source)).collect();
    if chosen.len() > n
        && style != Style::Headline
        && let Some(last) = claims.last_mut()
    {
        let message = "the text has hardly a sentence to summarise: this is its beginning";
        last.findings.push(warning(message.to_string()));
    }
    Composed {
        claims,
        rejected: Vec::new(),
    }
}

/// What a model wrote, with the sentences that it is nearest to.
pub(super) fn unverified(pieces: Vec<String>, source: &Source<'_>) -> Composed {
    let verifier = Verifier::new(source.sentences, source.lang);
    let claims = pieces.into_iter().map(|text| {
        let at = verifier.judge(&text, true).source;
        Claim {
            verdict: Verdict::Unverified,
            ..cite(text, at, source)
        }
    });
    Composed {
        claims: claims.collect(),
        rejected: Vec::new(),
    }
}

/// A claim that sentence `at` supports; one that differs from it in marks only is that sentence.
fn claim(text: String, at: usize, source: &Source<'_>) -> Claim {
    let own = source.sentences[at].text;
    let letters = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    if letters(&text) == letters(own) {
        return quote(at, source);
    }
    Claim {
        verdict: Verdict::Supported,
        ..cite(text, Some(at), source)
    }
}

fn quote(at: usize, source: &Source<'_>) -> Claim {
    cite(
        source.sentences[at].text.trim().to_string(),
        Some(at),
        source,
    )
}

fn cite(text: String, at: Option<usize>, source: &Source<'_>) -> Claim {
    let evidence = at.map(|at| source.sentences[at].text.to_string());
    Claim {
        text,
        original: None,
        sources: Vec::from_iter(at),
        evidence: Vec::from_iter(evidence),
        verdict: Verdict::Quoted,
        findings: Vec::new(),
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn warning(message: String) -> Finding {
    Finding {
        check: CheckId::Length,
        severity: Severity::Warning,
        message,
        source: None,
        target: None,
        rendering: None,
    }
}
