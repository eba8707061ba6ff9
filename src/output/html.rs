//! The bilingual page: source and translation side by side in one file that needs nothing else. Its policy lets it load
//! nothing; every text in it is escaped.

use std::fmt::Write as _;

use super::bilingual::{Bilingual, Row, class, name, pieces};
use super::report::{Segment, Tool};
use crate::article::BlockKind;
use crate::checks::Finding;
use crate::risk::Level;
use crate::text::{Lang, Span, counted};

/// The page.
pub fn page(view: &Bilingual<'_>) -> String {
    let from = view.report.input.language;
    let to = view.translation.language;
    let title = escape(&view.title());
    let segments = &view.translation.segments;
    let is_flagged = |segment: &&Segment| !segment.findings.iter().all(Finding::is_hint);
    let flagged: Vec<&Segment> = segments.iter().filter(is_flagged).collect();
    let doubts = match flagged.len() {
        0 => "nothing to double-check was noticed".to_string(),
        n => format!("{} to double-check", counted(n, "passage")),
    };
    let line = format!(
        "{} → {}, translated by machine; {doubts}.",
        from.name(),
        to.name()
    );
    let mut out = open(&title, to, &line, (&doubts, &flagged));
    summary(&mut out, view);
    let _ = write!(
        out,
        "</header>\n<main>\n<div class=\"names\" aria-hidden=\"true\"><span>{}</span><span>{}</span></div>\n",
        from.name(),
        to.name()
    );
    for row in view.rows() {
        match row {
            Row::Kept(text) => {
                let _ = writeln!(out, "<div class=\"row\"><pre>{}</pre></div>", escape(text));
            }
            Row::Text { kind, segments } => text_row(&mut out, kind, segments, from, to),
        }
    }
    close(&mut out, &view.provenance());
    out
}

/// The page up to the list of the segments with findings, which `flagged` are, under the heading `doubts`. `title` is
/// escaped already.
pub(super) fn open(
    title: &str,
    to: Lang,
    line: &str,
    (doubts, flagged): (&str, &[&Segment]),
) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"generator\" content=\"{tool} {version}\">\n<title>{title}</title>\n\
         <style>\n{style}</style>\n</head>\n<body>\n<header>\n<h1 lang=\"{to}\" dir=\"auto\">{title}</h1>\n\
         <p>{line}</p>\n",
        tool = Tool::THIS.name,
        version = Tool::THIS.version,
        style = include_str!("page.css"),
    );
    if !flagged.is_empty() {
        let _ = write!(
            out,
            "<details class=\"flagged\">\n<summary>{doubts}</summary>\n<ol>\n"
        );
        for segment in flagged {
            let reasons: Vec<String> = segment
                .findings
                .iter()
                .map(|f| escape(&f.message))
                .collect();
            let _ = writeln!(
                out,
                "<li><a href=\"#{}\">{}</a></li>",
                name(segment),
                reasons.join("; ")
            );
        }
        out.push_str("</ol>\n</details>\n");
    }
    out
}

/// The foot of the page: what made it, as pairs of a name and a text.
pub(super) fn close(out: &mut String, provenance: &[(&str, String)]) {
    out.push_str("</main>\n<footer>\n<dl>\n");
    for (what, text) in provenance {
        let _ = writeln!(out, "<dt>{what}</dt><dd>{}</dd>", escape(text));
    }
    let _ = write!(
        out,
        "</dl>\n</footer>\n<script>\n{}</script>\n</body>\n</html>\n",
        include_str!("page.js")
    );
}

/// The summary, each sentence with links to the segments that it cites.
fn summary(out: &mut String, view: &Bilingual<'_>) {
    let claims = view.claims();
    if claims.is_empty() {
        return;
    }
    let to = view.translation.language;
    let _ = writeln!(out, "<p class=\"summary\" lang=\"{to}\" dir=\"auto\">");
    for claim in claims {
        out.push_str(&escape(&claim.text));
        for (number, segment) in view.cited(claim) {
            let _ = write!(out, " <a href=\"#{}\">[{number}]</a>", name(segment));
        }
        for finding in &claim.findings {
            let (class, message) = (class(finding.severity), escape(&finding.message));
            let _ = write!(out, " <small class=\"{class}\">({message})</small>");
        }
        out.push('\n');
    }
    out.push_str("</p>\n");
}

pub(super) fn text_row(
    out: &mut String,
    kind: BlockKind,
    segments: &[Segment],
    from: Lang,
    to: Lang,
) {
    let look = match kind {
        BlockKind::Heading(1) => "row h1",
        BlockKind::Heading(_) => "row h2",
        BlockKind::ListItem => "row li",
        BlockKind::Quote => "row quote",
        _ => "row",
    };
    let _ = write!(
        out,
        "<div class=\"{look}\">\n<div class=\"source\" lang=\"{from}\" dir=\"auto\">"
    );
    for (i, segment) in segments.iter().enumerate() {
        out.push_str(if i > 0 { " " } else { "" });
        part(out, segment, &segment.source, None);
    }
    let _ = write!(
        out,
        "</div>\n<div class=\"target\" lang=\"{to}\" dir=\"auto\">"
    );
    for (i, segment) in segments.iter().enumerate() {
        out.push_str(if i > 0 { " " } else { "" });
        let id = name(segment);
        part(out, segment, &segment.text, Some(&id));
    }
    out.push_str("</div>\n");
    if segments.iter().any(|segment| !segment.findings.is_empty()) {
        out.push_str("<ul class=\"notes\">\n");
        for segment in segments {
            for finding in &segment.findings {
                let _ = writeln!(
                    out,
                    "<li class=\"{}\"><a href=\"#{}\">{}</a></li>",
                    class(finding.severity),
                    name(segment),
                    escape(&finding.message)
                );
            }
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</div>\n");
}

/// Why a word or an item is marked.
struct Mark {
    /// Greater is worse.
    class: &'static str,
    rank: usize,
    /// For a person, escaped.
    why: String,
}

/// One side of a segment, the translation if it has an `id`. Its items that a check named are marked with the reason, and
/// so are the most doubtful words of a segment that is worth a second look; a doubt that names nothing on this side
/// underlines the whole.
fn part(out: &mut String, segment: &Segment, text: &str, id: Option<&str>) {
    let span = |finding: &Finding| match id {
        Some(_) => finding.target,
        None => finding.source,
    };
    let doubts: Vec<String> = segment
        .findings
        .iter()
        .filter(|finding| span(finding).is_none())
        .map(|finding| escape(&finding.message))
        .collect();
    let _ = write!(
        out,
        "<span class=\"s{}\" data-s=\"{}\" tabindex=\"0\"",
        if doubts.is_empty() { "" } else { " doubt" },
        name(segment)
    );
    if let Some(id) = id {
        let _ = write!(out, " id=\"{id}\"");
    }
    if !doubts.is_empty() {
        let _ = write!(out, " title=\"{}\"", doubts.join("; "));
    }
    out.push('>');
    let mut marks: Vec<(Span, Mark)> = Vec::new();
    for finding in &segment.findings {
        let mark = Mark {
            class: class(finding.severity),
            rank: 1 + finding.severity as usize,
            why: escape(&finding.message),
        };
        marks.extend(span(finding).map(|span| (span, mark)));
    }
    if let Some(risk) = segment
        .risk
        .as_ref()
        .filter(|risk| risk.level > Level::Fine)
    {
        let words = if id.is_some() {
            &risk.words
        } else {
            &risk.source
        };
        marks.extend(words.iter().map(|doubt| {
            let why = format!("{:.0} % of the doubts", 100.0 * doubt.share);
            let mark = Mark {
                class: "risk",
                rank: 0,
                why,
            };
            (doubt.span, mark)
        }));
    }
    for (piece, over) in pieces(text, &marks) {
        let over: Vec<&Mark> = over.into_iter().map(|i| &marks[i].1).collect();
        match over.iter().max_by_key(|mark| mark.rank) {
            None => out.push_str(&escape(piece)),
            Some(worst) => {
                let why: Vec<&str> = over.iter().map(|mark| &*mark.why).collect();
                let _ = write!(
                    out,
                    "<mark class=\"{}\" title=\"{}\">{}</mark>",
                    worst.class,
                    why.join("; "),
                    escape(piece)
                );
            }
        }
    }
    out.push_str("</span>");
}

/// Text for an element or a quoted attribute. NUL can't stand in HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
