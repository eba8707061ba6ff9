//! An article put together again, with translations in the place of its segments.

use std::collections::BTreeMap;

use super::lost::{Difference, lost};
use super::{Article, BlockKind, Format, MarkupIssue, MarkupIssueKind, Segment, SegmentId};
use super::{anchors, characters, columns, html, labels, markdown, subtitles, wrap};
use crate::text::{Link, Span};

/// A segment, its translation, and which of their words belong together.
type Made<'a> = (&'a Segment, &'a str, &'a [Link]);

impl Article {
    /// The article with translations in the place of segments; a segment without one keeps its source, and so does one
    /// whose translation would change the blocks of the whole.
    pub fn reassemble<'a>(
        &self,
        translated: impl IntoIterator<Item = (&'a Segment, &'a str)>,
    ) -> (String, Vec<MarkupIssue>) {
        let translated = translated.into_iter();
        self.reassemble_by(translated.map(|(segment, text)| (segment, text, &[][..])))
    }

    /// As [`reassemble`](Self::reassemble); the links of each translation say where its marks belong.
    pub fn reassemble_by<'a>(
        &self,
        translated: impl IntoIterator<Item = (&'a Segment, &'a str, &'a [Link])>,
    ) -> (String, Vec<MarkupIssue>) {
        let translated = translated.into_iter();
        let (labels, running): (Vec<_>, Vec<_>) =
            translated.partition(|(segment, ..)| segment.kind == BlockKind::Label);
        let (mut out, mut issues) = self.assembled(running);
        if !labels.is_empty() {
            let (said, found) = self.labels(labels);
            let said = |label: &str| said.get(label).cloned();
            out = labels::replaced(&out, self.body, self.format, said);
            issues.extend(found);
        }
        let told = |mark: &str| {
            let mut dropped = issues.iter();
            dropped.any(|i| i.kind == MarkupIssueKind::Dropped && i.mark.contains(mark))
        };
        let lost = lost(self, &out).into_iter();
        let lost = lost.filter(|one| one.lost < 0 || !told(&one.mark));
        let lost: Vec<_> = lost
            .map(|Difference { mark, lost }| MarkupIssue {
                segment: None,
                kind: match lost > 0 {
                    true => MarkupIssueKind::Lost,
                    false => MarkupIssueKind::Added,
                },
                mark,
            })
            .collect();
        issues.extend(lost);
        if let Some(followed) = anchors::followed(self, &out) {
            out = followed;
        }
        if self.has_columns() {
            out = columns::aligned(&self.text, &out);
        }
        if let Some(width) = self.width {
            out = wrap::wrap(&out, width);
        }
        if self.format == Format::Html && names_no_charset(&self.text) {
            out = characters::in_ascii(&out);
        }
        (out, issues)
    }

    /// What the labels become, by how they are written.
    fn labels(&self, mut translated: Vec<Made<'_>>) -> (BTreeMap<&str, String>, Vec<MarkupIssue>) {
        translated.sort_by_key(|(segment, ..)| segment.id);
        let mut said = BTreeMap::new();
        let mut issues = Vec::new();
        for parts in translated.chunk_by(|(one, ..), (other, ..)| one.id.block == other.id.block) {
            let span = self.blocks[parts[0].0.id.block].span;
            let (text, found) = self.put_together(span, parts);
            said.insert(span.of(&self.text), text);
            issues.extend(found);
        }
        (said, issues)
    }

    fn assembled<'a>(
        &self,
        translated: impl IntoIterator<Item = Made<'a>>,
    ) -> (String, Vec<MarkupIssue>) {
        let mut translated: Vec<_> = translated.into_iter().collect();
        translated.sort_by_key(|(segment, ..)| segment.span.start);
        let (out, mut issues) = self.put_together(self.all(), &translated);
        if self.keeps_blocks(&out) {
            return (out, issues);
        }
        // It takes an odd text to come here, so looking for the culprits may take a parse a segment; not, though, on
        // a text so long that it would take minutes.
        const MOST_WORK: usize = 200_000_000;
        if translated.len().saturating_mul(self.text.len()) > MOST_WORK {
            issues.push(issue(None, MarkupIssueKind::Structure));
            return (out, issues);
        }
        let mut kept = Vec::new();
        let mut good: Vec<Made<'_>> = Vec::with_capacity(translated.len());
        for pair in translated {
            good.push(pair);
            if !self.keeps_blocks(&self.put_together(self.all(), &good).0) {
                good.pop();
                kept.push(issue(Some(pair.0.id), MarkupIssueKind::Kept));
            }
        }
        let (out, mut issues) = self.put_together(self.all(), &good);
        issues.extend(kept);
        (out, issues)
    }

    /// Where all of the source stands.
    fn all(&self) -> Span {
        Span {
            start: 0,
            end: self.text.len(),
        }
    }

    /// The source at `within` with `translated`, in order, in the place of their segments.
    fn put_together(&self, within: Span, translated: &[Made<'_>]) -> (String, Vec<MarkupIssue>) {
        let mut out = String::with_capacity(within.end - within.start);
        let mut issues = Vec::new();
        let mut at = within.start;
        for (segment, text, links) in translated {
            // A segment given twice: the first counts.
            let Some(between) = self.text.get(at..segment.span.start) else {
                continue;
            };
            out.push_str(between);
            let (restored, found) = segment.restore_by(text, links);
            out.push_str(&restored);
            issues.extend(found);
            at = segment.span.end;
        }
        out.push_str(&self.text[at..within.end]);
        (out, issues)
    }

    fn keeps_blocks(&self, out: &str) -> bool {
        match self.format {
            Format::Text => true,
            Format::Markdown => {
                markdown::skeleton(&self.text, self.body) == markdown::skeleton(out, self.body)
            }
            Format::Html => html::skeleton(&self.text) == html::skeleton(out),
            Format::Srt | Format::Vtt => {
                subtitles::skeleton(&self.text) == subtitles::skeleton(out)
            }
        }
    }
}

/// An issue that is about no mark.
fn issue(segment: Option<SegmentId>, kind: MarkupIssueKind) -> MarkupIssue {
    MarkupIssue {
        segment,
        kind,
        mark: String::new(),
    }
}

/// Whether a page of ASCII doesn't say how its characters are encoded: a browser would guess wrong if it had others.
fn names_no_charset(page: &str) -> bool {
    let is_there = |what: &str| {
        let mut places = page.as_bytes().windows(what.len());
        places.any(|place| place.eq_ignore_ascii_case(what.as_bytes()))
    };
    page.is_ascii() && is_there("<html") && !is_there("charset")
}
