//! Marks that end sentences, and those that stand around them.

/// Where in `word` sentences end without white space: behind 。！？｡ and the closing marks after them, unless that's
/// the end of the word anyway.
pub(super) fn ideographic_ends(word: &str) -> impl Iterator<Item = usize> {
    let mut after = false;
    word.char_indices().filter_map(move |(i, c)| {
        let stop = matches!(c, '。' | '！' | '？' | '｡' | '．');
        let cut = after && !stop && !is_closer(c) && c != '…';
        after = stop || after && !cut;
        cut.then_some(i)
    })
}

/// Whether `word` is nothing but marks that close a sentence: "».", "”", "!".
pub(super) fn is_only_marks(word: &str) -> bool {
    let mark =
        |c| is_strong(c) || matches!(c, '.' | '…' | '"') || is_closer(c) && !"*_'’‘“".contains(c);
    word.chars().all(mark)
}

/// Marks that may stand behind the last one of a sentence.
pub(super) fn is_closer(c: char) -> bool {
    matches!(
        c,
        ')' | ']'
            | '}'
            | '"'
            | '\''
            | '’'
            | '”'
            | '»'
            | '›'
            | '」'
            | '』'
            | '）'
            | '］'
            | '】'
            | '〉'
            | '》'
            | '*'
            | '_'
    ) || is_german_closer(c)
}

/// “ and ‘ close a quotation in German and others; at the end of a word they can't open one.
fn is_german_closer(c: char) -> bool {
    matches!(c, '“' | '‘')
}

/// Marks that may stand before the first letter of a sentence.
pub(super) fn is_opener(c: char) -> bool {
    matches!(
        c,
        '(' | '['
            | '{'
            | '"'
            | '\''
            | '‘'
            | '’'
            | '“'
            | '”'
            | '„'
            | '‚'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '¿'
            | '¡'
            | '*'
            | '_'
    )
}

/// Terminators that end a sentence whatever the word is (Unicode's STerm, the common ones).
pub(super) fn is_strong(c: char) -> bool {
    matches!(
        c,
        '!' | '?'
            | '‼'
            | '⁇'
            | '⁈'
            | '⁉'
            | '‽'
            | '؟'
            | '۔'
            | '։'
            | '।'
            | '॥'
            | '።'
            | '፧'
            | '။'
            | '។'
            | '。'
            | '！'
            | '？'
            | '｡'
            | '．'
    )
}

/// `word` without closing marks and note marks such as `[12]` at its end.
pub(super) fn without_closers(word: &str) -> &str {
    let mut word = word;
    loop {
        let note = word.strip_suffix(']').and_then(|w| {
            let digits = w.trim_end_matches(|c: char| c.is_ascii_digit());
            (digits.len() < w.len())
                .then(|| digits.strip_suffix('['))
                .flatten()
        });
        let shorter = note.unwrap_or_else(|| {
            word.trim_end_matches(|c: char| is_closer(c) && c != ']' || c.is_whitespace())
        });
        let shorter = match shorter.len() == word.len() {
            true => word.strip_suffix(']').unwrap_or(word),
            false => shorter,
        };
        if shorter.len() == word.len() {
            return word;
        }
        word = shorter;
    }
}
