//! The article of a whole page, without navigation, advertisements and what else stands around it.
//!
//! The rule is that of Readability (Arc90, 2009; Mozilla's port): each paragraph lends its length to the elements around
//! it, links weigh against it, and the element with the most is the article.

use super::html::{Piece, pieces};
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
    let mut all: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut apart: Vec<Span> = Vec::new();
    // How many of the open elements are apart, and how many are links.
    let (mut hidden, mut links) = (0_usize, 0_usize);
    let mut close =
        |all: &mut Vec<Element>, at: usize, end: usize, hidden: &mut usize, links: &mut usize| {
            let element = &mut all[at];
            element.span.end = end;
            if element.name == "a" {
                *links -= 1;
            }
            if APART.contains(&element.name.as_str()) {
                *hidden -= 1;
                if *hidden == 0 {
                    apart.push(element.span);
                }
            }
            let (chars, linked) = (element.text, element.linked);
            let lends = PARAGRAPHS.contains(&element.name.as_str()) && chars >= LEAST;
            let around = element.around;
            if let Some(parent) = around {
                all[parent].text += chars;
                all[parent].linked += linked;
                if lends && *hidden == 0 {
                    let worth = chars.saturating_sub(linked) as f64;
                    all[parent].score += worth;
                    if let Some(grandparent) = all[parent].around {
                        all[grandparent].score += worth / 2.0;
                    }
                }
            }
        };
    for (piece, span) in pieces(text) {
        match piece {
            Piece::Text => {
                if let Some(&at) = open.last()
                    && hidden == 0
                {
                    let chars = span
                        .of(text)
                        .split_whitespace()
                        .flat_map(str::chars)
                        .count();
                    all[at].text += chars;
                    all[at].linked += if links > 0 { chars } else { 0 };
                }
            }
            Piece::Start { name, .. } => {
                if super::html::is_void(&name) {
                    continue;
                }
                if IMPLIED.contains(&name.as_str())
                    && let Some(&last) = open.last()
                    && all[last].name == name
                {
                    open.pop();
                    close(&mut all, last, span.start, &mut hidden, &mut links);
                }
                links += usize::from(name == "a");
                hidden += usize::from(APART.contains(&name.as_str()));
                all.push(Element {
                    around: open.last().copied(),
                    name,
                    span,
                    text: 0,
                    linked: 0,
                    score: 0.0,
                });
                open.push(all.len() - 1);
            }
            Piece::End { name } => {
                if let Some(depth) = open.iter().rposition(|at| all[*at].name == name) {
                    while open.len() > depth {
                        if let Some(at) = open.pop() {
                            close(&mut all, at, span.end, &mut hidden, &mut links);
                        }
                    }
                }
            }
            Piece::Other => {}
        }
    }
    while let Some(at) = open.pop() {
        close(&mut all, at, text.len(), &mut hidden, &mut links);
    }
    apart.sort_by_key(|span| span.start);
    (all, apart)
}
