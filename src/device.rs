//! Where the arithmetic runs: the choice of device and of the number of threads. All GPU `cfg`s live here.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use crate::error::{Error, ErrorKind, Result};

/// What the user asked for with `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU that this build has code for and can open, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA GPU with this ordinal.
    Cuda(usize),
    /// The first Metal GPU.
    Metal,
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "metal" => Ok(Self::Metal),
            _ => match text.strip_prefix("cuda:").map(str::parse) {
                Some(Ok(ordinal)) => Ok(Self::Cuda(ordinal)),
                _ => Err(
                    Error::new(ErrorKind::Usage, format!("unknown device \"{text}\""))
                        .with_hint("use auto, cpu, cuda, cuda:N or metal"),
                ),
            },
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

/// The GPUs that this build has code for, the first of each kind.
pub const GPUS: &[DeviceChoice] = &[
    #[cfg(feature = "cuda")]
    DeviceChoice::Cuda(0),
    #[cfg(feature = "metal")]
    DeviceChoice::Metal,
];

/// An open device, and how the choice fell on it.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The device.
    pub device: Device,
    /// Why it is none of the GPUs that this build has code for, where the choice was the program's.
    pub why_cpu: Option<String>,
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if a GPU was named that this build has no code for or that can't be opened.
    pub fn open(self) -> Result<Chosen> {
        let device = match self {
            Self::Auto => return Ok(first_of(GPUS)),
            Self::Cpu => Device::Cpu,
            Self::Cuda(ordinal) => cuda(ordinal)?,
            Self::Metal => metal()?,
        };
        Ok(Chosen {
            device,
            why_cpu: None,
        })
    }
}

/// The first of `gpus` that can be opened, else the CPU.
fn first_of(gpus: &[DeviceChoice]) -> Chosen {
    let mut failed = Vec::new();
    for gpu in gpus {
        match gpu.open() {
            Ok(chosen) => return chosen,
            Err(error) => failed.push(error.to_string()),
        }
    }
    Chosen {
        device: Device::Cpu,
        why_cpu: (!failed.is_empty()).then(|| failed.join("; ")),
    }
}

impl fmt::Display for Chosen {
    /// Such as `cuda:0`, or `cpu (CUDA device 0 can't be opened)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name(&self.device))?;
        match &self.why_cpu {
            Some(why) => write!(f, " ({why})"),
            None => Ok(()),
        }
    }
}

/// A short name for an open device, such as `cpu` or `cuda:0`.
pub fn name(device: &Device) -> String {
    match device.location() {
        candle_core::DeviceLocation::Cpu => "cpu".into(),
        candle_core::DeviceLocation::Cuda { gpu_id } => format!("cuda:{gpu_id}"),
        candle_core::DeviceLocation::Metal { .. } => "metal".into(),
    }
}

/// How many threads to use when the user doesn't say: the cores that this process may run on.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

/// The vector instructions of this CPU that matter to our kernels, by their usual names.
pub fn cpu_features() -> Vec<&'static str> {
    macro_rules! detect {
        ($detected:ident: $($name:tt)*) => {
            [$(($name, std::arch::$detected!($name))),*]
        };
    }
    #[cfg(target_arch = "x86_64")]
    let features = detect!(is_x86_feature_detected: "avx2" "fma" "f16c" "avxvnni" "avx512f" "avx512bw" "avx512vl"
        "avx512vnni" "avx512bf16");
    #[cfg(target_arch = "aarch64")]
    let features = detect!(is_aarch64_feature_detected: "neon" "fp16" "dotprod" "i8mm" "bf16");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let features: [(&str, bool); 0] = [];
    features
        .into_iter()
        .filter_map(|(name, present)| present.then_some(name))
        .collect()
}

#[cfg(feature = "cuda")]
fn cuda(ordinal: usize) -> Result<Device> {
    Device::new_cuda(ordinal).map_err(|source| {
        Error::new(
            ErrorKind::Usage,
            format!("CUDA device {ordinal} can't be opened"),
        )
        .with_source(source)
        .with_hint("check the driver with nvidia-smi, or use --device cpu")
    })
}

#[cfg(not(feature = "cuda"))]
fn cuda(_ordinal: usize) -> Result<Device> {
    Err(
        Error::new(ErrorKind::Usage, "this build has no CUDA support")
            .with_hint("build with `--features cuda`, or use --device cpu"),
    )
}

#[cfg(feature = "metal")]
fn metal() -> Result<Device> {
    Device::new_metal(0).map_err(|source| {
        Error::new(ErrorKind::Usage, "the Metal device can't be opened")
            .with_source(source)
            .with_hint("use --device cpu")
    })
}

#[cfg(not(feature = "metal"))]
fn metal() -> Result<Device> {
    Err(
        Error::new(ErrorKind::Usage, "this build has no Metal support")
            .with_hint("build with `--features metal` on a Mac, or use --device cpu"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_read_back_as_written() {
        for text in ["auto", "cpu", "cuda:1", "metal"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        assert_eq!(
            "cuda".parse::<DeviceChoice>().unwrap(),
            DeviceChoice::Cuda(0)
        );
        for bad in ["", "gpu", "cuda:", "cuda:x", "CPU"] {
            assert!(bad.parse::<DeviceChoice>().is_err(), "{bad}");
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    #[test]
    fn auto_is_the_cpu_and_a_named_gpu_is_refused() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu] {
            let chosen = choice.open().unwrap();
            assert!(chosen.device.is_cpu());
            assert_eq!(chosen.to_string(), "cpu");
        }
        for (choice, feature) in [
            (DeviceChoice::Cuda(1), "`--features cuda`"),
            (DeviceChoice::Metal, "`--features metal`"),
        ] {
            let error = choice.open().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(error.hint().unwrap().contains(feature), "{error}");
        }
        // What a build for GPUs does on a machine without one.
        let fallen = first_of(&[DeviceChoice::Cuda(0), DeviceChoice::Metal]);
        assert!(fallen.device.is_cpu());
        assert_eq!(
            fallen.to_string(),
            "cpu (this build has no CUDA support; this build has no Metal support)"
        );
    }
}
