//! The forms in which a translation is written, made by the program with a small real model: each is read back by a
//! parser of its own kind, and the page by a browser.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use html5gum::{Token, Tokenizer, emitters::default::DefaultEmitter};
use serde_json::Value;

use crate::schema::violations;
use crate::support::{file, model, traghetto};

/// Hostile on purpose: everything that a format might take for its own.
const ARTICLE: &str = "# The <harbour> & \"the\" 'sea' | wall\n\nIn 1874 the wall cost 3,000 euros\tand 12 lives; \
    Mario Rossi wrote it down. </script><script>alert(1)</script> Ships **came** for salt.\n\n- One item & more\n\n\
    > A quoted line said nothing.\n\n```\nlet x = \"<b>\";\n```\n\nالسلام عليكم is a greeting. The end.\n";

struct Made {
    home: tempfile::TempDir,
    report: Value,
}

impl Made {
    fn read(&self, extension: &str) -> String {
        fs::read_to_string(self.path(extension)).unwrap()
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.home.path().join(format!("out/harbour.fr.{extension}"))
    }

    fn segments(&self) -> &[Value] {
        self.report["translations"][0]["segments"]
            .as_array()
            .unwrap()
    }

    /// The messages of all findings.
    fn messages(&self) -> Vec<&str> {
        let findings = |segment| -> &Vec<Value> {
            let segment: &Value = segment;
            segment["findings"].as_array().unwrap()
        };
        self.segments()
            .iter()
            .flat_map(findings)
            .map(|finding| finding["message"].as_str().unwrap())
            .collect()
    }
}

/// The job is done once for all tests.
fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let model = model("smollm2-135m");
        let home = tempfile::tempdir().unwrap();
        let article = home.path().join("harbour.en.md");
        fs::write(&article, ARTICLE).unwrap();
        let output = traghetto(home.path())
            .arg("run")
            .arg(&article)
            .args(["--from", "en", "--to", "fr", "--length", "1"])
            .args(["--format", "bilingual-html,bilingual-md,tsv,tmx", "--out"])
            .arg(home.path().join("out"))
            .arg("--model")
            .arg(&model)
            .arg("--summary-model")
            .arg(&model)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        let report = fs::read_to_string(home.path().join("out/harbour.json")).unwrap();
        let report = serde_json::from_str(&report).unwrap();
        Made { home, report }
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn the_report_is_as_its_schema_says() {
    let schema: Value =
        serde_json::from_str(include_str!("../../src/output/report.schema.json")).unwrap();
    let made = made();
    let found = violations(&schema, &made.report);
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(
        !made.messages().is_empty(),
        "no finding: the test shows less than it should"
    );
    let also: Vec<&str> = made.report["translations"][0]["also"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    assert_eq!(also.len(), 4);
    assert!(also.iter().all(|path| Path::new(path).exists()));
}

#[test]
fn tab_separated_values_have_a_line_a_segment() {
    let made = made();
    let table = made.read("tsv");
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    assert_eq!(names[2..4], ["source", "translation"]);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), made.segments().len());
    for (row, segment) in rows.iter().zip(made.segments()) {
        assert_eq!(row.len(), names.len(), "{row:?}");
        assert_eq!(row[2], text(&segment["source"]).replace('\t', " "));
        assert_eq!(row[3], text(&segment["text"]).replace('\t', " "));
    }
}

/// The content model of TMX 1.4's document type definition, as far as we write it.
fn assert_tmx(document: &str) -> Vec<[String; 2]> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    let document = roxmltree::Document::parse_with_options(document, options).unwrap();
    let elements = |node: roxmltree::Node<'_, '_>| -> Vec<String> {
        node.children()
            .filter(roxmltree::Node::is_element)
            .map(|child| child.tag_name().name().to_owned())
            .collect()
    };
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "tmx");
    assert_eq!(root.attribute("version"), Some("1.4"));
    assert_eq!(elements(root), ["header", "body"]);
    let header = root.first_element_child().unwrap();
    for required in [
        "creationtool",
        "creationtoolversion",
        "segtype",
        "o-tmf",
        "adminlang",
        "srclang",
        "datatype",
    ] {
        assert!(header.attribute(required).is_some(), "{required}");
    }
    assert!(
        ["block", "paragraph", "sentence", "phrase"]
            .contains(&header.attribute("segtype").unwrap())
    );
    let body = root.last_element_child().unwrap();
    let mut ids = Vec::new();
    let mut pairs = Vec::new();
    for unit in body.children().filter(roxmltree::Node::is_element) {
        assert_eq!(unit.tag_name().name(), "tu");
        ids.extend(unit.attribute("tuid"));
        // ((note | prop)*, tuv+)
        let inner = elements(unit);
        let variants = inner.iter().position(|name| name == "tuv").unwrap();
        assert!(
            inner[..variants]
                .iter()
                .all(|name| name == "note" || name == "prop")
        );
        assert_eq!(inner[variants..], ["tuv", "tuv"]);
        let mut texts = Vec::new();
        for child in unit.children().filter(roxmltree::Node::is_element) {
            match child.tag_name().name() {
                "prop" => assert!(child.attribute("type").is_some()),
                "tuv" => {
                    let xml = "http://www.w3.org/XML/1998/namespace";
                    assert!(child.attribute((xml, "lang")).is_some());
                    assert_eq!(elements(child), ["seg"]);
                    let segment = child.first_element_child().unwrap();
                    texts.push(segment.text().unwrap_or_default().to_owned());
                }
                _ => {}
            }
        }
        pairs.push(texts.try_into().unwrap());
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "a tuid is there twice");
    pairs
}

#[test]
fn the_translation_memory_is_tmx() {
    let made = made();
    let pairs = assert_tmx(&made.read("tmx"));
    let wanted: Vec<[String; 2]> = made
        .segments()
        .iter()
        .map(|segment| {
            [
                text(&segment["source"]).to_owned(),
                text(&segment["text"]).to_owned(),
            ]
        })
        .collect();
    assert_eq!(pairs, wanted);
    // What the memory exports is TMX too.
    let output = traghetto(made.home.path())
        .args(["memory", "export"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let mut exported = assert_tmx(&String::from_utf8(output.stdout).unwrap());
    exported.sort();
    let mut wanted = wanted;
    wanted.sort();
    wanted.dedup();
    assert_eq!(exported, wanted);
}

#[test]
fn the_markdown_table_holds_every_segment() {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
    let made = made();
    let table = made.read("bilingual.md");
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    for event in Parser::new_ext(&table, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match event {
            Event::Start(Tag::TableCell) => cell.clear(),
            Event::End(TagEnd::TableCell) => row.push(cell.clone()),
            Event::End(TagEnd::TableRow) => rows.push(std::mem::take(&mut row)),
            Event::End(TagEnd::TableHead) => row.clear(),
            Event::Text(text) => cell.push_str(&text),
            Event::InlineHtml(tag) => assert_eq!(&*tag, "<br>", "only our own line breaks"),
            Event::Code(_) | Event::Start(Tag::Link { .. } | Tag::Emphasis) => panic!("{event:?}"),
            _ => {}
        }
    }
    for segment in made.segments() {
        let (source, target) = (text(&segment["source"]), text(&segment["text"]));
        let flat = |text: &str| text.replace('\t', " ").trim().to_owned();
        assert!(
            rows.iter()
                .any(|row| row[0] == flat(source) && row[1] == flat(target)),
            "{source}: {rows:#?}"
        );
    }
}

/// What the page says, by name of the segment: the text of its source and of its translation.
struct Page {
    texts: HashMap<String, Vec<String>>,
    marks: Vec<String>,
    /// Addresses that something is loaded from.
    loads: Vec<String>,
    scripts: usize,
}

fn page(html: &str) -> Page {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut page = Page {
        texts: HashMap::new(),
        marks: Vec::new(),
        loads: Vec::new(),
        scripts: 0,
    };
    let mut open: Vec<String> = Vec::new();
    let mut segment: Option<(String, usize, String)> = None;
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token.unwrap() {
            Token::StartTag(tag) => {
                let value = |name: &str| {
                    let value = tag.attributes.get(name.as_bytes());
                    value.map(|value| String::from_utf8_lossy(value).into_owned())
                };
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                page.scripts += usize::from(name == "script");
                page.loads.extend(value("src"));
                page.loads
                    .extend(value("href").filter(|href| !href.starts_with('#')));
                if let Some(id) = value("data-s") {
                    assert!(segment.is_none());
                    segment = Some((id, open.len(), String::new()));
                }
                if name == "mark" {
                    page.marks.push(value("title").unwrap());
                }
                if !["meta", "link", "br"].contains(&name.as_str()) {
                    open.push(name);
                }
            }
            Token::EndTag(tag) => {
                assert_eq!(
                    open.pop().unwrap().as_bytes(),
                    &**tag.name,
                    "tags are nested"
                );
                if let Some((id, depth, text)) =
                    segment.take_if(|(_, depth, _)| *depth == open.len())
                {
                    assert_eq!(depth, open.len());
                    page.texts.entry(id).or_default().push(text);
                }
            }
            Token::String(string) => {
                if let Some((_, _, text)) = &mut segment {
                    text.push_str(&String::from_utf8_lossy(&string));
                }
            }
            Token::Error(error) => panic!("{error:?}"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    page
}

#[test]
fn the_page_holds_every_segment_escaped_and_loads_nothing() {
    let made = made();
    let html = made.read("bilingual.html");
    let page = page(&html);
    assert_eq!(page.scripts, 1, "none but its own");
    assert!(page.loads.is_empty(), "{:?}", page.loads);
    assert!(html.contains("default-src 'none'"));
    assert_eq!(page.texts.len(), made.segments().len());
    for segment in made.segments() {
        let name = format!("s{}-{}", segment["block"], segment["n"]);
        assert_eq!(
            page.texts[&name],
            [text(&segment["source"]), text(&segment["text"])],
            "{name}"
        );
    }
    // Every reason is there to read, and marks point at the items that have a place.
    for message in made.messages() {
        let escaped = message
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;");
        assert!(
            html.contains(&format!("\">{escaped}</a></li>")),
            "{message}"
        );
    }
    let placed = made
        .segments()
        .iter()
        .flat_map(|segment| segment["findings"].as_array().unwrap());
    let placed =
        placed.filter(|finding| finding["source"].is_array() || finding["target"].is_array());
    assert_eq!(placed.count() > 0, !page.marks.is_empty());
    for model in made.report["models"].as_array().unwrap() {
        assert!(
            html.contains(text(&model["files"][0]["sha256"])),
            "provenance"
        );
    }
}

#[test]
fn one_translation_goes_to_a_pipe_in_any_form() {
    let made = made();
    let model = model("smollm2-135m");
    for (format, begins) in [
        ("bilingual-html", "<!doctype html>"),
        ("bilingual-md", "# "),
        ("tsv", "block\tsegment"),
        ("tmx", "<?xml"),
        ("json", "{"),
    ] {
        let output = traghetto(made.home.path())
            .args([
                "translate",
                "-",
                "--from",
                "en",
                "--to",
                "fr",
                "--input-format",
                "markdown",
            ])
            .args(["--format", format, "--model"])
            .arg(&model)
            .write_stdin(ARTICLE)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(stdout.starts_with(begins), "{format}: {stdout}");
    }
}

#[test]
fn pages_and_subtitles_go_through_the_program() {
    let home = tempfile::tempdir().unwrap();
    let model = model("smollm2-135m");
    let translate = |name: &str, text: &[u8], more: &[&str]| {
        let path = home.path().join(name);
        fs::write(&path, text).unwrap();
        let output = traghetto(home.path())
            .arg("translate")
            .arg(&path)
            .args(["--from", "en", "--to", "fr"])
            .args(more)
            .arg("--model")
            .arg(&model)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let menu = "<nav><a href='/'>Home</a></nav>";
    let script = "<script>let x = 1 < 2 && 3;</script>";
    let body = "<article><p>The ship comes at noon, and it carries salt and grain for the town.</p><p>It leaves in \
        the evening, when the tide is high and the wind is good.</p></article>";
    // The page is in Latin-1 and says so; the results are UTF-8, marked as such.
    let mut page = format!("<meta charset=iso-8859-1><body>{menu}{script}<p>Caf").into_bytes();
    page.push(0xe9);
    page.extend(format!(" is open.</p>{body}").as_bytes());
    let whole = translate("page.html", &page, &[]);
    assert!(
        whole.starts_with("\u{feff}<meta charset=iso-8859-1>"),
        "{whole}"
    );
    assert!(
        whole.contains(script) && whole.contains("<nav><a href='/'>"),
        "{whole}"
    );
    assert_eq!(whole.matches("<p>").count(), 3);
    let article = translate("page.html", &page, &["--extract"]);
    assert!(article.starts_with("<article><p>"), "{article}");
    assert!(
        !article.contains("nav") && !article.contains("script"),
        "{article}"
    );

    let cues = "1\r\n00:00:01,000 --> 00:00:02,000\r\nThe ship is late.\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n\
        It will come\r\n";
    let made = translate("film.srt", cues.as_bytes(), &[]);
    let lines = |text: &str| -> Vec<String> {
        let lines = text.split("\r\n").enumerate();
        lines
            .filter(|(i, _)| ![2, 6].contains(i))
            .map(|(_, line)| line.to_owned())
            .collect()
    };
    assert_eq!(lines(&made), lines(cues));
    assert_ne!(made, cues);
}

#[test]
fn extraction_is_for_pages_only() {
    let home = tempfile::tempdir().unwrap();
    for (input, code, says) in [
        (
            &["--input-format", "text", "--extract"][..],
            2,
            "--input-format html",
        ),
        (
            &["--input-format", "html", "--extract"][..],
            1,
            "no article was found",
        ),
        (&["--format", "markdown"][..], 2, "--input-format"),
        (&["--input-format", "pdf"][..], 2, "srt or vtt"),
    ] {
        let output = traghetto(home.path())
            .args(["translate", "--from", "en", "--to", "fr", "--offline"])
            .args(input)
            .write_stdin("Hello.")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains(says), "{stderr}");
    }
}

/// What a browser makes of the page, in a window of this width: the document after its scripts ran. The browser is the
/// system's or, where there is none, fetched once (`tests/browser/obtain.mjs`).
///
/// # Panics
/// If there is no browser to be had: a test that skipped would prove nothing.
fn in_browser(page: &Path, width: usize, more: &[&str]) -> String {
    let output = Command::new("node")
        .arg(file("tests/browser/look.mjs"))
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser"))
        .arg(page)
        .arg(width.to_string())
        .args(more)
        .output()
        .expect("the pages are looked at in a browser: install Node.js (`node` and `npm`)");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "no browser could look at the page; install Chromium, or let npm fetch one: {stderr}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_browser_shows_the_page_on_a_screen_on_a_phone_and_on_paper() {
    let made = made();
    // A copy that writes down what it looks like when the first flagged segment is pointed at.
    let flagged = made
        .segments()
        .iter()
        .find(|segment| !segment["findings"].as_array().unwrap().is_empty())
        .unwrap();
    let name = format!("s{}-{}", flagged["block"], flagged["n"]);
    let probe = format!(
        "<script>const source = document.querySelector('.source [data-s=\"{name}\"]');\
         const row = source.closest('.row');\
         const before = document.querySelectorAll('.lit').length;\
         source.dispatchEvent(new MouseEvent('mouseover', {{bubbles: true}}));\
         const lit = [...document.querySelectorAll('.lit')].map(part => part.dataset.s).join();\
         const [a, b] = row.querySelectorAll('.source, .target');\
         const beside = Math.abs(a.getBoundingClientRect().top - b.getBoundingClientRect().top) < 1;\
         const wide = document.documentElement.scrollWidth - innerWidth;\
         document.body.dataset.probe = [before, lit, beside, wide].join(' ');</script></body>"
    );
    let html = made.read("bilingual.html").replace("</body>", &probe);
    let copy = made.path("probe.html");
    fs::write(&copy, html).unwrap();
    for (width, beside) in [(1280, true), (390, false)] {
        let dom = in_browser(&copy, width, &[]);
        let seen = dom
            .split("data-probe=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("the page's script failed: {dom}"));
        assert_eq!(
            seen,
            format!("0 {name},{name} {beside} 0"),
            "{width} pixels wide"
        );
        assert!(!dom.contains("alert(1)</script>"));
    }
    let paper = made.path("paper.pdf");
    in_browser(&copy, 1280, &["--print", &paper.display().to_string()]);
    let paper = fs::read(paper).unwrap();
    assert!(
        paper.starts_with(b"%PDF") && paper.len() > 5_000,
        "{}",
        paper.len()
    );
}
