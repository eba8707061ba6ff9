//! Measuring a model's speed and memory on this machine, with what is needed to trust the figures and to compare them.

mod compare;
mod energy;
mod machine;
mod measure;
mod page;
mod plan;
mod report;
mod seq2seq;
mod table;
mod text;

use std::path::Path;
use std::time::Instant;

pub use compare::{Comparison, compare, compare_rounds};
pub use machine::peak_rss_mib;
pub use measure::{Measure, Ratio};
pub use page::{chart_page, page};
pub use plan::Plan;
pub use report::Report;
pub use table::{csv, markdown, table};

use crate::engine::embed::Embedder;
use crate::engine::{Compute, Engine, Load, Seq2SeqModel, is_seq2seq, load, seq2seq_parts};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Installed, Role, Task};
use energy::Meter;
use machine::{Machine, SELF, forget_peak};
use measure::Metric;
use report::Row;
use text::Passage;

/// Loads a model in every way that `plan` asks for and measures it; `on` hears what is done.
///
/// # Errors
/// [`ErrorKind::Usage`] if an option is too small or doesn't fit the model; [`ErrorKind::Inference`] if the model fails.
pub fn bench(
    model: &Installed,
    compute: &Compute,
    plan: &Plan,
    on: &mut dyn FnMut(&str),
) -> Result<Report> {
    let Plan {
        prompt_tokens,
        gen_tokens,
        repeat,
        ..
    } = *plan;
    if prompt_tokens == 0 || gen_tokens < 2 || repeat == 0 || plan.batch.contains(&0) {
        return Err(Error::new(
            ErrorKind::Usage,
            "a benchmark needs at least 1 prompt token, 2 generated tokens, 1 run and a batch of 1",
        ));
    }
    let most = plan.threads.iter().copied().max().unwrap_or(1);
    on("measuring the machine");
    let mut machine = Machine::before(most);
    let mut rows = Vec::new();
    for &threads in &plan.threads {
        let compute = Compute {
            threads,
            ..compute.clone()
        };
        let bench = Bench {
            model,
            compute,
            plan,
        };
        for beams in or_one(&plan.beams) {
            for batch in or_one(&plan.batch) {
                rows.push(bench.row(beams, batch, on)?);
            }
        }
    }
    machine.after();
    for row in &mut rows {
        row.rate(&machine);
    }
    Ok(Report::new(model, compute, plan, machine, rows))
}

/// The values of a sweep, or once none.
fn or_one(values: &[usize]) -> Vec<Option<usize>> {
    match values {
        [] => vec![None],
        values => values.iter().copied().map(Some).collect(),
    }
}

/// One model under measurement.
struct Bench<'a> {
    model: &'a Installed,
    compute: Compute,
    plan: &'a Plan,
}

impl Bench<'_> {
    /// Everything that can be said with so many beams and so large a batch.
    fn row(
        &self,
        beams: Option<usize>,
        batch: Option<usize>,
        on: &mut dyn FnMut(&str),
    ) -> Result<Row> {
        let threads = self.compute.threads;
        let with = |name: &str, value: Option<usize>| {
            value.map_or(String::new(), |value| format!(", {name} {value}"))
        };
        on(&format!(
            "measuring {} with {threads} threads{}{}",
            self.model.manifest.id,
            with("beams", beams),
            with("batch", batch)
        ));
        forget_peak();
        let mut row = Row::new(threads, beams, batch);
        let mut compute = self.compute.clone();
        compute.seq2seq.beams = beams.or(compute.seq2seq.beams);
        let meter = Meter::start(compute.device_for(self.model.manifest.architecture));
        match self.model.manifest.tasks.contains(&Task::Embed) {
            true => self.embed(&mut row)?,
            false => self.engine(&compute, &mut row)?,
        }
        row.peak_rss_mib = peak_rss_mib(SELF);
        let used = meter.stop();
        row.energy_j = used.packages_j;
        row.device_energy_j = used.gpu_j;
        row.peak_device_mib = used.gpu_peak_mib;
        Ok(row)
    }

    /// A model that reads or writes text.
    fn engine(&self, compute: &Compute, row: &mut Row) -> Result<()> {
        let mut engine = self.load(row, || load(self.model, compute))?;
        let plan = self.plan;
        if let Engine::Chat(model) = &engine {
            let work = Load {
                text: FILLER,
                prompt_tokens: plan.prompt_tokens,
                gen_tokens: plan.gen_tokens,
                rows: row.batch.unwrap_or(1),
            };
            let (mut prefill, mut decode, mut first, mut next) =
                (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for run in 0..=plan.repeat {
                let Some(measured) = model.measure(&work)? else {
                    break;
                };
                row.cost = measured.cost;
                if run > 0 {
                    let Load {
                        rows, gen_tokens, ..
                    } = work;
                    let seen = measured.work;
                    prefill.push(seen.prefill_tokens as f64 / seen.prefill_s);
                    // Each row's first token comes with its prompt.
                    decode.push((seen.decode_tokens - rows) as f64 / seen.decode_s);
                    first.push(measured.first_token_s * 1e3);
                    next.push(seen.decode_s * 1e3 / (gen_tokens - 1) as f64);
                }
            }
            row.put(Metric::PrefillTokS, prefill);
            row.put(Metric::DecodeTokS, decode);
            row.put(Metric::TtftMs, first);
            row.put(Metric::ItlMs, next);
        }
        let manifest = &self.model.manifest;
        if let Some(passage) = Passage::of(manifest, plan.from, plan.to, plan.text.as_deref())? {
            row.pair = Some(format!("{}-{}", passage.from, passage.to));
            let mut speeds = Vec::with_capacity(plan.repeat);
            for sample in 0..plan.repeat {
                // Where weights and threads come to lie is chance, which the samples must know of. A language model takes
                // too long to load for that.
                if sample > 0 && matches!(engine, Engine::Translation(_)) {
                    drop(engine);
                    engine = load(self.model, compute)?;
                }
                speeds.push(passage.speed(&mut engine, row.batch)?);
            }
            let by_clock = speeds.iter().map(|speed| speed.words_s);
            row.put(Metric::WordsS, by_clock.collect());
            // Of several threads some may have ended, and with them what they used.
            let alone = row.threads == 1;
            let by_cpu = speeds.iter().filter_map(|speed| speed.words_cpu_s);
            let by_cpu = by_cpu.filter(|_| alone);
            row.put(Metric::WordsCpuS, by_cpu.collect());
        }
        drop(engine);
        if is_seq2seq(manifest.architecture) {
            let (files, options) = seq2seq_parts(self.model, compute)?;
            let loaded = Seq2SeqModel::load(&files, &options)?;
            let (beams, batch) = (row.beams.unwrap_or(1), row.batch.unwrap_or(1));
            let speeds = seq2seq::speeds(&loaded, beams, batch, plan.gen_tokens, plan.repeat)?;
            row.put(Metric::DecodeTokS, speeds);
        }
        Ok(())
    }

    /// A model that turns sentences into vectors.
    fn embed(&self, row: &mut Row) -> Result<()> {
        let weights = self.model.require(Role::Weights)?;
        let embedder = self.load(row, || Embedder::open(weights, self.compute.threads))?;
        let text = self.plan.text.as_deref().unwrap_or(FILLER);
        let sentences: Vec<&str> = text.split_inclusive(". ").collect();
        let all: Vec<&str> = sentences.iter().copied().cycle().take(SENTENCES).collect();
        let mut speeds = Vec::new();
        for run in 0..=self.plan.repeat {
            let started = Instant::now();
            for batch in all.chunks(row.batch.unwrap_or(SENTENCES)) {
                embedder.embed(batch)?;
            }
            if run > 0 {
                speeds.push(SENTENCES as f64 / started.elapsed().as_secs_f64());
            }
        }
        row.put(Metric::SentencesS, speeds);
        Ok(())
    }

    /// Loads from the disk, where the system forgets files when asked, then a few times more; keeps the last.
    fn load<T>(&self, row: &mut Row, load: impl Fn() -> Result<T>) -> Result<T> {
        let timed = || {
            let started = Instant::now();
            load().map(|loaded| (loaded, started.elapsed().as_secs_f64()))
        };
        let forgotten = self.model.files.iter().all(|file| forget(&file.path));
        let (mut loaded, cold) = timed()?;
        if forgotten {
            row.put(Metric::LoadColdS, vec![cold]);
        }
        // Loading is steady next to running; three times are enough.
        let mut warm = Vec::new();
        for _ in 0..self.plan.repeat.min(3) {
            // Two at once would count twice in the peak of memory.
            drop(loaded);
            let (again, seconds) = timed()?;
            loaded = again;
            warm.push(seconds);
        }
        row.put(Metric::LoadS, warm);
        Ok(loaded)
    }
}

/// Ordinary prose, repeated to fill prompts.
const FILLER: &str = "Il traghetto parte alle sette di mattina e arriva sull'altra riva dopo quaranta minuti. A bordo ci \
    sono pescatori, studenti e qualche turista con la bicicletta; il capitano, che fa questo mestiere da trent'anni, \
    conosce tutti per nome. ";

/// Sentences that an embedder gets in one sample.
const SENTENCES: usize = 64;

/// Asks the system to drop a file from its cache, so that it is read from the disk again. Whether it was asked.
#[cfg(target_os = "linux")]
fn forget(path: &Path) -> bool {
    use rustix::fs::{Advice, fadvise};
    std::fs::File::open(path).is_ok_and(|file| fadvise(&file, 0, None, Advice::DontNeed).is_ok())
}

/// As above, where the system can't be asked.
#[cfg(not(target_os = "linux"))]
fn forget(_path: &Path) -> bool {
    false
}
