//! Ways to spoil a reference: what a translation may get wrong, done on purpose. Words that become others stand in
//! `spoil.tsv`, in six languages.

/// Words of one kind that become each other.
pub struct Group {
    /// What is wrong then: "weekday".
    pub kind: &'static str,
    /// Whether a line's words are looked for, or put in only, and the words by language.
    lines: Vec<(bool, Vec<&'static str>)>,
}

/// The columns of the table.
const LANGS: [&str; 6] = ["it", "en", "fr", "de", "es", "pt"];

/// The groups of `spoil.tsv`.
pub fn groups() -> Vec<Group> {
    let rows = include_str!("spoil.tsv").lines();
    let rows = rows.filter(|line| !line.starts_with('#')).skip(1);
    let mut groups: Vec<(&str, Group)> = Vec::new();
    for row in rows {
        let row: Vec<&str> = row.split('\t').collect();
        let [kind, name, from, ref words @ ..] = row[..] else {
            panic!("a line of spoil.tsv has too few cells");
        };
        let line = (from == "yes", words.to_vec());
        match groups.last_mut() {
            Some((last, group)) if *last == name && group.kind == kind => group.lines.push(line),
            _ => groups.push((
                name,
                Group {
                    kind,
                    lines: vec![line],
                },
            )),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

impl Group {
    /// `text`, in `lang`, with the first of the group's words that stands in it changed.
    pub fn spoil(&self, text: &str, lang: &str) -> Option<String> {
        let column = LANGS.iter().position(|one| *one == lang)?;
        let mut found: Option<(usize, usize, &str)> = None;
        for (i, (_, words)) in self.lines.iter().enumerate().filter(|(_, (from, _))| *from) {
            let next = self.lines[(i + 1) % self.lines.len()].1[column];
            let next = next.split('/').next().unwrap_or_default();
            for form in words[column].split('/').filter(|form| *form != "-") {
                if let Some(at) = whole(text, form).filter(|at| found.is_none_or(|one| *at < one.0))
                {
                    found = Some((at, at + form.len(), next));
                }
            }
        }
        let (start, end, next) = found?;
        if next != "-" {
            return Some(format!("{}{next}{}", &text[..start], &text[end..]));
        }
        let before = text[..start].trim_end();
        // "ne … pas" is one negation.
        let before = match (self.kind, lang) {
            ("negation", "fr") => without_ne(before),
            _ => before.to_owned(),
        };
        Some(
            format!("{before} {}", text[end..].trim_start())
                .trim()
                .to_owned(),
        )
    }
}

/// Where `word` stands in `text` as a whole word.
fn whole(text: &str, word: &str) -> Option<usize> {
    let joins = |c: char| c.is_alphanumeric() || "-'’".contains(c);
    let mut places = text.match_indices(word).map(|(at, _)| at);
    places.find(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(|c| c.is_alphanumeric() || c == '-')
    })
}

/// `text` without the last "ne" of its last few words.
fn without_ne(text: &str) -> String {
    let near = text.char_indices().rev().nth(25).map_or(0, |(at, _)| at);
    let place = [" ne ", " n'", " n’"].iter().filter_map(|ne| {
        let at = near + text[near..].rfind(ne)?;
        Some((at, ne.len()))
    });
    match place.max() {
        Some((at, length)) => format!("{} {}", &text[..at], &text[at + length..]),
        None => text.to_owned(),
    }
}

/// The evaluation set: lines and their references.
pub struct Lines<'a> {
    pub sources: &'a [String],
    pub targets: &'a [String],
}

/// The reference of line `i`, spoilt; `None` if it has nothing to spoil.
pub type Spoil = fn(&Lines, usize) -> Option<String>;

/// What the rules should see, each with the rule that it is for.
pub const FOR_RULES: &[(&str, Spoil)] = &[
    ("first digit changed", first_digit),
    ("number left out", number_left_out),
    ("a zero added", zero_added),
    ("the last third left out", |lines, i| {
        Some(first_words(&lines.targets[i], |n| n * 2 / 3))
    }),
    ("the second half left out", |lines, i| {
        Some(first_words(&lines.targets[i], |n| n / 2))
    }),
    ("untranslated", echo),
    ("a name mangled", name_mangled),
];

/// What the embeddings should see.
pub const FOR_EMBEDDINGS: &[(&str, Spoil)] = &[
    ("another sentence", |lines, i| {
        Some(further(lines, i, 17).to_string())
    }),
    ("the next sentence (same topic)", |lines, i| {
        Some(further(lines, i, 1).to_string())
    }),
    ("first half only", |lines, i| {
        Some(first_words(&lines.targets[i], |n| n.div_ceil(2)))
    }),
    ("last third dropped", |lines, i| {
        Some(first_words(&lines.targets[i], |n| n * 2 / 3))
    }),
    ("last fifth dropped", |lines, i| {
        Some(first_words(&lines.targets[i], |n| n * 4 / 5))
    }),
    ("the next sentence added", |lines, i| {
        Some(format!("{} {}", lines.targets[i], further(lines, i, 1)))
    }),
    ("second half swapped", second_half_swapped),
    ("negated", negated),
    ("digits changed", digits),
    ("echo", echo),
];

fn echo(lines: &Lines, i: usize) -> Option<String> {
    Some(lines.sources[i].clone())
}

/// The reference so many lines further on.
fn further<'a>(lines: &Lines<'a>, i: usize, by: usize) -> &'a str {
    &lines.targets[(i + by) % lines.targets.len()]
}

/// As many words from the start as `keep` says for all of them.
fn first_words(text: &str, keep: impl Fn(usize) -> usize) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    words[..keep(words.len())].join(" ")
}

/// `text` with the first `old` between spaces replaced.
fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let padded = format!(" {text} ");
    let at = padded.find(&format!(" {old} "))?;
    let rest = padded[at + 1 + old.len()..].trim_end();
    Some(format!("{}{new}{rest}", &padded[1..=at]))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

fn first_digit(lines: &Lines, i: usize) -> Option<String> {
    let text = &lines.targets[i];
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let digit = if text[at..].starts_with('9') {
        "4"
    } else {
        "9"
    };
    Some(format!("{}{digit}{}", &text[..at], &text[at + 1..]))
}

fn digits(lines: &Lines, i: usize) -> Option<String> {
    let text = &lines.targets[i];
    let turn = |c: char| {
        c.to_digit(10)
            .map_or(c, |d| char::from(b'0' + ((d + 3) % 10) as u8))
    };
    text.contains(|c: char| c.is_ascii_digit())
        .then(|| text.chars().map(turn).collect())
}

fn number_left_out(lines: &Lines, i: usize) -> Option<String> {
    let text = &lines.targets[i];
    let number = text.split(' ').find(|w| w.len() > 1 && is_number(w))?;
    replaced(text, number, "some")
}

fn zero_added(lines: &Lines, i: usize) -> Option<String> {
    let text = &lines.targets[i];
    let number = text.split(' ').find(|w| is_number(w))?;
    replaced(text, number, &format!("{number}0"))
}

fn negated(lines: &Lines, i: usize) -> Option<String> {
    ["is", "was", "are", "were", "has", "have", "will", "can"]
        .iter()
        .find_map(|verb| replaced(&lines.targets[i], verb, &format!("{verb} not")))
}

fn second_half_swapped(lines: &Lines, i: usize) -> Option<String> {
    let other: Vec<&str> = further(lines, i, 17).split(' ').collect();
    let half = first_words(&lines.targets[i], |n| n / 2);
    Some(format!("{half} {}", other[other.len() / 2..].join(" ")))
}

/// Two letters less in the middle of a name that is the same on both sides.
fn name_mangled(lines: &Lines, i: usize) -> Option<String> {
    let text = &lines.targets[i];
    let name = text.split(' ').skip(1).find(|w| {
        w.len() >= 6
            && w.starts_with(char::is_uppercase)
            && w.bytes().all(|b| b.is_ascii_alphabetic())
            && lines.sources[i].contains(w)
    })?;
    let middle = name.len() / 2 - 1;
    let mangled = format!("{}{}", &name[..middle], &name[middle + 2..]);
    replaced(text, name, &mangled)
}
