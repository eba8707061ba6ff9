//! The levels of 64-bit ARM. The fields of the tokens are private: only a check of the CPU makes one.

use std::arch::aarch64::*;
use std::arch::asm;

use half::f16;

use super::{Kernel, LANES, Simd};

/// Proof that the CPU has NEON, with the instructions for dot products of bytes if `DOTPROD`. A vector of sixteen lanes
/// is four registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neon<const DOTPROD: bool>(());

impl Neon<false> {
    /// A token, if the CPU has the level, as every 64-bit ARM that runs an ordinary system does.
    pub fn new() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }

    /// Runs a kernel compiled for this level.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "neon")]
        fn inner<K: Kernel>(token: Neon<false>, kernel: K) -> K::Output {
            kernel.run(token)
        }
        // SAFETY: the token proves that the CPU has these features.
        unsafe { inner(self, kernel) }
    }
}

impl Neon<true> {
    /// A token, if the CPU has the level.
    pub fn new() -> Option<Self> {
        let has =
            Neon::<false>::new().is_some() && std::arch::is_aarch64_feature_detected!("dotprod");
        has.then_some(Self(()))
    }

    /// Runs a kernel compiled for this level.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "neon,dotprod")]
        fn inner<K: Kernel>(token: Neon<true>, kernel: K) -> K::Output {
            kernel.run(token)
        }
        // SAFETY: the token proves that the CPU has these features.
        unsafe { inner(self, kernel) }
    }
}

/// The intrinsics below need CPU features that the compiler can't see here; loads and stores go through references to
/// arrays of the right size.
macro_rules! with_token {
    ($e:expr) => {
        // SAFETY: `self` proves that the CPU has the features; pointers come from references of the full width.
        unsafe { $e }
    };
}

/// The same operation on all registers of a vector. Spelled out, since a closure, such as `map` takes, may be compiled
/// without the instructions of the level.
macro_rules! each {
    ($op:ident($($v:ident),+)) => {
        with_token!([
            $op($($v[0]),+),
            $op($($v[1]),+),
            $op($($v[2]),+),
            $op($($v[3]),+),
        ])
    };
}

impl<const DOTPROD: bool> Simd for Neon<DOTPROD> {
    type F = [float32x4_t; 4];
    type I = [int32x4_t; 4];
    type B = [uint8x16_t; 4];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::F {
        with_token!([vdupq_n_f32(x); 4])
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::F {
        let p = from.as_ptr();
        with_token!([
            vld1q_f32(p),
            vld1q_f32(p.add(4)),
            vld1q_f32(p.add(8)),
            vld1q_f32(p.add(12))
        ])
    }
    #[inline(always)]
    fn store(self, v: Self::F, to: &mut [f32; LANES]) {
        let p = to.as_mut_ptr();
        with_token!({
            vst1q_f32(p, v[0]);
            vst1q_f32(p.add(4), v[1]);
            vst1q_f32(p.add(8), v[2]);
            vst1q_f32(p.add(12), v[3]);
        })
    }
    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> Self::F {
        with_token!(widen(from.as_ptr().cast()))
    }
    #[inline(always)]
    fn load_f16_bytes(self, from: &[u8; 2 * LANES]) -> Self::F {
        with_token!(widen(from.as_ptr()))
    }
    #[inline(always)]
    fn store_f16(self, v: Self::F, to: &mut [f16; LANES]) {
        let p: *mut u16 = to.as_mut_ptr().cast();
        with_token!({
            vst1q_u16(p, narrow(v[0], v[1]));
            vst1q_u16(p.add(8), narrow(v[2], v[3]));
        })
    }
    #[inline(always)]
    fn load_u8(self, from: &[u8; LANES]) -> Self::F {
        with_token!({
            let bytes = vld1q_u8(from.as_ptr());
            let (low, high) = (vmovl_u8(vget_low_u8(bytes)), vmovl_high_u8(bytes));
            [
                vcvtq_f32_u32(vmovl_u16(vget_low_u16(low))),
                vcvtq_f32_u32(vmovl_high_u16(low)),
                vcvtq_f32_u32(vmovl_u16(vget_low_u16(high))),
                vcvtq_f32_u32(vmovl_high_u16(high)),
            ]
        })
    }
    #[inline(always)]
    fn load_i8(self, from: &[i8; LANES]) -> Self::F {
        with_token!({
            let bytes = vld1q_s8(from.as_ptr());
            let (low, high) = (vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes));
            [
                vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))),
                vcvtq_f32_s32(vmovl_high_s16(low)),
                vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))),
                vcvtq_f32_s32(vmovl_high_s16(high)),
            ]
        })
    }
    #[inline(always)]
    fn store_i8(self, v: Self::F, to: &mut [i8; LANES]) {
        let [a, b, c, d] = each!(vcvtq_s32_f32(v));
        with_token!({
            let low = vqmovn_high_s32(vqmovn_s32(a), b);
            let high = vqmovn_high_s32(vqmovn_s32(c), d);
            vst1q_s8(to.as_mut_ptr(), vqmovn_high_s16(vqmovn_s16(low), high));
        })
    }
    #[inline(always)]
    fn add(self, a: Self::F, b: Self::F) -> Self::F {
        each!(vaddq_f32(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Self::F, b: Self::F) -> Self::F {
        each!(vsubq_f32(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Self::F, b: Self::F) -> Self::F {
        each!(vmulq_f32(a, b))
    }
    #[inline(always)]
    fn div(self, a: Self::F, b: Self::F) -> Self::F {
        each!(vdivq_f32(a, b))
    }
    #[inline(always)]
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        each!(vfmaq_f32(c, a, b))
    }
    #[inline(always)]
    fn max(self, a: Self::F, b: Self::F) -> Self::F {
        each!(larger(a, b))
    }
    #[inline(always)]
    fn min(self, a: Self::F, b: Self::F) -> Self::F {
        each!(smaller(a, b))
    }
    #[inline(always)]
    fn round(self, v: Self::F) -> Self::F {
        each!(vrndnq_f32(v))
    }
    #[inline(always)]
    fn exp2_int(self, n: Self::F) -> Self::F {
        each!(exp2_int(n))
    }
    #[inline(always)]
    fn sum(self, v: Self::F) -> f32 {
        with_token!({
            let four = vaddq_f32(vaddq_f32(v[0], v[2]), vaddq_f32(v[1], v[3]));
            let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
            vget_lane_f32::<0>(two) + vget_lane_f32::<1>(two)
        })
    }
    #[inline(always)]
    fn max_lane(self, v: Self::F) -> f32 {
        with_token!({
            let four = larger(larger(v[0], v[2]), larger(v[1], v[3]));
            let two = larger(four, vextq_f32::<2>(four, four));
            vgetq_lane_f32::<0>(larger(two, vextq_f32::<1>(two, two)))
        })
    }
    #[inline(always)]
    fn zero_i32(self) -> Self::I {
        with_token!([vdupq_n_s32(0); 4])
    }
    #[inline(always)]
    fn to_f32(self, v: Self::I) -> Self::F {
        each!(vcvtq_f32_s32(v))
    }
    #[inline(always)]
    fn load_bytes(self, from: &[u8; 64]) -> Self::B {
        let p = from.as_ptr();
        with_token!([
            vld1q_u8(p),
            vld1q_u8(p.add(16)),
            vld1q_u8(p.add(32)),
            vld1q_u8(p.add(48))
        ])
    }
    #[inline(always)]
    fn store_bytes(self, v: Self::B, to: &mut [u8; 64]) {
        let p = to.as_mut_ptr();
        with_token!({
            vst1q_u8(p, v[0]);
            vst1q_u8(p.add(16), v[1]);
            vst1q_u8(p.add(32), v[2]);
            vst1q_u8(p.add(48), v[3]);
        })
    }
    #[inline(always)]
    fn bits(self, v: Self::B, shift: u32, mask: u8) -> Self::B {
        with_token!({
            // A shift to the left by less than nothing.
            let (shift, mask) = (vdupq_n_s8(-(shift as i8)), vdupq_n_u8(mask));
            [
                vandq_u8(vshlq_u8(v[0], shift), mask),
                vandq_u8(vshlq_u8(v[1], shift), mask),
                vandq_u8(vshlq_u8(v[2], shift), mask),
                vandq_u8(vshlq_u8(v[3], shift), mask),
            ]
        })
    }
    #[inline(always)]
    fn or_high(self, a: Self::B, b: Self::B) -> Self::B {
        with_token!([
            vorrq_u8(a[0], vshlq_n_u8::<4>(b[0])),
            vorrq_u8(a[1], vshlq_n_u8::<4>(b[1])),
            vorrq_u8(a[2], vshlq_n_u8::<4>(b[2])),
            vorrq_u8(a[3], vshlq_n_u8::<4>(b[3])),
        ])
    }
    #[inline(always)]
    fn flip_top(self, v: Self::B) -> Self::B {
        each!(flip_top(v))
    }
    #[inline(always)]
    fn dot<const WIDE: bool>(self, mut acc: Self::I, w: Self::B, x: [i8; 4]) -> Self::I {
        let x = i32::from_ne_bytes(x.map(|x| x as u8));
        // Both operands are signed: what is taken off wide bytes of `w` here is added to the sum below.
        let w = if WIDE { self.flip_top(w) } else { w };
        with_token!({
            let x = vreinterpretq_s8_s32(vdupq_n_s32(x));
            if WIDE {
                let sum = vshlq_n_s32::<7>(vpaddlq_s16(vpaddlq_s8(x)));
                acc = [
                    vaddq_s32(acc[0], sum),
                    vaddq_s32(acc[1], sum),
                    vaddq_s32(acc[2], sum),
                    vaddq_s32(acc[3], sum),
                ];
            }
            [
                dot128::<DOTPROD>(acc[0], vreinterpretq_s8_u8(w[0]), x),
                dot128::<DOTPROD>(acc[1], vreinterpretq_s8_u8(w[1]), x),
                dot128::<DOTPROD>(acc[2], vreinterpretq_s8_u8(w[2]), x),
                dot128::<DOTPROD>(acc[3], vreinterpretq_s8_u8(w[3]), x),
            ]
        })
    }
    #[inline(always)]
    fn prefetch(self, line: &[u8; 64]) {
        with_token!(asm!(
            "prfm pldl1keep, [{line}]",
            line = in(reg) line.as_ptr(),
            options(nostack, preserves_flags, readonly)
        ))
    }
}

/// Lane by lane `a` where it is larger, else `b`: the processor's own maximum treats what isn't a number otherwise.
#[inline(always)]
unsafe fn larger(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: the caller has NEON.
    unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
}

/// As [`larger`], for the smaller.
#[inline(always)]
unsafe fn smaller(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    // SAFETY: the caller has NEON.
    unsafe { vbslq_f32(vcltq_f32(a, b), a, b) }
}

#[inline(always)]
unsafe fn exp2_int(n: float32x4_t) -> float32x4_t {
    // SAFETY: the caller has NEON.
    unsafe {
        let biased = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
        vreinterpretq_f32_s32(vshlq_n_s32::<23>(biased))
    }
}

#[inline(always)]
unsafe fn flip_top(v: uint8x16_t) -> uint8x16_t {
    // SAFETY: the caller has NEON.
    unsafe { veorq_u8(v, vdupq_n_u8(128)) }
}

/// Sixteen half-precision values at `from` as floats. Every 64-bit ARM has the instruction; its intrinsic asks for a type
/// that the oldest compiler we build with doesn't have.
#[inline(always)]
unsafe fn widen(from: *const u8) -> [float32x4_t; 4] {
    // SAFETY: the caller has NEON, and 32 bytes at `from`.
    unsafe {
        let halves = [vld1q_u8(from), vld1q_u8(from.add(16))];
        let mut out = [vdupq_n_f32(0.0); 4];
        for (half, out) in halves.iter().zip(out.as_chunks_mut::<2>().0) {
            asm!(
                "fcvtl {low:v}.4s, {half:v}.4h",
                "fcvtl2 {high:v}.4s, {half:v}.8h",
                low = out(vreg) out[0],
                high = lateout(vreg) out[1],
                half = in(vreg) *half,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        out
    }
}

/// Eight floats rounded to half precision, ties to even.
#[inline(always)]
unsafe fn narrow(low: float32x4_t, high: float32x4_t) -> uint16x8_t {
    // SAFETY: the caller has NEON.
    unsafe {
        let halves: uint16x8_t;
        asm!(
            "fcvtn {halves:v}.4h, {low:v}.4s",
            "fcvtn2 {halves:v}.8h, {high:v}.4s",
            halves = out(vreg) halves,
            low = in(vreg) low,
            high = in(vreg) high,
            options(pure, nomem, nostack, preserves_flags)
        );
        halves
    }
}

/// Adds to each lane the dot product of four signed bytes of `w` and `x`. Without `DOTPROD` two products meet in 16 bits,
/// which they stay within, as no byte of `x` is −128.
#[inline(always)]
pub(in crate::nn) unsafe fn dot128<const DOTPROD: bool>(
    mut acc: int32x4_t,
    w: int8x16_t,
    x: int8x16_t,
) -> int32x4_t {
    // SAFETY: the caller has NEON, and dotprod if `DOTPROD`.
    unsafe {
        if DOTPROD {
            // The intrinsic isn't stable yet.
            asm!(
                "sdot {acc:v}.4s, {w:v}.16b, {x:v}.16b",
                acc = inout(vreg) acc,
                w = in(vreg) w,
                x = in(vreg) x,
                options(pure, nomem, nostack, preserves_flags)
            );
            return acc;
        }
        let low = vmull_s8(vget_low_s8(w), vget_low_s8(x));
        vpadalq_s16(acc, vpaddq_s16(low, vmull_high_s8(w, x)))
    }
}
