//! What is compiled in.

/// The files that are compiled in: folder, name, text.
pub(super) const BUILT_IN: &[(&str, &str, &str)] =
    include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// The folder of what holds for every language.
pub(super) const COMMON: &str = "common";
