//! Which words two texts share, in order.

use super::words::words;

/// Texts with more words than this are held for different altogether.
const MAX_WORDS: usize = 2000;

/// The words of a text, each with whether the other has it at that place.
pub(super) type Marked<'t> = Vec<(&'t str, bool)>;

/// The words of both texts; the most that can be matched in order are.
pub(super) fn diff<'t>(one: &'t str, other: &'t str) -> (Marked<'t>, Marked<'t>) {
    let (one, other): (Vec<&str>, Vec<&str>) = (words(one).collect(), words(other).collect());
    let mut marks = (vec![false; one.len()], vec![false; other.len()]);
    if one.len().max(other.len()) <= MAX_WORDS {
        // By place: how many words can be matched from there on.
        let width = other.len() + 1;
        let mut most = vec![0u16; (one.len() + 1) * width];
        for i in (0..one.len()).rev() {
            for j in (0..other.len()).rev() {
                most[i * width + j] = match one[i] == other[j] {
                    true => most[(i + 1) * width + j + 1] + 1,
                    false => most[(i + 1) * width + j].max(most[i * width + j + 1]),
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < one.len() && j < other.len() {
            if one[i] == other[j] {
                (marks.0[i], marks.1[j]) = (true, true);
                (i, j) = (i + 1, j + 1);
            } else if most[(i + 1) * width + j] >= most[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    let marked = |words: Vec<&'t str>, marks: Vec<bool>| words.into_iter().zip(marks).collect();
    (marked(one, marks.0), marked(other, marks.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_marked_in_both() {
        let shown = |marked: &Marked<'_>| -> String {
            let word = |&(word, same): &(&str, bool)| match same {
                true => word.to_owned(),
                false => format!("[{word}]"),
            };
            marked.iter().map(word).collect::<Vec<_>>().join(" ")
        };
        let (one, other) = diff("the old ferry left at noon", "the ferry left again at noon");
        assert_eq!(shown(&one), "the [old] ferry left at noon");
        assert_eq!(shown(&other), "the ferry left [again] at noon");
        let (one, other) = diff("", "a b");
        assert_eq!(
            (shown(&one), shown(&other)),
            (String::new(), "[a] [b]".to_owned())
        );
    }
}
