//! The two ends of a range that changed places: "da 10 a 15", "from 15 to 10".

use super::item::{Item, What};
use super::numerals::Said;
use crate::checks::finding::Finding;
use crate::checks::id::CheckId;
use crate::checks::words::Side;
use crate::text::Span;

/// The ranges of a side: the items of their two ends.
fn ranges<'i>(side: &Side, items: &'i [Item]) -> Vec<(&'i Item, &'i Item)> {
    let is_end = |item: &Item| {
        item.what == What::Number && !matches!(item.said, Some(Said::Score | Said::Part))
    };
    let links = &side.language.links.range;
    let joins = |first: &Item, second: &Item| {
        let gap = side
            .text
            .get(first.span.end..second.span.start)
            .map(str::trim);
        gap.is_some_and(|gap| matches!(gap, "-" | "–") || links.iter().any(|link| link == gap))
    };
    let pairs = items.windows(2).map(|pair| (&pair[0], &pair[1]));
    pairs
        .filter(|(first, second)| is_end(first) && is_end(second) && joins(first, second))
        .collect()
}

/// Looks for a range of the source whose ends the translation has the other way round.
pub(super) fn check(
    source: &Side,
    target: &Side,
    said: &[Item],
    written: &[Item],
    found: &mut Vec<Finding>,
) {
    let ranges_written = ranges(target, written);
    for (first, second) in ranges(source, said) {
        let straight = ranges_written
            .iter()
            .any(|(one, other)| first.equals(one) && second.equals(other));
        let turned = ranges_written
            .iter()
            .find(|(one, other)| first.equals(other) && second.equals(one));
        if let Some((one, other)) = turned.filter(|_| !straight) {
            let over = |first: &Item, last: &Item| Span {
                start: first.span.start,
                end: last.span.end,
            };
            let (was, is) = (over(first, second), over(one, other));
            let (said, written) = (was.of(source.text), is.of(target.text));
            let message = format!("\"{said}\" became \"{written}\"");
            let finding = Finding::error(CheckId::Number, message);
            found.push(finding.at_source(was).at_target(is));
        }
    }
}
