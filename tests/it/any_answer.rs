//! Whatever an engine answers, an article keeps its tags, links, cues, lines and placeholders, or is told to have lost them:
//! random articles, put together from such answers, and translated by an engine that gives them.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use proptest::prelude::*;
use traghetto::article::{Article, Format, MarkupIssue, MarkupIssueKind, Segment, lost};
use traghetto::engine::{
    Engine as Model, Event, Finish, Generated, Sampling, Sink, Timings, TranslationModel,
};
use traghetto::text::{Lang, Span};
use traghetto::translate::{Options, Source, translate};
use traghetto::{CheckId, Prompt, Repair, Result};

use crate::support::cases;
use crate::whole::made;

/// How an engine may answer.
#[derive(Debug, Clone, Copy)]
enum Engine {
    Same,
    Reversed,
    Dropping,
    Upper,
    Shuffled,
    Scattered,
    Doubling,
    Empty,
    Markup,
}

impl Engine {
    const ALL: [Self; 9] = [
        Self::Same,
        Self::Reversed,
        Self::Dropping,
        Self::Upper,
        Self::Shuffled,
        Self::Scattered,
        Self::Doubling,
        Self::Empty,
        Self::Markup,
    ];

    fn answer(self, text: &str) -> String {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        match self {
            Self::Same => return text.to_owned(),
            Self::Reversed => words.reverse(),
            Self::Dropping => {
                let kept = words.iter().step_by(2).copied();
                words = kept.collect();
            }
            Self::Upper => return text.to_uppercase(),
            Self::Shuffled => words.sort_by_key(|word| (word.len() * 7 + 3) % 5),
            Self::Scattered => return scattered(text),
            Self::Doubling => {
                let twice = words.iter().flat_map(|word| [*word, *word]);
                words = twice.collect();
            }
            Self::Empty => return String::new(),
            Self::Markup => return format!("<b>*{}* [a](b) </i> --> {{\\i1}} `", words.join(" ")),
        }
        words.join(" ")
    }
}

/// The words of `text` in their order, and its marks, numbers and stand-ins elsewhere among them.
fn scattered(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let class = |c: &char| c.is_alphanumeric();
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| class(&c) != class(&first));
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            parts.push(part);
            rest = after;
        }
    }
    let is_mark = |part: &&str| !part.chars().all(char::is_alphabetic);
    let (marks, mut words): (Vec<&str>, Vec<&str>) = parts.into_iter().partition(is_mark);
    for (n, mark) in marks.into_iter().enumerate() {
        words.insert((n * 5 + 3) % (words.len() + 1), mark);
    }
    words.join(" ")
}

fn pieces(words: &'static str, markup: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => words,
        2 => prop::sample::select(markup).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

/// Balanced inline markup around words, with white space at every edge.
fn nested(pairs: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = String> {
    let leaf = "[ ]?[a-zA-Zé]{1,7}( [a-z]{1,6}){0,3}[.,!?]?[ ]?";
    leaf.prop_recursive(3, 24, 5, move |inner| {
        let several = prop::collection::vec(inner, 1..5).prop_map(|all| all.concat());
        (prop::sample::select(pairs), several, any::<bool>()).prop_map(
            |((open, close), inner, around)| match around {
                true => format!("{open}{inner}{close}"),
                false => inner,
            },
        )
    })
}

/// An issue, but for guesses, that says something is not as it was.
fn told(issues: &[MarkupIssue]) -> bool {
    issues.iter().any(|i| i.kind != MarkupIssueKind::Guessed)
}

fn whole(source: &str, format: Format, engine: Engine) -> Result<(), TestCaseError> {
    let (out, issues) = made(source, format, |text| engine.answer(text));
    if matches!(engine, Engine::Same) {
        prop_assert_eq!(&out, source);
    }
    let lost = lost(&Article::parse(source.to_owned(), format), &out);
    prop_assert!(
        lost.is_empty() || told(&issues),
        "{:?} {:?}\n{}\nbecame\n{}",
        engine,
        lost,
        source,
        out
    );
    Ok(())
}

const TAGS: &[(&str, &str)] = &[
    ("<b>", "</b>"),
    ("<a href=\"x\">", "</a>"),
    ("<i> ", "</i>"),
    ("<span>", "\n</span>"),
    ("<p>", "</p>"),
    ("<sup>", "</sup>"),
];

const MARKS: &[(&str, &str)] = &[
    ("[", "](x)"),
    ("[", " ](y)"),
    ("<b>", "</b>"),
    ("<u> ", " </u>"),
    ("**", "**"),
    ("*", "*"),
    ("==", "=="),
    ("[[p|", "]]"),
];

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn tags_nest_and_are_complete(source in nested(TAGS), engine in prop::sample::select(&Engine::ALL[..])) {
        whole(&source, Format::Html, engine)?;
        // An engine that keeps the number of words has no reason to lose a tag.
        if matches!(engine, Engine::Upper | Engine::Reversed | Engine::Doubling) {
            let (out, issues) = made(&source, Format::Html, |text| engine.answer(text));
            let dropped = issues.iter().any(|i| i.kind == MarkupIssueKind::Dropped);
            prop_assert!(dropped || balanced(&out), "{}\nbecame\n{}", source, out);
            let lost = |i: &MarkupIssue| matches!(i.kind, MarkupIssueKind::Lost | MarkupIssueKind::Added);
            prop_assert!(!issues.iter().any(lost), "{}\nbecame\n{}", source, out);
        }
    }

    #[test]
    fn marks_of_markdown_are_complete(source in nested(MARKS), engine in prop::sample::select(&Engine::ALL[..])) {
        whole(&source, Format::Markdown, engine)?;
    }

    #[test]
    fn any_html_is_whole_or_told(
        source in pieces("[ ]?[a-zA-Z]{1,6}[ .]?", &["<b>", "</b>", "<p>", "</p>", "<br>", "<!--c-->", "<a href=x>", "</a>", "<img src=y>", "<img alt=\"a b\">", "<p title='c d'>", "<code>x y</code>", " ", "&amp;", "<sup>", "</sup>", "7", "&shy;", "\u{200b}"]),
        engine in prop::sample::select(&Engine::ALL[..]),
    ) {
        whole(&source, Format::Html, engine)?;
        keeps_all(&source, Format::Html, engine)?;
    }

    #[test]
    fn any_markdown_is_whole_or_told(
        source in pieces("[ ]?[a-zA-Z]{1,6}[ .]?", &["*", "**", "[", "](x)", "`c d`", "\n", "\n\n", "- ", "# ", "![a](b)", "[c](d \"e f\")", "<b>", "</b>", "[^1]", "\n[^1]: n\n", "<!-- c -->", "~~", "7", "\n:::note\n", "\n: ", "\n\n<div>", "</div>\n\n", "<td>", "$", "==", "[[a]]", "\n!!! x\n    ", "<kbd>", "</kbd>"]),
        engine in prop::sample::select(&Engine::ALL[..]),
    ) {
        whole(&source, Format::Markdown, engine)?;
        keeps_all(&source, Format::Markdown, engine)?;
    }

    #[test]
    fn cues_and_lines_are_kept(
        cues in prop::collection::vec(prop::collection::vec("[ ]?(<i>|\\{.b1\\}|- |\\()?[a-zA-Z]{1,6}( [a-z]{2,6}){0,4}[.,)]?(</i>|\\{.b0\\}|\n)?[ ]?", 1..4), 1..6),
        engine in prop::sample::select(&Engine::ALL[..]),
    ) {
        let cue = |(n, lines): (usize, &Vec<String>)| {
            format!("{}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{}\n", n + 1, lines.join("\n"))
        };
        let source = cues.iter().enumerate().map(cue).collect::<Vec<_>>().join("\n");
        for format in [Format::Srt, Format::Vtt] {
            whole(&source, format, engine)?;
            let (out, issues) = made(&source, format, |text| engine.answer(text));
            let times = |text: &str| text.lines().filter(|line| line.contains(" --> 00:")).count();
            prop_assert_eq!(times(&out), times(&source), "{}", out);
            if matches!(engine, Engine::Upper | Engine::Reversed | Engine::Shuffled | Engine::Doubling) {
                prop_assert!(told(&issues) || out.lines().count() == source.lines().count(), "{}\nbecame\n{}", source, out);
            }
        }
    }
}

/// Whether every inline tag of a page is closed by its like.
fn balanced(page: &str) -> bool {
    let mut open = Vec::new();
    for tag in page.split('<').skip(1) {
        let Some((tag, _)) = tag.split_once('>') else {
            continue;
        };
        let name: String = tag
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '/')
            .collect();
        match name.strip_prefix('/') {
            Some("p") => {}
            Some(name) => {
                if open.pop().as_deref() != Some(name) {
                    return false;
                }
            }
            None if name == "p" => {}
            None => open.push(name),
        }
    }
    open.is_empty()
}

impl TranslationModel for Engine {
    fn supports(&self, _: Lang, _: Lang) -> bool {
        true
    }

    fn translate(
        &mut self,
        sentences: &[&str],
        _: Lang,
        _: Lang,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>> {
        let mut generated = Vec::new();
        for (request, sentence) in sentences.iter().enumerate() {
            let text = self.answer(sentence);
            let (finish, tokens) = (Finish::Stop, &[][..]);
            for event in [
                Event::Text {
                    request,
                    text: &text,
                },
                Event::Done {
                    request,
                    finish,
                    tokens,
                },
            ] {
                assert_eq!(sink(event), ControlFlow::Continue(()));
            }
            generated.push(Generated {
                text,
                ids: Vec::new(),
                tokens_in: 0,
                finish,
                score: None,
                alternatives: Vec::new(),
            });
        }
        Ok(generated)
    }

    fn timings(&self) -> Timings {
        Timings::default()
    }
}

/// What became of an article.
struct Outcome {
    text: String,
    issues: Vec<MarkupIssue>,
    findings: Vec<CheckId>,
}

impl Outcome {
    /// Whether a placeholder is said to be lost, or put back somewhere.
    fn tells_placeholder(&self) -> bool {
        use CheckId::{Link, Placeholder};
        let found = |id: &CheckId| matches!(id, Placeholder | Link);
        told(&self.issues) || self.findings.iter().any(found)
    }
}

/// `source` translated by `engine`, with all that is done about its answers.
fn translated(source: &str, format: Format, engine: Engine) -> Outcome {
    static PROMPT: LazyLock<Prompt> = LazyLock::new(|| Prompt::builtin("translate").unwrap());
    let article = Article::parse(source.to_owned(), format);
    let segments = article.segments(Some(Lang::EN));
    let kept = |one: &Segment| one.verbatim(&one.text);
    let kept: Vec<Vec<Span>> = segments.iter().map(kept).collect();
    let sources: Vec<Source<'_>> = segments
        .iter()
        .zip(&kept)
        .map(|(segment, kept)| Source {
            text: &segment.text,
            context: "",
            kept,
            common: segment.common(),
            linked: segment.is_marked(),
        })
        .collect();
    let options = Options {
        from: Lang::EN,
        to: Lang::PT,
        prompt: &PROMPT,
        sampling: &Sampling::default(),
        max_tokens: None,
        candidates: 1,
        repair: Repair::Auto,
        terms: &[],
        dictionary: None,
    };
    let mut model = Model::Translation(Box::new(engine));
    let made = translate(&mut model, &sources, &options, &mut |_| ()).unwrap();
    let pairs = segments.iter().zip(&made);
    let pairs = pairs.map(|(segment, made)| (segment, &*made.text, &*made.links));
    let (text, issues) = article.reassemble_by(pairs);
    let findings = made.iter().flat_map(|one| &one.findings);
    Outcome {
        text,
        issues,
        findings: findings.map(|finding| finding.check).collect(),
    }
}

/// A piece of a message: words, or what must come back letter for letter.
#[derive(Debug, Clone)]
enum Piece {
    Words(String),
    Kept(String),
}

/// `pieces` as a text with a space between each two.
fn message(pieces: &[Piece]) -> String {
    let said = |piece: &Piece| match piece {
        Piece::Words(text) | Piece::Kept(text) => text.clone(),
    };
    pieces.iter().map(said).collect::<Vec<_>>().join(" ")
}

/// A message of a program with the placeholders that `kept` makes.
fn messages(kept: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<Piece>> {
    let words = "[A-Z]?[a-z]{1,7}( [a-z]{1,6}){0,3}[.,:!?]?";
    let piece = prop_oneof![words.prop_map(Piece::Words), kept.prop_map(Piece::Kept),];
    prop::collection::vec(piece, 1..9)
}

/// A conversion of printf, or a placeholder of other programs.
fn printf() -> impl Strategy<Value = String> {
    prop_oneof![
        "%([1-3]\\$)?[-+]?[0-9]{0,2}(\\.[0-9])?l?[sdif]",
        "%\\([a-z]{2,6}\\)[sd]",
        "[$#%]\\{[a-z]{1,6}(\\.[a-z]{1,4})?\\}",
        "\\{\\{ ?[a-z]{1,5}(\\.[a-z]{1,4})?( \\| [a-z]{2,6})? ?\\}\\}",
        ":[a-z]{2,6}(_[a-z]{2,5})?",
        "[A-Z]{2,5}_[A-Z]{2,5}",
        "~?/[a-z]{2,5}/[a-z]{2,5}\\.txt",
        prop::sample::select(vec![
            "%@",
            "%%",
            "%d%%",
            "<%= key %>",
            "{0}",
            "{0}{1}",
            "______"
        ])
        .prop_map(str::to_owned),
    ]
}

/// An argument of a message of ICU, which may hold messages of its own.
fn icu() -> impl Strategy<Value = String> {
    let plain = prop_oneof![
        "\\{[a-z]{1,6}\\}",
        "\\{[0-9]\\}",
        "\\{[a-z]{1,6}, (number|date|time, short)\\}"
    ];
    plain.prop_recursive(2, 12, 3, |inner| {
        let branch = ("[a-z]{1,5}( [a-z]{1,5})?", inner)
            .prop_map(|(words, inner)| format!("{words} {inner}"));
        prop_oneof![
            ("[a-z]{1,6}", branch.clone(), branch.clone()).prop_map(|(name, one, other)| {
                format!("{{{name}, plural, =0 {{none}} one {{{one}}} other {{# {other}}}}}")
            }),
            ("[a-z]{1,6}", branch.clone(), branch).prop_map(|(name, one, other)| {
                format!("{{{name}, select, male {{{one}}} other {{{other}}}}}")
            }),
        ]
    })
}

/// Balanced inline markup around words and placeholders.
fn marked(pairs: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = String> {
    let kept = prop_oneof![
        "%[1-9]d",
        "\\{[a-z]{2,6}\\}",
        "https://e\\.org/[a-z]{1,5}\\?[a-z]=[0-9]"
    ];
    let piece = prop_oneof![
        3 => "[A-Z]?[a-z]{1,7}( [a-z]{1,6}){0,3}[.,!?]?",
        1 => kept,
    ];
    let several = |piece: BoxedStrategy<String>| {
        prop::collection::vec(piece, 1..4).prop_map(|all| all.join(" "))
    };
    let leaf = several(piece.boxed());
    leaf.prop_recursive(3, 16, 4, move |inner| {
        (prop::sample::select(pairs), several(inner), any::<bool>()).prop_map(
            |((open, close), inner, around)| match around {
                true => format!("{open}{inner}{close}"),
                false => inner,
            },
        )
    })
}

/// The placeholders and addresses of a text that [`marked`] made.
fn placeholders(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || "<>[]()*".contains(c));
    let kept = words.filter_map(|word| match word.chars().next()? {
        '%' => word.get(.."%1d".len()),
        '{' if !word.starts_with("{\\") => word.split_inclusive('}').next(),
        _ => word
            .split('{')
            .next()
            .filter(|word| word.starts_with("https:")),
    });
    kept.collect()
}

/// That `out` has what of `source` must come back letter for letter as often, or tells.
fn letter_for_letter(
    source: &str,
    kept: &[&str],
    out: &Outcome,
) -> std::result::Result<(), TestCaseError> {
    for piece in kept {
        let count = |text: &str| text.matches(piece).count();
        prop_assert!(
            count(source) == count(&out.text) || out.tells_placeholder(),
            "{}: {}\nbecame\n{}",
            piece,
            source,
            out.text
        );
    }
    Ok(())
}

/// That a translation of `source` by `engine` has its markup and its placeholders, or tells what it lacks.
fn keeps_all(
    source: &str,
    format: Format,
    engine: Engine,
) -> std::result::Result<Outcome, TestCaseError> {
    let out = translated(source, format, engine);
    let gone = lost(&Article::parse(source.to_owned(), format), &out.text);
    prop_assert!(
        gone.is_empty() || told(&out.issues),
        "{:?}: {}\nbecame\n{}",
        gone,
        source,
        out.text
    );
    letter_for_letter(source, &placeholders(source), &out)?;
    Ok(out)
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn messages_keep_conversions_of_printf(pieces in messages(printf()), engine in prop::sample::select(&Engine::ALL[..])) {
        let source = message(&pieces);
        let kept = pieces.iter().filter_map(|piece| match piece { Piece::Kept(text) => Some(&**text), Piece::Words(_) => None });
        letter_for_letter(&source, &kept.collect::<Vec<_>>(), &translated(&source, Format::Text, engine))?;
    }

    #[test]
    fn messages_keep_arguments_of_icu(pieces in messages(icu()), engine in prop::sample::select(&Engine::ALL[..])) {
        let source = message(&pieces);
        let kept = pieces.iter().filter_map(|piece| match piece { Piece::Kept(text) => Some(&**text), Piece::Words(_) => None });
        letter_for_letter(&source, &kept.collect::<Vec<_>>(), &translated(&source, Format::Text, engine))?;
    }

    #[test]
    fn translated_pages_are_whole(source in marked(TAGS), engine in prop::sample::select(&Engine::ALL[..])) {
        let out = keeps_all(&source, Format::Html, engine)?;
        let dropped = out.issues.iter().any(|one| one.kind == MarkupIssueKind::Dropped);
        prop_assert!(dropped || balanced(&out.text), "{}\nbecame\n{}", source, out.text);
    }

    #[test]
    fn translated_markdown_is_whole(source in marked(&MARKS[..6]), engine in prop::sample::select(&Engine::ALL[..])) {
        keeps_all(&source, Format::Markdown, engine)?;
    }

    #[test]
    fn translated_subtitles_are_whole(
        cues in prop::collection::vec(prop::collection::vec(marked(CUE_TAGS), 1..3), 1..5),
        engine in prop::sample::select(&Engine::ALL[..]),
    ) {
        let cue = |(n, lines): (usize, &Vec<String>)| {
            format!("{}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{}\n", n + 1, lines.join("\n"))
        };
        let source = cues.iter().enumerate().map(cue).collect::<Vec<_>>().join("\n");
        for format in [Format::Srt, Format::Vtt] {
            let out = keeps_all(&source, format, engine)?;
            let lines = |text: &str, with: &str| text.lines().filter(|line| line.contains(with)).count();
            prop_assert_eq!(lines(&out.text, "-->"), lines(&source, "-->"), "{}", out.text);
            let keeps_words = matches!(engine, Engine::Same | Engine::Reversed | Engine::Upper | Engine::Shuffled | Engine::Doubling);
            let kept = !keeps_words || lines(&out.text, "") == lines(&source, "");
            prop_assert!(kept || told(&out.issues), "{}\nbecame\n{}", source, out.text);
        }
    }
}

const CUE_TAGS: &[(&str, &str)] = &[
    ("<i>", "</i>"),
    ("{\\b1}", "{\\b0}"),
    ("- ", ""),
    ("(", ")"),
];
