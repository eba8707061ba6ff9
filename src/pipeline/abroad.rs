//! A summary in another language than the article's: its sentences are translated with all the checks that a translation
//! has, and where these find an error, or the language isn't the one asked for, other sentences of the article are tried.

use super::leg::{Done, Leg};
use super::options::Translating;
use super::review::review;
use super::session::{Session, Step};
use crate::checks::{CheckId, Finding, Severity};
use crate::error::Result;
use crate::output::report;
use crate::summarize::{self, Budget, Claim, Length, Rejected, Source, Style, Summary, Verdict};

/// Below this chrF a reader is told that sentences may mislead untold: of 60 lines into English at 56.1, judged one by one,
/// 15 misled.
const MISLEADING: f64 = 60.0;

/// How a summary gets into another language.
pub(super) struct Abroad<'a> {
    /// The article.
    pub(super) source: Source<'a>,
    /// The way, of one step at least.
    pub(super) steps: &'a [Step],
    /// The summary's length.
    pub(super) length: Length,
    /// Its shape.
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
        let budget = Budget::new(self.length, self.style);
        let mut figures = self.translate(session, &mut summary.claims)?;
        let failed = summary.claims.iter().filter(|one| has_error(one)).count();
        let is_fit = |claims: &[Claim]| budget.holds(claims) && budget.is_full(claims);
        if failed > 0 || !is_fit(&summary.claims) {
            // Of one more than needed, as these may fail too.
            let taken = summary.claims.iter().flat_map(|one| one.sources.clone());
            let taken: Vec<usize> = taken.collect();
            let mut others = summarize::others(&self.source, &budget, &taken, failed + 1);
            figures.extend(self.translate(session, &mut others)?);
            others.retain(|one| !has_error(one));
            replace(summary, &mut others, &budget);
            self.leave_out(summary, is_untranslated);
            budget.trim(&mut summary.claims);
            for other in others {
                if !budget.is_full(&summary.claims) {
                    budget.add(other, &mut summary.claims);
                }
            }
        }
        summary
            .claims
            .sort_by_key(|one| one.sources.first().copied());
        summary.settle(&self.source, self.length, self.style);
        let doubt = self.doubt(session);
        let doubt = doubt.map(|doubt| Finding::warning(CheckId::Meaning, doubt));
        summary.findings.extend(doubt);
        Ok(figures)
    }

    /// What is to be said of all sentences together: rules see few of the wrong words of a bad model.
    fn doubt(&self, session: &Session<'_>) -> Option<String> {
        let (first, last) = (self.steps.first()?, self.steps.last()?);
        if let Some(gist) = session.gist(last.to) {
            return Some(gist.to_string());
        }
        let mut route = vec![first.from];
        route.extend(self.steps.iter().map(|step| step.to));
        let models: Vec<String> = self.steps.iter().map(|step| step.model.clone()).collect();
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

    /// Leaves out what `fails`, and what can't be understood without it.
    fn leave_out(&self, summary: &mut Summary, fails: fn(&Claim) -> bool) {
        let before = std::mem::take(&mut summary.claims);
        let (failed, kept): (Vec<Claim>, Vec<Claim>) = before.into_iter().partition(fails);
        summary.claims = kept;
        summary.rejected.extend(failed.into_iter().map(rejected));
        if summarize::is_its_own(&self.source) {
            return;
        }
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

/// Puts `others` in the places of claims whose translations have errors, those in another language first, and of a
/// headline that got too long.
fn replace(summary: &mut Summary, others: &mut Vec<Claim>, budget: &Budget) {
    let claims = &mut summary.claims;
    while !others.is_empty() {
        let failing = |fails: fn(&Claim) -> bool| claims.iter().position(fails);
        let is_long = claims.len() == 1 && !budget.holds(claims);
        let long = (is_long && budget.holds(&others[..1])).then_some(0);
        let worst = failing(is_untranslated).or_else(|| failing(has_error));
        let Some(worst) = worst.or(long) else { return };
        let failed = std::mem::replace(&mut claims[worst], others.remove(0));
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
            None if !is_untranslated(&claim) => "its translation is too long".to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(text: &str, at: usize, check: Option<CheckId>) -> Claim {
        let finding = |check| Finding::error(check, "a fault");
        Claim {
            text: text.to_string(),
            original: None,
            sources: vec![at],
            evidence: Vec::new(),
            verdict: Verdict::Quoted,
            findings: Vec::from_iter(check.map(finding)),
        }
    }

    fn summary(claims: Vec<Claim>) -> Summary {
        Summary {
            text: String::new(),
            claims,
            rejected: Vec::new(),
            findings: Vec::new(),
            attempts: 1,
            chunks: 1,
            sentences_left_out: 0,
        }
    }

    #[test]
    fn what_is_in_another_language_gives_way_before_what_has_an_error() {
        let claims = vec![
            claim("Good.", 0, None),
            claim("Wrong number.", 1, Some(CheckId::Number)),
            claim("Non tradotto.", 2, Some(CheckId::Language)),
        ];
        let mut made = summary(claims);
        let budget = Budget::new(Length::MEDIUM, Style::Paragraph);
        let mut others = vec![claim("Another.", 5, None)];
        replace(&mut made, &mut others, &budget);
        let texts: Vec<&str> = made.claims.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["Good.", "Wrong number.", "Another."]);
        assert!(others.is_empty());
        assert_eq!(made.rejected[0].text, "Non tradotto.");
        let mut others = vec![claim("One more.", 6, None), claim("Spare.", 7, None)];
        replace(&mut made, &mut others, &budget);
        assert_eq!(made.claims[1].text, "One more.");
        assert_eq!((others.len(), made.rejected.len()), (1, 2));
        assert!(made.rejected[1].reason.contains("a fault"));
    }

    #[test]
    fn a_headline_that_got_too_long_gives_way_to_a_short_one() {
        let long = "one two three four five six seven eight nine ten eleven twelve thirteen";
        let mut made = summary(vec![claim(long, 0, None)]);
        let budget = Budget::new(Length::MEDIUM, Style::Headline);
        replace(&mut made, &mut vec![claim("Short.", 3, None)], &budget);
        assert_eq!(made.claims[0].text, "Short.");
        assert!(made.rejected[0].reason.contains("too long"));
    }
}
