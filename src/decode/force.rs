//! Forced decoding: how probable a model holds an answer that is there already. The answer is read, not generated, so
//! that one pass tells all its tokens.

use super::{CausalLm, RowQuery, SeqInput, Want, pick_row};
use crate::error::Result;
use crate::nn::isa::Isa;

/// An answer to be judged.
#[derive(Debug, Clone)]
pub struct Forced {
    /// At least one token.
    pub prompt: Vec<u32>,
    /// What comes after it.
    pub answer: Vec<u32>,
}

/// So many tokens of answers go through the model together: their logits take 600 kB each with a large vocabulary.
const TOGETHER: usize = 128;

/// The log-probability of each token of each answer after its prompt and the tokens before it. What all prompts have in
/// common is read once.
///
/// # Errors
/// [`crate::ErrorKind::Inference`] if a token is outside the vocabulary or a kernel fails.
pub fn force<M: CausalLm>(model: &M, inputs: &[Forced]) -> Result<Vec<Vec<f32>>> {
    let mut cache = model.new_cache()?;
    let common = common(inputs);
    let mut prefix = None;
    if let (Some(first), true) = (inputs.first(), common > 0) {
        let tokens = &first.prompt[..common];
        let seq = model.open(&mut cache, common, None)?;
        let want = Want::None;
        model.forward(&mut cache, &[SeqInput { seq, tokens, want }])?;
        prefix = Some((seq, common));
    }
    let mut scores = Vec::with_capacity(inputs.len());
    let mut rest = inputs;
    while !rest.is_empty() {
        let mut tokens = 0;
        let fits = rest.iter().take_while(|input| {
            tokens += input.answer.len();
            tokens <= TOGETHER
        });
        let (batch, after) = rest.split_at(fits.count().max(1));
        rest = after;
        let mut seqs = Vec::with_capacity(batch.len());
        for input in batch {
            let capacity = input.prompt.len() + input.answer.len();
            seqs.push(model.open(&mut cache, capacity, prefix)?);
        }
        // The last token of a prompt foretells the first of its answer, and is read with it.
        let prompts = batch.iter().zip(&seqs).filter_map(|(input, &seq)| {
            let tokens = &input.prompt[common..input.prompt.len() - 1];
            let want = Want::None;
            (!tokens.is_empty()).then_some(SeqInput { seq, tokens, want })
        });
        let prompts: Vec<SeqInput<'_>> = prompts.collect();
        if !prompts.is_empty() {
            model.forward(&mut cache, &prompts)?;
        }
        let read: Vec<Vec<u32>> = batch
            .iter()
            .map(|Forced { prompt, answer }| {
                let before = answer.len().saturating_sub(1);
                [&prompt[prompt.len() - 1..], &answer[..before]].concat()
            })
            .collect();
        let first = scores.len();
        scores.resize(first + batch.len(), Vec::new());
        let longest = read.iter().map(Vec::len).max().unwrap_or(0);
        for start in (0..longest).step_by(TOGETHER) {
            let parts = (0..batch.len())
                .filter(|&i| start < read[i].len() && !batch[i].answer.is_empty())
                .map(|i| (i, start..read[i].len().min(start + TOGETHER)));
            let parts: Vec<_> = parts.collect();
            let inputs: Vec<SeqInput<'_>> = parts
                .iter()
                .map(|(i, range)| SeqInput {
                    seq: seqs[*i],
                    tokens: &read[*i][range.clone()],
                    want: Want::All,
                })
                .collect();
            if inputs.is_empty() {
                continue;
            }
            let mut logits = model.forward(&mut cache, &inputs)?;
            let mut row = 0;
            for (i, range) in parts {
                for &token in &batch[i].answer[range] {
                    let logits = logits.row_mut(row);
                    scores[first + i].push(logits[token as usize] - log_sum(logits));
                    row += 1;
                }
            }
        }
        seqs.into_iter()
            .for_each(|seq| model.close(&mut cache, seq));
    }
    Ok(scores)
}

/// The logarithm of the sum of exponentials of a row of logits.
pub(super) fn log_sum(logits: &mut [f32]) -> f32 {
    let wish = RowQuery {
        top: 0,
        log_sum: true,
        hold: &[],
    };
    // Nothing is held and nothing is taken, so that the row stays as it is.
    pick_row(Isa::best(), &wish, logits).log_sum()
}

/// So many tokens all prompts begin with, of which each has one more.
fn common(inputs: &[Forced]) -> usize {
    let Some((first, others)) = inputs.split_first() else {
        return 0;
    };
    let most = first.prompt.len().saturating_sub(1);
    others.iter().fold(most, |common, other| {
        let room = common.min(other.prompt.len().saturating_sub(1));
        let same = first.prompt[..room].iter().zip(&other.prompt);
        same.take_while(|(a, b)| a == b).count()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::fake::Fake;

    #[test]
    fn the_probabilities_do_not_depend_on_the_batch() {
        let model = Fake::new(50, 3);
        let input = |prompt: &[u32], answer: Vec<u32>| Forced {
            prompt: prompt.to_vec(),
            answer,
        };
        let inputs = [
            input(&[1, 2, 3], vec![4, 5]),
            input(&[1, 2], Vec::new()),
            input(&[1, 2, 7, 8], (0..300).map(|n| n % 50).collect()),
            input(&[1, 2, 9], vec![6]),
        ];
        let together = force(&model, &inputs).unwrap();
        for (input, scores) in inputs.iter().zip(&together) {
            assert_eq!(scores.len(), input.answer.len());
            assert!(scores.iter().all(|score| *score <= 0.0));
            let alone = &force(&model, std::slice::from_ref(input)).unwrap()[0];
            assert_eq!(scores, alone);
        }
        let all: f32 = (0..50)
            .map(|token| {
                let forced = input(&[1, 2, 3], vec![token]);
                force(&model, &[forced]).unwrap()[0][0].exp()
            })
            .sum();
        assert!((all - 1.0).abs() < 1e-3);
        assert!(force(&model, &[]).unwrap().is_empty());
    }
}
