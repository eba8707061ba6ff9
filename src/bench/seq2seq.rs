//! Encoder–decoder models: target tokens a second, greedy and with beams, whatever the model has to say.

use std::ops::ControlFlow;
use std::time::Instant;

use super::measure::Draw;
use crate::decode::search::{Rules, Search, generate};
use crate::engine::Seq2SeqModel;
use crate::error::{Error, ErrorKind, Result};

/// Sources of a run.
const SOURCES: usize = 64;

/// Target tokens a second from source tokens to the best hypotheses, encoding included, of `repeat` runs after one to warm
/// up: random sources as long as the sentences of a newspaper, `batch` together, exactly `gen_tokens` for each.
///
/// # Errors
/// [`ErrorKind::Usage`] if the model generates fewer tokens; [`ErrorKind::Inference`] if the model fails.
pub fn speeds(
    loaded: &Seq2SeqModel,
    beams: usize,
    batch: usize,
    gen_tokens: usize,
    repeat: usize,
) -> Result<Vec<f64>> {
    let Seq2SeqModel { model, search, .. } = loaded;
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
    let search = Search {
        beams,
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
            let found = generate(model, batch, &search, progress)?;
            let best = found.iter().filter_map(|hypotheses| hypotheses.first());
            tokens += best.map(|best| best.ids.len()).sum::<usize>();
        }
        if run > 0 {
            speeds.push(tokens as f64 / started.elapsed().as_secs_f64());
        }
    }
    Ok(speeds)
}

/// Random sources of 15 to 44 tokens and an end of sentence, always the same.
fn sources(vocab: usize, eos: Option<u32>) -> Vec<Vec<u32>> {
    let mut draw = Draw::default();
    let known = vocab.clamp(3, 500);
    let source = |_| {
        let len = 15 + draw.below(30);
        let tokens: Vec<u32> = (0..len).map(|_| 2 + draw.below(known - 2) as u32).collect();
        tokens.into_iter().chain(eos).collect()
    };
    (0..SOURCES).map(source).collect()
}
