//! What was measured: samples, their median, and how sure it is.

use serde::{Deserialize, Serialize};

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Seconds to load the model, its files in the system's cache.
    LoadS,
    /// The same from the disk, where the system can be asked to forget files.
    LoadColdS,
    /// Words of a whole text a second, counted in the source, tokenizer and search included.
    WordsS,
    /// Prompt tokens read a second, all rows together.
    PrefillTokS,
    /// Tokens generated a second, all rows together; of an encoder–decoder model with the encoding of the sources.
    DecodeTokS,
    /// Milliseconds from a tokenized prompt to the first token.
    TtftMs,
    /// Milliseconds from one token of a row to the next.
    ItlMs,
    /// Sentences a second that are turned into vectors.
    SentencesS,
}

impl Metric {
    /// Its name as in JSON, and as a reader would say it.
    pub fn title(self) -> &'static str {
        match self {
            Self::LoadS => "load s",
            Self::LoadColdS => "load cold s",
            Self::WordsS => "words/s",
            Self::PrefillTokS => "prefill tokens/s",
            Self::DecodeTokS => "decode tokens/s",
            Self::TtftMs => "first token ms",
            Self::ItlMs => "token to token ms",
            Self::SentencesS => "sentences/s",
        }
    }

    /// Whether more is better.
    pub fn is_rate(self) -> bool {
        matches!(
            self,
            Self::WordsS | Self::PrefillTokS | Self::DecodeTokS | Self::SentencesS
        )
    }
}

/// Samples of one metric, with what they say together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Median: of an even number of samples, the mean of the middle two.
    pub median: f64,
    /// Lower end of the interval that holds the true median with 95% (bootstrap, percentiles).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Every sample, in the order they were taken.
    pub samples: Vec<f64>,
}

impl Measure {
    /// `None` for no samples.
    pub fn of(samples: Vec<f64>) -> Option<Self> {
        let mut draw = Draw::default();
        let mut medians: Vec<f64> = (0..DRAWS).map(|_| draw.median(&samples)).collect();
        let [low, high] = interval(&mut medians);
        Some(Self {
            median: median(&mut samples.clone())?,
            low,
            high,
            samples,
        })
    }
}

/// Resamplings of an interval.
const DRAWS: usize = 2000;

/// The middle 95%.
fn interval(values: &mut [f64]) -> [f64; 2] {
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    [at(0.025), at(0.975)]
}

/// The median; sorts. `None` for no values.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    Some((values[(values.len() - 1) / 2] + upper) / 2.0)
}

/// How many times as much of a metric one run has as another, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// Median of the second by the median of the first.
    pub ratio: f64,
    /// Lower end of its interval (95%, bootstrap over both).
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Ratio {
    /// `b` by `a`. The interval is wider by `drift`, the share by which the machine's own speed differs between two runs
    /// of the same program: samples of one run know nothing of that.
    pub fn of(a: &Measure, b: &Measure, drift: f64) -> Self {
        let mut draw = Draw::default();
        let mut ratios: Vec<f64> = (0..DRAWS)
            .map(|_| draw.median(&b.samples) / draw.median(&a.samples))
            .collect();
        let [low, high] = interval(&mut ratios);
        Self {
            ratio: b.median / a.median,
            low: low * (1.0 - drift),
            high: high * (1.0 + drift),
        }
    }

    /// Whether the difference is more than chance.
    pub fn differs(self) -> bool {
        self.low > 1.0 || self.high < 1.0
    }
}

/// Draws numbers, the same every time.
pub(super) struct Draw(u64);

impl Default for Draw {
    fn default() -> Self {
        Self(1)
    }
}

impl Draw {
    /// Knuth's linear congruential generator (MMIX), its upper bits.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end as u64) as usize
    }

    /// The median of as many samples, drawn anew; NaN for none.
    fn median(&mut self, samples: &[f64]) -> f64 {
        let mut drawn: Vec<f64> = (0..samples.len())
            .map(|_| samples[self.below(samples.len())])
            .collect();
        median(&mut drawn).unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_within_its_interval() {
        assert_eq!(Measure::of(vec![]), None);
        let measure = Measure::of(vec![4.0, 1.0, 2.0, 3.0]).unwrap();
        assert_eq!(measure.median, 2.5);
        assert!(1.0 <= measure.low && measure.low < 2.5 && 2.5 < measure.high);
        assert!(measure.high <= 4.0);
    }

    #[test]
    fn a_tenth_is_told_from_noise_of_a_hundredth() {
        let noisy = |speed: f64| {
            let noise = [0.0, 0.01, -0.01, 0.005, -0.004, 0.008, -0.006];
            Measure::of(noise.map(|n| speed * (1.0 + n)).to_vec()).unwrap()
        };
        let (slow, fast) = (noisy(90.0), noisy(100.0));
        assert!(Ratio::of(&fast, &slow, 0.02).differs());
        assert!(!Ratio::of(&fast, &noisy(100.3), 0.02).differs());
    }
}
