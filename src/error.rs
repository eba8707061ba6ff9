//! The one error type: an opaque message with a kind, an optional hint and an optional cause.

use std::fmt;
use std::path::Path;

/// `Result` with Traghetto's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of thing went wrong; callers decide by kind, people read the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command line or the configuration asks for something that cannot be (exit code 2).
    Usage,
    /// The user's input can't be read as what it should be: encoding, binary data, markup.
    Input,
    /// Reading or writing a file failed.
    Io,
    /// A model's file is damaged, contradicts itself, or is of a kind that isn't supported.
    Model,
    /// Something can't be obtained: network, package archive, no candidate model.
    Unavailable,
    /// A downloaded or stored file isn't what its hash or size says.
    Integrity,
    /// Running a model failed.
    Inference,
}

/// An error that names the culprit (`message`) and, where there is one, the way out (`hint`).
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync + 'static>>,
}

impl Error {
    /// An error of `kind`; `message` is a sentence without a final full stop that names the culprit.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// An [`ErrorKind::Io`] error: `doing` is a gerund phrase such as "reading", followed by the path.
    pub fn io(doing: &str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        let path = path.as_ref().display();
        Self::new(ErrorKind::Io, format!("{doing} {path}")).with_source(source)
    }

    /// That of `all` whose name is `text`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is none: `what` says what it was to name, the hint the names that there are.
    pub(crate) fn one_of<T: Copy + fmt::Display>(what: &str, text: &str, all: &[T]) -> Result<T> {
        let found = all.iter().find(|one| one.to_string() == text);
        found.copied().ok_or_else(|| {
            let known: Vec<String> = all.iter().map(T::to_string).collect();
            Self::new(ErrorKind::Usage, format!("unknown {what} \"{text}\""))
                .with_hint(format!("use one of {}", known.join(", ")))
        })
    }

    /// Adds the way out, shown on a line of its own.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the underlying cause.
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What sort of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The way out, if one is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut cause: Option<&dyn std::error::Error> = match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        };
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            // Our own Display has already printed its causes.
            cause = match error.downcast_ref::<Error>() {
                Some(_) => None,
                None => error.source(),
            };
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} error: {self}", self.kind)?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

/// candle fails while a model runs; a failure while one loads is mapped to [`ErrorKind::Model`] by the loader.
impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::new(ErrorKind::Inference, "the model failed while running").with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_the_message_once() {
        let inner = Error::io("reading", "a.txt", std::io::Error::other("disk on fire"));
        let outer = Error::new(ErrorKind::Input, "the article can't be read").with_source(inner);
        assert_eq!(
            outer.to_string(),
            "the article can't be read: reading a.txt: disk on fire"
        );
    }
}
