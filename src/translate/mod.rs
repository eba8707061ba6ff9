//! Translating segments: prompts for chat models, sentences for translation models, a judgement of each answer, a choice
//! where there are several, and repair where the best one has findings.

mod ask;
mod capitals;
mod choose;
mod clauses;
mod clean;
mod fingerprint;
mod opening;
mod phrases;
mod protect;
mod repair;
pub mod route;
mod typography;
mod unread;

use serde::{Deserialize, Serialize};

pub use choose::weight;
pub use clean::clean;
pub use fingerprint::fingerprint;
pub use repair::{Repair, Way};

use crate::checks::{self, CheckId, Finding, Pair};
use crate::engine::{Alternative, Engine, Sampling};
use crate::error::Result;
use crate::prompt::Prompt;
use crate::risk::{self, Risk};
use crate::text::glossary::Term;
use crate::text::{Lang, Span, words};

pub use ask::question;
use ask::{Answer, Ask, Heard, Wrong, ask};
use choose::{Candidate, Merit, choose};

/// How to translate.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Language of the segments.
    pub from: Lang,
    /// Language asked for.
    pub to: Lang,
    /// What chat models are asked; the repair fills in what went wrong.
    pub prompt: &'a Prompt,
    /// How a chat model draws tokens at the first attempt.
    pub sampling: &'a Sampling,
    /// Hard cap on the tokens of one segment; by default it follows from the segment's length.
    pub max_tokens: Option<usize>,
    /// How many answers a chat model draws for each segment, to choose among them; at least 1.
    pub candidates: usize,
    /// What is done about answers with findings.
    pub repair: Repair,
    /// The glossary's terms for these languages, the longest first.
    pub terms: &'a [Term],
}

/// One segment to translate.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The text, one line.
    pub text: &'a str,
    /// The little text that comes before it in the article, for a chat model to understand; may be empty.
    pub context: &'a str,
    /// Where in the text stands what must come back letter for letter, in order: code, addresses.
    pub kept: &'a [Span],
}

impl Source<'_> {
    /// [`kept`](Self::kept) of `part`, which is a part of the text.
    fn kept_in(&self, part: &str) -> Vec<Span> {
        let start = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let within = |span: &&Span| start <= span.start && span.end <= start + part.len();
        let moved = |span: &Span| Span {
            start: span.start - start,
            end: span.end - start,
        };
        self.kept.iter().filter(within).map(moved).collect()
    }
}

/// What became of one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Translated {
    /// The translation.
    pub text: String,
    /// What may be wrong with it; empty if nothing was noticed.
    pub findings: Vec<Finding>,
    /// How many answers were judged; 0 if no model was asked: the segment has nothing to translate, or is a
    /// phrase that is known.
    pub attempts: u32,
    /// These answers, in order, if there was more than one.
    pub tries: Vec<Try>,
    /// The best translations with their scores, best first, where the model was asked for more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// The log-probability of each word ([`crate::text::words`]) by the model that wrote it; empty if it doesn't tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sureness: Vec<f32>,
    /// How probable it is that it misleads; `None` before that was judged, and where nothing was translated.
    #[serde(skip)]
    pub risk: Option<Risk>,
}

impl Translated {
    /// Errors, then warnings: less is better.
    pub fn weight(&self) -> (usize, usize) {
        weight(&self.findings)
    }
}

/// One of several answers for a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Try {
    /// How it came about.
    pub way: Way,
    /// The answer.
    pub text: String,
    /// What may be wrong with it.
    pub findings: Vec<CheckId>,
    /// Whether it was taken.
    pub chosen: bool,
}

/// News of a translation under way. Segments become final out of order.
#[derive(Debug)]
pub enum Update<'a> {
    /// More raw text of a segment's first attempt; what becomes final may differ.
    Partial {
        /// Index of the segment.
        segment: usize,
        /// The new text.
        text: &'a str,
    },
    /// A segment is done.
    Final {
        /// Index of the segment.
        segment: usize,
        /// Its translation.
        translated: &'a Translated,
    },
}

/// How freely candidates beside the first are drawn.
const CANDIDATE_TEMPERATURE: f32 = 0.5;
/// Of the likeliest tokens, which they are drawn from.
const CANDIDATE_TOP_P: f32 = 0.9;

/// Translates `segments` with `engine`; the answer has one entry a segment, in order.
///
/// # Errors
/// What the engine or a prompt template says.
pub fn translate<'a>(
    engine: &mut Engine,
    segments: &[Source<'a>],
    options: &Options<'a>,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<Vec<Translated>> {
    let mut work = Work {
        segments,
        options,
        ladder: repair::ladder(options.repair, engine),
        states: segments.iter().map(|_| State::default()).collect(),
        on,
    };
    let draws = match engine {
        Engine::Chat(_) => options.candidates.max(1),
        Engine::Translation(_) | Engine::Summary(_) => 1,
    };
    let mut asks = Vec::new();
    for (segment, source) in segments.iter().enumerate() {
        let known = known(source.text, options);
        if known.is_none() && source.text.chars().any(char::is_alphabetic) {
            asks.extend((0..draws).map(|draw| first(segment, draw, *source, options)));
            work.states[segment].unanswered = draws;
        } else {
            work.states[segment].best = Some(Translated {
                text: known.unwrap_or_else(|| source.text.to_string()),
                findings: Vec::new(),
                attempts: 0,
                tries: Vec::new(),
                alternatives: Vec::new(),
                sureness: Vec::new(),
                risk: None,
            });
            work.tell(segment);
        }
    }
    let asked: Vec<usize> = asks.iter().map(|ask| ask.segment).collect();
    if !asks.is_empty() {
        let alternatives = ask(engine, asks, options, &mut |ask, heard| {
            work.hear(ask, heard)
        })?;
        for (segment, alternatives) in asked.into_iter().zip(alternatives) {
            if let Some(best) = &mut work.states[segment].best {
                best.alternatives = alternatives;
            }
        }
    }
    let best = work.states.into_iter().filter_map(|state| state.best);
    Ok(best.collect())
}

/// A translation that needs no model, but for what the glossary says and where nothing is to be mended.
fn known(text: &str, options: &Options<'_>) -> Option<String> {
    let is_free = options.repair != Repair::Off
        && options.terms.iter().all(|term| term.find(text).is_empty());
    is_free
        .then(|| phrases::phrase(text, options.from, options.to))
        .flatten()
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
    }
}

/// A translation under way.
struct Work<'w, 'a> {
    segments: &'w [Source<'a>],
    options: &'w Options<'a>,
    ladder: &'static [Way],
    states: Vec<State<'a>>,
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
    fn hear(&mut self, ask: &Ask<'a>, heard: Heard<'_>) -> Vec<Ask<'a>> {
        let segment = ask.segment;
        match heard {
            Heard::Text(text) => {
                if ask.way == Way::First && ask.draw == 0 {
                    (self.on)(Update::Partial { segment, text });
                }
                Vec::new()
            }
            Heard::Done(answer) => {
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
        let best = better(state.best.take(), candidates, way);
        let findings = match best.findings.is_empty() {
            true => &greedy,
            false => &best.findings,
        };
        let mut asks = Vec::new();
        while asks.is_empty()
            && !findings.is_empty()
            && let Some(&way) = self.ladder.get(state.steps)
        {
            state.steps += 1;
            let source = self.segments[segment];
            asks = repair::asks(way, segment, source, findings, self.options);
        }
        state.unanswered = asks.len();
        state.best = Some(best);
        if asks.is_empty() {
            self.tell(segment);
        }
        asks
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
        })
    }

    fn judge(&self, segment: usize, text: String, cut: bool) -> Candidate {
        let pair = self.pair(segment, &text);
        let told = checks::Options {
            cut,
            ..checks::Options::default()
        };
        let kept = self.segments[segment].kept;
        let findings = judge(&pair, kept, self.options.terms, &told);
        Candidate {
            text,
            findings,
            sureness: Vec::new(),
            risk: None,
        }
    }

    /// The segment is final.
    fn tell(&mut self, segment: usize) {
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
        !now.beats(earlier) && (earlier.weight != now.weight || !drawn(before))
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
                risk,
            }
        }
    };
    now.tries.extend(tries);
    now.attempts = now.tries.len() as u32;
    now
}
