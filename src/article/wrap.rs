//! Plain text whose lines were broken to a width, as mail is: broken lines are joined to paragraphs before they are read,
//! and what becomes of them is broken again.

use std::fmt;
use std::str::FromStr;

use super::hyphens::{Words, is_hyphen};
use super::plain;
use crate::error::Error;

/// Whether lines of plain text that were broken to a width are joined (`--unwrap`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unwrap {
    /// Where the lengths of the lines, or words that go on in the next, show it.
    #[default]
    Auto,
    /// All lines up to the next blank one, list item or change of indentation or quotation.
    On,
    /// Never: a line is a paragraph.
    Off,
}

impl Unwrap {
    const ALL: [Self; 3] = [Self::Auto, Self::On, Self::Off];
}

impl fmt::Display for Unwrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

impl FromStr for Unwrap {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Error::one_of("treatment of broken lines", text, &Self::ALL)
    }
}

/// A text whose broken lines were joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwrapped {
    /// A paragraph a line.
    pub text: String,
    /// How many lines went to the end of the one before.
    pub joined: usize,
    /// The longest line that was broken, in characters.
    pub width: usize,
}

/// Lines that are longer were not broken to a width.
const WIDEST: usize = 100;
/// In shorter ones only words that go on in the next line show that they were broken: verse has such lines, too.
const NARROWEST: usize = 50;
/// What parts the columns of a line.
const COLUMNS: &str = "   ";
/// What is indented this far more than the line before it is no paragraph.
const INDENT: usize = 4;
/// Who centres lines is as many characters out.
const CENTRED: usize = 1;

/// A line, taken apart.
#[derive(Debug, Clone, Copy)]
struct Line<'t> {
    /// Marks of quotation and white space before the text.
    prefix: &'t str,
    /// Without the white space at its ends; with the bullet of a list item.
    text: &'t str,
    /// Signs of quotation.
    depth: usize,
    /// Columns of white space before the text, behind the signs of quotation.
    indent: usize,
    is_item: bool,
    /// White space behind the text, as in the `-- ` above the signature of a mail.
    tail: &'t str,
    /// The line end.
    end: &'t str,
}

impl<'t> Line<'t> {
    fn new(line: &'t str) -> Self {
        let content = line.trim_end_matches(['\n', '\r']);
        let end = &line[content.len()..];
        let text = content.trim_start_matches(|c: char| c == '>' || c.is_whitespace());
        let prefix = &content[..content.len() - text.len()];
        let depth = prefix.matches('>').count();
        let behind = prefix.rsplit('>').next().unwrap_or_default();
        let indent = behind.chars().count();
        Self {
            prefix,
            text: text.trim_end(),
            tail: &text[text.trim_end().len()..],
            depth,
            indent: indent - usize::from(depth > 0).min(indent),
            is_item: plain::marker(text.trim_end()).is_some(),
            end,
        }
    }

    /// Whether it is no part of a paragraph: a blank one, a rule (what stands below `--` is a signature), a row of a table,
    /// whose columns are divided by white space.
    fn is_apart(&self) -> bool {
        let behind = plain::marker(self.text).map_or(0, |(_, len)| len);
        self.text[behind..].contains(COLUMNS) || !self.text.contains(char::is_alphanumeric)
    }

    fn width(&self) -> usize {
        self.prefix.chars().count() + self.text.chars().count()
    }

    /// Whether all its letters are capitals, as a heading's.
    fn is_loud(&self) -> bool {
        self.text.contains(char::is_uppercase) && !self.text.contains(char::is_lowercase)
    }

    /// Whether `next` is set below its middle, as lines of a title are.
    fn is_centred_with(&self, next: &Line<'_>) -> bool {
        let middle = |line: &Line<'_>| 2 * line.indent + line.text.chars().count();
        self.indent != next.indent
            && next.indent > 0
            && middle(self).abs_diff(middle(next)) <= 2 * CENTRED
    }

    /// Whether `next` may be the rest of its paragraph; `within`: whether it is the rest of one itself.
    fn may_go_on(&self, next: &Line<'_>, within: bool) -> bool {
        let apart = self.is_apart() || next.is_apart() || self.is_centred_with(next);
        let alike = self.depth == next.depth && self.is_loud() == next.is_loud() && !apart;
        // The lines of a list item hang behind its bullet; the first of a paragraph may stand further in.
        let in_place = match self.is_item {
            true => next.indent >= self.indent,
            false => next.indent == self.indent || !within && next.indent < self.indent,
        };
        alike && in_place && !next.is_item && next.indent < self.indent + 2 * INDENT
    }

    /// Whether its last word goes on in `next`.
    fn is_hyphenated(&self, next: &Line<'_>) -> bool {
        let mut last = self.text.chars().rev();
        last.next().is_some_and(is_hyphen)
            && last.next().is_some_and(char::is_alphabetic)
            && next.text.starts_with(char::is_lowercase)
    }

    /// Whether the first word of `next` has no room in it within `width`.
    fn is_full(&self, next: &Line<'_>, width: usize) -> bool {
        let word = next.text.split_whitespace().next().unwrap_or_default();
        self.width() + 1 + word.chars().count() > width
    }

    /// Whether a sentence seems to go on in `next`.
    fn runs_on(&self, next: &Line<'_>) -> bool {
        !self.ends_sentence() && next.text.starts_with(char::is_alphanumeric)
    }

    fn ends_sentence(&self) -> bool {
        (self.text).ends_with(['.', '!', '?', ':', ';', '…', '»', '”', '"'])
    }

    /// Whether it nearly fills `width`, and its sentence goes on in `next`: who breaks by hand leaves room now and then.
    fn is_open(&self, next: &Line<'_>, width: usize) -> bool {
        let goes_on = |c: char| c.is_lowercase() || c.is_numeric() || "$€£".contains(c);
        !self.ends_sentence() && next.text.starts_with(goes_on) && 4 * self.width() > 3 * width
    }
}

/// Joins the broken lines of `text`; `None` if it has none.
pub fn unwrap(text: &str, how: Unwrap) -> Option<Unwrapped> {
    let lines: Vec<Line<'_>> = text.split_inclusive('\n').map(Line::new).collect();
    let goes_on = match how {
        Unwrap::Off => return None,
        Unwrap::Auto => broken(&lines)?,
        Unwrap::On => {
            let pairs = lines.windows(2);
            let mut within = false;
            let goes_on = pairs.map(|pair| {
                within = pair[0].may_go_on(&pair[1], within);
                within
            });
            goes_on.collect()
        }
    };
    let words = Words::of(text);
    let mut unwrapped = Unwrapped {
        text: String::with_capacity(text.len()),
        joined: 0,
        width: 0,
    };
    let out = &mut unwrapped.text;
    for (i, line) in lines.iter().enumerate() {
        let before = i.checked_sub(1).filter(|&before| goes_on[before]);
        match before.map(|before| &lines[before]) {
            None => out.push_str(line.prefix),
            Some(before) if before.is_hyphenated(line) => {
                let hyphen = out.pop().unwrap_or_default();
                if words.has_hyphen(before.text, line.text) {
                    out.push(if hyphen == '\u{ad}' { '-' } else { hyphen });
                }
            }
            Some(_) => out.push(' '),
        }
        out.push_str(line.text);
        match goes_on.get(i) {
            Some(true) => {
                unwrapped.joined += 1;
                unwrapped.width = unwrapped.width.max(line.width());
            }
            _ => {
                out.push_str(line.tail);
                out.push_str(line.end);
            }
        }
    }
    (unwrapped.joined > 0).then_some(unwrapped)
}

/// Which lines go on in the next, by their lengths and their last words; `None` if none does.
fn broken(lines: &[Line<'_>]) -> Option<Vec<bool>> {
    let mut within = false;
    let candidates: Vec<bool> = lines
        .windows(2)
        .map(|pair| {
            within = pair[0].may_go_on(&pair[1], within);
            within
        })
        .collect();
    let pairs = || lines.windows(2).zip(&candidates).filter(|(_, may)| **may);
    let texts = lines.iter().filter(|line| !line.is_apart());
    let width = texts.map(Line::width).max().unwrap_or(0);
    let (mut all, mut full, mut running, mut sure) = (0, 0, 0, 0);
    for (pair, _) in pairs() {
        // Signatures and addresses have short lines.
        all += usize::from(2 * pair[0].width() >= width);
        if pair[0].is_full(&pair[1], width) {
            full += 1;
            let runs_on = pair[0].runs_on(&pair[1]);
            running += usize::from(runs_on);
            sure += usize::from(runs_on && pair[1].text.starts_with(char::is_lowercase));
        }
    }
    // A line in two may end with a sentence.
    let is_wrapped = (NARROWEST..=WIDEST).contains(&width)
        && sure > 0
        && full * 5 >= all * 3
        && running * 5 >= full * 3;
    let goes_on = lines.windows(2).zip(&candidates).map(|(pair, may)| {
        let [line, next] = pair else { return false };
        let is_broken = || line.is_full(next, width) || line.is_open(next, width);
        *may && (line.is_hyphenated(next) || is_wrapped && is_broken())
    });
    let goes_on: Vec<bool> = goes_on.collect();
    goes_on.contains(&true).then_some(goes_on)
}

/// Breaks the lines of `text` that are longer than `width` characters: behind spaces, with the signs of quotation of the
/// line before each, and under the text of a list item.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    for whole in text.split_inclusive('\n') {
        let line = Line::new(whole);
        if line.width() <= width || line.is_apart() {
            out.push_str(whole);
            continue;
        }
        let hang = plain::marker(line.text).map_or(0, |(_, len)| line.text[..len].chars().count());
        let end = match line.end {
            "\r\n" => "\r\n",
            _ => "\n",
        };
        out.push_str(line.prefix);
        let first = line.prefix.chars().count();
        let mut at = first;
        for (n, word) in line.text.split(' ').enumerate() {
            let len = word.chars().count();
            if n > 0 && at + 1 + len > width && at > first + hang {
                out.push_str(end);
                out.push_str(line.prefix);
                out.extend(std::iter::repeat_n(' ', hang));
                at = first + hang;
            } else if n > 0 {
                out.push(' ');
                at += 1;
            }
            out.push_str(word);
            at += len;
        }
        out.push_str(line.end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Article, Format};
    use super::*;

    fn auto(text: &str) -> String {
        unwrap(text, Unwrap::Auto).map_or(String::new(), |unwrapped| unwrapped.text)
    }

    #[test]
    fn broken_lines_are_joined() {
        for (text, expected) in [
            // By a width.
            (
                "The harbour of the small town was closed on Monday, because of the\nstorm that had begun in the night. It opens again when the wind is\nless strong.\n\nAsk at the office.\n",
                "The harbour of the small town was closed on Monday, because of the storm that had begun in the night. It opens again when the wind is less strong.\n\nAsk at the office.\n",
            ),
            // A quotation in a mail, to two depths.
            (
                "> > We have not heard from the carpenter since the week before last,\n> > and the roof is open.\n> Then call him, please, or write a letter to his brother in the town,\n> who knows him.\nDone.\n",
                "> > We have not heard from the carpenter since the week before last, and the roof is open.\n> Then call him, please, or write a letter to his brother in the town, who knows him.\nDone.\n",
            ),
            // List items that hang.
            (
                "- the first thing that has to be done in the morning is to open the\n  windows of all the rooms\n- the second thing is tea\n",
                "- the first thing that has to be done in the morning is to open the windows of all the rooms\n- the second thing is tea\n",
            ),
            // A title of two centred lines, one of them in capitals, below columns; answers that hang behind their letters.
            (
                "FOR ALL                                             12 March\n\n      NEW HARBOUR TO OPEN IN THE SMALL TOWN OF HILL ON MONDAY\n    It costs $2 million and has taken the whole of three years\n\nA: The harbour of the small town was closed on Monday, because of the\n   storm that had begun in the night.\n",
                "FOR ALL                                             12 March\n\n      NEW HARBOUR TO OPEN IN THE SMALL TOWN OF HILL ON MONDAY\n    It costs $2 million and has taken the whole of three years\n\nA: The harbour of the small town was closed on Monday, because of the storm that had begun in the night.\n",
            ),
            // A signature keeps its lines.
            (
                "Thank you for the letter that you have sent to the committee of the\nclub; we shall answer it soon.\n\nMary Hill\nSecretary\nGarden Street 4\n",
                "Thank you for the letter that you have sent to the committee of the club; we shall answer it soon.\n\nMary Hill\nSecretary\nGarden Street 4\n",
            ),
            // Windows line ends.
            (
                "The harbour of the small town was closed on Monday, because of the\r\nstorm.\r\n\r\nBye.\r\n",
                "The harbour of the small town was closed on Monday, because of the storm.\r\n\r\nBye.\r\n",
            ),
            // Words that go on, whatever the width.
            (
                "A gar-\nden with a foun-\ntain.",
                "A garden with a fountain.",
            ),
            ("una ca\u{ad}\nsa grande", "una casa grande"),
            // A hyphen of the word's own: written so elsewhere, or of two words of the text.
            (
                "A well-known man, and a well-\nknown house.",
                "A well-known man, and a well-known house.",
            ),
            (
                "Blue roses, green leaves, and a blue-\ngreen sea: green, blue, blue.",
                "Blue roses, green leaves, and a blue-green sea: green, blue, blue.",
            ),
            (
                "The north wind and the east wind met; a north-\neast storm came. It is north, not east.",
                "The north wind and the east wind met; a north-east storm came. It is north, not east.",
            ),
        ] {
            assert_eq!(auto(text), expected);
        }
    }

    #[test]
    fn the_mark_of_a_signature_stays() {
        let body = "Thank you for the letter that you have sent to the committee of the\nclub; we shall answer it soon.  \nBye,\n-- \nMary Hill\nSecretary\n";
        let joined = body.replace("the\nclub", "the club");
        assert_eq!(auto(body), joined);
        let on = unwrap("Bye,\n-- \nMary\nHill\n", Unwrap::On).unwrap();
        assert_eq!(on.text, "Bye,\n-- \nMary Hill\n");
    }

    #[test]
    fn a_line_that_ends_amid_a_sentence_goes_on_though_a_word_had_room() {
        let text = "The plant will make soups, and the firm says that it will open a\n\
                    second one in Dayton in the first quarter of next year. The cost of\n\
                    $38 million is met by a loan of the bank, and by two investors of the\n\
                    state.\n";
        assert_eq!(auto(text).lines().count(), 1, "{}", auto(text));
    }

    #[test]
    fn paragraphs_below_a_table_are_joined_and_its_rows_stay() {
        let table = "FARES                      Single      Return\n\
                     ------------------------------------------------------------------------------\n\
                     Adult                      7.40        12.50\n\
                     Child                      3.70        6.25\n\
                     Bicycle                    2.00        3.50\n\
                     Car up to 5 m              24.00       44.00\n\n";
        let text = format!(
            "{table}Please be at the pier at least 15 minutes before departure, or half\n\
             an hour with a car. Dogs travel free but must be kept on a lead.\n"
        );
        let joined = auto(&text);
        assert_eq!(
            joined.strip_prefix(table).map(|rest| rest.lines().count()),
            Some(1),
            "{joined}"
        );
    }

    #[test]
    fn lines_that_are_whole_stay() {
        for text in [
            "",
            "One line.\n",
            // Paragraphs of one line each.
            "The harbour of the small town was closed on Monday because of the storm that had begun in the night before.\nIt opens again when the wind is less strong than it was on Monday, or so the harbour master says to all who ask.\n",
            // Verse.
            "The sea is wide and grey and cold\nThe ship is small, the captain old\nThe wind has sung the whole night long\nAnd no one knows the end of song\n",
            // A sentence a line.
            "The harbour was closed on Monday because of the storm.\nIt opens again when the wind is less strong.\nAsk at the office by the pier before you sail, please.\nThe boats stay in.\n",
            // The longest line is full whatever comes next.
            "Minister resigns after a long debate over the new tax law\nStorm closes the harbour\n",
            "The lamp (red/green/blue), the so-called “night light”, is bright.\nand/or, he/she\n",
            // A list, and code.
            "- one thing that is of about this length in characters, so\n- another thing that is of about this length in characters\n",
            "1. One.\n2. Two.\n",
            "Name: Mary\nStreet: Garden Street\nTown: Hill\n",
            "a - b\nc - d\n",
        ] {
            assert_eq!(unwrap(text, Unwrap::Auto), None, "{text}");
            assert_eq!(unwrap(text, Unwrap::Off), None);
        }
    }

    #[test]
    fn all_lines_are_joined_on_demand() {
        let on = |text| unwrap(text, Unwrap::On).map(|unwrapped| unwrapped.text);
        assert_eq!(
            on("A short\nline.\n\nMore\nof it.\n- an\n  item\n- two\n> said\n> so\n"),
            Some("A short line.\n\nMore of it.\n- an item\n- two\n> said so\n".to_owned())
        );
        assert_eq!(on("One.\n\nTwo.\n"), None);
    }

    #[test]
    fn lines_are_broken_again() {
        assert_eq!(
            wrap(
                "> one two three four\n- five six seven\nshort\nunbreakable_word\n",
                12
            ),
            "> one two\n> three four\n- five six\n  seven\nshort\nunbreakable_word\n"
        );
        assert_eq!(wrap("one two three\r\n", 8), "one two\r\nthree\r\n");
        assert_eq!(wrap("one two     three\n", 8), "one two     three\n");
        assert_eq!(wrap("A: one two three\n", 12), "A: one two\n   three\n");
        let text = "The harbour of the small town was closed on Monday, because of the\nstorm that had begun in the night.\n";
        let unwrapped = unwrap(text, Unwrap::Auto).unwrap();
        assert_eq!((unwrapped.joined, unwrapped.width), (1, 66));
        assert_eq!(wrap(&unwrapped.text, unwrapped.width), text);
        let article = Article::parse(unwrapped.text, Format::Text).broken_at(66);
        let segments = article.segments(None);
        assert_eq!(segments.len(), 1);
        let same = segments.iter().map(|one| (one, one.text.as_str()));
        assert_eq!(article.reassemble(same).0, text);
    }
}
