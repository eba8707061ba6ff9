//! An evaluation as text for people, and as a table for programs.

use std::fmt::Write as _;

use super::report::{Report, Score};
use crate::error::{Error, ErrorKind, Result};

/// The text.
pub fn text(report: &Report) -> String {
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let (segments, references) = (report.segments, report.references);
    let mut out = format!(
        "{segments} segment{}, {references} reference{}\n\n",
        s(segments),
        s(references)
    );
    out.push_str(&grid(&scores(report), report.test.is_some()));
    for system in &report.systems {
        let details = system.scores.iter();
        for score in details.filter(|score| score.detail.is_some()) {
            let detail = score.detail.as_deref().unwrap_or_default();
            let _ = write!(out, "\n{} of {}: {detail}", score.metric, system.name);
        }
        if let Some(told) = system.told {
            let _ = write!(out, "\nTold of {}: {told}", system.name);
        }
    }
    if let Some(note) = note(report) {
        let _ = write!(out, "\n{note}");
    }
    out.push('\n');
    if !report.worst.is_empty() {
        let _ = writeln!(out, "\nWorst segments by {}:", report.ranked_by);
        segments_of(report, &mut out);
    }
    out.push_str("\nSignatures:\n");
    let Some(first) = report.systems.first() else {
        return out;
    };
    for score in &first.scores {
        let _ = writeln!(out, "  {}|{}", score.metric, score.signature);
    }
    for figure in &report.figures {
        let _ = write!(out, "\n{figure}");
    }
    out
}

/// What a test of chance says, in words.
pub(super) fn note(report: &Report) -> Option<String> {
    let (test, seed) = (report.test?, report.seed?);
    let first = &report.systems.first()?.name;
    Some(format!(
        "p: how probable so great a difference from {first} is if both are alike ({test}, seed {seed}; the samples are \
        sacrebleu's)"
    ))
}

/// A head, and a row a system.
pub(super) fn scores(report: &Report) -> Vec<Vec<String>> {
    let mut head = vec!["system".to_owned()];
    let metrics = report.systems.first().map_or(&[][..], |one| &one.scores);
    head.extend(metrics.iter().map(|score| score.metric.clone()));
    let rows = report.systems.iter().map(|system| {
        let mut row = vec![system.name.clone()];
        row.extend(system.scores.iter().map(shown));
        row
    });
    std::iter::once(head).chain(rows).collect()
}

fn shown(score: &Score) -> String {
    let mut text = format!("{:.2}", score.score);
    if let (Some(mean), Some(interval)) = (score.chance.mean, score.chance.interval) {
        let _ = write!(text, " (μ = {mean:.2} ± {interval:.2})");
    }
    if let Some(p) = score.chance.p {
        let _ = write!(text, " (p = {p:.4}){}", if p < 0.05 { "*" } else { "" });
    }
    text
}

/// Columns, the first to the left; figures to the right, unless something is said of them.
fn grid(rows: &[Vec<String>], told: bool) -> String {
    let width = |n: usize| {
        let cells = rows.iter().map(|row| row[n].chars().count());
        cells.max().unwrap_or(0)
    };
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().enumerate().map(|(n, cell)| match n {
            0 => format!("{cell:<0$}", width(n)),
            _ if told => format!("{cell:<0$}", width(n)),
            _ => format!("{cell:>0$}", width(n)),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn segments_of(report: &Report, out: &mut String) {
    let names: Vec<&str> = report.systems.iter().map(|system| &*system.name).collect();
    let metrics = report.systems.first().map_or(&[][..], |one| &one.scores);
    for segment in &report.worst {
        let _ = writeln!(out, "line {}", segment.n);
        let mut line = |what: &str, text: &str| {
            let _ = writeln!(out, "  {what}: {text}");
        };
        if !segment.source.is_empty() {
            line("source", &segment.source);
        }
        for reference in &segment.references {
            line("reference", reference);
        }
        for (output, name) in segment.outputs.iter().zip(&names) {
            let scores = output.scores.iter().zip(metrics);
            let scores: Vec<String> = scores
                .map(|(score, metric)| format!("{} {score:.1}", metric.metric))
                .collect();
            line(&format!("{name} ({})", scores.join(", ")), &output.text);
            for finding in output.told.iter().flat_map(|told| &told.findings) {
                line("  told", finding);
            }
        }
    }
}

/// A row a score of a whole text, whose segment is `all`, and then one for each of the worst segments and systems.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be written.
pub fn csv(report: &Report) -> Result<String> {
    let failed = |error: csv::Error| {
        Error::new(ErrorKind::Io, "the table can't be written").with_source(error)
    };
    let mut out = csv::Writer::from_writer(Vec::new());
    let metrics = report.systems.first().map_or(&[][..], |one| &one.scores);
    let mut head: Vec<&str> = vec!["segment", "system"];
    head.extend(metrics.iter().map(|score| &*score.metric));
    head.extend(["told", "source", "reference", "output"]);
    out.write_record(&head).map_err(failed)?;
    for system in &report.systems {
        let mut row = vec!["all".to_owned(), system.name.clone()];
        row.extend(system.scores.iter().map(|score| score.score.to_string()));
        row.push(system.told.map(|told| told.to_string()).unwrap_or_default());
        row.extend([const { String::new() }; 3]);
        out.write_record(&row).map_err(failed)?;
    }
    for segment in &report.worst {
        for (output, system) in segment.outputs.iter().zip(&report.systems) {
            let mut row = vec![segment.n.to_string(), system.name.clone()];
            row.extend(output.scores.iter().map(f64::to_string));
            let told = output.told.as_ref().map(|told| told.findings.join("; "));
            row.extend([
                told.unwrap_or_default(),
                segment.source.clone(),
                segment.references.join(" | "),
                output.text.clone(),
            ]);
            out.write_record(&row).map_err(failed)?;
        }
    }
    let bytes = out
        .into_inner()
        .map_err(|error| failed(error.into_error().into()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
