//! Workflow commands of GitHub Actions (docs.github.com, "Workflow commands"): findings beside the lines of a change.

use super::told::{Head, Segment, Tail};
use crate::checks::{Finding, Severity};

/// A line a finding.
pub(super) fn segment(head: &Head, segment: &Segment) -> String {
    let (path, line) = match segment.translation_line {
        Some(line) => (&head.translation.path, Some(line)),
        None => (&head.source.path, segment.source_line),
    };
    let told = segment.findings.iter();
    told.map(|finding| command(finding, path.as_deref(), line))
        .collect()
}

/// What is said of the whole, and the counts.
pub(super) fn end(head: &Head, tail: &Tail) -> String {
    let path = head.translation.path.as_deref();
    let told = tail.findings.iter();
    let told: String = told.map(|finding| command(finding, path, None)).collect();
    format!("{told}::notice::{}\n", data(&tail.summary.to_string()))
}

fn command(finding: &Finding, path: Option<&str>, line: Option<usize>) -> String {
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let mut properties = Vec::new();
    if let Some(path) = path {
        properties.push(format!("file={}", property(path)));
        properties.extend(line.map(|line| format!("line={line}")));
    }
    properties.push(format!("title={}", finding.check));
    format!(
        "::{kind} {}::{}\n",
        properties.join(","),
        data(&finding.message)
    )
}

/// Text behind a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
