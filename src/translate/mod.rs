//! Translating segments: prompts for chat models, sentences for translation models, a judgement of each answer, a choice
//! where there are several, and repair where the best one has findings.

mod ask;
mod capitals;
mod choose;
mod clauses;
mod clean;
mod copied;
mod edges;
mod fingerprint;
mod ladder;
mod marks;
mod opening;
mod phrases;
mod protect;
mod repair;
mod request;
pub mod route;
mod translated;
mod typography;
mod unread;

pub use choose::{Merit, weight};
pub use clean::clean;
pub use fingerprint::fingerprint;
pub use repair::{Repair, Way};
pub use request::{Options, Source};
pub use translated::{Translated, Try, Update};

use std::collections::BTreeMap;

use crate::checks::{self, CheckId, Finding, Pair};
use crate::engine::{Alternative, Engine};
use crate::error::Result;
use crate::risk::{self, Risk};
use crate::text::dictionary::Unrendered;
use crate::text::glossary::Term;
use crate::text::{Span, stranger, words};

pub use ask::question;
use ask::{Answer, Ask, AskEvent, Wrong, ask};
use choose::{Candidate, choose, left_out};
use copied::left;

/// How freely candidates beside the first are drawn.
const CANDIDATE_TEMPERATURE: f32 = 0.5;
/// Of the likeliest tokens, which they are drawn from.
const CANDIDATE_TOP_P: f32 = 0.9;

/// Translates `segments` with `engine`; the answer has one entry a segment, in order.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage) if the engine only summarises or the prompt's template fails;
/// [`ErrorKind::Input`](crate::ErrorKind::Input) if a request doesn't fit the model's context;
/// [`ErrorKind::Inference`](crate::ErrorKind::Inference) if the model fails.
pub fn translate<'a>(
    engine: &mut Engine,
    segments: &[Source<'a>],
    options: &Options<'a>,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<Vec<Translated>> {
    let by_sentence = matches!(engine, Engine::Translation(_));
    let mut work = Work {
        segments,
        options,
        ladder: ladder::ladder(options.repair, engine),
        states: segments.iter().map(|_| State::default()).collect(),
        shows_links: by_sentence,
        unlinked: Vec::new(),
        on,
    };
    let draws = match engine {
        Engine::Chat(_) => options.candidates.max(1),
        Engine::Translation(_) | Engine::Summary(_) => 1,
    };
    let mut asks = Vec::new();
    for (segment, source) in segments.iter().enumerate() {
        let there = is_there(source.text, options, engine);
        let known = known(source.text, options).or_else(|| there.then(|| source.text.to_owned()));
        if known.is_none() && source.text.chars().any(char::is_alphabetic) {
            let before = asks.len();
            for draw in 0..draws {
                let parts = match by_sentence && options.repair != Repair::Off {
                    true => clauses::part(source.text, options.from),
                    false => vec![source.text],
                };
                let parts = parts.into_iter().enumerate();
                asks.extend(parts.map(|(part, text)| Ask {
                    part,
                    text,
                    kept: source.kept_in(text),
                    ..first(segment, draw, *source, options)
                }));
            }
            work.states[segment].unanswered = asks.len() - before;
        } else {
            let text = known.unwrap_or_else(|| figures(source.text, options));
            let findings = match there {
                true => work.judge(segment, text.clone(), false).findings,
                false => Vec::new(),
            };
            work.states[segment].best = Some(Translated::without_model(text, findings));
            work.tell(segment);
        }
    }
    let asked: Vec<(usize, &str)> = asks.iter().map(|ask| (ask.segment, ask.text)).collect();
    if !asks.is_empty() {
        let alternatives = ask(engine, asks, options, &mut |ask, heard| {
            work.hear(ask, heard)
        })?;
        let mut parts: BTreeMap<usize, Vec<(&str, Vec<Alternative>)>> = BTreeMap::new();
        for ((segment, text), alternatives) in asked.into_iter().zip(alternatives) {
            parts.entry(segment).or_default().push((text, alternatives));
        }
        for (segment, parts) in parts {
            if let Some(best) = &mut work.states[segment].best {
                best.alternatives = clauses::alternatives(parts);
            }
        }
    }
    work.link(engine)?;
    let best = work.states.into_iter().filter_map(|state| state.best);
    Ok(best.collect())
}

/// A translation that needs no model, but for what the glossary says and where nothing is to be mended.
fn known(text: &str, options: &Options<'_>) -> Option<String> {
    let is_free = options.repair != Repair::Off
        && options.terms.iter().all(|term| term.find(text).is_empty());
    let phrase = || {
        phrases::phrase(text, options.from, options.to)
            .or_else(|| phrases::is_person(text, options.to).then(|| text.to_owned()))
    };
    is_free.then(phrase).flatten()
}

/// A text without words; sums of money and shares as the language asked for writes them: "£188.00".
fn figures(text: &str, options: &Options<'_>) -> String {
    match options.repair != Repair::Off && text.contains(['€', '£', '$', '¥', '%']) {
        true => checks::figures(text, text, options.from, options.to),
        false => text.to_owned(),
    }
}

/// A sentence that is in the language asked for already; or in a third one, from which the model doesn't translate: it would
/// only be garbled.
fn is_there(text: &str, options: &Options<'_>, engine: &Engine) -> bool {
    let other = stranger(text, options.from).filter(|_| options.repair != Repair::Off);
    other.is_some_and(|other| match engine {
        _ if other == options.to => true,
        Engine::Translation(model) => !model.supports(other, options.to),
        Engine::Chat(_) | Engine::Summary(_) => false,
    })
}

/// What the checks say of a translation: `kept` is what of the source must come back letter for letter, `terms` are the
/// glossary's, `told` is what is known besides.
pub fn judge(
    pair: &Pair<'_>,
    kept: &[Span],
    terms: &[Term],
    told: &checks::Options,
) -> Vec<Finding> {
    let mut findings = checks::check(pair, told);
    // What is kept on purpose is not left over.
    let within = |at: Span| {
        kept.iter()
            .any(|one| at.start < one.end && one.start < at.end)
    };
    findings.retain(|finding| {
        finding.check != CheckId::Untranslated || !finding.source.is_some_and(within)
    });
    findings.extend(checks::terms(pair, terms));
    findings
}

/// A request of the first pass; the first draw is the user's own, the others are freer.
fn first<'a>(segment: usize, draw: usize, source: Source<'a>, options: &Options<'a>) -> Ask<'a> {
    let mut sampling = options.sampling.clone();
    if draw > 0 {
        sampling.temperature = sampling.temperature.max(CANDIDATE_TEMPERATURE);
        sampling.top_p = sampling.top_p.min(CANDIDATE_TOP_P);
        sampling.seed = sampling.seed.wrapping_add(draw as u64);
    }
    Ask {
        segment,
        way: Way::First,
        draw,
        part: 0,
        text: source.text,
        kept: source.kept.to_vec(),
        context: source.context,
        sampling,
        wrong: Wrong::default(),
        protect: true,
        lowered: false,
    }
}

/// A translation under way.
struct Work<'w, 'a> {
    segments: &'w [Source<'a>],
    options: &'w Options<'a>,
    ladder: &'static [Way],
    states: Vec<State<'a>>,
    /// Whether the model shows which words come from which.
    shows_links: bool,
    /// Segments that are done, but for their links.
    unlinked: Vec<usize>,
    on: &'w mut dyn FnMut(Update<'_>),
}

/// Where a segment stands.
#[derive(Default)]
struct State<'a> {
    best: Option<Translated>,
    /// So many steps of the ladder were taken.
    steps: usize,
    /// Requests of the present step that have no answer yet.
    unanswered: usize,
    /// Answers of the present step: which draw and part, of what text.
    answers: Vec<((usize, usize), &'a str, Answer)>,
}

impl<'a> Work<'_, 'a> {
    /// Takes an answer in; what is to be asked next, once the step's answers are all there.
    fn hear(&mut self, ask: &Ask<'a>, heard: AskEvent<'_>) -> Vec<Ask<'a>> {
        let segment = ask.segment;
        match heard {
            AskEvent::Text(text) => {
                if ask.way == Way::First && ask.draw == 0 {
                    (self.on)(Update::Partial { segment, text });
                }
                Vec::new()
            }
            AskEvent::Done(answer) => {
                let state = &mut self.states[segment];
                state.answers.push(((ask.draw, ask.part), ask.text, answer));
                state.unanswered -= 1;
                match state.unanswered {
                    0 => self.settle(segment, ask.way),
                    _ => Vec::new(),
                }
            }
        }
    }

    /// All answers of a step are there: the best one is kept if it is better than what was there, and the segment is done
    /// or goes on to the next step that may help.
    fn settle(&mut self, segment: usize, way: Way) -> Vec<Ask<'a>> {
        let mut answers = std::mem::take(&mut self.states[segment].answers);
        answers.sort_by_key(|(place, ..)| *place);
        let draws = answers.last().map_or(0, |((draw, _), ..)| draw + 1);
        let candidates: Vec<Candidate> = (0..draws)
            .map(|draw| {
                let parts = || answers.iter().filter(move |((of, _), ..)| *of == draw);
                let texts: Vec<&str> = parts().map(|(_, text, _)| *text).collect();
                let translations: Vec<String> =
                    parts().map(|(.., answer)| answer.text.clone()).collect();
                let text = match &translations[..] {
                    [whole] => whole.clone(),
                    _ => clauses::join(&texts, &translations),
                };
                let cut = parts().any(|(.., answer)| answer.cut);
                let sureness = parts().flat_map(|(.., answer)| &answer.sureness);
                let mut candidate = self.judge(segment, text, cut);
                candidate.sureness = sureness.copied().collect();
                // Only if joining the parts has changed no word.
                if candidate.sureness.len() != words(&candidate.text).count() {
                    candidate.sureness.clear();
                }
                for finding in parts().flat_map(|(.., answer)| &answer.findings) {
                    let known = |other: &Finding| other.message == finding.message;
                    if !candidate.findings.iter().any(known) {
                        candidate.findings.push(finding.clone());
                    }
                }
                candidate.risk = self.risk(segment, &candidate);
                candidate
            })
            .collect();
        let state = &mut self.states[segment];
        // What is wrong with the greedy answer is named also where a free draw seems better: mended, it is the better one.
        let greedy = match way {
            Way::First => candidates[0].findings.clone(),
            _ => Vec::new(),
        };
        let mut best = better(state.best.take(), candidates, way);
        let mut findings = match best.findings.is_empty() {
            true => greedy,
            false => best.findings.clone(),
        };
        let is_doubtful = |risk: &Risk| risk.level != risk::Level::Fine;
        if best.risk.as_ref().is_some_and(is_doubtful) {
            findings.extend(self.glosses(segment, &best.text));
        }
        let state = &mut self.states[segment];
        let mut asks = Vec::new();
        while asks.is_empty()
            && !findings.is_empty()
            && let Some(&way) = self.ladder.get(state.steps)
        {
            state.steps += 1;
            let source = self.segments[segment];
            asks = ladder::asks(way, segment, source, &findings, self.options);
        }
        state.unanswered = asks.len();
        if asks.is_empty() && self.options.repair != Repair::Off {
            best = left_out(best, self.segments[segment], self.options.from);
        }
        state.best = Some(best);
        if asks.is_empty() {
            self.tell(segment);
        }
        asks
    }

    /// Words of the source that may be lost, with what the dictionaries have for them, if there are any.
    fn unrendered(&self, segment: usize, target: &str) -> Option<Vec<Unrendered>> {
        let dictionary = self.options.dictionary?;
        Some(dictionary.unrendered(self.segments[segment].text, target))
    }

    /// The same as findings, for a model to be told.
    fn glosses(&self, segment: usize, target: &str) -> Vec<Finding> {
        let words = self.unrendered(segment, target).unwrap_or_default();
        words
            .iter()
            .map(|one| checks::unrendered(one.span, one.gloss()))
            .collect()
    }

    fn pair<'p>(&'p self, segment: usize, target: &'p str) -> Pair<'p> {
        Pair {
            source: self.segments[segment].text,
            target,
            from: self.options.from,
            to: self.options.to,
        }
    }

    /// What the answer itself says of its risk; what else is known comes when the translation is whole.
    fn risk(&self, segment: usize, candidate: &Candidate) -> Option<Risk> {
        risk::judge(&risk::Evidence {
            pair: self.pair(segment, &candidate.text),
            findings: &candidate.findings,
            likeness: None,
            legs: &[risk::Leg {
                text: &candidate.text,
                lang: self.options.to,
                sureness: &candidate.sureness,
            }],
            unrendered: self.unrendered(segment, &candidate.text).as_deref(),
        })
    }

    fn judge(&self, segment: usize, text: String, cut: bool) -> Candidate {
        let pair = self.pair(segment, &text);
        let told = checks::Options {
            cut,
            ..checks::Options::default()
        };
        let kept = self.segments[segment].kept;
        let mut findings = judge(&pair, kept, self.options.terms, &told);
        let is_left =
            |one: &Finding| one.check == CheckId::Untranslated || one.check == CheckId::Echo;
        if kept.is_empty() && !findings.iter().any(is_left) {
            let source = &self.segments[segment];
            findings.extend(left(source, pair.target, pair.from));
        }
        Candidate {
            text,
            findings,
            sureness: Vec::new(),
            risk: None,
        }
    }

    /// Asks the model which words come from which, where that is wanted; these segments are final now.
    fn link(&mut self, engine: &mut Engine) -> Result<()> {
        let unlinked = std::mem::take(&mut self.unlinked);
        let Engine::Translation(model) = engine else {
            return Ok(());
        };
        let made = unlinked.iter().map(|&segment| {
            let best = self.states[segment].best.as_ref();
            let text = best.map_or("", |best| best.text.as_str());
            (self.segments[segment].text, text)
        });
        let pairs: Vec<(&str, &str)> = made.collect();
        let links = match pairs.is_empty() {
            true => Vec::new(),
            false => model.align(&pairs)?,
        };
        self.shows_links = false;
        for (segment, links) in unlinked.into_iter().zip(links) {
            if let Some(best) = &mut self.states[segment].best {
                best.links = links;
            }
            self.tell(segment);
        }
        Ok(())
    }

    /// The segment is final, but for its links if they are wanted.
    fn tell(&mut self, segment: usize) {
        let is_made = |best: &Translated| best.attempts > 0;
        let best = self.states[segment].best.as_ref();
        if self.shows_links && self.segments[segment].linked && best.is_some_and(is_made) {
            self.unlinked.push(segment);
            return;
        }
        if let Some(translated) = &mut self.states[segment].best {
            if translated.tries.len() < 2 {
                translated.tries.clear();
            }
            (self.on)(Update::Final {
                segment,
                translated,
            });
        }
    }
}

/// The best of a step's answers if it is better than the best before, else that; both stories together.
fn better(before: Option<Translated>, mut candidates: Vec<Candidate>, way: Way) -> Translated {
    let way_of = |draw: usize| match way {
        Way::First if draw > 0 => Way::Candidate,
        way => way,
    };
    let best = choose(&candidates, way == Way::First);
    let mut tries: Vec<Try> = (0..)
        .zip(&candidates)
        .map(|(draw, candidate)| Try {
            way: way_of(draw),
            text: candidate.text.clone(),
            findings: candidate.findings.iter().map(|f| f.check).collect(),
            chosen: false,
        })
        .collect();
    let Candidate {
        text,
        findings,
        sureness,
        risk,
    } = candidates.swap_remove(best);
    // A free draw is the poorer of two equals.
    let drawn = |before: &Translated| {
        let mut tries = before.tries.iter();
        tries.any(|one| one.chosen && one.way == Way::Candidate)
    };
    let stays = |before: &Translated| {
        let earlier = Merit::of(&before.findings, before.risk.as_ref());
        let now = Merit::of(&findings, risk.as_ref());
        !now.beats(earlier, Merit::CLEARLY) && (earlier.weight != now.weight || !drawn(before))
    };
    let mut now = match before {
        Some(before) if stays(&before) => before,
        before => {
            tries[best].chosen = true;
            let mut tries = before.map_or_else(Vec::new, |before| before.tries);
            tries.iter_mut().for_each(|earlier| earlier.chosen = false);
            Translated {
                text,
                findings,
                attempts: 0,
                tries,
                alternatives: Vec::new(),
                sureness,
                links: Vec::new(),
                risk,
            }
        }
    };
    now.tries.extend(tries);
    now.attempts = now.tries.len() as u32;
    now
}
