//! Two reports side by side: what became faster or slower, and whether that is more than chance.

use serde::Serialize;

use super::measure::{Measure, Metric, Ratio};
use super::report::{Report, Row};
use crate::error::{Error, ErrorKind, Result};

/// Two reports, metric by metric.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Model, program and processor of both; what differs should be what was changed on purpose.
    pub of: [String; 2],
    /// Rounds in which both were measured in turns; of two reports that lay there, `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounds: Option<usize>,
    /// A line a metric of a row that both have.
    pub lines: Vec<Line>,
}

/// One metric of one row.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// The row's combination.
    pub row: String,
    /// The metric.
    pub metric: Metric,
    /// Medians of both.
    pub medians: [f64; 2],
    /// The second by the first.
    #[serde(flatten)]
    pub ratio: Ratio,
    /// What it means.
    pub verdict: Verdict,
}

/// Whether two measures differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The interval of the ratio contains 1.
    NoDifference,
    /// The second is better.
    Faster,
    /// The second is worse.
    Slower,
}

impl Verdict {
    fn of(ratio: Ratio, metric: Metric) -> Self {
        match (ratio.differs(), (ratio.ratio > 1.0) == metric.is_rate()) {
            (false, _) => Self::NoDifference,
            (true, true) => Self::Faster,
            (true, false) => Self::Slower,
        }
    }
}

/// How much two runs of one program may differ on a still machine beyond what the samples of either show: in 20 pairs of
/// runs, on two threads of a virtual machine, the ratios stayed within it but for a fraction of a per cent.
const BETWEEN_RUNS: f64 = 0.02;

/// Compares `b` with `a`.
///
/// # Errors
/// [`ErrorKind::Input`] if they have no row in common, or one is of a form that isn't known.
pub fn compare(a: &Report, b: &Report) -> Result<Comparison> {
    if !(a.is_readable() && b.is_readable()) {
        let message = "a report is of a form that this version doesn't know";
        return Err(Error::new(ErrorKind::Input, message));
    }
    let steady = |report: &Report| match report.machine.noisy {
        true => MOST_DRIFT,
        false => report.machine.drift().min(MOST_DRIFT) / 2.0,
    };
    let drift = BETWEEN_RUNS + steady(a).max(steady(b));
    let mut lines = Vec::new();
    for row in &a.rows {
        let Some(other) = b.rows.iter().find(|other| other.title() == row.title()) else {
            continue;
        };
        lines.extend(compared(row, other, drift));
    }
    if lines.is_empty() {
        let message = "the reports have no combination of threads, beams and batch in common";
        return Err(Error::new(ErrorKind::Input, message));
    }
    Ok(Comparison {
        of: [of(a), of(b)],
        rounds: None,
        lines,
    })
}

/// Compares two programs that were measured in turns: each round has a report of the first and one of the second, taken
/// one after the other. A machine that is busy or changes its speed slows both, so that ratios stay true.
///
/// # Errors
/// As [`compare`].
pub fn compare_rounds(rounds: &[[Report; 2]]) -> Result<Comparison> {
    let none = || Error::new(ErrorKind::Usage, "there was no round");
    let [first, second] = rounds.first().ok_or_else(none)?;
    let mut comparison = compare(first, second)?;
    for line in &mut comparison.lines {
        let best = |report: &Report| {
            let row = report.rows.iter().find(|row| row.title() == line.row)?;
            Some(row.measures.get(&line.metric)?.best(line.metric))
        };
        let pairs: Option<Vec<[f64; 2]>> = { rounds.iter() }
            .map(|[a, b]| Some([best(a)?, best(b)?]))
            .collect();
        let missing = || {
            let message = format!("not every round measured {}", line.metric.title());
            Error::new(ErrorKind::Input, message)
        };
        let pairs = pairs.ok_or_else(missing)?;
        line.medians = [0, 1].map(|side| {
            let all = pairs.iter().map(|pair| pair[side]).collect();
            Measure::of(all).map_or(f64::NAN, |measure| measure.median)
        });
        line.ratio = Ratio::paired(&pairs).ok_or_else(none)?;
        line.verdict = Verdict::of(line.ratio, line.metric);
    }
    comparison.rounds = Some(rounds.len());
    Ok(comparison)
}

/// What a machine on which others were at work may be off by: smaller differences say nothing.
const MOST_DRIFT: f64 = 0.15;

fn of(report: &Report) -> String {
    let cpu = report.machine.cpu.as_deref().unwrap_or("unknown processor");
    let noisy = if report.machine.noisy { ", noisy" } else { "" };
    format!("{} by {} on {cpu}{noisy}", report.model, report.program)
}

fn compared<'a>(a: &'a Row, b: &'a Row, drift: f64) -> impl Iterator<Item = Line> + 'a {
    a.measures.iter().filter_map(move |(&metric, before)| {
        let after = b.measures.get(&metric)?;
        let drift = match metric {
            // What others take of the machine isn't in it.
            Metric::WordsCpuS => BETWEEN_RUNS,
            _ => drift,
        };
        let ratio = Ratio::of(before, after, drift);
        Some(Line {
            row: a.title(),
            metric,
            medians: [before.median, after.median],
            ratio,
            verdict: Verdict::of(ratio, metric),
        })
    })
}

impl Comparison {
    /// The metrics that became slower by more than `share` (0.05 is 5%), beyond chance. Loading from the disk doesn't
    /// count: it is the disk's.
    pub fn slower_than(&self, share: f64) -> Vec<&Line> {
        let worse = |line: &&Line| {
            let by = match line.metric.is_rate() {
                true => 1.0 - line.ratio.ratio,
                false => line.ratio.ratio - 1.0,
            };
            line.verdict == Verdict::Slower && by > share && line.metric != Metric::LoadColdS
        };
        self.lines.iter().filter(worse).collect()
    }
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b] = &self.of;
        writeln!(f, "A  {a}\nB  {b}")?;
        if let Some(rounds) = self.rounds {
            writeln!(
                f,
                "In turns, {rounds} rounds: medians of each round's best, and of their ratios"
            )?;
        }
        let mut row = "";
        for line in &self.lines {
            if line.row != row {
                row = &line.row;
                writeln!(f, "\n{row}")?;
                writeln!(
                    f,
                    "{:<18}{:>11}{:>11}{:>8}  {:<15}",
                    "", "A", "B", "B/A", "95% interval"
                )?;
            }
            let verdict = match line.verdict {
                Verdict::NoDifference => "no difference",
                Verdict::Faster => "faster",
                Verdict::Slower => "slower",
            };
            let Ratio { ratio, low, high } = line.ratio;
            writeln!(
                f,
                "{:<18}{:>11.2}{:>11.2}{ratio:>8.3}  {:<15}{verdict}",
                line.metric.title(),
                line.medians[0],
                line.medians[1],
                format!("{low:.3}–{high:.3}"),
            )?;
        }
        Ok(())
    }
}
