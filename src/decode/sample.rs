//! From the logits of one position to one token: greedy choice or seeded sampling.

use serde::{Deserialize, Serialize};

use super::processors::{NoRepeatNgram, Processors, RepetitionPenalty};
use crate::error::{Error, ErrorKind, Result};

/// How the next token is drawn. The default is greedy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sampling {
    /// 0 means greedy.
    pub temperature: f32,
    /// Keep only this many most probable tokens; 0 keeps all.
    pub top_k: usize,
    /// Keep the smallest set whose probability reaches this; 1 keeps all.
    pub top_p: f32,
    /// Seed of the random generator; each request of a batch derives its own stream from it and its prompt.
    pub seed: u64,
    /// Divides positive and multiplies negative logits of tokens already generated (CTRL, Keskar et al. 2019); 1 is
    /// off.
    pub repetition_penalty: f32,
    /// Forbids a token that would repeat an n-gram of this length already generated; 0 is off.
    pub no_repeat_ngram: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            seed: 0,
            repetition_penalty: 1.0,
            no_repeat_ngram: 0,
        }
    }
}

impl Sampling {
    /// Other parameters for a second attempt, so that the answer differs: some randomness, repetition held down.
    pub fn again(&self) -> Self {
        Self {
            temperature: self.temperature.max(0.4),
            top_p: self.top_p.min(0.9),
            seed: self.seed.wrapping_add(1),
            repetition_penalty: self.repetition_penalty.max(1.1),
            no_repeat_ngram: 6,
            ..self.clone()
        }
    }

    /// The rules that are asked for, as a chain.
    pub fn processors(&self) -> Processors {
        let mut chain = Processors::default();
        if self.repetition_penalty != 1.0 {
            chain.push(RepetitionPenalty {
                penalty: self.repetition_penalty,
            });
        }
        if self.no_repeat_ngram > 0 {
            chain.push(NoRepeatNgram {
                n: self.no_repeat_ngram,
            });
        }
        chain
    }
}

/// The random stream of what is asked for: a hash of its ids (FNV-1a), so that what else is in the batch makes no
/// difference.
pub fn stream(ids: &[u32]) -> u64 {
    ids.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &id| {
        (hash ^ u64::from(id)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Chooses the tokens of one request.
pub struct Sampler {
    sampling: Sampling,
    random: SplitMix64,
    /// (probability, token), most probable first.
    candidates: Vec<(f32, u32)>,
}

impl Sampler {
    /// `stream` tells apart the requests of a batch that share a seed.
    pub fn new(sampling: &Sampling, stream: u64) -> Self {
        Self {
            random: SplitMix64::new(sampling.seed, stream),
            sampling: sampling.clone(),
            candidates: Vec::new(),
        }
    }

    /// The index of the next token, given its logits. Greedy choice takes the lowest among equals, so that a result
    /// never depends on the order of evaluation.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if no logit is a number above minus infinity.
    pub fn choose(&mut self, logits: &[f32]) -> Result<u32> {
        match self.sampling.temperature <= 0.0 {
            true => argmax(logits),
            false => self.sample(logits),
        }
    }

    fn sample(&mut self, logits: &[f32]) -> Result<u32> {
        let top = logits[argmax(logits)? as usize];
        let temperature = self.sampling.temperature;
        self.candidates.clear();
        // Below e^-20 of the best, 150,000 tokens together weigh less than a rounding error.
        let weighed = (0..)
            .zip(logits)
            .map(|(id, logit)| ((logit - top) / temperature, id));
        self.candidates.extend(
            weighed
                .filter(|(weight, _)| *weight > -20.0)
                .map(|(weight, id)| (weight.exp(), id)),
        );
        self.candidates
            .sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        if self.sampling.top_k > 0 {
            self.candidates.truncate(self.sampling.top_k);
        }
        let total: f32 = self.candidates.iter().map(|(weight, _)| weight).sum();
        let mut kept = 0.0;
        let enough = self.candidates.iter().position(|(weight, _)| {
            kept += weight;
            kept >= self.sampling.top_p * total
        });
        self.candidates
            .truncate(enough.map_or(self.candidates.len(), |last| last + 1));
        let total: f32 = self.candidates.iter().map(|(weight, _)| weight).sum();
        let mut left = self.random.unit() * total;
        let drawn = self.candidates.iter().find(|(weight, _)| {
            left -= weight;
            left < 0.0
        });
        // Rounding may leave a crumb after the last candidate.
        drawn
            .or(self.candidates.last())
            .map(|&(_, id)| id)
            .ok_or_else(no_number)
    }
}

/// The lowest index among those of the greatest number.
fn argmax(logits: &[f32]) -> Result<u32> {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let (chunks, rest) = logits.as_chunks::<16>();
    for chunk in chunks {
        for (lane, &logit) in lanes.iter_mut().zip(chunk) {
            // Not f32::max: this form is one instruction, and passes over NaN.
            *lane = if logit > *lane { logit } else { *lane };
        }
    }
    let top = lanes
        .iter()
        .chain(rest)
        .fold(f32::NEG_INFINITY, |a, &b| if b > a { b } else { a });
    match logits.iter().position(|&logit| logit == top) {
        Some(at) if top > f32::NEG_INFINITY => Ok(at as u32),
        _ => Err(no_number()),
    }
}

fn no_number() -> Error {
    Error::new(
        ErrorKind::Inference,
        "the model's output for the next token holds no number",
    )
    .with_hint("the model's file may be damaged; download it again")
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same on every platform and in every version.
struct SplitMix64(u64);

impl SplitMix64 {
    fn new(seed: u64, stream: u64) -> Self {
        let mut mixed = Self(seed);
        Self(mixed.next() ^ Self(stream.wrapping_mul(0xd1b5_4a32_d192_ed03)).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(sampling: &Sampling, stream: u64, logits: &[f32], n: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling, stream);
        (0..n).map(|_| sampler.choose(logits).unwrap()).collect()
    }

    #[test]
    fn greedy_takes_the_lowest_of_equals_and_passes_over_nan() {
        let greedy = Sampling::default();
        let mut logits = vec![0.0; 40];
        (logits[3], logits[21], logits[39], logits[0]) = (7.0, 7.0, 7.0, f32::NAN);
        assert_eq!(draws(&greedy, 0, &logits, 1), [3]);
        for bad in [vec![], vec![f32::NAN; 20], vec![f32::NEG_INFINITY; 3]] {
            let error = Sampler::new(&greedy, 0).choose(&bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Inference);
        }
    }

    #[test]
    fn a_seed_and_a_stream_fix_the_draws() {
        let sampling = Sampling {
            temperature: 1.0,
            seed: 7,
            ..Sampling::default()
        };
        let logits = [0.0; 50];
        let first = draws(&sampling, 0, &logits, 20);
        assert_eq!(first, draws(&sampling, 0, &logits, 20));
        assert_ne!(first, draws(&sampling, 1, &logits, 20));
        assert_ne!(
            first,
            draws(
                &Sampling {
                    seed: 8,
                    ..sampling
                },
                0,
                &logits,
                20
            )
        );
    }

    #[test]
    fn draws_follow_the_probabilities_within_top_k_and_top_p() {
        let logits = [0.5f32.ln(), 0.3f32.ln(), 0.15f32.ln(), 0.05f32.ln()];
        let share = |sampling: &Sampling, token: u32| {
            let drawn = draws(sampling, 0, &logits, 20_000);
            drawn.iter().filter(|&&id| id == token).count() as f32 / 20_000.0
        };
        let plain = Sampling {
            temperature: 1.0,
            ..Sampling::default()
        };
        assert!((share(&plain, 0) - 0.5).abs() < 0.02);
        assert!((share(&plain, 3) - 0.05).abs() < 0.01);
        let top_k = Sampling {
            top_k: 2,
            ..plain.clone()
        };
        assert!((share(&top_k, 0) - 0.625).abs() < 0.02);
        assert_eq!(share(&top_k, 2), 0.0);
        let top_p = Sampling {
            top_p: 0.7,
            ..plain.clone()
        };
        assert!((share(&top_p, 1) - 0.375).abs() < 0.02);
        assert_eq!(share(&top_p, 2), 0.0);
        let cold = Sampling {
            temperature: 0.1,
            ..plain
        };
        assert!(share(&cold, 0) > 0.98);
    }

    #[test]
    fn rules_that_are_off_are_no_links_of_the_chain() {
        assert!(Sampling::default().processors().is_empty());
        assert!(!Sampling::default().again().processors().is_empty());
    }
}
