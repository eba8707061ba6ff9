//! Articles end to end: read, cut, put together again.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use traghetto::article::{Article, BlockKind, Format, MarkupIssueKind, Segment, decode};
use traghetto::text::{Lang, detect, sentences};

use crate::support::cases;

fn sample(name: &str) -> Article {
    let path = Path::new("tests/articles").join(name);
    let decoded = decode(std::fs::read(&path).unwrap(), None).unwrap();
    Article::parse(decoded.text, Format::from_path(&path))
}

const SAMPLES: [(&str, Lang); 5] = [
    ("kazakistan.it.md", Lang::IT),
    ("biblioteca.it.txt", Lang::IT),
    ("mercado.pt.txt", Lang::PT),
    ("faro.es.md", Lang::ES),
    ("tortura.it.md", Lang::IT),
];

/// Reassembles with `translate` for every segment.
fn translated(article: &Article, lang: Lang, translate: impl Fn(&Segment) -> String) -> String {
    let segments = article.segments(Some(lang));
    let texts: Vec<_> = segments.iter().map(translate).collect();
    let pairs = segments.iter().zip(texts.iter().map(String::as_str));
    article.reassemble(pairs).0
}

#[test]
fn samples_come_back_byte_for_byte() {
    for (name, lang) in SAMPLES {
        let article = sample(name);
        assert_eq!(article.reassemble([]).0, article.source(), "{name}");
        let same = translated(&article, lang, |s| s.text.clone());
        assert_eq!(same, article.source(), "{name}");
        let crlf = article.source().replace('\n', "\r\n");
        let article = Article::parse(crlf.clone(), article.format());
        assert_eq!(
            translated(&article, lang, |s| s.text.clone()),
            crlf,
            "{name}"
        );
    }
}

#[test]
fn samples_are_in_their_languages() {
    for (name, lang) in SAMPLES {
        let detection = detect(&sample(name).plain_text());
        assert_eq!(detection.lang, Some(lang), "{name}");
        assert!(!detection.doubtful, "{name}: {detection:?}");
    }
}

#[test]
fn the_article_has_its_parts() {
    let article = sample("kazakistan.it.md");
    assert_eq!(
        article.title(),
        Some("Kazakistan, Tokayev stravince e resta presidente")
    );
    let kinds: BTreeMap<String, usize> =
        article.blocks().iter().fold(BTreeMap::new(), |mut all, b| {
            *all.entry(format!("{:?}", b.kind)).or_default() += 1;
            all
        });
    let expected = [
        ("FrontMatter", 1),
        ("Heading(1)", 1),
        ("Heading(2)", 2),
        ("ListItem", 3),
        ("Paragraph", 5),
    ];
    assert_eq!(
        kinds
            .iter()
            .map(|(k, n)| (k.as_str(), *n))
            .collect::<Vec<_>>(),
        expected
    );
    let plain = article.plain_text();
    for fact in [
        "81 per cento",
        "238 vittime",
        "almeno 3 mila arresti",
        "69 anni",
        "2019",
        "cinque candidati",
        "Csto",
        "osservatori dell’Osce hanno",
    ] {
        assert!(plain.contains(fact), "{fact}");
    }
    assert!(!plain.contains("https:") && !plain.contains('*') && !plain.contains("lingua"));
    let segments = article.segments(Some(Lang::IT));
    assert_eq!(segments.len(), 30);
    let out = translated(&article, Lang::IT, |s| s.text.to_uppercase());
    assert!(out.starts_with("---\ntitolo: Il Kazakistan alle urne\n"));
    assert!(out.contains("*ORGANIZZAZIONE DEL TRATTATO DI SICUREZZA COLLETTIVA*"));
    assert!(
        out.contains("[OSSERVATORI DELL’OSCE](https://www.osce.org/odihr/elections/kazakhstan)")
    );
}

#[test]
fn a_date_before_running_text_is_kept() {
    let text = " date 2022-11 Con oltre l’81 per cento ha vinto Tokayev. Una vittoria schiacciante.\n\nI rapporti con Mosca\n\nVladimir Putin si è congratulato.";
    let article = Article::parse(text.to_owned(), Format::Text);
    assert_eq!(article.blocks()[0].kind, BlockKind::Metadata);
    assert_eq!(article.title(), None);
    assert_eq!(
        article.blocks().iter().map(|b| b.kind).nth(3),
        Some(BlockKind::Heading(2))
    );
    let out = translated(&article, Lang::IT, |s| format!("<{}>", s.text.len()));
    assert_eq!(out, " date 2022-11 <44> <26>\n\n<20>\n\n<34>");
}

#[test]
fn the_users_own_article() {
    let Ok(bytes) = std::fs::read("../shared/article/kazakistan.it.txt") else {
        eprintln!("skipped: ../shared/article/kazakistan.it.txt is not here");
        return;
    };
    let article = Article::parse(decode(bytes, None).unwrap().text, Format::Text);
    let out = translated(&article, Lang::IT, |_| "x".into());
    assert!(
        out.starts_with(" date 2022-11 x x x\n\nx\n\nx x x"),
        "{out}"
    );
    assert_eq!(out.lines().count(), article.source().lines().count());
}

#[test]
fn plain_text_keeps_its_lines() {
    let article = sample("biblioteca.it.txt");
    assert_eq!(article.title(), Some("Riapre la biblioteca di via Verdi"));
    let out = translated(&article, Lang::IT, |s| format!("uno\n\ndue {}", s.id.n));
    assert_eq!(out.lines().count(), article.source().lines().count());
    assert!(out.starts_with(
        "Autore: Redazione\nData: 2024-03-18\n\nuno  due 0\n\nuno  due 0 uno  due 1\n"
    ));
    assert!(out.contains("\n- uno  due 0\n"));
    // The lost URL and address are put back.
    assert!(out.contains("https://www.example.org/biblioteca?da=home"));
    assert!(out.contains("biblio@example.org"));
    assert!(out.contains("\n\tuno  due 0  uno  due 1"));
}

#[test]
fn the_torture_article_is_cut_as_it_should_be() {
    let article = sample("tortura.it.md");
    let segments = article.segments(Some(Lang::IT));
    let texts: Vec<_> = segments.iter().map(|s| s.text.as_str()).collect();
    for text in [
        "Titolo sottolineato con codice",
        "Prima riga del paragrafo, seconda riga con forte e doppio e barrato.",
        "Dopo l’a capo, un link con codice e un riferimento.",
        "Un URL nudo https://example.org/wiki/Uno_(due), un indirizzo mario@example.org, un’*stella* & un\u{a0}altro.",
        "Una foto del porto",
        "Una nota.",
        "Una seconda!",
        "Acqua: H2O, e  basta.",
        "Fine.",
        "Titolo chiuso",
        "Citazione su due righe.",
        "Seconda frase.",
        "Annidata.",
        "Un avviso.",
        "due con seguito",
        "dentro 1.5",
        "da fare",
        "a | b",
        "Roma",
        "Tutta forte.",
        "Anche questa.",
        "E questa. E quest’altra.",
        "Il testo della nota.",
        "Testo in HTML.",
        "Il porto",
    ] {
        assert!(texts.contains(&text), "{text:?} is not among {texts:#?}");
    }
    assert!(
        !texts
            .iter()
            .any(|t| t.contains("tradurre") || t.contains("rientrato"))
    );
    assert!(!texts.contains(&"x|y") && !texts.contains(&"1.234,5"));

    let out = translated(&article, Lang::IT, |s| s.text.to_uppercase());
    for kept in [
        "TITOLO *SOTTO*LINEATO CON `codice`",
        "**FORTE E *DOPPIO*** E ~~BARRATO~~.  \n",
        "[LINK CON `codice`](<https://example.org/a b> \"TITOLO\")",
        "[RIFERIMENTO][riferimento]",
        "https://example.org/wiki/Uno_(due)",
        "<mario@example.org>",
        "![UNA FOTO DEL PORTO](porto.png \"IL PORTO\")",
        "UNA NOTA.[^nota] UNA SECONDA![^2]",
        "H<sub>2</sub>O",
        "<!-- un commento -->",
        "BASTA.<br>FINE.",
        "### TITOLO CHIUSO ###\n\n### CON ATTRIBUTO {#ancora}",
        "> [!NOTE]\n> UN AVVISO.",
        "- [ ] DA FARE\n- [x] FATTO",
        "| A \\| B | `x\\|y` |",
        "**TUTTA FORTE. ANCHE QUESTA.**",
        "[^nota]: IL TESTO DELLA NOTA.",
    ] {
        assert!(out.contains(kept), "{kept:?} is not in\n{out}");
    }
}

#[test]
fn odd_texts_are_articles_too() {
    for text in [
        "",
        " ",
        "\n\n",
        "\r",
        "a\rb\r\rc",
        "\u{feff}",
        "\u{feff}# Ciao\r\n",
        "مرحبا. نعم",
        "---",
        "+++\n",
        "a\u{2028}b",
    ] {
        for format in [Format::Text, Format::Markdown] {
            let article = Article::parse(text.to_owned(), format);
            assert_eq!(translated(&article, Lang::IT, |s| s.text.clone()), text);
            let out = translated(&article, Lang::IT, |_| "x".into());
            assert_eq!(out.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
        }
    }
    let article = Article::parse("\u{feff}# Ciao".to_owned(), Format::Markdown);
    assert_eq!(article.title(), Some("Ciao"));
    assert_eq!(
        translated(&article, Lang::IT, |_| "Hi".into()),
        "\u{feff}# Hi"
    );
    let lines = Article::parse("a\rb\r\rc".to_owned(), Format::Text);
    assert_eq!(translated(&lines, Lang::IT, |_| "x".into()), "x\rx\r\rx");
}

#[test]
fn an_empty_translation_keeps_the_source() {
    let article = Article::parse("# Ciao".to_owned(), Format::Markdown);
    let segments = article.segments(None);
    let (out, issues) = article.reassemble([(&segments[0], " ")]);
    assert_eq!(out, "# Ciao");
    assert_eq!(issues[0].kind, MarkupIssueKind::Empty);
    assert_eq!(issues[0].segment, Some(segments[0].id));
}

/// Ten megabytes each; quadratic work would take hours.
#[test]
fn ten_megabytes_take_seconds() {
    let line =
        "Il dott. Rossi ha vinto *forse* con l’81,5 per cento: vedi https://example.org. Ma no!";
    let start = Instant::now();
    for (text, format) in [
        (format!("{line}\n\n").repeat(110_000), Format::Markdown),
        (format!("{line}\n").repeat(110_000), Format::Text),
        (format!("{line} ").repeat(110_000), Format::Markdown),
        (format!("{line} ").repeat(110_000), Format::Text),
        ("[a](b) **c** <i>d</i> ".repeat(450_000), Format::Markdown),
        ("> ".repeat(2_000) + line, Format::Markdown),
        ("parola ".repeat(1_400_000), Format::Text),
    ] {
        let before = Instant::now();
        let article = Article::parse(text, format);
        let segments = article.segments(Some(Lang::IT));
        let parsed = before.elapsed();
        let same = article
            .reassemble(segments.iter().map(|s| (s, s.text.as_str())))
            .0;
        assert!(same == article.source());
        eprintln!(
            "{format:?}: {} segments, parsed in {parsed:?}, in all {:?}",
            segments.len(),
            before.elapsed()
        );
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn accents_that_stand_apart_are_read_as_one_letter() {
    let text = "La citta\u{300} e\u{300} come `cafe\u{301}` dice.";
    for format in [Format::Text, Format::Markdown] {
        let article = Article::parse(text.to_owned(), format);
        let segments = article.segments(Some(Lang::IT));
        assert!(
            segments[0].text.starts_with("La città è come"),
            "{format:?}"
        );
        let same = segments.iter().map(|one| (one, one.text.as_str()));
        assert_eq!(article.reassemble(same).0, text, "{format:?}");
    }
    let article = Article::parse(text.to_owned(), Format::Markdown);
    let made = translated(&article, Lang::IT, |one| {
        one.text.replace("La città", "The city")
    });
    assert_eq!(made, "The city è come `cafe\u{301}` dice.");
}

/// The blocks of a Markdown text, as a reader of the result would see them.
fn skeleton(text: &str) -> Vec<String> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_DEFINITION_LIST;
    Parser::new_ext(text, options)
        .filter_map(|event| match event {
            Event::Start(Tag::Heading { level, .. }) => Some(format!("{level:?}")),
            Event::Start(
                Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Link { .. }
                | Tag::Image { .. },
            ) => None,
            Event::Start(tag) => Some(format!("{tag:?}")),
            Event::Rule => Some("rule".into()),
            _ => None,
        })
        .collect()
}

/// Texts made of the pieces that markup is made of.
fn markdown() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zàA-Z]{1,5} ?",
        3 => "[*_`~\\[\\]()<>&#|!:=.{}\\\\-]{1,3}",
        2 => "[ \\n]{1,3}",
        1 => prop::sample::select(vec![
            "\n# ", "\n- ", "\n1. ", "\n> ", "\n\n", "\r\n", "**a b.** ", "[a. B](c) ", "[a]: b\n", "`a b` ", "<b>c</b>",
            "![a](b)", "<a@b.it>", "https://a.it/b_c ", "| a | b |\n|---|---|\n| c | d |\n", "```\nx\n```\n", "&amp;",
            "[^1]", "\n[^1]: a\n", "<br>", "  \n", "\\*", "---\n", "    x\n", "*A. B* ", "[a] ", "[a][] ", "\u{feff}",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// What a model might say.
fn answer() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Zé]{1,6}( [a-zA-Z]{1,6}){0,6}[.!?]?",
        "[#>+*_`~=|:\\[\\](){}<>!&;\\\\$ a-z0-9.-]{0,20}",
        "(?s).{0,20}",
        prop::sample::select(vec![
            "# x", "- x", "1. x", "> x", "```", "---", "a\n\nb", "<div>", "[a]: b", "![a](b)", "",
            "|-|", "&amp;", "a\\", "<!--", "x #", "[^1]: x", "***"
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn any_text_comes_back(text in prop_oneof![markdown(), any::<String>()]) {
        for format in [Format::Text, Format::Markdown] {
            let article = Article::parse(text.clone(), format);
            let all = article.segments(Some(Lang::IT));
            let segments: Vec<_> = all.iter().filter(|s| s.kind != BlockKind::Label).collect();
            prop_assert!(segments.windows(2).all(|w| w[0].span.end <= w[1].span.start && w[0].id < w[1].id));
            let same = article.reassemble(all.iter().map(|s| (s, s.text.as_str())));
            prop_assert_eq!(&same.0, &text);
            prop_assert!(same.1.is_empty());
        }
    }

    #[test]
    fn lines_stay_lines(text in any::<String>(), answer in answer()) {
        let count = |text: &str| text.matches(['\n', '\r']).count();
        let article = Article::parse(text.clone(), Format::Text);
        prop_assert_eq!(count(&translated(&article, Lang::IT, |_| answer.clone())), count(&text));
    }

    #[test]
    fn any_answer_keeps_the_blocks(
        text in markdown(),
        answers in prop::collection::vec(answer(), 1..6),
    ) {
        let article = Article::parse(text, Format::Markdown);
        let segments = article.segments(Some(Lang::IT));
        let texts = answers.iter().cycle().map(String::as_str);
        let (out, issues) = article.reassemble(segments.iter().zip(texts));
        prop_assert!(
            issues.iter().all(|i| i.kind != MarkupIssueKind::Structure),
            "{:?}\nbecame\n{:?}", article.source(), out
        );
        let from = article.blocks().iter().take_while(|b| matches!(b.kind, BlockKind::FrontMatter | BlockKind::Metadata)).last().map_or(0, |b| b.span.end);
        // A byte-order mark is no text.
        let from = from.max(if article.source().starts_with('\u{feff}') { 3 } else { 0 });
        prop_assert_eq!(skeleton(&article.source()[from..]), skeleton(&out[from..]), "{}", out);
    }

    #[test]
    fn sentences_of_an_article_are_its_text(text in "[A-Za-zà ]{1,20}([.!?…] [A-Z][a-z ]{1,20}){0,5}") {
        // Wide gaps part columns.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let article = Article::parse(text.clone(), Format::Text);
        let segments = article.segments(None);
        let spans: Vec<_> = sentences(&text, None).iter().map(|s| s.of(&text).to_owned())
            .filter(|s| s.contains(char::is_alphabetic)).collect();
        let texts: Vec<_> = segments.into_iter().map(|s| s.text).collect();
        prop_assert_eq!(texts, spans);
    }
}
