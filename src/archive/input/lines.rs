//! JSONL: a line an article.

use std::cell::Cell as Shared;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::files::Found;
use super::table::{Reading, Rows, Source, share, unreadable};
use crate::archive::record::{Cell, Cells, Item, Place, Reject, Why, record, too_long};
use crate::error::Result;

/// The lines of a file.
pub(super) struct Lines {
    name: String,
    source: Box<dyn BufRead>,
    read: Rc<Shared<u64>>,
    bytes: u64,
    row: u64,
    line: Vec<u8>,
}

impl Lines {
    pub(super) fn open(found: &Found) -> Result<Self> {
        let Source {
            reader,
            read,
            bytes,
        } = Source::open(found)?;
        Ok(Self {
            name: found.name.clone(),
            source: reader,
            read,
            bytes,
            row: 0,
            line: Vec::new(),
        })
    }

    /// Reads the next line, as far as `cap` bytes; how long it is, 0 at the end of the file.
    fn next_line(&mut self, cap: usize) -> io::Result<u64> {
        self.line.clear();
        let mut head = (&mut self.source).take(cap as u64);
        let mut length = head.read_until(b'\n', &mut self.line)? as u64;
        while length >= cap as u64 && self.line.last() != Some(&b'\n') {
            let rest = self.source.fill_buf()?;
            let end = rest.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(rest.len(), |end| end + 1);
            length += used as u64;
            self.source.consume(used);
            if used == 0 || end.is_some() {
                break;
            }
        }
        Ok(length)
    }
}

impl Rows for Lines {
    fn next(&mut self, reading: &Reading<'_>) -> Result<Option<Item>> {
        // A character that is written as \uXXXX has at most three times the bytes; there may be other fields.
        let cap = reading.max_bytes.saturating_mul(4).saturating_add(1 << 16);
        loop {
            let length = self
                .next_line(cap)
                .map_err(|error| unreadable(&self.name, error))?;
            if length == 0 {
                return Ok(None);
            }
            self.row += 1;
            if length <= cap as u64 && self.line.trim_ascii().is_empty() {
                continue;
            }
            let place = Place {
                file: self.name.clone(),
                row: Some(self.row),
            };
            let found = match length > cap as u64 {
                true => Err(too_long(length, reading.max_bytes)),
                false => parse(&place, &self.line, reading),
            };
            return Ok(Some(Item { place, found }));
        }
    }

    fn share(&self) -> f64 {
        share(&self.read, self.bytes)
    }
}

fn parse(
    place: &Place,
    line: &[u8],
    reading: &Reading<'_>,
) -> Result<crate::archive::record::Record, Reject> {
    // A byte-order mark is no part of JSON, though some write it.
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let mut row: Map<String, Value> = serde_json::from_slice(line).map_err(|error| {
        let reason = format!("it is no JSON object ({error})");
        Reject::new(Why::Broken, reason)
    })?;
    let mut cell = |name: &str| match row.remove(name) {
        None => Cell::Missing,
        Some(Value::Null) => Cell::Null,
        Some(Value::String(text)) => Cell::Text(text),
        Some(Value::Number(number)) if !number.is_f64() => Cell::Number(number.to_string()),
        Some(Value::Number(_)) => Cell::Other("a fraction"),
        Some(Value::Bool(_)) => Cell::Other("true or false"),
        Some(Value::Array(_)) => Cell::Other("a list"),
        Some(Value::Object(_)) => Cell::Other("an object"),
    };
    let fields = reading.fields;
    let cells = Cells {
        text: cell(&fields.text.name),
        id: cell(&fields.id.name),
        title: cell(&fields.title.name),
    };
    record(place, cells, fields, reading.max_bytes)
}
