//! How files of words are read.

/// Reads a file; the error names the line.
pub(super) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())
}

/// The words of a list.
pub(super) fn words(list: &str) -> impl Iterator<Item = String> + '_ {
    list.split_whitespace().map(str::to_string)
}
