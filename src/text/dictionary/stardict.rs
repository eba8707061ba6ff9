//! StarDict 2 and 3: `.ifo` says what there is, `.idx` has the headwords with place and length of their articles, `.dict`
//! (or `.dict.dz`) the articles, `.syn` other spellings, if there are any.

use std::path::Path;

use super::file::bad;
use super::pairs::Reader;
use super::{article, file};
use crate::error::Result;

pub(super) fn read(path: &Path, into: &mut Reader) -> Result<()> {
    let ifo = file::beside(path, "ifo");
    let about = file::text(&ifo)?;
    if !about.starts_with("StarDict's dict ifo file") {
        return Err(bad(&ifo, "it doesn't begin as StarDict's do"));
    }
    let field = |name: &str| {
        let mut lines = about.lines().filter_map(|line| line.split_once('='));
        lines
            .find(|(key, _)| key.trim() == name)
            .map(|(_, value)| value.trim())
    };
    into.title = field("bookname").unwrap_or_default().to_owned();
    let wide = field("idxoffsetbits") == Some("64");
    let kinds = field("sametypesequence");
    let index = file::beside(path, "idx");
    let index = file::first(&[index.clone(), file::beside(path, "idx.gz")])?;
    let articles = file::first(&[file::beside(path, "dict.dz"), file::beside(path, "dict")])?;
    let mut words: Vec<(String, Vec<String>)> = Vec::new();
    let mut rest = &index[..];
    while !rest.is_empty() {
        let damaged = || bad(&ifo, "its index is damaged");
        let word = take_word(&mut rest).ok_or_else(damaged)?;
        let start = match wide {
            true => take_number::<8>(&mut rest),
            false => take_number::<4>(&mut rest),
        };
        let place = start.zip(take_number::<4>(&mut rest));
        let place = place.and_then(|(start, len)| articles.get(start..start.checked_add(len)?));
        let bytes = place.ok_or_else(damaged)?;
        let text = text_of(bytes, kinds);
        words.push((word.clone(), article::translations(&word, &text)));
    }
    let add = |into: &mut Reader, word: &str, translations: &[String]| {
        for translation in translations {
            into.add(word, translation);
        }
    };
    for (word, translations) in &words {
        add(into, word, translations);
    }
    let synonyms = file::beside(path, "syn");
    if synonyms.is_file() {
        let bytes = file::bytes(&synonyms)?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let other = take_word(&mut rest).zip(take_number::<4>(&mut rest));
            let known = other.and_then(|(other, at)| Some((other, words.get(at)?)));
            let Some((other, (_, translations))) = known else {
                return Err(bad(&synonyms, "it is damaged"));
            };
            add(into, &other, translations);
        }
    }
    Ok(())
}

/// A word that ends with a zero.
fn take_word(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let word = String::from_utf8_lossy(&rest[..end]).into_owned();
    *rest = &rest[end + 1..];
    Some(word)
}

/// A number of `N` bytes, the most significant first.
fn take_number<const N: usize>(rest: &mut &[u8]) -> Option<usize> {
    let (bytes, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    let number = bytes
        .iter()
        .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    usize::try_from(number).ok()
}

/// What an article says in words. `kinds`: of which kinds its parts are, in order, if all articles are alike; else each part
/// begins with its kind. Kinds in small letters are texts that end with a zero, but for the last of alike ones; pictures and
/// sounds are in capitals.
fn text_of(bytes: &[u8], kinds: Option<&str>) -> String {
    let readable = |kind: u8| matches!(kind, b'm' | b'l' | b'g' | b'x' | b'h' | b'w');
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let end = |bytes: &[u8]| {
        bytes
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(bytes.len())
    };
    let mut rest = bytes;
    for kind in kinds.unwrap_or_default().bytes() {
        let here = &rest[..end(rest)];
        match readable(kind) {
            true => return text(here),
            false if kind.is_ascii_uppercase() => break,
            false => rest = rest.get(here.len() + 1..).unwrap_or_default(),
        }
    }
    if kinds.is_none() {
        while let Some((kind, tail)) = rest.split_first() {
            let here = &tail[..end(tail)];
            match readable(*kind) {
                true => return text(here),
                false if kind.is_ascii_uppercase() => break,
                false => rest = tail.get(here.len() + 1..).unwrap_or_default(),
            }
        }
    }
    String::new()
}
