//! TSV: source, target and, for people, the part of speech. A first line may name the two languages (`it`, `en`); lines
//! that begin with `#` are comments, the first of which may name them too: `# Italian-English`.

use std::path::Path;

use super::file::bad;
use super::pairs::Reader;
use super::{article, file};
use crate::error::Result;
use crate::text::Lang;

pub(super) fn read(path: &Path, into: &mut Reader) -> Result<()> {
    let text = file::text(path)?;
    let mut first = true;
    for (n, line) in (1..).zip(text.lines()) {
        if let Some(comment) = line.strip_prefix('#') {
            if into.title.is_empty() {
                into.title = comment.trim().to_owned();
            }
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        let mut cells = line.split('\t').map(str::trim);
        let (Some(word), Some(translations)) = (cells.next(), cells.next()) else {
            return Err(bad(path, &format!("line {n} has no second column")));
        };
        let lang = |text: &str| text.parse::<Lang>().ok();
        let named = lang(word).zip(lang(translations)).filter(|_| first);
        first = false;
        if named.is_some() {
            into.direction = named;
            continue;
        }
        for translation in article::split(translations) {
            into.add(word, &translation);
        }
    }
    Ok(())
}
