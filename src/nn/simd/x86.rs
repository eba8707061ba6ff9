//! The levels of x86-64. The fields of the tokens are private: only a check of the CPU makes one.

use std::arch::x86_64::*;

use half::f16;

use super::{Kernel, LANES, Simd};

/// Proof that the CPU has AVX2, FMA and F16C. A vector of sixteen lanes is a pair of registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx2(());

/// Proof that the CPU has AVX-512 F, BW, DQ, VL and VNNI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avx512(());

impl Avx2 {
    /// A token, if the CPU has the level.
    pub fn new() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        has.then_some(Self(()))
    }

    /// Runs a kernel compiled for this level.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx2,fma,f16c")]
        fn inner<K: Kernel>(token: Avx2, kernel: K) -> K::Output {
            kernel.run(token)
        }
        // SAFETY: the token proves that the CPU has these features.
        unsafe { inner(self, kernel) }
    }
}

impl Avx512 {
    /// A token, if the CPU has the level.
    pub fn new() -> Option<Self> {
        let has = Avx2::new().is_some()
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        has.then_some(Self(()))
    }

    /// Runs a kernel compiled for this level.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
        fn inner<K: Kernel>(token: Avx512, kernel: K) -> K::Output {
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

impl Simd for Avx512 {
    type F = __m512;
    type I = __m512i;
    type B = __m512i;

    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        with_token!(_mm512_set1_ps(x))
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> __m512 {
        with_token!(_mm512_loadu_ps(from.as_ptr()))
    }
    #[inline(always)]
    fn store(self, v: __m512, to: &mut [f32; LANES]) {
        with_token!(_mm512_storeu_ps(to.as_mut_ptr(), v))
    }
    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> __m512 {
        with_token!(_mm512_cvtph_ps(_mm256_loadu_si256(from.as_ptr().cast())))
    }
    #[inline(always)]
    fn load_f16_bytes(self, from: &[u8; 2 * LANES]) -> __m512 {
        with_token!(_mm512_cvtph_ps(_mm256_loadu_si256(from.as_ptr().cast())))
    }
    #[inline(always)]
    fn store_f16(self, v: __m512, to: &mut [f16; LANES]) {
        with_token!(_mm256_storeu_si256(
            to.as_mut_ptr().cast(),
            _mm512_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v)
        ))
    }
    #[inline(always)]
    fn load_u8(self, from: &[u8; LANES]) -> __m512 {
        with_token!(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(
            from.as_ptr().cast()
        ))))
    }
    #[inline(always)]
    fn load_i8(self, from: &[i8; LANES]) -> __m512 {
        with_token!(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(
            from.as_ptr().cast()
        ))))
    }
    #[inline(always)]
    fn store_i8(self, v: __m512, to: &mut [i8; LANES]) {
        with_token!(_mm_storeu_si128(
            to.as_mut_ptr().cast(),
            _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(v))
        ))
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        with_token!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        with_token!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        with_token!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        with_token!(_mm512_div_ps(a, b))
    }
    #[inline(always)]
    fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        with_token!(_mm512_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        with_token!(_mm512_max_ps(a, b))
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        with_token!(_mm512_min_ps(a, b))
    }
    #[inline(always)]
    fn round(self, v: __m512) -> __m512 {
        with_token!(_mm512_roundscale_ps::<_MM_FROUND_TO_NEAREST_INT>(v))
    }
    #[inline(always)]
    fn exp2_int(self, n: __m512) -> __m512 {
        with_token!({
            let biased = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased))
        })
    }
    #[inline(always)]
    fn sum(self, v: __m512) -> f32 {
        with_token!(sum256(_mm256_add_ps(
            _mm512_castps512_ps256(v),
            _mm512_extractf32x8_ps::<1>(v)
        )))
    }
    #[inline(always)]
    fn max_lane(self, v: __m512) -> f32 {
        with_token!(max256(_mm256_max_ps(
            _mm512_castps512_ps256(v),
            _mm512_extractf32x8_ps::<1>(v)
        )))
    }
    #[inline(always)]
    fn zero_i32(self) -> __m512i {
        with_token!(_mm512_setzero_si512())
    }
    #[inline(always)]
    fn to_f32(self, v: __m512i) -> __m512 {
        with_token!(_mm512_cvtepi32_ps(v))
    }
    #[inline(always)]
    fn load_bytes(self, from: &[u8; 64]) -> __m512i {
        with_token!(_mm512_loadu_si512(from.as_ptr().cast()))
    }
    #[inline(always)]
    fn prefetch(self, line: &[u8; 64]) {
        with_token!(_mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()))
    }
    #[inline(always)]
    fn prefetch_far(self, line: &[u8; 64]) {
        with_token!(_mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()))
    }
    #[inline(always)]
    fn store_bytes(self, v: __m512i, to: &mut [u8; 64]) {
        with_token!(_mm512_storeu_si512(to.as_mut_ptr().cast(), v))
    }
    #[inline(always)]
    fn bits(self, v: __m512i, shift: u32, mask: u8) -> __m512i {
        // There are no shifts of bytes; what comes over from the neighbour is masked away.
        with_token!(_mm512_and_si512(
            _mm512_srl_epi16(v, _mm_cvtsi32_si128(shift as i32)),
            _mm512_set1_epi8(mask as i8)
        ))
    }
    #[inline(always)]
    fn or_high(self, a: __m512i, b: __m512i) -> __m512i {
        with_token!(_mm512_or_si512(a, _mm512_slli_epi16::<4>(b)))
    }
    #[inline(always)]
    fn flip_top(self, v: __m512i) -> __m512i {
        with_token!(_mm512_xor_si512(v, _mm512_set1_epi8(-128)))
    }
    #[inline(always)]
    fn dot<const WIDE: bool>(self, acc: __m512i, w: __m512i, x: [i8; 4]) -> __m512i {
        let x = i32::from_ne_bytes(x.map(|x| x as u8));
        with_token!(_mm512_dpbusd_epi32(acc, w, _mm512_set1_epi32(x)))
    }
}

/// Sums eight lanes, halves first.
#[inline(always)]
unsafe fn sum256(v: __m256) -> f32 {
    // SAFETY: the caller has AVX2.
    unsafe {
        let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
        let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
        _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps::<1>(v, v)))
    }
}

/// The largest of eight lanes.
#[inline(always)]
unsafe fn max256(v: __m256) -> f32 {
    // SAFETY: the caller has AVX2.
    unsafe {
        let v = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
        let v = _mm_max_ps(v, _mm_movehl_ps(v, v));
        _mm_cvtss_f32(_mm_max_ss(v, _mm_shuffle_ps::<1>(v, v)))
    }
}

/// The same operation on both registers of a pair.
macro_rules! pairwise {
    ($op:ident($($v:ident),+)) => {
        with_token!(($op($($v.0),+), $op($($v.1),+)))
    };
}

impl Simd for Avx2 {
    type F = (__m256, __m256);
    type I = (__m256i, __m256i);
    type B = (__m256i, __m256i);

    #[inline(always)]
    fn splat(self, x: f32) -> Self::F {
        with_token!((_mm256_set1_ps(x), _mm256_set1_ps(x)))
    }
    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::F {
        let p = from.as_ptr();
        with_token!((_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(8))))
    }
    #[inline(always)]
    fn store(self, v: Self::F, to: &mut [f32; LANES]) {
        let p = to.as_mut_ptr();
        with_token!({
            _mm256_storeu_ps(p, v.0);
            _mm256_storeu_ps(p.add(8), v.1);
        })
    }
    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> Self::F {
        let p = from.as_ptr();
        with_token!((
            _mm256_cvtph_ps(_mm_loadu_si128(p.cast())),
            _mm256_cvtph_ps(_mm_loadu_si128(p.add(8).cast()))
        ))
    }
    #[inline(always)]
    fn load_f16_bytes(self, from: &[u8; 2 * LANES]) -> Self::F {
        let p = from.as_ptr();
        with_token!((
            _mm256_cvtph_ps(_mm_loadu_si128(p.cast())),
            _mm256_cvtph_ps(_mm_loadu_si128(p.add(16).cast()))
        ))
    }
    #[inline(always)]
    fn store_f16(self, v: Self::F, to: &mut [f16; LANES]) {
        let p = to.as_mut_ptr();
        with_token!({
            let lo = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v.0);
            let hi = _mm256_cvtps_ph::<_MM_FROUND_TO_NEAREST_INT>(v.1);
            _mm_storeu_si128(p.cast(), lo);
            _mm_storeu_si128(p.add(8).cast(), hi);
        })
    }
    #[inline(always)]
    fn load_u8(self, from: &[u8; LANES]) -> Self::F {
        let p = from.as_ptr();
        with_token!((
            _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p.cast()))),
            _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(p.add(8).cast())))
        ))
    }
    #[inline(always)]
    fn load_i8(self, from: &[i8; LANES]) -> Self::F {
        let p = from.as_ptr();
        with_token!((
            _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(p.cast()))),
            _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(p.add(8).cast())))
        ))
    }
    #[inline(always)]
    fn store_i8(self, v: Self::F, to: &mut [i8; LANES]) {
        with_token!({
            let words = _mm256_packs_epi32(_mm256_cvtps_epi32(v.0), _mm256_cvtps_epi32(v.1));
            // The pack works within 128-bit lanes; put the quarters back in order.
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
            let bytes = _mm_packs_epi16(
                _mm256_castsi256_si128(words),
                _mm256_extracti128_si256::<1>(words),
            );
            _mm_storeu_si128(to.as_mut_ptr().cast(), bytes);
        })
    }
    #[inline(always)]
    fn add(self, a: Self::F, b: Self::F) -> Self::F {
        pairwise!(_mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: Self::F, b: Self::F) -> Self::F {
        pairwise!(_mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: Self::F, b: Self::F) -> Self::F {
        pairwise!(_mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: Self::F, b: Self::F) -> Self::F {
        pairwise!(_mm256_div_ps(a, b))
    }
    #[inline(always)]
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        pairwise!(_mm256_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn max(self, a: Self::F, b: Self::F) -> Self::F {
        pairwise!(_mm256_max_ps(a, b))
    }
    #[inline(always)]
    fn min(self, a: Self::F, b: Self::F) -> Self::F {
        pairwise!(_mm256_min_ps(a, b))
    }
    #[inline(always)]
    fn round(self, v: Self::F) -> Self::F {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        with_token!((
            _mm256_round_ps::<NEAREST>(v.0),
            _mm256_round_ps::<NEAREST>(v.1)
        ))
    }
    #[inline(always)]
    fn exp2_int(self, n: Self::F) -> Self::F {
        with_token!({
            let bias = _mm256_set1_epi32(127);
            let lo = _mm256_add_epi32(_mm256_cvtps_epi32(n.0), bias);
            let hi = _mm256_add_epi32(_mm256_cvtps_epi32(n.1), bias);
            (
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(lo)),
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(hi)),
            )
        })
    }
    #[inline(always)]
    fn sum(self, v: Self::F) -> f32 {
        with_token!(sum256(_mm256_add_ps(v.0, v.1)))
    }
    #[inline(always)]
    fn max_lane(self, v: Self::F) -> f32 {
        with_token!(max256(_mm256_max_ps(v.0, v.1)))
    }
    #[inline(always)]
    fn zero_i32(self) -> Self::I {
        with_token!((_mm256_setzero_si256(), _mm256_setzero_si256()))
    }
    #[inline(always)]
    fn to_f32(self, v: Self::I) -> Self::F {
        pairwise!(_mm256_cvtepi32_ps(v))
    }
    #[inline(always)]
    fn load_bytes(self, from: &[u8; 64]) -> Self::B {
        let p = from.as_ptr();
        with_token!((
            _mm256_loadu_si256(p.cast()),
            _mm256_loadu_si256(p.add(32).cast())
        ))
    }
    #[inline(always)]
    fn prefetch(self, line: &[u8; 64]) {
        with_token!(_mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()))
    }
    #[inline(always)]
    fn prefetch_far(self, line: &[u8; 64]) {
        with_token!(_mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()))
    }
    #[inline(always)]
    fn store_bytes(self, v: Self::B, to: &mut [u8; 64]) {
        let p = to.as_mut_ptr();
        with_token!({
            _mm256_storeu_si256(p.cast(), v.0);
            _mm256_storeu_si256(p.add(32).cast(), v.1);
        })
    }
    #[inline(always)]
    fn bits(self, v: Self::B, shift: u32, mask: u8) -> Self::B {
        with_token!({
            let (shift, mask) = (
                _mm_cvtsi32_si128(shift as i32),
                _mm256_set1_epi8(mask as i8),
            );
            (
                _mm256_and_si256(_mm256_srl_epi16(v.0, shift), mask),
                _mm256_and_si256(_mm256_srl_epi16(v.1, shift), mask),
            )
        })
    }
    #[inline(always)]
    fn or_high(self, a: Self::B, b: Self::B) -> Self::B {
        with_token!((
            _mm256_or_si256(a.0, _mm256_slli_epi16::<4>(b.0)),
            _mm256_or_si256(a.1, _mm256_slli_epi16::<4>(b.1)),
        ))
    }
    #[inline(always)]
    fn flip_top(self, v: Self::B) -> Self::B {
        with_token!({
            let top = _mm256_set1_epi8(-128);
            (_mm256_xor_si256(v.0, top), _mm256_xor_si256(v.1, top))
        })
    }
    #[inline(always)]
    fn dot<const WIDE: bool>(self, acc: Self::I, w: Self::B, x: [i8; 4]) -> Self::I {
        let x = i32::from_ne_bytes(x.map(|x| x as u8));
        with_token!({
            let x = _mm256_set1_epi32(x);
            (dot256::<WIDE>(acc.0, w.0, x), dot256::<WIDE>(acc.1, w.1, x))
        })
    }
}

/// As [`Simd::dot`], eight lanes. `maddubs` adds two products in 16 bits with saturation, which 127 × 127 × 2 stays
/// below; so the top bit of a wide byte takes a way of its own.
#[inline(always)]
unsafe fn dot256<const WIDE: bool>(acc: __m256i, w: __m256i, x: __m256i) -> __m256i {
    // SAFETY: the caller has AVX2.
    unsafe {
        let ones = _mm256_set1_epi16(1);
        if !WIDE {
            let pairs = _mm256_maddubs_epi16(w, x);
            return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, ones));
        }
        let low = _mm256_and_si256(w, _mm256_set1_epi8(127));
        let top = _mm256_and_si256(_mm256_srli_epi16::<7>(w), _mm256_set1_epi8(1));
        let low = _mm256_madd_epi16(_mm256_maddubs_epi16(low, x), ones);
        let top = _mm256_madd_epi16(_mm256_maddubs_epi16(top, x), _mm256_set1_epi16(128));
        _mm256_add_epi32(acc, _mm256_add_epi32(low, top))
    }
}
