//! Which vector instructions this processor has, found out once at run time, and the way from there to a kernel.
//!
//! Two kinds of kernels ask: those written once against [`Simd`](super::simd::Simd), where a multiply-add is fused
//! ([`Isa::run`]), and those of the students, whose bits are those of a reference that fuses nothing: plain loops
//! (`for_each_isa`) and products that match the levels themselves ([`super::int8`]).

use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use super::simd::Neon;
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
    /// NEON, as every 64-bit ARM has it.
    #[cfg(target_arch = "aarch64")]
    Neon(Neon<false>),
    /// NEON with dot products of bytes.
    #[cfg(target_arch = "aarch64")]
    NeonDot(Neon<true>),
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
            Isa::Neon(_) => "NEON",
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDot(_) => "NEON dotprod",
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
        {
            levels.extend(Neon::<true>::new().map(Isa::NeonDot));
            levels.extend(Neon::<false>::new().map(Isa::Neon));
        }
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
            Self::Neon(token) => token.run(kernel),
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot(token) => token.run(kernel),
        }
    }
}

/// Whether AMD made this processor: its caches want other habits of kernels that wait for memory.
pub fn is_amd() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        static IS_AMD: OnceLock<bool> = OnceLock::new();
        *IS_AMD.get_or_init(|| {
            let vendor = std::arch::x86_64::__cpuid(0);
            let name = [vendor.ebx, vendor.edx, vendor.ecx].map(u32::to_le_bytes);
            name.as_flattened() == b"AuthenticAMD"
        })
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Compiles one function for each instruction set and chooses among them by `isa`; nothing is fused.
macro_rules! for_each_isa {
    ($(#[$doc:meta])* pub fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$doc])*
        pub fn $name(isa: $crate::nn::isa::Isa, $($arg: $type),*) $(-> $result)? {
            #[inline(always)]
            fn portable($($arg: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512($($arg: $type),*) $(-> $result)? {
                    portable($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($arg: $type),*) $(-> $result)? {
                    portable($($arg),*)
                }
                match isa {
                    // SAFETY: an `Isa` of this level exists only where the processor has these instructions.
                    $crate::nn::isa::Isa::Avx512(_) => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::nn::isa::Isa::Avx2(_) => return unsafe { avx2($($arg),*) },
                    $crate::nn::isa::Isa::Scalar => {}
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = isa;
            portable($($arg),*)
        }
    };
}

pub(super) use for_each_isa;
