//! The fast tier: a Marian student behind its SentencePiece vocabularies, decoding sorted batches on several threads.

use std::ops::{ControlFlow, Range};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use candle_core::Device;

use crate::arch::student::{Student, StudentLayers, TensorStudent, Vocabulary};
use crate::decode::search::{EarlyStopping, LengthFactor, Rules, Search, generate_from};
use crate::decode::{Hypothesis, Sampling, Seq2Seq};
use crate::engine::align::align;
use crate::engine::answers::Answers;
use crate::engine::model::check_pair;
use crate::engine::split::{Part, parts, split};
use crate::engine::{Generated, Sink, Timings, TranslationModel};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::isa::Isa;
use crate::text::{Lang, Link};
use crate::tokenizer::sentencepiece::SentencePiece;
use crate::weights::marian::Checkpoint;
use crate::weights::shortlist::Shortlist;

/// Longest piece of a sentence, in tokens, that is translated as one: what bergamot-translator uses, and about what
/// students were trained with. Longer sentences are split, not cut.
const MOST_TOKENS: usize = 127;

/// A hypothesis may have this many tokens besides the source's times the factor, so that short sentences aren't cut.
const LENGTH_ALLOWANCE: usize = 12;

/// How many of the most frequent target tokens join every sentence's shortlist. Marian makes one shortlist for all
/// sentences of a batch, so that what a sentence may become depends on its neighbours; here it depends on the sentence
/// alone, and frequent tokens stand in for what neighbours would have brought. Of the lines of FLORES dev, this many
/// equal what bergamot-translator makes of them in batches of sixteen (English to Portuguese, back): 93.9 and 93.8%
/// with the shortlist's own fifty, 95.2 and 95.9% with 1,000, 96.0 and 96.0% with 2,000, 96.3 and 96.6% with 4,000,
/// 97.0 and 96.9% with 8,000, 97.0 and 97.1% with 16,000, 96.8% with all 32,000.
const FREQUENT: usize = 16_384;

/// The files of a student; each may be gzip'd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentFiles {
    /// `model.*.bin` or `.npz`.
    pub model: PathBuf,
    /// `.spm` of the source language.
    pub source_vocab: PathBuf,
    /// `.spm` of the target language; often the same file.
    pub target_vocab: PathBuf,
    /// `lex.*.bin`.
    pub shortlist: Option<PathBuf>,
}

/// How a student runs. No choice changes a translation, except `use_shortlist`, `frequent` and `beams`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentOptions {
    /// Worker threads; at least one.
    pub threads: usize,
    /// Whether to restrict the output to the shortlist, if the model has one.
    pub use_shortlist: bool,
    /// How many of the most frequent tokens of the target join every shortlist.
    pub frequent: usize,
    /// Most sentences of a batch; at least one.
    pub batch_rows: usize,
    /// Most source tokens of a batch of several sentences.
    pub batch_tokens: usize,
    /// A hypothesis may have this many tokens a source token (and a dozen more): the guard against loops.
    pub max_length_factor: f32,
    /// Beams; 1 is greedy, which is what students are made for.
    pub beams: usize,
    /// Hypotheses a sentence, at least one; there are at least as many beams.
    pub n_best: usize,
    /// Whether hypotheses say how likely each token was without beams too, which costs about 6% of the time.
    pub log_probs: bool,
}

impl Default for StudentOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            use_shortlist: true,
            frequent: FREQUENT,
            batch_rows: 64,
            batch_tokens: 1024,
            max_length_factor: 2.5,
            beams: 1,
            n_best: 1,
            log_probs: false,
        }
    }
}

/// A Marian student for one language pair.
#[derive(Debug)]
pub struct StudentEngine<M: Seq2Seq = Student> {
    student: M,
    source: Arc<SentencePiece>,
    target: Arc<SentencePiece>,
    pair: Option<(Lang, Lang)>,
    options: StudentOptions,
    /// What ends a source.
    eos: u32,
    search: Search,
    timings: Timings,
}

/// A finished batch: which parts, and what became of them.
struct Done {
    parts: Range<usize>,
    /// By part, best first.
    hypotheses: Vec<Vec<Hypothesis>>,
    timings: Timings,
}

impl StudentEngine {
    /// Loads a student to run on the CPU; `pair` is `None` where its files don't say what it translates.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be read; [`ErrorKind::Model`] if one is damaged, isn't supported, or doesn't
    /// belong to the others.
    pub fn load(
        files: &StudentFiles,
        pair: Option<(Lang, Lang)>,
        options: StudentOptions,
    ) -> Result<Self> {
        let layers = |checkpoint: &_| StudentLayers::load(checkpoint, Isa::best());
        Self::with(files, pair, options, layers, Student::from_layers)
    }
}

impl StudentEngine<TensorStudent> {
    /// Loads a student to run on a candle device, which is fed by one thread; without a shortlist.
    ///
    /// # Errors
    /// As [`StudentEngine::load`].
    pub fn load_on(
        files: &StudentFiles,
        pair: Option<(Lang, Lang)>,
        device: &Device,
        options: StudentOptions,
    ) -> Result<Self> {
        let options = StudentOptions {
            threads: 1,
            use_shortlist: false,
            ..options
        };
        let layers = |_: &_| Ok(());
        Self::with(
            files,
            pair,
            options,
            layers,
            |(), checkpoint, vocabulary, _| TensorStudent::new(checkpoint, vocabulary, device),
        )
    }
}

/// What a student reads beside its weights.
struct Vocabularies {
    source: Arc<SentencePiece>,
    target: Arc<SentencePiece>,
    /// What ends a source and what ends a target.
    eos: [u32; 2],
    shortlist: Option<Shortlist>,
}

impl Vocabularies {
    fn open(files: &StudentFiles, use_shortlist: bool) -> Result<Self> {
        let source = Arc::new(SentencePiece::open(&files.source_vocab)?);
        let target = match files.source_vocab == files.target_vocab {
            true => Arc::clone(&source),
            false => Arc::new(SentencePiece::open(&files.target_vocab)?),
        };
        let eos = |vocabulary: &SentencePiece, path: &PathBuf| {
            vocabulary.eos().ok_or_else(|| {
                Error::new(
                    ErrorKind::Model,
                    format!("{} has no piece that ends a sentence", path.display()),
                )
            })
        };
        let eos = [
            eos(&source, &files.source_vocab)?,
            eos(&target, &files.target_vocab)?,
        ];
        let sizes = [source.size(), target.size()];
        let shortlist = match &files.shortlist {
            Some(path) if use_shortlist => Some(Shortlist::open(path, sizes[0], sizes[1])?),
            _ => None,
        };
        Ok(Self {
            source,
            target,
            eos,
            shortlist,
        })
    }
}

impl<M: Seq2Seq> StudentEngine<M> {
    /// Reads the vocabularies and the shortlist on a thread of their own, which takes about as long as what `load` makes of
    /// the weights meanwhile; then lets `build` make the model of both.
    fn with<L>(
        files: &StudentFiles,
        pair: Option<(Lang, Lang)>,
        options: StudentOptions,
        load: impl FnOnce(&Checkpoint) -> Result<L>,
        build: impl FnOnce(L, &Checkpoint, Vocabulary, Option<Shortlist>) -> Result<M>,
    ) -> Result<Self> {
        let read = || Vocabularies::open(files, options.use_shortlist);
        let (vocabularies, loaded) = thread::scope(|scope| {
            let reading = thread::Builder::new().spawn_scoped(scope, read);
            let loaded = Checkpoint::open(&files.model).map(|checkpoint| {
                let layers = load(&checkpoint);
                (checkpoint, layers)
            });
            let vocabularies = match reading {
                Ok(reading) => reading.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // Where the system gives no thread, this one does it.
                Err(_no_thread) => read(),
            };
            (vocabularies, loaded)
        });
        let Vocabularies {
            source,
            target,
            eos,
            shortlist,
        } = vocabularies?;
        let (checkpoint, layers) = loaded?;
        let vocabulary = Vocabulary {
            sizes: [source.size(), target.size()],
            shared: files.source_vocab == files.target_vocab,
            banned: target.unknown(),
            frequent: options.frequent,
        };
        let student = layers
            .and_then(|layers| build(layers, &checkpoint, vocabulary, shortlist))
            .map_err(|error| {
                Error::new(
                    ErrorKind::Model,
                    format!("{} can't be used: {error}", files.model.display()),
                )
                .with_hint(error.hint().unwrap_or("download the model again"))
            })?;
        Ok(Self {
            student,
            source,
            target,
            pair,
            options: StudentOptions {
                threads: options.threads.max(1),
                batch_rows: options.batch_rows.max(1),
                ..options
            },
            eos: eos[0],
            search: search(eos[1], &options),
            timings: Timings::default(),
        })
    }

    /// Tokenizes the requests into parts. One in which there is nothing that the model knows has none.
    fn parts(&self, sentences: &[&str]) -> Vec<Part> {
        let mut all = Vec::with_capacity(sentences.len());
        let piece = |id: u32| self.source.piece(id).unwrap_or_default();
        for (request, sentence) in sentences.iter().enumerate() {
            let ids = self.source.encode(sentence);
            let unknown = self.source.unknown();
            if ids
                .iter()
                .all(|&id| id == unknown || piece(id) == "\u{2581}")
            {
                continue;
            }
            let pieces: Vec<&str> = ids.iter().map(|&id| piece(id)).collect();
            let ranges = split(&pieces, MOST_TOKENS).into_iter();
            let whole = ranges.map(|range| [&ids[range], &[self.eos]].concat());
            all.extend(parts(request, whole));
        }
        all
    }

    /// Ranges of `parts`, which come with the longest first, that make batches: enough rows to keep the arithmetic busy,
    /// few enough to share the work among the threads and to keep within the budget of tokens.
    fn batches(&self, parts: &[Part]) -> Vec<Range<usize>> {
        let share = parts.len().div_ceil(self.options.threads);
        // As many hypotheses together as without beams.
        let rows = self.options.batch_rows / self.search.beams;
        let most = rows.min(share).max(1);
        let mut batches = Vec::new();
        let mut start = 0;
        while start < parts.len() {
            let fit = self.options.batch_tokens / parts[start].ids.len();
            let end = (start + fit.clamp(1, most)).min(parts.len());
            batches.push(start..end);
            start = end;
        }
        batches
    }

    fn run_batch(&self, parts: &[Part], range: Range<usize>, stop: &AtomicBool) -> Result<Done> {
        let start = Instant::now();
        let batch = &parts[range.clone()];
        let sources: Vec<&[u32]> = batch.iter().map(|part| &part.ids[..]).collect();
        let state = self.student.encode(&sources)?;
        let encoded = Instant::now();
        let progress = &mut |_, _: &[Hypothesis]| match stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let hypotheses = generate_from(&self.student, state, &sources, &self.search, progress)?;
        let best = hypotheses.iter().filter_map(|all| all.first());
        Ok(Done {
            parts: range,
            timings: Timings {
                tokens_in: sources.iter().map(|source| source.len()).sum(),
                tokens_out: best.map(|best| best.ids.len()).sum(),
                prefill_s: (encoded - start).as_secs_f64(),
                decode_s: encoded.elapsed().as_secs_f64(),
            },
            hypotheses,
        })
    }

    /// Runs all batches and hands each to `finish` when it is done, in whatever order that is; `Break` stops the rest.
    fn run(
        &self,
        parts: &[Part],
        mut finish: impl FnMut(Done) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let batches = self.batches(parts);
        let stop = AtomicBool::new(false);
        let mut settle = |done: Result<Done>| -> Result<()> {
            let flow = done.and_then(&mut finish);
            if !matches!(flow, Ok(ControlFlow::Continue(()))) {
                stop.store(true, Ordering::Relaxed);
            }
            flow.map(drop)
        };
        if self.options.threads == 1 || batches.len() == 1 {
            for range in batches {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                settle(self.run_batch(parts, range, &stop))?;
            }
            return Ok(());
        }
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..self.options.threads.min(batches.len()) {
                let sender = sender.clone();
                scope.spawn(|| {
                    let sender = sender;
                    while !stop.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(range) = batches.get(index) else {
                            break;
                        };
                        let done = self.run_batch(parts, range.clone(), &stop);
                        if sender.send(done).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut result = Ok(());
            for done in receiver {
                result = result.and(settle(done));
            }
            result
        })
    }
}

/// How a student is searched; its vocabulary starts and ends a sentence with `eos`.
fn search(eos: u32, options: &StudentOptions) -> Search {
    let n_best = options.n_best.max(1);
    Search {
        start: eos,
        eos: vec![eos],
        beams: options.beams.max(n_best),
        n_best,
        length_penalty: 1.0,
        early_stopping: EarlyStopping::No,
        log_probs: options.log_probs,
        sampling: Sampling::default(),
        rules: Rules {
            max_tokens: usize::MAX,
            length_factor: Some(LengthFactor {
                factor: options.max_length_factor,
                allowance: LENGTH_ALLOWANCE,
            }),
            ..Rules::default()
        },
    }
}

impl<M: Seq2Seq> TranslationModel for StudentEngine<M> {
    fn knows(&self, c: char) -> bool {
        let ids = self.source.encode(c.encode_utf8(&mut [0; 4]));
        !ids.contains(&self.source.unknown())
    }

    fn supports(&self, from: Lang, to: Lang) -> bool {
        self.pair.is_none_or(|pair| pair == (from, to))
    }

    fn translate(
        &mut self,
        sentences: &[&str],
        from: Lang,
        to: Lang,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>> {
        check_pair(self.pair, from, to)?;
        let mut parts = self.parts(sentences);
        let mut answers = Answers::new(&parts, sentences.len());
        parts.sort_by_key(|part| std::cmp::Reverse(part.ids.len()));
        let mut timings = self.timings;
        let mut flow = answers.pass_through(sentences, sink);
        let decode = |ids: &[u32]| Ok(self.target.decode(ids));
        if flow.is_continue() {
            self.run(&parts, |done| {
                timings.tokens_in += done.timings.tokens_in;
                timings.tokens_out += done.timings.tokens_out;
                timings.prefill_s += done.timings.prefill_s;
                timings.decode_s += done.timings.decode_s;
                for (part, hypotheses) in parts[done.parts].iter().zip(&done.hypotheses) {
                    if flow.is_continue() {
                        flow = answers.take(part, hypotheses, &decode, sink)?;
                    }
                }
                Ok(flow)
            })?;
        }
        self.timings = timings;
        Ok(answers.into_all())
    }

    fn align(&mut self, pairs: &[(&str, &str)]) -> Result<Vec<Vec<Link>>> {
        let target_eos = self.target.eos().unwrap_or(self.eos);
        let vocabularies = [(&*self.source, self.eos), (&*self.target, target_eos)];
        align(&self.student, vocabularies, pairs, MOST_TOKENS)
    }

    fn timings(&self) -> Timings {
        self.timings
    }
}
