//! Dictionaries in all formats, whole and broken.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn lang(code: &str) -> Lang {
    code.parse().unwrap()
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn open(path: PathBuf) -> Result<Dictionary> {
    Dictionary::open(&DictionaryFile {
        path,
        direction: None,
    })
}

/// What a dictionary with these files says of words.
fn says(files: &[(&str, &[u8])], words: &[&str]) -> Vec<Vec<String>> {
    let folder = folder(files);
    let all = Dictionaries(vec![open(folder.path().join(files[0].0)).unwrap().into()]);
    let book = all.between(lang("it"), lang("en")).unwrap();
    let owned = |word: &&str| {
        let found = book.renderings(word).into_iter();
        found.map(str::to_owned).collect()
    };
    words.iter().map(owned).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn base64(mut number: usize) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = Vec::new();
    loop {
        digits.insert(0, DIGITS[number % 64]);
        number /= 64;
        if number == 0 {
            return String::from_utf8(digits).unwrap();
        }
    }
}

/// Articles one after the other, and their places.
fn articles(entries: &[(&str, &str)]) -> (Vec<u8>, Vec<(usize, usize)>) {
    let mut bytes = Vec::new();
    let places = entries.iter().map(|(_, article)| {
        let start = bytes.len();
        bytes.extend_from_slice(article.as_bytes());
        (start, article.len())
    });
    let places = places.collect();
    (bytes, places)
}

fn dictd(entries: &[(&str, &str)]) -> (Vec<u8>, Vec<u8>) {
    let (bytes, places) = articles(entries);
    let lines = entries
        .iter()
        .zip(places)
        .map(|((word, _), (start, len))| format!("{word}\t{}\t{}\n", base64(start), base64(len)));
    (lines.collect::<String>().into_bytes(), bytes)
}

fn stardict(entries: &[(&str, &str)]) -> (Vec<u8>, Vec<u8>) {
    let (bytes, places) = articles(entries);
    let mut index = Vec::new();
    for ((word, _), (start, len)) in entries.iter().zip(places) {
        index.extend_from_slice(word.as_bytes());
        index.push(0);
        index.extend_from_slice(&(start as u32).to_be_bytes());
        index.extend_from_slice(&(len as u32).to_be_bytes());
    }
    (index, bytes)
}

const TEI: &str = r#"<?xml version="1.0"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt><title>Italian-English Ferry Dictionary</title>
</titleStmt></fileDesc></teiHeader><text><body xml:lang="it">
<entry><form><orth>traghetto</orth><pron>x</pron></form><gramGrp><pos>n</pos></gramGrp>
<sense><cit type="trans" xml:lang="en"><quote>ferry</quote></cit><cit type="trans"><quote>ferryboat</quote></cit></sense>
<sense><cit type="example"><quote>il traghetto parte</quote><cit type="trans"><quote>the ferry leaves</quote></cit></cit></sense>
</entry><entry><form><orth>Molo</orth></form><sense><cit type="trans"><quote>pier</quote></cit></sense></entry>
</body></text></TEI>"#;

fn expected() -> Vec<Vec<String>> {
    let own = |words: &[&str]| words.iter().map(|word| word.to_string()).collect();
    vec![own(&["ferry", "ferryboat"]), own(&["pier"]), own(&[])]
}

const WORDS: [&str; 3] = ["traghetto", "molo", "nave"];

#[test]
fn tables_name_their_languages_in_a_line_or_in_their_name() {
    let table = "# ours\nit\ten\ntraghetto\tferry (boat); ferryboat\tn\n\nMolo\tpier\n";
    assert_eq!(says(&[("words.tsv", table.as_bytes())], &WORDS), expected());
    let bare = "\u{feff}traghetto\tferry, ferryboat\nMolo\tpier\n";
    assert_eq!(says(&[("it-en.txt", bare.as_bytes())], &WORDS), expected());
    // It serves the other way too.
    let back = "ferry\ttraghetto\nferryboat\ttraghetto\npier\tmolo\n";
    assert_eq!(says(&[("en-it.tsv", back.as_bytes())], &WORDS), expected());
}

#[test]
fn tei_by_its_title_and_without_examples() {
    assert_eq!(says(&[("a.tei", TEI.as_bytes())], &WORDS), expected());
    let untitled = TEI.replace("Italian-English Ferry", "My");
    assert_eq!(says(&[("a.xml", untitled.as_bytes())], &WORDS), expected());
}

#[test]
fn dictd_packed_or_not() {
    let (index, dict) = dictd(&[
        (
            "00databaseshort",
            "\n     Italian-English Ferry Dictionary ver. 1\n",
        ),
        ("00databaseinfo", "traghetto, molo\n"),
        (
            "traghetto",
            "traghetto /traˈɡetto/ <n>\n1. ferry 2.\nof boats\n2. ferryboat [rare]\n",
        ),
        ("molo", "Molo /x/ <n>\npier\ndove si sbarca, si imbarca\n"),
        ("nave", "nave\n see: {molo}, {traghetto}\n"),
    ]);
    let (index, dict) = (&index[..], &dict[..]);
    assert_eq!(
        says(&[("a.index", index), ("a.dict", dict)], &WORDS),
        expected()
    );
    let gz = packed(dict);
    assert_eq!(
        says(&[("a.dict.dz", &gz), ("a.index", index)], &WORDS),
        expected()
    );
}

#[test]
fn stardict_of_plain_text_of_tags_and_of_mixed_parts() {
    let ifo = "StarDict's dict ifo file\nversion=2.4.2\nbookname=Italian-English\n";
    let plain = format!("{ifo}sametypesequence=m\n");
    let (index, dict) = stardict(&[
        ("traghetto", "ferry; ferryboat"),
        ("Molo", "pier\nwhere ships land"),
    ]);
    let all = |ifo: &str, index: &[u8], dict: &[u8]| {
        says(
            &[
                ("a.ifo", ifo.as_bytes()),
                ("a.idx", index),
                ("a.dict.dz", &packed(dict)),
            ],
            &WORDS,
        )
    };
    assert_eq!(all(&plain, &index, &dict), expected());
    let (index, dict) = stardict(&[
        (
            "traghetto",
            "<b>traghetto</b><br/><i>n</i> 1. ferry<div>2. ferryboat</div>",
        ),
        ("Molo", "<div>pier</div><div>where ships land</div>"),
    ]);
    let tagged = format!("{ifo}sametypesequence=h\n");
    let found = all(&tagged, &index, &dict);
    assert_eq!(found[1], ["pier"]);
    let (index, dict) = stardict(&[
        ("traghetto", "tx\0mferry, ferryboat\0"),
        ("Molo", "mpier\0"),
    ]);
    assert_eq!(all(ifo, &index, &dict), expected());
    let synonyms = [&b"nave\0"[..], &1u32.to_be_bytes()].concat();
    let files: [(&str, &[u8]); 4] = [
        ("a.ifo", ifo.as_bytes()),
        ("a.idx", &index),
        ("a.dict", &dict),
        ("a.syn", &synonyms),
    ];
    assert_eq!(says(&files, &WORDS)[2], ["pier"]);
}

#[test]
fn what_is_broken_empty_or_of_unknown_languages_is_named() {
    let (index, dict) = dictd(&[("traghetto", "traghetto\nferry\n")]);
    let (cut, _) = dictd(&[("traghetto", "traghetto\nferry, ferryboat\n")]);
    let ifo = b"StarDict's dict ifo file\nbookname=x\n";
    for (files, expected) in [
        (vec![("it-en.tsv", &b""[..])], "it has no translations"),
        (vec![("it-en.tsv", b"uno\n")], "line 1 has no second column"),
        (
            vec![("it-en.tsv", b"a\tb\nc\t\xff\n")],
            "byte 6 is none of UTF-8's",
        ),
        (
            vec![("words.tsv", b"uno\tone\n")],
            "doesn't say which languages it is about",
        ),
        (
            vec![("it-it.tsv", b"uno\tuno\n")],
            "about one language only",
        ),
        (vec![("it-en.tei", b"<TEI>")], "it is no well-formed XML"),
        (vec![("it-en.index", &index[..])], "reading the dictionary"),
        (
            vec![("it-en.index", &cut[..]), ("it-en.dict", &dict[..])],
            "line 1 (\"traghetto\") points past",
        ),
        (
            vec![("it-en.index", b"uno\n"), ("it-en.dict", &dict[..])],
            "line 1 isn't word, place and length",
        ),
        (
            vec![("it-en.index", &index[..]), ("it-en.dict.dz", b"no gzip")],
            "it can't be unpacked",
        ),
        (
            vec![("it-en.ifo", b"x"), ("it-en.idx", b""), ("it-en.dict", b"")],
            "it doesn't begin as StarDict's do",
        ),
        (
            vec![
                ("it-en.ifo", ifo),
                ("it-en.idx", b"a\0\0"),
                ("it-en.dict", b""),
            ],
            "its index is damaged",
        ),
    ] {
        let folder = folder(&files);
        let error = open(folder.path().join(files[0].0)).unwrap_err();
        assert!(
            error.to_string().contains(expected),
            "{error}, not {expected}"
        );
    }
}

#[test]
fn no_byte_of_an_index_is_trusted() {
    let (index, dict) = stardict(&[("traghetto", "mferry\0"), ("molo", "mpier\0")]);
    for at in 0..index.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut broken = index.clone();
            broken[at] = value;
            let ifo = b"StarDict's dict ifo file\nbookname=Italian-English\n";
            let folder = folder(&[("a.ifo", ifo), ("a.idx", &broken), ("a.dict", &dict)]);
            let _ = open(folder.path().join("a.ifo"));
        }
    }
}

#[test]
fn a_file_may_be_named_with_its_languages() {
    let named: DictionaryFile = "it-en:my words.tsv".parse().unwrap();
    assert_eq!(named.direction, Some((lang("it"), lang("en"))));
    assert_eq!(named.path, PathBuf::from("my words.tsv"));
    let bare: DictionaryFile = "C:\\words.tsv".parse().unwrap();
    assert_eq!(bare.direction, None);
    assert!("it-en:".parse::<DictionaryFile>().is_err());
}

#[test]
fn a_dictionary_of_other_languages_is_told() {
    let folder = folder(&[("it-de.tsv", "molo\tMole\n".as_bytes())]);
    let all = Dictionaries(vec![open(folder.path().join("it-de.tsv")).unwrap().into()]);
    assert!(all.between(lang("it"), lang("en")).is_none());
    let told = all.idle(&[(lang("it"), lang("en"))]);
    assert!(
        told[0].contains("is about Italian and German: it says nothing here (it → en)"),
        "{told:?}"
    );
    assert!(
        all.idle(&[(lang("it"), lang("en")), (lang("de"), lang("it"))])
            .is_empty()
    );
    assert!(all.hash().is_some() && Dictionaries::default().hash().is_none());
}

#[test]
fn words_of_whose_renderings_there_is_none() {
    let table = "it\ten\ninvestire\tinvest, run over\nvecchio\told, ancient\ncane\tdog\nnon\tnot\nfarina\tflour\n";
    let folder = folder(&[("a.tsv", table.as_bytes())]);
    let all = Dictionaries(vec![open(folder.path().join("a.tsv")).unwrap().into()]);
    let book = all.between(lang("it"), lang("en")).unwrap();
    let lost = |target: &str| {
        let source = "Non investire il vecchio cane.";
        let lost = book.unrendered(source, target).into_iter();
        lost.map(|one| (one.span.of(source).to_owned(), one.gloss()))
            .collect::<Vec<_>>()
    };
    assert!(lost("Don't run over the ancient dogs.").is_empty());
    let one = [("cane".to_owned(), "dog".to_owned())];
    assert_eq!(lost("Don't invest in the old cat."), one);
    assert_eq!(lost("It crossed.").len(), 3);
}
