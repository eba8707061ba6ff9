//! Encoder–decoder models in the Hub's layout, from a folder: tokenizer, weights and generation settings.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use candle_core::Device;
use serde::Deserialize;
use serde_json::Value;

use crate::arch::load_seq2seq;
use crate::arch::seq2seq::Transformer;
use crate::decode::search::{EarlyStopping, Hypothesis, Rules, Search, generate};
use crate::engine::{Event, Finish, Generated, Sink, Timings, TranslationModel};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::{Precision, Workers};
use crate::text::Lang;
use crate::tokenizer::hf::HfTokenizer;
use crate::weights::checkpoint::Checkpoint;

/// Longest piece of a text, in tokens, that is translated as one: these models are trained on sentences.
const MOST_TOKENS: usize = 256;

/// Hypotheses that are decoded together: more rows keep no more of the arithmetic busy.
const BATCH_ROWS: usize = 128;

/// Where a model's own settings end.
const DEFAULT_LENGTH: usize = 256;

/// How a model runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Seq2SeqOptions {
    /// Threads; at least one.
    pub threads: usize,
    /// How weights are kept.
    pub precision: Precision,
    /// Beams, if not what the model's settings say; 1 is greedy.
    pub beams: Option<usize>,
    /// The pair of a model for one pair, where its tokens don't say it.
    pub pair: Option<(Lang, Lang)>,
    /// Most tokens of an output, if not what the model's settings say.
    pub max_tokens: Option<usize>,
}

impl Default for Seq2SeqOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            precision: Precision::F32,
            beams: None,
            pair: None,
            max_tokens: None,
        }
    }
}

/// A model for text to text: translation or summaries.
pub struct Seq2SeqEngine {
    model: Transformer,
    tokenizer: HfTokenizer,
    settings: Search,
    /// How languages are told.
    tagging: Tagging,
    pair: Option<(Lang, Lang)>,
    folder: PathBuf,
    timings: Timings,
}

/// How a model is told languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tagging {
    /// Not at all: it has one pair.
    None,
    /// The source starts with the target's language (OPUS-MT, MADLAD, SMaLL-100).
    Target,
    /// The source starts with its own language, the output with the target's (M2M100, NLLB, mBART-50).
    Both,
}

/// Part of a request that goes through the model as one.
struct Part {
    request: usize,
    ids: Vec<u32>,
}

/// `generation_config.json`, or what older models have of it in `config.json`.
#[derive(Debug, Default, Deserialize)]
struct Settings {
    #[serde(default)]
    model_type: Option<String>,
    decoder_start_token_id: Option<u32>,
    bos_token_id: Option<u32>,
    eos_token_id: Option<Value>,
    pad_token_id: Option<u32>,
    forced_bos_token_id: Option<u32>,
    forced_eos_token_id: Option<Value>,
    num_beams: Option<usize>,
    max_length: Option<usize>,
    min_length: Option<usize>,
    length_penalty: Option<f32>,
    early_stopping: Option<Value>,
    repetition_penalty: Option<f32>,
    no_repeat_ngram_size: Option<usize>,
    bad_words_ids: Option<Vec<Vec<u32>>>,
}

/// One id or a list of them.
fn ids(value: &Option<Value>) -> Vec<u32> {
    let number = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(number).collect(),
        Some(one) => number(one).into_iter().collect(),
        None => Vec::new(),
    }
}

impl Settings {
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read(path).map_err(|source| Error::io("reading", path, source))?;
        serde_json::from_slice(&text).map_err(|source| {
            Error::new(
                ErrorKind::Model,
                format!("{} can't be used", path.display()),
            )
            .with_source(source)
        })
    }

    /// The search that these settings describe.
    fn search(&self, options: &Seq2SeqOptions, folder: &Path) -> Result<Search> {
        let eos = ids(&self.eos_token_id);
        let start = self
            .decoder_start_token_id
            .or(self.bos_token_id)
            .filter(|_| !eos.is_empty());
        let start = start.ok_or_else(|| {
            let message = format!(
                "{} says neither how outputs start nor how they end",
                folder.display()
            );
            Error::new(ErrorKind::Model, message)
                .with_hint("decoder_start_token_id and eos_token_id are needed")
        })?;
        // Only whole words of one token can be forbidden without looking back.
        let words = self.bad_words_ids.iter().flatten();
        let banned = words
            .filter(|word| word.len() == 1)
            .map(|word| word[0])
            .collect();
        let beams = options.beams.or(self.num_beams).unwrap_or(1).max(1);
        let max_length = self.max_length.unwrap_or(DEFAULT_LENGTH);
        Ok(Search {
            start,
            eos,
            beams,
            n_best: 1,
            length_penalty: self.length_penalty.unwrap_or(1.0),
            early_stopping: match &self.early_stopping {
                Some(Value::Bool(true)) => EarlyStopping::Yes,
                Some(Value::String(never)) if never == "never" => EarlyStopping::Never,
                _ => EarlyStopping::No,
            },
            rules: Rules {
                repetition_penalty: self.repetition_penalty.unwrap_or(1.0),
                no_repeat_ngram: self.no_repeat_ngram_size.unwrap_or(0),
                // The settings count the start token.
                min_tokens: self.min_length.unwrap_or(0).saturating_sub(1),
                max_tokens: options
                    .max_tokens
                    .unwrap_or(max_length.saturating_sub(1))
                    .max(1),
                first: self.forced_bos_token_id,
                last: ids(&self.forced_eos_token_id).first().copied(),
                banned,
            },
        })
    }
}

impl Seq2SeqEngine {
    /// Loads the model in `folder`: `config.json`, weights, tokenizer and, where there is one, `generation_config.json`.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a device other than the CPU; [`ErrorKind::Unavailable`] if a file is missing;
    /// [`ErrorKind::Model`] if files contradict each other or are damaged.
    pub fn load(folder: &Path, device: &Device, options: &Seq2SeqOptions) -> Result<Self> {
        if !matches!(device, Device::Cpu) {
            return Err(Error::new(
                ErrorKind::Usage,
                "encoder–decoder models run on the CPU only",
            )
            .with_hint("use --device cpu"));
        }
        let config_path = folder.join("config.json");
        let config = std::fs::read(&config_path)
            .map_err(|source| Error::io("reading", &config_path, source))?;
        let generation_path = folder.join("generation_config.json");
        let base = Settings::read(&config_path)?;
        let mut settings = match generation_path.is_file() {
            true => Settings::read(&generation_path)?.search(options, folder)?,
            false => base.search(options, folder)?,
        };
        let tokenizer = HfTokenizer::open(folder)?;
        let workers = Arc::new(Workers::new(options.threads.max(1)));
        let model = load_seq2seq(
            &config,
            &Checkpoint::open(folder)?,
            workers,
            options.precision,
        )?;
        if let Some(most) = model.max_target() {
            settings.rules.max_tokens = settings.rules.max_tokens.min(most);
        }
        // The decoder of Marian starts with the padding, which must not come again.
        if base.model_type.as_deref() == Some("marian")
            && let Some(pad) = base.pad_token_id
            && !settings.rules.banned.contains(&pad)
        {
            settings.rules.banned.push(pad);
        }
        let tagging = match (tokenizer.is_multilingual(), tokenizer.tags_target()) {
            (false, _) => Tagging::None,
            (true, true) => Tagging::Target,
            // SMaLL-100 has M2M100's tokens but wants the target's in the source.
            (true, false) if folder.to_string_lossy().to_lowercase().contains("small100") => {
                Tagging::Target
            }
            (true, false) => Tagging::Both,
        };
        Ok(Self {
            model,
            tokenizer,
            settings,
            tagging,
            pair: options.pair,
            folder: folder.into(),
            timings: Timings::default(),
        })
    }

    /// Most tokens of a text that [`Seq2SeqEngine::generate`] takes; none where there is no limit.
    pub fn max_source(&self) -> Option<usize> {
        self.model.max_source()
    }

    /// Tokens of a text.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if the tokenizer fails.
    pub fn count_tokens(&self, text: &str) -> Result<usize> {
        Ok(self.tokenizer.encode(text)?.len())
    }

    /// How the model searches, to be changed before the next call.
    pub fn search_mut(&mut self) -> &mut Search {
        &mut self.settings
    }

    /// Bytes of the packed weights.
    pub fn weight_bytes(&self) -> usize {
        self.model.weight_bytes()
    }

    /// Text to text as it is, for models of summaries: one answer a text, nothing is split.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if a text has more tokens than the model takes; [`ErrorKind::Inference`] if it fails.
    pub fn generate(&mut self, texts: &[&str], sink: &mut Sink<'_>) -> Result<Vec<Generated>> {
        let mut parts = Vec::with_capacity(texts.len());
        for (request, text) in texts.iter().enumerate() {
            let ids = self.tokenizer.encode(text)?;
            if self.max_source().is_some_and(|most| ids.len() > most) {
                let message = format!(
                    "text {} has {} tokens, more than the model takes",
                    request + 1,
                    ids.len()
                );
                return Err(Error::new(ErrorKind::Input, message).with_hint("split the text"));
            }
            parts.push(Part { request, ids });
        }
        let settings = self.settings.clone();
        self.run(parts, texts.len(), &settings, sink)
    }

    /// Runs all parts, longest first, and puts the answers together.
    fn run(
        &mut self,
        mut parts: Vec<Part>,
        requests: usize,
        settings: &Search,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>> {
        let mut answers = Answers::new(&parts, requests);
        let mut flow = answers.report_empty(sink);
        // Where each part belongs among those of its request.
        let mut places = vec![0; requests];
        let mut order: Vec<(Part, usize)> = Vec::with_capacity(parts.len());
        for part in parts.drain(..) {
            let place = places[part.request];
            places[part.request] += 1;
            order.push((part, place));
        }
        order.sort_by_key(|(part, _)| std::cmp::Reverse(part.ids.len()));
        let rows = (BATCH_ROWS / settings.beams).max(1);
        for batch in order.chunks(rows) {
            if flow.is_break() {
                break;
            }
            let begin = Instant::now();
            let sources: Vec<&[u32]> = batch.iter().map(|(part, _)| part.ids.as_slice()).collect();
            let mut failure = None;
            let tokenizer = &self.tokenizer;
            let found = generate(&self.model, &sources, settings, &mut |at, hypotheses| {
                let (part, place) = &batch[at];
                match answers.take(part.request, *place, &hypotheses[0], tokenizer, sink) {
                    Ok(next) => flow = next,
                    Err(error) => {
                        failure = Some(error);
                        flow = ControlFlow::Break(());
                    }
                }
                flow
            })?;
            if let Some(error) = failure {
                return Err(error);
            }
            self.timings.tokens_in += sources.iter().map(|source| source.len()).sum::<usize>();
            self.timings.tokens_out += found
                .iter()
                .flatten()
                .map(|hypothesis| hypothesis.ids.len())
                .sum::<usize>();
            self.timings.decode_s += begin.elapsed().as_secs_f64();
        }
        Ok(answers.all)
    }

    /// Splits a text until its pieces fit, each time near the middle: at a mark of punctuation if there is one, else at a
    /// space, else anywhere.
    fn split<'t>(
        &self,
        text: &'t str,
        most: usize,
        pieces: &mut Vec<(&'t str, Vec<u32>)>,
    ) -> Result<()> {
        let ids = self.tokenizer.encode(text)?;
        if ids.len() > most
            && let Some(at) = middle(text)
        {
            self.split(&text[..at], most, pieces)?;
            return self.split(&text[at..], most, pieces);
        }
        pieces.push((text, ids));
        Ok(())
    }

    fn language(&self, lang: Lang) -> Result<u32> {
        self.tokenizer.language(lang).ok_or_else(|| {
            let message = format!(
                "the model in {} doesn't know {}",
                self.folder.display(),
                lang.name()
            );
            Error::new(ErrorKind::Usage, message)
                .with_hint("choose a model that does, with --model")
        })
    }
}

/// The place near the middle of a text where it is best split; none if it can't be.
fn middle(text: &str) -> Option<usize> {
    let half = text.len() / 2;
    let nearest =
        |places: &mut dyn Iterator<Item = usize>| places.min_by_key(|at| at.abs_diff(half));
    let inner = |at: &usize| (text.len() / 8..=text.len() * 7 / 8).contains(at);
    let mut marks = text
        .match_indices(". ")
        .chain(text.match_indices("; "))
        .chain(text.match_indices(", "));
    let mut marks = marks
        .by_ref()
        .map(|(at, mark)| at + mark.len())
        .filter(inner);
    let mut spaces = text.match_indices(' ').map(|(at, _)| at + 1).filter(inner);
    let mut anywhere = text.char_indices().map(|(at, _)| at).filter(|&at| at > 0);
    nearest(&mut marks)
        .or_else(|| nearest(&mut spaces))
        .or_else(|| nearest(&mut anywhere))
}

/// Text and tokens of a part.
type Piece = (String, Vec<u32>);

/// Answers in the making.
struct Answers {
    all: Vec<Generated>,
    /// Texts of the parts of a request, as they come.
    parts: Vec<Vec<Option<Piece>>>,
}

impl Answers {
    fn new(parts: &[Part], requests: usize) -> Self {
        let blank = Generated {
            text: String::new(),
            ids: Vec::new(),
            tokens_in: 0,
            finish: Finish::Cancelled,
            score: None,
        };
        let mut all = vec![blank; requests];
        let mut slots = vec![Vec::new(); requests];
        for part in parts {
            all[part.request].tokens_in += part.ids.len();
            slots[part.request].push(None);
        }
        Self { all, parts: slots }
    }

    /// Requests without anything to translate are done at once.
    fn report_empty(&mut self, sink: &mut Sink<'_>) -> ControlFlow<()> {
        for (request, parts) in self.parts.iter().enumerate() {
            if parts.is_empty() {
                self.all[request].finish = Finish::Stop;
                sink(Event::Done {
                    request,
                    finish: Finish::Stop,
                })?;
            }
        }
        ControlFlow::Continue(())
    }

    fn take(
        &mut self,
        request: usize,
        place: usize,
        hypothesis: &Hypothesis,
        tokenizer: &HfTokenizer,
        sink: &mut Sink<'_>,
    ) -> Result<ControlFlow<()>> {
        let parts = &mut self.parts[request];
        parts[place] = Some((tokenizer.decode(&hypothesis.ids)?, hypothesis.ids.clone()));
        let answer = &mut self.all[request];
        // A score of a part says nothing about the whole.
        answer.score = hypothesis.score.filter(|_| parts.len() == 1);
        let cut = !hypothesis.ended || answer.finish == Finish::Length;
        answer.finish = if cut {
            Finish::Length
        } else {
            Finish::Cancelled
        };
        if parts.iter().any(Option::is_none) {
            return Ok(ControlFlow::Continue(()));
        }
        if !cut {
            answer.finish = Finish::Stop;
        }
        let texts: Vec<&str> = parts
            .iter()
            .flatten()
            .map(|(text, _)| text.as_str())
            .collect();
        answer.text = texts.join(" ");
        answer.ids = parts
            .iter()
            .flatten()
            .flat_map(|(_, ids)| ids.iter().copied())
            .collect();
        if !answer.text.is_empty() {
            let flow = sink(Event::Text {
                request,
                text: &answer.text,
            });
            if flow.is_break() {
                return Ok(flow);
            }
        }
        let finish = answer.finish;
        Ok(sink(Event::Done { request, finish }))
    }
}

impl TranslationModel for Seq2SeqEngine {
    /// For a model of one pair that nobody has named the answer is yes: the user knows.
    fn supports(&self, from: Lang, to: Lang) -> bool {
        let known = |lang| self.tokenizer.language(lang).is_some();
        self.pair.is_none_or(|pair| pair == (from, to))
            && match self.tagging {
                Tagging::None => true,
                Tagging::Target => known(to),
                Tagging::Both => known(from) && known(to),
            }
    }

    fn translate(
        &mut self,
        sentences: &[&str],
        from: Lang,
        to: Lang,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>> {
        if let Some((source, target)) = self.pair.filter(|&pair| pair != (from, to)) {
            let message = format!("this model translates {source} to {target}, not {from} to {to}");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        let mut settings = self.settings.clone();
        let tag = match self.tagging {
            Tagging::None => None,
            Tagging::Target => Some(self.language(to)?),
            Tagging::Both => {
                settings.rules.first = Some(self.language(to)?);
                Some(self.language(from)?)
            }
        };
        // One place is for the tag.
        let most = self.max_source().unwrap_or(MOST_TOKENS).min(MOST_TOKENS) - 1;
        let mut parts = Vec::with_capacity(sentences.len());
        for (request, sentence) in sentences.iter().enumerate() {
            if sentence.trim().is_empty() {
                continue;
            }
            let mut pieces = Vec::new();
            self.split(sentence, most, &mut pieces)?;
            parts.extend(pieces.into_iter().map(|(_, ids)| {
                // Some tokenizers put a language in front by themselves: the one they were saved with.
                let own = ids
                    .first()
                    .is_some_and(|id| self.tokenizer.is_language(*id));
                let ids = tag
                    .into_iter()
                    .chain(ids.into_iter().skip(usize::from(own)))
                    .collect();
                Part { request, ids }
            }));
        }
        self.run(parts, sentences.len(), &settings, sink)
    }

    fn timings(&self) -> Timings {
        self.timings
    }
}
