//! Judging pairs: the rules, the glossary, names across the pairs, embeddings, a language model's probabilities, and the
//! risk that joins them.

use super::super::leg::contexts;
use super::super::session::Session;
use super::super::signs::{compare, meaning};
use super::freedom::{self, Maker};
use super::pairs::Pair;
use crate::checks::{self, CheckId, Finding, Severity};
use crate::engine::embed::Likeness;
use crate::engine::{Engine, Message, Sampling};
use crate::error::{Error, ErrorKind, Result};
use crate::output::check::Segment;
use crate::prompt::Prompt;
use crate::risk::{self, Evidence, Leg, Level, Risk};
use crate::text::Lang;
use crate::text::dictionary::{Bilingual, Unrendered};
use crate::text::glossary::Term;
use crate::translate::{self, Options, Repair, Source};

/// What pairs are judged by.
pub(super) struct Judge<'a> {
    pub langs: (Lang, Lang),
    pub terms: Vec<Term>,
    /// What the user's dictionaries say.
    pub dictionary: Option<Bilingual<'a>>,
    pub skip: &'a [CheckId],
    /// The model for embeddings.
    pub embeddings: Option<&'a str>,
    /// The language model.
    pub model: Option<&'a str>,
    pub prompt: &'a Prompt,
    pub by: Maker,
    /// From this risk on a segment is told though no rule has found anything.
    pub risk: Option<f32>,
    /// Whether sentences were aligned: how many became how many is known then.
    pub aligned: bool,
}

/// The risk that is told unless another one is asked for: of good translations one in a hundred has it.
const RISK: f32 = 0.5;
/// So many pairs go through a model between two signs of progress.
const AT_ONCE: usize = 64;

impl Judge<'_> {
    /// Judges `pairs`, of which `before` have come before.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if a model's files can't be loaded, [`crate::ErrorKind::Input`] if a text doesn't fit
    /// its context, [`crate::ErrorKind::Inference`] if it fails while running.
    pub(super) fn all(
        &self,
        session: &mut Session<'_>,
        pairs: Vec<Pair>,
        before: usize,
    ) -> Result<Vec<Segment>> {
        let texts: Vec<(&str, &str)> = pairs
            .iter()
            .map(|one| (&*one.source, &*one.target))
            .collect();
        let mut findings = self.rules(session, &pairs);
        let likeness = self.likeness(session, &texts)?;
        let sureness = self.sureness(session, &texts)?;
        if self.by == Maker::Anyone {
            for (i, likeness) in likeness.iter().enumerate() {
                if let Some(likeness) = likeness {
                    freedom::render(&mut findings[i], &self.pair(&pairs[i]), likeness);
                }
            }
        }
        let mut found = checks::consistency(&texts, self.langs.0, self.langs.1);
        let differ = meaning(&texts, &likeness, self.langs);
        found.extend(match self.by {
            Maker::Anyone => freedom::meaning(differ, &likeness),
            Maker::Machine => differ,
        });
        for (i, finding) in found {
            // What has no counterpart, or is in another language, has been said to.
            let is_settled = |one: &Finding| {
                use CheckId::{Addition, Echo, Empty, Language, Omission};
                matches!(one.check, Addition | Echo | Empty | Language | Omission)
            };
            if !self.skip.contains(&finding.check) && !findings[i].iter().any(is_settled) {
                findings[i].push(finding);
            }
        }
        let unrendered: Vec<_> = texts.iter().map(|one| self.unrendered(*one)).collect();
        let risks = (0..pairs.len()).map(|i| {
            let pair = self.pair(&pairs[i]);
            let legs = [Leg {
                text: pair.target,
                lang: pair.to,
                sureness: &sureness[i],
            }];
            let evidence = Evidence {
                pair,
                findings: &findings[i],
                likeness: likeness[i].as_ref(),
                legs: &legs,
                unrendered: unrendered[i].as_deref(),
            };
            match risk::judge(&evidence) {
                Some(risk) => (risk, true),
                None => (risk::judge_by_rules(&evidence), false),
            }
        });
        let mut risks: Vec<(Risk, bool)> = risks.collect();
        if self.by == Maker::Anyone {
            freedom::settle(&mut risks, &findings);
        }
        let known = pairs.iter().zip(&unrendered);
        let segments = risks.into_iter().zip(findings).zip(known);
        let segments = segments.map(|((risk, findings), known)| self.settle(risk, findings, known));
        let segments: Vec<_> = segments.collect();
        let made = pairs.into_iter().zip(segments).enumerate();
        let made = made.map(|(i, (pair, (findings, risk, level)))| Segment {
            n: before + i + 1,
            id: pair.id,
            source: pair.source,
            translation: pair.target,
            source_line: pair.lines.0,
            translation_line: pair.lines.1,
            block: pair.block,
            kind: pair.kind,
            risk: risk.probability,
            level,
            findings,
            words: risk.words,
            source_words: risk.source,
        });
        Ok(made.collect())
    }

    /// What is told of a pair, and how it looks to a reader; `risk` is by a model or by rules alone.
    fn settle(
        &self,
        (mut risk, by_model): (Risk, bool),
        mut findings: Vec<Finding>,
        (pair, unrendered): (&Pair, &Option<Vec<Unrendered>>),
    ) -> (Vec<Finding>, Risk, Level) {
        let told = match (self.risk, self.by) {
            (Some(least), _) => risk.probability >= least,
            (None, Maker::Anyone) => risk.probability >= RISK,
            (None, Maker::Machine) => risk.level > Level::Fine,
        };
        // By rules alone the risk is little more than the sentence's length: only who asks for a bound is told of it.
        risk.level = match told && (by_model || self.risk.is_some()) {
            true => Level::Check,
            false => Level::Fine,
        };
        if findings.iter().all(Finding::is_hint) && !self.skip.contains(&CheckId::Risk) {
            let unrendered = unrendered.as_deref().unwrap_or_default();
            let finding = risk::finding(&risk, &pair.target);
            findings.extend(finding.map(|one| risk::explained(one, &pair.source, unrendered)));
        }
        let told = findings.iter().map(|finding| match finding.severity {
            Severity::Error => Level::Wrong,
            Severity::Warning => Level::Check,
            Severity::Hint => Level::Fine,
        });
        let level = told.max().unwrap_or(Level::Fine).max(risk.level);
        (findings, risk, level)
    }

    /// What the dictionaries miss in a translation, if there are any.
    fn unrendered(&self, (source, target): (&str, &str)) -> Option<Vec<Unrendered>> {
        let dictionary = self.dictionary.as_ref()?;
        Some(dictionary.unrendered(source, target))
    }

    fn pair<'p>(&self, pair: &'p Pair) -> checks::Pair<'p> {
        checks::Pair {
            source: &pair.source,
            target: &pair.target,
            from: self.langs.0,
            to: self.langs.1,
        }
    }

    /// What the rules and the glossary say of each pair, on all threads.
    fn rules(&self, session: &Session<'_>, pairs: &[Pair]) -> Vec<Vec<Finding>> {
        let threads = session.context().compute.threads.max(1);
        let share = pairs.len().div_ceil(threads).max(1);
        let one = |pair: &Pair| {
            let findings = match (pair.is_alone, pair.target.is_empty()) {
                (true, true) => vec![Finding::error(
                    CheckId::Omission,
                    "nothing in the translation corresponds to this",
                )],
                (true, false) => vec![Finding::warning(
                    CheckId::Addition,
                    "nothing in the source corresponds to this",
                )],
                (false, _) => {
                    let told = checks::Options {
                        cut: false,
                        skip: self.skip.to_vec(),
                    };
                    let two = self.pair(pair);
                    let mut findings = translate::judge(&two, &pair.kept, &self.terms, &told);
                    let by_model = self.by == Maker::Machine;
                    let made_up = checks::nonwords(&two, &pair.kept, by_model, &findings);
                    findings.extend(made_up);
                    if self.by == Maker::Anyone {
                        freedom::allow(&mut findings, &two);
                    }
                    findings
                }
            };
            let kept = |finding: &Finding| {
                let counted = self.aligned && finding.check == CheckId::Sentences;
                !counted && !self.skip.contains(&finding.check)
            };
            findings.into_iter().filter(kept).collect()
        };
        let mut all = Vec::with_capacity(pairs.len());
        std::thread::scope(|scope| {
            let parts = pairs
                .chunks(share)
                .map(|some| scope.spawn(|| some.iter().map(one).collect::<Vec<Vec<Finding>>>()));
            let parts: Vec<_> = parts.collect();
            for part in parts {
                match part.join() {
                    Ok(findings) => all.extend(findings),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        all
    }

    /// How near the words of both sides are.
    fn likeness(
        &self,
        session: &mut Session<'_>,
        texts: &[(&str, &str)],
    ) -> Result<Vec<Option<Likeness>>> {
        let Some(model) = self.embeddings else {
            return Ok(vec![None; texts.len()]);
        };
        let observer = session.observer();
        observer.begin_segments("Comparing meanings", texts.len());
        let mut all = Vec::with_capacity(texts.len());
        for some in texts.chunks(AT_ONCE) {
            all.extend(compare(session, some, self.langs, model)?);
            some.iter().for_each(|_| observer.segment_done());
        }
        observer.end_segments();
        Ok(all)
    }

    /// How probable the language model holds each word of the translations; nothing where there is none.
    fn sureness(&self, session: &mut Session<'_>, texts: &[(&str, &str)]) -> Result<Vec<Vec<f32>>> {
        let mut all = vec![Vec::new(); texts.len()];
        let Some(id) = self.model else {
            return Ok(all);
        };
        let sources: Vec<&str> = texts.iter().map(|(source, _)| *source).collect();
        let contexts = contexts(&sources);
        let sampling = Sampling::default();
        let options = Options {
            from: self.langs.0,
            to: self.langs.1,
            prompt: self.prompt,
            sampling: &sampling,
            max_tokens: None,
            candidates: 1,
            repair: Repair::Auto,
            terms: &self.terms,
            dictionary: None,
        };
        let observer = session.observer();
        observer.begin_segments("Asking how probable it is", texts.len());
        let Engine::Chat(model) = &session.model(id)?.engine else {
            let message =
                format!("{id} can't say how probable a translation is that is there already");
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("name a language model, or leave --model out"));
        };
        for (first, some) in (0..).step_by(AT_ONCE).zip(texts.chunks(AT_ONCE)) {
            let mut chats: Vec<(Vec<Message>, &str)> = Vec::with_capacity(some.len());
            let is_whole =
                |(source, target): &(&str, &str)| !source.is_empty() && !target.is_empty();
            let there: Vec<usize> = (0..some.len()).filter(|i| is_whole(&some[*i])).collect();
            for &i in &there {
                let source = Source {
                    text: some[i].0,
                    context: &contexts[first + i],
                    kept: &[],
                    common: &[],
                    linked: false,
                };
                chats.push((translate::question(&source, &options)?, some[i].1));
            }
            for (&i, scored) in there.iter().zip(model.read(&chats)?) {
                all[first + i] = risk::sureness(some[i].1, &scored, some[i].1);
            }
            some.iter().for_each(|_| observer.segment_done());
        }
        observer.end_segments();
        Ok(all)
    }
}
