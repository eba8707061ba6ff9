//! An evaluation as one page that needs nothing else: scores, and the worst segments with what differs.

use std::fmt::Write as _;

use super::diff::{Marked, diff};
use super::report::{Output, Report, Worst};
use super::table::{note, scores};
use crate::output::escape;

/// The page. It loads nothing and has no script; every text in it is escaped.
pub fn page(report: &Report) -> String {
    let names: Vec<&str> = report.systems.iter().map(|system| &*system.name).collect();
    let title = escape(&format!("Evaluation of {}", names.join(", ")));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n\
         <p>{} segments, the {} worst shown; references of each: {}.</p>\n</header>\n<main>\n",
        include_str!("page.css"),
        report.segments,
        report.worst.len(),
        report.references
    );
    table(&mut out, report);
    let metrics: Vec<&str> = report.systems.first().map_or(Vec::new(), |one| {
        one.scores.iter().map(|score| &*score.metric).collect()
    });
    if !report.worst.is_empty() {
        let _ = write!(
            out,
            "<h2>Worst segments by {}</h2>\n<p>Words that an output lacks are <del>dotted</del> in the reference, words \
             that it has beyond the reference <ins>underlined</ins>. With more than one reference, the first is compared.</p>\n",
            escape(&report.ranked_by)
        );
    }
    for segment in &report.worst {
        article(&mut out, segment, &names, &metrics);
    }
    out.push_str("<h2>How it was computed</h2>\n");
    for score in report.systems.first().map_or(&[][..], |one| &one.scores) {
        let signature = format!("{}|{}", score.metric, score.signature);
        let _ = writeln!(out, "<p><code>{}</code></p>", escape(&signature));
    }
    for figure in &report.figures {
        let _ = writeln!(out, "<pre><code>{}</code></pre>", escape(figure));
    }
    let _ = write!(
        out,
        "</main>\n<footer><p>{} {}</p></footer>\n</body>\n</html>\n",
        report.tool.name, report.tool.version
    );
    out
}

fn table(out: &mut String, report: &Report) {
    out.push_str("<div class=\"wide\"><table>\n");
    let mut rows = scores(report);
    let told = report.systems.iter().any(|system| system.told.is_some());
    if told {
        rows[0].push("told by the checks".to_owned());
        for (row, system) in rows[1..].iter_mut().zip(&report.systems) {
            row.push(system.told.map(|told| told.to_string()).unwrap_or_default());
        }
    }
    for (n, row) in rows.iter().enumerate() {
        let tag = if n == 0 { "th" } else { "td" };
        let cells: Vec<String> = row
            .iter()
            .map(|cell| {
                // A line may end between what is said of a figure, not within.
                let cell = escape(cell).replace(" = ", "\u{a0}=\u{a0}");
                let cell = cell.replace(" ± ", "\u{a0}±\u{a0}");
                format!("<{tag}>{cell}</{tag}>")
            })
            .collect();
        let _ = writeln!(out, "<tr>{}</tr>", cells.concat());
    }
    out.push_str("</table></div>\n");
    if let Some(note) = note(report) {
        let _ = writeln!(out, "<p>{}</p>", escape(&note));
    }
}

fn article(out: &mut String, segment: &Worst, names: &[&str], metrics: &[&str]) {
    let _ = writeln!(out, "<article>\n<h3>Line {}</h3>\n<dl>", segment.n);
    if !segment.source.is_empty() {
        let _ = writeln!(
            out,
            "<dt>source</dt><dd dir=\"auto\">{}</dd>",
            escape(&segment.source)
        );
    }
    let first = segment.references.first().map_or("", String::as_str);
    for other in segment.references.iter().skip(1) {
        let _ = writeln!(
            out,
            "<dt>another reference</dt><dd dir=\"auto\">{}</dd>",
            escape(other)
        );
    }
    for (output, name) in segment.outputs.iter().zip(names) {
        let (wanted, said) = diff(first, &output.text);
        let _ = writeln!(
            out,
            "<dt>reference</dt><dd dir=\"auto\">{}</dd>",
            marked(&wanted, "del")
        );
        let _ = write!(
            out,
            "<dt>{}</dt><dd dir=\"auto\">{}{}",
            escape(name),
            marked(&said, "ins"),
            scored(output, metrics)
        );
        let findings = output.told.iter().flat_map(|told| &told.findings);
        let findings: String = findings
            .map(|finding| format!("<li>{}</li>", escape(finding)))
            .collect();
        if !findings.is_empty() {
            let _ = write!(out, "<ul>{findings}</ul>");
        }
        out.push_str("</dd>\n");
    }
    out.push_str("</dl>\n</article>\n");
}

fn scored(output: &Output, metrics: &[&str]) -> String {
    let scores = output.scores.iter().zip(metrics);
    let scores: Vec<String> = scores
        .map(|(score, metric)| format!("{metric} {score:.1}"))
        .collect();
    format!("<small>{}</small>", escape(&scores.join(", ")))
}

/// Words, those that the other text lacks within `tag`: a run of them in one.
fn marked(words: &Marked<'_>, tag: &str) -> String {
    let runs = words.chunk_by(|(_, one), (_, other)| one == other);
    let runs: Vec<String> = runs
        .map(|run| {
            let texts: Vec<&str> = run.iter().map(|(word, _)| *word).collect();
            let text = escape(&texts.join(" "));
            match run[0].1 {
                true => text,
                false => format!("<{tag}>{text}</{tag}>"),
            }
        })
        .collect();
    match runs.is_empty() {
        true => "<i>(nothing)</i>".to_owned(),
        false => runs.join(" "),
    }
}
