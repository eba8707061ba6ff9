//! The cheapest path through a part of both texts.

use super::bead::Bead;
use super::evidence::Evidence;

/// A part of both texts.
pub(super) struct Window {
    /// Its first sentence on each side.
    pub start: (usize, usize),
    /// How many sentences of the text it has.
    pub rows: usize,
    /// How many of the translation.
    pub columns: usize,
    /// How many columns a row goes on by, and how many columns the path may be away from that line; without it the path
    /// may lead anywhere, and ends at the last sentence of both sides.
    pub drift: Option<(f64, usize)>,
}

/// How many sentences of each side a bead may have.
const KINDS: [(usize, usize); 8] = [
    (1, 1),
    (1, 0),
    (0, 1),
    (2, 1),
    (1, 2),
    (2, 2),
    (3, 1),
    (1, 3),
];

/// A row of a table of which only the columns near the diagonal are kept.
struct Band {
    first: usize,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy)]
struct Cell {
    cost: f32,
    /// The bead that leads here, by [`KINDS`].
    kind: u8,
    /// Of the two sentences that follow.
    common: f32,
    cosine: f32,
}

impl Window {
    /// The columns of a row.
    fn columns_of(&self, row: usize) -> std::ops::RangeInclusive<usize> {
        match self.drift {
            None => 0..=self.columns,
            Some((slope, width)) => {
                let middle = (row as f64 * slope) as usize;
                middle.saturating_sub(width).min(self.columns)..=(middle + width).min(self.columns)
            }
        }
    }
}

/// The cheapest path through `window`, from its first sentences on.
pub(super) fn path(evidence: &Evidence<'_>, window: &Window) -> Vec<Bead> {
    let (i0, j0) = window.start;
    let mut table: Vec<Band> = Vec::with_capacity(window.rows + 1);
    for row in 0..=window.rows {
        let columns = window.columns_of(row);
        let first = *columns.start();
        let cells = columns.map(|column| {
            let inside = row < window.rows && column < window.columns;
            let (i, j) = (i0 + row, j0 + column);
            Cell {
                cost: f32::INFINITY,
                kind: u8::MAX,
                common: if inside { evidence.common(i, j) } else { 0.0 },
                cosine: if inside {
                    evidence.cosine(i, j).unwrap_or(0.0)
                } else {
                    0.0
                },
            }
        });
        table.push(Band {
            first,
            cells: cells.collect(),
        });
    }
    table[0].cells[0].cost = 0.0;
    let get = |table: &[Band], row: usize, column: usize| -> Option<Cell> {
        let band = &table[row];
        band.cells.get(column.checked_sub(band.first)?).copied()
    };
    for row in 0..=window.rows {
        for column in window.columns_of(row) {
            let mut best = match (row, column) {
                (0, 0) => continue,
                _ => (f32::INFINITY, u8::MAX),
            };
            for (kind, (di, dj)) in (0..).zip(KINDS) {
                let (Some(before), Some(left)) = (row.checked_sub(di), column.checked_sub(dj))
                else {
                    continue;
                };
                let Some(from) = get(&table, before, left).filter(|cell| cell.cost.is_finite())
                else {
                    continue;
                };
                let bead = bead((i0 + before, j0 + left), (di, dj));
                let cell = |i: usize, j: usize| get(&table, i - i0, j - j0);
                let cost = evidence.cost(
                    &bead,
                    |i, j| cell(i, j).map_or(0.0, |cell| cell.common),
                    |i, j| cell(i, j).map_or(0.0, |cell| cell.cosine),
                );
                let cost = from.cost + cost as f32;
                if cost < best.0 {
                    best = (cost, kind);
                }
            }
            let band = &mut table[row];
            let cell = &mut band.cells[column - band.first];
            (cell.cost, cell.kind) = best;
        }
    }
    back(&table, window)
}

/// Follows the path back from where it ends.
fn back(table: &[Band], window: &Window) -> Vec<Bead> {
    let last = &table[window.rows];
    let end = match window.drift {
        None => window.columns,
        Some(_) => {
            let cells = last.cells.iter().enumerate();
            let best = cells.min_by(|a, b| a.1.cost.total_cmp(&b.1.cost));
            last.first + best.map_or(0, |(at, _)| at)
        }
    };
    let (mut row, mut column) = (window.rows, end);
    let mut beads = Vec::new();
    while (row, column) != (0, 0) {
        let band = &table[row];
        let kind = usize::from(band.cells[column - band.first].kind);
        let (di, dj) = KINDS[kind];
        (row, column) = (row - di, column - dj);
        beads.push(bead(
            (window.start.0 + row, window.start.1 + column),
            (di, dj),
        ));
    }
    beads.reverse();
    beads
}

fn bead((i, j): (usize, usize), (di, dj): (usize, usize)) -> Bead {
    Bead {
        source: i..i + di,
        target: j..j + dj,
    }
}
