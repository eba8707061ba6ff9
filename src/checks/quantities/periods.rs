//! The beginning, middle or end of a month, a season or a year: "early September" is not "fim de setembro".

use super::calendar;
use crate::checks::words::Side;
use crate::checks::{CheckId, Finding};
use crate::languages::Stretch;
use crate::text::Span;

/// A period and the stretch of it that is meant.
struct Told {
    span: Span,
    /// The month, or 12 and the season.
    period: u32,
    stretch: Stretch,
}

fn told(side: &Side) -> Vec<Told> {
    let names = &side.language.calendar;
    let read = |i: usize| {
        let season = || names.season(side.lower(i));
        let period = calendar::month(side, i).or_else(|| Some(season()? + 12))?;
        let close = |at: &usize| matches!(side.after(*at), " " | "-" | "'" | "’");
        let mut at = i.checked_sub(1).filter(close)?;
        while side.is_any(at, &side.language.links.stretch_period) {
            at = at.checked_sub(1).filter(close)?;
        }
        let stretch = names.stretch(side.lower(at))?;
        let span = Span {
            start: side.words[at].span.start,
            end: side.words[i].span.end,
        };
        Some(Told {
            span,
            period,
            stretch,
        })
    };
    (0..side.words.len()).filter_map(read).collect()
}

/// Reports a period of which the translation tells another stretch.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (said, written) = (told(source), told(target));
    for told in &said {
        let mut same = written
            .iter()
            .filter(|other| other.period == told.period)
            .peekable();
        let Some(first) = same.peek() else { continue };
        let (was, is) = (told.span.of(source.text), first.span.of(target.text));
        let (from, to) = (told.span, first.span);
        if same.all(|other| other.stretch != told.stretch) {
            found.push(
                Finding::error(CheckId::Date, format!("\"{was}\" became \"{is}\""))
                    .at_source(from)
                    .at_target(to),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn beginnings_and_ends() {
        for (from, to, source, target, expected) in [
            (
                Lang::EN,
                Lang::PT,
                "in early September",
                "no fim de setembro",
                1,
            ),
            (
                Lang::EN,
                Lang::PT,
                "in early September",
                "no início de setembro",
                0,
            ),
            (
                Lang::IT,
                Lang::EN,
                "all'inizio dell'estate",
                "in late summer",
                1,
            ),
            (Lang::IT, Lang::DE, "a fine maggio", "Ende Mai", 0),
            (Lang::IT, Lang::DE, "a fine maggio", "Anfang Mai", 1),
            (Lang::FR, Lang::ES, "à la mi-juin", "a mediados de junio", 0),
            (Lang::FR, Lang::ES, "fin juin", "en junio", 0),
        ] {
            let mut found = Vec::new();
            check(&Side::new(source, from), &Side::new(target, to), &mut found);
            assert_eq!(found.len(), expected, "{source} | {target}");
        }
    }
}
