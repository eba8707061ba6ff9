//! Columns of plain text: tables drawn with spaces, tabs or lines. A translation has other widths, so that its columns are set
//! anew.

use std::ops::Range;

/// As many spaces within a line part columns.
const GAP: usize = 3;

/// What parts the columns of a line: tabs, wide gaps, upright lines with spaces around them.
pub(super) fn gaps(line: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut slips: Vec<Range<usize>> = Vec::new();
    let signs = |c: char| matches!(c, ' ' | '\t' | '|' | '│');
    // `{{ name | upper }}` has none.
    let framed = line.trim_start().starts_with(['|', '│']);
    let mut at = 0;
    while let Some(start) = line[at..].find(signs).map(|start| at + start) {
        let rest = &line[start..];
        let len = rest.len() - rest.trim_start_matches(signs).len();
        let gap = &rest[..len];
        at = start + len;
        let upright = framed && gap.contains(['|', '│']) && gap.contains([' ', '\t']);
        let wide = gap.len() >= GAP && !gap.contains(['|', '│']);
        if wide && line[..start].ends_with([',', ';']) {
            slips.push(start..at);
        } else if upright || wide || gap.contains('\t') {
            found.push(start..at);
        }
    }
    // Behind a comma it is a slip of whoever typed, unless the line has other columns.
    let is_inner = |gap: &Range<usize>| !line[..gap.start].trim().is_empty();
    if found.iter().any(is_inner) {
        found.extend(slips);
        found.sort_by_key(|gap| gap.start);
    }
    found
}

/// What parts the cells of a line: what parts its columns, and rows of dots that lead from a name to its price.
pub(super) fn parts(line: &str) -> Vec<Range<usize>> {
    let mut found = gaps(line);
    if let Some(dots) = leader(line) {
        let start = line[..dots.start].trim_end().len();
        let end = line.len() - line[dots.end..].trim_start().len();
        if !found.iter().any(|gap| gap.start < end && start < gap.end) {
            found.push(start..end);
            found.sort_by_key(|gap| gap.start);
        }
    }
    found
}

/// Whether lines of `text` may have columns that are set by spaces or dots.
pub(super) fn may_have(text: &str) -> bool {
    text.lines()
        .any(|line| is_set(line) || leader(line).is_some())
}

fn is_set(line: &str) -> bool {
    let inner = line.trim();
    let spaces = |gap: &Range<usize>| !inner[gap.clone()].contains('\t');
    inner.contains([' ', '|', '│']) && gaps(inner).iter().any(spaces)
}

/// `made`, a translation of `source` line by line, with its columns below each other where those of the source are.
pub(super) fn aligned(source: &str, made: &str) -> String {
    let sources: Vec<&str> = source.split('\n').collect();
    let mut lines: Vec<String> = made.split('\n').map(str::to_owned).collect();
    if sources.len() != lines.len() {
        return made.to_owned();
    }
    led(&sources, &mut lines);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut out: Vec<String> = Vec::with_capacity(lines.len());
    let mut n = 0;
    while n < lines.len() {
        let rows = sources[n..].iter().take_while(|line| is_row(line)).count();
        if rows == 0 || sources[n..n + rows] == lines[n..n + rows] {
            let same = rows.max(1);
            out.extend(lines[n..n + same].iter().map(|line| line.to_string()));
            n += same;
            continue;
        }
        out.extend(table(&sources[n..n + rows], &lines[n..n + rows]));
        n += rows;
    }
    out.join("\n")
}

/// So many dots in a row lead from a name to its price.
const LEADER: usize = 5;

/// Where the first row of dots in `line` stands that something follows.
fn leader(line: &str) -> Option<Range<usize>> {
    let mut at = 0;
    while let Some(start) = line[at..].find('.').map(|len| at + len) {
        let end = line.len() - line[start..].trim_start_matches('.').len();
        at = end;
        if end - start >= LEADER && !line[end..].trim().is_empty() {
            return Some(start..end);
        }
    }
    None
}

/// Sets the rows of dots in `lines` so that they end where those of the source do; and all of a list further to the right where
/// one of its names has become too long.
fn led(sources: &[&str], lines: &mut [String]) {
    let led: Vec<Option<usize>> = sources
        .iter()
        .zip(&*lines)
        .map(|(source, line)| {
            leader(line)?;
            leader(source).map(|dots| width(&source[..dots.end]))
        })
        .collect();
    let mut n = 0;
    while n < lines.len() {
        // A blank line ends a list.
        let rows = sources[n..]
            .iter()
            .take_while(|line| !line.trim().is_empty());
        let list = n..n + rows.count();
        let name = |i: usize| leader(&lines[i]).map_or(0, |dots| width(&lines[i][..dots.start]));
        let lack = |i: usize| led[i].map_or(0, |end| (name(i) + 3).saturating_sub(end));
        let more = list.clone().map(lack).max().unwrap_or(0);
        for i in list.clone() {
            if let (Some(end), Some(dots)) = (led[i], leader(&lines[i])) {
                let count = (end + more).saturating_sub(width(&lines[i][..dots.start]));
                lines[i].replace_range(dots, &".".repeat(count));
            }
        }
        n = list.end + 1;
    }
}

/// Whether a line may belong to a table: it has columns, or is a rule of one.
fn is_row(line: &&str) -> bool {
    is_set(line) || is_rule(line)
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() > 2
        && line.chars().all(|c| " +-=|:─┼├┤".contains(c))
        && line.contains(['-', '=', '─'])
}

/// A piece of a line and the column, in characters, at which it begins.
type Cell<'t> = (usize, &'t str);

/// The cells of a line, in which a frame's lines and a rule's corners are cells of their own.
fn cells(line: &str) -> Vec<Cell<'_>> {
    let rule = is_rule(line);
    let frames = |c: char| matches!(c, '|' | '│') || rule && matches!(c, '+' | '┼' | '├' | '┤');
    let mut found: Vec<Range<usize>> = Vec::new();
    let body = line.trim_end();
    let mut start = body.len() - body.trim_start().len();
    let mut at = start;
    while at < body.len() {
        let rest = &body[at..];
        let Some(c) = rest.chars().next() else { break };
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let framed = rest[spaces..].starts_with(frames);
        if frames(c) || spaces >= GAP || spaces > 0 && (framed || rule) {
            found.extend((start < at).then_some(start..at));
            let len = if frames(c) { c.len_utf8() } else { spaces };
            found.extend(frames(c).then_some(at..at + len));
            at += len;
            at += match frames(c) {
                true => body[at..].len() - body[at..].trim_start_matches(' ').len(),
                false => 0,
            };
            start = at;
        } else {
            at += spaces.max(c.len_utf8());
        }
    }
    found.extend((start < body.len()).then_some(start..body.len()));
    let cell = |range: Range<usize>| (line[..range.start].chars().count(), &line[range]);
    found.into_iter().map(cell).collect()
}

/// Where the columns of a table are, by their first characters: cells that lie above each other, if only in part, are of one.
fn starts(rows: &[Vec<Cell<'_>>]) -> Vec<usize> {
    // A rule that is all of a line has no columns.
    let rows = rows.iter().filter(|row| row.len() > 1);
    let mut cells: Vec<_> = (rows.flatten())
        .map(|(at, text)| (*at, at + width(text)))
        .collect();
    cells.sort_unstable();
    let mut starts = Vec::new();
    let mut end = 0;
    for (from, to) in cells {
        if from >= end || starts.is_empty() {
            starts.push(from);
        }
        end = end.max(to);
    }
    starts
}

/// The lines of a table, of which each column begins as far to the right as the widest cells before it need.
fn table(sources: &[&str], lines: &[&str]) -> Vec<String> {
    let before: Vec<_> = sources.iter().map(|line| cells(line)).collect();
    let after: Vec<_> = lines.iter().map(|line| cells(line)).collect();
    if before.iter().zip(&after).any(|(a, b)| a.len() != b.len()) {
        return lines.iter().map(|line| line.to_string()).collect();
    }
    let starts = starts(&before);
    if starts.is_empty() {
        return lines.iter().map(|line| line.to_string()).collect();
    }
    let column = |at: usize| {
        starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    };
    let mut shifts = vec![0_usize; starts.len()];
    for k in 1..starts.len() {
        shifts[k] = shifts[k - 1];
        for (old, new) in before.iter().zip(&after) {
            for n in (1..old.len()).filter(|n| column(old[*n].0) == k) {
                let ((at, was), (next, then)) = (old[n - 1], old[n]);
                let room = (next - at - width(was)).min(if is_frame(then) { 1 } else { 2 });
                let end = at + shifts[column(at)] + width(new[n - 1].1).max(fixed(was)) + room;
                shifts[k] = shifts[k].max(end.saturating_sub(next));
            }
        }
    }
    let moved = |at: usize| at + shifts[column(at)];
    let row = |(old, new): (&Vec<Cell<'_>>, &Vec<Cell<'_>>)| {
        let mut out = String::new();
        for (n, ((at, was), (_, text))) in old.iter().zip(new).enumerate() {
            let fill = moved(*at).saturating_sub(width(&out));
            // Two cells of one column stay apart.
            let apart = n > 0 && at - old[n - 1].0 > width(old[n - 1].1);
            out.extend(std::iter::repeat_n(' ', fill.max(usize::from(apart))));
            out.push_str(text);
            // A rule grows with its column.
            if let (true, Some((next, _)), Some(sign)) =
                (fixed(was) > 0, old.get(n + 1), was.chars().next())
                && *next == at + width(was)
            {
                let lacks = moved(*next).saturating_sub(width(&out));
                out.extend(std::iter::repeat_n(sign, lacks));
            }
        }
        out
    };
    before.iter().zip(&after).map(row).collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn is_frame(cell: &str) -> bool {
    matches!(cell, "|" | "│" | "+" | "┼" | "├" | "┤")
}

/// The width that a cell has whatever the others say: that of a piece of a rule.
fn fixed(cell: &str) -> usize {
    let rule = cell.chars().all(|c| "-=─:".contains(c));
    if rule { width(cell) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_spaces_stay_below_each_other() {
        let source =
            "Name            Price\n----            -----\nAdult            4.50\n\nIt is old.\n";
        let made = "Nome            Preço\n----            -----\nPessoa adulta e mais            4.50\n\nÉ velho.\n";
        let expected = "Nome                 Preço\n----                 -----\nPessoa adulta e mais  4.50\n\nÉ velho.\n";
        assert_eq!(aligned(source, made), expected);
        let made =
            "Nome            Preço\n----            -----\nGente            4.50\n\nÉ velho.\n";
        assert_eq!(aligned(source, made), made);
        // A rule over the whole width is no column; behind a comma, too, a table has one.
        let source = "Time     Stage       What\n-------------------------\n14:00    Gate        Songs\n15:00    Old barn    Dance,    W\n";
        let made = "Hora     Palco       O quê\n-------------------------\n14:00    Portão principal        Canções\n15:00    Celeiro velho    Dança,    W\n";
        let expected = "Hora     Palco             O quê\n-------------------------\n14:00    Portão principal  Canções\n15:00    Celeiro velho     Dança,    W\n";
        assert_eq!(aligned(source, made), expected);
    }

    #[test]
    fn frames_grow_with_their_cells() {
        let source =
            "+------+-----+\n| Pool | Day |\n+------+-----+\n| Old  | no  |\n+------+-----+";
        let made =
            "+------+-----+\n| Piscina | Dia |\n+------+-----+\n| Velha  | não  |\n+------+-----+";
        let expected = "+---------+-----+\n| Piscina | Dia |\n+---------+-----+\n| Velha   | não |\n+---------+-----+";
        assert_eq!(aligned(source, made), expected);
    }

    #[test]
    fn rows_of_dots_end_below_each_other() {
        let source = "Tea ............ $2.20\nCoffee ......... $2.50\n\nSo.....\n";
        for (made, expected) in [
            (
                "Chá ............ $2,20\nCafé puro ......... $2,50\n\nSim.....\n",
                "Chá ............ $2,20\nCafé puro ...... $2,50\n\nSim.....\n",
            ),
            (
                "Chá ............ $2,20\nCafé e pão da manhã ......... $2,50\n\nSim.....\n",
                "Chá ................... $2,20\nCafé e pão da manhã ... $2,50\n\nSim.....\n",
            ),
        ] {
            assert_eq!(aligned(source, made), expected);
        }
    }

    #[test]
    fn what_has_no_columns_is_left_alone() {
        for text in ["One.  Two.\nThree", "a | b", "", "  set in\n\tso"] {
            assert_eq!(aligned(text, text), text);
        }
        assert_eq!(aligned("a\nb", "c"), "c");
        assert!(!may_have("One.  Two.\n    so\n"));
    }
}
