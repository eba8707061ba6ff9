//! Keeps the books of a job and closes them into its report.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use super::choose::{RouteLeg, languages_and_models};
use super::input::Document;
use super::leg::Done;
use super::options::{Asking, Summarizing, Translating};
use super::session::Session;
use crate::article::{self, MarkupIssueKind, Segment, SegmentId};
use crate::checks::{CheckId, Finding};
use crate::device;
use crate::engine::Sampling;
use crate::output::report::{self, Report, path_text};
use crate::prompt::Prompt;
use crate::summarize::Summary;
use crate::text::Lang;
use crate::translate::Translated;

/// A summary, and whether it was remembered rather than made by this job.
#[derive(Debug)]
pub(super) struct Summarized {
    /// The summary.
    pub(super) summary: Summary,
    /// Whether the memory had it.
    pub(super) from_memory: bool,
    /// What it cost.
    pub(super) figures: Vec<report::Step>,
}

/// The books of one job.
pub(super) struct ReportBuilder<'a> {
    document: &'a Document,
    segments: &'a [Segment],
    steps: Vec<report::Step>,
    translations: Vec<report::Translation>,
    summaries: Vec<report::Summary>,
    warnings: Vec<report::Warning>,
}

impl<'a> ReportBuilder<'a> {
    /// Opens the books.
    pub(super) fn new(document: &'a Document, segments: &'a [Segment]) -> Self {
        Self {
            document,
            segments,
            steps: Vec::new(),
            translations: Vec::new(),
            summaries: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Books the figures of a step.
    pub(super) fn step(&mut self, step: report::Step) {
        self.steps.push(step);
    }

    /// Books a translation, which goes to `path` and in other forms to `also`; returns the article's text in the new
    /// language.
    pub(super) fn translation(
        &mut self,
        to: Lang,
        steps: &[RouteLeg],
        done: &[Done],
        path: Option<&Path>,
        also: &[&Path],
    ) -> String {
        let translated = || done.iter().map(|done| &done.translated);
        let pairs = || self.segments.iter().zip(translated());
        let (text, issues) = self
            .document
            .article
            .reassemble_by(pairs().map(|(segment, made)| (segment, &*made.text, &*made.links)));
        let (format, from) = (self.document.article.format(), self.document.lang);
        let text = article::relabel(&text, format, from, to);
        let findings = |segment: Option<SegmentId>| {
            let errors = issues.iter().filter(|issue| issue.is_error());
            errors
                .filter(move |issue| issue.segment == segment)
                .map(|issue| Finding::error(CheckId::Markup, issue.to_string()))
        };
        let mut warnings = Vec::new();
        // Where a mark belongs is nearly always a guess, and seldom a bad one: it stands in the report only.
        for issue in issues
            .iter()
            .filter(|issue| issue.kind != MarkupIssueKind::Guessed)
        {
            let about = pairs().find(|(segment, _)| Some(segment.id) == issue.segment);
            let id = CheckId::Markup.id();
            warnings.push(warning(to, id, &issue.to_string(), about));
        }
        for (segment, translated) in pairs() {
            // What is about the form alone stands in the report only.
            let told = translated.findings.iter().filter(|one| !one.is_hint());
            for finding in told {
                let (id, about) = (finding.check.id(), Some((segment, translated)));
                warnings.push(warning(to, id, &finding.message, about));
            }
        }
        self.warnings.extend(warnings);
        let (mut route, models) = languages_and_models(steps);
        if route.is_empty() {
            route.push(self.document.lang);
        }
        self.translations.push(report::Translation {
            language: to,
            route,
            models,
            quality: None,
            gist: None,
            path: path.map(path_text),
            also: also.iter().map(|path| path_text(path)).collect(),
            findings: findings(None).collect(),
            segments: self
                .segments
                .iter()
                .zip(done)
                .map(|(segment, done)| report::Segment {
                    block: segment.id.block,
                    n: segment.id.n,
                    source: segment.text.clone(),
                    text: done.translated.text.clone(),
                    attempts: done.translated.attempts,
                    findings: done
                        .translated
                        .findings
                        .iter()
                        .cloned()
                        .chain(findings(Some(segment.id)))
                        .collect(),
                    from_memory: done.from_memory,
                    links: done.translated.links.clone(),
                    risk: done.translated.risk.clone(),
                    tries: done.translated.tries.clone(),
                    alternatives: done.translated.alternatives.clone(),
                })
                .collect(),
            markup: issues,
        });
        text
    }

    /// Books a summary and what it cost, and returns it as the report has it. `of` is the language of the text that it
    /// summarises.
    pub(super) fn summary(
        &mut self,
        (of, lang): (Lang, Lang),
        model: &str,
        summarized: Summarized,
        path: Option<&Path>,
    ) -> report::Summary {
        let Summarized {
            summary,
            from_memory,
            figures,
        } = summarized;
        for step in figures {
            self.step(step);
        }
        // Two sentences may have equal findings: each is told of its own. What no sentence has is of the whole.
        let of_claims = summary.claims.iter();
        let of_claims: Vec<_> = of_claims
            .flat_map(|one| one.findings.iter().map(move |finding| (finding, Some(one))))
            .collect();
        let mut of_whole: Vec<&Finding> = summary.findings.iter().collect();
        for (told, _) in &of_claims {
            if let Some(at) = of_whole.iter().position(|one| one == told) {
                of_whole.remove(at);
            }
        }
        let of_whole = of_whole.into_iter().map(|finding| (finding, None));
        for (finding, about) in of_claims.iter().copied().chain(of_whole) {
            let place = about.map(|one| format!(": \"{}\"", excerpt(&one.text)));
            let text = about.map_or(&summary.text, |one| &one.text).clone();
            self.warnings.push(report::Warning {
                language: lang,
                id: finding.check.id().to_string(),
                message: format!(
                    "{lang}: in the summary, {}{}",
                    finding.message,
                    place.unwrap_or_default()
                ),
                source: about.and_then(|one| one.original.clone()),
                text: Some(text),
            });
        }
        let booked = report::Summary {
            language: lang,
            of,
            model: model.to_string(),
            path: path.map(path_text),
            from_memory,
            summary,
        };
        self.summaries.push(booked.clone());
        booked
    }

    /// Every model that a step names, also one that didn't have to be loaded, in order of first use.
    fn models(&self, session: &Session<'_>) -> Vec<report::Model> {
        let mut models: Vec<report::Model> = Vec::new();
        for step in &self.steps {
            if let Ok(installed) = session.chosen(&step.model)
                && models.iter().all(|known| known.id != step.model)
            {
                models.push(match session.loaded(&step.model) {
                    Some(loaded) => report::Model {
                        load_s: Some(loaded.load_s),
                        device: Some(loaded.device.clone()),
                        ..report::Model::of(installed)
                    },
                    None => report::Model::of(installed),
                });
            }
        }
        models
    }

    /// Closes the books.
    pub(super) fn close(
        mut self,
        session: &Session<'_>,
        translating: Option<&Translating>,
        summarizing: Option<&Summarizing>,
        started: Instant,
    ) -> Report {
        for made in &mut self.translations {
            made.quality = session.figure(&made.route, &made.models).cloned();
            let gist = session.gist(&made.route, &made.models);
            made.gist = gist.map(str::to_string);
        }
        let document = self.document;
        let context = session.context();
        let mut prompts = Vec::new();
        let mut book = |prompt: &Prompt, sampling: &Sampling, max_tokens| {
            prompts.push(report::PromptUsed {
                name: prompt.name().to_string(),
                version: prompt.version(),
                sha256: prompt.hash().to_string(),
                sampling: sampling.clone(),
                max_tokens,
            });
        };
        if let Some(Translating { asking, .. }) = translating {
            let own = own_prompts(asking, session, &self.translations);
            if own.iter().any(Option::is_none) || own.is_empty() {
                book(&asking.prompt, &asking.sampling, asking.max_tokens);
            }
            for (prompt, sampling) in own.iter().flatten() {
                book(prompt, sampling, asking.max_tokens);
            }
        }
        // A run that was to make no summary has its options all the same.
        if let Some(Summarizing { asking, .. }) = summarizing.filter(|_| !self.summaries.is_empty())
        {
            book(&asking.prompt, &asking.sampling, asking.max_tokens);
        }
        Report {
            schema: "traghetto-report/1",
            tool: report::Tool::THIS,
            input: report::Input {
                path: document.path.as_deref().map(path_text),
                sha256: document.sha256.clone(),
                bytes: document.bytes,
                encoding: document.encoding,
                format: document.article.format(),
                language: document.lang,
                language_confidence: document.confidence,
                segments: self.segments.len(),
            },
            machine: report::Machine {
                device: device::name(&context.compute.device),
                threads: context.compute.threads,
                kv_cache: context.compute.kv,
            },
            models: self.models(session),
            prompts,
            glossary_sha256: translating
                .and_then(|translating| translating.glossary.as_ref())
                .map(|glossary| glossary.hash().to_string()),
            dictionaries_sha256: translating
                .and_then(|translating| translating.dictionaries.hash()),
            steps: self.steps,
            translations: self.translations,
            summaries: self.summaries,
            warnings: self.warnings,
            files: Vec::new(),
            seconds: started.elapsed().as_secs_f64(),
        }
    }
}

fn warning(
    lang: Lang,
    id: &str,
    message: &str,
    about: Option<(&Segment, &Translated)>,
) -> report::Warning {
    let place = match about {
        Some((segment, _)) => format!(": \"{}\"", excerpt(&segment.text)),
        None => String::new(),
    };
    report::Warning {
        language: lang,
        id: id.to_string(),
        message: format!("{lang}: {message}{place}"),
        source: about.map(|(segment, _)| segment.text.clone()),
        text: about.map(|(_, translated)| translated.text.clone()),
    }
}

/// The beginning of a text, for a message of one line.
fn excerpt(text: &str) -> String {
    const CHARS: usize = 60;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_string(),
    }
}

/// For each model that translated whether it was asked with a prompt of its own, and with which.
fn own_prompts(
    asking: &Asking,
    session: &Session<'_>,
    translations: &[report::Translation],
) -> Vec<Option<(Prompt, Sampling)>> {
    let models: BTreeSet<&String> = translations.iter().flat_map(|made| &made.models).collect();
    let chosen = models.into_iter().filter_map(|id| session.chosen(id).ok());
    chosen
        .map(|model| asking.of_model(&model.manifest).ok().flatten())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Format;
    use crate::summarize::{Claim, Length, Sentence, Source, Style, summarize_without_model};

    #[test]
    fn equal_findings_of_two_sentences_are_told_of_each() {
        let document = Document::from_text_in("Uno.", Format::Text, Lang::IT);
        let sentences: [Sentence<'_>; 0] = [];
        let source = Source {
            title: None,
            text: "",
            sentences: &sentences,
            lang: Lang::IT,
            focus: None,
        };
        let mut summary = summarize_without_model(&source, Length::SHORT, Style::Paragraph);
        let finding = |text: &str| Finding::warning(CheckId::Meaning, text);
        summary.claims = ["The first.", "The second."].map(Claim::bare).to_vec();
        summary.claims[0].findings = vec![finding("a word")];
        summary.claims[1].findings = vec![finding("a word")];
        summary.findings = ["a word", "a word", "too short"].map(finding).to_vec();
        let mut report = ReportBuilder::new(&document, &[]);
        let summarized = Summarized {
            summary,
            from_memory: false,
            figures: Vec::new(),
        };
        report.summary((Lang::IT, Lang::EN), "any", summarized, None);
        let told = report.warnings.iter().map(|one| one.message.as_str());
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "en: in the summary, a word: \"The first.\"",
                "en: in the summary, a word: \"The second.\"",
                "en: in the summary, too short",
            ]
        );
    }
}
