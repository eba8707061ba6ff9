//! Files whose lines belong together, read line by line, so that their length doesn't matter.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::Path;

use crate::bitext::{self, read_line};
use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;

/// A file of lines, or one with a source and its translation in a unit.
pub struct Lines {
    name: String,
    next: Box<dyn FnMut() -> Result<Option<Vec<String>>>>,
    read: usize,
}

impl Lines {
    /// A file that has a text a line.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self::of(open(path)?, path.display().to_string()))
    }

    /// Lines that were read already.
    pub fn from_bytes(bytes: Vec<u8>, name: &str) -> Self {
        Self::of(Cursor::new(bytes), name.to_owned())
    }

    fn of(mut reader: impl BufRead + 'static, name: String) -> Self {
        let (mut n, called) = (0, name.clone());
        let next = move || {
            n += 1;
            let mut line = String::new();
            let there = read_line(&mut reader, &mut line, &called, n)?;
            Ok(there.then(|| vec![line]))
        };
        Self {
            name,
            next: Box::new(next),
            read: 0,
        }
    }

    /// A bilingual file: each unit is a source and its translation.
    ///
    /// # Errors
    /// As [`bitext::table`] and [`bitext::read`].
    pub fn set(
        path: &Path,
        format: bitext::PairFormat,
        wanted: (Option<Lang>, Option<Lang>),
    ) -> Result<Self> {
        let name = path.display().to_string();
        let reader = open(path)?;
        let mut units = if format.is_table() {
            bitext::table(reader, format, &name)?.units
        } else {
            let text = std::io::read_to_string(reader)
                .map_err(|error| Error::io("reading", path, error))?;
            bitext::read(&text, format, &name, wanted)?.units
        };
        let next = move || {
            let unit = units.next().transpose()?;
            Ok(unit.map(|unit| vec![unit.source, unit.target]))
        };
        Ok(Self {
            name,
            next: Box::new(next),
            read: 0,
        })
    }

    fn next(&mut self) -> Result<Option<Vec<String>>> {
        let texts = (self.next)()?;
        self.read += usize::from(texts.is_some());
        Ok(texts)
    }
}

fn open(path: &Path) -> Result<BufReader<File>> {
    if path.is_dir() {
        let message = format!("{} is a folder", path.display());
        return Err(Error::new(ErrorKind::Input, message).with_hint("name a file"));
    }
    let file = File::open(path).map_err(|error| Error::io("reading", path, error))?;
    Ok(BufReader::new(file))
}

/// Files that are read together.
pub struct Input {
    files: Vec<Lines>,
}

impl Input {
    /// Together, in this order.
    pub fn new(files: Vec<Lines>) -> Self {
        Self { files }
    }

    /// The next line of each file; a bilingual one gives two. `None` at the end.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if a file ends before the others, or all are empty; [`ErrorKind::Io`] if one can't be read.
    pub fn read(&mut self) -> Result<Option<Vec<String>>> {
        let mut texts = Vec::new();
        let mut ended = 0;
        for file in &mut self.files {
            match file.next()? {
                Some(more) => texts.extend(more),
                None => ended += 1,
            }
        }
        match ended {
            0 => Ok(Some(texts)),
            n if n < self.files.len() => Err(self.unequal()),
            _ if self.files.iter().all(|file| file.read == 0) => {
                let names: Vec<&str> = self.files.iter().map(|file| &*file.name).collect();
                let are = if names.len() == 1 { "is" } else { "are" };
                let message = format!("{} {are} empty", names.join(" and "));
                Err(Error::new(ErrorKind::Input, message))
            }
            _ => Ok(None),
        }
    }

    /// Says how long each file is.
    fn unequal(&mut self) -> Error {
        let mut lengths = Vec::new();
        for file in &mut self.files {
            while let Ok(Some(_)) = file.next() {}
            let s = if file.read == 1 { "" } else { "s" };
            lengths.push(format!("{} has {} line{s}", file.name, file.read));
        }
        Error::new(ErrorKind::Input, lengths.join(", ")).with_hint(
            "a line of each file must be about the same text; an output that is missing is an empty line",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(texts: &[&str]) -> Input {
        let files = texts.iter().enumerate();
        let files =
            files.map(|(n, text)| Lines::from_bytes(text.as_bytes().to_vec(), &format!("f{n}")));
        Input::new(files.collect())
    }

    #[test]
    fn lines_come_together_and_blank_ones_are_lines() {
        let mut both = input(&["a\r\n\nc", "x\ny\nz\n"]);
        let mut read = Vec::new();
        while let Some(texts) = both.read().unwrap() {
            read.push(texts.join("|"));
        }
        assert_eq!(read, ["a|x", "|y", "c|z"]);
    }

    #[test]
    fn a_file_that_ends_early_is_named() {
        let mut both = input(&["a\nb\nc\n", "x\n"]);
        assert!(both.read().unwrap().is_some());
        let error = both.read().unwrap_err();
        assert_eq!(error.to_string(), "f0 has 3 lines, f1 has 1 line");
        let error = input(&["", ""]).read().unwrap_err();
        assert_eq!(error.to_string(), "f0 and f1 are empty");
    }
}
