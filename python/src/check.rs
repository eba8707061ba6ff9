//! What needs no model: checks of a pair, and the language of a text.

use pyo3::prelude::*;
use traghetto::{Lang, Severity, Span};

use crate::error::raised;

/// Something that may be wrong with a translation.
#[pyclass(frozen, get_all, module = "traghetto")]
pub struct Finding {
    /// Which rule has found it, such as `number`.
    id: String,
    /// How sure it is: `hint` (good translations differ so too), `warning` or `error`.
    severity: &'static str,
    /// What it is, for a person.
    message: String,
    /// The item in the source, as the indices of its first character and one past its last; `None` if there is none.
    source_span: Option<(usize, usize)>,
    /// The item in the translation, likewise.
    target_span: Option<(usize, usize)>,
    /// What would do for the item of the source, where that is known.
    rendering: Option<String>,
}

#[pymethods]
impl Finding {
    fn __repr__(&self) -> String {
        format!("<{} {}: {}>", self.severity, self.id, self.message)
    }
}

impl Finding {
    /// What was found in a pair of sentences.
    pub fn of(found: &traghetto::Finding, source: &str, target: &str) -> Self {
        let place = |span: Option<Span>, text: &str| {
            let span = span?;
            let start = text.get(..span.start)?.chars().count();
            let length = text.get(span.start..span.end)?.chars().count();
            Some((start, start + length))
        };
        Self {
            id: found.check.to_string(),
            severity: match found.severity {
                Severity::Hint => "hint",
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            message: found.message.clone(),
            source_span: place(found.source, source),
            target_span: place(found.target, target),
            rendering: found.rendering.clone(),
        }
    }
}

/// What may be wrong with `translation` as a translation of the sentence or paragraph `source`, the surest kinds first.
/// Needs no model; some 2,000 sentences a second.
///
/// `from_` and `to` are codes of languages, such as `it` and `en`; one that isn't known is a `TraghettoError` of kind `usage`.
#[pyfunction]
pub fn check(
    py: Python<'_>,
    source: &str,
    translation: &str,
    from_: &str,
    to: &str,
) -> PyResult<Vec<Finding>> {
    let from: Lang = from_.parse().map_err(raised)?;
    let to: Lang = to.parse().map_err(raised)?;
    let found = py.detach(|| traghetto::check(source, translation, from, to));
    let found = found.iter();
    Ok(found
        .map(|found| Finding::of(found, source, translation))
        .collect())
}

/// The language of a text.
#[pyclass(frozen, get_all, module = "traghetto")]
pub struct Detection {
    /// Its code; `None` if the text has no letters, or is in a language that isn't known.
    language: Option<String>,
    /// From 0 to 1.
    confidence: f64,
    /// Whether the detectors disagree, or the text is too short to tell.
    doubtful: bool,
}

#[pymethods]
impl Detection {
    fn __repr__(&self) -> String {
        let language = self.language.as_deref().unwrap_or("None");
        format!("<Detection {language} {:.2}>", self.confidence)
    }
}

/// Which language a text is in. Needs no model; of a long text samples are read.
#[pyfunction]
pub fn detect(py: Python<'_>, text: &str) -> Detection {
    let found = py.detach(|| traghetto::detect(text));
    Detection {
        language: found.lang.map(|lang| lang.to_string()),
        confidence: found.confidence,
        doubtful: found.doubtful,
    }
}
