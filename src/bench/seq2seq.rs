//! Measuring encoder–decoder models: target tokens a second, greedy and with beams.

use std::ops::ControlFlow;
use std::time::Instant;

use serde::Serialize;

use super::{BenchOptions, Spread, peak_rss_mib};
use crate::decode::search::{Rules, Search, generate};
use crate::engine::Seq2SeqModel;
use crate::error::{Error, ErrorKind, Result};

/// Sources of a run.
pub const SOURCES: usize = 64;

/// What was measured with one number of beams.
#[derive(Debug, Clone, Serialize)]
pub struct BeamReport {
    /// Beams; 1 is greedy.
    pub beam: usize,
    /// Sources a run: random tokens, as long as the sentences of a newspaper.
    pub sources: usize,
    /// Sources that ran together.
    pub batch: usize,
    /// Tokens generated for each source, neither fewer nor more.
    pub gen_tokens: usize,
    /// Runs after the warm-up.
    pub repeat: usize,
    /// Bytes of the packed weights.
    pub weight_bytes: usize,
    /// Seconds to load the model.
    pub load_s: f64,
    /// Target tokens a second from source tokens to the best hypotheses, encoding included; median.
    pub decode_tok_s: f64,
    /// Its extremes.
    pub spread: Spread,
    /// Most memory that the process has held so far, in MiB; `None` where the system doesn't tell.
    pub peak_rss_mib: Option<f64>,
}

/// Loads a model with `load` and measures it with each number of beams, the fewest first so that each peak of memory
/// is its own: one warm-up, then `repeat` runs of the same work.
///
/// # Errors
/// [`ErrorKind::Usage`] if an option is too small; whatever the model fails with.
pub fn run(
    load: impl Fn() -> Result<Seq2SeqModel>,
    beams: &[usize],
    options: BenchOptions,
) -> Result<Vec<BeamReport>> {
    let BenchOptions {
        gen_tokens,
        repeat,
        batch,
        ..
    } = options;
    if gen_tokens == 0 || repeat == 0 || batch == 0 || beams.contains(&0) {
        return Err(Error::new(
            ErrorKind::Usage,
            "a benchmark needs at least 1 generated token, 1 run, 1 beam and a batch of 1",
        ));
    }
    let started = Instant::now();
    let Seq2SeqModel { model, search, .. } = load()?;
    let load_s = started.elapsed().as_secs_f64();
    if let Some(most) = model.max_target()
        && gen_tokens > most
    {
        let message = format!("the model generates at most {most} tokens, not {gen_tokens}");
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let mut sources = sources(model.vocab_size(), search.eos.first().copied());
    // Long ones first, as in translation.
    sources.sort_by_key(|source| std::cmp::Reverse(source.len()));
    let sources: Vec<&[u32]> = sources.iter().map(Vec::as_slice).collect();
    let mut beams = beams.to_vec();
    beams.sort_unstable();
    beams.dedup();
    let mut reports = Vec::with_capacity(beams.len());
    for beam in beams {
        let search = Search {
            beams: beam,
            n_best: 1,
            rules: Rules {
                min_tokens: gen_tokens,
                max_tokens: gen_tokens,
                banned: search.rules.banned.clone(),
                first: search.rules.first,
                ..Rules::default()
            },
            ..search.clone()
        };
        let mut speeds = Vec::with_capacity(repeat);
        for run in 0..=repeat {
            let started = Instant::now();
            let mut tokens = 0;
            for batch in sources.chunks(batch) {
                let progress = &mut |_, _: &[_]| ControlFlow::Continue(());
                let found = generate(&model, batch, &search, progress)?;
                let best = found.iter().filter_map(|hypotheses| hypotheses.first());
                tokens += best.map(|best| best.ids.len()).sum::<usize>();
            }
            if run > 0 {
                speeds.push(tokens as f64 / started.elapsed().as_secs_f64());
            }
        }
        let spread =
            Spread::of(speeds).ok_or_else(|| Error::new(ErrorKind::Usage, "nothing was run"))?;
        reports.push(BeamReport {
            beam,
            sources: SOURCES,
            batch,
            gen_tokens,
            repeat,
            weight_bytes: model.weight_bytes(),
            load_s,
            decode_tok_s: spread.median,
            spread,
            peak_rss_mib: peak_rss_mib(),
        });
    }
    Ok(reports)
}

/// Random sources of 15 to 44 tokens and an end of sentence, always the same.
fn sources(vocab: usize, eos: Option<u32>) -> Vec<Vec<u32>> {
    let mut seed = 1u64;
    // Knuth's linear congruential generator (MMIX), its upper bits.
    let mut random = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let known = (vocab as u64).clamp(3, 500);
    let source = |_| {
        let len = 15 + random(30);
        let tokens: Vec<u32> = (0..len).map(|_| (2 + random(known - 2)) as u32).collect();
        tokens.into_iter().chain(eos).collect()
    };
    (0..SOURCES).map(source).collect()
}
