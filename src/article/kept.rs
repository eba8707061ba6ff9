//! What of an article is kept as it is though it has words, so that a user can be told.

use std::fmt;

use super::{Article, Block, BlockKind};

/// How many blocks with words of one kind are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Their kind.
    pub kind: BlockKind,
    /// How many.
    pub count: usize,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, many) = match self.kind {
            BlockKind::Code => ("block of code", "blocks of code"),
            BlockKind::FrontMatter => ("front matter", "front matters"),
            BlockKind::Metadata => ("line of metadata", "lines of metadata"),
            _ => ("piece of markup", "pieces of markup"),
        };
        write!(
            f,
            "{} {}",
            self.count,
            if self.count == 1 { one } else { many }
        )
    }
}

impl Article {
    /// The blocks with words that are not translated, by kind, in the order in which the kinds come.
    pub fn kept(&self) -> Vec<Kept> {
        let labels = || {
            self.blocks()
                .iter()
                .filter(|one| one.kind == BlockKind::Label)
        };
        let has_words = |block: &&Block| {
            let source = block.span.of(self.source());
            let is_head = block.kind == BlockKind::FrontMatter;
            // What readers see of front matter is translated.
            let is_read = is_head && labels().any(|one| one.span.end <= block.span.end);
            block.text().is_none() && source.contains(char::is_alphabetic) && !is_read
        };
        let mut kept: Vec<Kept> = Vec::new();
        for Block { kind, .. } in self.blocks().iter().filter(has_words) {
            match kept.iter_mut().find(|one| one.kind == *kind) {
                Some(one) => one.count += 1,
                None => kept.push(Kept {
                    kind: *kind,
                    count: 1,
                }),
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::*;

    #[test]
    fn what_is_kept_is_counted() {
        for (text, format, expected) in [
            (
                "---\na: b\n---\n\n```\nx\n```\n\n    y\n",
                Format::Markdown,
                "1 front matter, 2 blocks of code",
            ),
            (
                "Date: 2024-05-06\n\nSo.",
                Format::Text,
                "1 line of metadata",
            ),
            (
                "<script>a</script><p>b</p><pre>c</pre>",
                Format::Html,
                "1 piece of markup, 1 block of code",
            ),
            ("Word.\n\n---\n\n```\n12\n```\n", Format::Markdown, ""),
        ] {
            let kept = Article::parse(text.to_owned(), format).kept();
            let said: Vec<_> = kept.iter().map(Kept::to_string).collect();
            assert_eq!(said.join(", "), expected);
        }
    }
}
