//! Tab-separated values, one line a segment, for spreadsheets and scripts. Tabs and line ends in a text become spaces:
//! the format has no way to escape them.

use super::report::Translation;

/// The table, with a line of names at its head.
pub fn table(translation: &Translation) -> String {
    let mut out = String::from("block\tsegment\tsource\ttranslation\tattempts\tfindings\n");
    for segment in &translation.segments {
        let findings: Vec<String> = segment
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.check, finding.message))
            .collect();
        let fields = [
            segment.block.to_string(),
            segment.n.to_string(),
            field(&segment.source),
            field(&segment.text),
            segment.attempts.to_string(),
            field(&findings.join("; ")),
        ];
        out.push_str(&fields.join("\t"));
        out.push('\n');
    }
    out
}

fn field(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}
