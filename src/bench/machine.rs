//! The machine that is measured on: what it is, how busy it is, how fast it reads and multiplies.

use std::hint::black_box;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::device;
use crate::nn::isa::Isa;
use crate::nn::pool::Pool;
use crate::nn::simd::{Kernel, LANES, Simd};

/// A machine, and what else ran on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name, where the system tells.
    pub cpu: Option<String>,
    /// Cores that this process may use.
    pub cores: usize,
    /// Vector instructions that matter here.
    pub features: Vec<String>,
    /// Which of them the kernels use.
    pub kernels: String,
    /// Processes that wanted to run in the minute before, on average; `None` where the system doesn't tell.
    pub load_before: Option<f64>,
    /// Threads that the rates were taken with: the most of the runs.
    pub threads: usize,
    /// Rates before the runs and after them: how much they differ says how still the machine was.
    pub rates: [Rates; 2],
    /// The share of the processor that others took during the runs, or that a virtual machine didn't get; `None` where the
    /// system doesn't tell.
    #[serde(default)]
    pub others: Option<f64>,
    /// Whether others were at work: figures of this run aren't to be trusted.
    pub noisy: bool,
    /// Work of the processor before the runs.
    #[serde(skip)]
    before: Option<Ticks>,
}

impl Machine {
    /// What is known before anything ran.
    pub fn before(threads: usize) -> Self {
        let load_before = load();
        let rates = Rates::measure(threads);
        let cores = device::default_threads();
        Self {
            cpu: cpu_name(),
            cores,
            features: device::cpu_features()
                .into_iter()
                .map(str::to_string)
                .collect(),
            kernels: Isa::best().to_string(),
            load_before,
            threads,
            rates: [rates, rates],
            others: None,
            noisy: false,
            before: Ticks::now(),
        }
    }

    /// Measures once more, after the runs.
    pub fn after(&mut self) {
        self.others = self
            .before
            .zip(Ticks::now())
            .and_then(|(before, now)| now.others(before));
        self.rates[1] = Rates::measure(self.threads);
        self.noisy = self.drift() > UNSTEADY || self.others.is_some_and(|share| share > BUSY);
    }

    /// By which share the machine's own speed changed during the runs.
    pub fn drift(&self) -> f64 {
        let [a, b] = self.rates;
        let change = |a: f64, b: f64| (a / b).max(b / a) - 1.0;
        change(a.f32_gflop_s, b.f32_gflop_s).max(change(a.read_gb_s, b.read_gb_s))
    }
}

/// The share of the processor that others may take before a machine counts as busy.
const BUSY: f64 = 0.05;
/// Change of the machine's speed during a run that makes its figures doubtful.
const UNSTEADY: f64 = 0.15;

/// What a machine can do at most, with the threads of the run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Bytes read from memory a second, in 10⁹.
    pub read_gb_s: f64,
    /// Floating-point operations a second, in 10⁹; a multiply-add is two.
    pub f32_gflop_s: f64,
    /// Operations on bytes a second, in 10⁹; a multiply-add is two.
    pub int8_gop_s: f64,
}

/// Floats that are read once: more than any cache holds.
const FLOATS: usize = 64 << 20;
/// Times that each rate is taken; the best counts, since nothing makes a machine faster than it is.
const TIMES: usize = 3;
/// Steps of the multiplying kernels.
const STEPS: usize = 1 << 20;
/// Sums that grow side by side, enough for a multiply-add's latency.
const CHAINS: usize = 12;

impl Rates {
    /// Takes some tenths of a second and 256 MiB, given back at once.
    pub fn measure(threads: usize) -> Self {
        let pool = Pool::new(threads);
        let data = vec![1.0f32; FLOATS];
        let piece = FLOATS.div_ceil(threads);
        let read = fastest(|| {
            pool.run(threads, |n| {
                let own = &data[(n * piece).min(FLOATS)..((n + 1) * piece).min(FLOATS)];
                black_box(Isa::best().run(Read(own)));
            });
        });
        let multiply = fastest(|| {
            pool.run(threads, |_| {
                black_box(Isa::best().run(Multiply));
            });
        });
        let dot = fastest(|| {
            pool.run(threads, |_| {
                black_box(Isa::best().run(Dot));
            });
        });
        let operations = 2.0 * (threads * STEPS * CHAINS * LANES) as f64;
        Self {
            read_gb_s: (FLOATS * size_of::<f32>()) as f64 / read / 1e9,
            f32_gflop_s: operations / multiply / 1e9,
            // Four bytes stand where one float does.
            int8_gop_s: 4.0 * operations / dot / 1e9,
        }
    }
}

/// Seconds of the fastest of a few times.
fn fastest(mut work: impl FnMut()) -> f64 {
    let times = (0..TIMES).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

/// Adds up floats.
struct Read<'a>(&'a [f32]);

impl Kernel for Read<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        let mut sums = [s.splat(0.0); CHAINS];
        let (rows, _) = self.0.as_chunks::<LANES>();
        for rows in rows.chunks_exact(CHAINS) {
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = s.add(*sum, s.load(row));
            }
        }
        sums.into_iter().map(|sum| s.sum(sum)).sum()
    }
}

/// Multiplies and adds floats.
struct Multiply;

impl Kernel for Multiply {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        let (a, b) = (s.splat(black_box(0.999)), s.splat(black_box(1e-3)));
        let mut sums = [s.splat(1.0); CHAINS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = s.fma(*sum, a, b);
            }
        }
        sums.into_iter().map(|sum| s.sum(sum)).sum()
    }
}

/// Multiplies and adds bytes.
struct Dot;

impl Kernel for Dot {
    type Output = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        let w = s.load_bytes(black_box(&[1; 64]));
        let x = black_box([1i8, -1, 2, -2]);
        let mut sums = [s.zero_i32(); CHAINS];
        for _ in 0..STEPS {
            for sum in &mut sums {
                *sum = s.dot::<false>(*sum, w, x);
            }
        }
        sums.into_iter().map(|sum| s.sum(s.to_f32(sum))).sum()
    }
}

/// The processor's name, on Linux.
fn cpu_name() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}

/// Processes that wanted to run in the last minute, on average, on Linux.
fn load() -> Option<f64> {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    load.split_whitespace().next()?.parse().ok()
}

/// This process, to [`peak_rss_mib`].
pub const SELF: &str = "/proc/self/status";

/// What the processor has done since the system started, in its own ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ticks {
    /// Of all cores, idle or not.
    all: f64,
    /// Neither idle nor waiting for the disk; what a virtual machine wanted and didn't get is among it.
    busy: f64,
    /// Of this process.
    own: f64,
}

impl Ticks {
    /// On Linux (proc(5)).
    fn now() -> Option<Self> {
        let numbers = |text: &str| -> Vec<f64> {
            let words = text.split_whitespace();
            words.map_while(|word| word.parse().ok()).collect()
        };
        let stat = std::fs::read_to_string("/proc/stat").ok()?;
        // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user and nice.
        let cores = numbers(stat.lines().next()?.strip_prefix("cpu ")?);
        let cores = cores.get(..8)?;
        let own = std::fs::read_to_string("/proc/self/stat").ok()?;
        // Behind the name, which may have blanks, the state and ten numbers stand before user and system time.
        let own = own.rsplit_once(") ")?.1.split_once(' ')?.1.to_owned();
        let own = numbers(&own);
        let all: f64 = cores.iter().sum();
        Some(Self {
            all,
            busy: all - cores[3] - cores[4],
            own: own.get(10)? + own.get(11)?,
        })
    }

    /// The share of others since `before`; `None` if no time has passed.
    fn others(self, before: Self) -> Option<f64> {
        let all = self.all - before.all;
        let others = (self.busy - before.busy) - (self.own - before.own);
        (all > 0.0).then(|| (others / all).clamp(0.0, 1.0))
    }
}

/// The most memory that a process has held, in MiB, where the system tells (Linux: its `/proc/…/status`).
pub fn peak_rss_mib(status: &str) -> Option<f64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// Seconds of the processor that this process's threads have used, where the system tells (Linux: the scheduler's own account,
/// in nanoseconds).
pub fn cpu_s() -> Option<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let used = tasks.flatten().filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    let used: f64 = used.sum();
    (used > 0.0).then_some(used / 1e9)
}

/// Forgets the peak of memory so far, where the system can (Linux), so that the next one is of what follows.
pub fn forget_peak() {
    // "5" is the kernel's word for it (proc(5)). Where it is refused, the peak stays that of the whole run.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_machine_tells_of_itself() {
        assert!(peak_rss_mib(SELF).is_some_and(|mib| mib > 1.0));
        let mut machine = Machine::before(1);
        machine.after();
        let [rates, _] = machine.rates;
        // Bytes are multiplied at least as fast as floats, and no machine that runs this is slower than that.
        assert!(
            rates.read_gb_s > 0.1 && rates.f32_gflop_s > 0.1,
            "{rates:?}"
        );
        assert!(rates.int8_gop_s > rates.f32_gflop_s, "{rates:?}");
    }
}
