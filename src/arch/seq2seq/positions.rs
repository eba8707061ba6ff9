//! How a model knows where a token stands.

/// What is added to an embedding for its position.
#[derive(Debug)]
pub(in crate::arch) enum Positions {
    /// A row a position, learned or sinusoidal.
    Table {
        /// `[len, width]`.
        rows: Vec<f32>,
        width: usize,
    },
    /// Nothing: attention knows the distances.
    None,
}

impl Positions {
    /// Sinusoids as Marian and Pegasus have them: sines in the first half of a row, cosines in the second, wavelengths
    /// from 2π to 10000 · 2π.
    pub fn marian(len: usize, width: usize) -> Self {
        let half = width.div_ceil(2);
        Self::sinusoids(
            len,
            width,
            |position, i, is_cosine| {
                let exponent = 2.0 * i as f64 / width as f64;
                let angle = position as f64 / 10_000f64.powf(exponent);
                (if is_cosine { angle.cos() } else { angle.sin() }) as f32
            },
            half,
        )
    }

    /// Sinusoids as M2M100 has them, after tensor2tensor; the first token stands at `first`. The products are rounded to
    /// floats on the way, as the reference does.
    pub fn m2m100(len: usize, width: usize, first: usize) -> Self {
        let half = width / 2;
        let step = 10_000f64.ln() / (half.max(2) - 1) as f64;
        Self::sinusoids(
            len,
            width,
            |position, i, is_cosine| {
                if i >= half {
                    return 0.0;
                }
                let frequency = (i as f32 * -step as f32).exp();
                let angle = (position + first) as f32 * frequency;
                if is_cosine { angle.cos() } else { angle.sin() }
            },
            half,
        )
    }

    /// `value(position, i, is_cosine)` for each column; columns from `half` on are cosines.
    fn sinusoids(
        len: usize,
        width: usize,
        value: impl Fn(usize, usize, bool) -> f32,
        half: usize,
    ) -> Self {
        let mut rows = Vec::with_capacity(len * width);
        for position in 0..len {
            rows.extend((0..width).map(|column| match column < half {
                true => value(position, column, false),
                false => value(position, column - half, true),
            }));
        }
        Self::Table { rows, width }
    }

    /// Number of positions, where they end.
    pub fn len(&self) -> Option<usize> {
        match self {
            Self::Table { rows, width } => Some(rows.len() / width),
            Self::None => None,
        }
    }

    /// Adds a position to an embedding.
    pub fn add(&self, position: usize, x: &mut [f32]) {
        if let Self::Table { rows, width } = self {
            crate::nn::dense::add(x, &rows[position * width..][..*width]);
        }
    }
}

/// T5's relative positions (Raffel et al. 2020): a bias a head for each bucket of distances.
#[derive(Debug)]
pub(in crate::arch) struct RelativeBias {
    /// `[buckets, heads]`.
    pub weights: Vec<f32>,
    pub heads: usize,
    /// Distances from here on share the last bucket.
    pub max_distance: usize,
    /// Whether later positions have buckets of their own.
    pub bidirectional: bool,
}

impl RelativeBias {
    /// The bucket of a distance, key less query: exact for small ones, logarithmic for larger ones.
    fn bucket(&self, distance: i64) -> usize {
        let mut buckets = self.weights.len() / self.heads;
        let mut first = 0;
        let size = if self.bidirectional {
            buckets /= 2;
            first = if distance > 0 { buckets } else { 0 };
            distance.unsigned_abs() as usize
        } else {
            distance.min(0).unsigned_abs() as usize
        };
        let exact = (buckets / 2).max(1);
        if size < exact {
            return first + size;
        }
        let ratio =
            (size as f32 / exact as f32).ln() / (self.max_distance as f32 / exact as f32).ln();
        let large = exact + (ratio * (buckets - exact.min(buckets)) as f32) as usize;
        first + large.min(buckets.max(1) - 1)
    }

    /// The biases for `len` distances: `[heads, len]`.
    pub fn of(&self, distances: impl Iterator<Item = i64>, len: usize) -> Vec<f32> {
        let mut biases = vec![0.0; self.heads * len];
        for (at, distance) in distances.enumerate() {
            let row = &self.weights[self.bucket(distance) * self.heads..][..self.heads];
            for (head, bias) in row.iter().enumerate() {
                biases[head * len + at] = *bias;
            }
        }
        biases
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `T5Attention._relative_position_bucket` of transformers 5.23 for 32 buckets and distances up to 128.
    #[test]
    fn buckets_equal_the_reference() {
        let bias = |bidirectional| RelativeBias {
            weights: vec![0.0; 32],
            heads: 1,
            max_distance: 128,
            bidirectional,
        };
        let distances = [-200, -64, -20, -9, -8, -7, -1, 0, 1, 7, 8, 9, 20, 64, 200];
        let both = [15, 14, 10, 8, 8, 7, 1, 0, 17, 23, 24, 24, 26, 30, 31];
        let back = [31, 26, 17, 9, 8, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        for (at, distance) in distances.into_iter().enumerate() {
            assert_eq!(bias(true).bucket(distance), both[at], "{distance}");
            assert_eq!(bias(false).bucket(distance), back[at], "{distance}");
        }
    }
}
