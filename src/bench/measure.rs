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
    /// The same a second of the processor's time, with one thread: what else runs on the machine hardly touches it.
    WordsCpuS,
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
            Self::WordsCpuS => "words/CPU s",
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
            Self::WordsS
                | Self::WordsCpuS
                | Self::PrefillTokS
                | Self::DecodeTokS
                | Self::SentencesS
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

impl Measure {
    /// The best sample: what others take of a machine only makes a program slower.
    pub fn best(&self, metric: Metric) -> f64 {
        let (worst, better): (f64, fn(f64, f64) -> f64) = match metric.is_rate() {
            true => (0.0, f64::max),
            false => (f64::INFINITY, f64::min),
        };
        self.samples.iter().copied().fold(worst, better)
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

    /// Of pairs that were taken side by side, `[a, b]`: the median of their ratios and, as its interval, the innermost pair
    /// of ratios between which the true median lies with 95% by the sign test, whatever their distribution. What slows
    /// both sides of a pair cancels out. `None` for no pairs; of fewer than six the interval holds less than 95%.
    pub fn paired(pairs: &[[f64; 2]]) -> Option<Self> {
        let mut ratios: Vec<f64> = pairs.iter().map(|[a, b]| b / a).collect();
        let ratio = median(&mut ratios)?;
        let outside = outside(ratios.len());
        Some(Self {
            ratio,
            low: ratios[outside] * (1.0 - BETWEEN_PAIRS),
            high: ratios[ratios.len() - 1 - outside] * (1.0 + BETWEEN_PAIRS),
        })
    }

    /// Whether the difference is more than chance.
    pub fn differs(self) -> bool {
        self.low > 1.0 || self.high < 1.0
    }
}

/// A difference that is not worth a word, even if it is no chance: where a program's code came to lie may be its cause.
const BETWEEN_PAIRS: f64 = 0.01;

/// How many of `count` sorted values may lie beyond either end of an interval that still holds the median with 95%: the
/// median is beyond the k-th value with the probability that fewer than k of as many coins show heads.
fn outside(count: usize) -> usize {
    let mut ways = 1.0;
    let mut below = ways;
    let mut k = 0;
    let all = 2f64.powi(count as i32);
    while 2.0 * below / all <= 0.05 {
        k += 1;
        ways *= (count + 1 - k) as f64 / k as f64;
        below += ways;
    }
    k.saturating_sub(1)
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
    fn pairs_cancel_what_slows_both_sides() {
        // The intervals of the median by the sign test, as tables have them: ranks 2 and 9 of 10, 6 and 15 of 20.
        assert_eq!([1, 5, 6, 8, 9, 10, 20].map(outside), [0, 0, 0, 0, 1, 1, 5]);
        let busy = [1.0, 0.5, 0.9, 0.3, 0.7, 0.95, 0.4, 0.8, 0.6, 1.0];
        let noise = [0.0, 0.02, -0.02, 0.01, -0.01, 0.03, -0.03, 0.0, 0.01, -0.01];
        let pairs = |factor: f64| {
            let pair =
                |(busy, noise): (f64, f64)| [100.0 * busy, 100.0 * busy * factor * (1.0 + noise)];
            Ratio::paired(&std::array::from_fn::<_, 10, _>(|n| {
                pair((busy[n], noise[n]))
            }))
            .unwrap()
        };
        assert!(pairs(0.9).differs() && pairs(1.1).differs() && !pairs(1.0).differs());
        assert!(Ratio::paired(&[]).is_none());
        let measure = Measure::of(vec![2.0, 3.0, 1.0]).unwrap();
        assert_eq!(
            (measure.best(Metric::WordsS), measure.best(Metric::LoadS)),
            (3.0, 1.0)
        );
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
