//! The unit of a number, and "and a half" behind it.

use super::item::Item;
use super::numerals;
use super::units::Unit;
use super::vocabulary::{self, Piece};
use crate::checks::words::Side;
use crate::text::Span;

/// One past the words of "per cento" or "Prozent" that start at word `i`.
pub(super) fn is_percent(side: &Side, i: usize) -> Option<usize> {
    side.past_row(i, &side.language.links.percent)
}

/// Finds the unit of a number whose words are `start..end`, and "and a half" behind it ("due metri e mezzo"); gives one
/// past the last word that belongs to the number.
pub(super) fn unit(side: &Side, start: usize, end: usize, item: &mut Item) -> usize {
    let Some((unit, span, until)) = find_unit(side, start, end, item.span) else {
        return end;
    };
    item.unit = Some(unit);
    item.span = span;
    match numerals::half_after_and(side, until) {
        Some(after) if until > end && item.values[0].fract() == 0.0 => {
            item.values[0] += 0.5;
            item.span.end = side.words[after - 1].span.end;
            after
        }
        _ => end,
    }
}

/// The unit, the number's span together with it, and one past its last word.
fn find_unit(side: &Side, start: usize, end: usize, span: Span) -> Option<(Unit, Span, usize)> {
    let to = |end: usize| Span { end, ..span };
    let after = side.after(end - 1);
    let at = side.words[end - 1].span.end;
    let sign = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let skipped = after.len() - sign.len();
    if skipped <= 3
        && let Some(c) = sign.chars().next()
    {
        if c == '°' && sign.trim_end() == "°" {
            let unit = match side.lower(end) {
                "c" => Unit::of("°c"),
                "f" => Unit::of("°f"),
                _ => None,
            };
            return unit.map(|unit| (unit, to(side.words[end].span.end), end + 1));
        }
        if let Some(unit) = Unit::of(c.encode_utf8(&mut [0; 4])) {
            return Some((unit, to(at + skipped + c.len_utf8()), end));
        }
    }
    if let Some(until) = is_percent(side, end) {
        return Some((Unit::PERCENT, to(side.words[until - 1].span.end), until));
    }
    if let Some(until) = basis_points(side, end) {
        let unit = Unit::basis_points()?;
        return Some((unit, to(side.words[until - 1].span.end), until));
    }
    let before = side.before(start).trim_end();
    let mut sign_bytes = [0; 4];
    if let Some(c) = before.chars().next_back().filter(|c| "€$£¥₽₹".contains(*c))
        && let Some(unit) = Unit::of(if c == '$' && before == "$" && is_real(side, start) {
            "r$"
        } else {
            c.encode_utf8(&mut sign_bytes)
        })
    {
        let gap = side.before(start).len() - before.len() + c.len_utf8();
        let start = side.words[start].span.start - gap;
        return Some((unit, Span { start, ..span }, end));
    }
    // "3 milioni di euro", "trois millions d'euros"; a hyphen in "69-year-old".
    let links = &side.language.links;
    // "half an hour"
    let half = vocabulary::piece(side.lower(end - 1), side.language) == Some(Piece::Half);
    let linked =
        side.is_any(end, &links.before_unit) || half && side.is_any(end, &links.after_half);
    let next = end + usize::from(linked);
    let close = (end..=next).all(|i| {
        matches!(
            side.before(i),
            " " | "" | "-" | "\u{a0}" | "\u{202f}" | "'" | "’"
        )
    });
    if let Some((unit, until)) = Unit::at(side, next).filter(|_| close) {
        return Some((unit, to(side.words[until - 1].span.end), until));
    }
    let code = start.checked_sub(1)?;
    let unit = money_code(side, code)?;
    let start = side.words[code].span.start;
    Some((unit, Span { start, ..span }, end))
}

/// The currency whose code is word `i`, before its sum: "CHF 20".
fn money_code(side: &Side, i: usize) -> Option<Unit> {
    let word = &side.words[i];
    let code = word.text.len() == 3 && word.text.chars().all(char::is_uppercase);
    let close = matches!(side.after(i), " " | "" | "\u{a0}" | "\u{202f}");
    Unit::of(&word.lower).filter(|unit| unit.is_money() && code && close)
}

/// One past the words of "basis points" that start at word `i`.
fn basis_points(side: &Side, i: usize) -> Option<usize> {
    side.past_row(i, &side.language.links.basis_points)
}

/// Whether the dollar sign before word `at` is that of the real: "R$ 1,3 bilhão".
fn is_real(side: &Side, at: usize) -> bool {
    at > 0 && side.lower(at - 1) == "r"
}

/// "a year and a half", "mes y medio": one and a half without a number before the unit; the unit and one past the last
/// word.
pub(super) fn one_and_a_half(side: &Side, i: usize) -> Option<(Unit, usize)> {
    let article = side.is_any(i, &side.language.calendar.articles);
    let at = i + usize::from(article && side.before(i + 1) == " ");
    let unit = Unit::in_lang(side.lower(at), side.language)?;
    numerals::half_after_and(side, at + 1).map(|end| (unit, end))
}
