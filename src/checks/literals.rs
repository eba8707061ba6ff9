//! What must come through letter for letter: addresses, hashtags, handles, placeholders, markup.

use crate::text::Span;

use super::finding::Finding;
use super::id::CheckId;
use super::words::{Kind, Side};

/// Where literals stand on each side, for other rules to leave alone.
pub(super) struct Literals {
    pub source: Vec<Span>,
    pub target: Vec<Span>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Url,
    Email,
    Hashtag,
    Handle,
    Placeholder,
    Tag,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Sort::Url => "address",
            Sort::Email => "e-mail address",
            Sort::Hashtag => "hashtag",
            Sort::Handle => "handle",
            Sort::Placeholder => "placeholder",
            Sort::Tag => "tag",
        }
    }

    fn check(self) -> CheckId {
        match self {
            Sort::Placeholder | Sort::Tag => CheckId::Placeholder,
            _ => CheckId::Link,
        }
    }
}

/// Where in `text` stands what is no language's: addresses, placeholders, code, formulas.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut spans = crate::text::literals(text);
    spans.extend(scan(text).into_iter().map(|(_, span)| span));
    spans
}

/// Compares the literals of the two sides as multisets.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) -> Literals {
    let (before, after) = (scan(source.text), scan(target.text));
    let mut left: Vec<_> = after.iter().map(Some).collect();
    for (sort, span) in &before {
        let words = span.of(source.text);
        let exact = |other: &&(Sort, Span)| other.1.of(target.text) == words;
        let mut partner = left
            .iter_mut()
            .find(|other| other.as_ref().is_some_and(exact));
        // A word in angle brackets, "<both>", is translated like any other.
        if partner.is_none() && *sort == Sort::Tag && is_bracketed_word(words, source.text) {
            let alike = |other: &&(Sort, Span)| {
                other.0 == Sort::Tag && is_bracketed_word(other.1.of(target.text), target.text)
            };
            partner = left
                .iter_mut()
                .find(|other| other.as_ref().is_some_and(alike));
        }
        if let Some(partner) = partner {
            *partner = None;
            continue;
        }
        // A hashtag is sometimes translated.
        let message = format!("the {} \"{words}\" has no counterpart", sort.name());
        found.push(
            match sort {
                Sort::Hashtag => Finding::warning(sort.check(), message),
                _ => Finding::error(sort.check(), message),
            }
            .at_source(*span),
        );
    }
    for (sort, span) in left.into_iter().flatten() {
        let lost = found
            .iter()
            .any(|finding| finding.check == sort.check() && finding.source.is_some());
        if !lost {
            let words = span.of(target.text);
            found.push(
                Finding::error(
                    sort.check(),
                    format!("the {} \"{words}\" is not in the source", sort.name()),
                )
                .at_target(*span),
            );
        }
    }
    let spans = |items: Vec<(Sort, Span)>| items.into_iter().map(|(_, span)| span).collect();
    let mut literals = Literals {
        source: spans(before),
        target: spans(after),
    };
    same_figures(source, target, &mut literals);
    same_pieces(source, target, &mut literals);
    literals
}

/// Adds formulas, paths and the like, and quotations in the language of the target, that stand letter for letter on both
/// sides: what is in them is neither language's to change.
fn same_pieces(source: &Side, target: &Side, literals: &mut Literals) {
    let pieces = |text: &str| {
        let mut pieces = crate::text::literals(text);
        pieces.extend(crate::text::quoted(text));
        pieces
    };
    let mut left = pieces(target.text);
    let kept = crate::text::literals(source.text);
    for span in pieces(source.text) {
        let words = span.of(source.text);
        let partner = left.iter().position(|other| other.of(target.text) == words);
        if let Some(at) = partner.filter(|_| kept.contains(&span) || is_of(target, source, words)) {
            literals.source.push(span);
            literals.target.push(left.remove(at));
        }
    }
}

/// Whether `words` are clearly of the language of `side`, not of that of `other`: they have letters that only it writes.
fn is_of(side: &Side, other: &Side, words: &str) -> bool {
    let (own, others) = (&side.language.profile, &other.language.profile);
    let tells = |c: char| {
        let c = c.to_lowercase().next().unwrap_or(c);
        !c.is_ascii() && own.letters.contains(c) && !others.letters.contains(c)
    };
    words.contains(tells) || crate::text::stranger(words, other.lang) == Some(side.lang)
}

/// Adds the figures that count nothing and stand just so on both sides: telephone and account numbers, time codes,
/// versions. Each language would read them as another number.
fn same_figures(source: &Side, target: &Side, literals: &mut Literals) {
    let mut left = runs(target);
    for run in runs(source) {
        let words = run.span(source).of(source.text);
        let partner = left.iter().position(|other| {
            other.span(target).of(target.text) == words
                && (run.counts_nothing(source) || named_alike(source, &run, target, other))
        });
        if let Some(at) = partner {
            literals.source.push(run.span(source));
            literals.target.push(left.remove(at).span(target));
        }
    }
}

/// Figures with one sign between each two: words of a side.
struct Run {
    start: usize,
    end: usize,
}

/// All of them, longest possible.
fn runs(side: &Side) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut i = 0;
    while i < side.words.len() {
        let start = i;
        i += 1;
        if side.words[start].kind != Kind::Digits {
            continue;
        }
        let joins = |gap: &str| {
            let mut marks = gap.chars();
            let one = marks.next().is_some_and(|c| " -:./()\u{a0}".contains(c));
            // ") " behind an area code
            one && marks.all(|c| c == ' ') && gap.len() <= 2
        };
        while i < side.words.len() && side.words[i].kind == Kind::Digits && joins(side.before(i)) {
            i += 1;
        }
        runs.push(Run { start, end: i });
    }
    runs
}

impl Run {
    fn span(&self, side: &Side) -> Span {
        Span {
            start: side.words[self.start].span.start,
            end: side.words[self.end - 1].span.end,
        }
    }

    /// Whether nothing is counted so: three groups and more that are no thousands, or many figures in two.
    fn counts_nothing(&self, side: &Side) -> bool {
        let text = self.span(side).of(side.text);
        let groups: Vec<&str> = text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|group| !group.is_empty())
            .collect();
        let figures: usize = groups.iter().map(|group| group.len()).sum();
        let rest = groups.get(1..).unwrap_or_default();
        let thousands = groups[0].len() <= 3
            && !groups[0].starts_with('0')
            && rest.iter().all(|group| group.len() == 3);
        // A range of years is two numbers.
        let range =
            groups.len() == 2 && !groups[0].starts_with('0') && groups[0].len() == groups[1].len();
        // "1.234,5" and "10 000,5" are amounts; a time code has its comma behind colons.
        let mut marks: Vec<char> = text.chars().filter(|c| " .,".contains(*c)).collect();
        marks.dedup();
        let amount = marks.len() > 1 && !text.contains(':');
        let divided = self.end - self.start > 1;
        !thousands && !amount && (groups.len() >= 3 || divided && figures >= 7 && !range)
    }
}

/// Whether a figure with a point stands behind the same name or the same word for a version on both sides: "Python 3.11",
/// "version 1.5".
fn named_alike(source: &Side, run: &Run, target: &Side, other: &Run) -> bool {
    let name = |side: &Side, run: &Run| {
        let at = run
            .start
            .checked_sub(1)
            .filter(|_| run.end == run.start + 1)?;
        let near = matches!(side.before(run.start), "" | " " | "\u{a0}");
        let version = &side.language.phrases.versions;
        let word = &side.words[at];
        let is_version = version.iter().any(|version| *version == word.lower);
        let is_name = word.text.contains(char::is_uppercase);
        (near && (is_version || is_name)).then_some((is_version, word.text.to_string()))
    };
    match (name(source, run), name(target, other)) {
        (Some((true, _)), Some((true, _))) => true,
        (Some((_, one)), Some((_, other))) => one == other,
        _ => false,
    }
}

fn scan(text: &str) -> Vec<(Sort, Span)> {
    let mut items = Vec::new();
    if !text.contains(['@', '#', '{', '<', '%', ':', '&', 'w', '_']) {
        return items;
    }
    let mut at = 0;
    let mut previous = ' ';
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let found = if previous.is_alphanumeric() {
            inside(c, rest)
        } else {
            start(c, rest)
        };
        match found {
            Some((sort, length)) if length > 0 => {
                items.push((
                    sort,
                    Span {
                        start: at,
                        end: at + length,
                    },
                ));
                at += length;
                previous = text[..at].chars().next_back().unwrap_or(' ');
            }
            _ => {
                at += c.len_utf8();
                previous = c;
            }
        }
    }
    items
}

/// A literal that may follow a letter at once.
fn inside(c: char, rest: &str) -> Option<(Sort, usize)> {
    match c {
        '{' => placeholder(rest),
        '<' => tag(rest),
        _ => None,
    }
}

fn start(c: char, rest: &str) -> Option<(Sort, usize)> {
    match c {
        'h' | 'w'
            if ["http://", "https://", "www."]
                .iter()
                .any(|p| rest.starts_with(p)) =>
        {
            let end = rest
                .find(|c: char| c.is_whitespace() || "<>\"«»“”{}|\\^`".contains(c))
                .unwrap_or(rest.len());
            let url = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '…']);
            // A closing bracket belongs to the address only if it opens there.
            let url = if url.contains('(') {
                url
            } else {
                url.trim_end_matches(')')
            };
            Some((Sort::Url, url.trim_end_matches(['.', ',']).len()))
        }
        '#' | '@' => {
            let body = rest[1..]
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len() - 1);
            let has_letter = rest[1..1 + body].contains(|c: char| c.is_alphabetic());
            let sort = if c == '#' {
                Sort::Hashtag
            } else {
                Sort::Handle
            };
            has_letter.then_some((sort, 1 + body))
        }
        '{' => placeholder(rest),
        '$' if rest[1..].starts_with('{') => placeholder(&rest[1..]).map(|(sort, n)| (sort, n + 1)),
        '%' => {
            let body = rest[1..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '$');
            let ends = body.starts_with(['s', 'd', 'f', 'i', '@'])
                && !body[1..].starts_with(|c: char| c.is_alphanumeric());
            ends.then(|| (Sort::Placeholder, rest.len() - body.len() + 1))
        }
        '<' => tag(rest),
        '&' => {
            let end = rest.find(';').filter(|end| (3..=8).contains(end))?;
            rest[1..end]
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'#')
                .then_some((Sort::Tag, end + 1))
        }
        '_' if rest.starts_with("__") => {
            let body = rest
                .trim_start_matches('_')
                .find(|c: char| !c.is_alphanumeric())?;
            let end = 2 + body;
            (body > 0 && rest.get(end..)?.starts_with("__")).then_some((Sort::Placeholder, end + 2))
        }
        c if c.is_alphanumeric() => email(rest),
        _ => None,
    }
}

fn email(rest: &str) -> Option<(Sort, usize)> {
    let local = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._%+-".contains(c)))?;
    let host = rest[local..].strip_prefix('@')?;
    let length = host
        .find(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c)))
        .unwrap_or(host.len());
    let host = host[..length].trim_end_matches(['.', '-']);
    host.contains('.')
        .then_some((Sort::Email, local + 1 + host.len()))
}

/// `{name}`, `{0}`, `{{name}}`.
fn placeholder(rest: &str) -> Option<(Sort, usize)> {
    let open = rest.len() - rest.trim_start_matches('{').len();
    let body = rest[open..].find('}')?;
    let inner = rest[open..open + body].trim();
    // "Use { and } around it."
    let tight = open > 1 || inner.len() == body;
    let simple = inner.len() <= 40
        && tight
        && inner
            .chars()
            .all(|c| c.is_alphanumeric() || "_.-:$#".contains(c));
    let end = open + body + open;
    let closed = rest.get(open + body..end)?.bytes().all(|b| b == b'}');
    (open <= 2 && simple && closed).then_some((Sort::Placeholder, end))
}

/// Names of elements that stand in running text of pages, messages and subtitles.
const ELEMENTS: [&str; 27] = [
    "a", "abbr", "b", "bdi", "br", "c", "cite", "code", "del", "div", "em", "font", "g", "i",
    "img", "ins", "lang", "li", "p", "q", "s", "small", "span", "strong", "sub", "sup", "u",
];

/// Whether `tag` is a word in angle brackets in `text`: no name of an element, and nothing closes it.
fn is_bracketed_word(tag: &str, text: &str) -> bool {
    let Some(name) = tag.strip_prefix('<').and_then(|tag| tag.strip_suffix('>')) else {
        return false;
    };
    let is_word = name
        .chars()
        .all(|c| c.is_alphabetic() || c == ' ' || c == '-');
    is_word && !ELEMENTS.contains(&name) && !text.contains(&format!("</{name}"))
}

/// `<b>`, `</a>`, `<br/>`, `<a href="…">`.
fn tag(rest: &str) -> Option<(Sort, usize)> {
    let inner = &rest[1..];
    let name = inner.strip_prefix('/').unwrap_or(inner);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = inner.find('>').filter(|end| *end < 300)?;
    (!inner[..end].contains('<')).then_some((Sort::Tag, end + 2))
}

#[cfg(test)]
mod tests {
    use super::super::tests::ids;
    use super::*;
    use crate::text::Lang;

    fn literals(text: &str) -> Vec<&str> {
        scan(text).iter().map(|(_, span)| span.of(text)).collect()
    }

    #[test]
    fn figures_that_count_nothing_are_the_same_in_every_language() {
        for text in [
            "+39 06 555 2368",
            "(212) 555-0142",
            "0800 123 456",
            "00:27:52,712",
            "2.10.3",
            "3704 0044 0532 0130 00",
            "Python 3.11",
        ] {
            let (source, target) = (format!("See {text} now."), format!("Veja {text} agora."));
            assert_eq!(ids(Lang::EN, Lang::PT, &source, &target), [""; 0], "{text}");
        }
        let changed = ids(
            Lang::EN,
            Lang::PT,
            "Call +39 06 555 2368 now.",
            "Ligue para +39 06 555 2369 agora.",
        );
        assert_eq!(changed, ["number"]);
    }

    #[test]
    fn literals_are_found() {
        assert_eq!(
            literals(
                "Vedi https://a.it/x?y=1. Scrivi a nome@sito.it, (www.b.it) #Voto @rai {0} {{nome}} %s %1$d <b>x</b> &amp; __X1__"
            ),
            [
                "https://a.it/x?y=1",
                "nome@sito.it",
                "www.b.it",
                "#Voto",
                "@rai",
                "{0}",
                "{{nome}}",
                "%s",
                "%1$d",
                "<b>",
                "</b>",
                "&amp;",
                "__X1__"
            ]
        );
        assert_eq!(
            literals("81% # 5 @ 3 < 4 > 2 { a, b } { and } A&B; __ 50%di"),
            [""; 0]
        );
    }

    #[test]
    fn what_is_kept_on_purpose_is_no_fault() {
        for (source, target) in [
            (
                "Heat it to $20.6^{\\circ}$ now.",
                "Aqueça-o a $20.6^{\\circ}$ agora.",
            ),
            (
                "The song “Águas de março” is old.",
                "A canção “Águas de março” é antiga.",
            ),
        ] {
            assert_eq!(ids(Lang::EN, Lang::PT, source, target), [""; 0], "{source}");
        }
    }

    #[test]
    fn a_changed_literal_is_an_error() {
        for (source, target, expected) in [
            ("Vedi https://a.it/x.", "See https://a.it/x.", None),
            ("Vedi https://a.it/x.", "See https://a.it/y.", Some("link")),
            ("Scrivi a m@rai.it", "Write to us", Some("link")),
            ("Ciao {nome}", "Hello {nome}", None),
            ("Ciao {nome}", "Hello {name}", Some("placeholder")),
            ("<b>Ciao</b> a tutti", "<b>Hello</b> to all", None),
            ("Ciao a tutti", "<b>Hello</b> to all", Some("placeholder")),
        ] {
            let ids = ids(Lang::IT, Lang::EN, source, target);
            assert_eq!(ids, Vec::from_iter(expected), "{target}");
        }
    }
}
