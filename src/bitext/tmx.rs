//! TMX, the exchange format of translation memories (LISA OSCAR, specification 1.4b, 2005).

use roxmltree::Node;

use super::unit::{Languages, Unit, bad};
use super::xml::{Lines, child, lang, parse, text};
use crate::error::Result;
use crate::text::Lang;

/// The units that have both languages; which are these, if nobody says so, the first unit shows.
pub(super) fn read(
    input: &str,
    name: &str,
    (from, to): Languages,
) -> Result<(Vec<Unit>, Languages)> {
    let document = parse(input, name)?;
    let header = document
        .descendants()
        .find(|node| node.has_tag_name("header"));
    let declared = header.and_then(|header| lang(header.attribute("srclang")?));
    let mut langs = (from, to);
    let mut units = Vec::new();
    let mut lines = Lines::default();
    let mut all = 0;
    for unit in document
        .descendants()
        .filter(|node| node.tag_name().name() == "tu")
    {
        all += 1;
        let variants: Vec<(Lang, Node<'_, '_>)> = unit.children().filter_map(variant).collect();
        let own = unit.attribute("srclang").and_then(lang).or(declared);
        if langs.0.is_none() {
            let is_source = |code: &Lang| Some(*code) != langs.1;
            let first = variants.iter().map(|(code, _)| *code).find(is_source);
            langs.0 = own.filter(is_source).or(first);
        }
        if langs.1.is_none() {
            let mut others = variants.iter().map(|(code, _)| *code);
            langs.1 = others.find(|code| Some(*code) != langs.0);
        }
        let of = |wanted: Option<Lang>| {
            let mut found = variants.iter().filter(|(code, _)| Some(*code) == wanted);
            found.next().map(|(_, seg)| text(*seg))
        };
        if let (Some(source), Some(target)) = (of(langs.0), of(langs.1)) {
            units.push(Unit {
                source,
                target,
                line: lines.of(&document, unit),
                id: unit.attribute("tuid").map(str::to_owned),
            });
        }
    }
    if units.is_empty() && all > 0 {
        let names = [langs.0, langs.1].map(|lang| lang.map_or("another language", Lang::name));
        let what = format!(
            "none of the {all} units is in both {} and {}",
            names[0], names[1]
        );
        return Err(bad(name, 1, &what).with_hint("say which languages with --from and --to"));
    }
    Ok((units, langs))
}

/// The language and the segment of a variant of a unit.
fn variant<'a, 'i>(node: Node<'a, 'i>) -> Option<(Lang, Node<'a, 'i>)> {
    if node.tag_name().name() != "tuv" {
        return None;
    }
    // `xml:lang`; before TMX 1.4 `lang`.
    let code = node.attributes().find(|one| one.name() == "lang")?;
    Some((lang(code.value())?, child(node, "seg")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="it-IT" datatype="plaintext"/><body>
<tu tuid="a"><tuv xml:lang="en-GB"><seg>81 <bpt i="1">&lt;b&gt;</bpt>deputies<ept i="1">&lt;/b&gt;</ept></seg></tuv>
<tuv xml:lang="it-IT"><seg>81 <bpt i="1">&lt;b&gt;</bpt>deputati<ept i="1">&lt;/b&gt;</ept></seg></tuv></tu>
<tu><tuv xml:lang="it"><seg>Solo<ph x="1"/> qui</seg></tuv><tuv xml:lang="fr"><seg>Ici</seg></tuv></tu>
</body></tmx>"#;

    #[test]
    fn units_have_the_languages_that_are_wanted() {
        let (units, langs) = read(FILE, "t", (None, None)).unwrap();
        assert_eq!(langs, (Some(Lang::IT), Some(Lang::EN)));
        assert_eq!(units.len(), 1);
        assert_eq!(units[0].source, "81 <b>deputati</b>");
        assert_eq!((units[0].line, units[0].id.as_deref()), (4, Some("a")));
        let (units, _) = read(FILE, "t", (None, Some(Lang::FR))).unwrap();
        assert_eq!(units[0].source, "Solo{1} qui");
        let error = read(FILE, "t", (Some(Lang::DE), None)).unwrap_err();
        assert!(error.to_string().contains("German"), "{error}");
        let error = read("<tmx><body>", "t", (None, None)).unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
