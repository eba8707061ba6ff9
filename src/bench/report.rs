//! What a benchmark found: the report that `--json` prints and `--compare` reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::measure::{Measure, Metric};
use super::plan::Plan;
use crate::decode::StepCost;
use crate::device;
use crate::engine::Compute;
use crate::registry::Installed;

/// Number of the report's form; one that a reader of the last form misunderstands gets the next.
const SCHEMA: u32 = 1;

/// What was found. The first fields are those of the first row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The program and its version.
    pub program: String,
    /// The model's id.
    pub model: String,
    /// Family of its network.
    pub architecture: String,
    /// Its files, so that two reports can be known to be of the same model.
    pub files: Vec<ModelFile>,
    /// Where it computed.
    pub device: String,
    /// Seconds to load the model from the system's cache, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_s: Option<f64>,
    /// Words of a whole text translated a second, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words_s: Option<f64>,
    /// Prompt tokens read a second, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefill_tok_s: Option<f64>,
    /// Tokens generated a second, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode_tok_s: Option<f64>,
    /// Milliseconds to the first token, median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// Most memory that the process held, in MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_rss_mib: Option<f64>,
    /// Tokens of each prompt.
    pub prompt_tokens: usize,
    /// Tokens generated after each prompt or source.
    pub gen_tokens: usize,
    /// Samples asked for, after a warm-up.
    pub repeat: usize,
    /// The machine.
    pub machine: Machine,
    /// A row a combination of threads, beams and batch.
    pub rows: Vec<Row>,
}

/// A file of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Its sha256 in hexadecimal.
    pub sha256: String,
}

/// Figures of one combination.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// Threads.
    pub threads: usize,
    /// Beams, if they were chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beams: Option<usize>,
    /// Prompts, sources or sentences that ran together, if that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Languages of the text behind `words_s`, such as `en-pt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
    /// What was measured.
    pub measures: BTreeMap<Metric, Measure>,
    /// The share of what this machine can do at most: of its reading in decoding, of its multiplying in prefill.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub of_limit: BTreeMap<Metric, f64>,
    /// Most memory that the process held, in MiB; `None` where the system doesn't tell.
    pub peak_rss_mib: Option<f64>,
    /// Joules that the processor took, all runs and loading together; `None` where the system doesn't tell.
    pub energy_j: Option<f64>,
    /// Joules that the GPU took, in the same time; `None` on the CPU, or where its driver doesn't tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device_energy_j: Option<f64>,
    /// The most memory of the GPU that was in use, by others too, in MiB; `None` on the CPU, or where its driver doesn't tell.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub peak_device_mib: Option<f64>,
    /// What one step costs.
    #[serde(skip)]
    pub(super) cost: Option<StepCost>,
}

impl Report {
    pub(super) fn new(
        model: &Installed,
        compute: &Compute,
        plan: &Plan,
        machine: Machine,
        rows: Vec<Row>,
    ) -> Self {
        let manifest = &model.manifest;
        let first = |metric| Some(rows.first()?.measures.get(&metric)?.median);
        let files = model.files.iter().map(|file| ModelFile {
            name: file.name.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
        });
        Self {
            schema: SCHEMA,
            program: concat!("traghetto ", env!("CARGO_PKG_VERSION")).to_string(),
            model: manifest.id.clone(),
            architecture: manifest.architecture.to_string(),
            files: files.collect(),
            device: device::name(compute.device_for(manifest.architecture)),
            load_s: first(Metric::LoadS),
            words_s: first(Metric::WordsS),
            prefill_tok_s: first(Metric::PrefillTokS),
            decode_tok_s: first(Metric::DecodeTokS),
            ttft_ms: first(Metric::TtftMs),
            peak_rss_mib: rows.first().and_then(|row| row.peak_rss_mib),
            prompt_tokens: plan.prompt_tokens,
            gen_tokens: plan.gen_tokens,
            repeat: plan.repeat,
            machine,
            rows,
        }
    }

    /// Whether the form is one that this version reads.
    pub fn is_readable(&self) -> bool {
        self.schema == SCHEMA
    }
}

impl Row {
    pub(super) fn new(threads: usize, beams: Option<usize>, batch: Option<usize>) -> Self {
        Self {
            threads,
            beams,
            batch,
            pair: None,
            measures: BTreeMap::new(),
            of_limit: BTreeMap::new(),
            peak_rss_mib: None,
            energy_j: None,
            device_energy_j: None,
            peak_device_mib: None,
            cost: None,
        }
    }

    /// Keeps what was sampled, if anything was.
    pub(super) fn put(&mut self, metric: Metric, samples: Vec<f64>) {
        let measure = Measure::of(samples);
        self.measures
            .extend(measure.map(|measure| (metric, measure)));
    }

    /// Says how near the machine's limits this comes (roofline; Williams, Waterman, Patterson 2009): generating reads all
    /// weights for each step, reading a prompt multiplies them with each of its tokens. Only where the machine was
    /// measured with as many threads.
    pub(super) fn rate(&mut self, machine: &Machine) {
        let Some(cost) = self.cost.filter(|_| self.threads == machine.threads) else {
            return;
        };
        let best = |rate: fn(&super::machine::Rates) -> f64| {
            machine.rates.iter().map(rate).fold(0.0, f64::max) * 1e9
        };
        let steps = self.batch.unwrap_or(1) as f64;
        for (metric, work, limit) in [
            (
                Metric::DecodeTokS,
                cost.bytes as f64 / steps,
                best(|rates| rates.read_gb_s),
            ),
            (
                Metric::PrefillTokS,
                2.0 * cost.multiply_adds as f64,
                best(|rates| rates.int8_gop_s),
            ),
        ] {
            if let Some(measure) = self.measures.get(&metric) {
                self.of_limit.insert(metric, measure.median * work / limit);
            }
        }
    }

    /// What tells this row from the others: `2 threads, beams 4, batch 8`.
    pub fn title(&self) -> String {
        let mut title = format!("{} thread{}", self.threads, plural(self.threads));
        for (name, value) in [("beams", self.beams), ("batch", self.batch)] {
            if let Some(value) = value {
                title.push_str(&format!(", {name} {value}"));
            }
        }
        title
    }
}

/// The ending of a noun after a number.
fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
