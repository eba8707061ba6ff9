//! Quotation marks, question marks and brackets.

use super::finding::Finding;
use super::id::CheckId;
use super::shape::{MOST_OF, stretch};
use super::words::Side;
use crate::text::Span;

/// Counts marks on both sides. Direct speech may be turned by a good translator, and so may brackets whose content stays: that
/// is a hint only.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    quotes(source.text, target.text, found);
    question(source, target, found);
    brackets(source, target, found);
}

/// Quotations of more than this many words; what is shorter is a term in marks, which is a matter of style.
const TERM: usize = 3;

/// The marks of a text.
#[derive(Debug, Default, PartialEq, Eq)]
struct Quotes {
    /// Quotations that open and close.
    whole: usize,
    /// Whether one mark is left alone: the quotation began in an earlier segment or ends in a later one.
    odd: bool,
}

fn quotes(source: &str, target: &str, found: &mut Vec<Finding>) {
    let (marks, others) = (quote_marks(source), quote_marks(target));
    let (before, after) = (Quotes::new(source, &marks), Quotes::new(target, &others));
    if before == after || marks.len() == others.len() {
        return;
    }
    if after.odd && !before.odd {
        let message = "a quotation mark stands alone";
        // Where the source has none and it is at an end of the text, its partner may stand beside it, in a sentence that was
        // parted otherwise.
        found.push(match marks.is_empty() && is_at_end(target, &others) {
            true => Finding::hint(CheckId::Quotes, message),
            false => Finding::error(CheckId::Quotes, message),
        });
    } else if after == Quotes::default() {
        // One for each, so that an answer that keeps some of them is the better one.
        let lost = || Finding::hint(CheckId::Quotes, "the quotation marks were lost");
        let places = quotations(source, &marks);
        found.extend(places.map(|span| lost().at_source(span)));
        if before.odd {
            found.push(lost());
        }
    } else if before == Quotes::default() {
        found.push(Finding::hint(
            CheckId::Quotes,
            "quotation marks that the source doesn't have",
        ));
    } else if before.whole > after.whole || before.whole + 1 < after.whole {
        let message = format!("{} quotations became {}", before.whole, after.whole);
        found.push(Finding::hint(CheckId::Quotes, message));
    }
}

/// Whether the first of the `marks` begins `text`, or the last one ends it.
fn is_at_end(text: &str, marks: &[usize]) -> bool {
    let plain = |part: &str| !part.contains(char::is_alphanumeric);
    let first = marks.first().is_some_and(|at| plain(&text[..*at]));
    first != marks.last().is_some_and(|at| plain(&text[*at..]))
}

/// What stands between two of the `marks`, with these.
fn quotations<'t>(text: &'t str, marks: &'t [usize]) -> impl Iterator<Item = Span> + 't {
    let spans = marks.chunks_exact(2).map(|pair| Span {
        start: pair[0],
        end: pair[1] + text[pair[1]..].chars().next().map_or(0, char::len_utf8),
    });
    spans.filter(|span| span.of(text).split_whitespace().count() > TERM)
}

impl Quotes {
    fn new(text: &str, marks: &[usize]) -> Self {
        Quotes {
            whole: quotations(text, marks).count(),
            odd: marks.len() % 2 == 1,
        }
    }
}

/// Where the quotation marks are; single ones only where they open and close.
fn quote_marks(text: &str) -> Vec<usize> {
    let mut marks = Vec::new();
    let mut previous = ' ';
    let mut open = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, c)| *c);
        match c {
            // Inches: 5".
            '"' if previous.is_ascii_digit() && marks.len() % 2 == 0 && next.is_whitespace() => {}
            '"' | '«' | '»' | '“' | '”' | '„' | '‟' | '「' | '」' | '『' | '』' => {
                marks.push(at)
            }
            // Single marks: apostrophes unless they open before a word and close behind one.
            '‘' | '\'' | '‹' | '‚'
                if !open
                    && !previous.is_alphanumeric()
                    && next.is_alphabetic()
                    && closes(&text[at + c.len_utf8()..]) =>
            {
                open = true;
                marks.push(at);
            }
            '’' | '\'' | '›' | '‘'
                if open && !next.is_alphanumeric() && !previous.is_whitespace() =>
            {
                open = false;
                marks.push(at);
            }
            _ => {}
        }
        previous = c;
    }
    marks
}

/// Whether a closing single mark comes before the next opening one.
fn closes(rest: &str) -> bool {
    let mut previous = ' ';
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        if matches!(c, '’' | '\'' | '›' | '‘')
            && !previous.is_whitespace()
            && !next.is_alphanumeric()
        {
            return true;
        }
        previous = c;
    }
    false
}

/// A question that came back without its mark may have been answered.
fn question(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    // The mark within an address asks nothing.
    let ends = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    let asks = |side: &Side| {
        let mut marks = side.text.match_indices(['?', '？', '؟', '\u{37e}']);
        marks.any(|(at, mark)| ends(&side.text[at + mark.len()..]))
    };
    let message = match (asks(source), asks(target)) {
        (true, false) => "the question came back without its mark",
        (false, true) => "a question mark that the source doesn't have",
        _ => return,
    };
    found.push(Finding::warning(CheckId::Question, message));
}

/// How far the length shows that the shortest of the brackets is gone; `None` if only acronyms and measures stand in them,
/// which translators add and leave out, and of which other rules tell.
fn within(side: &Side, open: char, close: char) -> Option<f64> {
    let opens = side.text.match_indices(open);
    let inner = opens.filter_map(|(at, _)| {
        let rest = &side.text[at + open.len_utf8()..];
        rest.split_once(close).map(|(inner, _)| inner)
    });
    let tells = |inner: &&str| {
        let words = inner.split_whitespace().count();
        words > TERM || words > 1 && !inner.starts_with(|c: char| c.is_ascii_digit())
    };
    let lengths = inner.filter(tells).map(str::len);
    let share = lengths.min()? as f64 / side.text.len().max(1) as f64;
    Some(MOST_OF * (1.0 - share.min(0.9)).ln())
}

fn brackets(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    for (open, close) in [('(', ')'), ('[', ']')] {
        // ":)" and "a)" are no brackets, but they are so on both sides.
        let count = |text: &str| (text.matches(open).count(), text.matches(close).count());
        let (before, after) = (count(source.text), count(target.text));
        if before == after {
            continue;
        }
        let unbalanced = after.0 != after.1 && before.0 == before.1;
        // Translators turn brackets into commas and back; what was in them shows in the length.
        let (off, _) = stretch(source, target);
        let shows =
            |side, off: f64| within(side, open, close).is_some_and(|least| off < least.min(-0.08));
        let lost = after.0 < before.0 && shows(source, off);
        let added = after.0 > before.0 && shows(target, -off);
        if !unbalanced && !lost && !added {
            continue;
        }
        let message = format!(
            "{} \"{open}\" and {} \"{close}\" became {} and {}",
            before.0, before.1, after.0, after.1
        );
        found.push(match (unbalanced, lost) {
            (true, _) => Finding::error(CheckId::Brackets, message),
            (false, true) => Finding::warning(CheckId::Brackets, message),
            (false, false) => Finding::hint(CheckId::Brackets, message),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn quotes_of_all_nations() {
        for (text, count) in [
            ("«Sì», disse", 2),
            ("“Yes,” he said", 2),
            ("„Ja“, sagte er", 2),
            ("\"Yes\"", 2),
            ("il ‘regno’ di Nazarbayev", 2),
            ("dell’Ucraina, l‘invasione, l'altro", 0),
            ("the 'reign' of the '90s", 2),
            ("the dogs' bones and the cats' too", 0),
            ("don't, won't, 'em", 0),
            ("«Sì, disse", 1),
            ("a 5\" nail", 0),
        ] {
            assert_eq!(quote_marks(text).len(), count, "{text}");
        }
    }

    #[test]
    fn severity() {
        let severities = |source: &str, target: &str| {
            let mut found = Vec::new();
            check(
                &Side::new(source, Lang::IT),
                &Side::new(target, Lang::EN),
                &mut found,
            );
            found.into_iter().map(|f| f.severity).collect::<Vec<_>>()
        };
        use super::super::Severity::{Error, Hint, Warning};
        let source = "«Continueremo a lavorare insieme», ha detto";
        assert_eq!(
            severities(source, "\"We will go on working together,\" he said"),
            []
        );
        assert_eq!(
            severities(source, "\"We will go on working together, he said"),
            [Error]
        );
        assert_eq!(
            severities(source, "We will go on working together, he said"),
            [Hint]
        );
        assert_eq!(
            severities(
                "Andremo avanti, ha detto",
                "\"We will go on working,\" he said"
            ),
            [Hint]
        );
        assert_eq!(severities("il ‘regno’ di lui", "his reign"), []);
        assert_eq!(
            severities(
                "«il partenariato strategico e l’alleanza» fondati su «amicizia, vicinato e rispetto»",
                "the strategic partnership and alliance, founded on \"friendship, closeness, and respect\""
            ),
            [Hint]
        );
        assert_eq!(
            severities("il voto (in Kazakistan)", "the vote (in Kazakhstan"),
            [Error]
        );
        assert_eq!(
            severities("il voto di domenica (in Kazakistan)", "Sunday's vote"),
            [Warning]
        );
        assert_eq!(
            severities("il voto (di domenica)", "the vote, on Sunday"),
            []
        );
    }
}
