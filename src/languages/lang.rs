//! Languages by their ISO 639-1 code (639-3 where there is no two-letter one), with English names for prompts and
//! messages.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// A language that Traghetto knows by name. Cheap to copy; equal when the code is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lang(u8);

/// (code, ISO 639-3 code, English name), sorted by code.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    ("af", "afr", "Afrikaans"), ("am", "amh", "Amharic"), ("ar", "ara", "Arabic"), ("az", "aze", "Azerbaijani"),
    ("be", "bel", "Belarusian"), ("bg", "bul", "Bulgarian"), ("bn", "ben", "Bengali"), ("bs", "bos", "Bosnian"),
    ("ca", "cat", "Catalan"), ("cs", "ces", "Czech"), ("cy", "cym", "Welsh"), ("da", "dan", "Danish"),
    ("de", "deu", "German"), ("el", "ell", "Greek"), ("en", "eng", "English"), ("eo", "epo", "Esperanto"),
    ("es", "spa", "Spanish"), ("et", "est", "Estonian"), ("eu", "eus", "Basque"), ("fa", "fas", "Persian"),
    ("fi", "fin", "Finnish"), ("fr", "fra", "French"), ("ga", "gle", "Irish"), ("gl", "glg", "Galician"),
    ("gu", "guj", "Gujarati"), ("he", "heb", "Hebrew"), ("hi", "hin", "Hindi"), ("hr", "hrv", "Croatian"),
    ("hu", "hun", "Hungarian"), ("hy", "hye", "Armenian"), ("id", "ind", "Indonesian"), ("is", "isl", "Icelandic"),
    ("it", "ita", "Italian"), ("ja", "jpn", "Japanese"), ("ka", "kat", "Georgian"), ("kk", "kaz", "Kazakh"),
    ("km", "khm", "Khmer"), ("kn", "kan", "Kannada"), ("ko", "kor", "Korean"), ("ky", "kir", "Kyrgyz"),
    ("la", "lat", "Latin"), ("lb", "ltz", "Luxembourgish"), ("lo", "lao", "Lao"), ("lt", "lit", "Lithuanian"),
    ("lv", "lav", "Latvian"), ("mk", "mkd", "Macedonian"), ("ml", "mal", "Malayalam"), ("mn", "mon", "Mongolian"),
    ("mr", "mar", "Marathi"), ("ms", "msa", "Malay"), ("mt", "mlt", "Maltese"), ("my", "mya", "Burmese"),
    ("ne", "nep", "Nepali"), ("nl", "nld", "Dutch"), ("no", "nor", "Norwegian"), ("pa", "pan", "Punjabi"),
    ("pl", "pol", "Polish"), ("pt", "por", "Portuguese"), ("ro", "ron", "Romanian"), ("ru", "rus", "Russian"),
    ("sc", "srd", "Sardinian"), ("si", "sin", "Sinhala"), ("sk", "slk", "Slovak"), ("sl", "slv", "Slovenian"),
    ("so", "som", "Somali"), ("sq", "sqi", "Albanian"), ("sr", "srp", "Serbian"), ("sv", "swe", "Swedish"),
    ("sw", "swa", "Swahili"), ("ta", "tam", "Tamil"), ("te", "tel", "Telugu"), ("th", "tha", "Thai"),
    ("tl", "tgl", "Tagalog"), ("tr", "tur", "Turkish"), ("uk", "ukr", "Ukrainian"), ("ur", "urd", "Urdu"),
    ("uz", "uzb", "Uzbek"), ("vi", "vie", "Vietnamese"), ("yi", "yid", "Yiddish"), ("zh", "zho", "Chinese"),
    ("zu", "zul", "Zulu"),
];

impl Lang {
    /// English.
    pub const EN: Lang = Lang::known("en");
    /// Italian.
    pub const IT: Lang = Lang::known("it");
    /// Portuguese.
    pub const PT: Lang = Lang::known("pt");
    /// Spanish.
    pub const ES: Lang = Lang::known("es");
    /// French.
    pub const FR: Lang = Lang::known("fr");
    /// German.
    pub const DE: Lang = Lang::known("de");

    /// # Panics
    /// At compile time, if the table lacks the language.
    const fn known(code: &str) -> Lang {
        let mut i = 0;
        while i < TABLE.len() {
            let (row, code) = (TABLE[i].0.as_bytes(), code.as_bytes());
            if row[0] == code[0] && row[1] == code[1] {
                return Lang(i as u8);
            }
            i += 1;
        }
        panic!("a constant names a language that the table lacks")
    }

    /// Every language of the table, in order of its code.
    pub fn all() -> impl Iterator<Item = Lang> {
        (0..TABLE.len()).map(|i| Lang(i as u8))
    }

    /// Its place in the table.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The ISO 639-1 code, such as `it`.
    pub fn code(self) -> &'static str {
        TABLE[self.0 as usize].0
    }

    /// The ISO 639-3 code, such as `ita`.
    pub fn iso639_3(self) -> &'static str {
        TABLE[self.0 as usize].1
    }

    /// The English name, such as `Italian`.
    pub fn name(self) -> &'static str {
        TABLE[self.0 as usize].2
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// ```
/// use traghetto::Lang;
///
/// assert_eq!("pt-BR".parse::<Lang>()?, Lang::PT);
/// assert_eq!("Portuguese".parse::<Lang>()?.iso639_3(), "por");
/// assert!("Klingon".parse::<Lang>().is_err());
/// # Ok::<(), traghetto::Error>(())
/// ```
impl FromStr for Lang {
    type Err = Error;

    /// Takes a two- or three-letter code or an English name, in any case; a region (`pt-BR`) is ignored.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wanted = text.trim().to_lowercase();
        let base = wanted.split(['-', '_']).next().unwrap_or_default();
        Lang::all()
            .find(|lang| {
                base == lang.code()
                    || base == lang.iso639_3()
                    || wanted == lang.name().to_lowercase()
            })
            .ok_or_else(|| {
                Error::new(ErrorKind::Usage, format!("unknown language \"{text}\""))
                    .with_hint("use an ISO 639-1 code such as en, it, pt, fr, de or es")
            })
    }
}

impl serde::Serialize for Lang {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Lang {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_doubles() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn codes_names_and_regions_are_understood() {
        for text in ["pt", "PT", "por", "pt-BR", "pt_PT", "Portuguese"] {
            assert_eq!(text.parse::<Lang>().unwrap(), Lang::PT, "{text}");
        }
        assert_eq!(Lang::PT.name(), "Portuguese");
        let error = "klingon".parse::<Lang>().unwrap_err();
        assert_eq!(error.to_string(), "unknown language \"klingon\"");
    }
}
