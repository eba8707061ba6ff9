//! What the readers of XML share.

use roxmltree::{Document, Node, ParsingOptions};

use super::unit::bad;
use crate::error::Result;
use crate::text::Lang;

/// Parses `text`; a document type is read over.
pub(super) fn parse<'a>(text: &'a str, name: &str) -> Result<Document<'a>> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| {
        let line = error.pos().row as usize;
        bad(name, line, "it is no well-formed XML").with_source(error)
    })
}

/// The line of a node, given those of the nodes before it: counting from the beginning each time would take long.
#[derive(Default)]
pub(super) struct Lines {
    at: usize,
    line: usize,
}

impl Lines {
    /// The line of `node`, from 1, which must not be before the last one.
    pub(super) fn of(&mut self, document: &Document<'_>, node: Node<'_, '_>) -> usize {
        let start = node.range().start.max(self.at);
        let between = &document.input_text().as_bytes()[self.at..start];
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.at = start;
        self.line + 1
    }
}

/// The text of a segment. Elements that stand for a code of their own and hold no text become placeholders, so that a code
/// that was lost is seen: `{1}`.
pub(super) fn text(node: Node<'_, '_>) -> String {
    let mut out = String::new();
    for part in node.descendants() {
        if part.is_text() {
            out.push_str(part.text().unwrap_or_default());
        } else if part.is_element() && part != node && !part.has_children() {
            let id = part.attribute("id").or_else(|| part.attribute("i"));
            let id = id.or_else(|| part.attribute("x"));
            match part.tag_name().name() {
                "lb" => out.push('\n'),
                // The marks of revisions and of segments stand for nothing.
                "mrk" | "sm" | "em" => {}
                name => {
                    out.push('{');
                    out.push_str(id.unwrap_or(name));
                    out.push('}');
                }
            }
        }
    }
    out.trim().to_owned()
}

/// The child of this name, in whatever namespace.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children()
        .find(|child| child.tag_name().name() == name)
}

/// A language as files write it: `it`, `it-IT`, `it_IT`.
pub(super) fn lang(code: &str) -> Option<Lang> {
    code.split(['-', '_']).next()?.parse().ok()
}
