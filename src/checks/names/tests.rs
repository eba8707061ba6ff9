use super::*;
use crate::checks::tests::rows;
use crate::text::Lang;

fn lang(code: &str) -> Lang {
    code.parse().unwrap()
}

fn findings(from: Lang, to: Lang, source: &str, target: &str) -> Vec<String> {
    let mut found = Vec::new();
    check(&Side::new(source, from), &Side::new(target, to), &mut found);
    found.into_iter().map(|finding| finding.message).collect()
}

#[test]
fn names_that_came_through() {
    for (source, target) in [
        (
            "Lunedì Putin era a Mosca con Tokayev",
            "On Monday Putin was in Moscow with Tokayev",
        ),
        (
            "l’Organizzazione della Csto e l’Osce in Kazakistan",
            "the CSTO organisation and the OSCE in Kazakhstan",
        ),
        ("la visita a San Pietroburgo", "the visit to St. Petersburg"),
        ("gli Stati Uniti e la Nato", "the US and NATO"),
        ("il nuoto degli Italiani", "the Italians' swimming"),
        ("il dna e l’Ue", "DNA and the EU"),
        ("i tifosi della AS Roma", "the supporters of AS Roma"),
        (
            "il Politecnico di Milano e quello di Torino",
            "the polytechnics of Turin and Milan",
        ),
        (
            "il fotografo di Philadelphia",
            "the photographer from Philadelphia",
        ),
    ] {
        assert_eq!(
            findings(lang("it"), Lang::EN, source, target),
            [""; 0],
            "{source}"
        );
    }
    for (source, target) in [
        ("it costs US$30 or so", "costa circa 30 dollari"),
        ("USD 30 for 8 GB", "8 gigabyte per 30 dollari"),
        (
            "the fans of Paris Saint-Germain left",
            "i tifosi del PSG sono partiti",
        ),
        (
            "the House of Commons voted",
            "la Camera dei Comuni ha votato",
        ),
        ("it was 104 degrees Fahrenheit", "c’erano 40 gradi"),
        (
            "the temple burnt in 356 BCE",
            "il tempio bruciò nel 356 a.C.",
        ),
        ("for the Brazilian striker", "per l'attaccante brasiliano"),
    ] {
        assert_eq!(findings(Lang::EN, lang("it"), source, target), [""; 0]);
    }
    assert_eq!(
        findings(
            Lang::EN,
            lang("fr"),
            "a Russian in DNA tests with NATO",
            "un Russe dans des tests ADN avec l’OTAN"
        ),
        [""; 0]
    );
}

/// Acronyms that are spelt like words, and peoples.
const KEPT: &str = "
es-pt Uno de los 7 detenidos habló | Um dos 7 detidos falou
es-it La ONU vino, y uno de ellos | L’ONU e uno di loro
en-fr extravehicular activity (EVA) began | la sortie commença
es-en EL Reino quedó solo | It was left alone
en-fr the Assyrians and the Ephesians | les Assyriens et les Ephésiens
en-it beat the Canadian in two sets | ha battuto il canadese
en-de in south west Asia | in Südwestasien
";

#[test]
fn an_acronym_is_not_the_word_that_it_is_spelt_like() {
    for (from, to, cells) in rows(KEPT) {
        assert_eq!(findings(from, to, cells[0], cells[1]), [""; 0]);
    }
    for (source, target, expected) in [
        (
            "la sede dell’ONU",
            "the seat of the ONU",
            "the name \"ONU\" is left as in Italian: \"UN\"",
        ),
        (
            "secondo l’Oms",
            "he who was there",
            "the name \"Oms\" has no counterpart",
        ),
    ] {
        assert_eq!(findings(lang("it"), Lang::EN, source, target), [expected]);
    }
}

#[test]
fn names_lost_and_mangled() {
    for (source, target, expected) in [
        (
            "ieri Putin tace",
            "he was silent yesterday",
            "the name \"Putin\" has no counterpart",
        ),
        (
            "ieri Ablyazov tace",
            "Ablazov was silent yesterday",
            "the name \"Ablyazov\" became \"Ablazov\"",
        ),
        (
            "ieri a Mosca",
            "yesterday in Madrid",
            "the name \"Mosca\" has no counterpart",
        ),
        (
            "ieri a Siviglia",
            "yesterday in Siviglia",
            "the name \"Siviglia\" is left as in Italian: \"Seville\"",
        ),
        (
            "una geografa dell’Università di Trento",
            "a geographer at the University of Turin",
            "the name \"Trento\" became \"Turin\"",
        ),
        (
            "secondo la FIGC",
            "according to the federation",
            "the acronym \"FIGC\" has no counterpart",
        ),
        (
            "La Bce tace",
            "The OECD is silent",
            "the name \"Bce\" has no counterpart",
        ),
        (
            "secondo la CGIL",
            "according to CGIT",
            "the acronym \"CGIL\" became \"CGIT\"",
        ),
    ] {
        assert_eq!(findings(lang("it"), Lang::EN, source, target), [expected]);
    }
}
