//! The kernels for 64-bit ARM, with NEON as every such processor has it.

use std::arch::aarch64::*;

use super::{Int8Matrix, Int8Rows, OFFSET, Output, PANEL, QUAD, To, scalar};

/// Rows of the largest tile: 16 sums in the 32 registers.
const ROWS: usize = 2;
/// Registers of sums that a row of a panel takes: each holds two columns, two half sums a column.
const SUMS: usize = 8;

/// `a × b` into `output`.
///
/// # Safety
/// `output` must have room for `a.rows()` rows of `b.n` values; `a` must hold whole rows of `b.k` values.
#[target_feature(enable = "neon")]
pub(super) unsafe fn multiply(a: &Int8Rows, b: &Int8Matrix, output: Output) {
    for panel in 0..b.n / PANEL {
        let mut row = 0;
        while row < a.rows() {
            let high = ROWS.min(a.rows() - row);
            // SAFETY: the tile lies within the product; the rest is the caller's promise.
            unsafe {
                match high {
                    1 => tile::<1>(a, b, output, row, panel),
                    _ => tile::<ROWS>(a, b, output, row, panel),
                }
            }
            row += high;
        }
    }
}

/// `R` rows times one panel.
///
/// # Safety
/// `row + R` rows and the panel must exist, and `output` have room for them.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn tile<const R: usize>(
    a: &Int8Rows,
    b: &Int8Matrix,
    output: Output,
    row: usize,
    panel: usize,
) {
    let quads = b.k / QUAD;
    let offset = vdupq_n_u8(OFFSET);
    // SAFETY: all reads stay within rows `row .. row + R` of `a` and within one panel of `b` and its columns, and all
    // writes within the same rows and columns of `output`, which the caller promises to exist.
    unsafe {
        let mut sums = [[vdupq_n_s32(0); SUMS]; R];
        let mut starts = [[0; PANEL]; R];
        for (r, starts) in starts.iter_mut().enumerate() {
            *starts = b.starts(panel, &a.values[(row + r) * b.k..][..b.k]);
        }
        let blocks = b.blocks.as_ptr().add(panel * quads);
        for quad in 0..quads {
            let weights: *const i8 = blocks.add(quad).cast();
            for (r, sums) in sums.iter_mut().enumerate() {
                let value = a.values.as_ptr().add((row + r) * b.k + quad * QUAD);
                let value = vdupq_n_u32(value.cast::<u32>().read_unaligned());
                let value = vreinterpretq_s8_u8(veorq_u8(vreinterpretq_u8_u32(value), offset));
                for (register, sums) in sums.chunks_exact_mut(2).enumerate() {
                    let weight = vld1q_s8(weights.add(16 * register));
                    // Products fit 16 bits, and pairs of them are added into 32.
                    let low = vmull_s8(vget_low_s8(value), vget_low_s8(weight));
                    let high = vmull_high_s8(value, weight);
                    sums[0] = vpadalq_s16(sums[0], low);
                    sums[1] = vpadalq_s16(sums[1], high);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let own = vdupq_n_f32(a.scales[row + r]);
            for (register, sums) in sums.chunks_exact(2).enumerate() {
                let column = panel * PANEL + 4 * register;
                let start = vld1q_s32(starts[r].as_ptr().add(4 * register));
                let sum = vaddq_s32(vpaddq_s32(sums[0], sums[1]), start);
                let sum = vcvtq_f32_s32(sum);
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

/// The sum of products of `a`, offset by 128, with as many values of `b`.
#[target_feature(enable = "neon")]
pub(super) fn dot(a: &[u8], b: &[i8]) -> i32 {
    const STEP: usize = 16;
    let offset = vdupq_n_u8(OFFSET);
    let mut sums = vdupq_n_s32(0);
    let (a_steps, b_steps) = (a.chunks_exact(STEP), b.chunks_exact(STEP));
    let rest = scalar::dot(a_steps.remainder(), b_steps.remainder());
    for (a, b) in a_steps.zip(b_steps) {
        // SAFETY: both chunks are 16 bytes.
        let (a, b) = unsafe { (vld1q_u8(a.as_ptr()), vld1q_s8(b.as_ptr())) };
        let a = vreinterpretq_s8_u8(veorq_u8(a, offset));
        sums = vpadalq_s16(sums, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
        sums = vpadalq_s16(sums, vmull_high_s8(a, b));
    }
    vaddvq_s32(sums) + rest
}
