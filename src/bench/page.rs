//! A report as one page without scripts or requests: figures, and a chart a metric.

use std::collections::BTreeSet;

use plotters::prelude::*;

use super::measure::{Measure, Metric};
use super::report::Report;
use super::table::{about, figure, head, totals};
use crate::error::{Error, ErrorKind, Result};
use crate::output::escape;

/// Width of a chart in its own units; the page scales it.
const WIDTH: u32 = 520;
/// Height of a bar with its gap.
const BAR: u32 = 34;
/// Height of what a chart has beside its bars.
const FRAME: u32 = 64;

/// The page.
///
/// # Errors
/// [`ErrorKind::Inference`] if a chart can't be drawn.
pub fn page(report: &Report) -> Result<String> {
    let metrics: BTreeSet<Metric> = report
        .rows
        .iter()
        .flat_map(|row| row.measures.keys().copied())
        .collect();
    let mut charts = String::from("<h2>Charts</h2>\n");
    for metric in metrics {
        let rows: Vec<(String, &Measure)> = report
            .rows
            .iter()
            .filter_map(|row| Some((about(row), row.measures.get(&metric)?)))
            .collect();
        let better = if metric.is_rate() { "more" } else { "less" };
        charts.push_str(&format!(
            "<figure><figcaption>{} <small>({better} is better)</small></figcaption>{}</figure>\n",
            metric.title(),
            bars(&rows)?
        ));
    }
    let head = head(report);
    let (title, facts) = head.split_once('\n').unwrap_or((&head, ""));
    let facts: Vec<String> = facts.lines().map(escape).collect();
    let table = figures(report);
    let body = format!(
        "<p>{}</p>\n<h2>Figures</h2>\n{table}{charts}<p><small>The lines over the bars are 95% intervals of the medians \
        (bootstrap). Model files: {}.</small></p>\n",
        facts.join("<br>"),
        files(report)
    );
    Ok(whole(title, &body))
}

/// A page with a table and a chart of speed against quality: each point has a name, words a second, and chrF.
///
/// # Errors
/// [`ErrorKind::Inference`] if the chart can't be drawn.
pub fn chart_page<const N: usize>(
    title: &str,
    heads: &[&str; N],
    rows: &[[String; N]],
    points: &[(String, f64, f64)],
    notes: &[String],
) -> Result<String> {
    let mut body: String = notes
        .iter()
        .map(|note| format!("<p>{}</p>\n", escape(note)))
        .collect();
    body.push_str(&table(heads, rows));
    if !points.is_empty() {
        let caption = "speed against quality <small>(up and to the right is better)</small>";
        body.push_str(&format!(
            "<figure><figcaption>{caption}</figcaption>{}</figure>\n",
            scatter(points)?
        ));
    }
    Ok(whole(title, &body))
}

fn whole(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

fn table<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    let row = |cells: String| format!("<tr>{cells}</tr>\n");
    let head = row(heads
        .iter()
        .map(|head| format!("<th>{head}</th>"))
        .collect());
    let cells = |cells: &[String; N]| {
        row(cells
            .iter()
            .map(|cell| format!("<td>{}</td>", escape(cell)))
            .collect())
    };
    let body: String = rows.iter().map(cells).collect();
    format!("<div class=\"wide\"><table>\n{head}{body}</table></div>\n")
}

const STYLE: &str = ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid #8884;text-align:right}\
    td:first-child,td:nth-child(2),th:first-child,th:nth-child(2){text-align:left}.wide{overflow-x:auto}\
    .figures td:nth-child(2),.figures th:nth-child(2){text-align:right}.figures tbody th{padding-top:1rem}\
    figure{margin:1.5rem 0}svg{width:100%;max-width:38rem;height:auto;background:#fff;border-radius:4px}small{opacity:.75;overflow-wrap:anywhere}";

/// The figures, a part of the table for each row of the report: a phone has no room for a column that says the same.
fn figures(report: &Report) -> String {
    let limited = report.rows.iter().any(|row| !row.of_limit.is_empty());
    let mut heads = vec!["measure", "median", "95% interval", "runs"];
    if limited {
        heads.push("of the limit");
    }
    let cells = |tag: &str, cells: &[String]| -> String {
        let cells = cells.iter().take(heads.len());
        let cells = cells.map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let named: Vec<String> = heads.iter().map(ToString::to_string).collect();
    let mut out = format!(
        "<div class=\"wide\"><table class=\"figures\">\n<thead>{}</thead>\n",
        cells("th", &named)
    );
    for row in &report.rows {
        let span = heads.len();
        let title = escape(&about(row));
        out.push_str(&format!(
            "<tbody>\n<tr><th colspan=\"{span}\">{title}</th></tr>\n"
        ));
        for (metric, measure) in &row.measures {
            let limit = row.of_limit.get(metric);
            out.push_str(&cells(
                "td",
                &[
                    metric.title().to_string(),
                    figure(measure.median),
                    format!("{} – {}", figure(measure.low), figure(measure.high)),
                    measure.samples.len().to_string(),
                    limit.map_or(String::new(), |share| format!("{:.0}%", share * 100.0)),
                ],
            ));
        }
        for (name, value) in totals(row) {
            let mut total = [const { String::new() }; 5];
            (total[0], total[1]) = (name.to_string(), figure(value));
            out.push_str(&cells("td", &total));
        }
        out.push_str("</tbody>\n");
    }
    out + "</table></div>\n"
}

fn files(report: &Report) -> String {
    let file = |file: &super::report::ModelFile| {
        format!("{} (sha256 {})", escape(&file.name), escape(&file.sha256))
    };
    let files: Vec<String> = report.files.iter().map(file).collect();
    files.join(", ")
}

/// Horizontal bars with their intervals, as SVG.
fn bars(rows: &[(String, &Measure)]) -> Result<String> {
    let height = FRAME + BAR * rows.len() as u32;
    drawn(height, |area| {
        let most = rows
            .iter()
            .map(|(_, measure)| measure.high)
            .fold(0.0, f64::max);
        let count = rows.len() as i32;
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .x_label_area_size(28)
            .y_label_area_size(185)
            .build_cartesian_2d(0.0..most * 1.05, (0..count - 1).into_segmented())?;
        let name = |at: &SegmentValue<i32>| match at {
            SegmentValue::CenterOf(n) if (0..count).contains(n) => {
                rows[(count - 1 - n) as usize].0.clone()
            }
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .x_labels(5)
            .max_light_lines(1)
            .y_labels(rows.len())
            .y_label_formatter(&name)
            .x_label_formatter(&|x| figure(*x))
            .label_style(("sans-serif", 14))
            .draw()?;
        // The first row is the highest.
        let place = |n: usize| count - 1 - n as i32;
        chart.draw_series(rows.iter().enumerate().map(|(n, (_, measure))| {
            let (low, high) = (place(n), place(n) + 1);
            let corners = [
                (0.0, SegmentValue::Exact(low)),
                (measure.median, SegmentValue::Exact(high)),
            ];
            let mut bar = Rectangle::new(corners, COLOUR.filled());
            bar.set_margin(6, 6, 0, 0);
            bar
        }))?;
        chart.draw_series(rows.iter().enumerate().map(|(n, (_, measure))| {
            let ends = [measure.low, measure.high];
            let line = ends.map(|x| (x, SegmentValue::CenterOf(place(n))));
            PathElement::new(line.to_vec(), BLACK.stroke_width(2))
        }))?;
        Ok(())
    })
}

/// Points with names: words a second on a logarithmic axis, chrF upwards, as SVG.
fn scatter(points: &[(String, f64, f64)]) -> Result<String> {
    drawn(SCATTER, |area| {
        let edge = |pick: fn(f64, f64) -> f64, value: fn(&(String, f64, f64)) -> f64| {
            points.iter().map(value).reduce(pick).unwrap_or(1.0)
        };
        let (slow, fast) = (edge(f64::min, |p| p.1), edge(f64::max, |p| p.1));
        let (low, high) = (edge(f64::min, |p| p.2), edge(f64::max, |p| p.2));
        let mut chart = ChartBuilder::on(area)
            .margin(16)
            .x_label_area_size(40)
            .y_label_area_size(48)
            .build_cartesian_2d((slow / 2.0..fast * 8.0).log_scale(), low - 5.0..high + 5.0)?;
        chart
            .configure_mesh()
            .x_desc("words a second")
            .y_desc("chrF")
            .x_label_formatter(&|x| figure(*x))
            .y_label_formatter(&|y| format!("{y:.0}"))
            .max_light_lines(1)
            .label_style(("sans-serif", 14))
            .draw()?;
        chart.draw_series(points.iter().map(|(name, speed, quality)| {
            EmptyElement::at((*speed, *quality))
                + Circle::new((0, 0), 5, COLOUR.filled())
                + Text::new(name.clone(), (9, -6), ("sans-serif", 14))
        }))?;
        Ok(())
    })
}

/// Colour of bars and points.
const COLOUR: RGBColor = RGBColor(52, 106, 150);
/// Height of a chart with two axes.
const SCATTER: u32 = 400;

/// What `draw` draws, as SVG that a page can scale.
fn drawn(
    height: u32,
    draw: impl FnOnce(
        &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    ) -> std::result::Result<(), Box<dyn std::error::Error>>,
) -> Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        let done = draw(&area).and_then(|()| Ok(area.present()?));
        done.map_err(|error| {
            let message = format!("a chart can't be drawn: {error}");
            Error::new(ErrorKind::Inference, message)
        })?;
    }
    // The page scales charts, so they must say their shape and not their size.
    let size = format!("width=\"{WIDTH}\" height=\"{height}\" ");
    Ok(svg.replacen(&size, "role=\"img\" ", 1))
}
