//! The header of a safetensors file: eight bytes of length, then JSON, then the values
//! (<https://github.com/huggingface/safetensors#format>).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::entry::{DType, Entry};
use crate::error::{Error, ErrorKind, Result};

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    _metadata: Option<IgnoredAny>,
    #[serde(flatten)]
    tensors: BTreeMap<String, Place>,
}

#[derive(Deserialize)]
struct Place {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, message)
}

/// The tensors of a file.
pub(super) fn entries(bytes: &[u8]) -> Result<Vec<Entry>> {
    let (length, rest) = bytes
        .split_first_chunk()
        .ok_or_else(|| broken("it is cut short"))?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let header = rest
        .get(..length)
        .ok_or_else(|| broken("its header is longer than the file"))?;
    let header: Header = serde_json::from_slice(header).map_err(|source| {
        broken("its header isn't that of a safetensors file").with_source(source)
    })?;
    let values = &rest[length..];
    let mut entries = Vec::with_capacity(header.tensors.len());
    for (name, place) in header.tensors {
        let Place {
            dtype,
            shape,
            data_offsets: [start, end],
        } = place;
        let format = match dtype.as_str() {
            "F32" => DType::F32,
            "F16" => DType::F16,
            "BF16" => DType::BF16,
            "F64" => DType::F64,
            "I64" | "U64" => DType::Other(8),
            "I32" | "U32" => DType::Other(4),
            "I16" | "U16" => DType::Other(2),
            "I8" | "U8" | "BOOL" => DType::Other(1),
            _ => {
                return Err(broken(format!(
                    "the tensor \"{name}\" is of type {dtype}, which isn't supported"
                )));
            }
        };
        let count = shape
            .iter()
            .try_fold(format.bytes(), |count, &n| count.checked_mul(n));
        if end > values.len() || count.is_none() || end.checked_sub(start) != count {
            return Err(broken(format!(
                "the tensor \"{name}\" doesn't fit its place in the file"
            )));
        }
        let start = bytes.len() - values.len() + start;
        entries.push(Entry {
            name,
            format,
            shape,
            strides: None,
            start,
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, values: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len() + values, 0);
        bytes
    }

    #[test]
    fn a_header_gives_places() {
        let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]}}"#;
        let found = entries(&file(header, 16)).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].format), ("a", DType::F16));
        assert_eq!(found[0].start, 8 + header.len() + 4);
    }

    #[test]
    fn places_outside_the_file_are_refused() {
        for (shape, offsets) in [
            ("[2,3]", "[4,20]"),
            ("[2,3]", "[16,4]"),
            ("[2,3]", "[0,8]"),
            ("[18446744073709551615,18446744073709551615]", "[0,12]"),
        ] {
            let header =
                format!(r#"{{"a":{{"dtype":"F16","shape":{shape},"data_offsets":{offsets}}}}}"#);
            assert!(entries(&file(&header, 16)).is_err(), "{header}");
        }
        assert!(entries(&[]).is_err());
        assert!(entries(&u64::MAX.to_le_bytes()).is_err());
        assert!(entries(&file("[]", 0)).is_err());
        assert!(
            entries(&file(
                r#"{"a":{"dtype":"F4","shape":[],"data_offsets":[0,0]}}"#,
                0
            ))
            .is_err()
        );
    }
}
