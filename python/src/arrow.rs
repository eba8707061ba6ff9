//! Columns of Arrow in and out by the PyCapsule interface: the buffers of neither side are copied.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::builder::{Float64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::ffi::{ArrayReader, to_schema_pycapsule, to_stream_pycapsule};
use traghetto::{Document, ErrorKind, Format, Result, Translation};

use crate::translator::Shared;

/// How much is taken at once, in bytes of text.
#[derive(Clone, Copy)]
pub struct Limits {
    /// The texts of a batch have so many together, or are one.
    pub batch: usize,
    /// A longer text is rejected.
    pub text: usize,
}

/// Translations as a stream of Arrow's record batches (`__arrow_c_stream__`), made as they are read: for `pyarrow.table`,
/// `polars.DataFrame`, `duckdb` and whatever else takes such streams. It can be read once.
///
/// Columns, a row a text, in their order: `language` (string), `translation` (string), `risk` (double, from 0 to 1), `findings`
/// (string, JSON: the segments in which something may be wrong), `route` (string), `models` (string, JSON), `rejected` (string: why
/// there is no translation; null where there is one).
#[pyclass(frozen, module = "traghetto")]
pub struct ArrowRows {
    field: FieldRef,
    reader: Mutex<Option<Reader>>,
}

impl ArrowRows {
    /// Of `texts`, an array or a stream of arrays.
    ///
    /// # Errors
    /// If they are no strings.
    pub fn new(
        shared: Arc<Shared>,
        texts: Box<dyn ArrayReader + Send>,
        format: Format,
        limits: Limits,
    ) -> PyResult<Self> {
        let kind = texts.field().data_type().clone();
        if !matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        ) {
            let message = format!("the column holds {kind}, not strings");
            return Err(PyTypeError::new_err(message));
        }
        let field = Arc::new(Field::new("", DataType::Struct(columns()), false));
        let reader = Reader {
            shared,
            texts,
            chunk: None,
            format,
            limits,
            row: 0,
            field: field.clone(),
        };
        Ok(Self {
            field,
            reader: Mutex::new(Some(reader)),
        })
    }
}

#[pymethods]
impl ArrowRows {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.field.as_ref())?)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = reader.take().ok_or_else(|| {
            PyValueError::new_err("the rows were read already: they are made as they are read")
        })?;
        Ok(to_stream_pycapsule(py, Box::new(reader), requested_schema)?)
    }
}

fn columns() -> Fields {
    let text = |name| Field::new(name, DataType::Utf8, true);
    Fields::from(vec![
        text("language"),
        text("translation"),
        Field::new("risk", DataType::Float64, true),
        text("findings"),
        text("route"),
        text("models"),
        text("rejected"),
    ])
}

/// Makes the batches.
struct Reader {
    shared: Arc<Shared>,
    texts: Box<dyn ArrayReader + Send>,
    /// The array that is under way, and the first of its rows that isn't.
    chunk: Option<(ArrayRef, usize)>,
    format: Format,
    limits: Limits,
    /// The rows that are done.
    row: usize,
    field: FieldRef,
}

impl ArrayReader for Reader {
    fn field(&self) -> FieldRef {
        self.field.clone()
    }
}

impl Iterator for Reader {
    type Item = Result<ArrayRef, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Who reads may hold Python or not.
        Python::attach(|py| py.detach(|| self.step().transpose()))
    }
}

impl Reader {
    fn step(&mut self) -> Result<Option<ArrayRef>, ArrowError> {
        loop {
            if let Some((array, start)) = self.chunk.take()
                && start < array.len()
            {
                let end = self.end(&array, start);
                let made = self.make(&array.slice(start, end - start))?;
                self.row += end - start;
                self.chunk = Some((array, end));
                return Ok(Some(Arc::new(made)));
            }
            match self.texts.next().transpose()? {
                Some(array) => self.chunk = Some((array, 0)),
                None => return Ok(None),
            }
        }
    }

    /// Where a batch ends that begins at `start`.
    fn end(&self, array: &ArrayRef, start: usize) -> usize {
        let mut bytes = 0;
        for row in start..array.len() {
            bytes += text(array, row).map_or(0, str::len);
            if bytes > self.limits.batch && row > start {
                return row;
            }
        }
        array.len()
    }

    fn make(&self, array: &ArrayRef) -> Result<StructArray, ArrowError> {
        let mut rows: Vec<Row> = Vec::with_capacity(array.len());
        let mut due = Vec::new();
        for row in 0..array.len() {
            match self.document(text(array, row)) {
                Ok(document) if document.lang == self.shared.to => rows.push(Row::Itself(document)),
                Ok(document) => {
                    due.push(document);
                    rows.push(Row::Due);
                }
                Err(why) => rows.push(Row::Rejected(why)),
            }
        }
        let mut made = self.shared.translate_documents(due).into_iter();
        let mut batch = Batch::default();
        for (at, row) in rows.into_iter().enumerate() {
            match row {
                Row::Itself(document) => batch.itself(&document),
                Row::Rejected(why) => batch.rejected(&why),
                Row::Due => match made.next() {
                    Some(Ok(made)) => batch.translated(&made)?,
                    Some(Err(error)) => {
                        let why = match error.kind() {
                            // What is wrong with a model is wrong for all.
                            ErrorKind::Model | ErrorKind::Integrity => {
                                let row = self.row + at;
                                let message = format!("at row {row}: {error}");
                                return Err(ArrowError::ComputeError(message));
                            }
                            ErrorKind::Unavailable | ErrorKind::Usage => "no-model",
                            _ => "failed",
                        };
                        batch.rejected(&format!("{why}: {error}"));
                    }
                    None => batch.rejected("failed: there is no translation"),
                },
            }
        }
        batch.finish()
    }

    /// The document of a text, or why there is none: in the words of an archive's `rejected.jsonl`.
    fn document(&self, text: Option<&str>) -> Result<Document, String> {
        let Some(text) = text else {
            return Err("empty: the text is null".to_string());
        };
        if text.len() > self.limits.text {
            let mb = |bytes: usize| bytes as f64 / 1e6;
            let (has, may) = (mb(text.len()), mb(self.limits.text));
            return Err(format!(
                "too-long: it has {has:.1} MB, and a text at most {may:.1}"
            ));
        }
        let empty = || "empty: there is no text in it".to_string();
        if text.trim().is_empty() {
            return Err(empty());
        }
        let document = self.shared.document(text, self.format);
        let document = document.map_err(|error| format!("unknown-language: {error}"))?;
        match document.is_empty() {
            true => Err(empty()),
            false => Ok(document),
        }
    }
}

/// What is known of a row before models have worked.
enum Row {
    /// It is in the language asked for already.
    Itself(Document),
    /// It is to be translated.
    Due,
    /// Why it isn't.
    Rejected(String),
}

/// A string of an array of one of the three kinds of strings.
fn text(array: &ArrayRef, row: usize) -> Option<&str> {
    if array.is_null(row) {
        return None;
    }
    if let Some(array) = array.as_string_opt::<i32>() {
        return Some(array.value(row));
    }
    if let Some(array) = array.as_string_opt::<i64>() {
        return Some(array.value(row));
    }
    array.as_string_view_opt().map(|array| array.value(row))
}

/// The columns of a batch under way.
#[derive(Default)]
struct Batch {
    language: StringBuilder,
    translation: StringBuilder,
    risk: Float64Builder,
    findings: StringBuilder,
    route: StringBuilder,
    models: StringBuilder,
    rejected: StringBuilder,
}

impl Batch {
    fn translated(&mut self, made: &Translation) -> Result<(), ArrowError> {
        let json = |values: &Vec<serde_json::Value>| {
            serde_json::to_string(values).map_err(|error| ArrowError::JsonError(error.to_string()))
        };
        self.language.append_value(made.from().to_string());
        self.translation.append_value(made.text());
        self.risk.append_option(made.risk());
        self.findings.append_value(json(&made.marked())?);
        self.route.append_value(made.route());
        self.models.append_value(json(&made.provenance())?);
        self.rejected.append_null();
        Ok(())
    }

    fn itself(&mut self, document: &Document) {
        self.language.append_value(document.lang.to_string());
        self.translation.append_value(document.article.source());
        self.risk.append_null();
        self.findings.append_value("[]");
        self.route.append_value("");
        self.models.append_value("[]");
        self.rejected.append_null();
    }

    fn rejected(&mut self, why: &str) {
        self.language.append_null();
        self.translation.append_null();
        self.risk.append_null();
        self.findings.append_null();
        self.route.append_null();
        self.models.append_null();
        self.rejected.append_value(why);
    }

    fn finish(mut self) -> Result<StructArray, ArrowError> {
        let columns_made: Vec<ArrayRef> = vec![
            Arc::new(self.language.finish()),
            Arc::new(self.translation.finish()),
            Arc::new(self.risk.finish()),
            Arc::new(self.findings.finish()),
            Arc::new(self.route.finish()),
            Arc::new(self.models.finish()),
            Arc::new(self.rejected.finish()),
        ];
        StructArray::try_new(columns(), columns_made, None)
    }
}
