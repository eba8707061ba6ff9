//! Ways to spoil a reference: what a translation may get wrong, done on purpose.

use traghetto::checks::CheckId;

/// The evaluation set: lines and their references.
pub struct Lines<'a> {
    pub sources: &'a [String],
    pub targets: &'a [String],
}

/// The reference of line `i`, spoilt; `None` if it has nothing to spoil.
pub type Spoil = fn(&Lines, usize) -> Option<String>;

/// What the rules should see, each with the rule that it is for.
pub const FOR_RULES: &[(&str, CheckId, Spoil)] = &[
    ("first digit changed", CheckId::Number, first_digit),
    ("number left out", CheckId::Number, number_left_out),
    ("a zero added", CheckId::Number, zero_added),
    ("number word changed", CheckId::Number, number_word),
    ("million becomes billion", CheckId::Number, |lines, i| {
        replaced(&lines.targets[i], "million", "billion")
    }),
    ("another month", CheckId::Date, another_month),
    ("another weekday", CheckId::Date, another_weekday),
    ("a negation left out", CheckId::Negation, |lines, i| {
        replaced(&lines.targets[i], "not", "")
    }),
    ("the last third left out", CheckId::Length, |lines, i| {
        Some(first_words(&lines.targets[i], |n| n * 2 / 3))
    }),
    ("the second half left out", CheckId::Length, |lines, i| {
        Some(first_words(&lines.targets[i], |n| n / 2))
    }),
    ("untranslated", CheckId::Echo, echo),
    ("a name mangled", CheckId::Name, name_mangled),
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

fn number_word(lines: &Lines, i: usize) -> Option<String> {
    ["two", "three", "four", "five", "six", "ten"]
        .iter()
        .find_map(|number| replaced(&lines.targets[i], number, "seven"))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn another_month(lines: &Lines, i: usize) -> Option<String> {
    let other = |n: usize| MONTHS[(n + 5) % 12];
    MONTHS
        .iter()
        .enumerate()
        .find_map(|(n, month)| replaced(&lines.targets[i], month, other(n)))
}

fn another_weekday(lines: &Lines, i: usize) -> Option<String> {
    [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ]
    .iter()
    .find_map(|day| replaced(&lines.targets[i], day, "Sunday"))
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
