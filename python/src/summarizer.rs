//! `Summarizer` and what it gives.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use traghetto::{Document, Format, Result};

use crate::check::Finding;
use crate::error::raised;
use crate::log::Log;

/// A summary.
#[pyclass(frozen, module = "traghetto")]
pub struct Summary(traghetto::Summary);

#[pymethods]
impl Summary {
    /// The text.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// The code of its language.
    #[getter]
    fn language(&self) -> String {
        self.0.lang().to_string()
    }

    /// The model that wrote it; `extract` if sentences of the text were chosen.
    #[getter]
    fn model(&self) -> &str {
        self.0.model()
    }

    /// What may be wrong with it.
    #[getter]
    fn findings(&self) -> Vec<Finding> {
        let text = self.0.text();
        let found = self.0.findings();
        // The sentence of the text that a claim was held against isn't kept here, so there is no place in it.
        found.map(|found| Finding::of(found, "", text)).collect()
    }

    /// What the program's JSON report says.
    fn report(&self) -> PyResult<String> {
        self.0.report().to_json().map_err(raised)
    }

    fn __str__(&self) -> &str {
        self.0.text()
    }

    fn __repr__(&self) -> String {
        format!("<Summary in {} by {}>", self.0.lang(), self.0.model())
    }
}

/// Summarises texts.
///
/// `to` is the language of the summaries, by default each text's own. `extract` chooses sentences of the text and needs no model;
/// else `model` writes, by default the best that can be had. `length` is `short`, `medium`, `long` or a number with a unit (`3s`
/// sentences, `50w` words, `10%`); `style` is `paragraph`, `bullets`, `headline`, `lead` or `key-facts`; `focus` says what it shall be
/// about above all. `store` is the folder of the models, `threads` how many compute.
///
/// What isn't known of these is a `TraghettoError` of kind `usage`.
#[pyclass(frozen, module = "traghetto")]
pub struct Summarizer(Mutex<traghetto::Summarizer>);

#[pymethods]
impl Summarizer {
    #[new]
    #[pyo3(signature = (to=None, *, model=None, extract=false, length="medium", style="paragraph", focus=None, offline=false, store=None, threads=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        py: Python<'_>,
        to: Option<&str>,
        model: Option<String>,
        extract: bool,
        length: &str,
        style: &str,
        focus: Option<String>,
        offline: bool,
        store: Option<PathBuf>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let open = || -> Result<traghetto::Summarizer> {
            let mut builder = traghetto::Summarizer::builder()
                .length(length.parse()?)
                .style(style.parse()?)
                .offline(offline)
                .observer(Log);
            if let Some(to) = to {
                builder = builder.to(to.parse()?);
            }
            if let Some(model) = model {
                builder = builder.model(model);
            }
            if let Some(focus) = focus {
                builder = builder.focus(focus);
            }
            if let Some(store) = store {
                builder = builder.store(store);
            }
            if let Some(threads) = threads {
                builder = builder.threads(threads);
            }
            if extract {
                builder = builder.extract();
            }
            builder.build()
        };
        let summarizer = py.detach(open).map_err(raised)?;
        Ok(Self(Mutex::new(summarizer)))
    }

    /// Summarises a text; other threads of Python run meanwhile. A text without words, or one of which the language can't be told,
    /// is a `TraghettoError` of kind `input`; where no model can be had, of kind `unavailable`.
    #[pyo3(signature = (text, *, format="text"))]
    fn summarize(&self, py: Python<'_>, text: String, format: &str) -> PyResult<Summary> {
        let format: Format = format.parse().map_err(raised)?;
        let made = py.detach(|| {
            let document = Document::from_text(text, format)?;
            let mut summarizer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            summarizer.summarize_document(&document)
        });
        made.map(Summary).map_err(raised)
    }
}
