//! A translation beside its source, block by block and segment by segment: what the page and the Markdown table show.

use crate::article::{Article, BlockKind};
use crate::checks::Severity;
use crate::summarize::Claim;
use crate::text::Span;

use super::report::{Report, Segment, Translation};

/// A translation of an article, with the report that tells how it was made.
#[derive(Debug, Clone, Copy)]
pub struct Bilingual<'a> {
    /// The source.
    pub article: &'a Article,
    /// How it was made.
    pub report: &'a Report,
    /// Which of the report's translations.
    pub translation: &'a Translation,
}

/// A block of the article and what became of it.
pub(super) enum Row<'a> {
    /// Running text, with at least one segment.
    Text {
        kind: BlockKind,
        segments: &'a [Segment],
    },
    /// A block that was kept as it is, worth showing.
    Kept(&'a str),
}

impl<'a> Bilingual<'a> {
    /// The blocks in order. What has no segment and is no running text is shown as it stands, so that nothing is
    /// missing; blank lines and markup are not.
    pub(super) fn rows(&self) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        let mut rest = self.translation.segments.as_slice();
        for (i, block) in self.article.blocks().iter().enumerate() {
            let own = rest.partition_point(|segment| segment.block <= i);
            let (segments, after) = rest.split_at(own);
            rest = after;
            let source = block.span.of(self.article.source());
            match block.kind {
                kind if !segments.is_empty() => rows.push(Row::Text { kind, segments }),
                BlockKind::Blank | BlockKind::Raw => {}
                _ if source.trim().is_empty() => {}
                _ => rows.push(Row::Kept(source.trim_end())),
            }
        }
        rows
    }

    /// The sentences of the summary in the translation's language, if there is one.
    pub(super) fn claims(&self) -> &'a [Claim] {
        let mut summaries = self.report.summaries.iter();
        let made = summaries.find(|made| made.language == self.translation.language);
        made.map_or(&[], |made| made.summary.claims.as_slice())
    }

    /// The segments that a sentence of the summary cites, with their numbers, from 1.
    pub(super) fn cited(&self, claim: &'a Claim) -> impl Iterator<Item = (usize, &'a Segment)> {
        let segments = &self.translation.segments;
        let sources = claim.sources.iter();
        sources.filter_map(|&at| Some((at + 1, segments.get(at)?)))
    }

    /// The translation's title: that of the first heading of level 1, else what the input is called.
    pub(super) fn title(&self) -> String {
        let mut rows = self.rows().into_iter();
        let heading = rows.find_map(|row| match row {
            Row::Text {
                kind: BlockKind::Heading(1),
                segments,
            } => Some(segments),
            _ => None,
        });
        match (heading, &self.report.input.path) {
            (Some(segments), _) => {
                let texts: Vec<&str> = segments.iter().map(|s| s.text.as_str()).collect();
                texts.join(" ")
            }
            (None, Some(path)) => path.rsplit(['/', '\\']).next().unwrap_or(path).to_string(),
            (None, None) => "Article".to_string(),
        }
    }

    /// What was measured of its route, and what that means for a reader.
    fn quality(&self) -> String {
        match (&self.translation.gist, &self.translation.quality) {
            (Some(gist), _) => gist.clone(),
            (None, Some(figure)) => format!("{figure} ({}; {})", figure.set, figure.source),
            (None, None) => "not measured".to_string(),
        }
    }

    /// What made it, as pairs of a name and a text, for the foot.
    pub(super) fn provenance(&self) -> Vec<(&'static str, String)> {
        let Report {
            tool,
            input,
            models,
            prompts,
            machine,
            ..
        } = self.report;
        let route: Vec<&str> = self.translation.route.iter().map(|l| l.name()).collect();
        let mut rows = vec![
            ("Made by", format!("{} {}", tool.name, tool.version)),
            (
                "Source",
                format!(
                    "{}, sha256 {}",
                    input.path.as_deref().unwrap_or("standard input"),
                    input.sha256
                ),
            ),
            ("Route", route.join(" → ")),
            ("Quality", self.quality()),
        ];
        for model in models {
            if self.translation.models.contains(&model.id) {
                let files: Vec<String> = model
                    .files
                    .iter()
                    .map(|file| format!("{} sha256 {}", file.name, file.sha256))
                    .collect();
                // A model in many packages has them all in the report.
                let mut source: String = model.source.chars().take(80).collect();
                if source.len() < model.source.len() {
                    source.push('…');
                }
                rows.push((
                    "Model",
                    format!(
                        "{} ({}), {source}: {}",
                        model.title,
                        model.licence.id,
                        files.join(", ")
                    ),
                ));
            }
        }
        for prompt in prompts {
            rows.push((
                "Prompt",
                format!(
                    "{} version {}, sha256 {}, temperature {}, seed {}",
                    prompt.name,
                    prompt.version,
                    prompt.sha256,
                    prompt.sampling.temperature,
                    prompt.sampling.seed
                ),
            ));
        }
        rows.push(("Device", machine.device.clone()));
        rows
    }
}

/// The segment's name in links: block and number.
pub(super) fn name(segment: &Segment) -> String {
    format!("s{}-{}", segment.block, segment.n)
}

/// Cuts `text` where a marked item begins or ends: pieces with the marks that lie over them. Spans that don't fit the
/// text are left out, as what they are about is told anyway.
pub(super) fn pieces<'t, M>(text: &'t str, marks: &[(Span, M)]) -> Vec<(&'t str, Vec<usize>)> {
    let fits = |span: Span| {
        text.get(span.start..span.end)
            .is_some_and(|item| !item.is_empty())
    };
    let marked = (0..).zip(marks).filter(|(_, (span, _))| fits(*span));
    let marked: Vec<(usize, Span)> = marked.map(|(i, (span, _))| (i, *span)).collect();
    let mut cuts = vec![0, text.len()];
    cuts.extend(marked.iter().flat_map(|(_, span)| [span.start, span.end]));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .map(|cut| {
            let over = marked
                .iter()
                .filter(|(_, span)| span.start <= cut[0] && cut[1] <= span.end)
                .map(|(i, _)| *i)
                .collect();
            (&text[cut[0]..cut[1]], over)
        })
        .collect()
}

/// The class of a finding, or of the worst of several.
pub(super) fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Hint => "hint",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
