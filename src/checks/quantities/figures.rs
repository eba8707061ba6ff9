//! Figures as a translation should write them: "283.82" is "283,82" in Portuguese. Models copy the source's way, or mix the
//! two; where all digits are there, the marks between them can be put right.

use super::{clock, digits};
use crate::checks::literals;
use crate::checks::words::{Kind, Side};
use crate::languages::writing;
use crate::text::Lang;

/// `target` with the figures of `source` as the language `to` writes them, where they have the same digits and would be read
/// as other numbers. Versions, times, telephone numbers and addresses stay as they are.
pub fn figures(source: &str, target: &str, from: Lang, to: Lang) -> String {
    let mut text = target.to_owned();
    if digits::has_decimal_point(from) == digits::has_decimal_point(to) {
        return text;
    }
    let (source, target) = (Side::new(source, from), Side::new(target, to));
    let literals = literals::check(&source, &target, &mut Vec::new());
    let source = source.without(&literals.source);
    let target = target.without(&literals.target);
    let mut left: Vec<usize> = numbers(&target).collect();
    let mut changes = Vec::new();
    let (named, mut wanted): (Vec<usize>, Vec<usize>) =
        numbers(&source).partition(|i| is_name(&source, *i));
    for i in named {
        let words = source.words[i].text;
        let same = |at: &usize| bare(target.words[*at].text) == bare(words);
        let Some(at) = left.iter().position(same) else {
            continue;
        };
        let word = &target.words[left.remove(at)];
        if word.text != words {
            changes.push((word.span, words.to_owned()));
        }
    }
    wanted.retain(|i| digits::read(source.words[*i].text, from).is_some_and(|one| !one.foreign));
    // What is no number in any language is one of them with a figure too many or too few.
    let broken = |left: &[usize]| {
        let mut broken = left.iter().filter(|at| {
            let text = target.words[**at].text;
            digits::read(text, to).is_none()
        });
        let one = broken.next().copied();
        one.filter(|_| broken.next().is_none())
    };
    let written_alike = |i: &usize| {
        let digits = bare(source.words[*i].text);
        left.iter().any(|at| bare(target.words[*at].text) == digits)
    };
    let (found, lost): (Vec<usize>, Vec<usize>) = wanted.into_iter().partition(written_alike);
    if let (Some(at), [i]) = (broken(&left), &lost[..])
        && is_near(&bare(source.words[*i].text), &bare(target.words[at].text))
    {
        left.retain(|other| *other != at);
        changes.push((
            target.words[at].span,
            written(source.words[*i].text, from, to),
        ));
    }
    for i in found {
        let words = source.words[i].text;
        let value = digits::read(words, from).map(|number| number.value);
        let is_same = |at: usize| {
            let other = digits::read(target.words[at].text, to).filter(|other| !other.foreign);
            other.map(|other| other.value) == value
        };
        let has_digits = |at: usize| bare(target.words[at].text) == bare(words);
        let right = left.iter().position(|at| has_digits(*at) && is_same(*at));
        let Some(at) = right.or_else(|| left.iter().position(|at| has_digits(*at))) else {
            continue;
        };
        let at = left.remove(at);
        let span = target.words[at].span;
        let introduced = at > 0 && target.is_any(at - 1, &target.language.clock.before_digits);
        let is_time = |i: usize| clock::time(&source, i).filter(|time| time.end > i);
        // "8.30am", "between 8.30 and 11am", "at 8.30"
        let halved = |i: usize| is_time(i).is_some_and(|time| time.end > i + 1);
        let is_hour = halved(i)
            || (i + 1..i + 3).any(|next| next < source.words.len() && halved(next))
            || introduced && is_time(i).is_some();
        let dotted = words
            .split_once('.')
            .is_some_and(|(hour, minute)| hour.len() < 3 && minute.len() == 2 && minute < "60");
        if dotted && is_hour {
            changes.push((span, words.replace('.', ":")));
        } else if right.is_none() {
            changes.push((span, written(words, from, to)));
        }
    }
    changes.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, words) in changes {
        text.replace_range(span.start..span.end, &words);
    }
    text
}

/// The figures of `side` that have marks within, and none that joins them to others: "00:27:52,712", "3-2.5".
fn numbers(side: &Side) -> impl Iterator<Item = usize> {
    let joined = |gap: &str| matches!(gap, ":" | "/" | "-" | "." | "," | "" | "+");
    let is_digits = move |i: usize| {
        side.words
            .get(i)
            .is_some_and(|word| word.kind == Kind::Digits)
    };
    (0..side.words.len()).filter(move |&i| {
        let before = i > 0 && is_digits(i - 1) && joined(side.before(i));
        let after = is_digits(i + 1) && joined(side.after(i));
        is_digits(i) && side.words[i].text.contains(['.', ',']) && !before && !after
    })
}

/// Whether the figure at `i` is no number: that of a section at the head of its text, "1.2 In these terms", or one behind a word
/// for a version or a clause.
fn is_name(side: &Side, i: usize) -> bool {
    let text = side.words[i].text;
    let parts = || text.split('.');
    if parts().count() < 2 || !parts().all(|part| (1..=3).contains(&part.len())) {
        return false;
    }
    let near = |gap: &str| !gap.is_empty() && gap.chars().all(char::is_whitespace);
    let versions = &side.language.phrases.versions;
    let before = i.checked_sub(1).map(|before| &*side.words[before].lower);
    let is_version = before.is_some_and(|word| versions.iter().any(|version| version == word));
    if is_version && near(side.before(i)) {
        return true;
    }
    let mut next = side.words.get(i + 1).map_or("", |word| word.text).chars();
    // An amount in a title, "2.5 Million People", is written with a large word.
    let titled = next.next().is_some_and(char::is_uppercase)
        && next.next().is_none_or(char::is_lowercase)
        && side
            .language
            .numerals
            .get(&side.words[i + 1].lower)
            .is_none();
    let quoted = side.after(i).trim_start().starts_with(['“', '"', '«', '„']);
    let short = parts().all(|part| part.len() <= 2);
    let heads = side.text[..side.words[i].span.start].trim().is_empty();
    heads && short && (near(side.after(i)) && titled || quoted)
}

/// Whether one of the two has one digit more.
fn is_near(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let same = short.bytes().zip(long.bytes()).take_while(|(x, y)| x == y);
    let same = same.count();
    long.len() == short.len() + 1 && long[same + 1..] == short[same..]
}

fn bare(figure: &str) -> String {
    figure.chars().filter(char::is_ascii_digit).collect()
}

/// `figure` of the language `from` as `to` writes it.
fn written(figure: &str, from: Lang, to: Lang) -> String {
    let decimal = |lang| {
        if digits::has_decimal_point(lang) {
            '.'
        } else {
            ','
        }
    };
    let group = match decimal(to) {
        '.' => ',',
        _ if writing().only_spaced_thousands.contains(&to) => '\u{202f}',
        _ => '.',
    };
    let mark = |c: char| match c {
        c if c.is_ascii_digit() => c,
        c if c == decimal(from) => decimal(to),
        _ => group,
    };
    figure.chars().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::rows;

    /// The source, a translation, and what becomes of it.
    const FIGURES: &str = "
en-pt The price is €283.82. | O preço é de €283.82. | O preço é de €283,82.
en-pt Emissions: 2,200,112 tonnes. | Emissões: 2.200,112 toneladas. | Emissões: 2.200.112 toneladas.
en-pt It had 244,890 people and 23,116 dogs. | Tinha 244,890 pessoas e 23.116 cães. | Tinha 244.890 pessoas e 23.116 cães.
en-de A ratio of 0.0045. | Ein Verhältnis von 0.0045. | Ein Verhältnis von 0,0045.
it-en Costa 1.234,50 euro. | It costs 1.234,50 euros. | It costs 1,234.50 euros.
it-en Sono 12.000. | There are 12.000 of them. | There are 12,000 of them.
it-en Il 3,5 per cento. | Some 3,5 percent. | Some 3.5 percent.
en-es 1,500 people. | 1,500 personas. | 1.500 personas.
en-pt From 1.5 to 2.5. | De 1.5 a 2,5. | De 1,5 a 2,5.
en-pt Python 3.11 and version 1.5. | Python 3.11 e versão 1.5. | Python 3.11 e versão 1.5.
en-pt At 00:27:52,712 sharp. | Às 00:27:52,712 em ponto. | Às 00:27:52,712 em ponto.
en-pt It sold 1,234,567 copies. | Vendeu 1.2234.567 cópias. | Vendeu 1.234.567 cópias.
en-pt The price is 283.82. | O preço é 283.28. | O preço é 283.28.
en-pt The server 10.0.0.1 has 1.5 GB. | O servidor 10.0.0.1 tem 1.5 GB. | O servidor 10.0.0.1 tem 1,5 GB.
en-pt 1.1 In these Terms, it is 2.5 km. | 1,1 Nestes Termos, é de 2.5 km. | 1.1 Nestes Termos, é de 2,5 km.
en-pt See clause 3.2 for it. | Veja a cláusula 3,2 para isso. | Veja a cláusula 3.2 para isso.
en-pt 3.10 “Deposit” means 1.5%. | 3,10 “Depósito” significa 1,5%. | 3.10 “Depósito” significa 1,5%.
en-pt 2.5 litres of it. | 2.5 litros disso. | 2,5 litros disso.
en-de Version 2.0 is here. | Version 2,0 ist da. | Version 2.0 ist da.
en-pt 2.5 Million People | 2.5 Milhões de Pessoas | 2,5 Milhões de Pessoas
it-en Articolo 3.2 della legge. | Article 3,2 of the law. | Article 3.2 of the law.
en-pt The boat leaves at 7.30. | O barco sai às 7,30. | O barco sai às 7:30.
en-pt Between 8.30 and 11am. | Entre 8,30 e 11h. | Entre 8:30 e 11h.
en-pt It opens at 8.15pm. | Abre às 8,15pm. | Abre às 8:15pm.
en-pt The rate stood at 7.30. | A taxa ficou em 7.30. | A taxa ficou em 7,30.
it-pt Costa 3,5 euro. | Custa 3,5 euros. | Custa 3,5 euros.
";

    #[test]
    fn figures_are_written_as_the_language_does() {
        for (from, to, cells) in rows(FIGURES) {
            assert_eq!(figures(cells[0], cells[1], from, to), cells[2]);
        }
    }
}
