//! Which words of a translation come from which of its source, by the attention of the model that wrote it.

use std::ops::Range;

use crate::decode::Seq2Seq;
use crate::error::Result;
use crate::text::{Link, Span, words};
use crate::tokenizer::sentencepiece::SentencePiece;

/// So many pairs go through the model together.
const TOGETHER: usize = 32;
/// A word that gets less than this of its attention from the likeliest word of the source comes from none.
const LEAST: f32 = 0.2;

/// A text as a model reads it: its tokens, the end included, and where each stands in it.
struct Tokens {
    ids: Vec<u32>,
    places: Vec<Range<usize>>,
}

impl Tokens {
    fn new(text: &str, vocabulary: &SentencePiece, eos: u32) -> Self {
        let mut ids = vocabulary.encode(text);
        let mut at = 0;
        let place = |id: &u32| {
            let piece = vocabulary.piece(*id).unwrap_or_default();
            let piece = piece.trim_start_matches('\u{2581}');
            at += text[at..].len() - text[at..].trim_start().len();
            // What the vocabulary writes otherwise takes as many characters.
            let len = match text[at..].starts_with(piece) {
                true => piece.len(),
                false => {
                    let rest = text[at..].chars().take(piece.chars().count());
                    rest.map(char::len_utf8).sum()
                }
            };
            at += len;
            at - len..at
        };
        let places = ids.iter().map(place).collect();
        ids.push(eos);
        Self { ids, places }
    }
}

/// The words of each translation of `pairs` with the word of its source that each comes from. Texts of more than `most`
/// tokens have no links; neither have those of a model that doesn't show them.
///
/// # Errors
/// [`crate::ErrorKind::Inference`] if the model fails.
pub(super) fn align(
    model: &impl Seq2Seq,
    [from, to]: [(&SentencePiece, u32); 2],
    pairs: &[(&str, &str)],
    most: usize,
) -> Result<Vec<Vec<Link>>> {
    let mut links = vec![Vec::new(); pairs.len()];
    let mut read: Vec<(usize, Tokens, Tokens)> = Vec::with_capacity(pairs.len());
    for (n, (source, target)) in pairs.iter().enumerate() {
        let source = Tokens::new(source, from.0, from.1);
        let target = Tokens::new(target, to.0, to.1);
        if (2..=most).contains(&source.ids.len()) && (2..=2 * most).contains(&target.ids.len()) {
            read.push((n, source, target));
        }
    }
    // Those of about one length together.
    read.sort_by_key(|(_, source, _)| source.ids.len());
    for batch in read.chunks(TOGETHER) {
        let sources: Vec<&[u32]> = batch.iter().map(|(_, one, _)| &one.ids[..]).collect();
        let targets: Vec<&[u32]> = batch.iter().map(|(.., one)| &one.ids[..]).collect();
        let Some(weights) = model.align(&sources, &targets)? else {
            break;
        };
        for ((n, source, target), weights) in batch.iter().zip(weights) {
            links[*n] = linked(pairs[*n], (source, target), &weights);
        }
    }
    Ok(links)
}

/// The links that the `weights` of tokens, `[target, source]`, make between words.
fn linked(
    (source_text, target_text): (&str, &str),
    (source, target): (&Tokens, &Tokens),
    weights: &[f32],
) -> Vec<Link> {
    let touches =
        |place: &Range<usize>, word: &Span| place.start < word.end && word.start < place.end;
    let source_words: Vec<Span> = words(source_text).collect();
    let link = |word: Span| {
        let rows = weights.chunks_exact(source.ids.len()).zip(&target.places);
        let rows: Vec<&[f32]> = rows
            .filter(|(_, place)| touches(place, &word))
            .map(|(row, _)| row)
            .collect();
        let share = |from: &Span| {
            let tokens = source.places.iter().enumerate();
            let tokens = tokens.filter(|(_, place)| touches(place, from));
            let sum: f32 = tokens
                .flat_map(|(at, _)| rows.iter().map(move |row| row[at]))
                .sum();
            sum / rows.len().max(1) as f32
        };
        let shares = source_words.iter().map(|from| (from, share(from)));
        let (from, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
        (share >= LEAST).then_some(Link {
            source: *from,
            target: word,
        })
    };
    words(target_text).filter_map(link).collect()
}
