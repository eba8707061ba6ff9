//! Encoder–decoder models in the Hub's layout: tokenizer, weights and generation settings.

mod options;
mod settings;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::arch::seq2seq::Transformer;
use crate::arch::{Tensors, load_seq2seq};
use crate::decode::search::{Search, generate};
use crate::engine::answers::Answers;
use crate::engine::model::check_pair;
use crate::engine::split::{Part, parts, split};
use crate::engine::{Generated, Sink, SummaryModel, Timings, TranslationModel};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::Workers;
use crate::registry::LanguageTags;
use crate::text::Lang;
use crate::tokenizer::hf::HfTokenizer;
use crate::weights::checkpoint::Checkpoint;
pub use options::Seq2SeqOptions;
use settings::Settings;

/// Longest piece of a text, in tokens, that is translated as one: these models are trained on sentences.
const MOST_TOKENS: usize = 256;

/// Hypotheses that are decoded together: more rows keep no more of the arithmetic busy.
const BATCH_ROWS: usize = 128;

/// Where a model's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seq2SeqFiles {
    /// `config.json`. Tokenizer files are looked for beside it.
    pub config: PathBuf,
    /// `generation_config.json`, which newer models have.
    pub generation: Option<PathBuf>,
    /// The weights, in one file or in shards.
    pub weights: Vec<PathBuf>,
}

impl Seq2SeqFiles {
    /// The files of a model in `folder`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if it has no weights; [`ErrorKind::Model`] if their index can't be read.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let generation = folder.join("generation_config.json");
        Ok(Self {
            config: folder.join("config.json"),
            generation: generation.is_file().then_some(generation),
            weights: Checkpoint::files_in(folder)?,
        })
    }

    fn folder(&self) -> &Path {
        self.config.parent().unwrap_or(Path::new("."))
    }
}

/// Weights and how to search with them: all but the tokenizer.
pub struct Seq2SeqModel {
    /// The weights.
    pub model: Transformer,
    /// What the model's settings and the options say about the search.
    pub search: Search,
    /// What a text to be summarised starts with.
    summary_prefix: String,
}

impl Seq2SeqModel {
    /// Loads weights and settings.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] or [`ErrorKind::Io`] if a file is missing; [`ErrorKind::Model`] if files contradict
    /// each other or are damaged.
    pub fn load(files: &Seq2SeqFiles, options: &Seq2SeqOptions) -> Result<Self> {
        let config = std::fs::read(&files.config)
            .map_err(|source| Error::io("reading", &files.config, source))?;
        let base = Settings::read(&files.config)?;
        let mut search = match &files.generation {
            Some(path) => Settings::read(path)?.search(options, path)?,
            None => base.search(options, &files.config)?,
        };
        let workers = Arc::new(Workers::new(options.threads.max(1)));
        let tensors = Tensors::open(&files.weights)?;
        let model = load_seq2seq(&config, &tensors, workers, options.precision)?;
        if let Some(most) = model.max_target() {
            search.rules.max_tokens = search.rules.max_tokens.min(most);
        }
        if let Some(padding) = base.marian_padding()
            && !search.rules.banned.contains(&padding)
        {
            search.rules.banned.push(padding);
        }
        search.check(model.vocab_size())?;
        Ok(Self {
            model,
            search,
            summary_prefix: base.summary_prefix(),
        })
    }
}

/// A model for text to text: translation or summaries.
pub struct Seq2SeqEngine {
    loaded: Seq2SeqModel,
    tokenizer: HfTokenizer,
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
    /// The source starts with the target's language (OPUS-MT, MADLAD).
    Target,
    /// The source starts with its own language, the output with the target's (M2M100, NLLB, mBART-50).
    Both,
}

impl Tagging {
    /// What `said` of the model, else what its tokens show.
    fn of(tokenizer: &HfTokenizer, said: Option<LanguageTags>) -> Self {
        match (tokenizer.is_multilingual(), said) {
            (false, _) => Self::None,
            (true, Some(LanguageTags::Target)) => Self::Target,
            (true, Some(LanguageTags::Both)) => Self::Both,
            (true, None) if tokenizer.tags_target() => Self::Target,
            (true, None) => Self::Both,
        }
    }
}

impl Seq2SeqEngine {
    /// Loads a model with its tokenizer.
    ///
    /// # Errors
    /// As [`Seq2SeqModel::load`] and [`HfTokenizer::open`]; [`ErrorKind::Model`] if the tokenizer has more tokens than
    /// the weights.
    pub fn load(files: &Seq2SeqFiles, options: &Seq2SeqOptions) -> Result<Self> {
        let folder = files.folder();
        let tokenizer = HfTokenizer::open(folder)?;
        let loaded = Seq2SeqModel::load(files, options)?;
        let size = loaded.model.source_vocab_size();
        if let Some(id) = tokenizer.largest_id().filter(|&id| id as usize >= size) {
            let message = format!(
                "the vocabulary in {} has token {id}; the weights know {size} tokens",
                folder.display()
            );
            return Err(Error::new(ErrorKind::Model, message)
                .with_hint("the vocabulary doesn't belong to the weights"));
        }
        Ok(Self {
            tagging: Tagging::of(&tokenizer, options.tags),
            loaded,
            tokenizer,
            pair: options.pair,
            folder: folder.into(),
            timings: Timings::default(),
        })
    }

    /// Whether the model has tokens for languages, and so is made for translation.
    pub fn knows_languages(&self) -> bool {
        self.tokenizer.is_multilingual()
    }

    /// How the model searches, to be changed before the next call.
    pub fn search_mut(&mut self) -> &mut Search {
        &mut self.loaded.search
    }

    /// Runs all parts of `texts`, longest first, and puts the answers together.
    fn run(
        &mut self,
        mut parts: Vec<Part>,
        texts: &[&str],
        search: &Search,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>> {
        let mut answers = Answers::new(&parts, texts.len());
        let mut flow = answers.pass_through(texts, sink);
        parts.sort_by_key(|part| std::cmp::Reverse(part.ids.len()));
        let rows = (BATCH_ROWS / search.beams).max(1);
        for batch in parts.chunks(rows) {
            if flow.is_break() {
                break;
            }
            let begin = Instant::now();
            let sources: Vec<&[u32]> = batch.iter().map(|part| part.ids.as_slice()).collect();
            let mut failure = None;
            let decode = |ids: &[u32]| self.tokenizer.decode(ids);
            let model = &self.loaded.model;
            let found = generate(model, &sources, search, &mut |at, hypotheses| {
                match answers.take(&batch[at], hypotheses, &decode, sink) {
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
            let best = found.iter().filter_map(|hypotheses| hypotheses.first());
            self.timings.tokens_out += best.map(|best| best.ids.len()).sum::<usize>();
            self.timings.decode_s += begin.elapsed().as_secs_f64();
        }
        Ok(answers.into_all())
    }

    /// The tokens of a text in parts of at most `most`, each with the special tokens around it.
    fn split(&self, text: &str, most: usize) -> Result<Vec<Vec<u32>>> {
        let ids = self.tokenizer.encode(text)?;
        if ids.len() <= most {
            return Ok(vec![ids]);
        }
        // What is put around nothing is put around everything.
        let special = self.tokenizer.encode("")?;
        let alike = ids.iter().zip(&special).take_while(|(a, b)| a == b);
        let (front, back) = special.split_at(alike.count());
        let body = &ids[front.len()..ids.len() - back.len()];
        let ranges = split(
            &self.tokenizer.pieces(body),
            most.saturating_sub(special.len()),
        );
        let parts = ranges
            .into_iter()
            .map(|range| [front, &body[range], back].concat());
        Ok(parts.collect())
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

impl TranslationModel for Seq2SeqEngine {
    fn knows(&self, c: char) -> bool {
        self.tokenizer.knows(c)
    }

    /// For a model of one pair that nobody has named the answer is yes: the user knows.
    fn supports(&self, from: Lang, to: Lang) -> bool {
        let known = |lang| self.tokenizer.language(lang).is_some();
        self.pair.is_none_or(|pair| pair == (from, to))
            && match self.tagging {
                Tagging::None => true,
                Tagging::Target => self.pair.is_some() || known(to),
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
        check_pair(self.pair, from, to)?;
        let mut search = self.loaded.search.clone();
        let tag = match self.tagging {
            Tagging::None => None,
            // A model of one pair may have tags for other languages than its own.
            Tagging::Target if self.pair.is_some() => self.tokenizer.language(to),
            Tagging::Target => Some(self.language(to)?),
            Tagging::Both => {
                search.rules.first = Some(self.language(to)?);
                Some(self.language(from)?)
            }
        };
        // One place is for the tag.
        let positions = self.loaded.model.max_source().unwrap_or(MOST_TOKENS);
        let most = positions.min(MOST_TOKENS) - 1;
        let mut all = Vec::with_capacity(sentences.len());
        for (request, sentence) in sentences.iter().enumerate() {
            if sentence.trim().is_empty() {
                continue;
            }
            let pieces = self.split(sentence, most)?.into_iter().map(|ids| {
                // Some tokenizers put a language in front by themselves: the one they were saved with.
                let own = ids
                    .first()
                    .is_some_and(|id| self.tokenizer.is_language(*id));
                tag.into_iter()
                    .chain(ids.into_iter().skip(usize::from(own)))
                    .collect()
            });
            all.extend(parts(request, pieces));
        }
        self.run(all, sentences, &search, sink)
    }

    fn timings(&self) -> Timings {
        self.timings
    }
}

impl SummaryModel for Seq2SeqEngine {
    fn context(&self) -> Option<usize> {
        self.loaded.model.max_source()
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        let text = format!("{}{text}", self.loaded.summary_prefix);
        Ok(self.tokenizer.encode(&text)?.len())
    }

    fn summarize(
        &mut self,
        texts: &[&str],
        max_tokens: Option<usize>,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>> {
        let mut all = Vec::with_capacity(texts.len());
        for (request, text) in texts.iter().enumerate() {
            let text = format!("{}{text}", self.loaded.summary_prefix);
            let ids = self.tokenizer.encode(&text)?;
            if self.context().is_some_and(|most| ids.len() > most) {
                let message = format!(
                    "text {} has {} tokens, more than the model takes",
                    request + 1,
                    ids.len()
                );
                return Err(Error::new(ErrorKind::Input, message).with_hint("split the text"));
            }
            all.extend(parts(request, [ids]));
        }
        let mut search = self.loaded.search.clone();
        if let Some(most) = max_tokens {
            search.rules.max_tokens = most.clamp(1, search.rules.max_tokens);
        }
        self.run(all, texts, &search, sink)
    }

    fn timings(&self) -> Timings {
        self.timings
    }
}
