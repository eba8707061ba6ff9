//! CSV with a header: a record an article.

use std::cell::Cell as Shared;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind as CsvErrorKind, Reader, ReaderBuilder};

use super::files::Found;
use super::table::{Reading, Rows, Source, lacking, share, unreadable};
use crate::archive::options::{Field, Fields};
use crate::archive::record::{Cell, Cells, Item, Place, Record, Reject, Why, record};
use crate::error::{Error, ErrorKind, Result};

/// A record may have so many bytes beyond an article's: other fields, and what was read ahead.
const SLACK: u64 = 8 << 20;

/// The records of a file.
pub(super) struct Csv {
    name: String,
    reader: Reader<Bounded>,
    left: Rc<Shared<u64>>,
    read: Rc<Shared<u64>>,
    bytes: u64,
    row: u64,
    record: ByteRecord,
    columns: [Option<usize>; 3],
}

/// Fails where a record goes on and on: a quote that isn't closed would take the whole file for a field.
struct Bounded {
    source: Box<dyn BufRead>,
    left: Rc<Shared<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other(TOO_MUCH)),
        }
        Ok(read)
    }
}

const TOO_MUCH: &str = "a record has no end: is a quote not closed?";

impl Csv {
    pub(super) fn open(found: &Found, fields: &Fields) -> Result<Self> {
        let Source {
            mut reader,
            read,
            bytes,
        } = Source::open(found)?;
        let failed = |error: io::Error| unreadable(&found.name, error);
        let head = reader.fill_buf().map_err(failed)?;
        let head = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = delimiter(head);
        let left = Rc::new(Shared::new(u64::MAX));
        let bounded = Bounded {
            source: reader,
            left: left.clone(),
        };
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(bounded);
        left.set(SLACK);
        let header = reader
            .byte_headers()
            .map_err(|error| unreadable(&found.name, error))?;
        let names: Vec<String> = header
            .iter()
            .map(|name| {
                let name = String::from_utf8_lossy(name);
                name.trim_start_matches('\u{feff}').trim().to_string()
            })
            .collect();
        let column = |field: &Field| match names.iter().position(|name| *name == field.name) {
            None if field.required => Err(lacking(&found.name, &field.name, &names)),
            place => Ok(place),
        };
        let columns = [
            column(&fields.text)?,
            column(&fields.id)?,
            column(&fields.title)?,
        ];
        Ok(Self {
            name: found.name.clone(),
            reader,
            left,
            read,
            bytes,
            row: 0,
            record: ByteRecord::new(),
            columns,
        })
    }

    /// The article of the record that was read.
    fn article(&self, place: &Place, reading: &Reading<'_>) -> Result<Record, Reject> {
        let mut cells = [Cell::Missing, Cell::Missing, Cell::Missing];
        for (cell, column) in cells.iter_mut().zip(self.columns) {
            let Some(bytes) = column.and_then(|column| self.record.get(column)) else {
                continue;
            };
            let text = std::str::from_utf8(bytes).map_err(|error| {
                let reason = format!("it isn't UTF-8 ({error})");
                Reject::new(Why::Broken, reason)
            })?;
            *cell = Cell::Text(text.to_string());
        }
        let [text, id, title] = cells;
        let cells = Cells { text, id, title };
        record(place, cells, reading.fields, reading.max_bytes)
    }
}

/// What divides the fields: whichever of the usual the header has most of.
fn delimiter(header: &[u8]) -> u8 {
    let count = |mark: u8| header.iter().filter(|byte| **byte == mark).count();
    let marks = [b';', b'\t', b','];
    let most = marks.into_iter().max_by_key(|mark| count(*mark));
    most.unwrap_or(b',')
}

impl Rows for Csv {
    fn next(&mut self, reading: &Reading<'_>) -> Result<Option<Item>> {
        self.left.set(SLACK + 2 * reading.max_bytes as u64);
        let line = self.reader.position().line();
        let read = self.reader.read_byte_record(&mut self.record);
        let broken = match read {
            Ok(false) => return Ok(None),
            Ok(true) => None,
            Err(error) => match error.kind() {
                CsvErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => Some(Reject::new(
                    Why::Broken,
                    format!("it has {len} fields where the header has {expected_len}"),
                )),
                _ => {
                    let message = format!("{} can't be read from line {line} on", self.name);
                    return Err(Error::new(ErrorKind::Input, message).with_source(error));
                }
            },
        };
        self.row += 1;
        let place = Place {
            file: self.name.clone(),
            row: Some(self.row),
        };
        let found = match broken {
            Some(reject) => Err(reject),
            None => self.article(&place, reading),
        };
        Ok(Some(Item { place, found }))
    }

    fn share(&self) -> f64 {
        share(&self.read, self.bytes)
    }
}
