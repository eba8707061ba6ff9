//! Languages by the codes that clients use.

use crate::text::Lang;

/// What LibreTranslate's clients call a language besides its code, and which code it answers to here. Codes are written as
/// it writes them; it reads them in any case.
const ALIASES: &[(&str, &str)] = &[
    ("zh-Hans", "zh"),
    ("zh-Hant", "zh"),
    ("zt", "zh"),
    ("pt-BR", "pt"),
    ("pb", "pt"),
    ("nb", "no"),
];

/// The language that LibreTranslate's clients call `code`. Regions that it doesn't know are no languages.
pub fn read(code: &str) -> Option<Lang> {
    let code = code.trim();
    let alias = ALIASES
        .iter()
        .find(|(alias, _)| alias.eq_ignore_ascii_case(code));
    let code = alias.map_or(code, |(_, code)| code);
    Lang::all().find(|lang| lang.code().eq_ignore_ascii_case(code))
}

/// How LibreTranslate writes a language: by the first of its aliases with a script, else by its code.
pub fn show(lang: Lang) -> &'static str {
    let aliases = ALIASES.iter();
    let script = |alias: &str| alias.rsplit('-').next().is_some_and(|part| part.len() == 4);
    aliases
        .clone()
        .find(|(alias, code)| *code == lang.code() && alias.contains('-') && script(alias))
        .map_or(lang.code(), |(alias, _)| alias)
}

/// The language that DeepL's clients call `code`, whose region says which variety they want.
pub fn read_region(code: &str) -> Option<Lang> {
    read(code).or_else(|| read(code.split(['-', '_']).next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_and_written_as_libretranslate_does() {
        for (code, lang) in [
            ("pb", "pt"),
            ("PT-br", "pt"),
            ("zt", "zh"),
            ("zh-hans", "zh"),
        ] {
            assert_eq!(read(code).unwrap().code(), lang);
        }
        for code in ["zz", "", "Portuguese", "en-US", "por", "e\u{301}"] {
            assert_eq!(read(code), None, "{code}");
        }
        assert_eq!(show(read("zh").unwrap()), "zh-Hans");
        assert_eq!(show(read("pt").unwrap()), "pt");
        assert_eq!(read_region("EN-US"), Some(Lang::EN));
    }
}
