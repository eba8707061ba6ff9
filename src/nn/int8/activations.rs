//! Activations as 8-bit integers.

use super::matrix::OFFSET;
use crate::nn::isa::Isa;
use crate::nn::rows;

/// Activations `[rows, width]`, quantized row by row.
#[derive(Debug, Default)]
pub struct Int8Rows {
    pub(super) width: usize,
    /// Offset by 128.
    pub(super) values: Vec<u8>,
    /// What a row's products are worth besides the weights' scale: 1 where the weights' scale knows the multiplier.
    pub(super) scales: Vec<f32>,
}

impl Int8Rows {
    pub(super) fn reset(&mut self, rows: usize, width: usize) {
        self.width = width;
        self.values.resize(rows * width, OFFSET);
        self.scales.clear();
        self.scales.resize(rows, 1.0);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Quantizes `floats`, `[rows, width]`: with `multiplier` where the model has one, else each row with its own
    /// that takes its largest value to 127.
    ///
    /// # Panics
    /// If `floats` doesn't hold whole rows.
    pub fn quantize(&mut self, isa: Isa, floats: &[f32], width: usize, multiplier: Option<f32>) {
        assert!(width > 0 && floats.len().is_multiple_of(width));
        self.reset(floats.len() / width, width);
        match multiplier {
            Some(multiplier) => rows::quantize(isa, floats, multiplier, &mut self.values),
            None => {
                let rows = floats.chunks_exact(width);
                let values = self.values.chunks_exact_mut(width);
                for ((row, values), scale) in rows.zip(values).zip(&mut self.scales) {
                    let multiplier = own_multiplier(row);
                    rows::quantize(isa, row, multiplier, values);
                    *scale = 1.0 / multiplier;
                }
            }
        }
    }
}

/// Quantizes rows of floats, `width` wide, each with its own multiplier: the values and the multipliers.
pub fn quantize_rows(floats: &[f32], width: usize) -> (Vec<i8>, Vec<f32>) {
    let mut values = Vec::with_capacity(floats.len());
    let mut multipliers = Vec::with_capacity(floats.len() / width);
    for row in floats.chunks_exact(width) {
        let multiplier = own_multiplier(row);
        values.extend(row.iter().map(|x| (x * multiplier).round_ties_even() as i8));
        multipliers.push(multiplier);
    }
    (values, multipliers)
}

/// What takes the largest of `row` to 127.
fn own_multiplier(row: &[f32]) -> f32 {
    let largest = row.iter().fold(0f32, |largest, x| largest.max(x.abs()));
    if largest > 0.0 { 127.0 / largest } else { 1.0 }
}
