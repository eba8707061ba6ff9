//! The check for people.

use std::fmt::Write as _;

use console::Style;

use super::told::{Head, Segment, Tail};
use crate::checks::{Finding, Severity};
use crate::risk::Level;
use crate::text::Span;

/// Where a segment stands, for people and their editors: `b.en.txt:12`.
pub(super) fn place(head: &Head, segment: &Segment) -> String {
    let name = |path: &Option<String>| path.clone().unwrap_or_else(|| "-".to_owned());
    match (segment.translation_line, segment.source_line) {
        (Some(line), _) => format!("{}:{line}", name(&head.translation.path)),
        (None, Some(line)) => format!("{}:{line}", name(&head.source.path)),
        (None, None) => format!("segment {}", segment.n),
    }
}

/// A segment that is worth a look; of others nothing is said.
pub(super) fn segment(head: &Head, segment: &Segment, color: bool) -> String {
    if segment.level == Level::Fine && segment.findings.iter().all(Finding::is_hint) {
        return String::new();
    }
    let style = |style: Style| style.force_styling(color);
    let level = match segment.level {
        Level::Fine => style(Style::new()).apply_to("fine"),
        Level::Check => style(Style::new().yellow().bold()).apply_to("check"),
        Level::Wrong => style(Style::new().red().bold()).apply_to("wrong"),
    };
    let dim = style(Style::new().dim());
    let mut out = format!(
        "{}: {level}, risk {:.0} %\n",
        place(head, segment),
        100.0 * segment.risk
    );
    for (text, mark) in [(&segment.source, "-"), (&segment.translation, "+")] {
        if !text.is_empty() {
            let line = text.replace('\n', " ");
            let _ = writeln!(out, "  {} {}", dim.apply_to(mark), dim.apply_to(line));
        }
    }
    for finding in &segment.findings {
        let style = style(match finding.severity {
            Severity::Error => Style::new().red(),
            Severity::Warning => Style::new().yellow(),
            Severity::Hint => Style::new().dim(),
        });
        let _ = write!(out, "  {}", style.apply_to(finding));
        let _ = writeln!(out, "{}", quoted(finding, segment));
    }
    if segment.findings.is_empty() && !segment.words.is_empty() {
        let words = segment.words.iter().filter_map(|doubt| {
            let Span { start, end } = doubt.span;
            segment.translation.get(start..end)
        });
        let words: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
        let _ = writeln!(
            out,
            "  no rule says what; most doubtful: {}",
            words.join(", ")
        );
    }
    out
}

/// What a finding is about, where its message doesn't say.
fn quoted(finding: &Finding, segment: &Segment) -> String {
    let part = |span: Option<Span>, text: &str| {
        let Span { start, end } = span?;
        let part = text.get(start..end)?;
        (!finding.message.contains(part)).then(|| format!("\"{}\"", part.replace('\n', " ")))
    };
    let parts = [
        part(finding.source, &segment.source),
        part(finding.target, &segment.translation),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!(" ({})", parts.join(" → ")),
    }
}

/// What is said of the whole, and the counts.
pub(super) fn end(tail: &Tail) -> String {
    let mut out = String::new();
    for finding in &tail.findings {
        let _ = writeln!(out, "{finding}");
    }
    let _ = writeln!(out, "{}", tail.summary);
    out
}
