//! HTML and subtitles end to end: read, cut, put together again; and pages as they are found in the wild.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use traghetto::article::{Article, BlockKind, Format, declared_encoding, decode, extract};
use traghetto::text::Lang;

/// The segments' texts.
fn texts(source: &str, format: Format) -> Vec<String> {
    let article = Article::parse(source.to_owned(), format);
    let segments = article.segments(Some(Lang::IT));
    segments.into_iter().map(|segment| segment.text).collect()
}

/// Reassembles with `translate` for every segment.
fn translated(source: &str, format: Format, translate: impl Fn(&str) -> String) -> String {
    let article = Article::parse(source.to_owned(), format);
    let segments = article.segments(Some(Lang::IT));
    let texts: Vec<String> = segments.iter().map(|s| translate(&s.text)).collect();
    let pairs = segments.iter().zip(texts.iter().map(String::as_str));
    article.reassemble(pairs).0
}

#[track_caller]
fn comes_back(source: &str, format: Format) {
    assert_eq!(translated(source, format, str::to_owned), source);
}

/// The first segment that reads `from` becomes `to`.
#[track_caller]
fn check(source: &str, format: Format, from: &str, to: &str, expected: &str) {
    let all = texts(source, format);
    assert!(all.iter().any(|text| text == from), "{all:#?}");
    let made = translated(source, format, |text| match text == from {
        true => to.to_owned(),
        false => text.to_owned(),
    });
    assert_eq!(made, expected);
    comes_back(source, format);
}

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="it">
<head>
  <meta charset="utf-8"><title>Il porto &egrave; aperto</title>
  <style>p > a { color: red }</style>
  <script>if (1 < 2) document.write("<p>Non tradurre.</p>");</script>
</head>
<body>
<nav><ul><li><a href="/">Home</a><li><a href="/sport">Sport</a></ul></nav>
<article class="post">
  <h1>Il <em>porto</em> &egrave; aperto</h1>
  <p>Le navi
     arrivano&nbsp;ogni <a href="x?a=1&amp;b=2" title="Un 'titolo'">giorno</a>. Usa <code>ls -l</code> qui.<br>
     Dopo la pausa si riparte.
  <p>Il prezzo &lt; 5 &euro;.<!-- nota: <p>via</p> --> Finito.
  <pre>let x = 1;   // Resta.</pre>
  <ul><li>Uno<li>Due <b>tre</b></ul>
  <table><tr><td>Cella<td>Altra cella</table>
  <p translate="no">Marchio Registrato</p>
  <p>Il <span class="notranslate">Marchio</span> resta.</p>
  <textarea>Campo</textarea><svg><title>Icona</title></svg>
</article>
</body></html>
"#;

#[test]
fn a_page_is_read_as_a_reader_sees_it() {
    assert_eq!(
        texts(PAGE, Format::Html),
        [
            "Il porto è aperto",
            "Home",
            "Sport",
            "Il porto è aperto",
            "Le navi arrivano\u{a0}ogni giorno.",
            "Usa ls -l qui.",
            "Dopo la pausa si riparte.",
            "Il prezzo < 5 €.",
            "Finito.",
            "Uno",
            "Due tre",
            "Cella",
            "Altra cella",
            "Il Marchio resta.",
            "Un 'titolo'",
            "Campo",
        ]
    );
    let article = Article::parse(PAGE.to_owned(), Format::Html);
    assert_eq!(article.title(), Some("Il porto è aperto"));
    let kinds: Vec<BlockKind> = article.blocks().iter().map(|block| block.kind).collect();
    assert!(kinds.contains(&BlockKind::Code));
    assert!(kinds.contains(&BlockKind::ListItem));
    assert!(kinds.contains(&BlockKind::TableCell));
    comes_back(PAGE, Format::Html);
}

#[test]
fn an_address_with_an_entity_opens_no_tag() {
    let page = "<p>Read https://e.org/a?b=1&c&lta--&gt;a now.</p>";
    let made = translated(page, Format::Html, |text| text.replace("Read", "Leia"));
    assert!(made.contains("1&amp;c&lt;a--&gt;a now"), "{made}");
}

#[test]
fn tags_go_where_their_words_go() {
    for (source, from, to, expected) in [
        (
            "<p>Il presidente <b>Vladimir Putin</b> ha <a href=\"u\">vinto</a>.</p>",
            "Il presidente Vladimir Putin ha vinto.",
            "President Vladimir Putin has won.",
            "<p>President <b>Vladimir Putin</b> has <a href=\"u\">won</a>.</p>",
        ),
        (
            "<p>Usa <code>a &lt; b</code> o R&amp;B.</p>",
            "Usa a < b o R&B.",
            "Use R&B or a < b & more.",
            "<p>Use R&amp;B or <code>a &lt; b</code> &amp; more.</p>",
        ),
        (
            "<p><b>Tutto in grassetto.</b> E poi <i>no</i>.</p>",
            "Tutto in grassetto.",
            "All <bold>.",
            "<p><b>All &lt;bold&gt;.</b> E poi <i>no</i>.</p>",
        ),
        // Crossed tags stand at their places.
        (
            "<p>Uno <b>due <i>tre</b> quattro</i> cinque.</p>",
            "Uno due tre quattro cinque.",
            "One two three four five.",
            "<p>One <b>two <i>three</b> four</i> five.</p>",
        ),
    ] {
        check(source, Format::Html, from, to, expected);
    }
}

#[test]
fn what_a_page_says_of_its_encoding_counts() {
    let page = b"<html><head><meta charset='windows-1252'></head><p>Citt\xe0</p>";
    assert_eq!(declared_encoding(page).as_deref(), Some("windows-1252"));
    let decoded = decode(page.to_vec(), declared_encoding(page).as_deref()).unwrap();
    assert_eq!(texts(&decoded.text, Format::Html), ["Città"]);
    let other = b"<META http-equiv=Content-Type content=\"text/html; charset=ISO-8859-15\">";
    assert_eq!(declared_encoding(other).as_deref(), Some("ISO-8859-15"));
    assert_eq!(declared_encoding(b"<p>"), None);
}

#[test]
fn deep_nesting_neither_overflows_nor_takes_long() {
    let started = Instant::now();
    for tag in ["div", "b", "blockquote", "custom-tag"] {
        let source = format!(
            "<p>Prima.</p>{}<p>Ciao <b>mondo</b>.</p>{}<p>Dopo.</p>",
            format!("<{tag}>").repeat(5000),
            format!("</{tag}>").repeat(5000)
        );
        assert_eq!(
            texts(&source, Format::Html),
            ["Prima.", "Ciao mondo.", "Dopo."]
        );
        comes_back(&source, Format::Html);
        let made = translated(&source, Format::Html, |text| text.to_uppercase());
        assert!(made.contains("CIAO <b>MONDO</b>."));
        assert_eq!(
            made.matches(&format!("<{tag}>")).count(),
            source.matches(&format!("<{tag}>")).count()
        );
        // Never closed.
        let open = format!("{}Testo.", format!("<{tag}>").repeat(5000));
        comes_back(&open, Format::Html);
        extract(&source);
    }
    let within = format!(
        "<p>Ciao {}bel{} mondo.</p>",
        "<b>".repeat(5000),
        "</b>".repeat(5000)
    );
    let made = translated(&within, Format::Html, |_| "Hello nice world.".to_owned());
    assert_eq!(made.matches("<b>").count(), made.matches("</b>").count());
    assert!(
        started.elapsed() < Duration::from_secs(120),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn broken_pages_lose_nothing() {
    for source in [
        "<p>Ciao <b>a tutti",
        "Ciao </b></div></p> mondo <",
        "<p>Uno & due &unknown; &#x110000; &amp &notit; tre</p>",
        "<a href='x>Ciao</a> mondo",
        "<p>Ciao</p><!-- mai chiuso",
        "<script>mai chiuso",
        "<p>\u{202b}مرحبا بالعالم\u{202c} <b>שלום עולם</b>.</p>",
        "</>Ciao<?php echo 1 ?> mondo",
        "<code>mai chiuso <p>Ciao</p>",
        "<title>a <b> c</title><p>Ciao</p>",
        "<p>Ciao<p><![CDATA[ x ]]> mondo",
        "\u{feff}<p>Ciao</p>",
        "<svg><p>Ciao</p>",
        "<p>Ciao</p></html",
        "<p>Ciao</p><a href=\"x",
    ] {
        comes_back(source, Format::Html);
        translated(source, Format::Html, |text| text.to_uppercase());
    }
    assert_eq!(
        texts("<p>\u{202b}مرحبا بالعالم\u{202c}</p>", Format::Html).len(),
        1
    );
    // A page that breaks off within a tag: browsers don't show it, and it isn't text to translate.
    assert_eq!(texts("<p>Ciao</p></html", Format::Html), ["Ciao"]);
    assert_eq!(texts("Ciao <b class=\"x y", Format::Html), ["Ciao"]);
    assert_eq!(texts("1 < 2 e 3 <3", Format::Html), ["1 < 2 e 3 <3"]);
}

#[test]
fn the_article_is_taken_out_of_its_page() {
    let paragraph =
        "Le navi arrivano ogni giorno nel porto, portano sale e grano, e ripartono la sera.";
    let page = format!(
        "<html><head><title>Sito</title></head><body><nav><a href=/>Home</a> <a href=/s>Sport e altre cose da \
         leggere con calma</a></nav><h1>Il porto</h1><div id=main><div class=text><p>{paragraph}</p>\
         <p>{paragraph}</p><aside><p>Abbonati subito alla nostra newsletter del mattino!</p></aside>\
         <p>{paragraph} Fine.</p></div><div class=links><p><a href=1>{paragraph}</a></p><p><a href=2>{paragraph} \
         Ancora.</a></p></div></div><footer><p>Tutti i diritti sono riservati a chi li ha, e agli altri no.</p></footer>"
    );
    let article = extract(&page).unwrap();
    let found = texts(&article, Format::Html);
    assert_eq!(found[0], "Il porto");
    assert_eq!(
        found.iter().filter(|text| *text == paragraph).count(),
        3,
        "{found:#?}"
    );
    for gone in ["Home", "Abbonati", "diritti", "Ancora"] {
        assert!(!article.contains(gone), "{gone}: {article}");
    }
    assert_eq!(extract("<p>Ciao</p>"), None);
    assert_eq!(extract(""), None);
}

const SUBTITLES: &str = "1\n00:00:01,000 --> 00:00:03,000\n<i>Il porto vecchio di Genova\nsta sotto la città,</i>\n\n\
    2\n00:00:03,500 --> 00:00:05,000\ne le navi arrivano ogni giorno.\n\n\
    3\n00:00:06,000 --> 00:00:08,000\n- Chi è?\n- Sono io.\n\n4\n00:00:09,000 --> 00:00:10,000\n{\\an8}Nel 1874.\n";

#[test]
fn a_sentence_over_cues_is_one_and_its_breaks_come_back() {
    let sentence = "Il porto vecchio di Genova sta sotto la città, e le navi arrivano ogni giorno.";
    assert_eq!(
        texts(SUBTITLES, Format::Srt),
        [sentence, "- Chi è?", "- Sono io.", "Nel 1874."]
    );
    check(
        SUBTITLES,
        Format::Srt,
        sentence,
        "The old port of Genoa lies below the town, and ships come every day.",
        &SUBTITLES
            .replace(
                "Il porto vecchio di Genova\nsta sotto la città,",
                "The old port of Genoa\nlies below the town,",
            )
            .replace(
                "e le navi arrivano ogni giorno.",
                "and ships come every day.",
            ),
    );
    comes_back(&SUBTITLES.replace('\n', "\r\n"), Format::Srt);
    // Far too short a translation keeps the times.
    let made = translated(SUBTITLES, Format::Srt, |_| "No.".to_owned());
    assert_eq!(made.matches("-->").count(), 4);
    assert!(
        made.contains("\n\n2\n00:00:03,500 --> 00:00:05,000\n"),
        "{made}"
    );
}

#[test]
fn webvtt_keeps_its_head_notes_and_settings() {
    let source = "WEBVTT - Titolo\n\nSTYLE\n::cue { color: red }\n\nNOTE Questa è una nota.\n\nintro\n\
        00:01.000 --> 00:02.000 align:start position:10%\n<v Anna>Ciao &amp; benvenuti.</v>\n\n\
        00:02.000 --> 00:03.000\nIl <b>porto</b> <00:02.500>è aperto.\n";
    assert_eq!(
        texts(source, Format::Vtt),
        ["Ciao & benvenuti.", "Il porto  è aperto."].map(|text| text.replace("  ", " "))
    );
    check(
        source,
        Format::Vtt,
        "Ciao & benvenuti.",
        "Hello & <welcome>.",
        &source.replace("Ciao &amp; benvenuti.", "Hello &amp; &lt;welcome&gt;."),
    );
}

/// Pieces that pages are made of, whole and broken.
fn html() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zà-ü ,.!?\n]{0,12}",
        prop::sample::select(vec![
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<i class='x'>",
            "</i>",
            "<a href=\"?a&amp;b\">",
            "</a>",
            "<br>",
            "<br/>",
            "<div>",
            "</div>",
            "<li>",
            "<ul>",
            "</ul>",
            "<h1>",
            "</h1>",
            "<td>",
            "<img src=x alt='y'>",
            "<code>",
            "</code>",
            "<pre>",
            "</pre>",
            "<script>",
            "</script>",
            "<style>",
            "</style>",
            "<title>",
            "</title>",
            "<!--",
            "-->",
            "<!DOCTYPE html>",
            "<svg>",
            "</svg>",
            "<",
            ">",
            "&",
            "&amp;",
            "&lt",
            "&#233;",
            "&nbsp;",
            "&notin;",
            "</",
            "<?x?>",
            "\r\n",
            "\t",
            "«",
            "»",
            "1,5",
            "https://e.org/a?b=1&c",
            "<span translate=no>",
            "</span>",
            "مرحبا",
            "שלום",
            "<x-y>",
            "</x-y>",
            "<textarea>",
            "</textarea>",
            "\"",
            "'",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// The tags that don't stand within running text, in order, as a tokenizer sees them.
fn block_tags(html: &str) -> Vec<String> {
    use html5gum::{Token, Tokenizer, emitters::default::DefaultEmitter};
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter)
        .filter_map(|token| match token.unwrap() {
            Token::StartTag(tag) => Some(String::from_utf8_lossy(&tag.name).into_owned()),
            Token::EndTag(tag) => Some(format!("/{}", String::from_utf8_lossy(&tag.name))),
            _ => None,
        })
        .filter(|name| {
            let name = name.trim_start_matches('/');
            !["a", "b", "i", "br", "img", "code", "span", "x-y"].contains(&name)
        })
        .collect()
}

fn subtitles() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zà-ü ,.!?]{0,14}",
        prop::sample::select(vec![
            "\n",
            "\n\n",
            "\r\n",
            "\r\n\r\n",
            "1\n00:00:01,000 --> 00:00:02,000\n",
            "00:01.000 --> 00:02.000 line:0\n",
            "<i>",
            "</i>",
            "{\\an8}",
            "<v A>",
            "</v>",
            "&amp;",
            "- ",
            "WEBVTT\n\n",
            "NOTE x\n",
            "<00:01.500>",
            "-->",
            "♪",
            "…",
            "<",
            ">",
            "{",
            "  ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_html_comes_back_byte_for_byte(source in html()) {
        prop_assert_eq!(translated(&source, Format::Html, str::to_owned), source);
    }

    #[test]
    fn any_translation_keeps_the_tags_of_a_page(source in html(), seed in 0usize..7) {
        let made = translated(&source, Format::Html, |text| {
            let mut words: Vec<&str> = text.split_whitespace().collect();
            let by = seed.min(words.len());
            words.rotate_left(by);
            words.truncate(1 + words.len() * (1 + seed) / 7);
            format!("{} <&> fine", words.join(" "))
        });
        prop_assert_eq!(block_tags(&made), block_tags(&source), "{}", made);
    }

    #[test]
    fn any_subtitles_come_back_byte_for_byte(source in subtitles()) {
        for format in [Format::Srt, Format::Vtt] {
            prop_assert_eq!(&translated(&source, format, str::to_owned), &source);
        }
    }

    #[test]
    fn any_translation_keeps_the_times(source in subtitles()) {
        let times = |text: &str| -> Vec<String> {
            text.lines().filter(|line| line.contains("-->")).map(|line| line.trim().to_owned()).collect()
        };
        for format in [Format::Srt, Format::Vtt] {
            let made = translated(&source, format, |text| format!("X {}", text.to_uppercase()));
            prop_assert_eq!(times(&made), times(&source), "{}", made);
        }
    }

    #[test]
    fn extraction_never_panics(source in html()) {
        if let Some(article) = extract(&source) {
            let _ = texts(&article, Format::Html);
        }
    }
}
