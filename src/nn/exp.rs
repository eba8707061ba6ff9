//! The exponential function, for each of the two ways in which kernels do their arithmetic: fused, in vectors of a
//! [`Simd`] level; and unfused, in the order of the reference whose bits the students have, quick for gates and exact for
//! attention.

use super::simd::Simd;

/// e^x of each lane, relative error below 2e-7 for −87..=88; outside, the result for the nearer limit. Multiply-adds are
/// fused, so that every level gives the same bits.
#[inline(always)]
pub fn fused<S: Simd>(s: S, x: S::F) -> S::F {
    let x = s.min(s.max(x, s.splat(-87.0)), s.splat(88.0));
    let n = s.round(s.mul(x, s.splat(std::f32::consts::LOG2_E)));
    // ln 2 in two parts (Cody and Waite), so that the remainder keeps its bits.
    let r = s.fma(n, s.splat(-0.693_145_75), x);
    let r = s.fma(n, s.splat(-1.428_606_8e-6), r);
    let mut p = s.splat(1.0 / 5040.0);
    for c in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        p = s.fma(p, r, s.splat(c));
    }
    s.mul(p, s.exp2_int(n))
}

/// 1.5 × 2^23: adding it to a small float leaves the float, rounded to the nearest even integer, in the low bits.
pub(super) const ROUNDER: f32 = 12_582_912.0;

/// e^x to within two units in the last place: Cody–Waite reduction and the polynomial of Cephes' `expf`, in the order
/// of operations of sse_mathfun's `exp_ps`, with which Marian computes its gates; nothing is fused.
#[inline(always)]
pub fn unfused(x: f32) -> f32 {
    let x = x.clamp(-87.3, 88.376_26);
    let t = x * std::f32::consts::LOG2_E + 0.5;
    let rounded = (t + ROUNDER) - ROUNDER;
    let whole = if rounded > t { rounded - 1.0 } else { rounded };
    let power = ((whole + ROUNDER).to_bits() as i32).wrapping_sub(ROUNDER.to_bits() as i32);
    let r = x - whole * 0.693_359_4 - whole * -2.121_944_4e-4;
    let p = 1.987_569_2e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    (p * (r * r) + r + 1.0) * f32::from_bits(((power + 127) << 23) as u32)
}

/// e^x of a number that isn't positive, rounded correctly but for one case in a million; 0 below −87.
#[inline(always)]
pub fn exact(x: f32) -> f32 {
    // 1.5 × 2^52, as `ROUNDER`.
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    let clamped = f64::from(x.max(-87.0));
    let shifted = clamped * std::f64::consts::LOG2_E + ROUNDER;
    let power = shifted.to_bits().wrapping_sub(ROUNDER.to_bits());
    let r = clamped - (shifted - ROUNDER) * std::f64::consts::LN_2;
    // Taylor's series: |r| is at most ln 2 / 2.
    let mut p = 1.0 / 3_628_800.0;
    for factor in [
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        p = p * r + factor;
    }
    let y = (p * f64::from_bits(power.wrapping_add(1023) << 52)) as f32;
    if x < -87.0 { 0.0 } else { y }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::isa::Isa;
    use crate::nn::simd::Kernel;

    #[test]
    fn exponentials_are_exact_to_a_few_units() {
        struct Fused([f32; 16]);
        impl Kernel for Fused {
            type Output = [f32; 16];
            #[inline(always)]
            fn run<S: Simd>(self, s: S) -> [f32; 16] {
                let mut out = [0.0; 16];
                s.store(fused(s, s.load(&self.0)), &mut out);
                out
            }
        }
        for i in -8600..8800 {
            let x = i as f32 * 0.01;
            let wanted = f64::from(x).exp();
            let error = |found: f32| (f64::from(found) - wanted).abs() / wanted;
            assert!(error(unfused(x)) < 2.4e-7, "{x}");
            assert!(error(Isa::best().run(Fused([x; 16]))[0]) < 3e-7, "{x}");
            if x <= 0.0 {
                assert_eq!(exact(x), wanted as f32, "{x}");
            }
        }
        assert_eq!(exact(f32::NEG_INFINITY), 0.0);
        assert!(unfused(-1e30) < 1.3e-38 && unfused(1e30).is_finite());
    }
}
