//! What the first bytes of a GGUF file say about the model: enough to describe it before it is fetched.

use super::header::{Reader, Value};

/// The general entries of a file's metadata, as far as the bytes reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct General {
    /// `general.architecture`.
    pub architecture: Option<String>,
    /// `general.name`.
    pub name: Option<String>,
    /// `general.license`.
    pub licence: Option<String>,
    /// Largest number of positions in training, in tokens.
    pub context: Option<usize>,
}

impl General {
    /// Reads the entries up to the tokenizer, which is where they end. Bytes that end earlier are fine: what they don't
    /// hold is `None`.
    ///
    /// # Errors
    /// Why it is no GGUF file of a version that is known.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let (mut reader, _, entries) = Reader::begin(bytes)?;
        let mut general = Self::default();
        for _ in 0..entries {
            // An entry that goes on beyond the bytes is the end of what is known.
            let Ok((key, value)) = reader.entry() else {
                break;
            };
            if key.starts_with("tokenizer.") {
                break;
            }
            let text = |range| String::from_utf8_lossy(&bytes[range]).into_owned();
            match (key.as_str(), value) {
                ("general.architecture", Value::String(at)) => {
                    general.architecture = Some(text(at))
                }
                ("general.name", Value::String(at)) => general.name = Some(text(at)),
                ("general.license", Value::String(at)) => general.licence = Some(text(at)),
                (key, Value::Unsigned(n)) if key.ends_with(".context_length") => {
                    general.context = usize::try_from(n).ok();
                }
                _ => {}
            }
        }
        Ok(general)
    }
}
