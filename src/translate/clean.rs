//! Removes what a chat model adds around a translation: introductions, quotation marks that the source doesn't have,
//! code fences, remarks. Works on one segment; what it can't be sure of it leaves for the checks.

use super::opening::without_opening;
use crate::languages::{Language, names};
use crate::text::{Lang, capitalized, uncapitalized};

const QUOTES: &[(char, char)] = &[
    ('"', '"'),
    ('“', '”'),
    ('«', '»'),
    ('\'', '\''),
    ('‘', '’'),
    ('„', '“'),
    ('`', '`'),
];

/// The translation inside `answer`. `target` is the English name of the target language, since models like to begin
/// with it. Line breaks become spaces: a segment is one line.
pub fn clean(answer: &str, source: &str, target: &str) -> String {
    let mut text = unfence(answer.trim());
    text = without_opening(text, source);
    text = without_label(text, source, target);
    text = without_remark(text, source);
    text = unquote(text, source);
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The inside of a Markdown code fence that wraps the whole answer.
fn unfence(text: &str) -> &str {
    let Some(inner) = text
        .strip_prefix("```")
        .and_then(|rest| rest.strip_suffix("```"))
    else {
        return text;
    };
    match inner.split_once('\n') {
        // The first line of a fence names a language, or is empty.
        Some((info, body)) if !info.trim().contains(' ') => body.trim(),
        _ => inner.trim(),
    }
}

/// Models like to begin with the name of the target language.
fn without_label<'t>(text: &'t str, source: &str, target: &str) -> &'t str {
    match text.split_once(':') {
        Some((head, rest))
            if !source.contains(':')
                && head
                    .trim_matches(['*', '#', ' '])
                    .eq_ignore_ascii_case(target)
                && !rest.trim().is_empty() =>
        {
            rest.trim_start_matches('*').trim()
        }
        _ => text,
    }
}

fn without_remark<'t>(text: &'t str, source: &str) -> &'t str {
    if source.contains('\n') {
        return text;
    }
    match text.split_once('\n') {
        Some((first, rest)) if !first.trim().is_empty() && is_remark(rest) => first.trim(),
        _ => text,
    }
}

/// Whether `text` begins with a remark, in whatever language.
fn is_remark(text: &str) -> bool {
    let text = text.trim_start().to_lowercase();
    let mut languages = Language::known().iter();
    let begins = |words: &String| text.starts_with(words.as_str());
    languages.any(|(_, language)| language.remarks.behind.iter().any(begins))
}

fn unquote<'t>(text: &'t str, source: &str) -> &'t str {
    let is_quoted = |text: &str| {
        QUOTES
            .iter()
            .any(|&(open, close)| text.starts_with(open) && text.ends_with(close))
    };
    if !is_quoted(text) || is_quoted(source.trim()) {
        return text;
    }
    let mut inner = text.chars();
    let open = inner.next();
    let close = inner.next_back();
    let inner = inner.as_str();
    // «A», said B, «C» is not wrapped as a whole.
    if inner.is_empty() || inner.contains([open.unwrap_or('"'), close.unwrap_or('"')]) {
        text
    } else {
        inner.trim()
    }
}

/// A text of more words is no label or exclamation.
const FEW_WORDS: usize = 4;

/// `text` without what small models add to a short text: "(em inglês)" behind it, the same once more, a full stop, a
/// capital.
pub(super) fn tidy(text: &str, source: &str, to: Lang) -> String {
    let mut text = text.trim().to_owned();
    let source = source.trim();
    let words = source.split_whitespace().count();
    let letter = |c: char| c.is_alphabetic();
    if words <= FEW_WORDS && !source.contains(['(', '[']) {
        text = without_brackets(&text);
    }
    let goes_on = |text: &str| text.ends_with(char::is_alphanumeric);
    if !source.contains('.') && goes_on(source) {
        let bare = text
            .strip_suffix('.')
            .filter(|bare| goes_on(bare) && !bare.contains('.'));
        text.truncate(bare.map_or(text.len(), str::len));
    }
    if words <= FEW_WORDS && !repeats(source) {
        text = once(&text);
    }
    if words <= FEW_WORDS {
        text = recased(&text, source, to);
    }
    // The number of an item says nothing of its case.
    let (number, item) = text.split_at(item(&text));
    let source = &source[self::item(source)..];
    let head = item.split_whitespace().next().unwrap_or_default();
    let own = source.split_whitespace().next().unwrap_or_default();
    let small = source.starts_with(letter) && !own.contains(char::is_uppercase);
    // "iPhone" has its capital elsewhere; Georgian has some in Unicode, and begins no sentence with them.
    let plain = !head.contains(|c: char| c.is_uppercase() || ('ა'..='ჿ').contains(&c));
    if small && !has_own_capital(head, to) {
        return number.to_owned() + &uncapitalized(item);
    }
    if source.starts_with(char::is_uppercase) && plain {
        return number.to_owned() + &capitalized(item);
    }
    text
}

/// The length of the number of an item at the head of `text`, with the space behind it: "2. ".
fn item(text: &str) -> usize {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let after = rest.strip_prefix(['.', ')']).unwrap_or(rest);
    let words = after.trim_start();
    match rest.len() < text.len() && after.len() < rest.len() && words.len() < after.len() {
        true => text.len() - words.len(),
        false => 0,
    }
}

/// `text` with the capitals of the words that it has from `source`, a short text, as they stand there: "Eleanor whitcombe". A
/// capital that begins a sentence says nothing.
fn recased(text: &str, source: &str, to: Lang) -> String {
    let mut own: Vec<(&str, bool)> = Vec::new();
    let mut begins = true;
    for piece in source.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        if !word.is_empty() {
            own.push((word, begins));
            begins = false;
        }
        begins |= piece.ends_with(['.', '!', '?', ':', '"', '“', '«', '(']);
    }
    let is_long = |word: &str| word.chars().count() > 3;
    let function = &Language::of(to).function.own;
    let named = |word: &str| {
        let mut same = own.iter().filter(|(one, _)| one.to_lowercase() == word);
        let is_name = |(one, begins): &&(&str, bool)| {
            !begins && is_long(one) && one.starts_with(char::is_uppercase)
        };
        let all = same.clone().all(|one| is_name(&one));
        let name = same.next().filter(|_| all && !function.contains(word));
        name.map(|(name, _)| *name)
    };
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let name = named(word).filter(|_| word.starts_with(char::is_lowercase));
        out.push_str(name.unwrap_or(word));
        out.push_str(&piece[word.len()..]);
    }
    out
}

/// Whether a capital at the beginning of `word` may be its own, and not that of a sentence.
fn has_own_capital(word: &str, lang: Lang) -> bool {
    let lower = word
        .trim_end_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    let language = Language::of(lang);
    // What has more capitals is no ordinary word; nor is a lone "I".
    word == "I"
        || word.chars().skip(1).any(char::is_uppercase)
        || language.profile.noun_capitals && !language.function.own.contains(&lower)
        || language.capitals.has(&lower)
        || names().index.contains_key(&lower)
}

/// Without brackets at the end, but for the marks behind them; "Ltd. (in English)." has its full stop already.
fn without_brackets(text: &str) -> String {
    let bare = text.trim_end_matches(['.', '!', '?', ':', ',', '"', '”']);
    let cut = bare.strip_suffix(')').and_then(|inner| inner.rfind('('));
    match cut.map(|at| bare[..at].trim_end()) {
        Some(kept) if !kept.is_empty() => {
            let behind = &text[bare.len()..];
            let behind = match kept.ends_with('.') {
                true => behind.strip_prefix('.').unwrap_or(behind),
                false => behind,
            };
            format!("{kept}{behind}")
        }
        _ => text.to_owned(),
    }
}

/// Whether a word comes twice.
fn repeats(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.windows(2).any(|pair| pair[0] == pair[1])
}

/// `text` once, where it is the same twice or more.
fn once(text: &str) -> String {
    let is_part = |c: char| ".,;:!?- ".contains(c);
    let parts: Vec<&str> = text.split([',', '.', ';', '!', '?', ' ']).collect();
    let mut parts = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty());
    let Some(first) = parts.next() else {
        return text.to_owned();
    };
    let mut count = 1;
    let alike = parts.all(|part| {
        count += 1;
        part.to_lowercase() == first.to_lowercase()
    });
    let tail = &text[text.trim_end_matches(is_part).len()..];
    let head = &text[..text.len() - text.trim_start_matches(is_part).len()];
    match alike && count > 1 {
        true => format!("{head}{first}{tail}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_short_text_gains_is_cut() {
        for (source, answer, expected) in [
            ("Changelog", "Changelog (em inglês)", "Changelog"),
            ("Overruled.", "Rejeitado (em inglês).", "Rejeitado."),
            ("Acme Ltd.", "Acme Ltd. (em inglês).", "Acme Ltd."),
            ("Hello", "Olá, Olá", "Olá"),
            ("Stop!", "Pare! Pare!", "Pare!"),
            ("the sea", "O mar.", "o mar"),
            ("good day", "Bom dia", "bom dia"),
            ("Fixed", "Fixo.", "Fixo"),
            ("no no", "não, não", "não, não"),
            ("Word (old)", "Palavra (antiga)", "Palavra (antiga)"),
            (
                "Who owns the house near it?",
                "De quem (a casa)?",
                "De quem (a casa)?",
            ),
            ("etc.", "etc.", "etc."),
            ("usa", "EUA", "EUA"),
            ("See the U.S.", "Veja os EUA.", "Veja os EUA."),
        ] {
            assert_eq!(tidy(answer, source, Lang::PT), expected);
        }
        assert_eq!(tidy("Haus", "house", Lang::DE), "Haus");
        assert_eq!(
            tidy("Haus und Hof", "house and yard", Lang::DE),
            "Haus und Hof"
        );
        for text in ["English", "Italian", "Monday morning", "Spanish, perhaps"] {
            assert_eq!(tidy(text, "qualcosa", Lang::EN), text);
        }
        assert_eq!(tidy("Das Haus", "the house", Lang::DE), "das Haus");
        for (text, source, expected) in [
            (
                "2. questões que surgem",
                "2. Matters arising",
                "2. Questões que surgem",
            ),
            ("24 de agosto", "24 August", "24 de agosto"),
            (
                "Eleanor whitcombe",
                "Eleanor Whitcombe",
                "Eleanor Whitcombe",
            ),
            (
                "Viu mary whitcombe.",
                "He saw Mary Whitcombe.",
                "Viu Mary Whitcombe.",
            ),
            ("O canal abre", "Canal opens", "O canal abre"),
            (
                "Na secção da apólice são cobertos",
                "under the section of the policy they are covered",
                "na secção da apólice são cobertos",
            ),
            ("iPhone barato", "iPhone at a low price", "iPhone barato"),
            ("ნავი", "Boat", "ნავი"),
        ] {
            assert_eq!(tidy(text, source, Lang::PT), expected);
        }
    }

    const SOURCE: &str = "Il voto è stato regolare.";

    #[test]
    fn chatter_is_removed() {
        for answer in [
            "The vote was regular.",
            "  The vote was regular.\n",
            "Here is the translation: The vote was regular.",
            "Here is the translation:\n\nThe vote was regular.",
            "Sure! Here's the English translation:\n\"The vote was regular.\"",
            "English: The vote was regular.",
            "**Translation:** The vote was regular.",
            "\"The vote was regular.\"",
            "“The vote was regular.”",
            "```\nThe vote was regular.\n```",
            "The vote was regular.\n\nNote: \"regolare\" may also mean fair.",
        ] {
            assert_eq!(
                clean(answer, SOURCE, "English"),
                "The vote was regular.",
                "{answer}"
            );
        }
    }

    #[test]
    fn what_the_source_has_is_kept() {
        for (source, answer) in [
            ("«Il voto è regolare»", "\"The vote is regular\""),
            ("Traduzione: a cura di Rossi", "Translation: by Rossi"),
            ("Ecco i fatti: nulla.", "Here are the facts: nothing."),
            ("«Sì», disse, «no»", "\"Yes\", he said, \"no\""),
            ("Nota bene.", "Note well."),
        ] {
            assert_eq!(clean(answer, source, "English"), answer);
        }
    }

    #[test]
    fn two_quotations_are_not_one() {
        let answer = "\"Yes\", he said, \"no\"";
        assert_eq!(clean(answer, "Sì, disse, no", "English"), answer);
    }

    #[test]
    fn a_segment_stays_one_line() {
        assert_eq!(
            clean("The vote\nwas  fair.", SOURCE, "English"),
            "The vote was fair."
        );
    }
}
