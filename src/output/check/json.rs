//! The check as JSON, a segment a line: `check.schema.json` describes it. Findings are shaped as services for the evaluation
//! of translations shape them: a type, a severity, an explanation, and what they are about on both sides.

use serde::Serialize;

use super::told::{Head, Segment, Summary, Tail};
use crate::checks::{Finding, Severity};
use crate::error::{Error, ErrorKind, Result};
use crate::risk::{Doubt, Level};
use crate::text::Span;

/// Part of a text: bytes, and what they are.
#[derive(Serialize)]
struct Part<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

impl<'a> Part<'a> {
    fn of(span: Option<Span>, text: &'a str) -> Option<Self> {
        let Span { start, end } = span?;
        let text = text.get(start..end)?;
        Some(Self { start, end, text })
    }
}

#[derive(Serialize)]
struct Told<'a> {
    r#type: &'static str,
    severity: Severity,
    explanation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    translation: Option<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn of(finding: &'a Finding, source: &'a str, translation: &'a str) -> Self {
        Self {
            r#type: finding.check.id(),
            severity: finding.severity,
            explanation: &finding.message,
            source: Part::of(finding.source, source),
            translation: Part::of(finding.target, translation),
            suggestion: finding.rendering.as_deref(),
        }
    }
}

/// A doubtful word.
#[derive(Serialize)]
struct Word<'a> {
    start: usize,
    end: usize,
    text: &'a str,
    share: f32,
}

#[derive(Serialize)]
struct Line<'a> {
    n: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    source: &'a str,
    translation: &'a str,
    source_line: Option<usize>,
    translation_line: Option<usize>,
    risk: f64,
    level: Level,
    findings: Vec<Told<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    source_words: Vec<Word<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    translation_words: Vec<Word<'a>>,
}

fn words<'a>(doubts: &[Doubt], text: &'a str) -> Vec<Word<'a>> {
    let word = |doubt: &Doubt| {
        let Part { start, end, text } = Part::of(Some(doubt.span), text)?;
        let share = doubt.share;
        Some(Word {
            start,
            end,
            text,
            share,
        })
    };
    doubts.iter().filter_map(word).collect()
}

/// Everything before the first segment.
pub(super) fn begin(head: &Head) -> Result<String> {
    let head = write(head)?;
    Ok(format!("{},\"segments\":[", head.trim_end_matches('}')))
}

/// A segment.
pub(super) fn segment(segment: &Segment) -> Result<String> {
    let Segment {
        source,
        translation,
        ..
    } = segment;
    let told = segment.findings.iter();
    write(&Line {
        n: segment.n,
        id: segment.id.as_deref(),
        source,
        translation,
        source_line: segment.source_line,
        translation_line: segment.translation_line,
        // As many digits as it is worth.
        risk: (f64::from(segment.risk) * 1e4).round() / 1e4,
        level: segment.level,
        findings: told
            .map(|finding| Told::of(finding, source, translation))
            .collect(),
        source_words: words(&segment.source_words, source),
        translation_words: words(&segment.words, translation),
    })
}

#[derive(Serialize)]
struct End<'a> {
    findings: Vec<Told<'a>>,
    summary: Summary,
    warnings: &'a [String],
    seconds: f64,
}

/// Everything after the last segment.
pub(super) fn end(tail: &Tail) -> Result<String> {
    let told = tail.findings.iter();
    let end = write(&End {
        findings: told.map(|finding| Told::of(finding, "", "")).collect(),
        summary: tail.summary,
        warnings: &tail.warnings,
        seconds: tail.seconds,
    })?;
    Ok(format!("\n],{}\n", end.trim_start_matches('{')))
}

/// One line of JSON.
pub(super) fn write(data: &impl Serialize) -> Result<String> {
    serde_json::to_string(data).map_err(|error| {
        Error::new(ErrorKind::Io, "the result can't be written as JSON").with_source(error)
    })
}
