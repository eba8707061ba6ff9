//! What a model is, from its own files: the GGUF header or `config.json`.

use std::io::Read;

use super::architecture::Architecture;
use crate::error::{Error, ErrorKind, Result};

/// What a model's own files say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::registry) struct Facts {
    pub architecture: Architecture,
    pub name: Option<String>,
    pub context: Option<usize>,
    pub licence: Option<String>,
}

/// Longest string and number of entries that a header is believed to have; a real one stays far below.
const LONGEST: u64 = 1 << 20;
const MOST: u64 = 1 << 16;

/// Bytes at the beginning of a GGUF file that hold its general entries.
pub(in crate::registry) const HEADER: u64 = 1 << 16;

/// Reads the beginning of a GGUF file up to the tokenizer: that is where the general entries are. Bytes that end early
/// are fine once the architecture has been seen.
///
/// # Errors
/// [`ErrorKind::Model`] if it isn't GGUF, is damaged, or has an architecture that isn't known.
pub(in crate::registry) fn gguf(mut bytes: &[u8], origin: &str) -> Result<Facts> {
    let not_gguf = || Error::new(ErrorKind::Model, format!("{origin} is not a GGUF file"));
    let mut header = Header { reader: &mut bytes };
    if header.bytes(4).ok_or_else(not_gguf)? != b"GGUF" {
        return Err(not_gguf());
    }
    let (mut architecture, mut name, mut context, mut licence) = (None, None, None, None);
    let version = header.u32().ok_or_else(not_gguf)?;
    if !(2..=3).contains(&version) {
        return Err(Error::new(
            ErrorKind::Model,
            format!("{origin} is GGUF version {version}; 2 and 3 are supported"),
        ));
    }
    let _tensors = header.u64().ok_or_else(not_gguf)?;
    let entries = header.u64().ok_or_else(not_gguf)?.min(MOST);
    for _ in 0..entries {
        let Some((key, value)) = header.entry() else {
            break;
        };
        match (key.as_str(), value) {
            ("general.architecture", Value::Text(text)) => architecture = Some(text),
            ("general.name", Value::Text(text)) => name = Some(text),
            ("general.license", Value::Text(text)) => licence = Some(text),
            (key, Value::Number(n)) if key.ends_with(".context_length") => {
                context = usize::try_from(n).ok()
            }
            (key, _) if key.starts_with("tokenizer.") => break,
            _ => {}
        }
    }
    let Some(architecture) = architecture else {
        return Err(Error::new(
            ErrorKind::Model,
            format!("{origin} is damaged: its header names no architecture"),
        ));
    };
    Ok(Facts {
        architecture: known(&architecture, origin)?,
        name,
        context,
        licence,
    })
}

/// Reads a `config.json` in the form of `transformers`.
///
/// # Errors
/// [`ErrorKind::Model`] if it isn't JSON or has a `model_type` that isn't known.
pub(super) fn config(bytes: &[u8], origin: &str) -> Result<Facts> {
    let config: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| {
        Error::new(ErrorKind::Model, format!("{origin} is not JSON")).with_source(e)
    })?;
    let kind = config["model_type"].as_str();
    let kind =
        kind.ok_or_else(|| Error::new(ErrorKind::Model, format!("{origin} has no model_type")))?;
    let context = ["max_position_embeddings", "n_positions"]
        .iter()
        .find_map(|key| config[*key].as_u64());
    Ok(Facts {
        architecture: known(kind, origin)?,
        name: None,
        context: context.and_then(|n| usize::try_from(n).ok()),
        licence: None,
    })
}

fn known(name: &str, origin: &str) -> Result<Architecture> {
    Architecture::from_model_type(name).ok_or_else(|| {
        Error::new(
            ErrorKind::Model,
            format!("{origin} has the architecture \"{name}\", which isn't supported"),
        )
    })
}

enum Value {
    Text(String),
    Number(u64),
    Other,
}

/// Reads GGUF's key–value pairs; `None` means that the bytes end or make no sense.
struct Header<'a, R> {
    reader: &'a mut R,
}

impl<R: Read> Header<'_, R> {
    fn bytes(&mut self, n: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(n).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 == n).then_some(bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.u64().filter(|n| *n <= LONGEST)?;
        Some(String::from_utf8_lossy(&self.bytes(length)?).into_owned())
    }

    fn entry(&mut self) -> Option<(String, Value)> {
        let key = self.text()?;
        let kind = self.u32()?;
        Some((key, self.value(kind)?))
    }

    fn value(&mut self, kind: u32) -> Option<Value> {
        Some(match kind {
            4 => Value::Number(u64::from(self.u32()?)),
            8 => Value::Text(self.text()?),
            9 => {
                let (kind, n) = (self.u32()?, self.u64()?);
                if kind == 9 || n > LONGEST {
                    return None;
                }
                for _ in 0..n {
                    self.value(kind)?;
                }
                Value::Other
            }
            10 => Value::Number(self.u64()?),
            0 | 1 | 7 => self.skip(1)?,
            2 | 3 => self.skip(2)?,
            5 | 6 => self.skip(4)?,
            11 | 12 => self.skip(8)?,
            _ => return None,
        })
    }

    fn skip(&mut self, n: u64) -> Option<Value> {
        self.bytes(n).map(|_| Value::Other)
    }
}
