//! The article of a whole page, without navigation, advertisements and what else stands around it.
//!
//! The rule is that of Readability (Arc90, 2009; Mozilla's port): each paragraph lends its length to the elements around
//! it, links weigh against it, and the element with the most is the article.

use super::tags::{Piece, is_void, pieces};
use crate::text::Span;

/// Elements that are no part of an article.
const APART: &[&str] = &[
    "nav", "aside", "footer", "form", "script", "style", "noscript", "iframe", "button", "dialog",
    "menu", "template", "svg", "select", "object",
];

/// Elements whose text counts.
const PARAGRAPHS: &[&str] = &["p", "pre", "blockquote", "li", "td", "dd"];

/// Elements that may be the article.
const CONTAINERS: &[&str] = &["article", "main", "section", "div", "td", "body"];

/// Elements that an equal one after them closes.
const IMPLIED: &[&str] = &["p", "li", "td", "th", "tr", "dd", "dt", "option"];

/// A paragraph counts from this many characters on.
const LEAST: usize = 25;

/// An element, with its place in the source.
struct Element {
    name: String,
    span: Span,
    around: Option<usize>,
    /// Characters of text in it, and of these in links.
    text: usize,
    linked: usize,
    score: f64,
}

/// The part of the page `text` that is its article, as HTML: the heading and the element around most of the running
/// text, without what is no part of an article. `None` if the page has no running text to speak of.
pub fn extract(text: &str) -> Option<String> {
    let (elements, apart) = elements(text);
    let best = elements
        .iter()
        .enumerate()
        .filter(|(_, e)| e.score > 0.0 && CONTAINERS.contains(&e.name.as_str()))
        .map(|(i, e)| (i, e.score * (1.0 - share(e.linked, e.text))))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(i, _)| &elements[i])?;
    let inside = |e: &&Element| best.span.start <= e.span.start && e.span.end <= best.span.end;
    let headings = || elements.iter().filter(|e| e.name == "h1" && e.text > 0);
    let mut out = String::new();
    if headings().find(inside).is_none()
        && let Some(title) = headings().next()
    {
        out.push_str(title.span.of(text));
        out.push('\n');
    }
    let mut at = best.span.start;
    for span in apart {
        if span.start >= at && span.end <= best.span.end {
            out.push_str(&text[at..span.start]);
            at = span.end;
        }
    }
    out.push_str(&text[at..best.span.end]);
    out.push('\n');
    Some(out)
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// The elements of a page, scored, and the places of those that are no part of an article, in order.
fn elements(text: &str) -> (Vec<Element>, Vec<Span>) {
    let mut tree = Tree::default();
    for (piece, span) in pieces(text) {
        match piece {
            Piece::Text => tree.text(span.of(text)),
            Piece::Start { name, .. } if !is_void(&name) => tree.start(name, span),
            Piece::End { name } => tree.end(&name, span.end),
            Piece::Start { .. } | Piece::Other => {}
        }
    }
    tree.close_down_to(0, text.len());
    tree.apart.sort_by_key(|span| span.start);
    (tree.all, tree.apart)
}

/// The elements of a page while it is read.
#[derive(Default)]
struct Tree {
    all: Vec<Element>,
    /// The places in `all` of those that aren't closed yet, outermost first.
    open: Vec<usize>,
    apart: Vec<Span>,
    /// How many of the open elements are apart.
    hidden: usize,
    /// How many of the open elements are links.
    links: usize,
}

impl Tree {
    fn text(&mut self, text: &str) {
        if let Some(&at) = self.open.last()
            && self.hidden == 0
        {
            let chars = text.split_whitespace().flat_map(str::chars).count();
            self.all[at].text += chars;
            self.all[at].linked += if self.links > 0 { chars } else { 0 };
        }
    }

    fn start(&mut self, name: String, span: Span) {
        if IMPLIED.contains(&name.as_str())
            && let Some(&last) = self.open.last()
            && self.all[last].name == name
        {
            self.close_down_to(self.open.len() - 1, span.start);
        }
        self.links += usize::from(name == "a");
        self.hidden += usize::from(APART.contains(&name.as_str()));
        self.all.push(Element {
            around: self.open.last().copied(),
            name,
            span,
            text: 0,
            linked: 0,
            score: 0.0,
        });
        self.open.push(self.all.len() - 1);
    }

    /// Closes the innermost element of that name and those left open in it; an end that nothing began is passed over.
    fn end(&mut self, name: &str, end: usize) {
        if let Some(depth) = self.open.iter().rposition(|at| self.all[*at].name == name) {
            self.close_down_to(depth, end);
        }
    }

    /// Closes elements at the offset `end` of the source until `depth` of them are open.
    fn close_down_to(&mut self, depth: usize, end: usize) {
        for at in self.open.split_off(depth).into_iter().rev() {
            self.close(at, end);
        }
    }

    /// What an element has when it ends, it lends to those around it.
    fn close(&mut self, at: usize, end: usize) {
        let element = &mut self.all[at];
        element.span.end = end;
        if element.name == "a" {
            self.links -= 1;
        }
        if APART.contains(&element.name.as_str()) {
            self.hidden -= 1;
            if self.hidden == 0 {
                self.apart.push(element.span);
            }
        }
        let (chars, linked) = (element.text, element.linked);
        let lends = PARAGRAPHS.contains(&element.name.as_str()) && chars >= LEAST;
        let Some(parent) = element.around else {
            return;
        };
        self.all[parent].text += chars;
        self.all[parent].linked += linked;
        if lends && self.hidden == 0 {
            let worth = chars.saturating_sub(linked) as f64;
            self.all[parent].score += worth;
            if let Some(grandparent) = self.all[parent].around {
                self.all[grandparent].score += worth / 2.0;
            }
        }
    }
}
