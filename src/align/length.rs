//! How improbable it is that a text of one length is the translation of a text of another (Gale and Church 1993).

/// Variance of the length of a translation for each character of its source.
const VARIANCE: f64 = 6.8;
/// No mismatch is more improbable than this, in nats: what a sentence says may speak for it.
const MOST: f64 = 14.0;

/// The negative logarithm of the probability that lengths differ so much or more, in nats. `source` and `target` are in
/// characters, `ratio` is how long translations are beside their sources in this text.
pub(super) fn mismatch(source: f64, target: f64, ratio: f64) -> f64 {
    let mean = (source + target / ratio) / 2.0;
    if mean <= 0.0 {
        return 0.0;
    }
    let off = (target - source * ratio).abs() / (mean * VARIANCE).sqrt();
    -two_sided(off).max((-MOST).exp()).ln()
}

/// The probability that a standard normal variable is further than `off` from 0 (Abramowitz and Stegun 1964, 26.2.17).
fn two_sided(off: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * off);
    let series = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let density = (-off * off / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    (2.0 * density * series).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution() {
        for (off, expected) in [(0.0, 1.0), (1.0, 0.3173), (1.96, 0.05), (3.0, 0.0027)] {
            assert!((two_sided(off) - expected).abs() < 1e-4, "{off}");
        }
        assert!(mismatch(100.0, 110.0, 1.1) < 0.01);
        assert!(mismatch(100.0, 50.0, 1.0) > 4.0);
        assert!(mismatch(1000.0, 1.0, 1.0) <= MOST);
    }
}
