//! The bilingual table in Markdown (GFM): one row a segment, what to double-check beside it, below it the summary,
//! each sentence with those that it cites, and provenance.

use std::fmt::Write as _;

use super::bilingual::{Bilingual, Row};

/// The table.
pub fn table(view: &Bilingual<'_>) -> String {
    let (from, to) = (view.report.input.language, view.translation.language);
    let mut out = String::new();
    let _ = write!(
        out,
        "# {}\n\n| {} | {} | Double-check |\n| --- | --- | --- |\n",
        escape(&view.title()),
        from.name(),
        to.name()
    );
    for row in view.rows() {
        match row {
            Row::Kept(text) => {
                let text = escape(text);
                let _ = writeln!(out, "| {text} | {text} | kept as it is |");
            }
            Row::Text { segments, .. } => {
                for segment in segments {
                    let reasons: Vec<String> = segment
                        .findings
                        .iter()
                        .map(|finding| escape(&finding.message))
                        .collect();
                    let _ = writeln!(
                        out,
                        "| {} | {} | {} |",
                        escape(&segment.source),
                        escape(&segment.text),
                        reasons.join("<br>")
                    );
                }
            }
        }
    }
    out.push('\n');
    for claim in view.claims() {
        let _ = write!(out, "- {}", escape(&claim.text));
        for (number, segment) in view.cited(claim) {
            let _ = write!(out, " \\[{number}: {}\\]", escape(&segment.source));
        }
        for finding in &claim.findings {
            let _ = write!(out, " ({})", escape(&finding.message));
        }
        out.push('\n');
    }
    if !view.claims().is_empty() {
        out.push('\n');
    }
    for (what, text) in view.provenance() {
        let _ = writeln!(out, "- {what}: {}", escape(&text));
    }
    out
}

/// Text for a table's cell: on one line, and nothing in it is markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("<br>"),
            c if c.is_control() => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}
