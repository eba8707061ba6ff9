//! The standard streams, passed in, so that a test of the command line is a transcript.

use std::io::{IsTerminal, Read, Write};

/// What the program reads from and writes to.
pub struct Streams {
    /// Standard input.
    pub input: Box<dyn Read + Send>,
    /// Standard output: data only.
    pub output: Box<dyn Write + Send>,
    /// Standard error: notes, warnings, progress.
    pub errors: Box<dyn Write + Send>,
    /// Which of them are terminals.
    pub terminals: Terminals,
}

/// Which streams are terminals. Bars and text that is redrawn go to those of the process, whatever the streams are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminals {
    /// Standard input.
    pub input: bool,
    /// Standard output.
    pub output: bool,
    /// Standard error.
    pub errors: bool,
}

impl Streams {
    /// Those of the process.
    pub fn process() -> Self {
        let (input, output, errors) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        Self {
            terminals: Terminals {
                input: input.is_terminal(),
                output: output.is_terminal(),
                errors: errors.is_terminal(),
            },
            input: Box::new(input),
            output: Box::new(output),
            errors: Box::new(errors),
        }
    }
}
