//! A language that the program doesn't have, given to it as a folder of words.

use std::fs;
use std::path::Path;

use traghetto::checks::{Finding, Options, Pair, check, nonwords};
use traghetto::languages;
use traghetto::text::{Lang, sentences};

/// As much Dutch as the test needs.
const DUTCH: &[(&str, &str)] = &[
    ("forms.txt", "de monding is gesloten"),
    (
        "numerals.toml",
        r#"
        compounds = "germanic"
        hundred = "honderd"
        and = "en ën"
        [cardinals]
        1 = "een één"
        2 = "twee"
        3 = "drie"
        4 = "vier"
        7 = "zeven"
        8 = "acht"
        20 = "twintig"
        30 = "dertig"
        [powers]
        1000 = "duizend"
        [fractions]
        2 = "helft"
        "#,
    ),
    (
        "calendar.toml",
        r#"
        months = ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus",
                  "september", "oktober", "november", "december"]
        weekdays = ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"]
        "#,
    ),
    (
        "negation.toml",
        r#"
        plain = "niet nooit geen"
        "#,
    ),
    (
        "clock.toml",
        r#"
        noon = ["middag"]
        midnight = ["middernacht"]
        hours = "uur"
        introduced = "om"
        before_digits = "om"
        half = "half"
        quarter = "kwart"
        before_minutes = "om"
        after = "over"
        to = "voor"
        "#,
    ),
    (
        "profile.toml",
        r#"
        grammar = "germanic"
        length = 1.15
        common = "de het een van en dat die niet met voor zijn aan hij er maar om"
        "#,
    ),
    (
        "function.txt",
        "de het een van en dat die niet met voor zijn aan hij er maar om werd\n+ is in we\n",
    ),
    (
        "remarks.toml",
        r#"
        remarks = ["hier is de vertaling"]
        labels = ["vertaling:"]
        topic = ["vertaal", "vertaling"]
        profanity = "klootzak*"
        "#,
    ),
    (
        "phrases.toml",
        r#"
        idioms = ["onder vier ogen"]
        doubtful = [{ words = "een" }]
        times = "keer maal"
        [multiples]
        2 = "verdubbel"
        "#,
    ),
    ("capitals.txt", "minister koning europees*\n"),
    (
        "abbreviations.toml",
        r#"
        joins = "dhr mevr bijv"
        starters = "de het"
        "#,
    ),
];

/// Words that go wrong from Dutch into English.
const TRAPS: &str = "never\teventueel\teventually\tpossibly\tno text\n";

fn write_dutch(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let pairs = folder.parent().unwrap().join("pairs");
    fs::create_dir_all(&pairs).unwrap();
    fs::write(pairs.join("nl-en.tsv"), TRAPS).unwrap();
    for (file, text) in DUTCH {
        fs::write(folder.join(file), text).unwrap();
    }
}

fn findings(from: &str, to: &str, source: &str, target: &str) -> Vec<Finding> {
    let pair = Pair {
        source,
        target,
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    };
    check(&pair, &Options::default())
}

/// From one language to another, a source, its translation, and the finding, if there is one.
type Told<'a> = (&'a str, &'a str, &'a str, &'a str, Option<&'a str>);

/// What the words of the folder let the rules see, the lost denial first.
const PAIRS: &[Told] = &[
    (
        "nl",
        "en",
        "De minister heeft de nieuwe wet niet ondertekend.",
        "The minister has signed the new law.",
        Some("negation"),
    ),
    (
        "nl",
        "en",
        "De minister heeft de nieuwe wet niet ondertekend.",
        "The minister has not signed the new law.",
        None,
    ),
    (
        "nl",
        "en",
        "Bij het ongeluk raakten zevenentwintig mensen gewond.",
        "Twenty-seven people were injured in the accident.",
        None,
    ),
    (
        "nl",
        "en",
        "Bij het ongeluk raakten zevenentwintig mensen gewond.",
        "Thirty-seven people were injured in the accident.",
        Some("number"),
    ),
    (
        "it",
        "nl",
        "Nell’incidente sono rimaste ferite 230 persone.",
        "Bij het ongeluk raakten tweehonderddertig mensen gewond.",
        None,
    ),
    (
        "nl",
        "en",
        "De verkiezingen zijn op 3 maart en niet eerder.",
        "The elections are on 3 March and not before.",
        None,
    ),
    (
        "nl",
        "en",
        "De verkiezingen zijn op 3 maart en niet eerder.",
        "The elections are on 3 April and not before.",
        Some("date"),
    ),
    // The words are the folder's, the grammar is German's.
    (
        "nl",
        "en",
        "De trein komt om kwart voor acht aan.",
        "The train arrives at a quarter to eight.",
        None,
    ),
    (
        "nl",
        "en",
        "De trein komt om half acht aan.",
        "The train arrives at half past eight.",
        Some("date"),
    ),
    // Each of the other files.
    (
        "nl",
        "en",
        "De trein komt om 17 uur aan.",
        "The train arrives at 6 p.m.",
        Some("date"),
    ),
    (
        "nl",
        "en",
        "De twee spraken onder vier ogen.",
        "The two spoke in private.",
        None,
    ),
    (
        "en",
        "nl",
        "The law was signed yesterday.",
        "Hier is de vertaling: De wet werd gisteren ondertekend.",
        Some("commentary"),
    ),
    (
        "en",
        "nl",
        "The minister is a fool.",
        "De minister is een klootzak.",
        Some("profanity"),
    ),
    (
        "nl",
        "en",
        "De wet werd gisteren in Den Haag met een grote meerderheid aangenomen en geldt vanaf maart.",
        "The law was passed yesterday in The Hague met een grote meerderheid and is in force from March.",
        Some("untranslated"),
    ),
    (
        "nl",
        "en",
        "Gisteren sprak de regering met Wilders.",
        "The government spoke with others yesterday.",
        Some("name"),
    ),
    // A pair of languages has its own list.
    (
        "nl",
        "en",
        "De winkel is eventueel open.",
        "The shop is eventually open.",
        Some("idiom"),
    ),
];

/// The only test of this process that speaks Dutch, since what is loaded holds for all of them.
#[test]
fn dutch_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    write_dutch(&folder.path().join("nl"));
    let dutch: Lang = "nl".parse().unwrap();
    let text = "Het was dhr. Jansen. De minister kwam.";
    let spans = |text| {
        let spans = sentences(text, Some(dutch));
        spans.iter().map(|span| span.of(text)).collect::<Vec<_>>()
    };
    // Without its words Dutch has the neutral rules only.
    assert_eq!(spans(text).len(), 3);
    let (from, to, source, target, _) = PAIRS[0];
    assert_eq!(findings(from, to, source, target), []);

    assert_eq!(languages::load(folder.path()).unwrap(), [dutch]);
    assert_eq!(spans(text), ["Het was dhr. Jansen.", "De minister kwam."]);
    for (from, to, source, target, expected) in PAIRS {
        let found = findings(from, to, source, target);
        let ids: Vec<_> = found.iter().map(|finding| finding.check.id()).collect();
        assert_eq!(ids, Vec::from_iter(*expected), "{target}: {found:?}");
    }
    let made_up = |target| {
        let pair = Pair {
            source: "The estuary is closed.",
            target,
            from: Lang::EN,
            to: dutch,
        };
        nonwords(&pair, &[], false, &[]).len()
    };
    assert_eq!(made_up("De monding is gesloten."), 0);
    assert_eq!(made_up("De estuarie is gesloten."), 1);
}

/// The program reads the folder beside its configuration file.
#[test]
fn the_program_reads_the_users_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("config/traghetto/languages/nl");
    write_dutch(&folder);
    let models = || {
        let mut command = crate::support::traghetto(home.path());
        command.args(["models", "list"]).output().unwrap()
    };
    assert!(models().status.success());
    fs::write(folder.join("calendar.toml"), "months = [\"januari\"]").unwrap();
    let output = models();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    let expected = "calendar.toml: a list has 1 items, not 12";
    assert!(said.contains(expected), "{said}");
}
