//! Which vector instructions this processor has, found out once at run time, and the way from there to a kernel.
//!
//! Two kinds of kernels ask: those written once against [`Simd`](super::simd::Simd), where a multiply-add is fused
//! ([`Isa::run`]), and those of the students ([`super::int8`], [`super::rows`]), which match the levels themselves, since
//! their bits are those of a reference that fuses nothing.

use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use super::simd::{Avx2, Avx512};
use super::simd::{Kernel, Scalar};

/// A level of vector instructions that this processor is known to have: the proof that kernels for it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isa {
    /// Whatever the compiler makes of plain loops.
    Scalar,
    /// AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// AVX-512 with VNNI.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// NEON, which every 64-bit ARM has: kernels of the students' own. For the others it is what the compiler makes of
    /// plain loops, which may use it as well.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl std::fmt::Display for Isa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Isa::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => "AVX-512 VNNI",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => "NEON",
        })
    }
}

impl Isa {
    /// The levels that this processor has, the best first; [`Isa::Scalar`] is always the last.
    pub fn available() -> Vec<Isa> {
        let mut levels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(Avx512::new().map(Isa::Avx512));
            levels.extend(Avx2::new().map(Isa::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        levels.push(Isa::Neon);
        levels.push(Isa::Scalar);
        levels
    }

    /// The best level of this processor.
    pub fn best() -> Isa {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }

    /// Runs a kernel compiled for this level.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Scalar => kernel.run(Scalar),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(token) => token.run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(token) => token.run(kernel),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => kernel.run(Scalar),
        }
    }
}
