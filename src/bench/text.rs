//! A whole text through a translator: what a user waits for.

use std::time::Instant;

use super::machine::cpu_s;
use crate::engine::{Engine, Sampling, no_sink};
use crate::error::{Error, ErrorKind, Result};
use crate::languages::Language;
use crate::prompt::Prompt;
use crate::registry::{Manifest, Task};
use crate::text::{Lang, sentences};
use crate::translate::{Options, Repair, Source, translate};

/// A sample shorter than this says little: small models translate the text several times in one.
const SAMPLE_S: f64 = 0.25;
/// Copies of the text in a sample, at most.
const COPIES: f64 = 500.0;

/// Words a second of the clock, and of the processor where the system tells its time.
#[derive(Debug, Clone, Copy)]
pub struct Speed {
    pub words_s: f64,
    pub words_cpu_s: Option<f64>,
}

/// A text and the languages it goes from and to.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Its language.
    pub from: Lang,
    /// The language it is translated to.
    pub to: Lang,
    /// Its sentences.
    sentences: Vec<String>,
}

/// A paragraph of news; empty where there is none in a language.
fn sample(lang: Lang) -> &'static str {
    &Language::of(lang).sample
}

impl Passage {
    /// `text`, or a paragraph of news in the source's language.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is no such paragraph, [`ErrorKind::Input`] for a text without words.
    pub fn new(from: Lang, to: Lang, text: Option<&str>) -> Result<Self> {
        let text = text.unwrap_or(sample(from));
        let sentences = sentences(text, Some(from))
            .into_iter()
            .map(|span| text[span.start..span.end].trim().to_string())
            .filter(|sentence| !sentence.is_empty())
            .collect::<Vec<_>>();
        match sentences.is_empty() {
            false => Ok(Self {
                from,
                to,
                sentences,
            }),
            true => Err(Error::new(
                ErrorKind::Usage,
                format!("there is no {from} text to measure with"),
            )
            .with_hint("`--text FILE` gives one")),
        }
    }

    /// A pair that a model translates and for which there is a paragraph; `from` and `to` if they are given. `None` for a
    /// model that translates nothing.
    ///
    /// # Errors
    /// As [`Passage::new`].
    pub fn of(
        model: &Manifest,
        from: Option<Lang>,
        to: Option<Lang>,
        text: Option<&str>,
    ) -> Result<Option<Self>> {
        if !model.tasks.contains(&Task::Translate) {
            return Ok(None);
        }
        let fits = |(a, b): &(Lang, Lang)| {
            from.is_none_or(|from| from == *a) && to.is_none_or(|to| to == *b) && a != b
        };
        // Any of its languages to English, and English to any; the model's own order says which it knows best.
        let many = |lang: Lang| [(lang, Lang::EN), (Lang::EN, lang)];
        let known = |(from, _): &(Lang, Lang)| text.is_some() || !sample(*from).is_empty();
        let all = model.languages.iter().copied().flat_map(many);
        let own = model
            .pairs
            .iter()
            .copied()
            .chain(all)
            .filter(known)
            .find(fits);
        let Some((from, to)) = from.zip(to).or(own) else {
            let message = format!("no pair of {} is known, or no text of its source", model.id);
            let hint = "`--from`, `--to` and `--text FILE` give them";
            return Err(Error::new(ErrorKind::Usage, message).with_hint(hint));
        };
        Self::new(from, to, text).map(Some)
    }

    /// Its words.
    pub fn words(&self) -> usize {
        let words = |sentence: &String| sentence.split_whitespace().count();
        self.sentences.iter().map(words).sum()
    }

    /// How fast it is translated, after a warm-up; `batch` sentences are handed over at once, by default all.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Input`] if a text doesn't fit the model's context, [`crate::ErrorKind::Inference`] if the model
    /// fails.
    pub fn speed(&self, engine: &mut Engine, batch: Option<usize>) -> Result<Speed> {
        let started = Instant::now();
        self.translate(engine, batch, 1)?;
        let copies = SAMPLE_S / started.elapsed().as_secs_f64();
        let copies = copies.ceil().clamp(1.0, COPIES) as usize;
        let (started, before) = (Instant::now(), cpu_s());
        self.translate(engine, batch, copies)?;
        let words = (copies * self.words()) as f64;
        let cpu = before.zip(cpu_s()).map(|(before, after)| after - before);
        Ok(Speed {
            words_s: words / started.elapsed().as_secs_f64(),
            words_cpu_s: cpu.filter(|cpu| *cpu > 0.0).map(|cpu| words / cpu),
        })
    }

    fn translate(&self, engine: &mut Engine, batch: Option<usize>, copies: usize) -> Result<()> {
        let all: Vec<&str> = (0..copies)
            .flat_map(|_| self.sentences.iter().map(String::as_str))
            .collect();
        for sentences in all.chunks(batch.unwrap_or(all.len())) {
            match engine {
                Engine::Translation(model) => {
                    model.translate(sentences, self.from, self.to, &mut no_sink())?;
                }
                _ => self.ask(engine, sentences)?,
            }
        }
        Ok(())
    }

    /// Translates with a model that is asked by prompt, each sentence once.
    fn ask(&self, engine: &mut Engine, sentences: &[&str]) -> Result<()> {
        let prompt = Prompt::builtin("translate")?;
        let sampling: Sampling = prompt.parameters()?;
        let sources: Vec<Source<'_>> = sentences
            .iter()
            .map(|text| Source {
                text,
                context: "",
                kept: &[],
                common: &[],
                linked: false,
            })
            .collect();
        let options = Options {
            from: self.from,
            to: self.to,
            prompt: &prompt,
            sampling: &sampling,
            max_tokens: None,
            candidates: 1,
            repair: Repair::Off,
            terms: &[],
            dictionary: None,
        };
        translate(engine, &sources, &options, &mut |_| ()).map(drop)
    }
}
