//! Adding up segments: only sums, and the worst ones, stay in memory. A test of chance needs the figures of all.

use std::collections::BTreeSet;

use super::metric::{Metric, Pair};
use super::report::{Output, Report, Score, System, Told, Worst};
use super::significance::{Figures, SEED, Test, test};
use crate::error::{Error, ErrorKind, Result};

/// A segment with what each system made of it.
#[derive(Debug, Clone, Default)]
pub struct Segment {
    /// What was translated; empty if it isn't known.
    pub source: String,
    /// Right answers.
    pub references: Vec<String>,
    /// What each system says.
    pub outputs: Vec<String>,
    /// What the checks say of each output; empty if they weren't asked.
    pub told: Vec<Told>,
}

/// What is measured, and how.
pub struct Evaluation {
    metrics: Vec<Box<dyn Metric>>,
    systems: Vec<String>,
    /// By system, then by metric.
    sums: Vec<Vec<Vec<f64>>>,
    /// By metric, then by system; only for a test.
    figures: Vec<Vec<Figures>>,
    told: Vec<[usize; 3]>,
    test: Option<Test>,
    worst: Shelf,
    /// The metric by which segments are ranked.
    by: usize,
    segments: usize,
    references: usize,
}

impl Evaluation {
    /// Of these systems by these metrics; the `worst` segments are kept.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is no metric, or a test is to compare fewer than two systems.
    pub fn new(
        metrics: Vec<Box<dyn Metric>>,
        systems: Vec<String>,
        test: Option<Test>,
        worst: usize,
    ) -> Result<Self> {
        if metrics.is_empty() {
            return Err(Error::new(
                ErrorKind::Usage,
                "there is no metric to measure by",
            ));
        }
        if test.is_some() && systems.len() < 2 {
            let message = "a test of chance compares two systems or more";
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("name another translation, or leave --paired-bs and --paired-ar out"));
        }
        // A sentence's characters say more than the few n-grams of its words.
        let chrf = metrics
            .iter()
            .position(|metric| metric.name().starts_with("chrF"));
        let figures = || systems.iter().map(|_| Figures::default()).collect();
        Ok(Self {
            sums: vec![vec![Vec::new(); metrics.len()]; systems.len()],
            figures: metrics.iter().map(|_| figures()).collect(),
            told: vec![[0; 3]; systems.len()],
            test,
            worst: Shelf::new(worst),
            by: chrf.unwrap_or(0),
            segments: 0,
            references: 0,
            metrics,
            systems,
        })
    }

    /// Adds segments in the order of the text.
    ///
    /// # Errors
    /// Whatever a metric fails with.
    pub fn add(&mut self, segments: Vec<Segment>) -> Result<()> {
        // By segment, then by system, then by metric.
        let blank = vec![vec![0.0; self.metrics.len()]; self.systems.len()];
        let mut scores = vec![blank; segments.len()];
        for (m, metric) in self.metrics.iter_mut().enumerate() {
            for (s, sums) in self.sums.iter_mut().enumerate() {
                let pairs = segments.iter().map(|segment| Pair {
                    source: &segment.source,
                    output: &segment.outputs[s],
                    references: &segment.references,
                });
                let pairs: Vec<Pair<'_>> = pairs.collect();
                for (n, figures) in metric.statistics(&pairs)?.into_iter().enumerate() {
                    scores[n][s][m] = metric.segment_score(&figures);
                    sums[m].resize(figures.len(), 0.0);
                    for (sum, figure) in sums[m].iter_mut().zip(&figures) {
                        *sum += figure;
                    }
                    if self.test.is_some() {
                        self.figures[m][s].add(&figures);
                    }
                }
            }
        }
        let sign = match self.metrics[self.by].counts_errors() {
            true => -1.0,
            false => 1.0,
        };
        for (segment, scores) in segments.into_iter().zip(scores) {
            self.segments += 1;
            self.references = segment.references.len();
            for (told, counts) in segment.told.iter().zip(&mut self.told) {
                counts[0] += 1;
                counts[1] += usize::from(told.check);
                counts[2] += usize::from(told.wrong);
            }
            let good = scores.iter().map(|own| sign * own[self.by]);
            let good = good.fold(f64::INFINITY, f64::min);
            self.worst
                .add(good, self.segments, |n| worst(n, segment, scores));
        }
        Ok(())
    }

    /// What was found.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there was no segment.
    pub fn finish(self) -> Result<Report> {
        if self.segments == 0 {
            return Err(Error::new(ErrorKind::Input, "there is nothing to evaluate"));
        }
        let mut systems: Vec<System> = self
            .systems
            .iter()
            .zip(&self.told)
            .map(|(name, &[segments, check, wrong])| System {
                name: name.clone(),
                scores: Vec::new(),
                told: (segments > 0).then_some(super::report::ToldOf {
                    segments,
                    check,
                    wrong,
                }),
            })
            .collect();
        let tested = self.test.map(Test::signature).unwrap_or_default();
        for (m, metric) in self.metrics.iter().enumerate() {
            let chances = self
                .test
                .map(|kind| test(kind, metric.as_ref(), &self.figures[m], self.segments));
            for (s, system) in systems.iter_mut().enumerate() {
                let sums = &self.sums[s][m];
                system.scores.push(Score {
                    metric: metric.name(),
                    score: metric.score(sums),
                    detail: metric.detail(sums),
                    chance: chances.as_ref().map(|all| all[s]).unwrap_or_default(),
                    signature: format!(
                        "nrefs:{}|{tested}{}|version:{}",
                        self.references,
                        metric.settings(),
                        metric.version()
                    ),
                });
            }
        }
        Ok(Report {
            tool: crate::output::report::Tool::THIS,
            segments: self.segments,
            references: self.references,
            test: self.test,
            seed: self.test.map(|_| SEED),
            ranked_by: self.metrics[self.by].name(),
            systems,
            worst: self.worst.into_sorted(),
            figures: Vec::new(),
        })
    }
}

fn worst(n: usize, segment: Segment, scores: Vec<Vec<f64>>) -> Worst {
    let mut told = segment.told.into_iter();
    let outputs = segment.outputs.into_iter().zip(scores);
    Worst {
        n,
        source: segment.source,
        references: segment.references,
        outputs: outputs
            .map(|(text, scores)| Output {
                text,
                scores,
                told: told.next(),
            })
            .collect(),
    }
}

/// Keeps the worst segments.
struct Shelf {
    room: usize,
    /// How good each is, in an order that can be sorted, and its number.
    ranks: BTreeSet<(u64, usize)>,
    kept: std::collections::HashMap<usize, Worst>,
}

impl Shelf {
    fn new(room: usize) -> Self {
        Self {
            room,
            ranks: BTreeSet::new(),
            kept: std::collections::HashMap::new(),
        }
    }

    fn add(&mut self, good: f64, n: usize, make: impl FnOnce(usize) -> Worst) {
        let rank = (ordered(good), n);
        if self.ranks.len() == self.room {
            match self.ranks.last().copied() {
                Some(best) if rank < best => {
                    self.ranks.remove(&best);
                    self.kept.remove(&best.1);
                }
                _ => return,
            }
        }
        self.ranks.insert(rank);
        self.kept.insert(n, make(n));
    }

    fn into_sorted(mut self) -> Vec<Worst> {
        let ranks = self.ranks.into_iter();
        ranks.filter_map(|(_, n)| self.kept.remove(&n)).collect()
    }
}

/// Bits that are ordered as the number is.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    match bits >> 63 {
        0 => bits | 1 << 63,
        _ => !bits,
    }
}
