//! How files of words are read.

use std::collections::BTreeMap;

/// Reads a file; the error names the line.
pub(super) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())
}

/// The words of a list.
pub(super) fn words(list: &str) -> impl Iterator<Item = String> + '_ {
    list.split_whitespace().map(str::to_string)
}

/// The words of a table under the numbers that they stand for.
pub(super) fn by_number(table: &BTreeMap<String, String>) -> Result<Vec<(String, f64)>, String> {
    let mut all = Vec::new();
    for (value, text) in table {
        let number: f64 = value
            .parse()
            .map_err(|_| format!("\"{value}\" is no number"))?;
        all.extend(words(text).map(|word| (word, number)));
    }
    Ok(all)
}
