//! The articles of dictd and of StarDict are written for people: what in them are the translations.
//!
//! After the headword, its pronunciation and part of speech comes a line of translations, divided by commas or semicolons;
//! of a word with several senses each has a line with its number. What follows are definitions, notes and references.

/// More words than so many explain, and translate nothing.
const WORDS: usize = 4;

/// The translations in an article about `word`.
pub(super) fn translations(word: &str, article: &str) -> Vec<String> {
    let article = plain(article);
    let lines = article.lines().filter(|line| !line.trim().is_empty());
    let mut lines: Vec<&str> = lines.collect();
    let same = |line: &str| {
        let begin: String = line.chars().take(word.chars().count()).collect();
        begin.to_lowercase() == word.to_lowercase()
    };
    let is_head =
        |line: &str| same(line.trim_start()) && (line.contains('/') || line.contains('<'));
    let repeats = lines.len() > 1 && lines.first().is_some_and(|line| same(line.trim()));
    if repeats || lines.first().is_some_and(|line| is_head(line)) {
        lines.remove(0);
    }
    let numbered: Vec<&str> = lines.iter().filter_map(|line| sense(line)).collect();
    let told: Vec<&str> = match lines.first() {
        Some(first) if sense(first).is_some() => numbered,
        // References stand in braces.
        Some(first) if !first.contains('{') => vec![*first],
        _ => Vec::new(),
    };
    told.into_iter().flat_map(split).collect()
}

/// What stands after a sense's number: `2. foo`.
fn sense(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(". ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(rest)
}

/// The translations in one line, without what is said of them in brackets.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut text = String::with_capacity(line.len());
    let mut depth = 0usize;
    for c in line.chars() {
        match c {
            '(' | '[' | '<' | '{' => depth += 1,
            ')' | ']' | '>' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    // The number of a sense that only has a definition ends the line.
    let text = text.trim_end();
    let ends = text
        .strip_suffix('.')
        .and_then(|rest| rest.rsplit_once(' '));
    let text = match ends {
        Some((rest, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => text,
    };
    let parts = text.split([',', ';', '|', '，', '、']).map(str::trim);
    let parts = parts.filter(|part| !part.is_empty() && part.split_whitespace().count() <= WORDS);
    parts.map(str::to_owned).collect()
}

/// An article without the tags of HTML, XDXF or Pango; what they divide stands in lines of its own.
fn plain(article: &str) -> String {
    if !article.contains("</") && !article.contains("/>") && !article.contains("<br") {
        return article.to_owned();
    }
    let mut out = String::with_capacity(article.len());
    let mut rest = article;
    while let Some((text, tail)) = rest.split_once('<') {
        out.push_str(text);
        let Some((tag, after)) = tail.split_once('>') else {
            rest = "";
            break;
        };
        let name = tag.trim_start_matches('/');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric());
        let inline = [
            "b", "i", "u", "em", "strong", "span", "font", "small", "sup", "sub", "a", "kref", "c",
            "abr",
        ];
        if !inline.contains(&&name[..end.unwrap_or(name.len())]) {
            out.push('\n');
        }
        rest = after;
    }
    out.push_str(rest);
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(out, |text, (entity, c)| text.replace(entity, c))
}
