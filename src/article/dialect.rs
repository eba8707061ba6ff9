//! What Markdown of other dialects than CommonMark has on lines of its own: containers (`:::note`), admonitions
//! (`!!! note`), tags of templates (`{% if x %}`), modules of MDX. CommonMark takes them for running text, so a parser is
//! shown blanks in their place; every byte keeps its place.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::BlockKind;
use super::modules::{Module, module, speaks};
use crate::text::Span;

/// `text` for a parser of CommonMark.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let lines = lines(text);
    let addresses = addresses(text);
    if lines.is_empty() && addresses.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut plain = text.as_bytes().to_vec();
    mask(&mut plain, addresses);
    for Line { span, stand_in, .. } in lines {
        for byte in plain[span.start..span.end].iter_mut() {
            *byte = if *byte == b'\n' { b'\n' } else { b' ' };
        }
        if let Some((at, sign)) = stand_in {
            plain[at..at + sign.len()].copy_from_slice(sign.as_bytes());
        }
    }
    // Whole lines and whole tags became ASCII.
    String::from_utf8(plain).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// A piece of running text for such a parser.
pub(super) fn addressed(text: &str) -> Cow<'_, str> {
    let addresses = addresses(text);
    match addresses.is_empty() {
        true => Cow::Borrowed(text),
        false => {
            let mut plain = text.as_bytes().to_vec();
            mask(&mut plain, addresses);
            String::from_utf8(plain).map_or(Cow::Borrowed(text), Cow::Owned)
        }
    }
}

fn mask(plain: &mut [u8], places: Vec<Range<usize>>) {
    for place in places {
        for byte in plain[place]
            .iter_mut()
            .filter(|b| !b.is_ascii_alphanumeric())
        {
            *byte = b'-';
        }
    }
}

/// Where tags of a template language stand in the addresses of links, `[map]({{ site.url }}/map)`: a parser would see an end of
/// the address in them, or no link at all.
fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, open) in text.match_indices("](") {
        let mut at = at + open.len();
        while let Some(next) = text[at..].find(['{', ')', ' ', '\n']) {
            // A tag that begins here ends on this line.
            let Some(len) = template(&text[at + next..]) else {
                break;
            };
            if text[at + next..at + next + len].contains('\n') {
                break;
            }
            found.push(at + next..at + next + len);
            at += next + len;
        }
    }
    found
}

/// The length of a tag of a template language at the head of `text`.
fn template(text: &str) -> Option<usize> {
    let pairs = [("{%", "%}"), ("{{<", ">}}"), ("{{%", "%}}"), ("{{", "}}")];
    let (_, close) = pairs.iter().find(|(open, _)| text.starts_with(open))?;
    text.find(close).map(|at| at + close.len())
}

/// Where the titles of containers and admonitions stand in `text`: running text on a line that [`plain`] blanks.
pub(super) fn titles(text: &str) -> Vec<Span> {
    lines(text)
        .into_iter()
        .filter_map(|one| one.title)
        .collect()
}

/// The lines of `text` that [`plain`] blanks though they have words, and what they are to a reader: modules of MDX, and tags
/// with descriptions or titles.
pub(super) fn kept(text: &str) -> Vec<(BlockKind, Span)> {
    let kept = lines(text).into_iter();
    kept.filter_map(|one| Some((one.kept?, one.span))).collect()
}

/// A line that is no running text.
struct Line {
    /// Without its end.
    span: Span,
    title: Option<Span>,
    /// What a parser reads instead, and where: a bullet makes an item of the lines below, which are set in, a fence code.
    stand_in: Option<(usize, &'static str)>,
    /// What it is to a reader, if a parser doesn't see it and it has words.
    kept: Option<BlockKind>,
}

/// What a parser reads for an admonition with a blank line below it, where a bullet alone makes no item of what is set in: a
/// bullet and a definition of a link that nothing can name.
const ITEM: &str = "+ [\u{1}]:x";

/// Reads `lines`, the first of which begins at `at`, to the end of LaTeX's environment `name`: all of it is code. Returns the
/// line that closes it, and where the next one begins.
fn environment<'t>(
    lines: &mut impl Iterator<Item = &'t str>,
    mut at: usize,
    name: &str,
) -> (Option<Line>, usize) {
    for line in lines {
        let (start, content) = (at, line.trim_end_matches(['\n', '\r']));
        at += line.len();
        if ends(content, name) {
            return (Some(fence_at(start, content)), at);
        }
    }
    (None, at)
}

/// The line `content` at `start`, which stands for a fence of code.
fn fence_at(start: usize, content: &str) -> Line {
    let indent = content.len() - content.trim_start().len();
    Line {
        span: span(start..start + content.len()),
        title: None,
        stand_in: Some((start + indent, "```")),
        kept: None,
    }
}

/// The lines of `text` that are another dialect's, code fences aside.
fn lines(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    let mut open = BTreeSet::new();
    let mut blank = true;
    let mut at = 0;
    let mut all = text.split_inclusive('\n').peekable();
    while let Some(line) = all.next() {
        let (start, content) = (at, line.trim_end_matches(['\n', '\r']));
        at += line.len();
        let inner = content.trim_start();
        let indent = content.len() - inner.len();
        let mark = inner.trim_start_matches(['`', '~']);
        let mark = &inner[..inner.len() - mark.len()];
        if let Some(open) = fence {
            if mark.starts_with(open) && mark.len() == inner.trim_end().len() {
                fence = None;
            }
        } else if mark.len() >= 3 {
            fence = Some(mark);
        } else if let Some(name) =
            verbatim(inner).filter(|name| closes(&text[at..], name, &mut open))
        {
            found.push(fence_at(start, content));
            let (close, end) = environment(&mut all, at, name);
            found.extend(close);
            at = end;
        } else if let Some((what, len)) = module(&text[start + indent..]) {
            let whole = span(start..start + indent + len);
            found.push(Line {
                kept: match what {
                    Module::Code => Some(BlockKind::Code),
                    Module::Tags => speaks(whole.of(text)).then_some(BlockKind::Raw),
                },
                ..Line::blank(whole)
            });
            while at < whole.end {
                at += all.next().map_or(text.len(), str::len);
            }
        } else if let Some(title) = container(inner) {
            found.push(Line {
                title: title.map(|range| shifted(range, start + indent)),
                ..Line::blank(span(start..start + content.len()))
            });
        } else if tags(inner) {
            found.push(Line {
                kept: speaks(inner).then_some(BlockKind::Raw),
                ..Line::blank(span(start..start + content.len()))
            });
        } else if let Some((from, title)) = callout(content) {
            found.push(Line {
                span: span(start + from..start + content.len()),
                title: title.map(|range| shifted(range, start)),
                stand_in: None,
                kept: None,
            });
        } else if let Some(title) = admonition(inner).filter(|_| blank) {
            let mut below = text[at..].lines();
            let next = below.find(|line| !line.trim().is_empty());
            let next = next.map_or("", str::trim_end);
            let deeper = next.len() - next.trim_start().len();
            let inside = !next.is_empty() && (indent + 2..=indent + 4).contains(&deeper);
            let close = all.peek().is_some_and(|next| !next.trim().is_empty());
            let item = if close { &ITEM[..1] } else { ITEM };
            let inside = inside && item.len() <= inner.len();
            found.push(Line {
                span: span(start..start + content.len()),
                title: title.map(|range| shifted(range, start + indent)),
                stand_in: inside.then_some((start + indent, item)),
                kept: None,
            });
        }
        blank = inner.is_empty();
    }
    found
}

impl Line {
    /// Nothing is on it to a parser.
    fn blank(span: Span) -> Self {
        Self {
            span,
            title: None,
            stand_in: None,
            kept: None,
        }
    }
}

fn span(range: Range<usize>) -> Span {
    Span {
        start: range.start,
        end: range.end,
    }
}

fn shifted(range: Range<usize>, by: usize) -> Span {
    span(range.start + by..range.end + by)
}

/// Where `part` stands in `line`, if it has words.
fn place(line: &str, part: &str) -> Option<Range<usize>> {
    let part = part.trim();
    let start = part.as_ptr() as usize - line.as_ptr() as usize;
    part.contains(char::is_alphabetic)
        .then_some(start..start + part.len())
}

/// The name of the tag that a line is and that opens code, `{% highlight ruby %}`, `{{< highlight go >}}`,
/// `\begin{equation}`.
fn verbatim(line: &str) -> Option<&str> {
    let line = line.trim_end();
    if let Some((name, _)) = line
        .strip_prefix("\\begin{")
        .and_then(|rest| rest.split_once('}'))
    {
        let named = |c: char| c.is_ascii_alphanumeric() || c == '*';
        return (!name.is_empty() && name.chars().all(named)).then_some(name);
    }
    let inner = ["{%", "{{<"]
        .iter()
        .find_map(|open| line.strip_prefix(open))?;
    let name = inner.trim_start_matches('-').split_whitespace().next()?;
    let whole = template(line) == Some(line.len());
    (whole && ["highlight", "raw", "code", "codeblock", "verbatim"].contains(&name)).then_some(name)
}

/// Whether a line closes the tag `name`: `{% endhighlight %}`, `{{< /highlight >}}`, `\end{equation}`.
fn ends(line: &str, name: &str) -> bool {
    let line = line.trim();
    if let Some(inner) = line
        .rsplit_once("\\end{")
        .and_then(|(_, rest)| rest.trim_end_matches(['.', ',', ';']).strip_suffix('}'))
    {
        return inner == name;
    }
    let inner = ["{%", "{{<"]
        .iter()
        .find_map(|open| line.strip_prefix(open));
    let word = inner.and_then(|inner| inner.trim_start_matches('-').split_whitespace().next());
    word.is_some_and(|word| {
        let ends = ["end", "/"].iter().find_map(|end| word.strip_prefix(end));
        ends == Some(name)
    })
}

/// Whether what is `name`d ends in `text`. Those that don't are kept `open`, so that the text isn't read again for each.
fn closes<'t>(text: &str, name: &'t str, open: &mut BTreeSet<&'t str>) -> bool {
    let closes = !open.contains(name) && text.lines().any(|line| ends(line, name));
    if !closes {
        open.insert(name);
    }
    closes
}

/// Callouts that a parser of GitHub's dialect knows, where they have no title.
const ALERTS: [&str; 5] = ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"];

/// `> [!quote]- Title`: where the mark of the callout begins, and where its title stands, if there is one.
fn callout(line: &str) -> Option<(usize, Option<Range<usize>>)> {
    let rest = line.trim_start_matches(['>', ' ']);
    let from = line.len() - rest.len();
    if !line[..from].contains('>') {
        return None;
    }
    let (name, title) = rest.strip_prefix("[!")?.split_once(']')?;
    let named = |c: char| c.is_alphanumeric() || "-_|".contains(c);
    if name.is_empty() || !name.chars().all(named) {
        return None;
    }
    let known = ALERTS.iter().any(|alert| alert.eq_ignore_ascii_case(name));
    let title = title.trim_start_matches(['-', '+']);
    (!known || !title.trim().is_empty()).then(|| (from, place(line, title)))
}

/// `:::`, `:::note`, `:::tip Title`, `:::tip[Title]`, `::: {.warning}`: where the title stands, if there is one.
fn container(line: &str) -> Option<Option<Range<usize>>> {
    let rest = line.strip_prefix(":::")?.trim_start_matches(':').trim();
    if rest.starts_with('{') {
        return Some(None);
    }
    let name = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let (name, title) = rest.split_at(name.unwrap_or(rest.len()));
    let titled = match title.trim().strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']')?,
        None if title.trim().starts_with('{') => "",
        None => title,
    };
    let is_name = !name.is_empty() || rest.is_empty();
    is_name.then(|| place(line, titled))
}

/// `!!! note`, `??? tip "Title"`, `=== "Tab"`: where the title stands, if there is one.
fn admonition(line: &str) -> Option<Option<Range<usize>>> {
    let markers = ["!!!", "???+", "???", "==="];
    let marker = markers.iter().find(|marker| line.starts_with(**marker))?;
    let rest = line[marker.len()..].strip_prefix(' ')?.trim();
    let quote = rest.find('"').unwrap_or(rest.len());
    let (names, title) = rest.split_at(quote);
    let named = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let names = names.split_whitespace();
    let few = names.clone().count();
    let fits = names.clone().all(named) && few <= 2 && (*marker != "===" || few == 0);
    let inner = title.strip_prefix('"').map(|title| title.strip_suffix('"'));
    match inner {
        None => (fits && few > 0).then_some(None),
        Some(inner) => inner.filter(|_| fits).map(|title| place(line, title)),
    }
}

/// Whether a line is made of nothing but tags of a template language or its likes.
fn tags(line: &str) -> bool {
    let line = line.trim_end();
    if ["[TOC]", "[toc]"].contains(&line) || line.starts_with("{:") && line.ends_with('}') {
        return true;
    }
    let mut rest = line;
    while !rest.is_empty() {
        let pairs = [
            ("{%", "%}"),
            ("{{<", ">}}"),
            ("{{%", "%}}"),
            ("{{#", "}}"),
            ("{{/", "}}"),
        ];
        let Some(end) = pairs.iter().find_map(|(open, close)| {
            let inner = rest.strip_prefix(open)?;
            Some(open.len() + inner.find(close)? + close.len())
        }) else {
            return false;
        };
        rest = rest[end..].trim_start();
    }
    !line.is_empty()
}

/// The pairs of `==` around marked words in `text`: where each opens and closes.
pub(super) fn highlights(text: &str) -> Vec<[usize; 2]> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '=');
    let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let mut found: Vec<[usize; 2]> = Vec::new();
    let mut open = None;
    for (at, sign) in text.match_indices("==") {
        let before = text[..at].chars().next_back();
        let after = text[at + sign.len()..].chars().next();
        match open {
            Some(from) if at > from + 2 && !space(before) && !word(after) => {
                found.push([from, at]);
                open = None;
            }
            None if !word(before) && !space(after) && after != Some('=') => open = Some(at),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_other_dialects_are_blank_to_a_parser() {
        for (line, title) in [
            (":::note", ""),
            (":::", ""),
            (":::tip Mind the gap", "Mind the gap"),
            (":::tip[Mind it]", "Mind it"),
            ("::: {.warning}", ""),
            ("!!! note", ""),
            ("!!! note \"Before you start\"", "Before you start"),
            ("???+ tip inline \"More\"", "More"),
            ("=== \"On a Mac\"", "On a Mac"),
            ("{% if x %}{% endif %}", ""),
            ("{{< figure src=\"a.jpg\" >}}", ""),
            ("import Tabs from '@theme/Tabs';", ""),
            ("{: .lead}", ""),
            ("[TOC]", ""),
            ("> [!quote]- The end", "The end"),
            ("> > [!todo]", ""),
            ("> [!NOTE] Read this", "Read this"),
        ] {
            let text = format!("One.\n\n{line}\nTwo.\n");
            let kept = line.len() - line.trim_start_matches(['>', ' ']).len();
            let blank = line[..kept].to_owned() + &" ".repeat(line.len() - kept);
            assert_eq!(plain(&text), format!("One.\n\n{blank}\nTwo.\n"), "{line}");
            let titles = titles(&text);
            let said = titles.first().map_or("", |at| at.of(&text));
            assert_eq!(said, title);
        }
    }

    #[test]
    fn running_text_is_not() {
        for line in [
            "!!! Look out",
            "=== Part two ===",
            "import the goods from France",
            "export is up",
            "{% if x %} Yes {% endif %}",
            "{{ name }}",
            "```\n:::note\n```",
            "~~~~\n{% x %}\n~~~\n~~~~",
            "[TOCs]",
            "> [!NOTE]",
            "> [!a b] c",
            "[!quote] x",
            "[a](b) {{ c }} (d)",
        ] {
            assert_eq!(plain(line), line);
        }
    }

    #[test]
    fn code_between_tags_is_code_and_tags_in_addresses_are_addresses() {
        for (text, expected) in [
            (
                "{% highlight ruby %}\ndef é\n{% endhighlight %}\nSo.",
                "```                 \ndef é\n```               \nSo.",
            ),
            (
                "  {{< highlight go >}}\nx\n  {{< /highlight >}}",
                "  ```                 \nx\n  ```               ",
            ),
            ("[map]({{ a.b }}/c d)", "[map](---a-b---/c d)"),
            ("![x]({% b \"c\" %}) y", "![x](---b--c----) y"),
            ("[x]({{< ref \"é.md\" >}}#s)", "[x](----ref-----md-----#s)"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn what_is_set_in_below_an_admonition_is_an_item() {
        let text = "!!! note \"A\"\n    Text.\n";
        assert_eq!(plain(text), "+           \n    Text.\n");
        assert_eq!(plain("x\n!!! note\n    Text."), "x\n!!! note\n    Text.");
    }

    #[test]
    fn highlights_are_told_from_comparisons() {
        for (text, n) in [
            ("The ==next meeting== is", 1),
            ("==All==, (==all==)", 2),
            ("a == b and c == d", 0),
            ("a==b and c==d", 0),
            ("===== x =====", 0),
            ("x ==", 0),
        ] {
            assert_eq!(highlights(text).len(), n, "{text}");
        }
    }
}
