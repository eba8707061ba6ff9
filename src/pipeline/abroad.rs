//! A summary in another language than the article's: its sentences are translated with all the checks that a translation
//! has, and where these find an error, or the language isn't the one asked for, other sentences of the article are tried.

use super::leg::{Done, Leg};
use super::options::Translating;
use super::review::review;
use super::session::{Session, Step};
use crate::checks::{CheckId, Finding, Severity};
use crate::error::Result;
use crate::output::report;
use crate::summarize::{self, Claim, Rejected, Source, Style, Summary, Verdict};

/// How a summary gets into another language.
pub(super) struct Abroad<'a> {
    /// The article.
    pub(super) source: Source<'a>,
    /// The way, of one step at least.
    pub(super) steps: &'a [Step],
    /// The summary's shape.
    pub(super) style: Style,
    /// How its sentences are translated.
    pub(super) translating: &'a Translating,
    /// The article's own translation along the same way, if it was made.
    pub(super) done: &'a [Done],
}

impl Abroad<'_> {
    /// Translates `summary`, which is in the article's language; what is in another language than asked for is left out.
    ///
    /// # Errors
    /// What loading or running a model says.
    pub(super) fn render(
        &self,
        session: &mut Session<'_>,
        summary: &mut Summary,
    ) -> Result<Vec<report::Step>> {
        let mut figures = self.translate(session, &mut summary.claims)?;
        let failed = summary.claims.iter().filter(|one| has_error(one)).count();
        if failed > 0 {
            // Of one more than needed, as these may fail too.
            let taken = summary.claims.iter().flat_map(|one| one.sources.clone());
            let taken: Vec<usize> = taken.collect();
            let mut others = summarize::others(&self.source, self.style, &taken, failed + 1);
            figures.extend(self.translate(session, &mut others)?);
            others.retain(|one| !has_error(one));
            replace(summary, others);
        }
        self.leave_out(summary, is_untranslated);
        summary
            .claims
            .sort_by_key(|one| one.sources.first().copied());
        summary.settle(self.style);
        if summary.claims.is_empty() {
            let to = self.steps.last().map_or("", |step| step.to.name());
            let message = format!("no sentence of it could be had in {to}");
            summary
                .findings
                .push(Finding::error(CheckId::Empty, message));
        }
        Ok(figures)
    }

    /// Leaves out what `fails`, and what can't be understood without it.
    fn leave_out(&self, summary: &mut Summary, fails: fn(&Claim) -> bool) {
        let before = std::mem::take(&mut summary.claims);
        let (failed, kept): (Vec<Claim>, Vec<Claim>) = before.into_iter().partition(fails);
        summary.claims = kept;
        if failed.is_empty() {
            return;
        }
        summary.rejected.extend(failed.into_iter().map(rejected));
        let orphans = summarize::orphans(&self.source, &summary.claims);
        for at in orphans.into_iter().rev() {
            let text = summary.claims.remove(at).text;
            let reason = "what it refers to was left out".to_string();
            summary.rejected.push(Rejected { text, reason });
        }
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
        let (mut there, mut missing): (Vec<(usize, Done)>, Vec<usize>) = Default::default();
        for (i, claim) in claims.iter().enumerate() {
            match known(claim) {
                Some(done) => there.push((i, done.clone())),
                None => missing.push(i),
            }
        }
        let originals: Vec<String> = missing.iter().map(|&i| claims[i].text.clone()).collect();
        let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
        let mut figures = Vec::new();
        if !missing.is_empty() {
            let made = self.along(session, &originals, &mut figures)?;
            there.extend(missing.into_iter().zip(made));
        }
        for (i, done) in there {
            let claim = &mut claims[i];
            let text = std::mem::replace(&mut claim.text, done.translated.text);
            claim.original = Some(text);
            claim.findings.extend(done.translated.findings);
        }
        Ok(figures)
    }

    /// Texts of the article's language, translated and reviewed.
    fn along(
        &self,
        session: &mut Session<'_>,
        originals: &[&str],
        figures: &mut Vec<report::Step>,
    ) -> Result<Vec<Done>> {
        let whole = self.steps.len() == 1;
        let mut texts: Vec<String> = originals.iter().map(|text| text.to_string()).collect();
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
        let (steps, translating) = (self.steps, self.translating);
        review(
            session,
            (originals, &[]),
            steps,
            &earlier,
            translating,
            &mut translated,
            figures,
        )?;
        Ok(translated)
    }
}

/// Puts `others` in the places of claims whose translations have errors, those in another language first.
fn replace(summary: &mut Summary, others: Vec<Claim>) {
    let failing = |fails: fn(&Claim) -> bool, claims: &[Claim]| claims.iter().position(fails);
    for other in others {
        let claims = &mut summary.claims;
        let worst = failing(is_untranslated, claims).or_else(|| failing(has_error, claims));
        let Some(worst) = worst else { return };
        let failed = std::mem::replace(&mut claims[worst], other);
        summary.rejected.push(rejected(failed));
    }
}

/// Why a claim gave way.
fn rejected(claim: Claim) -> Rejected {
    let error = claim
        .findings
        .iter()
        .find(|one| one.severity == Severity::Error);
    Rejected {
        reason: match error {
            Some(error) if !is_untranslated(&claim) => {
                format!("its translation has an error: {}", error.message)
            }
            _ => "it came in another language than asked for".to_string(),
        },
        text: claim.text,
    }
}

fn has_error(claim: &Claim) -> bool {
    let errors = claim
        .findings
        .iter()
        .any(|one| one.severity == Severity::Error);
    errors || is_untranslated(claim)
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
