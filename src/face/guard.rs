//! A panic of the engine ends the work that it was at, and no other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Error, ErrorKind, Result};

/// Makes an error of a panic: the models that were at work are gone then, and are loaded anew.
pub fn guard<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let message = "the engine failed on this text";
        Err(Error::new(ErrorKind::Inference, message))
    })
}
