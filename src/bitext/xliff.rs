//! XLIFF 1.2 and 2.x (OASIS).

use roxmltree::{Document, Node};

use super::unit::{Languages, Unit, bad};
use super::xml::{Lines, child, lang, parse, text};
use crate::error::Result;
use crate::text::Lang;

/// The units whose languages are those that are wanted, or those of the first file within.
pub(super) fn read(input: &str, name: &str, wanted: Languages) -> Result<(Vec<Unit>, Languages)> {
    let document = parse(input, name)?;
    let root = document.root_element();
    if root.tag_name().name() != "xliff" {
        return Err(bad(name, 1, "it is no XLIFF: its first element is another"));
    }
    let mut langs = wanted;
    let mut units = Vec::new();
    let mut lines = Lines::default();
    let mut others = 0;
    for file in root
        .children()
        .filter(|node| node.tag_name().name() == "file")
    {
        let own = languages(root, file);
        langs = (langs.0.or(own.0), langs.1.or(own.1));
        let fits = |one: Option<Lang>, wanted: Option<Lang>| one.is_none() || one == wanted;
        if !fits(own.0, langs.0) || !fits(own.1, langs.1) {
            others += 1;
            continue;
        }
        for node in file.descendants() {
            match node.tag_name().name() {
                "trans-unit" | "segment" => units.extend(unit(&document, node, &mut lines)),
                _ => {}
            }
        }
    }
    if units.is_empty() && others > 0 {
        let names = [langs.0, langs.1].map(|lang| lang.map_or("another language", Lang::name));
        let what = format!("it has nothing from {} to {}", names[0], names[1]);
        return Err(bad(name, 1, &what).with_hint("leave --from and --to out"));
    }
    Ok((units, langs))
}

/// The languages of a file: in version 1 it says them itself, in version 2 the root does.
fn languages(root: Node<'_, '_>, file: Node<'_, '_>) -> Languages {
    let of = |old: &str, new: &str| {
        let code = file.attribute(old).or_else(|| root.attribute(new));
        code.and_then(lang)
    };
    (
        of("source-language", "srcLang"),
        of("target-language", "trgLang"),
    )
}

/// What is not to be translated has no unit.
fn unit(document: &Document<'_>, node: Node<'_, '_>, lines: &mut Lines) -> Option<Unit> {
    // In version 2 the unit around a segment has its name, and says whether it is to be translated.
    let outer = node
        .parent()
        .filter(|_| node.has_tag_name("segment") || node.attribute("id").is_none());
    let outer = outer.filter(|parent| parent.tag_name().name() == "unit");
    let says = |attribute: &str| {
        let own = node.attribute(attribute);
        own.or_else(|| outer.and_then(|outer| outer.attribute(attribute)))
    };
    let source = text(child(node, "source")?);
    if says("translate") == Some("no") || source.is_empty() {
        return None;
    }
    let id = match outer {
        Some(outer) => outer.attribute("id").or_else(|| node.attribute("id")),
        None => node.attribute("id"),
    };
    Some(Unit {
        source,
        target: child(node, "target").map(text).unwrap_or_default(),
        line: lines.of(document, node),
        id: id.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions() {
        let old = r#"<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
<file source-language="it" target-language="en" original="a"><body>
<trans-unit id="1"><source>Ha <x id="b"/>81 anni.</source><target>He is 81.</target></trans-unit>
<trans-unit id="2" translate="no"><source>X</source></trans-unit>
<trans-unit id="3"><source>Sì.</source></trans-unit>
</body></file>
<file source-language="it" target-language="fr" original="b"><body>
<trans-unit id="1"><source>Sì.</source><target>Oui.</target></trans-unit></body></file></xliff>"#;
        let (units, langs) = read(old, "t", (None, None)).unwrap();
        assert_eq!(langs, (Some(Lang::IT), Some(Lang::EN)));
        let told: Vec<_> = units
            .iter()
            .map(|u| (&*u.source, &*u.target, u.line))
            .collect();
        assert_eq!(told, [("Ha {b}81 anni.", "He is 81.", 3), ("Sì.", "", 5)]);
        let (units, _) = read(old, "t", (None, Some(Lang::FR))).unwrap();
        assert_eq!(units[0].target, "Oui.");
        assert!(read(old, "t", (Some(Lang::DE), None)).is_err());
        let new = r#"<xliff version="2.0" srcLang="it-IT" trgLang="en-GB" xmlns="urn:oasis:names:tc:xliff:document:2.0">
<file id="f"><unit id="u"><segment><source>Ha <pc id="1">81</pc> anni.</source><target>He is <pc id="1">81</pc>.</target></segment>
<segment><source>Sì.</source><target>Yes.</target></segment></unit></file></xliff>"#;
        let (units, langs) = read(new, "t", (None, None)).unwrap();
        assert_eq!(langs, (Some(Lang::IT), Some(Lang::EN)));
        assert_eq!(units[0].source, "Ha 81 anni.");
        assert_eq!((&*units[1].target, units[1].line), ("Yes.", 3));
        assert_eq!(units[1].id.as_deref(), Some("u"));
        assert!(read("<tmx/>", "t", (None, None)).is_err());
    }
}
