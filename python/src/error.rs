//! Errors as Python's.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use traghetto::{Error, ErrorKind};

create_exception!(
    traghetto,
    TraghettoError,
    PyException,
    "What went wrong, with the culprit's name.\n\n`kind` is `usage`, `input`, `io`, `model`, `unavailable`, `integrity` or \
     `inference`; `hint` says what can be done, in the words of the program `traghetto`, or is `None`."
);

/// The Python error of an error.
pub fn raised(error: Error) -> PyErr {
    let kind = match error.kind() {
        ErrorKind::Usage => "usage",
        ErrorKind::Input => "input",
        ErrorKind::Io => "io",
        ErrorKind::Model => "model",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::Integrity => "integrity",
        ErrorKind::Inference => "inference",
        _ => "other",
    };
    let raised = TraghettoError::new_err(error.to_string());
    Python::attach(|py| {
        let value = raised.value(py);
        let told = value.setattr("kind", kind);
        // An exception takes any attribute: if not, that is the error.
        match told.and_then(|()| value.setattr("hint", error.hint())) {
            Ok(()) => raised,
            Err(failed) => failed,
        }
    })
}
