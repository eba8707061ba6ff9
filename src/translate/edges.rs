//! Quotation marks at the ends of a sentence. A quotation of several sentences opens in its first and closes in its last;
//! small models stumble over a mark without its partner. They don't see it, and it stands at its end of the translation. Nor
//! do they see the number of things behind a label, "Reviews (3)".

/// Marks that open, each with those that close what it opens.
const PAIRS: [(char, &str); 4] = [('“', "”"), ('„', "“"), ('«', "»"), ('‘', "’")];
/// Those of a text in which quotations begin below: “ and ” close them.
const LOW_PAIRS: [(char, &str); 3] = [('„', "“”"), ('«', "»"), ('‘', "’")];

/// A text without the marks at its ends whose partners lie elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edges {
    /// What a model reads.
    pub text: String,
    head: Option<char>,
    tail: Option<char>,
    /// A mark at the end that closes what another opens in the text: both of them.
    closes: Option<(char, char)>,
    /// The number behind a label, with the space before it.
    count: String,
}

/// A label has no more words.
const FEW_WORDS: usize = 3;

/// Where the number in brackets behind the few words of a label begins, "Reviews (3)", with the space before it.
pub(super) fn count(text: &str) -> Option<usize> {
    let inner = text.strip_suffix(')')?;
    let (label, number) = inner.rsplit_once('(')?;
    let figure = |c: char| c.is_ascii_digit() || ",.\u{a0}\u{202f}".contains(c);
    let is_number = number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(figure);
    let words = label.split_whitespace().count();
    let is_label = (1..=FEW_WORDS).contains(&words)
        && label.ends_with(char::is_whitespace)
        && label.trim_end().ends_with(char::is_alphabetic);
    (is_number && is_label).then(|| label.trim_end().len())
}

impl Edges {
    /// Takes lone marks off `text`.
    pub(super) fn of(text: &str) -> Self {
        let mut inner = text.trim();
        let mut edges = Self::whole(text);
        if let Some(at) = count(inner) {
            let number;
            (inner, number) = inner.split_at(at);
            number.clone_into(&mut edges.count);
            inner.clone_into(&mut edges.text);
        }
        let pairs: &[(char, &str)] = match inner.contains('„') {
            true => &LOW_PAIRS,
            false => &PAIRS,
        };
        for &(open, close) in pairs {
            let last = inner.chars().next_back().filter(|c| close.contains(*c));
            if let Some(last) = last {
                match balance(inner, open, close) {
                    0 => edges.closes = Some((open, last)),
                    ..0 if edges.tail.is_none() => {
                        edges.tail = Some(last);
                        inner = inner[..inner.len() - last.len_utf8()].trim_end();
                    }
                    _ => {}
                }
            }
            if edges.head.is_none() && inner.starts_with(open) && balance(inner, open, close) > 0 {
                edges.head = Some(open);
                inner = inner[open.len_utf8()..].trim_start();
            }
        }
        let is_odd = !inner.matches('"').count().is_multiple_of(2);
        if let Some(rest) = inner.strip_prefix('"').filter(|_| is_odd) {
            edges.head = edges.head.or(Some('"'));
            inner = rest;
        } else if let Some(rest) = inner.strip_suffix('"').filter(|_| is_odd) {
            edges.tail = edges.tail.or(Some('"'));
            inner = rest;
        }
        if (edges.head, edges.tail) == (None, None) || !inner.contains(char::is_alphabetic) {
            return Self {
                head: None,
                tail: None,
                ..edges
            };
        }
        edges.text = inner.to_owned();
        edges
    }

    /// All of `text`.
    pub(super) fn whole(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            head: None,
            tail: None,
            closes: None,
            count: String::new(),
        }
    }

    /// The translation with the marks.
    pub(super) fn restore(&self, translated: &str) -> String {
        let mut text = translated.trim().to_owned();
        if text.is_empty() {
            return text;
        }
        if let Some(head) = self.head.filter(|head| !text.starts_with(*head)) {
            text.insert(0, head);
        }
        if let Some(tail) = self.tail.filter(|tail| !text.ends_with(*tail)) {
            text.push(tail);
        }
        // The last mark is what a model that ends too early loses.
        if let Some((open, close)) = self.closes
            && balance(&text, open, close.encode_utf8(&mut [0; 4])) > 0
        {
            text.push(close);
        }
        if !text.ends_with(self.count.trim_start()) {
            text.push_str(&self.count);
        }
        text
    }
}

/// `translated` with the mark that ends `text` and closes what another opens there, if it has only that other one.
pub(super) fn closed(text: &str, translated: String) -> String {
    let last = text.trim_end().chars().next_back();
    let closes = |(open, close): &&(char, &str)| {
        last.is_some_and(|last| close.contains(last))
            && balance(text, *open, close) == 0
            && balance(&translated, *open, close) > 0
    };
    match (PAIRS.iter().find(closes), last) {
        (Some(_), Some(last)) => translated + last.encode_utf8(&mut [0; 4]),
        _ => translated,
    }
}

/// How many more marks of a kind open in `text` than close. An apostrophe is none.
fn balance(text: &str, open: char, close: &str) -> i32 {
    let mut balance = 0;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let within = before.is_alphanumeric() && chars.peek().is_some_and(|c| c.is_alphanumeric());
        if c == open {
            balance += 1;
        } else if close.contains(c) && !within {
            balance -= 1;
        }
        before = c;
    }
    balance
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, what is read of it, the translation of that, and what is made of it.
    const EDGES: &[(&str, &str, &str, &str)] = &[
        (
            "It was dark.”",
            "It was dark.",
            "Estava escuro.",
            "Estava escuro.”",
        ),
        (
            "“We left early.",
            "We left early.",
            "Saímos cedo.",
            "“Saímos cedo.",
        ),
        ("«Siamo partiti.", "Siamo partiti.", "We left.", "«We left."),
        (
            "Era notte.»",
            "Era notte.",
            "It was night.",
            "It was night.»",
        ),
        ("\"So it was.", "So it was.", "Assim foi.", "\"Assim foi."),
        (
            "Nobody saw us.\"",
            "Nobody saw us.",
            "Ninguém nos viu.",
            "Ninguém nos viu.\"",
        ),
        ("‘Come in.", "Come in.", "Entre.", "‘Entre."),
        (
            "It isn’t mine.’",
            "It isn’t mine.",
            "Não é meu.",
            "Não é meu.’",
        ),
        (
            "Es war Nacht.“",
            "Es war Nacht.",
            "Era noite.",
            "Era noite.“",
        ),
        (
            "„Ja“, sagte er.",
            "„Ja“, sagte er.",
            "„Sim“, disse.",
            "„Sim“, disse.",
        ),
        ("„Tak.”", "„Tak.”", "„Sim.", "„Sim.”"),
        // The model has written it after all.
        (
            "It was dark.”",
            "It was dark.",
            "Estava escuro.”",
            "Estava escuro.”",
        ),
        // Whole quotations are the model's; but the last mark is not lost.
        (
            "“What?” asked Lucy.",
            "“What?” asked Lucy.",
            "“O quê?”",
            "“O quê?”",
        ),
        (
            "‘No,’ she said, ‘it isn’t “mine”.’",
            "‘No,’ she said, ‘it isn’t “mine”.’",
            "“Não”, disse ela, ‘não é “meu”.",
            "“Não”, disse ela, ‘não é “meu”.’",
        ),
        ("“Yes.”", "“Yes.”", "“Sim.", "“Sim.”"),
        // No quotation.
        (
            "the dogs’ bowls",
            "the dogs’ bowls",
            "as tigelas",
            "as tigelas",
        ),
        ("It is 5'", "It is 5'", "São 5'", "São 5'"),
        ("”", "”", "”", "”"),
        // The number of things behind a label.
        ("Reviews (3)", "Reviews", "Críticas.", "Críticas. (3)"),
        ("All tools (1,204)", "All tools", "Todas", "Todas (1,204)"),
        (
            "It was in May (2)",
            "It was in May (2)",
            "Foi em maio (2)",
            "Foi em maio (2)",
        ),
        ("f(3)", "f(3)", "f(3)", "f(3)"),
    ];

    #[test]
    fn what_opens_is_closed() {
        let text = "‘No,’ she said, ‘it isn’t “mine”.’";
        for (made, expected) in [
            (
                "“Não”, disse, ‘não é “meu”.",
                "“Não”, disse, ‘não é “meu”.’",
            ),
            (
                "‘Não’, disse, ‘não é “meu”.’",
                "‘Não’, disse, ‘não é “meu”.’",
            ),
            ("Não, disse.", "Não, disse."),
        ] {
            assert_eq!(closed(text, made.to_owned()), expected);
        }
    }

    #[test]
    fn lone_marks_are_taken_off_and_put_back() {
        for (text, read, translated, expected) in EDGES {
            let edges = Edges::of(text);
            assert_eq!(
                (&*edges.text, &*edges.restore(translated)),
                (*read, *expected)
            );
        }
    }
}
