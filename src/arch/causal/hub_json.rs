//! Reading a `config.json`: every error names the file and the key.

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// A part of a `config.json`.
#[derive(Clone, Copy)]
pub(super) struct Json<'a> {
    value: &'a Value,
    origin: &'a str,
}

impl<'a> Json<'a> {
    /// The whole file, by its name in messages.
    pub(super) fn new(value: &'a Value, origin: &'a str) -> Self {
        Self { value, origin }
    }

    pub(super) fn wrong(&self, what: &str) -> Error {
        Error::new(ErrorKind::Model, format!("{}: {what}", self.origin))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn object(&self, key: &str) -> Option<Json<'a>> {
        let value = self.get(key).filter(|value| value.is_object())?;
        Some(Self { value, ..*self })
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    pub(super) fn list(&self, key: &str) -> Option<&'a Vec<Value>> {
        self.get(key)?.as_array()
    }

    pub(super) fn number_if_any(&self, key: &str) -> Result<Option<usize>> {
        let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
        match self.get(key) {
            None => Ok(None),
            Some(value) => match number(value) {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(&format!("\"{key}\" is no whole number"))),
            },
        }
    }

    pub(super) fn number(&self, key: &str) -> Result<usize> {
        self.number_if_any(key)?
            .ok_or_else(|| self.wrong(&format!("\"{key}\" is missing")))
    }

    pub(super) fn number_or(&self, key: &str, usual: usize) -> Result<usize> {
        Ok(self.number_if_any(key)?.unwrap_or(usual))
    }

    pub(super) fn float(&self, key: &str) -> Result<f64> {
        let value = self.get(key);
        let value = value.ok_or_else(|| self.wrong(&format!("\"{key}\" is missing")))?;
        let number = value.as_f64();
        number.ok_or_else(|| self.wrong(&format!("\"{key}\" is no number")))
    }

    pub(super) fn float_or(&self, key: &str, usual: f64) -> Result<f64> {
        match self.get(key) {
            Some(_) => self.float(key),
            None => Ok(usual),
        }
    }
}
