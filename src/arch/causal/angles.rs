//! The angles of rotary embeddings.

use super::config::Rope;
use super::sequences::Row;

/// Cosines and sines of the rows' positions, `[rows, rotated / 2]`.
#[derive(Debug, Default)]
pub(super) struct Angles {
    pub cos: Vec<f32>,
    pub sin: Vec<f32>,
}

impl Angles {
    pub(super) fn compute(
        &mut self,
        rows: &[Row],
        rotated: usize,
        rope: Rope,
        factors: Option<&[f32]>,
    ) {
        self.cos.clear();
        self.sin.clear();
        let frequencies: Vec<f64> = (0..rotated / 2)
            .map(|i| {
                let exponent = -2.0 * i as f64 / rotated as f64;
                let factor = f64::from(factors.map_or(1.0, |f| f[i]));
                f64::from(rope.base).powf(exponent) / f64::from(rope.scale) / factor
            })
            .collect();
        for row in rows {
            for frequency in &frequencies {
                let (sin, cos) = (row.position as f64 * frequency).sin_cos();
                self.cos.push(cos as f32);
                self.sin.push(sin as f32);
            }
        }
    }

    pub(super) fn row(&self, row: usize, pairs: usize) -> (&[f32], &[f32]) {
        let range = row * pairs..(row + 1) * pairs;
        (&self.cos[range.clone()], &self.sin[range])
    }
}
