//! The check as a page: both sides beside each other, as `run` writes them.

use std::fmt::Write as _;

use super::told::{Head, Segment, Side, Tail};
use crate::article::BlockKind;
use crate::checks::Finding;
use crate::error::{Error, ErrorKind, Result};
use crate::output::html::{close, escape, open, text_row};
use crate::output::report;
use crate::risk::Risk;

/// No browser shows a longer page well.
const LONGEST: usize = 50_000;

/// The segments of a page: what stands at its head counts them.
#[derive(Default)]
pub(super) struct Page {
    rows: Vec<(BlockKind, report::Segment)>,
}

impl Page {
    /// # Errors
    /// [`ErrorKind::Usage`] if there are too many.
    pub(super) fn add(&mut self, segment: Segment) -> Result<()> {
        if self.rows.len() == LONGEST {
            let message =
                format!("a page of more than {LONGEST} segments is too long for a browser");
            return Err(Error::new(ErrorKind::Usage, message)
                .with_hint("choose another --format, or check a part of the text"));
        }
        let row = report::Segment {
            block: segment.block,
            n: segment.n,
            source: segment.source,
            text: segment.translation,
            attempts: 0,
            findings: segment.findings,
            links: Vec::new(),
            risk: Some(Risk {
                probability: segment.risk,
                level: segment.level,
                words: segment.words,
                source: segment.source_words,
            }),
            from_memory: false,
            tries: Vec::new(),
            alternatives: Vec::new(),
        };
        self.rows.push((segment.kind, row));
        Ok(())
    }

    pub(super) fn write(&self, head: &Head, tail: &Tail) -> String {
        let (from, to) = (head.source.language, head.translation.language);
        let name = |side: &Side| {
            side.path
                .clone()
                .unwrap_or_else(|| "standard input".to_owned())
        };
        let told: Vec<&report::Segment> = self
            .rows
            .iter()
            .map(|(_, segment)| segment)
            .filter(|segment| !segment.findings.iter().all(Finding::is_hint))
            .collect();
        let summary = tail.summary.to_string();
        let line = format!("{} → {}, checked; {summary}.", from.name(), to.name());
        let title = name(&head.translation);
        let mut out = open(&escape(&title), to, &line, (&summary, &told));
        let _ = write!(
            out,
            "</header>\n<main>\n<div class=\"names\" aria-hidden=\"true\"><span>{}</span><span>{}</span></div>\n",
            from.name(),
            to.name()
        );
        for group in self.rows.chunk_by(|(_, a), (_, b)| a.block == b.block) {
            let segments: Vec<report::Segment> = group.iter().map(|(_, one)| one.clone()).collect();
            text_row(&mut out, group[0].0, &segments, from, to);
        }
        let models: Vec<&str> = head.models.iter().map(|model| &*model.id).collect();
        let whole = tail
            .findings
            .iter()
            .map(|finding| ("Of the whole", finding.to_string()));
        let mut rows = vec![
            (
                "Checked by",
                format!("{} {}", head.tool.name, head.tool.version),
            ),
            ("Source", name(&head.source)),
            ("Translation", name(&head.translation)),
        ];
        rows.extend(whole);
        if !models.is_empty() {
            rows.push(("Models", models.join(", ")));
        }
        close(&mut out, &rows);
        out
    }
}
