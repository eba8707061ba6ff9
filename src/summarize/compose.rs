//! The summary itself: a model's sentences that the article supports, and the article's own where it doesn't.

use std::collections::BTreeMap;

use super::claim::{Claim, Rejected, Verdict};
use super::extract::Extractor;
use super::length::Budget;
use super::source::{Sentence, Source};
use super::style::Style;
use super::verify::Verifier;
use crate::checks::{CheckId, Finding};

/// So many of the best sentences are tried.
const CHOICE: usize = 50;
/// A headline is looked for among so many of the best sentences.
const HEADLINE_CHOICE: usize = 5;

/// Claims of a summary, and what was left out of it.
#[derive(Debug, Default)]
pub(super) struct Composed {
    pub claims: Vec<Claim>,
    pub rejected: Vec<Rejected>,
}

/// Claims in the article's order, as many as `budget` has room for: the sentence that says most, unless a claim of the
/// model does; those `pieces` of the model that the article supports; then for each other the article's sentence that it
/// seems to be about, then the sentences that say most.
pub(super) fn compose(pieces: Vec<String>, source: &Source<'_>, budget: &Budget) -> Composed {
    let extractor = Extractor::new(source, budget.style);
    let (mut made, mut wanted) = supported(pieces, source, &extractor, budget);
    let claims = &mut made.claims;
    // What an article is about stands in its summary, whatever a model finds remarkable.
    if let Some(first) = extractor.main()
        && !cited(claims).contains(&first)
        && budget.holds(&[quote(first, source)])
    {
        let fits = |claims: &[Claim]| budget.add(quote(first, source), &mut claims.to_vec());
        while claims.len() > 1 && !fits(claims) {
            leave_out_least(claims, &extractor);
        }
        wanted.insert(0, first);
    }
    let own = |at: usize| quote(at, source);
    add(claims, &wanted, &own, &extractor, budget);
    fill(claims, &own, &extractor, budget);
    made
}

/// Adds to `claims` what says most, as much as there is room for, and brings them into the article's order. `own` makes a
/// claim of a sentence.
fn fill(
    claims: &mut Vec<Claim>,
    own: &dyn Fn(usize) -> Claim,
    extractor: &Extractor,
    budget: &Budget,
) {
    if !budget.is_full(claims) {
        let more = extractor.choose(CHOICE, &cited(claims));
        add(claims, &more, own, extractor, budget);
        match more.first() {
            Some(&first) if claims.is_empty() && budget.is_soft => claims.push(own(first)),
            _ if budget.is_full(claims) => {}
            _ => swap(claims, &more, own, extractor, budget),
        }
    }
    claims.sort_by_key(|claim| claim.sources.first().copied());
}

/// Adds those of the sentences `indices` that can stand beside `claims` and say something else, while there is room.
fn add(
    claims: &mut Vec<Claim>,
    indices: &[usize],
    own: &dyn Fn(usize) -> Claim,
    extractor: &Extractor,
    budget: &Budget,
) {
    for &at in indices {
        let taken = cited(claims);
        let is_told = taken
            .iter()
            .any(|&one| one == at || extractor.are_same(one, at));
        if !budget.is_full(claims) && !is_told && extractor.can_stand(at, &taken) {
            budget.add(own(at), claims);
        }
    }
}

/// What a sentence says counts by its sureness to this power: whoever misleads says nothing, and the reader can't know.
const CARE: i32 = 2;
/// The sentence that says what the article is about must be this sure.
const LIKELY: f32 = 0.5;
/// A title this sure stands in for the sentence that says what the article is about: short texts seem surer than they are.
const SURE: f32 = 0.8;

/// A claim that may stand in a summary, and how sure it is that it doesn't mislead, from 0 to 1.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The claim.
    pub claim: Claim,
    /// 0: it must not stand there.
    pub sure: f32,
}

/// Of `candidates` as many as `budget` has room for, in the article's order: the one that says what the article is about,
/// and those that say most and are surest. What
/// wasn't verified is taken as it is unless it must not stand; a headline is the first that is sure.
pub fn choose(source: &Source<'_>, candidates: &[Candidate], budget: &Budget) -> Vec<Claim> {
    let fit: Vec<&Candidate> = candidates.iter().filter(|one| one.sure > 0.0).collect();
    if budget.style == Style::Headline {
        return surest_headline(&fit, budget);
    }
    let mut claims = Vec::new();
    let mut best: BTreeMap<usize, &Candidate> = BTreeMap::new();
    for one in fit {
        match one.claim.sources.first() {
            Some(&at) if one.claim.verdict != Verdict::Unverified => {
                let known = best.entry(at).or_insert(one);
                if one.sure > known.sure {
                    *known = one;
                }
            }
            _ => {
                budget.add(one.claim.clone(), &mut claims);
            }
        }
    }
    let extractor = Extractor::new(source, budget.style);
    let first = extractor.main();
    let sure = |at: usize| best.get(&at).map_or(0.0, |one| one.sure.powi(CARE));
    let extractor = extractor.scaled(sure);
    // What an article is about stands in its summary; a reader is told of doubts.
    let main = first.and_then(|first| best.get(&first));
    if let Some(main) = main.filter(|main| main.sure >= LIKELY) {
        budget.add(main.claim.clone(), &mut claims);
    }
    fill(
        &mut claims,
        &|at| best[&at].claim.clone(),
        &extractor,
        budget,
    );
    let title = title(source).and_then(|title| best.get(title.sources.first()?));
    // Where the sentence isn't likely to be true, the title has to be no more than that.
    let least = main
        .filter(|main| main.sure >= LIKELY)
        .map_or(LIKELY, |_| SURE);
    if let Some(title) = title.filter(|title| title.sure >= least)
        && first.is_none_or(|first| !cited(&claims).contains(&first))
    {
        stand_in(&title.claim, &mut claims, &extractor, budget);
    }
    claims
}

/// Puts the article's title before `claims`, which don't say what the article is about: that sentence isn't sure.
fn stand_in(title: &Claim, claims: &mut Vec<Claim>, extractor: &Extractor, budget: &Budget) {
    let mut title = title.clone();
    let ends = |text: &str| text.ends_with(|c: char| c.is_ascii_punctuation() || c == '…');
    if !ends(&title.text) {
        title.text.push('.');
    }
    let mut left = claims.clone();
    while !budget.add(title.clone(), &mut left.clone()) && left.len() > 1 {
        leave_out_least(&mut left, extractor);
    }
    if budget.add(title, &mut left) {
        left.rotate_right(1);
        *claims = left;
    }
}

/// The place of the sentence that says what the article is about.
pub fn main(source: &Source<'_>, style: Style) -> Option<usize> {
    Extractor::new(source, style).main()
}

/// The article's title as a claim, if it stands in the text.
pub fn title(source: &Source<'_>) -> Option<Claim> {
    let title = source.title?;
    let is_title = |one: &Sentence<'_>| !one.is_prose && title == one.text.trim();
    let at = source.sentences.iter().position(is_title)?;
    Some(quote(at, source))
}

/// The surest of `candidates` that is short enough, of two that are alike the first.
fn surest_headline(candidates: &[&Candidate], budget: &Budget) -> Vec<Claim> {
    let fits = |one: &Candidate| budget.is_soft || budget.holds(std::slice::from_ref(&one.claim));
    let merit = |(place, one): &(usize, &&Candidate)| {
        let long = !budget.holds(std::slice::from_ref(&one.claim));
        one.sure * one.sure / (1.0 + *place as f32) * if long { 0.1 } else { 1.0 }
    };
    let fitting = candidates.iter().enumerate().filter(|(_, one)| fits(one));
    let best = fitting.max_by(|a, b| merit(a).total_cmp(&merit(b)).then(b.0.cmp(&a.0)));
    Vec::from_iter(best.map(|(_, one)| one.claim.clone()))
}

/// Those `pieces` of a model that the article supports, and the sentences that the others are nearest to.
fn supported(
    pieces: Vec<String>,
    source: &Source<'_>,
    extractor: &Extractor,
    budget: &Budget,
) -> (Composed, Vec<usize>) {
    let verifier = Verifier::new(source.sentences, source.lang);
    let mut made = Composed::default();
    let mut doubted: Vec<usize> = Vec::new();
    for text in pieces {
        let judged = verifier.judge(&text, false);
        let taken = cited(&made.claims);
        let reason = match (judged.source, &judged.fault) {
            (Some(at), None) if taken.contains(&at) => "it says again what another sentence says",
            (Some(at), None) if !extractor.can_stand(at, &taken) => "it can't be understood alone",
            (Some(at), None) => {
                if budget.add(claim(text.clone(), at, source), &mut made.claims) {
                    continue;
                }
                "it doesn't fit the length"
            }
            (at, fault) => {
                doubted.extend(at);
                fault.as_deref().unwrap_or_default()
            }
        };
        let reason = reason.to_string();
        made.rejected.push(Rejected { text, reason });
    }
    (made, doubted)
}

/// Puts one of `more` in the place of a claim, the one that says least if it can, such that as much is said as was asked
/// for.
fn swap(
    claims: &mut Vec<Claim>,
    more: &[usize],
    own: &dyn Fn(usize) -> Claim,
    extractor: &Extractor,
    budget: &Budget,
) {
    let worth = |claim: &Claim| claim.sources.first().map_or(0.0, |&at| extractor.worth(at));
    let mut places: Vec<usize> = (0..claims.len()).collect();
    places.sort_by(|&a, &b| worth(&claims[a]).total_cmp(&worth(&claims[b])));
    for place in places {
        for &at in more {
            let mut swapped = claims.clone();
            swapped[place] = own(at);
            let taken = cited(&swapped);
            let twice = taken.iter().filter(|&&one| one == at).count() > 1;
            let stand = taken.iter().all(|&one| extractor.can_stand(one, &taken));
            if !twice && stand && budget.holds(&swapped) && budget.is_full(&swapped) {
                *claims = swapped;
                return;
            }
        }
    }
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

/// A headline: the first of the model's that is short and supported, else the article's title, else a short sentence that
/// says much.
pub(super) fn headline(pieces: Vec<String>, source: &Source<'_>, budget: &Budget) -> Composed {
    let mut made = Composed::default();
    let verifier = Verifier::new(source.sentences, source.lang);
    for text in pieces {
        let judged = verifier.judge(&text, true);
        let reason = match (judged.source, judged.fault) {
            (Some(at), None) => {
                if budget.add(claim(text.clone(), at, source), &mut made.claims) {
                    return made;
                }
                "it doesn't fit the length".to_string()
            }
            (_, fault) => fault.unwrap_or_default(),
        };
        made.rejected.push(Rejected { text, reason });
    }
    let all = source.sentences;
    // Further down, what is short says little.
    let tried = match budget.is_soft {
        true => HEADLINE_CHOICE,
        false => CHOICE,
    };
    let best = Extractor::new(source, budget.style).choose(tried, &[]);
    let title = title(source).and_then(|title| title.sources.first().copied());
    for &at in title.iter().chain(&best) {
        if budget.add(quote(at, source), &mut made.claims) {
            return made;
        }
    }
    let shortest = best.into_iter().min_by_key(|at| all[*at].text.len());
    if let Some(at) = title.or(shortest).filter(|_| budget.is_soft) {
        made.claims.push(quote(at, source));
    }
    made
}

/// At most `n` sentences of the article besides those `taken`, which may stand in for others, best first.
pub fn others(source: &Source<'_>, budget: &Budget, taken: &[usize], n: usize) -> Vec<Claim> {
    let extractor = Extractor::new(source, budget.style);
    let chosen = extractor.choose(CHOICE, taken).into_iter();
    let quotes = chosen.map(|at| quote(at, source));
    let fitting = quotes.filter(|one| budget.holds(std::slice::from_ref(one)));
    fitting.take(n).collect()
}

/// The first sentences of a text that has hardly any, as they are.
pub(super) fn as_it_is(source: &Source<'_>, budget: &Budget) -> Composed {
    let all = source.sentences;
    // Without running text there are only headings and the like.
    let prose: Vec<usize> = (0..all.len()).filter(|&at| all[at].is_prose).collect();
    let chosen = match prose.is_empty() {
        true => Vec::from_iter(0..all.len()),
        false => prose,
    };
    let mut made = Composed::default();
    let claims = &mut made.claims;
    let mut is_cut = false;
    for at in chosen {
        let quote = quote(at, source);
        if claims.is_empty() && budget.is_soft {
            claims.push(quote);
        } else if budget.is_full(claims) || !budget.add(quote, claims) {
            is_cut = true;
            break;
        }
    }
    if is_cut
        && !budget.is_soft
        && let Some(last) = claims.last_mut()
    {
        let message = "the text has hardly a sentence to summarise: this is its beginning";
        last.findings
            .push(Finding::warning(CheckId::Length, message));
    }
    made
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
        sources: Vec::from_iter(at),
        evidence: Vec::from_iter(evidence),
        ..Claim::bare(&text)
    }
}
