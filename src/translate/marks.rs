//! The quotation marks and dashes of a text, as [`fold`](super::typography::fold) needs them.

const QUOTES: &[(char, char)] = &[('“', '”'), ('«', '»'), ('„', '“'), ('‟', '”')];

/// The source's double quotation marks that the model lacks, by the first of them; and whether that one closes.
pub(super) fn quotes(source: &str, knows: &impl Fn(char) -> bool) -> (Option<(char, char)>, bool) {
    let opens = QUOTES.iter().filter(|(open, _)| !knows(*open));
    let opens = opens.filter_map(|pair| source.find(pair.0).map(|at| (at, *pair)));
    let first = opens.min();
    let closes = QUOTES.iter().filter(|(_, close)| !knows(*close));
    // Behind a word or a stop, a mark closes.
    let closes = closes.filter_map(|pair| {
        let at = source.find(pair.1)?;
        let behind = source[..at].chars().next_back();
        behind
            .is_some_and(|c| !c.is_whitespace() && !"([".contains(c))
            .then_some((at, *pair))
    });
    let closing = closes.min_by_key(|(at, _)| *at);
    // Where single marks are all there are, a model that knows only double ones means them.
    let single = first.is_none() && !source.contains('"') && source.contains('‘') && !knows('‘');
    match (first, closing) {
        (None, None) if single => (Some(('‘', '’')), false),
        (Some((open, _)), Some((close, pair))) if close <= open => (Some(pair), true),
        (None, Some((_, pair))) => (Some(pair), true),
        (first, _) => (first.map(|(_, pair)| pair), false),
    }
}

/// The quotation marks of `text` and their places, in order, without its apostrophes: a single mark that closes has one that
/// opens before it.
pub(super) fn quotation_marks(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut open = 0_usize;
    let marks = text.char_indices().filter(move |(at, c)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + c.len_utf8()..].chars().next();
        let begins = before.is_none_or(|c| c.is_whitespace() || "([\"“«„-–—".contains(c));
        let ends = after.is_none_or(|c| !c.is_alphanumeric());
        match c {
            '"' | '“' | '”' | '«' | '»' | '„' => true,
            '‘' | '\'' if begins && !ends => {
                open += 1;
                true
            }
            '’' | '\'' if ends && open > 0 => {
                open -= 1;
                true
            }
            _ => false,
        }
    });
    marks.collect::<Vec<_>>().into_iter()
}

/// As [`quotation_marks`], with every single mark at an edge of a word, whatever opens before it.
pub(super) fn edge_marks(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(at, c)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + c.len_utf8()..].chars().next();
        let within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '"' | '“' | '”' | '«' | '»' | '„' => true,
            '‘' | '’' | '\'' => !(within(before) && within(after)),
            _ => false,
        }
    })
}

/// The dashes of `text` that stand between spaces or begin it, in order; hyphens among them.
pub(super) fn dashes(text: &str) -> impl Iterator<Item = char> {
    let chars: Vec<char> = text.chars().collect();
    let blank = move |chars: &[char], at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_none_or(|c| c.is_whitespace())
    };
    let stands = (0..chars.len()).filter(|&i| {
        "-–—".contains(chars[i]) && blank(&chars, i.checked_sub(1)) && blank(&chars, Some(i + 1))
    });
    stands.map(|i| chars[i]).collect::<Vec<_>>().into_iter()
}

/// Whether the dashes of `text` are typed as two hyphens, as in mail and TeX.
pub(super) fn are_typed(text: &str) -> bool {
    let between = |at: usize| {
        let space = |c: Option<char>| c.is_some_and(char::is_whitespace);
        let (before, after) = (
            text[..at].chars().next_back(),
            text[at + 2..].chars().next(),
        );
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        space(before) && space(after) || digit(before) && digit(after)
    };
    let mut found = text.match_indices("--").peekable();
    found.peek().is_some() && !text.contains('—') && found.all(|(at, _)| between(at))
}

/// `source` with spaces around the long dashes that a model doesn't know and that part words, so that they are no hyphens to
/// it; and what such dashes join, years and pages, and figures below zero.
pub(super) fn dashed(
    source: &str,
    knows: &impl Fn(char) -> bool,
) -> (String, Vec<(String, String)>) {
    let mut text = String::with_capacity(source.len());
    let mut ranges = Vec::new();
    for (at, c) in source.char_indices() {
        let (before, after) = (&source[..at], &source[at + c.len_utf8()..]);
        let between = |is: fn(char) -> bool| before.ends_with(is) && after.starts_with(is);
        match c {
            '–' | '—' if knows(c) => text.push(c),
            '–' | '—' if between(|c| c.is_ascii_digit()) => {
                let is_digit = |c: char| c.is_ascii_digit();
                let from = before.trim_end_matches(is_digit).len();
                let to = after.len() - after.trim_start_matches(is_digit).len();
                let (from, to) = (&before[from..], &after[..to]);
                ranges.push((format!("{from}-{to}"), format!("{from}{c}{to}")));
                text.push(c);
            }
            '—' if between(char::is_alphabetic) => text.push_str(" — "),
            '−' if !knows(c) && !before.ends_with(char::is_alphanumeric) => {
                let figure =
                    after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                if figure > 0 {
                    let figure = &after[..figure];
                    ranges.push((format!("-{figure}"), format!("{c}{figure}")));
                }
                text.push(c);
            }
            _ => text.push(c),
        }
    }
    (text, ranges)
}

/// The long dash that ends `source`, a speech broken off or a line that goes on, if it stands close behind a word and a model
/// doesn't know it: to such a model it is a hyphen.
pub(super) fn last_dash(source: &str, knows: &impl Fn(char) -> bool) -> Option<char> {
    let last = source.chars().next_back()?;
    let before = source[..source.len() - last.len_utf8()]
        .chars()
        .next_back()?;
    let broken = "–—".contains(last) && !knows(last) && !"-–—".contains(before);
    (broken && !before.is_whitespace()).then_some(last)
}

/// The hyphens and dashes of `text` with no space beside them, and their places, in order.
pub(super) fn tight(text: &str) -> Vec<(usize, char)> {
    let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let close = |(at, c): &(usize, char)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + c.len_utf8()..].chars().next();
        "-–—".contains(*c) && !space(before) && !space(after)
    };
    text.char_indices().filter(close).collect()
}

/// `text` with the long ones among the `tight` dashes of its source: each in its place where there are as many, else where the
/// same word stands before or behind it.
pub(super) fn retightened(text: String, source: &str) -> String {
    let wanted = tight(source);
    let found = tight(&text);
    if wanted.iter().all(|(_, c)| *c == '-') || found.is_empty() {
        return text;
    }
    let same = wanted.len() == found.len();
    let word = |c: char| c.is_alphanumeric();
    let beside = |text: &str, at: usize, c: char| {
        let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
        let before = &before[before.trim_end_matches(word).len()..];
        let after = &after[..after.len() - after.trim_start_matches(word).len()];
        [before.to_owned(), after.to_owned()]
    };
    let sides: Vec<_> = wanted
        .iter()
        .map(|&(at, c)| (beside(source, at, c), c))
        .collect();
    let mut out = text.clone();
    for (n, &(at, c)) in found
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, (_, c))| *c == '-')
    {
        let here = beside(&text, at, c);
        let alike = |own: &[String; 2]| (0..2).any(|i| !own[i].is_empty() && own[i] == here[i]);
        let sign = match same {
            true => Some(wanted[n].1),
            false => sides
                .iter()
                .find(|(own, _)| alike(own))
                .map(|(_, sign)| *sign),
        };
        if let Some(sign) = sign {
            out.replace_range(at..at + c.len_utf8(), sign.encode_utf8(&mut [0; 4]));
        }
    }
    out
}
