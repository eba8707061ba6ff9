//! Removes what a chat model adds around a translation: introductions, quotation marks that the source doesn't have,
//! code fences, remarks. Works on one segment; what it can't be sure of it leaves for the checks.

use super::opening::without_opening;

/// Words that open a remark after the translation.
const REMARKS: &[&str] = &[
    "note",
    "(note",
    "nota",
    "(nota",
    "explanation",
    "remarque",
    "anmerkung",
    "i translated",
    "in this translation",
    "this translation",
    "please note",
    "let me know",
];

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
    match text.split_once("\n") {
        Some((first, rest))
            if !first.trim().is_empty()
                && REMARKS
                    .iter()
                    .any(|words| rest.trim_start().to_lowercase().starts_with(words)) =>
        {
            first.trim()
        }
        _ => text,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
