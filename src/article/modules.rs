//! What MDX has beside Markdown: modules (`import`, `export`), elements of components (`<Tabs values={[…]}>`) and comments
//! (`{/* … */}`), over one line or several. Their lines are kept.

/// No statement of a module has more bytes.
const LONGEST: usize = 20_000;
/// No line of tags has more.
const LONGEST_TAGS: usize = 4_000;

/// What lines of a module or an element are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Module {
    /// An import, an export or a comment: nothing for a reader.
    Code,
    /// Tags of elements, of which some attributes may be for a reader.
    Tags,
}

/// What stands at the head of `text`, where a line begins, and how many bytes its lines have.
pub(super) fn module(text: &str) -> Option<(Module, usize)> {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let code = import(text)
        .or_else(|| export(text))
        .or_else(|| comment(text));
    match code {
        Some(len) => Some((Module::Code, len)),
        None => {
            let text = &text[..text.floor_char_boundary(LONGEST_TAGS)];
            Some((Module::Tags, elements(text)?))
        }
    }
}

/// The end of the line that byte `at` of `text` stands in, if nothing but white space follows there.
fn line_end(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].lines().next().unwrap_or_default();
    rest.trim().is_empty().then(|| at + rest.trim_end().len())
}

/// The length of `import X from 'y';`, `import 'y'`, `import {` … `} from 'y'`.
fn import(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("import ")?;
    let quoted = |from: &str| {
        let mark = from.chars().next().filter(|c| "'\"".contains(*c))?;
        let len = from[1..].find(mark)? + 2;
        let whole = !from[..len].contains('\n');
        whole.then(|| text.len() - from.len() + len)
    };
    let end = match quoted(rest) {
        Some(end) => end,
        None => {
            // Names, in braces over as many lines as there are.
            let names = match rest.find('{') {
                Some(open) if !rest[..open].contains('\n') => {
                    let close = open + rest[open..].find('}')?;
                    let inner = &rest[open..close];
                    let plain = |c: char| c.is_alphanumeric() || "{_$,*/ \t\r\n".contains(c);
                    if !inner.chars().all(plain) || inner.contains("\n\n") {
                        return None;
                    }
                    close
                }
                _ => 0,
            };
            let line = rest[names..].lines().next()?;
            let from = names + line.find("from ")? + "from ".len();
            quoted(rest[from..].trim_start())?
        }
    };
    let end = end + usize::from(text[end..].starts_with(';'));
    line_end(text, end)
}

/// The length of `export const x = …;` and its likes, to the end of the line on which all their brackets are closed.
fn export(text: &str) -> Option<usize> {
    const KINDS: [&str; 8] = [
        "const ",
        "default ",
        "function ",
        "async function ",
        "let ",
        "class ",
        "* from ",
        "{",
    ];
    let rest = text.strip_prefix("export ")?;
    KINDS.iter().find(|kind| rest.starts_with(**kind))?;
    let mut depth = 0_i32;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        depth += brackets(content);
        let end = at + content.len();
        at += line.len();
        let goes_on =
            content.ends_with(['=', ',', '(', '{', '[', '?', ':']) || content.ends_with("=>");
        if depth <= 0 && !goes_on {
            return content
                .ends_with([';', '}', ')', '\'', '"', ']', '`'])
                .then_some(end);
        }
    }
    None
}

/// How many brackets `line` opens and doesn't close; those in strings aside.
fn brackets(line: &str) -> i32 {
    let mut depth = 0;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            // The apostrophe of "don't" closes nowhere.
            '\'' | '"' | '`' => rest = rest.split_once(c).map_or(rest, |(_, after)| after),
            _ => {}
        }
    }
    depth
}

/// The length of `{/* … */}`.
fn comment(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("{/*")?;
    line_end(text, 3 + inner.find("*/}")? + 3)
}

/// The length of lines that are nothing but tags of elements, of which one at least HTML doesn't have: a component's, with a
/// capital, or one with a value in braces.
fn elements(text: &str) -> Option<usize> {
    let mut own = false;
    let mut at = 0;
    loop {
        let (len, is_own) = element(&text[at..])?;
        own |= is_own;
        at += len;
        if let Some(end) = line_end(text, at) {
            return own.then_some(end);
        }
        at += text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
    }
}

/// The length of the tag of an element at the head of `text`, and whether HTML doesn't have it.
pub(super) fn element(text: &str) -> Option<(usize, bool)> {
    let inner = text.strip_prefix('<')?;
    let bare = inner.strip_prefix('/').unwrap_or(inner);
    let named = |c: char| c.is_ascii_alphanumeric() || "._-:".contains(c);
    let name = &bare[..bare.find(|c: char| !named(c)).unwrap_or(bare.len())];
    let is_component = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.contains(|c: char| c.is_ascii_lowercase());
    if name.is_empty() {
        // `<>` and `</>`.
        return bare
            .strip_prefix('>')
            .map(|rest| (text.len() - rest.len(), true));
    }
    let attributes = &bare[name.len()..];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic())
        || !attributes.starts_with([' ', '\t', '\n', '\r', '/', '>', '{'])
    {
        return None;
    }
    let (mut depth, mut braces, mut quote) = (0_i32, false, None);
    let mut before = ' ';
    for (at, c) in attributes.char_indices() {
        match (quote, c) {
            (Some(mark), _) if mark == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') if depth > 0 || before == '=' => quote = Some(c),
            (None, '{') => (depth, braces) = (depth + 1, true),
            (None, '}') => depth -= 1,
            (None, '>') if depth == 0 => {
                let len = text.len() - attributes.len() + at + 1;
                return Some((len, braces || is_component));
            }
            (None, '<') if depth == 0 => return None,
            (None, '\n') if before == '\n' => return None,
            _ => {}
        }
        before = if c == '\r' { before } else { c };
    }
    None
}

/// Whether `tags` have words for a reader in one of their attributes or parameters: `alt="…"`, `title='…'`.
pub(super) fn speaks(tags: &str) -> bool {
    const SPOKEN: [&str; 10] = [
        "alt",
        "aria-label",
        "caption",
        "description",
        "heading",
        "hint",
        "label",
        "placeholder",
        "text",
        "title",
    ];
    SPOKEN.iter().any(|name| {
        tags.match_indices(name).any(|(at, _)| {
            let begins = tags[..at].ends_with(char::is_whitespace);
            let value = tags[at + name.len()..].trim_start().strip_prefix('=');
            let value = value.map(|value| value.trim_start_matches([' ', '{']));
            let words = value.and_then(|value| {
                let mark = value.chars().next().filter(|c| "\"'`".contains(*c))?;
                value[1..].split(mark).next()
            });
            begins && words.is_some_and(|words| words.contains(char::is_alphabetic))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_and_elements_are_told_from_text() {
        for text in [
            "import Tabs from '@theme/Tabs';",
            "import './a.css'",
            "import {\n  A,\n  B,\n} from \"x\"",
            "import * as x from 'y';",
            "export const a = 1;",
            "export const A = ({b}) => (\n  <i style={{c: 'd'}}>don't</i>\n);",
            "export default function A() {\n\n  return 1;\n}",
            "export {a, b} from 'c';",
            "{/* not\nshown */}",
            "<Tabs groupId=\"p\" values={[\n  {label: 'A > b', value: 'a'},\n]}>",
            "<TabItem value=\"a\">",
            "</TabItem>",
            "<Card><Icon name=\"a\" /></Card>",
            "<div style={{color: 'red'}}>",
            "<>",
        ] {
            let found = module(&format!("{text}\nSo.\n")).map(|(_, len)| len);
            assert_eq!(found, Some(text.len()), "{text}");
        }
        for text in [
            "import the goods from France",
            "import them from 'France' and sell them",
            "export is up",
            "export default values are shown below",
            "<b>So</b>",
            "<div class=\"a\">",
            "<Card>Words here</Card>",
            "<3",
            "<https://e.org>",
            "<A> is a letter",
            "{name}",
            "<Tabs\n\nSo >",
        ] {
            assert_eq!(module(&format!("{text}\nSo.\n")), None, "{text}");
        }
    }

    #[test]
    fn words_for_readers_are_seen() {
        assert!(speaks("{{< figure src=\"a.jpg\" alt=\"Two boats\" >}}"));
        assert!(speaks("<Picker label={'Colour'} />"));
        assert!(!speaks("{{< youtube id=\"abc\" >}}"));
        assert!(!speaks("<A subtitle=\"x\" title=\"12\" />"));
    }
}
