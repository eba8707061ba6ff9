//! The kernels for 64-bit ARM, with NEON as every such processor has it and with its dot products of bytes.

use std::arch::aarch64::*;

use super::activations::Int8Rows;
use super::blocks::{PANEL, QUAD};
use super::matrix::{Int8Matrix, OFFSET, Output, To};
use super::scalar;
use crate::nn::simd::dot128;

/// Rows of the largest tile: 16 sums in the 32 registers.
const ROWS: usize = 4;
/// Registers of sums that a row of a panel takes, and of weights that a block does.
const PARTS: usize = PANEL / 4;

/// `a × b` into `output`.
///
/// # Safety
/// `output` must have room for `a.rows()` rows of `b.n` values; `a` must hold whole rows of `b.k` values.
#[target_feature(enable = "neon")]
pub(super) unsafe fn multiply(a: &Int8Rows, b: &Int8Matrix, output: Output) {
    // SAFETY: the caller's promise.
    unsafe { tiles::<false>(a, b, output) }
}

/// As [`multiply`].
///
/// # Safety
/// As for [`multiply`].
#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn multiply_dotprod(a: &Int8Rows, b: &Int8Matrix, output: Output) {
    // SAFETY: the caller's promise.
    unsafe { tiles::<true>(a, b, output) }
}

/// # Safety
/// As for [`multiply`]; the caller has the instructions.
#[inline(always)]
unsafe fn tiles<const DOTPROD: bool>(a: &Int8Rows, b: &Int8Matrix, output: Output) {
    for panel in 0..b.n / PANEL {
        let mut row = 0;
        while row < a.rows() {
            let high = ROWS.min(a.rows() - row);
            // SAFETY: the tile lies within the product; the rest is the caller's promise.
            unsafe {
                match high {
                    1 => tile::<DOTPROD, 1>(a, b, output, row, panel),
                    2 => tile::<DOTPROD, 2>(a, b, output, row, panel),
                    3 => tile::<DOTPROD, 3>(a, b, output, row, panel),
                    _ => tile::<DOTPROD, ROWS>(a, b, output, row, panel),
                }
            }
            row += high;
        }
    }
}

/// `R` rows times one panel.
///
/// # Safety
/// `row + R` rows and the panel must exist, and `output` have room for them; the caller has the instructions.
#[inline(always)]
unsafe fn tile<const DOTPROD: bool, const R: usize>(
    a: &Int8Rows,
    b: &Int8Matrix,
    output: Output,
    row: usize,
    panel: usize,
) {
    let quads = b.k / QUAD;
    // SAFETY: all reads stay within rows `row .. row + R` of `a` and within one panel of `b` and its columns, and all
    // writes within the same rows and columns of `output`, which the caller promises to exist.
    unsafe {
        let mut sums = [[vdupq_n_s32(0); PARTS]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            let starts = b.starts(panel, &a.values[(row + r) * b.k..][..b.k]);
            for (part, sum) in sums.iter_mut().enumerate() {
                *sum = vld1q_s32(starts.as_ptr().add(4 * part));
            }
        }
        let blocks = b.blocks.as_ptr().add(panel * quads);
        for quad in 0..quads {
            let block: *const i8 = blocks.add(quad).cast();
            let mut weights = [vdupq_n_s8(0); PARTS];
            for (part, weights) in weights.iter_mut().enumerate() {
                *weights = vld1q_s8(block.add(16 * part));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = a.values.as_ptr().add((row + r) * b.k + quad * QUAD);
                let value = vdupq_n_u32(value.cast::<u32>().read_unaligned());
                let value = signed(vreinterpretq_u8_u32(value));
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = dot128::<DOTPROD>(*sum, weights, value);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let own = vdupq_n_f32(a.scales[row + r]);
            for (part, sum) in sums.iter().enumerate() {
                let column = panel * PANEL + 4 * part;
                let sum = vcvtq_f32_s32(*sum);
                let scale = vmulq_f32(own, vld1q_f32(b.columns.scales.as_ptr().add(column)));
                let bias = vld1q_f32(b.columns.bias.as_ptr().add(column));
                let float = vaddq_f32(vmulq_f32(sum, scale), bias);
                let at = (row + r) * output.stride + column;
                match output.to {
                    To::Floats(out) => vst1q_f32(out.add(at), float),
                    To::Quantized(out, multiplier) => {
                        let float = vmulq_n_f32(vmaxnmq_f32(float, vdupq_n_f32(0.0)), multiplier);
                        let whole = vcvtnq_u32_f32(vminnmq_f32(float, vdupq_n_f32(127.0)));
                        let whole = vaddq_u32(whole, vdupq_n_u32(OFFSET.into()));
                        let words = vmovn_u32(whole);
                        let bytes = vmovn_u16(vcombine_u16(words, words));
                        let four = vget_lane_u32::<0>(vreinterpret_u32_u8(bytes));
                        out.add(at).cast::<u32>().write_unaligned(four);
                    }
                }
            }
        }
    }
}

/// Activations without their offset.
#[inline(always)]
unsafe fn signed(values: uint8x16_t) -> int8x16_t {
    // SAFETY: the caller has NEON.
    unsafe { vreinterpretq_s8_u8(veorq_u8(values, vdupq_n_u8(OFFSET))) }
}

/// The sum of products of `a`, offset by 128, with as many values of `b`.
#[target_feature(enable = "neon")]
pub(super) fn dot(a: &[u8], b: &[i8]) -> i32 {
    // SAFETY: this has the instructions.
    unsafe { steps::<false>(a, b) }
}

/// As [`dot`].
#[target_feature(enable = "neon,dotprod")]
pub(super) fn dot_dotprod(a: &[u8], b: &[i8]) -> i32 {
    // SAFETY: this has the instructions.
    unsafe { steps::<true>(a, b) }
}

/// # Safety
/// The caller has the instructions.
#[inline(always)]
unsafe fn steps<const DOTPROD: bool>(a: &[u8], b: &[i8]) -> i32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    // SAFETY: both chunks are 16 bytes; the rest is the caller's promise.
    unsafe {
        let mut sums = vdupq_n_s32(0);
        for (a, b) in a.iter().zip(b) {
            let (a, b) = (signed(vld1q_u8(a.as_ptr())), vld1q_s8(b.as_ptr()));
            sums = dot128::<DOTPROD>(sums, b, a);
        }
        vaddvq_s32(sums) + scalar::dot(a_rest, b_rest)
    }
}
