//! Text on a terminal whose end may still change: a reader sees tokens as they come, and what a check or a second
//! attempt changes is redrawn. Elsewhere than on a terminal only final text is written.

use console::{Term, measure_text_width};

use super::printer::Printer;
use crate::error::Result;

/// Standard output as a stream of final text, with a provisional tail where it is a terminal.
pub struct Live<'p> {
    printer: &'p Printer,
    term: Option<Term>,
    /// The final text on the line that the cursor is on.
    line: String,
    /// Bytes of final text written so far.
    settled: usize,
    /// The provisional text after it.
    tail: String,
    open: bool,
}

impl<'p> Live<'p> {
    /// Text for standard output.
    pub fn new(printer: &'p Printer) -> Self {
        Self {
            printer,
            term: printer.terminals().output.then(Term::stdout),
            line: String::new(),
            settled: 0,
            tail: String::new(),
            open: true,
        }
    }

    /// Shows more provisional text; does nothing elsewhere than on a terminal.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if standard output can't be written.
    pub fn provisional(&mut self, text: &str) -> Result<()> {
        let Some(term) = &self.term else {
            return Ok(());
        };
        let grown = format!("{}{text}", self.tail);
        let (height, _) = term.size();
        // What has scrolled out of the screen couldn't be redrawn.
        if self.rows(&grown) + 1 >= usize::from(height) {
            return Ok(());
        }
        self.tail = grown;
        self.write(text)
    }

    /// Writes final text in place of the provisional.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if standard output can't be written.
    pub fn settle(&mut self, text: &str) -> Result<()> {
        if !self.tail.is_empty() {
            let up = self.rows(&self.tail) - 1;
            let mut redraw = String::from("\r");
            if up > 0 {
                redraw.push_str(&format!("\x1b[{up}A"));
            }
            redraw.push_str("\x1b[J");
            redraw.push_str(&self.line);
            self.tail.clear();
            self.write(&redraw)?;
        }
        self.write(text)?;
        self.settled += text.len();
        match text.rsplit_once('\n') {
            Some((_, last)) => self.line = last.to_string(),
            None => self.line.push_str(text),
        }
        Ok(())
    }

    /// Writes what is missing of `whole`, the final text.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if standard output can't be written.
    pub fn close(&mut self, whole: &str) -> Result<()> {
        let rest = whole.get(self.settled..).unwrap_or_default();
        self.settle(rest)?;
        if self.term.is_some() && !whole.ends_with('\n') {
            self.write("\n")?;
        }
        Ok(())
    }

    /// Terminal rows from the start of the current line to the end of `tail`.
    fn rows(&self, tail: &str) -> usize {
        let width = self
            .term
            .as_ref()
            .map_or(80, |term| usize::from(term.size().1).max(1));
        format!("{}{tail}", self.line)
            .split('\n')
            .map(|line| measure_text_width(line).saturating_sub(1) / width + 1)
            .sum()
    }

    fn write(&mut self, text: &str) -> Result<()> {
        if self.open {
            self.open = self.printer.write(text)?;
        }
        Ok(())
    }
}
