//! The kernels for x86-64: AVX-512 with VNNI, and AVX2.

use std::arch::x86_64::*;

use super::activations::Int8Rows;
use super::blocks::{Block, PANEL, QUAD};
use super::matrix::{Int8Matrix, OFFSET, Output, To};
use super::scalar;

/// Rows and panels of the largest tile: 24 sums and 4 blocks of weights stay in the 32 registers.
const ROWS: usize = 6;
const PANELS: usize = 4;

/// Rows of the largest AVX2 tile: 8 sums in the 16 registers.
const ROWS_AVX2: usize = 4;

/// `a × b` into `output`.
///
/// # Safety
/// `output` must have room for `a.rows()` rows of `b.n` values; `a` must hold whole rows of `b.k` values.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn multiply_vnni(a: &Int8Rows, b: &Int8Matrix, output: Output) {
    let panels = b.n / PANEL;
    let mut panel = 0;
    while panel < panels {
        let wide = PANELS.min(panels - panel);
        let mut row = 0;
        while row < a.rows() {
            let high = ROWS.min(a.rows() - row);
            // SAFETY: the tile lies within the product; the rest is the caller's promise.
            unsafe {
                match wide {
                    1 => rows_vnni::<1>(a, b, output, row, high, panel),
                    2 => rows_vnni::<2>(a, b, output, row, high, panel),
                    3 => rows_vnni::<3>(a, b, output, row, high, panel),
                    _ => rows_vnni::<PANELS>(a, b, output, row, high, panel),
                }
            }
            row += high;
        }
        panel += wide;
    }
}

/// # Safety
/// As for [`tile_vnni`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
#[inline]
unsafe fn rows_vnni<const P: usize>(
    a: &Int8Rows,
    b: &Int8Matrix,
    output: Output,
    row: usize,
    high: usize,
    panel: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match high {
            1 => tile_vnni::<1, P>(a, b, output, row, panel),
            2 => tile_vnni::<2, P>(a, b, output, row, panel),
            3 => tile_vnni::<3, P>(a, b, output, row, panel),
            4 => tile_vnni::<4, P>(a, b, output, row, panel),
            5 => tile_vnni::<5, P>(a, b, output, row, panel),
            _ => tile_vnni::<ROWS, P>(a, b, output, row, panel),
        }
    }
}

/// Adds the products of `R` rows with `P` panels to `sums`.
///
/// # Safety
/// Each of `values` must point at `quads` times four bytes, and `blocks` at `P` panels of `quads` blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
// On its own, so that the sums live in registers: beside the code that stores them, LLVM keeps them in memory too and
// writes all of them at each step, which takes twice the time.
#[inline(never)]
unsafe fn accumulate_vnni<const R: usize, const P: usize>(
    sums: &mut [[__m512i; P]; R],
    values: [*const u8; R],
    blocks: *const Block,
    quads: usize,
) {
    let mut local = *sums;
    for quad in 0..quads {
        // SAFETY: `quad < quads`; the rest is the caller's promise.
        unsafe {
            let mut weights = [_mm512_setzero_si512(); P];
            for (p, weight) in weights.iter_mut().enumerate() {
                let block = blocks.add(p * quads + quad);
                *weight = _mm512_load_si512(block.cast());
                // The panels that come next are as far ahead as these are long. One or two rows wait for the way from
                // memory anyway, and asking costs them more than it brings.
                if R > 2 {
                    _mm_prefetch::<_MM_HINT_T1>(block.wrapping_add(P * quads).cast());
                }
            }
            for (sum, value) in local.iter_mut().zip(values) {
                let value = value.add(quad * QUAD).cast::<i32>().read_unaligned();
                let value = _mm512_set1_epi32(value);
                for (sum, &weight) in sum.iter_mut().zip(&weights) {
                    *sum = _mm512_dpbusd_epi32(*sum, value, weight);
                }
            }
        }
    }
    *sums = local;
}

/// `R` rows times `P` panels.
///
/// # Safety
/// `row + R` rows and `panel + P` panels must exist, and `output` have room for them.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
// All 24 tiles in one function once made LLVM spill vectors to a stack that it hadn't aligned for them.
#[inline(never)]
unsafe fn tile_vnni<const R: usize, const P: usize>(
    a: &Int8Rows,
    b: &Int8Matrix,
    output: Output,
    row: usize,
    panel: usize,
) {
    let quads = b.k / QUAD;
    // SAFETY: all reads stay within rows `row .. row + R` of `a`, within panels `panel .. panel + P` of `b` and their
    // columns, and all writes within the same rows and columns of `output`, which the caller promises to exist.
    unsafe {
        let mut sums = [[_mm512_setzero_si512(); P]; R];
        let mut values = [a.values.as_ptr(); R];
        for (r, value) in values.iter_mut().enumerate() {
            *value = a.values.as_ptr().add((row + r) * b.k);
        }
        let blocks = b.blocks.as_ptr().add(panel * quads);
        let offset = _mm512_set1_epi32(b.shift() - i32::from(OFFSET));
        for p in 0..P {
            let column_sums = b.columns.sums.as_ptr().add((panel + p) * PANEL);
            let start = _mm512_mullo_epi32(offset, _mm512_loadu_si512(column_sums.cast()));
            for sum in &mut sums {
                sum[p] = start;
            }
            // Hardly any of the pairs that can saturate does: what is rare is written to its lane, and nothing else.
            for &(lane, pair) in b.hot(panel + p) {
                for (r, sum) in sums.iter_mut().enumerate() {
                    let excess = pair.excess(&a.values[(row + r) * b.k..][..b.k]);
                    if excess != 0 {
                        let sum = (&raw mut sum[p]).cast::<i32>().add(lane);
                        *sum = (*sum).wrapping_sub(excess);
                    }
                }
            }
        }
        accumulate_vnni(&mut sums, values, blocks, quads);
        for (r, sum) in sums.iter().enumerate() {
            let own = _mm512_set1_ps(a.scales[row + r]);
            for (p, &sum) in sum.iter().enumerate() {
                let column = (panel + p) * PANEL;
                let scale = _mm512_loadu_ps(b.columns.scales.as_ptr().add(column));
                let scale = _mm512_mul_ps(own, scale);
                let bias = _mm512_loadu_ps(b.columns.bias.as_ptr().add(column));
                let float = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale), bias);
                let at = (row + r) * output.stride + column;
                match output.to {
                    To::Floats(out) => _mm512_storeu_ps(out.add(at), float),
                    To::Quantized(out, multiplier) => {
                        let float = _mm512_max_ps(float, _mm512_setzero_ps());
                        let float = _mm512_mul_ps(float, _mm512_set1_ps(multiplier));
                        let whole = _mm512_cvtps_epi32(_mm512_min_ps(float, _mm512_set1_ps(127.0)));
                        let whole = _mm512_add_epi32(whole, _mm512_set1_epi32(OFFSET.into()));
                        _mm_storeu_si128(out.add(at).cast(), _mm512_cvtepi32_epi8(whole));
                    }
                }
            }
        }
    }
}

/// `a × b` into `output`.
///
/// # Safety
/// As for [`multiply_vnni`].
#[target_feature(enable = "avx2")]
pub(super) unsafe fn multiply_avx2(a: &Int8Rows, b: &Int8Matrix, output: Output) {
    for panel in 0..b.n / PANEL {
        let mut row = 0;
        while row < a.rows() {
            let high = ROWS_AVX2.min(a.rows() - row);
            // SAFETY: the tile lies within the product; the rest is the caller's promise.
            unsafe {
                match high {
                    1 => tile_avx2::<1>(a, b, output, row, panel),
                    2 => tile_avx2::<2>(a, b, output, row, panel),
                    3 => tile_avx2::<3>(a, b, output, row, panel),
                    _ => tile_avx2::<ROWS_AVX2>(a, b, output, row, panel),
                }
            }
            row += high;
        }
    }
}

/// `R` rows times one panel.
///
/// # Safety
/// As for [`tile_vnni`].
#[target_feature(enable = "avx2")]
#[inline(never)]
unsafe fn tile_avx2<const R: usize>(
    a: &Int8Rows,
    b: &Int8Matrix,
    output: Output,
    row: usize,
    panel: usize,
) {
    let quads = b.k / QUAD;
    let ones = _mm256_set1_epi16(1);
    let offset = _mm256_set1_epi8(OFFSET as i8);
    // SAFETY: as in `tile_vnni`.
    unsafe {
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        for (r, sum) in sums.iter_mut().enumerate() {
            let starts = b.starts(panel, &a.values[(row + r) * b.k..][..b.k]);
            let starts: *const __m256i = starts.as_ptr().cast();
            *sum = [
                _mm256_loadu_si256(starts),
                _mm256_loadu_si256(starts.add(1)),
            ];
        }
        let blocks: *const Block = b.blocks.as_ptr().add(panel * quads);
        for quad in 0..quads {
            let weights: *const __m256i = blocks.add(quad).cast();
            let weights = [
                _mm256_load_si256(weights),
                _mm256_load_si256(weights.add(1)),
            ];
            for (r, sum) in sums.iter_mut().enumerate() {
                let value = a.values.as_ptr().add((row + r) * b.k + quad * QUAD);
                let value = _mm256_set1_epi32(value.cast::<i32>().read_unaligned());
                let value = _mm256_xor_si256(value, offset);
                // |a| times b with a's sign: pairs of products stay within 16 bits, as |a|, |b| <= 127.
                let size = _mm256_abs_epi8(value);
                for (sum, weight) in sum.iter_mut().zip(weights) {
                    let pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(weight, value));
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, ones));
                }
            }
        }
        for (r, sum) in sums.iter().enumerate() {
            let own = _mm256_set1_ps(a.scales[row + r]);
            for (half, &sum) in sum.iter().enumerate() {
                let column = panel * PANEL + half * 8;
                let scale = _mm256_loadu_ps(b.columns.scales.as_ptr().add(column));
                let scale = _mm256_mul_ps(own, scale);
                let bias = _mm256_loadu_ps(b.columns.bias.as_ptr().add(column));
                let float = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale), bias);
                let at = (row + r) * output.stride + column;
                match output.to {
                    To::Floats(out) => _mm256_storeu_ps(out.add(at), float),
                    To::Quantized(out, multiplier) => {
                        let float = _mm256_max_ps(float, _mm256_setzero_ps());
                        let float = _mm256_mul_ps(float, _mm256_set1_ps(multiplier));
                        let whole = _mm256_cvtps_epi32(_mm256_min_ps(float, _mm256_set1_ps(127.0)));
                        let whole = _mm256_add_epi32(whole, _mm256_set1_epi32(OFFSET.into()));
                        let low = _mm256_castsi256_si128(whole);
                        let high = _mm256_extracti128_si256(whole, 1);
                        let words = _mm_packus_epi32(low, high);
                        let bytes = _mm_packus_epi16(words, words);
                        _mm_storel_epi64(out.add(at).cast(), bytes);
                    }
                }
            }
        }
    }
}

/// Values that one step of [`dots_vnni`] takes from a row.
const STEP: usize = 64;

/// Sums of products of `a`, offset by 128, with 16 rows of as many values.
///
/// # Safety
/// Each of `rows` must point at `a.len()` values.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn dots_vnni(a: &[u8], rows: &[*const i8; PANEL], sums: &mut [i32; PANEL]) {
    let whole = a.len() / STEP * STEP;
    let offset = _mm512_set1_epi8(OFFSET as i8);
    // Here the weights are made unsigned and the activations signed, so that what the weights' offset adds, 128 times
    // the sum of the activations, is one number for all rows.
    let mut surplus = _mm512_setzero_si512();
    let mut parts = [_mm512_setzero_si512(); PANEL];
    // SAFETY: `at + STEP <= whole <= a.len()`, which is also the length of each row.
    unsafe {
        for at in (0..whole).step_by(STEP) {
            let values = _mm512_xor_si512(_mm512_loadu_si512(a.as_ptr().add(at).cast()), offset);
            surplus = _mm512_dpbusd_epi32(surplus, offset, values);
            for (part, row) in parts.iter_mut().zip(rows) {
                let weights = _mm512_xor_si512(_mm512_loadu_si512(row.add(at).cast()), offset);
                *part = _mm512_dpbusd_epi32(*part, weights, values);
            }
        }
    }
    let total = _mm512_sub_epi32(
        sum_each(parts),
        _mm512_set1_epi32(_mm512_reduce_add_epi32(surplus)),
    );
    // SAFETY: `sums` is 64 bytes.
    unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), total) };
    if whole < a.len() {
        for (sum, &row) in sums.iter_mut().zip(rows) {
            // SAFETY: each row has `a.len()` values.
            let row = unsafe { std::slice::from_raw_parts(row, a.len()) };
            *sum += scalar::dot(&a[whole..], &row[whole..]);
        }
    }
}

/// Brings what `line` begins with into the caches.
#[inline]
pub(super) fn prefetch(line: &[i8]) {
    // SAFETY: a hint that reads nothing; SSE is part of the base architecture.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr()) }
}

/// The sum of each register's lanes, in order.
#[target_feature(enable = "avx512f")]
#[inline]
fn sum_each(parts: [__m512i; PANEL]) -> __m512i {
    // Pairs, then fours, within each 128-bit quarter; then across the quarters.
    let pair = |a, b| _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let four = |a, b, c, d| {
        let (ab, cd) = (pair(a, b), pair(c, d));
        _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd))
    };
    let quarters = |a, b| {
        _mm512_add_epi32(
            _mm512_shuffle_i32x4::<0x88>(a, b),
            _mm512_shuffle_i32x4::<0xDD>(a, b),
        )
    };
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = parts;
    quarters(
        quarters(four(a, b, c, d), four(e, f, g, h)),
        quarters(four(i, j, k, l), four(m, n, o, p)),
    )
}

/// The sum of products of `a`, offset by 128, with as many values of `b`.
#[target_feature(enable = "avx2")]
pub(super) fn dot_avx2(a: &[u8], b: &[i8]) -> i32 {
    const HALF: usize = 16;
    let offset = _mm256_set1_epi16(OFFSET.into());
    let mut sums = _mm256_setzero_si256();
    let (a_rest, b_rest) = (a.chunks_exact(HALF), b.chunks_exact(HALF));
    let rest = scalar::dot(a_rest.remainder(), b_rest.remainder());
    for (a, b) in a_rest.zip(b_rest) {
        // SAFETY: both chunks are 16 bytes.
        let (a, b) = unsafe {
            (
                _mm_loadu_si128(a.as_ptr().cast()),
                _mm_loadu_si128(b.as_ptr().cast()),
            )
        };
        let a = _mm256_sub_epi16(_mm256_cvtepu8_epi16(a), offset);
        let pairs = _mm256_madd_epi16(a, _mm256_cvtepi8_epi16(b));
        sums = _mm256_add_epi32(sums, pairs);
    }
    let sums = _mm_add_epi32(
        _mm256_castsi256_si128(sums),
        _mm256_extracti128_si256(sums, 1),
    );
    let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b01_00_11_10>(sums));
    let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_00_01>(sums));
    _mm_cvtsi128_si32(sums) + rest
}
