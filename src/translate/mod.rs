//! Translating segments: prompts for chat models, sentences for translation models, a judgement of each answer, a choice
//! where there are several, and repair where the best one has findings.

mod ask;
mod choose;
mod clauses;
mod clean;
mod fingerprint;
mod protect;
mod repair;
pub mod route;
mod typography;

use serde::{Deserialize, Serialize};

pub use choose::weight;
pub use clean::clean;
pub use fingerprint::fingerprint;
pub use repair::{Repair, Way};

use crate::checks::{self, CheckId, Finding, Pair};
use crate::engine::{Alternative, Engine, Sampling};
use crate::error::Result;
use crate::prompt::Prompt;
use crate::text::Lang;
use crate::text::glossary::Term;

use ask::{Answer, Ask, Heard, Wrong, ask};
use choose::{Candidate, choose};

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
}

/// What became of one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Translated {
    /// The translation.
    pub text: String,
    /// What may be wrong with it; empty if nothing was noticed.
    pub findings: Vec<Finding>,
    /// How many answers were judged; 0 if the segment has nothing to translate.
    pub attempts: u32,
    /// These answers, in order, if there was more than one.
    pub tries: Vec<Try>,
    /// The best translations with their scores, best first, where the model was asked for more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
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
pub fn translate(
    engine: &mut Engine,
    segments: &[Source<'_>],
    options: &Options<'_>,
    on: &mut dyn FnMut(Update<'_>),
) -> Result<Vec<Translated>> {
    let mut work = Work {
        segments,
        options,
        ladder: repair::ladder(options.repair, engine),
        done: vec![None; segments.len()],
        open: Vec::new(),
        on,
    };
    let draws = match engine {
        Engine::Chat(_) => options.candidates.max(1),
        Engine::Translation(_) | Engine::Summary(_) => 1,
    };
    let mut asks = Vec::new();
    for (segment, source) in segments.iter().enumerate() {
        if source.text.chars().any(char::is_alphabetic) {
            work.open.push(segment);
            asks.extend((0..draws).map(|draw| first(segment, draw, *source, options)));
        } else {
            let copied = Translated {
                text: source.text.to_string(),
                findings: Vec::new(),
                attempts: 0,
                tries: Vec::new(),
                alternatives: Vec::new(),
            };
            work.finish(segment, copied);
        }
    }
    work.round(engine, Way::First, &asks)?;
    for &way in work.ladder {
        let open = std::mem::take(&mut work.open);
        let mut asks = Vec::new();
        for segment in open {
            let Some(so_far) = &work.done[segment] else {
                continue;
            };
            let more = repair::asks(way, segment, segments[segment], so_far, options);
            asks.extend(more);
            work.open.push(segment);
        }
        work.round(engine, way, &asks)?;
    }
    for segment in std::mem::take(&mut work.open) {
        work.tell(segment);
    }
    Ok(work.done.into_iter().flatten().collect())
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
        draw,
        text: source.text,
        context: source.context,
        sampling,
        wrong: Wrong::default(),
        protect: true,
    }
}

/// A translation under way.
struct Work<'w> {
    segments: &'w [Source<'w>],
    options: &'w Options<'w>,
    ladder: &'static [Way],
    /// The best so far, by segment.
    done: Vec<Option<Translated>>,
    /// Segments that may still change.
    open: Vec<usize>,
    on: &'w mut dyn FnMut(Update<'_>),
}

impl Work<'_> {
    /// Asks once, judges what comes, and keeps what is better than what was there.
    fn round(&mut self, engine: &mut Engine, way: Way, asks: &[Ask<'_>]) -> Result<()> {
        if asks.is_empty() {
            return Ok(());
        }
        let mut answers: Vec<Option<Answer>> = asks.iter().map(|_| None).collect();
        let options = self.options;
        let alternatives = ask(engine, asks, options, &mut |heard| match heard {
            Heard::Text { ask, text } => {
                let Ask { segment, draw, .. } = asks[ask];
                if way == Way::First && draw == 0 {
                    (self.on)(Update::Partial { segment, text });
                }
            }
            Heard::Done { ask, answer } => {
                answers[ask] = Some(answer);
                let segment = asks[ask].segment;
                let mine = || (0..asks.len()).filter(|i| asks[*i].segment == segment);
                if mine().all(|i| answers[i].is_some()) {
                    let mine: Vec<_> = mine()
                        .filter_map(|i| Some((&asks[i], answers[i].take()?)))
                        .collect();
                    self.settle(segment, way, &mine);
                }
            }
        })?;
        if way == Way::First {
            for (ask, alternatives) in asks.iter().zip(alternatives) {
                if let Some(done) = &mut self.done[ask.segment] {
                    done.alternatives = alternatives;
                }
            }
        }
        Ok(())
    }

    /// All answers of a round for a segment are there.
    fn settle(&mut self, segment: usize, way: Way, answers: &[(&Ask<'_>, Answer)]) {
        let draws = answers
            .iter()
            .map(|(ask, _)| ask.draw + 1)
            .max()
            .unwrap_or(0);
        let mut candidates: Vec<Candidate> = (0..draws)
            .map(|draw| {
                let parts = || answers.iter().filter(move |(ask, _)| ask.draw == draw);
                let texts: Vec<&str> = parts().map(|(ask, _)| ask.text).collect();
                let translations: Vec<String> =
                    parts().map(|(_, answer)| answer.text.clone()).collect();
                let text = match &translations[..] {
                    [whole] => whole.clone(),
                    _ => clauses::join(&texts, &translations),
                };
                let cut = parts().any(|(_, answer)| answer.cut);
                let mut candidate = self.judge(segment, text, cut);
                let leaks = parts().filter_map(|(_, answer)| answer.leak.clone());
                candidate.findings.extend(leaks);
                candidate
            })
            .collect();
        let way_of = |draw: usize| match way {
            Way::First if draw > 0 => Way::Candidate,
            way => way,
        };
        let best = choose(&candidates);
        let mut tries: Vec<Try> = (0..)
            .zip(&candidates)
            .map(|(draw, candidate)| Try {
                way: way_of(draw),
                text: candidate.text.clone(),
                findings: candidate.findings.iter().map(|f| f.check).collect(),
                chosen: false,
            })
            .collect();
        let Candidate { text, findings } = candidates.swap_remove(best);
        let before = self.done[segment].take();
        let better = match &before {
            Some(before) => weight(&findings) < before.weight(),
            None => true,
        };
        let mut story = Vec::new();
        let mut alternatives = Vec::new();
        let (text, findings) = match before {
            Some(before) => {
                story = before.tries;
                alternatives = before.alternatives;
                match better {
                    true => (text, findings),
                    false => (before.text, before.findings),
                }
            }
            None => (text, findings),
        };
        if better {
            story.iter_mut().for_each(|earlier| earlier.chosen = false);
            tries[best].chosen = true;
        }
        story.extend(tries);
        let clean = findings.is_empty();
        self.done[segment] = Some(Translated {
            text,
            findings,
            attempts: story.len() as u32,
            tries: story,
            alternatives,
        });
        if clean || self.ladder.is_empty() {
            self.open.retain(|open| *open != segment);
            self.tell(segment);
        }
    }

    fn judge(&self, segment: usize, text: String, cut: bool) -> Candidate {
        let pair = Pair {
            source: self.segments[segment].text,
            target: &text,
            from: self.options.from,
            to: self.options.to,
        };
        let told = checks::Options {
            cut,
            ..checks::Options::default()
        };
        let mut findings = checks::check(&pair, &told);
        findings.extend(checks::terms(&pair, self.options.terms));
        Candidate { text, findings }
    }

    /// The segment is final.
    fn tell(&mut self, segment: usize) {
        if let Some(translated) = self.done[segment].take() {
            self.finish(segment, translated);
        }
    }

    fn finish(&mut self, segment: usize, mut translated: Translated) {
        if translated.tries.len() < 2 {
            translated.tries.clear();
        }
        (self.on)(Update::Final {
            segment,
            translated: &translated,
        });
        self.done[segment] = Some(translated);
    }
}
