//! A shard: some rows in a file that appears under its name only when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::{Map, Value};

use super::options::{SCHEMA, ShardFormat};
use super::record::hash_file;
use super::row::{Column, Kind};
use crate::error::{Error, Result};
use crate::output::report::Tool;

/// What the name of a shard begins with.
pub const SHARD: &str = "part-";
/// What the name of a file that isn't whole begins with.
pub const PARTIAL: &str = ".part-";

/// A file that was written whole.
#[derive(Debug)]
pub struct Written {
    /// Its bytes.
    pub bytes: u64,
    /// sha256 of them, in hexadecimal.
    pub sha256: String,
}

/// Writes `rows`, whose cells are in the order of `columns`, as `name` in `folder`.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if it can't be written; nothing is there then.
pub fn write(
    folder: &Path,
    name: &str,
    format: ShardFormat,
    columns: &[Column],
    rows: Vec<Vec<Value>>,
) -> Result<Written> {
    let path = folder.join(name);
    let failed = |error| unwritten(&path, error);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PARTIAL);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As far as the umask allows: others may read an archive.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let partial = builder.tempfile_in(folder).map_err(failed)?;
    let file = partial.as_file();
    match format {
        ShardFormat::Jsonl => jsonl(file, columns, rows).map_err(failed)?,
        ShardFormat::Parquet => table(file, columns, &rows).map_err(|error| match error {
            ParquetError::External(source) => match source.downcast::<std::io::Error>() {
                Ok(error) => failed(*error),
                Err(source) => failed(std::io::Error::other(source)),
            },
            error => failed(std::io::Error::other(error)),
        })?,
    }
    file.sync_all().map_err(failed)?;
    let (bytes, sha256) = hash_file(partial.path()).map_err(failed)?;
    partial
        .persist(&path)
        .map_err(|error| failed(error.error))?;
    sync_folder(folder);
    Ok(Written { bytes, sha256 })
}

/// The error of a file that can't be written, with what can be done about a full disk.
pub fn unwritten(path: &Path, error: std::io::Error) -> Error {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let full = matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge);
    let error = Error::io("writing", path, error);
    match full {
        true => {
            error.with_hint("make room and say the same command again: it goes on where it stopped")
        }
        false => error,
    }
}

/// The names of a folder to disk; a folder can't be opened for that on every platform.
pub fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().ok();
    }
}

fn jsonl(file: &File, columns: &[Column], rows: Vec<Vec<Value>>) -> std::io::Result<()> {
    let mut out = BufWriter::new(file);
    for row in rows {
        let names = columns.iter().map(|column| column.name.clone());
        let row: Map<String, Value> = names.zip(row).collect();
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// One row group: a shard is small enough to be held.
fn table(file: &File, columns: &[Column], rows: &[Vec<Value>]) -> Result<(), ParquetError> {
    let fields = columns.iter().map(|column| {
        let field = match column.kind {
            Kind::Text | Kind::Json => {
                Type::primitive_type_builder(&column.name, Physical::BYTE_ARRAY)
                    .with_converted_type(ConvertedType::UTF8)
            }
            Kind::Number => Type::primitive_type_builder(&column.name, Physical::DOUBLE),
        };
        field
            .with_repetition(Repetition::OPTIONAL)
            .build()
            .map(Arc::new)
    });
    let schema = Type::group_type_builder("archive")
        .with_fields(fields.collect::<Result<_, _>>()?)
        .build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(format!("{} {}", Tool::THIS.name, Tool::THIS.version))
        .set_key_value_metadata(Some(vec![KeyValue::new(
            "traghetto.schema".to_string(),
            SCHEMA.to_string(),
        )]))
        .build();
    let out = BufWriter::new(file);
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for i in 0..columns.len() {
        let Some(mut column) = group.next_column()? else {
            break;
        };
        let cells = rows.iter().map(|row| &row[i]);
        let there: Vec<i16> = cells
            .clone()
            .map(|cell| i16::from(!cell.is_null()))
            .collect();
        let cells = cells.filter(|cell| !cell.is_null());
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(column) => {
                let values: Vec<ByteArray> = cells.map(text).collect();
                column.write_batch(&values, Some(&there), None)?;
            }
            ColumnWriter::DoubleColumnWriter(column) => {
                let values: Vec<f64> = cells.filter_map(Value::as_f64).collect();
                column.write_batch(&values, Some(&there), None)?;
            }
            _ => {
                let what = "a column of a kind that archives haven't";
                return Err(ParquetError::General(what.to_string()));
            }
        }
        column.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(())
}

fn text(cell: &Value) -> ByteArray {
    match cell {
        Value::String(text) => text.as_bytes().to_vec().into(),
        other => other.to_string().into_bytes().into(),
    }
}
