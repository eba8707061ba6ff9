//! Which languages a dictionary is about, as its title or the name of its file has it.

use std::path::Path;

use crate::text::{Lang, words};

/// Of a title such as "Italian-English FreeDict Dictionary": two names of languages, or ISO 639-3 codes, side by side.
pub(super) fn of_title(title: &str) -> Option<(Lang, Lang)> {
    // In prose, "it" and "is" are no languages.
    two(title, |word| word.chars().count() > 2)
}

/// Of a file's name such as `freedict-ita-eng.index` or `it-en.tsv`.
pub(super) fn of_file(path: &Path) -> Option<(Lang, Lang)> {
    two(path.file_name()?.to_str()?, |_| true)
}

/// The first two languages that stand side by side.
fn two(text: &str, counts: impl Fn(&str) -> bool) -> Option<(Lang, Lang)> {
    let words: Vec<&str> = words(text).map(|span| span.of(text)).collect();
    let lang = |word: &str| word.parse::<Lang>().ok().filter(|_| counts(word));
    let mut pairs = words.windows(2);
    pairs.find_map(|pair| lang(pair[0]).zip(lang(pair[1])))
}
