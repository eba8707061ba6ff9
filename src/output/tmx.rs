//! TMX 1.4, the exchange format of translation memories (LISA OSCAR, specification 1.4b, 2005).

use std::fmt::Write as _;

use super::report::{Tool, Translation};
use crate::text::Lang;

/// A source and its translation, with what is known of them.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// Unique in the file, if there is a name for it.
    pub id: Option<String>,
    /// Language of the source.
    pub from: Lang,
    /// Language of the translation.
    pub to: Lang,
    /// The source.
    pub source: &'a str,
    /// The translation.
    pub text: &'a str,
    /// Which models made it.
    pub models: String,
    /// What may be wrong with it.
    pub notes: Vec<&'a str>,
}

/// The memory of one translation, whose source is in `from`.
pub fn translation(translation: &Translation, from: Lang) -> String {
    let units = translation.segments.iter().map(|segment| Unit {
        id: Some(format!("{}.{}", segment.block, segment.n)),
        from,
        to: translation.language,
        source: &segment.source,
        text: &segment.text,
        models: translation.models.join(" "),
        notes: segment
            .findings
            .iter()
            .map(|finding| finding.message.as_str())
            .collect(),
    });
    document(units, Some(from))
}

/// A file of `units`; `from` is the language of every source, if it is one.
pub fn document<'a>(units: impl IntoIterator<Item = Unit<'a>>, from: Option<Lang>) -> String {
    let Tool { name, version } = Tool::THIS;
    let mut out = String::new();
    let _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE tmx SYSTEM \"tmx14.dtd\">\n<tmx version=\"1.4\">\n\
         <header creationtool=\"{name}\" creationtoolversion=\"{version}\" segtype=\"sentence\" o-tmf=\"{name}\" \
         adminlang=\"en\" srclang=\"{}\" datatype=\"plaintext\"/>\n<body>\n",
        from.map_or("*all*", Lang::code)
    );
    for unit in units {
        out.push_str("<tu");
        if let Some(id) = &unit.id {
            let _ = write!(out, " tuid=\"{}\"", escape(id));
        }
        let _ = writeln!(out, " srclang=\"{}\">", unit.from);
        for note in &unit.notes {
            let _ = writeln!(out, "<note>{}</note>", escape(note));
        }
        let _ = writeln!(
            out,
            "<prop type=\"x-model\">{}</prop>",
            escape(&unit.models)
        );
        for (lang, text) in [(unit.from, unit.source), (unit.to, unit.text)] {
            let _ = writeln!(
                out,
                "<tuv xml:lang=\"{lang}\"><seg>{}</seg></tuv>",
                escape(text)
            );
        }
        out.push_str("</tu>\n");
    }
    out.push_str("</body>\n</tmx>\n");
    out
}

/// Text for an element or a quoted attribute. XML 1.0 has no way to write most control characters: they become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
            _ => out.push(c),
        }
    }
    out
}
