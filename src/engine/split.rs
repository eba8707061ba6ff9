//! Parts of requests that are too long for a model.

use std::ops::Range;

/// A part of a request that goes through a model as one.
#[derive(Debug)]
pub(super) struct Part {
    /// Index of the request.
    pub request: usize,
    /// Index among the parts of its request.
    pub place: usize,
    /// What the model reads, special tokens included.
    pub ids: Vec<u32>,
}

/// The parts of a request, in order.
pub(super) fn parts(
    request: usize,
    all: impl IntoIterator<Item = Vec<u32>>,
) -> impl Iterator<Item = Part> {
    let all = all.into_iter().enumerate();
    all.map(move |(place, ids)| Part {
        request,
        place,
        ids,
    })
}

/// Ranges of `pieces`, of at most `most` each: a split after each mark that ends a sentence, as that is what models are
/// trained on; what is still too long is split after a mark of punctuation if there is one in the second half of what
/// fits, else before a word, else anywhere. Pieces are SentencePiece's, with U+2581 before a word. What isn't too long
/// stays whole.
pub(super) fn split(pieces: &[impl AsRef<str>], most: usize) -> Vec<Range<usize>> {
    let count = pieces.len();
    if count <= most {
        return std::iter::once(0..count).collect();
    }
    let most = most.max(1);
    let starts_word = |at: usize| pieces[at].as_ref().starts_with('\u{2581}');
    let after_any_of = |marks: &str, at: usize| {
        let last = pieces[at - 1].as_ref().chars().next_back();
        last.is_some_and(|c| marks.contains(c)) && (at == count || starts_word(at))
    };
    let mut split = Vec::new();
    let mut start = 0;
    for end in 1..=count {
        if end < count && !after_any_of(".!?。！？…", end) {
            continue;
        }
        while end - start > most {
            let places = (start + (most / 2).max(1)..=start + most).rev();
            let at = places
                .clone()
                .find(|&at| after_any_of(".!?;:,。！？；：，、…", at))
                .or_else(|| places.clone().find(|&at| starts_word(at)))
                .unwrap_or(start + most);
            split.push(start..at);
            start = at;
        }
        split.push(start..end);
        start = end;
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A piece a word with its mark.
    fn cut(text: &str, most: usize) -> Vec<String> {
        let words = text.split(' ').map(|word| format!("\u{2581}{word}"));
        let pieces: Vec<String> = words.collect();
        let ranges = split(&pieces, most);
        assert!(ranges.iter().all(|range| range.len() <= most.max(1)));
        let joined = ranges.iter().map(|range| pieces[range.clone()].concat());
        let joined: Vec<String> = joined.map(|part| part.replace('\u{2581}', " ")).collect();
        assert_eq!(joined.concat().trim_start(), text, "nothing is lost");
        joined.iter().map(|part| part.trim().to_owned()).collect()
    }

    #[test]
    fn what_fits_stays_whole_and_nothing_is_lost() {
        assert_eq!(cut("Una. Due.", 2), ["Una. Due."]);
        assert_eq!(cut("Una. Due tre.", 2), ["Una.", "Due tre."]);
        assert_eq!(cut("una due", 0), ["una", "due"]);
        assert!(split(&[""; 0], 4).iter().all(Range::is_empty));
    }

    #[test]
    fn marks_come_before_words_and_words_before_anywhere() {
        let text = "Prima la nave, poi il porto; infine la piazza del mercato.";
        let parts = [
            "Prima la nave, poi il porto;",
            "infine la piazza del mercato.",
        ];
        assert_eq!(cut(text, 7), parts);
        assert_eq!(
            cut("parole senza alcun segno", 3),
            ["parole senza alcun", "segno"]
        );
        assert_eq!(split(&["a"; 5], 2), [0..2, 2..4, 4..5]);
        // Only a space after it makes a full stop one.
        let number = ["\u{2581}3", ".", "14", "\u{2581}e", "\u{2581}via"];
        assert_eq!(split(&number, 4), [0..4, 4..5]);
    }
}
