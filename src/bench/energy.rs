//! Energy and device memory that a run takes, where the machine tells: RAPL's counters of the processor's packages on Linux,
//! and what NVIDIA's driver (NVML) says of a GPU through its own `nvidia-smi`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use candle_core::{Device, DeviceLocation};

/// Where Linux shows RAPL's counters.
const ZONES: &str = "/sys/class/powercap";
/// The driver's own program.
const DRIVER: &str = "nvidia-smi";
/// Between two looks at a GPU.
const EVERY: Duration = Duration::from_millis(100);

/// Counts from when it is started.
pub struct Meter {
    packages: Option<Vec<Counter>>,
    gpu: Option<Gpu>,
}

/// What was counted; `None` where nothing tells.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Used {
    /// Joules of the processor's packages, whatever ran on them.
    pub packages_j: Option<f64>,
    /// Joules of the GPU.
    pub gpu_j: Option<f64>,
    /// The most memory of the GPU that was in use, by others too, in MiB.
    pub gpu_peak_mib: Option<f64>,
}

impl Meter {
    /// Starts counting for work on `device`.
    pub fn start(device: &Device) -> Self {
        let gpu = match device.location() {
            DeviceLocation::Cuda { gpu_id } => Gpu::watch(DRIVER.as_ref(), gpu_id),
            _ => None,
        };
        Self {
            packages: counters(Path::new(ZONES)),
            gpu,
        }
    }

    /// What was used since.
    pub fn stop(self) -> Used {
        let used = |counters: Vec<Counter>| counters.into_iter().map(Counter::joules).sum();
        let (gpu_j, gpu_peak_mib) = self.gpu.and_then(Gpu::stop).unzip();
        Used {
            packages_j: self.packages.and_then(used),
            gpu_j,
            gpu_peak_mib,
        }
    }
}

/// One of RAPL's counters, in microjoules.
struct Counter {
    zone: PathBuf,
    before: f64,
    /// Where it begins anew.
    range: f64,
}

/// A number in a file of a zone.
fn read(zone: &Path, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(zone.join(name)).ok()?;
    text.trim().parse().ok()
}

/// The counters of all packages; `None` if there are none, or this user may not read them.
fn counters(zones: &Path) -> Option<Vec<Counter>> {
    let mut counters = Vec::new();
    for entry in std::fs::read_dir(zones).ok()?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // `intel-rapl:0` is a package, also of AMD's; `intel-rapl:0:0` a part of it.
        if name.starts_with("intel-rapl:") && name.matches(':').count() == 1 {
            let zone = entry.path();
            counters.push(Counter {
                before: read(&zone, "energy_uj")?,
                range: read(&zone, "max_energy_range_uj").unwrap_or(0.0),
                zone,
            });
        }
    }
    (!counters.is_empty()).then_some(counters)
}

impl Counter {
    /// Joules since it was first read. One that began anew is taken to have done so once.
    fn joules(self) -> Option<f64> {
        let after = read(&self.zone, "energy_uj")?;
        let wrapped = if after < self.before { self.range } else { 0.0 };
        Some((after + wrapped - self.before) / 1e6)
    }
}

/// A GPU that is looked at while something runs.
struct Gpu {
    child: Child,
    started: Instant,
    seen: JoinHandle<Vec<[f64; 2]>>,
}

impl Gpu {
    /// `None` where there is no such driver.
    fn watch(driver: &OsStr, id: usize) -> Option<Self> {
        let mut child = Command::new(driver)
            .args([
                "--query-gpu=power.draw,memory.used",
                "--format=csv,noheader,nounits",
            ])
            .args([
                "-i",
                &id.to_string(),
                "-lms",
                &EVERY.as_millis().to_string(),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let lines = BufReader::new(child.stdout.take()?).lines();
        let seen = std::thread::spawn(move || {
            let pair = |line: String| {
                let (power, memory) = line.split_once(',')?;
                Some([power.trim().parse().ok()?, memory.trim().parse().ok()?])
            };
            lines.map_while(Result::ok).filter_map(pair).collect()
        });
        Some(Self {
            child,
            started: Instant::now(),
            seen,
        })
    }

    /// Joules, from the mean of the power seen, and the most memory.
    fn stop(mut self) -> Option<(f64, f64)> {
        let seconds = self.started.elapsed().as_secs_f64();
        // Both fail only if it has ended.
        self.child.kill().ok();
        self.child.wait().ok();
        let seen = self.seen.join().ok()?;
        let watts = seen.iter().map(|[watts, _]| watts).sum::<f64>() / seen.len() as f64;
        let most = seen.iter().map(|[_, mib]| *mib).reduce(f64::max)?;
        Some((watts * seconds, most))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn counters_of_packages_are_added_up_and_may_begin_anew() {
        let folder = tempfile::tempdir().unwrap();
        let put = |zone: &str, file: &str, value: &str| {
            let zone = folder.path().join(zone);
            std::fs::create_dir_all(&zone).unwrap();
            std::fs::write(zone.join(file), value).unwrap();
        };
        assert!(counters(folder.path()).is_none());
        for (zone, value) in [
            ("intel-rapl:0", "9000000\n"),
            ("intel-rapl:1", "100\n"),
            ("intel-rapl:0:0", "7\n"),
        ] {
            put(zone, "energy_uj", value);
            put(zone, "max_energy_range_uj", "10000000\n");
        }
        let before = counters(folder.path()).unwrap();
        assert_eq!(before.len(), 2);
        put("intel-rapl:0", "energy_uj", "1000000");
        put("intel-rapl:1", "energy_uj", "3000100");
        let joules: f64 = before.into_iter().map(|one| one.joules().unwrap()).sum();
        assert!((joules - 5.0).abs() < 1e-9, "{joules}");
    }

    #[test]
    fn a_gpu_is_watched_while_something_runs() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let driver = folder.path().join("nvidia-smi");
        let script =
            "#!/bin/sh\necho '100.0, 512'\necho '[N/A], 9'\necho '300.0, 2048'\nexec sleep 60\n";
        std::fs::write(&driver, script).unwrap();
        std::fs::set_permissions(&driver, std::fs::Permissions::from_mode(0o755)).unwrap();
        let gpu = Gpu::watch(driver.as_os_str(), 0).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        let (joules, mib) = gpu.stop().unwrap();
        assert_eq!(mib, 2048.0);
        // 200 W for the time that went by.
        assert!(joules > 50.0, "{joules}");
        assert!(Gpu::watch(folder.path().join("none").as_os_str(), 0).is_none());
    }
}
