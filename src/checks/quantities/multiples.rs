//! Multiples: "raddoppiato", "trois fois moins", "tenfold", "verzehnfacht".

use super::item::{Demand, Item, part};
use super::numerals::Said;
use super::vocabulary::{Piece, piece};
use crate::checks::words::{Kind, Side};

/// "doubled", "il triplo", "verzehnfacht", "four times", "dix fois moins".
pub(super) fn multiple(
    side: &Side,
    i: usize,
    counted: Option<(f64, usize)>,
    items: &mut Vec<Item>,
) -> Option<usize> {
    let word = side.lower(i);
    let phrases = &side.language.phrases;
    let by_stem = || {
        let mut stems = phrases.multiples.iter();
        stems.find_map(|(stem, value)| word.starts_with(stem).then_some(*value))
    };
    // "every other week"
    if side.is_in(i, &phrases.alternate) {
        let mut item = part(side, i, i + 1, 2.0, Demand::None);
        item.said = Some(Said::Loose);
        items.push(item);
        return Some(i + 1);
    }
    if side.words[i].kind == Kind::Letters
        && let Some(value) = written_as_one(word, side).or_else(by_stem)
    {
        items.push(part(side, i, i + 1, value, Demand::None));
        return Some(i + 1);
    }
    let (times, at) = counted?;
    let counts = phrases.times.iter().any(|times| times == side.lower(at));
    if !counts || times < 2.0 {
        return None;
    }
    // "the three times winner"
    let demand = match times {
        ..3.0 => Demand::None,
        ..=12.0 => Demand::Soft,
        _ => Demand::Hard,
    };
    let mut item = part(side, i, at + 1, times, demand);
    let less = |at: usize| phrases.less.iter().any(|less| less == side.lower(at));
    if less(at + 1) || less(at + 2) {
        item = item.or(1.0 / times);
    }
    items.push(item);
    Some(at + 1)
}

/// A number written as one with what makes a multiple of it: "dreifach", "verzehnfacht", "zehnmal"; but no "einfach".
fn written_as_one(word: &str, side: &Side) -> Option<f64> {
    let phrases = &side.language.phrases;
    let prefix = phrases.multiple_prefix.as_deref().unwrap_or_default();
    let mut endings = phrases.multiple_endings.iter();
    endings.find_map(|end| {
        let stem = word.strip_suffix(end.as_str())?;
        let stem = stem.strip_prefix(prefix).unwrap_or(stem);
        match piece(stem, side.language)? {
            Piece::Plain(n) if n >= 2.0 => Some(n),
            Piece::Hundred => Some(100.0),
            Piece::Power(n) => Some(n),
            _ => None,
        }
    })
}
