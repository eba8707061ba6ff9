//! Real models against llama.cpp: `real.json` holds what it said, `make_real.py` beside it asked.

use serde::Deserialize;
use traghetto::arch::causal::CausalModel;
use traghetto::decode::{CausalLm, Logits, SeqId, SeqInput, Want};
use traghetto::weights::gguf::Gguf;

use crate::support::weights;

#[derive(Deserialize)]
struct Case {
    model: String,
    prompt: Vec<u32>,
    top: Vec<(u32, f32)>,
    greedy: Vec<u32>,
    margins: Vec<f32>,
}

const SMOLLM2: &str = "smollm2-135m-instruct-q4_1.gguf";
const QWEN_HALF: &str = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf";
const QWEN: &str = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf";
const GEMMA: &str = "gemma-3-270m-q4_k_m.gguf";

/// Both engines round activations to 8 bits, in groups of different sizes; where llama.cpp's best two logits are closer
/// than this, either may win.
const NEAR_TIE: f32 = 0.3;

fn load(name: &str, threads: usize) -> CausalModel {
    let gguf = Gguf::open(weights(name)).unwrap();
    CausalModel::load(&gguf, threads).unwrap()
}

fn cases(name: &str) -> Vec<Case> {
    let all: Vec<Case> =
        serde_json::from_str(include_str!("../fixtures/causal/real.json")).unwrap();
    let cases: Vec<_> = all.into_iter().filter(|case| case.model == name).collect();
    assert_eq!(cases.len(), 3);
    cases
}

fn argmax(logits: &[f32]) -> u32 {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.unwrap().0 as u32
}

fn input(seq: SeqId, tokens: &[u32], want: Want) -> SeqInput<'_> {
    SeqInput { seq, tokens, want }
}

/// Logits of the last token of one new sequence.
fn prefill<M: CausalLm>(model: &M, prompt: &[u32]) -> Logits {
    let mut cache = model.new_cache().unwrap();
    let seq = model.open(&mut cache, prompt.len(), None).unwrap();
    model
        .forward(&mut cache, &[input(seq, prompt, Want::Last)])
        .unwrap()
}

/// The model is fed llama.cpp's own continuation, so that a near-tie does not hide what follows it.
fn agrees_with_llama_cpp(name: &str) {
    let model = load(name, 2);
    for case in cases(name) {
        let logits = prefill(&model, &case.prompt);
        assert_eq!(logits.rows(), 1);
        let worst = case
            .top
            .iter()
            .map(|&(id, want)| (logits.row(0)[id as usize] - want).abs());
        let worst = worst.fold(0.0, f32::max);
        let mut cache = model.new_cache().unwrap();
        let all = [&case.prompt[..], &case.greedy[..case.greedy.len() - 1]].concat();
        let seq = model.open(&mut cache, all.len(), None).unwrap();
        let (prompt, rest) = all.split_at(case.prompt.len() - 1);
        model
            .forward(&mut cache, &[input(seq, prompt, Want::None)])
            .unwrap();
        let logits = model
            .forward(&mut cache, &[input(seq, rest, Want::All)])
            .unwrap();
        let mut ties = 0;
        for (row, (&want, &margin)) in case.greedy.iter().zip(&case.margins).enumerate() {
            let got = argmax(logits.row(row));
            if got != want {
                assert!(
                    margin < NEAR_TIE,
                    "{name}, token {row}: {got}, not {want}, by {margin}"
                );
                ties += 1;
            }
        }
        eprintln!(
            "{name}, {} tokens: top logits within {worst:.3}, {ties} near-ties of 64 differ",
            case.prompt.len()
        );
        assert!(worst < 1.0, "{name}: a top logit is off by {worst}");
        assert!(ties <= 2, "{name}: {ties} near-ties went the other way");
    }
}

#[test]
fn smollm2_agrees_with_llama_cpp() {
    agrees_with_llama_cpp(SMOLLM2);
}

#[test]
fn qwen_half_agrees_with_llama_cpp() {
    agrees_with_llama_cpp(QWEN_HALF);
}

#[test]
fn qwen_agrees_with_llama_cpp() {
    agrees_with_llama_cpp(QWEN);
}

#[test]
fn gemma_agrees_with_llama_cpp() {
    agrees_with_llama_cpp(GEMMA);
}

/// Chunks, batches and threads change nothing, not even a bit.
fn is_independent_of_company(name: &str) {
    let model = load(name, 2);
    let cases = cases(name);
    let whole: Vec<Logits> = cases
        .iter()
        .map(|case| prefill(&model, &case.prompt))
        .collect();

    let mut cache = model.new_cache().unwrap();
    let prompts: Vec<&[u32]> = cases.iter().map(|case| &case.prompt[..]).collect();
    let sequences: Vec<SeqId> = prompts
        .iter()
        .map(|prompt| model.open(&mut cache, prompt.len(), None).unwrap())
        .collect();
    // All but the last tokens in one ragged call, the rest in another.
    for part in [0, 1] {
        let inputs: Vec<_> = prompts
            .iter()
            .zip(&sequences)
            .map(|(prompt, &seq)| {
                let (head, tail) = prompt.split_at(prompt.len() - prompt.len().div_ceil(4));
                input(seq, if part == 0 { head } else { tail }, Want::Last)
            })
            .collect();
        let logits = model.forward(&mut cache, &inputs).unwrap();
        if part == 1 {
            for (row, whole) in whole.iter().enumerate() {
                assert!(logits.row(row) == whole.row(0), "{name}, prompt {row}");
            }
        }
    }
    drop(model);
    let single = load(name, 1);
    assert!(prefill(&single, prompts[1]).data == whole[1].data);
}

#[test]
fn smollm2_is_independent_of_company() {
    is_independent_of_company(SMOLLM2);
}

#[test]
fn qwen_half_is_independent_of_company() {
    is_independent_of_company(QWEN_HALF);
}

#[test]
fn gemma_is_independent_of_company() {
    is_independent_of_company(GEMMA);
}
