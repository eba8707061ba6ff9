//! What is told of a translation beside its text.

use serde_json::{Value, json};

use super::shared::Answer;
use crate::output::report::Segment;
use crate::{RiskLevel, Severity, Translation};

/// What may be wrong, in the order of the text, each with the sentence that it is about.
pub fn warnings(answer: &Answer) -> Vec<Value> {
    let segments = answer.made.iter().flat_map(Translation::segments);
    let found = segments.flat_map(|segment| {
        let findings = segment.findings.iter();
        let told = findings.filter(|finding| finding.severity != Severity::Hint);
        told.map(move |finding| {
            json!({
                "check": finding.check,
                "severity": finding.severity,
                "message": finding.message,
                "source": segment.source,
                "translation": segment.text,
            })
        })
    });
    found.collect()
}

/// Each sentence with its translation, how it is to be read, and what may be wrong with it.
pub fn segments(answer: &Answer) -> Vec<Value> {
    let segments = answer.made.iter().flat_map(Translation::segments);
    let told = segments.map(|segment| {
        let risk = segment.risk.as_ref();
        let findings = segment.findings.iter();
        let findings = findings.filter(|finding| finding.severity != Severity::Hint);
        let others = segment.alternatives.iter().map(|other| other.text.as_str());
        let others: Vec<&str> = others
            .filter(|text| !text.is_empty() && *text != segment.text)
            .collect();
        json!({
            "block": segment.block,
            "source": segment.source,
            "translation": segment.text,
            "level": level(segment),
            "risk": risk.map(|risk| risk.probability),
            "findings": findings.map(|finding| &finding.message).collect::<Vec<_>>(),
            "alternatives": others,
        })
    });
    told.collect()
}

/// What a reader is told of a sentence: `wrong`, `check` or `fine`.
pub fn level(segment: &Segment) -> &'static str {
    let told = || segment.findings.iter().map(|finding| finding.severity);
    match segment.risk.as_ref().map(|risk| risk.level) {
        Some(RiskLevel::Wrong) => "wrong",
        _ if told().any(|severity| severity == Severity::Error) => "wrong",
        Some(RiskLevel::Check) => "check",
        _ if told().any(|severity| severity != Severity::Hint) => "check",
        _ => "fine",
    }
}

/// The risk of the sentence that is the most likely to mislead; null if nothing is known of any.
pub fn risk(answer: &Answer) -> Value {
    let segments = answer.made.iter().flat_map(Translation::segments);
    let risks = segments.filter_map(|segment| segment.risk.as_ref());
    let worst = risks.max_by(|a, b| a.probability.total_cmp(&b.probability));
    worst.map_or(
        Value::Null,
        |risk| json!({ "probability": risk.probability, "level": risk.level }),
    )
}

/// How the text was made, for a person; empty if nothing had to be translated.
pub fn route(answer: &Answer) -> String {
    let made = answer.made.as_ref();
    made.map(Translation::route).unwrap_or_default()
}

/// At most `n` other translations, best first. Only a text of one sentence has any.
pub fn alternatives(answer: &Answer, n: usize) -> Vec<&str> {
    let segments = answer.made.as_ref().map_or(&[][..], Translation::segments);
    let [segment] = segments else {
        return Vec::new();
    };
    let mut others: Vec<&str> = Vec::new();
    for alternative in &segment.alternatives {
        let text = alternative.text.as_str();
        if !text.is_empty() && text != segment.text && !others.contains(&text) {
            others.push(text);
        }
    }
    others.truncate(n);
    others
}
