//! SIMD levels behind capability tokens. A kernel is written once against [`Simd`], sixteen 32-bit lanes at a time,
//! and compiled for each level; [`Isa::run`](super::isa::Isa::run) picks one at run time. All levels do the same operations in the same
//! order (a multiply-add is fused everywhere), so they agree bit for bit and [`Scalar`] is the twin that tests compare
//! with.

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

use half::f16;

#[cfg(target_arch = "aarch64")]
pub use neon::Neon;
#[cfg(target_arch = "aarch64")]
pub(in crate::nn) use neon::dot128;
pub use scalar::Scalar;
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

/// Lanes of a vector.
pub const LANES: usize = 16;

/// Operations on vectors of sixteen lanes. A value of the implementing type is proof that the CPU has the level.
pub trait Simd: Copy {
    /// Sixteen `f32`.
    type F: Copy;
    /// Sixteen `i32`.
    type I: Copy;
    /// Sixty-four bytes.
    type B: Copy;

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::F;
    /// Reads sixteen values.
    fn load(self, from: &[f32; LANES]) -> Self::F;
    /// Writes sixteen values.
    fn store(self, v: Self::F, to: &mut [f32; LANES]);
    /// Reads sixteen half-precision values.
    fn load_f16(self, from: &[f16; LANES]) -> Self::F;
    /// Reads sixteen half-precision values stored in little-endian order.
    fn load_f16_bytes(self, from: &[u8; 2 * LANES]) -> Self::F;
    /// Writes sixteen values rounded to half precision.
    fn store_f16(self, v: Self::F, to: &mut [f16; LANES]);
    /// Reads sixteen unsigned bytes.
    fn load_u8(self, from: &[u8; LANES]) -> Self::F;
    /// Reads sixteen signed bytes.
    fn load_i8(self, from: &[i8; LANES]) -> Self::F;
    /// Writes sixteen integral values in −128..=127 as bytes.
    fn store_i8(self, v: Self::F, to: &mut [i8; LANES]);
    /// `a + b`
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a − b`
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a × b`
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a ÷ b`
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a × b + c`, rounded once.
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The larger of `a` and `b`; `b` where either is NaN.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// The smaller of `a` and `b`; `b` where either is NaN.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// The nearest integers, ties to even.
    fn round(self, v: Self::F) -> Self::F;
    /// 2 to the power of integral `n` in −126..=127.
    fn exp2_int(self, n: Self::F) -> Self::F;
    /// The sum of the lanes: halves are added lane by lane until one is left.
    fn sum(self, v: Self::F) -> f32;
    /// The largest lane.
    fn max_lane(self, v: Self::F) -> f32;
    /// Zero in every lane.
    fn zero_i32(self) -> Self::I;
    /// Integers as floats.
    fn to_f32(self, v: Self::I) -> Self::F;
    /// Reads sixty-four bytes.
    fn load_bytes(self, from: &[u8; 64]) -> Self::B;
    /// Writes sixty-four bytes.
    fn store_bytes(self, v: Self::B, to: &mut [u8; 64]);
    /// The bits of each byte that `mask` has, after a shift to the right by `shift` < 8 that loses none of them.
    fn bits(self, v: Self::B, shift: u32, mask: u8) -> Self::B;
    /// `a | b << 4`, with bytes of `b` below 16.
    fn or_high(self, a: Self::B, b: Self::B) -> Self::B;
    /// Each byte with its top bit turned over.
    fn flip_top(self, v: Self::B) -> Self::B;
    /// Adds to lane `i` the dot product of bytes `4i..4i+4` of `w` (unsigned) with `x` (signed, never −128). Without
    /// `WIDE` the bytes of `w` must stay below 128.
    fn dot<const WIDE: bool>(self, acc: Self::I, w: Self::B, x: [i8; 4]) -> Self::I;

    /// Asks for a cache line ahead of its use.
    fn prefetch(self, line: &[u8; 64]);

    /// Asks for a cache line long ahead of its use, which the first-level cache has no room for yet.
    #[inline(always)]
    fn prefetch_far(self, line: &[u8; 64]) {
        self.prefetch(line);
    }

    /// The absolute values.
    #[inline(always)]
    fn abs(self, v: Self::F) -> Self::F {
        self.max(v, self.sub(self.splat(0.0), v))
    }
}

/// Work written once for every level.
pub trait Kernel {
    /// What the kernel returns.
    type Output;

    /// Does the work. Implementations, and what they call, are `#[inline(always)]`, so that they are compiled with
    /// the instructions of the level.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::exp::fused;
    use crate::nn::isa::Isa;

    /// Every operation on one set of inputs, as bits.
    struct Everything<'a>(&'a [f32; 16], &'a [f32; 16], &'a [u8; 64], [i8; 4]);

    impl Kernel for Everything<'_> {
        type Output = Vec<u32>;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Vec<u32> {
            let (a, b) = (s.load(self.0), s.load(self.1));
            let mut out = Vec::new();
            let mut narrow = *self.2;
            narrow.iter_mut().for_each(|x| *x &= 127);
            let dot = s.dot::<true>(s.zero_i32(), s.load_bytes(self.2), self.3);
            let dot = s.dot::<false>(dot, s.load_bytes(&narrow), self.3);
            let mut half = [f16::ZERO; 16];
            s.store_f16(a, &mut half);
            for v in [
                s.add(a, b),
                s.sub(a, b),
                s.mul(a, b),
                s.div(a, b),
                s.fma(a, b, a),
                s.max(a, b),
                s.min(a, b),
                s.round(a),
                s.abs(a),
                fused(s, a),
                s.exp2_int(s.round(a)),
                s.to_f32(dot),
                s.load_f16(&half),
                s.load_f16_bytes(
                    half.map(f16::to_le_bytes)
                        .as_flattened()
                        .try_into()
                        .unwrap(),
                ),
                s.load_u8(self.2.first_chunk().unwrap()),
                s.load_i8(&self.2.first_chunk::<16>().unwrap().map(|x| x as i8)),
                s.splat(s.sum(a)),
                s.splat(s.max_lane(a)),
            ] {
                let mut lanes = [0.0; 16];
                s.store(v, &mut lanes);
                out.extend(lanes.map(f32::to_bits));
            }
            let bytes = s.load_bytes(self.2);
            for v in [
                s.bits(bytes, 3, 31),
                s.or_high(s.bits(bytes, 0, 15), s.bits(bytes, 5, 7)),
                s.flip_top(bytes),
            ] {
                let mut bytes = [0; 64];
                s.store_bytes(v, &mut bytes);
                out.extend(bytes.map(u32::from));
            }
            let mut bytes = [0; 16];
            s.store_i8(s.round(a), &mut bytes);
            out.extend(bytes.map(|x| x as u32));
            out
        }
    }

    #[test]
    fn all_levels_agree_bit_for_bit() {
        let mut seed = 1u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed >> 8
        };
        for _ in 0..200 {
            let mut float = || (next() % 20_001) as f32 / 100.0 - 100.0;
            let (a, b) = ([0; 16].map(|_| float()), [0; 16].map(|_| float()));
            let w = [0; 64].map(|_| next() as u8);
            let x = [0; 4].map(|_| (next() % 255) as i32 - 127).map(|x| x as i8);
            let want = Isa::Scalar.run(Everything(&a, &b, &w, x));
            for isa in Isa::available() {
                assert_eq!(isa.run(Everything(&a, &b, &w, x)), want, "{isa:?}");
            }
        }
    }
}
