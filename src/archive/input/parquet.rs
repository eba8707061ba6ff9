//! Parquet: a row an article. Only the columns that count are read.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field as Value, Row};
use parquet::schema::types::Type;

use super::files::Found;
use super::table::{Reading, Rows, lacking, unreadable};
use crate::archive::options::Fields;
use crate::archive::record::{Cell, Cells, Item, Place, record};
use crate::error::{Error, ErrorKind, Result};

/// So many rows are decoded at once: articles are long.
const BATCH: usize = 64;

/// The rows of a file.
pub(super) struct Parquet {
    name: String,
    rows: RowIter<'static>,
    row: u64,
    all: u64,
}

impl Parquet {
    pub(super) fn open(found: &Found, fields: &Fields) -> Result<Self> {
        let path = &found.path;
        let file = File::open(path).map_err(|error| Error::io("reading", path, error))?;
        let open = || -> Result<(SerializedFileReader<File>, Vec<Arc<Type>>), ParquetError> {
            let reader = SerializedFileReader::new(file)?;
            let schema = reader.metadata().file_metadata().schema();
            let columns = schema.get_fields().to_vec();
            Ok((reader, columns))
        };
        let (reader, columns) = guard(&found.name, open)?;
        let names: Vec<String> = columns
            .iter()
            .map(|column| column.name().to_string())
            .collect();
        let mut wanted: Vec<Arc<Type>> = Vec::new();
        for field in [&fields.text, &fields.id, &fields.title] {
            match columns.iter().find(|column| column.name() == field.name) {
                Some(column) if !wanted.contains(column) => wanted.push(column.clone()),
                Some(_) => {}
                None if field.required => return Err(lacking(&found.name, &field.name, &names)),
                None => {}
            }
        }
        packing(&reader, &wanted, &found.name)?;
        let metadata = reader.metadata().file_metadata();
        let (all, root) = (metadata.num_rows(), metadata.schema().name().to_string());
        let project = || -> Result<RowIter<'static>, ParquetError> {
            let wanted = Type::group_type_builder(&root)
                .with_fields(wanted)
                .build()?;
            let rows = RowIter::from_file_into(Box::new(reader)).project(Some(wanted))?;
            Ok(rows.with_batch_size(BATCH))
        };
        Ok(Self {
            rows: guard(&found.name, project)?,
            name: found.name.clone(),
            row: 0,
            all: all.max(0) as u64,
        })
    }
}

/// Fails if a column that counts is compressed in a way that isn't read.
fn packing(reader: &SerializedFileReader<File>, wanted: &[Arc<Type>], name: &str) -> Result<()> {
    let groups = reader.metadata().row_groups().iter();
    let mut columns = groups.flat_map(|group| group.columns()).filter(|column| {
        let root = column.column_path().parts().first();
        wanted
            .iter()
            .any(|one| root.is_some_and(|root| root == one.name()))
    });
    let unknown = columns.find_map(|column| match column.compression() {
        Compression::UNCOMPRESSED | Compression::SNAPPY => None,
        Compression::GZIP(_) | Compression::ZSTD(_) => None,
        other => Some(other),
    });
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let kind = format!("{unknown:?}").to_lowercase();
    let kind = kind.split('(').next().unwrap_or_default();
    let message = format!("{name} is compressed by {kind}, which isn't read");
    Err(Error::new(ErrorKind::Input, message)
        .with_hint("write it anew with snappy, gzip or zstd, or without compression"))
}

/// What can't be read is an error, and so is what the library panics at: some kinds of columns, damaged files.
fn guard<T>(name: &str, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| unreadable(name, error)),
        Err(_) => Err(unreadable(
            name,
            "it is damaged, or has columns of a kind that isn't read",
        )),
    }
}

impl Rows for Parquet {
    fn next(&mut self, reading: &Reading<'_>) -> Result<Option<Item>> {
        let rows = &mut self.rows;
        let Some(row) = guard(&self.name, || rows.next().transpose())? else {
            return Ok(None);
        };
        self.row += 1;
        let place = Place {
            file: self.name.clone(),
            row: Some(self.row),
        };
        let fields = reading.fields;
        let cells = Cells {
            text: cell(&row, &fields.text.name),
            id: cell(&row, &fields.id.name),
            title: cell(&row, &fields.title.name),
        };
        let found = record(&place, cells, fields, reading.max_bytes);
        Ok(Some(Item { place, found }))
    }

    fn share(&self) -> f64 {
        self.row as f64 / (self.all as f64).max(1.0)
    }
}

fn cell(row: &Row, name: &str) -> Cell {
    let Some((_, value)) = row.get_column_iter().find(|(known, _)| *known == name) else {
        return Cell::Missing;
    };
    match value {
        Value::Null => Cell::Null,
        Value::Str(text) => Cell::Text(text.clone()),
        // Some writers don't say that their bytes are text.
        Value::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => Cell::Text(text.to_string()),
            Err(_) => Cell::Other("binary data"),
        },
        Value::Byte(n) => Cell::Number(n.to_string()),
        Value::Short(n) => Cell::Number(n.to_string()),
        Value::Int(n) => Cell::Number(n.to_string()),
        Value::Long(n) => Cell::Number(n.to_string()),
        Value::UByte(n) => Cell::Number(n.to_string()),
        Value::UShort(n) => Cell::Number(n.to_string()),
        Value::UInt(n) => Cell::Number(n.to_string()),
        Value::ULong(n) => Cell::Number(n.to_string()),
        Value::Bool(_) => Cell::Other("true or false"),
        Value::ListInternal(_) => Cell::Other("a list"),
        Value::Group(_) | Value::MapInternal(_) => Cell::Other("an object"),
        _ => Cell::Other("something"),
    }
}
