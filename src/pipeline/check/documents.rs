//! Two documents: their sentences are aligned.

use super::super::input::{Document, letters};
use super::super::session::Session;
use super::pairs::{Opened, Pair, differ};
use crate::align::{self, Bead, Sentence, Vectors};
use crate::article::{self, Article, BlockKind, Segment};
use crate::checks::{CheckId, Finding};
use crate::error::{Error, ErrorKind, Result};
use crate::output::check::{Pairing, Side};
use crate::text::{Span, counted};

/// Texts of which one has so many times as many sentences as the other, and some more, are no translations of each other.
const TIMES: usize = 4;
const MORE: usize = 40;
/// So many sentences are embedded between two signs of progress.
const AT_ONCE: usize = 64;

/// Aligns the sentences of both documents, with the help of embeddings if there is a model for them.
///
/// # Errors
/// [`ErrorKind::Input`] if a document has no text or they can't be translations of each other; [`ErrorKind::Usage`] if both
/// are in one language; [`ErrorKind::Inference`] if the model for embeddings fails.
pub(super) fn open(
    session: &mut Session<'_>,
    source: &Document,
    translation: &Document,
    embeddings: Option<&str>,
) -> Result<Opened<'static>> {
    let side = |document: &Document| Side {
        path: document
            .path
            .as_ref()
            .map(|path| path.display().to_string()),
        language: document.lang,
        language_confidence: document.confidence,
    };
    let sides = (side(source), side(translation));
    for document in [source, translation] {
        if document.is_empty() {
            let message = format!("{} has no text to compare", document.name());
            return Err(Error::new(ErrorKind::Input, message));
        }
    }
    differ((&sides.0, &sides.1))?;
    let (from, to) = (
        source.article.segments(Some(source.lang)),
        translation.article.segments(Some(translation.lang)),
    );
    let (few, many) = (from.len().min(to.len()), from.len().max(to.len()));
    if many > TIMES * few + MORE {
        let message = format!(
            "{} has {}, {} has {}: these are no translations of each other",
            source.name(),
            counted(from.len(), "sentence"),
            translation.name(),
            to.len()
        );
        return Err(Error::new(ErrorKind::Input, message)
            .with_hint("name the source first, then its translation"));
    }
    let beads = beads(session, &from, &to, embeddings)?;
    Ok(Opened {
        findings: markup(&source.article, &translation.article),
        pairs: Box::new(
            pairs(beads, (source, from), (translation, to))
                .into_iter()
                .map(Ok),
        ),
        sides,
        pairing: Pairing::Sentences,
        warnings: Vec::new(),
    })
}

fn beads(
    session: &mut Session<'_>,
    from: &[Segment],
    to: &[Segment],
    embeddings: Option<&str>,
) -> Result<Vec<Bead>> {
    let vectors = match embeddings {
        Some(model) => {
            let observer = session.observer();
            observer.begin_segments("Aligning", from.len() + to.len());
            let mut embed = |side: &[Segment]| -> Result<Vec<Vec<f32>>> {
                let mut vectors = Vec::with_capacity(side.len());
                for some in side.chunks(AT_ONCE) {
                    let texts: Vec<&str> = some.iter().map(|one| one.text.as_str()).collect();
                    vectors.extend(session.embedder(model)?.embed(&texts)?);
                    some.iter().for_each(|_| observer.segment_done());
                }
                Ok(vectors)
            };
            let vectors = (embed(from)?, embed(to)?);
            observer.end_segments();
            Some(vectors)
        }
        None => None,
    };
    fn sentence(segment: &Segment) -> Sentence<'_> {
        Sentence {
            text: &segment.text,
            opens: segment.id.n == 0,
            heading: matches!(segment.kind, BlockKind::Heading(_)),
        }
    }
    let source: Vec<Sentence<'_>> = from.iter().map(sentence).collect();
    let target: Vec<Sentence<'_>> = to.iter().map(sentence).collect();
    let vectors = vectors
        .as_ref()
        .map(|(source, target)| Vectors { source, target });
    Ok(align::align(&source, &target, vectors))
}

/// What the sentences of each bead are together.
fn pairs(
    beads: Vec<Bead>,
    (source, from): (&Document, Vec<Segment>),
    (translation, to): (&Document, Vec<Segment>),
) -> Vec<Pair> {
    let lines = (Lines::of(source), Lines::of(translation));
    let mut block = (0, BlockKind::Paragraph);
    let pair = |Bead { source, target }: Bead| {
        let (from, to) = (&from[source], &to[target]);
        if let Some(first) = from.first() {
            block = (first.id.block, first.kind);
        }
        let mut kept = Vec::new();
        let mut at = 0;
        for segment in from {
            let spans = segment.verbatim(&segment.text).into_iter();
            kept.extend(spans.map(|Span { start, end }| Span {
                start: at + start,
                end: at + end,
            }));
            at += segment.text.len() + 1;
        }
        let text = |side: &[Segment]| {
            let texts: Vec<&str> = side.iter().map(|one| one.text.as_str()).collect();
            texts.join(" ")
        };
        Pair {
            id: None,
            source: text(from),
            target: text(to),
            lines: (
                from.first().map(|one| lines.0.at(one.span.start)),
                to.first().map(|one| lines.1.at(one.span.start)),
            ),
            kept,
            block: block.0,
            kind: block.1,
            is_alone: from.is_empty() || to.is_empty(),
        }
    };
    let has_words = |pair: &Pair| {
        let letters = |text: &str| text.contains(char::is_alphanumeric);
        letters(&pair.source) || letters(&pair.target)
    };
    beads.into_iter().map(pair).filter(has_words).collect()
}

/// The lines of a document's file.
struct Lines<'d> {
    document: &'d Document,
    /// Where those of the article begin, and how many letters and digits stand before each.
    begins: Vec<(usize, usize)>,
}

impl<'d> Lines<'d> {
    fn of(document: &'d Document) -> Self {
        let mut begins = Vec::new();
        let mut so_far = (0, 0);
        for line in document.article.source().split_inclusive('\n') {
            begins.push(so_far);
            so_far = (so_far.0 + line.len(), so_far.1 + letters(line));
        }
        Self { document, begins }
    }

    /// The line of a place in the article, from 1.
    fn at(&self, place: usize) -> usize {
        let line = self.begins.partition_point(|(begin, _)| *begin <= place);
        match (&self.document.lines, line.checked_sub(1)) {
            (Some(of_file), Some(own)) => {
                let (begin, before) = self.begins[own];
                let within = self.document.article.source().get(begin..place);
                of_file.at(before + within.map_or(0, letters))
            }
            _ => line.max(1),
        }
    }
}

/// Links, images, tags and code that one side has more often than the other. Emphasis is the translator's own affair.
fn markup(source: &Article, translation: &Article) -> Vec<Finding> {
    let differences = article::lost_in(source, translation).into_iter();
    let differences = differences.filter(|one| one.mark.chars().nth(2).is_some());
    let told = differences.map(|one| {
        let what = match one.lost > 0 {
            true => "the translation lacks",
            false => "the source lacks",
        };
        let times = match one.lost.unsigned_abs() {
            1 => String::new(),
            n => format!(" {n} times"),
        };
        let mark = one.mark.trim_start_matches("](");
        Finding::warning(CheckId::Markup, format!("{what} {mark}{times}"))
    });
    told.collect()
}
