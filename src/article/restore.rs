//! A segment's marks put back onto its translation.

use std::ops::Range;

use super::flow::{Mark, MarkKind};
use super::place::{find, outside};
use super::project::{Alignment, moved};
use super::spaces::with_no_break;
use super::write::Style;
use super::{Format, MarkupIssue, MarkupIssueKind, Segment};
use crate::text::{Link, Span};

impl Segment {
    /// The translation with the marks of the source, ready to stand in its place: on one line, escaped, well-formed.
    /// Says what had to be guessed or was lost. The segment's own text gives the source back byte for byte.
    pub fn restore(&self, translated: &str) -> (String, Vec<MarkupIssue>) {
        self.restore_by(translated, &[])
    }

    /// Whether it has marks that must find their words in a translation.
    pub fn is_marked(&self) -> bool {
        let mut marks = self.marks.iter();
        marks.any(|mark| mark.kind != MarkKind::Verbatim)
    }

    /// As [`restore`](Self::restore); `links` say which words of the translation come from which of the text.
    pub fn restore_by(&self, translated: &str, links: &[Link]) -> (String, Vec<MarkupIssue>) {
        if translated == self.text {
            return (self.source().to_owned(), Vec::new());
        }
        let mut issues = Vec::new();
        let text = flatten(translated);
        if text.is_empty() {
            issues.push(self.issue(MarkupIssueKind::Empty, None));
            return (self.source().to_owned(), issues);
        }
        let text = self.with_verbatim(text, &mut issues);
        let mut links = moved(links, translated, &text);
        let text = with_no_break(&self.text, text, &mut links);
        if self.format == Format::Text && !self.is_marked() {
            return (text, issues);
        }
        let mut placed = self.place(&text, &links, &mut issues);
        if self.format != Format::Markdown {
            // Wraps are nested, and nothing in the text can be taken for markup once it is escaped.
            return (self.write_whole(&text, &placed, Style::USUAL), issues);
        }
        for how in [Style::USUAL, Style::CAREFUL, Style::UTMOST] {
            if self.is_sound(&text, &placed, how) {
                return (self.write_whole(&text, &placed, how), issues);
            }
        }
        use MarkupIssueKind::{Displaced, Guessed};
        issues.retain(|issue| !matches!(issue.kind, Guessed | Displaced));
        placed.retain(|p| {
            let wrap = p.mark.kind == MarkKind::Wrap;
            if wrap {
                issues.push(self.issue(MarkupIssueKind::Dropped, Some(p.mark)));
            }
            !wrap
        });
        (self.write_whole(&text, &placed, Style::UTMOST), issues)
    }

    /// Where in `text`, which is the segment's or a translation of it, stands what must come back letter for letter, in
    /// order.
    pub fn verbatim(&self, text: &str) -> Vec<Span> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for mark in self.of_kind(MarkKind::Verbatim) {
            let range = match text == self.text {
                true => Some(mark.range.clone()),
                false => find(
                    text,
                    &self.text[mark.range.clone()],
                    0..text.len(),
                    0,
                    &found,
                ),
            };
            found.extend(range);
        }
        found.sort_by_key(|range| range.start);
        let span = |Range { start, end }| Span { start, end };
        found.into_iter().map(span).collect()
    }

    /// What stands in the article.
    pub(super) fn source(&self) -> &str {
        self.source.as_ref().unwrap_or(&self.text)
    }

    pub(super) fn issue(&self, kind: MarkupIssueKind, mark: Option<&Mark>) -> MarkupIssue {
        MarkupIssue {
            segment: Some(self.id),
            kind,
            mark: mark.map_or(String::new(), |m| match m.kind {
                MarkKind::Wrap => format!("{}…{}", m.open, m.close),
                MarkKind::Verbatim => self.text[m.range.clone()].to_owned(),
                MarkKind::Point | MarkKind::Break => m.open.clone(),
            }),
        }
    }

    pub(super) fn of_kind(&self, kind: MarkKind) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(move |m| m.kind == kind)
    }

    /// `text` with the verbatim pieces that it lacks.
    fn with_verbatim(&self, mut text: String, issues: &mut Vec<MarkupIssue>) -> String {
        let mut taken: Vec<Range<usize>> = Vec::new();
        for mark in self.of_kind(MarkKind::Verbatim) {
            let wanted = &self.text[mark.range.clone()];
            // Models like to write a capital at the start of a sentence, or backticks around code.
            let all = 0..text.len();
            let lower = || text.to_ascii_lowercase();
            let found = find(&text, wanted, all.clone(), 0, &taken)
                .or_else(|| find(&lower(), &wanted.to_ascii_lowercase(), all, 0, &taken));
            if let Some(range) = found {
                text.replace_range(range.clone(), wanted);
                let quoted =
                    text[..range.start].ends_with('`') && text[range.end..].starts_with('`');
                if quoted && !mark.open.is_empty() {
                    text.remove(range.end);
                    text.remove(range.start - 1);
                    for later in taken.iter_mut().filter(|r| r.start > range.start) {
                        *later = later.start - 2..later.end - 2;
                    }
                    taken.push(range.start - 1..range.end - 1);
                } else {
                    taken.push(range);
                }
                continue;
            }
            issues.push(self.issue(MarkupIssueKind::Reinserted, Some(mark)));
            let mut at = Alignment::new(&self.text, &text, &[]).point(mark.range.clone());
            at = outside(at, &taken);
            let space = |c: Option<char>| match c.is_none_or(char::is_whitespace) {
                true => "",
                false => " ",
            };
            let before = space(text[..at].chars().next_back());
            let after = match text[at..].chars().next() {
                Some(c) if c.is_alphanumeric() => " ",
                _ => "",
            };
            let piece = format!("{before}{wanted}{after}");
            for range in taken
                .iter_mut()
                .filter(|r: &&mut Range<usize>| r.start >= at)
            {
                *range = range.start + piece.len()..range.end + piece.len();
            }
            taken.push(at + before.len()..at + before.len() + wanted.len());
            text.insert_str(at, &piece);
        }
        text
    }
}

/// One line without control characters.
fn flatten(text: &str) -> String {
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let flat: String = text
        .chars()
        .map(|c| if blank(c) { ' ' } else { c })
        .collect();
    flat.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{Article, Format};
    use super::*;
    use crate::text::Lang;
    use MarkupIssueKind::*;

    /// Translates the only segment of `source`.
    #[track_caller]
    fn check(
        source: &str,
        text: &str,
        translated: &str,
        expected: &str,
        issues: &[MarkupIssueKind],
    ) {
        let article = Article::parse(source.to_owned(), Format::Markdown).without_labels();
        let segments = article.segments(Some(Lang::IT));
        assert_eq!(segments.len(), 1, "{segments:?}");
        assert_eq!(segments[0].text, text);
        let (written, found) = article.reassemble([(&segments[0], translated)]);
        assert_eq!(written, expected);
        assert_eq!(
            found.iter().map(|i| i.kind).collect::<Vec<_>>(),
            issues,
            "{written}"
        );
        assert_eq!(article.reassemble([(&segments[0], text)]).0, source);
    }

    #[test]
    fn names_and_cognates_carry_their_marks() {
        check(
            "Il presidente **Vladimir Putin** si è [congratulato](https://e.org/a_b \"T\").",
            "Il presidente Vladimir Putin si è congratulato.",
            "President Vladimir Putin has congratulated.",
            "President **Vladimir Putin** has [congratulated](https://e.org/a_b \"T\").",
            &[],
        );
        check(
            "L’*invasione* dell’Ucraina.",
            "L’invasione dell’Ucraina.",
            "The invasion of Ukraine.",
            "The *invasion* of Ukraine.",
            &[],
        );
        check(
            "La casa _bella_ di Mario.",
            "La casa bella di Mario.",
            "Mario's beautiful house.",
            "Mario's _beautiful_ house.",
            &[Guessed],
        );
    }

    #[test]
    fn nested_marks_stay_nested() {
        check(
            "Leggi [il *nuovo* rapporto **Osce**](u) oggi.",
            "Leggi il nuovo rapporto Osce oggi.",
            "Read the new report Osce today.",
            "Read [the *new* report **Osce**](u) today.",
            &[Guessed, Guessed],
        );
    }

    #[test]
    fn code_urls_and_addresses_come_back() {
        check(
            "Usa `cargo run` o vedi https://e.org/x_y?a=1.",
            "Usa cargo run o vedi https://e.org/x_y?a=1.",
            "See https://e.org/x_y?a=1 or use cargo run.",
            "See https://e.org/x_y?a=1 or use `cargo run`.",
            &[],
        );
        check(
            "Con `cargo` e `rustc`.",
            "Con cargo e rustc.",
            "Cargo and `rustc`.",
            "`cargo` and `rustc`.",
            &[],
        );
        check(
            "Scrivi a <mario@e.org> o usa `x*y`.",
            "Scrivi a mario@e.org o usa x*y.",
            "Write to Mario or use.",
            "Write to <mario@e.org> Mario or use `x*y`.",
            &[Reinserted, Reinserted],
        );
    }

    #[test]
    fn points_keep_their_place() {
        check(
            "Vince Tokayev[^1], dice l’Osce.\n\n[^1]: 12",
            "Vince Tokayev, dice l’Osce.",
            "Tokayev wins, says Osce.",
            "Tokayev[^1] wins, says Osce.\n\n[^1]: 12",
            &[],
        );
        check(
            "Acqua: H<sub>2</sub>O e ![i](i.png) basta.",
            "Acqua: H2O e  basta.",
            "Water: H2O and  enough.",
            "Water: H<sub>2</sub>O and ![i](i.png)  enough.",
            &[],
        );
    }

    #[test]
    fn numbers_of_notes_stay_whole_behind_their_words() {
        for note in [
            "<sup>3</sup>",
            "<span class=\"n\"><sup>3</sup></span>",
            "<strong><sup>3</sup></strong>",
            "<sup><a href=\"#n\">[3]</a></sup>",
            "<a href=\"#n\"><sup>[3]</sup></a>",
            "<span><a href=\"#n\">3</a></span>",
            "<b><i><sup>3</sup></i></b>",
            "<span><sup>3</sup><sup>,</sup><sup>4</sup></span>",
            "<sup><em>3</em></sup>",
            "<cite> <sup>3</sup> </cite>",
        ] {
            let source = format!("<p>Il sindaco Rossi{note} ha detto di no.</p>");
            let article = Article::parse(source, Format::Html);
            let segments = article.segments(Some(Lang::IT));
            let (written, issues) = article.reassemble([(&segments[0], "Mayor Rossi said no.")]);
            assert_eq!(written, format!("<p>Mayor Rossi{note} said no.</p>"));
            assert!(issues.is_empty());
        }
        check(
            "Il sindaco Rossi[[3]](#n3) e [<sup>2</sup>](#n) no.",
            "Il sindaco Rossi e  no.",
            "Mayor Rossi and no.",
            "Mayor Rossi[[3]](#n3) and [<sup>2</sup>](#n) no.",
            &[],
        );
    }

    #[test]
    fn what_is_not_known_keeps_the_order_of_the_marks() {
        check(
            "Vedi [mappe](a) [foto](b) [lettere](c) qui.",
            "Vedi mappe foto lettere qui.",
            "See maps photos letters here.",
            "See [maps](a) [photos](b) [letters](c) here.",
            &[Guessed, Guessed],
        );
        check(
            "Un *uno* **due** [tre](c) fine.",
            "Un uno due tre fine.",
            "Only two.",
            "*Only* **two**.",
            &[Guessed, Guessed, Dropped],
        );
        check(
            "Un *uno* [due](b) fine.",
            "Un uno due fine.",
            "The end.",
            "*The* [end](b).",
            &[Displaced, Guessed],
        );
    }

    #[test]
    fn signs_that_were_escaped_are() {
        check(
            "Costa \\$5 per me e \\~3 per te.",
            "Costa $5 per me e ~3 per te.",
            "It is $5 for me and ~3 for you.",
            "It is \\$5 for me and \\~3 for you.",
            &[],
        );
        check(
            "H~2~O ~~no~~ va.",
            "H~2~O no va.",
            "H~2~O goes no.",
            "H~2~O goes ~~no~~.",
            &[],
        );
    }

    #[test]
    fn marks_around_whole_sentences_stay_in_the_source() {
        let source = "**Prima frase. Seconda frase.** [Terza.](u)";
        let article = Article::parse(source.to_owned(), Format::Markdown);
        let segments = article.segments(Some(Lang::IT));
        let texts: Vec<_> = segments.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(texts, ["Prima frase.", "Seconda frase.", "Terza."]);
        let (written, issues) = article.reassemble(segments.iter().zip(["A.", "B.", "C."]));
        assert_eq!((written.as_str(), issues.len()), ("**A. B.** [C.](u)", 0));
    }

    #[test]
    fn a_mark_over_a_border_joins_the_sentences() {
        check(
            "Una *cosa. Due* cose.",
            "Una cosa. Due cose.",
            "One thing. Two things.",
            "One *thing. Two* things.",
            &[Guessed],
        );
    }

    #[test]
    fn a_reference_keeps_its_label() {
        check(
            "Vedi [il rapporto].\n\n[il rapporto]: https://e.org",
            "Vedi il rapporto.",
            "See the report.",
            "See [the report][il rapporto].\n\n[il rapporto]: https://e.org",
            &[Guessed],
        );
    }

    #[test]
    fn what_would_be_markup_is_escaped() {
        for (translated, expected) in [
            ("# No", "\\# No"),
            ("1. No", "1\\. No"),
            ("- No", "\\- No"),
            ("> No\n\nNo", "\\> No  No"),
            (
                "a *b* _c_ `d` [e](f) <b>",
                "a \\*b\\* \\_c\\_ \\`d\\` \\[e\\](f) \\<b>",
            ),
            (
                "snake_case 5 * 3 R&B &amp; 2 < 3",
                "snake_case 5 * 3 R&B \\&amp; 2 < 3",
            ),
            ("---", "\\---"),
            ("```", "\\`\\`\\`"),
            ("    x", "x"),
        ] {
            check("Ciao", "Ciao", translated, expected, &[]);
        }
        check("Ciao", "Ciao", " \n ", "Ciao", &[Empty]);
    }

    #[test]
    fn a_translation_too_short_for_its_marks_drops_them() {
        check(
            "**Uno** e *due* no.",
            "Uno e due no.",
            "Nothing",
            "**Nothing**",
            &[Guessed, Dropped],
        );
        check("**Uno** e due.", "Uno e due.", "…", "…", &[Dropped]);
    }
}
