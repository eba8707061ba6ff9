//! Which vector instructions this processor has, found out at run time.

/// A set of vector instructions that this processor is known to have: the proof that kernels for it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Isa(pub(super) Level);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Isa {
    /// All that this processor has, best first; plain Rust comes last.
    pub fn supported() -> Vec<Self> {
        let mut levels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                levels.push(Self(Level::Avx512Vnni));
            }
            if is_x86_feature_detected!("avx2") {
                levels.push(Self(Level::Avx2));
            }
        }
        // NEON is part of the base architecture.
        #[cfg(target_arch = "aarch64")]
        levels.push(Self(Level::Neon));
        levels.push(Self(Level::Scalar));
        levels
    }

    /// The best that this processor has.
    pub fn detect() -> Self {
        Self::supported()[0]
    }
}
