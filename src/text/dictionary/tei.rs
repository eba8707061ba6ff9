//! TEI P5 as FreeDict has it: `<entry><form><orth>…</orth></form> <sense><cit type="trans"><quote>…</quote></cit></sense>`.

use std::path::Path;

use roxmltree::{Document, Node, ParsingOptions};

use super::file;
use super::file::bad;
use super::pairs::Reader;
use crate::error::Result;
use crate::text::Lang;

pub(super) fn read(path: &Path, into: &mut Reader) -> Result<()> {
    let text = file::text(path)?;
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(&text, options).map_err(|error| {
        let what = format!("line {}: it is no well-formed XML", error.pos().row);
        bad(path, &what).with_source(error)
    })?;
    let title = document.descendants().find(|node| is(node, "title"));
    into.title = title
        .and_then(|node| node.text())
        .unwrap_or_default()
        .to_owned();
    let body = document.descendants().find(|node| is(node, "body"));
    let mut target = None;
    for entry in document.descendants().filter(|node| is(node, "entry")) {
        let orth = entry.descendants().filter(|node| is(node, "orth"));
        let words: Vec<&str> = orth.filter_map(|node| node.text()).collect();
        for cit in entry.descendants().filter(is_translation) {
            target = target.or_else(|| language(cit));
            for quote in cit.children().filter(|node| is(node, "quote")) {
                for word in &words {
                    into.add(word, quote.text().unwrap_or_default());
                }
            }
        }
    }
    into.direction = body.and_then(language).zip(target);
    Ok(())
}

fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// Whether it holds translations, not of an example.
fn is_translation(node: &Node<'_, '_>) -> bool {
    let has = |node: &Node<'_, '_>, kinds: &[&str]| {
        is(node, "cit")
            && node
                .attribute("type")
                .is_some_and(|kind| kinds.contains(&kind))
    };
    has(node, &["trans", "translation", "translationEquivalent"])
        && !node
            .ancestors()
            .skip(1)
            .any(|above| has(&above, &["example"]))
}

/// What `xml:lang` says, here or further out.
fn language(node: Node<'_, '_>) -> Option<Lang> {
    const XML: &str = "http://www.w3.org/XML/1998/namespace";
    let code = node
        .ancestors()
        .find_map(|node| node.attribute((XML, "lang")))?;
    code.parse().ok()
}
