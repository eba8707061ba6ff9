//! dictd: an index of headwords, each with place and length of its article, and a file with all articles, which may be
//! packed by dictzip.

use std::path::Path;

use super::file::bad;
use super::pairs::Reader;
use super::{article, file};
use crate::error::Result;

/// Headwords that begin so hold what the dictionary says of itself.
const OWN: [&str; 2] = ["00database", "00-database"];

pub(super) fn read(path: &Path, into: &mut Reader) -> Result<()> {
    let index = file::beside(path, "index");
    let packed = file::beside(path, "dict.dz");
    let articles = file::first(&[packed.clone(), file::beside(path, "dict")])?;
    let lines = file::text(&index)?;
    for (n, line) in (1..).zip(lines.lines()) {
        let mut cells = line.split('\t');
        let (Some(word), Some(start), Some(len)) = (cells.next(), cells.next(), cells.next())
        else {
            return Err(bad(
                &index,
                &format!("line {n} isn't word, place and length"),
            ));
        };
        let place = number(start).zip(number(len));
        let place = place.and_then(|(start, len)| articles.get(start..start.checked_add(len)?));
        let Some(bytes) = place else {
            let what = format!("line {n} (\"{word}\") points past the end of the articles");
            return Err(bad(&index, &what));
        };
        let text = String::from_utf8_lossy(bytes);
        match OWN.iter().any(|own| word.starts_with(own)) {
            true if word.ends_with("short") => into.title = own_title(&text),
            true => {}
            false => {
                for translation in article::translations(word, &text) {
                    into.add(word, &translation);
                }
            }
        }
    }
    Ok(())
}

/// The title is the last line of its article, the first of which may be the headword.
fn own_title(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.next_back().unwrap_or_default().to_owned()
}

/// A number in base 64, the most significant digit first.
fn number(text: &str) -> Option<usize> {
    let digit = |byte: u8| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    };
    let digits = text.bytes();
    digits.map(digit).try_fold(0usize, |sum, digit| {
        sum.checked_mul(64)?.checked_add(usize::from(digit?))
    })
}
