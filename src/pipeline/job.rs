//! Translations of many documents at once, slice by slice: a model is asked for the sentences of all of them in one batch,
//! and a long document holds nobody up.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use super::choose::RouteLeg;
use super::input::Document;
use super::leg::{Done, Leg, context};
use super::options::Translating;
use super::plan::Plan;
use super::report::ReportBuilder;
use super::review::review;
use super::session::Session;
use super::signs::judge;
use super::translate::{TranslatedDocument, through};
use crate::article::Segment;
use crate::checks::Finding;
use crate::error::Result;
use crate::output::report;
use crate::text::Lang;
use crate::translate::Translated;

/// A document whose translation is under way.
pub struct Job {
    document: Document,
    to: Lang,
    segments: Vec<Segment>,
    steps: Vec<RouteLeg>,
    /// For each step, what it made of the first segments.
    legs: Vec<Vec<Done>>,
    figures: Vec<report::Step>,
    started: Instant,
    /// By the index of a segment, the translation that a person made of it.
    fixed: BTreeMap<usize, String>,
}

/// How far a job was at a time.
struct Mark {
    /// Segments that all steps had made.
    segments: usize,
    /// Figures booked.
    figures: usize,
}

impl Job {
    /// Chooses the way from `document` to `to`; nothing is translated yet.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn new(
        session: &mut Session<'_>,
        document: Document,
        to: Lang,
        options: &Translating,
    ) -> Result<Self> {
        let mut plan = Plan::new(session, &document, &[to], options)?;
        let steps = plan.routes.pop().unwrap_or_default();
        Ok(Self {
            document,
            to,
            segments: plan.segments,
            legs: vec![Vec::new(); steps.len()],
            steps,
            figures: Vec::new(),
            started: Instant::now(),
            fixed: BTreeMap::new(),
        })
    }

    /// The steps of its route; empty if there is nothing to translate.
    pub fn steps(&self) -> &[RouteLeg] {
        &self.steps
    }

    /// The segments and their translations as far as there are any, before any review; all segments are `sentences`.
    pub fn made(&self) -> impl Iterator<Item = (&str, &str)> {
        let made = self.legs.last().map_or(&[][..], Vec::as_slice);
        let fixed = &self.fixed;
        let pairs = self.segments.iter().zip(made).enumerate();
        pairs.map(move |(i, (segment, done))| {
            let known = fixed.get(&i).map(String::as_str);
            let text = known.unwrap_or(done.translated.text.as_str());
            (segment.text.as_str(), text)
        })
    }

    /// How many segments there are.
    pub fn sentences(&self) -> usize {
        self.segments.len()
    }

    /// Lets a person's translation of a segment stand for that of a model, where `known` has one.
    ///
    /// # Errors
    /// What `known` says.
    pub fn fix(&mut self, known: &dyn Fn(&str) -> Result<Option<String>>) -> Result<()> {
        for (i, segment) in self.segments.iter().enumerate() {
            if let Some(text) = known(&segment.text)? {
                self.fixed.insert(i, text);
            }
        }
        Ok(())
    }

    /// Whether every segment is translated.
    pub fn is_translated(&self) -> bool {
        let last = self.legs.last();
        last.is_none_or(|made| made.len() == self.segments.len())
    }

    /// About how many tokens the segments have that aren't translated yet.
    pub fn tokens_left(&self) -> usize {
        let rest = self.legs.last().map_or(&[][..], |made| {
            self.segments.get(made.len()..).unwrap_or_default()
        });
        rest.iter().map(tokens).sum()
    }

    /// How far it is.
    fn mark(&self) -> Mark {
        Mark {
            segments: self.legs.last().map_or(0, Vec::len),
            figures: self.figures.len(),
        }
    }

    /// Forgets what was done since.
    fn go_back(&mut self, mark: Mark) {
        let legs = self.legs.iter_mut();
        legs.for_each(|made| made.truncate(mark.segments));
        self.figures.truncate(mark.figures);
    }

    /// The next segments: at least one, and more while they have no more than about `budget` tokens.
    fn next(&self, budget: usize) -> Range<usize> {
        let start = self.legs.last().map_or(0, Vec::len);
        let mut left = budget;
        let mut end = start;
        while let Some(segment) = self.segments.get(end)
            && (end == start || tokens(segment) <= left)
        {
            left = left.saturating_sub(tokens(segment));
            end += 1;
        }
        start..end
    }

    /// What the step `leg` reads, as far as it is there.
    fn read_by(&self, leg: usize) -> Vec<&str> {
        match leg.checked_sub(1) {
            Some(before) => self.legs[before]
                .iter()
                .map(|done| done.translated.text.as_str())
                .collect(),
            None => self.segments.iter().map(|one| one.text.as_str()).collect(),
        }
    }

    /// Lets two translations of one document have the steps that they begin with in common: what one of them has made, the
    /// other need not make again. Neither becomes another than it would be alone.
    pub fn share(&mut self, other: &mut Self, options: &Translating) {
        let (Some(first), Some(its)) = (self.steps.first(), other.steps.first()) else {
            return;
        };
        let whole = (self.steps.len() == 1, other.steps.len() == 1);
        let terms = |whole| options.terms(first.from, first.to, whole);
        // Some of a glossary's terms hold only for a way without a stop.
        if first != its || (whole.0 != whole.1 && terms(true) != terms(false)) {
            return;
        }
        let steps = self.steps.iter().zip(&other.steps);
        for leg in 0..steps.take_while(|(own, its)| own == its).count() {
            match self.legs[leg].len().cmp(&other.legs[leg].len()) {
                Ordering::Less => self.take(other, leg),
                Ordering::Equal => {}
                Ordering::Greater => other.take(self, leg),
            }
        }
    }

    /// Takes over what `other` has made by the step `leg`.
    fn take(&mut self, other: &Self, leg: usize) {
        let Some(step) = self.steps.get(leg) else {
            return;
        };
        self.legs[leg].clone_from(&other.legs[leg]);
        let figures = other.figures.iter().filter(|one| one.model == step.model);
        self.figures.extend(figures.cloned());
    }

    /// Reviews the translation, which must be whole, and closes its books. The document comes back with it.
    ///
    /// # Errors
    /// What loading or running a model says.
    pub fn finish(
        mut self,
        session: &mut Session<'_>,
        options: &Translating,
    ) -> Result<(Document, TranslatedDocument)> {
        let mut done = self.legs.pop().unwrap_or_default();
        let way = (self.document.lang, self.to);
        for (i, text) in std::mem::take(&mut self.fixed) {
            if let (Some(one), Some(segment)) = (done.get_mut(i), self.segments.get(i)) {
                let source = (segment.text.as_str(), Some(segment));
                *one = by_person(judge(source, &text, way, options), text);
            }
        }
        let originals: Vec<&str> = self.segments.iter().map(|one| one.text.as_str()).collect();
        let earlier: Vec<&[Done]> = self.legs.iter().map(Vec::as_slice).collect();
        review(
            session,
            (&originals, &self.segments),
            &self.steps,
            &earlier,
            options,
            &mut done,
            &mut self.figures,
        )?;
        let mut builder = ReportBuilder::new(&self.document, &self.segments);
        let text = builder.translation(self.to, &self.steps, &done, None, &[]);
        for figure in self.figures {
            builder.step(figure);
        }
        let report = builder.close(session, Some(options), None, self.started);
        let made = TranslatedDocument {
            text,
            steps: self.steps,
            report,
        };
        Ok((self.document, made))
    }
}

/// A translation that no model made, and what the rules say of it.
fn by_person(findings: Vec<Finding>, text: String) -> Done {
    Done {
        translated: Translated::without_model(text, findings),
        from_memory: true,
    }
}

/// About how many tokens a segment has: a character of a script without spaces is one, of another a quarter.
fn tokens(segment: &Segment) -> usize {
    let wide = segment.text.chars().filter(|c| c.len_utf8() > 2).count();
    1 + wide + segment.text.chars().count().saturating_sub(wide) / 4
}

/// Translates the next segments of `jobs`, which must all go by the same steps, in one batch a step: of each job about
/// `budget` tokens, and one segment at least. A job's translation doesn't depend on its neighbours. If it fails, no job has
/// changed.
///
/// # Errors
/// What loading or running a model says.
pub fn advance(
    session: &mut Session<'_>,
    jobs: &mut [&mut Job],
    budget: usize,
    options: &Translating,
) -> Result<()> {
    let Some(first) = jobs.first() else {
        return Ok(());
    };
    let steps = first.steps.clone();
    let slices: Vec<Range<usize>> = jobs.iter().map(|job| job.next(budget)).collect();
    let before: Vec<Mark> = jobs.iter().map(|job| job.mark()).collect();
    for leg in 0..steps.len() {
        // Some may have it from another translation of their document.
        let mut due: Vec<(&mut Job, Range<usize>)> = jobs
            .iter_mut()
            .zip(&slices)
            .filter(|(job, slice)| job.legs[leg].len() < slice.end)
            .map(|(job, slice)| (&mut **job, slice.clone()))
            .collect();
        if due.is_empty() {
            continue;
        }
        match step(session, &mut due, (&steps, leg), options) {
            Ok(made) => {
                for ((job, slice), done) in due.iter_mut().zip(made) {
                    job.legs[leg].truncate(slice.start);
                    job.legs[leg].extend(done);
                }
            }
            Err(error) => {
                for (job, mark) in jobs.iter_mut().zip(before) {
                    job.go_back(mark);
                }
                return Err(error);
            }
        }
    }
    Ok(())
}

/// What the step `leg` makes of a slice of each job.
fn step(
    session: &mut Session<'_>,
    due: &mut [(&mut Job, Range<usize>)],
    (steps, leg): (&[RouteLeg], usize),
    options: &Translating,
) -> Result<Vec<Vec<Done>>> {
    let mut texts: Vec<&str> = Vec::new();
    let mut contexts: Vec<String> = Vec::new();
    for (job, slice) in due.iter() {
        let all = job.read_by(leg);
        contexts.extend(slice.clone().map(|i| context(&all[..i])));
        texts.extend(&all[slice.clone()]);
    }
    let segments = due
        .iter()
        .flat_map(|(job, slice)| &job.segments[slice.clone()]);
    let asked = Leg::new(session, &texts, &steps[leg], options, steps.len() == 1)?
        .keeping(segments)
        .after(contexts);
    let known = asked.look_up(session)?;
    let (made, figure) = asked.translate(session, known, &mut |_| {})?;
    let mut made = made.into_iter();
    let mut shared = Vec::with_capacity(due.len());
    for (job, slice) in due {
        let mut done: Vec<Done> = made.by_ref().take(slice.len()).collect();
        if let Some(before) = leg.checked_sub(1) {
            for (one, before) in done.iter_mut().zip(&job.legs[before][slice.clone()]) {
                let links = &mut one.translated.links;
                *links = through(&before.translated.links, links);
            }
        }
        // The figures are those of the whole batch: nobody knows what a sentence in it cost alone.
        job.figures.push(figure.clone());
        shared.push(done);
    }
    Ok(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Format;
    use crate::engine::Timings;
    use crate::output::report::{Step, Work};

    #[test]
    fn a_job_that_goes_back_keeps_no_figures_of_what_failed() {
        let document = Document::from_text_in("Uno. Due.", Format::Text, Lang::IT);
        let done = || by_person(Vec::new(), "One.".to_string());
        let what = (Work::Translate, Lang::IT, Lang::EN);
        let step = || Step::measured(what, "any", Timings::default(), Timings::default(), 1.0);
        let mut job = Job {
            document,
            to: Lang::PT,
            segments: Vec::new(),
            steps: Vec::new(),
            legs: vec![vec![done()], vec![done()]],
            figures: vec![step(), step()],
            started: Instant::now(),
            fixed: BTreeMap::new(),
        };
        let mark = job.mark();
        // The first leg is made, the second fails.
        job.legs[0].push(done());
        job.figures.push(step());
        job.go_back(mark);
        assert_eq!((job.legs[0].len(), job.legs[1].len()), (1, 1));
        assert_eq!(job.figures.len(), 2);
    }
}
