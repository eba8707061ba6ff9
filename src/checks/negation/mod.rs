//! A negation that was lost or came out of nowhere. Only a hint: languages negate in many ways ("unable to", "finché
//! non"), so anything negative on one side answers to a plain negation on the other.

use super::finding::Finding;
use super::id::CheckId;
use super::words::Side;
use crate::languages::Negation;
use crate::text::Span;

fn matches(word: &str, entry: &str) -> bool {
    if let Some(stem) = entry.strip_suffix('*') {
        word.starts_with(stem)
    } else if let Some(end) = entry.strip_prefix('*') {
        word.ends_with(end) && word.len() > end.len() + 2
    } else {
        word == entry
    }
}

/// Whether one of the entries of `list` stands in `side`.
fn has(side: &Side, list: &[String]) -> bool {
    place(side, list).is_some()
}

/// Where one of the entries of `list` stands in `side`: its first word.
fn place(side: &Side, list: &[String]) -> Option<Span> {
    let at = list
        .iter()
        .find_map(|entry| (0..side.words.len()).find(|&i| stands(side, i, entry)))?;
    Some(side.words[at].span)
}

/// Whether `entry` stands at word `i`.
fn stands(side: &Side, i: usize, entry: &str) -> bool {
    let mut parts = entry.split('_').enumerate();
    parts.all(|(k, part)| matches(side.lower(i + k), part)) && !is_harmless(side, i)
}

/// Whether the word at `i` looks like a negative one and is none: "no-confidence", "und", "a few", "pouco antes".
fn is_harmless(side: &Side, i: usize) -> bool {
    side.is_in(i, &words(side).harmless)
}

/// What the plain negation at a word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    No,
    /// Nothing is negated: "non solo … ma anche", "finché non".
    Idle,
    /// Another word undoes it.
    Undone,
}

/// The plain negations of a side that negate, where `other` may do without those that another word undoes.
fn plain(side: &Side, other: &Side) -> Vec<Span> {
    let all = negations(side, other).into_iter();
    all.filter(|(_, says)| *says == Says::No)
        .map(|(span, _)| span)
        .collect()
}

/// Whether the word at `i` negates nothing where it stands: "non solo".
fn is_idle(side: &Side, i: usize) -> bool {
    side.is_in(i, &words(side).idle)
}

/// How many negative words of a side negate nothing.
fn idle(side: &Side) -> usize {
    let list = words(side).plain.iter().chain(&words(side).other);
    let negative = |i: &usize| list.clone().any(|entry| stands(side, *i, entry));
    let all = 0..side.words.len();
    all.filter(|i| is_idle(side, *i)).filter(negative).count()
}

/// The plain negations of a side, and what each says.
fn negations(side: &Side, other: &Side) -> Vec<(Span, Says)> {
    let list = &words(side).plain;
    let mut spans = Vec::new();
    for (i, word) in side.words.iter().enumerate() {
        // "can’t" is cut before its t.
        let contracted = words(side).contracted.as_ref().is_some_and(|(end, rest)| {
            word.lower == rest.as_str()
                && i > 0
                && side.lower(i - 1).ends_with(end.as_str())
                && matches!(side.before(i), "'" | "’")
        });
        if !contracted && !list.iter().any(|entry| *entry == word.lower) {
            continue;
        }
        if is_harmless(side, i) {
            continue;
        }
        let says = match is_idle(side, i) {
            true => Says::Idle,
            false if is_undone(side, i, other) => Says::Undone,
            false => Says::No,
        };
        // "hasn’t" as a whole
        let start = if contracted { i - 1 } else { i };
        let span = Span {
            start: side.words[start].span.start,
            ..word.span
        };
        spans.push((span, says));
    }
    spans
}

/// So many words behind a negation another one may undo it, and so many before it.
const BEHIND: usize = 4;
const AHEAD: usize = 6;

/// The senses whose words undo a negation: what is not refused is granted, but what is not lost need not be found.
const UNDOING: [&str; 11] = [
    "few", "lack", "avoid", "cease", "fail", "refuse", "doubt", "against", "ban", "deny",
    "keep_out",
];

/// Whether another negative word of the clause undoes the negation at word `i`, and `other` has no word of that sense:
/// "not uncommon" is "frequent", "hardly a day without" is "nearly every day".
fn is_undone(side: &Side, i: usize, other: &Side) -> bool {
    let (own, others) = (words(side), words(other));
    let joined = |at: usize| !side.before(at).contains(|c: char| ",.;:!?()".contains(c));
    let mut behind = (i + 1..side.words.len().min(i + 1 + BEHIND)).take_while(|at| joined(*at));
    // Only words that are made negative by a part of theirs: "any" and "yet" undo nothing.
    let made = || own.other.iter().filter(|entry| entry.contains('*'));
    let turned = |at: usize| {
        UNDOING.iter().any(|sense| {
            let mut list = own.turn(sense).iter();
            list.any(|entry| stands(side, at, entry)) && !has(other, others.turn(sense))
        })
    };
    let is_second = |at: usize| {
        turned(at) || made().any(|entry| stands(side, at, entry)) && !has(other, &others.other)
    };
    let mut ahead = (i.saturating_sub(AHEAD)..i).rev();
    let few = own.turn("few");
    behind.any(is_second)
        || ahead
            .by_ref()
            .take_while(|at| joined(at + 1))
            .any(|at| few.iter().any(|entry| stands(side, at, entry)))
            && !has(other, others.turn("few"))
}

/// Whether a negation of `other` may have gone into a word of `side` that is negative in another way.
fn answers(side: &Side, other: &Side) -> bool {
    let words = words(side);
    // "Not only" answers to no negation but its like.
    let spare = idle(side) > idle(other)
        || negations(side, other)
            .iter()
            .any(|(_, says)| *says == Says::Undone);
    let negative =
        |i: usize| !is_idle(side, i) && words.other.iter().any(|entry| stands(side, i, entry));
    spare
        || (0..side.words.len()).any(negative)
        // "Before anyone came" is "prima che nessuno venisse", but "anyone who sees it" is not who doesn't.
        || has(side, &words.polar) && has(other, &self::words(other).none)
        // "Not … but" in other words; no excuse where both sides have their "but".
        || words.but_negates && has(side, &words.but) && !has(other, &self::words(other).but)
        || turned_apart(side, other)
}

fn words(side: &Side) -> &'static Negation {
    &side.language.negation
}

/// Whether `side` has a turn that does a negation's work and `other` hasn't: "went without" is "a renoncé à", while
/// "lost" is no excuse where both sides have it.
fn turned_apart(side: &Side, other: &Side) -> bool {
    words(side)
        .turns
        .iter()
        .any(|(sense, list)| has(side, list) && !has(other, words(other).turn(sense)))
}

/// Where the source says "none" if the translation says "all" in its place.
fn none_to_all(source: &Side, target: &Side) -> Option<Span> {
    let (from, to) = (words(source), words(target));
    let is_none = |lower: &str| from.none.iter().any(|entry| entry == lower);
    let word = source.words.iter().find(|word| is_none(&word.lower))?;
    let negative =
        has(target, &to.plain) || has(target, &to.other) || !plain(target, source).is_empty();
    // "None would comment", "both declined to comment"
    if negative || turned_apart(target, source) || has(source, &from.all) || !has(target, &to.all) {
        return None;
    }
    Some(word.span)
}

/// Compares the two sides, both ways.
pub(super) fn check(source: &Side, target: &Side, found: &mut Vec<Finding>) {
    let (from, to) = (words(source), words(target));
    if from.is_empty() || to.is_empty() {
        return;
    }
    if let Some(span) = none_to_all(source, target) {
        let words = span.of(source.text);
        let message = format!("\"{words}\" became all of them");
        found.push(Finding::warning(CheckId::Negation, message).at_source(span));
        return;
    }
    let before = plain(source, target);
    let after = plain(target, source);
    match (before.first(), after.first()) {
        (Some(span), None) if !answers(target, source) => {
            let message = format!("the negation \"{}\" was lost", span.of(source.text));
            found.push(Finding::warning(CheckId::Negation, message).at_source(*span));
        }
        (None, Some(span)) if !answers(source, target) => {
            let words = span.of(target.text);
            let message = format!("the negation \"{words}\" is not in the source");
            found.push(Finding::warning(CheckId::Negation, message).at_target(*span));
        }
        // "denied that", "failing to": what was not so became so.
        (None, None) => {
            let Some((span, name)) = [("deny", "denial"), ("fail", "failure")]
                .into_iter()
                .find_map(|(sense, name)| Some((place(source, from.turn(sense))?, name)))
            else {
                return;
            };
            let negative = has(target, &to.plain)
                || has(target, &to.other)
                || to.but_negates && has(target, &to.but)
                || to.turns.values().any(|list| has(target, list));
            if !negative {
                let message = format!("the {name} \"{}\" was lost", span.of(source.text));
                found.push(Finding::warning(CheckId::Negation, message).at_source(span));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rows;
    use super::*;

    /// Pairs that negate otherwise.
    const FAITHFUL: &str = "
it-en Il governo non ha risposto | The government hasn’t replied
it-en Non solo il governo ha risposto | The government has replied, too
it-en Non è possibile | It is impossible
en-de He never came | Er kam nie
fr-en Il n’a que deux ans | He is two
fr-en Il n’a tenu qu’une heure | It held an hour
fr-en Il a renoncé à se soigner | He went without care
it-en Per poco non è finita male | It almost ended badly
it-en Non parla dal 2008 | He spoke for the first time since 2008
en-de It will be closed to lorries | Es dürfen keine Lkw fahren
en-it fined for failing to report it | multato per non averlo segnalato
it-de Non sarà pronto prima di maggio | Es ist frühestens im Mai fertig
it-en Nessuno dei due ha parlato | Both refused to speak
it-en Non meno di 100 persone | At least 100 people
en-it They have not yet sent it | Devono ancora inviarlo
es-en No jugará el derbi | An injury ruling him out of the derby
en-de no smaller than that | mindestens so groß
fr-it On craint qu’il ne parte | Si teme che parta
fr-it le cosmonaute n° 11 | il cosmonauta n. 11
fr-de le plus violent jamais vu | der stärkste aller Zeiten
en-it do not forget the passport | ricordarsi il passaporto
es-en No dude de ello | You may be sure of it
de-it Er wurde nicht verletzt | Ne è uscito incolume
it-en Non è raro che piova | It often rains
es-en No es infrecuente que llueva | It often rains
it-pt Non mancano le critiche | Há também críticas
es-en Nunca dejó de escribir | She always wrote
en-it It is not impossible that he came | Può darsi che sia venuto
en-fr Hardly an hour passes without a call | Les appels sont presque continuels
de-en Kaum jemand war nicht da | Almost everyone was there
en-fr I could not agree more | Je suis tout à fait de votre avis
it-pt Nessun bambino è rimasto ferito | Todas as crianças saíram ilesas
it-en Parti prima che nessuno la vedesse | She left before anyone saw her
";

    /// Pairs of which one side negates.
    const WRONG: &str = "
it-en Il governo non ha risposto | The government has replied
it-en Il governo ha risposto | The government has not replied
en-de He never came | Er kam
fr-en Il n’est pas venu | He came
en-it fined for failing to report it | multato per averlo segnalato
en-de The minister denied it | Es stimme, sagte der Minister
fr-en Aucun des élus ne l’a votée | All opponents voted for it
it-en Ha perso il posto e non ha casa | He lost his job and has a home
en-de He and his wife did not vote | Er und seine Frau stimmten ab
en-de Fewer came and he never paid | Weniger kamen, und er zahlte
it-en Un terzo non è ancora agibile, ma riapre | A third is still usable, but it reopens
it-pt Non ha letto nemmeno un libro | Leu pelo menos um livro
fr-it On craint qu’il ne parte pas | Si teme che parta
en-it do not forget the passport | dimenticare il passaporto
it-en Non è raro che piova | It is rare that it rains
es-en Los vecinos no están dispuestos a abandonar sus casas | The residents are prepared to leave their homes
it-en Non mancano le critiche | There is a lack of criticism
it-en Ha detto che non pubblicherà il gioco | He said that he will publish the game
es-en Dijo que no vendrá mañana | She said that she will come tomorrow
pt-en Disse que não virá amanhã | She said that she will come tomorrow
it-en Non è stato ancora riempito | It was yet filled
it-en Chi non rispetta le regole paga | Anyone who observes the rules pays
it-en Gli inquirenti non escludono il dolo | Investigators rule out arson
it-en Non solo piove, il treno non è arrivato | It not only rains, the train arrived
fr-en Non seulement il pleut, le train n’est pas venu | Not only does it rain, the train came
es-pt No solo llueve, llegó el tren | Não só chove, o trem não chegou
it-en Chi non ha biglietti paga | Those who have any tickets pay
it-en Non ha ancora risposto, raramente lo fa | He has already replied
";

    #[test]
    fn lost_and_added_negations() {
        for (table, expected) in [(FAITHFUL, 0), (WRONG, 1)] {
            for (from, to, cells) in rows(table) {
                let (source, target) = (Side::new(cells[0], from), Side::new(cells[1], to));
                let mut found = Vec::new();
                check(&source, &target, &mut found);
                assert_eq!(found.len(), expected, "{}", cells.join(" | "));
            }
        }
    }
}
