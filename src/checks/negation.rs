//! A negation that was lost or came out of nowhere. Only a hint: languages negate in many ways ("unable to", "finché
//! non"), so anything negative on one side answers to a plain negation on the other.

use super::words::Side;
use super::{CheckId, Finding};
use crate::text::{Lang, Span};

/// The negative words of a language.
struct Words {
    /// A plain negation: it turns the sentence round.
    plain: &'static str,
    /// Anything else with a "no" in it; stems end in `*`.
    other: &'static str,
}

fn words(lang: Lang) -> Option<Words> {
    let (plain, other) = match lang {
        Lang::IT => (
            "non mai nessuno nessun nessuna né senza niente nulla neanche nemmeno neppure mica",
            "no impossibil* incapac* rifiut* neg* manc* priv* evit* imped* esclu* eccetto tranne salvo poco poca pochi poche \
             raramente difficilmente finché fino invece anziché solo soltanto appena privo assen* perd* perso persa inutil* \
             insufficien* inadeguat* incert* indipenden* invisibil* illegal* irregolar* sconosciut* disoccup* disabil* vietat* \
             proib* fallit* fallì smett* smesso ignor* respint* meno estint* oltre illes* insaputa gratuit* vuot* nullo vieta* sottovalut* cieco cieca ciechi oltre",
        ),
        Lang::EN => (
            "not never no nobody nothing none neither nor without cannot nowhere",
            "t non unm* undis* blind empty una* unb* unc* une* unf* unh* unk* unl* unn* unp* unr* uns* unu* unw* *less fail* lack* refus* den* avoid* prevent* \
             prohibit* ban banned forbid* exclu* except hardly barely scarcely rarely seldom few little only until unless rather \
             instead but miss* los* lost reject* ignor* stop* away free absen* minimal difficult* oppos* beyond yet impossib* incapab* \
             inab* insuff* inadequ* inaccur* independ* invisib* illegal* illiter* irregul* disab* disagree* least less far anything \
             anyone any",
        ),
        Lang::FR => (
            "ne n pas jamais aucun aucune rien personne sans ni nulle nul",
            "non impossible* incapable* refus* manqu* évit* empêch* exclu* sauf peu rarement difficile* difficilement seulement seul \
             contre interdi* échou* ignor* avant moins hors perdu* absen* priv* plutôt inutil* inconnu* insuffis* indépend* illégal* \
             irrégul* pas",
        ),
        Lang::DE => (
            "nicht nie niemals kein keine keinen keinem keiner keines nichts niemand ohne weder nirgends",
            "nein un* *los *lose *losen *loser *loses *frei kaum selten wenig* nur fehl* mangel* verhinder* vermeid* verbot* \
             verbiet* verweiger* ausgeschlossen* außer statt sondern weniger gegen miss* lehn* keinerlei keineswegs scheiter* schwer*",
        ),
        Lang::ES => (
            "no nunca jamás nadie nada ningún ninguno ninguna sin ni tampoco",
            "imposible* incapa* negar* nieg* negó falt* evit* imped* exclu* excepto salvo poco poca pocos pocas apenas difícil* solo \
             sólo contra prohib* fracas* ignor* hasta menos fuera perd* ausen* priv* sino vez carec* rechaz* inútil* insuficien* \
             inadecuad* independ* invisib* ilegal* irregular* desconoc*",
        ),
        Lang::PT => (
            "não nunca jamais ninguém nada nenhum nenhuma sem nem",
            "impossíve* incapa* negar* nega negou falt* evit* imped* exclu* exceto salvo pouco pouca poucos poucas apenas difíc* só \
             somente contra proib* fracass* ignor* até menos fora perd* ausên* ausen* priv* vez carec* rejeit* recus* tampouco deix* \
             inútil* insuficien* inadequad* independ* invisí* ilegal* irregular* desconhec* vazi* gratuit* iles*",
        ),
        _ => return None,
    };
    Some(Words { plain, other })
}

fn matches(word: &str, entry: &str) -> bool {
    if let Some(stem) = entry.strip_suffix('*') {
        word.starts_with(stem)
    } else if let Some(end) = entry.strip_prefix('*') {
        word.ends_with(end) && word.len() > end.len() + 2
    } else {
        word == entry
    }
}

/// The plain negations of a side, without those that negate nothing ("non solo … ma anche", "finché non").
fn plain(side: &Side, list: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (i, word) in side.words.iter().enumerate() {
        let previous = if i > 0 { side.lower(i - 1) } else { "" };
        let next = side.lower(i + 1);
        // "can’t" is cut before its t.
        let contracted = side.lang == Lang::EN
            && &*word.lower == "t"
            && previous.ends_with('n')
            && matches!(side.before(i), "'" | "’");
        if !contracted
            && !list
                .split_ascii_whitespace()
                .any(|entry| entry == word.lower)
        {
            continue;
        }
        let idle = match side.lang {
            Lang::IT => {
                matches!(
                    next,
                    "solo" | "soltanto" | "appena" | "solamente" | "che" | "dubbio" | "fiato"
                ) || matches!((next, side.lower(i + 2)), ("a", "caso") | ("da", "poco"))
                    || matches!(previous, "se" | "finché" | "che" | "impossibile")
                    || &*word.lower == "mai" && previous != "non"
            }
            Lang::EN => {
                matches!(next, "only" | "just" | "least" | "merely")
                    || matches!(&*word.lower, "no")
                        && (matches!(next, "longer" | "doubt" | "matter" | "confidence")
                            || next.starts_with(|c: char| c.is_ascii_digit()))
            }
            Lang::FR => {
                // "ne … que" is "only"; "plus", "personne" and "pas" alone prove little.
                matches!(next, "seulement" | "plus")
                    || !matches!(
                        &*word.lower,
                        "ne" | "n" | "sans" | "aucun" | "aucune" | "jamais" | "ni" | "pas"
                    )
                    || matches!(&*word.lower, "n" | "ne")
                        && (1..9).any(|k| side.lower(i + k) == "que")
            }
            Lang::DE => matches!(next, "nur" | "zuletzt" | "mehr"),
            Lang::ES => {
                matches!(next, "solo" | "sólo" | "solamente" | "obstante" | "más")
                    || matches!(previous, "si" | "que")
            }
            Lang::PT => {
                matches!(next, "só" | "apenas" | "somente" | "obstante")
                    || matches!(previous, "se" | "que")
            }
            _ => false,
        };
        if !idle {
            // "hasn’t" as a whole
            let start = if contracted { i - 1 } else { i };
            spans.push(Span {
                start: side.words[start].span.start,
                ..word.span
            });
        }
    }
    spans
}

fn any_negative(side: &Side, words: &Words) -> bool {
    side.words.iter().any(|word| {
        words
            .plain
            .split_ascii_whitespace()
            .chain(words.other.split_ascii_whitespace())
            .any(|entry| matches(&word.lower, entry))
    })
}

/// Compares the two sides, both ways.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (Some(from), Some(to)) = (words(source.lang), words(target.lang)) else {
        return;
    };
    let before = plain(source, from.plain);
    let after = plain(target, to.plain);
    match (before.first(), after.first()) {
        (Some(span), None) if !any_negative(target, &to) => {
            let message = format!("the negation \"{}\" was lost", span.of(source.text));
            found.push(Finding::warning(CheckId::Negation, message).at_source(*span));
        }
        (None, Some(span)) if !any_negative(source, &from) => {
            let words = span.of(target.text);
            let message = format!("the negation \"{words}\" is not in the source");
            found.push(Finding::warning(CheckId::Negation, message).at_target(*span));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flagged(from: Lang, to: Lang, source: &str, target: &str) -> bool {
        let mut found = Vec::new();
        check(&Side::new(source, from), &Side::new(target, to), &mut found);
        !found.is_empty()
    }

    #[test]
    fn lost_and_added_negations() {
        let (it, en, fr, de) = (Lang::IT, Lang::EN, Lang::FR, Lang::DE);
        for (from, to, source, target, expected) in [
            (
                it,
                en,
                "Il governo non ha risposto",
                "The government has replied",
                true,
            ),
            (
                it,
                en,
                "Il governo ha risposto",
                "The government has not replied",
                true,
            ),
            (
                it,
                en,
                "Il governo non ha risposto",
                "The government hasn’t replied",
                false,
            ),
            (
                it,
                en,
                "Non solo il governo ha risposto",
                "The government has replied, too",
                false,
            ),
            (it, en, "Non è possibile", "It is impossible", false),
            (en, de, "He never came", "Er kam", true),
            (en, de, "He never came", "Er kam nie", false),
            (fr, en, "Il n’est pas venu", "He came", true),
            (fr, en, "Il n’a que deux ans", "He is two", false),
        ] {
            assert_eq!(
                flagged(from, to, source, target),
                expected,
                "{source} | {target}"
            );
        }
    }
}
