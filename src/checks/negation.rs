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
            "no impossibil* incapac* rifiut* neg* manc* priv* evit* imped* esclu* eccetto tranne salvo poc* raramente difficil* \
             finché fino invece anziché solo soltanto appena privo assen* perd* perso inutil* ins* in* ir* il* im* dis* s* \
             anti* contr* vietat* proib* fall* smett* ignor* termin* prima meno sconosciut* estint* altro ness* respint* respin* a* \
             oltre",
        ),
        Lang::EN => (
            "not never no nobody nothing none neither nor without cannot nowhere",
            "t un* in* im* il* ir* dis* non* *less fail* lack* refus* den* avoid* prevent* prohibit* ban banned forbid* exclu* except \
             hardly barely scarcely rarely seldom few little only until unless rather instead but miss* los* reject* ignor* stop* \
             away free out absen* minimal far difficult* hard oppos* anti* away off rid beyond yet end* any anyone anything ever \
             other anti* abstain* least less",
        ),
        Lang::FR => (
            "ne n pas jamais aucun aucune rien personne sans ni nulle nul",
            "non impossible* incapable* refus* manqu* évit* empêch* exclu* sauf peu rarement difficil* seulement in* im* ir* il* dé* \
             dis* mé* anti* contre interdi* échou* ignor* avant moins hors perdu* absen* priv* plutôt autre* que mal* plus",
        ),
        Lang::DE => (
            "nicht nie niemals kein keine keinen keinem keiner keines nichts niemand ohne weder nirgends",
            "nein un* *los *lose *losen *loser *loses *frei kaum selten wenig* nur erst bevor fehl* mangel* verhinder* vermeid* verbot* \
             verbiet* verweiger* ausgeschlossen* außer statt sondern weniger ab* ver* gegen anti* miss* ent* lehn* schwer* noch \
             keinerlei keineswegs nichtig* scheiter* aus* schwierig* in*",
        ),
        Lang::ES => (
            "no nunca jamás nadie nada ningún ninguno ninguna sin ni tampoco",
            "imposible* incapa* negar* nieg* negó falt* evit* imped* exclu* excepto salvo poc* apenas difícil* solo sólo in* im* ir* il* \
             des* dis* anti* contra prohib* fracas* ignor* hasta menos fuera perd* ausen* priv* sino vez carec* rechaz* antes otro*",
        ),
        Lang::PT => (
            "não nunca jamais ninguém nada nenhum nenhuma sem nem",
            "impossíve* incapa* negar* nega negou falt* evit* imped* exclu* exceto salvo pouc* apenas difíc* só somente in* im* ir* \
             il* des* dis* anti* contra proib* fracass* ignor* até menos fora perd* ausên* ausen* priv* mas vez carec* rejeit* recus* \
             antes tampouco outro* deix*",
        ),
        _ => return None,
    };
    Some(Words { plain, other })
}

fn matches(word: &str, entry: &str) -> bool {
    if let Some(stem) = entry.strip_suffix('*') {
        // A prefix such as "un-" or "in-" needs a word behind it.
        word.starts_with(stem) && word.len() > stem.len() + 3
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
        if !contracted && !list.split_ascii_whitespace().any(|entry| entry == word.lower) {
            continue;
        }
        let idle = match side.lang {
            Lang::IT => {
                matches!(next, "solo" | "soltanto" | "appena" | "solamente" | "che")
                    || matches!(previous, "se" | "finché" | "che")
                    || &*word.lower == "mai" && previous != "non"
            }
            Lang::EN => {
                matches!(next, "only" | "just" | "least" | "merely") || matches!(&*word.lower, "no") && matches!(next, "longer" | "1" | "2" | "3" | "doubt" | "matter")
            }
            Lang::FR => {
                // "ne … que" is "only"; "plus", "personne" and "pas" alone prove little.
                matches!(next, "seulement" | "plus") || !matches!(&*word.lower, "ne" | "n" | "sans" | "aucun" | "aucune" | "jamais" | "ni" | "pas")
                    || matches!(&*word.lower, "n" | "ne") && (1..9).any(|k| side.lower(i + k) == "que")
            }
            Lang::DE => matches!(next, "nur" | "zuletzt" | "mehr"),
            Lang::ES => matches!(next, "solo" | "sólo" | "solamente" | "obstante" | "más") || matches!(previous, "si" | "que"),
            Lang::PT => matches!(next, "só" | "apenas" | "somente" | "obstante") || matches!(previous, "se" | "que"),
            _ => false,
        };
        if !idle {
            spans.push(word.span);
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
    if let (Some(span), [], false) = (before.first(), &after[..], any_negative(target, &to)) {
        found.push(
            Finding::warning(CheckId::Negation, format!("the negation \"{}\" was lost", span.of(source.text))).at_source(*span),
        );
    }
    if let ([], Some(span), false) = (&before[..], after.first(), any_negative(source, &from)) {
        found.push(
            Finding::warning(CheckId::Negation, format!("the negation \"{}\" is not in the source", span.of(target.text)))
                .at_target(*span),
        );
    }
}
