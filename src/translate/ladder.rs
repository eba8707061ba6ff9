//! The ladder of repair: what is tried, in order of cost, for a segment whose translation has findings.

use super::ask::{Ask, Gloss, Wrong};
use super::repair::{Repair, Way};
use super::{Options, Source, clauses, weight};
use crate::checks::{CheckId, Finding};
use crate::engine::{Engine, Sampling};
use crate::text::Span;

/// The steps for an engine, the cheapest first.
pub(super) fn ladder(repair: Repair, engine: &Engine) -> &'static [Way] {
    use Way::{Clauses, Insisted, Lowered, Named, NoRepeat, Sampled, Unprotected};
    match (repair, engine) {
        (Repair::Off, _) => &[],
        (Repair::Auto, Engine::Chat(_)) => &[NoRepeat, Named, Insisted],
        (Repair::Thorough, Engine::Chat(_)) => &[NoRepeat, Named, Insisted, Sampled, Clauses],
        // It would give the same answer again, and is too small to gain from clauses where nothing is wrong.
        (_, Engine::Translation(_)) => &[Lowered, Unprotected, Clauses],
        (_, Engine::Summary(_)) => &[],
    }
}

/// Without context and example, small models garble texts longer than this, in characters.
const INSIST_CHARS: usize = 200;

/// In a text of more bytes, capitals are few.
const LOWERED: usize = 80;

/// So many answers are drawn freely.
const DRAWS: usize = 6;

/// The requests of one step for a segment whose answer has `findings`; none if the step can't help.
pub(super) fn asks<'a>(
    way: Way,
    segment: usize,
    source: Source<'a>,
    findings: &[Finding],
    options: &Options<'a>,
) -> Vec<Ask<'a>> {
    let plain = |draw: usize, text: &'a str, sampling: Sampling| Ask {
        segment,
        way,
        draw,
        part: 0,
        text,
        kept: source.kept_in(text),
        context: source.context,
        sampling,
        wrong: Wrong::default(),
        protect: true,
        lowered: false,
    };
    let has = |check: CheckId| findings.iter().any(|finding| finding.check == check);
    let once = || plain(0, source.text, options.sampling.clone());
    match way {
        Way::NoRepeat if has(CheckId::Loop) || has(CheckId::Cut) => {
            let mut ask = once();
            ask.sampling.no_repeat_ngram = 4;
            ask.sampling.repetition_penalty = 1.1;
            vec![ask]
        }
        Way::Named | Way::Insisted => {
            let mut ask = once();
            let mut wrong = wrong(source.text, findings);
            let named = wrong != Wrong::default();
            wrong.insist = way == Way::Insisted;
            let worth_it = match (wrong.insist, named) {
                (false, named) => named,
                // One gentle question has not mended it.
                (true, true) => weight(findings).0 > 0,
                (true, false) => source.text.chars().count() <= INSIST_CHARS,
            };
            let uses = |name: &&str| options.prompt.uses(name);
            let told = Wrong::VARIABLES.iter().any(uses);
            if !worth_it || wrong.insist && !told {
                return Vec::new();
            }
            if !told {
                // A prompt that can't say what went wrong would get the same answer again.
                ask.sampling = options.sampling.again();
            }
            // A word that stands for a placeholder was lost: the placeholder itself may not be.
            ask.protect = !has(CheckId::Placeholder);
            // Without the context, small models listen better.
            ask.context = "";
            ask.wrong = wrong;
            vec![ask]
        }
        Way::Sampled => (0..DRAWS)
            .map(|draw| {
                let sampling = Sampling {
                    temperature: 0.7,
                    top_p: 0.9,
                    // Other numbers than the candidates' of the first pass.
                    seed: options.sampling.seed.wrapping_add(7 + draw as u64),
                    ..options.sampling.clone()
                };
                plain(draw, source.text, sampling)
            })
            .collect(),
        Way::Clauses => {
            let clauses = clauses::cut(source.text);
            if clauses.len() < 2 {
                return Vec::new();
            }
            let ask = |(part, text)| Ask {
                part,
                ..plain(0, text, options.sampling.clone())
            };
            (0..).zip(clauses).map(ask).collect()
        }
        Way::Lowered if has(CheckId::Untranslated) && source.text.len() <= LOWERED => vec![Ask {
            lowered: true,
            ..once()
        }],
        Way::Unprotected if has(CheckId::Term) || has(CheckId::Placeholder) => vec![Ask {
            protect: false,
            ..once()
        }],
        _ => Vec::new(),
    }
}

/// What an answer got wrong, to be named in a prompt.
fn wrong<'t>(text: &'t str, findings: &[Finding]) -> Wrong<'t> {
    use CheckId::{Acronym, Date, Event, Idiom, Link, Name, Number, Opposite, Quotes, Term, Unit};
    let mut wrong = Wrong::default();
    // Two rules may see one word go wrong; where one says what it means, the other has nothing to add.
    let explained: Vec<Span> = findings
        .iter()
        .filter(|finding| finding.rendering.is_some())
        .filter_map(|finding| finding.source)
        .collect();
    let is_explained = |finding: &&Finding| {
        let overlaps = |at: Span| {
            explained
                .iter()
                .any(|x| at.start < x.end && x.start < at.end)
        };
        finding.rendering.is_none() && finding.source.is_some_and(overlaps)
    };
    for finding in findings.iter().filter(|finding| !is_explained(finding)) {
        let item = finding.source.and_then(|at| text.get(at.start..at.end));
        match (item, &finding.rendering, finding.check) {
            (Some(term), Some(rendering), _) => {
                let translation = rendering.clone();
                // One explanation a word will do.
                if !wrong.means.iter().any(|known| known.term == term) {
                    wrong.means.push(Gloss { term, translation });
                }
            }
            (
                Some(item),
                None,
                Acronym | Date | Event | Idiom | Link | Name | Number | Opposite | Term | Unit,
            ) => {
                if !wrong.keep.contains(&item) {
                    wrong.keep.push(item);
                }
            }
            (_, _, Quotes) => wrong.quotes = true,
            _ => wrong.whole = true,
        }
    }
    wrong
}
