//! Measuring a model's speed and memory on this machine.

mod seq2seq;

use std::time::Instant;

use serde::Serialize;

pub use seq2seq::{BeamReport, SOURCES, run as run_seq2seq};

use crate::decode::CausalLm;
use crate::engine::{ChatModel, LlmEngine};
use crate::error::{Error, ErrorKind, Result};

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct BenchOptions {
    /// Tokens of each prompt.
    pub prompt_tokens: usize,
    /// Tokens generated after each prompt, at least 2.
    pub gen_tokens: usize,
    /// Runs after the warm-up, at least 1.
    pub repeat: usize,
    /// Prompts that run together.
    pub batch: usize,
}

impl Default for BenchOptions {
    fn default() -> Self {
        Self {
            prompt_tokens: 512,
            gen_tokens: 64,
            repeat: 5,
            batch: 1,
        }
    }
}

/// The median of several runs, and their extremes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Smallest.
    pub min: f64,
    /// Median: of an even number of runs, the mean of the middle two.
    pub median: f64,
    /// Largest.
    pub max: f64,
}

impl Spread {
    /// `None` for no runs.
    pub fn of(mut runs: Vec<f64>) -> Option<Self> {
        runs.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*runs.first()?, *runs.last()?);
        let (lower, upper) = (runs[(runs.len() - 1) / 2], runs[runs.len() / 2]);
        Some(Self {
            min,
            median: (lower + upper) / 2.0,
            max,
        })
    }
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct BenchReport {
    /// Tokens of each prompt.
    pub prompt_tokens: usize,
    /// Tokens generated after each prompt.
    pub gen_tokens: usize,
    /// Runs after the warm-up.
    pub repeat: usize,
    /// Prompts that ran together.
    pub batch: usize,
    /// Seconds to load the model from a warm file cache, median.
    pub load_s: f64,
    /// Prompt tokens read a second, all rows together, median.
    pub prefill_tok_s: f64,
    /// Tokens generated a second after the first ones, all rows together, median.
    pub decode_tok_s: f64,
    /// Milliseconds from a tokenized prompt to the first token, median.
    pub ttft_ms: f64,
    /// Most memory that the process has held so far, in MiB; `None` where the system doesn't tell.
    pub peak_rss_mib: Option<f64>,
    /// The extremes of the medians above.
    pub spread: Spreads,
}

/// Medians and extremes of each measure.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spreads {
    /// See [`BenchReport::load_s`].
    pub load_s: Spread,
    /// See [`BenchReport::prefill_tok_s`].
    pub prefill_tok_s: Spread,
    /// See [`BenchReport::decode_tok_s`].
    pub decode_tok_s: Spread,
    /// See [`BenchReport::ttft_ms`].
    pub ttft_ms: Spread,
}

/// Ordinary prose, repeated to fill the prompts.
const TEXT: &str = "Il traghetto parte alle sette di mattina e arriva sull'altra riva dopo quaranta minuti. A bordo ci \
    sono pescatori, studenti e qualche turista con la bicicletta; il capitano, che fa questo mestiere da trent'anni, \
    conosce tutti per nome. ";

/// Loads a model with `load` and measures it: one warm-up, then `repeat` runs of the same work. Nothing is shared
/// between prompts or runs, and nothing is speculated.
///
/// # Errors
/// [`ErrorKind::Usage`] if prompt and answer don't fit the model's context or an option is too small; whatever the
/// model fails with.
pub fn run<M: CausalLm>(
    load: impl Fn() -> Result<LlmEngine<M>>,
    options: BenchOptions,
) -> Result<BenchReport> {
    let BenchOptions {
        prompt_tokens,
        gen_tokens,
        repeat,
        batch,
    } = options;
    if prompt_tokens == 0 || gen_tokens < 2 || repeat == 0 || batch == 0 {
        return Err(Error::new(
            ErrorKind::Usage,
            "a benchmark needs at least 1 prompt token, 2 generated tokens, 1 run and a batch of 1",
        ));
    }
    drop(load()?);
    let mut load_s = Vec::new();
    let mut timed_load = || {
        let started = Instant::now();
        let engine = load()?;
        load_s.push(started.elapsed().as_secs_f64());
        Ok::<_, Error>(engine)
    };
    // Loading is steady next to running; three times are enough.
    for _ in 1..repeat.min(3) {
        drop(timed_load()?);
    }
    let engine = timed_load()?;
    if prompt_tokens + gen_tokens > engine.context() {
        let context = engine.context();
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{prompt_tokens} + {gen_tokens} tokens don't fit the model's context of {context}"
            ),
        ));
    }
    let prompts = prompts(&engine, prompt_tokens, batch);
    let (mut prefill, mut decode, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..=repeat {
        let measured = engine.measure(prompts.clone(), gen_tokens)?;
        if run > 0 {
            let work = measured.work;
            prefill.push(work.prefill_tokens as f64 / work.prefill_s);
            // Each row's first token comes with its prompt.
            decode.push((work.decode_tokens - batch) as f64 / work.decode_s);
            first.push(measured.first_token_s * 1e3);
        }
    }
    let spread =
        |runs| Spread::of(runs).ok_or_else(|| Error::new(ErrorKind::Usage, "nothing was run"));
    let spread = Spreads {
        load_s: spread(load_s)?,
        prefill_tok_s: spread(prefill)?,
        decode_tok_s: spread(decode)?,
        ttft_ms: spread(first)?,
    };
    Ok(BenchReport {
        prompt_tokens,
        gen_tokens,
        repeat,
        batch,
        load_s: spread.load_s.median,
        prefill_tok_s: spread.prefill_tok_s.median,
        decode_tok_s: spread.decode_tok_s.median,
        ttft_ms: spread.ttft_ms.median,
        peak_rss_mib: peak_rss_mib(),
        spread,
    })
}

/// `batch` prompts of `len` tokens that begin differently.
fn prompts<M: CausalLm>(engine: &LlmEngine<M>, len: usize, batch: usize) -> Vec<Vec<u32>> {
    let ids = engine
        .tokenizer()
        .encode(TEXT, crate::tokenizer::Specials::AsText);
    (0..batch)
        .map(|row| {
            ids.iter()
                .cycle()
                .skip(row % ids.len())
                .take(len)
                .copied()
                .collect()
        })
        .collect()
}

/// The most memory that this process has held, in MiB, where the system tells (Linux).
pub fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_the_extremes() {
        assert_eq!(Spread::of(vec![]), None);
        assert_eq!(
            Spread::of(vec![3.0, 1.0, 2.0]),
            Some(Spread {
                min: 1.0,
                median: 2.0,
                max: 3.0
            })
        );
        assert_eq!(
            Spread::of(vec![4.0, 1.0, 2.0, 3.0]).map(|s| s.median),
            Some(2.5)
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_measured() {
        assert!(peak_rss_mib().is_some_and(|mib| mib > 1.0));
    }
}
