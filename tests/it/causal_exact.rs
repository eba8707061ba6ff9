//! What runs on GPUs, here on candle's CPU device, against `transformers` in 32-bit floats on the same weights
//! (`exact.json`, by `make_exact.py` beside it). With float matrices nothing is rounded on the way, so that the logits
//! must be equal but for the order of sums. With matrices as stored candle rounds activations to 8 bits, as our CPU path
//! does in its own way: then the yardstick is what that loses.

use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::Deserialize;
use traghetto::arch::causal::{CausalModel, Matrices, TensorModel};
use traghetto::decode::{CausalLm, Logits, SeqInput, Want};
use traghetto::weights::gguf::Gguf;

use crate::support::weights;

const SMOLLM2: &str = "smollm2-135m-instruct-q4_1.gguf";

/// What the order of sums may change, of logits whose standard deviation is 2 to 7.
const ORDER_OF_SUMS: f32 = 1e-3;

/// What rounding activations to 8 bits may change in the difference of two logits of SmolLM2.
const NEAR_TIE: f32 = 0.5;

#[derive(Deserialize)]
struct Case {
    model: String,
    /// The prompt, and llama.cpp's greedy continuation.
    tokens: Vec<u32>,
    /// From the prompt's last token on: the best token, its logit, and how far the second-best is behind.
    best: Vec<u32>,
    logits: Vec<f32>,
    margins: Vec<f32>,
    /// Logits after the prompt's last token.
    some: Vec<(u32, f32)>,
}

impl Case {
    /// The logits of the positions from the prompt's last on.
    fn logits<M: CausalLm>(&self, model: &M) -> Logits {
        let mut cache = model.new_cache().unwrap();
        let seq = model.open(&mut cache, self.tokens.len(), None).unwrap();
        let (prompt, rest) = self.tokens.split_at(self.tokens.len() - self.best.len());
        for (tokens, want) in [(prompt, Want::None), (rest, Want::All)] {
            let logits = model.forward(&mut cache, &[SeqInput { seq, tokens, want }]);
            if want == Want::All {
                return logits.unwrap();
            }
        }
        unreachable!()
    }

    /// The smallest margin by which another token than the best must have won in `logits`; how many positions did.
    fn lost(&self, logits: &Logits) -> (f32, usize) {
        let rows = (0..logits.rows()).map(|row| argmax(logits.row(row)));
        let lost = rows.zip(&self.best).zip(&self.margins);
        let lost = lost.filter(|((got, want), _)| got != *want);
        lost.fold((0.0, 0), |(most, count), (_, &margin)| {
            (margin.max(most), count + 1)
        })
    }
}

fn argmax(logits: &[f32]) -> u32 {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.unwrap().0 as u32
}

fn cases(is_tiny: bool) -> Vec<Case> {
    let all: Vec<Case> =
        serde_json::from_str(include_str!("../fixtures/causal/exact.json")).unwrap();
    all.into_iter()
        .filter(|case| case.model.starts_with("tiny") == is_tiny)
        .collect()
}

fn tensors(path: &Path, matrices: Matrices) -> TensorModel {
    TensorModel::load(&Gguf::open(path).unwrap(), &Device::Cpu, matrices).unwrap()
}

fn is_exact(case: &Case, logits: &Logits) {
    assert_eq!(logits.rows(), case.best.len());
    let best = case.best.iter().zip(&case.logits).enumerate();
    let best = best.map(|(row, (&id, want))| (logits.row(row)[id as usize] - want).abs());
    let some = case.some.iter();
    let some = some.map(|&(id, want)| (logits.row(0)[id as usize] - want).abs());
    let worst = best.chain(some).fold(0.0, f32::max);
    let (margin, lost) = case.lost(logits);
    eprintln!(
        "{}, {} tokens: off by {worst:.6} at most; {lost} of {} best tokens lost, by {margin:.6} at most",
        case.model,
        case.tokens.len(),
        case.best.len()
    );
    assert!(worst < ORDER_OF_SUMS, "{}: off by {worst}", case.model);
    assert!(margin < 2.0 * ORDER_OF_SUMS, "{}: by {margin}", case.model);
}

#[test]
fn tiny_models_on_float_tensors_are_exact() {
    let cases = cases(true);
    assert_eq!(cases.len(), 4);
    for case in cases {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/causal");
        let model = tensors(&folder.join(&case.model), Matrices::Floats);
        is_exact(&case, &case.logits(&model));
    }
}

/// Root of the mean of the squared differences.
fn distance(a: &Logits, b: &Logits) -> f64 {
    let squares = a
        .data
        .iter()
        .zip(&b.data)
        .map(|(a, b)| f64::from(a - b).powi(2));
    (squares.sum::<f64>() / a.data.len() as f64).sqrt()
}

#[test]
fn smollm2_on_float_tensors_is_exact_and_as_stored_no_worse_than_on_our_cpu_path() {
    let path = weights(SMOLLM2);
    let floats = tensors(&path, Matrices::Floats);
    let stored = tensors(&path, Matrices::AsStored);
    let ours = CausalModel::load(&Gguf::open(&path).unwrap(), 2).unwrap();
    let mut cases = cases(false);
    cases.sort_by_key(|case| case.tokens.len());
    assert_eq!(cases.len(), 3);
    for (index, case) in cases.iter().enumerate() {
        let exact = case.logits(&floats);
        is_exact(case, &exact);
        if index == 2 {
            // The article: once is slow enough.
            continue;
        }
        let [stored, ours] = [case.logits(&stored), case.logits(&ours)];
        let [loses, yardstick] = [&stored, &ours].map(|got| distance(got, &exact));
        let (margin, lost) = case.lost(&stored);
        eprintln!(
            "  as stored: off by {loses:.3} root mean square, our CPU path by {yardstick:.3}; {lost} best tokens lost, by \
             {margin:.3} at most"
        );
        assert!(loses < 1.5 * yardstick, "{loses}, ours {yardstick}");
        assert!(margin < NEAR_TIE, "a best token was lost by {margin}");
    }
}
