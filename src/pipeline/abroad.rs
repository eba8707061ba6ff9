//! A summary in another language than the article's: its sentences are translated with all the checks that a translation
//! has, and more than it needs, as the reader has nothing else to go by. Those stay that say most and are least likely to
//! mislead; what these signs doubt is told with the sentence.

use super::choose::{RouteLeg, languages_and_models};
use super::leg::{Done, Leg};
use super::options::Translating;
use super::review::review;
use super::session::Session;
use crate::checks::{CheckId, Finding, Severity};
use crate::error::Result;
use crate::output::report;
use crate::risk::{self, Level};
use crate::summarize::{
    self, Budget, Candidate, Claim, ClaimRisk, Length, Rejected, Source, Style, Summary, Verdict,
};

/// Below this chrF a reader is told that sentences may mislead untold: of 60 lines into English at 56.1, judged one by one,
/// 15 misled.
const MISLEADING: f64 = 60.0;

/// So many times sentences are translated to choose from.
const ROUNDS: usize = 2;
/// For each sentence of the summary so many others are translated in a round. By the risk of 360 judged segments into
/// English, of three sentences chosen as they say most and are surest 15% mislead, and 22% if they are chosen by what they
/// say alone; of 60 into Spanish 19% where there are 6 to choose from, 15% of 10, and 32%.
const SPARE: usize = 2;
/// So many sentences are tried where their translations are made already.
const FREE: usize = 24;
/// The probability to mislead from which on a sentence of a summary is doubtful. It is half of what a segment of an
/// article may have: nothing stands beside the sentence by which a reader could notice, and of three such sentences one
/// misleads in two summaries of five.
const DOUBTFUL: f32 = 0.15;

/// How probable it is that a translation is true of which no risk is known: with findings, and without.
const DOUBTED: f32 = 0.5;
const QUIET: f32 = 0.75;

/// How a summary gets into another language.
pub(super) struct Abroad<'a> {
    /// The article.
    pub(super) source: Source<'a>,
    /// The way, of one step at least.
    pub(super) steps: &'a [RouteLeg],
    /// The summary's length.
    pub(super) length: Length,
    /// Its shape.
    pub(super) style: Style,
    /// How its sentences are translated.
    pub(super) translating: &'a Translating,
    /// The article's own translation along the same way, if it was made.
    pub(super) done: &'a [Done],
    /// Whether that was reviewed; the first leg of a translation through another language is not.
    pub(super) is_reviewed: bool,
}

impl Abroad<'_> {
    /// Translates `summary`, which is in the article's language, and more sentences of the article than it needs; of all
    /// these those stay whose translations are surest. What is in another language than asked for never does.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if a model's files can't be loaded, [`crate::ErrorKind::Input`] if a text doesn't fit
    /// its context, [`crate::ErrorKind::Inference`] if it fails while running.
    pub(super) fn render(
        &self,
        session: &mut Session<'_>,
        summary: &mut Summary,
    ) -> Result<Vec<report::Step>> {
        let budget = Budget::new(self.length, self.style);
        let written = summary.claims.len();
        let mut all = std::mem::take(&mut summary.claims);
        let mut figures = Vec::new();
        let mut translated = 0;
        for _ in 0..ROUNDS {
            all.extend(self.spare(&all, written, &budget));
            if translated == all.len() {
                break;
            }
            figures.extend(self.translate(session, &mut all[translated..])?);
            translated = all.len();
            summary.claims = self.choose(&all, &budget);
            if budget.holds(&summary.claims) && budget.is_full(&summary.claims) {
                break;
            }
        }
        let is_chosen = |one: &&Claim| !summary.claims.contains(one);
        let lost = all[..written].iter().filter(is_chosen);
        summary.rejected.extend(lost.map(rejected));
        summary.settle(&self.source, self.length, self.style);
        summary
            .findings
            .extend(loss(&self.source, self.style, &all, &summary.claims));
        let doubt = self.doubt(session);
        let doubt = doubt.map(|doubt| Finding::warning(CheckId::Meaning, doubt));
        summary.findings.extend(doubt);
        Ok(figures)
    }

    /// More sentences of the article than `known`, to choose from: twice as many as the summary has; all that may do where
    /// they are translated already.
    fn spare(&self, known: &[Claim], written: usize, budget: &Budget) -> Vec<Claim> {
        if summarize::is_its_own(&self.source) {
            return Vec::new();
        }
        let taken: Vec<usize> = known.iter().flat_map(|one| one.sources.clone()).collect();
        let n = match self.done.is_empty() {
            true => SPARE * written + 1,
            false => FREE,
        };
        let title = summarize::title(&self.source);
        let is_new = |title: &Claim| title.sources.iter().all(|at| !taken.contains(at));
        let mut spare = Vec::from_iter(title.filter(is_new));
        spare.extend(summarize::others(&self.source, budget, &taken, n));
        spare
    }

    /// The claims of the summary among `all`; where none is sure, the least doubtful one.
    fn choose(&self, all: &[Claim], budget: &Budget) -> Vec<Claim> {
        if summarize::is_its_own(&self.source) {
            let is_there = |one: &&Claim| !is_untranslated(one);
            return all.iter().filter(is_there).cloned().collect();
        }
        let candidate = |sure: fn(&Claim) -> f32| {
            let candidate = move |claim: &Claim| Candidate {
                claim: claim.clone(),
                sure: sure(claim),
            };
            all.iter().map(candidate).collect::<Vec<_>>()
        };
        let claims = summarize::choose(&self.source, &candidate(sure), budget);
        if !claims.is_empty() {
            return claims;
        }
        let least = summarize::choose(&self.source, &candidate(unsure), budget).into_iter();
        let least = least.max_by(|a, b| unsure(a).total_cmp(&unsure(b)));
        Vec::from_iter(least)
    }

    /// What is to be said of all sentences together: rules see few of the wrong words of a bad model.
    fn doubt(&self, session: &Session<'_>) -> Option<String> {
        let (first, last) = (self.steps.first()?, self.steps.last()?);
        let (route, models) = languages_and_models(self.steps);
        if let Some(gist) = session.gist(&route, &models) {
            return Some(gist.to_string());
        }
        let figure = session.figure(&route, &models);
        let what = match figure {
            None => "was never measured".to_string(),
            Some(figure) if figure.chrf.is_some_and(|chrf| chrf < MISLEADING) => {
                format!("leaves errors that mislead and aren't told ({figure})")
            }
            Some(_) => return None,
        };
        let (models, from, to) = (models.join(" and "), first.from.name(), last.to.name());
        Some(format!("{from} to {to} by {models} {what}"))
    }

    /// Translates `claims`, but for those sentences of the article that are translated already.
    fn translate(
        &self,
        session: &mut Session<'_>,
        claims: &mut [Claim],
    ) -> Result<Vec<report::Step>> {
        let known = |claim: &Claim| -> Option<&Done> {
            let &at = claim.sources.first()?;
            self.done
                .get(at)
                .filter(|_| claim.verdict == Verdict::Quoted)
        };
        let all = 0..claims.len();
        let (there, missing): (Vec<usize>, Vec<usize>) =
            all.partition(|&i| known(&claims[i]).is_some());
        let mut made: Vec<Done> = there
            .iter()
            .filter_map(|&i| known(&claims[i]))
            .cloned()
            .collect();
        let text = |i: &usize| claims[*i].text.clone();
        let mut figures = Vec::new();
        if !self.is_reviewed {
            let originals: Vec<String> = there.iter().map(text).collect();
            self.review(session, &originals, &[], &mut made, &mut figures)?;
        }
        if !missing.is_empty() {
            let originals: Vec<String> = missing.iter().map(text).collect();
            made.extend(self.along(session, &originals, &mut figures)?);
        }
        for (i, done) in there.into_iter().chain(missing).zip(made) {
            let claim = &mut claims[i];
            let text = std::mem::replace(&mut claim.text, done.translated.text);
            claim.original = Some(text);
            claim.findings.extend(done.translated.findings);
            claim.risk = done.translated.risk.map(|risk| {
                let doubtful = risk.probability >= DOUBTFUL;
                if doubtful && claim.findings.is_empty() {
                    claim.findings.push(risk::told(&risk, &claim.text));
                }
                ClaimRisk {
                    probability: risk.probability,
                    level: risk
                        .level
                        .max(if doubtful { Level::Check } else { Level::Fine }),
                }
            });
        }
        Ok(figures)
    }

    /// Texts of the article's language, translated and reviewed.
    fn along(
        &self,
        session: &mut Session<'_>,
        originals: &[String],
        figures: &mut Vec<report::Step>,
    ) -> Result<Vec<Done>> {
        let whole = self.steps.len() == 1;
        let mut texts: Vec<String> = originals.to_vec();
        let mut legs: Vec<Vec<Done>> = Vec::new();
        for step in self.steps {
            let now: Vec<&str> = texts.iter().map(String::as_str).collect();
            let leg = Leg::new(session, &now, step, self.translating, whole)?;
            let known = leg.look_up(session)?;
            let (made, cost) = leg.translate(session, known, &mut |_| {})?;
            texts = made.iter().map(|one| one.translated.text.clone()).collect();
            legs.push(made);
            figures.push(cost);
        }
        let mut translated = legs.pop().unwrap_or_default();
        let earlier: Vec<&[Done]> = legs.iter().map(Vec::as_slice).collect();
        self.review(session, originals, &earlier, &mut translated, figures)?;
        Ok(translated)
    }

    /// Reviews the translations `done` of `originals`, after the `earlier` legs.
    fn review(
        &self,
        session: &mut Session<'_>,
        originals: &[String],
        earlier: &[&[Done]],
        done: &mut [Done],
        figures: &mut Vec<report::Step>,
    ) -> Result<()> {
        // What was thought of the risk on the way isn't remembered, and the same must come of both.
        for one in done.iter_mut() {
            one.translated.risk = None;
        }
        let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
        let texts = (originals.as_slice(), &[][..]);
        let (steps, translating) = (self.steps, self.translating);
        review(session, texts, steps, earlier, translating, done, figures)
    }
}

/// How sure a translated claim is: 0 if it has an error, or is more probably wrong than most good ones.
fn sure(claim: &Claim) -> f32 {
    match fault(claim) {
        Some(_) => 0.0,
        None => trust(claim),
    }
}

/// How sure a claim is that nothing better was found for; 0 if it isn't translated at all.
fn unsure(claim: &Claim) -> f32 {
    match is_untranslated(claim) {
        true => 0.0,
        false => trust(claim),
    }
}

/// How probable it is that a translated claim doesn't mislead, as far as is known.
fn trust(claim: &Claim) -> f32 {
    let by_findings = if claim.findings.iter().all(Finding::is_hint) {
        QUIET
    } else {
        DOUBTED
    };
    let by_risk = claim
        .risk
        .map_or(by_findings, |risk| 1.0 - risk.probability);
    by_risk.max(f32::MIN_POSITIVE)
}

/// Why a translated claim must not stand, if so.
fn fault(claim: &Claim) -> Option<String> {
    if is_untranslated(claim) {
        return Some("it came in another language than asked for".to_string());
    }
    let mut findings = claim.findings.iter();
    if let Some(error) = findings.find(|one| one.severity == Severity::Error) {
        return Some(format!("its translation has an error: {}", error.message));
    }
    let risk = claim.risk.filter(|risk| risk.level == Level::Wrong)?;
    let percent = (100.0 * risk.probability).round();
    Some(format!("its translation is probably wrong ({percent} %)"))
}

/// Why a claim gave way.
fn rejected(claim: &Claim) -> Rejected {
    let otherwise = || "the translations of other sentences are surer, or fit better".to_string();
    Rejected {
        reason: fault(claim).unwrap_or_else(otherwise),
        // Who reads of it is helped by what the article says, not by what is wrong.
        text: claim.original.as_ref().unwrap_or(&claim.text).clone(),
    }
}

/// What is to be told if neither the sentence of `all` that says what the article is about nor the title is among the
/// `kept` ones: the reader gets it in the article's own language.
fn loss(source: &Source<'_>, style: Style, all: &[Claim], kept: &[Claim]) -> Option<Finding> {
    if style == Style::Headline || summarize::is_its_own(source) {
        return None;
    }
    let main = summarize::main(source, style)?;
    let title = summarize::title(source);
    let title = title.and_then(|title| title.sources.first().copied());
    let says = |claim: &Claim| {
        let mut sources = claim.sources.iter();
        sources.any(|&at| at == main || Some(at) == title)
    };
    if kept.iter().any(says) {
        return None;
    }
    let mut own = all.iter().filter(|claim| claim.sources == [main]);
    let why = own.find_map(fault);
    let why = why.unwrap_or_else(|| "it doesn't fit".to_string());
    let text = source.sentences[main].text;
    Some(Finding::warning(
        CheckId::Omission,
        format!("what the article is about is left out, since {why}: \"{text}\""),
    ))
}

/// Whether a claim's translation is none: it is empty, or not in the language asked for.
fn is_untranslated(claim: &Claim) -> bool {
    claim.findings.iter().any(|finding| {
        matches!(
            finding.check,
            CheckId::Language | CheckId::Echo | CheckId::Empty | CheckId::Script
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summarize::Sentence;
    use crate::text::Lang;

    fn claim(text: &str, at: usize, check: Option<CheckId>) -> Claim {
        let finding = |check| Finding::error(check, "a fault");
        Claim {
            text: text.to_string(),
            original: None,
            sources: vec![at],
            evidence: Vec::new(),
            verdict: Verdict::Quoted,
            risk: None,
            findings: Vec::from_iter(check.map(finding)),
        }
    }

    #[test]
    fn an_error_and_another_language_give_way_and_so_does_what_is_probably_wrong() {
        let fine = claim("Good.", 0, None);
        let wrong = claim("Wrong number.", 1, Some(CheckId::Number));
        let other = claim("Non tradotto.", 2, Some(CheckId::Language));
        let risk = |level, probability| Some(ClaimRisk { probability, level });
        let doubted = Claim {
            risk: risk(Level::Wrong, 0.8),
            ..fine.clone()
        };
        let safe = Claim {
            risk: risk(Level::Fine, 0.1),
            ..fine.clone()
        };
        assert!(sure(&safe) > sure(&fine) && sure(&fine) > 0.0);
        for (claim, reason) in [
            (&wrong, "a fault"),
            (&other, "another language"),
            (&doubted, "80 %"),
        ] {
            assert_eq!(sure(claim), 0.0);
            assert!(rejected(claim).reason.contains(reason));
        }
        assert!(unsure(&wrong) > 0.0 && unsure(&other) == 0.0);
    }

    #[test]
    fn a_summary_that_leaves_out_what_the_article_is_about_says_so() {
        let sentence = |text| Sentence {
            text,
            is_prose: true,
            begins: true,
        };
        let sentences = [
            "Il tribunale di Rovigo ha assolto il direttore del consorzio dall'accusa di corruzione.",
            "La difesa del direttore del consorzio annuncia appello al tribunale.",
            "Pioveva.",
        ]
        .map(sentence);
        let source = Source {
            title: None,
            text: "",
            sentences: &sentences,
            lang: Lang::IT,
            focus: None,
        };
        let main = claim("The court found him guilty.", 0, Some(CheckId::Negation));
        let other = claim("The defence appeals.", 1, None);
        let all = [main.clone(), other.clone()];
        let told = loss(&source, Style::Paragraph, &all, &[other]).unwrap();
        assert!(told.message.contains("a fault") && told.message.contains(sentences[0].text));
        assert_eq!(loss(&source, Style::Paragraph, &all, &[main]), None);
    }
}
