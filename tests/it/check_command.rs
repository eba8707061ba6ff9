//! `traghetto check`: translations that are there already, in files of many kinds.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::schema::violations;
use crate::support::{file, model, traghetto};
use traghetto::{CheckFormat, Checker, Document, Format, Lang, Meaning};

const IT: &str = "\
Il presidente Tokayev ha vinto le elezioni di domenica con l’81 per cento dei voti.

La commissione elettorale non ha risposto alle critiche dell’Osce.
A gennaio erano morte 238 persone durante le proteste.
Il governo di Astana nega ogni accusa.
";
const EN: &str = "\
President Tokayev won Sunday’s election with 18 per cent of the votes.
The electoral commission has not responded to the criticism of the OSCE.
In January 238 people had died during the protests.
The government in Astana denies every accusation.
";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Exit code, standard output and standard error of a check without models.
fn check(folder: &Path, args: &[&str], stdin: &str) -> (i32, String, String) {
    let mut command = traghetto(folder);
    command.current_dir(folder).arg("check").args(args);
    if !args.contains(&"--meaning") {
        command.args(["--meaning", "off"]);
    }
    let output = command
        .args(["--offline", "--no-memory"])
        .write_stdin(stdin)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The JSON of a check, which keeps its schema.
fn json(folder: &Path, args: &[&str]) -> Value {
    let (code, stdout, stderr) = check(folder, &[args, &["--json"]].concat(), "");
    assert_eq!(code, 0, "{stderr}");
    let value: Value =
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    let schema = fs::read_to_string(file("src/output/check/check.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(violations(&schema, &value), [""; 0], "{stdout}");
    value
}

/// The ids of what was found, segment by segment.
fn found(value: &Value) -> Vec<Vec<&str>> {
    let segments = value["segments"].as_array().unwrap().iter();
    let ids = segments.map(|segment| {
        let findings = segment["findings"].as_array().unwrap().iter();
        findings.map(|one| one["type"].as_str().unwrap()).collect()
    });
    ids.collect()
}

#[test]
fn of_a_machine_more_is_told() {
    let source = "Lo hanno portato in questura ieri.\nIl router resta acceso.\nErano stupiti.\n";
    let target = "They took him to the questura yesterday.\nThe router must not be off.\n\
                  They were flabborgasted.\n";
    let folder = folder(&[("a.txt", source), ("b.txt", target)]);
    let told = |by: &str| {
        let args = ["a.txt", "b.txt", "--from", "it", "--to", "en", "--by", by];
        let value = json(folder.path(), &args);
        let segments = value["segments"].as_array().unwrap().iter();
        let told = segments.map(|segment| {
            let findings = segment["findings"].as_array().unwrap().iter();
            let told = findings.map(|one| {
                let text = |key: &str| one[key].as_str().unwrap();
                format!("{} {}", text("severity"), text("type"))
            });
            told.collect::<Vec<_>>().join(", ")
        });
        told.collect::<Vec<String>>()
    };
    let word = "warning untranslated";
    assert_eq!(told("anyone"), [word, "hint negation", ""]);
    assert_eq!(told("machine"), [word, "warning negation", word]);
}

#[test]
fn a_line_is_a_segment_where_both_sides_have_as_many() {
    let folder = folder(&[("a.it.txt", IT), ("b.en.txt", EN)]);
    let value = json(
        folder.path(),
        &["a.it.txt", "b.en.txt", "--from", "it", "--to", "en"],
    );
    assert_eq!(value["pairing"], "lines");
    assert_eq!(value["signals"], serde_json::json!(["rules"]));
    assert_eq!(found(&value), [vec!["number"], vec![], vec![], vec![]]);
    let first = &value["segments"][0];
    assert_eq!(first["level"], "wrong");
    let finding = &first["findings"][0];
    assert_eq!(
        (&finding["severity"], &finding["source"]["text"]),
        (&"error".into(), &"81 per cento".into())
    );
    assert!(
        finding["explanation"].as_str().unwrap().contains("81"),
        "{finding}"
    );
    let second = &value["segments"][1];
    assert_eq!(
        (
            &second["level"],
            &second["source_line"],
            &second["translation_line"]
        ),
        (&"fine".into(), &3.into(), &2.into())
    );
    let risk = |segment: &Value| segment["risk"].as_f64().unwrap();
    assert!(risk(first) > 0.5 && risk(second) < 0.4, "{value}");
    let expected =
        serde_json::json!({"segments": 4, "check": 0, "wrong": 1, "errors": 1, "warnings": 0});
    assert_eq!(value["summary"], expected);
}

#[test]
fn text_says_what_and_where_and_the_exit_code_can_fail() {
    let folder = folder(&[
        ("a.it.txt", IT),
        ("b.en.txt", EN),
        ("c.en.txt", &EN.replace("18", "81")),
    ]);
    let sides = ["a.it.txt", "b.en.txt"];
    let (code, stdout, _) = check(folder.path(), &sides, "");
    assert_eq!(code, 0);
    assert!(stdout.starts_with("b.en.txt:1: wrong, risk "), "{stdout}");
    assert!(
        stdout.contains("error[number]: ") && !stdout.contains("238"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("4 segments, 0 to check, 1 wrong\n"),
        "{stdout}"
    );
    let (code, _, stderr) = check(
        folder.path(),
        &[&sides[..], &["--fail-on", "error"]].concat(),
        "",
    );
    assert_eq!(code, 1);
    assert!(
        stderr.contains("the check found 1 error and 0 warnings"),
        "{stderr}"
    );
    let skipped = [&sides[..], &["--fail-on", "warning", "--skip", "number"]].concat();
    assert_eq!(check(folder.path(), &skipped, "").0, 0);
    let good = ["a.it.txt", "c.en.txt", "--fail-on", "warning"];
    let (code, stdout, stderr) = check(folder.path(), &good, "");
    assert_eq!(
        (code, stdout.as_str()),
        (0, "4 segments, 0 to check, 0 wrong\n"),
        "{stderr}"
    );
    // One side may be standard input.
    let (code, stdout, stderr) = check(folder.path(), &["-", "b.en.txt"], IT);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("error[number]"), "{stdout}");
    let (code, stdout, _) = check(folder.path(), &["a.it.txt", "-"], EN);
    assert_eq!(code, 0);
    assert!(stdout.contains("-:1: wrong"), "{stdout}");
}

const ARTICLE: &str = "\
# La linea ferroviaria riapre

La linea era ferma dal novembre del 2013, quando una frana aveva travolto il binario. I lavori sono costati 97 milioni di \
euro. Da allora la valle aveva dovuto accontentarsi degli autobus sostitutivi.

Il ponte sul torrente Arvo, costruito nel 1908, non è stato demolito. Il sindaco Tullio Ferrarin ringrazia la Regione. La \
ferrovia è lunga 31 chilometri.
";

#[test]
fn sentences_are_aligned_where_paragraphs_were_merged_and_split() {
    let good = "\
# The railway line reopens

The line had been closed since November 2013, when a landslide swept the track away.

The works cost 97 million euros. Since then the valley had had to make do with replacement buses. The bridge over the Arvo, \
built in 1908, was not demolished. The mayor, Tullio Ferrarin, thanks the region. The railway is 31 kilometres long.
";
    let bad = good
        .replace("November", "October")
        .replace(" The mayor, Tullio Ferrarin, thanks the region.", "")
        + "\nNobody knows how long the new trains will keep running through the valley.\n";
    let folder = folder(&[
        ("a.it.md", ARTICLE),
        ("good.en.md", good),
        ("bad.en.md", &bad),
    ]);
    let value = json(folder.path(), &["a.it.md", "good.en.md"]);
    assert_eq!(value["pairing"], "sentences");
    assert_eq!(value["source"]["language"], "it");
    assert_eq!(found(&value), vec![Vec::<&str>::new(); 7]);
    model("e5-small");
    let value = json(folder.path(), &["a.it.md", "bad.en.md", "--meaning", "on"]);
    let ids = found(&value).concat();
    assert_eq!(ids, ["date", "omission", "addition"]);
    let segments = value["segments"].as_array().unwrap();
    let lost = segments
        .iter()
        .find(|one| one["translation"] == "")
        .unwrap();
    assert_eq!(
        (
            &lost["level"],
            &lost["source_line"],
            &lost["translation_line"]
        ),
        (&"wrong".into(), &5.into(), &Value::Null)
    );
    assert!(lost["source"].as_str().unwrap().contains("Ferrarin"));
    let added = segments.iter().find(|one| one["source"] == "").unwrap();
    assert_eq!(
        (&added["level"], &added["translation_line"]),
        (&"check".into(), &7.into())
    );
}

#[test]
fn markup_and_subtitles_are_compared_too() {
    let srt = |lines: &[&str]| -> String {
        let cue = |(n, line): (usize, &&str)| {
            format!("{}\n00:00:0{n},000 --> 00:00:0{n},900\n{line}\n\n", n + 1)
        };
        lines.iter().enumerate().map(cue).collect()
    };
    let source = srt(&[
        "Siamo partiti in dodici.",
        "Nessuno è tornato.",
        "Il treno parte alle nove.",
    ]);
    let target = srt(&[
        "Twelve of us set out.",
        "Nobody came back.",
        "The train leaves at ten.",
    ]);
    let html = (
        "<p>Il <a href=\"x.html\">ministro</a> ha smentito. Sono le 9.</p>",
        "<p>The minister denied it. It is 9.</p>",
    );
    let folder = folder(&[
        ("a.it.srt", &source),
        ("b.en.srt", &target),
        ("a.html", html.0),
        ("b.html", html.1),
    ]);
    let value = json(folder.path(), &["a.it.srt", "b.en.srt"]);
    assert_eq!(found(&value), [vec![], vec![], vec!["number"]]);
    assert_eq!(value["segments"][2]["translation_line"], 11);
    let value = json(
        folder.path(),
        &["a.html", "b.html", "--from", "it", "--to", "en"],
    );
    let told = value["findings"].as_array().unwrap();
    assert!(
        told.iter().any(|one| one["type"] == "markup"
            && one["explanation"].as_str().unwrap().contains("x.html")),
        "{value}"
    );
    assert!(value["summary"]["warnings"].as_u64().unwrap() >= 1);
}

#[test]
fn bilingual_files_are_one_argument() {
    let tmx = r#"<?xml version="1.0"?><tmx version="1.4"><header srclang="it"/><body>
<tu tuid="t1"><tuv xml:lang="it"><seg>Hanno votato 81 deputati.</seg></tuv><tuv xml:lang="en"><seg>18 deputies voted.</seg></tuv></tu>
<tu><tuv xml:lang="it"><seg>Piove.</seg></tuv><tuv xml:lang="en"><seg>It is raining.</seg></tuv></tu></body></tmx>"#;
    let xliff = r#"<xliff version="1.2"><file source-language="it" target-language="en"><body>
<trans-unit id="t1"><source>Hanno votato 81 deputati.</source><target>18 deputies voted.</target></trans-unit>
<trans-unit id="t2"><source>Piove.</source><target>It is raining.</target></trans-unit></body></file></xliff>"#;
    let xliff2 = r#"<xliff version="2.0" srcLang="it" trgLang="en"><file id="f"><unit id="t1">
<segment><source>Hanno votato 81 deputati.</source><target>18 deputies voted.</target></segment></unit><unit id="t2">
<segment><source>Piove.</source><target>It is raining.</target></segment></unit></file></xliff>"#;
    let po = "msgid \"\"\nmsgstr \"Language: en\\n\"\n\nmsgid \"Hanno votato 81 deputati.\"\nmsgstr \"18 deputies voted.\"\n\n\
              msgid \"Piove.\"\nmsgstr \"It is raining.\"\n";
    let csv = "it,en\n\"Hanno votato 81 deputati.\",18 deputies voted.\nPiove.,It is raining.\n";
    let tsv = "source\ttranslation\nHanno votato 81 deputati.\t18 deputies voted.\nPiove.\tIt is raining.\n";
    for (name, text, line) in [
        ("a.tmx", tmx, 2),
        ("a.xlf", xliff, 2),
        ("b.xliff", xliff2, 2),
        ("a.po", po, 4),
        ("a.csv", csv, 2),
        ("a.tsv", tsv, 2),
    ] {
        let folder = folder(&[(name, text)]);
        let mut args = vec![name];
        if ["a.po", "a.tsv"].contains(&name) {
            args.extend(["--from", "it", "--to", "en"]);
        }
        let value = json(folder.path(), &args);
        assert_eq!(value["pairing"], "units", "{name}");
        assert_eq!(found(&value), [vec!["number"], vec![]], "{name}");
        assert_eq!(value["segments"][0]["source_line"], line, "{name}");
    }
    // An XML file that is in the encoding that it names.
    let latin = tmx.replace(
        "version=\"1.0\"?",
        "version=\"1.0\" encoding=\"ISO-8859-1\"?",
    );
    let latin = latin.replace("Piove.", "Perch\u{e9} piove?");
    let bytes: Vec<u8> = latin.chars().map(|c| c as u8).collect();
    let there = folder(&[("latin.tmx", "")]);
    std::fs::write(there.path().join("latin.tmx"), bytes).unwrap();
    let value = json(there.path(), &["latin.tmx"]);
    assert_eq!(value["segments"][1]["source"], "Perch\u{e9} piove?");
    // Standard input has no name to tell its format by.
    let folder = folder(&[]);
    let (code, stdout, stderr) = check(folder.path(), &["-", "--input-format", "csv"], csv);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("error[number]"), "{stdout}");
}

#[test]
fn lines_are_those_of_the_file_where_they_were_broken_to_a_width() {
    let broken = |lines: &[&str]| lines.join("\n") + "\n";
    let it = broken(&[
        "Il presidente Tokayev ha vinto le elezioni di",
        "domenica senza nessun avversario vero nel Paese.",
        "La commissione elettorale non ha risposto alle",
        "critiche. A gennaio erano morte 238 persone durante",
        "le proteste.",
    ]);
    let en = broken(&[
        "President Tokayev won Sunday's election without any",
        "real opponent",
        "in the country. The electoral commission has not",
        "responded to the criticism.",
        "In January 283 people had died",
        "during the protests.",
    ]);
    let folder = folder(&[("a.it.txt", &it), ("b.en.txt", &en)]);
    let value = json(folder.path(), &["a.it.txt", "b.en.txt", "--unwrap", "on"]);
    let lines = |of: &str| -> Vec<u64> {
        let segments = value["segments"].as_array().unwrap().iter();
        segments.map(|one| one[of].as_u64().unwrap()).collect()
    };
    assert_eq!(lines("source_line"), [1, 3, 4], "{value}");
    assert_eq!(lines("translation_line"), [1, 3, 5], "{value}");
}

#[test]
fn where_nothing_is_to_be_checked_nothing_is_printed() {
    let folder = folder(&[("a.md", "!!! ...\n"), ("b.md", "... ???\n")]);
    for format in ["json", "sarif"] {
        let args = [
            "a.md", "b.md", "--from", "it", "--to", "en", "--format", format,
        ];
        let (code, stdout, stderr) = check(folder.path(), &args, "");
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        assert!(stderr.contains("nothing to check"), "{stderr}");
    }
}

#[test]
fn other_tools_are_told_in_their_own_forms() {
    let folder = folder(&[("a.it.txt", IT), ("b, c.en.txt", EN)]);
    let sides = ["a.it.txt", "b, c.en.txt"];
    let (_, stdout, _) = check(
        folder.path(),
        &[&sides[..], &["--format", "github"]].concat(),
        "",
    );
    assert!(
        stdout.starts_with("::error file=b%2C c.en.txt,line=1,title=number::"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("::notice::4 segments, 0 to check, 1 wrong\n"),
        "{stdout}"
    );
    let (_, stdout, _) = check(
        folder.path(),
        &[&sides[..], &["--format", "sarif"]].concat(),
        "",
    );
    let sarif: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(
        (&results[0]["ruleId"], &results[0]["level"]),
        (&"number".into(), &"error".into())
    );
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "b%2C%20c.en.txt");
    assert_eq!(place["region"]["startLine"], 1);
    let page = [&sides[..], &["--format", "html", "-o", "page.html"]].concat();
    let (code, stdout, stderr) = check(folder.path(), &page, "");
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(
        page.contains("<mark class=\"error\"") && page.contains("denies every accusation"),
        "{page}"
    );
    assert!(page.ends_with("</html>\n"));
}

#[test]
fn names_and_the_glossary_hold_for_the_whole() {
    let source = "Tokayev ha parlato a lungo ieri sera.\nIl premier ha ringraziato Tokayev per la visita.\nPoi Tokayev è ripartito.\n";
    let target = "Tokayev spoke for a long time last night.\nThe premier thanked Tokajev for the visit.\nThen Tokayev left again.\n";
    let folder = folder(&[
        ("a.txt", source),
        ("b.txt", target),
        ("terms.tsv", "premier\tprime minister\n"),
    ]);
    let args = ["a.txt", "b.txt", "--from", "it", "--to", "en"];
    let value = json(folder.path(), &args);
    assert_eq!(found(&value), [vec![], vec!["consistency"], vec![]]);
    let value = json(
        folder.path(),
        &[&args[..], &["--glossary", "terms.tsv"]].concat(),
    );
    assert!(found(&value)[1].contains(&"term"), "{value}");
}

#[test]
fn dictionaries_are_named_by_option_or_configuration_and_told_when_they_are_of_no_use() {
    let folder = folder(&[
        ("a.txt", "Il cane dorme.\n"),
        ("b.txt", "The dog sleeps.\n"),
        ("it-en.tsv", "cane\tdog\n"),
        ("it-de.tsv", "cane\tHund\n"),
        ("words.tsv", "cane\tdog\n"),
        (
            "own.toml",
            "dictionary = [\"it-en:words.tsv\", \"it-de.tsv\"]\n",
        ),
    ]);
    let args = ["a.txt", "b.txt", "--from", "it", "--to", "en"];
    let with = |more: &[&str]| check(folder.path(), &[&args[..], more].concat(), "");
    let told = "is about Italian and German: it says nothing here (it → en)";
    let (code, _, stderr) = with(&["--dictionary", "it-en.tsv", "--dictionary", "it-de.tsv"]);
    assert!(
        code == 0 && stderr.contains(told) && !stderr.contains("it-en.tsv"),
        "{stderr}"
    );
    let (code, _, stderr) = with(&["--config", "own.toml"]);
    assert!(code == 0 && stderr.contains(told), "{stderr}");
    let (code, _, stderr) = with(&["--dictionary", "words.tsv"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("say it, such as --dictionary it-en:words.tsv"),
        "{stderr}"
    );
    let (code, _, stderr) = with(&["--dictionary", "it-en:missing.tsv"]);
    assert!(code == 1 && stderr.contains("missing.tsv"), "{stderr}");
}

/// Arguments that are refused, with the exit code and what is said.
const REFUSED: &[(&[&str], i32, &[&str])] = &[
    (&["a.it.txt", "missing.txt"], 1, &["missing.txt"]),
    (&["a.it.txt", "empty.txt"], 1, &["empty.txt has no text"]),
    (
        &["a.it.txt"],
        2,
        &["a.it.txt alone", "name SOURCE and TRANSLATION"],
    ),
    (&["-", "-"], 2, &["only one side can be standard input"]),
    (
        &["a.it.txt", "a.it.txt"],
        2,
        &["both sides are in Italian", "--from and --to"],
    ),
    (
        &["a.it.txt", "short.en.txt", "--align", "lines"],
        1,
        &["a.it.txt has 4 lines, short.en.txt has 1"],
    ),
    (
        &["long.it.txt", "short.en.txt"],
        1,
        &["no translations of each other"],
    ),
    (
        &["bad.tsv", "--from", "it", "--to", "en"],
        1,
        &["bad.tsv, line 2: one column"],
    ),
    (
        &["bad.tmx"],
        1,
        &["bad.tmx, line 1: it is no well-formed XML"],
    ),
    (&["bad.po"], 1, &["bad.po, line 1: a string is not closed"]),
    (
        &["latin.txt", "short.en.txt"],
        1,
        &["latin.txt, line 1: it is not UTF-8", "--encoding"],
    ),
    (
        &["a.tmx", "b.tmx", "--input-format", "tmx"],
        2,
        &["name one file"],
    ),
    (
        &["a.it.txt", "b.en.txt", "--input-format", "docx"],
        2,
        &["use text, markdown"],
    ),
    (
        &["a.it.txt", "b.en.txt", "--format", "pdf"],
        2,
        &["text, json, sarif, github, html"],
    ),
    (
        &["a.it.txt", "b.en.txt", "--fail-on", "x"],
        2,
        &["error or warning"],
    ),
    (
        &["a.it.txt", "b.en.txt", "--model", "nonsense-1b"],
        2,
        &["nonsense-1b"],
    ),
];

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = folder(&[
        ("a.it.txt", IT),
        ("b.en.txt", EN),
        ("short.en.txt", "One line of text that stands here alone.\n"),
        ("empty.txt", " \n\n"),
        ("bad.tsv", "uno\tone\nalone\n"),
        ("bad.tmx", "<tmx><body>"),
        ("bad.po", "msgid \"a\nmsgstr \"b\"\n"),
        ("latin.txt", ""),
    ]);
    fs::write(
        folder.path().join("latin.txt"),
        b"Citt\xe0 e lavoro per tutti.\n",
    )
    .unwrap();
    let long = "Una frase che da sola non vuol dire molto. ".repeat(200);
    fs::write(
        folder.path().join("long.it.txt"),
        format!("{long}\n\nFine.\n"),
    )
    .unwrap();
    for &(args, code, says) in REFUSED {
        let (status, stdout, stderr) = check(folder.path(), args, "");
        assert_eq!((status, stdout.as_str()), (code, ""), "{args:?}\n{stderr}");
        for part in says {
            assert!(
                stderr.contains(part),
                "{args:?} doesn't say \"{part}\":\n{stderr}"
            );
        }
    }
}

#[test]
fn an_unexpected_language_is_told_and_an_encoding_can_be_named() {
    let french = "Le président a remporté les élections de dimanche dernier.\nLe gouvernement nie toute accusation.\n";
    let folder = folder(&[
        ("b.en.txt", EN),
        ("short.en.txt", "One line of text that stands here alone.\n"),
        ("f.txt", french),
    ]);
    fs::write(
        folder.path().join("latin.txt"),
        b"Citt\xe0 e lavoro per tutti.\n",
    )
    .unwrap();
    // A language that is another than was said is told, and the check goes on.
    let (code, stdout, stderr) = check(
        folder.path(),
        &["f.txt", "b.en.txt", "--from", "it", "--to", "en", "--json"],
        "",
    );
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.contains("f.txt looks like French") && stderr.contains("not Italian"),
        "{stderr}"
    );
    let value: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(value["warnings"].as_array().unwrap().len(), 1);
    let (code, stdout, _) = check(
        folder.path(),
        &[
            "latin.txt",
            "short.en.txt",
            "--encoding",
            "latin1",
            "--from",
            "it",
            "--to",
            "en",
        ],
        "",
    );
    assert_eq!(code, 0, "{stdout}");
}

#[test]
fn embeddings_make_the_risk_surer() {
    model("e5-small");
    let target = EN
        .replace("18 per cent", "81 per cent")
        .replace("denies every accusation", "has grown more and more carrots");
    let folder = folder(&[("a.it.txt", IT), ("b.en.txt", &target)]);
    let value = json(folder.path(), &["a.it.txt", "b.en.txt", "--meaning", "on"]);
    assert_eq!(value["signals"], serde_json::json!(["rules", "embeddings"]));
    assert_eq!(value["models"][0]["id"], "e5-small");
    let risk = |i: usize| value["segments"][i]["risk"].as_f64().unwrap();
    assert!(
        risk(3) > 0.4 && risk(3) > risk(1) && risk(3) > risk(2),
        "{value}"
    );
    let words = value["segments"][3]["translation_words"]
        .as_array()
        .unwrap();
    assert!(
        words.iter().any(|word| word["text"] == "carrots"),
        "{value}"
    );
}

#[test]
fn a_free_translator_is_not_wrong_everywhere_but_a_machine_may_be() {
    model("e5-small");
    // Twenty-four good but free translations.
    let pairs = [
        (
            "Non tutto, però, è filato liscio.",
            "There were hitches along the way, though.",
        ),
        (
            "Per gli abitanti la posta in gioco va ben oltre gli orari.",
            "Timetables are the least of it for the locals.",
        ),
        (
            "Il treno rischia di portare via la gente più in fretta.",
            "Trains may just make leaving quicker.",
        ),
        (
            "A lievitare sono stati soprattutto i costi della roccia.",
            "Rock was what really drove up the bill.",
        ),
    ];
    let table: String = (0..24)
        .map(|i| pairs[i % 4])
        .map(|(a, b)| format!("{a}\t{b}\n"))
        .collect();
    let folder = folder(&[("a.tsv", &table)]);
    let args = ["a.tsv", "--from", "it", "--to", "en", "--meaning", "on"];
    let risks = |value: &Value| -> f64 {
        let segments = value["segments"].as_array().unwrap().iter();
        segments
            .map(|segment| segment["risk"].as_f64().unwrap())
            .sum()
    };
    let anyone = json(folder.path(), &args);
    let machine = json(folder.path(), &[&args[..], &["--by", "machine"]].concat());
    assert!(
        risks(&machine) > risks(&anyone) + 1.0,
        "{} {}",
        risks(&machine),
        risks(&anyone)
    );
    let told = |value: &Value| {
        value["summary"]["check"].as_u64().unwrap() + value["summary"]["wrong"].as_u64().unwrap()
    };
    assert!(told(&machine) > told(&anyone), "{machine}");
    let all = json(folder.path(), &[&args[..], &["--risk", "0"]].concat());
    assert_eq!(told(&all), 24);
}

#[test]
fn a_bound_of_risk_holds_without_a_model() {
    let folder = folder(&[("a.tsv", "Il cane dorme.\tThe dog sleeps.\n")]);
    let args = ["a.tsv", "--from", "it", "--to", "en", "--meaning", "off"];
    let told = |value: &Value| value["summary"]["check"].as_u64().unwrap();
    assert_eq!(told(&json(folder.path(), &args)), 0);
    let bound = [&args[..], &["--risk", "0"]].concat();
    assert_eq!(told(&json(folder.path(), &bound)), 1);
}

#[test]
fn a_checker_of_the_library_says_the_same() {
    let mut checker = Checker::builder()
        .meaning(Meaning::Off)
        .offline(true)
        .build()
        .unwrap();
    let source = Document::from_text_in(ARTICLE, Format::Markdown, Lang::IT);
    let english = "# The railway line reopens\n\nThe line had been closed since November 2013, when a landslide swept the track \
                   away. The works cost 79 million euros. Since then the valley had had to make do with replacement buses.\n\nThe \
                   bridge over the Arvo, built in 1908, was not demolished. The mayor, Tullio Ferrarin, thanks the region. The \
                   railway is 31 kilometres long.\n";
    let translation = Document::from_text(english, Format::Markdown).unwrap();
    let check = checker.check_documents(&source, &translation).unwrap();
    assert_eq!((check.segments().len(), check.summary().wrong), (7, 1));
    assert_eq!(check.segments()[2].findings[0].check.id(), "number");
    let text = check.render(CheckFormat::Text).unwrap();
    assert!(
        text.contains("error[number]") && text.ends_with("7 segments, 0 to check, 1 wrong\n"),
        "{text}"
    );
    let error = checker.check_pairs(&[("a", "b")]).unwrap_err();
    assert!(error.hint().unwrap().contains(".from("), "{error}");
}

/// What a long table needs doesn't grow with it.
#[cfg(target_os = "linux")]
#[test]
fn a_long_table_needs_no_more_memory() {
    use crate::support::{peak_mib, process};
    let row = |i: usize| format!("Sono {i} le case del paese.\tThe village has {i} houses.\n");
    let run = |rows: usize| {
        let table: String = (0..rows).map(row).collect();
        let folder = folder(&[("a.tsv", &table)]);
        let mut command = process(folder.path());
        let args = [
            "check",
            "a.tsv",
            "--from",
            "it",
            "--to",
            "en",
            "--meaning",
            "off",
            "--offline",
            "--json",
            "-o",
            "a.json",
        ];
        let child = command
            .current_dir(folder.path())
            .args(args)
            .arg("--quiet")
            .spawn()
            .unwrap();
        peak_mib(child)
    };
    let (one, five) = (run(11_000), run(55_000));
    assert!(
        five < one + 12.0,
        "{one:.0} MiB for 11,000 rows, {five:.0} for 55,000"
    );
}
