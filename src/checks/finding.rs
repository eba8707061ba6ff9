//! What a rule reports.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::id::CheckId;
use crate::text::{Lang, Span};

/// A segment and its translation.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The segment.
    pub source: &'a str,
    /// Its translation.
    pub target: &'a str,
    /// The language of `source`.
    pub from: Lang,
    /// The language that `target` should be in.
    pub to: Lang,
}

/// How sure a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The form differs as good translations differ too: it stands in reports, and is no reason for doubt.
    Hint,
    /// Worth a second look; a good translation may look like this.
    Warning,
    /// Wrong, as far as a rule can tell.
    Error,
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub check: CheckId,
    /// How sure it is.
    pub severity: Severity,
    /// For a person; names the item, as in `"81 per cento" has no counterpart`.
    pub message: String,
    /// The item in the source.
    #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Span>,
    /// The item in the translation.
    #[serde(with = "bytes", default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Span>,
    /// What would do for the item of the source, in the language of the translation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendering: Option<String>,
}

/// A span as `[start, end]`.
mod bytes {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Span};

    pub(super) fn serialize<S: Serializer>(
        span: &Option<Span>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        span.map(|span| [span.start, span.end])
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Span>, D::Error> {
        let span: Option<[usize; 2]> = Option::deserialize(deserializer)?;
        Ok(span.map(|[start, end]| Span { start, end }))
    }
}

impl Finding {
    fn new(check: CheckId, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            check,
            severity,
            message: message.into(),
            source: None,
            target: None,
            rendering: None,
        }
    }

    pub(crate) fn error(check: CheckId, message: impl Into<String>) -> Self {
        Self::new(check, Severity::Error, message)
    }

    pub(super) fn hint(check: CheckId, message: impl Into<String>) -> Self {
        Self::new(check, Severity::Hint, message)
    }

    /// Whether it is no reason for doubt.
    pub fn is_hint(&self) -> bool {
        self.severity == Severity::Hint
    }

    pub(crate) fn warning(check: CheckId, message: impl Into<String>) -> Self {
        Self::new(check, Severity::Warning, message)
    }

    pub(crate) fn at_source(mut self, span: Span) -> Self {
        self.source = Some(span);
        self
    }

    pub(super) fn with_rendering(mut self, rendering: &str) -> Self {
        self.rendering = Some(rendering.to_owned());
        self
    }

    /// The finding, made in what a translation was made from, which is in `lang`.
    pub(crate) fn of_leg(&self, lang: Lang) -> Self {
        Self {
            message: format!("in the {} it was made from, {}", lang.name(), self.message),
            // It is of another text.
            target: None,
            rendering: None,
            ..self.clone()
        }
    }

    pub(crate) fn at_target(mut self, span: Span) -> Self {
        self.target = Some(span);
        self
    }
}

/// As a compiler would say it: `error[number]: "81 per cento" has no counterpart`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Hint => "hint",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}[{}]: {}", self.check, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_in_json() {
        let finding = Finding::error(CheckId::Number, "x").at_source(Span { start: 1, end: 2 });
        assert_eq!(
            serde_json::to_string(&finding).unwrap(),
            r#"{"check":"number","severity":"error","message":"x","source":[1,2]}"#
        );
    }
}
