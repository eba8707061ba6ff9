//! Where the arithmetic runs: the choice of device and of the number of threads. All GPU `cfg`s live here.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use crate::error::{Error, ErrorKind, Result};

/// What the user asked for with `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first GPU that this build supports and can open, else the CPU.
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

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if a GPU was named that this build doesn't support or that can't be opened.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Auto => Ok([cuda(0), metal()]
                .into_iter()
                .find_map(Result::ok)
                .unwrap_or(Device::Cpu)),
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(ordinal) => cuda(ordinal),
            Self::Metal => metal(),
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
        assert!(matches!(DeviceChoice::Auto.open(), Ok(Device::Cpu)));
        assert_eq!(
            DeviceChoice::Cuda(0).open().unwrap_err().kind(),
            ErrorKind::Usage
        );
    }
}
