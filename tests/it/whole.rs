//! What is in the file comes back whole: tags, links, cues and lines, whatever an engine answers; or an issue says so.

use traghetto::article::{Article, Format, MarkupIssue, MarkupIssueKind, lost};
use traghetto::text::Lang;

/// `source` with `answer` in the place of every segment.
pub fn made(
    source: &str,
    format: Format,
    answer: impl Fn(&str) -> String,
) -> (String, Vec<MarkupIssue>) {
    let article = Article::parse(source.to_owned(), format);
    let segments = article.segments(Some(Lang::EN));
    let texts: Vec<String> = segments.iter().map(|s| answer(&s.text)).collect();
    let pairs = segments.iter().zip(texts.iter().map(String::as_str));
    article.reassemble(pairs)
}

/// In capitals: as many words, all of them others.
#[track_caller]
fn shouted(cases: &[(&str, &str)], format: Format) {
    for (source, expected) in cases {
        let (out, issues) = made(source, format, str::to_uppercase);
        assert_eq!(&out, expected);
        let lost = lost(&Article::parse(source.to_string(), format), &out);
        assert!(lost.is_empty(), "{lost:?}");
        let bad = issues.iter().find(|i| i.kind != MarkupIssueKind::Guessed);
        assert_eq!(bad, None, "{out}");
        let (same, _) = made(source, format, str::to_owned);
        assert_eq!(&same, source);
    }
}

#[test]
fn space_at_an_inner_edge_of_html_loses_no_tag() {
    shouted(
        &[
            (
                "<p>Read <a href=\"x\">the note </a></p>",
                "<p>READ <a href=\"x\">THE NOTE </a></p>",
            ),
            (
                "<p>One house. <b> Two</b> houses.</p>",
                "<p>ONE HOUSE. <b> TWO</b> HOUSES.</p>",
            ),
            (
                "<p>See <b>one. </b>Two more.</p>",
                "<p>SEE <b>ONE. </b>TWO MORE.</p>",
            ),
            (
                "<p>It is <b><i>very\n old \n</i> </b></p>",
                "<p>IT IS <b><i>VERY OLD \n</i> </b></p>",
            ),
            (
                "<p><i> <u> Old</u> boats</i> sail.</p>",
                "<p><i><u>OLD</u> BOATS</i> SAIL.</p>",
            ),
            (
                "<li>Call <strong>now<br></strong></li>",
                "<li>CALL <strong>NOW<br></strong></li>",
            ),
            (
                "<p>Look at <a href=a>the sea <img src=s.png></a></p>",
                "<p>LOOK AT <a href=a>THE SEA<img src=s.png> </a></p>",
            ),
            (
                "<p>A boat<b> </b>and a pier<i>\n</i>.</p>",
                "<p>A BOAT<b> </b>AND A PIER<i> </i>.</p>",
            ),
            (
                "<td>Open <em>daily&nbsp;</em></td>",
                "<td>OPEN <em>DAILY&nbsp;</em></td>",
            ),
            (
                "<p><span>Old </span><span>boats </span></p>",
                "<p><span>OLD</span> <span>BOATS </span></p>",
            ),
        ],
        Format::Html,
    );
}

#[test]
fn space_at_an_inner_edge_of_markdown_loses_no_mark() {
    shouted(
        &[
            (
                "Look at [the old note ](x.md)",
                "LOOK AT [THE OLD NOTE ](x.md)",
            ),
            (
                "One house. [ Two](t) houses.",
                "ONE HOUSE. [ TWO](t) HOUSES.",
            ),
            ("See [one. ](a)Two more.", "SEE [ONE. ](a)TWO MORE."),
            ("See <b>one. </b>Two more.", "SEE <b>ONE. </b>TWO MORE."),
            (
                "See [the *old* boat ][b].\n\n[b]: c",
                "SEE [THE *OLD* BOAT][b] .\n\n[b]: c",
            ),
            (
                "See [**the boat**].\n\n[**the boat**]: c",
                "SEE [**THE BOAT**][**the boat**].\n\n[**the boat**]: c",
            ),
            ("- Go [home ](h)\n- Stay", "- GO [HOME ](h)\n- STAY"),
        ],
        Format::Markdown,
    );
}

#[test]
fn space_at_an_inner_edge_of_a_cue_loses_no_tag() {
    let cue = "1\n00:00:01,000 --> 00:00:02,000\n";
    for (source, expected) in [
        (
            "He said <i>no. \n</i>Then he left.",
            "HE SAID <i>NO. \n</i>THEN HE LEFT.",
        ),
        ("He <i>left </i>\n", "HE <i>LEFT </i>\n"),
        ("No. <i> Never</i> again.", "NO. <i> NEVER</i> AGAIN."),
    ] {
        let source = format!("{cue}{source}");
        shouted(&[(&source, &format!("{cue}{expected}"))], Format::Srt);
        shouted(&[(&source, &format!("{cue}{expected}"))], Format::Vtt);
    }
}

#[test]
fn numbers_of_notes_stay_behind_their_word() {
    shouted(
        &[
            (
                "<p>Others did not agree<sup>56</sup>, as we saw.</p>",
                "<p>OTHERS DID NOT AGREE<sup>56</sup>, AS WE SAW.</p>",
            ),
            (
                "<p>Not so<a href=\"#n5\"><sup>5</sup></a>.</p>",
                "<p>NOT SO<a href=\"#n5\"><sup>5</sup></a>.</p>",
            ),
            (
                "<p>In 1350<sup><a href=\"#n1\">1</a></sup> it fell.<sup>2</sup> It burnt.</p>",
                "<p>IN 1350<sup><a href=\"#n1\">1</a></sup> IT FELL.<sup>2</sup> IT BURNT.</p>",
            ),
            (
                "<p>He left (at last)<a href=a>[12]</a> and came back.</p>",
                "<p>HE LEFT (AT LAST)<a href=a>[12]</a> AND CAME BACK.</p>",
            ),
            (
                "<p><sup>3</sup> See the map.</p>",
                "<p><sup>3</sup> SEE THE MAP.</p>",
            ),
            (
                "<p>The hall<sup>1, 2</sup> is <b>1990</b> square feet.</p>",
                "<p>THE HALL<sup>1, 2</sup> IS <b>1990</b> SQUARE FEET.</p>",
            ),
            (
                "<p>The sea is 10<sup>6</sup> m deep*<sup>*</sup></p>",
                "<p>THE SEA IS 10<sup>6</sup> M DEEP*<sup>*</sup></p>",
            ),
        ],
        Format::Html,
    );
    shouted(
        &[
            (
                "They agreed[1](#n1), and left.",
                "THEY AGREED[1](#n1), AND LEFT.",
            ),
            (
                "They agreed.[\\[2\\]](#n2) Then they left.",
                "THEY AGREED.[\\[2\\]](#n2) THEN THEY LEFT.",
            ),
            (
                "They agreed<sup>3</sup> again.",
                "THEY AGREED<sup>3</sup> AGAIN.",
            ),
        ],
        Format::Markdown,
    );
    // What a reader reads as a part of the sentence is translated with it.
    for (source, text) in [
        ("<p>H<sub>2</sub>O boils.</p>", "H2O boils."),
        (
            "<p>On page <a href=p>7</a> we see.</p>",
            "On page 7 we see.",
        ),
        ("<p>The 1<sup>st</sup> time.</p>", "The 1st time."),
    ] {
        let article = Article::parse(source.to_owned(), Format::Html);
        assert_eq!(article.segments(None)[0].text, text);
    }
}

/// What of the only segment of `source` a model doesn't see.
#[track_caller]
fn verbatim(source: &str, format: Format, expected: &[&str]) {
    let article = Article::parse(source.to_owned(), format);
    let segments = article.segments(Some(Lang::EN));
    assert_eq!(segments.len(), 1, "{segments:?}");
    let text = &segments[0].text;
    let found: Vec<_> = segments[0]
        .verbatim(text)
        .iter()
        .map(|at| at.of(text))
        .collect();
    assert_eq!(found, expected);
    // Letter for letter, whatever the words around it become.
    let (out, issues) = made(source, format, |text| {
        let mut answer = text.to_uppercase();
        for piece in expected {
            answer = answer.replace(&piece.to_uppercase(), piece);
        }
        answer
    });
    assert!(
        issues.iter().all(|i| i.kind == MarkupIssueKind::Guessed),
        "{issues:?}"
    );
    let out = out.replace("&nbsp;", "\u{a0}");
    assert!(expected.iter().all(|piece| out.contains(piece)), "{out}");
}

#[test]
fn code_formulas_and_addresses_are_verbatim() {
    for (source, expected) in [
        ("Type `ls -l` now.", &["ls -l"][..]),
        (
            "Fill to $100\\%$ at $20^{\\circ}$.",
            &["$100\\%$", "$20^{\\circ}$"],
        ),
        ("So $a_1 * b_1 * c$ holds.", &["$a_1 * b_1 * c$"]),
        ("It is $$E = mc^2$$ then.", &["$$E = mc^2$$"]),
        ("Press <kbd>Ctrl</kbd>+<kbd>C</kbd> twice.", &["Ctrl", "C"]),
        (
            "Inline ``a ` b`` and `for x in y:` are code.",
            &["a ` b", "for x in y:"],
        ),
        ("Write to <help@example.org> soon.", &["help@example.org"]),
        ("See example.org/news, or not.", &["example.org/news"]),
        ("Along [[Mill Lane]] it is low.", &["Mill Lane"]),
        ("Set `${HOME}` and {name} here.", &["${HOME}", "{name}"]),
        ("- `--quiet` hides all.", &["--quiet"]),
        ("| `a` or `b` |\n|---|", &["a", "b"]),
    ] {
        verbatim(source, Format::Markdown, expected);
    }
    for (source, expected) in [
        (
            "<p>Type <code>ls&nbsp;-l</code> now.</p>",
            &["ls\u{a0}-l"][..],
        ),
        (
            "<p>Only <var>n</var> of <samp>x y</samp> are here.</p>",
            &["n", "x y"],
        ),
        (
            "<p>In <span translate=\"no\">Quill Pad</span> too.</p>",
            &["Quill Pad"],
        ),
    ] {
        verbatim(source, Format::Html, expected);
    }
    // Money is no formula, and a fraction no address.
    for text in [
        "A$50 and C$60, not $5 to $10.",
        "He said and/or a.m./p.m., e.g./i.e. so.",
    ] {
        let article = Article::parse(text.to_owned(), Format::Markdown);
        let segments = article.segments(Some(Lang::EN));
        let found = segments.iter().map(|one| one.verbatim(&one.text).len());
        assert_eq!(found.sum::<usize>(), 0, "{text}");
    }
}

#[test]
fn lines_of_other_dialects_stay_and_their_text_is_translated() {
    shouted(
        &[
            (
                ":::note\nWater them.\n:::\n\nThen rest.",
                ":::note\nWATER THEM.\n:::\n\nTHEN REST.",
            ),
            (":::tip Mind it\nNow.\n:::", ":::tip MIND IT\nNOW.\n:::"),
            (
                "!!! note \"Before it\"\n    Open it.\n    Or not.\n\n    So.\n",
                "!!! note \"BEFORE IT\"\n    OPEN IT.\n    OR NOT.\n\n    SO.\n",
            ),
            (
                "=== \"On a Mac\"\n    Press it.\n",
                "=== \"ON A MAC\"\n    PRESS IT.\n",
            ),
            (
                "{% if x %}\nOne thing.\n{% endif %}\nTwo.",
                "{% if x %}\nONE THING.\n{% endif %}\nTWO.",
            ),
            (
                "import A from './a';\n\nA word.",
                "import A from './a';\n\nA WORD.",
            ),
            (
                "Term\n: A thing.\n\nOther\n: Free.\n: *Late*.\n",
                "TERM\n: A THING.\n\nOTHER\n: FREE.\n: *LATE*.\n",
            ),
            (
                "On [[Bridge Street|the lower part]] too.",
                "ON [[Bridge Street|THE LOWER PART]] TOO.",
            ),
            ("The ==next one== is it.", "THE ==NEXT ONE== IS IT."),
            ("## 1. Flood wall\n\n1) Go.", "## 1. FLOOD WALL\n\n1) GO."),
            ("{: .lead}\nSome text.", "{: .lead}\nSOME TEXT."),
        ],
        Format::Markdown,
    );
}

#[test]
fn every_line_of_a_cue_is_translated() {
    for (source, expected, segments) in [
        (
            "<b>We</b> did.\n\nTwo <i>more</i>.",
            "<b>WE</b> DID.\n\nTWO <i>MORE</i>.",
            2,
        ),
        ("\nThe first is blank.", "\nTHE FIRST IS BLANK.", 1),
        (
            "\n\n\nSo is\n\nthe third\n",
            "\n\n\nSO IS\n\nTHE THIRD\n",
            1,
        ),
        (
            "JACK: {\\i1}Stop{\\i0} right there!",
            "JACK: {\\i1}STOP{\\i0} RIGHT THERE!",
            1,
        ),
        ("{\\an8}{\\b1}All{\\b0}", "{\\an8}{\\b1}ALL{\\b0}", 1),
        (
            "I can't hear you...\n...speak up!",
            "I CAN'T HEAR YOU...\n...SPEAK UP!",
            2,
        ),
        ("[door slams]\nGet out", "[DOOR SLAMS]\nGET OUT", 2),
        ("(whispering) Not now", "(WHISPERING) NOT NOW", 2),
        ("A man\n- Who?\n- Me", "A MAN\n- WHO?\n- ME", 3),
        (
            "Wait (or not) here\nand there",
            "WAIT (OR NOT) HERE\nAND THERE",
            1,
        ),
        (
            "It is open\\Nand it is cold",
            "IT IS OPEN\\NAND IT IS COLD",
            1,
        ),
        ("Who?\\N- Me", "WHO?\\N- ME", 2),
        ("In 1984\n\n12\nof them", "IN 1984\n\n12\nOF THEM", 1),
    ] {
        let around = |cue: &str| {
            let times = "00:00:01,000 --> 00:00:02,000";
            format!("1\n{times}\n{cue}\n\n2\n{times}\nEnd.\n")
        };
        let article = Article::parse(around(source), Format::Srt);
        let expected = around(expected).replace("End.", "END.");
        shouted(&[(&around(source), &expected)], Format::Srt);
        assert_eq!(article.segments(None).len(), segments + 1, "{source}");
    }
}

#[test]
fn text_in_html_is_translated_wherever_it_stands() {
    shouted(
        &[
            (
                "<details>\n<summary>How it <b>is</b> done</summary>\n\nSo.\n\n</details>",
                "<details>\n<summary>HOW IT <b>IS</b> DONE</summary>\n\nSO.\n\n</details>",
            ),
            (
                "<table>\n<tr><td>One &amp; two</td><td>3</td></tr>\n</table>\n",
                "<table>\n<tr><td>ONE &amp; TWO</td><td>3</td></tr>\n</table>\n",
            ),
            (
                "<!-- kept --> Not so.\n\nMore.",
                "<!-- kept --> NOT SO.\n\nMORE.",
            ),
            ("<!-- only this -->\nThen.", "<!-- only this -->\nTHEN."),
            (
                "<div>\nA *star* here\n</div>\n",
                "<div>\nA *STAR* HERE\n</div>\n",
            ),
            ("<p>Read <code>x y</code>.\n", "<p>READ <code>x y</code>.\n"),
            ("- a\n\n  <p>In a list</p>\n", "- A\n\n  <p>IN A LIST</p>\n"),
            (
                "<style>\nb { c: d }\n</style>\n\nE",
                "<style>\nb { c: d }\n</style>\n\nE",
            ),
            (
                "<p align=center>\n  <img src=a> A boat\n</p>",
                "<p align=center>\n  <img src=a> A BOAT\n</p>",
            ),
            (
                "---\n\nA rule: first.\n\n---\n",
                "---\n\nA RULE: FIRST.\n\n---\n",
            ),
        ],
        Format::Markdown,
    );
    shouted(
        &[
            (
                "<div translate=no>Quill <p translate=yes>Read <b>on</b>.</p> Pad</div>",
                "<div translate=no>Quill <p translate=yes>READ <b>ON</b>.</p> Pad</div>",
            ),
            (
                "<p class=notranslate>A <span translate=yes>b c</span> d</p><p>e</p>",
                "<p class=notranslate>A <span translate=yes>B C</span> d</p><p>E</p>",
            ),
            (
                "<div translate=\"no\">A <i translate=\"yes\">b <u translate=\"no\">c</u></i></div>",
                "<div translate=\"no\">A <i translate=\"yes\">B <u translate=\"no\">c</u></i></div>",
            ),
        ],
        Format::Html,
    );
}

#[test]
fn text_within_markup_is_translated() {
    shouted(
        &[
            (
                "<p>A <img src=a alt=\"Two &amp; more\"> boat</p>",
                "<p>A <img src=a alt=\"TWO &amp; MORE\">  BOAT</p>",
            ),
            ("<img alt='It is \"so\"'>", "<img alt='IT IS \"SO\"'>"),
            (
                "<p title=\"A note\">One <a href=x title=\"a note\">two</a>.</p>",
                "<p title=\"A NOTE\">ONE <a href=x title=\"A NOTE\">TWO</a>.</p>",
            ),
            (
                "<input placeholder=\"Search it\">",
                "<input placeholder=\"SEARCH IT\">",
            ),
            (
                "<button aria-label=\"Close it. Now!\">x</button>",
                "<button aria-label=\"CLOSE IT. NOW!\">X</button>",
            ),
            (
                "<meta name=\"description\" content=\"A walk.\">",
                "<meta name=\"description\" content=\"A WALK.\">",
            ),
            (
                "<b title=\"In {city}\">a</b>",
                "<b title=\"IN {city}\">A</b>",
            ),
            (
                "<p translate=no title=\"A b\">c</p><p title=\"A b\">c</p>",
                "<p translate=no title=\"A b\">c</p><p title=\"A B\">C</p>",
            ),
        ],
        Format::Html,
    );
    shouted(
        &[
            (
                "See [this](x \"The title\") and ![a boat](b.png).",
                "SEE [THIS](x \"THE TITLE\") AND ![A BOAT](b.png).",
            ),
            ("![A boat](b \"At sea\")", "![A BOAT](b \"AT SEA\")"),
            ("<img alt=\"a boat\"> here", "<img alt=\"A BOAT\"> HERE"),
            ("| ![a b](c) d |\n|---|\n", "| ![A B](c) D |\n|---|\n"),
        ],
        Format::Markdown,
    );
    // Whatever an engine says, a label stays within its marks.
    for answer in ["say \"so\"", "a](b) *c*", "it's > <b>", "`", "\\"] {
        for (source, format) in [
            ("<p>x <img alt=\"a b\"></p>", Format::Html),
            ("<p>x <img alt='a b'></p>", Format::Html),
            ("x ![a b](c \"d e\")", Format::Markdown),
        ] {
            let (out, _) = made(source, format, |_| answer.to_owned());
            assert_eq!(
                lost(&Article::parse(source.to_owned(), format), &out),
                [],
                "{out}"
            );
        }
    }
    let source = "<img alt=\"A boat\"><p>One</p>".to_owned();
    let article = Article::parse(source, Format::Html).without_labels();
    assert_eq!(article.segments(None).len(), 1);
}

#[test]
fn what_nobody_sees_is_not_read() {
    for (source, format, text) in [
        (
            "An ex\u{ad}pen\u{ad}sive one.",
            Format::Text,
            "An expensive one.",
        ),
        ("\u{feff}A start.", Format::Text, "A start."),
        (
            "A zero\u{200b}width w\u{2060}ord.",
            Format::Markdown,
            "A zerowidth word.",
        ),
        ("A jo\u{200d}in\u{200c}er.", Format::Markdown, "A joiner."),
        (
            "<p>It is over&shy;loaded, see.</p>",
            Format::Html,
            "It is overloaded, see.",
        ),
        (
            "<p>A <b>&shy;bo&#173;ld</b> one.</p>",
            Format::Html,
            "A bold one.",
        ),
        ("<p>Soft\u{ad}</p>", Format::Html, "Soft"),
        ("# A ti\u{ad}tle", Format::Markdown, "A title"),
        (
            "A fam\u{ad}ily \u{1f468}\u{200d}\u{1f469} left.",
            Format::Text,
            "A family \u{1f468}\u{200d}\u{1f469} left.",
        ),
        (
            "It is می\u{200c}خواهم here.",
            Format::Text,
            "It is می\u{200c}خواهم here.",
        ),
    ] {
        let article = Article::parse(source.to_owned(), format);
        let segments = article.segments(Some(Lang::EN));
        assert_eq!(segments[0].text, text);
        assert_eq!(made(source, format, str::to_owned).0, source);
        let (out, _) = made(source, format, str::to_uppercase);
        let inner = out.trim_end_matches("</p>").trim_end_matches('\u{ad}');
        assert!(!inner.contains('\u{ad}'), "{out}");
        assert!(lost(&article, &out).is_empty());
    }
}

#[test]
fn a_tag_outside_of_a_mark_stays_outside() {
    let source = "<b><p>A</p>A</b><a href=\"x\">aa. a</a>";
    let (out, _) = made(source, Format::Html, |text| match text {
        "Aaa. a" => "a Aaa.".to_owned(),
        _ => text.to_owned(),
    });
    assert_eq!(out, "<b><p>A</p>a </b><a href=\"x\">Aaa.</a>");
}

#[test]
fn white_space_of_an_edge_outlives_its_mark() {
    // The mark moves to the head, or has no word to stand on.
    for (answer, expected) in [
        ("Um. Foi.", "<p>Um. Foi. Two.</p>"),
        ("Um", "<p>Um Two.</p>"),
    ] {
        let source = "<p>It was <b>one. </b>Two.</p>";
        let (out, _) = made(source, Format::Html, |text| match text {
            "Two." => text.to_owned(),
            _ => answer.to_owned(),
        });
        let bare = out.replace("<b>", "").replace("</b>", "");
        assert_eq!(bare, expected);
    }
}
