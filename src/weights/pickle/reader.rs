//! The bytes of a pickle, read front to back, and what is said of bad ones.

use std::mem;

use crate::error::{Error, ErrorKind, Result};

/// What is wrong with a file.
pub(in crate::weights) fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, message)
}

pub(super) fn refused(what: &str) -> Error {
    broken(format!("its pickle wants {what}, which a dictionary of tensors doesn't need"))
        .with_hint("it may try to run code: don't use the file, or convert it to safetensors where that is safe")
}

/// Bytes, and how far they have been read.
pub(in crate::weights) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader that starts at byte `at`.
    pub(in crate::weights) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next byte's place.
    pub(in crate::weights) fn at(&self) -> usize {
        self.at
    }

    pub(in crate::weights) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let end = self
            .at
            .checked_add(len)
            .filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| broken("it is cut short"))?;
        Ok(&self.bytes[mem::replace(&mut self.at, end)..end])
    }

    pub(in crate::weights) fn take_chunk<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        self.take(N).map(|bytes| {
            bytes
                .try_into()
                .expect("`take` gives as many bytes as asked for")
        })
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.take_chunk::<1>()?[0])
    }

    pub(super) fn text(&mut self, len: usize) -> Result<&'a str> {
        std::str::from_utf8(self.take(len)?).map_err(|_| broken("a name in it isn't UTF-8"))
    }

    pub(super) fn line(&mut self) -> Result<&'a str> {
        let rest = &self.bytes[self.at..];
        let len = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .ok_or_else(|| broken("it is cut short"))?;
        let line = self.text(len)?;
        self.at += 1;
        Ok(line)
    }
}
