//! Number words that count nothing: pronouns, decades, other words that look the same, idioms.

use crate::checks::words::Side;
use crate::text::Lang;

/// Whether the number at word `i` has an article before it and a verb behind it.
pub(super) fn is_pronoun(side: &Side, i: usize) -> bool {
    let before = i.checked_sub(1).map_or("", |at| side.lower(at));
    let next = side.lower(i + 1);
    match side.lang {
        Lang::IT => {
            matches!(before, "i" | "le")
                && matches!(
                    next,
                    "si" | "hanno" | "sono" | "erano" | "avevano" | "non" | "ci"
                )
        }
        Lang::EN => {
            before == "the" && matches!(next, "have" | "are" | "were" | "had" | "will" | "did")
        }
        Lang::FR => before == "les" && matches!(next, "ont" | "sont" | "se" | "ne" | "étaient"),
        Lang::ES => matches!(before, "los" | "las") && matches!(next, "se" | "han" | "son" | "no"),
        Lang::PT => {
            matches!(before, "os" | "as") && matches!(next, "se" | "são" | "não" | "foram" | "têm")
        }
        Lang::DE => before == "die" && matches!(next, "haben" | "sind" | "waren" | "hatten"),
        _ => false,
    }
}

/// Whether word `i`, a multiple of ten, names a decade: "gli anni Settanta", "the late seventies".
pub(super) fn decade(side: &Side, i: usize) -> bool {
    let before = |n: usize| i.checked_sub(n).map_or("", |at| side.lower(at));
    match side.lang {
        Lang::IT | Lang::FR | Lang::ES | Lang::PT => {
            matches!(before(1), "anni" | "années" | "años" | "anos")
        }
        Lang::EN => {
            let part = matches!(before(1), "early" | "mid" | "late");
            let article = if part { before(2) } else { before(1) };
            side.lower(i).ends_with("ties") && article == "the"
        }
        Lang::DE => {
            side.lower(i).contains("zigerjahre")
                || side.lower(i).ends_with("ziger") && side.lower(i + 1).starts_with("jahre")
        }
        _ => false,
    }
}

/// "Ottocento" with a capital is the nineteenth century.
pub(super) fn italian_century(word: &str) -> Option<f64> {
    const CENTURIES: [&str; 8] = [
        "duecento",
        "trecento",
        "quattrocento",
        "cinquecento",
        "seicento",
        "settecento",
        "ottocento",
        "novecento",
    ];
    let n = CENTURIES.iter().position(|name| *name == word)?;
    Some((n + 2) as f64 * 100.0)
}

/// Number words that are other words as well.
pub(super) fn is_doubtful(side: &Side, i: usize) -> bool {
    match (side.lang, side.lower(i)) {
        // "Un confronto a due"
        (Lang::IT, "due" | "tre" | "quattro")
            if i > 0
                && side.lower(i - 1) == "a"
                && (side.after(i) != " "
                    || matches!(
                        side.lower(i + 1),
                        "" | "di" | "tra" | "fra" | "con" | "e" | "per" | "in" | "su"
                    )) =>
        {
            true
        }
        // "you are"
        (Lang::IT, "sei") => {
            matches!(
                side.lower(i + 1),
                "un" | "una" | "il" | "la" | "stato" | "stata" | "in" | "mai" | "tu" | "così"
            ) || i > 0
                && matches!(
                    side.lower(i - 1),
                    "tu" | "se" | "non" | "che" | "ci" | "dove" | "chi" | "come"
                )
        }
        // winds; cents
        (Lang::IT, "venti") => {
            i > 0
                && matches!(
                    side.lower(i - 1),
                    "i" | "dei" | "dai" | "forti" | "con" | "ai" | "nei"
                )
                || matches!(
                    side.lower(i + 1),
                    "di" | "che" | "forti" | "massimi" | "sostenuti" | "" | "da" | "fino" | "a"
                )
        }
        (Lang::FR, "cent" | "cents") => matches!(side.lower(i + 1), "de" | "d"),
        // "new"
        (Lang::FR, "neuf") => side.lower(i + 1).is_empty() || side.lower(i + 1) == "et",
        (Lang::DE, "acht") => side.words[i].capital,
        _ => false,
    }
}

/// Whether the ordinal at word `i` is none: "prima di", "secondo il giudice".
pub(super) fn is_adverb(side: &Side, i: usize) -> bool {
    let next = side.lower(i + 1);
    match (side.lang, side.lower(i)) {
        // "la prima delle quattro"
        (Lang::IT, "prima")
            if i > 0 && matches!(side.lower(i - 1), "la" | "una" | "alla" | "dalla" | "nella") =>
        {
            false
        }
        (Lang::IT, "prima") => {
            side.after(i) != " "
                || matches!(
                    next,
                    "di" | "del"
                        | "della"
                        | "dello"
                        | "dell"
                        | "dei"
                        | "degli"
                        | "delle"
                        | "d"
                        | "che"
                        | "o"
                        | "e"
                        | "ancora"
                        | "a"
                        | "in"
                )
        }
        (Lang::IT, "secondo") => {
            matches!(
                next,
                "il" | "lo"
                    | "la"
                    | "l"
                    | "i"
                    | "gli"
                    | "le"
                    | "un"
                    | "una"
                    | "uno"
                    | "quanto"
                    | "cui"
                    | "me"
                    | "fonti"
                    | "alcuni"
                    | "alcune"
                    | "molti"
                    | "lui"
                    | "loro"
            ) || !side.words[i].capital && side.words.get(i + 1).is_some_and(|word| word.capital)
        }
        (Lang::ES, "segundo" | "segunda") | (Lang::PT, "segundo") => {
            matches!(next, "o" | "a" | "os" | "as" | "um" | "uma" | "ele" | "ela")
                || !side.words[i].capital && side.words.get(i + 1).is_some_and(|word| word.capital)
        }
        // "seconds"
        (Lang::EN, "second") => {
            i > 0
                && side.words[i - 1]
                    .text
                    .ends_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    }
}

/// Turns of phrase with a number that another language says without it, or with another one.
const IDIOMS: [(Lang, &[&str]); 6] = [
    (
        Lang::IT,
        &[
            "quattro passi",
            "due passi",
            "quattro chiacchiere",
            "due chiacchiere",
            "due parole",
            "quattro parole",
            "quattro gatti",
            "quattro soldi",
            "due soldi",
            "quattro salti",
            "due righe",
            "due conti",
            "quattro e quattr otto",
            "ai quattro venti",
            "a quattr occhi",
            "farsi in quattro",
            "settimo cielo",
            "sette camicie",
            "mille grazie",
        ],
    ),
    (
        Lang::EN,
        &[
            "cloud nine",
            "seventh heaven",
            "all fours",
            "sixes and sevens",
            "nine to five",
            "square one",
            "second to none",
            "ten a penny",
            "forty winks",
            "eleventh hour",
            "quarter on quarter",
        ],
    ),
    (
        Lang::FR,
        &[
            "quatre épingles",
            "trente six chandelles",
            "se mettre en quatre",
            "cheveux en quatre",
            "deux mots",
            "quatre yeux",
            "quatre coins",
            "septième ciel",
            "cent pas",
            "mille mercis",
        ],
    ),
    (
        Lang::DE,
        &[
            "wolke sieben",
            "siebten himmel",
            "siebter himmel",
            "vier augen",
            "alle viere",
            "allen vieren",
            "sieben sachen",
            "auf hundertachtzig",
        ],
    ),
    (
        Lang::ES,
        &[
            "cuatro gatos",
            "dos palabras",
            "cuatro palabras",
            "séptimo cielo",
            "cuatro vientos",
            "mil gracias",
        ],
    ),
    (
        Lang::PT,
        &[
            "sete chaves",
            "sete cabeças",
            "duas palavras",
            "dois dedos",
            "sétimo céu",
            "quatro ventos",
            "quatro paredes",
        ],
    ),
];

/// One past the last word of the turn of phrase that starts at word `i`.
pub(super) fn idiom(side: &Side, i: usize) -> Option<usize> {
    let (_, phrases) = IDIOMS.iter().find(|(lang, _)| *lang == side.lang)?;
    phrases.iter().find_map(|phrase| {
        let words = phrase.split(' ').enumerate();
        let fits = words.clone().all(|(k, word)| side.lower(i + k) == word);
        fits.then(|| i + words.count())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_of_phrase_count_nothing() {
        for (lang, text, end) in [
            (Lang::IT, "quattro passi in centro", Some(2)),
            (Lang::DE, "Wolke sieben", Some(2)),
            (Lang::EN, "cloud nine", Some(2)),
            (Lang::IT, "quattro studenti", None),
        ] {
            assert_eq!(idiom(&Side::new(text, lang), 0), end, "{text}");
        }
    }

    #[test]
    fn adverbs_that_look_like_ordinals() {
        for (lang, text, i, expected) in [
            (Lang::IT, "prima della partita", 0, true),
            (Lang::IT, "la prima delle quattro", 1, false),
            (Lang::IT, "secondo il giudice", 0, true),
            (Lang::IT, "il secondo posto", 1, false),
            (Lang::ES, "la Segunda Guerra Mundial", 1, false),
        ] {
            assert_eq!(is_adverb(&Side::new(text, lang), i), expected, "{text}");
        }
    }
}
