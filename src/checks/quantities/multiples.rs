//! Multiples: "raddoppiato", "trois fois moins", "tenfold", "verzehnfacht".

use super::item::{Demand, Item};
use super::numerals::Said;
use super::parts::part;
use super::vocabulary::{Piece, piece};
use crate::checks::words::{Kind, Side};
use crate::text::Lang;

/// Words that multiply or divide; stems, for any ending.
const MULTIPLES: [(Lang, &str); 6] = [
    (
        Lang::IT,
        "dimezz=0.5 raddopp=2 doppi=2 duplic=2 triplic=3 tripl=3 quadruplic=4 quadrupl=4 quintuplic=5 quintupl=5 decuplic=10 \
         decupl=10 centuplic=100",
    ),
    (
        Lang::EN,
        "halve=0.5 halving=0.5 doubl=2 twice=2 twofold=2 tripl=3 trebl=3 thrice=3 threefold=3 quadrupl=4 fourfold=4 \
         quintupl=5 fivefold=5 sixfold=6 sevenfold=7 eightfold=8 ninefold=9 tenfold=10 twentyfold=20 hundredfold=100",
    ),
    (
        Lang::FR,
        "doubl=2 redoubl=2 tripl=3 quadrupl=4 quintupl=5 sextupl=6 décupl=10 centupl=100",
    ),
    (Lang::DE, "halbier=0.5 verdoppel=2 doppel=2"),
    (
        Lang::ES,
        "duplic=2 redobl=2 dobl=2 triplic=3 triple=3 tripl=3 cuadruplic=4 cuádrupl=4 quintuplic=5 quíntupl=5 decuplic=10 \
         décupl=10",
    ),
    (
        Lang::PT,
        "dobr=2 duplic=2 dupl=2 redobr=2 triplic=3 tripl=3 quadruplic=4 quádrupl=4 quintuplic=5 quíntupl=5 decuplic=10 \
         décupl=10",
    ),
];

/// "doubled", "il triplo", "verzehnfacht", "four times", "dix fois moins".
pub(super) fn multiple(
    side: &Side,
    i: usize,
    counted: Option<(f64, usize)>,
    items: &mut Vec<Item>,
) -> Option<usize> {
    let word = side.lower(i);
    let stems = MULTIPLES.iter().find(|(lang, _)| *lang == side.lang)?.1;
    let by_stem = || {
        stems.split_ascii_whitespace().find_map(|entry| {
            let (stem, value) = entry.split_once('=')?;
            word.starts_with(stem).then(|| value.parse::<f64>().ok())?
        })
    };
    // "every other week"
    if side.lang == Lang::EN && word == "other" && i > 0 && side.lower(i - 1) == "every" {
        let mut item = part(side, i, i + 1, 2.0, Demand::None);
        item.said = Some(Said::Loose);
        items.push(item);
        return Some(i + 1);
    }
    if side.words[i].kind == Kind::Letters {
        let value = match side.lang {
            Lang::DE => german(word, side).or_else(by_stem),
            _ => by_stem(),
        };
        if let Some(value) = value {
            items.push(part(side, i, i + 1, value, Demand::None));
            return Some(i + 1);
        }
    }
    let (times, at) = counted?;
    let counts = match side.lang {
        Lang::IT => matches!(side.lower(at), "volte"),
        Lang::EN => matches!(side.lower(at), "times" | "fold"),
        Lang::FR => matches!(side.lower(at), "fois"),
        Lang::DE => matches!(side.lower(at), "mal" | "fach"),
        Lang::ES => matches!(side.lower(at), "veces"),
        _ => matches!(side.lower(at), "vezes"),
    };
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
    let less = |at: usize| {
        matches!(
            side.lower(at),
            "less"
                | "fewer"
                | "smaller"
                | "lower"
                | "cheaper"
                | "meno"
                | "inferiore"
                | "inferiori"
                | "moins"
                | "weniger"
                | "menos"
                | "inferior"
                | "inferiores"
                | "inférieur"
                | "inférieure"
                | "menor"
                | "menores"
                | "niedriger"
        )
    };
    if less(at + 1) || less(at + 2) {
        item = item.or(1.0 / times);
    }
    items.push(item);
    Some(at + 1)
}

/// "dreifach", "verzehnfacht", "zehnmal".
fn german(word: &str, side: &Side) -> Option<f64> {
    let (stem, _) = word.split_once("fach").or(word.split_once("mal"))?;
    let stem = stem.strip_prefix("ver").unwrap_or(stem);
    let (_, end) = word.split_at(word.find("fach").or(word.find("mal"))?);
    // "zweimalig", but no "einfach" and no "dreimaster"
    if !matches!(
        end,
        "fach"
            | "fache"
            | "fachen"
            | "facher"
            | "faches"
            | "fachem"
            | "facht"
            | "fachte"
            | "fachten"
            | "fachung"
            | "mal"
            | "malig"
            | "malige"
            | "maligen"
            | "maliger"
    ) {
        return None;
    }
    match piece(stem, side.language)? {
        Piece::Plain(n) if n >= 2.0 => Some(n),
        Piece::Hundred => Some(100.0),
        Piece::Power(n) => Some(n),
        _ => None,
    }
}
