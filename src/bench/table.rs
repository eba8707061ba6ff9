//! A report as a table: for the terminal, for Markdown, for a spreadsheet.

use std::fmt::Write;

use super::measure::{Measure, Metric};
use super::report::{Report, Row};
use crate::error::{Error, ErrorKind, Result};

/// For the terminal.
pub fn table(report: &Report) -> String {
    let mut out = format!("{}\n", head(report));
    for row in &report.rows {
        let _ = writeln!(out, "\n{}", about(row));
        let _ = writeln!(
            out,
            "{:<18}{:>11}  {:<21}{:>4}",
            "", "median", "95% interval", "runs"
        );
        for (
            metric,
            Measure {
                median,
                low,
                high,
                samples,
            },
        ) in &row.measures
        {
            let interval = format!("{} – {}", figure(*low), figure(*high));
            let limit = limit(row, *metric).map_or(String::new(), |text| format!("  {text}"));
            let line = format!(
                "{:<18}{:>11}  {interval:<21}{:>4}{limit}",
                metric.title(),
                figure(*median),
                samples.len()
            );
            let _ = writeln!(out, "{line}");
        }
        for (name, value) in totals(row) {
            let _ = writeln!(out, "{name:<18}{:>11}", figure(value));
        }
    }
    out
}

/// For a page or a README.
pub fn markdown(report: &Report) -> String {
    let mut out = format!("{}\n\n", head(report).replace('\n', "  \n"));
    out.push_str(
        "| run | measure | median | 95% interval | of the limit |\n|---|---|--:|--:|--:|\n",
    );
    for row in &report.rows {
        let title = about(row);
        for (metric, measure) in &row.measures {
            let limit = row.of_limit.get(metric);
            let limit = limit.map_or(String::new(), |share| format!("{:.0}%", share * 100.0));
            let _ = writeln!(
                out,
                "| {title} | {} | {} | {} – {} | {limit} |",
                metric.title(),
                figure(measure.median),
                figure(measure.low),
                figure(measure.high)
            );
        }
        for (name, value) in totals(row) {
            let _ = writeln!(out, "| {title} | {name} | {} | | |", figure(value));
        }
    }
    out
}

/// For a spreadsheet: a line a measure.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be written.
pub fn csv(report: &Report) -> Result<String> {
    const HEAD: &str =
        "model device threads beams batch pair measure median low high runs of_limit";
    let mut rows = vec![HEAD.split(' ').map(str::to_string).collect::<Vec<_>>()];
    for row in &report.rows {
        let number = |value: Option<usize>| value.map_or(String::new(), |n| n.to_string());
        let mut line = |name: &str, values: [String; 5]| {
            let key = [
                report.model.clone(),
                report.device.clone(),
                row.threads.to_string(),
                number(row.beams),
                number(row.batch),
                row.pair.clone().unwrap_or_default(),
                name.to_string(),
            ];
            rows.push(key.into_iter().chain(values).collect());
        };
        for (metric, measure) in &row.measures {
            let limit = row.of_limit.get(metric);
            line(
                metric.title(),
                [
                    measure.median.to_string(),
                    measure.low.to_string(),
                    measure.high.to_string(),
                    measure.samples.len().to_string(),
                    limit.map_or(String::new(), |share| format!("{share:.4}")),
                ],
            );
        }
        for (name, value) in totals(row) {
            let none = String::new;
            line(name, [value.to_string(), none(), none(), none(), none()]);
        }
    }
    let wrong =
        |why: String| Error::new(ErrorKind::Io, format!("the table can't be written: {why}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row)
            .map_err(|error| wrong(error.to_string()))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What was measured on what.
pub(super) fn head(report: &Report) -> String {
    let machine = &report.machine;
    let rates = &machine.rates[1];
    let mut head = format!(
        "{} ({}) by {} on {}\n{}, {} cores, {} kernels; with {} thread{} it reads {:.1} GB/s, {:.0} Gflop/s f32, {:.0} Gop/s int8",
        report.model,
        report.architecture,
        report.program,
        report.device,
        machine
            .cpu
            .as_deref()
            .unwrap_or("a processor without a name"),
        machine.cores,
        machine.kernels,
        machine.threads,
        if machine.threads == 1 { "" } else { "s" },
        rates.read_gb_s,
        rates.f32_gflop_s,
        rates.int8_gop_s,
    );
    if machine.noisy {
        head.push_str("\nnoisy: something else ran on this machine; don't trust these figures");
    }
    head
}

/// What a row is about.
pub(super) fn about(row: &Row) -> String {
    match &row.pair {
        Some(pair) => format!("{}, {pair}", row.title()),
        None => row.title(),
    }
}

/// What is known of a row as a whole.
pub(super) fn totals(row: &Row) -> impl Iterator<Item = (&'static str, f64)> {
    let memory = row.peak_rss_mib.map(|value| ("peak RSS MiB", value));
    memory
        .into_iter()
        .chain(row.energy_j.map(|value| ("energy J", value)))
        .chain(row.device_energy_j.map(|value| ("GPU energy J", value)))
        .chain(row.peak_device_mib.map(|value| ("GPU peak MiB", value)))
}

/// How near a measure comes to what the machine can do.
fn limit(row: &Row, metric: Metric) -> Option<String> {
    let what = match metric {
        Metric::DecodeTokS => "reading",
        _ => "multiplying",
    };
    let share = row.of_limit.get(&metric)?;
    Some(format!("{:.0}% of the machine's {what}", share * 100.0))
}

/// Four digits are all that a measurement has.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_string(),
        v if v >= 1000.0 => format!("{value:.0}"),
        v if v >= 100.0 => format!("{value:.1}"),
        v if v >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
