//! SARIF 2.1.0 (OASIS): what was found, for tools that show the results of analysers. Segments without findings aren't in it.

use serde_json::{Value, json};

use super::told::{Head, Segment, Tail};
use crate::checks::{CheckId, Finding, Severity};
use crate::error::Result;

/// Everything before the first result.
pub(super) fn begin(head: &Head) -> Result<String> {
    let rules: Vec<Value> = CheckId::ALL
        .iter()
        .map(|check| json!({"id": check.id()}))
        .collect();
    let driver = json!({
        "name": head.tool.name,
        "version": head.tool.version,
        "rules": rules,
    });
    Ok(format!(
        "{{\"version\":\"2.1.0\",\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"runs\":[{{\
         \"tool\":{{\"driver\":{}}},\"columnKind\":\"unicodeCodePoints\",\"results\":[",
        super::json::write(&driver)?
    ))
}

/// The results of a segment.
pub(super) fn segment(head: &Head, segment: &Segment) -> Result<Vec<String>> {
    let (path, line) = match segment.translation_line {
        Some(line) => (&head.translation.path, Some(line)),
        None => (&head.source.path, segment.source_line),
    };
    let told = segment.findings.iter();
    told.map(|finding| {
        let mut value = result(finding, path.as_deref(), line);
        value["properties"] = json!({
            "risk": segment.risk,
            "source": segment.source,
            "translation": segment.translation,
        });
        super::json::write(&value)
    })
    .collect()
}

/// The results that are about the whole.
pub(super) fn whole(head: &Head, tail: &Tail) -> Result<Vec<String>> {
    let path = head.translation.path.as_deref();
    let told = tail.findings.iter();
    told.map(|finding| super::json::write(&result(finding, path, None)))
        .collect()
}

fn result(finding: &Finding, path: Option<&str>, line: Option<usize>) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "note",
    };
    let mut value = json!({
        "ruleId": finding.check.id(),
        "level": level,
        "message": {"text": finding.message},
    });
    if let Some(path) = path {
        let mut place = json!({"artifactLocation": {"uri": uri(path)}});
        if let Some(line) = line {
            place["region"] = json!({"startLine": line});
        }
        value["locations"] = json!([{"physicalLocation": place}]);
    }
    value
}

/// A path as a relative URI reference: what can't stand in one is escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
