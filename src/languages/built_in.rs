//! What is compiled in.

/// The files that are compiled in: folder, name, text.
pub(super) const BUILT_IN: &[(&str, &str, &str)] =
    include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// The filters of word forms that are compiled in: folder, name, bytes.
pub(super) const FORMS: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/forms.rs"));

/// The folder of what holds for every language.
pub(super) const COMMON: &str = "common";
