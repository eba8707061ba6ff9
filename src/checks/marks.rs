//! Quotation marks and brackets.

use super::words::Side;
use super::{CheckId, Finding};

/// Counts marks on both sides.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    quotes(source.text, target.text, found);
    brackets(source.text, target.text, found);
}

/// Opening and closing marks together, so that a quotation that starts in one segment and ends in the next is compared
/// with what it is.
fn quotes(source: &str, target: &str, found: &mut Vec<Finding>) {
    let (before, after) = (count_quotes(source), count_quotes(target));
    if before == after {
        return;
    }
    let message = match (before, after) {
        (_, 0) => "the quotation marks were lost".to_string(),
        (0, _) => "quotation marks that the source doesn't have".to_string(),
        _ => format!("{before} quotation marks became {after}"),
    };
    // An odd mark out breaks the text; a pair more or less may be a choice.
    found.push(if after % 2 == 1 && before.is_multiple_of(2) {
        Finding::error(CheckId::Quotes, message)
    } else {
        Finding::warning(CheckId::Quotes, message)
    });
}

fn count_quotes(text: &str) -> usize {
    let mut count = 0;
    let mut previous = ' ';
    let mut open = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        match c {
            '"' => {
                // Inches: 5".
                count += usize::from(!previous.is_ascii_digit() || open || !next.is_whitespace());
            }
            '«' | '»' | '“' | '”' | '„' | '‟' | '「' | '」' | '『' | '』' => count += 1,
            // Single marks: apostrophes unless they open before a word and close behind one.
            '‘' | '\'' | '‹' | '‚' if !open && !previous.is_alphanumeric() && next.is_alphabetic() && closes(&chars) => {
                open = true;
                count += 2;
            }
            '’' | '\'' | '›' | '‘' if open && !next.is_alphanumeric() => open = false,
            _ => {}
        }
        previous = c;
    }
    count
}

/// Whether a closing single mark comes before the next opening one.
fn closes(chars: &std::iter::Peekable<std::str::Chars>) -> bool {
    let mut previous = ' ';
    let mut chars = chars.clone();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        if matches!(c, '’' | '\'' | '›' | '‘') && !previous.is_whitespace() && !next.is_alphanumeric() {
            return true;
        }
        previous = c;
    }
    false
}

fn brackets(source: &str, target: &str, found: &mut Vec<Finding>) {
    for (open, close) in [('(', ')'), ('[', ']')] {
        // ":)" and "a)" are no brackets, but they are so on both sides.
        let count = |text: &str| (text.matches(open).count(), text.matches(close).count());
        let (before, after) = (count(source), count(target));
        if before == after {
            continue;
        }
        let unbalanced = after.0 != after.1 && before.0 == before.1;
        let message = format!("{} \"{open}\" and {} \"{close}\" became {} and {}", before.0, before.1, after.0, after.1);
        found.push(if unbalanced {
            Finding::error(CheckId::Brackets, message)
        } else {
            Finding::warning(CheckId::Brackets, message)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(count_quotes(text), count, "{text}");
        }
    }

    #[test]
    fn severity() {
        let severities = |source: &str, target: &str| {
            let mut found = Vec::new();
            quotes(source, target, &mut found);
            brackets(source, target, &mut found);
            found.into_iter().map(|f| f.severity).collect::<Vec<_>>()
        };
        use super::super::Severity::{Error, Warning};
        assert_eq!(severities("«a» (b)", "\"a\" (b)"), []);
        assert_eq!(severities("«a»", "\"a"), [Error]);
        assert_eq!(severities("«a»", "a"), [Warning]);
        assert_eq!(severities("(a)", "(a"), [Error]);
        assert_eq!(severities("(a)", "a"), [Warning]);
    }
}
