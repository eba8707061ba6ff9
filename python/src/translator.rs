//! `Translator` and what it gives.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3_arrow::input::AnyArray;
use traghetto::{Batcher, Document, Error, ErrorKind, Format, Glossary, Lang, Result};

use crate::arrow::{ArrowRows, Limits};
use crate::check::Finding;
use crate::error::raised;
use crate::log::Log;
use crate::stream::Translations;

/// A sentence with its translation.
#[pyclass(frozen, module = "traghetto")]
pub struct Segment {
    /// The sentence.
    #[pyo3(get)]
    source: String,
    /// Its translation.
    #[pyo3(get)]
    text: String,
    /// How probable it is that it misleads, from 0 to 1; `None` where no model says anything of it.
    #[pyo3(get)]
    risk: Option<f32>,
    found: Vec<traghetto::Finding>,
}

#[pymethods]
impl Segment {
    /// What may be wrong with it.
    #[getter]
    fn findings(&self) -> Vec<Finding> {
        let found = self.found.iter();
        found
            .map(|found| Finding::of(found, &self.source, &self.text))
            .collect()
    }

    fn __repr__(&self) -> String {
        format!("<Segment {:?} → {:?}>", self.source, self.text)
    }
}

/// A translated text.
#[pyclass(frozen, module = "traghetto")]
pub struct Translation(traghetto::Translation);

impl Translation {
    /// As the library gives it.
    pub fn new(made: traghetto::Translation) -> Self {
        Self(made)
    }
}

#[pymethods]
impl Translation {
    /// The text in the new language, in the format of the source.
    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    /// The code of the language that it was translated from.
    #[getter]
    fn language(&self) -> String {
        self.0.from().to_string()
    }

    /// How it came about, such as `en → pt by student-en-pt`; empty if there was nothing to translate.
    #[getter]
    fn route(&self) -> String {
        self.0.route()
    }

    /// How probable it is that the riskiest segment misleads, from 0 to 1; `None` where no model says anything of it.
    #[getter]
    fn risk(&self) -> Option<f64> {
        self.0.risk()
    }

    /// The sentences, in their order.
    #[getter]
    fn segments(&self) -> Vec<Segment> {
        let segments = self.0.segments().iter();
        segments
            .map(|segment| Segment {
                source: segment.source.clone(),
                text: segment.text.clone(),
                risk: segment.risk.as_ref().map(|risk| risk.probability),
                found: segment.findings.clone(),
            })
            .collect()
    }

    /// What may be wrong, in the order of the text; their places are within their segments.
    #[getter]
    fn findings(&self) -> Vec<Finding> {
        let segments = self.0.segments().iter();
        segments
            .flat_map(|segment| {
                let found = segment.findings.iter();
                found.map(|found| Finding::of(found, &segment.source, &segment.text))
            })
            .collect()
    }

    /// What the program's JSON report says: models and their files, every segment, every warning.
    fn report(&self) -> PyResult<String> {
        self.0.report().to_json().map_err(raised)
    }

    fn __str__(&self) -> &str {
        self.0.text()
    }

    fn __repr__(&self) -> String {
        format!("<Translation {}>", self.0.route())
    }
}

/// What a translator and its streams share.
pub struct Shared {
    batcher: Mutex<Batcher>,
    from: Option<Lang>,
    /// The language to translate into.
    pub to: Lang,
}

impl Shared {
    /// The document of a text.
    ///
    /// # Errors
    /// If there is too little of it to tell its language, where that wasn't said.
    pub fn document(&self, text: impl Into<String>, format: Format) -> Result<Document> {
        match self.from {
            Some(lang) => Ok(Document::from_text_in(text, format, lang)),
            None => Document::from_text(text, format),
        }
    }

    /// Translates documents; what can't be translated is an error in its place.
    pub fn translate_documents(
        &self,
        documents: Vec<Document>,
    ) -> Vec<Result<traghetto::Translation>> {
        let mut batcher = self.batcher.lock().unwrap_or_else(PoisonError::into_inner);
        let mut made = Vec::with_capacity(documents.len());
        let to = self.to;
        // What it returns is what the closure returns: nothing.
        let _ = batcher.translate_each(documents.into_iter().map(|one| (one, to)), |one| {
            made.push(one);
            Ok(())
        });
        made
    }

    /// Translates texts, likewise.
    pub fn translate(
        &self,
        texts: Vec<String>,
        format: Format,
    ) -> Vec<Result<traghetto::Translation>> {
        let mut errors: Vec<Option<Error>> = Vec::with_capacity(texts.len());
        let mut documents = Vec::with_capacity(texts.len());
        for text in texts {
            match self.document(text, format) {
                Ok(document) => {
                    documents.push(document);
                    errors.push(None);
                }
                Err(error) => errors.push(Some(error)),
            }
        }
        let mut made = self.translate_documents(documents).into_iter();
        let results = errors.into_iter().filter_map(|error| match error {
            Some(error) => Some(Err(error)),
            None => made.next(),
        });
        results.collect()
    }
}

/// Translates texts into the language `to`. Models are loaded when they are first needed, and stay loaded.
///
/// `from_` says the language of the texts, which is detected otherwise. `model` is an id of the catalogue or the path of a file; by
/// default the best one that can be had is chosen, by `quality` (`fast`, `balanced`, `best`). `repair` (`off`, `auto`, `thorough`) says
/// what is done about segments with findings. With `meaning="on"` both sides are compared by sentence embeddings, and each segment gets a
/// risk. `glossary` is a file of terms. `offline` keeps off the network, `store` is the folder of the models, `threads` how many
/// compute, all cores by default.
///
/// It does one thing at a time; other threads of Python run meanwhile. What isn't known of its arguments is a `TraghettoError` of kind
/// `usage`.
#[pyclass(frozen, module = "traghetto")]
pub struct Translator(Arc<Shared>);

#[pymethods]
impl Translator {
    #[new]
    #[pyo3(signature = (to, *, from_=None, model=None, quality="balanced", repair="auto", meaning="auto", glossary=None, offline=false, store=None, threads=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        py: Python<'_>,
        to: &str,
        from_: Option<&str>,
        model: Option<String>,
        quality: &str,
        repair: &str,
        meaning: &str,
        glossary: Option<PathBuf>,
        offline: bool,
        store: Option<PathBuf>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let open = || -> Result<Shared> {
            let mut builder = Batcher::builder()
                .quality(quality.parse()?)
                .repair(repair.parse()?)
                .meaning(meaning.parse()?)
                .offline(offline)
                .observer(Log);
            if let Some(model) = model {
                builder = builder.model(model);
            }
            if let Some(glossary) = glossary {
                builder = builder.glossary(Glossary::open(&glossary)?);
            }
            if let Some(store) = store {
                builder = builder.store(store);
            }
            if let Some(threads) = threads {
                builder = builder.threads(threads);
            }
            Ok(Shared {
                batcher: Mutex::new(builder.build()?),
                from: from_.map(str::parse).transpose()?,
                to: to.parse()?,
            })
        };
        let shared = py.detach(open).map_err(raised)?;
        Ok(Self(Arc::new(shared)))
    }

    /// Translates a text; `format` is `text` (a line is a paragraph), `markdown`, `html`, `srt` or `vtt`.
    ///
    /// Raises `TraghettoError`: of kind `usage` if the text is in the language asked for already or the model doesn't translate it,
    /// `input` if there is too little text to tell its language, `unavailable` if no model can be had, `model` or `integrity` if one
    /// can't be used, `inference` if it fails.
    #[pyo3(signature = (text, *, format="text"))]
    fn translate(&self, py: Python<'_>, text: String, format: &str) -> PyResult<Translation> {
        let format: Format = format.parse().map_err(raised)?;
        let made = py.detach(|| self.0.translate(vec![text], format));
        let made = made.into_iter().next().unwrap_or_else(|| {
            let message = "there is no translation";
            Err(Error::new(ErrorKind::Inference, message))
        });
        made.map(Translation).map_err(raised)
    }

    /// Translates texts, an iterable of `str`: they are read as they are needed, and translated in batches that change no answer.
    ///
    /// What can't be translated raises a `TraghettoError` in its place, after which the iterator can go on; with `errors="return"` it
    /// stands there instead of being raised.
    #[pyo3(signature = (texts, *, format="text", errors="raise"))]
    fn translate_many(
        &self,
        texts: &Bound<'_, PyAny>,
        format: &str,
        errors: &str,
    ) -> PyResult<Translations> {
        let format: Format = format.parse().map_err(raised)?;
        let raises = match errors {
            "raise" => true,
            "return" => false,
            other => {
                let message = format!("errors is \"raise\" or \"return\", not \"{other}\"");
                return Err(PyValueError::new_err(message));
            }
        };
        if texts.is_instance_of::<PyString>() {
            let message = "texts is an iterable of texts, not one text";
            return Err(PyTypeError::new_err(message));
        }
        let texts = texts.try_iter()?.unbind();
        Ok(Translations::new(self.0.clone(), texts, format, raises))
    }

    /// Translates a column of strings: whatever has `__arrow_c_array__` or `__arrow_c_stream__`, such as arrays of pyarrow and series
    /// of polars and pandas. Gives rows that are made as they are read, in batches of `batch_bytes` of text.
    ///
    /// A text that can't be translated keeps its row, which says why in `rejected`; one of more than `max_bytes` is rejected too. A
    /// model that can't be used is an error of whoever reads the rows. Raises `TypeError` if the column holds no strings.
    #[pyo3(signature = (texts, *, format="text", batch_bytes=4_194_304, max_bytes=4_194_304))]
    fn translate_arrow(
        &self,
        texts: AnyArray,
        format: &str,
        batch_bytes: usize,
        max_bytes: usize,
    ) -> PyResult<ArrowRows> {
        let format: Format = format.parse().map_err(raised)?;
        let limits = Limits {
            batch: batch_bytes,
            text: max_bytes,
        };
        ArrowRows::new(self.0.clone(), texts.into_reader()?, format, limits)
    }
}
