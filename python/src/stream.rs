//! An iterator of translations that reads its texts as it goes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, TryLockError};

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyString, PyType};
use traghetto::{Format, Result};

use crate::error::raised;
use crate::translator::{Shared, Translation};

/// The bytes of the first texts that are translated together, so that the first answer comes soon; each next time twice as
/// many, up to what fills a model's batches.
const FIRST: usize = 1 << 10;
const MOST: usize = 1 << 18;

/// An iterator of translations, in the order of their texts. It reads the texts as it goes, some more than it has given out
/// (256 KB at most, or one text), and belongs to one thread at a time.
#[pyclass(frozen, module = "traghetto")]
pub struct Translations {
    shared: Arc<Shared>,
    format: Format,
    /// Whether an error is raised, rather than returned.
    raises: bool,
    state: Mutex<State>,
}

struct State {
    /// `None` when it has ended.
    texts: Option<Py<PyIterator>>,
    /// What reading the next text raised, once what came before it is out.
    failed: Option<PyErr>,
    ready: VecDeque<Result<traghetto::Translation>>,
    bytes: usize,
}

impl Translations {
    /// Of `texts`, by a translator.
    pub fn new(shared: Arc<Shared>, texts: Py<PyIterator>, format: Format, raises: bool) -> Self {
        Self {
            shared,
            format,
            raises,
            state: Mutex::new(State {
                texts: Some(texts),
                failed: None,
                ready: VecDeque::new(),
                bytes: FIRST,
            }),
        }
    }
}

impl State {
    /// Reads the next texts.
    fn read(&mut self, py: Python<'_>) -> Vec<String> {
        let mut read = Vec::new();
        let mut bytes = 0;
        while bytes < self.bytes
            && let Some(texts) = &self.texts
        {
            let next = texts.bind(py).clone().next();
            match next.map(|text| text.and_then(|text| string(&text))) {
                Some(Ok(text)) => {
                    bytes += text.len();
                    read.push(text);
                }
                Some(Err(error)) => {
                    self.failed = Some(error);
                    self.texts = None;
                }
                None => self.texts = None,
            }
        }
        self.bytes = (self.bytes * 2).min(MOST);
        read
    }
}

fn string(text: &Bound<'_, PyAny>) -> PyResult<String> {
    match text.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?.to_string()),
        Err(_) => {
            let kind = text.get_type().qualname()?;
            Err(PyTypeError::new_err(format!(
                "a text is a str, not {kind}: {}",
                text.repr()?.to_str()?.chars().take(80).collect::<String>()
            )))
        }
    }
}

#[pymethods]
impl Translations {
    /// For type checkers, which know what it gives.
    #[classmethod]
    fn __class_getitem__(cls: &Bound<'_, PyType>, _item: &Bound<'_, PyAny>) -> Py<PyType> {
        cls.clone().unbind()
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        // Waiting here would be for ever if the texts themselves asked for the next translation.
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let message = "the iterator is at work already: give each thread one of its own";
                return Err(PyRuntimeError::new_err(message));
            }
        };
        if state.ready.is_empty() {
            let texts = state.read(py);
            if !texts.is_empty() {
                let made = py.detach(|| self.shared.translate(texts, self.format));
                state.ready.extend(made);
            }
        }
        match state.ready.pop_front() {
            Some(Ok(made)) => Ok(Some(Py::new(py, Translation::new(made))?.into_any())),
            Some(Err(error)) if self.raises => Err(raised(error)),
            Some(Err(error)) => Ok(Some(raised(error).into_value(py).into_any())),
            None => match state.failed.take() {
                Some(error) => Err(error),
                None => Ok(None),
            },
        }
    }
}
