//! The Python module `traghetto._traghetto`: the library's face in Python's words. While models work, other threads of Python run.

mod arrow;
mod check;
mod error;
mod log;
mod stream;
mod summarizer;
mod translator;

use pyo3::prelude::*;

/// What the package `traghetto` is made of.
#[pymodule]
fn _traghetto(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add(
        "TraghettoError",
        module.py().get_type::<error::TraghettoError>(),
    )?;
    module.add_class::<arrow::ArrowRows>()?;
    module.add_class::<check::Detection>()?;
    module.add_class::<check::Finding>()?;
    module.add_class::<translator::Segment>()?;
    module.add_class::<translator::Translation>()?;
    module.add_class::<stream::Translations>()?;
    module.add_class::<translator::Translator>()?;
    module.add_class::<summarizer::Summary>()?;
    module.add_class::<summarizer::Summarizer>()?;
    module.add_function(wrap_pyfunction!(check::check, module)?)?;
    module.add_function(wrap_pyfunction!(check::detect, module)?)
}
